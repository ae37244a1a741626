#define _POSIX_C_SOURCE 200809L

#include "cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "int8.h"
#include "kern/kern.h"
#include "out.h"
#include "path.h"
#include "random.h"
#include "safetensors.h"
#include "seen.h"
#include "shape.h"
#include "start.h"
#include "taken.h"

struct cell {
    const struct plethtrain_cell *c;
    struct plethtrain_cell_result *result;
    int *role;                     /* of the set's people */
    int *window[PLETHTRAIN_ROLES]; /* numbers of the windows of each role */
    int windows[PLETHTRAIN_ROLES];
    struct pleth_record *records;
    struct plethtrain_net *net, *teacher[PLETHTRAIN_TEACHERS];
    int teacher_width;          /* of its output z, 0: none */
    char seen[PLETHTRAIN_SEEN]; /* whom the model has seen, its teacher and its start too */
    struct plethtrain_int8 int8;
    float *sample; /* that it is calibrated on */
};

static int no_memory(struct plethio_error *e)
{
    return plethio_fail(e, "no memory to train");
}

/* ---- People -------------------------------------------------------------------------------- */

/* 1 where something says who is tested. */
static int is_split(const struct plethtrain_split *s)
{
    return s->folds > 0 || s->file || s->person || s->tested_from > 0 || s->only > 0;
}

static int choose_people(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_set *set = x->c->set;
    struct plethtrain_cell_result *r = x->result;
    char *counted, names[PLETHTRAIN_NAMES];
    unsigned tested;
    int status = 0;

    x->role = calloc((size_t)set->people + 1, sizeof *x->role);
    if (!x->role)
        return no_memory(e);
    if (plethtrain_split_people(set, &x->c->split, x->role, e))
        return -1;
    if (x->c->minutes > 0 && !is_split(&x->c->split))
        for (int p = 0; p < set->people; p++)
            x->role[p] = PLETHTRAIN_TESTED;
    for (int k = 0; k < PLETHTRAIN_ROLES; k++) {
        x->window[k] = malloc(((size_t)set->windows + 1) * sizeof *x->window[k]);
        if (!x->window[k])
            return no_memory(e);
    }
    counted = calloc((size_t)set->people + 1, 1);
    if (!counted)
        return no_memory(e);
    for (int i = 0; i < set->windows; i++) {
        const int p = plethtrain_set_person(set, i), role = x->role[p];
        x->window[role][x->windows[role]++] = i;
        counted[p] = 1;
    }
    for (int p = 0; p < set->people && status == 0; p++) {
        if (!counted[p] || (x->role[p] != PLETHTRAIN_LEARNS && x->role[p] != PLETHTRAIN_VALIDATES))
            continue;
        *(x->role[p] == PLETHTRAIN_LEARNS ? &r->learns : &r->validates) += 1;
        status = plethtrain_see(x->seen, set->person[p], e);
    }
    free(counted);
    r->trained_windows = x->windows[PLETHTRAIN_LEARNS];
    tested = plethtrain_role_sources(set, x->role, PLETHTRAIN_TESTED);
    if (status == 0 && tested && x->windows[PLETHTRAIN_TESTED] == 0) {
        plethtrain_set_names(set, tested, names);
        status = plethio_fail(e, "%s: nobody who is tested has a window", names);
    }
    return status;
}

/* What the network will be calibrated on: windows of those whom it has seen. */
static int prepare_int8(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_set *set = x->c->set;
    int *window = malloc(((size_t)set->windows + 1) * sizeof *window);

    if (!window)
        return no_memory(e);
    x->int8.shape = &x->c->shape;
    x->int8.except = x->c->recipe.strategy == PLETHTRAIN_FEATURE ? "regressor" : NULL;
    x->int8.sample = x->sample = plethtrain_calibration(
        set, window, plethtrain_windows_seen(set, x->seen, 1, window), &x->int8.count, e);
    free(window);
    return x->sample ? 0 : -1;
}

