#define _POSIX_C_SOURCE 200809L

#include "loop.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "net/weights.h"
#include "optimiser.h"
#include "out.h"
#include "path.h"
#include "random.h"
#include "safetensors.h"

/* ---- State --------------------------------------------------------------------------------- */

enum { COLUMNS = 6 }; /* of the curve as a checkpoint has it */

struct state {
    const struct plethtrain_loop *l;
    struct plethtrain_optimiser optimiser;
    int batch, steps; /* steps of an epoch */
    int *order;
    float *x, *rate, *target, *theirs, *median, *most;
    float *narrow, *parameters; /* of int8_epochs: rounded windows, and unrounded parameters */
    int *label;
    float *best, *best_statistics;
    float *average, *average_statistics; /* of recipe->average */
    double best_mae;
    char recipe[2800]; /* what a checkpoint must be of */
    struct plethtrain_loop_result *result;
};

static int no_memory(struct plethio_error *e)
{
    return plethio_fail(e, "no memory to train");
}

static void describe(struct state *s)
{
    char recipe[PLETHTRAIN_RECIPE_TEXT];
    uint64_t who = 0;

    for (int i = 0; i < s->l->learns; i++)
        who = plethtrain_key(who, (uint64_t)s->l->learn[i]);
    who = plethtrain_key(who, (uint64_t)s->l->learns);
    for (int i = 0; i < s->l->validates; i++)
        who = plethtrain_key(who, (uint64_t)s->l->validate[i]);
    plethtrain_recipe_text(s->l->recipe, recipe);
    snprintf(s->recipe, sizeof s->recipe,
             "%s; %s; epochs of %d batches of %d, windows %016" PRIx64 " %016" PRIx64, s->l->title,
             recipe, s->steps, s->batch, plethtrain_set_digest(s->l->set), who);
}

static int state_open(struct state *s, struct plethio_error *e)
{
    const struct plethtrain_loop *l = s->l;
    const struct plethtrain_net *net = l->net;
    const size_t n = (size_t)l->recipe->batch, classes = PLETHTRAIN_RATES;
    const int averages = l->recipe->average > 0;

    s->batch = l->recipe->batch < l->learns ? l->recipe->batch : l->learns;
    if (s->batch < 2)
        return plethio_fail(e, "%d windows are too few to learn from", l->learns);
    s->steps = l->learns / s->batch;
    s->order = malloc((size_t)l->learns * sizeof *s->order);
    s->x = malloc(n * PLETH_WINDOW * sizeof *s->x);
    s->rate = malloc(n * sizeof *s->rate);
    s->label = malloc(n * sizeof *s->label);
    s->target = malloc(n * classes * sizeof *s->target);
    s->theirs = malloc(n * classes * sizeof *s->theirs);
    s->median = malloc(((size_t)l->validates + 1) * sizeof *s->median);
    s->most = malloc(((size_t)l->validates + 1) * sizeof *s->most);
    s->narrow = malloc(n * PLETH_WINDOW * sizeof *s->narrow);
    s->parameters = malloc((size_t)net->floats * sizeof *s->parameters);
    s->best = malloc((size_t)net->floats * sizeof *s->best);
    s->best_statistics = calloc((size_t)net->plan.statistics + 1, sizeof *s->best_statistics);
    s->average = malloc((averages ? (size_t)net->floats : 1) * sizeof *s->average);
    s->average_statistics =
        malloc((averages ? (size_t)net->plan.statistics + 1 : 1) * sizeof *s->average_statistics);
    s->result->epoch = calloc((size_t)l->recipe->epochs, sizeof *s->result->epoch);
    if (!s->order || !s->x || !s->rate || !s->label || !s->target || !s->theirs || !s->median ||
        !s->most || !s->narrow || !s->parameters || !s->best || !s->best_statistics ||
        !s->average || !s->average_statistics || !s->result->epoch)
        return no_memory(e);
    if (averages) {
        memcpy(s->average, net->parameters, (size_t)net->floats * sizeof *s->average);
        memcpy(s->average_statistics, net->statistics,
               (size_t)net->plan.statistics * sizeof *s->average_statistics);
    }
    if (plethtrain_optimiser_open(&s->optimiser, l->recipe->optimiser, net->trained,
                                  net->options.cpu_mask, e))
        return -1;
    s->optimiser.decay = (float)l->recipe->decay;
    s->best_mae = HUGE_VAL;
    if (l->checkpoint) /* it asks for all samples */
        describe(s);
    return 0;
}

