/* Packets of Bluetooth LE's Heart Rate Service (0x180D) and Pulse Oximeter Service (0x1822) as
 * plain functions: no radio, no memory of their own. All numbers are little-endian. Sources: Heart
 * Rate Service 1.0, Pulse Oximeter Service 1.0, IEEE 11073-20601 (SFLOAT). */
#ifndef PLETHIO_BLE_H
#define PLETHIO_BLE_H

#include <stddef.h>
#include <stdint.h>

/* What one notification holds at most with any MTU; 20 bytes with the smallest. */
enum { PLETHIO_BLE_PACKET = 512, PLETHIO_BLE_INTERVALS = (PLETHIO_BLE_PACKET - 2) / 2 };

enum plethio_contact { PLETHIO_CONTACT_UNKNOWN, PLETHIO_NO_CONTACT, PLETHIO_CONTACT };

/* Heart Rate Measurement, 0x2A37. */
struct plethio_heart_rate {
    /* beats a minute, 0..65535 */
    int per_min;
    enum plethio_contact contact;
    /* since the last reset, 0..65535; -1: not stated */
    int energy_kj;
    /* RR intervals in 1/1024 s, oldest first */
    int intervals;
    uint16_t interval[PLETHIO_BLE_INTERVALS];
};

/* 0, or -1: cut off, bytes left over, or more than PLETHIO_BLE_PACKET. */
int plethio_heart_rate_decode(struct plethio_heart_rate *h, const uint8_t *packet, size_t size);
/* Bytes written, the rate in one byte where it fits; 0 where size does not do or a value is out of
 * its range. */
size_t plethio_heart_rate_encode(const struct plethio_heart_rate *h, uint8_t *packet, size_t size);

/* Which optional fields a PLX Continuous Measurement has. */
enum {
    PLETHIO_PLX_FAST = 1,
    PLETHIO_PLX_SLOW = 2,
    PLETHIO_PLX_STATUS = 4,
    PLETHIO_PLX_DEVICE = 8,
    PLETHIO_PLX_AMPLITUDE = 16
};

/* PLX Continuous Measurement, 0x2A5F: saturation in %, pulse a minute; NAN: no value. */
struct plethio_oximetry {
    /* PLETHIO_PLX_...; fields without their bit are NAN and 0 */
    int fields;
    double spo2, pulse, fast_spo2, fast_pulse, slow_spo2, slow_pulse;
    /* measurement status (16 bits), device and sensor status (24 bits) */
    uint32_t status, device;
    /* pulse amplitude index, % */
    double amplitude;
};

/* As those of the heart rate. A reserved flag is refused, as the length of its field is unknown. */
int plethio_oximetry_decode(struct plethio_oximetry *o, const uint8_t *packet, size_t size);
size_t plethio_oximetry_encode(const struct plethio_oximetry *o, uint8_t *packet, size_t size);

/* SFLOAT: 12 bits of mantissa, 4 of a power of ten. NAN (0x07ff; also what is not at this
 * resolution, 0x0800, and reserved, 0x0801) and infinities (0x07fe, 0x0802). What is too large
 * becomes infinite, what has more than three to four digits is rounded. */
double plethio_sfloat_decode(uint16_t bits);
uint16_t plethio_sfloat_encode(double value);

#endif
