/* The same figures for parts of a set: by true rate, by person, by whatever its tables tell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "tool.h"

/* Limits of true rates where --groups gives none, and always for the breathing of a data set. */
static const double usual_limits[VITALS][2] = {{77, 90}, {12, 20}};
/* Ends of the spans of time since measuring began, in seconds; the last one has none. */
static const double spans[] = {5, 10, 15, 20, 30, 45};
enum { SPANS = (int)(sizeof spans / sizeof *spans) };

/* The windows of a vital, split by one label. */
struct grouping {
    const struct evaluation *v;
    int vital;
    /* of each window the number of its value, negative: in no group */
    int *label;
    /* the values in use, in the order in which they are told */
    int *value;
    int values;
    /* room for one group: windows, and what their scores need */
    struct score_pair *part;
    double *work;
    int *renumber;
    /* "person", or NULL for the spans since a random start */
    const char *group;
    int at;
};

static int is_numbered(const struct grouping *g)
{
    return !g->group || strcmp(g->group, "true_rate") == 0;
}

/* Which of n ends x lies below; n beyond the last. */
static int bin_of(const double *end, int n, double x)
{
    int i = 0;

    while (i < n && x >= end[i])
        i++;
    return i;
}

static int is_breathing(const struct grouping *g)
{
    return g->vital == BREATHING || g->v->options->vital == BREATHING;
}

/* The ends of a numbered group's values; returns how many. */
static int ends_of(const struct grouping *g, const double **end)
{
    const struct evaluate_options *o = g->v->options;

    *end = spans;
    if (!g->group)
        return SPANS;
    *end = o->limit;
    if (g->vital == HEART && o->limits)
        return o->limits;
    *end = usual_limits[is_breathing(g) ? BREATHING : HEART];
    return 2;
}

/* What a value is called. */
static void value_text(const struct grouping *g, int value, char *text, size_t size)
{
    const double *end;
    const int n = ends_of(g, &end);

    if (!is_numbered(g)) {
        const struct evaluate_names *names = strcmp(g->group, "person") == 0      ? g->v->person
                                             : strcmp(g->group, "recording") == 0 ? g->v->recording
                                                                                  : NULL;
        snprintf(text, size, "%s", (names ? names + g->vital : &g->v->text)->name[value]);
    } else if (value == 0) {
        snprintf(text, size, "<%g", end[0]);
    } else if (value == n) {
        snprintf(text, size, ">=%g", end[n - 1]);
    } else {
        snprintf(text, size, "%g-%g", end[value - 1], end[value]);
    }
}

static int label_of(const struct grouping *g, int i)
{
    const struct evaluate_options *o = g->v->options;
    const struct score_pair *p = &g->v->study[g->vital].pair[i];
    const double *end;
    int text, n = ends_of(g, &end);

    if (!g->group)
        return isfinite(p->elapsed_s) ? bin_of(end, n, p->elapsed_s) : -1;
    if (strcmp(g->group, "true_rate") == 0)
        return bin_of(end, n, p->reference);
    if (strcmp(g->group, "person") == 0)
        return p->person;
    if (strcmp(g->group, "recording") == 0)
        return p->recording;
    text = g->v->label[g->vital][i * o->groups + g->at];
    /* text 0 is no label */
    return text > 0 ? text : -1;
}

/* Names that are numbers by size, before others by letters. */
static int compare_texts(const char *a, const char *b)
{
    char *end_a, *end_b;
    double x = strtod(a, &end_a), y = strtod(b, &end_b);
    int number_a = *a && !*end_a, number_b = *b && !*end_b;

    if (number_a && number_b && (x < y || x > y))
        return x < y ? -1 : 1;
    return number_a != number_b ? number_b - number_a : strcmp(a, b);
}

static int goes_before(const struct grouping *g, int a, int b)
{
    char x[256], y[256];

    if (is_numbered(g))
        return a < b;
    value_text(g, a, x, sizeof x);
    value_text(g, b, y, sizeof y);
    return compare_texts(x, y) < 0;
}

