/* pleth synth --ppg: recordings of a sensor on the skin, of known pulse, breathing and motion. */
#define _POSIX_C_SOURCE 200809L

#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "synth_common.h"
#include "synth_ppg.h"

static const char verb[] = "synth --ppg";

/* Milliseconds in float32 are no finer than 0.25 after this. */
static const double longest_uneven_bin_s = 3600;

static const char usage[] =
    "usage: pleth synth --ppg OUT [options]\n"
    "\n"
    "OUT: .csv (time_s, ppg_green, ..., acc_x, acc_y, acc_z: counts of the ADC, and g), or .json,\n"
    "with the samples as float32 in OUT with the suffix .bin. The truth goes to .truth.csv, the\n"
    "times of the heart's beats to .beats.csv.\n"
    "\n"
    "  --seed N                      another person, sensor and noise (7)\n"
    "  --draw                        draw every option below by the seed, from sleep to sprint,\n"
    "                                except duration, rate and channels, and those given\n"
    "  --duration-s S, --rate-hz R   60, 50 samples a second (20..1000)\n"
    "  --channels C[,C...]           green, red, infrared (green)\n"
    "  --heart-rate-per-min P        R, from..to over the whole length, first/second (a step in\n"
    "                                the middle), or T:R,T:R,... with T in seconds (72)\n"
    "  --rsa-ms A, --wander-ms A     beat to beat at 60 /min: with breathing, and 1/f noise (25, "
    "20)\n"
    "  --pulse-percent A             green light lost from peak to peak (2); 0: no pulse\n"
    "  --pulse-width W, --dicrotic H width of the pulse's hills, 0.5..1.6, and height of the "
    "second\n"
    "                                against the first (1, 0.25)\n"
    "  --ratio R                     of ratios, red to infrared: saturation (0.5)\n"
    "  --saturation-percent S --oxygen-curve A,B,C\n"
    "                                instead: where A + B R + C R^2 falls through S\n"
    "  --breathing-rate-per-min P    as the heart rate (15)\n"
    "  --breath-baseline D, --breath-amplitude D\n"
    "                                its marks on the pulse wave (0.4, 0.15)\n"
    "  --drift-percent A             light that wanders (0.5)\n"
    "  --cadence-per-min P           steps, as the heart rate; 0: at rest (0)\n"
    "  --gait-g A, --swing-deg A     up and down at 120 steps a minute, and swing of the arm (0.3, "
    "20)\n"
    "  --bursts-per-min N, --burst-g A\n"
    "                                spells of random motion (0, 0.5)\n"
    "  --tilt-deg A                  a wrist that turns slowly (0)\n"
    "  --acc-noise-g N               of an axis (0.003)\n"
    "  --artefact-percent A          light moved by 1 g (3); 0: motion leaves no mark\n"
    "  --nonlinear S                 share of it that is rectified (0.3)\n"
    "  --level L                     light without pulse, of full scale (0.5)\n"
    "  --ambient L                   what is left of the surroundings' light, of full scale (0)\n"
    "  --flicker-hz F, --flicker-percent A\n"
    "                                of that (100, 0)\n"
    "  --duty D                      share of a sample's time in which the sensor looks (0.1)\n"
    "  --noise-percent N             of full scale, at half of it and a duty of 0.1 (0.02)\n"
    "  --adc-bits B                  8..24: counts from 0 to 2^B - 1, where it saturates (18)\n"
    "  --inverted                    counts rise with the blood, not with the light\n"
    "  --jitter-ms J, --drop-percent D\n"
    "                                uneven and missing samples (0, 0)\n"
    "  --gaps T:S[,T:S...]           no samples for S seconds from T on\n"
    "  --off-wrist T:S[,T:S...]      the sensor lies on a table\n"
    "  --labels                      instead of the truth NAME_ref.csv beside OUT.json: rates of\n"
    "                                windows of 8 s every 2 s, as data sets in the neutral format\n"
    "  --json                        what was made, as one JSON object\n";

