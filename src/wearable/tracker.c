#include "tracker.h"

#include "../signal/spectrum.h"

#include <math.h>
#include <string.h>

/* Fixed on BAMI-1 and synthetic recordings (docs/ACCURACY.md). */
#define STEP 1.0f    /* between rates of the belief, /min */
#define WANDER 2.5f  /* /min per root second */
#define JUMP 1.5e-4f /* per second */
#define CENTRE 90.0f /* of the rates of people who wear sensors, /min; spread of the logarithm */
#define SPREAD 0.5f
#define LOOK_S 2.0f   /* the evidence below is of as much new signal */
#define LONG 0.7f     /* weight of the longer window's evidence */
#define FLOOR 0.4f    /* of evidence, in means of the spectrum */
#define HARMONIC 0.8f /* what the double of a rate counts */
#define WIENER 12.0f  /* motion against light */
#define BASELINE 6.0f /* slope of a wandering baseline against light */
/* /min: light below counts less, as what breath and posture move: of one who sits still, who moves,
 * and where nobody tells */
#define LOW_STILL 30.0f
#define LOW_MOVING 60.0f
#define LOW_UNKNOWN 45.0f
#define BAND_LO 30.0f /* /min: what counts as a whole */
#define BAND_HI 220.0f
#define STILL 0.01f /* acceleration that changes within a step over gravity: below is no motion */
#define MOVING 0.03f
#define LAG 3 /* thinned samples, 0.2 s: a third of a fast step */
#define LEAD_MOST 3.0f
#define LOCK 3.0f    /* /min */
#define NETWORK 0.5f /* of a network's evidence, where there is one and it agrees */
#define AGREED 0.5f  /* a network of which nothing is known yet */
#define MEAN_S 10.0f /* of evidence that is told of */
/* what the belief overstates its spread by: root mean square of error over deviation on BAMI-1 */
#define SD_SCALE 0.79f

#define AXES PLETH_PPG_CHANNELS /* first row of acceleration among what is thinned */

#define BIN_MIN (60.0f * PLETH_TRACKER_HZ / PLETH_TRACKER_FFT) /* width of a bin, /min */

static int bin(float per_min)
{
    return (int)(per_min / BIN_MIN + 0.5f);
}

void pleth_tracker_init(struct pleth_tracker *t, float rate_min, float rate_max)
{
    memset(t, 0, sizeof(*t));
    pleth_belief_init(&t->belief, rate_min, rate_max, STEP, WANDER, JUMP);
    pleth_belief_prefer(&t->belief, CENTRE, SPREAD);
    t->signs.agreed = AGREED;
    pleth_fft_table(t->table, PLETH_TRACKER_FFT);
    for (int k = 1; k < PLETH_TRACKER_BINS; k++) {
        float f = (float)k * BIN_MIN, low = 22 / f;
        float kept = powf(cosf(3.14159265f * f / (60 * PLETH_WAVE_HZ)), 6);
        t->taken[k] = 1 / (kept * kept);
        t->slope[k] = low * low * low * low;
    }
}

void pleth_tracker_reset(struct pleth_tracker *t)
{
    t->started = 0;
    t->trend = 0;
    memset(&t->signs, 0, sizeof(t->signs));
    t->signs.agreed = AGREED;
    pleth_belief_reset(&t->belief);
}

/* ---- Spectra ------------------------------------------------------------------------------- */

/* The last n grid samples of a channel -> n / 2 at half their rate, in a row of `thin`. Binomial
 * weights keep cos^6(pi f / PLETH_WAVE_HZ) of a tone, so that little folds into the band: what is
 * at 10 Hz comes to lie at 5 Hz, 28 dB below what was there. */
static void thin(struct pleth_tracker *t, const struct pleth_sensor *s, int channel, int row, int n)
{
    double *x = t->raw + 3, first;

    n -= n % 2;
    pleth_trace_read(&s->trace, channel, n, x, 1);
    first = x[0];
    t->first[row] = (float)first;
    t->had[row] = n / 2;
    /* beyond the ends, where windows are nearly 0, it goes on as it is */
    for (int i = 0; i < 3; i++) {
        t->raw[i] = first;
        x[n + i] = x[n - 1];
    }
    for (int i = 0; i < n / 2; i++, x += 2)
        t->thin[row][i] =
            (float)((x[-2] + x[4] + 6 * (x[-1] + x[3]) + 15 * (x[0] + x[2]) + 20 * x[1]) / 64 -
                    first);
    t->lost[row] = pleth_sensor_lost(s, channel, n, t->marks);
    for (int i = 0; i < n / 2 && t->lost[row] > 0; i++)
        t->gone[row][i] = t->marks[2 * i + 1];
}

