#!/bin/sh
# The public header alone, in every language version that it is for.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo '#include "pleth/pleth.h"' >"$tmp/header.c"
echo 'int header(void); int header(void) { return (int)PLETH_OK; }' >>"$tmp/header.c"
cp "$tmp/header.c" "$tmp/header.cpp"

for cc in "$CC" gcc clang clang-14; do
    command -v "$cc" >/dev/null || continue
    for std in c99 c11 c17; do
        "$cc" -std=$std -pedantic -Wall -Wextra -Wconversion -Wundef -Wstrict-prototypes -Werror \
            "-I$SRC/include" -fsyntax-only "$tmp/header.c"
    done
    echo "$cc: C99, C11, C17"
done
for cxx in c++ g++ clang++ clang++-14; do
    command -v "$cxx" >/dev/null || continue
    for std in c++11 c++20; do
        "$cxx" -std=$std -pedantic -Wall -Wextra -Wconversion -Wundef -Werror "-I$SRC/include" \
            -fsyntax-only "$tmp/header.cpp"
    done
    echo "$cxx: C++11, C++20"
done
