#!/bin/sh
# Runs every fuzz target: fuzz.sh FOLDER-OF-TARGETS SECONDS-EACH OUT. Starts from tests/fuzz/corpus,
# keeps new inputs, findings and logs in OUT. The status is nonzero if anything was found.
set -eu
targets=$1
seconds=$2
out=$3
cd "$(dirname "$0")/.."
status=0
for target in "$targets"/fuzz_*; do
    if [ ! -x "$target" ] || [ -d "$target" ]; then
        continue
    fi
    name=${target##*/fuzz_}
    mkdir -p "$out/$name/inputs" "$out/$name/findings"
    seeds=tests/fuzz/corpus/$name
    [ -d "$seeds" ] || seeds=
    echo "fuzz: $name for $seconds s, log in $out/$name/log"
    # shellcheck disable=SC2086
    # what a process of its own reads may take two minutes (io/apart.c)
    if "$target" -max_total_time="$seconds" -timeout=150 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$out/$name/findings/" "$out/$name/inputs" $seeds >"$out/$name/log" 2>&1; then
        echo "fuzz: $name: nothing found, $(sed -n 's/^stat::number_of_executed_units: *//p' \
            "$out/$name/log") runs"
    else
        echo "fuzz: $name: FOUND something; the end of its log:"
        tail -n 20 "$out/$name/log"
        status=1
    fi
done
exit $status
