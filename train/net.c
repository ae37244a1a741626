#define _POSIX_C_SOURCE 200809L

#include "net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pleth/pleth.h"
#include "random.h"
#include "team.h"
#include "work.h"

static const double momentum = 0.1; /* of running statistics */

/* ---- Phases -----------------------------------------------------------------------------------
 */

static void set_scales(struct plethtrain_net *net, int i, int c, double mean, double variance)
{
    const struct plethtrain_step *t = &net->plan.step[i];
    const struct plethtrain_norms *n = &net->run->norms;
    const ptrdiff_t at = t->norm + c;
    const double inverse = 1 / sqrt(variance + (double)t->record->eps);
    const double scale = inverse * (double)net->parameters[t->weight + c];

    n->mean[at] = (float)mean;
    n->inverse[at] = (float)inverse;
    n->scale[at] = (float)scale;
    n->shift[at] = (float)((double)net->parameters[t->bias + c] - mean * scale);
}

/* Positions of the batch that a norm averages over. */
static double norm_count(const struct plethtrain_net *net, int i)
{
    const struct plethtrain_value *v = &net->plan.value[i];

    return (double)net->run->samples * (double)(v->size / v->shape.c);
}

/* From the shards' moments to those of the batch, in the order of the shards (Chan et al. 1979). */
static void finish_moments(struct plethtrain_net *net, int i)
{
    const struct plethtrain_step *t = &net->plan.step[i];
    const int channels = net->plan.value[i].shape.c;
    const double per_sample = (double)(net->plan.value[i].size / channels);

    for (int c = 0; c < channels; c++) {
        const ptrdiff_t at = t->norm + c;
        float *running = net->statistics + t->statistics + c;
        double count = 0, mean = 0, square = 0;
        for (int k = 0; k < net->plan.threads; k++) {
            const struct plethtrain_shard *s = &net->run->shard[k];
            const double n = per_sample * (s->end - s->begin);
            double m, d;
            if (n <= 0)
                continue;
            m = s->sum[at] / n;
            d = (double)s->about[at] + m - mean;
            square += s->product[at] - m * s->sum[at] + d * d * count * n / (count + n);
            mean += d * n / (count + n);
            count += n;
        }
        square = square > 0 ? square : 0;
        set_scales(net, i, c, mean, square / count);
        running[0] += (float)(momentum * (mean - (double)running[0]));
        running[channels] +=
            (float)(momentum * (square / (count > 1 ? count - 1 : 1) - (double)running[channels]));
    }
}

/* With S the sum of dy, P that of dy (x - mean), over N positions, g the weight and v = 1 / sd:
 *
 *     dx = g v (dy - S / N - (x - mean) v^2 P / N)
 *
 * and without the last two where mean and deviation were not the batch's. */
static void finish_norm(struct plethtrain_net *net, int i)
{
    const struct plethtrain_step *t = &net->plan.step[i];
    const struct plethtrain_norms *n = &net->run->norms;
    const int train = net->run->mode == PLETHTRAIN_TRAIN && !net->plan.fixed;

    for (int c = 0; c < net->plan.value[i].shape.c; c++) {
        const ptrdiff_t at = t->norm + c;
        const double v = (double)n->inverse[at];
        const double gain =
            v * (double)net->parameters[t->weight + c] / (train ? norm_count(net, i) : 1);
        double sum = 0, product = 0, slope;
        for (int k = 0; k < net->plan.threads; k++) {
            const struct plethtrain_shard *s = &net->run->shard[k];
            sum += s->end > s->begin ? s->sum[at] : 0;
            product += s->end > s->begin ? s->product[at] : 0;
        }
        slope = train ? -gain * v * v * product : 0;
        n->a[at] = (float)(v * (double)net->parameters[t->weight + c]);
        n->b[at] = (float)slope;
        n->e[at] = train ? (float)(-gain * sum - slope * (double)n->mean[at]) : 0;
        if (t->tuned) {
            net->gradients[t->weight + c] += (float)(product * v);
            net->gradients[t->bias + c] += (float)sum;
        }
    }
}

