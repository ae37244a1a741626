#!/bin/sh
# pleth.1 has a section for every verb, and there every option that `pleth VERB --help` names, and
# no other one. mandoc, where it is installed, finds nothing wrong with it.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

for verb in measure watch synth evaluate convert run quantize train distill info sweep scaling bench; do
    "$PLETH" "$verb" --help >"$tmp/help"
    # a verb with two halves
    [ "$verb" != synth ] || "$PLETH" synth --ppg --help >>"$tmp/help"
    grep -oE -e '--[a-z][a-z-]*' "$tmp/help" | sort -u >"$tmp/in-help"
    # an option is introduced by `.It Fl -name`
    awk -v verb="$verb" '/^\.Ss / { on = $2 == verb } /^\.Sh / { on = 0 } on' "$SRC/pleth.1" |
        sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p' | sort -u >"$tmp/in-man"
    if [ ! -s "$tmp/in-man" ]; then
        echo "pleth.1: no section with options for $verb"
        status=1
    fi
    # --help is described once for all verbs
    for option in $(grep -vx -e --help "$tmp/in-help"); do
        if ! grep -qx -e "$option" "$tmp/in-man"; then
            echo "pleth.1: $verb $option is missing"
            status=1
        fi
    done
    for option in $(grep -vx -e --help "$tmp/in-man"); do
        if ! grep -qx -e "$option" "$tmp/in-help"; then
            echo "pleth.1: $verb has no $option"
            status=1
        fi
    done
done

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$SRC/pleth.1" || status=1
fi
exit $status
