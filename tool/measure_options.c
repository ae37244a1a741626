/* Options shared by the verbs that measure. */
#include "measure.h"

#include <math.h>
#include <string.h>

#include "parse.h"
#include "table.h"
#include "tool.h"

int measure_options_init(struct measure_options *o, struct plethio_error *e)
{
    memset(o, 0, sizeof *o);
    pleth_config_default(&o->config);
    return tool_cpu_mask(&o->config.cpu_mask, e);
}

static int method(struct measure_options *o, const char *value, struct plethio_error *e)
{
    struct plethio_error none;
    char found[1024];

    for (int i = 0; i < PLETH_METHOD_COUNT; i++)
        if (strcmp(value, pleth_method_name(i)) == 0) {
            o->config.method = i;
            o->network = NULL;
            return 1;
        }
    /* a network, which measure_options_load reads */
    if (!plethio_model_find(found, value, &none))
        return plethio_fail(
            e, "--method %s: it may be pos, chrom, green, lgi, pbv, omit, ica or a network; %s",
            value, none.text);
    o->network = value;
    return 1;
}

static int roi(struct measure_options *o, const char *value, struct plethio_error *e)
{
    double box[4];

    if (strcmp(value, "all") == 0) {
        o->config.roi = PLETH_ROI_ALL;
        return 1;
    }
    if (parse_numbers(value, ',', 4, box) || box[0] < 0 || box[1] < 0 || box[2] < 1 || box[3] < 1 ||
        box[0] + box[2] > 16384 || box[1] + box[3] > 16384)
        return plethio_fail(e, "--roi %s: it must be x,y,width,height in pixels, or all", value);
    o->config.roi = PLETH_ROI_BOX;
    o->config.box = (pleth_box){(float)box[0], (float)box[1], (float)box[2], (float)box[3]};
    return 1;
}

static int range(struct measure_options *o, const char *value, struct plethio_error *e)
{
    double ends[2];

    if (parse_numbers(value, ',', 2, ends) || ends[0] < 20 || ends[1] > 300 ||
        ends[1] < ends[0] + 10)
        return plethio_fail(e,
                            "--range %s: it must be A,B per minute, from 20 to 300 and at least 10"
                            " apart",
                            value);
    o->config.rate_min = (float)ends[0];
    o->config.rate_max = (float)ends[1];
    o->has_range = 1;
    return 1;
}

static int oxygen_curve(struct measure_options *o, const char *value, struct plethio_error *e)
{
    double c[3];

    if (parse_numbers(value, ',', 3, c) || (c[0] == 0 && c[1] == 0 && c[2] == 0) ||
        fabs(c[0]) > 1e6 || fabs(c[1]) > 1e6 || fabs(c[2]) > 1e6)
        return plethio_fail(e,
                            "--oxygen-curve %s: it must be A,B,C of A + B R + C R^2 per cent, as "
                            "the sensor's maker states it",
                            value);
    for (int i = 0; i < 3; i++)
        o->config.oxygen_curve[i] = (float)c[i];
    return 1;
}

static int size(struct measure_options *o, const char *value, struct plethio_error *e)
{
    if (parse_size(value, &o->video.width, &o->video.height))
        return plethio_fail(e, "--size %s: it must be WIDTHxHEIGHT in pixels", value);
    return 1;
}

/* A number within lo..hi for the option of this name. */
static int number(const char *name, const char *value, double lo, double hi, double *out,
                  struct plethio_error *e)
{
    if (parse_number(value, out) || *out < lo || *out > hi)
        return plethio_fail(e, "--%s %s: it must be a number from %g to %g", name, value, lo, hi);
    return 1;
}

int measure_option(struct measure_options *o, int code, const char *value, struct plethio_error *e)
{
    double x;
    int status;

    switch (code) {
    case MEASURE_METHOD:
        return method(o, value, e);
    case MEASURE_NET:
        o->net = value;
        return 1;
    case MEASURE_ROI:
        return roi(o, value, e);
    case MEASURE_RANGE:
        return range(o, value, e);
    case MEASURE_FROM_S:
        return number("from-s", value, 0, 1e8, &o->video.from_s, e);
    case MEASURE_TO_S:
        return number("to-s", value, 1e-3, 1e8, &o->video.to_s, e);
    case MEASURE_EVERY_S:
        status = number("every-s", value, 0.1, 60, &x, e);
        if (status == 1)
            o->config.every_s = (float)x;
        o->has_every = status == 1;
        return status;
    case MEASURE_RATE_HZ:
        status = number("rate-hz", value, 1e-3, 1e5, &o->rate_hz, e);
        o->video.rate_hz = o->rate_hz;
        return status;
    case MEASURE_SIZE:
        return size(o, value, e);
    case MEASURE_RAW:
        o->video.raw = value;
        return 1;
    case MEASURE_NO_MOTION:
        o->no_motion = 1;
        return 1;
    case MEASURE_OXYGEN_CURVE:
        return oxygen_curve(o, value, e);
    case MEASURE_SMOOTH:
        o->smooth = 1;
        return 1;
    default:
        return 0;
    }
}

int measure_options_suit(const struct measure_options *o, const char *input,
                         struct plethio_error *e)
{
    if (o->video.raw && strcmp(input, "-") != 0)
        return plethio_fail(e, "--raw is for raw frames on standard input (-), not for %s", input);
    if (o->video.width > 0 && !o->video.raw && !plethio_is_camera(input))
        return plethio_fail(e, "--size is for cameras and raw frames (--raw), not for %s",
                            strcmp(input, "-") == 0 ? "y4m, which tells its size" : input);
    if (o->net && !o->network)
        return plethio_fail(e, "--net is for a network's file (--method FILE)");
    if (!o->network && o->config.method && plethio_is_biosignal(input))
        return plethio_fail(e,
                            "--method makes waves of pictures and colours, not of a sensor's "
                            "recording such as %s, which takes a network's file",
                            input);
    if (o->network && plethio_is_trace(input) && !plethio_is_biosignal(input))
        return plethio_fail(e, "%s: a colour trace has no pictures for a network (--method)",
                            input);
    return 0;
}

int measure_options_load(struct measure_options *o, struct plethio_error *e)
{
    pleth_net_options options;
    pleth_config with_sensor;

    if (!o->network)
        return 0;
    pleth_net_options_default(&options);
    options.cpu_mask = o->config.cpu_mask;
    options.name = o->net;
    if (plethio_model_open(&o->model, o->network, &options, e))
        return -1;
    o->config.net = o->model.net;
    with_sensor = o->config;
    with_sensor.sensor.channels = 1;
    if (pleth_size(&o->config) == 0 && pleth_size(&with_sensor) == 0)
        return plethio_fail(e,
                            "%s: %s makes neither a pulse wave of a face's pictures nor heart rates"
                            " of windows of a sensor's light",
                            o->network, o->model.info.name);
    return 0;
}

int measure_net_suits(const struct measure_options *o, const pleth_config *config,
                      struct plethio_error *e)
{
    if (!config->net || pleth_size(config) > 0)
        return 0;
    if (config->sensor.channels > 0)
        return plethio_fail(e,
                            "%s: %s makes no heart rates of windows of a sensor's light; pleth "
                            "train makes networks that do",
                            o->network, o->model.info.name);
    return plethio_fail(e, "%s: %s makes no pulse wave of a face's pictures", o->network,
                        o->model.info.name);
}

void measure_options_free(struct measure_options *o)
{
    plethio_model_close(&o->model);
    o->config.net = NULL;
}

const char *measure_method_name(const struct measure_options *o)
{
    return o->config.net ? o->model.info.name : pleth_method_name(o->config.method);
}
