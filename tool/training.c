#define _POSIX_C_SOURCE 200809L

#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evaluate.h"
#include "parse.h"
#include "path.h"
#include "score.h"
#include "shape.h"
#include "start.h"
#include "taken.h"
#include "tool.h"

struct training {
    const char *verb;
    struct plethtrain_source source[PLETHTRAIN_SOURCES];
    char layout[PLETHTRAIN_SOURCES][64]; /* of --test-on and --with */
    int sources;
    const char *test_on[PLETHTRAIN_SOURCES], *with[PLETHTRAIN_SOURCES], *lag[PLETHTRAIN_SOURCES];
    int tests, withs, lags;
    const char *fold, *curve, *plot, *write_split;
    int folds, channels, json;
    int shaped; /* an option says which network */
    struct plethtrain_cell cell;
    char checkpoint[1040];
    /* as the epochs are told */
    struct plethtrain_epoch *epoch;
    int epochs;
    struct plethio_error curve_error;
};

enum {
    OUT = 1,
    NET,
    BLOCKS,
    WIDTH,
    HIDDEN,
    FOLDS,
    FOLD,
    SPLIT,
    WRITE_SPLIT,
    LEAVE_OUT,
    TEST_ON,
    WITH,
    VALIDATION,
    EPOCHS,
    SETTING, /* of the recipe (recipe.h), by the option's name */
    FLIP,
    CHANNELS,
    LAG,
    SEED,
    THREADS,
    RESUME,
    CURVE,
    PLOT,
    JSON,
    START,
    TUNE,
    PERSONAL,
    /* of distill, and last: the others come first in the table too */
    TEACHER = 200,
    STRATEGY
};

static const struct option options[] = {{"teacher", required_argument, NULL, TEACHER},
                                        {"strategy", required_argument, NULL, STRATEGY},
                                        {"alpha", required_argument, NULL, SETTING},
                                        {"beta", required_argument, NULL, SETTING},
                                        {"tau", required_argument, NULL, SETTING},
                                        {"warm-up", required_argument, NULL, SETTING},
                                        {"ce-weight", required_argument, NULL, SETTING},
                                        {"out", required_argument, NULL, OUT},
                                        {"net", required_argument, NULL, NET},
                                        {"blocks", required_argument, NULL, BLOCKS},
                                        {"width", required_argument, NULL, WIDTH},
                                        {"hidden", required_argument, NULL, HIDDEN},
                                        {"folds", required_argument, NULL, FOLDS},
                                        {"fold", required_argument, NULL, FOLD},
                                        {"split", required_argument, NULL, SPLIT},
                                        {"write-split", required_argument, NULL, WRITE_SPLIT},
                                        {"leave-out", required_argument, NULL, LEAVE_OUT},
                                        {"test-on", required_argument, NULL, TEST_ON},
                                        {"with", required_argument, NULL, WITH},
                                        {"validation", required_argument, NULL, VALIDATION},
                                        {"epochs", required_argument, NULL, EPOCHS},
                                        {"int8-epochs", required_argument, NULL, SETTING},
                                        {"batch", required_argument, NULL, SETTING},
                                        {"optimiser", required_argument, NULL, SETTING},
                                        {"schedule", required_argument, NULL, SETTING},
                                        {"rate", required_argument, NULL, SETTING},
                                        {"decay", required_argument, NULL, SETTING},
                                        {"clip", required_argument, NULL, SETTING},
                                        {"average", required_argument, NULL, SETTING},
                                        {"dropout", required_argument, NULL, SETTING},
                                        {"loss", required_argument, NULL, SETTING},
                                        {"sigma-bpm", required_argument, NULL, SETTING},
                                        {"stretch", required_argument, NULL, SETTING},
                                        {"noise", required_argument, NULL, SETTING},
                                        {"swell", required_argument, NULL, SETTING},
                                        {"shift-s", required_argument, NULL, SETTING},
                                        {"flip", no_argument, NULL, FLIP},
                                        {"channels", required_argument, NULL, CHANNELS},
                                        {"mix", required_argument, NULL, SETTING},
                                        {"lag-s", required_argument, NULL, LAG},
                                        {"seed", required_argument, NULL, SEED},
                                        {"threads", required_argument, NULL, THREADS},
                                        {"resume", no_argument, NULL, RESUME},
                                        {"curve", required_argument, NULL, CURVE},
                                        {"plot", required_argument, NULL, PLOT},
                                        {"json", no_argument, NULL, JSON},
                                        {"start", required_argument, NULL, START},
                                        {"tune", required_argument, NULL, TUNE},
                                        {"personal", required_argument, NULL, PERSONAL},
                                        {"help", no_argument, NULL, PARSE_HELP},
                                        {NULL, 0, NULL, 0}};
enum { OF_DISTILL = 7 }; /* options that train has not */

