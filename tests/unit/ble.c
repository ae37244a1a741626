/* Bluetooth packets, each worked out by hand from the services' tables. */
#include "test.h"

#include "ble.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

static struct plethio_heart_rate h;
static struct plethio_oximetry o;

/* Decoded, it must be encoded again to the same bytes, and no shorter piece of it is a packet. */
static void heart_rate(const uint8_t *packet, size_t size, size_t least)
{
    uint8_t again[PLETHIO_BLE_PACKET];

    for (size_t cut = 0; cut < size; cut++)
        CHECK(plethio_heart_rate_decode(&h, packet, cut) ==
              (cut >= least && (size - cut) % 2 == 0 ? 0 : -1));
    CHECK(plethio_heart_rate_decode(&h, packet, size) == 0);
    CHECK(plethio_heart_rate_encode(&h, again, sizeof again) == size);
    CHECK(memcmp(packet, again, size) == 0);
    CHECK(plethio_heart_rate_encode(&h, again, size - 1) == 0);
}

static void test_heart_rate(void)
{
    /* 0x16: contact, one byte, RR of 0x0333 = 819 and 0x0400 = 1024: 0.8 s and 1 s */
    heart_rate(BYTES(0x16, 72, 0x33, 0x03, 0x00, 0x04), 2);
    CHECK(h.per_min == 72 && h.contact == PLETHIO_CONTACT && h.energy_kj == -1);
    CHECK(h.intervals == 2 && h.interval[0] == 819 && h.interval[1] == 1024);
    CHECK_NEAR(h.interval[0] / 1024.0, 0.8, 0.5 / 1024);

    /* energy moves the intervals by two bytes */
    heart_rate(BYTES(0x1c, 60, 0x2c, 0x01, 0xff, 0x03, 0x01, 0x04, 0x00, 0x04), 4);
    CHECK(h.contact == PLETHIO_NO_CONTACT && h.energy_kj == 300 && h.intervals == 3);
    CHECK(h.interval[0] == 1023 && h.interval[1] == 1025 && h.interval[2] == 1024);

    heart_rate(BYTES(0x00, 0), 2);
    CHECK(h.per_min == 0 && h.contact == PLETHIO_CONTACT_UNKNOWN && h.intervals == 0);

    /* two bytes of rate, all fields */
    heart_rate(BYTES(0x1f, 0x2c, 0x01, 0xff, 0xff, 0x66, 0x00), 5);
    CHECK(h.per_min == 300 && h.energy_kj == 65535 && h.intervals == 1 && h.interval[0] == 102);

    /* a small rate in two bytes is one; the contact bit means nothing where it is not supported */
    CHECK(plethio_heart_rate_decode(&h, BYTES(0x03, 70, 0)) == 0 && h.per_min == 70);
    CHECK(h.contact == PLETHIO_CONTACT_UNKNOWN);
    CHECK(plethio_heart_rate_decode(&h, BYTES(0x00, 70, 1)) == -1);
    CHECK(plethio_heart_rate_decode(&h, NULL, 0) == -1);
}

static void test_heart_rate_bounds(void)
{
    uint8_t packet[PLETHIO_BLE_PACKET + 2] = {0x10, 60};
    struct plethio_heart_rate full = {
        .per_min = 255, .energy_kj = -1, .intervals = PLETHIO_BLE_INTERVALS};

    CHECK(plethio_heart_rate_decode(&h, packet, PLETHIO_BLE_PACKET) == 0);
    CHECK(h.intervals == PLETHIO_BLE_INTERVALS);
    CHECK(plethio_heart_rate_decode(&h, packet, sizeof packet) == -1);
    CHECK(plethio_heart_rate_encode(&full, packet, PLETHIO_BLE_PACKET) == PLETHIO_BLE_PACKET);
    full.intervals = 9;
    CHECK(plethio_heart_rate_encode(&full, packet, 20) == 20);
    full.intervals = 10;
    CHECK(plethio_heart_rate_encode(&full, packet, 20) == 0);
    full.per_min = 65536;
    CHECK(plethio_heart_rate_encode(&full, packet, sizeof packet) == 0);
    full.per_min = -1;
    CHECK(plethio_heart_rate_encode(&full, packet, sizeof packet) == 0);
    full.per_min = 60;
    full.energy_kj = 65536;
    CHECK(plethio_heart_rate_encode(&full, packet, sizeof packet) == 0);
}

