/* What the readers of the formats of recordings share. */
#ifndef PLETHIO_BIOSIGNAL_PARTS_H
#define PLETHIO_BIOSIGNAL_PARTS_H

#include <math.h>

#include "biosignal.h"
#include "path.h"

/* Channels that share their instants. The lane of the optical channels sets the pace, the others
 * are interpolated at its instants, so that two samples of each are all that is kept. */
struct plethio_lane {
    /* samples a second; 0: not known. Times are those that the reader gives if `timed`, else even
     * from start_ns on */
    double rate_hz;
    int timed;
    int64_t start_ns;
    /* between instants further apart than this nothing is interpolated; 0: always */
    int64_t gap_ns;

    int64_t read, before_ns, after_ns;
    int have, ended;
    float before[PLETHIO_CHANNELS], after[PLETHIO_CHANNELS];
};

struct plethio_biosignal {
    struct plethio_biosignal_info info;
    struct plethio_lane lane[PLETHIO_CHANNELS];
    int lanes, main;
    /* of each channel */
    int lane_of[PLETHIO_CHANNELS];
    char path[1024];

    /* The reader's: the next instant of a lane. It writes the values of the lane's channels at
     * their places in value[channels] (infinity is as missing as NAN), and *time_ns if the lane is
     * timed. 1, 0 at the end, or -1 and e. */
    int (*next)(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                struct plethio_error *e);
    void (*close)(struct plethio_biosignal *b);
    void *reader;
};

/* One a format: they fill b->info (format, channels, duration), the lanes, next, close and reader
 * from b->path; what `close` frees is freed by the caller also where they fail. rate_hz: as
 * plethio_biosignal_open has it. Errors, as those of `next`, have no path. */
int plethio_open_neutral(struct plethio_biosignal *b, struct plethio_error *e);
int plethio_open_text(struct plethio_biosignal *b, double rate_hz, struct plethio_error *e);
int plethio_open_e4(struct plethio_biosignal *b, struct plethio_error *e);
int plethio_open_edf(struct plethio_biosignal *b, struct plethio_error *e);
int plethio_open_wfdb(struct plethio_biosignal *b, struct plethio_error *e);
int plethio_open_mat(struct plethio_biosignal *b, struct plethio_error *e);
int plethio_open_dalia(struct plethio_biosignal *b, struct plethio_error *e);
int plethio_open_galaxy(struct plethio_biosignal *b, struct plethio_error *e);

/* What a channel of this name measures. */
enum plethio_kind plethio_kind(const char *name);

/* Whether a channel of this name has a place in a recording of `total` channels: where there are
 * too many, those of no known kind are left out. */
int plethio_has_place(int total, const char *name);

/* Appends a channel. unit NULL: what its name says. Its number, or -1 and e. */
int plethio_add_channel(struct plethio_biosignal *b, const char *name, const char *unit, int lane,
                        struct plethio_error *e);

/* Appends a lane of this rate (0: timed). Its number; there are never more than channels. */
int plethio_add_lane(struct plethio_biosignal *b, double rate_hz);

/* Nanoseconds, INT64_MIN where they can not be a time. */
static inline int64_t plethio_ns(double ns)
{
    return fabs(ns) < 4e18 ? (int64_t)llround(ns) : INT64_MIN;
}

#endif