static void find_values(struct grouping *g, int n)
{
    g->values = 0;
    for (int i = 0; i < n; i++) {
        int known = 0, at;
        g->label[i] = label_of(g, i);
        /* windows of one recording follow each other */
        if (g->label[i] < 0 || (i > 0 && g->label[i] == g->label[i - 1]))
            continue;
        for (int k = 0; k < g->values && !known; k++)
            known = g->value[k] == g->label[i];
        if (known)
            continue;
        for (at = g->values++; at > 0 && goes_before(g, g->label[i], g->value[at - 1]); at--)
            g->value[at] = g->value[at - 1];
        g->value[at] = g->label[i];
    }
}

static void json_group(const char *vital, const char *group, const char *value,
                       const struct score_summary *s)
{
    printf("{\"group\":{\"vital\":\"%s\",\"name\":", vital);
    tool_json_string(stdout, group);
    printf(",\"value\":");
    tool_json_string(stdout, value);
    printf(",\"n\":%d,\"people\":%d,\"recordings\":%d", s->n, s->people, s->recordings);
    tool_json_key(stdout, "coverage", s->coverage, 9);
    tool_json_key(stdout, "missing", s->missing, 9);
    printf(",\"mae\":{\"value\":");
    tool_json_number(stdout, s->mae.value, 9);
    tool_json_key(stdout, "se", s->mae.se, 9);
    putchar('}');
    tool_json_key(stdout, "mae_answered", s->mae_answered, 9);
    tool_json_key(stdout, "bias", s->bias, 9);
    printf("}}\n");
}

static void text_number(double value)
{
    if (isfinite(value))
        printf(" %9.2f", value);
    else
        printf(" %9s", "-");
}

static void text_group(const char *value, const struct score_summary *s)
{
    printf("  %-30.60s %7d %7d %8.0f%%", value, s->n, s->people, 100 * s->coverage);
    text_number(s->mae.value);
    text_number(s->mae.se);
    text_number(s->mae_answered);
    putchar('\n');
}

static void print_grouping(struct grouping *g, const struct score_summary *summary)
{
    const struct evaluate_options *o = g->v->options;
    const struct evaluate_study *s = &g->v->study[g->vital];
    const char *group = g->group ? g->group : "since_start_s";

    find_values(g, s->count);
    if (!o->json && g->values)
        printf("\n  %-30.60s %7s %7s %9s %9s %9s %9s\n", group, "windows", "people", "answered",
               "error", "se", "answered's");
    for (int k = 0; k < g->values; k++) {
        struct score_summary x;
        char value[256];
        int n = score_select(s->pair, s->count, g->label, g->value[k], g->part, g->renumber);

        score_summarize_part(g->part, n, o->profile, summary->constant_error, &x, g->work);
        value_text(g, g->value[k], value, sizeof value);
        if (o->json)
            json_group(is_breathing(g) ? "breathing_rate" : "heart_rate", group, value, &x);
        else
            text_group(value, &x);
    }
}

int evaluate_print_groups(const struct evaluation *v, int vital,
                          const struct score_summary *summary, struct plethio_error *e)
{
    const struct evaluate_options *o = v->options;
    const size_t n = (size_t)v->study[vital].count;
    struct grouping g = {.v = v, .vital = vital};
    int status = 0;

    if (n == 0 || (o->groups == 0 && o->starts == 0))
        return 0;
    g.label = malloc(n * sizeof *g.label);
    g.value = malloc(n * sizeof *g.value);
    g.part = malloc(n * sizeof *g.part);
    g.work = malloc(3 * n * sizeof *g.work);
    g.renumber = malloc(2 * n * sizeof *g.renumber);
    if (!g.label || !g.value || !g.part || !g.work || !g.renumber)
        status = evaluate_no_memory(e);
    if (status == 0 && o->starts)
        print_grouping(&g, summary);
    for (g.at = 0; g.at < o->groups && status == 0; g.at++) {
        g.group = o->group[g.at];
        print_grouping(&g, summary);
    }
    free(g.label);
    free(g.value);
    free(g.part);
    free(g.work);
    free(g.renumber);
    return status;
}
