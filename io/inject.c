#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inject.h"

#define TAU 6.283185307179586

const double plethio_pulse_signature[3] = {0.33 / 0.77, 1, 0.53 / 0.77};

/* ---- Where the skin is ------------------------------------------------------------------ */

/* Logarithms of red over green and green over blue: the same for skin in light and shade. */
static void ratios(const float *rgb, float out[2])
{
    out[0] = logf((rgb[0] + 1) / (rgb[1] + 1));
    out[1] = logf((rgb[1] + 1) / (rgb[2] + 1));
}

/* Skin of any tone under white to warm light: red above green by 10 to 150 %, green not below
 * three quarters of blue nor above three times it, neither black nor burnt out. */
static int may_be_skin(const float *rgb)
{
    float r[2];
    if (rgb[0] < 30 || (rgb[0] > 250 && rgb[1] > 250))
        return 0;
    ratios(rgb, r);
    return r[0] > 0.1f && r[0] < 0.9f && r[1] > -0.25f && r[1] < 1.1f;
}

/* Fills mark[] with the number (1..) of the connected patch that each marked pixel belongs to;
 * returns the number of the largest one and its size. stack: width * height. */
static int largest_patch(int *mark, int width, int height, int *stack, int *size)
{
    int start, n = width * height, patches = 0, best = 0;
    *size = 0;
    for (start = 0; start < n; start++) {
        int top = 0, count = 0;
        if (mark[start] >= 0)
            continue;
        mark[start] = ++patches;
        stack[top++] = start;
        while (top > 0) {
            int at = stack[--top], x = at % width, k;
            const int next[4] = {x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width,
                                 at + width};
            count++;
            for (k = 0; k < 4; k++)
                if (next[k] >= 0 && next[k] < n && mark[next[k]] < 0) {
                    mark[next[k]] = patches;
                    stack[top++] = next[k];
                }
        }
        if (count > *size) {
            *size = count;
            best = patches;
        }
    }
    return best;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median and robust deviation (0.74 times the distance of the quartiles) of n values. */
static void spread(float *x, int n, float *middle, float *deviation)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    *middle = x[n / 2];
    *deviation = 0.74f * (x[3 * n / 4] - x[n / 4]);
}

double plethio_skin_mask(const float *rgb, int width, int height, float *weight)
{
    int n = width * height, i, k, size, best;
    int *mark = malloc((size_t)n * sizeof *mark), *stack = malloc((size_t)n * sizeof *stack);
    float *values = malloc((size_t)n * sizeof *values), middle[2], deviation[2], r[2];
    double sum = 0;
    for (i = 0; i < n; i++)
        weight[i] = 0;
    if (!mark || !stack || !values) {
        sum = -n;
        goto done;
    }
    for (i = 0; i < n; i++)
        mark[i] = may_be_skin(rgb + 3 * i) ? -1 : 0;
    best = largest_patch(mark, width, height, stack, &size);
    if (size < n / 200 || size < 16)
        goto done;
    for (k = 0; k < 2; k++) {
        int count = 0;
        for (i = 0; i < n; i++)
            if (mark[i] == best) {
                ratios(rgb + 3 * i, r);
                values[count++] = r[k];
            }
        spread(values, count, &middle[k], &deviation[k]);
        deviation[k] = fmaxf(deviation[k], 0.06f);
    }
    for (i = 0; i < n; i++) {
        float a, b, w;
        if (rgb[3 * i] < 25)
            continue;
        ratios(rgb + 3 * i, r);
        a = (r[0] - middle[0]) / deviation[0];
        b = (r[1] - middle[1]) / deviation[1];
        /* whole up to 1.5 deviations, nothing beyond 3 */
        w = 2 - sqrtf(a * a + b * b) / 1.5f;
        weight[i] = w < 0 ? 0 : w > 1 ? 1 : w;
        sum += (double)weight[i];
    }
done:
    free(mark);
    free(stack);
    free(values);
    return sum / n;
}

/* ---- How strong -------------------------------------------------------------------------- */

/* Length of time that n frames stand for. */
static double span_of(const double *time_s, int n)
{
    return (time_s[n - 1] - time_s[0]) * n / (n - 1);
}