/* What all shards together know after a phase. */
static void finish_phase(void *argument, int phase)
{
    struct plethtrain_net *net = argument;
    const struct plethtrain_plan *p = &net->plan;

    for (int t = p->phase[phase].first; t < p->phase[phase].last; t++) {
        const int i = p->task[t].step;
        if (p->task[t].what == PLETHTRAIN_MOMENTS && net->run->mode == PLETHTRAIN_TRAIN)
            finish_moments(net, i);
        if (p->task[t].what == PLETHTRAIN_BACKWARD && p->step[i].op == PLETH_OP_BATCH_NORM)
            finish_norm(net, i);
    }
}

static void do_task(struct plethtrain_shard *s, const struct plethtrain_task *t)
{
    switch (t->what) {
    case PLETHTRAIN_FORWARD:
    case PLETHTRAIN_AGAIN:
        plethtrain_work_forward(s, t->step, t->what == PLETHTRAIN_AGAIN);
        break;
    case PLETHTRAIN_MOMENTS:
        if (s->net->run->mode == PLETHTRAIN_TRAIN)
            plethtrain_work_moments(s, t->step);
        break;
    case PLETHTRAIN_BACKWARD:
        plethtrain_work_backward(s, t->step);
        break;
    default:
        plethtrain_work_norm_input(s, t->step);
        break;
    }
}

static void do_phase(struct plethtrain_shard *s, int phase)
{
    const struct plethtrain_plan *p = &s->net->plan;
    const struct plethtrain_phase *f = &p->phase[phase];

    for (s->first = s->begin; s->first < s->end; s->first += f->chunk) {
        s->count = s->end - s->first < f->chunk ? s->end - s->first : f->chunk;
        for (int t = f->first; t < f->last; t++)
            do_task(s, &p->task[t]);
    }
    plethtrain_team_meet(s->net->run->team, finish_phase, phase);
}

/* This thread's part of the weights that backward, or a transposed convolution, wants packed. */
static void pack(struct plethtrain_net *net, int number, int all)
{
    const struct plethtrain_plan *p = &net->plan;

    for (int i = number; i < p->graph.count; i += p->threads) {
        const struct plethtrain_step *t = &p->step[i];
        if (t->op == PLETH_OP_CONV_TRANSPOSED ||
            (all && t->packed >= 0 && (t->op == PLETH_OP_CONV || t->op == PLETH_OP_LINEAR)))
            plethtrain_conv_pack(&t->conv, net->parameters + t->weight,
                                 net->run->packed + t->packed);
    }
}

enum job { FORWARD, BACKWARD };

static void forward(struct plethtrain_net *net, int number)
{
    struct plethtrain_shard *s = &net->run->shard[number];

    pack(net, number, 0);
    plethtrain_team_meet(net->run->team, NULL, 0);
    for (int phase = 0; phase < net->plan.forward; phase++)
        do_phase(s, phase);
}

static void backward(struct plethtrain_net *net, int number)
{
    const struct plethtrain_plan *p = &net->plan;
    struct plethtrain_shard *s = &net->run->shard[number];
    const ptrdiff_t from = p->trained * number / p->threads;
    const ptrdiff_t to = p->trained * (number + 1) / p->threads;

    pack(net, number, 1);
    memset(s->gradients, 0, sizeof(float) * (size_t)p->trained);
    plethtrain_team_meet(net->run->team, NULL, 0);
    for (int phase = 0; phase < p->phases; phase++)
        do_phase(s, p->forward + phase);
    for (int k = 1; k < p->threads; k++)
        s->tools.kern.add(net->gradients + from, net->run->shard[k].gradients + from,
                          net->gradients + from, to - from);
}

static void work(void *argument, int number)
{
    struct plethtrain_net *net = argument;

    if (net->run->job == FORWARD)
        forward(net, number);
    else
        backward(net, number);
}

void plethtrain_forward(struct plethtrain_net *net, int mode, int n, const float *const *input,
                        uint64_t step)
{
    struct plethtrain_run *run = net->run;
    const struct plethtrain_plan *p = &net->plan;

    run->mode = mode;
    run->samples = n;
    run->step = step;
    run->job = FORWARD;
    memcpy(run->input, input, sizeof *input * (size_t)p->inputs);
    for (int k = 0; k < p->threads; k++) {
        run->shard[k].begin = (int)((int64_t)n * k / p->threads);
        run->shard[k].end = (int)((int64_t)n * (k + 1) / p->threads);
    }
    for (int k = 0; k < p->outputs; k++)
        memset(net->output_gradient[k], 0,
               sizeof(float) * (size_t)(n * p->value[p->output[k]].size));
    if (n == 0)
        return;
    for (int i = 0; (mode != PLETHTRAIN_TRAIN || p->fixed) && i < p->graph.count; i++) {
        const struct plethtrain_step *t = &p->step[i];
        const int channels = p->value[i].shape.c;
        for (int c = 0; t->op == PLETH_OP_BATCH_NORM && c < channels; c++)
            set_scales(net, i, c, (double)net->statistics[t->statistics + c],
                       (double)net->statistics[t->statistics + channels + c]);
    }
    plethtrain_team_run(run->team);
}

