/* The page of a measurement, for all kinds of measurements: nothing, little, much, and values that
 * no measurement should hold. */
#include "plot.h"

#include <string.h>

#include "../test.h"

#ifdef PLETH_WITH_CAIRO

#define HOUR_S 3600

static pleth_reading reading[HOUR_S];
static pleth_wave wave[HOUR_S * PLETH_WAVE_HZ];
static char content[8 << 20];

static const double pi = 3.14159265358979323846;

/* seconds of a pulse of 72 /min and a breath of 15 /min, all of it known after 10 s */
static struct measurement make(int seconds)
{
    struct measurement m;
    const int64_t origin_ns = 1234567890123456789;
    memset(&m, 0, sizeof m);
    memset(reading, 0, sizeof reading);
    for (int i = 0; i < seconds * PLETH_WAVE_HZ; i++) {
        double t = i / (double)PLETH_WAVE_HZ;
        wave[i].time_ns = origin_ns + (int64_t)(1e9 * t);
        wave[i].pulse = (float)(cos(2 * pi * 1.2 * t) + 0.3 * cos(4 * pi * 1.2 * t - 1));
        wave[i].breathing = (float)sin(2 * pi * 0.25 * t);
    }
    for (int i = 0; i < seconds; i++) {
        pleth_vital *v[2] = {&reading[i].heart_rate, &reading[i].breathing_rate};
        reading[i].time_s = i + 1;
        reading[i].time_ns = origin_ns + (int64_t)(1e9 * (i + 1));
        reading[i].rate_hz = 30;
        for (int k = 0; k < 2; k++) {
            v[k]->have = i >= 9;
            v[k]->reasons = i >= 9 ? 0 : PLETH_WARMING_UP;
            v[k]->value = k ? 15 : 72;
            v[k]->sd = 1;
            v[k]->quality = 0.9f;
            v[k]->window_start_s = (float)(i > 9 ? i - 9 : 0);
            v[k]->window_end_s = (float)(i + 1);
        }
    }
    m.reading = reading;
    m.readings = seconds;
    m.wave = wave;
    m.waves = seconds * PLETH_WAVE_HZ;
    m.summary.duration_s = seconds;
    if (seconds) {
        m.summary.heart_rate = reading[seconds - 1].heart_rate;
        m.summary.breathing_rate = reading[seconds - 1].breathing_rate;
    }
    m.summary.heart_coverage = m.summary.breathing_coverage = 0.9;
    m.rate_min = 40;
    m.rate_max = 220;
    return m;
}

/* draws, and looks at what came out: no number that is none, and a size that can be sent by mail */
static void check_page(const struct measurement *m, const char *title)
{
    struct measure_options o;
    struct plethio_error e = {""};
    size_t n;
    FILE *f;
    memset(&o, 0, sizeof o);
    CHECK(plot_measurement("plot_test.svg", title, m, &o, &e) == 0);
    f = fopen("plot_test.svg", "rb");
    CHECK(f != NULL);
    if (!f)
        return;
    n = fread(content, 1, sizeof content - 1, f);
    fclose(f);
    content[n] = 0;
    CHECK(n > 10000 && n < 3 << 20);
    CHECK(strstr(content, "</svg>") != NULL);
    CHECK(strstr(content, "nan") == NULL && strstr(content, "inf") == NULL);

    CHECK(plot_measurement("plot_test.png", title, m, &o, &e) == 0);
    f = fopen("plot_test.png", "rb");
    CHECK(f != NULL);
    if (!f)
        return;
    n = fread(content, 1, sizeof content - 1, f);
    fclose(f);
    /* 1200 x 900 in the header */
    CHECK(n > 5000 && n < 1 << 20);
    CHECK(memcmp(content + 16, "\0\0\x04\xb0\0\0\x03\x84", 8) == 0);
}

static void forget(struct measurement *m, uint32_t reason)
{
    for (int i = 0; i < m->readings; i++) {
        m->reading[i].heart_rate.have = m->reading[i].breathing_rate.have = 0;
        m->reading[i].heart_rate.reasons = m->reading[i].breathing_rate.reasons = reason;
    }
    m->summary.heart_rate.have = m->summary.breathing_rate.have = 0;
    m->summary.heart_rate.reasons = m->summary.breathing_rate.reasons = reason;
}

int main(void)
{
    const float odd = (float)NAN, huge = (float)INFINITY;
    struct plethio_error e = {""};
    struct measurement m = make(60);
    check_page(&m, "clip.mp4");

    m.summary.have_variability = 1;
    m.summary.variability.sdnn_ms = 40;
    m.summary.variability.intervals = 70;
    snprintf(m.warning, sizeof m.warning, "clip.mp4: cut short");
    check_page(&m,
               "a name that is no UTF-8: \xff\xfe, and one that does not end, and does not end, "
               "and does not end, and does not end.mp4");

    m.waves = 0;
    check_page(&m, "no wave kept");
    m.waves = 1;
    check_page(&m, "a wave of one sample");

    m = make(60);
    forget(&m, PLETH_NO_FACE | PLETH_WARMING_UP);
    check_page(&m, "nothing known");
    forget(&m, 0);
    check_page(&m, "nothing known and no reason");

    m = make(20);
    m.readings = 1;
    m.reading[0] = m.reading[15];
    check_page(&m, "one reading");
    m.readings = 0;
    check_page(&m, "no reading");

    m = make(0);
    m.reading = NULL;
    m.wave = NULL;
    check_page(&m, "nothing at all");

    /* an hour, with every third reading unknown for ever other reasons */
    m = make(HOUR_S);
    for (int i = 0; i < HOUR_S; i += 3) {
        m.reading[i].heart_rate.have = 0;
        m.reading[i].heart_rate.reasons = 1u << (i % PLETH_REASON_COUNT);
    }
    check_page(&m, "an hour");

    /* a recording that begins late in the wave, and one whose clock went back */
    m = make(40);
    m.wave += 20 * PLETH_WAVE_HZ;
    m.waves -= 20 * PLETH_WAVE_HZ;
    check_page(&m, "late wave");
    for (int i = 0; i < 10; i++)
        m.wave[i].time_ns += 1000000000;
    check_page(&m, "a clock that goes back");

    /* what no measurement should hold still gives a page */
    m = make(60);
    for (int i = 0; i < 60; i += 7) {
        m.reading[i].heart_rate.value = odd;
        m.reading[i].breathing_rate.sd = huge;
        m.wave[30 * i].pulse = huge;
        m.wave[30 * i + 5].breathing = odd;
    }
    m.summary.heart_rate.value = odd;
    m.summary.heart_coverage = (double)odd;
    m.summary.duration_s = (double)huge;
    check_page(&m, "odd values");
    for (int i = 0; i < m.waves; i++)
        m.wave[i].pulse = m.wave[i].breathing = 0;
    check_page(&m, "a flat wave");

    CHECK(plot_check("plot_test.png", &e) == 0);
    CHECK(plot_check("plot_test.jpg", &e) == -1 && strstr(e.text, ".png"));
    CHECK(plot_check("no/such/folder/x.svg", &e) == -1 && strstr(e.text, "no/such/folder/x.svg"));
    remove("plot_test.png");
    remove("plot_test.svg");
    return test_done();
}

#else

int main(void)
{
    test_skip("built without cairo");
    return 0;
}

#endif
