/* Network crops -> what networks were trained on: differences over their standard deviation, and
 * pixels less their mean over theirs.
 *
 * A crop is n values of all its channels together (3 side^2, 0..1). Mean and deviation are those of
 * the population of all values of all frames: of a whole clip as published, or live of the last
 * ten seconds. Arithmetic is in double, results are floats. */
#ifndef PLETH_CAMERA_NORMALISE_H
#define PLETH_CAMERA_NORMALISE_H

#include <stddef.h>
#include <stdint.h>

/* Of any number of values. */
struct pleth_sums {
    double count, sum, squares;
};

/* 0 of no values. */
double pleth_sums_mean(const struct pleth_sums *s);
double pleth_sums_deviation(const struct pleth_sums *s);

/* Adds the pixels of a crop; the differences d = (now - before) / (now + before + 1e-7) of two. */
void pleth_sum_pixels(struct pleth_sums *s, const float *x, int n);
void pleth_sum_differences(struct pleth_sums *s, const float *before, const float *now, int n);

/* out = (x - mean) / deviation ("Standardized"), and d / deviation ("DiffNormalized"); zeros where
 * deviation is 0. out may be x. */
void pleth_standardise(const float *x, int n, double mean, double deviation, float *out);
void pleth_difference(const float *before, const float *now, int n, double deviation, float *out);

/* A whole clip, frames[count][n]: motion[count - 1] and appearance[count - 1], a frame n values and
 * the next one `step` floats further on, so that both can lie in one tensor (count - 1, 6, side,
 * side). Of appearance the last frame is left out, though it counts for mean and deviation. Either
 * may be NULL. */
void pleth_normalise_clip(const float *frames, int count, int n, float *motion, float *appearance,
                          ptrdiff_t step);

/* ---- live --------------------------------------------------------------------------------- */

/* Of the last ten seconds; frames that come faster than 41 a second share a slot. */
#define PLETH_NORMALISE_SLOTS 420

struct pleth_normaliser {
    /* oldest first from `first` on */
    struct pleth_normaliser_slot {
        int64_t time_ns;
        struct pleth_sums pixels, differences;
    } slot[PLETH_NORMALISE_SLOTS];
    int first, used;
    int64_t start_ns, newest_ns;
    /* of all slots */
    struct pleth_sums pixels, differences;
};

/* Forgets all frames. A zeroed struct is as good. */
void pleth_normaliser_reset(struct pleth_normaliser *s);

/* Takes a crop and (NULL: the first one) the one before it, of the same box. time_ns increases from
 * call to call; after a gap or a change of scene, the caller resets. */
void pleth_normaliser_push(struct pleth_normaliser *s, int64_t time_ns, const float *before,
                           const float *now, int n);

/* 1 from two seconds after the first crop on: before, the sums say little of what follows. */
int pleth_normaliser_ready(const struct pleth_normaliser *s);

/* The deviation of differences that every picture of a camera has at least, from its noise alone.
 *
 * A sensor whose noise is less than its own rounding to whole levels, variance 1/12, shows steps
 * and nothing between, so a pulse of a tenth of a level needs that noise to come through. Averaged
 * over the `pixels` of the picture (1 or more) that a crop pixel covers, and doubled by the
 * difference of two frames, it makes
 *
 *     d = sqrt(2 / (12 pixels)) / (2 level)
 *
 * with level the mean of the crop, 0..255. Chroma, coarser than luma, only adds to it. */
double pleth_difference_floor(double pixels, double level);

/* 1 if the picture stands still: fewer than two frames of five differ by the floor or more from the
 * frame before. Noise of a sensor is in every frame; what a codec refines in a frozen picture is in
 * few of them, and though these may lift the deviation of the whole window above the floor,
 * dividing by it would blow the codec's rhythm up into a pulse. Two of five lets through what plays
 * 24 pictures a second as 30 or 60, or every one twice. Measured: x264 at its usual settings
 * refines up to a quarter of the frames of a frozen picture (a key frame every fifth: two fifths);
 * of faces that keep still at the lowest quality two thirds pass. A codec that is never done
 * (constant bit rate without delay) does pass: whether that is a pulse is for the vitals to tell.
 */
int pleth_normaliser_still(const struct pleth_normaliser *s, double floor);

#endif
