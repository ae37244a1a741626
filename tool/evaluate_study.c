/* Windows of recordings, gathered: whose they are and which groups they belong to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "memory.h"

int evaluate_no_memory(struct plethio_error *e)
{
    return plethio_fail(e, "out of memory; evaluate fewer recordings at a time");
}

/* ---- Results ---------------------------------------------------------------------------- */

void evaluate_result_init(struct evaluate_result *result, const char *name, const char *person)
{
    memset(result, 0, sizeof *result);
    snprintf(result->name, sizeof result->name, "%s", name);
    result->person = person;
    result->duration_s = result->face = (double)NAN;
}

static void free_study(struct evaluate_study *s)
{
    free(s->pair);
    free(s->window);
}

void evaluate_result_free(struct evaluate_result *result)
{
    for (int i = 0; i < VITALS; i++)
        free_study(&result->study[i]);
    memset(result->study, 0, sizeof result->study);
}

static int grow_study(struct evaluate_study *s, int more)
{
    struct score_pair *pair =
        plethio_grow(s->pair, s->count, more, &s->pair_capacity, sizeof *pair);
    struct evaluate_window *window;

    if (!pair)
        return -1;
    s->pair = pair;
    window = plethio_grow(s->window, s->count, more, &s->window_capacity, sizeof *window);
    if (!window)
        return -1;
    s->window = window;
    return 0;
}

int evaluate_add_window(struct evaluate_study *s, const struct score_pair *pair,
                        const struct evaluate_window *window, struct plethio_error *e)
{
    if (!(pair->reference > 0)) {
        s->null_windows++;
        s->null_answered += pair->answered;
        return 0;
    }
    if (grow_study(s, 1))
        return evaluate_no_memory(e);
    s->pair[s->count] = *pair;
    s->window[s->count++] = *window;
    return 0;
}

/* ---- Names ------------------------------------------------------------------------------ */

static int add_name(struct evaluate_names *names, const char *name)
{
    char(*larger)[256] =
        plethio_grow(names->name, names->count, 1, &names->capacity, sizeof *larger);

    if (!larger)
        return -1;
    names->name = larger;
    snprintf(names->name[names->count], sizeof *names->name, "%.255s", name);
    return names->count++;
}

int evaluate_name(struct evaluate_names *names, const char *name)
{
    for (int i = names->count - 1; i >= 0; i--)
        if (strncmp(names->name[i], name, sizeof *names->name - 1) == 0)
            return i;
    return add_name(names, name);
}

/* ---- An evaluation ---------------------------------------------------------------------- */

int evaluate_own_group(const char *name)
{
    return strcmp(name, "person") == 0 || strcmp(name, "recording") == 0 ||
           strcmp(name, "true_rate") == 0;
}

int evaluate_window_group(const char *name)
{
    return strcmp(name, "activity") == 0;
}

int evaluate_attribute(const struct plethio_layout *layout, const char *name)
{
    const char *names = layout ? plethio_layout_attributes(layout) : "";
    const size_t length = strlen(name);

    for (; *names; names += names[strcspn(names, "|")] == '|') {
        size_t n = strcspn(names, "|");

        if (n == length && strncmp(names, name, n) == 0)
            return 1;
        names += n;
    }
    return 0;
}

/* The table of labels, and where its groups are. */
static int open_labels(struct evaluation *v, const struct plethio_layout *layout,
                       struct plethio_error *e)
{
    const struct evaluate_options *o = v->options;

    for (int g = 0; g < o->groups; g++)
        v->label_column[g] = -1;
    if (!o->labels)
        return 0;
    if (plethio_cells_read(&v->labels, o->labels, 0, e))
        return -1;
    if (plethio_cells_column(&v->labels, "recording|person") < 0)
        return plethio_fail(e, "%s: no column recording or person", o->labels);
    for (int g = 0; g < o->groups; g++) {
        if (evaluate_own_group(o->group[g]))
            continue;
        v->label_column[g] = plethio_cells_column(&v->labels, o->group[g]);
        if (v->label_column[g] < 0 && !evaluate_window_group(o->group[g]) &&
            !evaluate_attribute(layout, o->group[g]))
            return plethio_fail(e, "%s: no column %s", o->labels, o->group[g]);
    }
    return 0;
}

