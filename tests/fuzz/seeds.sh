#!/bin/sh
# Writes the seeds of the fuzz targets into corpus/NAME beside this script: what each target's input
# looks like, once and on the way to every branch. Findings that were fixed are kept there too.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
mkdir -p corpus/push corpus/table corpus/dataset corpus/y4m corpus/raw corpus/beats

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
