/* Results of many recordings: tables as they are read, data sets by threads. They are taken in the
 * order of the recordings, so that what is printed does not depend on how many threads there are.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "evaluate.h"
#include "pleth/pleth.h"
#include "tool.h"

/* ---- Tables ----------------------------------------------------------------------------- */

int evaluate_table_of_waves(struct evaluation *v, struct plethio_error *e)
{
    const struct evaluate_options *o = v->options;
    struct plethio_waves waves;
    int status = 0;

    if (plethio_waves_read(&waves, o->path, o->measure.rate_hz, e))
        return -1;
    for (int i = 0; i < waves.count && status == 0; i++) {
        const struct plethio_wave_pair *p = &waves.pair[i];
        struct score_wave_options w = evaluate_wave_options(
            o, p->rate_hz, o->differences < 0 ? waves.differences : o->differences);
        struct evaluate_result result;
        struct plethio_error why;

        evaluate_result_init(&result, p->name, p->person);
        status = evaluate_waves(p->estimate, p->label, p->n, &w, o->window_s, &result, &why);
        if (status)
            plethio_fail(e, "%s: %s: %s", o->path, p->name, why.text);
        else
            status = evaluation_take(v, &result, e);
        evaluate_result_free(&result);
    }
    plethio_waves_free(&waves);
    return status;
}

/* The rows from `first` on that are of one recording. Returns the row after them. */
static int take_rows(struct evaluation *v, const struct plethio_rates *rates, int first,
                     const char **label, int *status, struct plethio_error *e)
{
    const struct plethio_rate *head = &rates->rate[first];
    struct evaluate_result result;
    int row;

    evaluate_result_init(&result, head->name, head->person);
    result.label = label + (size_t)first * (size_t)v->options->groups;
    for (row = first; row < rates->count && *status == 0; row++) {
        const struct plethio_rate *x = &rates->rate[row];
        const struct evaluate_window window = {
            .start_s = x->time_s, .end_s = x->time_s, .time_s = x->time_s};
        struct score_pair pair = score_pair_of(x->reference, x->estimate);

        if (strcmp(x->name, head->name) != 0 || strcmp(x->person, head->person) != 0)
            break;
        pair.answered = x->answered;
        pair.quality = x->quality;
        pair.sd = x->sd;
        pair.cadence = x->cadence;
        pair.elapsed_s = x->time_s;
        *status = evaluate_add_window(&result.study[HEART], &pair, &window, e);
    }
    if (*status == 0)
        *status = evaluation_take(v, &result, e);
    evaluate_result_free(&result);
    return row;
}

int evaluate_table_of_rates(struct evaluation *v, struct plethio_error *e)
{
    const struct evaluate_options *o = v->options;
    const char *column[EVALUATE_GROUPS], **label;
    int at[EVALUATE_GROUPS], columns = 0, status = 0;
    struct plethio_rates rates;

    for (int g = 0; g < o->groups; g++) {
        at[g] = evaluate_own_group(o->group[g]) ? -1 : columns;
        if (at[g] >= 0)
            column[columns++] = o->group[g];
    }
    if (plethio_rates_read(&rates, o->path, column, columns, e))
        return -1;
    label = malloc(((size_t)rates.count * (size_t)o->groups + 1) * sizeof *label);
    if (!label)
        status = evaluate_no_memory(e);
    for (int row = 0; row < rates.count && status == 0; row++)
        for (int g = 0; g < o->groups; g++)
            label[row * o->groups + g] = at[g] < 0 ? "" : rates.label[row * columns + at[g]];
    for (int row = 0; row < rates.count && status == 0;)
        row = take_rows(v, &rates, row, label, &status, e);
    free(label);
    plethio_rates_free(&rates);
    return status;
}

/* ---- Data sets -------------------------------------------------------------------------- */

/* Measuring one recording, from its start or from a random instant. */
struct task {
    const struct plethio_recording *recording;
    double start;
    struct evaluate_result result;
    _Atomic int thousandths;
    int done;
};

/* What the threads share: from next on no task is begun; the lock guards it and done. */
struct pool {
    const struct evaluate_options *options;
    const struct evaluate_share *share;
    const struct plethio_layout *layout;
    struct task *task;
    int count, next;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    pthread_t *thread;
    int threads;
};

