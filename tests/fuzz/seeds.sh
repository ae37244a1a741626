#!/bin/sh
# Writes the seeds of the fuzz targets into corpus/NAME beside this script: what each target's input
# looks like, once and on the way to every branch. Findings that were fixed are kept there too.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
mkdir -p corpus/push corpus/table corpus/dataset corpus/y4m corpus/raw corpus/beats \
    corpus/safetensors corpus/npy corpus/pth corpus/tfjs corpus/tflite corpus/keras \
    corpus/recording_text corpus/recording_e4 corpus/recording_wfdb corpus/recording_neutral \
    corpus/recording_edf corpus/recording_mat corpus/recording_dalia \
    corpus/recording_galaxy corpus/dataset_mat corpus/ble corpus/references \
    corpus/references_hdf5 corpus/frames_mat corpus/pictures corpus/sweep

# ---- little-endian values ---------------------------------------------------------------------

u8() {
    for v in "$@"; do
        # shellcheck disable=SC2059
        printf "\\$(printf '%03o' $((v & 255)))"
    done
}
u16() {
    for w in "$@"; do u8 "$w" $((w >> 8)); done
}
i32() {
    for w in "$@"; do u8 "$w" $((w >> 8)) $((w >> 16)) $((w >> 24)); done
}
i64() {
    for q in "$@"; do i32 "$q" $((q >> 32)); done
}
# a few floats by their bits
f_1=0x3f800000 f_30=0x41f00000 f_40=0x42200000 f_220=0x435c0000 f_nan=0x7fc00000 f_inf=0x7f800000
f_minus=0xbf800000 f_huge=0x7f7fffff

# ---- push: configuration, then operations -------------------------------------------------------

# frames FORMAT COLOUR WIDTH HEIGHT QUARTERS PADDING STEP_100US COUNT TINT SWING PERIOD
frames() { u8 0 "$1" "$2" "$3" "$4" "$5" "$6"; u16 "$7"; u8 "$8" "$9"; shift 9; u8 "$@"; }
# one frame of any values: PLANES_WITHOUT TIME FORMAT COLOUR WIDTH HEIGHT ROTATION, three STRIDEs
frame() { u8 1 "$1"; i64 "$2"; i32 "$3" "$4" "$5" "$6" "$7"; i64 "$8" "$9"; shift 9; i64 "$@"; }
# colours STEP_100US COUNT JITTER SWING PERIOD R G B
colours() { u8 2; u16 "$1" "$2"; u8 "$3" "$4" "$5" "$6" "$7" "$8"; }
# one colour of any values: TIME R G B
colour() { u8 3; i64 "$1"; i32 "$2" "$3" "$4"; }
at() { u8 4; i64 "$1"; }
waves() { u8 5; u16 "$1"; }
flush() { u8 6; }
pull() { u8 7; }
defaults() { u8 0 0; }
# sensor CHANNELS MOTION LOW HIGH: green, red, infrared, other
sensor() { u8 0 2 "$1" 1 2 3 0 "$2"; i32 "$3" "$4"; }
# samples STEP_100US COUNT JITTER BLOCK-1 SWING PERIOD STEPS GAIT TENS
samples() { u8 8; u16 "$1" "$2"; u8 "$3" "$4" "$5" "$6" "$7" "$8" "$9"; }
# one sample of any values: TIME, four LIGHTs, three of acceleration
sample() { u8 9; i64 "$1"; shift; i32 "$@"; }
counts() { u8 10; i64 "$1"; shift; i32 "$@"; }

for format in 0 1 2 3 4 5 6 7; do
    { defaults; frames $format 0 40 30 0 0 333 60 120 3 25; pull; } >corpus/push/format$format
done
{ u8 32 0; frames 5 2 16 12 0 0 333 255 120 3 25; frames 5 2 16 12 0 0 333 255 120 3 25
  frames 5 2 16 12 0 0 333 255 120 3 25; waves 300; flush; } >corpus/push/whole_frame
for method in 0 1 2 3 4 5 6; do
    { u8 1 $method 0; colours 333 900 0 4 25 150 110 90; waves 60; } >corpus/push/method$method
