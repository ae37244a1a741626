/* EDF, EDF+, BDF and BDF+ through EDFlib (Debian: libedf). Signals with one number of samples in a
 * data record share a lane. */
#include "biosignal_parts.h"

#ifdef PLETH_WITH_EDF

#include <edflib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

/* EDFlib keeps a list of the files that are open. */
static pthread_mutex_t list = PTHREAD_MUTEX_INITIALIZER;

struct edf {
    struct edf_hdr_struct header;
    int open;
    /* of each channel: its signal, and what was read ahead of it */
    int signal[PLETHIO_CHANNELS];
    double ahead[PLETHIO_CHANNELS][BLOCK];
    int at[PLETHIO_CHANNELS], have[PLETHIO_CHANNELS];
    /* of each lane: samples in a data record */
    int per_record[PLETHIO_CHANNELS];
};

/* The next sample of a channel: 1, 0 at the end, or -1. */
static int next_sample(struct edf *f, int channel, float *value, struct plethio_error *e)
{
    if (f->at[channel] == f->have[channel]) {
        const int n = edfread_physical_samples(f->header.handle, f->signal[channel], BLOCK,
                                               f->ahead[channel]);

        if (n < 0)
            return plethio_fail(e, "cannot be read; is it cut off?");
        f->at[channel] = 0;
        f->have[channel] = n;
        if (n == 0)
            return 0;
    }
    *value = (float)f->ahead[channel][f->at[channel]++];
    return 1;
}

static int next_edf(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                    struct plethio_error *e)
{
    (void)time_ns;
    for (int i = 0; i < b->info.channels; i++)
        if (b->lane_of[i] == lane) {
            const int got = next_sample(b->reader, i, &value[i], e);

            if (got <= 0)
                return got;
        }
    return 1;
}

static void close_edf(struct plethio_biosignal *b)
{
    struct edf *f = b->reader;

    if (f->open) {
        pthread_mutex_lock(&list);
        edfclose_file(f->header.handle);
        pthread_mutex_unlock(&list);
    }
    free(f);
}

static int refuse(int code, struct plethio_error *e)
{
    switch (code) {
    case EDFLIB_NO_SUCH_FILE_OR_DIRECTORY:
        return plethio_fail(e, "cannot be opened");
    case EDFLIB_FILE_IS_DISCONTINUOUS:
        return plethio_fail(e, "an EDF+ file with gaps (EDF+D); convert it to EDF+C");
    case EDFLIB_FILE_ALREADY_OPENED:
    case EDFLIB_MAXFILES_REACHED:
        return plethio_fail(e, "it or too many others are open already");
    case EDFLIB_MALLOC_ERROR:
        return plethio_fail(e, "not enough memory");
    default:
        return plethio_fail(e, "not an EDF or BDF file, or a broken or unfinished one");
    }
}

static int lane_with(struct plethio_biosignal *b, int per_record)
{
    struct edf *f = b->reader;

    for (int i = 0; i < b->lanes; i++)
        if (f->per_record[i] == per_record)
            return i;
    f->per_record[b->lanes] = per_record;
    return plethio_add_lane(b, per_record * (double)EDFLIB_TIME_DIMENSION /
                                   (double)f->header.datarecord_duration);
}

int plethio_open_edf(struct plethio_biosignal *b, struct plethio_error *e)
{
    struct edf *f = calloc(1, sizeof *f);

    if (!f)
        return plethio_fail(e, "not enough memory");
    b->reader = f;
    b->next = next_edf;
    b->close = close_edf;
    strcpy(b->info.format, "edf");
    pthread_mutex_lock(&list);
    f->open = edfopen_file_readonly(b->path, &f->header, EDFLIB_DO_NOT_READ_ANNOTATIONS) == 0;
    pthread_mutex_unlock(&list);
    if (!f->open)
        return refuse(f->header.filetype, e);
    if (f->header.datarecord_duration <= 0)
        return plethio_fail(e, "its data records have no duration");
    for (int i = 0; i < f->header.edfsignals; i++) {
        const struct edf_param_struct *p = &f->header.signalparam[i];
        int channel;

        if (p->smp_in_datarecord < 1 || !plethio_has_place(f->header.edfsignals, p->label))
            continue;
        channel = plethio_add_channel(b, p->label, p->physdimension,
                                      lane_with(b, p->smp_in_datarecord), e);
        if (channel < 0)
            return -1;
        f->signal[channel] = i;
    }
    b->info.duration_s = (double)f->header.file_duration / (double)EDFLIB_TIME_DIMENSION;
    return 0;
}

#else

int plethio_open_edf(struct plethio_biosignal *b, struct plethio_error *e)
{
    (void)b;
    return plethio_fail(e, "this pleth was built without EDF; install libedf-dev and build it "
                           "again");
}

#endif