static const char common[] =
    "What is learned from: sensors' recordings with a heart rate, data sets as pleth evaluate\n"
    "lists them, as many DATASET DIR pairs as there are. People, not windows, are held apart.\n"
    "\n"
    "  --out MODEL            the .safetensors file that is made\n"
    "  --net NAME             resnet1d (default), mlp, tcn\n"
    "  --blocks N             of resnet1d and tcn; 6 by default\n"
    "  --width N              channels of the first layer; 32 by default\n"
    "  --hidden N             of the mlp; 212 by default\n"
    "\n"
    "Who is tested (nobody, where none of these is given):\n"
    "  --folds K --fold I     people dealt to K folds; those of fold I, 0..K-1\n"
    "  --split FILE           name,part a line: those of part test, or of --fold PART; the "
    "others\n"
    "                         in the file are learned from\n"
    "  --write-split FILE     writes such a file: train, test\n"
    "  --leave-out NAME       this person\n"
    "  --test-on DATASET:DIR  another data set; may be repeated\n"
    "  --with DATASET:DIR     beside any of these: another data set that is only learned from, "
    "in\n"
    "                         every fold: nobody of it is tested or validates; may be repeated\n"
    "  --validation N         one of N training people does not train but chooses the epoch;\n"
    "                         5 by default, 0: the last epoch is taken\n"
    "\n"
    "How it is learned:\n"
    "  --epochs N             40 by default\n"
    "  --int8-epochs N        the last N of these learn with weights and values rounded as in "
    "int8;\n"
    "                         0 by default\n"
    "  --batch N              windows of a step; 128 by default\n"
    "  --optimiser NAME       adamw (default), adam, sgd: with a momentum of 0.9\n"
    "  --schedule NAME        of the rate of learning: one-cycle (default): up, then down to 0,\n"
    "                         cosine: down to 0, constant\n"
    "  --rate X               the most that it comes to; 3e-3 by default, which is little for "
    "sgd\n"
    "  --decay X              of weights; 0.01 by default\n"
    "  --clip X               most of the gradient's norm; 5 by default\n"
    "  --average X            validates and makes not the last weights but their exponential "
    "average\n"
    "                         over steps, of this decay, as 0.99; 0 by default: none\n"
    "  --dropout X            share dropped; 0.1 by default\n"
    "  --loss NAME            of the labels: gauss (default) around the rate, ce: its class,\n"
    "                         ordered: being further off costs more\n"
    "  --sigma-bpm X          of the Gaussian; 1.5 by default\n"
    "  --stretch X            windows vary: up to X times as fast or slow, their labels too;\n"
    "                         1 by default: as they are\n"
    "  --shift-s X            moved by up to X seconds; 1 by default\n"
    "  --channels N           the first N optical channels alone; 4 by default\n"
    "  --mix N                1 (default): the channels' mean by random weights, 0: even ones\n"
    "  --flip                 upside down as often as not\n"
    "  --noise X              with white noise of up to X deviations; 0.2 by default\n"
    "  --swell X              louder and softer by up to the share X; 0.3 by default\n"
    "  --lag-s [NAME=]S       labels come S seconds late, of the data set NAME (the last part "
    "of\n"
    "                         its DIR) or of all; may be repeated\n"
    "  --seed N               1 by default\n"
    "  --threads N            2 by default; another number gives other roundings\n"
    "  --resume               go on from MODEL.checkpoint, which each epoch leaves\n"
    "\n"
    "  --curve FILE.jsonl     a line an epoch: loss, error of those who validate\n"
    "  --plot FILE.svg        the same, drawn (.png or .svg)\n"
    "  --json                 one JSON object: the errors on those who are tested\n";

/* ---- The command line ---------------------------------------------------------------------- */

static int take_setting(struct training *t, const char *name, const char *text)
{
    const char *key = strcmp(name, "sigma-bpm") == 0 ? "sigma" : name;
    const struct plethtrain_setting *s = plethtrain_setting_find(key, strlen(key));
    char limits[80];

    if (s->teaching && !(s->teaching >> t->cell.recipe.strategy & 1))
        return parse_fail(t->verb, "--%s: --strategy %s does not read it", name,
                          plethtrain_strategy_names[t->cell.recipe.strategy]);
    if (plethtrain_setting_take(s, &t->cell.recipe, text) == 0)
        return TOOL_OK;
    plethtrain_setting_limits(s, limits);
    return parse_fail(t->verb, "--%s %s: it must be %s", name, text, limits);
}

