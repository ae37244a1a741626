/* Two methods' tables of rates, compared on the windows that both have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "tool.h"

/* Windows whose times differ by less are the same, in seconds; and references, per minute. */
static const double same_time_s = 0.001, same_reference = 0.1;

static int by_window(const void *a, const void *b)
{
    const struct plethio_rate *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->time_s > y->time_s) - (x->time_s < y->time_s);
}

static int is_same(const struct plethio_rate *x, const struct plethio_rate *y)
{
    return strcmp(x->name, y->name) == 0 && fabs(x->time_s - y->time_s) < same_time_s;
}

/* A table by recording and time, in which every window is there once. */
static int read_table(struct plethio_rates *rates, const char *path, struct plethio_error *e)
{
    if (plethio_rates_read(rates, path, NULL, 0, e))
        return -1;
    for (int i = 0; i < rates->count; i++)
        if (!isfinite(rates->rate[i].time_s)) {
            plethio_rates_free(rates);
            return plethio_fail(e,
                                "%s: rows are compared by recording and time_s, and row %d has "
                                "no time_s",
                                path, i + 1);
        }
    qsort(rates->rate, (size_t)rates->count, sizeof *rates->rate, by_window);
    for (int i = 1; i < rates->count; i++) {
        const struct plethio_rate x = rates->rate[i];
        if (!is_same(&x, &rates->rate[i - 1]))
            continue;
        plethio_rates_free(rates);
        return plethio_fail(e, "%s: recording %.80s has two rows at %g s", path, x.name, x.time_s);
    }
    return 0;
}

/* The windows of both tables. */
struct both {
    struct score_pair *pair[2];
    int n;
    /* windows that only one table has; with different references, by up to largest */
    int only[2], differ;
    double largest;
    struct evaluate_names person, recording;
    double *work;
};

static int add(struct both *b, const struct plethio_rate *x, const struct plethio_rate *y)
{
    const struct plethio_rate *rate[2] = {x, y};
    int person = evaluate_name(&b->person, x->person),
        recording = evaluate_name(&b->recording, x->name);
    double difference = fabs(x->reference - y->reference);

    if (person < 0 || recording < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        struct score_pair *p = &b->pair[i][b->n];
        *p = score_pair_of(x->reference, rate[i]->estimate);
        p->person = person;
        p->recording = recording;
        p->answered = rate[i]->answered;
    }
    b->differ += difference > same_reference;
    b->largest = fmax(b->largest, difference);
    b->n++;
    return 0;
}

static int join(struct both *b, const struct plethio_rates *x, const struct plethio_rates *y)
{
    int i = 0, j = 0;

    while (i < x->count && j < y->count) {
        if (is_same(&x->rate[i], &y->rate[j])) {
            if (add(b, &x->rate[i++], &y->rate[j++]))
                return -1;
        } else if (by_window(&x->rate[i], &y->rate[j]) < 0) {
            i++;
        } else {
            j++;
        }
    }
    b->only[0] = x->count - b->n;
    b->only[1] = y->count - b->n;
    return 0;
}

/* Mean errors of the windows that both answered. */
static int answered_by_both(const struct both *b, double mae[2])
{
    int n = 0;

    mae[0] = mae[1] = 0;
    for (int i = 0; i < b->n; i++)
        if (b->pair[0][i].answered && b->pair[1][i].answered) {
            for (int k = 0; k < 2; k++)
                mae[k] += fabs(b->pair[k][i].estimate - b->pair[k][i].reference);
            n++;
        }
    for (int k = 0; k < 2; k++)
        mae[k] = n ? mae[k] / n : (double)NAN;
    return n;
}