/* Options that are one number of struct plethio_synth_ppg. */
static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
#define NUMBER(name, field)                                                                        \
    {                                                                                              \
        name, offsetof(struct plethio_synth_ppg, field)                                            \
    }
    NUMBER("duration-s", duration_s),
    NUMBER("rate-hz", rate_hz),
    NUMBER("rsa-ms", rsa_ms),
    NUMBER("wander-ms", wander_ms),
    NUMBER("pulse-percent", pulse_percent),
    NUMBER("pulse-width", pulse_width),
    NUMBER("dicrotic", dicrotic),
    NUMBER("ratio", ratio),
    NUMBER("breath-baseline", breath_baseline),
    NUMBER("breath-amplitude", breath_amplitude),
    NUMBER("drift-percent", drift_percent),
    NUMBER("gait-g", gait_g),
    NUMBER("swing-deg", swing_deg),
    NUMBER("bursts-per-min", bursts_per_min),
    NUMBER("burst-g", burst_g),
    NUMBER("tilt-deg", tilt_deg),
    NUMBER("acc-noise-g", acc_noise_g),
    NUMBER("artefact-percent", artefact_percent),
    NUMBER("nonlinear", nonlinear_share),
    NUMBER("level", level),
    NUMBER("ambient", ambient),
    NUMBER("flicker-hz", flicker_hz),
    NUMBER("flicker-percent", flicker_percent),
    NUMBER("duty", duty),
    NUMBER("noise-percent", noise_percent),
    NUMBER("jitter-ms", jitter_ms),
    NUMBER("drop-percent", drop_percent),
#undef NUMBER
};
#define NUMBERS ((int)(sizeof numbers / sizeof *numbers))

enum {
    OPTION_PPG = 1000,
    OPTION_SEED,
    OPTION_DRAW,
    OPTION_CHANNELS,
    OPTION_HEART,
    OPTION_BREATHING,
    OPTION_CADENCE,
    OPTION_BITS,
    OPTION_INVERTED,
    OPTION_SATURATION,
    OPTION_CURVE,
    OPTION_GAPS,
    OPTION_OFF_WRIST,
    OPTION_LABELS,
    OPTION_JSON
};

static const struct option words[] = {
    {"help", no_argument, NULL, PARSE_HELP},
    {"ppg", no_argument, NULL, OPTION_PPG},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"draw", no_argument, NULL, OPTION_DRAW},
    {"channels", required_argument, NULL, OPTION_CHANNELS},
    {"heart-rate-per-min", required_argument, NULL, OPTION_HEART},
    {"breathing-rate-per-min", required_argument, NULL, OPTION_BREATHING},
    {"cadence-per-min", required_argument, NULL, OPTION_CADENCE},
    {"adc-bits", required_argument, NULL, OPTION_BITS},
    {"inverted", no_argument, NULL, OPTION_INVERTED},
    {"saturation-percent", required_argument, NULL, OPTION_SATURATION},
    {"oxygen-curve", required_argument, NULL, OPTION_CURVE},
    {"gaps", required_argument, NULL, OPTION_GAPS},
    {"off-wrist", required_argument, NULL, OPTION_OFF_WRIST},
    {"labels", no_argument, NULL, OPTION_LABELS},
    {"json", no_argument, NULL, OPTION_JSON},
};
#define WORDS ((int)(sizeof words / sizeof *words))

struct options {
    struct plethio_synth_ppg p;
    int draw, labels, json;
    const char *heart, *breathing, *cadence, *out;
    /* of which the ratio of ratios is made; 0 and NULL: they were not given */
    double saturation;
    const char *curve;
};

/* ---- The command line -------------------------------------------------------------------- */

int synth_is_ppg(int argc, char **argv)
{
    int i;
    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--ppg") == 0)
            return 1;
    return 0;
}

static int parse_channels(const char *text, int *channels)
{
    *channels = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        int c;
        for (c = 0; c < PLETHIO_PPG_CHANNELS; c++) {
            const char *name = plethio_ppg_channel_name(c);
            if (strlen(name) == length && strncmp(name, text, length) == 0)
                break;
        }
        if (c == PLETHIO_PPG_CHANNELS || *channels >> c & 1)
            return -1;
        *channels |= 1 << c;
        if (!text[length])
            return 0;
        text += length + 1;
    }
}

