/* Tests made from real footage: a known pulse put into pictures (`pleth synth --inject`), and the
 * same pictures at another speed (`--retime`). docs/SYNTH.md defines both. */
#ifndef PLETHIO_INJECT_H
#define PLETHIO_INJECT_H

#include <stdint.h>

/* Relative loss of red, green and blue per unit of pulse: the blood volume pulse's signature 0.33,
 * 0.77, 0.53 (Wang 2017), green = 1. */
extern const double plethio_pulse_signature[3];

/* How much of each pixel is skin, 0..1, from a picture's mean colours (rgb, width * height * 3,
 * 0..255): pixels whose colour may be skin, the largest patch of them, then all whose ratios of
 * red to green to blue are near that patch's, softly.
 * Returns the share of the picture that is skin, 0 (and weights of 0) if there is none, or -1
 * without memory. */
double plethio_skin_mask(const float *rgb, int width, int height, float *weight);

/* Power in lo_hz..hi_hz of n samples at time_s (any rate): linear trend removed, Hann window,
 * periodogram at multiples of 1 / span, scaled so that a sine of amplitude a in mid-band has
 * a^2 / 2. work: n doubles. */
double plethio_band_power(const double *time_s, const double *x, int n, double lo_hz, double hi_hz,
                          double *work);

/* rgb *= 1 - loss * weight in each of the pixels, rounded with triangular dither of +-2 levels, so
 * that changes far below a level survive: twice what bytes of RGB need, since the brightness and
 * colour difference of 4:2:0 video, which average it away in part, are rounded once more. Pixels of
 * weight 0 stay as they are. frame and seed choose the dither. */
void plethio_inject(uint8_t *rgb, const float *weight, int pixels, const double loss[3],
                    uint64_t seed, uint32_t frame);

/* Where a recording of span seconds stands when it has been played for t seconds (t >= 0), forwards
 * and backwards in turn: 0..span. */
double plethio_fold(double t, double span);

/* out = a + (b - a) * share for n bytes, share 0..1, rounded up or down at random so that the mean
 * is exact at every share: rounding to the nearest would lift the halves, in the rhythm in which
 * shares come back. out may be a or b. */
void plethio_blend(const uint8_t *a, const uint8_t *b, double share, uint8_t *out, int n,
                   uint64_t seed, uint32_t frame);

#endif