/* Fills power with the spectrum of the last n thinned samples of a row, or as many as it has,
 * without mean and slope, under window number `which`. */
static void look(struct pleth_tracker *t, int row, int n, int which)
{
    double mean = 0, slope = 0, middle = 0, spread = 0, count = 0;
    const float *from;
    const uint8_t *gone;

    n = n < t->had[row] ? n : t->had[row];
    from = t->thin[row] + t->had[row] - n;
    gone = t->lost[row] > 0 ? t->gone[row] + t->had[row] - n : NULL;
    if (t->windowed[which] != n) {
        pleth_hann(t->window[which], n, 1);
        t->windowed[which] = n;
    }
    for (int i = 0; i < n; i++) {
        t->x[i] = (double)from[i];
        if (gone && gone[i])
            continue;
        mean += t->x[i];
        middle += i;
        count++;
    }
    mean /= count > 0 ? count : 1;
    middle /= count > 0 ? count : 1;
    for (int i = 0; i < n; i++) {
        if (gone && gone[i])
            continue;
        slope += (i - middle) * t->x[i];
        spread += (i - middle) * (i - middle);
    }
    slope /= spread > 0 ? spread : 1;
    for (int i = 0; i < n; i++)
        t->x[i] =
            gone && gone[i] ? 0 : (t->x[i] - mean - slope * (i - middle)) * t->window[which][i];
    pleth_fft_real(t->table, t->x, n, PLETH_TRACKER_FFT, t->spectrum);
    for (int k = 0; k < PLETH_TRACKER_BINS; k++)
        t->power[k] = t->taken[k] * (float)(t->spectrum[2 * k] * t->spectrum[2 * k] +
                                            t->spectrum[2 * k + 1] * t->spectrum[2 * k + 1]);
}

static float sum(const float *x, int from, int to)
{
    float s = 0;
    for (int k = from; k < to; k++)
        s += x[k];
    return s;
}

/* Light without the slope of its baseline: adds it to t->light, with the sum 1 in the band. */
static void add_light(struct pleth_tracker *t, int lo, int hi)
{
    int first = bin(15), last = bin(BAND_LO);
    float baseline = sum(t->power, first, last) / (float)(last - first), whole;

    for (int k = 1; k < PLETH_TRACKER_BINS; k++)
        t->power[k] *=
            t->weight[k] * t->power[k] / (t->power[k] + BASELINE * baseline * t->slope[k] + 1e-30f);
    whole = sum(t->power, lo, hi);
    for (int k = 1; k < PLETH_TRACKER_BINS && whole > 0; k++)
        t->light[k] += t->power[k] / whole;
}

static void scale(float *x, float by)
{
    for (int k = 0; k < PLETH_TRACKER_BINS; k++)
        x[k] *= by;
}

/* Between bins. */
static float at(const float *x, float per_min)
{
    float k = per_min / BIN_MIN;
    int i = (int)k;
    return i >= PLETH_TRACKER_BINS - 1 ? 0 : x[i] + (k - (float)i) * (x[i + 1] - x[i]);
}

/* Where the parabola through x[-1], x[0] and x[1] has its top, x[0] being the largest: -0.5..0.5.
 */
static float peak(const float *x)
{
    float bend = x[-1] - 2 * x[0] + x[1];
    return bend < 0 ? 0.5f * (x[-1] - x[1]) / bend : 0;
}

static float is_locked(float rate, float cadence)
{
    static const float multiple[] = {0.5f, 1, 1.5f, 2, 3, 4};
    int locked = 0;

    for (size_t i = 0; i < sizeof multiple / sizeof *multiple && cadence > 0; i++)
        locked |= fabsf(rate - multiple[i] * cadence) < LOCK;
    return (float)locked;
}

