#!/bin/sh
# pleth convert to ONNX: networks in ONNX Runtime as recorded, in int8 as pleth runs them.
# Needs node and its package onnxruntime-node, in NODE_PATH or in the folder PLETH_ORT.
set -eu
golden=${PLETH_SHARED:-$SRC/../shared}/golden
if [ ! -e "$golden/tscan36/x.npy" ]; then
    echo "skipped: no golden vectors; set PLETH_SHARED"
    exit 77
fi
if ! command -v node >/dev/null; then
    echo "skipped: no node"
    exit 77
fi
node "$SRC/tests/tool/onnx_run.mjs" || exit $?
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

# compare WHAT TOLERANCE NAME=FILE ...: what model.onnx answers
compare()
{
    echo "$1"
    shift
    node "$SRC/tests/tool/onnx_run.mjs" "$tmp/model.onnx" "$@" || status=1
}

# recorded FOLDER NAME=FILE ...: files below the golden folder
recorded()
{
    folder=$1
    shift
    "$PLETH" convert "$golden/$folder/weights.safetensors" "$tmp/model.onnx" >"$tmp/out"
    for pair in "$@"; do
        set -- "$@" "${pair%%=*}=$golden/$folder/${pair#*=}.npy"
        shift
    done
    compare "$folder" 1e-4 "$@"
}

recorded tscan36 x=x y=y
recorded tscan72 x=x y=y
recorded deepphys36 x=x y=y
recorded effphys36 x=x y=y
recorded mtts36 x=x pulse=pulse resp=resp
recorded bigsmall big=big small=small au=au bvp=bvp resp=resp
for blocks in 01 02 06 10 12; do
    recorded r1d/b$blocks x=../x logits=eval_logits z=eval_z
done
published()
{
    "$PLETH" convert "$golden/../weights/bigsmall_pth/BP4D_$1_Clip3_Split1_Epoch4.pth" \
        "$tmp/model.onnx" --net "$2" >"$tmp/out"
    compare "$1" 1e-4 "$3=$golden/bigsmall_published/$3_x.npy" \
        "$4=$golden/bigsmall_published/$5.npy"
}

published Small_Heart bigsmall-small small bvp heart
published Big_AU bigsmall-big big au au
recorded biomoe x=x y=y z1=z1 z2=z2 gate1=gate1

# int8 NAME WEIGHTS OPTIONS INPUT=FILE ... -- OUTPUT ...: the same in pleth, within two steps
int8()
{
    name=$1
    weights=$2
    options=$3
    calibrate=''
    in=''
    files=''
    shift 3
    while [ "$1" != -- ]; do
        file=$golden/${1#*=}.npy
        calibrate="$calibrate --calibrate $file"
        in="$in --in $file"
        files="$files ${1%%=*}=$file"
        shift
    done
    shift
    for output in "$@"; do
        files="$files $output=$tmp/out/$output.npy"
    done
    rm -rf "$tmp/out"
    # words of their own, without blanks
    # shellcheck disable=SC2086
    "$PLETH" quantize "$weights" "$tmp/q.safetensors" $options $calibrate >"$tmp/report"
    # shellcheck disable=SC2086
    "$PLETH" run "$tmp/q.safetensors" $in --out "$tmp/out" >"$tmp/report"
    "$PLETH" convert "$tmp/q.safetensors" "$tmp/model.onnx" >"$tmp/report"
    # shellcheck disable=SC2086
    compare "$name, int8" 2steps $files
}

# int8_golden FOLDER INPUT=FILE ... -- OUTPUT ...
int8_golden()
{
    folder=$1
    shift
    int8 "$folder" "$golden/$folder/weights.safetensors" "" "$@"
}

int8 tscan36_published "$golden/tscan36_published/weights.safetensors" "--net tscan --frames 10" \
    x=tscan36_published/x -- y
int8_golden mtts36_published x=tscan36_published/x -- pulse resp
for name in tscan36 tscan72 deepphys36 effphys36; do
    int8_golden "$name" x="$name/x" -- y
done
int8_golden mtts36 x=mtts36/x -- pulse resp
int8_golden bigsmall big=bigsmall/big small=bigsmall/small -- au bvp resp
for blocks in 01 02 06 10 12; do
    int8_golden r1d/b$blocks x=r1d/x -- logits z
done
pth=$golden/../weights/bigsmall_pth
int8 Small_Heart "$pth/BP4D_Small_Heart_Clip3_Split1_Epoch4.pth" "--net bigsmall-small" \
    small=bigsmall_published/small_x -- bvp
int8 Small_Resp "$pth/BP4D_Small_Resp_Clip3_Split1_Epoch4.pth" "--net bigsmall-small" \
    small=bigsmall_published/small_x -- bvp
int8 Big_AU "$pth/BP4D_Big_AU_Clip3_Split1_Epoch4.pth" "--net bigsmall-big" \
    big=bigsmall_published/big_x -- au
node "$SRC/tests/tool/onnx_run.mjs" mlp "$tmp/mlp.safetensors"
int8 mlp "$tmp/mlp.safetensors" "--net mlp" x=r1d/x -- logits

# what can not be written is said in one line, and leaves nothing
mkdir "$tmp/none"
if "$PLETH" convert "$golden/tscan36/x.npy" "$tmp/none/model.onnx" >"$tmp/report" 2>"$tmp/err"; then
    echo "an array was converted"
    status=1
fi
[ "$(wc -l <"$tmp/err")" -eq 1 ] || status=1
rmdir "$tmp/none" || status=1
exit $status
