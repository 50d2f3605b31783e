#define _GNU_SOURCE /* setresuid() */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

/* The sanitizers of a test build open files and stop threads when the program ends. */
#ifdef __SANITIZE_ADDRESS__
#define SANDBOXED 0
#else
#define SANDBOXED 1
#endif

static void warn_without(const char *what, int error)
{
    fprintf(stderr, "digits: note: runs without %s: %s\n", what, strerror(error));
}

static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0) warn_without("dropping capabilities", errno);
}

/* Makes relro memory read-only, which musl leaves undone in a static program. dl_iterate_phdr() reports the
 * program first. */
static int protect_relro(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t from = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t to = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (segment->p_type == PT_GNU_RELRO && to > from && mprotect((void *)from, to - from, PROT_READ) != 0)
            warn_without("relro", errno);
    }
    return 1;
}

static void drop_root(void)
{
    if (geteuid() != 0) return;
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        warn_without("dropping root", errno);
}

/* A Landlock rule: these rights below this directory. */
struct __attribute__((packed)) rule {
    uint64_t allowed;
    int32_t directory;
};

/* Landlock (kernel 5.13 and later): of all rights over files, and of the net rights and scopes that
 * the kernel knows, only those of the rules are left. glibc has no functions for it, and Debian's
 * headers may be older than the kernel: the numbers are those of linux/landlock.h. */
static void restrict_files(const struct rule *rules, size_t count)
{
    static const unsigned rights_by_version[] = {0, 13, 14, 15, 15, 16};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* VERSION */);
    if (version < 1) {
        warn_without("Landlock", errno);
        return;
    }
    struct {
        uint64_t files, net, scopes;
    } handled = {(1u << rights_by_version[version < 5 ? version : 5]) - 1, version >= 4 ? 3 : 0,
                 version >= 6 ? 3 : 0};
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    bool ok = ruleset >= 0;
    for (size_t i = 0; ok && i < count; i++)
        ok = syscall(SYS_landlock_add_rule, ruleset, 1 /* PATH_BENEATH */, &rules[i], 0) == 0;
    if (!ok || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) warn_without("Landlock", errno);
    if (ruleset >= 0) close(ruleset);
}

/* What both processes need: memory without code (below), time, exit. */
#define COMMON                                                                                                       \
    SYS_brk, SYS_mremap, SYS_munmap, SYS_madvise, SYS_futex, SYS_getrandom, SYS_clock_gettime, SYS_gettimeofday,     \
        SYS_restart_syscall, SYS_rt_sigreturn, SYS_read, SYS_write, SYS_writev, SYS_close, SYS_fstat,                \
        SYS_newfstatat, SYS_recvmsg, SYS_sendmsg, SYS_exit, SYS_exit_group
#define CALLS_MAX 40

/* Kills the process at any system call but `calls`, and at a mapping whose code could be run. The
 * filter is a list of comparisons (seccomp(2)); libseccomp would be a fifth of the image. */
static void install_seccomp(const long *calls, size_t count)
{
#if defined __x86_64__
    const uint32_t machine = AUDIT_ARCH_X86_64;
#elif defined __aarch64__
    const uint32_t machine = AUDIT_ARCH_AARCH64;
#else
    const uint32_t machine = 0;
#endif
    const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_filter end = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_filter code[2 * CALLS_MAX + 16];
    unsigned short n = 0;
    if (machine == 0 || count > CALLS_MAX) {
        warn_without("seccomp", ENOSYS);
        return;
    }
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define JUMP(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, (uint32_t)(value), yes, no)
    code[n++] = (struct sock_filter)LOAD(arch);
    code[n++] = (struct sock_filter)JUMP(BPF_JEQ, machine, 1, 0);
    code[n++] = end;
    code[n++] = (struct sock_filter)LOAD(nr);
    for (size_t i = 0; i < count; i++) {
        code[n++] = (struct sock_filter)JUMP(BPF_JEQ, calls[i], 0, 1);
        code[n++] = allow;
    }
    code[n++] = (struct sock_filter)JUMP(BPF_JEQ, SYS_mmap, 1, 0);
    code[n++] = (struct sock_filter)JUMP(BPF_JEQ, SYS_mprotect, 0, 3);
    code[n++] = (struct sock_filter)LOAD(args[2]); /* its low half: these machines are little-endian */
    code[n++] = (struct sock_filter)JUMP(BPF_JSET, PROT_EXEC, 1, 0);
    code[n++] = allow;
    code[n++] = end;
    struct sock_fprog program = {.len = n, .filter = code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) warn_without("seccomp", errno);
}

void sandbox_server(void)
{
    static const long calls[] = {COMMON,         SYS_accept4, SYS_epoll_create1, SYS_epoll_ctl,  SYS_epoll_pwait,
#ifdef SYS_epoll_wait /* older machines have both */
                                 SYS_epoll_wait, SYS_time,
#endif
                                 SYS_recvfrom,   SYS_sendto,  SYS_sendfile,      SYS_setsockopt, SYS_getsockopt,
                                 SYS_shutdown};
    if (!SANDBOXED) return;
    dl_iterate_phdr(protect_relro, NULL);
    drop_root();
    drop_capabilities();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) warn_without("no_new_privs", errno);
    restrict_files(NULL, 0);
    install_seccomp(calls, sizeof calls / sizeof calls[0]);
}

void sandbox_loader(int log)
{
    static const long calls[] = {
        COMMON,           SYS_fcntl,     SYS_getdents64,     SYS_lseek,
        SYS_memfd_create, SYS_ftruncate,
#ifdef SYS_open /* as above; musl calls them */
        SYS_open,         SYS_fork,
#endif
        SYS_openat,       SYS_pwrite64,  SYS_sysinfo, /* glibc's qsort() asks how much memory there is */
        SYS_clone,        SYS_wait4,     SYS_rt_sigprocmask, SYS_set_robust_list,
        SYS_gettid,       SYS_getpid,    SYS_set_tid_address};
    const struct rule rules[] = {
        {1 << 2 | 1 << 3 /* READ_FILE, READ_DIR */, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)},
        {1 << 1 | 1 << 8 /* WRITE_FILE, MAKE_REG */, log}};
    if (!SANDBOXED) return;
    dl_iterate_phdr(protect_relro, NULL);
    drop_root();
    drop_capabilities();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) warn_without("no_new_privs", errno);
    restrict_files(rules, log < 0 ? 1 : 2);
    install_seccomp(calls, sizeof calls / sizeof calls[0]);
    close(rules[0].directory);
}