/* T:S,T:S,... */
static int parse_spells(const char *text, struct plethio_spells *spells)
{
    spells->n = 0;
    while (spells->n < PLETHIO_SPELLS) {
        int i = spells->n++;
        char *end;
        spells->start_s[i] = strtod(text, &end);
        if (end == text || *end != ':')
            return -1;
        text = end + 1;
        spells->length_s[i] = strtod(text, &end);
        if (end == text || (*end && *end != ','))
            return -1;
        if (!*end)
            return 0;
        text = end + 1;
    }
    return -1;
}

/* 0, or -1 if the value does not suit the option. */
static int take_option(struct options *o, int option, const char *value)
{
    double x;
    if (option < NUMBERS)
        return parse_number(value, (double *)(void *)((char *)&o->p + numbers[option].offset));
    switch (option) {
    case OPTION_PPG:
        return 0;
    case OPTION_SEED:
        if (parse_whole(value, 0, 9007199254740992.0, &x) < 0)
            return -1;
        o->p.seed = (uint64_t)x;
        return 0;
    case OPTION_DRAW:
        o->draw = 1;
        return 0;
    case OPTION_CHANNELS:
        return parse_channels(value, &o->p.channels);
    case OPTION_HEART:
        o->heart = value;
        return 0;
    case OPTION_BREATHING:
        o->breathing = value;
        return 0;
    case OPTION_CADENCE:
        o->cadence = value;
        return 0;
    case OPTION_BITS:
        if (parse_whole(value, 8, 24, &x) < 0)
            return -1;
        o->p.adc_bits = (int)x;
        return 0;
    case OPTION_INVERTED:
        o->p.inverted = 1;
        return 0;
    case OPTION_SATURATION:
        return parse_number(value, &o->saturation) || !(o->saturation > 0) ? -1 : 0;
    case OPTION_CURVE:
        o->curve = value;
        return 0;
    case OPTION_GAPS:
        return parse_spells(value, &o->p.gaps);
    case OPTION_OFF_WRIST:
        return parse_spells(value, &o->p.off_wrist);
    case OPTION_LABELS:
        o->labels = 1;
        return 0;
    default:
        o->json = 1;
        return 0;
    }
}

/* Reads all options into o; a second time after --draw, so that what is given goes before what is
 * drawn. Returns TOOL_OK, TOOL_USAGE, or -1 after --help. */
static int take_all(struct options *o, int argc, char **argv)
{
    struct option table[NUMBERS + WORDS + 1];
    int i, option, index = 0;
    for (i = 0; i < NUMBERS; i++)
        table[i] = (struct option){numbers[i].name, required_argument, NULL, i};
    memcpy(table + NUMBERS, words, sizeof words);
    memset(table + NUMBERS + WORDS, 0, sizeof *table);
    optind = 1;
    while ((option = parse_option(verb, argc, argv, table, &index)) != -1) {
        if (option == PARSE_HELP) {
            fputs(usage, stdout);
            return -1;
        }
        if (option == '?')
            return TOOL_USAGE;
        if (take_option(o, option, optarg) < 0)
            return parse_fail(verb, "--%s: '%.100s' is not a value of this option",
                              table[index].name, optarg);
    }
    return TOOL_OK;
}

static int take_rates(struct options *o)
{
    const struct {
        const char *text, *what;
        struct plethio_profile *profile;
    } rates[] = {{o->heart, "pulse rate", &o->p.heart},
                 {o->breathing, "breathing rate", &o->p.breathing},
                 {o->cadence, "cadence", &o->p.cadence}};
    size_t i;
    for (i = 0; i < sizeof rates / sizeof *rates; i++)
        if (rates[i].text && synth_profile(rates[i].text, o->p.duration_s, rates[i].profile) < 0)
            return parse_fail(verb,
                              "'%.100s' is no %s: write R, A..B, A/B or T:R,T:R,... per minute",
                              rates[i].text, rates[i].what);
    return TOOL_OK;
}

