/* A folder of an Empatica E4: BVP.csv and ACC.csv, each with the time of its first sample (seconds
 * from 1970), its rate, and numbers without names; acceleration in 64ths of g. */
#include "biosignal_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "table.h"

struct e4 {
    struct plethio_lines lines[2];
};

/* `columns` numbers of a line, NAN where there is none. */
static int next_row(struct plethio_lines *l, double *number, int columns, struct plethio_error *e)
{
    const int got = plethio_lines_next(l, e);
    char *cell[3];
    int n;

    if (got != 1)
        return got;
    n = plethio_row_cut(l->text, ',', cell, 3);
    for (int i = 0; i < columns; i++)
        number[i] = i < n ? plethio_row_number(cell[i], ',') : (double)NAN;
    return 1;
}

static int next_e4(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                   struct plethio_error *e)
{
    struct e4 *e4 = b->reader;
    double number[3];
    const int got = next_row(&e4->lines[lane], number, lane == 0 ? 1 : 3, e);

    (void)time_ns;
    for (int i = 0; got == 1 && i < (lane == 0 ? 1 : 3); i++)
        value[lane + i] = (float)(lane == 0 ? number[i] : number[i] / 64);
    return got;
}

static void close_e4(struct plethio_biosignal *b)
{
    struct e4 *e4 = b->reader;

    for (int i = 0; i < 2; i++)
        plethio_lines_close(&e4->lines[i]);
    free(e4);
}

static int open_part(struct plethio_biosignal *b, int lane, const char *folder, const char *name,
                     double *start_s, struct plethio_error *e)
{
    struct plethio_lines *l = &((struct e4 *)b->reader)->lines[lane];
    struct plethio_error inner;
    char path[1024];
    double rate_hz = 0;

    if (plethio_beside(path, folder, 0, name, e))
        return -1;
    if (plethio_lines_open(l, path, &inner) || next_row(l, start_s, 1, &inner) < 0 ||
        next_row(l, &rate_hz, 1, &inner) < 0)
        return plethio_fail(e, "%s %s", name + 1, inner.text);
    if (!(fabs(*start_s) < 1e11) || !(rate_hz > 0 && rate_hz <= 1e6))
        return plethio_fail(e, "%s does not begin with a time and a rate, as an E4 writes them",
                            name + 1);
    plethio_add_lane(b, rate_hz);
    return 0;
}

int plethio_open_e4(struct plethio_biosignal *b, struct plethio_error *e)
{
    static const char *const axes[] = {"acc_x", "acc_y", "acc_z"};
    struct e4 *e4 = calloc(1, sizeof *e4);
    const int file = plethio_ends(b->path, "/BVP.csv");
    double light_s = (double)NAN, motion_s = (double)NAN;
    char folder[1024];

    if (!e4)
        return plethio_fail(e, "not enough memory");
    b->reader = e4;
    b->next = next_e4;
    b->close = close_e4;
    strcpy(b->info.format, "e4");
    if (plethio_beside(folder, b->path, file ? 8 : 0, "", e) ||
        open_part(b, 0, folder, "/BVP.csv", &light_s, e) ||
        open_part(b, 1, folder, "/ACC.csv", &motion_s, e) ||
        plethio_add_channel(b, "bvp", "", 0, e) < 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (plethio_add_channel(b, axes[i], "g", 1, e) < 0)
            return -1;
    b->lane[1].start_ns = plethio_ns((motion_s - light_s) * 1e9);
    return b->lane[1].start_ns == INT64_MIN
               ? plethio_fail(e, "BVP.csv and ACC.csv are centuries apart")
               : 0;
}
