/* pleth sweep: a plan's cells trained, or what came of them told. */
#define _POSIX_C_SOURCE 200809L

#include "sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cell.h"
#include "parse.h"
#include "path.h"
#include "tool.h"

static const char usage[] =
    "usage: pleth sweep PLAN [options]\n"
    "       pleth sweep PLAN --report [options]\n"
    "\n"
    "Trains every cell of a plan that has not been trained yet, in processes; or tells what came\n"
    "of them. A cell is a network, a way to teach it, a fold of people and a seed, and one small\n"
    "file. Starting again goes on from where it was. Under mpirun or srun the ranks share the\n"
    "cells.\n"
    "\n"
    "A plan is a text of settings, which hold until they are set anew; `cells` adds all that is\n"
    "set:\n"
    "  channels N               of the data sets that follow: the first N optical channels alone\n"
    "  data LAYOUT PATH [S]     a data set; its labels come S seconds late. What is not\n"
    "                           there is looked for below PLETH_DATA\n"
    "  with LAYOUT PATH [S]     one that is only learned from, in every fold\n"
    "  networks NAME...         resnet1d, mlp, tcn, each as large as the ResNet of so many blocks\n"
    "  students N...            blocks, 1..16; 1-10 is all of these\n"
    "  teachers N...            blocks of ResNets that teach\n"
    "  ensemble N               1: students learn from the mean of N teachers, seeds 1..N\n"
    "  strategies NAME...       scratch, hard, soft, dkd, feature, ordered\n"
    "  folds K                  2; people are dealt to them\n"
    "  inner K                  each fold in turn is left out, the others' people are dealt to\n"
    "                           K folds: to choose by\n"
    "  only-folds I...          counted from 0; all, unless given\n"
    "  transfer NAME...         trained on each of these data sets alone (each: of all), tested "
    "on\n"
    "                           all people of the others; folds K: also on K folds of its own\n"
    "  seeds N...               1\n"
    "  epochs N                 40\n"
    "  validation N             5: one of so many training people chooses the epoch; 0: the last\n"
    "  recipe KEY=VALUE...      loss, sigma, optimiser, schedule, rate, decay, clip, average,\n"
    "                           dropout, batch, int8-epochs; alpha, beta, tau, ce-weight,\n"
    "                           warm-up; how windows vary: stretch, shift-s, mix, flip, noise,\n"
    "                           swell; the strategy's own, unless given\n"
    "  cells\n"
    "\n"
    "  --out DIR        where the cells' files are; PLAN without its ending\n"
    "  --weights DIR    where models of teachers are kept, and checkpoints; DIR of --out.\n"
    "                   Those of another plan are not used, but made anew\n"
    "  --jobs N         cells trained at once; one a core, under mpirun or srun one a rank\n"
    "  --list           only the names of the cells\n"
    "  --report         trains nothing: tables of errors, differences, the law, costs, as "
    "Markdown\n"
    "  --plot DIR       with --report: curves and maps, named in it\n"
    "  --json           with --report: in place of tables an object a cell, as its file has it\n"
    "\n"
    "Environment: PLETH_DATA, the folder of data sets; TMPDIR, of temporary files.\n";

struct request {
    const char *plan, *out, *weights, *plot;
    int jobs, list, report, json;
};

/* ---- A cell ------------------------------------------------------------------------------------
 */

struct trainer {
    const struct plethtrain_sweep *plan;
    struct plethtrain_set set;
    uint32_t cpu_mask;
};

static int tell(void *cookie, const char *what, double done, const struct plethtrain_epoch *epoch)
{
    const struct sweep_work *work = cookie;

    (void)what, (void)epoch;
    *work->thousandths = (int)(1000 * done);
    return tool_stop;
}

static int take_result(const struct plethtrain_cell_result *r, struct plethtrain_outcome *o,
                       struct plethio_error *e)
{
    if (!isfinite(r->mae) || !isfinite(r->mae_int8))
        return plethio_fail(e, r->windows ? "the error is no number"
                                          : "nobody who is tested has a window with a label");
    o->parameters = (double)r->parameters;
    o->macs = (double)r->macs;
    o->mae = r->mae;
    o->mae_int8 = r->mae_int8;
    o->seconds = r->seconds;
    o->windows = r->windows;
    o->person = calloc((size_t)r->people + 1, sizeof *o->person);
    if (!o->person)
        return plethio_fail(e, "no memory for %d people", r->people);
    for (int i = 0; i < r->people; i++) {
        struct plethtrain_outcome_person *p = &o->person[o->people];
        if (r->person[i].windows == 0)
            continue;
        snprintf(p->name, sizeof p->name, "%s", r->person[i].name);
        p->windows = r->person[i].windows;
        p->mae = r->person[i].mae;
        p->mae_constant = r->person[i].mae_median;
        p->mae_int8 = r->person[i].mae_int8;
        o->people++;
    }
    return 0;
}

