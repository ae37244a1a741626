/* The records of a network: appended with their shapes checked, then counted. */
#include "graph.h"

#include <string.h>

#include "pleth/pleth.h"

/* ---- Appending ------------------------------------------------------------------------------ */

void pleth_graph_init(struct pleth_graph *g, struct pleth_record *records, int capacity, int frames)
{
    memset(g, 0, sizeof *g);
    g->records = records;
    g->capacity = capacity < PLETH_RECORDS ? capacity : PLETH_RECORDS;
    g->frames = frames;
}

static void copy_name(char to[PLETH_NAME], const char *from)
{
    size_t n = strlen(from);

    memset(to, 0, PLETH_NAME);
    memcpy(to, from, n < PLETH_NAME ? n : PLETH_NAME - 1);
}

static int refuse(struct pleth_graph *g, const char *name, int status)
{
    if (!g->error) {
        g->error = status;
        copy_name(g->where, name);
    }
    return -1;
}

/* A new record that reads x (and takes its shape), or NULL where the graph only counts or is
 * broken. `*number` is what the builder gets. */
static struct pleth_record *append(struct pleth_graph *g, int op, const char *name, int x,
                                   int *number)
{
    struct pleth_record *r;

    *number = -1;
    if (g->error)
        return NULL;
    if (g->records && g->count >= g->capacity) {
        refuse(g, name, PLETH_EMEMORY);
        return NULL;
    }
    if ((x < 0 && op != PLETH_OP_INPUT) || x >= g->count || strlen(name) >= PLETH_NAME) {
        refuse(g, name, PLETH_EINVAL);
        return NULL;
    }
    *number = g->count++;
    if (!g->records)
        return NULL;
    r = &g->records[*number];
    memset(r, 0, sizeof *r);
    copy_name(r->name, name);
    r->op = op;
    for (int k = 0; k < PLETH_OPERANDS; k++)
        r->in[k] = -1;
    r->groups = 1;
    if (x >= 0) {
        r->in[0] = x;
        r->out = g->records[x].out;
        r->per_segment = g->records[x].per_segment;
    }
    return r;
}

static int positive(const struct pleth_shape *s)
{
    return s->c > 0 && s->d > 0 && s->h > 0 && s->w > 0;
}

static int positions(const struct pleth_shape *s)
{
    return s->d * s->h * s->w;
}

/* The record that was appended, unless its shape is impossible. */
static int keep(struct pleth_graph *g, const struct pleth_record *r, int number)
{
    enum { LIMIT = 1 << 28 };
    const struct pleth_shape *s = &r->out;

    if (!positive(s) || (int64_t)s->c * s->d > LIMIT || (int64_t)s->h * s->w > LIMIT ||
        (int64_t)s->c * s->d * s->h * s->w > LIMIT)
        return refuse(g, r->name, PLETH_EINVAL);
    return number;
}

int pleth_input(struct pleth_graph *g, const char *name, int c, int d, int h, int w)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_INPUT, name, -1, &n);

    if (!r)
        return n;
    r->out = (struct pleth_shape){c, d, h, w};
    return keep(g, r, n);
}

/* Output positions of a window along an axis, floored; 0 where there is none. */
static int steps(int size, int kernel, int stride, int pad)
{
    if (kernel < 1 || stride < 1 || pad < 0 || pad >= kernel || size + 2 * pad < kernel)
        return 0;
    return (size + 2 * pad - kernel) / stride + 1;
}

static void set_window(struct pleth_record *r, int axis, int kernel, int stride, int pad)
{
    r->kernel[axis] = kernel;
    r->stride[axis] = stride;
    r->pad[axis] = pad;
}

int pleth_conv2d(struct pleth_graph *g, int x, const char *name, int out, int k, int s, int p,
                 int bias)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_CONV, name, x, &n);

    if (!r)
        return n;
    set_window(r, 0, 1, 1, 0);
    set_window(r, 1, k, s, p);
    set_window(r, 2, k, s, p);
    r->rank = 2;
    r->bias = bias;
    r->out.c = out;
    r->out.h = steps(r->out.h, k, s, p);
    r->out.w = steps(r->out.w, k, s, p);
    return keep(g, r, n);
}

