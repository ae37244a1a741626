#include "int8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "quantize.h"

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

char *plethtrain_int8_make(const struct plethtrain_net *net, const struct plethtrain_int8 *how,
                           size_t *size, struct plethio_error *e)
{
    struct plethio_metadata_list *m = calloc(1, sizeof *m);
    pleth_net_options options;
    char *wide = NULL, *narrow = NULL;
    size_t wide_size;

    pleth_net_options_default(&options);
    options.cpu_mask = net->options.cpu_mask;
    if (!m)
        plethio_fail(e, "no memory for a model");
    else if (plethio_metadata_add_shape(m, how->shape, e) == 0)
        wide = plethtrain_save(net, m->item, m->count, how->except, &wide_size, e);
    if (wide)
        narrow = plethio_quantize(wide, wide_size, &options, how->count,
                                  (const float *const[]){how->sample}, size, e);
    free(wide);
    free(m);
    return narrow;
}

int plethtrain_int8_grids(struct plethtrain_net *net, const char *bytes, size_t size,
                          struct plethio_error *e)
{
    const struct pleth_graph *g = &net->plan.graph;
    struct pleth_weights w;
    char message[PLETH_MESSAGE], name[PLETH_MESSAGE];

    if (pleth_weights_open(&w, bytes, size, message, sizeof message))
        return plethio_fail(e, "a model in int8: %s", message);
    for (int i = 0; i < g->count; i++) {
        struct pleth_tensor scale, zero;
        struct plethtrain_grid *grid = &net->grid[i];
        float value[2];

        *grid = (struct plethtrain_grid){0, 0};
        snprintf(name, sizeof name, "%s.activation_scale", g->records[i].name);
        if (!pleth_weights_find(&w, name, &scale))
            continue;
        snprintf(name, sizeof name, "%s.activation_zero_point", g->records[i].name);
        if (!pleth_weights_find(&w, name, &zero))
            return plethio_fail(e, "a model in int8 without %s", name);
        pleth_tensor_floats(&scale, 0, 1, &value[0]);
        pleth_tensor_floats(&zero, 0, 1, &value[1]);
        *grid = (struct plethtrain_grid){value[0], (int)value[1]};
    }
    return 0;
}

int plethtrain_int8_weights(struct plethtrain_net *net, const char *except)
{
    const struct plethtrain_plan *p = &net->plan;
    uint8_t used[PLETH_RECORDS];

    pleth_graph_used(&p->graph, used);
    for (int i = 0; i < p->parameters; i++) {
        const struct plethtrain_parameter *q = &p->parameter[i];
        const int op = p->records[q->record].op;
        const ptrdiff_t n = q->count / q->a; /* of an output */
        float *stored;
        int8_t *rounded;

        if (q->index != 0 || (op != PLETH_OP_CONV && op != PLETH_OP_LINEAR) || !used[q->record] ||
            (except && strncmp(q->stored.name, except, strlen(except)) == 0))
            continue;
        stored = malloc((size_t)q->count * sizeof *stored);
        rounded = malloc((size_t)n);
        for (int o = 0; stored && rounded && o < q->a; o++) {
            float *row = stored + o * n;
            float scale;
            if (o == 0)
                plethtrain_get(q, net->parameters, stored);
            scale = plethio_round_weights(row, n, rounded);
            for (ptrdiff_t k = 0; k < n; k++)
                row[k] = (float)rounded[k] * scale;
        }
        if (stored && rounded)
            plethtrain_put(q, stored, net->parameters);
        free(rounded);
        free(stored);
        if (!stored || !rounded)
            return -1;
    }
    return 0;
}

void plethtrain_int8_input(const struct plethtrain_net *net, float *x, int n)
{
    const struct plethtrain_grid *grid = &net->grid[net->plan.input[0]];

    if (grid->scale > 0)
        plethtrain_round(grid, x, (ptrdiff_t)n * PLETH_WINDOW);
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
