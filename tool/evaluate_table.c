/* Windows as a table that `evaluate rates` reads again. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "evaluate.h"
#include "tool.h"

void evaluate_csv_text(FILE *f, const char *text)
{
    /* what the readers of tables would take for something else */
    if (!strpbrk(text, "\t;,\"\r\n#") && text[0] != ' ') {
        fputs(text, f);
        return;
    }
    putc('"', f);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', f);
        putc(*text, f);
    }
    putc('"', f);
}

/* Empty where it is not known. */
static void cell(FILE *f, double value)
{
    putc(',', f);
    if (isfinite(value))
        fprintf(f, "%.10g", value);
}

static void write_windows(const struct evaluation *v, int vital, FILE *f)
{
    const struct evaluate_options *o = v->options;
    const struct evaluate_study *s = &v->study[vital];

    fprintf(f, "recording,person,time_s,reference,estimate,answered,quality,sd,cadence");
    for (int g = 0; g < o->groups; g++)
        if (!evaluate_own_group(o->group[g])) {
            putc(',', f);
            evaluate_csv_text(f, o->group[g]);
        }
    putc('\n', f);
    for (int i = 0; i < s->count; i++) {
        const struct score_pair *p = &s->pair[i];
        evaluate_csv_text(f, v->recording[vital].name[p->recording]);
        putc(',', f);
        evaluate_csv_text(f, v->person[vital].name[p->person]);
        cell(f, s->window[i].time_s);
        cell(f, p->reference);
        cell(f, p->estimate);
        fprintf(f, ",%d", p->answered);
        cell(f, p->quality);
        cell(f, p->sd);
        cell(f, p->cadence);
        for (int g = 0; g < o->groups; g++)
            if (!evaluate_own_group(o->group[g])) {
                putc(',', f);
                evaluate_csv_text(f, v->text.name[v->label[vital][i * o->groups + g]]);
            }
        putc('\n', f);
    }
}

static int write_table(const struct evaluation *v, int vital, const char *path,
                       struct plethio_error *e)
{
    struct tool_out out;

    if (tool_out_open(&out, path, e))
        return -1;
    write_windows(v, vital, out.file);
    return tool_out_close(&out, 1, e);
}

/* The other vital's table: ".breathing" before the suffix. */
int evaluate_write_rates(const struct evaluation *v, struct plethio_error *e)
{
    const char *path = v->options->out_rates, *name = strrchr(path, '/'), *suffix;
    char second[1024];
    int length;

    if (write_table(v, HEART, path, e))
        return -1;
    if (v->study[BREATHING].count == 0)
        return 0;
    suffix = strrchr(name ? name : path, '.');
    if (!suffix)
        suffix = path + strlen(path);
    length =
        snprintf(second, sizeof second, "%.*s.breathing%s", (int)(suffix - path), path, suffix);
    if (length < 0 || (size_t)length >= sizeof second)
        return plethio_fail(e, "--out-rates %.60s...: the path is too long", path);
    return write_table(v, BREATHING, second, e);
}
