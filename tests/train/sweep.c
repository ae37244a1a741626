/* Sweeps of cells that cost nothing: what a plan means, what is kept, and that breaks of every kind
 * end in the report of a sweep that was never broken. */
#define _DEFAULT_SOURCE /* usleep */

#include "sweep.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../test.h"
#include "memory.h"
#include "out.h"
#include "path.h"
#include "random.h"
#include "safetensors.h"
#include "tool.h"

static char folder[256];

static const char *in(const char *name)
{
    static char path[4][400];
    static int n;

    n = (n + 1) % 4;
    snprintf(path[n], sizeof path[n], "%s/%s", folder, name);
    return path[n];
}

static const char *write_plan(const char *text)
{
    const char *path = in("test.plan");
    FILE *f = fopen(path, "w");

    CHECK(f && fputs(text, f) >= 0);
    CHECK(f && fclose(f) == 0);
    return path;
}

static const char plan_text[] = "data spc nowhere # a remark\n"
                                "data bami far/elsewhere/ -1\n"
                                "networks resnet1d\n"
                                "seeds 1 2\n"
                                "epochs 3\n"
                                "students 1 2 4-6\n"
                                "teachers 7\n"
                                "strategies scratch dkd\n"
                                "cells\n"
                                "# ...\n"
                                "networks mlp\n"
                                "students 2 5\n"
                                "strategies scratch\n"
                                "seeds 1\n"
                                "only-folds 1\n"
                                "cells\n"
                                "cells\n";
/* 5 students of 2 strategies, 2 folds and 2 seeds; 4 teachers; 2 MLPs */
enum { TRIALS = 5 * 2 * 4 + 4 + 2 };

static const char ensemble_text[] = "data spc nowhere\n"
                                    "networks resnet1d\n"
                                    "students 2\n"
                                    "strategies scratch\n"
                                    "cells\n"
                                    "students 1\n"
                                    "teachers 2\n"
                                    "ensemble 3\n"
                                    "strategies soft\n"
                                    "seeds 1 4\n"
                                    "cells\n";
enum { ENSEMBLE_TRIALS = 2 * 3 + 2 * 2 };

/* ---- Plans -------------------------------------------------------------------------------------
 */

