#!/bin/sh
# How fast the 1-D networks train beside PyTorch: rounds of both in turn, batch 128, Adam, of which the
# lowest median counts, as a Markdown table.
#
#     PEERS=DIR bench/training.sh
#
# PEERS: a folder with the peer's networks (refmodels.py); without it, or without torch, only our own
# figures are taken. ROUNDS: 5. FIGURE=cpu counts the processor's time instead of the clock's: on a
# machine with other work it says more. OUT: where the raw output is kept, and added to; ROUNDS=0 makes
# the table again of what is there. PYTHON: one with torch. What two threads gain is by the clock, or,
# with FIGURE=cpu, by the thread that has most to do.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
BENCH=${BENCH:-$root/build/release/bench_training}
PEERS=${PEERS:-$root/../shared/peers}
ROUNDS=${ROUNDS:-5}
OUT=${OUT:-$root/out/training}
PYTHON=${PYTHON:-/usr/bin/python3}
FIGURE=${FIGURE:-wall}
# an OpenBLAS that does not know this core falls back to AVX2
export OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE:-SKYLAKEX}"
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$OUT"

torch=1
if [ ! -f "$PEERS/refmodels.py" ]; then
    echo "training.sh: no refmodels.py in $PEERS: only pleth is timed (set PEERS)" >&2
    torch=0
elif ! "$PYTHON" -c 'import torch' 2>/dev/null; then
    echo "training.sh: $PYTHON has no torch: only pleth is timed (Debian: python3-torch python3-scipy" \
        "libopenblas0-pthread)" >&2
    torch=0
fi

# the step of the peer's own benchmark: usage: step.py FOLDER BLOCKS DROPOUT
cat >"$OUT/step.py" <<'PYTHON'
import sys, time
sys.path.insert(0, sys.argv[1])
import torch, refmodels
torch.set_num_threads(1)
blocks, share = int(sys.argv[2]), float(sys.argv[3])
model = refmodels.seed_model(refmodels.ResNet1D(blocks, p=share), 1).train()
adam = torch.optim.Adam(model.parameters(), 5e-4)
x, y = torch.randn(128, 1, 200), torch.randint(0, 180, (128,))
wall, cpu, start = [], [], time.perf_counter()
while time.perf_counter() - start < 4 or len(wall) < 8:
    w, c = time.perf_counter(), time.process_time()
    adam.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    adam.step()
    wall.append(time.perf_counter() - w)
    cpu.append(time.process_time() - c)
wall, cpu = sorted(wall[3:]), sorted(cpu[3:])
print('resnet1d:%d' % blocks, 'dropout', 'on' if share else 'off', 'wall_ms %.3f' % (1e3 * wall[len(wall) // 2]),
      'cpu_ms %.3f' % (1e3 * cpu[len(cpu) // 2]))
PYTHON

networks='resnet1d:1 resnet1d:6 resnet1d:12'
round=0
while [ "$round" -lt "$ROUNDS" ]; do
    round=$((round + 1))
    for network in $networks; do
        "$BENCH" --seconds 4 "$network" >>"$OUT/ours.txt"
        [ "$torch" = 0 ] || "$PYTHON" "$OUT/step.py" "$PEERS" "${network#*:}" 0.5 >>"$OUT/torch.txt"
        "$BENCH" --seconds 4 --keep-all "$network" >>"$OUT/ours.txt"
        [ "$torch" = 0 ] || "$PYTHON" "$OUT/step.py" "$PEERS" "${network#*:}" 0 >>"$OUT/torch.txt"
        "$BENCH" --seconds 4 --threads 2 "$network" >>"$OUT/ours.txt"
    done
    # of comparable sizes: multilayer perceptrons and temporal convolutional networks
    "$BENCH" --seconds 2 mlp:53 mlp:212 mlp:758 tcn:20 tcn:62 >>"$OUT/ours.txt"
    echo "round $round of $ROUNDS done" >&2
done

touch "$OUT/torch.txt"
awk -v figure="$FIGURE" '
function value(key,    i) {
    for (i = 2; i < NF; i++)
        if ($i == key)
            return $(i + 1)
    return ""
}
function least(table, key, ms) {
    if (!(key in table) || ms < table[key])
        table[key] = ms
}
function rate(table, key) {
    return key in table ? sprintf("%.0f", 128e3 / table[key]) : "-"
}
function ratio(key, other) {
    return key in ours && other in torch ? sprintf("%.2f", torch[other] / ours[key]) : "-"
}
FILENAME ~ /ours.txt$/ {
    key = $1 " " value("dropout") " " value("threads")
    least(ours, key, value((value("threads") == 1 || figure == "wall" ? figure : "thread") "_ms") + 0)
    parameters[$1] = value("parameters")
    memory[$1] = value("process_mb") > memory[$1] ? value("process_mb") : memory[$1]
    if (value("threads") == 1 && value("dropout") == "on" && !($1 in seen)) {
        seen[$1] = 1
        names[++n] = $1
    }
}
FILENAME ~ /torch.txt$/ {
    least(torch, $1 " " value("dropout") " 1", value(figure "_ms") + 0)
}
END {
    print "| network | parameters | windows/s | torch | times | no dropout | torch | times | two threads | MB |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= n; i++) {
        on = names[i] " on 1"
        off = names[i] " off 1"
        two = names[i] " on 2"
        printf("| %s | %d | %s | %s | %s | %s | %s | %s | %s | %.0f |\n", names[i], parameters[names[i]],
               rate(ours, on), rate(torch, on), ratio(on, on), rate(ours, off), rate(torch, off),
               ratio(off, off), two in ours ? sprintf("%.2f", ours[on] / ours[two]) : "-",
               memory[names[i]])
    }
}' "$OUT/ours.txt" "$OUT/torch.txt"
