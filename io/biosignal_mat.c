/* Recordings in MATLAB files (matrices.h). Of their own: `sig` of the IEEE Signal Processing Cup
 * 2015 (rows [ECG,] PPG, PPG, acceleration x, y, z at 125 Hz), and rawPPG with rawAcc of BAMI (50
 * Hz). Several in one file, as in a folder: FILE.mat/PLACE of a participant of WildPPG, and
 * FILE.mat/NUMBER/PLACE of its processed windows. They are read whole. */
#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrices.h"

enum { SIGNALS = 7, MATRICES = 2 * SIGNALS };

struct mat {
    struct plethio_matrix m[MATRICES];
    /* the matrix of each channel, and its column there */
    int matrix[PLETHIO_CHANNELS], column[PLETHIO_CHANNELS];
    size_t length, next;
};

static int next_mat(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                    struct plethio_error *e)
{
    struct mat *f = b->reader;
    const size_t n = f->next;

    (void)lane;
    (void)time_ns;
    (void)e;
    if (n == f->length)
        return 0;
    f->next++;
    for (int i = 0; i < b->info.channels; i++) {
        const struct plethio_matrix *m = &f->m[f->matrix[i]];

        value[i] = m->value[n * m->channels + (size_t)f->column[i]];
    }
    return 1;
}

static void close_mat(struct plethio_biosignal *b)
{
    struct mat *f = b->reader;

    plethio_matrices_free(f->m, MATRICES);
    free(f);
}

/* A channel that is a column of matrix number `matrix`. */
static int add_channel(struct plethio_biosignal *b, const char *name, int matrix, int column,
                       struct plethio_error *e)
{
    struct mat *f = b->reader;
    const int i = plethio_add_channel(b, name, "", 0, e);

    if (i < 0)
        return -1;
    f->matrix[i] = matrix;
    f->column[i] = column;
    return 0;
}

/* ---- One in a file ---------------------------------------------------------------------- */

enum { SIG, RAW_PPG, RAW_ACC };

static int open_one(struct plethio_biosignal *b, struct plethio_error *e)
{
    static const struct plethio_matrix_query query[] = {
        {"sig", 5, 6, 1}, {"rawPPG", 1, 3, 1}, {"rawAcc", 3, 3, 1}};
    static const char *const spc[] = {"ecg", "ppg1_green", "ppg2_green", "acc_x", "acc_y", "acc_z"};
    static const char *const bami[] = {"ppg1_green", "ppg2_green", "ppg3_green"};
    struct mat *f = b->reader;
    const struct plethio_matrix *sig = &f->m[SIG], *ppg = &f->m[RAW_PPG], *acc = &f->m[RAW_ACC];

    if (plethio_matrices_read(b->path, query, 3, f->m, e))
        return -1;
    if (sig->length > 0) {
        const int first = 6 - (int)sig->channels;

        plethio_add_lane(b, 125);
        f->length = sig->length;
        for (int i = first; i < 6; i++)
            if (add_channel(b, spc[i], SIG, i - first, e))
                return -1;
        return 0;
    }
    if (ppg->length == 0)
        return plethio_fail(e, "it has neither sig (IEEE SPC 2015) nor rawPPG (BAMI); of WildPPG "
                               "give FILE.mat/wrist (or head, ankle, sternum), of its processed "
                               "file FILE.mat/1/wrist");
    if (acc->length == 0)
        return plethio_fail(e, "it has no variable rawAcc");
    if (ppg->length != acc->length)
        return plethio_fail(e, "rawPPG has %zu samples, rawAcc %zu", ppg->length, acc->length);
    plethio_add_lane(b, 50);
    f->length = ppg->length;
    for (int i = 0; i < (int)ppg->channels; i++)
        if (add_channel(b, bami[i], RAW_PPG, i, e))
            return -1;
    for (int i = 0; i < 3; i++)
        if (add_channel(b, spc[3 + i], RAW_ACC, i, e))
            return -1;
    return 0;
}

/* ---- Several in a file ------------------------------------------------------------------ */

/* FILE.mat/[NUMBER/]PLACE: number 0 where there is none. */
struct part {
    char file[1024], place[16];
    long person;
};

