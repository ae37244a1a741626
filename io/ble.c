#include "ble.h"

#include <math.h>
#include <string.h>

#include "memory.h"

/* A packet that is read or written from front to back; `short_of` is set where it ends too early.
 */
struct packet {
    const uint8_t *from;
    uint8_t *to;
    size_t at, size;
    int short_of;
};

static uint32_t take(struct packet *p, size_t bytes)
{
    uint32_t v = 0;

    if (p->size - p->at < bytes) {
        p->short_of = 1;
    } else {
        v = (uint32_t)plethio_le(p->from + p->at, (int)bytes);
        p->at += bytes;
    }
    return v;
}

static void put(struct packet *p, size_t bytes, uint32_t v)
{
    if (p->size - p->at < bytes) {
        p->short_of = 1;
        return;
    }
    for (size_t i = 0; i < bytes; i++)
        p->to[p->at++] = (uint8_t)(v >> (8 * i));
}

/* ---- Heart rate ------------------------------------------------------------------------- */

enum { WIDE = 1, CONTACT = 2, CONTACT_SUPPORTED = 4, ENERGY = 8, INTERVALS = 16 };

int plethio_heart_rate_decode(struct plethio_heart_rate *h, const uint8_t *packet, size_t size)
{
    struct packet p = {.from = packet, .size = size};
    const uint32_t flags = take(&p, 1);

    memset(h, 0, sizeof *h);
    h->per_min = (int)take(&p, flags & WIDE ? 2 : 1);
    if (flags & CONTACT_SUPPORTED)
        h->contact = flags & CONTACT ? PLETHIO_CONTACT : PLETHIO_NO_CONTACT;
    h->energy_kj = flags & ENERGY ? (int)take(&p, 2) : -1;
    if (flags & INTERVALS)
        while (!p.short_of && p.at < p.size && h->intervals < PLETHIO_BLE_INTERVALS)
            h->interval[h->intervals++] = (uint16_t)take(&p, 2);
    return p.short_of || p.at != p.size || size > PLETHIO_BLE_PACKET ? -1 : 0;
}

size_t plethio_heart_rate_encode(const struct plethio_heart_rate *h, uint8_t *packet, size_t size)
{
    static const uint8_t contact[] = {
        [PLETHIO_CONTACT_UNKNOWN] = 0,
        [PLETHIO_NO_CONTACT] = CONTACT_SUPPORTED,
        [PLETHIO_CONTACT] = CONTACT_SUPPORTED | CONTACT,
    };
    struct packet p = {.to = packet, .size = size};
    const int wide = h->per_min > 255;

    if ((unsigned)h->contact > PLETHIO_CONTACT || h->per_min < 0 || h->per_min > 65535 ||
        h->energy_kj < -1 || h->energy_kj > 65535 || h->intervals < 0 ||
        h->intervals > PLETHIO_BLE_INTERVALS)
        return 0;
    put(&p, 1,
        (wide ? WIDE : 0u) | contact[h->contact] | (h->energy_kj >= 0 ? ENERGY : 0u) |
            (h->intervals > 0 ? INTERVALS : 0u));
    put(&p, wide ? 2 : 1, (uint32_t)h->per_min);
    if (h->energy_kj >= 0)
        put(&p, 2, (uint32_t)h->energy_kj);
    for (int i = 0; i < h->intervals; i++)
        put(&p, 2, h->interval[i]);
    return p.short_of ? 0 : p.at;
}

/* ---- SFLOAT ----------------------------------------------------------------------------- */

enum { NOT_A_NUMBER = 0x07ff, NOT_AT_THIS_RESOLUTION = 0x0800, RESERVED = 0x0801 };
enum { PLUS_INFINITY = 0x07fe, MINUS_INFINITY = 0x0802 };
/* the largest mantissa: with exponent 0 the two above it are names */
enum { LARGEST = 2047, LARGEST_WHOLE = 2045 };