void plethtrain_backward(struct plethtrain_net *net)
{
    net->run->job = BACKWARD;
    if (net->run->samples > 0)
        plethtrain_team_run(net->run->team);
    else
        memset(net->gradients, 0, sizeof(float) * (size_t)net->trained);
}

/* ---- Memory -----------------------------------------------------------------------------------
 */

/* Zeroed, at a cache line; at least one. */
static void *get(struct plethtrain_net *net, size_t size, ptrdiff_t count, int *failed)
{
    const size_t bytes = (size * (size_t)(count > 0 ? count : 1) + 63) / 64 * 64;
    void *p = NULL;

    if (*failed || posix_memalign(&p, 64, bytes)) {
        *failed = 1;
        return NULL;
    }
    memset(p, 0, bytes);
    net->run->bytes += bytes;
    return p;
}

static int get_memory(struct plethtrain_net *net)
{
    const struct plethtrain_plan *p = &net->plan;
    struct plethtrain_run *run = net->run;
    float **norms[] = {&run->norms.mean, &run->norms.inverse, &run->norms.scale, &run->norms.shift,
                       &run->norms.a,    &run->norms.b,       &run->norms.e};
    int failed = 0;

    net->parameters = get(net, sizeof(float), p->floats, &failed);
    net->statistics = get(net, sizeof(float), p->statistics, &failed);
    net->grid = get(net, sizeof *net->grid, p->graph.count, &failed);
    run->batch = get(net, sizeof(float), p->kept * p->batch, &failed);
    run->masks = get(net, sizeof(uint64_t), p->words * p->batch, &failed);
    run->packed = get(net, sizeof(float), p->packed, &failed);
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++)
        *norms[i] = get(net, sizeof(float), p->norms, &failed);
    for (int i = 0; i < p->outputs; i++) {
        const ptrdiff_t n = p->batch * p->value[p->output[i]].size;
        net->output[i] = get(net, sizeof(float), n, &failed);
        net->output_gradient[i] = get(net, sizeof(float), n, &failed);
    }
    run->shard = get(net, sizeof *run->shard, p->threads, &failed);
    for (int k = 0; !failed && k < p->threads; k++) {
        struct plethtrain_shard *s = &run->shard[k];
        s->net = net;
        s->number = k;
        pleth_kernels_init(&s->tools.kern, net->options.cpu_mask);
        plethtrain_kernels_init(&s->tools.train, net->options.cpu_mask);
        s->tools.scratch = get(net, sizeof(float), p->scratch, &failed);
        s->chunk = get(net, sizeof(float), p->chunk, &failed);
        s->gradients = get(net, sizeof(float), p->trained, &failed);
        s->sum = get(net, sizeof(double), p->norms, &failed);
        s->product = get(net, sizeof(double), p->norms, &failed);
        s->about = get(net, sizeof(float), p->norms, &failed);
        s->part = get(net, sizeof(float), 2 * p->norms, &failed);
    }
    if (!failed)
        net->gradients = run->shard[0].gradients;
    return failed ? -1 : 0;
}

int plethtrain_open(struct plethtrain_net **out, const struct pleth_graph *g,
                    const struct plethtrain_options *options, struct plethio_error *e)
{
    struct plethtrain_net *net = calloc(1, sizeof *net);

    *out = NULL;
    if (!net || !(net->run = calloc(1, sizeof *net->run))) {
        free(net);
        return plethio_fail(e, "no memory to train a network");
    }
    net->options = *options;
    if (plethtrain_plan_make(&net->plan, g, options->batch, options->threads, options->fixed,
                             options->tuned, e)) {
        free(net->run);
        free(net);
        return -1;
    }
    net->options.tuned = NULL; /* the plan has it */
    net->trained = net->plan.trained;
    net->floats = net->plan.floats;
    net->outputs = net->plan.outputs;
    if (get_memory(net)) {
        plethtrain_close(net);
        return plethio_fail(e, "no memory for a batch of %d: a smaller one needs less",
                            options->batch);
    }
    net->run->team = plethtrain_team_open(options->threads, work, net);
    if (!net->run->team) {
        plethtrain_close(net);
        return plethio_fail(e, "%d threads can not be started", options->threads);
    }
    *out = net;
    return 0;
}

