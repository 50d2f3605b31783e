#!/bin/sh
# Builds the image as the Dockerfile says and runs it, with no Docker engine: buildah builds, podman runs by runc.
#
# Asks for root, and for a Debian mirror (MIRROR, or the one apt uses here): the base image is made from it, unless
# there is a debian:trixie-slim already. Prints what it measures; ends with 1 if anything is not as it must be.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '== %s\n' "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}
port=${PORT:-5917}
name=digits-test-$$
work=$(mktemp -d)
cleanup() {
    podman rm -f "$name" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

if ! buildah inspect --type image localhost/debian:trixie-slim >/dev/null 2>&1; then
    say 'base image: mmdebstrap'
    mirror=${MIRROR:-$(apt-get indextargets --format '$(SITE)' | head -n 1)}
    mmdebstrap --quiet --variant=minbase trixie "$work/base.tar" "$mirror"
    podman import "$work/base.tar" localhost/debian:trixie-slim >/dev/null
fi
# The name in the Dockerfile, which it is built with as it is.
mkdir -p "$work/registries"
printf '[aliases]\n"debian" = "localhost/debian"\n' >"$work/registries/alias.conf"
export CONTAINERS_SHORT_NAME_ALIASES_CONF="$work/registries/alias.conf" CONTAINERS_REGISTRIES_CONF="$work/registries.conf"
printf 'unqualified-search-registries = ["localhost"]\n' >"$work/registries.conf"

say 'build'
buildah build --isolation chroot --network host --format docker --pull=never --layers -t localhost/digits . >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log" >&2; fail build; }

say 'image'
mount=$(buildah mount "$(buildah from --name "$name-look" localhost/digits)")
server=$(stat -c %s "$mount/serve")
site=$(find "$mount/site" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
all=$(find "$mount" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
(cd "$mount" && find . -type f ! -path './site/*')
buildah rm "$name-look" >/dev/null
echo "{\"image_bytes\":$all,\"server_bytes\":$server,\"site_bytes\":$site,\"without_site_bytes\":$((all - site))}"
[ "$((all - site))" -le 1000000 ] || fail 'more than 1 MB without the site'
podman image inspect localhost/digits | grep -q HEALTHCHECK || podman image inspect localhost/digits | grep -q '"Healthcheck"' ||
    fail 'no health check'
[ "$(podman image inspect --format '{{.Config.User}}' localhost/digits)" = 65534:65534 ] || fail 'not nobody'

say 'run'
podman --cgroup-manager cgroupfs --runtime runc run -d --name "$name" --network host --env PORT="$port" --read-only --cap-drop ALL \
    --security-opt no-new-privileges --ulimit nofile=2048:2048 --ulimit nproc=64:64 --no-healthcheck localhost/digits >/dev/null
tries=0
until curl -sf -o "$work/page" "http://127.0.0.1:$port/"; do
    tries=$((tries + 1))
    [ $tries -lt 50 ] || { podman logs "$name" >&2; fail 'no answer'; }
    sleep 0.1
done
podman logs "$name"
grep -q '<!doctype html>' "$work/page" || fail 'not the page'
curl -sf -H 'Accept-Encoding: br' -D "$work/head" -o /dev/null "http://127.0.0.1:$port/engine.js"
grep -i '^content-encoding: br' "$work/head" || fail 'no brotli'
pid=$(podman inspect --format '{{.State.Pid}}' "$name")
grep -E '^(Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp|VmRSS)' "/proc/$pid/status"
[ "$(grep -c '^CapEff:.0*$\|^NoNewPrivs:.1$\|^Seccomp:.2$' "/proc/$pid/status")" = 3 ] || fail 'not confined'
grep ' / [a-z]* ro[, ]' "/proc/$pid/mounts" || fail 'a root that can be written to'
[ "$(grep -c 'r--p .*/serve$' "/proc/$pid/maps")" = 3 ] || fail 'no relro'
podman exec "$name" /serve --health && echo 'health check: 0'

say 'stop'
begin=$(date +%s%N)
podman stop -t 10 "$name" >/dev/null
echo "{\"stop_ms\":$((($(date +%s%N) - begin) / 1000000)),\"exit\":$(podman inspect --format '{{.State.ExitCode}}' "$name")}"
[ "$(podman inspect --format '{{.State.ExitCode}}' "$name")" = 0 ] || fail 'did not end with 0'
say 'all is well'