static int take_saturation(struct options *o)
{
    double curve[3];

    if (!o->curve && o->saturation == 0)
        return TOOL_OK;
    if (!o->curve || o->saturation == 0)
        return parse_fail(verb, "--saturation-percent and --oxygen-curve go together");
    if (parse_numbers(o->curve, ',', 3, curve) < 0)
        return parse_fail(verb, "--oxygen-curve: '%.100s' is not A,B,C", o->curve);
    if (plethio_ppg_ratio(curve, o->saturation, &o->p.ratio) < 0)
        return parse_fail(verb,
                          "the curve %.100s does not fall through %g %% at a ratio of 0.2 to 3",
                          o->curve, o->saturation);
    return TOOL_OK;
}

/* ---- What is written --------------------------------------------------------------------- */

/* The files of a recording, which appear together. */
enum { DATA, TRUTH, BEATS, BIN, LABELS, FILES };
struct output {
    struct tool_out file[FILES];
    int neutral;
};

/* Labels of windows of BINS bins, one beginning in each. */
enum { BINS = 4 };
static const double bin_s = 2;
struct labels {
    struct {
        double sum;
        int seen, all; /* samples with a pulse, and of any kind */
    } bin[BINS];
    int now; /* number of the last bin so far; its place is that modulo BINS */
};

/* What there is to say about a recording. */
struct summary {
    int samples, beats;
    double heart_sum, breathing_sum, on_wrist, last_s;
    struct synth_variability v;
};

/* A channel of time goes along where samples are not evenly spaced. */
static int uneven(const struct plethio_synth_ppg *p)
{
    return p->jitter_ms > 0 || p->drop_percent > 0 || p->gaps.n > 0;
}

/* One that can not be written whole takes the others along. */
static int output_close(struct output *w, int keep, struct plethio_error *e)
{
    int i, status = 0;
    for (i = 0; i < FILES && keep; i++)
        if (w->file[i].file && (fflush(w->file[i].file) != 0 || ferror(w->file[i].file))) {
            status = tool_out_close(&w->file[i], 1, e);
            keep = 0;
        }
    for (i = 0; i < FILES; i++)
        if (tool_out_close(&w->file[i], keep, e) != 0)
            status = -1;
    return status;
}

static int output_open(struct output *w, const struct options *o, struct plethio_error *e)
{
    static const char *const suffix[FILES] = {"", ".truth.csv", ".beats.csv", ".bin", "_ref.csv"};
    const int told = strcmp(o->out, "-") != 0 && !o->labels;
    int i;
    memset(w, 0, sizeof *w);
    w->neutral = synth_is_suffix(o->out, ".json");
    for (i = 0; i < FILES; i++) {
        const int wanted[FILES] = {1, told, told, w->neutral, o->labels};
        char path[1024];
        if (!wanted[i])
            continue;
        if (i == DATA && strlen(o->out) < sizeof path)
            strcpy(path, o->out);
        else if (synth_beside(o->out, suffix[i], path, sizeof path, e) < 0)
            break;
        if (tool_out_open(&w->file[i], path, e) != 0)
            break;
    }
    if (i == FILES)
        return 0;
    output_close(w, 0, NULL);
    return -1;
}

static void print_profile(FILE *f, const struct plethio_profile *profile)
{
    int i;
    for (i = 0; i < profile->points; i++)
        fprintf(f, "%s%.9g:%.9g", i ? "," : "", profile->time_s[i], profile->per_min[i]);
}

static void print_spells(FILE *f, const struct plethio_spells *s)
{
    int i;
    for (i = 0; i < s->n; i++)
        fprintf(f, "%s%.9g:%.9g", i ? "," : "", s->start_s[i], s->length_s[i]);
}

static void print_channels(FILE *f, int channels, const char *prefix, const char *between)
{
    int c, n = 0;
    for (c = 0; c < PLETHIO_PPG_CHANNELS; c++)
        if (channels >> c & 1)
            fprintf(f, "%s%s%s", n++ ? between : "", prefix, plethio_ppg_channel_name(c));
}

/* All parameters, for the truth's first line and for --json; what they say in text as they are
 * given on the command line. */
