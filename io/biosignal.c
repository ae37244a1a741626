#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "path.h"
#include "table.h"

/* Below this a channel called "pulse" holds rates, not a wave. */
#define WAVE_HZ 5.0

/* ---- Names ------------------------------------------------------------------------------ */

/* The words of a name in lower case, each between blanks: "rawPPG_green1" is " raw ppg green ". */
static void words_of(const char *name, char *words, size_t size)
{
    size_t n = 1;
    int last = ' ';

    *words = ' ';
    for (; *name && n + 3 < size; name++) {
        int c = (unsigned char)*name;

        if (isalpha(c)) {
            if (words[n - 1] != ' ' && (!isalpha(last) || (isupper(c) && islower(last))))
                words[n++] = ' ';
            words[n++] = (char)tolower(c);
        }
        last = c;
    }
    if (words[n - 1] != ' ')
        words[n++] = ' ';
    words[n] = 0;
}

/* Whether one of `list`, separated by "|", is among the words. */
static int has(const char *words, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, "|");
        const char *at = words;

        while ((at = strchr(at, ' ')) && at[1]) {
            at++;
            if (strncmp(at, list, n) == 0 && at[n] == ' ')
                return 1;
        }
        list += n + (list[n] == '|');
    }
    return 0;
}

/* Whether the name is one of `list` as a whole. */
static int is(const char *name, const char *list)
{
    return plethio_row_find((char *const[]){(char *)(uintptr_t)name}, 1, list) == 0;
}

enum plethio_kind plethio_kind(const char *name)
{
    char w[80];

    words_of(name, w, sizeof w);
    /* numbers made of a wave, and what is measured along three axes but is no acceleration */
    if (has(w, "rate|bpm|hr|spo|sat|quality|label|ambient|temp|temperature|eda|gyro|gyr|gyroscope|"
               "mag|magnetometer|time|timestamp"))
        return PLETHIO_OTHER;
    if (has(w, "acc|accel|accelerometer|acceleration|imu")) {
        if (has(w, "x"))
            return PLETHIO_ACC_X;
        if (has(w, "y"))
            return PLETHIO_ACC_Y;
        return has(w, "z") ? PLETHIO_ACC_Z : PLETHIO_OTHER;
    }
    if (has(w, "accx|accelx|ax|x"))
        return PLETHIO_ACC_X;
    if (has(w, "accy|accely|ay|y"))
        return PLETHIO_ACC_Y;
    if (has(w, "accz|accelz|az|z"))
        return PLETHIO_ACC_Z;
    if (has(w, "ecg|ekg|mlii|mcl") || is(name, "I|II|III|aVR|aVL|aVF|V|V1|V2|V3|V4|V5|V6"))
        return PLETHIO_ECG;
    if (has(w, "resp|respiration|respiratory|breath|breathing|thorax|abdomen"))
        return PLETHIO_RESPIRATION;
    if (has(w, "ir|infrared|nir"))
        return PLETHIO_INFRARED;
    if (has(w, "red|r"))
        return PLETHIO_RED;
    if (has(w, "green|g"))
        return PLETHIO_GREEN;
    if (has(w, "blue|b"))
        return PLETHIO_BLUE;
    if (has(w, "ppg|bvp|pleth|plethysmogram|pulse|optical|channel|value"))
        return PLETHIO_OPTICAL;
    return PLETHIO_OTHER;
}

static int optical(enum plethio_kind kind)
{
    return kind >= PLETHIO_OPTICAL && kind <= PLETHIO_BLUE;
}

static int motion(enum plethio_kind kind)
{
    return kind >= PLETHIO_ACC_X && kind <= PLETHIO_ACC_Z;
}

/* The unit that a name states: between brackets, or at its end. */
static void unit_of(char unit[16], const char *name, enum plethio_kind kind)
{
    static const struct {
        const char *ending, *unit;
        int of_motion;
    } known[] = {{"_ms2", "m/s^2", 1}, {"_mg", "mg", 1}, {"_g", "g", 1},
                 {"_mv", "mV", 0},     {"_uv", "uV", 0}, {"_na", "nA", 0}};
    const char *open = strpbrk(name, "[("), *close = open ? strpbrk(open, "])") : NULL;

    *unit = 0;
    if (close && close > open + 1)
        snprintf(unit, 16, "%.*s", (int)(close - open - 1), open + 1);
    for (size_t i = 0; !*unit && i < sizeof known / sizeof *known; i++)
        if (plethio_ends(name, known[i].ending) && known[i].of_motion == motion(kind))
            snprintf(unit, 16, "%s", known[i].unit);
}