done
{ u8 4; i32 $f_40 $f_220; u8 0; colours 333 400 40 4 20 150 110 90; } >corpus/push/range
{ u8 4; i32 $f_nan $f_inf; u8 0; colours 333 10 0 4 20 150 110 90; } >corpus/push/range_nan
{ u8 8; i32 $f_30; u8 0; colours 333 2000 0 4 20 150 110 90; } >corpus/push/every
{ u8 2 1; i32 $f_1 $f_1 $f_30 $f_30; u8 0; frames 0 0 64 48 0 8 333 80 140 4 25; } >corpus/push/box
{ u8 2 1; i32 $f_minus $f_nan $f_huge $f_inf; u8 0; frames 0 0 64 48 0 8 333 80 140 4 25; } \
    >corpus/push/box_hostile
{ u8 64; i32 0x7f000000; u8 0; colours 333 10 0 4 20 150 110 90; } >corpus/push/version
{ u8 16 0 1; colours 333 10 0 4 20 150 110 90; } >corpus/push/memory
{ defaults; colours 333 300 0 4 25 150 110 90; at 1000; colours 333 60 0 4 25 150 110 90
  at 900000000000; colours 333 300 0 4 25 150 110 90; at -9000000000000000000
  colours 400 400 0 4 25 150 110 90; } >corpus/push/clock
{ defaults; at 9223372036854700000; colours 333 300 0 4 25 150 110 90; } >corpus/push/clock_end
{ defaults; colour 0 $f_nan $f_1 $f_1; colour 1000 $f_inf $f_1 $f_1; colour 2000 $f_minus $f_1 $f_1
  colour 33000000 $f_huge $f_huge $f_huge; colour 66000000 1 1 1; colours 333 600 0 4 25 1 1 1; } \
    >corpus/push/colour_hostile
{ defaults; frame 0 0 5 0 1 1 0 1 1 1; frame 0 33000000 5 0 0 0 0 0 0 0
  frame 0 66000000 5 0 2147483647 2147483647 0 1 1 1; frame 0 99000000 0 0 16384 1 90 -49152 0 0
  frame 1 132000000 0 0 9 9 0 27 0 0; frame 0 165000000 0 0 9 9 45 27 0 0
  frame 0 198000000 99 0 9 9 0 27 0 0; frame 0 231000000 4 3 9 9 270 -9 -10 0; pull; } \
    >corpus/push/frame_hostile
{ defaults; frames 5 0 200 150 1 -5 333 20 120 3 25; frames 5 0 150 200 0 0 333 20 120 3 25
  frames 3 0 1 1 0 0 333 20 0 0 25; frames 3 0 255 2 2 1 333 20 255 0 25; } >corpus/push/sizes
{ u8 32 0; frames 3 0 8 8 0 0 1000 200 128 10 8; frames 3 0 8 8 0 0 3300 40 128 10 8
  frames 3 0 8 8 0 0 60000 5 128 10 8; frames 3 0 8 8 0 0 333 255 128 10 30; } >corpus/push/gaps
{ sensor 1 0 0 0; samples 400 800 0 0 10 20 0 0 3; waves 300; flush; } >corpus/push/sensor
{ sensor 4 1 0 0; samples 400 1100 3 24 10 20 20 14 0; waves 300; flush; } >corpus/push/sensor_walks
{ sensor 2 1 $f_minus $f_1; samples 400 300 0 9 10 20 0 0 3; samples 400 600 0 9 0 20 0 0 0
  pull; } >corpus/push/sensor_clipped
{ sensor 5 0 0 0; samples 400 10 0 0 10 20 0 0 3; } >corpus/push/sensor_channels
{ sensor 1 2 $f_nan $f_inf; samples 400 10 0 0 10 20 0 0 3; } >corpus/push/sensor_limits
for tens in 38 30 19 -20 -38; do
    { sensor 1 1 0 0; samples 400 500 0 9 10 20 20 14 $tens; flush; } >corpus/push/sensor_size$tens
done
{ sensor 1 1 0 0; samples 400 600 0 9 10 20 0 0 0; at 34000000000; samples 400 600 0 9 10 16 0 0 0
  at 1000; samples 400 300 0 9 10 16 0 0 0; } >corpus/push/sensor_gap
{ sensor 2 1 0 0; sample 0 $f_nan $f_1 0 0 $f_inf $f_nan $f_huge
  sample 40000000 $f_huge $f_minus 0 0 1 2 3; sample 80000000 $f_inf $f_nan 0 0 $f_huge $f_huge 0
  counts 120000000 2147483647 -2147483648 0 0 -2147483648 2147483647 0
  samples 400 500 0 9 10 20 0 0 0; } >corpus/push/sensor_hostile
{ sensor 1 0 0 0; colours 333 3 0 4 25 150 110 90; frames 0 0 8 8 0 0 333 3 120 3 25
  samples 400 3 0 0 10 20 0 0 3; } >corpus/push/sensor_camera
{ defaults; samples 400 3 0 0 10 20 0 0 3; counts 0 1 2 3 4 5 6 7; } >corpus/push/no_sensor

# ---- table ------------------------------------------------------------------------------------

cd corpus/table
printf 'time_s,r,g,b\n0,100,90,80\n0.033,101,91,81\n0.066,100,90,80\n' >named.csv
printf '100,90,80\n101,91,81\n100,90,80\n' >bare3.csv
printf '0 100 90 80\n33 101 91 81\n66 100 90 80\n' >bare4.txt
{ printf '\357\273\277# note\r\n"time_ms";"mean_r";"mean_g";"mean_b"\r\n'
  printf '0;1,5;2,5;3,5\r\n33;;nan;inf\r\n'; } >semicolon.csv
{ printf 'timestamp\tred\tgreen\tblue\n1700000000000000000\t1e3\t-1\t1e-40\n'
  printf '1700000000033000000\t1\t1\t1\n'; } >tab.tsv