static void print_parameters(FILE *f, const struct plethio_synth_ppg *p, int json)
{
    const char *quote = json ? "\"" : "", *is = json ? ":" : "=", *then = json ? "," : " ";
    int i;
    fprintf(f, "%sseed%s%s%llu", quote, quote, is, (unsigned long long)p->seed);
    for (i = 0; i < NUMBERS; i++) {
        fprintf(f, "%s%s", then, quote);
        synth_print_key(f, numbers[i].name);
        fprintf(f, "%s%s%.9g", quote, is,
                *(const double *)(const void *)((const char *)p + numbers[i].offset));
    }
    fprintf(f, "%s%sadc_bits%s%s%d", then, quote, quote, is, p->adc_bits);
    fprintf(f, "%s%sinverted%s%s%d", then, quote, quote, is, p->inverted);
    fprintf(f, "%s%schannels%s%s%s", then, quote, quote, is, quote);
    print_channels(f, p->channels, "", ",");
    fprintf(f, "%s%s%sheart_rate_per_min%s%s%s", quote, then, quote, quote, is, quote);
    print_profile(f, &p->heart);
    fprintf(f, "%s%s%sbreathing_rate_per_min%s%s%s", quote, then, quote, quote, is, quote);
    print_profile(f, &p->breathing);
    fprintf(f, "%s%s%scadence_per_min%s%s%s", quote, then, quote, quote, is, quote);
    print_profile(f, &p->cadence);
    fprintf(f, "%s%s%sgaps%s%s%s", quote, then, quote, quote, is, quote);
    print_spells(f, &p->gaps);
    fprintf(f, "%s%s%soff_wrist%s%s%s", quote, then, quote, quote, is, quote);
    print_spells(f, &p->off_wrist);
    fprintf(f, "%s", quote);
}

/* float32, little-endian whatever this machine is. */
static void put_float(FILE *f, double value)
{
    float x = (float)value;
    uint32_t bits;
    int i;
    memcpy(&bits, &x, sizeof bits);
    for (i = 0; i < 32; i += 8)
        fputc((int)(bits >> i & 255), f);
}

static void write_sample(struct output *w, const struct plethio_synth_ppg *p,
                         const struct plethio_ppg_sample *s)
{
    FILE *f = w->file[w->neutral ? BIN : DATA].file, *truth = w->file[TRUTH].file;
    int i;
    if (!w->neutral)
        fprintf(f, "%.6f", s->time_s);
    else if (uneven(p))
        put_float(f, 1000 * s->time_s);
    for (i = 0; i < PLETHIO_PPG_CHANNELS; i++) {
        if (!(p->channels >> i & 1))
            continue;
        if (w->neutral)
            put_float(f, s->light[i]);
        else
            fprintf(f, ",%.0f", s->light[i]);
    }
    for (i = 0; i < 3; i++) {
        if (w->neutral)
            put_float(f, s->acc_g[i]);
        else
            fprintf(f, ",%.6f", s->acc_g[i]);
    }
    if (!w->neutral)
        fputc('\n', f);
    if (truth)
        fprintf(truth, "%.6f,%.4f,%.4f,%.6f,%.6f,%.3f,%.5f,%d\n", s->time_s, s->heart_rate,
                s->breathing_rate, s->pulse, s->breathing, s->cadence, s->motion_g, s->on_wrist);
}

/* Writes the windows that have ended before a sample. A window without a pulse is labelled 0; one
 * in which there is a pulse for a part of it has no label. */
static void write_label(FILE *f, struct labels *l, const struct plethio_ppg_sample *s)
{
    for (; s->time_s >= bin_s * (l->now + 1); l->now++) {
        double sum = 0;
        int seen = 0, all = 0;
        for (int k = 0; k < BINS; k++) {
            sum += l->bin[k].sum;
            seen += l->bin[k].seen;
            all += l->bin[k].all;
        }
        if (l->now >= BINS - 1 && all && (seen == 0 || seen == all))
            fprintf(f, "%.6g,%.6g\n", bin_s * (l->now - BINS + 1), seen ? sum / all : 0);
        memset(&l->bin[(l->now + 1) % BINS], 0, sizeof *l->bin);
    }
    l->bin[l->now % BINS].sum += s->heart_rate;
    l->bin[l->now % BINS].seen += s->heart_rate > 0;
    l->bin[l->now % BINS].all++;
}