/* ---- What the readers fill -------------------------------------------------------------- */

int plethio_has_place(int total, const char *name)
{
    return total <= PLETHIO_CHANNELS || plethio_kind(name) != PLETHIO_OTHER;
}

static void copy_printable(char *to, size_t size, const char *from)
{
    size_t n = 0;

    for (; *from && n + 1 < size; from++)
        to[n++] = isprint((unsigned char)*from) ? *from : '?';
    while (n > 0 && to[n - 1] == ' ')
        n--;
    to[n] = 0;
}

int plethio_add_channel(struct plethio_biosignal *b, const char *name, const char *unit, int lane,
                        struct plethio_error *e)
{
    struct plethio_channel *c = &b->info.channel[b->info.channels];
    char stated[16];

    if (b->info.channels == PLETHIO_CHANNELS)
        return plethio_fail(e, "more than %d channels", PLETHIO_CHANNELS);
    copy_printable(c->name, sizeof c->name, name);
    c->kind = plethio_kind(c->name);
    if (!unit)
        unit_of(stated, c->name, c->kind);
    copy_printable(c->unit, sizeof c->unit, unit ? unit : stated);
    b->lane_of[b->info.channels] = lane;
    return b->info.channels++;
}

int plethio_add_lane(struct plethio_biosignal *b, double rate_hz)
{
    struct plethio_lane *l = &b->lane[b->lanes];

    l->rate_hz = rate_hz;
    l->timed = !(rate_hz > 0);
    return b->lanes++;
}

/* ---- Opening ---------------------------------------------------------------------------- */

/* Whether there is a file that has this ending instead of the last `cut` characters. */
static int has_beside(const char *path, int cut, const char *ending)
{
    char other[1024];

    return plethio_beside(other, path, cut, ending, NULL) == 0 && plethio_is_file(other);
}

/* EDF begins with "0", BDF with 255 and a name, both with a field of fixed width. */
static int begins_edf(const char *path)
{
    char head[8] = {0};
    FILE *f = plethio_is_file(path) ? fopen(path, "rb") : NULL;
    int edf = 0;

    if (f) {
        edf = fread(head, 1, 8, f) == 8 && (memcmp(head, "0       ", 8) == 0 || memcmp(head,
                                                                                       "\xff"
                                                                                       "BIOSEMI",
                                                                                       8) == 0);
        fclose(f);
    }
    return edf;
}

/* The file of light of a wristband: BVP.csv of an E4, or what GalaxyPPG has (PPG.csv of a watch, or
 * BVP.csv with a header), in the folder or itself, and with ACC.csv beside it. */
static int is_wristband(const char *path, int *galaxy)
{
    static const char *const light[] = {"/PPG.csv", "/BVP.csv"};
    const int folder = plethio_is_folder(path);
    char file[1024];
    int first = 0;
    FILE *f;

    for (int i = 0; i < 2; i++) {
        if ((!folder && !plethio_ends(path, light[i])) ||
            plethio_beside(file, path, folder ? 0 : 8, light[i], NULL) || !plethio_is_file(file) ||
            !has_beside(file, 7, "ACC.csv"))
            continue;
        f = fopen(file, "rb");
        if (f) {
            first = getc(f);
            fclose(f);
        }
        *galaxy = i == 0 || isalpha(first);
        return 1;
    }
    return 0;
}

enum container { NONE, NEUTRAL, TEXT, E4, EDF, WFDB, MAT, DALIA, GALAXY };

static enum container container_of(const char *path)
{
    const char *inside = strstr(path, ".mat/");
    int galaxy = 0;

