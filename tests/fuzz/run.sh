#!/bin/sh
# run.sh FUZZER [SECONDS]: starts from the corpus in the repository; what it finds new is kept in build/fuzz/found/NAME.
set -eu
cd "$(dirname "$0")/../.."
name=$(basename "$1")
mkdir -p "build/fuzz/found/$name"
seeds=
if [ "$name" = request ]; then
    seeds=build/fuzz/seeds
    node tests/fuzz/seeds.js $seeds
fi
exec "$1" -max_total_time="${2:-600}" -timeout=10 -max_len=20000 -print_final_stats=1 -close_fd_mask=1 \
    -artifact_prefix=build/fuzz/ -dict=tests/fuzz/http.dict "build/fuzz/found/$name" "tests/fuzz/corpus/$name" $seeds