/* Adds the evidence of the last n thinned samples to loglik. moving: 0..1. */
static void weigh(struct pleth_tracker *t, const struct pleth_sensor *s, const int *usable, int n,
                  int which, float moving)
{
    int lo = bin(BAND_LO), hi = bin(BAND_HI);
    float mean;

    memset(t->light, 0, sizeof(t->light));
    memset(t->motion, 0, sizeof(t->motion));
    for (int c = 0; c < s->config.channels; c++)
        if (usable[c]) {
            look(t, c, n, which);
            add_light(t, lo, hi);
        }
    for (int c = 0; c < 3 && moving > 0; c++) {
        look(t, AXES + c, n, which);
        mean = sum(t->power, lo, hi);
        for (int k = 0; k < PLETH_TRACKER_BINS && mean > 0; k++)
            t->motion[k] += t->power[k] / mean;
    }
    if (moving > 0 && which == 0) {
        int best = lo;
        for (int k = lo; k < hi; k++)
            best = t->motion[k] > t->motion[best] ? k : best;
        t->signs.cadence = ((float)best + peak(t->motion + best)) * BIN_MIN;
    }
    for (int k = 0; k < PLETH_TRACKER_BINS; k++) {
        t->light[k] = sqrtf(t->light[k]);
        t->motion[k] = sqrtf(t->motion[k]);
    }
    mean = sum(t->light, lo, hi) / (float)(hi - lo);
    scale(t->light, mean > 0 ? 1 / mean : 0);
    if (which == 0)
        memcpy(t->whole, t->light, sizeof(t->whole));
    mean = sum(t->motion, lo, hi) / (float)(hi - lo);
    scale(t->motion, mean > 0 ? moving * WIENER / mean : 0);
    for (int k = 0; k < PLETH_TRACKER_BINS; k++)
        t->light[k] *= t->light[k] / (t->light[k] + t->motion[k] + 1e-12f);
    mean = sum(t->light, lo, hi) / (float)(hi - lo);
    scale(t->light, mean > 0 ? 1 / mean : 0);
    for (int k = 0; k < t->belief.states; k++) {
        float f = t->belief.first + t->belief.step * (float)k;
        t->loglik[k] += (which == 0 ? LONG : 1 - LONG) *
                        logf(at(t->light, f) + HARMONIC * at(t->light, 2 * f) + FLOOR);
    }
}

/* How much acceleration changes within a step, over gravity, in the last n thinned samples,
 * whatever its unit is: of second differences, which a wrist that turns slowly leaves small. */
static float motion_of(const struct pleth_tracker *t, int n)
{
    double gravity = 0, square = 0;

    for (int c = 0; c < 3; c++) {
        const int row = AXES + c;
        const float *x = t->thin[row] + t->had[row] - n;
        double mean = 0, all = 0;

        for (int i = 0; i < n; i++)
            mean += (double)(x[i] + t->first[row]);
        for (int i = 2 * LAG; i < n; i++) {
            double bend = (double)(x[i] - 2 * x[i - LAG] + x[i - 2 * LAG]);
            all += bend * bend;
        }
        mean /= n;
        gravity += mean * mean;
        square += all / 6 / (n - 2 * LAG);
    }
    /* a sensor that takes gravity off tells only that there is motion */
    return gravity > 0.01 * square ? (float)sqrt(square / gravity) : square > 0;
}

/* Weights of light by frequency, for how much a body moves. */
static void weigh_frequencies(struct pleth_tracker *t, float low)
{
    for (int k = 1; k < PLETH_TRACKER_BINS; k++) {
        float f = (float)k * BIN_MIN, cube = f * f * f, gain = cube / (cube + low * low * low);
        t->weight[k] = gain * gain;
    }
}

/* What the belief, and the spectra's newest evidence `seen`, of which `share` is new, look like at
 * the median. What a network says is no sign of a pulse: it says something of any light. */
static void describe(struct pleth_tracker *t, const float *seen, float share, float fresh)
{
    const struct pleth_belief *b = &t->belief;
    float mean = 0, top = 0, mass = 0, square = 0;

    for (int k = 0; k < b->states; k++)
        mean += seen[k] / (float)b->states;
    for (int k = 0; k < b->states; k++) {
        float d = b->first + b->step * (float)k - t->median, rise = seen[k] - mean;
        mass += fabsf(d) <= 5 ? b->p[k] : 0;
        square += d * d * b->p[k];
        top = fabsf(d) <= 1 && rise > top ? rise : top;
    }
    t->signs.share = at(t->whole, t->median);
    t->signs.locked = is_locked(t->median, t->signs.cadence);
    t->signs.mass = mass;
    t->signs.sd = sqrtf(square);
    if (share > 0)
        t->signs.height += (fresh < MEAN_S ? fresh / MEAN_S : 1) * (top / share - t->signs.height);
}

