#include "personal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* What tunes and what tests, of one person: numbers of windows. */
struct part {
    const int *tune, *test;
    int tunes, tests;
};

/* Of a person's windows, in time. reach_s: how far behind a window's end tuning may look. */
static struct part split(const struct plethtrain_set *set, const int *window, int n, double minutes,
                         double reach_s)
{
    double before_s = 0, end_s = 0;
    struct part part = {.tune = window};
    int recording = -1;

    for (int i = 0; i < n; i++) {
        const struct plethtrain_window *w = &set->window[window[i]];
        double at_s = set->piece[w->piece].begin_s + (double)w->start / PLETH_WINDOW_HZ;
        if (w->recording != recording)
            before_s = end_s;
        recording = w->recording;
        at_s += before_s;
        end_s = at_s + PLETH_WINDOW_S;
        if (end_s + reach_s <= 60 * minutes) {
            part.tunes = i + 1;
        } else if (at_s >= 60 * minutes) {
            part.test = window + i;
            part.tests = n - i;
            break;
        }
    }
    return part;
}

/* The model and all that is needed to tune it, in one way or the other. */
struct tuner {
    const struct plethtrain_personal *p;
    int *window;          /* of one person */
    float *median, *most; /* of each window that tests */
    /* a net's beginning */
    float *parameters, *statistics;
    /* a device */
    struct plethio_model model;
    void *memory;
    pleth_head *head;
    float *z, *logits; /* of each window that tunes; of one */
};

static int no_memory(struct plethio_error *e)
{
    return plethio_fail(e, "no memory to tune a model");
}

/* ---- By the training library --------------------------------------------------------------- */

static int open_net(struct tuner *t, struct plethio_error *e)
{
    const struct plethtrain_net *net = t->p->net;
    const size_t parameters = (size_t)net->floats * sizeof *t->parameters,
                 statistics = (size_t)net->plan.statistics * sizeof *t->statistics;

    t->parameters = malloc(parameters);
    t->statistics = malloc(statistics + 1);
    if (!t->parameters || !t->statistics)
        return no_memory(e);
    memcpy(t->parameters, net->parameters, parameters);
    memcpy(t->statistics, net->statistics, statistics);
    return 0;
}

static void begin_net(struct tuner *t)
{
    const struct plethtrain_net *net = t->p->net;

    memcpy(net->parameters, t->parameters, (size_t)net->floats * sizeof *t->parameters);
    memcpy(net->statistics, t->statistics, (size_t)net->plan.statistics * sizeof *t->statistics);
}

static int tune_net(struct tuner *t, const struct part *part, struct plethio_error *e)
{
    const struct plethtrain_loop loop = {.set = t->p->set,
                                         .recipe = t->p->recipe,
                                         .net = t->p->net,
                                         .learn = part->tune,
                                         .learns = part->tunes,
                                         .title = ""};
    struct plethtrain_loop_result done;
    const int status = plethtrain_loop_run(&loop, &done, e);

    free(done.epoch);
    return status;
}

/* ---- As a device does it ------------------------------------------------------------------- */

static int width(const struct tuner *t)
{
    return t->model.info.output[1].count; /* logits, z */
}

static int open_device(struct tuner *t, struct plethio_error *e)
{
    const struct plethtrain_personal *p = t->p;
    pleth_net_options options;
    size_t size;

    pleth_net_options_default(&options);
    options.cpu_mask = p->cpu_mask;
    options.batch = 1;
    if (plethio_model_open(&t->model, p->model, &options, e))
        return -1;
    size = pleth_head_size(t->model.net);
    if (!size || t->model.info.output[0].count != PLETHTRAIN_RATES ||
        t->model.info.input[0].count != PLETH_WINDOW)
        return plethio_fail(e,
                            "%s: no layer from an output z to logits of heart rates, which a "
                            "device could tune",
                            p->model);
    t->memory = malloc(size); /* aligned to 16 */
    t->z = malloc((size_t)p->windows * (size_t)width(t) * sizeof *t->z);
    t->logits = malloc(PLETHTRAIN_RATES * sizeof *t->logits);
    if (!t->memory || !t->z || !t->logits)
        return no_memory(e);
    return pleth_head_init(&t->head, t->memory, size, t->model.net) ? no_memory(e) : 0;
}

static void run_device(const struct tuner *t, int window, float *z)
{
    float x[PLETH_WINDOW];

    plethtrain_set_cut(t->p->set, window, x);
    pleth_net_run(t->model.state, 1, (const float *const[]){x}, (float *const[]){t->logits, z});
}

static void begin_device(struct tuner *t)
{
    memset(pleth_head_values(t->head), 0, 2 * (size_t)width(t) * sizeof(float));
}

