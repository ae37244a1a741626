/* EDF and BDF recordings: headers laid out here byte by byte from the published format (Kemp et al.
 * 1992, Kemp and Olivan 2003), read back through EDFlib. */
#define _POSIX_C_SOURCE 200809L
#include "recording.h"

#ifdef PLETH_WITH_EDF

struct channel {
    const char *label, *unit;
    double least, most;
    int per_record;
};

static char file[1 << 16];
static size_t size;

static void put(const char *text, int width)
{
    size += (size_t)snprintf(file + size, sizeof file - size, "%-*.*s", width, width, text);
}

static void put_number(double v, int width)
{
    char text[32];

    snprintf(text, sizeof text, "%.8g", v);
    put(text, width);
}

static void sample(int v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        file[size++] = (char)(v >> (8 * i));
}

/* A header; the digital range is that of the sample's bytes. */
static void header(const struct channel *c, int n, int records, double record_s, int bytes)
{
    const double range = bytes == 2 ? 32767 : 8388607;

    size = 0;
    memset(file, 0, sizeof file);
    if (bytes == 2)
        put("0", 8);
    else
        put("\xff"
            "BIOSEMI",
            8);
    put("X X X X", 80);
    put("Startdate X X X X", 80);
    put("01.01.20", 8);
    put("10.00.00", 8);
    put_number(256 * (n + 1), 8);
    put(bytes == 2 ? "" : "24BIT", 44);
    put_number(records, 8);
    put_number(record_s, 8);
    put_number(n, 4);
    for (int i = 0; i < n; i++)
        put(c[i].label, 16);
    put("", 80 * n);
    for (int i = 0; i < n; i++)
        put(c[i].unit, 8);
    for (int i = 0; i < n; i++)
        put_number(c[i].least, 8);
    for (int i = 0; i < n; i++)
        put_number(c[i].most, 8);
    for (int i = 0; i < n; i++)
        put_number(-range - 1, 8);
    for (int i = 0; i < n; i++)
        put_number(range, 8);
    put("", 80 * n);
    for (int i = 0; i < n; i++)
        put_number(c[i].per_record, 8);
    put("", 32 * n);
}

static const struct channel three[] = {{"Pleth", "mV", -32768, 32767, 4},
                                       {"Accel X", "g", -3276.8, 3276.7, 2},
                                       {"ECG II", "uV", -65536, 65534, 4}};

/* Two records of half a second: light at 8 Hz, motion at 4 Hz. */
static void three_signals(void)
{
    header(three, 3, 2, 0.5, 2);
    for (int record = 0; record < 2; record++) {
        for (int i = 0; i < 4; i++)
            sample(100 * record + i - 2, 2);
        for (int i = 0; i < 2; i++)
            sample(10 * (2 * record + i), 2);
        for (int i = 0; i < 4; i++)
            sample(-i, 2);
    }
}

static void test_edf(void)
{
    struct plethio_biosignal_info info;
    struct plethio_biosignal *b;

    three_signals();
    b = recording_open(recording_bytes("a.edf", file, size), 0);
    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(strcmp(info.format, "edf") == 0 && info.channels == 3 && info.rate_hz == 8);
    CHECK(info.duration_s == 1);
    CHECK(strcmp(info.channel[0].name, "Pleth") == 0 && strcmp(info.channel[0].unit, "mV") == 0);
    CHECK(info.channel[0].kind == PLETHIO_OPTICAL && info.channel[1].kind == PLETHIO_ACC_X &&
          info.channel[2].kind == PLETHIO_ECG);
    RECORDING_ROW(b, 0, -2, 0, 0);
    RECORDING_ROW(b, 0.125, -1, 0.5, -2);
    RECORDING_ROW(b, 0.25, 0, 1, -4);
    RECORDING_ROW(b, 0.375, 1, 1.5, -6);
    RECORDING_ROW(b, 0.5, 98, 2, 0);
    RECORDING_ROW(b, 0.625, 99, 2.5, -2);
    RECORDING_ROW(b, 0.75, 100, 3, -4);
    RECORDING_ROW(b, 0.875, 101, 3, -6);
    recording_done(b);
    CHECK(plethio_is_biosignal(recording_path("a.edf")));

    b = recording_open(recording_path("a.edf"), 16);
    RECORDING_ROW(b, 0, -2, 0, 0);
    RECORDING_ROW(b, 1 / 16.0, -1, 0.5, -2);
    plethio_biosignal_close(&b);
}

static void test_bdf(void)
{
    static const struct channel one[] = {{"PPG red", "nA", -8388608, 8388607, 16}};
    struct plethio_biosignal *b;

    header(one, 1, 1, 1, 3);
    for (int i = 0; i < 16; i++)
        sample(i % 2 ? -8388608 + i : 8388607 - i, 3);
    b = recording_open(recording_bytes("b.bdf", file, size), 0);
    for (int i = 0; i < 16; i++)
        RECORDING_ROW(b, i / 16.0, i % 2 ? -8388608 + i : 8388607 - i);
    recording_done(b);
}

/* More signals than places: those of no known kind go. */
static void test_many(void)
{
    struct channel many[40];
    struct plethio_biosignal_info info;
    struct plethio_biosignal *b;

    for (int i = 0; i < 40; i++)
        many[i] = (struct channel){i == 39 ? "PPG" : "EEG", "uV", -32768, 32767, 8};
    header(many, 40, 1, 1, 2);
    for (int i = 0; i < 40 * 8; i++)
        sample(i, 2);
    b = recording_open(recording_bytes("many.edf", file, size), 0);
    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(info.channels == 1);
    RECORDING_ROW(b, 0, 39 * 8);
    plethio_biosignal_close(&b);
}

static void test_refused(void)
{
    static const struct channel eeg[] = {{"EEG", "uV", -32768, 32767, 8}};
    static const struct channel slow[] = {{"Pulse", "bpm", -32768, 32767, 1}};
    static const struct channel flat[] = {{"PPG", "uV", 1, 1, 8}};

    three_signals();
    for (size_t cut = 0; cut < size; cut += cut < 1024 ? 100 : 7)
        recording_refused(recording_bytes("cut.edf", file, cut), 0, "broken");
    recording_refused(recording_path("absent.edf"), 0, "cannot be opened");
    memset(file + 236, '9', 8);
    recording_refused(recording_bytes("records.edf", file, size), 0, "broken");
    header(eeg, 1, 1, 1, 2);
    for (int i = 0; i < 8; i++)
        sample(i, 2);
    recording_refused(recording_bytes("eeg.edf", file, size), 0, "it has: EEG");
    header(slow, 1, 1, 1, 2);
    sample(60, 2);
    recording_refused(recording_bytes("slow.edf", file, size), 0, "it has: Pulse");
    header(flat, 1, 1, 1, 2);
    for (int i = 0; i < 8; i++)
        sample(i, 2);
    recording_refused(recording_bytes("flat.edf", file, size), 0, "broken");
}

int main(void)
{
    recording_begin();
    test_edf();
    test_bdf();
    test_many();
    test_refused();
    recording_end();
    return test_done();
}

#else

int main(void)
{
    recording_begin();
    recording_refused(recording_bytes("a.edf", "0       ", 8), 0, "libedf-dev");
    recording_end();
    if (test_failures)
        return test_done();
    test_skip("built without EDFlib");
}

#endif