static void write_header(FILE *f, const struct options *o, int samples)
{
    const char *slash = strrchr(o->out, '/'), *name = slash ? slash + 1 : o->out;
    int n = 3 + uneven(&o->p), c;
    char stem[256];
    for (c = 0; c < PLETHIO_PPG_CHANNELS; c++)
        n += o->p.channels >> c & 1;
    snprintf(stem, sizeof stem, "%.*s", (int)(strlen(name) - strlen(".json")), name);
    fprintf(f, "{\n \"dataset\": \"pleth synth\",\n \"recording\": ");
    tool_json_string(f, stem);
    fprintf(f, ",\n \"fs_hz\": %.9g,\n \"dtype\": \"f32le\",\n", o->p.rate_hz);
    fprintf(f, " \"layout\": \"interleaved [sample][channel]\",\n \"n_samples\": %d,\n", samples);
    fprintf(f, " \"n_channels\": %d,\n \"channels\": [%s\"", n, uneven(&o->p) ? "\"t_ms\", " : "");
    print_channels(f, o->p.channels, "ppg_", "\", \"");
    fprintf(f, "\", \"acc_x\", \"acc_y\", \"acc_z\"],\n \"scale\": [1");
    for (c = 1; c < n; c++)
        fprintf(f, ", 1");
    fprintf(f, "],\n \"offset\": [0");
    for (c = 1; c < n; c++)
        fprintf(f, ", 0");
    fprintf(f, "],\n \"units\": \"ppg counts of %d bits, acc g%s\"\n}\n", o->p.adc_bits,
            uneven(&o->p) ? ", t_ms since the start" : "");
}

/* The times of beats, and their variability. */
static int write_beats(const struct plethio_ppg *ppg, FILE *f, struct summary *sum,
                       struct plethio_error *e)
{
    int n = plethio_ppg_beats(ppg, NULL, 0), i;
    double *beat_s = malloc((size_t)(n + 1) * sizeof *beat_s);
    if (!beat_s)
        return plethio_fail(e, "not enough memory for %d beats", n);
    plethio_ppg_beats(ppg, beat_s, n);
    sum->beats = n;
    synth_beats_variability(beat_s, n, &sum->v);
    if (f)
        fprintf(f, "time_s\n");
    for (i = 0; f && i < n; i++)
        fprintf(f, "%.6f\n", beat_s[i]);
    free(beat_s);
    return 0;
}

static int write_all(struct output *w, const struct options *o, struct plethio_ppg *ppg,
                     struct summary *sum, struct plethio_error *e)
{
    struct plethio_ppg_sample s;
    struct labels labels;
    FILE *truth = w->file[TRUTH].file;
    memset(&labels, 0, sizeof labels);
    if (o->labels)
        fprintf(w->file[LABELS].file, "t_start_s,bpm_ref\n");
    if (!w->neutral) {
        fprintf(w->file[DATA].file, "time_s,");
        print_channels(w->file[DATA].file, o->p.channels, "ppg_", ",");
        fprintf(w->file[DATA].file, ",acc_x,acc_y,acc_z\n");
    }
    if (write_beats(ppg, w->file[BEATS].file, sum, e) < 0)
        return -1;
    if (truth) {
        fprintf(truth, "# ");
        print_parameters(truth, &o->p, 0);
        fprintf(truth, "\n# beats=%d sdnn_ms=%.3f rmssd_ms=%.3f\n", sum->beats, sum->v.sdnn_ms,
                sum->v.rmssd_ms);
        fprintf(truth,
                "time_s,heart_rate,breathing_rate,pulse,breathing,cadence,motion,on_wrist\n");
    }
    while (plethio_ppg_next(ppg, &s)) {
        write_sample(w, &o->p, &s);
        if (o->labels)
            write_label(w->file[LABELS].file, &labels, &s);
        sum->samples++;
        sum->last_s = s.time_s;
        sum->heart_sum += s.heart_rate;
        sum->breathing_sum += s.breathing_rate;
        sum->on_wrist += s.on_wrist;
        if (sum->samples % 4096)
            continue;
        if (tool_stop)
            return plethio_fail(e, "interrupted; nothing was written");
        tool_progress(o->out, s.time_s / o->p.duration_s);
    }
    if (w->neutral)
        write_header(w->file[DATA].file, o, sum->samples);
    return 0;
}