static void tune_device(struct tuner *t, const struct part *part)
{
    for (int i = 0; i < part->tunes; i++)
        run_device(t, part->tune[i], t->z + (ptrdiff_t)i * width(t));
    for (int epoch = 0; epoch < t->p->recipe->epochs; epoch++)
        for (int i = 0; i < part->tunes; i++)
            pleth_head_learn(t->head, t->z + (ptrdiff_t)i * width(t),
                             t->p->set->window[part->tune[i]].rate, 1);
}

static void estimate_device(struct tuner *t, const struct part *part)
{
    for (int i = 0; i < part->tests; i++) {
        run_device(t, part->test[i], t->z);
        pleth_head_logits(t->head, t->z, t->logits);
        plethtrain_decode(t->logits, &t->median[i], &t->most[i]);
    }
}

/* ---- Either -------------------------------------------------------------------------------- */

/* The mean error of what the model says now. */
static int measure(struct tuner *t, const struct part *part, double *error, struct plethio_error *e)
{
    const struct plethtrain_personal *p = t->p;

    if (p->net) {
        if (plethtrain_estimate(p->net, p->set, part->test, part->tests, t->median, t->most, e))
            return -1;
    } else {
        estimate_device(t, part);
    }
    *error = 0;
    for (int i = 0; i < part->tests; i++)
        *error += fabs((double)(t->median[i] - p->set->window[part->test[i]].rate)) / part->tests;
    return 0;
}

static int tune_person(struct tuner *t, const struct part *part, struct plethtrain_person *to,
                       struct plethio_error *e)
{
    int status = 0;

    to->tuned = part->tunes;
    to->windows = part->tests;
    if (t->p->net)
        begin_net(t);
    else
        begin_device(t);
    if (measure(t, part, &to->before, e))
        return -1;
    if (t->p->net)
        status = tune_net(t, part, e);
    else
        tune_device(t, part);
    return status || measure(t, part, &to->after, e) ? -1 : 0;
}

/* Seconds behind a window's end that it may reach as it is moved and stretched. */
static double reach_s(const struct plethtrain_personal *p)
{
    const struct plethtrain_variation *v = &p->recipe->variation;

    return p->net ? v->shift_s + 0.5 * PLETH_WINDOW_S * fmax(v->stretch - 1, 0) : 0;
}

/* A person's windows, in the set's order: recordings of others may lie between theirs. */
static int gather(struct tuner *t, int who)
{
    const struct plethtrain_personal *p = t->p;
    int n = 0;

    for (int i = 0; i < p->windows; i++)
        if (plethtrain_set_person(p->set, p->window[i]) == who)
            t->window[n++] = p->window[i];
    return n;
}

static int run(struct tuner *t, struct plethtrain_personal_result *r, struct plethio_error *e)
{
    const struct plethtrain_personal *p = t->p;
    const struct plethtrain_set *set = p->set;

    r->person = calloc((size_t)set->people + 1, sizeof *r->person);
    t->median = malloc(((size_t)p->windows + 1) * sizeof *t->median);
    t->most = malloc(((size_t)p->windows + 1) * sizeof *t->most);
    t->window = malloc(((size_t)p->windows + 1) * sizeof *t->window);
    if (!r->person || !t->median || !t->most || !t->window)
        return no_memory(e);
    if (p->net ? open_net(t, e) : open_device(t, e))
        return -1;
    for (int who = 0, done = 0; who < set->people; who++) {
        const int n = gather(t, who);
        const struct part part = split(set, t->window, n, p->minutes, reach_s(p));

        done += n;
        if (n == 0)
            continue;
        if (part.tunes < 2 || part.tests < 1) {
            r->left_out++;
            continue;
        }
        memcpy(r->person[r->people].name, set->person[who], PLETHTRAIN_NAME);
        if (tune_person(t, &part, &r->person[r->people], e))
            return -1;
        r->people++;
        if (p->tell && p->tell(p->cookie, "tuning", (double)done / p->windows, NULL)) {
            r->stopped = 1;
            return 0;
        }
    }
    if (p->net)
        begin_net(t);
    return r->people ? 0
                     : plethio_fail(e, "nobody has windows in the first %g minutes and after them",
                                    p->minutes);
}

int plethtrain_personal_run(const struct plethtrain_personal *p,
                            struct plethtrain_personal_result *result, struct plethio_error *e)
{
    struct tuner t = {.p = p};
    int status;

    memset(result, 0, sizeof *result);
    status = run(&t, result, e);
    free(t.window);
    free(t.median);
    free(t.most);
    free(t.parameters);
    free(t.statistics);
    plethio_model_close(&t.model);
    free(t.memory);
    free(t.z);
    free(t.logits);
    return status;
}