static void json(const struct both *b, const struct score_summary s[2],
                 const struct score_comparison *c, const struct evaluate_options *o)
{
    const char *const file[2] = {o->path, o->other};
    double mae[2];
    int n = answered_by_both(b, mae);

    printf("{\"comparison\":{\"n\":%d,\"people\":%d,\"recordings\":%d", b->n, c->people,
           s[0].recordings);
    printf(",\"only_a\":%d,\"only_b\":%d,\"references_differ\":%d", b->only[0], b->only[1],
           b->differ);
    for (int i = 0; i < 2; i++) {
        printf(",\"%c\":{\"file\":", 'a' + i);
        tool_json_string(stdout, file[i]);
        tool_json_key(stdout, "coverage", s[i].coverage, 9);
        tool_json_key(stdout, "missing", s[i].missing, 9);
        printf(",\"mae\":{\"value\":");
        tool_json_number(stdout, s[i].mae.value, 9);
        tool_json_key(stdout, "se", s[i].mae.se, 9);
        putchar('}');
        tool_json_key(stdout, "mae_answered", s[i].mae_answered, 9);
        tool_json_key(stdout, "bias", s[i].bias, 9);
        putchar('}');
    }
    printf(",\"difference\":{\"value\":");
    tool_json_number(stdout, c->difference.value, 9);
    tool_json_key(stdout, "se", c->difference.se, 9);
    tool_json_key(stdout, "low", c->interval[0], 9);
    tool_json_key(stdout, "high", c->interval[1], 9);
    printf("},\"people_better\":{\"a\":%d,\"b\":%d,\"equal\":%d}", c->better[0], c->better[1],
           c->equal);
    tool_json_key(stdout, "sign_p", c->sign_p, 9);
    tool_json_key(stdout, "wilcoxon_p", c->wilcoxon_p, 9);
    printf(",\"answered_by_both\":{\"n\":%d", n);
    tool_json_key(stdout, "a", mae[0], 9);
    tool_json_key(stdout, "b", mae[1], 9);
    printf("}}}\n");
}

static void text(const struct both *b, const struct score_summary s[2],
                 const struct score_comparison *c, const struct evaluate_options *o)
{
    const char *const file[2] = {o->path, o->other};
    double mae[2];
    int n = answered_by_both(b, mae);

    printf("%d windows that both have, %d recordings, %d people\n", b->n, s[0].recordings,
           c->people);
    printf("left out: %d that only A has, %d that only B has\n", b->only[0], b->only[1]);
    if (b->differ)
        printf("the references of %d windows differ, by up to %.2f /min: those of A count\n",
               b->differ, b->largest);
    for (int i = 0; i < 2; i++) {
        printf("\n%c: %s\n", 'A' + i, file[i]);
        evaluate_text_line("answered", 100 * s[i].coverage, (double)NAN, "% of windows");
        evaluate_text_line("mean absolute error", s[i].mae.value, s[i].mae.se, "/min");
        evaluate_text_line("  of the answered windows", s[i].mae_answered, (double)NAN, "/min");
        if (n)
            evaluate_text_line("  of those answered by both", mae[i], (double)NAN, "/min");
        evaluate_text_line("windows without a guess", 100 * s[i].missing, (double)NAN, "%");
    }
    printf("\nA - B\n");
    evaluate_text_line("difference of these errors", c->difference.value, c->difference.se, "/min");
    if (isfinite(c->interval[0]))
        printf("  %-34s %10.4f to %.4f /min\n", "  95 % interval over people", c->interval[0],
               c->interval[1]);
    printf("  people with a smaller error: %d of %d with A, %d with B, %d equal\n", c->better[0],
           c->people, c->better[1], c->equal);
    printf("  if A and B were alike, people would differ as much by chance with p = %.3g (signs),\n"
           "  %.3g (Wilcoxon's signed ranks)\n",
           c->sign_p, c->wilcoxon_p);
}

static int compare(struct both *b, const struct evaluate_options *o, struct plethio_error *e)
{
    struct score_summary s[2];
    struct score_comparison c;

    if (b->n == 0)
        return plethio_fail(e, "%s and %s have no window in common (recording and time_s)", o->path,
                            o->other);
    for (int i = 0; i < 2; i++)
        score_summarize(b->pair[i], b->n, SCORE_PLAIN, evaluate_floor[o->vital], &s[i], b->work);
    score_compare(b->pair[0], b->pair[1], b->n, s[0].constant_error, &c, b->work);
    if (o->json)
        json(b, s, &c, o);
    else
        text(b, s, &c, o);
    return 0;
}

int evaluate_pair(const struct evaluate_options *o, struct plethio_error *e)
{
    struct plethio_rates x, y;
    struct both b;
    int status = -1;
    size_t most;

    memset(&b, 0, sizeof b);
    if (read_table(&x, o->path, e))
        return -1;
    if (read_table(&y, o->other, e)) {
        plethio_rates_free(&x);
        return -1;
    }
    most = (size_t)x.count;
    b.pair[0] = malloc(most * sizeof *b.pair[0]);
    b.pair[1] = malloc(most * sizeof *b.pair[1]);
    b.work = malloc(3 * most * sizeof *b.work);
    if (!b.pair[0] || !b.pair[1] || !b.work || join(&b, &x, &y))
        evaluate_no_memory(e);
    else
        status = compare(&b, o, e);
    free(b.pair[0]);
    free(b.pair[1]);
    free(b.work);
    free(b.person.name);
    free(b.recording.name);
    plethio_rates_free(&x);
    plethio_rates_free(&y);
    return status;
}
