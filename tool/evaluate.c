/* pleth evaluate: estimates against references. The command line, and which way it goes. */
#define _POSIX_C_SOURCE 200809L

#include "evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "pleth/pleth.h"
#include "tool.h"

const char evaluate_verb[] = "evaluate";
const double evaluate_floor[VITALS] = {10, 4}, evaluate_right[VITALS] = {5, 3};

static const char usage[] = "usage: pleth evaluate DATASET PATH [options]\n"
                            "       pleth evaluate rates A.csv B.csv [--json]\n"
                            "\n";

static const char usage_rest[] =
    "  waves DIR     index.csv and waves.bin: predicted and labelled differences of pulse waves\n"
    "  waves FILE    CSV: prediction, label [, recording, person, time_s]\n"
    "  rates FILE    CSV: reference, estimate [, recording, person, time_s, answered, quality, "
    "sd,\n"
    "                cadence]; with a second file two methods on the windows that both have\n"
    "\n"
    "  --profile plain|toolbox  definitions of the scores (docs/EVALUATE.md); plain by default\n"
    "  --rates fft|peak         rate of a wave: its spectrum's largest peak, or its beats\n"
    "  --window-s W             waves: cut into windows of W s; recordings: reference over W s\n"
    "  --band-hz A,B            band of the filter, of rates and of SNR\n"
    "  --differences yes|no     waves are differences, to be summed up\n"
    "  --vital heart|breathing  what the rates are rates of; heart by default\n"
    "  --json                   one object a recording, then groups, then the summary\n"
    "\n"
    "Parts of a set:\n"
    "  --group NAME             the same figures by person, recording, true_rate, activity, an\n"
    "                           attribute of the set's recordings (light, motion, skin, task),\n"
    "                           or a column of the rates or of --labels; may be repeated\n"
    "  --groups A,B,...         limits of true_rate (per minute); 77,90 by default, for\n"
    "                           breathing 12,20\n"
    "  --labels FILE            CSV: recording or person, and what else there is to say of them\n"
    "  --split FILE             only the people or recordings listed: NAME or NAME,test a line\n"
    "  --fold I                 with --split: those of this part instead of test\n"
    "  --write-split FILE       measure nothing; deal the people to folds: name, fold\n"
    "  --folds K                how many folds; 5 by default\n"
    "  --starts N               recordings: measure 60 s from each of N random instants\n"
    "  --seed S                 of --starts and --write-split; 1 by default\n"
    "\n"
    "Beside the report:\n"
    "  --plot DIR               Bland-Altman, scatter, risk-coverage and calibration plots, and\n"
    "                           strips of every recording\n"
    "  --out-rates FILE         the windows as CSV, which rates FILE reads\n"
    "\n"
    "Recordings at once:\n"
    "  --jobs N                 threads; by default one a core, with --share one\n"
    "  --share DIR              under mpirun or srun: share the recordings; DIR is made, all see "
    "it\n"
    "\n"
    "Options of `pleth measure` that recordings are measured with:\n"
    "  --method, --net, --roi, --range, --from-s, --to-s, --every-s, --rate-hz, --no-motion,\n"
    "  --smooth\n";

enum {
    OPTION_PROFILE = 1,
    OPTION_RATES,
    OPTION_WINDOW,
    OPTION_BAND,
    OPTION_DIFFERENCES,
    OPTION_VITAL,
    OPTION_SPLIT,
    OPTION_FOLD,
    OPTION_WRITE_SPLIT,
    OPTION_FOLDS,
    OPTION_GROUP,
    OPTION_GROUPS,
    OPTION_LABELS,
    OPTION_STARTS,
    OPTION_SEED,
    OPTION_PLOT,
    OPTION_OUT_RATES,
    OPTION_JOBS,
    OPTION_SHARE,
    OPTION_JSON
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, PARSE_HELP},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"rates", required_argument, NULL, OPTION_RATES},
    {"window-s", required_argument, NULL, OPTION_WINDOW},
    {"band-hz", required_argument, NULL, OPTION_BAND},
    {"differences", required_argument, NULL, OPTION_DIFFERENCES},
    {"vital", required_argument, NULL, OPTION_VITAL},
    {"split", required_argument, NULL, OPTION_SPLIT},
    {"fold", required_argument, NULL, OPTION_FOLD},
    {"write-split", required_argument, NULL, OPTION_WRITE_SPLIT},
    {"folds", required_argument, NULL, OPTION_FOLDS},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"groups", required_argument, NULL, OPTION_GROUPS},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"starts", required_argument, NULL, OPTION_STARTS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"plot", required_argument, NULL, OPTION_PLOT},
    {"out-rates", required_argument, NULL, OPTION_OUT_RATES},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"share", required_argument, NULL, OPTION_SHARE},
    {"json", no_argument, NULL, OPTION_JSON},
    MEASURE_OPTIONS,
    {NULL, 0, NULL, 0},
};

