#include "modulation.h"

#include "../signal/peaks.h"
#include "pleth/pleth.h"

#include <math.h>

#define MOST_BEATS 192     /* 32 s at 300 /min, and what noise adds */
#define APART 0.6          /* beats, at least, between two peaks */
#define SHORT_INTERVAL 0.6 /* beats; what is shorter or longer is not one interval */
#define LONG_INTERVAL 1.6

/* Where in x[n] a sample of the output lies. */
struct grid {
    int n, ratio, count;
};

static int place(const struct grid *g, int i)
{
    return g->n - 1 - (g->count - 1 - i) * g->ratio;
}

/* Straight lines from point to point, drawn into out as far as they go. */
struct line {
    double *out;
    int points, drawn;
    double at, value;
};

static void draw(struct line *l, const struct grid *g, double at, double value)
{
    double slope = 0;
    if (l->points > 0 && at <= l->at)
        return;
    if (l->points++ > 0)
        slope = (value - l->value) / (at - l->at);
    for (; l->drawn < g->count && place(g, l->drawn) <= at; l->drawn++)
        l->out[l->drawn] = value + slope * (place(g, l->drawn) - at);
    l->at = at;
    l->value = value;
}

static void finish(struct line *l, const struct grid *g)
{
    for (; l->drawn < g->count; l->drawn++)
        l->out[l->drawn] = l->value;
}

/* Mean over `span` samples around each. */
static void running_mean(const double *x, int n, int span, double *mean)
{
    int from = 0, to = 0;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        for (; to < n && to <= i + span / 2; to++)
            sum += x[to];
        for (; from <= i + span / 2 - span; from++)
            sum -= x[from];
        mean[i] = sum / (to - from);
    }
}

/* Tops of the wave above its mean, APART of a beat apart: of two that are nearer the higher. */
static int find_peaks(const double *wave, int n, double beat, int *peak)
{
    int count = 0;
    for (int i = 1; i < n - 1; i++) {
        if (!(wave[i] > 0 && wave[i] > wave[i - 1] && wave[i] >= wave[i + 1]))
            continue;
        if (count > 0 && i - peak[count - 1] < APART * beat) {
            if (wave[i] > wave[peak[count - 1]])
                peak[count - 1] = i;
        } else if (count < MOST_BEATS) {
            peak[count++] = i;
        }
    }
    return count;
}

/* Value of x at the top or bottom of its parabola, which lies `offset` from sample i. */
static double extreme(const double *x, int n, int i, double offset)
{
    if (i == 0 || i == n - 1)
        return x[i];
    return x[i] + offset * 0.25 * (x[i + 1] - x[i - 1]);
}

/* Offset of the extreme of x near sample i; sign: 1 for a top, -1 for a bottom. */
static double offset(const double *x, int n, int i, double sign)
{
    if (i == 0 || i == n - 1)
        return 0;
    return pleth_parabola(sign * x[i - 1], sign * x[i], sign * x[i + 1]);
}

/* Instant at which the rise from one sample to a later one is half done. */
static double half_way(const double *wave, int from, int to)
{
    double half = 0.5 * (wave[from] + wave[to]);
    int i = to;
    while (i > from && wave[i - 1] > half)
        i--;
    return i == from ? from : i - (wave[i] - half) / (wave[i] - wave[i - 1]);
}

int pleth_modulations(const double *x, int n, double pulse_hz, int ratio, int count,
                      double *const *out, double *work)
{
    const struct grid grid = {n, ratio, count};
    struct line line[PLETH_MODULATIONS];
    double beat = PLETH_WAVE_HZ / (pulse_hz > 0 ? pulse_hz : 1), *mean = work, *wave = work + n,
           skew = 0, last = 0;
    int peak[MOST_BEATS], beats;

    running_mean(x, n, (int)(beat + 0.5), mean);
    for (int i = 0; i < n; i++)
        wave[i] = x[i] - mean[i];
    for (int i = 0; i < count; i++)
        out[PLETH_BASELINE][i] = mean[place(&grid, i)];
    if (pulse_hz <= 0)
        return 1;
    /* the steep side of a pulse is its rise */
    for (int i = 1; i < n; i++) {
        double step = wave[i] - wave[i - 1];
        skew += step * step * step;
    }
    for (int i = 0; i < n && skew < 0; i++)
        wave[i] = -wave[i];

    for (int m = 0; m < PLETH_MODULATIONS; m++)
        line[m] = (struct line){.out = out[m]};
    beats = find_peaks(wave, n, beat, peak);
    for (int k = 1; k < beats; k++) {
        int top = peak[k], foot = peak[k - 1];
        double rise, interval, high, low;
        for (int i = peak[k - 1]; i < top; i++)
            if (wave[i] < wave[foot])
                foot = i;
        rise = half_way(wave, foot, top);
        interval = (rise - last) / beat;
        high = extreme(x, n, top, offset(wave, n, top, 1));
        low = extreme(x, n, foot, offset(wave, n, foot, -1));
        draw(&line[PLETH_PEAKS], &grid, top, high);
        draw(&line[PLETH_TROUGHS], &grid, foot, low);
        draw(&line[PLETH_AMPLITUDE], &grid, 0.5 * (top + foot), high - low);
        if (k > 1 && interval > SHORT_INTERVAL && interval < LONG_INTERVAL)
            draw(&line[PLETH_INTERVALS], &grid, 0.5 * (rise + last), interval);
        last = rise;
    }
    if (line[PLETH_INTERVALS].points < 3)
        return 1;
    for (int m = 1; m < PLETH_MODULATIONS; m++)
        finish(&line[m], &grid);
    return PLETH_MODULATIONS;
}