int pleth_depthwise2d(struct pleth_graph *g, int x, const char *name, int k, int s, int p, int bias)
{
    const int channels = g->records && x >= 0 && x < g->count ? g->records[x].out.c : 1;
    const int n = pleth_conv2d(g, x, name, channels, k, s, p, bias);

    if (n >= 0 && g->records)
        g->records[n].groups = channels;
    return n;
}

int pleth_conv1d_same(struct pleth_graph *g, int x, const char *name, int out, int k, int s)
{
    int n, padding;
    struct pleth_record *r = append(g, PLETH_OP_CONV, name, x, &n);

    if (!r)
        return n;
    if (k < 1 || s < 1 || r->out.d != 1 || r->out.h != 1)
        return refuse(g, name, PLETH_EINVAL);
    padding = ((r->out.w + s - 1) / s - 1) * s + k - r->out.w;
    set_window(r, 0, 1, 1, 0);
    set_window(r, 1, 1, 1, 0);
    set_window(r, 2, k, s, padding > 0 ? padding / 2 : 0);
    r->rank = 1;
    r->bias = 1;
    r->out.c = out;
    r->out.w = (r->out.w + s - 1) / s;
    return keep(g, r, n);
}

int pleth_conv1d_dilated(struct pleth_graph *g, int x, const char *name, int out, int k,
                         int dilation)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_CONV, name, x, &n);

    if (!r)
        return n;
    if (k < 1 || dilation < 1 || dilation > r->out.w || r->out.d != 1 || r->out.h != 1)
        return refuse(g, name, PLETH_EINVAL);
    set_window(r, 0, 1, 1, 0);
    set_window(r, 1, 1, 1, 0);
    set_window(r, 2, k, 1, (k - 1) * dilation / 2);
    r->dilation = dilation;
    r->rank = 1;
    r->bias = 1;
    r->out.c = out;
    return keep(g, r, n);
}

int pleth_conv3d(struct pleth_graph *g, int x, const char *name, int out, const int kernel[3],
                 const int pad[3])
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_CONV, name, x, &n);

    if (!r)
        return n;
    for (int axis = 0; axis < 3; axis++)
        set_window(r, axis, kernel[axis], 1, pad[axis]);
    r->rank = 3;
    r->bias = 1;
    r->out.c = out;
    r->out.d = steps(r->out.d, kernel[0], 1, pad[0]);
    r->out.h = steps(r->out.h, kernel[1], 1, pad[1]);
    r->out.w = steps(r->out.w, kernel[2], 1, pad[2]);
    return keep(g, r, n);
}

int pleth_conv_transposed(struct pleth_graph *g, int x, const char *name, int out, int k, int s,
                          int p)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_CONV_TRANSPOSED, name, x, &n);

    if (!r)
        return n;
    if (k < 1 || s < 1 || p < 0)
        return refuse(g, name, PLETH_EINVAL);
    set_window(r, 0, k, s, p);
    set_window(r, 1, 1, 1, 0);
    set_window(r, 2, 1, 1, 0);
    r->rank = 3;
    r->bias = 1;
    r->out.c = out;
    r->out.d = (r->out.d - 1) * s - 2 * p + k;
    return keep(g, r, n);
}

int pleth_linear(struct pleth_graph *g, int x, const char *name, int out)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_LINEAR, name, x, &n);

    if (!r)
        return n;
    r->bias = 1;
    r->out.c = out;
    return keep(g, r, n);
}

int pleth_flatten(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_FLATTEN, name, x, &n);

    if (!r)
        return n;
    r->out = (struct pleth_shape){r->out.c * positions(&r->out), 1, 1, 1};
    return keep(g, r, n);
}

int pleth_batch_norm(struct pleth_graph *g, int x, const char *name, float eps)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_BATCH_NORM, name, x, &n);

    if (r)
        r->eps = eps;
    return n;
}

int pleth_layer_norm(struct pleth_graph *g, int x, const char *name, float eps)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_LAYER_NORM, name, x, &n);

    if (r) {
        r->eps = eps;
        r->bias = 1;
    }
    return n;
}