static void state_close(struct state *s)
{
    plethtrain_optimiser_close(&s->optimiser);
    free(s->order);
    free(s->x);
    free(s->rate);
    free(s->label);
    free(s->target);
    free(s->theirs);
    free(s->median);
    free(s->most);
    free(s->narrow);
    free(s->parameters);
    free(s->best);
    free(s->best_statistics);
    free(s->average);
    free(s->average_statistics);
}

/* ---- Checkpoints --------------------------------------------------------------------------- */

enum { ARRAYS = 9 };

/* Everything that the next epoch depends on, as tensors; those without values are left out. */
static int list_arrays(const struct state *s, const double *curve, struct pleth_tensor t[ARRAYS])
{
    const struct plethtrain_net *net = s->l->net;
    const int averages = s->l->recipe->average > 0;
    const struct {
        const char *name;
        int64_t count;
        const void *data;
    } arrays[ARRAYS] = {
        {"parameters", net->floats, net->parameters},
        {"statistics", net->plan.statistics, net->statistics},
        {"first", net->trained, s->optimiser.first},
        {"second", net->trained, s->optimiser.second},
        {"best.parameters", net->floats, s->best},
        {"best.statistics", net->plan.statistics, s->best_statistics},
        {"average", averages ? net->floats : 0, s->average},
        {"average.statistics", averages ? net->plan.statistics : 0, s->average_statistics},
        {"curve", (int64_t)COLUMNS * s->result->epochs, curve}};
    int n = 0;

    for (int i = 0; i < ARRAYS; i++)
        if (arrays[i].count > 0) {
            const int type = arrays[i].data == curve ? PLETH_F64 : PLETH_F32;
            t[n++] =
                (struct pleth_tensor){.name = arrays[i].name,
                                      .name_length = (int)strlen(arrays[i].name),
                                      .type = type,
                                      .rank = 1,
                                      .shape = {arrays[i].count},
                                      .count = arrays[i].count,
                                      .data = arrays[i].data,
                                      .size = (size_t)(arrays[i].count) *
                                              (type == PLETH_F64 ? sizeof(double) : sizeof(float))};
        }
    return n;
}

static int save(const struct state *s, struct plethio_error *e)
{
    const struct plethtrain_loop_result *r = s->result;
    const struct plethio_metadata m = {"training", s->recipe};
    double *curve = malloc((size_t)r->epochs * COLUMNS * sizeof *curve);
    struct pleth_tensor t[ARRAYS];
    size_t size;
    void *bytes;
    int status;

    if (!curve)
        return no_memory(e);
    for (int i = 0; i < r->epochs; i++) {
        const struct plethtrain_epoch *x = &r->epoch[i];
        const double row[COLUMNS] = {x->epoch, x->rate, x->loss, x->mae, x->mae_argmax, x->core_s};
        memcpy(curve + i * COLUMNS, row, sizeof row);
    }
    bytes = plethio_safetensors_make(t, list_arrays(s, curve, t), &m, 1, &size, e);
    free(curve);
    if (!bytes)
        return -1;
    status = plethio_write_whole(s->l->checkpoint, bytes, size, e);
    free(bytes);
    return status;
}

/* Whether an epoch, from 1 on, learns with what int8 leaves. */
static int is_int8(const struct state *s, int epoch)
{
    return epoch > s->l->recipe->epochs - s->l->recipe->int8_epochs;
}

/* 1, and noted, where a validation error is the least so far, or nobody validates; the first of the
 * epochs in int8 is better than all before. */
static int is_better(struct state *s, int epoch, double mae)
{
    const int first = is_int8(s, epoch) && !is_int8(s, epoch - 1);

    if (s->l->validates && s->result->best && !first && !(mae < s->best_mae))
        return 0;
    s->best_mae = isnan(mae) ? HUGE_VAL : mae;
    return 1;
}

