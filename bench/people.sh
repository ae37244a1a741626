#!/bin/sh
# Synthetic people to learn from, in the neutral format: what `--with` of pleth train and `with` of a
# plan take.
#
#     bench/people.sh OUT N
#
# N recordings of one person each, 150 s long, at 25 to 125 samples a second. Every second person is
# whom `pleth synth --ppg --draw` draws, from sleep to sprint, whose steps go with the effort that the
# heart follows. Such hearts are seldom above 160 /min: the others have rates that begin evenly from 32
# to 205 /min, of which half are at rest and half walk or run, with milder motion in stronger pulses.
# Seeds are others than those of bench/wearers.sh. The same for the same N. PLETH: the tool.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PLETH=${PLETH:-$root/build/release/pleth}
out=$1
mkdir -p "$out"

# A line a person: seed, samples a second, options.
awk -v n="$2" '
    # 0..1, the same in every awk (Park and Miller 1988)
    function uniform()
    {
        state = state * 16807 % 2147483647
        return state / 2147483647
    }
    function between(a, b) { return a + (b - a) * uniform() }
    function log_between(a, b) { return a * exp(log(b / a) * uniform()) }
    BEGIN {
        split("25 32 50 64 100 125", hz, " ")
        state = 20031
        seconds = 150
        for (i = 0; i < n; i++) {
            rate = 32 + 173 * (i + uniform()) / n
            moves = uniform() < 0.5
            pieces = 2 + int(3 * uniform())
            heart = "0:" sprintf("%.1f", rate)
            cadence = ""
            for (k = 0; k < pieces; k++) {
                begin = seconds * k / pieces
                end = seconds * (k + 1) / pieces
                # a new effort, small changes more often than large ones
                rate += (uniform() < 0.5 ? -60 : 60) * uniform() * uniform()
                rate = rate < 32 ? 64 - rate : rate > 205 ? 410 - rate : rate
                heart = heart sprintf(",%.1f:%.1f", begin + between(0.4, 0.9) * (end - begin), rate)
                steps = rate < 90 || uniform() < 0.3 ? between(80, 130) : between(130, 195)
                steps = moves && uniform() < 0.75 ? steps : 0
                cadence = cadence sprintf("%s%.2f:%.1f,%.2f:%.1f", k ? "," : "", begin, steps,
                                          end - 0.01, steps)
            }
            printf "%d %d", 30001 + i, hz[1 + int(6 * uniform())]
            if (i % 2 == 0)
                printf " --heart-rate-per-min %s --cadence-per-min %s --artefact-percent %.3g " \
                       "--pulse-percent %.3g%s", heart, cadence, log_between(0.3, 3),
                       log_between(0.8, 5), uniform() < 1 / 3 ? " --inverted" : ""
            printf "\n"
        }
    }' |
    while read -r seed hz options; do
        # shellcheck disable=SC2086
        "$PLETH" synth --ppg "$out/person$seed.json" --draw --labels --seed "$seed" --duration-s 150 \
            --rate-hz "$hz" $options >/dev/null
    done
