#include "recipe.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optimiser.h"

const char *const plethtrain_loss_names[PLETHTRAIN_LOSSES] = {"ce", "gauss", "ordered"};
const char *const plethtrain_strategy_names[PLETHTRAIN_STRATEGIES] = {
    "scratch", "hard", "soft", "dkd", "feature", "ordered"};
static const char *const optimisers[] = {
    [PLETHTRAIN_ADAM] = "adam", [PLETHTRAIN_ADAMW] = "adamw", [PLETHTRAIN_SGD] = "sgd"};
static const char *const schedules[] = {[PLETHTRAIN_ONE_CYCLE] = "one-cycle",
                                        [PLETHTRAIN_COSINE] = "cosine",
                                        [PLETHTRAIN_CONSTANT] = "constant"};

void plethtrain_recipe_default(struct plethtrain_recipe *r, int strategy)
{
    static const struct {
        double ce_weight, alpha, beta, tau;
    } weights[PLETHTRAIN_STRATEGIES] = {
        [PLETHTRAIN_SCRATCH] = {1, 0, 0, 1},  [PLETHTRAIN_HARD] = {0, 1, 0, 1},
        [PLETHTRAIN_SOFT] = {0.1, 0.9, 0, 2}, [PLETHTRAIN_DKD] = {1, 1, 8, 2},
        [PLETHTRAIN_FEATURE] = {1, 1, 0, 1},  [PLETHTRAIN_ORDERED_TEACHER] = {1, 0.1, 0, 1},
    };

    *r = (struct plethtrain_recipe){
        .epochs = 40,
        .batch = 128,
        .optimiser = PLETHTRAIN_ADAMW,
        .schedule = PLETHTRAIN_ONE_CYCLE,
        .rate = 3e-3,
        .decay = 0.01,
        .dropout = 0.1,
        .clip = 5,
        .loss = PLETHTRAIN_GAUSS,
        .sigma = 1.5,
        .variation = {.stretch = 1, .shift_s = 1, .mix = 1, .noise = 0.2, .envelope = 0.3},
        .strategy = strategy,
        .ce_weight = weights[strategy].ce_weight,
        .alpha = weights[strategy].alpha,
        .beta = weights[strategy].beta,
        .tau = weights[strategy].tau,
        .seed = 1};
}

void plethtrain_recipe_tune(struct plethtrain_recipe *r, int head)
{
    r->epochs = head ? 1 : 10;
    r->batch = 8;
    r->rate = 1e-4;
}

/* ---- Settings by name ---------------------------------------------------------------------- */

/* clang-format off */
#define REAL(key, field, lowest, highest) \
    {key, offsetof(struct plethtrain_recipe, field), 0, lowest, highest, NULL, 0}
#define WHOLE(key, field, lowest, highest) \
    {key, offsetof(struct plethtrain_recipe, field), 1, lowest, highest, NULL, 0}
#define WORD(key, field, words, count) \
    {key, offsetof(struct plethtrain_recipe, field), 1, 0, (count) - 1, words, 0}
#define OF_TEACHER(key, field, whole, lowest, highest, strategies) \
    {key, offsetof(struct plethtrain_recipe, field), whole, lowest, highest, NULL, strategies}

enum {
    DKD = 1 << PLETHTRAIN_DKD,
    HOT = DKD | 1 << PLETHTRAIN_SOFT | 1 << PLETHTRAIN_ORDERED_TEACHER,
    TAUGHT = HOT | 1 << PLETHTRAIN_HARD | 1 << PLETHTRAIN_FEATURE
};