static void plans(void)
{
    struct plethtrain_sweep s;
    struct plethio_error e;
    char name[PLETHTRAIN_TRIAL];

    CHECK(plethtrain_sweep_read(&s, write_plan(plan_text), &e) == 0);
    CHECK(s.trials == TRIALS && s.sources == 2);
    CHECK(strcmp(s.source[1].layout, "bami") == 0 &&
          strcmp(s.source[1].path, "far/elsewhere/") == 0);
    CHECK_NEAR(s.source[1].lag_s, -1, 0);
    for (int i = 0; i < s.trials; i++) {
        const struct plethtrain_trial *t = &s.trial[i];
        CHECK(strcmp(t->data, "nowhere+elsewhere@-1") == 0 && t->epochs == 3 && t->folds == 2);
        CHECK((t->strategy == PLETHTRAIN_SCRATCH) == (t->teacher == 0));
        CHECK((s.teacher[i][0] >= 0) == (t->teacher > 0) && s.teacher[i][1] < 0);
        if (s.teacher[i][0] < 0)
            continue;
        /* of the same fold and seed, and before it */
        CHECK(s.teacher[i][0] < 4 && s.trial[s.teacher[i][0]].blocks == 7);
        CHECK(s.trial[s.teacher[i][0]].fold == t->fold && s.trial[s.teacher[i][0]].seed == t->seed);
    }
    plethtrain_trial_name(&s.trial[0], name);
    CHECK(strcmp(name, "resnet1d-07-scratch-f0-s1") == 0);
    plethtrain_trial_name(&s.trial[TRIALS - 1], name);
    CHECK(strcmp(name, "mlp-05-scratch-f1-s1") == 0);
    plethtrain_trial_name(&s.trial[8], name);
    CHECK(strcmp(name, "resnet1d-01-dkd-t07-f0-s1") == 0);
    plethtrain_sweep_free(&s);

    /* data that is only learned from has a part in the cells' name for their data */
    CHECK(plethtrain_sweep_read(&s,
                                write_plan("data spc a\ndata spc b\nwith spc c 2\nwith spc d\n"
                                           "networks mlp\nstudents 1\nstrategies scratch\ncells\n"),
                                &e) == 0);
    CHECK(s.sources == 4 && s.learned_from == 2 && s.trials == 2);
    CHECK(strcmp(s.trial[1].data, "a+b with c@2+d") == 0);
    plethtrain_sweep_free(&s);

    /* what is of a teacher is nothing to who has none; a name means one thing */
    CHECK(plethtrain_sweep_read(
              &s,
              write_plan("data spc a\nrecipe tau=4 rate=1e-3 alpha=2\nnetworks mlp\n"
                         "students 1\nteachers 3\nstrategies scratch soft\ncells\n"
                         "recipe rate=1e-3\nstrategies hard\ncells\n"),
              &e) == 0);
    CHECK(s.trials == 8);
    for (int i = 0; i < s.trials; i++) {
        CHECK(strcmp(s.trial[i].recipe, "rate=1e-3") == 0);
        CHECK(strcmp(s.trial[i].teaching,
                     s.trial[i].strategy == PLETHTRAIN_SOFT ? "tau=4 alpha=2" : "") == 0);
    }
    plethtrain_sweep_free(&s);

    /* an ensemble: the same three teachers of both seeds, one of which the plan lists */
    CHECK(plethtrain_sweep_read(&s, write_plan(ensemble_text), &e) == 0);
    CHECK(s.trials == ENSEMBLE_TRIALS);
    for (int i = 0; i < s.trials; i++) {
        const struct plethtrain_trial *t = &s.trial[i];
        CHECK(t->ensemble == (t->teacher ? 3 : 0) && (t->teacher > 0) == (i >= 6));
        for (int k = 0; k < 3 && t->teacher; k++) {
            const struct plethtrain_trial *teacher = &s.trial[s.teacher[i][k]];
            CHECK(s.teacher[i][k] < 6 && teacher->blocks == 2 && teacher->fold == t->fold &&
                  teacher->seed == k + 1);
        }
        CHECK(s.teacher[i][t->teacher ? 3 : 0] == -1);
    }
    plethtrain_trial_name(&s.trial[9], name);
    CHECK(strcmp(name, "resnet1d-01-soft-t02x3-f1-s4") == 0);
    plethtrain_sweep_free(&s);

    /* to choose by: as many folds in each that is left out; and channels of what follows */
    CHECK(
        plethtrain_sweep_read(&s,
                              write_plan("data spc a\nchannels 1\ndata spc b -1\nfolds 2\ninner 3\n"
                                         "networks mlp\nstudents 1\nstrategies scratch\ncells\n"),
                              &e) == 0);
    CHECK(s.trials == 6 && s.trial[5].fold == 5 && s.trial[5].folds == 6 && s.trial[5].inner == 3);
    CHECK(s.source[0].channels == 0 && s.source[1].channels == 1);
    CHECK(strcmp(s.trial[0].data, "a+b@-1:1") == 0);
    plethtrain_sweep_free(&s);

    /* transfer: a row from each data set, and where there are folds these of its own people; a
       teacher learns from the same data set, fold and seed */
    CHECK(plethtrain_sweep_read(
              &s,
              write_plan("data spc far/a/\ndata spc b 1\ndata spc c\nwith spc d\ntransfer a c\n"
                         "networks resnet1d\nstudents 1\nteachers 3\nstrategies soft\nseeds 1 2\n"
                         "cells\n"),
              &e) == 0);
    CHECK(s.trials == 8);
    for (int i = 0; i < s.trials; i++) {
        const struct plethtrain_trial *t = &s.trial[i];
        CHECK(t->fold == -1 && t->folds == 0 && plethtrain_trial_source(&s, t) == (*t->on - 'a'));
        CHECK((s.teacher[i][0] < 0) == (i < 4));
        if (s.teacher[i][0] >= 0)
            CHECK(strcmp(s.trial[s.teacher[i][0]].on, t->on) == 0 &&
                  s.trial[s.teacher[i][0]].seed == t->seed);
    }
    plethtrain_trial_name(&s.trial[7], name);
    CHECK(strcmp(name, "resnet1d-01-soft-t03-on-c-s2") == 0);
    plethtrain_sweep_free(&s);
    CHECK(plethtrain_sweep_read(&s,
                                write_plan("data spc a\ndata spc b\nfolds 3\ntransfer each\n"
                                           "networks mlp\nstudents 1\nstrategies scratch\ncells\n"),
                                &e) == 0);
    CHECK(s.trials == 8 && s.trial[0].fold == -1 && s.trial[3].fold == 2 && s.trial[3].folds == 3);
    plethtrain_trial_name(&s.trial[7], name);
    CHECK(strcmp(name, "mlp-01-scratch-on-b-f2-s1") == 0);
    plethtrain_sweep_free(&s);
    CHECK(plethtrain_sweep_read(&s,
                                write_plan("data spc a\ndata spc "
                                           "b23456789012345678901234\nfolds 64\ntransfer each\n"
                                           "seeds 999999\nnetworks resnet1d\nstudents 16\nteachers "
                                           "16\nstrategies ordered\nensemble 8\ncells\n"),
                                &e) == 0);
    plethtrain_trial_name(&s.trial[s.trials - 1], name);
    CHECK(strcmp(name, "resnet1d-16-ordered-t16x8-on-b23456789012345678901234-f63-s999999") == 0);
    plethtrain_sweep_free(&s);
}