/* Other options that are numbers: where they go and what they may be. */
static int take_number(struct training *t, int code, const char *name, const char *text)
{
    struct plethtrain_recipe *r = &t->cell.recipe;
    struct pleth_net_shape *s = &t->cell.shape;
    const struct {
        int code, whole;
        double low, high;
        int *integer;
        double *number;
    } numbers[] = {{BLOCKS, 1, 1, 24, &s->blocks, NULL},
                   {WIDTH, 1, 4, 256, &s->width, NULL},
                   {HIDDEN, 1, 1, 4096, &s->hidden, NULL},
                   {FOLDS, 1, 2, 10000, &t->folds, NULL},
                   {VALIDATION, 1, 0, 1000, &t->cell.split.validation, NULL},
                   {EPOCHS, 1, 1, 100000, &r->epochs, NULL},
                   {THREADS, 1, 1, 1024, &t->cell.threads, NULL},
                   {TUNE, 1, 0, 24, &t->cell.tune, NULL},
                   {PERSONAL, 0, 0.1, 1000, NULL, &t->cell.minutes},
                   {CHANNELS, 1, 1, PLETHTRAIN_CHANNELS, &t->channels, NULL}};
    double value;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i].code != code)
            continue;
        if (numbers[i].whole
                ? parse_whole(text, numbers[i].low, numbers[i].high, &value)
                : parse_number(text, &value) || value < numbers[i].low || value > numbers[i].high)
            return parse_fail(t->verb, "--%s %s: it must be a %snumber, %g..%g", name, text,
                              numbers[i].whole ? "whole " : "", numbers[i].low, numbers[i].high);
        if (numbers[i].integer)
            *numbers[i].integer = (int)value;
        else
            *numbers[i].number = value;
    }
    return TOOL_OK;
}

static int take_word(struct training *t, int code, const char *text)
{
    double seed;

    switch (code) {
    case NET:
        t->cell.shape.kind = plethtrain_network(text);
        if (t->cell.shape.kind < 0)
            return parse_fail(t->verb, "--net %s: it may be resnet1d, mlp, tcn", text);
        return TOOL_OK;
    case SEED:
        if (parse_whole(text, 0, 9007199254740992.0, &seed))
            return parse_fail(t->verb, "--seed %s: it must be a whole number", text);
        t->cell.recipe.seed = (uint64_t)seed;
        return TOOL_OK;
    case TEST_ON:
        if (t->tests == PLETHTRAIN_SOURCES)
            return parse_fail(t->verb, "--test-on %s: more than %d data sets", text,
                              PLETHTRAIN_SOURCES);
        t->test_on[t->tests++] = text;
        return TOOL_OK;
    case WITH:
        if (t->withs == PLETHTRAIN_SOURCES)
            return parse_fail(t->verb, "--with %s: more than %d data sets", text,
                              PLETHTRAIN_SOURCES);
        t->with[t->withs++] = text;
        return TOOL_OK;
    case LAG:
        if (t->lags == PLETHTRAIN_SOURCES)
            return parse_fail(t->verb, "--lag-s %s: more than %d of them", text,
                              PLETHTRAIN_SOURCES);
        t->lag[t->lags++] = text;
        return TOOL_OK;
    default:
        return TOOL_OK;
    }
}

static void take_rest(struct training *t, int code, const char *text)
{
    switch (code) {
    case OUT:
        t->cell.out = text;
        break;
    case FOLD:
        t->fold = text;
        break;
    case SPLIT:
        t->cell.split.file = text;
        break;
    case WRITE_SPLIT:
        t->write_split = text;
        break;
    case LEAVE_OUT:
        t->cell.split.person = text;
        break;
    case FLIP:
        t->cell.recipe.variation.flip = 1;
        break;
    case RESUME:
        t->cell.resume = 1;
        break;
    case CURVE:
        t->curve = text;
        break;
    case PLOT:
        t->plot = text;
        break;
    case JSON:
        t->json = 1;
        break;
    case TEACHER:
        if (t->cell.teachers < PLETHTRAIN_TEACHERS)
            t->cell.teacher[t->cell.teachers] = text;
        t->cell.teachers++;
        break;
    case START:
        t->cell.start = text;
        break;
    default:
        break;
    }
}

static int next_option(const struct training *t, int distills, int argc, char **argv, int *index)
{
    return parse_option(t->verb, argc, argv, options + (distills ? 0 : OF_DISTILL), index);
}

/* What the strategy, --tune and --personal say decides what the other options begin with: a look
 * through all of them before they are taken. */
static int take_strategy(struct training *t, int distills, int argc, char **argv)
{
    int strategy = distills ? PLETHTRAIN_DKD : PLETHTRAIN_SCRATCH, tunes = 0, personal = 0, code;

    while ((code = next_option(t, distills, argc, argv, NULL)) != -1 && code != PARSE_HELP) {
        if (code == '?')
            return TOOL_USAGE;
        tunes |= code == TUNE;
        personal |= code == PERSONAL;
        if (code != STRATEGY)
            continue;
        strategy = parse_word(optarg, plethtrain_strategy_names, PLETHTRAIN_STRATEGIES);
        if (strategy <= PLETHTRAIN_SCRATCH)
            return parse_fail(t->verb, "--strategy %s: it may be hard, soft, dkd, feature, ordered",
                              optarg);
    }
    optind = 1;
    plethtrain_recipe_default(&t->cell.recipe, strategy);
    if (tunes || personal)
        plethtrain_recipe_tune(&t->cell.recipe, !tunes);
    return TOOL_OK;
}