int pleth_layer_norm_whole(struct pleth_graph *g, int x, const char *name, float eps)
{
    const int n = pleth_layer_norm(g, x, name, eps);

    if (n >= 0 && g->records)
        g->records[n].whole = 1;
    return n;
}

int pleth_activation(struct pleth_graph *g, int x, const char *name, int function)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_ACTIVATION, name, x, &n);

    if (r)
        r->function = function;
    return n;
}

/* One more operand, which must speak of frames or of segments as the first does. */
static int add_operand(struct pleth_graph *g, struct pleth_record *r, int k, int x)
{
    if (g->records[x].per_segment != r->per_segment)
        return refuse(g, r->name, PLETH_EINVAL);
    r->in[k] = x;
    return x;
}

/* A record of two operands; NULL also where the second is missing or does not fit. */
static struct pleth_record *append_two(struct pleth_graph *g, int op, const char *name, int a,
                                       int b, int *number)
{
    struct pleth_record *r;

    if (b < 0 || b >= g->count) {
        *number = refuse(g, name, PLETH_EINVAL);
        return NULL;
    }
    r = append(g, op, name, a, number);
    if (r && add_operand(g, r, 1, b) < 0) {
        *number = -1;
        return NULL;
    }
    return r;
}

static int same(const struct pleth_shape *a, const struct pleth_shape *b)
{
    return a->c == b->c && a->d == b->d && a->h == b->h && a->w == b->w;
}

int pleth_add(struct pleth_graph *g, int a, int b, const char *name)
{
    int n;
    struct pleth_record *r = append_two(g, PLETH_OP_ADD, name, a, b, &n);

    if (r && !same(&r->out, &g->records[b].out))
        return refuse(g, name, PLETH_EINVAL);
    return n;
}

int pleth_multiply(struct pleth_graph *g, int a, int b, const char *name)
{
    int n;
    struct pleth_record *r = append_two(g, PLETH_OP_MULTIPLY, name, a, b, &n);

    if (r) {
        const struct pleth_shape *y = &g->records[b].out;
        const struct pleth_shape mask = {1, r->out.d, r->out.h, r->out.w};
        const struct pleth_shape gain = {r->out.c, 1, 1, 1};
        if (!same(&r->out, y) && !same(&mask, y) && !same(&gain, y))
            return refuse(g, name, PLETH_EINVAL);
    }
    return n;
}

static int pool(struct pleth_graph *g, int op, int x, const char *name, int kd, int kh, int kw)
{
    int n;
    struct pleth_record *r = append(g, op, name, x, &n);

    if (!r)
        return n;
    set_window(r, 0, kd, kd, 0);
    set_window(r, 1, kh, kh, 0);
    set_window(r, 2, kw, kw, 0);
    r->out.d = steps(r->out.d, kd, kd, 0);
    r->out.h = steps(r->out.h, kh, kh, 0);
    r->out.w = steps(r->out.w, kw, kw, 0);
    return keep(g, r, n);
}

int pleth_average_pool(struct pleth_graph *g, int x, const char *name, int kd, int kh, int kw)
{
    return pool(g, PLETH_OP_AVERAGE_POOL, x, name, kd, kh, kw);
}

int pleth_max_pool(struct pleth_graph *g, int x, const char *name, int kd, int kh, int kw)
{
    return pool(g, PLETH_OP_MAX_POOL, x, name, kd, kh, kw);
}

int pleth_max_pool1d_padded(struct pleth_graph *g, int x, const char *name)
{
    const int width = g->records && x >= 0 && x < g->count ? g->records[x].out.w : 2;
    const int n = pool(g, PLETH_OP_MAX_POOL, x, name, 1, 1, 2);

    if (n >= 0 && g->records) {
        g->records[n].pad[2] = 1;
        g->records[n].out.w = (width + 1) / 2;
    }
    return n;
}

int pleth_mean(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_MEAN, name, x, &n);

    if (r)
        r->out.h = r->out.w = 1;
    return n;
}

int pleth_mask(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_MASK, name, x, &n);

    if (r && (r->out.c != 1 || r->out.d != 1))
        return refuse(g, name, PLETH_EINVAL);
    return n;
}

int pleth_shift(struct pleth_graph *g, int x, const char *name, int wrap)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_SHIFT, name, x, &n);

    if (r) {
        r->wrap = wrap;
        if (r->per_segment)
            return refuse(g, name, PLETH_EINVAL);
    }
    return n;
}

