#!/bin/sh
# The shared library exports the functions of pleth.h and nothing else; every global name of the
# static one starts with pleth_; the device library needs nothing but memory and math functions (no
# heap, no stdio, no clock) and has no variables.
set -eu
. "$SRC/tests/tool/lib/plain.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

"$CC" -E -P "$SRC/include/pleth/pleth.h" | tr '\n' ' ' | tr ';' '\n' | grep visibility |
    sed 's/.*[ *]\(pleth_[a-z0-9_]*\) *(.*/\1/' | sort >"$tmp/declared"
nm -D --defined-only --extern-only "$PLETH_SHARED_LIBRARY" | awk '{ print $NF }' |
    sort >"$tmp/exported"
if ! diff "$tmp/declared" "$tmp/exported"; then
    echo "< only in pleth.h, > only exported"
    status=1
fi

nm -g --defined-only "$PLETH_STATIC" | awk 'NF == 3 { print $3 }' | sort -u >"$tmp/defined"
if grep -v '^pleth_' "$tmp/defined"; then
    echo "global names without pleth_"
    status=1
fi

# libgcc's CPU detection is data in the program itself; the stack protector some compilers add
cat >"$tmp/allowed" <<'LIST'
memcpy|memmove|memset|memcmp|memchr|strlen
(sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|exp|exp2|expm1|log|log2|log10|log1p|pow|sqrt)f?
(cbrt|hypot|fabs|floor|ceil|round|trunc|lround|llround|rint|lrint|llrint|nearbyint|fmod)f?
(fmin|fmax|fma|ldexp|frexp|modf|remainder|erf|erfc|sincos|copysign)f?
__cpu_model|__cpu_indicator_init|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_
LIST
nm -u "$PLETH_STATIC" | awk 'NF == 2 { print $2 }' | sort -u |
    comm -23 - "$tmp/defined" >"$tmp/needed"
if grep -vxE -f "$tmp/allowed" "$tmp/needed"; then
    echo "the device library must not need the names above"
    status=1
fi

if size -A "$PLETH_STATIC" | grep -E '^\.t?(data|bss)' | grep -v '^\.data\.rel\.ro' |
    awk '$2 > 0 { print; found = 1 } END { exit !found }'; then
    echo "the device library has variables (find them with: nm $PLETH_STATIC | grep ' [bBdD] ')"
    status=1
fi
echo "$(wc -l <"$tmp/exported") functions exported, $(wc -l <"$tmp/needed") names needed"
exit $status