/* DATASET:DIR, as --test-on and --with have them. */
static int take_named(struct training *t, const char *option, const char *text)
{
    char *layout = t->layout[t->sources];
    const char *dir;

    if (parse_data_set(text, layout, &dir))
        return parse_fail(t->verb, "--%s %s: it must be DATASET:DIR", option, text);
    t->source[t->sources++] = (struct plethtrain_source){.layout = layout, .path = dir};
    return TOOL_OK;
}

/* DATASET DIR pairs, --test-on, --with, --lag-s. */
static int take_sources(struct training *t, int argc, char **argv)
{
    const int trained = (argc - optind) / 2;

    if (argc == optind || (argc - optind) % 2)
        return parse_fail(t->verb, argc == optind ? "no DATASET DIR" : "a DATASET without a DIR");
    if (trained + t->tests + t->withs > PLETHTRAIN_SOURCES)
        return parse_fail(t->verb, "more than %d data sets", PLETHTRAIN_SOURCES);
    for (int i = 0; i < trained; i++)
        t->source[t->sources++] = (struct plethtrain_source){.layout = argv[optind + 2 * i],
                                                             .path = argv[optind + 2 * i + 1]};
    for (int i = 0; i < t->tests; i++)
        if (take_named(t, "test-on", t->test_on[i]))
            return TOOL_USAGE;
    for (int i = 0; i < t->withs; i++)
        if (take_named(t, "with", t->with[i]))
            return TOOL_USAGE;
    for (int i = 0; i < t->sources; i++)
        t->source[i].channels = t->channels;
    t->cell.split.tested_from = t->tests ? trained : 0;
    t->cell.split.learned_from = t->withs ? trained + t->tests : 0;
    for (int i = 0; i < t->lags; i++) {
        const char *equals = strrchr(t->lag[i], '=');
        double lag_s;
        int used = 0;
        if (parse_number(equals ? equals + 1 : t->lag[i], &lag_s) || fabs(lag_s) > 60)
            return parse_fail(t->verb, "--lag-s %s: it must be seconds or NAME=seconds, -60..60",
                              t->lag[i]);
        for (int k = 0; k < t->sources; k++) {
            const char *path = t->source[k].path;
            size_t end = strlen(path), length = equals ? (size_t)(equals - t->lag[i]) : 0;
            while (end > 1 && path[end - 1] == '/')
                end--;
            if (equals && (end < length || strncmp(path + end - length, t->lag[i], length) != 0 ||
                           (end > length && path[end - length - 1] != '/')))
                continue;
            t->source[k].lag_s = lag_s;
            used = 1;
        }
        if (!used)
            return parse_fail(t->verb, "--lag-s %s: no data set ends with that name", t->lag[i]);
    }
    return TOOL_OK;
}

/* How the people are held apart, of what was given. */
static int take_split(struct training *t)
{
    struct plethtrain_split *s = &t->cell.split;
    const int ways = (t->folds > 0) + !!s->file + !!s->person + (t->tests > 0);
    double fold;

    if (ways > 1)
        return parse_fail(t->verb, "only one of --folds, --split, --leave-out and --test-on says "
                                   "who is tested");
    if (t->folds && !t->fold)
        return parse_fail(t->verb, "--folds needs --fold I, which is tested");
    if (t->fold && !t->folds && !s->file)
        return parse_fail(t->verb, "--fold needs --folds K or --split FILE");
    if (s->file)
        s->part = t->fold;
    else if (t->folds && parse_whole(t->fold, 0, t->folds - 1, &fold))
        return parse_fail(t->verb, "--fold %s: it must be a whole number, 0..%d", t->fold,
                          t->folds - 1);
    else if (t->folds)
        s->folds = t->folds, s->fold = (int)fold;
    return TOOL_OK;
}

/* --start, --tune, --personal. */
static int check_tuning(struct training *t, int distills)
{
    struct plethtrain_cell *c = &t->cell;

    if (distills && (c->start || c->tune >= 0 || c->minutes > 0))
        return parse_fail(t->verb, "--start, --tune and --personal are of pleth train");
    if (!c->start && (c->tune >= 0 || c->minutes > 0))
        return parse_fail(t->verb, "--tune and --personal need --start MODEL");
    if (c->minutes > 0 && (c->out || c->resume || t->curve || t->plot))
        return parse_fail(t->verb, "--personal makes no model: not with --out, --resume, --curve, "
                                   "--plot");
    if (c->minutes > 0 && c->recipe.int8_epochs)
        return parse_fail(t->verb, "--personal tunes in float: not with --int8-epochs");
    if (c->minutes > 0)
        c->split.validation = 0;
    return TOOL_OK;
}

