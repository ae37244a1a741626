/* The neutral format: NAME.json says what NAME.bin holds, little-endian numbers without a header,
 * all channels of one instant after the other. */
#define _POSIX_C_SOURCE 200809L

#include "biosignal_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "json.h"
#include "memory.h"

enum stored { F32, U16, I16 };

struct neutral {
    FILE *file;
    enum stored stored;
    /* as stored: with the column of time, if there is one (else -1) */
    int columns, time;
    int64_t samples, read;
    double scale[PLETHIO_CHANNELS], offset[PLETHIO_CHANNELS];
    double first_ms;
};

static int size_of(const struct neutral *n)
{
    return n->stored == F32 ? 4 : 2;
}

static double number_at(const struct neutral *n, const unsigned char *p, int column)
{
    const uint32_t bits = (uint32_t)plethio_le(p + column * size_of(n), size_of(n));
    double v = bits;
    float f;

    if (n->stored == F32) {
        memcpy(&f, &bits, sizeof f);
        v = (double)f;
    } else if (n->stored == I16 && bits > INT16_MAX) {
        v -= 65536;
    }
    return v * n->scale[column] + n->offset[column];
}

static int next_neutral(struct plethio_biosignal *b, int lane, int64_t *time_ns, float *value,
                        struct plethio_error *e)
{
    struct neutral *n = b->reader;
    unsigned char row[4 * PLETHIO_CHANNELS];
    const size_t bytes = (size_t)n->columns * (size_t)size_of(n);
    double ms = 0;

    (void)lane;
    do {
        if (n->read == n->samples)
            return 0;
        if (fread(row, 1, bytes, n->file) != bytes)
            return plethio_fail(e, "its .bin ends after %lld of %lld samples", (long long)n->read,
                                (long long)n->samples);
        n->read++;
        if (n->time < 0)
            break;
        ms = number_at(n, row, n->time);
        if (isnan(n->first_ms) && isfinite(ms))
            n->first_ms = ms;
        *time_ns = plethio_ns((ms - n->first_ms) * 1e6);
    } while (*time_ns == INT64_MIN);
    for (int column = 0, i = 0; column < n->columns; column++)
        if (column != n->time)
            value[i++] = (float)number_at(n, row, column);
    return 1;
}

static void close_neutral(struct plethio_biosignal *b)
{
    struct neutral *n = b->reader;

    if (n->file)
        fclose(n->file);
    free(n);
}

/* ---- The header ------------------------------------------------------------------------- */

static int find(const struct pleth_json *all, const char *key, struct pleth_json *value,
                struct plethio_error *e)
{
    struct pleth_json after;

    *value = *all;
    if (plethio_json_member(value, key, &after))
        return 0;
    return plethio_fail(e, "its .json has no \"%s\"", key);
}

static int find_whole(const struct pleth_json *all, const char *key, int64_t *n,
                      struct plethio_error *e)
{
    struct pleth_json s;

    if (find(all, key, &s, e))
        return -1;
    return pleth_json_whole(&s, n) ? 0 : plethio_fail(e, "\"%s\" is no whole number", key);
}

/* `columns` numbers */
static int find_numbers(const struct pleth_json *all, const char *key, int columns, double *number,
                        struct plethio_error *e)
{
    struct pleth_json s;
    int good;

    if (find(all, key, &s, e))
        return -1;
    good = pleth_json_accept(&s, '[');
    for (int i = 0; good && i < columns; i++)
        good = (i == 0 || pleth_json_accept(&s, ',')) && plethio_json_number(&s, &number[i]);
    if (!good || !pleth_json_accept(&s, ']'))
        return plethio_fail(e, "\"%s\" does not hold a number for each channel", key);
    return 0;
}

static int find_channels(struct plethio_biosignal *b, const struct pleth_json *all,
                         struct plethio_error *e)
{
    struct neutral *n = b->reader;
    struct pleth_json s;
    const char *text;
    char name[40];
    int length, good;

    if (find(all, "channels", &s, e))
        return -1;
    n->time = -1;
    good = pleth_json_accept(&s, '[');
    for (int i = 0; good && i < n->columns; i++) {
        good = (i == 0 || pleth_json_accept(&s, ',')) && pleth_json_text(&s, &text, &length) &&
               pleth_json_unescape(text, length, name, sizeof name);
        if (good && strcmp(name, "t_ms") == 0 && n->time < 0)
            n->time = i;
        else if (good && plethio_add_channel(b, name, NULL, 0, e) < 0)
            return -1;
    }
    if (!good || !pleth_json_accept(&s, ']'))
        return plethio_fail(e, "\"channels\" does not hold n_channels names of less than %d bytes",
                            (int)sizeof name);
    return 0;
}

