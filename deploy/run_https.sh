#!/bin/sh
# The page over HTTPS at ADDRESS (this machine's in the network) and HTTPS_PORT (5443), until Ctrl-C: `make run-https`.
#
# Browsers give the camera to no page over HTTP but of their own machine. Caddy makes an authority of its own, once, in
# FOLDER (build/https), and a certificate for ADDRESS with it; the phone must trust that authority's root certificate.
set -eu
cd "$(dirname "$0")/.."
ADDRESS=${ADDRESS:-$(hostname -I | cut -d' ' -f1)}
HTTPS_PORT=${HTTPS_PORT:-5443}
FOLDER=${FOLDER:-$PWD/build/https}
export ADDRESS HTTPS_PORT FOLDER
mkdir -p "$FOLDER"

build/serve --bind "unix:$FOLDER/socket" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM
echo "https://$ADDRESS:$HTTPS_PORT/, once the phone trusts https://$ADDRESS:$HTTPS_PORT/root.crt (docs/HOSTING.md)"
HOME=$FOLDER caddy run --config deploy/Caddyfile.local --adapter caddyfile 2>"$FOLDER/caddy.log" &
wait $! || { cat "$FOLDER/caddy.log" >&2; exit 1; }