/* Who teaches, and whether what is taught can be learned. */
static int check_teaching(struct training *t)
{
    const struct plethtrain_cell *c = &t->cell;
    const int feature = c->recipe.strategy == PLETHTRAIN_FEATURE;

    if (c->teachers == 0 || c->teachers > PLETHTRAIN_TEACHERS)
        return parse_fail(t->verb, c->teachers ? "too many --teacher" : "no --teacher MODEL");
    if (feature && c->teachers > 1)
        return parse_fail(t->verb, "--strategy feature learns of one --teacher, not of %d",
                          c->teachers);
    if (feature && c->shape.kind == PLETH_NET_MLP)
        return parse_fail(t->verb, "--strategy feature: an mlp has none; --net resnet1d or tcn");
    return TOOL_OK;
}

static int parse(struct training *t, const char *const usage[2], int distills, int argc,
                 char **argv)
{
    int code, index, status = take_strategy(t, distills, argc, argv);

    pleth_net_shape_default(&t->cell.shape, PLETH_NET_RESNET1D);
    t->cell.shape.blocks = 6;
    t->cell.shape.hidden = 212; /* as many parameters as 6 blocks, of those that are read */
    t->cell.split.seed = 1;
    t->cell.split.validation = 5;
    t->cell.threads = 2;
    t->cell.tune = -1;
    while (status == TOOL_OK && (code = next_option(t, distills, argc, argv, &index)) != -1) {
        const char *name;
        if (code == PARSE_HELP) {
            printf("%s%s%s", usage[0], common, usage[1]);
            return -1;
        }
        if (code == '?')
            return TOOL_USAGE;
        name = options[index + (distills ? 0 : OF_DISTILL)].name;
        t->shaped |= code == NET || code == BLOCKS || code == WIDTH || code == HIDDEN;
        status =
            code == SETTING ? take_setting(t, name, optarg) : take_number(t, code, name, optarg);
        if (status == TOOL_OK)
            status = take_word(t, code, optarg);
        take_rest(t, code, optarg);
    }
    if (status == TOOL_OK)
        status = take_sources(t, argc, argv);
    if (status == TOOL_OK)
        status = take_split(t);
    if (status == TOOL_OK)
        status = check_tuning(t, distills);
    if (status == TOOL_OK && !t->cell.out && !(t->cell.minutes > 0))
        status = parse_fail(t->verb, "no --out MODEL");
    if (status == TOOL_OK && t->plot && !plethio_ends(t->plot, ".svg") &&
        !plethio_ends(t->plot, ".png"))
        status = parse_fail(t->verb, "--plot %s: it must end with .svg or .png", t->plot);
    if (status == TOOL_OK && t->cell.out && plethio_is_folder(t->cell.out))
        status = parse_fail(t->verb, "--out %s: that is a folder", t->cell.out);
    if (status == TOOL_OK && t->cell.out && strlen(t->cell.out) > 1000)
        status = parse_fail(t->verb, "--out: too long a name");
    if (status == TOOL_OK && distills)
        status = check_teaching(t);
    if (status == TOOL_OK && t->cell.recipe.int8_epochs > t->cell.recipe.epochs)
        status = parse_fail(t->verb, "--int8-epochs %d: at most the %d of --epochs",
                            t->cell.recipe.int8_epochs, t->cell.recipe.epochs);
    if (status == TOOL_OK && t->cell.split.validation == 1)
        status = parse_fail(t->verb, "--validation 1: nobody would be left to learn from");
    return status;
}

/* ---- Progress ------------------------------------------------------------------------------ */

static int write_curve(const struct training *t, struct plethio_error *e)
{
    struct tool_out out;

    if (tool_out_open(&out, t->curve, e))
        return -1;
    for (int i = 0; i < t->epochs; i++) {
        const struct plethtrain_epoch *x = &t->epoch[i];
        fprintf(out.file, "{\"epoch\":%d,\"rate\":", x->epoch);
        tool_json_number(out.file, x->rate, 9);
        fprintf(out.file, ",\"loss\":");
        tool_json_number(out.file, x->loss, 9);
        fprintf(out.file, ",\"mae\":");
        tool_json_number(out.file, x->mae, 9);
        fprintf(out.file, ",\"mae_argmax\":");
        tool_json_number(out.file, x->mae_argmax, 9);
        fprintf(out.file, "}\n");
    }
    return tool_out_close(&out, 1, e);
}