static int take_recipe(struct plethtrain_recipe *r, const char *recipe, struct plethio_error *e)
{
    char text[sizeof((struct plethtrain_trial *)NULL)->recipe], *save = NULL;

    strcpy(text, recipe);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        if (plethtrain_recipe_set(r, word, e))
            return -1;
    return 0;
}

/* Whether a cell failed at its checkpoint, before anything was learned: the message begins with its
 * path. */
static int is_stale(const struct plethtrain_cell *cell, const struct sweep_work *work,
                    const struct plethio_error *e)
{
    return cell->resume && *work->thousandths == 0 &&
           strncmp(e->text, cell->checkpoint, strlen(cell->checkpoint)) == 0;
}

static int train(void *cookie, const struct sweep_work *work, struct plethtrain_outcome *o,
                 struct plethio_error *e)
{
    const struct trainer *t = cookie;
    const struct plethtrain_trial *trial = work->trial;
    struct plethtrain_cell cell;
    struct plethtrain_cell_result result;
    int status;

    memset(&cell, 0, sizeof cell);
    memset(&result, 0, sizeof result);
    cell.set = &t->set;
    plethtrain_trial_shape(trial->network, trial->blocks, &cell.shape);
    cell.split = (struct plethtrain_split){.folds = trial->fold < 0 ? 0
                                                    : trial->inner  ? trial->folds / trial->inner
                                                                    : trial->folds,
                                           .inner = trial->inner,
                                           .fold = trial->fold,
                                           .seed = 1,
                                           .only = plethtrain_trial_source(t->plan, trial) + 1,
                                           .learned_from = t->plan->learned_from,
                                           .validation = trial->validation};
    plethtrain_recipe_default(&cell.recipe, trial->strategy);
    if (take_recipe(&cell.recipe, trial->recipe, e) ||
        take_recipe(&cell.recipe, trial->teaching, e))
        return -1;
    cell.recipe.epochs = trial->epochs;
    cell.recipe.seed = (uint64_t)trial->seed;
    memcpy(cell.teacher, work->teacher, sizeof cell.teacher);
    cell.teachers = work->teachers;
    cell.threads = 1;
    cell.cpu_mask = t->cpu_mask;
    cell.out = work->weights;
    cell.note = work->note;
    cell.checkpoint = work->checkpoint;
    cell.resume = plethio_is_file(work->checkpoint);
    cell.tell = tell;
    cell.cookie = (void *)(uintptr_t)work;
    status = plethtrain_cell_run(&cell, &result, e);
    if (status && is_stale(&cell, work, e)) {
        sweep_say(trial, "its checkpoint is of another training or broken; it is begun anew");
        plethtrain_cell_free(&result);
        unlink(work->checkpoint);
        cell.resume = 0;
        status = plethtrain_cell_run(&cell, &result, e);
    }
    if (status == 0 && result.stopped)
        status = plethio_fail(e, "stopped");
    if (status == 0)
        status = take_result(&result, o, e);
    plethtrain_cell_free(&result);
    return status;
}

/* ---- The verb ----------------------------------------------------------------------------------
 */

/* Outcomes and reports know people by the plan's names of data sets. */
static int check_names(const struct plethtrain_sweep *plan, const struct plethtrain_set *set,
                       struct plethio_error *e)
{
    char name[PLETHTRAIN_NAME];

    for (int i = 0; i < plan->sources; i++) {
        plethtrain_source_name(plan, i, name);
        if (strcmp(name, set->source[i]) != 0)
            return plethio_fail(e,
                                "the plan's data set \"%.100s\" is the folder %.200s: name it so",
                                name, set->source[i]);
    }
    return 0;
}

static int run(const struct request *q, const struct plethtrain_sweep *plan,
               struct plethio_error *e)
{
    struct trainer trainer = {.plan = plan};
    struct sweep_run r = {.plan = plan,
                          .folder = q->out,
                          .weights = q->weights,
                          .jobs = q->jobs,
                          .train = train,
                          .cookie = &trainer};
    int status;

    if (tool_rank(&r.rank, &r.count) && !r.jobs)
        r.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    r.jobs = r.jobs > 0 ? r.jobs : 1;
    if (tool_cpu_mask(&trainer.cpu_mask, e))
        return -1;
    tool_catch_signals();
    if (plethtrain_set_open(&trainer.set, plan->source, plan->sources, tool_tell, NULL, e))
        return -1;
    tool_progress_end();
    status = check_names(plan, &trainer.set, e) ? -1 : sweep_run(&r, e);
    plethtrain_set_close(&trainer.set);
    if (status)
        return -1;
    fprintf(stderr, "pleth sweep: %d cells were there, %d trained, %d failed\n", r.before,
            r.trained, r.failed);
    return r.failed
               ? plethio_fail(e, "%d cells failed; the same command tries them again", r.failed)
               : 0;
}