/* Random starts depend on the recording's name alone: a part of a set has those of the whole. */
static double random_start(const struct evaluate_options *o, const char *name, int number)
{
    uint64_t state = 0xcbf29ce484222325u, value = 0;

    /* FNV-1a */
    for (; *name; name++)
        state = (state ^ (unsigned char)*name) * 0x100000001b3u;
    state += o->seed;
    for (int i = 0; i <= number; i++)
        value = score_random(&state);
    return (double)(value >> 11) * 0x1p-53;
}

static void *work(void *cookie)
{
    struct pool *p = cookie;
    struct plethio_error why;

    for (;;) {
        struct task *t;
        int status;

        pthread_mutex_lock(&p->lock);
        t = p->next < p->count ? &p->task[p->next] : NULL;
        p->next += p->share->count;
        pthread_mutex_unlock(&p->lock);
        if (!t)
            return NULL;
        status = evaluate_recording(t->recording, p->layout, p->options, t->start, &t->thousandths,
                                    &t->result, &why);
        if (status) {
            t->result.failed = 1;
            memcpy(t->result.error, why.text, sizeof t->result.error);
        }
        pthread_mutex_lock(&p->lock);
        t->done = 1;
        t->thousandths = 1000;
        pthread_cond_broadcast(&p->ready);
        pthread_mutex_unlock(&p->lock);
    }
}

/* Waits until a thread has done the task, and tells how far all have come. */
static void await(struct pool *p, const struct task *t)
{
    pthread_mutex_lock(&p->lock);
    while (!t->done) {
        struct timespec until;
        double sum = 0;

        for (int i = p->share->rank; i < p->count; i += p->share->count)
            sum += p->task[i].thousandths;
        tool_progress(t->recording->name, sum * p->share->count / (1000.0 * p->count));
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100 * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&p->ready, &p->lock, &until);
    }
    pthread_mutex_unlock(&p->lock);
    tool_progress_clear();
}

/* All results, in order: taken where this is the process that reports, else handed on to it. */
static int collect(struct pool *p, struct evaluation *v, struct plethio_error *e)
{
    const struct evaluate_share *share = p->share;
    int status = 0;

    for (int i = 0; i < p->count && status == 0; i++) {
        struct task *t = &p->task[i];
        int mine = i % share->count == share->rank;

        if (!mine && share->rank != 0)
            continue;
        if (mine) {
            await(p, t);
        } else {
            tool_progress(t->recording->name, (double)i / p->count);
            status = evaluate_share_get(share, i, &t->result, e);
            tool_progress_clear();
        }
        if (status == 0)
            status = share->rank == 0 ? evaluation_take(v, &t->result, e)
                                      : evaluate_share_put(share, i, &t->result, e);
        evaluate_result_free(&t->result);
    }
    return status;
}

