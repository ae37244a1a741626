/* A video with what was measured drawn on it. */
#ifndef PLETH_TOOL_ANNOTATE_H
#define PLETH_TOOL_ANNOTATE_H

#include "pleth/pleth.h"
#include "video.h"

struct annotate;

/* path: the video to be written, its format by the suffix. It is begun with the first frame. 0, or
 * -1 and e. */
int annotate_open(struct annotate **a, const char *path, struct plethio_error *e);

/* Writes one frame, under its own time stamp: the upright picture with the box of latest->face, and
 * a strip below it with pulse and breathing of `latest` (NULL: no reading yet), or the reason for
 * none, beside the newest `waves` samples of the pulse wave (at PLETH_WAVE_HZ, oldest first; 0:
 * none). video: where the frame comes from. 0, or -1 and e. */
int annotate_frame(struct annotate *a, struct plethio_video *video, const pleth_frame *frame,
                   const pleth_reading *latest, const float *wave, int waves,
                   struct plethio_error *e);

/* Ends the video and gives it its name (keep = 1), or removes it (0). Frees *a and clears it; NULL
 * is fine. 0, or -1 and e. */
int annotate_close(struct annotate **a, int keep, struct plethio_error *e);

#endif