int pleth_frame_difference(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_DIFFERENCE, name, x, &n);

    if (r && g->records[x].op != PLETH_OP_INPUT)
        return refuse(g, name, PLETH_EINVAL);
    return n;
}

int pleth_first_frame(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_FIRST_FRAME, name, x, &n);

    if (r && r->per_segment)
        return refuse(g, name, PLETH_EINVAL);
    if (r)
        r->per_segment = 1;
    return n;
}

int pleth_repeat(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_REPEAT, name, x, &n);

    if (r && !r->per_segment)
        return refuse(g, name, PLETH_EINVAL);
    if (r)
        r->per_segment = 0;
    return n;
}

int pleth_slice(struct pleth_graph *g, int x, const char *name, int first, int count)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_SLICE, name, x, &n);

    if (!r)
        return n;
    if (first < 0 || count < 1 || first > r->out.c - count)
        return refuse(g, name, PLETH_EINVAL);
    r->first = first;
    r->out.c = count;
    return n;
}

int pleth_concat(struct pleth_graph *g, int a, int b, const char *name)
{
    int n;
    struct pleth_record *r = append_two(g, PLETH_OP_CONCAT, name, a, b, &n);

    if (!r)
        return n;
    if (g->records[b].out.d != r->out.d || g->records[b].out.h != r->out.h ||
        g->records[b].out.w != r->out.w)
        return refuse(g, name, PLETH_EINVAL);
    r->out.c += g->records[b].out.c;
    return keep(g, r, n);
}

int pleth_pad_channels(struct pleth_graph *g, int x, const char *name, int before, int total)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_PAD_CHANNELS, name, x, &n);

    if (!r)
        return n;
    if (before < 0 || before > total - r->out.c)
        return refuse(g, name, PLETH_EINVAL);
    r->first = before;
    r->out.c = total;
    return keep(g, r, n);
}

int pleth_join(struct pleth_graph *g, int a, int b, const char *name)
{
    int n;
    struct pleth_record *r = append_two(g, PLETH_OP_JOIN, name, a, b, &n);

    if (!r)
        return n;
    if (g->records[b].out.c != r->out.c)
        return refuse(g, name, PLETH_EINVAL);
    r->out =
        (struct pleth_shape){r->out.c, 1, 1, positions(&r->out) + positions(&g->records[b].out)};
    return keep(g, r, n);
}

int pleth_windows(struct pleth_graph *g, int x, const char *name, int k)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_WINDOWS, name, x, &n);

    if (!r)
        return n;
    if (k < 1 || r->out.d != 1 || r->out.h % k || r->out.w % k)
        return refuse(g, name, PLETH_EINVAL);
    r->out = (struct pleth_shape){r->out.c, r->out.h / k * (r->out.w / k), k, k};
    return n;
}

int pleth_unwindows(struct pleth_graph *g, int x, const char *name, int h, int w)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_UNWINDOWS, name, x, &n);

    if (!r)
        return n;
    if (h % r->out.h || w % r->out.w || h / r->out.h * (w / r->out.w) != r->out.d)
        return refuse(g, name, PLETH_EINVAL);
    r->out = (struct pleth_shape){r->out.c, 1, h, w};
    return n;
}

int pleth_spectral(struct pleth_graph *g, int x, const char *name)
{
    int n;
    struct pleth_record *r = append(g, PLETH_OP_SPECTRAL, name, x, &n);

    if (r && r->out.d != 1)
        return refuse(g, name, PLETH_EINVAL);
    return n;
}

int pleth_attention(struct pleth_graph *g, int q, int k, int v, const char *name, int heads,
                    float scale)
{
    int n;
    struct pleth_record *r = append_two(g, PLETH_OP_ATTENTION, name, q, k, &n);

    if (!r)
        return n;
    if (v < 0 || v >= g->count)
        return refuse(g, name, PLETH_EINVAL);
    if (add_operand(g, r, 2, v) < 0)
        return -1;
    if (heads < 1 || r->out.c != g->records[k].out.c || r->out.c % heads ||
        g->records[v].out.c % heads || r->out.d != g->records[k].out.d ||
        g->records[v].out.d != g->records[k].out.d || g->records[v].out.h != g->records[k].out.h ||
        g->records[v].out.w != g->records[k].out.w)
        return refuse(g, name, PLETH_EINVAL);
    r->heads = heads;
    r->scale = scale;
    r->out.c = g->records[v].out.c;
    return n;
}