printf '"a ""b"" c",,\n1,2,3,4\n5\n' >quotes.csv
printf 'time_ns,r,g,b\n-1e300,1,1,1\n1e300,1,1,1\n' >times.csv
{ i32 0x42c80000 0x42b40000 0x42a00000 $f_nan $f_inf $f_minus 1 2 3; u8 1; } >floats.bin
: >empty

# ---- dataset ----------------------------------------------------------------------------------

cd ../dataset
printf 'time_s,heart_rate,breathing_rate,pulse\n0,60,15,0.1\n1,61,,0.2\n2,62,16,0.1\n' >truth.csv
printf '0,1,2\n10,60,98,0.1\n20,61,98,0.2\n' >gtdump.xmp
printf '  1.0e+00 2.0e+00 1.0e+00\n  6.0e+01 6.1e+01 6.2e+01\n  0.0 3.3e-02 6.6e-02\n' \
    >ground_truth.txt
printf 'Time [s], HR, PULSE, RESP, SpO2\n0, 71, 72, 13, 98\n1, NaN, 73, 14, 98\n' >monitor.csv
printf '70.5\n7.1e+01\nnan\n' >rates_of_windows.csv
{ printf 'recording,person,time_s,prediction,label\na,p,0,0.1,0.2\na,p,0.1,0.3,0.4\n'
  printf 'b,q,0,1,1\nb,q,1,2,2\n'; } >waves.csv
{ printf 'recording,person,time_s,reference,estimate,answered,quality\na,p,5,60,61,1,0.9\n'
  printf 'b,q,6,70,,0,0.1\n'; } >rates.csv
index='recording,n_samples,fs_hz,offset_pred_bytes,offset_label_bytes'
{ printf '%s\na,2,30,0,8\n"b, c",1,25,4,4\nwaves.bin\n' "$index"; i32 $f_1 $f_30 $f_40 $f_minus; } \
    >index
printf '%s\na,1e8,inf,-1,1e300\nwaves.bin\n' "$index" >index_hostile
cd ../..

# ---- y4m and raw frames -------------------------------------------------------------------------

grey() { i=0; while [ $i -lt "$1" ]; do u8 $((100 + i % 7)); i=$((i + 1)); done; }
{ printf 'YUV4MPEG2 W16 H12 F30:1 Ip A1:1 C420jpeg\nFRAME\n'; grey 288
  printf 'FRAME\n'; grey 288; } >corpus/y4m/420
{ printf 'YUV4MPEG2 W16 H12 F30000:1001 Ip A1:1 C420jpeg XCOLORRANGE=FULL\nFRAME\n'; grey 288
  printf 'FRAME Ip\n'; grey 100; } >corpus/y4m/cut
{ printf 'YUV4MPEG2 W7 H5 F25:1 Cmono\nFRAME\n'; grey 35; printf 'FRAME\n'; grey 35; } \
    >corpus/y4m/mono
{ printf 'YUV4MPEG2 W7 H5 F25:1 C444\nFRAME\n'; grey 105; } >corpus/y4m/444
{ printf 'YUV4MPEG2 W4 H4 F25:1 C420p10\nFRAME\n'; grey 48; } >corpus/y4m/420p10
{ printf 'YUV4MPEG2 W1 H1 F1:1 C420\nFRAME\n'; u8 1 2 3; } >corpus/y4m/one_pixel
printf 'YUV4MPEG2 W0 H0 F0:0\nFRAME\n' >corpus/y4m/zeros
printf 'YUV4MPEG2 W99999 H99999 F1:1 C420\nFRAME\nx' >corpus/y4m/huge
printf 'YUV4MPEG2 W16384 H1 F1000000000:1 C422\nFRAME\nxyz' >corpus/y4m/wide
: >corpus/y4m/empty

raw() { u16 "$1" "$2" "$3"; u8 "$4"; grey "$5"; }
raw 16 12 30 0 600 >corpus/raw/rgb24
raw 16 12 30 2 800 >corpus/raw/rgba
raw 16 12 30 4 300 >corpus/raw/nv12
raw 15 11 25 5 300 >corpus/raw/420_odd
raw 15 11 25 6 400 >corpus/raw/yuyv_odd
raw 8 8 1 10 200 >corpus/raw/ten_bits
raw 0 65535 0 11 10 >corpus/raw/hostile
raw 65535 65535 65535 0 10 >corpus/raw/huge

# ---- beats ------------------------------------------------------------------------------------

# KIND 3: 30 Hz, unknown rate, bytes; 7: floats; 0: both from the input
saw() { i=0; while [ $i -lt 250 ]; do u8 $((i * 10 % 250)); i=$((i + 1)); done; }
{ u8 3; u16 900; u8 200; saw; } >corpus/beats/saw
{ u8 2; i32 $f_nan; u16 900; u8 200; saw; } >corpus/beats/rate_nan
{ u8 1; i32 $f_inf; u16 900; u8 200; saw; } >corpus/beats/expected_inf
{ u8 7; u16 300; u8 100; i32 $f_nan $f_1 $f_inf $f_minus $f_huge $f_1 0; } >corpus/beats/floats
{ u8 3; u16 0; u8 0; } >corpus/beats/none
{ u8 3; u16 1; u8 1; } >corpus/beats/one

