#include "int8.h"

#include <stdlib.h>
#include <string.h>

#include "loop.h"

int plethtrain_windows_seen(const struct plethtrain_set *set, const char *list, int seen,
                            int *window)
{
    int n = 0, person = -1, is_seen = 0;

    for (int i = 0; i < set->windows; i++) {
        const int p = plethtrain_set_person(set, i);
        if (p != person)
            is_seen = plethtrain_is_seen(list, set->person[p]);
        person = p;
        if (is_seen == seen)
            window[n++] = i;
    }
    return n;
}

float *plethtrain_calibration(const struct plethtrain_set *set, const int *window, int n,
                              int *count, struct plethio_error *e)
{
    float *x;

    *count = n < PLETHTRAIN_CALIBRATION ? n : PLETHTRAIN_CALIBRATION;
    if (n == 0) {
        plethio_fail(e, "no window to calibrate the network on");
        return NULL;
    }
    x = malloc((size_t)*count * PLETH_WINDOW * sizeof *x);
    if (!x) {
        plethio_fail(e, "no memory for %d windows", *count);
        return NULL;
    }
    for (int i = 0; i < *count; i++)
        plethtrain_set_cut(set, window[(int64_t)i * n / *count], x + (ptrdiff_t)i * PLETH_WINDOW);
    return x;
}

int plethtrain_check_device(const struct plethio_model *m, struct plethio_error *e)
{
    const pleth_net_info *info = &m->info;

    for (int i = 0; i < info->outputs; i++)
        if (strcmp(info->output[i].name, "logits") == 0 &&
            info->output[i].count == PLETHTRAIN_RATES && info->inputs == 1 &&
            info->input[0].count == PLETH_WINDOW)
            return i;
    return plethio_fail(e, "%s: not a network from %d samples to %d classes of heart rate",
                        info->name, PLETH_WINDOW, PLETHTRAIN_RATES);
}

int plethtrain_estimate_device(struct plethio_model *m, const struct plethtrain_set *set,
                               const int *window, int n, float *median, float *most,
                               struct plethio_error *e)
{
    enum { BATCH = 64 };
    float *x = malloc(BATCH * PLETH_WINDOW * sizeof *x), *y[4] = {NULL};
    const float *input = x;
    const pleth_net_info *info = &m->info;
    const int logits = plethtrain_check_device(m, e);
    int status = logits < 0 ? -1 : 0;

    for (int i = 0; i < info->outputs; i++) {
        y[i] = malloc(BATCH * (size_t)info->output[i].count * sizeof **y);
        if (!x || !y[i])
            status = plethio_fail(e, "no memory for %d windows", BATCH);
    }
    for (int at = 0; at < n && status == 0; at += BATCH) {
        const int count = n - at < BATCH ? n - at : BATCH;
        for (int i = 0; i < count; i++)
            plethtrain_set_cut(set, window[at + i], x + i * PLETH_WINDOW);
        if (pleth_net_run(m->state, count, &input, y))
            status = plethio_fail(e, "%s does not run", info->name);
        for (int i = 0; i < count && status == 0; i++)
            plethtrain_decode(y[logits] + i * PLETHTRAIN_RATES, &median[at + i], &most[at + i]);
    }
    for (int i = 0; i < info->outputs; i++)
        free(y[i]);
    free(x);
    return status;
}
