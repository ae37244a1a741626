#!/bin/sh
# Does pieces of work that are not done yet, JOBS (2) at a time. Standard input: a line each,
#
#     TARGET<tab>COMMAND
#
# COMMAND runs in a folder of its own, $PART; if it leaves a file there with TARGET's name, that file and
# its companions move beside TARGET, else its standard output becomes TARGET. What exists is not done
# again, so that an interrupted run goes on where it was. Failed cells are named; the status is then 1.
set -eu
if [ "${1:-}" != --cell ]; then
    tr '\n' '\0' | xargs -0 -r -n 1 -P "${JOBS:-2}" sh "$0" --cell || exit 1
    exit 0
fi

tab=$(printf '\t')
target=${2%%"$tab"*}
command=${2#*"$tab"}
name=$(basename "$target")
if [ -e "$target" ]; then
    exit 0
fi
PART=$target.part
export PART
rm -rf "$PART" "$target.stdout" "$target.stderr"
mkdir -p "$PART"
if ! sh -c "$command" >"$target.stdout" 2>"$target.stderr" </dev/null; then
    echo "cells: $target: $(tail -n 1 "$target.stderr")" >&2
    rm -rf "$PART" "$target.stdout"
    exit 1
fi
if [ -e "$PART/$name" ]; then
    for file in "$PART"/*; do
        [ "$file" = "$PART/$name" ] || mv "$file" "$(dirname "$target")/"
    done
    mv "$PART/$name" "$target"
    rm "$target.stdout"
else
    mv "$target.stdout" "$target"
fi
rm -rf "$PART" "$target.stderr"