# ---- model files ------------------------------------------------------------------------------

zeros() { head -c "$1" /dev/zero; }
# some floats below one
floats() { i=0; while [ $i -lt "$1" ]; do i32 $((0x3e000000 + (i * 2654435 & 0x3fffff) - (i % 2 << 31)))
    i=$((i + 1)); done; }

# safetensors HEADER: with its length before it; the data follow
safetensors() { i64 ${#1}; printf '%s' "$1"; }
# tensor NAME TYPE SHAPE FROM TO
tensor() { printf '"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}' "$@"; }
mlp=$(tensor fc1.weight F32 1,16 0 64),$(tensor fc1.bias F32 1 64 68),$(
    tensor fc2.weight F32 1,1 68 72),$(tensor fc2.bias F32 1 72 76),$(
    tensor fc3.weight F32 2,1 76 84),$(tensor fc3.bias F32 2 84 92)
{ safetensors "{\"__metadata__\":{\"model\":\"mlp\"},$mlp}"; floats 23; } >corpus/safetensors/mlp
{ safetensors "{\"__metadata__\":{\"model\":\"mlp\",\"samples\":\"17\"},$mlp}"; floats 23; } \
    >corpus/safetensors/mlp_other
{ safetensors "{$(tensor a F16 2 4 8),$(tensor b I8 4 0 4),$(tensor c F64 '' 8 16)}"; floats 4; } \
    >corpus/safetensors/types
safetensors '{"__metadata__":{"a\"\u0062":"\\\n\u00e9"}}' >corpus/safetensors/escapes
{ safetensors "{$(tensor a F32 1 0 4),$(tensor b F32 1 2 6)}"; zeros 6; } >corpus/safetensors/overlap
safetensors "{$(tensor a F32 4294967296,4294967296 0 8)}" >corpus/safetensors/overflow
i64 -1 >corpus/safetensors/length

# npy HEADER: format 1.0
npy() { u8 147; printf 'NUMPY\001\000'; u16 ${#1}; printf '%s' "$1"; }
{ npy "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"; floats 6; } >corpus/npy/f4
{ npy "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"; floats 2; } >corpus/npy/f8
{ npy "{'shape': (), 'fortran_order': False, 'descr': '<f4'}"; floats 1; } >corpus/npy/scalar
{ u8 147; printf 'NUMPY\002\000'; i32 58
  printf "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } "; floats 1; } >corpus/npy/second
{ npy "{'descr': '<i4', 'fortran_order': True, 'shape': (4294967296, 4294967296), }"; } \
    >corpus/npy/hostile

# TensorFlow.js: the JSON, a line "shard", the raw file s
{ printf '%s' '{"format":"layers-model","modelTopology":{"a":[1.5e3,true,null,{"b":"\u00e9"}]},' \
    '"weightsManifest":[{"paths":["s"],"weights":[' \
    '{"name":"conv2d/kernel","shape":[1,1,1,2],"dtype":"float32"},' \
    '{"name":"conv2d/bias","shape":[],"dtype":"float32"}]}]}'
  printf 'shard\n'; floats 3; } >corpus/tfjs/two
{ printf '%s' '{"weightsManifest":[{"paths":["s","s"],"weights":[' \
    '{"name":"a","shape":[2],"dtype":"uint8"}]},{"paths":["s"],"weights":[]}]}'
  printf 'shard\n'; zeros 1; } >corpus/tfjs/groups
printf '{"weightsManifest":[{"paths":["../s"],"weights":[]}]}' >corpus/tfjs/outside
printf '{"weightsManifest":[{"paths":["s"],"weights":[{"name":"a","shape":[9,9],"dtype":"float32",
"quantization":{}}]}]}' >corpus/tfjs/quantised
printf '{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[' >corpus/tfjs/deep

# TensorFlow Lite: the model at 24, its graphs, buffers, one stored and one computed tensor
# tflite AXIS: length of the only axis of both
tflite() {
    i32 24; printf TFL3
    u16 14 12 0 0 4 0 8 0; i32 16 8 12
    i32 1 64; i32 2 16 20
    u16 6 8 4 0; i32 8 12; i32 16 8; i32 0; i32 8; floats 2
    u16 6 8 4 0; i32 8 4
    i32 2 24 40; u16 12 20 4 16 8 12; i32 0
    i32 16 36 1 36; u8 0 0 0 0
    i32 36 16 0 24; u8 0 0 0 0
    i32 1 "$1"; i32 1; u8 119 0 0 0; i32 1; u8 121 0 0 0
}
tflite 2 >corpus/tflite/two
tflite -1 >corpus/tflite/shape
tflite 2 | head -c 150 >corpus/tflite/cut

