/* How much the pulse varies from beat to beat, of whole recordings whose beats are known. Beats of
 * the reference go through the same artefact gate and conventions as the measured ones. */
#include <math.h>
#include <stdlib.h>

#include "evaluate.h"
#include "memory.h"
#include "tool.h"

static const double unknown = (double)NAN;
/* Below this share of good intervals beats are no reference. */
static const float reference_coverage = 0.8f;

static const struct {
    const char *key, *words;
    size_t offset;
} figure[EVALUATE_FIGURES] = {
    {"sdnn_ms", "SDNN", offsetof(pleth_variability, sdnn_ms)},
    {"rmssd_ms", "RMSSD", offsetof(pleth_variability, rmssd_ms)},
    {"mean_ms", "mean interval", offsetof(pleth_variability, mean_ms)},
};

static double get(const pleth_variability *v, int i)
{
    return (double)*(const float *)(const void *)((const char *)v + figure[i].offset);
}

void evaluate_compare_variability(const struct plethio_reference *reference,
                                  const struct measure_summary *s, struct evaluate_variability *out)
{
    out->known =
        reference->beats > 0 &&
        pleth_beat_variability(reference->beat_s, reference->beats, &out->reference) == PLETH_OK &&
        out->reference.coverage >= reference_coverage;
    out->answered = out->known && s->have_variability;
    out->estimate = s->variability;
    out->reasons = s->variability_reasons;
}

int evaluate_take_variability(struct evaluation *v, const struct evaluate_result *result,
                              struct plethio_error *e)
{
    const struct evaluate_variability *x = &result->variability;
    struct score_pair *pair;
    int person;

    v->beats_known += x->known;
    if (!x->answered)
        return 0;
    person = evaluate_name(&v->beats_person, result->person);
    pair = plethio_grow(v->beats, EVALUATE_FIGURES * v->beats_answered, EVALUATE_FIGURES,
                        &v->beats_capacity, sizeof *pair);
    if (person < 0 || !pair)
        return evaluate_no_memory(e);
    v->beats = pair;
    for (int i = 0; i < EVALUATE_FIGURES; i++) {
        struct score_pair *p = &pair[EVALUATE_FIGURES * v->beats_answered + i];
        *p = score_pair_of(get(&x->reference, i), get(&x->estimate, i));
        p->person = person;
        p->recording = v->beats_answered;
    }
    v->beats_answered++;
    return 0;
}

/* ---- Reports ---------------------------------------------------------------------------- */

static void json_figures(const char *name, const pleth_variability *v)
{
    printf(",\"%s\":{\"intervals\":%d", name, (int)v->intervals);
    tool_json_key(stdout, "coverage", (double)v->coverage, 9);
    for (int i = 0; i < EVALUATE_FIGURES; i++)
        tool_json_key(stdout, figure[i].key, get(v, i), 9);
    putchar('}');
}

void evaluate_json_variability(const struct evaluate_variability *x)
{
    const char *comma = "";

    if (!x->known)
        return;
    printf(",\"hrv\":{\"answered\":%s", x->answered ? "true" : "false");
    json_figures("reference", &x->reference);
    if (x->answered) {
        json_figures("estimate", &x->estimate);
        printf(",\"error\":{");
        for (int i = 0; i < EVALUATE_FIGURES; i++) {
            printf("%s\"%s\":", i ? "," : "", figure[i].key);
            tool_json_number(stdout, get(&x->estimate, i) - get(&x->reference, i), 6);
        }
        putchar('}');
    } else {
        printf(",\"reasons\":[");
        for (int bit = 0; bit < PLETH_REASON_COUNT; bit++)
            if (x->reasons & 1u << bit) {
                printf("%s\"%s\"", comma, pleth_reason_name(bit));
                comma = ",";
            }
        putchar(']');
    }
    putchar('}');
}

void evaluate_text_variability(const struct evaluate_variability *x)
{
    printf("  SDNN %.1f, RMSSD %.1f ms", get(&x->reference, 0), get(&x->reference, 1));
    if (x->answered)
        printf(": %.1f, %.1f\n", get(&x->estimate, 0), get(&x->estimate, 1));
    else
        printf(": not answered\n");
}

static int summarize(const struct evaluation *v, int i, struct score_summary *s,
                     struct plethio_error *e)
{
    const int n = v->beats_answered;
    struct score_pair *pair = malloc(((size_t)n + 1) * sizeof *pair);
    double *work = malloc((3 * (size_t)n + 1) * sizeof *work);

    if (!pair || !work) {
        free(pair);
        free(work);
        return evaluate_no_memory(e);
    }
    for (int k = 0; k < n; k++)
        pair[k] = v->beats[EVALUATE_FIGURES * k + i];
    score_summarize(pair, n, SCORE_PLAIN, 0, s, work);
    free(pair);
    free(work);
    return 0;
}

static void json_summary(int i, const struct score_summary *s)
{
    printf(",\"%s\":{\"n\":%d", figure[i].key, s->n);
    tool_json_key(stdout, "mae", s->mae.value, 9);
    tool_json_key(stdout, "se", s->mae.se, 9);
    tool_json_key(stdout, "median_error", s->median_error, 9);
    tool_json_key(stdout, "largest_error", s->largest_error, 9);
    tool_json_key(stdout, "bias", s->bias, 9);
    tool_json_key(stdout, "bias_sd", s->bias_sd, 9);
    putchar('}');
}

static void text_summary(int i, const struct score_summary *s)
{
    char what[64];

    snprintf(what, sizeof what, "mean absolute error of %s", figure[i].words);
    evaluate_text_line(what, s->mae.value, s->mae.se, "ms");
    evaluate_text_line("  median", s->median_error, unknown, "ms");
    evaluate_text_line("  bias (estimate - reference)", s->bias, unknown, "ms");
}

int evaluate_print_variability(const struct evaluation *v, struct plethio_error *e)
{
    const int json = v->options->json;
    const double coverage = v->beats_known ? (double)v->beats_answered / v->beats_known : unknown;
    struct score_summary s;

    if (v->beats_known == 0)
        return 0;
    if (json) {
        printf(",\"hrv\":{\"recordings\":%d,\"people\":%d", v->beats_known, v->beats_person.count);
        tool_json_key(stdout, "coverage", coverage, 9);
    } else {
        printf("\npulse-rate variability: %d recordings with known beats, %d answered (%.0f %%)\n",
               v->beats_known, v->beats_answered, 100 * coverage);
    }
    for (int i = 0; i < EVALUATE_FIGURES && v->beats_answered; i++) {
        if (summarize(v, i, &s, e))
            return -1;
        if (json)
            json_summary(i, &s);
        else
            text_summary(i, &s);
    }
    if (json)
        putchar('}');
    return 0;
}