static int take_whole(const char *value, double low, double high, int *out)
{
    double number;

    if (parse_whole(value, low, high, &number))
        return -1;
    *out = (int)number;
    return 0;
}

static int take_group(struct evaluate_options *o, const char *name)
{
    for (int i = 0; i < o->groups; i++)
        if (strcmp(o->group[i], name) == 0)
            return 0;
    if (o->groups == EVALUATE_GROUPS || !*name)
        return -1;
    o->group[o->groups++] = name;
    return 0;
}

/* Limits of true rates, which also ask for these groups. */
static int take_limits(struct evaluate_options *o, const char *value)
{
    int n = 1;

    for (const char *c = value; *c; c++)
        n += *c == ',';
    if (n > EVALUATE_LIMITS || parse_numbers(value, ',', n, o->limit))
        return -1;
    for (int i = 0; i < n; i++)
        if (!(o->limit[i] > (i ? o->limit[i - 1] : 0)))
            return -1;
    o->limits = n;
    return take_group(o, "true_rate");
}

/* Negative where the value does not fit the option. */
static int take_option(struct evaluate_options *o, int option, const char *value)
{
    static const char *const profiles[] = {"toolbox", "plain"};
    static const char *const rates[] = {"fft", "peak"};
    static const char *const yes[] = {"no", "yes"};
    static const char *const vitals[] = {"heart", "breathing"};
    double ends[2], seed;
    int word = 0, bad = 0;

    switch (option) {
    case OPTION_PROFILE:
        word = parse_word(value, profiles, 2);
        o->profile = word == 0 ? SCORE_TOOLBOX : SCORE_PLAIN;
        return word;
    case OPTION_RATES:
        word = parse_word(value, rates, 2);
        o->rates = word == 0 ? SCORE_FFT : SCORE_PEAK;
        return word;
    case OPTION_DIFFERENCES:
        o->differences = parse_word(value, yes, 2);
        return o->differences;
    case OPTION_VITAL:
        o->vital = parse_word(value, vitals, 2);
        return o->vital;
    case OPTION_BAND:
        bad = parse_numbers(value, ',', 2, ends) || !(ends[0] > 0 && ends[0] < ends[1]);
        if (!bad) {
            o->lo_hz = ends[0];
            o->hi_hz = ends[1];
        }
        break;
    case OPTION_WINDOW:
        bad = parse_number(value, &o->window_s) || !(o->window_s > 0);
        break;
    case OPTION_SPLIT:
        o->split = value;
        break;
    case OPTION_FOLD:
        o->fold = value;
        break;
    case OPTION_WRITE_SPLIT:
        o->write_split = value;
        break;
    case OPTION_FOLDS:
        return take_whole(value, 2, 1e6, &o->folds);
    case OPTION_GROUP:
        return take_group(o, value);
    case OPTION_GROUPS:
        return take_limits(o, value);
    case OPTION_LABELS:
        o->labels = value;
        break;
    case OPTION_STARTS:
        return take_whole(value, 1, 1e4, &o->starts);
    case OPTION_SEED:
        bad = parse_whole(value, 0, 1e15, &seed);
        if (!bad)
            o->seed = (uint64_t)seed;
        break;
    case OPTION_PLOT:
        o->plot = value;
        break;
    case OPTION_OUT_RATES:
        o->out_rates = value;
        break;
    case OPTION_JOBS:
        return take_whole(value, 1, 1024, &o->jobs);
    case OPTION_SHARE:
        o->share = value;
        break;
    case OPTION_JSON:
        o->json = 1;
        break;
    }
    return bad ? -1 : 0;
}