/* x without its linear trend under a Hann window; returns the window's sum of squares. */
static double window(const double *time_s, const double *x, int n, double *out)
{
    double t0 = time_s[0], span = span_of(time_s, n), st = 0, sx = 0, stt = 0, stx = 0;
    double squares = 0;
    int i;
    for (i = 0; i < n; i++) {
        st += time_s[i] - t0;
        sx += x[i];
    }
    for (i = 0; i < n; i++) {
        double t = time_s[i] - t0 - st / n;
        stt += t * t;
        stx += t * x[i];
    }
    for (i = 0; i < n; i++) {
        double t = time_s[i] - t0, hann = 0.5 - 0.5 * cos(TAU * (t / span + 0.5 / n));
        out[i] = hann * (x[i] - sx / n - stx / stt * (t - st / n));
        squares += hann * hann;
    }
    return squares;
}

static void transform(const double *time_s, const double *x, int n, double hz, double *re,
                      double *im)
{
    int i;
    *re = *im = 0;
    for (i = 0; i < n; i++) {
        double angle = TAU * hz * (time_s[i] - time_s[0]);
        *re += x[i] * cos(angle);
        *im += x[i] * sin(angle);
    }
}

double plethio_band_power(const double *time_s, const double *x, int n, double lo_hz, double hi_hz,
                          double *work)
{
    double span = span_of(time_s, n), squares = window(time_s, x, n, work), power = 0, re, im;
    int k;
    for (k = (int)ceil(lo_hz * span - 1e-6); k <= hi_hz * span + 1e-6; k++) {
        transform(time_s, work, n, k / span, &re, &im);
        /* Parseval: both signs of the frequency, the window's own power taken out */
        power += 2 * (re * re + im * im) / (n * squares);
    }
    return power;
}

int plethio_strongest(const double *time_s, const double *x, int n, double lo_hz, double hi_hz,
                      double *frequency_hz, double *phase, double *work)
{
    double best = 0, hz, re, im;
    window(time_s, x, n, work);
    for (hz = lo_hz; hz <= hi_hz; hz += 0.002) {
        transform(time_s, work, n, hz, &re, &im);
        if (re * re + im * im > best) {
            best = re * re + im * im;
            *frequency_hz = hz;
            *phase = atan2(im, re);
        }
    }
    return best > 0 ? 0 : -1;
}

/* ---- Pixels ------------------------------------------------------------------------------ */

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t start(uint64_t seed, uint32_t frame)
{
    return seed * 0x9e3779b97f4a7c15u + ((uint64_t)frame << 32) + 0x632be59bd9b4e019u;
}

static uint64_t next(uint64_t *state)
{
    uint64_t x = (*state += 0x9e3779b97f4a7c15u);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void plethio_inject(uint8_t *rgb, const float *weight, int width, int height, const double loss[3],
                    uint64_t seed, uint32_t frame)
{
    uint64_t first = start(seed, frame);
    float change[3], dither[3] = {0};
    int x, y, c;
    for (c = 0; c < 3; c++)
        change[c] = (float)loss[c];
    for (y = 0; y < height; y++) {
        uint64_t state = first + ((uint64_t)(y / 2) << 20);
        for (x = 0; x < width; x++, rgb += 3, weight++) {
            if (x % 4 == 0) {
                uint64_t bits = next(&state);
                for (c = 0; c < 3; c++, bits >>= 20)
                    dither[c] =
                        (float)((int)(bits & 1023) - (int)((bits >> 10) & 1023)) * (3.0f / 1024);
            } else if (x % 4 == 2) {
                for (c = 0; c < 3; c++)
                    dither[c] = -dither[c];
            }
            if (*weight <= 0)
                continue;
            for (c = 0; c < 3; c++) {
                float v = floorf((float)rgb[c] * (1 - change[c] * *weight) + dither[c] + 0.5f);
                rgb[c] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
    }
}

double plethio_fold(double t, double span)
{
    double at = fmod(t, 2 * span);
    return at <= span ? at : 2 * span - at;
}

void plethio_blend(const uint8_t *const *picture, const int *weight, int count, uint8_t *out, int n,
                   uint64_t seed, uint32_t frame)
{
    uint64_t state = start(seed, frame), bits;
    int from, i, k;
    for (from = 0; from < n; from += 256) {
        uint32_t sum[256];
        int size = n - from < 256 ? n - from : 256;
        for (i = 0; i < size; i += 4) {
            bits = next(&state);
            for (k = 0; k < 4 && i + k < size; k++, bits >>= 16)
                sum[i + k] = (uint32_t)(bits & 65535);
        }
        for (k = 0; k < count; k++) {
            const uint8_t *p = picture[k] + from;
            uint32_t w = (uint32_t)weight[k];
            for (i = 0; i < size; i++)
                sum[i] += w * p[i];
        }
        for (i = 0; i < size; i++)
            out[from + i] = (uint8_t)(sum[i] >> 16);
    }
}
