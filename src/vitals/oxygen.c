#include "oxygen.h"

#include "../signal/filter.h"

#include <math.h>
#include <string.h>

/* The band in which the pulse is compared, as multiples of its rate: below lie breath and drift,
 * above is hardly more than noise. */
#define LOWEST 0.6
#define HIGHEST 3.2
/* both lights see the same blood: less of their variance in common is noise, or motion */
#define LEAST_COMMON 0.8
/* skewness of the wave's steps from which on its steep side is told */
#define STEEP 0.3
/* what the pulse takes of infrared light, root mean square: fingers have a hundred times as much */
#define LEAST_PULSE 1e-4
#define LEAST_RATIO 0.1
#define MOST_RATIO 3.5
/* per cent: a quality is the probability that the ratio's own scatter moves the value by less */
#define WITHIN 2.0

/* x <- the pulse in the logarithm of light c, whose changes are shares of the light whatever that
 * is; turned: counts rise as the light falls. Nonzero if there is no light. */
static int pulse_of(const struct pleth_oxygen_light *light, int c, int turned, double pulse_hz,
                    double *x, double *work)
{
    const int n = PLETH_OXYGEN_SAMPLES;
    struct pleth_filter band;

    pleth_trace_read(light->trace, c, n, x, 1);
    for (int i = 0; i < n; i++) {
        double counts = turned ? light->high - x[i] : x[i];
        if (!(counts > 0))
            return 1;
        x[i] = log(counts);
    }
    return pleth_butter_bandpass(&band, 2, LOWEST * pulse_hz,
                                 fmin(HIGHEST * pulse_hz, 0.45 * PLETH_WAVE_HZ), PLETH_WAVE_HZ) ||
           pleth_filtfilt(&band, x, x, n, work);
}

/* Skewness of the steps from sample to sample. */
static double skew_of_steps(const double *x, int n)
{
    double two = 0, three = 0;
    for (int i = 1; i < n; i++) {
        double step = x[i] - x[i - 1];
        two += step * step / n;
        three += step * step * step / n;
    }
    return two > 0 ? three / (two * sqrt(two)) : 0;
}

void pleth_oxygen_update(struct pleth_oxygen *o, const struct pleth_oxygen_light *light,
                         double pulse_hz, double *work)
{
    const int n = PLETH_OXYGEN_SAMPLES;
    double *red = work, *infrared = red + n, *room = infrared + n;
    double rr = 0, ri = 0, ii = 0, common, values;
    int turned = 0;

    memset(o, 0, sizeof(*o));
    if (pleth_trace_count(light->trace) < n) {
        o->obstacles = PLETH_WARMING_UP;
        return;
    }
    o->n = n;
    if (pulse_of(light, light->infrared, 0, pulse_hz, infrared, room) ||
        pulse_of(light, light->red, 0, pulse_hz, red, room)) {
        o->obstacles = PLETH_NOT_MEASURABLE_HERE;
        return;
    }
    /* blood takes light away, and comes faster than it goes: counts that rise fast have been turned
       round, and without the converter's limit nobody knows of how much light they are a share */
    if (skew_of_steps(infrared, n) > STEEP) {
        turned = 1;
        if (!(light->low < light->high) ||
            pulse_of(light, light->infrared, turned, pulse_hz, infrared, room) ||
            pulse_of(light, light->red, turned, pulse_hz, red, room)) {
            o->obstacles = PLETH_NOT_MEASURABLE_HERE;
            return;
        }
    }
    for (int i = 0; i < n; i++) {
        rr += red[i] * red[i] / n;
        ri += red[i] * infrared[i] / n;
        ii += infrared[i] * infrared[i] / n;
    }
    common = rr * ii > 0 && ri > 0 ? ri * ri / (rr * ii) : 0;
    if (common < LEAST_COMMON || ii < LEAST_PULSE * LEAST_PULSE) {
        o->obstacles = PLETH_NO_PULSE;
        return;
    }
    /* the line that lies nearest to both, whose slope noise of both does not lower */
    o->ratio = (float)((rr - ii + sqrt((rr - ii) * (rr - ii) + 4 * ri * ri)) / (2 * ri));
    /* values that know nothing of each other, in this band and so many seconds */
    values = 2 * (HIGHEST - LOWEST) * pulse_hz * n / PLETH_WAVE_HZ;
    o->sd = o->ratio * (float)sqrt((1 - common) / (common * values));
    if (!(o->ratio > (float)LEAST_RATIO && o->ratio < (float)MOST_RATIO))
        o->obstacles = PLETH_UNSTABLE;
}

void pleth_oxygen_estimate(const struct pleth_oxygen *o, const float curve[3], pleth_vital *vital)
{
    const double r = (double)o->ratio;
    double value = (double)curve[0] + (double)curve[1] * r + (double)curve[2] * r * r;
    double slope = fabs((double)curve[1] + 2 * (double)curve[2] * r);

    memset(vital, 0, sizeof(*vital));
    if (o->n == 0 || o->obstacles)
        return;
    vital->value = (float)fmax(0, fmin(100, value));
    /* a per cent is what monitors round to, and the least that any curve is good for */
    vital->sd = (float)hypot(slope * (double)o->sd, 0.5);
    vital->quality = (float)erf(WITHIN / ((double)vital->sd * sqrt(2.0)));
}
