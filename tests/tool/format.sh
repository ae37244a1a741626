#!/bin/sh
# Every C file is formatted by clang-format 14 with .clang-format.
set -eu
if ! command -v clang-format-14 >/dev/null; then
    echo "skipped: no clang-format-14"
    exit 77
fi
cd "$SRC"
find include src io train tool tests bench ports -name '*.[ch]' 2>/dev/null |
    xargs clang-format-14 --dry-run -Werror
