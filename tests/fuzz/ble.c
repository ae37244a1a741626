/* Bluetooth packets: what can be decoded is encoded again to a packet that says the same. */
#include "fuzz.h"

#include <math.h>

#include "ble.h"

static int same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) || a == -2048e7 || fabs(a - b) <= fabs(a) / 400;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plethio_heart_rate h, h2;
    static struct plethio_oximetry o, o2;
    uint8_t packet[PLETHIO_BLE_PACKET];
    size_t n;

    if (plethio_heart_rate_decode(&h, data, size) == 0) {
        n = plethio_heart_rate_encode(&h, packet, sizeof packet);
        MUST(n > 0 && n <= size);
        MUST(plethio_heart_rate_decode(&h2, packet, n) == 0 && memcmp(&h, &h2, sizeof h) == 0);
    }
    if (plethio_oximetry_decode(&o, data, size) == 0) {
        n = plethio_oximetry_encode(&o, packet, sizeof packet);
        MUST(n == size && plethio_oximetry_decode(&o2, packet, n) == 0);
        MUST(o.fields == o2.fields && o.status == o2.status && o.device == o2.device);
        MUST(same(o.spo2, o2.spo2) && same(o.amplitude, o2.amplitude));
    }
    return 0;
}