static void broken_plans(void)
{
    static const char *const cases[][2] = {
        {"", "no cells"},
        {"cells\n", "no data set"},
        {"data spc x\ncells\n", "networks"},
        {"data spc\n", "a layout, a path"},
        {"data spc x y\n", "seconds, -60..60"},
        {"with spc x\n", "no data set yet"},
        {"data spc x\nwith spc\n", "a layout, a path"},
        {"transfer\n", "names of data sets follow"},
        {"transfer a a\n", "twice"},
        {"data spc x-f0\ntransfer x-f0\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\n",
         "named like a fold of another's"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies scratch\nseeds 0-63\ncells\nseeds "
         "64\ncells\n",
         "more seeds of one student"},
        {"transfer a23456789012345678901234567890\n", "too long a name"},
        {"data spc x\ntransfer y\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\n",
         "that people are tested of: y"},
        {"data spc x\nwith spc y\ntransfer y\nnetworks mlp\nstudents 1\nstrategies "
         "scratch\ncells\n",
         "that people are tested of: y"},
        {"data spc a23456789012345678901234567890\ntransfer each\nnetworks mlp\nstudents 1\n"
         "strategies scratch\ncells\n",
         "too long a name"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\ntransfer x\ncells\n",
         "transfer yes, not no"},
        {"data spc x\nwith spc y\ndata spc z\n", "come last"},
        {"networks resnet\n", "not: resnet"},
        {"strategies none\n", "not: none"},
        {"students 0\n", "1..16"},
        {"students 17\n", "1..16"},
        {"students 5-2\n", "1..16"},
        {"students 1 1\n", "twice"},
        {"students\n", "no number"},
        {"students 99999999999999999999\n", "1..16"},
        {"students -3\n", "1..16"},
        {"folds 1\n", "2..64"},
        {"epochs 1 2\n", "too many"},
        {"colour red\n", "no setting of a plan: colour"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies soft\ncells\n", "teachers"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies scratch\nonly-folds 2\ncells\n",
         "only-folds"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\nepochs 2\ncells\n",
         "epochs 2, not 40"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\ndata bami y\n",
         "before the first"},
        {"data spc x\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\nfolds 3\nseeds "
         "2\ncells\n",
         "folds 3, not 2"},
        {"data spc x\nnetworks mlp\nstudents 1\nteachers 2\nstrategies feature\ncells\n",
         "no features"},
        {"data spc x\nnetworks tcn\nstudents 1\nteachers 2\nensemble 2\nstrategies "
         "feature\ncells\n",
         "not of an ensemble"},
        {"ensemble 9\n", "1..8"},
        {"inner 1\n", "2..64"},
        {"channels 5\n", "1..4"},
        {"data spc x\nchannels 1\nnetworks mlp\nstudents 1\nstrategies scratch\ncells\n",
         "none does: channels"},
        {"data spc x\ntransfer x\nonly-folds 1\nnetworks mlp\nstudents 1\nstrategies "
         "scratch\ncells\n",
         "needs folds: only-folds"},
        {"data spc x\nepochs 3\nrecipe int8-epochs=4\nnetworks mlp\nstudents 1\nstrategies "
         "scratch\ncells\n",
         "more epochs in int8 than epochs: int8-epochs=4"},
        {"recipe stretch=4\n", "stretch=4: stretch must be a number, 1..3"},
        {"data spc x\nnetworks mlp\nstudents 1\nteachers 2\nstrategies soft\ncells\nrecipe tau=3\n"
         "cells\n",
         "another recipe"},
        {"recipe tau\n", "tau: no setting of a recipe; KEY=VALUE, of optimiser, schedule, rate,"},
        {"recipe tau=0\n", "a number, 0.01..1000"},
        {"recipe tau=nan\n", "a number, 0.01..1000"},
        {"recipe loss=mse\n", "loss must be ce, gauss, ordered"},
        {"recipe warm-up=1.5\n", "a whole number, 0..100000"},
        {"recipe tau=4 colour=2\n", "colour=2: no setting"},
        {"cells now\n", "nothing follows"},
        {"validation 1\n", "nobody would be left"},
    };
    struct plethtrain_sweep s;
    struct plethio_error e;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_plan(cases[i][0]);
        CHECK(plethtrain_sweep_read(&s, path, &e) < 0);
        CHECK(strncmp(e.text, path, strlen(path)) == 0 && !strchr(e.text, '\n'));
        if (!strstr(e.text, cases[i][1])) {
            printf("not \"%s\": %s\n", cases[i][1], e.text);
            CHECK(0);
        }
    }
    CHECK(plethtrain_sweep_read(&s, in("absent"), &e) < 0);
}

static void recipes(void)
{
    char text[PLETHTRAIN_RECIPE_TEXT], other[PLETHTRAIN_RECIPE_TEXT];
    struct plethtrain_recipe r;
    struct plethio_error e;

    plethtrain_recipe_default(&r, PLETHTRAIN_DKD);
    plethtrain_recipe_text(&r, text);
    CHECK(strncmp(text, "strategy=dkd epochs=40 seed=1 optimiser=adamw ", 46) == 0 &&
          strstr(text, " rate=0.003 ") && strstr(text, " beta=8 tau=2 ") &&
          strstr(text, " loss=gauss "));
    CHECK(plethtrain_recipe_set(&r, "alpha=1.5", &e) == 0 &&
          plethtrain_recipe_set(&r, "beta=9", &e) == 0 &&
          plethtrain_recipe_set(&r, "loss=ordered", &e) == 0 &&
          plethtrain_recipe_set(&r, "batch=64", &e) == 0);
    CHECK_NEAR(r.alpha, 1.5, 0);
    CHECK_NEAR(r.beta, 9, 0);
    CHECK(r.loss == PLETHTRAIN_ORDERED && r.batch == 64 && r.warm_up == 0);
    /* what the text says makes the same recipe of another */
    plethtrain_recipe_text(&r, text);
    plethtrain_recipe_default(&r, PLETHTRAIN_DKD);
    strcpy(other, text);
    for (char *word = strtok(strstr(other, " optimiser="), " "); word; word = strtok(NULL, " "))
        CHECK(plethtrain_recipe_set(&r, word, &e) == 0);
    plethtrain_recipe_text(&r, other);
    CHECK(strcmp(text, other) == 0);
}

/* ---- Shapes ------------------------------------------------------------------------------------
 */

