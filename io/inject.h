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

/* The strongest oscillation between two frequencies, after the same trend and window: its frequency
 * (to 0.002 Hz), and the phase p of its cos(2 pi frequency (t - time_s[0]) - p). 0, or -1 if there
 * is no change at all. work: n doubles. */
int plethio_strongest(const double *time_s, const double *x, int n, double lo_hz, double hi_hz,
                      double *frequency_hz, double *phase, double *work);

/* rgb *= 1 - loss * weight in each pixel of width * height, rounded with triangular dither of +-3
 * levels, so that changes far below a level survive. Videos round once more, brightness by the
 * pixel and colour differences by squares of four: the dither is the same in such a square, since
 * one by the pixel would be averaged away, and opposite in its neighbour, so that means over many
 * pixels feel none of it. Pixels of weight 0 stay as they are. frame and seed choose the dither. */
void plethio_inject(uint8_t *rgb, const float *weight, int width, int height, const double loss[3],
                    uint64_t seed, uint32_t frame);

/* Where a recording of span seconds stands when it has been played for t seconds (t >= 0), forwards
 * and backwards in turn: 0..span. */
double plethio_fold(double t, double span);

/* The mean of count pictures of n bytes by weights that sum to 65536, rounded up or down at random
 * so that it is exact on average: rounding to the nearest would lift the halves, in the rhythm in
 * which weights come back. */
void plethio_blend(const uint8_t *const *picture, const int *weight, int count, uint8_t *out, int n,
                   uint64_t seed, uint32_t frame);

#endif
