/* pleth quantize: a float model to int8, and what that changes. */
#define _POSIX_C_SOURCE 200809L

#include "quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "model_input.h"
#include "parse.h"
#include "quantize_people.h"
#include "signal/detrend.h"
#include "signal/filter.h"
#include "signal/spectrum.h"
#include "taken.h"
#include "tool.h"

static const char usage[] =
    "usage: pleth quantize MODEL OUT.safetensors --calibrate FILE.npy [options]\n"
    "       pleth quantize MODEL OUT.safetensors --calibrate-on DATASET:DIR [options]\n"
    "       pleth quantize MODEL OUT.safetensors --weights-only [options]\n"
    "\n"
    "Rounds a network to int8: weights by output, activations by the range that they have on the\n"
    "calibration data. Then runs both and tells how much each output changes: correlation, error\n"
    "as a share of the output's spread, and for waves the change of the rate per minute.\n"
    "\n"
    "  --calibrate FILE           an input of the network; once for each, in order\n"
    "  --calibrate-on DATASET:DIR of a heart-rate network: sensors' recordings, as pleth train\n"
    "                             reads them; may be repeated. Windows of people whom it has seen\n"
    "                             (of all, where it does not say) calibrate it; of the others the\n"
    "                             error in float and in int8 is told. Channels and the labels' "
    "lag\n"
    "                             are those that the model says it was trained by\n"
    "  --weights-only             a small file for arithmetic in float: nothing to calibrate\n"
    "  --check FILE               inputs to compare on, instead of those of the calibration\n"
    "  --rate-hz R                frames a second, for rates (30)\n"
    "  --net NAME                 the network, where the file does not say which it is\n"
    "  --frames N                 frames of a segment, instead of what the file says\n"
    "  --json                     one JSON object\n";

struct request {
    const char *model, *out;
    const char *calibrate[TOOL_PORTS], *check[TOOL_PORTS];
    int inputs, checks, weights_only;
    struct plethtrain_source source[PLETHTRAIN_SOURCES];
    char layout[PLETHTRAIN_SOURCES][64];
    int sources;
    double rate_hz;
    int json;
    pleth_net_options net;
};

/* ---- What changes --------------------------------------------------------------------------- */

struct change {
    double correlation, error; /* error: root mean square over the float output's deviation */
    int has_rate;
    double rate, rate_int8; /* per minute */
};

static void compare(const float *a, const float *b, ptrdiff_t n, struct change *c)
{
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0, square = 0;

    for (ptrdiff_t i = 0; i < n; i++) {
        ma += (double)a[i] / (double)n;
        mb += (double)b[i] / (double)n;
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        const double x = (double)a[i] - ma, y = (double)b[i] - mb, d = (double)a[i] - (double)b[i];
        aa += x * x;
        bb += y * y;
        ab += x * y;
        square += d * d;
    }
    c->correlation = ab / sqrt(aa * bb); /* NaN, printed as null, where an output is constant */
    c->error = sqrt(square / aa);
}

/* Rate of a wave given as its differences: summed, detrended (lambda 100), 0.6-3.3 Hz, the highest
 * line of the spectrum. 0 where the wave is too short. */
static double rate_of(const float *y, int n, double rate_hz)
{
    enum { LEAST = 150 };
    double *wave, *work, sum = 0, best = 0, at = 0;
    struct pleth_filter band;

    if (n < LEAST || pleth_butter_bandpass(&band, 1, 0.6, 3.3, rate_hz))
        return 0;
    wave = calloc((size_t)n, sizeof *wave);
    work = calloc((size_t)n * 3 + 64, sizeof *work);
    if (wave && work) {
        for (int i = 0; i < n; i++)
            wave[i] = sum += (double)y[i];
        pleth_detrend(wave, wave, n, 100, work);
        pleth_filtfilt(&band, wave, wave, n, work);
        for (double f = 0.6 / rate_hz; f < 3.3 / rate_hz; f += 0.25 / n) {
            double re, im;
            pleth_dtft(wave, n, f, &re, &im);
            if (re * re + im * im > best) {
                best = re * re + im * im;
                at = f;
            }
        }
        at = pleth_refine_peak(wave, n, at, 0.6 / rate_hz, 3.3 / rate_hz);
    }
    free(wave);
    free(work);
    return 60 * at * rate_hz;
}

/* Outputs that are a pulse wave's differences. */
static int is_pulse(const char *name)
{
    return strcmp(name, "y") == 0 || strcmp(name, "pulse") == 0 || strcmp(name, "bvp") == 0;
}