static void shapes(void)
{
    /* networks.md: what a ResNet reads, its MACs, and hidden units of an MLP of that size */
    static const struct {
        int blocks, parameters, macs, hidden;
    } known[] = {{1, 16628, 2086, 39},    {2, 27060, 3110, 61},   {4, 47924, 4646, 99},
                 {6, 126132, 7212, 212},  {8, 208820, 8768, 304}, {10, 508596, 11524, 547},
                 {12, 837812, 13326, 744}};
    struct pleth_net_shape shape;
    double parameters, macs;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        plethtrain_trial_shape(PLETH_NET_RESNET1D, known[i].blocks, &shape);
        plethtrain_shape_counts(&shape, &parameters, &macs);
        CHECK_NEAR(parameters, known[i].parameters, 0);
        CHECK_NEAR(macs / 1000, known[i].macs, 0.51);
        plethtrain_trial_shape(PLETH_NET_MLP, known[i].blocks, &shape);
        CHECK(shape.hidden == known[i].hidden);
        plethtrain_trial_shape(PLETH_NET_TCN, known[i].blocks, &shape);
        plethtrain_shape_counts(&shape, &parameters, &macs);
        CHECK_NEAR(parameters / known[i].parameters, 1, 0.06);
    }
}

/* ---- Outcomes ----------------------------------------------------------------------------------
 */

static char *written(const struct plethtrain_outcome *o, size_t *size)
{
    const char *path = in("outcome");
    struct plethio_error e;
    FILE *f = fopen(path, "w");

    if (f) {
        plethtrain_outcome_write(f, o, "\n ");
        fclose(f);
    }
    return plethio_read_whole(path, size, &e);
}

/* Of a trial of transfer, and of one that is not: what is read is what was written, and no part of
 * it is anything. */
static void outcomes(const char *on, int fold)
{
    struct plethtrain_outcome_person people[2] = {{"SPC/\"a\"", 10, 2, 2.5, 7},
                                                  {"SPC/b\\", 30, 6, 5.5, 8}};
    struct plethtrain_outcome o = {.trial = {.network = PLETH_NET_TCN,
                                             .blocks = 3,
                                             .strategy = PLETHTRAIN_FEATURE,
                                             .teacher = 12,
                                             .fold = fold,
                                             .folds = 2,
                                             .seed = 5,
                                             .epochs = 40,
                                             .validation = 5,
                                             .data = "spc"},
                                   .parameters = 1000,
                                   .macs = 2000,
                                   .mae = 5,
                                   .mae_int8 = 4.75,
                                   .seconds = 12.5,
                                   .windows = 40,
                                   .people = 2,
                                   .person = people};
    struct plethtrain_outcome read;
    struct plethio_error e;
    size_t size;
    char *text;

    strcpy(o.trial.on, on);
    o.trial.inner = *on ? 0 : 2;
    o.trial.ensemble = *on ? 0 : 2;
    strcpy(o.trial.teaching, *on ? "" : "tau=3");
    text = written(&o, &size);
    CHECK(text != NULL && plethtrain_outcome_parse(&read, text, size, "x", &e) == 0);
    CHECK(plethtrain_trial_same(&o.trial, &read.trial));
    CHECK(!strstr(text, "ensemble") == !o.trial.ensemble);
    CHECK_NEAR(read.mae, 5, 0);
    CHECK_NEAR(read.mae_int8, 4.75, 0);
    CHECK_NEAR(read.person[1].mae_int8, 5.5, 0);
    CHECK_NEAR(read.seconds, 12.5, 0);
    CHECK(read.people == 2 && read.person[1].windows == 30);
    CHECK_NEAR(read.person[1].mae_constant, *on ? 8 : 0, 0);
    CHECK(strcmp(read.person[0].name, "SPC/\"a\"") == 0);
    plethtrain_outcome_free(&read);
    /* no beginning of it is an outcome, nor is it with anything more */
    for (size_t n = 0; n + 2 < size; n++) {
        CHECK(plethtrain_outcome_parse(&read, text, n, "cut", &e) < 0);
        CHECK(strstr(e.text, "cut: no cell of a sweep") != NULL);
    }
    text[size - 1] = '1';
    CHECK(plethtrain_outcome_parse(&read, text, size, "more", &e) < 0);
    free(text);
    /* cells of before int8 was measured */
    o.mae_int8 = (double)NAN;
    text = written(&o, &size);
    CHECK(text != NULL && strstr(text, "int8") == NULL);
    CHECK(plethtrain_outcome_parse(&read, text, size, "old", &e) == 0);
    CHECK(isnan(read.mae_int8) && isnan(read.person[0].mae_int8));
    CHECK_NEAR(read.mae, 5, 0);
    plethtrain_outcome_free(&read);
    free(text);
    /* people that do not add up, or of whom it is not known */
    o.mae_int8 = 4.8;
    text = written(&o, &size);
    CHECK(plethtrain_outcome_parse(&read, text, size, "sum", &e) < 0);
    CHECK(strstr(e.text, "do not add up to \"mae_int8\"") != NULL);
    free(text);
    o.mae_int8 = 4.75;
    text = written(&o, &size);
    memcpy(strstr(text, "\"mae_int8\":5.5"), "\"mae_int9\"", 10);
    CHECK(plethtrain_outcome_parse(&read, text, size, "half", &e) < 0);
    CHECK(strstr(e.text, "do not add up to \"mae_int8\"") != NULL);
    free(text);
    /* people that do not add up in float */
    people[1].mae = 5;
    text = written(&o, &size);
    CHECK(plethtrain_outcome_parse(&read, text, size, "sum", &e) < 0);
    CHECK(strstr(e.text, "do not add up") != NULL);
    free(text);
}