void plethtrain_close(struct plethtrain_net *net)
{
    struct plethtrain_run *run;

    if (!net)
        return;
    run = net->run;
    plethtrain_team_close(run->team);
    for (int k = 0; run->shard && k < net->plan.threads; k++) {
        struct plethtrain_shard *s = &run->shard[k];
        void *own[] = {s->tools.scratch, s->chunk, s->gradients, s->sum,
                       s->product,       s->about, s->part};
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            free(own[i]);
    }
    for (int i = 0; i < PLETHTRAIN_PORTS; i++) {
        free(net->output[i]);
        free(net->output_gradient[i]);
    }
    {
        void *own[] = {run->batch,         run->masks,       run->packed,      run->norms.mean,
                       run->norms.inverse, run->norms.scale, run->norms.shift, run->norms.a,
                       run->norms.b,       run->norms.e,     run->shard,       net->parameters,
                       net->statistics,    net->grid};
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            free(own[i]);
    }
    plethtrain_plan_free(&net->plan);
    free(run);
    free(net);
}

size_t plethtrain_memory(const struct plethtrain_net *net)
{
    return net->run->bytes;
}

/* ---- Parameters -------------------------------------------------------------------------------
 */

void plethtrain_put(const struct plethtrain_parameter *p, const float *stored, float *to)
{
    to += p->at;
    for (int a = 0; a < p->a; a++)
        for (int b = 0; b < p->b; b++)
            for (int r = 0; r < p->rest; r++)
                to[((ptrdiff_t)r * p->b + b) * p->a + a] = *stored++;
}

void plethtrain_get(const struct plethtrain_parameter *p, const float *from, float *stored)
{
    from += p->at;
    for (int a = 0; a < p->a; a++)
        for (int b = 0; b < p->b; b++)
            for (int r = 0; r < p->rest; r++)
                *stored++ = from[((ptrdiff_t)r * p->b + b) * p->a + a];
}

const struct plethtrain_parameter *plethtrain_find(const struct plethtrain_net *net,
                                                   const char *name)
{
    for (int i = 0; i < net->plan.parameters; i++)
        if (strcmp(net->plan.parameter[i].stored.name, name) == 0)
            return &net->plan.parameter[i];
    return NULL;
}

static float *home(const struct plethtrain_net *net, const struct plethtrain_parameter *p)
{
    return p->statistic ? net->statistics : net->parameters;
}

static int is_excepted(const struct plethtrain_parameter *p, const char *except)
{
    return except && strncmp(p->stored.name, except, strlen(except)) == 0;
}

/* Inputs of one output: of a convolution or dense layer all but the outputs' axis. */
static double fan_in(const struct plethtrain_net *net, const struct plethtrain_parameter *p)
{
    struct pleth_parameter weight;
    double n = 1;

    if (!pleth_record_parameter(&net->plan.graph, p->record, 0, &weight))
        return 1;
    for (int axis = 1; axis < weight.rank; axis++)
        n *= weight.shape[axis];
    return n;
}

void plethtrain_initialise(struct plethtrain_net *net, uint64_t seed)
{
    for (int i = 0; i < net->plan.parameters; i++) {
        const struct plethtrain_parameter *p = &net->plan.parameter[i];
        const uint64_t key = plethtrain_key(seed, (uint64_t)i);
        float *to = home(net, p) + p->at;
        const int op = net->plan.records[p->record].op;
        const double bound = 1 / sqrt(fan_in(net, p));
        for (ptrdiff_t k = 0; k < p->count; k++) {
            const double u = 2 * plethtrain_uniform(key, (uint64_t)k) - 1;
            switch (op) {
            case PLETH_OP_BATCH_NORM: /* mean 0, variance 1 */
                to[k] = p->index == 0 || p->index == 3 ? 1 : 0;
                break;
            case PLETH_OP_LAYER_NORM:
                to[k] = p->index == 0 ? 1 : 0;
                break;
            case PLETH_OP_ATTENTION:
                to[k] = 0;
                break;
            case PLETH_OP_SPECTRAL: /* the deviation of the published code, 0.02 */
                to[k] = (float)(0.02 * sqrt(3) * u);
                break;
            default:
                to[k] = (float)(bound * u);
                break;
            }
        }
    }
}

