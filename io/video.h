/* Videos, cameras and pipes as frames, and frames as videos (FFmpeg's libraries). */
#ifndef PLETHIO_VIDEO_H
#define PLETHIO_VIDEO_H

#include "error.h"
#include "pleth/pleth.h"

struct plethio_video;

struct plethio_video_options {
    /* cameras: asked of the driver, 0 = its own choice; rate_hz also of numbered pictures, and of
     * frames in a .mat file */
    int width, height;
    double rate_hz;
    /* part of a file in seconds from its start; to_s = 0: to the end */
    double from_s, to_s;
    /* "-" only: FFmpeg's name of the pixels ("rgb24", "yuv420p") of a raw stream without headers,
     * which needs width, height and rate_hz; NULL: y4m */
    const char *raw;
    /* turns nonzero (from a signal handler, say) when a read that waits should end; may be NULL */
    const _Atomic int *stop;
    /* of a file: times of its frames in seconds from the first one, increasing, in place of those
     * that it has itself; it ends with the last of them. NULL and 0: none */
    const double *frame_s;
    int frames;
};

struct plethio_video_info {
    /* upright size, after rotation */
    int width, height;
    /* nominal rate and length; 0 if the container does not say */
    double rate_hz, duration_s;
    /* as stored: degrees clockwise to upright, and what the upright size was made from */
    int rotation, stored_width, stored_height;
    /* a camera or a pipe: frames come in real time */
    int live;
    /* 1 if exposure, gain and white balance were locked, 0 if the driver can not, -1 no camera */
    int camera_locked;
    char codec[32];
};

/* Whether path is a camera's. */
int plethio_is_camera(const char *path);

/* path: a file, "-" (y4m on standard input), a camera (/dev/videoN, /dev/v4l/by-id/...), a folder
 * of pictures (.png, .bmp, .jpg) whose names end in their times in ns or in their numbers, or a
 * .mat file with frames as `video` (MMPD) or `Xsub` (SCAMPS); numbered pictures and those files
 * need rate_hz. NULL options: defaults. Frames are given in I420, NV12, YUYV, GRAY8, RGB24, ... as
 * the decoder has them, without conversion where pleth_frame can say it (4:2:2 planes as I420,
 * every other row of colour left out); other formats are converted to RGB24. Nothing is fetched
 * from a network: a URL is an error. Returns 0, or -1 and e. */
int plethio_video_open(struct plethio_video **video, const char *path,
                       const struct plethio_video_options *options, struct plethio_error *e);
void plethio_video_info(const struct plethio_video *video, struct plethio_video_info *info);

/* 1: *frame is valid until the next call. 0: the end. -1: failed, e says why. A file that is cut or
 * damaged ends where it ends: 0, with plethio_video_warning() not NULL; frames that the decoder had
 * to guess are left out. Time stamps are the file's own, in ns from its first frame, also with
 * from_s. */
int plethio_video_next(struct plethio_video *video, pleth_frame *frame, struct plethio_error *e);
const char *plethio_video_warning(const struct plethio_video *video);
void plethio_video_close(struct plethio_video **video);

/* What reads and writes videos, "FFmpeg 5.1.9"; NULL in a build without. */
const char *plethio_video_library(void);

struct plethio_writer;

struct plethio_writer_options {
    int width, height; /* even */
    double rate_hz;
    /* x264 quality 0..51, lower is better; 0 is lossless. Other codecs: near equivalent */
    int crf;
    /* codec name of FFmpeg ("libx264", "mjpeg", "mpeg4", "ffv1", "rawvideo"); NULL by the suffix */
    const char *codec;
};

/* Writes under a temporary name beside path; only plethio_writer_close renames it into place.
 * Closing with keep = 0 (or dying) leaves nothing under the final name. ".y4m" and "-" (y4m on
 * standard output) need no codec. */
int plethio_writer_open(struct plethio_writer **writer, const char *path,
                        const struct plethio_writer_options *options, struct plethio_error *e);
/* frame: RGB24 of the writer's size, time stamps increasing (variable rates are kept). */
int plethio_writer_put(struct plethio_writer *writer, const pleth_frame *frame,
                       struct plethio_error *e);
int plethio_writer_close(struct plethio_writer **writer, int keep, struct plethio_error *e);

/* Any frame to upright RGB24, for drawing and re-encoding: rgb holds 3 * width * height bytes of
 * the upright size. video keeps the converter from frame to frame; NULL makes one for this call. */
int plethio_frame_to_rgb(struct plethio_video *video, const pleth_frame *frame, uint8_t *rgb,
                         struct plethio_error *e);

#endif