/* One cell of an MLP of two blocks: one person a fold. */
static void add_cell(struct plethtrain_results *r, int fold, int seed, int windows, double mae)
{
    struct plethtrain_outcome o = {.trial = {.network = PLETH_NET_MLP,
                                             .blocks = 2,
                                             .strategy = PLETHTRAIN_SCRATCH,
                                             .fold = fold,
                                             .folds = 3,
                                             .seed = seed,
                                             .epochs = 40,
                                             .validation = 5,
                                             .data = "spc"},
                                   .parameters = 100,
                                   .macs = 200,
                                   .seconds = seed,
                                   .windows = windows,
                                   .mae = mae,
                                   .mae_int8 = mae + (fold > 0),
                                   .people = 1,
                                   .person = calloc(1, sizeof *o.person)};
    struct plethio_error e;

    snprintf(o.person[0].name, sizeof o.person[0].name, "p%d", fold);
    o.person[0].windows = o.windows;
    o.person[0].mae = o.mae;
    o.person[0].mae_int8 = o.mae_int8;
    CHECK(plethtrain_results_add(r, &o, &e) == 0);
}

/* Two folds' people over two seeds, by hand. */
static void students(void)
{
    struct plethtrain_results r = {NULL, 0, 0};
    struct plethtrain_students s;
    struct plethio_error e;

    for (int seed = 1; seed <= 3; seed++)
        for (int fold = 0; fold < (seed == 3 ? 1 : 2); fold++)
            add_cell(&r, fold, seed, fold ? 10 : 30, fold ? seed : 2);
    CHECK(plethtrain_students_make(&s, &r, &e) == 0);
    CHECK(s.count == 1 && s.people == 2);
    /* seed 3 lacks a fold; 30 windows of error 2 with 10 of 1, and of 2 */
    CHECK(s.student[0].seeds == 2 && s.student[0].folds == 3 && s.student[0].cells == 5);
    CHECK_NEAR(s.student[0].by_seed[0], 1.75, 1e-12);
    CHECK_NEAR(s.student[0].error, 1.875, 1e-12);
    CHECK_NEAR(s.student[0].sd, 0.25 / sqrt(2), 1e-12);
    CHECK_NEAR(s.student[0].sum[1], 15, 1e-12);
    /* a beat more for the ten windows of fold 1 */
    CHECK_NEAR(s.student[0].error_int8, 1.875 + 0.25, 1e-12);
    CHECK_NEAR(s.student[0].sum_int8[0], 60, 1e-12);
    CHECK_NEAR(s.student[0].sum_int8[1], 25, 1e-12);
    CHECK_NEAR(s.student[0].count[1], 10, 1e-12);
    CHECK(s.student[0].seed[1] == 2);
    CHECK_NEAR(s.student[0].seed_sum[2 + 1], 20, 1e-12);
    CHECK_NEAR(s.student[0].seed_sum_int8[2 + 1], 30, 1e-12);
    CHECK(plethtrain_students_find(&s, PLETH_NET_MLP, 2, PLETHTRAIN_SCRATCH, 0, 0) == s.student);
    CHECK(!plethtrain_students_find(&s, PLETH_NET_MLP, 2, PLETHTRAIN_SCRATCH, 1, 0));
    CHECK(!plethtrain_students_find(&s, PLETH_NET_MLP, 2, PLETHTRAIN_SCRATCH, 0, 2));
    plethtrain_students_free(&s);
    /* as many folds, but others: of other people, and no part of the mean; more seeds have them */
    for (int seed = 4; seed <= 6; seed++)
        for (int fold = 1; fold < 3; fold++)
            add_cell(&r, fold, seed, 10, 100);
    CHECK(plethtrain_students_make(&s, &r, &e) == 0);
    CHECK(s.student[0].folds == 6 && s.student[0].seeds == 3 && s.student[0].seed[0] == 4);
    CHECK_NEAR(s.student[0].error, 100, 1e-12);
    CHECK_NEAR(s.student[0].count[0], 0, 0);
    plethtrain_students_free(&s);
    plethtrain_results_free(&r);
}

/* ---- Running -----------------------------------------------------------------------------------
 */

static uint64_t key_of(const char *text)
{
    uint64_t key = 1;

    for (; *text; text++)
        key = plethtrain_key(key, (unsigned char)*text);
    return key;
}

/* What stands in for training: an error from the name, after a moment. Cells that `spoilt` names
 * fail, or take their process with them. */
struct standin {
    const char *spoilt, *killed;
    double slower, worse; /* seconds, and error per minute, more than ever */
};

/* A model file that says what it is of. */
static int write_model(const char *path, const char *note, struct plethio_error *e)
{
    const int64_t shape[] = {1};
    const float value = 1;
    const struct plethio_metadata m[] = {{"trial", note}};
    struct pleth_tensor t = {.name = "x",
                             .name_length = 1,
                             .type = PLETH_F32,
                             .rank = 1,
                             .data = &value,
                             .size = sizeof value,
                             .count = 1};
    size_t size;
    void *bytes;
    int status;

    memcpy(t.shape, shape, sizeof shape);
    bytes = plethio_safetensors_make(&t, 1, m, 1, &size, e);
    status = bytes ? plethio_write_whole(path, bytes, size, e) : -1;
    free(bytes);
    return status;
}

