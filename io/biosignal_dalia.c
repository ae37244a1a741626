/* The wristband in a recording of PPG-DaLiA or WESAD (Sn.pkl, dalia.h): volume pulse at 64 Hz and
 * acceleration at 32 Hz, which begin together. */
#include "biosignal_parts.h"

#include <stdlib.h>
#include <string.h>

#include "dalia.h"

struct pickled {
    struct plethio_dalia file;
    int64_t next[2];
};

static int next_dalia(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                      struct plethio_error *e)
{
    struct pickled *r = b->reader;
    const struct plethio_numbers *a = lane == 0 ? &r->file.bvp : &r->file.acc;
    const int64_t n = r->next[lane];

    (void)time_ns;
    (void)e;
    if (n == a->count)
        return 0;
    r->next[lane]++;
    if (lane == 0)
        value[0] = (float)plethio_number_at(a, n, 0);
    for (int i = 0; lane == 1 && i < 3; i++)
        value[1 + i] = (float)(plethio_number_at(a, n, i) / 64);
    return 1;
}

static void close_dalia(struct plethio_biosignal *b)
{
    struct pickled *r = b->reader;

    plethio_dalia_close(&r->file);
    free(r);
}

int plethio_open_dalia(struct plethio_biosignal *b, struct plethio_error *e)
{
    static const char *const axes[] = {"acc_x", "acc_y", "acc_z"};
    struct pickled *r = calloc(1, sizeof *r);

    if (!r)
        return plethio_fail(e, "not enough memory");
    b->reader = r;
    b->next = next_dalia;
    b->close = close_dalia;
    strcpy(b->info.format, "dalia");
    if (plethio_dalia_open(&r->file, b->path, e))
        return -1;
    plethio_add_lane(b, PLETHIO_DALIA_BVP_HZ);
    plethio_add_lane(b, PLETHIO_DALIA_ACC_HZ);
    if (plethio_add_channel(b, "bvp", "", 0, e) < 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (plethio_add_channel(b, axes[i], "g", 1, e) < 0)
            return -1;
    b->info.duration_s = (double)r->file.bvp.count / PLETHIO_DALIA_BVP_HZ;
    return 0;
}
