# pleth watch: needs a terminal, gives it back, ends by key and by signal, plays files and pipes.
set -u
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    echo "failed: $*"
    failures=$((failures + 1))
}

# without a terminal: one line that says so, status 1
"$PLETH" watch nothing.y4m >out 2>err
test $? -eq 1 || fail "status without a terminal"
grep -q 'not a terminal' err || fail "no word of a missing terminal: $(cat err)"
test "$(wc -l <err)" -eq 1 || fail "more than one line: $(cat err)"
test -s out && fail "something was written to standard output"

# the command line
"$PLETH" watch --help >out || fail "status of --help"
grep -q '^usage: pleth watch' out || fail "no usage"
"$PLETH" watch --no-such-option >out 2>err
test $? -eq 2 || fail "status of an unknown option"
"$PLETH" watch --method no-such-method >out 2>err
test $? -eq 2 || fail "status of an unknown method"
"$PLETH" watch one two >out 2>err
test $? -eq 2 || fail "status of two cameras"
PLETH_CPU=abacus "$PLETH" watch >out 2>err
test $? -eq 2 || fail "status of an unknown PLETH_CPU"

case $("$PLETH" info) in
*FFmpeg*) ;;
*)
    echo "skipped: a build without FFmpeg has nothing to watch"
    test $failures -eq 0 && exit 77
    exit 1
    ;;
esac
script -qec true /dev/null </dev/null >/dev/null 2>&1 || {
    echo "skipped: no script(1) to make a terminal"
    test $failures -eq 0 && exit 77
    exit 1
}

# run COMMAND in a terminal of 80 by 24; what it wrote goes to `screen`, its status is ours
in_terminal()
{
    TERM=xterm script -qec "stty rows 24 cols 80; $1" /dev/null >screen
}

entered=$(printf '\033[?1049h')
left=$(printf '\033[?1049l')
given_back()
{
    grep -qF "$entered" screen || fail "$1: the screen was not taken"
    # after the terminal was given back nothing may be drawn
    tail -c 400 screen | grep -qF "$left" || fail "$1: the screen was not given back"
}

# a second of grey, 32 x 32
{
    echo 'YUV4MPEG2 W32 H32 F30:1 C420jpeg'
    i=0
    while [ $i -lt 30 ]; do
        echo FRAME
        head -c 1536 /dev/zero | tr '\0' '\200'
        i=$((i + 1))
    done
} >grey.y4m

in_terminal "'$PLETH' watch grey.y4m; echo status=\$?" </dev/null
given_back "a file"
grep -q 'status=0' screen || fail "a file: status"
grep -q 'Pulse' screen || fail "a file: nothing was drawn"
grep -q 'No pulse: ' screen || fail "a file: no last line"

in_terminal "'$PLETH' watch - <grey.y4m; echo status=\$?" </dev/null
given_back "a pipe"
grep -q 'status=0' screen || fail "a pipe: status"

in_terminal "'$PLETH' watch no-such-file.mp4; echo status=\$?" </dev/null
given_back "no such file"
grep -q 'status=1' screen || fail "no such file: status"
grep -q 'no-such-file.mp4' screen || fail "no such file: not named"

in_terminal "TERM=dumb '$PLETH' watch grey.y4m; echo status=\$?" </dev/null
grep -q 'status=1' screen || fail "a dumb terminal: status"

# a pipe on which nothing comes must not keep the key or the signal from ending it; echo is on again
# afterwards
mkfifo silent
for how in q INT TERM; do
    cat >ended.sh <<END
exec 3<>silent
trap '' INT
'$PLETH' watch - <&3 &
pid=\$!
echo \$pid >pid.new
mv pid.new pid
wait \$pid
echo status=\$?
stty -a | grep -q ' echo ' && echo echo-is-on
END
    rm -f pid
    (
        while [ ! -s pid ]; do
            sleep 0.1
        done
        sleep 1
        if [ $how = q ]; then
            printf q
        else
            kill -$how "$(cat pid)"
        fi
        # script must not see the end of its input before the tool has seen the key
        while kill -0 "$(cat pid)" 2>/dev/null; do
            sleep 0.1
        done
    ) | in_terminal "sh ended.sh"
    given_back "ended by $how"
    grep -q 'status=0' screen || fail "ended by $how: status"
    grep -q 'echo-is-on' screen || fail "ended by $how: the terminal does not echo"
done

test $failures -eq 0