/* Rates are means over the time on the wrist. */
static void report(const struct options *o, const struct summary *sum)
{
    double worn = sum->on_wrist > 0 ? sum->on_wrist : 1;
    double heart = sum->heart_sum / worn, breathing = sum->breathing_sum / worn;
    FILE *f = strcmp(o->out, "-") == 0 ? stderr : stdout;
    if (!o->json) {
        fprintf(f, "%s: %d samples, %.1f s", o->out, sum->samples, o->p.duration_s);
        fprintf(f, heart > 0 ? ", pulse %.2f /min" : ", no pulse", heart);
        if (heart > 0 && isfinite(sum->v.sdnn_ms))
            fprintf(f, " (SDNN %.1f, RMSSD %.1f ms)", sum->v.sdnn_ms, sum->v.rmssd_ms);
        if (heart > 0)
            fprintf(f, ", breathing %.2f /min", breathing);
        fprintf(f, "\n");
        return;
    }
    fprintf(f, "{\"out\":");
    tool_json_string(f, o->out);
    fprintf(f, ",\"samples\":%d,\"beats\":%d,\"heart_rate\":", sum->samples, sum->beats);
    tool_json_number(f, heart, 7);
    fprintf(f, ",\"breathing_rate\":");
    tool_json_number(f, breathing, 7);
    fprintf(f, ",\"sdnn_ms\":");
    tool_json_number(f, sum->v.sdnn_ms, 6);
    fprintf(f, ",\"rmssd_ms\":");
    tool_json_number(f, sum->v.rmssd_ms, 6);
    fprintf(f, ",\"on_wrist\":");
    tool_json_number(f, sum->on_wrist / (sum->samples ? sum->samples : 1), 6);
    fprintf(f, ",\"parameters\":{");
    print_parameters(f, &o->p, 1);
    fprintf(f, "}}\n");
}

static int make(const struct options *o, struct plethio_error *e)
{
    struct plethio_ppg *ppg;
    struct summary sum;
    struct output w;
    int status;
    memset(&sum, 0, sizeof sum);
    if (plethio_ppg_open(&ppg, &o->p, e) < 0)
        return -1;
    status = output_open(&w, o, e);
    if (status == 0) {
        status = write_all(&w, o, ppg, &sum, e);
        tool_progress_end();
        if (output_close(&w, status == 0, status == 0 ? e : NULL) != 0)
            status = -1;
    }
    plethio_ppg_close(&ppg);
    if (status == 0)
        report(o, &sum);
    return status;
}

int synth_ppg(int argc, char **argv)
{
    struct options o;
    struct plethio_error e;
    int status;
    memset(&o, 0, sizeof o);
    plethio_synth_ppg_default(&o.p);
    status = take_all(&o, argc, argv);
    if (status == TOOL_OK && o.draw) {
        plethio_synth_ppg_draw(&o.p, o.p.seed);
        status = take_all(&o, argc, argv);
    }
    if (status < 0)
        return TOOL_OK;
    if (status != TOOL_OK)
        return status;
    if (argc - optind != 1)
        return parse_fail(verb, "expected one OUT");
    o.out = argv[optind];
    if (!synth_is_suffix(o.out, ".csv") && !synth_is_suffix(o.out, ".json") &&
        strcmp(o.out, "-") != 0)
        return parse_fail(verb, "OUT must end in .csv or .json, not '%.100s'", o.out);
    if (o.labels && !synth_is_suffix(o.out, ".json"))
        return parse_fail(verb, "--labels goes with an OUT that ends in .json, not '%.100s'",
                          o.out);
    status = take_rates(&o);
    if (status == TOOL_OK)
        status = take_saturation(&o);
    if (status != TOOL_OK)
        return status;
    if (plethio_synth_ppg_check(&o.p, &e) < 0)
        return parse_fail(verb, "%s", e.text);
    if (synth_is_suffix(o.out, ".json") && uneven(&o.p) && o.p.duration_s > longest_uneven_bin_s)
        return parse_fail(verb,
                          "times of uneven samples do not fit into float32 beyond %g s: take a "
                          ".csv",
                          longest_uneven_bin_s);
    tool_catch_signals();
    return make(&o, &e) < 0 ? tool_fail(verb, &e) : TOOL_OK;
}
