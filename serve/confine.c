#define _GNU_SOURCE /* setresuid() */
#include "confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <unistd.h>

#define NOBODY 65534

/* The sanitizers of a test build open files and stop threads when the program ends. */
#ifdef __SANITIZE_ADDRESS__
#define CONFINED 0
#else
#define CONFINED 1
#endif

static void note(const char *what, int error)
{
    fprintf(stderr, "digits: note: goes on without %s: %s\n", what, strerror(error));
}

static void drop_rights(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0) note("giving up its capabilities", errno);
}

static void become_nobody(void)
{
    if (geteuid() != 0) return;
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0)
        note("becoming another user than root", errno);
}

/* Landlock (kernel 5.13 and later): of all rights over files, and of the net rights and scopes that
 * the kernel knows, only `allowed`, for everything below "/", is left. glibc has no functions for
 * it, and Debian's headers are older than kernels are: the numbers are those of linux/landlock.h. */
static void landlock(uint64_t allowed)
{
    static const unsigned rights_by_version[] = {0, 13, 14, 15, 15, 16};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* VERSION */);
    if (version < 1) {
        note("Landlock", errno);
        return;
    }
    struct {
        uint64_t files, net, scopes;
    } handled = {(1u << rights_by_version[version < 5 ? version : 5]) - 1, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    struct __attribute__((packed)) {
        uint64_t allowed;
        int32_t folder;
    } rule = {allowed, -1};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    if (allowed) rule.folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rules < 0 || (allowed && syscall(SYS_landlock_add_rule, rules, 1 /* PATH_BENEATH */, &rule, 0) != 0) ||
        syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        note("Landlock", errno);
    if (rule.folder >= 0) close(rule.folder);
    if (rules >= 0) close(rules);
}

/* Ends the process at any system call but these, and at memory that is both written and run. */
static void filter(const int *calls, size_t count)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int error = context ? 0 : -ENOMEM;
    for (size_t i = 0; error == 0 && i < count; i++)
        error = calls[i] == SCMP_SYS(mmap) || calls[i] == SCMP_SYS(mprotect)
                    ? seccomp_rule_add(context, SCMP_ACT_ALLOW, calls[i], 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))
                    : seccomp_rule_add(context, SCMP_ACT_ALLOW, calls[i], 0);
    if (error == 0) error = seccomp_load(context);
    if (error) note("seccomp", -error);
    seccomp_release(context);
}

/* What both processes need: memory, time, the end. */
#define COMMON                                                                                                       \
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(mprotect),        \
        SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),       \
        SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev),        \
        SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),                \
        SCMP_SYS(exit), SCMP_SYS(exit_group)

void confine_server(void)
{
    static const int calls[] = {COMMON,
                                SCMP_SYS(accept4),
                                SCMP_SYS(epoll_create1),
                                SCMP_SYS(epoll_ctl),
                                SCMP_SYS(epoll_pwait),
                                SCMP_SYS(epoll_wait),
                                SCMP_SYS(recvfrom),
                                SCMP_SYS(sendto),
                                SCMP_SYS(sendfile),
                                SCMP_SYS(setsockopt),
                                SCMP_SYS(shutdown)};
    if (!CONFINED) return;
    become_nobody();
    drop_rights();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) note("no_new_privs", errno);
    landlock(0);
    filter(calls, sizeof calls / sizeof calls[0]);
}

void confine_loader(void)
{
    static const int calls[] = {COMMON,
                                SCMP_SYS(fcntl),
                                SCMP_SYS(getdents64),
                                SCMP_SYS(lseek),
                                SCMP_SYS(memfd_create),
                                SCMP_SYS(open),
                                SCMP_SYS(openat),
                                SCMP_SYS(pwrite64),
                                SCMP_SYS(sysinfo)}; /* glibc's qsort() asks how much memory there is */
    if (!CONFINED) return;
    drop_rights();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) note("no_new_privs", errno);
    landlock(1 << 2 | 1 << 3 /* READ_FILE, READ_DIR */);
    filter(calls, sizeof calls / sizeof calls[0]);
}