/* What int8 costs on people. */
static void report_people(const struct request *r, const struct quantize_people *q)
{
    if (r->json) {
        char taken[PLETHTRAIN_TAKEN];
        plethtrain_taken_text(&q->set, taken);
        printf(",\"windows_taken\":");
        tool_json_string(stdout, taken);
        printf(",\"calibrated_on\":{\"people\":%d,\"windows\":%d},\"tested_by\":{\"people\":%d,"
               "\"windows\":%d},\"mae\":",
               q->people_seen, q->count, q->people_unseen, q->unseen);
        tool_json_number(stdout, q->mae, 9);
        printf(",\"mae_int8\":");
        tool_json_number(stdout, q->mae_int8, 9);
        printf(",\"difference_se\":");
        tool_json_number(stdout, q->difference_se, 4);
        return;
    }
    for (int i = 0; i < q->set.sources; i++)
        if (q->set.lag_s[i] < 0 || q->set.lag_s[i] > 0 || q->set.channels[i] != PLETHTRAIN_CHANNELS)
            printf("as trained     windows of %s: of %d channels, labels %g s late\n",
                   q->set.source[i], q->set.channels[i], q->set.lag_s[i]);
    printf("calibrated on  %d of %d windows of %d people\n", q->count, q->seen, q->people_seen);
    if (q->unseen == 0) {
        printf("tested by      nobody: there are only people whom it was calibrated on\n");
        return;
    }
    printf("tested by      %d people whom it has not seen, %d windows\n", q->people_unseen,
           q->unseen);
    printf("  error        %.2f /min in int8, %.2f in float: %+.3f", q->mae_int8, q->mae,
           q->mae_int8 - q->mae);
    if (isfinite(q->difference_se))
        printf(" %s %.3f", tool_plus_minus(), q->difference_se);
    printf("\n");
}

static void report(const struct request *r, const struct plethio_model *wide,
                   const struct plethio_model *narrow, const struct change *change, int frames,
                   const struct quantize_people *people)
{
    const pleth_net_info *info = &wide->info;

    if (r->json) {
        printf("{\"network\":");
        tool_json_string(stdout, info->name);
        printf(",\"bytes\":%zu,\"bytes_int8\":%zu,\"frames\":%d,\"outputs\":[", wide->size,
               narrow->size, frames);
    } else {
        printf("%s: %zu bytes, int8 %zu (%.1f %%)", info->name, wide->size, narrow->size,
               100 * (double)narrow->size / (double)wide->size);
        printf(frames ? "; compared on %d frames\n" : "\n", frames);
    }
    for (int i = 0; frames > 0 && i < info->outputs; i++) {
        const struct change *c = &change[i];
        if (r->json) {
            printf("%s{\"name\":", i ? "," : "");
            tool_json_string(stdout, info->output[i].name);
            printf(",\"correlation\":");
            tool_json_number(stdout, c->correlation, 6);
            printf(",\"error\":");
            tool_json_number(stdout, c->error, 4);
            if (c->has_rate) {
                printf(",\"rate\":");
                tool_json_number(stdout, c->rate, 5);
                printf(",\"rate_int8\":");
                tool_json_number(stdout, c->rate_int8, 5);
            }
            printf("}");
            continue;
        }
        printf("  %-8s r %.5f, error %.2f %% of its spread", info->output[i].name, c->correlation,
               100 * c->error);
        if (c->has_rate)
            printf(", %.2f /min instead of %.2f", c->rate_int8, c->rate);
        printf("\n");
    }
    if (r->json)
        printf("]");
    if (r->sources)
        report_people(r, people);
    if (r->json)
        printf("}\n");
}

/* ---- The verb -------------------------------------------------------------------------------- */

static int write_model(const char *path, const struct plethio_model *m, struct plethio_error *e)
{
    struct tool_out out;

    if (tool_out_open(&out, path, e))
        return -1;
    fwrite(m->bytes, 1, m->size, out.file);
    return tool_out_close(&out, 1, e);
}

/* Both networks on the same frames. */
static int compare_all(const struct request *r, struct plethio_model *wide,
                       struct plethio_model *narrow, const struct tool_arrays *a,
                       const struct quantize_people *people, struct plethio_error *e)
{
    float *exact[4] = {NULL}, *coarse[4] = {NULL};
    struct change change[4];
    int status = -1;

    memset(change, 0, sizeof change);
    for (int i = 0; i < wide->info.outputs; i++) {
        const size_t n = (size_t)a->frames * (size_t)wide->info.output[i].count;
        exact[i] = calloc(n, sizeof(float));
        coarse[i] = calloc(n, sizeof(float));
        if (!exact[i] || !coarse[i]) {
            plethio_fail(e, "no memory for %d frames", a->frames);
            goto done;
        }
    }
    if (a->frames > 0 && (pleth_net_run(wide->state, a->frames, a->input, exact) ||
                          pleth_net_run(narrow->state, a->frames, a->input, coarse))) {
        plethio_fail(e, "%s: the network does not run on this", r->model);
        goto done;
    }
    for (int i = 0; i < wide->info.outputs; i++) {
        const pleth_net_port *port = &wide->info.output[i];
        compare(exact[i], coarse[i], (ptrdiff_t)a->frames * port->count, &change[i]);
        if (port->count == 1 && is_pulse(port->name)) {
            change[i].rate = rate_of(exact[i], a->frames, r->rate_hz);
            change[i].rate_int8 = rate_of(coarse[i], a->frames, r->rate_hz);
            change[i].has_rate = change[i].rate > 0;
        }
    }
    report(r, wide, narrow, change, a->frames, people);
    status = 0;
done:
    for (int i = 0; i < 4; i++) {
        free(exact[i]);
        free(coarse[i]);
    }
    return status;
}

