#!/bin/sh
# One line of cc builds the library into a program; no build system, no configuration.
# -ffast-math, which would break the arithmetic, is refused.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp "$SRC/tests/tool/consumer/main.c" "$tmp/yours.c"
cd "$SRC"

# shellcheck disable=SC2046
$CC -O2 -Iinclude $(find src -name '*.c') "$tmp/yours.c" -lm -o "$tmp/yours"
"$tmp/yours"

if $CC -O2 -ffast-math -Iinclude -c src/pleth.c -o "$tmp/fast.o" 2>"$tmp/log"; then
    echo "src/pleth.c compiles with -ffast-math"
    exit 1
fi
grep 'error.*fast-math' "$tmp/log"