static int standin(void *cookie, const struct sweep_work *work, struct plethtrain_outcome *o,
                   struct plethio_error *e)
{
    const struct standin *how = cookie;
    const struct plethtrain_trial *t = work->trial;
    struct pleth_net_shape shape;
    char name[PLETHTRAIN_TRIAL], *taught;
    uint64_t key;
    size_t size;

    plethtrain_trial_name(t, name);
    key = key_of(name);
    if (how->spoilt && strcmp(name, how->spoilt) == 0)
        return plethio_fail(e, "it is spoilt");
    if (how->killed && strcmp(name, how->killed) == 0)
        raise(SIGKILL);
    CHECK(work->teachers == (t->ensemble ? t->ensemble : t->teacher > 0));
    for (int k = 0; k < work->teachers; k++) {
        taught = plethio_read_whole(work->teacher[k], &size, e);
        if (!taught)
            return -1;
        for (size_t i = 0; i < size; i++)
            key = plethtrain_key(key, (unsigned char)taught[i]);
        free(taught);
    }
    usleep((useconds_t)(200 + plethtrain_random(key, 0) % 2000));
    if (work->weights && write_model(work->weights, work->note, e))
        return -1;
    plethtrain_trial_shape(t->network, t->blocks, &shape);
    plethtrain_shape_counts(&shape, &o->parameters, &o->macs);
    o->seconds = t->blocks + how->slower;
    o->person = calloc(4, sizeof *o->person);
    for (int i = 0; i < 4; i++) {
        struct plethtrain_outcome_person *p = &o->person[o->people++];
        snprintf(p->name, sizeof p->name, "person %d", 2 * i + t->fold);
        p->windows = 50 + 10 * i;
        /* as it will be read */
        p->mae =
            round(1e6 * (5 + 2000 / sqrt(o->parameters) + plethtrain_uniform(key, 1) + i)) / 1e6 +
            how->worse;
        p->mae_int8 = p->mae + 0.25;
        o->windows += p->windows;
        o->mae += p->windows * p->mae;
    }
    o->mae /= o->windows;
    o->mae_int8 = o->mae + 0.25;
    *work->thousandths = 1000;
    return 0;
}

static int run(const struct plethtrain_sweep *plan, const char *to, struct standin *how, int rank,
               int count, struct sweep_run *r, struct plethio_error *e)
{
    *r = (struct sweep_run){.plan = plan,
                            .folder = to,
                            .weights = to,
                            .jobs = 2,
                            .rank = rank,
                            .count = count,
                            .train = standin,
                            .cookie = how,
                            .quiet = 1};
    return sweep_run(r, e);
}

/* The report of what is in a folder; to be freed. */
static char *report(const struct plethtrain_sweep *plan, const char *of)
{
    struct plethtrain_results r = {NULL, 0, 0};
    struct plethtrain_outcome o;
    struct plethio_error e;
    char path[1024], name[PLETHTRAIN_TRIAL], *text;
    size_t size;
    FILE *f = fopen(in("report"), "w");

    for (int i = 0; i < plan->trials; i++) {
        plethtrain_trial_name(&plan->trial[i], name);
        CHECK(plethio_join(path, of, name, ".json", &e) == 0);
        if (plethio_is_file(path) && plethtrain_outcome_read(&o, path, &e) == 0)
            CHECK(plethtrain_results_add(&r, &o, &e) == 0);
    }
    CHECK(r.count == plan->trials);
    CHECK(f && sweep_report(f, plan, &r, NULL, &e) == 0);
    if (f)
        fclose(f);
    plethtrain_results_free(&r);
    text = plethio_read_whole(in("report"), &size, &e);
    CHECK(text != NULL);
    return text ? text : calloc(1, 1);
}

static void same_report(const struct plethtrain_sweep *plan, const char *of, const char *wanted)
{
    char *text = report(plan, of);

    CHECK(strcmp(text, wanted) == 0);
    free(text);
}

/* How many outcomes a folder has. */
static int outcomes_in(const char *of)
{
    DIR *d = opendir(of);
    struct dirent *entry;
    int n = 0;

    while (d && (entry = readdir(d)) != NULL)
        n += plethio_ends(entry->d_name, ".json");
    if (d)
        closedir(d);
    return n;
}

/* A sweep in a process of its own that gets the signal as soon as `after` more cells are done, or
 * ends before; its status. */
static int broken_run(const struct plethtrain_sweep *plan, const char *to, int number, int after)
{
    const int before = outcomes_in(to);
    struct standin how = {0};
    struct plethio_error e;
    struct sweep_run r;
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        tool_catch_signals();
        _exit(run(plan, to, &how, 0, 1, &r, &e) == 0 ? 0 : strstr(e.text, "stopped;") ? 3 : 4);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (outcomes_in(to) < before + after) {
            usleep(300);
            continue;
        }
        kill(child, number);
        waitpid(child, &status, 0);
        break;
    }
    return status;
}