/* What a wrong value of an option is told with. */
static const char *wanted(int option)
{
    switch (option) {
    case OPTION_PROFILE:
        return "--profile is plain or toolbox, not";
    case OPTION_RATES:
        return "--rates is fft or peak, not";
    case OPTION_DIFFERENCES:
        return "--differences is yes or no, not";
    case OPTION_VITAL:
        return "--vital is heart or breathing, not";
    case OPTION_BAND:
        return "--band-hz is A,B with 0 < A < B, not";
    case OPTION_FOLDS:
        return "--folds is a whole number from 2 on, not";
    case OPTION_GROUP:
        return "--group is a name, at most 8 times; not";
    case OPTION_GROUPS:
        return "--groups is A,B,... with 0 < A < B, at most 16 limits; not";
    case OPTION_STARTS:
        return "--starts is a whole number from 1 to 10000, not";
    case OPTION_SEED:
        return "--seed is a whole number from 0 on, not";
    case OPTION_JOBS:
        return "--jobs is a whole number from 1 to 1024, not";
    default:
        return "--window-s is a number of seconds above 0, not";
    }
}

enum kind { KIND_WAVES, KIND_RATES, KIND_DATASET };
static const char *const tables[] = {"waves", "rates"};

static void print_usage(void)
{
    const struct plethio_layout *layout;

    fputs(usage, stdout);
    for (int i = 0; (layout = plethio_layout_at(i)); i++)
        fputs(plethio_layout_help(layout), stdout);
    fputs(usage_rest, stdout);
}

