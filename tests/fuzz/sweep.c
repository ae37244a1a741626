/* Plans and cells of sweeps. What is read as a cell is written and read the same. */
#include "fuzz.h"

#include "outcome.h"

static void read_plan(const uint8_t *data, size_t size)
{
    struct plethtrain_sweep s;
    struct plethio_error e = {{0}};
    char name[PLETHTRAIN_TRIAL];

    if (plethtrain_sweep_read(&s, fuzz_file("x.plan", data, size), &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    MUST(s.trials > 0 && s.sources > 0);
    for (int i = 0; i < s.trials; i++) {
        plethtrain_trial_name(&s.trial[i], name);
        MUST((s.teacher[i][0] >= 0) == (s.trial[i].teacher > 0));
        for (int k = 0; s.teacher[i][k] >= 0; k++)
            MUST(s.teacher[i][k] < i);
    }
    plethtrain_sweep_free(&s);
}

static void read_cell(const uint8_t *data, size_t size)
{
    struct plethtrain_outcome o, again;
    struct plethio_error e = {{0}};
    char *text = NULL;
    size_t length;
    FILE *f;

    if (plethtrain_outcome_parse(&o, (const char *)data, size, "x", &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n'));
        return;
    }
    f = open_memstream(&text, &length);
    MUST(f);
    plethtrain_outcome_write(f, &o, "");
    MUST(fclose(f) == 0);
    /* rounding may keep sums of huge errors from adding up */
    if (plethtrain_outcome_parse(&again, text, length, "x", &e) == 0) {
        MUST(plethtrain_trial_same(&o.trial, &again.trial));
        MUST(o.people == again.people && o.windows == again.windows);
        plethtrain_outcome_free(&again);
    } else {
        MUST(strstr(e.text, "add up"));
    }
    free(text);
    plethtrain_outcome_free(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_plan(data, size);
    read_cell(data, size);
    return 0;
}