static void breaks(const struct plethtrain_sweep *plan, const char *wanted)
{
    struct standin how = {0};
    struct plethio_error e;
    struct sweep_run r;
    int stopped = 0, killed = 0, status;

    for (uint64_t i = 0; i < 10; i++) {
        status = broken_run(plan, in("killed"), SIGKILL, 1 + (int)(plethtrain_random(5, i) % 4));
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    CHECK(killed >= 8);
    CHECK(run(plan, in("killed"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.before + r.trained == TRIALS && r.before > 0 && r.failed == 0);
    same_report(plan, in("killed"), wanted);

    for (int i = 0; i < 3; i++) {
        status = broken_run(plan, in("stopped"), SIGINT, 3);
        stopped += WIFEXITED(status) && WEXITSTATUS(status) == 3;
    }
    CHECK(stopped == 3);
    CHECK(run(plan, in("stopped"), &how, 0, 1, &r, &e) == 0);
    same_report(plan, in("stopped"), wanted);
}

/* Models of other training, and what happens to the file of a teacher that is trained again. */
static void models(const struct plethtrain_sweep *plan, const char *wanted)
{
    const char *kept = "failed/resnet1d-07-scratch-f0-s1.json";
    struct standin how = {0};
    struct plethio_error e;
    struct sweep_run r;
    char *before, *after;
    size_t size;

    before = plethio_read_whole(in(kept), &size, &e);
    /* as a plan of other epochs would have left it */
    CHECK(write_model(in("failed/resnet1d-07-scratch-f0-s1.safetensors"), "of something", &e) == 0);
    unlink(in("failed/resnet1d-02-dkd-t07-f0-s1.json"));
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.failed == 0 && r.trained == 2);
    same_report(plan, in("failed"), wanted);
    /* it takes longer, but says the same: its file is not touched */
    unlink(in("failed/resnet1d-07-scratch-f0-s1.safetensors"));
    unlink(in("failed/resnet1d-02-dkd-t07-f0-s1.json"));
    how.slower = 5;
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.failed == 0 && r.trained == 2);
    after = plethio_read_whole(in(kept), &size, &e);
    CHECK(before && after && strcmp(before, after) == 0);
    free(after);
    /* it errs otherwise: the file is that of the model which students learn from */
    unlink(in("failed/resnet1d-07-scratch-f0-s1.safetensors"));
    unlink(in("failed/resnet1d-02-dkd-t07-f0-s1.json"));
    how.worse = 1;
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) == 0);
    after = plethio_read_whole(in(kept), &size, &e);
    CHECK(before && after && strcmp(before, after) != 0);
    free(after);
    free(before);
}

static void failures(const struct plethtrain_sweep *plan, const char *wanted)
{
    /* a teacher, which 5 students need, and a student whose process dies */
    struct standin how = {"resnet1d-07-scratch-f0-s1", "resnet1d-05-dkd-t07-f1-s2", 0, 0};
    struct plethio_error e;
    struct sweep_run r;
    char *text;
    size_t size;

    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.failed == 7 && r.trained == TRIALS - 7);
    text = plethio_read_whole(in("failed/resnet1d-07-scratch-f0-s1.failed"), &size, &e);
    CHECK(text && strcmp(text, "it is spoilt\n") == 0);
    free(text);
    text = plethio_read_whole(in("failed/resnet1d-05-dkd-t07-f1-s2.failed"), &size, &e);
    CHECK(text && strstr(text, "signal 9"));
    free(text);
    text = plethio_read_whole(in("failed/resnet1d-02-dkd-t07-f0-s1.failed"), &size, &e);
    CHECK(text && strstr(text, "its teacher resnet1d-07-scratch-f0-s1 failed"));
    free(text);
    how = (struct standin){0};
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.failed == 0 && r.trained == 7 && r.before == TRIALS - 7);
    CHECK(!plethio_is_file(in("failed/resnet1d-07-scratch-f0-s1.failed")));
    same_report(plan, in("failed"), wanted);

    /* weights that are gone are made again for those who need them, and for nobody else */
    unlink(in("failed/resnet1d-07-scratch-f0-s1.safetensors"));
    unlink(in("failed/resnet1d-07-scratch-f1-s1.safetensors"));
    unlink(in("failed/resnet1d-02-dkd-t07-f0-s1.json"));
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.failed == 0 && r.trained == 2);
    same_report(plan, in("failed"), wanted);
    models(plan, wanted);

    /* a broken outcome, and one of another plan, stop all */
    CHECK(truncate(in("failed/mlp-02-scratch-f1-s1.json"), 40) == 0);
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) < 0);
    CHECK(strstr(e.text, "mlp-02-scratch-f1-s1.json: no cell of a sweep") != NULL);
    unlink(in("failed/mlp-02-scratch-f1-s1.json"));
    plan->trial[0].epochs = 4;
    CHECK(run(plan, in("failed"), &how, 0, 1, &r, &e) < 0);
    CHECK(strstr(e.text, "epochs 3, not 4") != NULL && strstr(e.text, "--out") != NULL);
    plan->trial[0].epochs = 3;
}

/* Two ranks: in processes of this test, one of which has failures of before to get over. */
static void two_ranks(const struct plethtrain_sweep *plan, const char *wanted)
{
    struct standin how = {0};
    struct plethio_error e;
    struct sweep_run r;
    int status, done = 0;
    pid_t other;
    FILE *f;

    mkdir(in("two"), 0777);
    for (int i = 0; i < 4; i++) {
        char name[80];
        snprintf(name, sizeof name, "two/resnet1d-07-scratch-f%d-s%d.failed", i / 2, 1 + i % 2);
        f = fopen(in(name), "w");
        CHECK(f && fclose(f) == 0);
    }
    fflush(stdout);
    other = fork();
    if (other == 0) {
        usleep(20000);
        _exit(run(plan, in("two"), &how, 1, 2, &r, &e) == 0 && r.failed == 0 && r.trained > 0
                  ? r.trained
                  : 0);
    }
    CHECK(run(plan, in("two"), &how, 0, 2, &r, &e) == 0 && r.failed == 0);
    CHECK(waitpid(other, &status, 0) == other && WIFEXITED(status));
    done = r.trained + WEXITSTATUS(status);
    /* teachers that failed in a run of before are perhaps made by both */
    CHECK(WEXITSTATUS(status) > 0 && r.trained > 0 && done >= TRIALS && done <= TRIALS + 8);
    same_report(plan, in("two"), wanted);
}