static int all_finite(const struct pleth_tensor *t)
{
    const char *at = t->data;

    if (t->type == PLETH_F64)
        for (double v; at < (const char *)t->data + t->size; at += sizeof v) {
            memcpy(&v, at, sizeof v);
            if (!isfinite(v))
                return 0;
        }
    else
        for (float v; at < (const char *)t->data + t->size; at += sizeof v) {
            memcpy(&v, at, sizeof v);
            if (!isfinite(v))
                return 0;
        }
    return 1;
}

/* Takes what a checkpoint holds; the best epoch follows from the curve. */
static int take(struct state *s, const struct pleth_weights *w, struct plethio_error *e)
{
    const char *path = s->l->checkpoint;
    struct plethtrain_loop_result *r = s->result;
    struct pleth_tensor t[ARRAYS], have;
    char recipe[sizeof s->recipe];
    int n;

    if (!pleth_weights_metadata(w, "training", recipe, sizeof recipe) ||
        strcmp(recipe, s->recipe) != 0)
        return plethio_fail(e,
                            "%s: a checkpoint of another training; remove it, and this one "
                            "is begun anew",
                            path);
    if (!pleth_weights_find(w, "curve", &have) || have.type != PLETH_F64 ||
        have.count % COLUMNS != 0 || have.count / COLUMNS > s->l->recipe->epochs)
        return plethio_fail(e, "%s: broken checkpoint: curve", path);
    r->epochs = (int)(have.count / COLUMNS);
    for (int i = 0; i < r->epochs; i++) {
        double row[COLUMNS];
        memcpy(row, (const char *)have.data + (size_t)i * sizeof row, sizeof row);
        r->epoch[i] = (struct plethtrain_epoch){.epoch = i + 1,
                                                .rate = row[1],
                                                .loss = row[2],
                                                .mae = row[3],
                                                .mae_argmax = row[4],
                                                .core_s = row[5]};
        if (is_better(s, i + 1, row[3]))
            r->best = i + 1;
    }
    n = list_arrays(s, NULL, t);
    for (int i = 0; i < n; i++) {
        if (!pleth_weights_find(w, t[i].name, &have) || have.type != t[i].type ||
            have.size != t[i].size)
            return plethio_fail(e, "%s: broken checkpoint: %s", path, t[i].name);
        if (t[i].data && !all_finite(&have))
            return plethio_fail(e, "%s: broken checkpoint: %s has values that are no numbers", path,
                                t[i].name);
        if (t[i].data)
            memcpy((void *)(uintptr_t)t[i].data, have.data, have.size);
    }
    s->optimiser.steps = (int64_t)r->epochs * s->steps;
    r->earlier_s = r->epochs ? r->epoch[r->epochs - 1].core_s : 0;
    return 0;
}

static int resume(struct state *s, struct plethio_error *e)
{
    struct pleth_weights w;
    char message[200];
    size_t size;
    char *bytes;
    int status;

    if (!plethio_is_file(s->l->checkpoint))
        return 0;
    bytes = plethio_read_whole(s->l->checkpoint, &size, e);
    if (!bytes)
        return -1;
    status = pleth_weights_open(&w, bytes, size, message, sizeof message)
                 ? plethio_fail(e, "%s: %s", s->l->checkpoint, message)
                 : take(s, &w, e);
    free(bytes);
    return status;
}

/* ---- Batches ------------------------------------------------------------------------------- */

/* Streams of random numbers of a seed. */
enum { OF_ORDER = 1, OF_WINDOWS };

static void shuffle(struct state *s, int epoch)
{
    const uint64_t key =
        plethtrain_key(plethtrain_key(s->l->recipe->seed, OF_ORDER), (uint64_t)epoch);

    memcpy(s->order, s->l->learn, (size_t)s->l->learns * sizeof *s->order);
    for (int i = s->l->learns - 1; i > 0; i--) {
        const int j = (int)(plethtrain_random(key, (uint64_t)i) % (uint64_t)(i + 1));
        const int other = s->order[j];
        s->order[j] = s->order[i];
        s->order[i] = other;
    }
}

static void fill(struct state *s, int epoch, int step)
{
    const uint64_t key =
        plethtrain_key(plethtrain_key(s->l->recipe->seed, OF_WINDOWS), (uint64_t)epoch);

    for (int i = 0; i < s->batch; i++) {
        const int window = s->order[step * s->batch + i];
        s->rate[i] =
            plethtrain_set_vary(s->l->set, window, &s->l->recipe->variation,
                                plethtrain_key(key, (uint64_t)window), s->x + i * PLETH_WINDOW) -
            PLETHTRAIN_LOWEST;
        s->label[i] = (int)fmin(fmax(round((double)s->rate[i]), 0), PLETHTRAIN_RATES - 1);
    }
}

