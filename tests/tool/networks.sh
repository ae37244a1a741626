#!/bin/sh
# pleth info, run and quantize on networks: counts as published, outputs as recorded, bad input in
# one line.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

fail()
{
    echo "$*"
    status=1
}

# name, parameters, MACs of a segment
while read -r name parameters macs; do
    "$PLETH" info "$name" --json >"$tmp/info"
    grep -q "\"parameters\":$parameters,.*\"macs\":$macs," "$tmp/info" ||
        fail "info $name: not $parameters parameters and $macs MACs: $(head -c 120 "$tmp/info")"
done <<END
deepphys 532899 51242304
tscan 532899 512423040
efficientphys 467337 258476160
bigsmall 2142478 463042848
biomoe 7337278 1539532864
END
"$PLETH" info tscan | grep -q '^  delay  *4 frames' || fail "info tscan: the delay is not 4 frames"

# one line on standard error, status 1, nothing written
refused()
{
    what=$1
    shift
    if "$PLETH" "$@" >"$tmp/out" 2>"$tmp/err"; then
        fail "$what: accepted"
    elif [ "$(wc -l <"$tmp/err")" -ne 1 ] || [ -s "$tmp/out" ]; then
        fail "$what: not one line: $(cat "$tmp/err")"
    fi
}

head -c 100 /dev/zero >"$tmp/zeros.safetensors"
refused "zeros" info "$tmp/zeros.safetensors"
refused "an absent model" run "$tmp/none.safetensors" --in x.npy --out "$tmp/dir"
refused "no input" run "$tmp/zeros.safetensors" --out "$tmp/dir"
refused "no calibration" quantize "$tmp/zeros.safetensors" "$tmp/q.safetensors"
[ ! -e "$tmp/dir" ] && [ ! -e "$tmp/q.safetensors" ] || fail "something was written"

golden=${PLETH_SHARED:-$SRC/../shared}/golden
if [ ! -e "$golden/tscan36/x.npy" ]; then
    [ $status -ne 0 ] || echo "no golden vectors; set PLETH_SHARED"
    [ $status -ne 0 ] || exit 77
    exit 1
fi

"$PLETH" run "$golden/tscan36/weights.safetensors" --in "$golden/tscan36/x.npy" --out "$tmp/y" >"$tmp/out"
[ -s "$tmp/y/y.npy" ] || fail "run: no y.npy"
"$PLETH" run "$golden/bigsmall/weights.safetensors" --in "$golden/bigsmall/big.npy" \
    --in "$golden/bigsmall/small.npy" --out "$tmp/b" --json >"$tmp/out"
for name in au bvp resp; do
    [ -s "$tmp/b/$name.npy" ] || fail "run: no $name.npy"
done
# the same layout as recorded: header and size; the values are compared in golden/networks
[ "$(wc -c <"$tmp/y/y.npy")" -eq "$(wc -c <"$golden/tscan36/y.npy")" ] || fail "run: y.npy's size"

refused "another side" run "$golden/tscan36/weights.safetensors" --in "$golden/tscan72/x.npy" \
    --out "$tmp/dir"
refused "one input of two" run "$golden/bigsmall/weights.safetensors" \
    --in "$golden/bigsmall/big.npy" --out "$tmp/dir"

"$PLETH" quantize "$golden/tscan36_published/weights.safetensors" "$tmp/q.safetensors" --net tscan \
    --frames 10 --calibrate "$golden/tscan36_published/x.npy" --json >"$tmp/out"
awk 'match($0, /"correlation":[0-9.]+/) { r = substr($0, RSTART + 14, RLENGTH - 14) }
     match($0, /"bytes":[0-9]+/) { a = substr($0, RSTART + 8, RLENGTH - 8) }
     match($0, /"bytes_int8":[0-9]+/) { b = substr($0, RSTART + 13, RLENGTH - 13) }
     END { if (!(r >= 0.999) || !(b <= 0.26 * a)) { print "quantize: r " r ", " b " of " a " bytes"; exit 1 } }' \
    "$tmp/out" || status=1
# weights alone: a float network of a quarter of the bytes
"$PLETH" quantize "$golden/tscan36_published/weights.safetensors" "$tmp/w.safetensors" --net tscan \
    --frames 10 --weights-only --check "$golden/tscan36_published/x.npy" --json >"$tmp/out"
awk 'match($0, /"correlation":[0-9.]+/) { r = substr($0, RSTART + 14, RLENGTH - 14) }
     match($0, /"bytes":[0-9]+/) { a = substr($0, RSTART + 8, RLENGTH - 8) }
     match($0, /"bytes_int8":[0-9]+/) { b = substr($0, RSTART + 13, RLENGTH - 13) }
     END { if (!(r >= 0.9995) || !(b <= 0.26 * a)) { print "weights: r " r ", " b " of " a " bytes"; exit 1 } }' \
    "$tmp/out" || status=1
"$PLETH" info "$tmp/w.safetensors" | grep -q "bytes, int8" && fail "info: weights alone are not int8"
refused "calibration of weights alone" quantize "$golden/tscan36/weights.safetensors" \
    "$tmp/q2.safetensors" --weights-only --calibrate "$golden/tscan36/x.npy"
refused "people for a network of faces" quantize "$golden/tscan36/weights.safetensors" \
    "$tmp/q2.safetensors" --calibrate-on "neutral:$tmp"
grep -q 'not a network from 200 samples' "$tmp/err" || fail "faces: $(cat "$tmp/err")"
refused "int8 again" quantize "$tmp/q.safetensors" "$tmp/q2.safetensors" \
    --calibrate "$golden/tscan36_published/x.npy"
"$PLETH" info "$tmp/q.safetensors" | grep -q int8 || fail "info: not int8"
exit $status