int plethtrain_load(struct plethtrain_net *net, const struct pleth_weights *w, const char *except,
                    struct plethio_error *e)
{
    for (int i = 0; i < net->plan.parameters; i++) {
        const struct plethtrain_parameter *p = &net->plan.parameter[i];
        struct pleth_tensor t;
        float *stored;
        int fits, finite = 1;
        if (!pleth_weights_find(w, p->stored.name, &t)) {
            if (is_excepted(p, except))
                continue;
            return plethio_fail(e, "the checkpoint lacks %s", p->stored.name);
        }
        if (t.type == PLETH_I8)
            return plethio_fail(e,
                                "%s of the checkpoint is int8: training wants the model of floats",
                                p->stored.name);
        fits = t.rank == p->stored.rank;
        for (int axis = 0; fits && axis < t.rank; axis++)
            fits = t.shape[axis] == p->stored.shape[axis];
        if (!fits)
            return plethio_fail(e, "%s of the checkpoint has another shape than the network's",
                                p->stored.name);
        stored = malloc(sizeof(float) * (size_t)p->count);
        if (!stored)
            return plethio_fail(e, "no memory for %s", p->stored.name);
        pleth_tensor_floats(&t, 0, t.count, stored);
        for (ptrdiff_t k = 0; k < p->count; k++)
            finite &= isfinite(stored[k]) != 0;
        plethtrain_put(p, stored, home(net, p));
        free(stored);
        if (!finite)
            return plethio_fail(e, "%s of the checkpoint has values that are not finite",
                                p->stored.name);
    }
    return 0;
}

void *plethtrain_save(const struct plethtrain_net *net, const struct plethio_metadata *m, int keys,
                      const char *except, size_t *size, struct plethio_error *e)
{
    const struct plethtrain_plan *p = &net->plan;
    struct pleth_tensor *t = calloc((size_t)p->parameters + 1, sizeof *t);
    float *values = malloc(sizeof(float) * (size_t)(p->floats + p->statistics + 1)), *at = values;
    void *bytes = NULL;
    int n = 0;

    if (!t || !values)
        plethio_fail(e, "no memory for a checkpoint");
    for (int i = 0; t && values && i < p->parameters; i++) {
        const struct plethtrain_parameter *q = &p->parameter[i];
        if (is_excepted(q, except))
            continue;
        plethtrain_get(q, home(net, q), at);
        t[n].name = q->stored.name;
        t[n].name_length = (int)strlen(q->stored.name);
        t[n].type = PLETH_F32;
        t[n].rank = q->stored.rank;
        for (int axis = 0; axis < q->stored.rank; axis++)
            t[n].shape[axis] = q->stored.shape[axis];
        t[n].count = q->count;
        t[n].data = at;
        t[n].size = sizeof(float) * (size_t)q->count;
        at += q->count;
        n++;
    }
    if (t && values)
        bytes = plethio_safetensors_make(t, n, m, keys, size, e);
    free(t);
    free(values);
    return bytes;
}

int plethtrain_output(const struct plethtrain_net *net, const char *name)
{
    for (int i = 0; i < net->outputs; i++)
        if (strcmp(net->plan.records[net->plan.output[i]].name, name) == 0)
            return i;
    return -1;
}

int plethtrain_output_size(const struct plethtrain_net *net, int output)
{
    return (int)net->plan.value[net->plan.output[output]].size;
}

int plethtrain_add_regressor(struct pleth_graph *g, const char *from, int width)
{
    for (int i = 0; g->records && i < g->count; i++)
        if (g->records[i].op == PLETH_OP_OUTPUT && strcmp(g->records[i].name, from) == 0) {
            const int x = pleth_linear(g, g->records[i].in[0], "regressor", width);
            pleth_output(g, x, "hint");
            return 0;
        }
    return -1;
}