int pleth_attention_biased(struct pleth_graph *g, int q, int k, int v, const char *name,
                           float scale, const char *biases, int row, int rows)
{
    const int n = pleth_attention(g, q, k, v, name, 1, scale);

    if (n >= 0 && g->records) {
        struct pleth_record *r = &g->records[n];
        if (r->out.h != g->records[k].out.h || r->out.w != g->records[k].out.w)
            return refuse(g, name, PLETH_EINVAL);
        r->bias = 1;
        r->first = row;
        r->groups = rows;
        copy_name(r->shared, biases);
    }
    return n;
}

int pleth_output(struct pleth_graph *g, int x, const char *name)
{
    int n;

    append(g, PLETH_OP_OUTPUT, name, x, &n);
    return n;
}

void pleth_share(struct pleth_graph *g, const char *shared)
{
    if (g->records && g->count > 0)
        copy_name(g->records[g->count - 1].shared, shared);
}

void pleth_drop(struct pleth_graph *g, float share)
{
    if (g->records && g->count > 0)
        g->records[g->count - 1].drop = share;
}

/* ---- Names ---------------------------------------------------------------------------------- */

int pleth_same_text(const char *a, const char *b)
{
    const size_t n = strlen(a);

    return n == strlen(b) && memcmp(a, b, n) == 0;
}

struct pleth_text pleth_name(const char *prefix, const char *rest)
{
    struct pleth_text t;
    size_t n = strlen(prefix), m = strlen(rest);

    memset(&t, 0, sizeof t);
    n = n < PLETH_NAME ? n : PLETH_NAME - 1;
    m = m < PLETH_NAME - 1 - n ? m : PLETH_NAME - 1 - n;
    memcpy(t.text, prefix, n);
    memcpy(t.text + n, rest, m);
    return t;
}

struct pleth_text pleth_name_number(const char *prefix, int number, const char *rest)
{
    char digits[12];
    int at = (int)sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    return pleth_name(pleth_name(prefix, digits + at).text, rest);
}

/* ---- Counting ------------------------------------------------------------------------------- */

static int set_parameter(const struct pleth_record *r, const char *suffix, int rank,
                         const int shape[5], struct pleth_parameter *p)
{
    const char *name = r->shared[0] ? r->shared : r->name;
    const size_t n = strlen(name);

    memset(p, 0, sizeof *p);
    memcpy(p->name, name, n);
    memcpy(p->name + n, suffix, strlen(suffix) + 1);
    p->rank = rank;
    memcpy(p->shape, shape, sizeof(int) * (size_t)rank);
    return 1;
}

int pleth_record_parameter(const struct pleth_graph *g, int record, int i,
                           struct pleth_parameter *p)
{
    static const char *const norm[] = {".weight", ".bias", ".running_mean", ".running_var"};
    const struct pleth_record *r = &g->records[record];
    const struct pleth_shape *x = r->in[0] >= 0 ? &g->records[r->in[0]].out : NULL;
    int shape[5] = {r->out.c, 0, 0, 0, 0};

