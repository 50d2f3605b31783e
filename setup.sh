#!/bin/sh
# Checks that what is needed is there; on Debian and its like, installs what is missing.
#
#   ./setup.sh run         what `make run` needs: compilers and libraries. Writes build/config.mk for the Makefile.
#   ./setup.sh run chromium  … and what needs one browser and npm: benchmarks, pictures, the package
#   ./setup.sh run test    … and what `make test` needs: three browsers, npm, fuzzers
#   ./setup.sh run report  … and what `make report` and `make eval-reading` need
#   ./setup.sh run bench-train  … and what `make bench-train` compares with: PyTorch
#   ./setup.sh run fuzz | static | run-https | bench-serve | conformance | container-test  … and what these need; static: the server as in the container
#   ./setup.sh run lint    … and what `make lint`, `make types` and `make check` need: the checkers
#   ./setup.sh run coverage | profile  … and what these need
#
# make calls this script by itself. When nothing is missing it says nothing and is done in a tenth of a second. It asks
# before it installs where a person sits at the terminal and sudo is needed; as root, in scripts and in CI it goes on.
set -eu
cd "$(dirname "$0")"

# name, Debian package, and why it is needed
llhttp=libllhttp-dev
relaxed=''
if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
    llhttp=node-llhttp
    # Debian 12's emcc has a clang that knows no relaxed SIMD.
    case $(command -v emcc) in '' | /usr/bin/emcc) relaxed=19 ;; esac
fi
needs() {
    for stage; do
        case $stage in
        run)
            echo "emcc emscripten compiles the core to WebAssembly"
            if [ $relaxed ]; then
                echo "clang-$relaxed clang-$relaxed compiles for relaxed SIMD"
                echo "wasm-ld-$relaxed lld-$relaxed links what it compiled"
                echo "llvm-nm-$relaxed llvm-$relaxed tells emcc what is in it"
            fi
            echo "esbuild esbuild takes comments and spaces out of what the browser gets"
            echo "stb libstb-dev decodes PNG and JPEG files (stb/stb_image.h)"
            echo "llhttp $llhttp parses HTTP for the server (llhttp.h)"
            echo "node nodejs packs the site with brotli and gzip (version 20 or newer)"
            echo "zlib zlib1g-dev reads gzipped training data (zlib.h)"
            echo "jansson libjansson-dev reads run logs and model cards to export them (jansson.h)"
            echo "openmp libomp-dev trains on all processor cores (omp.h; comes with gcc)"
            ;;
        chromium)
            echo "node nodejs runs the tests (version 20 or newer)"
            echo "npm npm gets the test tools that package-lock.json names"
            echo "chromium chromium shows the page to the tests"
            ;;
        test)
            needs chromium
            echo "firefox firefox-esr shows it to them as well"
            echo "WebKitWebDriver webkit2gtk-driver drives WebKitGTK, the third"
            echo "Xvfb xvfb is the screen for that"
            echo "clang clang compiles the fuzzers"
            echo "libfuzzer libclang-rt-dev is what the fuzzers run on (libFuzzer and sanitizers)"
            echo "parallel parallel runs the shards of a sweep in a test (GNU parallel)"
            ;;
        report)
            echo "node nodejs measures, and gathers what the report shows (version 20 or newer)"
            echo "npm npm gets the charts and the picture library that package-lock.json names"
            ;;
        fuzz)
            echo "clang clang compiles the fuzzers"
            echo "libfuzzer libclang-rt-dev is what the fuzzers run on (libFuzzer and sanitizers)"
            ;;
        static)
            echo "musl-gcc musl-tools builds the server that needs nothing of the system around it"
            ;;
        bench-serve)
            echo "wrk wrk loads the servers"
            echo "nginx nginx-light is a server to compare with"
            echo "lighttpd lighttpd is another"
            ;;
        run-https)
            echo "caddy caddy speaks HTTPS for the server"
            ;;
        conformance)
            echo "nginx nginx-light is a server to compare with"
            echo "lighttpd lighttpd is another"
            echo "apache2 apache2-bin is the third"
            ;;
        container-test)
            echo "buildah buildah builds the image as the Dockerfile says"
            echo "podman podman runs it"
            echo "runc runc is the runtime that podman runs it by"
            echo "mmdebstrap mmdebstrap makes the base image"
            echo "curl curl asks the container for the page"
            ;;
        bench-train)
            echo "node nodejs gets the data and runs both trainers (version 20 or newer)"
            echo "torch python3-torch is PyTorch, the trainer to compare with"
            echo "openblas libopenblas0-pthread is what PyTorch needs on Debian to multiply matrices at its best speed"
            ;;
        lint)
            echo "npm npm gets the type checker that package-lock.json names"
            echo "clang-tidy clang-tidy finds mistakes in the C sources"
            echo "clang-omp libomp-dev is OpenMP as clang-tidy understands it"
            echo "clang-format clang-format keeps the C sources in one form"
            ;;
        coverage)
            echo "clang clang counts the lines that run"
            echo "llvm-cov llvm makes a table and pages of them"
            echo "clang-omp libomp-dev is OpenMP as clang understands it"
            ;;
        profile)
            echo "perf linux-perf looks many times a second what runs"
            ;;
        esac
    done
}