/* The same under mpirun, of this program. */
static void mpirun(const struct plethtrain_sweep *plan, const char *program, const char *wanted)
{
    char command[1200];

    if (system("command -v mpirun >/dev/null 2>&1") != 0) {
        printf("no mpirun here: its ranks are not tested\n");
        return;
    }
    snprintf(command, sizeof command,
             "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe "
             "-n 2 '%s' '%s' '%s' >'%s' 2>&1",
             program, in("test.plan"), in("mpi"), in("mpirun"));
    CHECK(system(command) == 0);
    same_report(plan, in("mpi"), wanted);
    CHECK(plethio_is_file(in("mpi/rank-0")) && plethio_is_file(in("mpi/rank-1")));
}

/* What mpirun starts: its share of the plan, and a file that says it was there. */
static int as_rank(char **argv)
{
    struct standin how = {0};
    struct plethtrain_sweep plan;
    struct plethio_error e;
    struct sweep_run r;
    int rank, count;
    char path[500];
    FILE *f;

    if (tool_rank(&rank, &count) || count != 2 || plethtrain_sweep_read(&plan, argv[1], &e) ||
        run(&plan, argv[2], &how, rank, count, &r, &e) || r.failed || r.trained == 0)
        return 1;
    plethtrain_sweep_free(&plan);
    snprintf(path, sizeof path, "%s/rank-%d", argv[2], rank);
    f = fopen(path, "w");
    return !f || fclose(f);
}

/* Students of three teachers each, by two ranks that wait for each other's. */
static void ensembles(void)
{
    struct standin how = {0};
    struct plethtrain_sweep plan;
    struct plethio_error e;
    struct sweep_run r;
    char *wanted;
    int status;
    pid_t other;

    CHECK(plethtrain_sweep_read(&plan, write_plan(ensemble_text), &e) == 0);
    CHECK(run(&plan, in("ensemble"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.trained == ENSEMBLE_TRIALS && r.failed == 0);
    wanted = report(&plan, in("ensemble"));
    CHECK(strstr(wanted, "### resnet1d, 3 teachers of 2 blocks (27060 parameters each"));
    fflush(stdout);
    other = fork();
    if (other == 0)
        _exit(run(&plan, in("shared"), &how, 1, 2, &r, &e) || r.failed ? 1 : 0);
    CHECK(run(&plan, in("shared"), &how, 0, 2, &r, &e) == 0 && r.failed == 0);
    CHECK(waitpid(other, &status, 0) == other && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    same_report(&plan, in("shared"), wanted);
    /* one of the three that fails takes those down that learn of it */
    how.spoilt = "resnet1d-02-scratch-f0-s3";
    CHECK(run(&plan, in("spoilt"), &how, 0, 1, &r, &e) == 0 && r.failed == 3);
    /* and one of the three that is gone is trained again */
    unlink(in("ensemble/resnet1d-02-scratch-f0-s3.safetensors"));
    unlink(in("ensemble/resnet1d-01-soft-t02x3-f0-s4.json"));
    how.spoilt = NULL;
    CHECK(run(&plan, in("ensemble"), &how, 0, 1, &r, &e) == 0 && r.trained == 2);
    same_report(&plan, in("ensemble"), wanted);
    free(wanted);
    plethtrain_sweep_free(&plan);
}

static void running(const char *program)
{
    struct standin how = {0};
    struct plethtrain_sweep plan;
    struct plethio_error e;
    struct sweep_run r;
    char *wanted;

    CHECK(plethtrain_sweep_read(&plan, write_plan(plan_text), &e) == 0);
    CHECK(run(&plan, in("whole"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.before == 0 && r.trained == TRIALS && r.failed == 0);
    CHECK(run(&plan, in("whole"), &how, 0, 1, &r, &e) == 0);
    CHECK(r.before == TRIALS && r.trained == 0);
    wanted = report(&plan, in("whole"));
    CHECK(strstr(wanted, "# Sweep of 46 cells") && strstr(wanted, "teacher of 7 blocks") &&
          strstr(wanted, "Differences to scratch") && strstr(wanted, "power law with floor") &&
          strstr(wanted, "| resnet1d, 7 blocks | "));
    CHECK(strstr(wanted, "## In int8") && strstr(wanted, "| +0.25 (+0.25 to +0.25) **worse** |"));
    breaks(&plan, wanted);
    failures(&plan, wanted);
    two_ranks(&plan, wanted);
    mpirun(&plan, program, wanted);
    free(wanted);
    plethtrain_sweep_free(&plan);
}

int main(int argc, char **argv)
{
    const char *root = getenv("TMPDIR");
    char command[300];

    if (argc == 3)
        return as_rank(argv);
    snprintf(folder, sizeof folder, "%s/pleth-sweep-XXXXXX", root ? root : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
    plans();
    broken_plans();
    recipes();
    shapes();
    outcomes("", 1);
    outcomes("spc", 1);
    outcomes("spc", -1);
    students();
    running(argv[0]);
    ensembles();
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    CHECK(system(command) == 0);
    return test_done();
}