# HDF5 as h5py writes it. keras WIDTH SECOND: a dataset "w" of two floats of that many bytes, and
# "x", whose object lies at SECOND
keras() {
    u8 137; printf 'HDF\r\n\032\n'
    u8 0 0 0 0 0 8 8 0; u16 1 1; i32 0; i64 0 -1 456 -1
    i64 0 96; i32 1 0; i64 136 200
    u8 1 0; u16 1; i32 1 24 0; u16 17 16; i32 0; i64 136 200
    printf TREE; u8 0 0; u16 1; i64 -1 -1 0 256 16 0 0
    printf HEAP; u8 0 0 0 0; i64 24 1 232
    zeros 8; printf w; zeros 7; printf x; zeros 7
    printf SNOD; u8 1 0; u16 2; i64 8 344; i32 0 0; i64 0 0; i64 16 "$2"; i32 0 0; i64 0 0
    u8 1 0; u16 3; i32 1 88 0; u16 1 16; i32 0; u8 1 1 0 0 0 0 0 0; i64 2
    u16 3 24; i32 0
    if [ "$1" = 2 ]; then
        u8 17 32 15 0; i32 2; u16 0 16; u8 10 5 0 10; i32 15 0
    else
        u8 17 32 31 0; i32 4; u16 0 32; u8 23 8 0 23; i32 127 0
    fi
    u16 8 24; i32 0; u8 3 1; i64 448 $((2 * $1)); zeros 6; floats 2
}
keras 4 344 >corpus/keras/float32
keras 2 344 >corpus/keras/float16
keras 4 96 >corpus/keras/circle
keras 4 9000000000000000000 >corpus/keras/outside
keras 4 344 | head -c 300 >corpus/keras/cut

