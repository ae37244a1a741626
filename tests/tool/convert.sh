#!/bin/sh
# pleth convert: what it makes of small files of every container, and what it says of bad ones.
set -u
seeds=$SRC/tests/fuzz/corpus
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
status=0
fail()
{
    echo "convert: $*"
    status=1
}

# PyTorch, a wrapper of a training loop around the names; and the model again
"$PLETH" convert "$seeds/pth/mlp" a.safetensors >out 2>err || fail "$(cat err)"
grep -qx 'a.safetensors: mlp from PyTorch, 6 tensors, 23 values' out || fail "$(cat out)"
grep -qa '"model":"mlp","hidden":"1","samples":"16","classes":"2"' a.safetensors ||
    fail "metadata of a .pth"
grep -qa '"fc1.weight":{"dtype":"F32","shape":\[1,16\],"data_offsets":\[0,64\]}' a.safetensors ||
    fail "tensors of a .pth"
"$PLETH" convert a.safetensors b.safetensors --json >out 2>err || fail "$(cat err)"
cmp -s a.safetensors b.safetensors || fail "a model changes when it is converted"
grep -qx '{"out":"b.safetensors","from":"safetensors","network":"mlp","tensors":6,"values":23}' out ||
    fail "--json: $(cat out)"

# metadata: more of it, and kept
"$PLETH" convert a.safetensors c.safetensors --metadata 'terms=free "as air"' --net mlp >out 2>err ||
    fail "$(cat err)"
"$PLETH" convert c.safetensors d.safetensors >out 2>err || fail "$(cat err)"
cmp -s c.safetensors d.safetensors || fail "metadata is not kept"
grep -qa '"terms":"free \\"as air\\""' d.safetensors || fail "metadata that is given"

# what can not be done: status 1, one line with the file's name, no file
refused()
{
    what=$1
    shift
    "$PLETH" convert "$@" e.safetensors >out 2>err
    test $? -eq 1 || fail "status of $*"
    test "$(wc -l <err)" -eq 1 && test ! -s out || fail "not one line for $*"
    grep -q "^pleth convert: $1: .*$what" err || fail "$*: $(cat err)"
    test ! -e e.safetensors || fail "a file was left by $*"
}
refused 'fc1.weight has another shape' "$seeds/safetensors/mlp_other"
refused 'tensor b shares bytes' "$seeds/safetensors/overlap"
refused 'not a whole tscan: tensor [a-z_0-9.]* is missing' "$seeds/pth/mlp" --net tscan
refused 'no network of the name other' "$seeds/pth/mlp" --net other
refused 'metadata' "$seeds/pth/mlp" --metadata samples=17x
refused 'fc1.weight has another shape' "$seeds/pth/mlp" --metadata hidden=2
refused '(--net)' "$seeds/pth/wrapped"
refused "wants 'os system'" "$seeds/pth/call"
refused 'cut off' "$seeds/pth/cut"
refused 'is missing' "$seeds/keras/float16"
refused 'without an end' "$seeds/keras/circle"
refused 'is missing' "$seeds/tflite/two"
refused 'tensor w has a shape' "$seeds/tflite/shape"
mkdir tfjs
sed 's/shard$//; q' "$seeds/tfjs/two" | tr -d '\n' >tfjs/model.json
refused 'cannot open' tfjs/model.json
tail -c 12 "$seeds/tfjs/two" >tfjs/s
refused 'tensor conv2d/bias has 1 values instead of 2' tfjs/model.json
refused 'does not lie beside it' "$seeds/tfjs/outside"
printf 'hello' >text
refused 'not a checkpoint that is known' text
"$PLETH" convert absent e.safetensors >out 2>err
test $? -eq 1 && grep -q 'absent: neither a file nor a kept model' err || fail "$(cat err)"

# wrong command lines: status 2
wrong()
{
    "$PLETH" convert "$@" >out 2>err
    test $? -eq 2 || fail "status of the command line $*"
    test "$(wc -l <err)" -eq 1 && test ! -s out || fail "not one line for $*"
}
wrong
wrong a.safetensors
wrong a.safetensors b.safetensors c.safetensors
wrong a.safetensors b.other
wrong a.safetensors a.safetensors
wrong a.safetensors f.safetensors --metadata novalue
wrong a.safetensors f.safetensors --metadata =x
wrong a.safetensors f.safetensors --metadata a=x --metadata a=y
exit $status