/* ---- Networks ------------------------------------------------------------------------------ */

/* What all networks here take and give. */
static int check_shape(const struct plethtrain_net *net, const char *name, struct plethio_error *e)
{
    const struct plethtrain_plan *p = &net->plan;
    const int logits = plethtrain_output(net, "logits");

    if (logits < 0 || plethtrain_output_size(net, logits) != PLETHTRAIN_RATES || p->inputs != 1 ||
        p->value[p->input[0]].size != PLETH_WINDOW)
        return plethio_fail(e, "%s: not a network from %d samples to %d classes of heart rate",
                            name, PLETH_WINDOW, PLETHTRAIN_RATES);
    return 0;
}

static struct plethtrain_options net_options(const struct plethtrain_cell *c)
{
    const int batch = c->recipe.batch;

    return (struct plethtrain_options){.batch = batch,
                                       .threads = c->threads < batch ? c->threads : batch,
                                       .cpu_mask = c->cpu_mask,
                                       .seed = c->recipe.seed};
}

/* Nobody who is tested may have been seen by what this network learns from, all of whom it has seen
 * then, too. */
static int check_seen(struct cell *x, const char *list, const char *path, const char *what,
                      struct plethio_error *e)
{
    const struct plethtrain_set *set = x->c->set;

    for (int p = 0; p < set->people; p++)
        if (x->role[p] == PLETHTRAIN_TESTED && plethtrain_is_seen(list, set->person[p]))
            return plethio_fail(e,
                                "%s: this %s was trained on %.200s, who is tested here; train one "
                                "on the same fold",
                                path, what, set->person[p]);
    for (const char *at = list; *at;) {
        const char *end = strstr(at, PLETHTRAIN_AND);
        char name[PLETHTRAIN_NAME];
        snprintf(name, sizeof name, "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
        if (plethtrain_see(x->seen, name, e))
            return -1;
        at = end ? end + strlen(PLETHTRAIN_AND) : "";
    }
    return 0;
}

static int open_teacher(struct cell *x, int number, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;
    const struct plethtrain_options options = net_options(c);
    const char *path = c->teacher[number];
    struct plethtrain_net **teacher = &x->teacher[number];
    struct plethtrain_model m;
    struct pleth_graph g;
    char list[PLETHTRAIN_SEEN];
    int status, z;

    if (plethtrain_model_open(&m, path, list, e))
        return -1;
    pleth_graph_init(&g, x->records, PLETH_RECORDS, 1);
    pleth_net_build(&m.shape, &g);
    status = plethtrain_open(teacher, &g, &options, e) || check_shape(*teacher, path, e) ||
             plethtrain_model_load(*teacher, &m, path, e) ||
             check_seen(x, list, path, "teacher", e);
    free(m.bytes);
    if (status)
        return -1;
    x->result->teacher_parameters += (*teacher)->trained;
    if (number > 0)
        return 0;
    z = plethtrain_output(*teacher, "z");
    x->teacher_width = z < 0 ? 0 : plethtrain_output_size(*teacher, z);
    x->result->teacher_blocks = m.shape.kind == PLETH_NET_MLP ? 0 : m.shape.blocks;
    return 0;
}

/* The weights of the model to begin with, of a net that is open. */
static int begin(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;
    char list[PLETHTRAIN_SEEN];

    return plethtrain_start(x->net, &c->shape, c->start, list, e) ||
                   check_seen(x, list, c->start, "model", e)
               ? -1
               : 0;
}

static int open_student(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;
    struct plethtrain_options options = net_options(c);
    const int feature = c->recipe.strategy == PLETHTRAIN_FEATURE;
    struct plethtrain_tuned tuned;
    double parameters, macs;
    struct pleth_graph g;

    if (feature && c->teachers > 1)
        return plethio_fail(e, "feature distillation learns of one teacher, not of %d",
                            c->teachers);
    plethtrain_shape_counts(&c->shape, &parameters, &macs);
    if (isnan(parameters))
        return no_memory(e);
    x->result->parameters = (int64_t)parameters;
    x->result->macs = (int64_t)macs;
    pleth_graph_init(&g, x->records, PLETH_RECORDS, 1);
    pleth_net_build(&c->shape, &g);
    for (int i = 0; i < g.count && c->recipe.dropout >= 0; i++)
        if (g.records[i].drop > 0)
            g.records[i].drop = (float)c->recipe.dropout;
    if (feature && (x->teacher_width == 0 || plethtrain_add_regressor(&g, "z", x->teacher_width)))
        return plethio_fail(e, "feature distillation needs a teacher and a student with a feature: "
                               "resnet1d or tcn");
    if (c->start && c->tune >= 0) {
        if (plethtrain_tune_last(&tuned, &c->shape, c->tune, e))
            return -1;
        options.tuned = tuned.prefix;
        options.fixed = 1;
    }
    if (plethtrain_open(&x->net, &g, &options, e) ||
        check_shape(x->net, pleth_net_name(c->shape.kind), e))
        return -1;
    plethtrain_initialise(x->net, c->recipe.seed);
    return c->start ? begin(x, e) : 0;
}

/* ---- Test ---------------------------------------------------------------------------------- */

static int compare_rates(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The median of the labels of those with a role, of one data set (-1: of all); NAN: there is none.
 */
static double median_rate(const struct cell *x, int role, int source)
{
    const struct plethtrain_set *set = x->c->set;
    float *rate = malloc(((size_t)x->windows[role] + 1) * sizeof *rate);
    double median = (double)NAN;
    int n = 0;

    if (!rate)
        return median;
    for (int i = 0; i < x->windows[role]; i++) {
        const struct plethtrain_window *w = &set->window[x->window[role][i]];
        if (source < 0 || set->recording[w->recording].source == source)
            rate[n++] = w->rate;
    }
    qsort(rate, (size_t)n, sizeof *rate, compare_rates);
    if (n)
        median = (double)rate[n / 2];
    free(rate);
    return median;
}

/* Estimates of n windows by what is learned as a device runs it in int8. */
static int estimate_int8(const struct cell *x, const int *window, int n, float *median, float *most,
                         struct plethio_error *e)
{
    struct plethio_model narrow;
    pleth_net_options options;
    size_t size;
    char *bytes = plethtrain_int8_make(x->net, &x->int8, &size, e);
    int status;

    pleth_net_options_default(&options);
    options.cpu_mask = x->c->cpu_mask;
    if (!bytes || plethio_model_take(&narrow, bytes, size, "int8", &options, e))
        return -1;
    status = plethtrain_estimate_device(&narrow, x->c->set, window, n, median, most, e);
    plethio_model_close(&narrow);
    return status;
}

static int test(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_set *set = x->c->set;
    const int n = x->windows[PLETHTRAIN_TESTED], *window = x->window[PLETHTRAIN_TESTED];
    struct plethtrain_cell_result *r = x->result;
    const double constant = median_rate(x, PLETHTRAIN_LEARNS, -1);
    double own[PLETHTRAIN_SOURCES]; /* of each data set, the median of what is tested */
    int *number = malloc(((size_t)set->people + 1) * sizeof *number), status = 0;
    float *median = malloc(((size_t)n + 1) * sizeof *median),
          *int8 = malloc(((size_t)n + 1) * sizeof *int8),
          *most = malloc(((size_t)n + 1) * sizeof *most);

    r->person = calloc((size_t)set->people + 1, sizeof *r->person);
    if (!number || !median || !int8 || !most || !r->person)
        status = no_memory(e);
    else if (n)
        status = estimate_int8(x, window, n, int8, most, e) ||
                         plethtrain_estimate(x->net, set, window, n, median, most, e)
                     ? -1
                     : 0;
    for (int p = 0; p < set->people && status == 0; p++)
        number[p] = -1;
    for (int s = 0; s < set->sources; s++)
        own[s] = median_rate(x, PLETHTRAIN_TESTED, s);
    r->windows = n;
    r->mae = r->mae_int8 = r->mae_argmax = r->mae_constant = n && status == 0 ? 0 : (double)NAN;
    for (int i = 0; i < n && status == 0; i++) {
        const int p = plethtrain_set_person(set, window[i]);
        const double truth = (double)set->window[window[i]].rate;
        const double error = fabs((double)median[i] - truth),
                     error_int8 = fabs((double)int8[i] - truth),
                     error_argmax = fabs((double)most[i] - truth);
        struct plethtrain_cell_person *to;

        if (number[p] < 0) {
            number[p] = r->people++;
            memcpy(r->person[number[p]].name, set->person[p], PLETHTRAIN_NAME);
        }
        to = &r->person[number[p]];
        to->windows++;
        to->mae += error;
        to->mae_int8 += error_int8;
        to->mae_argmax += error_argmax;
        to->mae_median +=
            fabs(own[set->recording[set->window[window[i]].recording].source] - truth);
        r->mae += error / n;
        r->mae_int8 += error_int8 / n;
        r->mae_argmax += error_argmax / n;
        r->mae_constant += fabs(constant - truth) / n;
    }
    for (int i = 0; i < r->people; i++) {
        r->person[i].mae /= r->person[i].windows;
        r->person[i].mae_int8 /= r->person[i].windows;
        r->person[i].mae_argmax /= r->person[i].windows;
        r->person[i].mae_median /= r->person[i].windows;
    }
    free(number);
    free(median);
    free(int8);
    free(most);
    return status;
}

/* ---- The model ----------------------------------------------------------------------------- */

/* Who was tested, and who chose the epoch: "fold 0 of 2, validation 5". */
static void describe_split(const struct plethtrain_split *s, char text[400])
{
    const int way = s->inner ? s->folds * s->inner : s->folds;
    int length;

    if (s->file)
        snprintf(text, 300, "part %.80s of %.200s", s->part ? s->part : "test",
                 plethio_last_part(s->file, &length));
    else if (s->person)
        snprintf(text, 300, "without %.200s", s->person);
    else if (s->tested_from)
        snprintf(text, 300, "tested on other data");
    else if (s->folds)
        snprintf(text, 300, "fold %d of %d%s", s->fold, way, s->inner ? ", to choose by" : "");
    else
        snprintf(text, 300, "%s", s->only ? "tested on other data" : "nobody is tested");
    snprintf(text + strlen(text), 60, ", validation %d", s->validation);
}

static int write_model(const struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;
    const struct plethtrain_cell_result *r = x->result;
    struct plethio_metadata_list *m = calloc(1, sizeof *m);
    char data[400] = "", people[200], error[200], how[400], seed[32], more[32] = "";
    char recipe[PLETHTRAIN_RECIPE_TEXT], taken[PLETHTRAIN_TAKEN], split[400];
    const char *part = "", *from = c->teachers ? c->teacher[0] : c->start;
    void *bytes = NULL;
    size_t size;
    int status = -1;

    for (int i = 0; i < c->set->sources; i++) {
        const size_t used = strlen(data);
        const char *only = "";
        if (c->split.learned_from && i >= c->split.learned_from)
            only = " (only learned from)";
        else if (c->split.tested_from && i >= c->split.tested_from)
            only = " (only tested on)";
        snprintf(data + used, sizeof data - used, "%s%s%s", used ? ", " : "", c->set->source[i],
                 only);
    }
    snprintf(people, sizeof people, "%d trained on, %d more chose the epoch", r->learns,
             r->validates);
    if (r->windows)
        snprintf(error, sizeof error,
                 "%.3f /min mean absolute error (in int8 %.3f), window by window, on %d other "
                 "people (%d windows)",
                 r->mae, r->mae_int8, r->people, r->windows);
    else if (r->validates)
        snprintf(error, sizeof error, "%.3f /min on the people who chose the epoch",
                 r->mae_validation);
    else
        snprintf(error, sizeof error, "not tested");
    if (from)
        part = strrchr(from, '/') ? strrchr(from, '/') + 1 : from;
    if (c->teachers > 1)
        snprintf(more, sizeof more, " and %d others", c->teachers - 1);
    snprintf(how, sizeof how, "%s%s%.200s%s, labels %s, %d epochs of batches of %d, rate %g",
             from == c->start && from ? "tuned" : plethtrain_strategy_names[c->recipe.strategy],
             *part ? " from " : "", part, more, plethtrain_loss_names[c->recipe.loss],
             c->recipe.epochs, c->recipe.batch, c->recipe.rate);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->recipe.seed);
    plethtrain_recipe_text(&c->recipe, recipe);
    plethtrain_taken_text(c->set, taken);
    describe_split(&c->split, split);
    if (!m)
        no_memory(e);
    else if (plethio_metadata_add_shape(m, &c->shape, e) == 0 &&
             plethio_metadata_add(m, "data", data, e) == 0 &&
             plethio_metadata_add(m, "people", people, e) == 0 &&
             plethio_metadata_add(m, "error", error, e) == 0 &&
             plethio_metadata_add(m, "training", how, e) == 0 &&
             plethio_metadata_add(m, "recipe", recipe, e) == 0 &&
             plethio_metadata_add(m, "windows", taken, e) == 0 &&
             plethio_metadata_add(m, "split", split, e) == 0 &&
             plethio_metadata_add(m, "seed", seed, e) == 0 &&
             (!c->note || plethio_metadata_add(m, "trial", c->note, e) == 0) &&
             plethio_metadata_add(m, "trained_on", x->seen, e) == 0)
        bytes = plethtrain_save(x->net, m->item, m->count, x->int8.except, &size, e);
    if (bytes)
        status = plethio_write_whole(c->out, bytes, size, e);
    free(bytes);
    free(m);
    return status;
}

/* ---- All of it ----------------------------------------------------------------------------- */

/* A number that changes with what a network is. */
static unsigned long long digest(const struct plethtrain_net *net)
{
    const struct {
        const float *value;
        ptrdiff_t count;
    } all[] = {{net->parameters, net->floats}, {net->statistics, net->plan.statistics}};
    uint64_t d = 0;

    for (int k = 0; k < 2; k++)
        for (ptrdiff_t i = 0; i < all[k].count; i++) {
            uint32_t bits;
            memcpy(&bits, &all[k].value[i], sizeof bits);
            d = plethtrain_key(d, bits);
        }
    return d;
}

static int train(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;
    struct plethtrain_cell_result *r = x->result;
    struct plethtrain_loop_result done;
    char title[600], shape[PLETHTRAIN_SHAPE];
    struct plethtrain_loop loop = {.set = c->set,
                                   .recipe = &c->recipe,
                                   .net = x->net,
                                   .teachers = c->teachers,
                                   .int8 = &x->int8,
                                   .learn = x->window[PLETHTRAIN_LEARNS],
                                   .learns = x->windows[PLETHTRAIN_LEARNS],
                                   .validate = x->window[PLETHTRAIN_VALIDATES],
                                   .validates = x->windows[PLETHTRAIN_VALIDATES],
                                   .checkpoint = c->checkpoint,
                                   .resume = c->resume,
                                   .title = title,
                                   .tell = c->tell,
                                   .cookie = c->cookie};
    int status;

    /* on other threads or instructions it would go on with other roundings; int8 has none */
    plethtrain_shape_text(&c->shape, shape);
    snprintf(
        title, sizeof title, "%s, threads %d, instructions %x", shape, net_options(c).threads,
        (unsigned)(pleth_cpu_flags() & c->cpu_mask & ~(PLETH_CPU_AVX512_VNNI | PLETH_CPU_DOTPROD)));
    for (int i = 0; i < c->teachers; i++) {
        const size_t used = strlen(title);
        snprintf(title + used, sizeof title - used, ", teacher %016llx", digest(x->teacher[i]));
        loop.teacher[i] = x->teacher[i];
    }
    if (c->start) {
        const size_t used = strlen(title);
        snprintf(title + used, sizeof title - used, ", start %016llx, tuned %d", digest(x->net),
                 c->tune);
    }
    status = plethtrain_loop_run(&loop, &done, e);
    r->epoch = done.epoch;
    r->epochs = done.epochs;
    r->best = done.best;
    r->stopped = done.stopped;
    r->seconds = done.earlier_s;
    r->mae_validation = done.best ? done.epoch[done.best - 1].mae : (double)NAN;
    return status;
}

/* Each of those who are tested for themselves. */
static int tune_people(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;
    const struct plethtrain_personal personal = {.set = c->set,
                                                 .recipe = &c->recipe,
                                                 .window = x->window[PLETHTRAIN_TESTED],
                                                 .windows = x->windows[PLETHTRAIN_TESTED],
                                                 .minutes = c->minutes,
                                                 .net = x->net,
                                                 .model = c->start,
                                                 .cpu_mask = c->cpu_mask,
                                                 .tell = c->tell,
                                                 .cookie = c->cookie};
    const int status = plethtrain_personal_run(&personal, &x->result->personal, e);

    x->result->stopped = x->result->personal.stopped;
    return status;
}

static int run(struct cell *x, struct plethio_error *e)
{
    const struct plethtrain_cell *c = x->c;

    x->records = malloc(PLETH_RECORDS * sizeof *x->records);
    if (!x->records)
        return no_memory(e);
    if (c->checkpoint && !c->resume && plethio_is_file(c->checkpoint))
        return plethio_fail(e,
                            "%s is of a training that was broken off: --resume goes on from it, or "
                            "remove it",
                            c->checkpoint);
    if ((c->recipe.strategy == PLETHTRAIN_SCRATCH) != !c->teachers)
        return plethio_fail(e, c->teachers ? "a teacher, but nothing to learn of it"
                                           : "distillation needs a teacher");
    if (c->minutes > 0 && c->recipe.int8_epochs)
        return plethio_fail(e, "a person is tuned to in float, without epochs in int8");
    if (c->recipe.int8_epochs > c->recipe.epochs)
        return plethio_fail(e, "%d of %d epochs in int8", c->recipe.int8_epochs, c->recipe.epochs);
    if (choose_people(x, e))
        return -1;
    if (c->minutes > 0)
        return (c->tune < 0 ? begin(x, e) : open_student(x, e)) || tune_people(x, e) ? -1 : 0;
    for (int i = 0; i < c->teachers; i++)
        if (open_teacher(x, i, e))
            return -1;
    if (open_student(x, e) || prepare_int8(x, e) || train(x, e))
        return -1;
    if (x->result->stopped)
        return 0;
    return test(x, e) || (c->out && write_model(x, e)) ? -1 : 0;
}

int plethtrain_cell_run(const struct plethtrain_cell *c, struct plethtrain_cell_result *result,
                        struct plethio_error *e)
{
    const double began_s = plethtrain_core_s();
    struct cell *x = calloc(1, sizeof *x);
    int status;

    memset(result, 0, sizeof *result);
    if (!x)
        return no_memory(e);
    x->c = c;
    x->result = result;
    status = run(x, e);
    result->seconds += plethtrain_core_s() - began_s;
    plethtrain_close(x->net);
    for (int i = 0; i < PLETHTRAIN_TEACHERS; i++)
        plethtrain_close(x->teacher[i]);
    for (int k = 0; k < PLETHTRAIN_ROLES; k++)
        free(x->window[k]);
    free(x->sample);
    free(x->role);
    free(x->records);
    free(x);
    return status;
}

void plethtrain_cell_free(struct plethtrain_cell_result *result)
{
    free(result->person);
    free(result->epoch);
    free(result->personal.person);
    memset(result, 0, sizeof *result);
}