# PyTorch: a zip of a pickle of tensors and their storages
text() { printf X; i32 ${#1}; printf '%s' "$1"; }
ordered() { printf 'ccollections\nOrderedDict\n)R'; }
# stored NAME TYPE KEY AXIS AXIS: a tensor of two axes
stored() {
    text "$1"; printf 'ctorch._utils\n_rebuild_tensor_v2\n(('
    text storage; printf 'ctorch\n%s\n' "$2"; text "$3"; text cpu; u8 75 $(($4 * $5)); printf tQ
    u8 75 0 75 "$4" 75 "$5" 0x86 75 "$5" 75 1 0x86 0x89; ordered; printf tR
}
vector() {
    text "$1"; printf 'ctorch._utils\n_rebuild_tensor_v2\n(('
    text storage; printf 'ctorch\nFloatStorage\n'; text "$2"; text cpu; u8 75 "$3"; printf tQ
    u8 75 0 75 "$3" 0x85 75 1 0x85 0x89; ordered; printf tR
}
# zip ENTRY...: files in the folder zip, stored
zip() {
    at=0
    : >zip/directory
    for entry; do
        size=$(wc -c <"zip/$entry")
        printf 'PK\003\004'; u16 0 0 0 0 0; i32 0 "$size" "$size"; u16 $((8 + ${#entry})) 0
        printf 'archive/%s' "$entry"; cat "zip/$entry"
        { printf 'PK\001\002'; u16 0 0 0 0 0 0; i32 0 "$size" "$size"; u16 $((8 + ${#entry})) 0 0 0 0
          i32 0 $at; printf 'archive/%s' "$entry"; } >>zip/directory
        at=$((at + 38 + ${#entry} + size))
    done
    cat zip/directory
    printf 'PK\005\006'; u16 0 0 $# $#; i32 "$(wc -c <zip/directory)" $at; u16 0
}
mkdir -p zip/data
floats 16 >zip/data/0
floats 1 >zip/data/1
floats 2 >zip/data/2
{ u8 128 2; ordered; printf '('; stored module.fc1.weight FloatStorage 0 1 16
  vector module.fc1.bias 1 1; stored module.fc2.weight FloatStorage 1 1 1
  vector module.fc2.bias 1 1; stored module.fc3.weight FloatStorage 2 2 1
  vector module.fc3.bias 2 2; printf 'u}b.'; } >zip/data.pkl
zip data.pkl data/0 data/1 data/2 >corpus/pth/mlp
{ u8 128 2; printf '}q'; u8 0; printf '('; text epoch; u8 75 3; text lr; printf G; zeros 8
  text state_dict; printf '}('; stored a HalfStorage 0 2 2; printf 'u'; text more; printf ']('
  u8 78 0x88 74 255 255 255 255 0x8a 2 1 2; printf 'eu.'; } >zip/data.pkl
zip data.pkl data/0 >corpus/pth/wrapped
{ u8 128 2; printf '}'; text a; printf 'cos\nsystem\n('; text true; printf 'tRs.'; } >zip/data.pkl
zip data.pkl >corpus/pth/call
{ u8 128 2; printf '}q'; u8 0 104 0 104 0; printf 's.'; } >zip/data.pkl
zip data.pkl >corpus/pth/itself
zip data.pkl | head -c 60 >corpus/pth/cut
rm -r zip

# ---- recordings -------------------------------------------------------------------------------

to=corpus/recording_text
printf 't_ms,Green,ir,acc_x_mg,note\n1000,1.5,2,100,a\n1010,1.25,nan,101,b\n,1\n1005,1\n' >$to/csv
printf 'time;ppg\n0,5;1,5\n0,6;2,5\n0,7;3,5\n' >$to/commas
printf 'Timestamp,PPG [mV],Acc Z (m/s^2)\n2024-02-29T23:59:59.990,1,2\n2024-03-01 00:00:01,3,4\n' \
    >$to/dates
{ printf 'Phone timestamp;sensor timestamp [ns];channel 0;ambient\n'
  printf '2021-03-04T10:11:12.345;599616000000000000;10;3\n;599616000020000000;11;4\n'
  printf 'motion\nPhone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n'
  printf '2021-03-04T10:11:12.345;599615999990000000;0;0;900\n;599616000050000000;1;2;3\n'
} >$to/polar
printf 'red=100, ir=200, HR=60\nred=101, ir=201, HR=60\n' >$to/serial
printf ' R[7] IR[8] G[9]\n R[10] IR[11] G[12]\nnoise\n' >$to/serial_brackets
printf 'red,ir\n1e300,-1e300\n1e39,0x10\n' >$to/counts
printf 'time_s,value\n-1e300,1\n1e300,2\n0,3\n' >$to/times
to=corpus/recording_e4
printf '1500000000.0\n64.0\n-1.5\n2\n3\nmotion\n1500000000.5, 1, 2\n32.0, 32.0\n64,0,-64\n1,2\n' \
    >$to/two
printf '0\n64\n1\n2\nmotion\n-99999999999\n0.0001\n1,2,3\n4,5,6\n' >$to/far
printf '0\n1e6\n1\nmotion\n1e300\n1\n' >$to/hostile
to=corpus/recording_wfdb
{ printf 'r 2 50 2\ns 16x2 100(50)/NU 16 0 0 0 0 PLETH\ns 16 200/mV 16 10 0 0 0 II\nsamples\n'
  u16 100 200 65535 300 0 32768; } >$to/16
{ printf 'r 2 125\ns 212 1/NU 12 0 0 0 0 red\ns 212 0 12 0 0 0 0 V\nsamples\n'
  u8 35 241 255 255 135 0 1 2; } >$to/212
{ printf '# x\nr 1 100(5) 3 10:00:00\ns 80 2 8 0 0 0 0 ppg\nsamples\n'; u8 128 129; } >$to/80
printf 'r 256 1e-300 1e14\ns 16x4096 1e-300(1e300) 16 0 0 0 0 ppg\nsamples\n' >$to/hostile
to=corpus/recording_neutral
# neutral TYPE SAMPLES CHANNELS NAMES ONES ZEROS
neutral() {
    printf '{"fs_hz": 30.5, "dtype": "%s", "n_samples": %s, "n_channels": %s, "channels": [%s],' \
        "$1" "$2" "$3" "$4"
    printf '"scale": [%s], "offset": [%s], "more": [null, {"a": 1e3}]}samples\n' "$5" "$6"
}
{ neutral f32le 2 3 '"t_ms", "R", "G"' '1,1,2.5e0' '0,0,-1'; i32 0 $f_1 $f_30 $f_40 $f_nan $f_inf; } \
    >$to/timed
{ neutral i16le 2 2 '"ppg", "acc_x_ms2"' '1,1' '0,0'; u16 1 2 65535 32768; } >$to/i16
{ neutral u16le 1 1 '"ppg"' 1e308 1e308; u16 65535; } >$to/large
neutral u16le 9007199254740992 1 '"ppg"' 1 0 >$to/hostile
# edf RECORDS RECORD_S: three signals, 4, 2 and 4 samples a record, two records
edf() {
    printf '%-8s%-80s%-80s%-8s%-8s%-8s%-44s%-8s%-8s%-4s' 0 'X X X X' 'Startdate X X X X' 01.01.20 \
        10.00.00 1024 '' "$1" "$2" 3
    printf '%-16s%-16s%-16s%240s' Pleth 'Accel X' 'ECG II' ''
    printf '%-8s%-8s%-8s' mV g uV -32768 -3276.8 -65536 32767 3276.7 65534
    printf '%-8s%-8s%-8s' -32768 -32768 -32768 32767 32767 32767
    printf '%240s%-8s%-8s%-8s%96s' '' 4 2 4 ''
    u16 1 2 3 4 5 6 7 8 9 10 1 2 3 4 5 6 7 8 9 10
}
edf 2 0.5 >corpus/recording_edf/three
edf 2 0.00001 >corpus/recording_edf/short
edf 99999999 1 >corpus/recording_edf/records
edf 2 1 | head -c 700 >corpus/recording_edf/cut
mat_head() { printf '%-124s\000\001IM' 'MATLAB 5.0 MAT-file'; }
padded() { printf '%s' "$1"; zeros $(((8 - ${#1} % 8) % 8)); }
# matrix NAME ROWS COLUMNS: of int16, a multiple of four of them
matrix() {
    i32 14 $((48 + (${#1} + 7) / 8 * 8 + 2 * $2 * $3)) 6 8 10 0 5 8 "$2" "$3" 1 ${#1}
    padded "$1"; i32 3 $((2 * $2 * $3))
    i=0; while [ $i -lt $(($2 * $3)) ]; do u16 $i; i=$((i + 1)); done
}
# scalar VALUE: a nameless matrix of one
scalar() { i32 14 56 6 8 10 0 5 8 1 1 1 0 3 2; u16 "$1" 0 0 0; }
# structure NAME FIELDS FILE: one of these fields, which are in the file
structure() {
    n=$(echo "$2" | wc -w)
    i32 14 $((56 + (${#1} + 7) / 8 * 8 + 32 * n + $(wc -c <"$3"))) 6 8 2 0 5 8 1 1 1 ${#1}
    padded "$1"; u16 5 4; i32 32 1 $((32 * n))
    for field in $2; do printf '%s' "$field"; zeros $((32 - ${#field})); done
    cat "$3"
}
# cells NAME NUMBER FILE: in a column
cells() {
    i32 14 $((48 + (${#1} + 7) / 8 * 8 + $(wc -c <"$3") - 8)) 6 8 1 0 5 8 "$2" 1 1 ${#1}
    padded "$1"; cat "$3"
}
mat() { mat_head; matrix "$@"; }
mat sig 5 8 >corpus/recording_mat/sig
mat rawPPG 3 8 >corpus/recording_mat/half
mat sig 5 8 | head -c 180 >corpus/recording_mat/cut
to=corpus/dataset_mat
mat BPM0 4 1 >$to/labels
{ scalar 128; matrix '' 8 1; } >$to/part
structure '' 'fs v' $to/part >$to/signal
{ cat $to/signal; structure '' 'fs v' $to/part; } >$to/part2
{ mat_head; structure wrist 'ppg_g acc_x' $to/part2; } >$to/place
{ matrix '' 2 200; matrix '' 1 200; } >$to/windows
{ matrix '' 4 1; matrix '' 1 4; } >$to/rates
{ mat_head; cells data_bpm_values 2 $to/rates; cells data_ppg_wrist 2 $to/windows; } >$to/processed
rm $to/part $to/part2 $to/signal $to/windows $to/rates
to=corpus/recording_dalia
short() { printf U; u8 ${#1}; printf '%s' "$1"; }
# numbers TYPE ROWS COLUMNS: zeros of a type with a digit at its end
numbers() {
    printf 'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n'; u8 75 0 0x85; short b
    u8 0x87; printf 'R('; u8 75 1 75 "$2" 75 "$3" 0x86; printf 'cnumpy\ndtype\n'; short "$1"
    u8 75 0 75 1 0x87; printf 'R('; u8 75 3; short '<'
    printf NNNJ; i32 -1; printf J; i32 -1; u8 75 0; printf 'tb'; u8 0x89
    printf T; i32 $(($2 * $3 * ${1#?})); zeros $(($2 * $3 * ${1#?})); printf 'tb'
}
{ u8 128 2; printf '}q'; u8 1; printf '('; short signal; printf '}('; short wrist; printf '}('
  short BVP; numbers f8 200 1; short ACC; numbers f4 100 3; printf 'u'; short chest; printf 'Nu'
  short label; numbers i2 1 1; short activity; numbers u1 12 1; short x; printf 'G'; zeros 8
  printf 'u.'; } >$to/person
{ u8 128 2; printf '}'; short signal; printf 'cposix\nsystem\n('; short true; printf 'tRs.'; } \
    >$to/call
head -c 300 $to/person >$to/cut
to=corpus/recording_galaxy
{ printf 'timestamp,ppg\n1700000000000,5\n1700000000040,6\n1700000000080,7\nmotion\n'
  printf 'timestamp,x,y,z\n1700000000000,1,2,3\n1700000000040,1,2,3\nbelt\n'
  printf 'phoneTimestamp,hr\n1700032400000,60\n1700032408000,70\n1700032412000,\nevents\n'
  printf 'timestamp,session,status\n1700000000000,a,ENTER\n1700000009000,a,EXIT\n'; } >$to/watch
{ printf 'timestamp,value\n1e300,5\n2e300,6\nmotion\nx\n1\nbelt\n'
  printf 'phoneTimestamp,hr\n-1e300,60\n1e15,70\nevents\ntimestamp,session,status\n,,ENTER\n'
} >$to/hostile
u8 22 72 51 3 0 4 >corpus/ble/heart
u8 31 44 1 255 255 102 0 >corpus/ble/heart_wide
u8 31 207 243 60 0 255 7 255 7 97 0 61 0 128 0 0 32 0 25 240 >corpus/ble/oximeter

# ---- data sets of cameras -----------------------------------------------------------------------

to=corpus/references
{ printf '{"/FullPackage": [{"Timestamp": 1392643993642815000, "Value": {"waveform": 60,'
  printf '"pulseRate": 70, "o2saturation": 98, "signalStrength": 5}}, {"Timestamp":'
  printf '1392643993659815000, "Value": {"waveform": -6e1, "pulseRate": 0}}], "/Image":'
  printf '[{"Timestamp": 1392643993642815000}, {"Timestamp": 1392643993676148000}]}'
} >$to/pure
printf '{"/Image":[{"Timestamp":1e300}],"/FullPackage":[{"Timestamp":-1e300,"Value":[]},{},3]}' \
    >$to/pure_hostile
head -c 150 $to/pure >$to/pure_cut
printf '1.5\n-2\n1e300\nnan\nbeside\n70\n71\n\n0\n' >$to/numbers
{ printf '<?xml version="1.0"?>\n<data><!-- --><value0><value0>0</value0><value1>70</value1>'
  printf '<value2>12</value2></value0>\n<value1><value1> 0\n</value1><value2>1e9</value2></value1>'
  printf '<x/></data>\nbeside\n<d><v><value1>7.5</value1></v><v><value1>47</value1></v></d>'
} >$to/lgi
printf '<a><b><value2>1</value2></b></c></d></e><value2>' >$to/lgi_cut
printf 'Wave\n10\n12\n11\nbeside\n0\n33\n67\n' >$to/vipl
printf 'HR\n70\n0\nbeside\nHR\n3\n2\n1\n' >$to/back

# HDF5 as above, its names "pulse" and "x"
keras 4 344 | sed 's/w\x00\x00\x00\x00\x00\x00\x00/pulse\x00\x00\x00/' >corpus/references_hdf5/pulse
keras 4 96 | sed 's/w\x00\x00\x00\x00\x00\x00\x00/time\x00\x00\x00\x00/' >corpus/references_hdf5/circle
head -c 400 corpus/references_hdf5/pulse >corpus/references_hdf5/cut

# cube NAME FRAMES HEIGHT WIDTH: a v5 array of bytes of four axes, the last one 3; NAME has up to
# eight bytes. row NAME COLUMNS: a matrix of int16 of one row
cube() {
    i32 14 $((64 + 3 * $2 * $3 * $4 + (8 - 3 * $2 * $3 * $4 % 8) % 8)) 6 8 9 0 5 16 "$2" "$3" "$4" 3 \
        1 ${#1}
    printf '%s' "$1"; zeros $((8 - ${#1})); i32 2 $((3 * $2 * $3 * $4))
    i=0; while [ $i -lt $((3 * $2 * $3 * $4)) ]; do u8 $i; i=$((i + 1)); done
    zeros $(((8 - 3 * $2 * $3 * $4 % 8) % 8))
}
start() { printf '%-124s\000\001IM' 'MATLAB 5.0 MAT-file'; }
{ start; cube video 3 2 2; mat GT_ppg 1 4 | tail -c +129; } >corpus/frames_mat/mmpd
{ start; mat d_ppg 1 4 | tail -c +129; cube Xsub 4 1 2; } >corpus/frames_mat/scamps
{ start; cube video 2 1 1 | head -c 60; } >corpus/frames_mat/cut

# chunk TYPE DATA-FILE... are too much for a shell: pictures are a BMP and what a PNG begins with
to=corpus/pictures
bmp() {
    printf BM; i32 $((54 + 3 * 4 * 2)) 0 54 40 4 2; u16 1 24; i32 0 24 0 0 0 0
    i=0; while [ $i -lt 24 ]; do u8 $((10 * i)); i=$((i + 1)); done
}
{ printf 'a1.bmp\na2.bmp\npicture\n'; bmp; } >$to/numbered
{ printf 'Image1392643993642815000.bmp\nImage1392643993676148000.bmp\nx.png\npicture\n'
  bmp; } >$to/clock
{ printf '1.png\n01.png\n9999999999999999999999.png\npicture\n'; u8 137
  printf 'PNG\r\n\032\n'; u8 0 0 0 13; printf IHDR; } >$to/cut
printf '\377.jpg\n.png\nb.jpeg\npicture\n' >$to/names

# ---- sweeps -------------------------------------------------------------------------------------

to=corpus/sweep
{ printf 'data spc a # b\ndata bami b -1.5\nfolds 3\nonly-folds 0 2\nseeds 1-3\nepochs 7\n'
  printf 'validation 0\nrecipe tau=4 loss=ce\nnetworks resnet1d tcn\nstudents 1 2 4-6\nteachers 12 2\n'
  printf 'strategies scratch hard soft dkd feature ordered\ncells\nnetworks mlp\nstrategies dkd\ncells\n'; } >$to/plan
printf 'data spc a\nnetworks mlp\nstudents 1-16\nseeds 0-63\nstrategies scratch\ncells' >$to/seeds
printf 'seeds 5-99999999999\n' >$to/plan_hostile
cell() {
    printf '{"network":"resnet1d","blocks":6,"parameters":126132,"macs":7211520,'
    printf '"strategy":"%s","teacher_blocks":%s,"data":"spc+bami","recipe":"","fold":1,"folds":2,' "$1" "$2"
    printf '"seed":3,"epochs":40,"validation":5,"mae":5,"windows":40,"people":['
    printf '{"person":"SPC/\\u0041","n":10,"mae":2},{"person":"b","n":30,"mae":6}],"seconds":9.5}\n'
}
cell dkd 12 >$to/cell
cell scratch null >$to/cell_scratch
cell soft 12 | sed 's/"n":30/"n":3e9/; s/"mae":5/"mae":-1e999/' >$to/cell_hostile