double plethio_sfloat_decode(uint16_t bits)
{
    const int exponent = (bits >> 12) - (bits & 0x8000 ? 16 : 0);
    const int mantissa = (bits & 0x0fff) - (bits & 0x0800 ? 0x1000 : 0);

    switch (bits) {
    case NOT_A_NUMBER:
    case NOT_AT_THIS_RESOLUTION:
    case RESERVED:
        return (double)NAN;
    case PLUS_INFINITY:
        return (double)INFINITY;
    case MINUS_INFINITY:
        return (double)-INFINITY;
    default:
        /* a power of ten that a double holds: 98.5 is 985 / 10 to the last bit */
        return exponent < 0 ? mantissa / pow(10, -exponent) : mantissa * pow(10, exponent);
    }
}

uint16_t plethio_sfloat_encode(double value)
{
    int exponent = -8;
    double mantissa = 0;

    if (isnan(value))
        return NOT_A_NUMBER;
    for (; exponent <= 7; exponent++) {
        mantissa = round(exponent < 0 ? value * pow(10, -exponent) : value / pow(10, exponent));
        if (fabs(mantissa) <= (exponent == 0 ? LARGEST_WHOLE : LARGEST))
            break;
    }
    if (exponent > 7)
        return value > 0 ? PLUS_INFINITY : MINUS_INFINITY;
    /* 98 as 98 and not as 980 / 10, as devices send it */
    while (exponent < 0 && fmod(mantissa, 10) == 0) {
        mantissa /= 10;
        exponent++;
    }
    return (uint16_t)((exponent & 15) << 12 | ((int)mantissa & 0x0fff));
}

/* ---- Pulse oximetry --------------------------------------------------------------------- */

static double take_sfloat(struct packet *p)
{
    return plethio_sfloat_decode((uint16_t)take(p, 2));
}

static void put_sfloat(struct packet *p, double value)
{
    put(p, 2, plethio_sfloat_encode(value));
}

int plethio_oximetry_decode(struct plethio_oximetry *o, const uint8_t *packet, size_t size)
{
    struct packet p = {.from = packet, .size = size};

    memset(o, 0, sizeof *o);
    o->fast_spo2 = o->fast_pulse = o->slow_spo2 = o->slow_pulse = o->amplitude = (double)NAN;
    o->fields = (int)take(&p, 1);
    o->spo2 = take_sfloat(&p);
    o->pulse = take_sfloat(&p);
    if (o->fields & PLETHIO_PLX_FAST) {
        o->fast_spo2 = take_sfloat(&p);
        o->fast_pulse = take_sfloat(&p);
    }
    if (o->fields & PLETHIO_PLX_SLOW) {
        o->slow_spo2 = take_sfloat(&p);
        o->slow_pulse = take_sfloat(&p);
    }
    if (o->fields & PLETHIO_PLX_STATUS)
        o->status = take(&p, 2);
    if (o->fields & PLETHIO_PLX_DEVICE)
        o->device = take(&p, 3);
    if (o->fields & PLETHIO_PLX_AMPLITUDE)
        o->amplitude = take_sfloat(&p);
    return p.short_of || p.at != p.size || o->fields > 31 ? -1 : 0;
}

size_t plethio_oximetry_encode(const struct plethio_oximetry *o, uint8_t *packet, size_t size)
{
    struct packet p = {.to = packet, .size = size};

    if (o->fields < 0 || o->fields > 31 || o->status > 0xffff || o->device > 0xffffff)
        return 0;
    put(&p, 1, (uint32_t)o->fields);
    put_sfloat(&p, o->spo2);
    put_sfloat(&p, o->pulse);
    if (o->fields & PLETHIO_PLX_FAST) {
        put_sfloat(&p, o->fast_spo2);
        put_sfloat(&p, o->fast_pulse);
    }
    if (o->fields & PLETHIO_PLX_SLOW) {
        put_sfloat(&p, o->slow_spo2);
        put_sfloat(&p, o->slow_pulse);
    }
    if (o->fields & PLETHIO_PLX_STATUS)
        put(&p, 2, o->status);
    if (o->fields & PLETHIO_PLX_DEVICE)
        put(&p, 3, o->device);
    if (o->fields & PLETHIO_PLX_AMPLITUDE)
        put_sfloat(&p, o->amplitude);
    return p.short_of ? 0 : p.at;
}