static int find_type(struct neutral *n, const struct pleth_json *all, struct plethio_error *e)
{
    static const char *const names[] = {"f32le", "u16le", "i16le"};
    struct pleth_json s;
    const char *text;
    int length;

    if (find(all, "dtype", &s, e))
        return -1;
    if (pleth_json_text(&s, &text, &length))
        for (int i = 0; i < 3; i++)
            if (pleth_json_is(text, length, names[i])) {
                n->stored = (enum stored)i;
                return 0;
            }
    return plethio_fail(e, "\"dtype\" is none of f32le, u16le, i16le");
}

/* Acceleration that is counted from the middle of unsigned numbers on: gravity is to be seen. */
static void centre_acceleration(struct plethio_biosignal *b, const struct pleth_json *all)
{
    struct neutral *n = b->reader;
    struct pleth_json s;
    const char *text;
    char units[200];
    int length;

    if (n->stored != U16 || find(all, "units", &s, NULL) || !pleth_json_text(&s, &text, &length) ||
        !pleth_json_unescape(text, length, units, sizeof units) || !strstr(units, "offset binary"))
        return;
    for (int i = 0, channel = 0; i < n->columns; i++) {
        if (i == n->time)
            continue;
        if (b->info.channel[channel].kind >= PLETHIO_ACC_X &&
            b->info.channel[channel].kind <= PLETHIO_ACC_Z)
            n->offset[i] -= 32768 * n->scale[i];
        channel++;
    }
}

static int read_header(struct plethio_biosignal *b, const struct pleth_json *all,
                       struct plethio_error *e)
{
    struct neutral *n = b->reader;
    struct pleth_json s = *all;
    int64_t columns;
    double rate_hz;

    if (!plethio_json_skip(&s) || (pleth_json_space(&s), s.at != s.end))
        return plethio_fail(e, "its .json is broken");
    if (find(all, "fs_hz", &s, e))
        return -1;
    if (!plethio_json_number(&s, &rate_hz) || !(rate_hz > 0 && rate_hz <= 1e6))
        return plethio_fail(e, "\"fs_hz\" is no rate");
    if (find_type(n, all, e) || find_whole(all, "n_samples", &n->samples, e) ||
        find_whole(all, "n_channels", &columns, e))
        return -1;
    if (columns < 1 || columns > PLETHIO_CHANNELS)
        return plethio_fail(e, "\"n_channels\" is not 1 to %d", PLETHIO_CHANNELS);
    n->columns = (int)columns;
    plethio_add_lane(b, rate_hz);
    if (find_channels(b, all, e) || find_numbers(all, "scale", n->columns, n->scale, e) ||
        find_numbers(all, "offset", n->columns, n->offset, e))
        return -1;
    centre_acceleration(b, all);
    b->info.duration_s = (double)n->samples / rate_hz;
    /* with times of its own the rate is but a mean */
    if (n->time >= 0) {
        b->lane[0].rate_hz = 0;
        b->lane[0].timed = 1;
    }
    return 0;
}

static int open_bin(struct neutral *n, const char *path, struct plethio_error *e)
{
    struct stat s;
    const double bytes = (double)n->samples * n->columns * size_of(n);

    n->file = fopen(path, "rb");
    if (!n->file)
        return plethio_fail(e, "its .bin cannot be opened: %s", strerror(errno));
    if (fstat(fileno(n->file), &s) || (double)s.st_size != bytes)
        return plethio_fail(e, "its .bin has %lld bytes, not the %.0f that its .json says",
                            (long long)s.st_size, bytes);
    return 0;
}

int plethio_open_neutral(struct plethio_biosignal *b, struct plethio_error *e)
{
    enum { HEADER = 1 << 20 };
    const int bin = plethio_ends(b->path, ".bin");
    struct neutral *n = calloc(1, sizeof *n);
    char path[1024];
    struct pleth_json all;
    struct stat s;
    char *text;
    size_t size;
    int status;

    if (!n)
        return plethio_fail(e, "not enough memory");
    b->reader = n;
    b->next = next_neutral;
    b->close = close_neutral;
    n->first_ms = (double)NAN;
    strcpy(b->info.format, "neutral");
    if (plethio_beside(path, b->path, bin ? 4 : 5, ".json", e))
        return -1;
    if (stat(bin ? path : b->path, &s) == 0 && s.st_size > HEADER)
        return plethio_fail(e, "its .json is too long to be the header of a recording");
    text = plethio_read_whole(bin ? path : b->path, &size, e);
    if (!text)
        return -1;
    all = (struct pleth_json){text, text + size};
    status = read_header(b, &all, e);
    free(text);
    if (status || plethio_beside(path, b->path, bin ? 4 : 5, ".bin", e))
        return -1;
    return open_bin(n, bin ? b->path : path, e);
}