static int tell_epoch(void *cookie, const char *what, double done,
                      const struct plethtrain_epoch *epoch)
{
    struct training *t = cookie;
    char text[80];

    if (epoch) {
        t->epoch[t->epochs++] = *epoch;
        if (t->curve && write_curve(t, &t->curve_error))
            return 1;
        *t->curve_error.text = 0; /* each writes all of it */
    }
    snprintf(text, sizeof text, "epoch %d", t->epochs + 1);
    if (t->cell.minutes > 0)
        snprintf(text, sizeof text, "%s", what);
    else if (t->epochs && isfinite(t->epoch[t->epochs - 1].mae))
        snprintf(text, sizeof text, "epoch %d, error %.2f", t->epochs + 1,
                 t->epoch[t->epochs - 1].mae);
    tool_progress(text, done);
    return tool_stop;
}

/* ---- Results ------------------------------------------------------------------------------- */

/* Standard error over people, and the 95 % interval of the mean. */
static double people_error(const struct plethtrain_cell_result *r, double interval[2])
{
    double *sum = malloc(2 * ((size_t)r->people + 1) * sizeof *sum), se = (double)NAN;

    interval[0] = interval[1] = (double)NAN;
    if (!sum)
        return se;
    for (int i = 0; i < r->people; i++) {
        sum[i] = r->person[i].mae * r->person[i].windows;
        sum[r->people + i] = r->person[i].windows;
    }
    se = score_bootstrap(sum, sum + r->people, r->people, interval);
    free(sum);
    return se;
}

static void print_json(const struct training *t, const struct plethtrain_cell_result *r)
{
    const struct plethtrain_cell *c = &t->cell;
    char recipe[PLETHTRAIN_RECIPE_TEXT], taken[PLETHTRAIN_TAKEN];
    double interval[2], se = people_error(r, interval);

    printf("{\"network\":");
    tool_json_string(stdout, pleth_net_name(c->shape.kind));
    if (c->shape.kind == PLETH_NET_MLP)
        printf(",\"hidden\":%d", c->shape.hidden);
    else
        printf(",\"blocks\":%d,\"width\":%d", c->shape.blocks, c->shape.width);
    printf(",\"parameters\":%lld,\"macs\":%lld,\"strategy\":", (long long)r->parameters,
           (long long)r->macs);
    tool_json_string(stdout, plethtrain_strategy_names[c->recipe.strategy]);
    if (r->teacher_blocks)
        printf(",\"teacher_blocks\":%d", r->teacher_blocks);
    else
        printf(",\"teacher_blocks\":null");
    if (c->split.folds)
        printf(",\"fold\":%d,\"folds\":%d", c->split.fold, c->split.folds);
    plethtrain_recipe_text(&c->recipe, recipe);
    plethtrain_taken_text(c->set, taken);
    printf(",\"validation\":%d,\"recipe\":", c->split.validation);
    tool_json_string(stdout, recipe);
    printf(",\"windows_taken\":");
    tool_json_string(stdout, taken);
    printf(",\"seed\":%llu,\"epochs\":%d,\"best_epoch\":%d,\"learned_from\":{\"people\":%d,"
           "\"windows\":%d},\"validated_by\":%d",
           (unsigned long long)c->recipe.seed, r->epochs, r->best, r->learns, r->trained_windows,
           r->validates);
    printf(",\"only_learned_from\":[");
    for (int i = 0; i < t->withs; i++) {
        printf("%s", i ? "," : "");
        tool_json_string(stdout, c->set->source[c->split.learned_from + i]);
    }
    printf("]");
    tool_json_key(stdout, "mae_validation", r->mae_validation, 9);
    tool_json_key(stdout, "mae", r->mae, 9);
    tool_json_key(stdout, "mae_se", se, 9);
    tool_json_interval(stdout, "mae_interval", interval, 9);
    tool_json_key(stdout, "mae_int8", r->mae_int8, 9);
    tool_json_key(stdout, "mae_argmax", r->mae_argmax, 9);
    tool_json_key(stdout, "mae_constant", r->mae_constant, 9);
    printf(",\"windows\":%d,\"people\":[", r->windows);
    for (int i = 0; i < r->people; i++) {
        printf("%s{\"person\":", i ? "," : "");
        tool_json_string(stdout, r->person[i].name);
        printf(",\"n\":%d", r->person[i].windows);
        tool_json_key(stdout, "mae", r->person[i].mae, 9);
        tool_json_key(stdout, "mae_int8", r->person[i].mae_int8, 9);
        tool_json_key(stdout, "mae_argmax", r->person[i].mae_argmax, 9);
        printf("}");
    }
    printf("]");
    tool_json_key(stdout, "seconds", r->seconds, 9);
    printf("}\n");
}