static void test_sfloat(void)
{
    static const struct {
        uint16_t bits;
        double value;
    } both[] = {{0x0062, 98},
                {0xf3d9, 98.5},
                {0x0000, 0},
                {0x0048, 72},
                {0x0fff, -1},
                {0xfff1, -1.5},
                {0x07fd, 2045},
                {0x10cd, 2050},
                {0x7001, 1e7},
                {0x77fd, 2045e7},
                {0x8001, 1e-8},
                {0xe7ce, 19.98},
                {0x07fe, (double)INFINITY},
                {0x0802, (double)-INFINITY}};
    static const uint16_t none[] = {0x07ff, 0x0800, 0x0801};

    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        CHECK(plethio_sfloat_decode(both[i].bits) == both[i].value);
        CHECK(plethio_sfloat_encode(both[i].value) == both[i].bits ||
              plethio_sfloat_decode(plethio_sfloat_encode(both[i].value)) == both[i].value);
    }
    CHECK(plethio_sfloat_encode(98) == 0x0062 && plethio_sfloat_encode(98.5) == 0xf3d9);
    CHECK(plethio_sfloat_encode(-1) == 0x0fff && plethio_sfloat_encode(0) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(isnan(plethio_sfloat_decode(none[i])));
    CHECK(plethio_sfloat_encode((double)NAN) == 0x07ff);
    CHECK(plethio_sfloat_encode(3e10) == 0x07fe && plethio_sfloat_encode(-1e300) == 0x0802);
    CHECK(plethio_sfloat_encode(1e-12) == 0 && plethio_sfloat_encode(-1e-12) == 0);
    /* 2046 and 2047 are infinity and NaN: a digit less is kept */
    CHECK(plethio_sfloat_encode(2047) == 0x10cd && plethio_sfloat_encode(2046) == 0x10cd);
    /* rounded to at least three digits */
    for (double v = 1.2345e-4; v < 2e10; v *= 1.37)
        CHECK_NEAR(plethio_sfloat_decode(plethio_sfloat_encode(v)), v, v / 400);
    /* every pattern that is a number is its own */
    for (int bits = 0; bits < 65536; bits++) {
        const double v = plethio_sfloat_decode((uint16_t)bits);

        if (isfinite(v) && v != -2048e7)
            CHECK_NEAR(plethio_sfloat_decode(plethio_sfloat_encode(v)), v, fabs(v) / 400);
    }
}

static void oximetry(const uint8_t *packet, size_t size)
{
    uint8_t again[32];

    for (size_t cut = 0; cut < size; cut++)
        CHECK(plethio_oximetry_decode(&o, packet, cut) == -1);
    CHECK(plethio_oximetry_decode(&o, packet, size) == 0);
    CHECK(plethio_oximetry_encode(&o, again, sizeof again) == size);
    CHECK(memcmp(packet, again, size) == 0);
    CHECK(plethio_oximetry_encode(&o, again, size - 1) == 0);
}

static void test_oximetry(void)
{
    oximetry(BYTES(0x00, 98, 0, 72, 0));
    CHECK(o.spo2 == 98 && o.pulse == 72 && isnan(o.fast_spo2) && isnan(o.amplitude));
    CHECK(o.status == 0 && o.device == 0);

    /* every field: 97.5 = 975e-1; no fast values; validated (bit 7); sensor displaced (bit 13) */
    oximetry(BYTES(0x1f, 0xcf, 0xf3, 60, 0, 0xff, 0x07, 0xff, 0x07, 97, 0, 61, 0, 0x80, 0x00, 0x00,
                   0x20, 0x00, 0x19, 0xf0));
    CHECK(o.spo2 == 97.5 && o.pulse == 60 && isnan(o.fast_spo2) && isnan(o.fast_pulse));
    CHECK(o.slow_spo2 == 97 && o.slow_pulse == 61 && o.status == 0x80 && o.device == 0x2000);
    CHECK(o.amplitude == 2.5);

    /* status alone; amplitude alone */
    oximetry(BYTES(0x04, 98, 0, 72, 0, 0x34, 0x12));
    CHECK(o.status == 0x1234 && isnan(o.amplitude));
    oximetry(BYTES(0x10, 98, 0, 72, 0, 0xfe, 0x07));
    CHECK(isinf(o.amplitude) && o.amplitude > 0);

    CHECK(plethio_oximetry_decode(&o, BYTES(0x20, 98, 0, 72, 0)) == -1);
    CHECK(plethio_oximetry_decode(&o, BYTES(0x00, 98, 0, 72, 0, 1)) == -1);
    o = (struct plethio_oximetry){.fields = 4, .status = 0x10000};
    CHECK(plethio_oximetry_encode(&o, (uint8_t[32]){0}, 32) == 0);
    o = (struct plethio_oximetry){.fields = 32};
    CHECK(plethio_oximetry_encode(&o, (uint8_t[32]){0}, 32) == 0);
}

int main(void)
{
    test_heart_rate();
    test_heart_rate_bounds();
    test_sfloat();
    test_oximetry();
    return test_done();
}
