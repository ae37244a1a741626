/* Frames that are not in one video file: pictures in a folder, and arrays in a MATLAB file. */
#ifndef PLETHIO_VIDEO_PARTS_H
#define PLETHIO_VIDEO_PARTS_H

#include <stdint.h>

#include "error.h"
#include "pleth/pleth.h"

/* ---- Pictures (video_images.c) -------------------------------------------------------------- */

struct plethio_images {
    int count;
    /* names in the order of the numbers in them */
    char **name;
    /* nanoseconds from the first one */
    int64_t *time_ns;
    /* what the names say of the first one, nanoseconds of some clock; 0 where they number frames */
    int64_t origin_ns;
    /* nanoseconds from one to the next, in the middle */
    int64_t step_ns;
};

/* The .png, .bmp, .jpg or .jpeg files of a folder, in the order of the last number in their names;
 * what has no number is left out, and so is what has the number of another one. Numbers of 16 or
 * more digits are nanoseconds; others number frames, rate_hz (> 0) a second. 0, or -1 and e, which
 * begins with the folder. */
int plethio_images_open(struct plethio_images *images, const char *folder, double rate_hz,
                        struct plethio_error *e);
void plethio_images_close(struct plethio_images *images);

/* Whether the name of a file ends like a picture's. */
int plethio_is_image(const char *name);

/* ---- Arrays (video_matrix.c) ---------------------------------------------------------------- */

struct plethio_matrix;

/* The variable `video` or `Xsub` of a .mat file: frames x height x width x 3, red, green and blue
 * as 0..1 or as bytes. A process of its own takes it apart in slabs, into a file without a name as
 * large as its pixels. 0, or -1 and e, which begins with the path. */
int plethio_matrix_open(struct plethio_matrix **matrix, const char *path, struct plethio_error *e);
void plethio_matrix_size(const struct plethio_matrix *matrix, int *frames, int *width, int *height);

/* Frame i, row after row of RGB24, valid until the next call. */
const uint8_t *plethio_matrix_frame(struct plethio_matrix *matrix, int i);
void plethio_matrix_close(struct plethio_matrix **matrix);

#endif