static const struct plethtrain_setting settings[] = {
    WORD("optimiser", optimiser, optimisers, 3),
    WORD("schedule", schedule, schedules, 3),
    REAL("rate", rate, 1e-9, 10),
    REAL("decay", decay, 0, 10),
    REAL("clip", clip, 1e-3, 1e6),
    REAL("average", average, 0, 0.99999),
    REAL("dropout", dropout, 0, 0.95),
    WHOLE("batch", batch, 2, 65536),
    WHOLE("int8-epochs", int8_epochs, 0, 100000),
    WORD("loss", loss, plethtrain_loss_names, PLETHTRAIN_LOSSES),
    REAL("sigma", sigma, 0.1, 50),
    REAL("stretch", variation.stretch, 1, 3),
    REAL("shift-s", variation.shift_s, 0, 2),
    WHOLE("mix", variation.mix, 0, 1),
    WHOLE("flip", variation.flip, 0, 1),
    REAL("noise", variation.noise, 0, 10),
    REAL("swell", variation.envelope, 0, 0.9),
    OF_TEACHER("alpha", alpha, 0, 0, 1e6, TAUGHT),
    OF_TEACHER("beta", beta, 0, 0, 1e6, DKD),
    OF_TEACHER("tau", tau, 0, 0.01, 1000, HOT),
    OF_TEACHER("warm-up", warm_up, 1, 0, 100000, DKD),
    OF_TEACHER("ce-weight", ce_weight, 0, 0, 1e6, TAUGHT),
};
/* clang-format on */
enum { SETTINGS = sizeof settings / sizeof *settings };

const struct plethtrain_setting *plethtrain_setting_find(const char *key, size_t length)
{
    for (int i = 0; i < SETTINGS; i++)
        if (strlen(settings[i].key) == length && strncmp(settings[i].key, key, length) == 0)
            return &settings[i];
    return NULL;
}

static int words(const struct plethtrain_setting *s)
{
    return s->word ? (int)s->highest + 1 : 0;
}

int plethtrain_setting_take(const struct plethtrain_setting *s, struct plethtrain_recipe *r,
                            const char *value)
{
    char *field = (char *)r + s->field, *end;
    double number = -1;
    int whole;

    for (int i = 0; i < words(s); i++)
        if (strcmp(value, s->word[i]) == 0)
            number = i;
    if (!s->word) {
        number = strtod(value, &end);
        if (end == value || *end)
            return -1;
    }
    if (!(number >= s->lowest && number <= s->highest) || (s->whole && number != floor(number)))
        return -1;
    whole = (int)number;
    memcpy(field, s->whole ? (const void *)&whole : (const void *)&number,
           s->whole ? sizeof whole : sizeof number);
    return 0;
}

void plethtrain_setting_limits(const struct plethtrain_setting *s, char text[80])
{
    if (!s->word)
        snprintf(text, 80, "a %snumber, %g..%g", s->whole ? "whole " : "", s->lowest, s->highest);
    for (int i = 0, used = 0; i < words(s); i++)
        used += snprintf(text + used, 80 - (size_t)used, "%s%s", i ? ", " : "", s->word[i]);
}

int plethtrain_recipe_set(struct plethtrain_recipe *r, const char *word, struct plethio_error *e)
{
    const size_t length = strcspn(word, "=");
    const struct plethtrain_setting *s = plethtrain_setting_find(word, length);
    char text[400] = "";

    if (!s || !word[length]) {
        for (int i = 0, used = 0; i < SETTINGS; i++)
            used += snprintf(text + used, sizeof text - (size_t)used, "%s%s", i ? ", " : "",
                             settings[i].key);
        return plethio_fail(e, "%.60s: no setting of a recipe; KEY=VALUE, of %s", word, text);
    }
    if (plethtrain_setting_take(s, r, word + length + 1) == 0)
        return 0;
    plethtrain_setting_limits(s, text);
    return plethio_fail(e, "%.60s: %s must be %s", word, s->key, text);
}

void plethtrain_recipe_text(const struct plethtrain_recipe *r, char text[PLETHTRAIN_RECIPE_TEXT])
{
    int used = snprintf(text, PLETHTRAIN_RECIPE_TEXT, "strategy=%s epochs=%d seed=%" PRIu64,
                        plethtrain_strategy_names[r->strategy], r->epochs, r->seed);

    for (int i = 0; i < SETTINGS; i++) {
        const struct plethtrain_setting *s = &settings[i];
        const char *field = (const char *)r + s->field;
        const size_t room = PLETHTRAIN_RECIPE_TEXT - (size_t)used;
        double number;
        int whole = 0;

        if (s->whole)
            memcpy(&whole, field, sizeof whole);
        else
            memcpy(&number, field, sizeof number);
        if (s->word)
            used += snprintf(text + used, room, " %s=%s", s->key, s->word[whole]);
        else if (s->whole)
            used += snprintf(text + used, room, " %s=%d", s->key, whole);
        else
            used += snprintf(text + used, room, " %s=%.9g", s->key, number);
    }
}