static double learn_labels(struct state *s, const float *logits, float *gradient)
{
    const struct plethtrain_recipe *r = s->l->recipe;
    const float weight = (float)r->ce_weight;

    if (r->ce_weight == 0)
        return 0;
    if (r->loss == PLETHTRAIN_CE)
        return r->ce_weight * plethtrain_cross_entropy(s->batch, PLETHTRAIN_RATES, logits, s->label,
                                                       weight, gradient);
    plethtrain_gaussian_targets(s->batch, PLETHTRAIN_RATES, s->rate, (float)r->sigma, s->target);
    return r->ce_weight *
           (r->loss == PLETHTRAIN_GAUSS ? plethtrain_cross_entropy_soft : plethtrain_ordered_soft)(
               s->batch, PLETHTRAIN_RATES, logits, s->target, weight, gradient);
}

/* What the teacher says of the batch: logits. */
static const float *teach(struct state *s)
{
    const struct plethtrain_loop *l = s->l;
    const float *input = s->x, *logits = NULL;
    const int values = s->batch * PLETHTRAIN_RATES;

    for (int t = 0; t < l->teachers; t++) {
        plethtrain_forward(l->teacher[t], PLETHTRAIN_EVAL, s->batch, &input, 0);
        logits = l->teacher[t]->output[plethtrain_output(l->teacher[t], "logits")];
        if (l->teachers == 1)
            return logits;
        for (int i = 0; i < values; i++)
            s->theirs[i] = (t ? s->theirs[i] : 0) + logits[i] / (float)l->teachers;
    }
    return s->theirs;
}

static double learn_teacher(struct state *s, int epoch, const float *logits, float *gradient)
{
    const struct plethtrain_recipe *r = s->l->recipe;
    const struct plethtrain_net *net = s->l->net, *teacher = s->l->teacher[0];
    const float *theirs, alpha = (float)r->alpha, t = (float)r->tau;
    const int n = s->batch, k = PLETHTRAIN_RATES;
    const struct plethtrain_dkd dkd = {
        .alpha = alpha, .beta = (float)r->beta, .temperature = t, .warm_up = r->warm_up};
    int hint, z;

    if (s->l->teachers == 0)
        return 0;
    theirs = teach(s);
    switch (r->strategy) {
    case PLETHTRAIN_HARD:
        return r->alpha * plethtrain_hard(n, k, logits, theirs, alpha, gradient);
    case PLETHTRAIN_SOFT:
        return r->alpha * plethtrain_soft(n, k, logits, theirs, t, alpha, gradient);
    case PLETHTRAIN_DKD:
        return plethtrain_decoupled(&dkd, epoch, n, k, logits, theirs, s->label, 1, gradient, NULL);
    case PLETHTRAIN_FEATURE:
        hint = plethtrain_output(net, "hint");
        z = plethtrain_output(teacher, "z");
        return r->alpha * plethtrain_mse(n * plethtrain_output_size(net, hint), net->output[hint],
                                         teacher->output[z], alpha, net->output_gradient[hint]);
    case PLETHTRAIN_ORDERED_TEACHER:
        return r->alpha * plethtrain_ordered_teacher(n, k, logits, theirs, t, alpha, gradient);
    default:
        return 0;
    }
}

/* Grids of the network as it is. */
static int begin_int8(struct state *s, struct plethio_error *e)
{
    size_t size;
    char *bytes = plethtrain_int8_make(s->l->net, s->l->int8, &size, e);
    const int status = bytes ? plethtrain_int8_grids(s->l->net, bytes, size, e) : -1;

    free(bytes);
    return status;
}

/* Forward with weights, windows and values rounded; the parameters stay rounded until backward has
 * read them. */
static int forward_int8(struct state *s, int64_t number)
{
    struct plethtrain_net *net = s->l->net;
    const float *input = s->narrow;

    memcpy(s->parameters, net->parameters, (size_t)net->floats * sizeof *s->parameters);
    memcpy(s->narrow, s->x, (size_t)s->batch * PLETH_WINDOW * sizeof *s->narrow);
    plethtrain_int8_input(net, s->narrow, s->batch);
    if (plethtrain_int8_weights(net, s->l->int8->except))
        return -1;
    plethtrain_forward(net, PLETHTRAIN_INT8, s->batch, &input, (uint64_t)number);
    return 0;
}