    if (is_wristband(path, &galaxy))
        return galaxy ? GALAXY : E4;
    if (plethio_is_folder(path))
        return E4;
    if (plethio_ends(path, ".json") || (plethio_ends(path, ".bin") && has_beside(path, 4, ".json")))
        return NEUTRAL;
    if (plethio_ends(path, ".edf") || plethio_ends(path, ".bdf") || begins_edf(path))
        return EDF;
    if (plethio_ends(path, ".hea") || (plethio_ends(path, ".dat") && has_beside(path, 4, ".hea")) ||
        (!plethio_is_file(path) && has_beside(path, 0, ".hea")))
        return WFDB;
    if (plethio_ends(path, ".mat") || (inside && !plethio_is_file(path)))
        return MAT;
    if (plethio_ends(path, ".pkl"))
        return DALIA;
    if (plethio_ends(path, ".csv") || plethio_ends(path, ".txt") || plethio_ends(path, ".tsv"))
        return TEXT;
    return NONE;
}

static int open_container(struct plethio_biosignal *b, double rate_hz, struct plethio_error *e)
{
    struct stat s;

    if (stat(b->path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode))
        return plethio_fail(e, "a recording is read from a file, not from a pipe or a device");
    switch (container_of(b->path)) {
    case NEUTRAL:
        return plethio_open_neutral(b, e);
    case TEXT:
        return plethio_open_text(b, rate_hz, e);
    case E4:
        return plethio_open_e4(b, e);
    case EDF:
        return plethio_open_edf(b, e);
    case WFDB:
        return plethio_open_wfdb(b, e);
    case MAT:
        return plethio_open_mat(b, e);
    case DALIA:
        return plethio_open_dalia(b, e);
    case GALAXY:
        return plethio_open_galaxy(b, e);
    default:
        return plethio_fail(e, "not a recording that is known: .csv, .txt, .edf, .bdf, .hea, .mat, "
                               ".pkl, .json with .bin, or an E4 folder");
    }
}

/* The lane that sets the pace: of the optical channels the fastest, without any of all. */
static int main_lane(const struct plethio_biosignal *b)
{
    int main = -1, light = 0;

    for (int i = 0; i < b->info.channels; i++) {
        const int lane = b->lane_of[i], lit = optical(b->info.channel[i].kind);

        if (main < 0 || lit > light ||
            (lit == light && b->lane[lane].rate_hz > b->lane[main].rate_hz)) {
            main = lane;
            light = lit;
        }
    }
    return main;
}

static int finish(struct plethio_biosignal *b, double rate_hz, struct plethio_error *e)
{
    char names[160] = "";
    int known = 0;

    for (int i = 0; i < b->info.channels; i++) {
        struct plethio_channel *c = &b->info.channel[i];
        const double hz = b->lane[b->lane_of[i]].rate_hz;
        const size_t n = strlen(names);

        if (optical(c->kind) && hz > 0 && hz < WAVE_HZ)
            c->kind = PLETHIO_OTHER;
        known += c->kind != PLETHIO_OTHER;
        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", c->name);
    }
    if (known == 0)
        return plethio_fail(e,
                            "no channel is named as light, acceleration, ECG or breathing (ppg, "
                            "green, red, ir, acc_x, ecg, resp); it has: %s",
                            names);
    b->main = main_lane(b);
    if (rate_hz > 0) {
        const double own = b->lane[b->main].rate_hz, ratio = own > 0 ? rate_hz / own : 1;

        for (int i = 0; i < b->lanes; i++)
            b->lane[i].rate_hz *= ratio;
        b->lane[b->main].rate_hz = rate_hz;
        b->lane[b->main].timed = 0;
        b->info.duration_s /= ratio;
    }
    b->info.rate_hz = b->lane[b->main].rate_hz;
    return 0;
}

int plethio_biosignal_open(struct plethio_biosignal **b, const char *path, double rate_hz,
                           struct plethio_error *e)
{
    struct plethio_error inner;
    struct plethio_biosignal *opened;

    *b = NULL;
    if (strlen(path) >= sizeof opened->path)
        return plethio_fail(e, "%.80s...: the name is too long", path);
    opened = calloc(1, sizeof *opened);
    if (!opened)
        return plethio_fail(e, "not enough memory");
    strcpy(opened->path, path);
    if (open_container(opened, rate_hz, &inner) || finish(opened, rate_hz, &inner)) {
        plethio_biosignal_close(&opened);
        return plethio_fail(e, "%s: %s", path, inner.text);
    }
    *b = opened;
    return 0;
}

void plethio_biosignal_info(const struct plethio_biosignal *b, struct plethio_biosignal_info *info)
{
    *info = b->info;
}