static int quantize(const struct request *r, struct plethio_error *e)
{
    struct plethio_model wide, narrow;
    struct quantize_people people;
    struct tool_arrays a, b;
    pleth_net_options options = r->net;
    size_t size;
    char *bytes;
    int status = -1;

    memset(&narrow, 0, sizeof narrow);
    memset(&people, 0, sizeof people);
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    if (plethio_model_open(&wide, r->model, &r->net, e))
        return -1;
    if (wide.info.int8) {
        plethio_fail(e, "%s is int8 already", r->model);
        goto done;
    }
    if (r->inputs && tool_arrays_read(&a, &wide, r->calibrate, r->inputs, e))
        goto done;
    if (r->sources) {
        if (quantize_people_open(&people, &wide, r->source, r->sources, e))
            goto done;
        a.frames = people.count;
        a.input[0] = people.sample;
    }
    if (r->checks && tool_arrays_read(&b, &wide, r->check, r->checks, e))
        goto done;
    bytes = plethio_quantize(wide.bytes, wide.size, &r->net, a.frames, a.input, &size, e);
    options.name = NULL; /* the new file says */
    if (!bytes || plethio_model_take(&narrow, bytes, size, r->out, &options, e))
        goto done;
    if (write_model(r->out, &narrow, e) ||
        (r->sources && quantize_people_compare(&people, &wide, &narrow, e)))
        goto done;
    status = compare_all(r, &wide, &narrow, r->checks ? &b : &a, &people, e);
done:
    tool_arrays_free(&a);
    tool_arrays_free(&b);
    quantize_people_close(&people);
    plethio_model_close(&wide);
    plethio_model_close(&narrow);
    return status;
}

int verb_quantize(int argc, char **argv)
{
    enum { CALIBRATE = 1, CALIBRATE_ON, WEIGHTS, CHECK, RATE, NET, FRAMES, JSON };
    static const struct option options[] = {{"calibrate", required_argument, NULL, CALIBRATE},
                                            {"calibrate-on", required_argument, NULL, CALIBRATE_ON},
                                            {"weights-only", no_argument, NULL, WEIGHTS},
                                            {"check", required_argument, NULL, CHECK},
                                            {"rate-hz", required_argument, NULL, RATE},
                                            {"net", required_argument, NULL, NET},
                                            {"frames", required_argument, NULL, FRAMES},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    struct request r;
    struct plethio_error e;
    int code;
    double frames;

    memset(&r, 0, sizeof r);
    r.rate_hz = 30;
    pleth_net_options_default(&r.net);
    if (tool_cpu_mask(&r.net.cpu_mask, &e))
        return tool_fail("quantize", &e);
    while ((code = parse_option("quantize", argc, argv, options, NULL)) != -1) {
        switch (code) {
        case CALIBRATE:
            if (r.inputs == TOOL_PORTS)
                return parse_fail("quantize", "--calibrate %s: no network has more than %d inputs",
                                  optarg, TOOL_PORTS);
            r.calibrate[r.inputs++] = optarg;
            break;
        case CALIBRATE_ON:
            if (r.sources == PLETHTRAIN_SOURCES)
                return parse_fail("quantize", "--calibrate-on %s: more than %d data sets", optarg,
                                  PLETHTRAIN_SOURCES);
            if (parse_data_set(optarg, r.layout[r.sources], &r.source[r.sources].path))
                return parse_fail("quantize", "--calibrate-on %s: it must be DATASET:DIR", optarg);
            r.source[r.sources].layout = r.layout[r.sources];
            r.sources++;
            break;
        case WEIGHTS:
            r.weights_only = 1;
            break;
        case CHECK:
            if (r.checks == TOOL_PORTS)
                return parse_fail("quantize", "--check %s: no network has more than %d inputs",
                                  optarg, TOOL_PORTS);
            r.check[r.checks++] = optarg;
            break;
        case RATE:
            if (parse_number(optarg, &r.rate_hz) || !(r.rate_hz >= 7 && r.rate_hz <= 1000))
                return parse_fail("quantize", "--rate-hz %s: it must be within 7..1000", optarg);
            break;
        case NET:
            r.net.name = optarg;
            break;
        case FRAMES:
            if (parse_whole(optarg, 1, 1024, &frames))
                return parse_fail("quantize", "--frames %s: it must be a whole number, 1..1024",
                                  optarg);
            r.net.frames = (int32_t)frames;
            break;
        case JSON:
            r.json = 1;
            break;
        case PARSE_HELP:
            fputs(usage, stdout);
            return TOOL_OK;
        default:
            return TOOL_USAGE;
        }
    }
    if (optind != argc - 2)
        return parse_fail("quantize", "it takes MODEL and OUT");
    if ((r.inputs > 0) + (r.sources > 0) + r.weights_only != 1)
        return parse_fail("quantize", "it takes one of --calibrate FILE.npy, --calibrate-on "
                                      "DATASET:DIR and --weights-only");
    r.model = argv[optind];
    r.out = argv[optind + 1];
    return quantize(&r, &e) ? tool_fail("quantize", &e) : TOOL_OK;
}