static int split(struct part *p, const char *path, struct plethio_error *e)
{
    static const char *const places[] = {"head", "ankle", "sternum", "wrist", "chest"};
    const char *at = strstr(path, ".mat/") + 4;
    char *end;

    memcpy(p->file, path, (size_t)(at - path));
    p->file[at - path] = 0;
    p->person = strtol(at + 1, &end, 10);
    if (end > at + 1 && *end == '/' && p->person > 0 && p->person <= 1000000)
        at = end;
    else
        p->person = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(at + 1, places[i]) == 0) {
            strcpy(p->place, places[i]);
            return 0;
        }
    return plethio_fail(e, "what follows .mat/ is no place of WildPPG: head, ankle, sternum, wrist "
                           "or chest, in its processed file with a person's number and / before");
}

/* A place of a participant: each signal with a rate of its own beside it, which is the same. */
static int open_place(struct plethio_biosignal *b, const struct part *p, struct plethio_error *e)
{
    static const char *const signal[SIGNALS] = {"ppg_g", "ppg_ir", "ppg_r", "acc_x",
                                                "acc_y", "acc_z",  "ecg"};
    struct plethio_matrix_query query[MATRICES];
    char name[MATRICES][64];
    struct mat *f = b->reader;

    for (int i = 0; i < MATRICES; i++) {
        snprintf(name[i], sizeof name[i], "%s.%s.%s", p->place, signal[i % SIGNALS],
                 i < SIGNALS ? "v" : "fs");
        query[i] = (struct plethio_matrix_query){name[i], 1, 1, 1};
    }
    if (plethio_matrices_read(p->file, query, MATRICES, f->m, e))
        return -1;
    for (int i = 0; i < SIGNALS; i++) {
        const struct plethio_matrix *v = &f->m[i], *rate = &f->m[i + SIGNALS];
        const double hz = rate->length == 1 ? (double)rate->value[0] : 0;

        if (v->length == 0)
            continue;
        if (!(hz > 0 && hz <= 1e6))
            return plethio_fail(e, "%s.%s has no rate", p->place, signal[i]);
        if (b->lanes == 0) {
            plethio_add_lane(b, hz);
            f->length = v->length;
        }
        if (b->lane[0].rate_hz != hz)
            return plethio_fail(e, "%s.%s has another rate than the signals before it", p->place,
                                signal[i]);
        f->length = v->length < f->length ? v->length : f->length;
        if (add_channel(b, signal[i], i, 0, e))
            return -1;
    }
    return b->lanes ? 0 : plethio_fail(e, "it has no %s with ppg_g, ppg_ir or ppg_r", p->place);
}

/* Processed windows of a person: 200 samples, 25 a second, without overlap. */
static int open_windows(struct plethio_biosignal *b, const struct part *p, struct plethio_error *e)
{
    static const struct {
        const char *before, *after;
    } form[] = {{"data_ppg_", ""}, {"data_ppg_g_", ""}, {"data_ppg_", "_g"}};
    struct plethio_matrix_query query[3];
    char name[3][64];
    struct mat *f = b->reader;
    int i = 0;

    for (int k = 0; k < 3; k++) {
        snprintf(name[k], sizeof name[k], "%s%s%s{%ld}", form[k].before, p->place, form[k].after,
                 p->person);
        query[k] = (struct plethio_matrix_query){name[k], 200, 200, 1};
    }
    if (plethio_matrices_read(p->file, query, 3, f->m, e))
        return -1;
    while (i < 3 && f->m[i].length == 0)
        i++;
    if (i == 3)
        return plethio_fail(e, "it has no data_ppg_%s of person %ld", p->place, p->person);
    plethio_add_lane(b, 25);
    /* row after row: one channel */
    f->length = f->m[i].length * f->m[i].channels;
    f->m[i].channels = 1;
    return add_channel(b, "ppg_g", i, 0, e);
}

int plethio_open_mat(struct plethio_biosignal *b, struct plethio_error *e)
{
    struct mat *f = calloc(1, sizeof *f);
    struct part part;
    int status;

    if (!f)
        return plethio_fail(e, "not enough memory");
    b->reader = f;
    b->next = next_mat;
    b->close = close_mat;
    strcpy(b->info.format, "mat");
    if (plethio_ends(b->path, ".mat"))
        status = open_one(b, e);
    else if (split(&part, b->path, e))
        status = -1;
    else
        status = part.person > 0 ? open_windows(b, &part, e) : open_place(b, &part, e);
    if (status == 0)
        b->info.duration_s = (double)f->length / b->lane[0].rate_hz;
    return status;
}
