/* What a network's call costs, in float and in int8. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "net_time.h"
#include "peak.h"
#include "tool.h"

/* seconds of calls of each */
#define SECONDS 1.5

static const char *const precision[2] = {"float", "int8"};

struct figures {
    struct net_time net[2]; /* float, int8 */
    int have[2];
    struct net_times times[2];
    double peak[2]; /* G/s, 0: not known */
    uint32_t cpu_mask;
    const char *what;
    int random;               /* weights */
    struct plethio_error why; /* there is no int8 form */
};

static int load(struct figures *f, const pleth_net_options *options, struct plethio_error *e)
{
    const int kind = pleth_net_find(f->what);
    pleth_net_options own = *options;
    struct pleth_net_shape shape;
    size_t size;
    char *bytes;

    f->random = kind >= 0;
    if (f->random) {
        pleth_net_shape_default(&shape, kind);
        shape.frames = options->frames ? options->frames : shape.frames;
        own.frames = 0; /* the model says */
        bytes = net_time_random(&shape, &size, e);
    } else {
        bytes = plethio_model_read(f->what, options->name, &size, e);
    }
    if (!bytes || net_time_open(&f->net[0], bytes, size, f->what, &own, 0, e))
        return -1;
    f->have[0] = 1;
    if (f->net[0].model.info.int8) {
        f->net[1] = f->net[0];
        memset(&f->net[0], 0, sizeof f->net[0]);
        f->have[0] = 0;
        f->have[1] = 1;
    } else {
        f->have[1] = net_time_open_int8(&f->net[1], &f->net[0], &own, &f->why) == 0;
    }
    return 0;
}

static void measure(struct figures *f)
{
    struct net_time *net[2];
    struct net_times times[2];
    int n = 0;

    for (int i = 0; i < 2; i++) {
        f->peak[i] = peak_rate(i, f->cpu_mask);
        if (f->have[i])
            net[n++] = &f->net[i];
    }
    net_time_measure(net, n, SECONDS, times);
    for (int i = 0, k = 0; i < 2; i++)
        if (f->have[i])
            f->times[i] = times[k++];
}

static double rate(const struct figures *f, int i)
{
    return 2e-6 * f->net[i].macs / f->times[i].median;
}

/* The one of the two that is there in any case. */
static const struct net_time *any(const struct figures *f)
{
    return &f->net[f->have[0] ? 0 : 1];
}

static void show_text(const struct figures *f)
{
    const struct net_time *net = any(f);

    bench_machine(f->cpu_mask, 0);
    printf("%s: %s%s, a call of %d frame%s, %.3f M MACs, delay %d\n", f->what, net->model.info.name,
           f->random ? " with random weights" : "", net->count, net->count > 1 ? "s" : "",
           1e-6 * net->macs, net->model.info.delay);
    printf("  %-6s %9s %19s %11s %7s %11s %11s %11s %11s\n", "", "ms a call", "middle half",
           "ms a frame", "G/s", "of the peak", "file", "prepared", "state");
    for (int i = 0; i < 2; i++) {
        const struct net_times *t = &f->times[i];
        const struct plethio_model *m = &f->net[i].model;
        char share[16] = "-";
        if (!f->have[i])
            continue;
        if (f->peak[i] > 0)
            snprintf(share, sizeof share, "%.0f %%", 100 * rate(f, i) / f->peak[i]);
        printf("  %-6s %9.4f %9.4f-%-9.4f %11.4f %7.1f %11s %11zu %11zu %11zu\n", precision[i],
               t->median, t->quartile[0], t->quartile[1], t->median / net->count, rate(f, i), share,
               m->size, m->block_size, m->work_size);
    }
    if (!f->have[1])
        printf("  %s\n", f->why.text);
    if (f->peak[0] > 0)
        printf("  this core's peak: %.0f GFLOP/s in float", f->peak[0]);
    if (f->peak[1] > 0)
        printf(", %.0f GOP/s in int8", f->peak[1]);
    if (f->peak[0] > 0)
        printf("\n");
}

static void json_rate(const char *key, double value)
{
    /* 0: not known */
    if (value > 0)
        bench_number(key, value);
    else
        printf(",\"%s\":null", key);
}

static void show_json(const struct figures *f)
{
    const struct net_time *net = any(f);

    bench_machine(f->cpu_mask, 1);
    printf(",\"network\":");
    tool_json_string(stdout, net->model.info.name);
    printf(",\"weights\":\"%s\",\"frames\":%d,\"macs\":%.0f,\"delay\":%d",
           f->random ? "random" : "file", net->count, net->macs, net->model.info.delay);
    json_rate("peak_gflops", f->peak[0]);
    json_rate("peak_int8_gops", f->peak[1]);
    for (int i = 0; i < 2; i++) {
        const struct net_times *t = &f->times[i];
        const struct plethio_model *m = &f->net[i].model;
        if (!f->have[i]) {
            printf(",\"%s\":null", precision[i]);
            continue;
        }
        printf(",\"%s\":{\"median_ms\":", precision[i]);
        tool_json_number(stdout, t->median, 5);
        bench_number("lowest_ms", t->lowest);
        bench_number("lower_quartile_ms", t->quartile[0]);
        bench_number("upper_quartile_ms", t->quartile[1]);
        bench_number("frame_ms", t->median / net->count);
        bench_number("gops", rate(f, i));
        json_rate("share_of_peak", f->peak[i] > 0 ? rate(f, i) / f->peak[i] : 0);
        printf(",\"bytes\":%zu,\"prepared_bytes\":%zu,\"state_bytes\":%zu}", m->size, m->block_size,
               m->work_size);
    }
    printf("}\n");
}

int bench_net(const char *what, const pleth_net_options *options, int json, struct plethio_error *e)
{
    struct figures f;
    int status;

    memset(&f, 0, sizeof f);
    f.what = what;
    f.cpu_mask = options->cpu_mask;
    status = load(&f, options, e);
    if (!status) {
        measure(&f);
        (json ? show_json : show_text)(&f);
    }
    for (int i = 0; i < 2; i++)
        net_time_close(&f.net[i]);
    return status;
}