int evaluation_open(struct evaluation *v, const struct evaluate_options *options,
                    const struct plethio_layout *layout, struct plethio_error *e)
{
    memset(v, 0, sizeof *v);
    v->options = options;
    if (open_labels(v, layout, e)) {
        evaluation_free(v);
        return -1;
    }
    if (evaluate_name(&v->text, "") < 0) {
        evaluation_free(v);
        return evaluate_no_memory(e);
    }
    return 0;
}

void evaluation_free(struct evaluation *v)
{
    for (int i = 0; i < VITALS; i++) {
        free_study(&v->study[i]);
        free(v->person[i].name);
        free(v->recording[i].name);
        free(v->label[i]);
    }
    free(v->text.name);
    free(v->beats);
    free(v->beats_person.name);
    plethio_cells_free(&v->labels);
    memset(v, 0, sizeof *v);
}

/* What the table of labels says of a recording, or of its person; "" for nothing. */
static const char *label_of(const struct evaluation *v, int group,
                            const struct evaluate_result *result)
{
    const struct plethio_cells *t = &v->labels;
    int recording, person;

    if (v->label_column[group] < 0)
        return "";
    recording = plethio_cells_column(t, "recording");
    person = plethio_cells_column(t, "person");
    for (int row = 1; row < t->rows; row++)
        if ((recording >= 0 && strcmp(plethio_cells_text(t, row, recording), result->name) == 0) ||
            (person >= 0 && strcmp(plethio_cells_text(t, row, person), result->person) == 0))
            return plethio_cells_text(t, row, v->label_column[group]);
    return "";
}

/* Text of a group for the result's window i. */
static const char *window_label(const struct evaluation *v, int group, int vital,
                                const struct evaluate_result *result, int i)
{
    const char *activity = result->study[vital].window[i].activity;

    if (result->label)
        return result->label[i * v->options->groups + group];
    if (*activity && evaluate_window_group(v->options->group[group]))
        return activity;
    if (v->label_column[group] < 0 && result->recording)
        return plethio_recording_attribute(result->recording, v->options->group[group]);
    return label_of(v, group, result);
}

/* Labels of the newest n windows of a vital. */
static int take_labels(struct evaluation *v, int vital, const struct evaluate_result *result, int n)
{
    const int groups = v->options->groups;
    const struct evaluate_study *s = &v->study[vital];
    int *label;

    if (groups == 0)
        return 0;
    label = plethio_grow(v->label[vital], s->count - n, n, &v->label_capacity[vital],
                         (size_t)groups * sizeof *label);
    if (!label)
        return -1;
    v->label[vital] = label;
    for (int i = 0; i < n; i++)
        for (int g = 0; g < groups; g++) {
            int number = evaluate_name(&v->text, window_label(v, g, vital, result, i));
            if (number < 0)
                return -1;
            label[(s->count - n + i) * groups + g] = number;
        }
    return 0;
}

static int take_study(struct evaluation *v, int vital, const struct evaluate_result *result)
{
    const struct evaluate_study *from = &result->study[vital];
    struct evaluate_study *to = &v->study[vital];
    int person, recording;

    to->null_windows += from->null_windows;
    to->null_answered += from->null_answered;
    if (from->count == 0)
        return 0;
    person = evaluate_name(&v->person[vital], result->person);
    recording = add_name(&v->recording[vital], result->name);
    if (person < 0 || recording < 0 || grow_study(to, from->count))
        return -1;
    for (int i = 0; i < from->count; i++) {
        to->pair[to->count] = from->pair[i];
        to->pair[to->count].person = person;
        to->pair[to->count].recording = recording;
        to->window[to->count++] = from->window[i];
    }
    return take_labels(v, vital, result, from->count);
}

int evaluation_take(struct evaluation *v, const struct evaluate_result *result,
                    struct plethio_error *e)
{
    if (result->warning[0])
        fprintf(stderr, "pleth %s: %s: %s\n", evaluate_verb, result->name, result->warning);
    if (result->failed) {
        v->failed++;
        fprintf(stderr, "pleth %s: %s: %s\n", evaluate_verb, result->name, result->error);
    } else {
        for (int i = 0; i < VITALS; i++)
            if (take_study(v, i, result))
                return evaluate_no_memory(e);
        if (evaluate_take_variability(v, result, e))
            return -1;
        evaluate_print_result(result, v->options, v->recordings == v->failed);
    }
    v->recordings++;
    return 0;
}