static int pool_open(struct pool *p, const struct plethio_dataset *d, struct plethio_error *e)
{
    /* a decoder of video has more on its stack than some C libraries give a thread */
    const size_t stack = 8 << 20;
    const struct evaluate_options *o = p->options;
    int starts = o->starts ? o->starts : 1, jobs = o->jobs;
    pthread_attr_t attributes;

    p->count = d->count * starts;
    p->next = p->share->rank;
    if (jobs == 0)
        jobs = p->share->count > 1 ? 1 : (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (jobs > p->count)
        jobs = p->count;
    if (jobs < 1)
        jobs = 1;
    p->task = calloc((size_t)p->count, sizeof *p->task);
    p->thread = malloc((size_t)jobs * sizeof *p->thread);
    if (!p->task || !p->thread)
        return evaluate_no_memory(e);
    for (int i = 0; i < p->count; i++) {
        struct task *t = &p->task[i];
        t->recording = &d->recording[i / starts];
        t->start = o->starts ? random_start(o, t->recording->name, i % starts) : -1;
        evaluate_result_init(&t->result, t->recording->name, t->recording->person);
        t->result.recording = t->recording;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    while (p->threads < jobs && pthread_create(&p->thread[p->threads], &attributes, work, p) == 0)
        p->threads++;
    pthread_attr_destroy(&attributes);
    return p->threads ? 0 : plethio_fail(e, "no thread could be started");
}

static void pool_close(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->next = p->count;
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    for (int i = 0; p->task && i < p->count; i++)
        evaluate_result_free(&p->task[i].result);
    free(p->task);
    free(p->thread);
}

static int measure_all(struct evaluation *v, const struct plethio_dataset *d,
                       const struct evaluate_share *share, struct plethio_error *e)
{
    struct pool p = {.options = v->options,
                     .share = share,
                     .layout = d->layout,
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .ready = PTHREAD_COND_INITIALIZER};
    int status = pool_open(&p, d, e);

    if (status == 0)
        status = collect(&p, v, e);
    pool_close(&p);
    tool_progress_end();
    return status;
}

static int open_dataset(struct plethio_dataset *d, const struct evaluate_options *o,
                        const struct plethio_layout *layout, struct plethio_error *e)
{
    if (plethio_dataset_open(d, layout, o->path, e))
        return -1;
    if (o->split && plethio_dataset_split(d, o->split, o->fold, e)) {
        plethio_dataset_free(d);
        return -1;
    }
    return 0;
}

int evaluate_dataset(struct evaluation *v, const struct plethio_layout *layout,
                     struct plethio_error *e)
{
    const struct evaluate_options *o = v->options;
    struct evaluate_share share;
    struct plethio_dataset d;
    int status;

    if (open_dataset(&d, o, layout, e))
        return -1;
    status = evaluate_share_open(&share, o->share, e);
    if (status == 0) {
        if (d.unlabelled && share.rank == 0)
            fprintf(stderr,
                    "pleth %s: %d recordings have no reference beside them and do not count\n",
                    evaluate_verb, d.unlabelled);
        status = measure_all(v, &d, &share, e);
        evaluate_share_close(&share);
    }
    plethio_dataset_free(&d);
    if (status)
        return status;
    if (share.rank != 0)
        return 1;
    if (v->failed == v->recordings)
        return plethio_fail(e, "%s: not one of %d recordings could be measured", o->path,
                            v->failed);
    return 0;
}

/* ---- Folds ------------------------------------------------------------------------------ */

static int people_of(struct evaluate_names *people, const struct evaluate_options *o,
                     const struct plethio_layout *layout, struct plethio_error *e)
{
    struct plethio_dataset d;
    struct plethio_rates rates;
    int bad = 0;

    if (!layout) {
        if (plethio_rates_read(&rates, o->path, NULL, 0, e))
            return -1;
        for (int i = 0; i < rates.count && !bad; i++)
            bad = evaluate_name(people, rates.rate[i].person) < 0;
        plethio_rates_free(&rates);
    } else {
        if (open_dataset(&d, o, layout, e))
            return -1;
        for (int i = 0; i < d.count && !bad; i++)
            bad = evaluate_name(people, d.recording[i].person) < 0;
        plethio_dataset_free(&d);
    }
    if (bad)
        return evaluate_no_memory(e);
    if (people->count < o->folds)
        return plethio_fail(e, "%s: %d people do not make %d folds", o->path, people->count,
                            o->folds);
    return 0;
}

/* A random order of people, dealt to the folds in turn: as equal as can be, and nobody in two. */
static int write_folds(const struct evaluate_names *people, const struct evaluate_options *o,
                       struct plethio_error *e)
{
    int *fold = malloc((size_t)people->count * sizeof *fold);
    uint64_t state = o->seed;
    struct tool_out out;

    if (!fold)
        return evaluate_no_memory(e);
    for (int i = 0; i < people->count; i++) {
        /* Fisher and Yates, inside out */
        int j = (int)(score_random(&state) % (uint64_t)(i + 1));
        fold[i] = fold[j];
        fold[j] = i % o->folds + 1;
    }
    if (tool_out_open(&out, o->write_split, e)) {
        free(fold);
        return -1;
    }
    fprintf(out.file, "name,fold\n");
    for (int i = 0; i < people->count; i++) {
        evaluate_csv_text(out.file, people->name[i]);
        fprintf(out.file, ",%d\n", fold[i]);
    }
    free(fold);
    return tool_out_close(&out, 1, e);
}

int evaluate_write_folds(const struct evaluate_options *o, const struct plethio_layout *layout,
                         struct plethio_error *e)
{
    struct evaluate_names people = {NULL, 0, 0};
    int status = people_of(&people, o, layout, e);

    if (status == 0)
        status = write_folds(&people, o, e);
    free(people.name);
    return status;
}
