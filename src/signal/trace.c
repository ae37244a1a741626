#include "trace.h"

#include <math.h>
#include <string.h>

size_t pleth_trace_size(int channels, int narrow)
{
    size_t row = PLETH_TRACE_LENGTH * (narrow ? sizeof(float) : sizeof(double));
    return offsetof(struct pleth_trace, ring) + (size_t)channels * row;
}

void pleth_trace_init(struct pleth_trace *t, int channels, double rate_hz)
{
    memset(t, 0, offsetof(struct pleth_trace, ring));
    t->channels = channels;
    t->rate_hz = rate_hz;
    t->gap_s = 1.5;
    t->hole_s = 0.25;
}

void pleth_trace_reset(struct pleth_trace *t)
{
    t->inputs = 0;
    t->made = 0;
    t->generation++;
    t->interval_s = 0;
    t->area_s = 0;
    memset(t->area, 0, sizeof(t->area));
}

/* Instant of grid sample k; computed from the origin, so that rounding never accumulates. */
static int64_t grid_ns(const struct pleth_trace *t, double k)
{
    return t->origin_ns + (int64_t)llround(k * 1e9 / t->rate_hz);
}

/* The grid moves on to sample t->made. */
static void next(struct pleth_trace *t)
{
    t->end_ns = t->next_ns;
    t->before_ns = t->after_ns;
    t->next_ns = grid_ns(t, (double)t->made);
    t->after_ns = grid_ns(t, (double)t->made + 0.5);
}

static void append(struct pleth_trace *t, const double *value, int hole)
{
    int at = (int)(t->made % PLETH_TRACE_LENGTH);
    for (int c = 0; c < t->channels; c++)
        if (t->narrow)
            t->narrow_ring[c][at] = (float)value[c];
        else
            t->ring[c][at] = value[c];
    t->hole[at] = (uint8_t)hole;
    t->made++;
    next(t);
}

int pleth_trace_push(struct pleth_trace *t, int64_t time_ns, const double *value)
{
    int restarted = 0;
    double step = (double)(time_ns - t->last_ns) * 1e-9;

    if (t->inputs > 0 && step > t->gap_s) {
        pleth_trace_reset(t);
        restarted = 1;
    }
    if (t->inputs == 0) {
        t->origin_ns = time_ns;
        next(t);
        append(t, value, 0);
    } else {
        int hole = step > t->hole_s && step > 2.5 * t->interval_s;
        t->interval_s = t->inputs == 1 ? step : t->interval_s + 0.05 * (step - t->interval_s);
        /* averaging sample k begins and ends half an interval from its instant */
        int fast = t->interval_s < 0.8 / t->rate_hz;
        int64_t begin = fast ? t->before_ns : t->end_ns;
        /* share of the step that is in `area` or not wanted there */
        double from = begin > t->last_ns ? (double)(begin - t->last_ns) * 1e-9 / step : 0;
        for (;;) {
            double out[PLETH_TRACE_CHANNELS];
            int64_t due = fast ? t->after_ns : t->next_ns;
            double at = due < time_ns ? (double)(due - t->last_ns) * 1e-9 / step : 1;
            if (at > from) {
                double part = (at - from) * step, middle = 0.5 * (from + at);
                for (int c = 0; c < t->channels; c++)
                    t->area[c] += part * (t->last[c] + middle * (value[c] - t->last[c]));
                t->area_s += part;
                from = at;
            }
            if (due > time_ns)
                break;
            for (int c = 0; c < t->channels; c++) {
                double between = t->last[c] + at * (value[c] - t->last[c]);
                /* at < 0 when the input has just become slow: `between` would lie outside */
                out[c] = (fast || at < 0) && t->area_s > 0 ? t->area[c] / t->area_s : between;
                t->area[c] = 0;
            }
            t->area_s = 0;
            append(t, out, hole);
        }
    }
    memcpy(t->last, value, (size_t)t->channels * sizeof(*value));
    t->last_ns = time_ns;
    t->inputs++;
    return restarted;
}

int pleth_trace_count(const struct pleth_trace *t)
{
    return t->made < PLETH_TRACE_LENGTH ? (int)t->made : PLETH_TRACE_LENGTH;
}

static void copy(const struct pleth_trace *t, int c, int at, int n, double *out, int step)
{
    if (t->narrow)
        for (int i = 0; i < n; i++)
            out[i * step] = (double)t->narrow_ring[c][at + i];
    else
        for (int i = 0; i < n; i++)
            out[i * step] = t->ring[c][at + i];
}

void pleth_trace_read(const struct pleth_trace *t, int c, int n, double *out, int step)
{
    int at = (int)((t->made - n) % PLETH_TRACE_LENGTH), first = PLETH_TRACE_LENGTH - at;

    first = first < n ? first : n;
    copy(t, c, at, first, out, step);
    copy(t, c, 0, n - first, out + (ptrdiff_t)first * step, step);
}

double pleth_trace_holes(const struct pleth_trace *t, int n)
{
    int at = (int)((t->made - n) % PLETH_TRACE_LENGTH), holes = 0;

    for (int i = 0; i < n; i++) {
        holes += t->hole[at];
        at = at + 1 < PLETH_TRACE_LENGTH ? at + 1 : 0;
    }
    return n > 0 ? (double)holes / n : 0;
}

int64_t pleth_trace_end_ns(const struct pleth_trace *t)
{
    return grid_ns(t, (double)(t->made - 1));
}

double pleth_trace_input_hz(const struct pleth_trace *t)
{
    return t->interval_s > 0 ? 1.0 / t->interval_s : 0;
}