static void print_text(const struct training *t, const struct plethtrain_cell_result *r)
{
    double interval[2], se = people_error(r, interval);

    printf("%s: %lld parameters, %.3f M multiply-accumulates a window\n", t->cell.out,
           (long long)r->parameters, (double)r->macs * 1e-6);
    printf("learned from   %d people, %d windows, %d epochs in %.0f core-seconds\n", r->learns,
           r->trained_windows, r->epochs, r->seconds);
    if (r->validates)
        printf("validated by   %d people: %.2f /min in epoch %d, which was taken\n", r->validates,
               r->mae_validation, r->best);
    if (!r->people) {
        printf("tested by      nobody: --folds, --split, --leave-out or --test-on say by whom\n");
        return;
    }
    printf("tested by      %d people, %d windows\n", r->people, r->windows);
    printf("  error        %.2f", r->mae);
    if (isfinite(se))
        printf(" %s %.2f", tool_plus_minus(), se);
    printf(" /min (median of the probabilities, window by window)\n");
    printf("               %.2f /min in int8, as a device runs it\n", r->mae_int8);
    printf("               %.2f /min by the most probable class, %.2f of a constant answer\n",
           r->mae_argmax, r->mae_constant);
}

/* ---- What one person is worth -------------------------------------------------------------- */

/* Means over people, before and after, and their difference with its interval by bootstrap. */
struct gain {
    double before, after, difference, se, interval[2];
    int better;
};

static int find_gain(const struct plethtrain_personal_result *r, struct gain *g,
                     struct plethio_error *e)
{
    double *sum = malloc(2 * ((size_t)r->people + 1) * sizeof *sum);

    if (!sum)
        return plethio_fail(e, "no memory for %d people", r->people);
    memset(g, 0, sizeof *g);
    for (int i = 0; i < r->people; i++) {
        const struct plethtrain_person *p = &r->person[i];
        g->before += p->before / r->people;
        g->after += p->after / r->people;
        g->better += p->after < p->before;
        sum[i] = p->after - p->before;
        sum[r->people + i] = 1;
    }
    g->difference = g->after - g->before;
    g->interval[0] = g->interval[1] = (double)NAN;
    g->se = score_bootstrap(sum, sum + r->people, r->people, g->interval);
    free(sum);
    return 0;
}

static void print_personal_json(const struct training *t,
                                const struct plethtrain_personal_result *r, const struct gain *g)
{
    printf("{\"personal_minutes\":");
    tool_json_number(stdout, t->cell.minutes, 9);
    if (t->cell.tune >= 0)
        printf(",\"tune\":%d", t->cell.tune);
    else
        printf(",\"tune\":null");
    tool_json_key(stdout, "mae_before", g->before, 9);
    tool_json_key(stdout, "mae_after", g->after, 9);
    tool_json_key(stdout, "difference", g->difference, 9);
    tool_json_key(stdout, "difference_se", g->se, 9);
    tool_json_interval(stdout, "difference_interval", g->interval, 9);
    printf(",\"better\":%d,\"left_out\":%d,\"people\":[", g->better, r->left_out);
    for (int i = 0; i < r->people; i++) {
        printf("%s{\"person\":", i ? "," : "");
        tool_json_string(stdout, r->person[i].name);
        printf(",\"tuned\":%d,\"n\":%d", r->person[i].tuned, r->person[i].windows);
        tool_json_key(stdout, "mae_before", r->person[i].before, 9);
        tool_json_key(stdout, "mae_after", r->person[i].after, 9);
        printf("}");
    }
    printf("]}\n");
}

static void print_personal_text(const struct training *t,
                                const struct plethtrain_personal_result *r, const struct gain *g)
{
    printf("%-28s %8s %8s %8s %8s\n", "/min", "tuned by", "windows", "before", "after");
    for (int i = 0; i < r->people; i++)
        printf("%-28.200s %8d %8d %8.2f %8.2f\n", r->person[i].name, r->person[i].tuned,
               r->person[i].windows, r->person[i].before, r->person[i].after);
    printf("%-28s %8s %8s %8.2f %8.2f\n", "mean over people", "", "", g->before, g->after);
    printf("%d people, %g minutes each: %+.2f", r->people, t->cell.minutes, g->difference);
    if (isfinite(g->se))
        printf(" %s %.2f (95 %%: %+.2f to %+.2f)", tool_plus_minus(), g->se, g->interval[0],
               g->interval[1]);
    printf(" /min, better for %d\n", g->better);
    if (r->left_out)
        printf("left out: %d people without windows before and after\n", r->left_out);
}

static int print_personal(const struct training *t, const struct plethtrain_personal_result *r,
                          struct plethio_error *e)
{
    struct gain g;

    if (find_gain(r, &g, e))
        return -1;
    (t->json ? print_personal_json : print_personal_text)(t, r, &g);
    return 0;
}