/* After step `number`, of weights and statistics. */
static void take_average(struct state *s, int64_t number)
{
    const struct plethtrain_net *net = s->l->net;
    const double decay = s->l->recipe->average;

    if (!(decay > 0))
        return;
    plethtrain_average(s->average, net->parameters, net->trained, decay, number);
    if (!net->options.fixed)
        plethtrain_average(s->average_statistics, net->statistics, net->plan.statistics, decay,
                           number);
}

static void swap(float *a, float *b, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const float x = a[i];
        a[i] = b[i];
        b[i] = x;
    }
}

/* Gives the net its average in place of what it has, or takes that back. */
static void swap_average(struct state *s)
{
    struct plethtrain_net *net = s->l->net;

    if (s->l->recipe->average > 0) {
        swap(net->parameters, s->average, net->floats);
        swap(net->statistics, s->average_statistics, net->plan.statistics);
    }
}

/* Where the rate of learning stands at a step. */
static double rate_at(const struct state *s, int64_t number)
{
    const struct plethtrain_recipe *r = s->l->recipe;

    return plethtrain_rate(r->schedule, number, (int64_t)r->epochs * s->steps, r->rate);
}

/* One epoch, from 0 on. 1: ended by tell; -1 and e. */
static int learn(struct state *s, int epoch, double *loss, struct plethio_error *e)
{
    const struct plethtrain_loop *l = s->l;
    const struct plethtrain_recipe *r = l->recipe;
    struct plethtrain_net *net = l->net;
    const int logits = plethtrain_output(net, "logits");
    const float *input = s->x;
    const int64_t all = (int64_t)r->epochs * s->steps;
    const int int8 = is_int8(s, epoch + 1);

    *loss = 0;
    if (int8 && begin_int8(s, e))
        return -1;
    shuffle(s, epoch);
    for (int step = 0; step < s->steps; step++) {
        const int64_t number = s->optimiser.steps;
        fill(s, epoch, step);
        if (!int8)
            plethtrain_forward(net, PLETHTRAIN_TRAIN, s->batch, &input, (uint64_t)number);
        else if (forward_int8(s, number))
            return no_memory(e);
        *loss += learn_labels(s, net->output[logits], net->output_gradient[logits]) / s->steps;
        *loss +=
            learn_teacher(s, epoch, net->output[logits], net->output_gradient[logits]) / s->steps;
        plethtrain_backward(net);
        if (int8)
            memcpy(net->parameters, s->parameters, (size_t)net->floats * sizeof *s->parameters);
        plethtrain_clip(net->gradients, net->trained, r->clip);
        plethtrain_optimise(&s->optimiser, rate_at(s, number), net->parameters, net->gradients);
        take_average(s, number);
        if (l->tell && l->tell(l->cookie, "training", (double)(number + 1) / (double)all, NULL))
            return 1;
    }
    return 0;
}

/* ---- Estimates ----------------------------------------------------------------------------- */

void plethtrain_decode(const float *logits, float *median, float *most)
{
    double p[PLETHTRAIN_RATES], sum = 0, below = 0;
    int best = 0, k = 0;

    for (int c = 1; c < PLETHTRAIN_RATES; c++)
        if (logits[c] > logits[best])
            best = c;
    for (int c = 0; c < PLETHTRAIN_RATES; c++)
        sum += p[c] = exp((double)logits[c] - (double)logits[best]);
    for (; k < PLETHTRAIN_RATES - 1 && below + p[k] < 0.5 * sum; k++)
        below += p[k];
    /* a class reaches half a beat to either side */
    *median = (float)(PLETHTRAIN_LOWEST + k - 0.5 + (0.5 * sum - below) / p[k]);
    *most = (float)(PLETHTRAIN_LOWEST + best);
}

int plethtrain_estimate(struct plethtrain_net *net, const struct plethtrain_set *set,
                        const int *window, int n, float *median, float *most,
                        struct plethio_error *e)
{
    const int batch = net->options.batch, logits = plethtrain_output(net, "logits");
    float *x = malloc((size_t)batch * PLETH_WINDOW * sizeof *x);
    const float *input = x;