/* The plan's outcomes that are there. */
static int read_results(const struct request *q, const struct plethtrain_sweep *plan,
                        struct plethtrain_results *results, struct plethio_error *e)
{
    memset(results, 0, sizeof *results);
    for (int i = 0; i < plan->trials; i++) {
        struct plethtrain_outcome o;
        const int status = sweep_outcome_read(plan, i, q->out, &o, e);

        if (status < 0)
            return -1;
        if (status && plethtrain_results_add(results, &o, e)) {
            plethtrain_outcome_free(&o);
            return -1;
        }
    }
    return results->count ? 0
                          : plethio_fail(e,
                                         "%s: no cell of this plan is there yet; run pleth sweep "
                                         "%s first",
                                         q->out, q->plan);
}

static int report(const struct request *q, const struct plethtrain_sweep *plan,
                  struct plethio_error *e)
{
    struct plethtrain_results results;
    int status = read_results(q, plan, &results, e);

    if (status == 0 && q->plot && mkdir(q->plot, 0777) && errno != EEXIST)
        status = plethio_fail(e, "--plot %s: %s", q->plot, strerror(errno));
    for (int i = 0; i < results.count && status == 0 && q->json; i++)
        plethtrain_outcome_write(stdout, &results.outcome[i], "");
    if (status == 0 && !q->json)
        status = sweep_report(stdout, plan, &results, q->plot, e);
    plethtrain_results_free(&results);
    return status;
}

static int work(const struct request *q, struct plethio_error *e)
{
    struct plethtrain_sweep plan;
    char name[PLETHTRAIN_TRIAL];
    int status = 0;

    if (plethtrain_sweep_read(&plan, q->plan, e))
        return -1;
    if (q->plot && *plan.trial[0].on) {
        plethtrain_sweep_free(&plan);
        return plethio_fail(e, "--plot: the report of %s is a matrix, of which nothing is drawn",
                            q->plan);
    }
    if (q->list) {
        for (int i = 0; i < plan.trials; i++) {
            plethtrain_trial_name(&plan.trial[i], name);
            printf("%s\n", name);
        }
    } else {
        status = q->report ? report(q, &plan, e) : run(q, &plan, e);
    }
    plethtrain_sweep_free(&plan);
    return status;
}

int verb_sweep(int argc, char **argv)
{
    enum { OUT = 1, WEIGHTS, JOBS, LIST, REPORT, PLOT, JSON };
    static const struct option options[] = {{"out", required_argument, NULL, OUT},
                                            {"weights", required_argument, NULL, WEIGHTS},
                                            {"jobs", required_argument, NULL, JOBS},
                                            {"list", no_argument, NULL, LIST},
                                            {"report", no_argument, NULL, REPORT},
                                            {"plot", required_argument, NULL, PLOT},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, PARSE_HELP},
                                            {NULL, 0, NULL, 0}};
    struct request q;
    struct plethio_error e;
    char folder[1024], *dot;
    double jobs;
    int code;

    memset(&q, 0, sizeof q);
    while ((code = parse_option("sweep", argc, argv, options, NULL)) != -1) {
        switch (code) {
        case OUT:
            q.out = optarg;
            break;
        case WEIGHTS:
            q.weights = optarg;
            break;
        case JOBS:
            if (parse_whole(optarg, 1, 1024, &jobs))
                return parse_fail("sweep", "--jobs %s: it must be a whole number, 1..1024", optarg);
            q.jobs = (int)jobs;
            break;
        case LIST:
            q.list = 1;
            break;
        case REPORT:
            q.report = 1;
            break;
        case PLOT:
            q.plot = optarg;
            break;
        case JSON:
            q.json = 1;
            break;
        case PARSE_HELP:
            fputs(usage, stdout);
            return TOOL_OK;
        default:
            return TOOL_USAGE;
        }
    }
    if (optind != argc - 1)
        return parse_fail("sweep", "it takes one PLAN");
    if ((q.plot || q.json) && !q.report)
        return parse_fail("sweep", "--%s goes with --report", q.plot ? "plot" : "json");
    if (q.plot && q.json)
        return parse_fail("sweep", "--plot goes with tables, not with --json");
    q.plan = argv[optind];
    if (!q.out) {
        if (strlen(q.plan) >= sizeof folder)
            return parse_fail("sweep", "the plan's path is too long; name a folder by --out");
        strcpy(folder, q.plan);
        dot = strrchr(folder, '.');
        if (!dot || dot == folder || strchr(dot, '/') || dot[-1] == '/')
            return parse_fail("sweep", "%.80s has no ending to be left out; name a folder by --out",
                              q.plan);
        *dot = 0;
        q.out = folder;
    }
    q.weights = q.weights ? q.weights : q.out;
    return work(&q, &e) ? tool_fail("sweep", &e) : TOOL_OK;
}