/* Who has what part: `pleth evaluate --split` and --split here read it. */
static int write_split(const struct training *t, struct plethio_error *e)
{
    static const char *const parts[PLETHTRAIN_ROLES] = {[PLETHTRAIN_LEARNS] = "train",
                                                        [PLETHTRAIN_VALIDATES] = "train",
                                                        [PLETHTRAIN_TESTED] = "test"};
    const struct plethtrain_set *set = t->cell.set;
    int *role = calloc((size_t)set->people + 1, sizeof *role), status;
    struct tool_out out;

    if (!role)
        return plethio_fail(e, "no memory for %d people", set->people);
    status = plethtrain_split_people(set, &t->cell.split, role, e) ||
             tool_out_open(&out, t->write_split, e);
    if (status == 0) {
        fprintf(out.file, "name,part\n");
        for (int p = 0; p < set->people; p++) {
            if (role[p] == PLETHTRAIN_ABSENT)
                continue;
            evaluate_csv_text(out.file, set->person[p]);
            fprintf(out.file, ",%s\n", parts[role[p]]);
        }
        status = tool_out_close(&out, 1, e);
    }
    free(role);
    return status ? -1 : 0;
}

/* ---- The verb ------------------------------------------------------------------------------ */

/* Rather now than after hours: whether what training makes can be written. What is there stays. */
static int check_writable(const struct training *t, struct plethio_error *e)
{
    const char *const paths[] = {t->cell.out, t->curve, t->plot};

    if (t->plot && training_can_plot(t->plot, e))
        return -1;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct tool_out out;
        if (paths[i] && (tool_out_open(&out, paths[i], e) || tool_out_close(&out, 0, e)))
            return -1;
    }
    return 0;
}

static int train_and_tell(struct training *t, struct plethio_error *e)
{
    struct plethtrain_set set;
    struct plethtrain_cell_result result;
    int status;

    t->epoch = calloc((size_t)t->cell.recipe.epochs, sizeof *t->epoch);
    if (!t->epoch)
        return plethio_fail(e, "no memory for %d epochs", t->cell.recipe.epochs);
    if (check_writable(t, e))
        return -1;
    if (plethtrain_set_open(&set, t->source, t->sources, tool_tell, NULL, e))
        return -1;
    tool_progress_end();
    t->cell.set = &set;
    t->cell.tell = tell_epoch;
    t->cell.cookie = t;
    t->cell.checkpoint = t->cell.out ? t->checkpoint : NULL;
    if (t->write_split && write_split(t, e)) {
        plethtrain_set_close(&set);
        return -1;
    }
    status = plethtrain_cell_run(&t->cell, &result, e);
    tool_progress_end();
    if (status == 0 && *t->curve_error.text) { /* --resume goes on from the checkpoint */
        *e = t->curve_error;
        status = -1;
    } else if (status == 0 && result.stopped) {
        if (t->cell.minutes > 0)
            plethio_fail(e, "stopped");
        else
            plethio_fail(e, "stopped after %d of %d epochs; --resume goes on from %s",
                         result.epochs, t->cell.recipe.epochs, t->checkpoint);
        status = -1;
    } else if (status == 0) {
        if (set.unlabelled || set.dark)
            fprintf(stderr,
                    "pleth %s: left out: %d windows without a rate of 30 to 209 /min, %d "
                    "without light\n",
                    t->verb, set.unlabelled, set.dark);
        if (t->cell.minutes > 0)
            status = print_personal(t, &result.personal, e);
        else if (t->json)
            print_json(t, &result);
        else
            print_text(t, &result);
        if (t->plot)
            status = training_plot(t->plot, result.epoch, result.epochs, e);
        /* what it was for is where it can be read */
        if (status == 0 && t->cell.checkpoint && fflush(stdout) == 0)
            unlink(t->cell.checkpoint);
    }
    plethtrain_cell_free(&result);
    plethtrain_set_close(&set);
    return status;
}

int training_run(const char *verb, const char *const usage[2], int distills, int argc, char **argv)
{
    struct training t = {.verb = verb};
    struct plethio_error e;
    int status = parse(&t, usage, distills, argc, argv);

    if (status)
        return status < 0 ? TOOL_OK : status;
    if (tool_cpu_mask(&t.cell.cpu_mask, &e))
        return tool_fail(verb, &e);
    if (t.cell.out)
        snprintf(t.checkpoint, sizeof t.checkpoint, "%s.checkpoint", t.cell.out);
    if (t.cell.start && !t.shaped && plethtrain_start_shape(&t.cell.shape, t.cell.start, &e))
        return tool_fail(verb, &e);
    tool_catch_signals();
    status = train_and_tell(&t, &e);
    free(t.epoch);
    return status ? tool_fail(verb, &e) : TOOL_OK;
}