void plethio_biosignal_close(struct plethio_biosignal **b)
{
    if (*b && (*b)->close)
        (*b)->close(*b);
    free(*b);
    *b = NULL;
}

/* ---- Reading ---------------------------------------------------------------------------- */

static int read_lane(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                     struct plethio_error *e)
{
    struct plethio_lane *l = &b->lane[lane];
    const int got = b->next(b, lane, time_ns, value, e);

    if (got == 1 && !l->timed) {
        *time_ns = plethio_ns((double)l->start_ns + (double)l->read * 1e9 / l->rate_hz);
        l->read++;
        if (*time_ns == INT64_MIN)
            return plethio_fail(e, "lasts longer than a century");
    }
    for (int i = 0; got == 1 && i < b->info.channels; i++)
        if (b->lane_of[i] == lane && !isfinite(value[i]))
            value[i] = NAN;
    return got;
}

static void set_lane(const struct plethio_biosignal *b, int lane, int64_t time_ns, float *value)
{
    const struct plethio_lane *l = &b->lane[lane];
    const double step = (double)l->after_ns - (double)l->before_ns;
    const double since = (double)time_ns - (double)l->before_ns;
    /* a slow lane's last sample holds for as long as its others did */
    const int held = l->ended && l->have == 2 && since >= step && since <= 2 * step;
    const int between =
        l->have == 2 && since >= 0 && since < step && (l->gap_ns == 0 || step <= (double)l->gap_ns);

    for (int i = 0; i < b->info.channels; i++) {
        if (b->lane_of[i] != lane)
            continue;
        if ((l->have > 0 && time_ns == l->after_ns) || held)
            value[i] = l->after[i];
        else if (between)
            value[i] = (float)((double)l->before[i] +
                               ((double)l->after[i] - (double)l->before[i]) * (since / step));
        else
            value[i] = NAN;
    }
}

/* Brings another lane to the instant. */
static int follow(struct plethio_biosignal *b, int lane, int64_t time_ns, float *value,
                  struct plethio_error *e)
{
    struct plethio_lane *l = &b->lane[lane];

    while (!l->ended && (l->have == 0 || l->after_ns < time_ns)) {
        int64_t next_ns = 0;
        float next[PLETHIO_CHANNELS];
        const int got = read_lane(b, lane, &next_ns, next, e);

        if (got < 0)
            return -1;
        if (got == 0) {
            l->ended = 1;
            break;
        }
        memcpy(l->before, l->after, sizeof l->before);
        l->before_ns = l->after_ns;
        for (int i = 0; i < b->info.channels; i++)
            if (b->lane_of[i] == lane)
                l->after[i] = next[i];
        l->after_ns = next_ns;
        l->have += l->have < 2;
    }
    set_lane(b, lane, time_ns, value);
    return 0;
}

int plethio_biosignal_next(struct plethio_biosignal *b, int64_t *time_ns, float *value,
                           struct plethio_error *e)
{
    struct plethio_error inner;
    int got = read_lane(b, b->main, time_ns, value, &inner);

    for (int lane = 0; got == 1 && lane < b->lanes; lane++)
        if (lane != b->main && follow(b, lane, *time_ns, value, &inner))
            got = -1;
    return got < 0 ? plethio_fail(e, "%s: %s", b->path, inner.text) : got;
}

/* ---- Telling ---------------------------------------------------------------------------- */

/* A table with light in it, unless it is red, green and blue: then a camera saw it. */
static int is_sensor_table(const char *path)
{
    struct plethio_biosignal *b;
    int kinds = 0, light = 0;

    /* any rate will do where a table has no times */
    if (plethio_biosignal_open(&b, path, 100, NULL))
        return 0;
    for (int i = 0; i < b->info.channels; i++) {
        kinds |= 1 << b->info.channel[i].kind;
        light |= optical(b->info.channel[i].kind);
    }
    plethio_biosignal_close(&b);
    return light && (~kinds & (1 << PLETHIO_RED | 1 << PLETHIO_GREEN | 1 << PLETHIO_BLUE)) != 0;
}

int plethio_is_biosignal(const char *path)
{
    const enum container c = container_of(path);

    int galaxy;

    if (c == E4)
        return is_wristband(path, &galaxy);
    return c == TEXT ? plethio_is_file(path) && is_sensor_table(path) : c != NONE;
}