/* What the first word may be, and is not. */
static int unknown_kind(const char *kind)
{
    const struct plethio_layout *layout;
    char names[512];
    size_t n = 0;

    for (int i = 0; (layout = plethio_layout_at(i)); i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s, ", plethio_layout_name(layout));
    return parse_fail(evaluate_verb, "a data set is %swaves or rates, not %s", names, kind);
}

/* Options that would do nothing: 0, or TOOL_USAGE when that is told. */
static int check_options(const struct evaluate_options *o, enum kind kind,
                         const struct plethio_layout *layout)
{
    const int table = kind != KIND_DATASET;
    const int attributes = layout && *plethio_layout_attributes(layout);
    const struct {
        int given;
        const char *name;
    } of_recordings[] = {{o->split != NULL, "--split"},
                         {o->starts > 0, "--starts"},
                         {o->jobs > 0, "--jobs"},
                         {o->share != NULL, "--share"}};

    for (size_t i = 0; i < sizeof of_recordings / sizeof *of_recordings; i++)
        if (table && of_recordings[i].given)
            return parse_fail(evaluate_verb, "%s is for recordings; it does nothing with %s",
                              of_recordings[i].name, o->kind);
    if (o->fold && !o->split)
        return parse_fail(evaluate_verb, "--fold needs --split FILE, which says who is in it");
    if (o->folds && !o->write_split)
        return parse_fail(evaluate_verb, "--folds needs --write-split FILE");
    if (o->write_split && kind == KIND_WAVES)
        return parse_fail(evaluate_verb, "--write-split does nothing with waves");
    if (o->labels && kind == KIND_RATES)
        return parse_fail(evaluate_verb, "--labels does nothing with rates: name a column of the "
                                         "table by --group");
    if (o->vital != HEART && kind != KIND_RATES)
        return parse_fail(evaluate_verb, "--vital is for rates; it does nothing with %s", o->kind);
    if (o->starts && (o->measure.video.from_s > 0 || o->measure.video.to_s > 0))
        return parse_fail(evaluate_verb, "--starts chooses instants itself: leave --from-s and "
                                         "--to-s out");
    if (o->starts && o->profile == SCORE_TOOLBOX)
        return parse_fail(evaluate_verb, "--starts is for --profile plain");
    for (int g = 0; g < o->groups; g++)
        if (kind != KIND_RATES && !o->labels && !evaluate_own_group(o->group[g]) &&
            !evaluate_attribute(layout, o->group[g]) &&
            (kind == KIND_WAVES || !evaluate_window_group(o->group[g])))
            return parse_fail(evaluate_verb,
                              "--group %s needs --labels FILE with such a column%s%s", o->group[g],
                              attributes ? "; this data set knows " : "",
                              attributes ? plethio_layout_attributes(layout) : "");
    if (o->other &&
        (o->groups || o->plot || o->out_rates || o->write_split || o->profile == SCORE_TOOLBOX))
        return parse_fail(evaluate_verb, "two tables are compared without --group, --plot, "
                                         "--out-rates, --write-split and --profile toolbox");
    return 0;
}

static int evaluate(const struct evaluate_options *o, enum kind kind,
                    const struct plethio_layout *layout, int *failed, struct plethio_error *e)
{
    struct evaluation v;
    int status;

    if (o->write_split)
        return evaluate_write_folds(o, layout, e);
    if (o->other)
        return evaluate_pair(o, e);
    if (evaluation_open(&v, o, layout, e))
        return -1;
    if (kind == KIND_WAVES)
        status = evaluate_table_of_waves(&v, e);
    else if (kind == KIND_RATES)
        status = evaluate_table_of_rates(&v, e);
    else
        status = evaluate_dataset(&v, layout, e);
    if (status == 0)
        status = evaluate_print_summary(&v, e);
    if (status == 0 && o->out_rates)
        status = evaluate_write_rates(&v, e);
    *failed = v.failed;
    evaluation_free(&v);
    return status < 0 ? -1 : 0;
}

static int run(const struct evaluate_options *o, enum kind kind,
               const struct plethio_layout *layout)
{
    struct plethio_error e;
    int failed = 0, status = evaluate(o, kind, layout, &failed, &e);

    if (status == 0 && (fflush(stdout) || ferror(stdout)))
        status = plethio_fail(&e, "standard output: could not be written");
    if (status)
        tool_fail(evaluate_verb, &e);
    return status || failed ? TOOL_FAILED : TOOL_OK;
}

int verb_evaluate(int argc, char **argv)
{
    struct evaluate_options o;
    struct plethio_error e;
    const struct plethio_layout *layout;
    enum kind kind;
    int option, table, status;

    memset(&o, 0, sizeof o);
    if (measure_options_init(&o.measure, &e)) {
        tool_fail(evaluate_verb, &e);
        return TOOL_USAGE;
    }
    o.profile = SCORE_PLAIN;
    o.differences = -1;
    o.seed = 1;
    o.measure.keep_wave = 1;
    optind = 1;
    while ((option = parse_option(evaluate_verb, argc, argv, long_options, NULL)) != -1) {
        if (option == PARSE_HELP) {
            print_usage();
            return TOOL_OK;
        }
        if (option == '?')
            return TOOL_USAGE;
        status = measure_option(&o.measure, option, optarg, &e);
        if (status < 0)
            return parse_fail(evaluate_verb, "%s", e.text);
        if (status > 0)
            continue;
        if (take_option(&o, option, optarg) < 0)
            return parse_fail(evaluate_verb, "%s %s", wanted(option), optarg);
    }
    if (argc - optind < 2 || argc - optind > 3)
        return parse_fail(evaluate_verb, "expected a kind of data set and a path");
    o.kind = argv[optind];
    o.path = argv[optind + 1];
    table = parse_word(o.kind, tables, KIND_DATASET);
    kind = table < 0 ? KIND_DATASET : (enum kind)table;
    layout = plethio_layout_find(o.kind);
    if (kind == KIND_DATASET && !layout)
        return unknown_kind(o.kind);
    if (argc - optind == 3) {
        if (kind != KIND_RATES)
            return parse_fail(evaluate_verb, "only rates are compared with a second file, %s",
                              argv[optind + 2]);
        o.other = argv[optind + 2];
    }
    if (check_options(&o, kind, layout))
        return TOOL_USAGE;
    if (o.write_split && !o.folds)
        o.folds = 5;
    if (measure_options_suit(&o.measure, o.path, &e))
        return parse_fail(evaluate_verb, "%s", e.text);
    status =
        measure_options_load(&o.measure, &e) ? tool_fail(evaluate_verb, &e) : run(&o, kind, layout);
    measure_options_free(&o.measure);
    return status;
}