/* Adds what a network says. It knows light like that which it has learnt from, and is as sure of
 * any other: it counts as much as what it said has agreed with what was believed before. */
static void ask_network(struct pleth_tracker *t, struct pleth_rate_net *net, float share,
                        float fresh)
{
    float *agreed = &t->signs.agreed;

    memcpy(net->beside, t->loglik, sizeof(net->beside));
    pleth_rate_net_weigh(net, &t->belief, NETWORK * *agreed * *agreed * share, t->loglik);
    *agreed +=
        (fresh < MEAN_S ? fresh / MEAN_S : 1) * (pleth_rate_net_agrees(net, &t->belief) - *agreed);
}

int pleth_tracker_update(struct pleth_tracker *t, const struct pleth_sensor *s,
                         struct pleth_rate_net *net)
{
    const struct pleth_trace *trace = &s->trace;
    int count = pleth_trace_count(trace), usable[PLETH_PPG_CHANNELS], any = 0;
    int n = count < PLETH_TRACKER_LONG ? count : PLETH_TRACKER_LONG;
    int half = count < PLETH_TRACKER_SHORT ? count : PLETH_TRACKER_SHORT;
    float fresh, share, moving, before;

    if (n < PLETH_TRACKER_LEAST)
        return 0;
    for (int c = 0; c < s->config.channels; c++) {
        int64_t since = pleth_sensor_since(s, c);
        int has = since < n ? (int)since : n, late = has < half ? has : half;

        usable[c] =
            late >= PLETH_TRACKER_LEAST && pleth_sensor_mute(s, c, late) < PLETH_SENSOR_MUTE_SHARE;
        if (usable[c])
            thin(t, s, c, c, has);
        any |= usable[c];
    }
    if (!any)
        return 0;
    t->signs.accelerated = !pleth_sensor_deaf(s);
    for (int c = 0; c < 3 && t->signs.accelerated > 0; c++)
        thin(t, s, pleth_sensor_axis(s, c), AXES + c, n);
    t->signs.motion = t->signs.accelerated > 0 ? motion_of(t, half / 2) : 0;
    moving = (t->signs.motion - STILL) / (MOVING - STILL);
    moving = moving < 0 ? 0 : moving > 1 ? 1 : moving;
    weigh_frequencies(t, t->signs.accelerated > 0 ? LOW_STILL + moving * (LOW_MOVING - LOW_STILL)
                                                  : LOW_UNKNOWN);
    t->signs.cadence = 0;
    memset(t->loglik, 0, sizeof(t->loglik));
    weigh(t, s, usable, n / 2, 0, moving);
    weigh(t, s, usable, half / 2, 1, moving);

    /* windows overlap: only the new part of them is new evidence */
    fresh = t->started ? (float)(pleth_trace_end_ns(trace) - t->last_ns) * 1e-9f : LOOK_S;
    share = fresh < LOOK_S ? fresh / LOOK_S : 1;
    for (int k = 0; k < t->belief.states; k++)
        t->loglik[k] *= share;
    if (t->started)
        pleth_belief_predict(&t->belief, fresh);
    t->signs.network = net && pleth_rate_net_look(net, s) > 0;
    if (t->signs.network > 0)
        ask_network(t, net, share, fresh);
    pleth_belief_update(&t->belief, t->loglik);
    before = t->median;
    t->median = pleth_belief_quantile(&t->belief, 0.5f);
    t->trend = t->started && fresh > 0 ? (t->median - before) / fresh : 0;
    t->last_ns = pleth_trace_end_ns(trace);
    t->started = 1;
    describe(t, t->signs.network > 0 ? net->beside : t->loglik, share, fresh);
    return n;
}

void pleth_tracker_estimate(const struct pleth_tracker *t, pleth_vital *vital)
{
    float lead = PLETH_TRACKER_LAG_S * t->trend;

    lead = lead < -LEAD_MOST ? -LEAD_MOST : lead > LEAD_MOST ? LEAD_MOST : lead;
    vital->value = pleth_belief_quantile(&t->belief, 0.5f) + (t->started ? lead : 0);
    vital->sd = SD_SCALE * t->signs.sd;
    vital->quality = t->started ? pleth_quality_of_sensor(&t->signs) : 0;
}
