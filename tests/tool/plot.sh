# measure --plot and --annotate: pages and videos that are whole, or absent with a word why.
set -u
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# bytes FILE OFFSET COUNT, as decimal numbers
bytes()
{
    od -An -v -tu1 -j "$2" -N "$3" "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

# twenty seconds of skin with a pulse of 72 /min
awk 'BEGIN {
    print "time_s,r,g,b"
    for (i = 0; i < 600; i++) {
        t = i / 30; p = cos(2 * 3.14159265 * 1.2 * t)
        printf "%.4f,%.4f,%.4f,%.4f\n", t, 150 - 0.3 * p, 110 - 1.0 * p, 90 - 0.5 * p
    }
}' >trace.csv

if ! "$PLETH" measure trace.csv --plot page.png >out 2>err; then
    if grep -q 'without cairo' err; then
        test -e page.png && fail "built without cairo, and yet there is a plot"
        echo "skipped: built without cairo"
        exit 77
    fi
    fail "measure --plot: $(cat err)"
fi
test "$(bytes page.png 1 3)" = "80 78 71" || fail "the plot is no PNG"
test "$(bytes page.png 16 8)" = "0 0 4 176 0 0 3 132" || fail "the plot is not 1200 x 900"

"$PLETH" measure trace.csv --plot page.svg >out 2>err || fail "measure --plot to SVG: $(cat err)"
grep -q '</svg>' page.svg || fail "the SVG is not whole"
grep -q 'width="1200pt"\|width="1200"' page.svg || fail "the SVG has another size"

# what can not be drawn is said in one line, and leaves nothing
for path in page.gif no/such/folder/page.png; do
    "$PLETH" measure trace.csv --plot $path >out 2>err
    test $? -eq 1 || fail "$path: status"
    test "$(wc -l <err)" -eq 1 || fail "$path: not one line: $(cat err)"
    grep -q "$path" err || fail "$path is not named: $(cat err)"
    test -e $path && fail "$path is there"
    test -s out && fail "$path: told only after the work"
done

# a trace that is too short still gives a page
head -n 20 trace.csv >short.csv
"$PLETH" measure short.csv --plot short.png >out 2>err || fail "a short trace: $(cat err)"
test "$(bytes short.png 1 3)" = "80 78 71" || fail "a short trace has no plot"

# a trace has no pictures to draw on
"$PLETH" measure trace.csv --annotate trace.mp4 >out 2>err
test $? -eq 1 || fail "a trace was annotated"
test -s out && fail "a trace can not be annotated: told only after the work"
test -e trace.mp4 && fail "a video was made of a trace"

# three seconds of grey, of odd size
{
    echo 'YUV4MPEG2 W33 H47 F10:1 Cmono'
    i=0
    while [ $i -lt 30 ]; do
        echo FRAME
        head -c 1551 /dev/zero | tr '\0' '\200'
        i=$((i + 1))
    done
} >odd.y4m

if "$PLETH" measure odd.y4m --annotate seen.y4m >out 2>err; then
    # enlarged tenfold, so that the strip below can be read, and even
    head -n 1 seen.y4m | grep -q 'W330 H508' || fail "the size is $(head -n 1 seen.y4m)"
    test "$(grep -ao FRAME seen.y4m | wc -l)" -eq 30 || fail "frames were lost or added"
    "$PLETH" measure seen.y4m --json >again 2>err || fail "it can not be read again: $(cat err)"
    grep -q '"duration_s":[23]' again || fail "it lasts differently: $(tail -n 1 again)"
    "$PLETH" measure odd.y4m --annotate no/such/folder/seen.y4m >out 2>err
    test $? -eq 1 || fail "annotation into no folder: status"
    # a recording that breaks off in its header gives no video
    head -c 10 odd.y4m >broken.y4m
    "$PLETH" measure broken.y4m --annotate broken-seen.mp4 >out 2>err
    test $? -eq 1 || fail "a broken video: status"
    test -e broken-seen.mp4 && fail "a broken video was annotated"
elif grep -q 'without FFmpeg' err; then
    echo "without FFmpeg: no video is annotated here"
else
    fail "measure --annotate: $(cat err)"
fi

# nothing half written lies about
for file in *; do
    case $file in
    trace.csv | short.csv | odd.y4m | broken.y4m) ;;
    page.png | page.svg | short.png | seen.y4m | out | err | again) ;;
    *) fail "$file was left behind" ;;
    esac
done
test $failures -eq 0