    switch (r->op) {
    case PLETH_OP_CONV:
        shape[1] = x->c / r->groups;
        for (int k = 0; k < r->rank; k++)
            shape[2 + k] = r->kernel[3 - r->rank + k];
        if (i == 0)
            return set_parameter(r, ".weight", 2 + r->rank, shape, p);
        return i == 1 && r->bias && set_parameter(r, ".bias", 1, shape, p);
    case PLETH_OP_CONV_TRANSPOSED:
        if (i == 1)
            return set_parameter(r, ".bias", 1, shape, p);
        shape[0] = x->c;
        shape[1] = r->out.c;
        for (int k = 0; k < 3; k++)
            shape[2 + k] = r->kernel[k];
        return i == 0 && set_parameter(r, ".weight", 5, shape, p);
    case PLETH_OP_LINEAR:
        shape[1] = x->c;
        if (i == 0)
            return set_parameter(r, ".weight", 2, shape, p);
        return i == 1 && set_parameter(r, ".bias", 1, shape, p);
    case PLETH_OP_BATCH_NORM:
        return i < 4 && set_parameter(r, norm[i], 1, shape, p);
    case PLETH_OP_LAYER_NORM:
        shape[1] = r->out.h;
        shape[2] = r->out.w;
        return i < 2 && set_parameter(r, norm[i], r->whole ? 3 : 1, shape, p);
    case PLETH_OP_SPECTRAL:
        shape[0] = r->out.h;
        shape[1] = r->out.w / 2 + 1;
        shape[2] = r->out.c;
        shape[3] = 2;
        return i == 0 && set_parameter(r, ".complex_weight", 4, shape, p);
    case PLETH_OP_ATTENTION:
        shape[0] = r->groups; /* rows of the table, one a head */
        shape[1] = r->out.h * r->out.w;
        return i == 0 && r->bias && set_parameter(r, ".attention_biases", 2, shape, p);
    default:
        return 0;
    }
}

int64_t pleth_record_macs(const struct pleth_graph *g, int record)
{
    const struct pleth_record *r = &g->records[record];
    const struct pleth_shape *x = r->in[0] >= 0 ? &g->records[r->in[0]].out : NULL;
    const int64_t outputs = (int64_t)r->out.c * positions(&r->out);

    switch (r->op) {
    case PLETH_OP_CONV:
        return outputs * (x->c / r->groups) * r->kernel[0] * r->kernel[1] * r->kernel[2];
    case PLETH_OP_CONV_TRANSPOSED: /* every input value meets every tap */
        return (int64_t)x->c * positions(x) * r->out.c * r->kernel[0];
    case PLETH_OP_LINEAR:
        return outputs * x->c;
    case PLETH_OP_ATTENTION: {
        const struct pleth_shape *k = &g->records[r->in[1]].out;
        const int64_t pairs = (int64_t)positions(x) * k->h * k->w;
        return pairs * x->c + pairs * r->out.c;
    }
    default:
        return 0;
    }
}

void pleth_graph_used(const struct pleth_graph *g, uint8_t *used)
{
    for (int i = g->count - 1; i >= 0; i--)
        used[i] = g->records[i].op == PLETH_OP_OUTPUT;
    for (int i = g->count - 1; i >= 0; i--)
        for (int k = 0; used[i] && k < PLETH_OPERANDS; k++)
            if (g->records[i].in[k] >= 0)
                used[g->records[i].in[k]] = 1;
}

/* 1 where an earlier record reads the same stored parameters. */
static int seen_before(const struct pleth_graph *g, int record)
{
    const struct pleth_record *r = &g->records[record];
    const char *name = r->shared[0] ? r->shared : r->name;

    for (int i = 0; i < record; i++) {
        const struct pleth_record *e = &g->records[i];
        if (e->op == r->op && pleth_same_text(e->shared[0] ? e->shared : e->name, name))
            return 1;
    }
    return 0;
}

void pleth_graph_count(const struct pleth_graph *g, struct pleth_counts *counts)
{
    uint8_t used[PLETH_RECORDS];

    memset(counts, 0, sizeof *counts);
    pleth_graph_used(g, used);
    for (int i = 0; i < g->count; i++) {
        const struct pleth_record *r = &g->records[i];
        struct pleth_parameter p;
        for (int k = 0; !seen_before(g, i) && pleth_record_parameter(g, i, k, &p); k++) {
            int64_t n = 1;
            for (int axis = 0; axis < p.rank; axis++)
                n *= p.shape[axis];
            *(r->op == PLETH_OP_BATCH_NORM && k >= 2 ? &counts->statistics : &counts->parameters) +=
                n;
        }
        if (used[i])
            counts->macs += pleth_record_macs(g, i) * (r->per_segment ? 1 : g->frames);
        if (r->op == PLETH_OP_SHIFT && used[i])
            counts->delay = r->wrap ? g->frames - 1 : counts->delay + 1;
        if (r->op == PLETH_OP_DIFFERENCE)
            counts->delay++;
    }
}
