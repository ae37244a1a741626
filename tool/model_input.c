#include "model_input.h"

#include <stdio.h>
#include <string.h>

/* "(6, 36, 36)", without axes of length 1 */
static void describe(const int64_t *shape, int rank, char *text, size_t size)
{
    int used = snprintf(text, size, "(");

    for (int i = 0; i < rank && used > 0 && (size_t)used < size; i++)
        if (shape[i] != 1)
            used += snprintf(text + used, size - (size_t)used, "%s%lld", used > 1 ? ", " : "",
                             (long long)shape[i]);
    if (used > 0 && (size_t)used + 1 < size)
        snprintf(text + used, size - (size_t)used, ")");
}

/* 1 where the axes after the first are the port's, whatever ones are among them. */
static int fits(const struct plethio_npy *a, const pleth_net_port *port)
{
    int k = 1;

    for (int i = 0; i < 4; i++) {
        if (port->shape[i] == 1)
            continue;
        while (k < a->rank && a->shape[k] == 1)
            k++;
        if (k == a->rank || a->shape[k++] != port->shape[i])
            return 0;
    }
    while (k < a->rank && a->shape[k] == 1)
        k++;
    return a->rank > 0 && k == a->rank;
}

int tool_arrays_read(struct tool_arrays *a, const struct plethio_model *m, const char *const *paths,
                     int n, struct plethio_error *e)
{
    const pleth_net_info *info = &m->info;

    memset(a, 0, sizeof *a);
    if (n != info->inputs)
        return plethio_fail(e, "%s has %d input%s (%s%s%s), not %d", info->name, info->inputs,
                            info->inputs > 1 ? "s" : "", info->input[0].name,
                            info->inputs > 1 ? ", " : "",
                            info->inputs > 1 ? info->input[1].name : "", n);
    for (int i = 0; i < n; i++) {
        const pleth_net_port *port = &info->input[i];
        struct plethio_npy *x = &a->array[i];
        int64_t frames;
        if (plethio_npy_read(x, paths[i], e)) {
            tool_arrays_free(a);
            return -1;
        }
        if (!fits(x, port)) {
            const int64_t want[4] = {port->shape[0], port->shape[1], port->shape[2],
                                     port->shape[3]};
            char has[80], needs[80];
            describe(x->shape + 1, x->rank > 0 ? x->rank - 1 : 0, has, sizeof has);
            describe(want, 4, needs, sizeof needs);
            plethio_fail(e, "%s: a frame is %s here, but input %s of %s takes %s", paths[i], has,
                         port->name, info->name, needs);
            tool_arrays_free(a);
            return -1;
        }
        frames = x->shape[0] - info->difference;
        if (frames < 1 || frames > 10000000 || (i > 0 && frames != a->frames)) {
            plethio_fail(e, "%s: %lld frames, which is %s", paths[i], (long long)x->shape[0],
                         frames < 1 ? "too few" : "not as many as the other input has");
            tool_arrays_free(a);
            return -1;
        }
        a->frames = (int)frames;
        a->input[i] = x->data;
    }
    return 0;
}

void tool_arrays_free(struct tool_arrays *a)
{
    for (int i = 0; i < TOOL_PORTS; i++)
        plethio_npy_free(&a->array[i]);
}