# Prints where the compiler finds a header. Asking the compiler honours CPATH, so any system's folders will do.
header() {
    echo "#include <$1>" | ${CC:-cc} -xc ${2:+"$2"} -M - 2>/dev/null | tr ' ' '\n' | grep "/$1\$"
}
# Debian 12 has llhttp only as sources, in folders of its own.
llhttp_include=/usr/share/include/llhttp

# PATH may have another Python before the system's.
has_torch() { "$1" -c 'import importlib.util as i, sys; sys.exit(not i.find_spec("torch"))'; }

found() {
    case $1 in
    stb) header stb/stb_image.h ;;
    llhttp) header llhttp.h || header llhttp.h -I$llhttp_include ;;
    zlib) header zlib.h ;;
    jansson) header jansson.h ;;
    openmp) header omp.h ;;
    clang-omp) ls /usr/lib/llvm-*/lib/clang/*/include/omp.h ;;
    node) node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' ;;
    libfuzzer) ls "$(clang -print-resource-dir)"/lib/*/libclang_rt.fuzzer*.a ;;
    torch) has_torch python3 || has_torch /usr/bin/python3 ;;
    openblas) [ ! -e /etc/debian_version ] || ls /usr/lib/*/openblas-*/libblas.so.3 ;;
    parallel) parallel --version </dev/null | grep -q 'GNU parallel' ;;
    chromium) command -v "${CHROMIUM:-chromium}" ;;
    firefox) command -v "${FIREFOX:-firefox-esr}" ;;
    nginx | lighttpd | apache2 | runc) PATH=$PATH:/usr/sbin command -v "$1" ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1
}
missing() {
    needs "$@" | while read -r name package why; do
        found "$name" || echo "$name $package $why"
    done
}

# Whether somebody is there to ask, who may use sudo.
person() {
    [ -z "${CI-}" ] && [ -t 2 ] && (: </dev/tty) 2>/dev/null && command -v sudo >/dev/null
}

# install PACKAGE...
install() {
    command="apt-get install -y --no-install-recommends $*"
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo='sudo -n'
        if person; then
            printf 'Install them with sudo apt-get? [Y/n] ' >/dev/tty
            read -r answer </dev/tty || answer=n
            case $answer in '' | [Yy]*) sudo -v </dev/tty || exit 1 ;; *) exit 1 ;; esac
        elif ! sudo -n true 2>/dev/null; then
            echo "You have no rights to install packages here. Run this as root, then try again:" >&2
            echo "  apt-get update && $command" >&2
            exit 1
        fi
    fi
    echo "Installing them with apt-get …"
    log=$(mktemp)
    # Another apt may be at work (automatic updates): wait for it. That some repository cannot be reached is no matter
    # as long as the packages can be had.
    wait=DPkg::Lock::Timeout=120
    $sudo apt-get -o $wait update >"$log" 2>&1 || true
    if ! $sudo env DEBIAN_FRONTEND=noninteractive $command -o $wait >>"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        echo "apt-get could not install: $*" >&2
        exit 1
    fi
    rm "$log"
}

list=$(missing "$@")
if [ -n "$list" ]; then
    echo "digits needs what is not here:" >&2
    echo "$list" | while read -r name package why; do printf '  %-14s %s\n' "$package" "$why" >&2; done
    if ! command -v apt-get >/dev/null; then
        echo "Please install them: programs on PATH, headers on CPATH, libraries on LIBRARY_PATH." >&2
        exit 1
    fi
    # shellcheck disable=SC2046 # one word a package
    install $(echo "$list" | cut -d' ' -f2)
    list=$(missing "$@")
    if [ -n "$list" ]; then
        echo "Installed, and still not to be found: $list" >&2
        exit 1
    fi
fi

case " $* " in *" run "*) ;; *) exit 0 ;; esac
if header llhttp.h >/dev/null; then
    llhttp_flags='' llhttp_sources='' llhttp_libs=-lllhttp
else
    llhttp_flags="-isystem $llhttp_include -DLLHTTP_STRICT_MODE=1" llhttp_sources=$(echo /usr/share/llhttp/*.c) llhttp_libs=''
fi
config="# Written by setup.sh: where things are on this system.
STB := $(dirname "$(header stb/stb_image.h)")
LLHTTP_FLAGS := $llhttp_flags
LLHTTP_SOURCES := $llhttp_sources
LLHTTP_LIBS := $llhttp_libs
RELAXED := ${relaxed:+EM_LLVM_ADD_VERSION=$relaxed EM_CLANG_ADD_VERSION=$relaxed}
RELAXED_LINK := ${relaxed:+-O1 -sWASM_BIGINT -Wl,--strip-all}"
# Left alone when nothing changed: everything would be built again.
if [ "$config" != "$(cat build/config.mk 2>/dev/null)" ]; then
    mkdir -p build
    echo "$config" >build/config.mk
fi