    if (!x)
        return no_memory(e);
    for (int at = 0; at < n; at += batch) {
        const int count = n - at < batch ? n - at : batch;
        for (int i = 0; i < count; i++)
            plethtrain_set_cut(set, window[at + i], x + i * PLETH_WINDOW);
        plethtrain_forward(net, PLETHTRAIN_EVAL, count, &input, 0);
        for (int i = 0; i < count; i++)
            plethtrain_decode(net->output[logits] + (ptrdiff_t)i * PLETHTRAIN_RATES,
                              &median[at + i], &most[at + i]);
    }
    free(x);
    return 0;
}

static int validate(struct state *s, struct plethtrain_epoch *epoch, struct plethio_error *e)
{
    const struct plethtrain_loop *l = s->l;
    const int n = l->validates;

    if (plethtrain_estimate(l->net, l->set, l->validate, n, s->median, s->most, e))
        return -1;
    epoch->mae = n ? 0 : (double)NAN;
    epoch->mae_argmax = n ? 0 : (double)NAN;
    for (int i = 0; i < n; i++) {
        const float truth = l->set->window[l->validate[i]].rate;
        epoch->mae += fabs((double)(s->median[i] - truth)) / n;
        epoch->mae_argmax += fabs((double)(s->most[i] - truth)) / n;
    }
    return 0;
}

/* ---- Epochs -------------------------------------------------------------------------------- */

double plethtrain_core_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void keep_if_best(struct state *s, const struct plethtrain_epoch *epoch)
{
    const struct plethtrain_net *net = s->l->net;

    if (!is_better(s, epoch->epoch, epoch->mae))
        return;
    s->result->best = epoch->epoch;
    memcpy(s->best, net->parameters, (size_t)net->floats * sizeof *s->best);
    memcpy(s->best_statistics, net->statistics,
           (size_t)net->plan.statistics * sizeof *s->best_statistics);
}

static int run(struct state *s, struct plethio_error *e)
{
    const struct plethtrain_loop *l = s->l;
    struct plethtrain_loop_result *r = s->result;
    const double began_s = plethtrain_core_s();

    if (state_open(s, e) || (l->checkpoint && l->resume && resume(s, e)))
        return -1;
    for (int i = 0; l->tell && i < r->epochs; i++)
        l->tell(l->cookie, "training", (double)(i + 1) / l->recipe->epochs, &r->epoch[i]);
    while (r->epochs < l->recipe->epochs) {
        struct plethtrain_epoch *epoch = &r->epoch[r->epochs];
        int ended;

        *epoch = (struct plethtrain_epoch){.epoch = r->epochs + 1};
        ended = learn(s, r->epochs, &epoch->loss, e);
        if (ended < 0)
            return -1;
        if (ended) {
            r->stopped = 1;
            return 0;
        }
        if (!isfinite(epoch->loss))
            return plethio_fail(
                e, "epoch %d: the loss is no number any more; learn at a lower rate", epoch->epoch);
        epoch->rate = rate_at(s, s->optimiser.steps - 1);
        swap_average(s);
        if (validate(s, epoch, e))
            return -1;
        keep_if_best(s, epoch);
        swap_average(s);
        epoch->core_s = r->earlier_s + plethtrain_core_s() - began_s;
        r->epochs++;
        if (l->checkpoint && save(s, e))
            return -1;
        if (l->tell &&
            l->tell(l->cookie, "training", (double)r->epochs / l->recipe->epochs, epoch) &&
            r->epochs < l->recipe->epochs) {
            r->stopped = 1;
            return 0;
        }
    }
    memcpy(l->net->parameters, s->best, (size_t)l->net->floats * sizeof *s->best);
    memcpy(l->net->statistics, s->best_statistics,
           (size_t)l->net->plan.statistics * sizeof *s->best_statistics);
    return 0;
}

int plethtrain_loop_run(const struct plethtrain_loop *l, struct plethtrain_loop_result *result,
                        struct plethio_error *e)
{
    struct state s = {.l = l, .result = result};
    int status;

    memset(result, 0, sizeof *result);
    status = run(&s, e);
    state_close(&s);
    return status;
}
