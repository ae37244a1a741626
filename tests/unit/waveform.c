/* Waves written as WFDB and EDF+: against the bytes of the published formats, and read back. */
#define _POSIX_C_SOURCE 200809L
#include "recording.h"

#include "waveform.h"

enum { N = 95 };

static const struct plethio_channel two[] = {{.name = "pulse", .unit = ""},
                                             {.name = "resp", .unit = "mV s"}};
static struct plethio_error e;

static float value_of(int n, int channel)
{
    if (n >= 40 && n < 50)
        return NAN;
    return (float)(channel == 0 ? sin(0.3 * n) : 1000 + 20 * cos(0.1 * n));
}

static struct plethio_waveform *begin(const char *path, double rate_hz)
{
    struct plethio_waveform *w;

    if (plethio_waveform_open(&w, path, two, 2, rate_hz, &e))
        printf("%s\n", e.text);
    CHECK(w != NULL);
    return w;
}

static void write_whole(const char *path, double rate_hz)
{
    struct plethio_waveform *w = begin(path, rate_hz);

    for (int n = 0; w && n < N; n++) {
        const float value[2] = {value_of(n, 0), value_of(n, 1)};

        CHECK(plethio_waveform_push(w, value, &e) == 0);
    }
    CHECK(access(path, F_OK) != 0);
    CHECK(plethio_waveform_close(&w, 1, &e) == 0 && !w);
}

/* Reads back within half a step of the 16 bits. */
static void read_back(const char *path, double rate_hz, int held, int padded)
{
    struct plethio_biosignal *b = recording_open(path, 0);
    struct plethio_biosignal_info info;
    float last[2] = {0, 0};
    int64_t time_ns;
    float value[PLETHIO_CHANNELS];
    int n = 0;

    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(info.channels == 2 && fabs(info.rate_hz - rate_hz) < 1e-9);
    CHECK(strcmp(info.channel[0].name, "pulse") == 0 && info.channel[0].kind == PLETHIO_OPTICAL);
    CHECK(info.channel[1].kind == PLETHIO_RESPIRATION);
    while (plethio_biosignal_next(b, &time_ns, value, &e) == 1) {
        CHECK_NEAR((double)time_ns, n * 1e9 / rate_hz, 1);
        for (int i = 0; i < 2; i++) {
            const float truth = n < N ? value_of(n, i) : NAN;

            if (isfinite(truth))
                CHECK_NEAR((double)value[i], (double)truth, (i == 0 ? 2.0 : 40.0) / 65000);
            else if (held)
                CHECK(value[i] == last[i]);
            else
                CHECK(isnan(value[i]));
            last[i] = value[i];
        }
        n++;
    }
    CHECK(n == N + padded);
    plethio_biosignal_close(&b);
}

static long read_file(const char *path, unsigned char *to, size_t size)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(to, 1, size, f) : 0;

    if (f)
        fclose(f);
    return (long)n;
}

static void test_wfdb(void)
{
    unsigned char data[4 * N + 1];
    char line[3][256], unit[32], name[32];
    double gain;
    long zero, sum = 0;
    int first, checksum;
    FILE *f;

    write_whole(recording_path("w.hea"), 30);
    CHECK(access(recording_path("w.hea.part"), F_OK) && access(recording_path("w.dat.part"), F_OK));
    read_back(recording_path("w"), 30, 0, 0);
    /* header(5): the first sample and the sum of all, to 16 bits */
    CHECK(read_file(recording_path("w.dat"), data, sizeof data) == 4 * N);
    f = fopen(recording_path("w.hea"), "r");
    for (int i = 0; i < 3; i++)
        CHECK(f && fgets(line[i], sizeof line[i], f));
    fclose(f);
    CHECK(strcmp(line[0], "w 2 30 95\n") == 0);
    CHECK(sscanf(line[2], "w.dat 16 %lf(%ld)/%31s 16 0 %d %d 0 %31s", &gain, &zero, unit, &first,
                 &checksum, name) == 6);
    CHECK(strcmp(unit, "mV_s") == 0 && strcmp(name, "resp") == 0);
    for (int n = 0; n < N; n++)
        sum += (int16_t)(data[4 * n + 2] | data[4 * n + 3] << 8);
    CHECK(checksum == (int16_t)sum);
    CHECK(first == (int16_t)(data[2] | data[3] << 8));
    CHECK_NEAR((first - (double)zero) / gain, 1020, 1e-3);
    CHECK(data[4 * 40] == 0 && data[4 * 40 + 1] == 0x80);
}

static void test_refused(void)
{
    struct plethio_waveform *w;
    char long_name[2000];

    CHECK(plethio_is_waveform("a.edf") && plethio_is_waveform("b/c.HEA"));
    CHECK(!plethio_is_waveform("a.csv") && !plethio_is_waveform("-") && !plethio_is_waveform(""));
    CHECK(plethio_waveform_open(&w, recording_path("a b.hea"), two, 2, 30, &e) == -1 && !w);
    CHECK(strstr(e.text, "letters") != NULL);
    CHECK(plethio_waveform_open(&w, recording_path("absent/x.hea"), two, 2, 30, &e) == -1 && !w);
    CHECK(strstr(e.text, "No such file") != NULL);
    memset(long_name, 'a', sizeof long_name);
    strcpy(long_name + sizeof long_name - 5, ".hea");
    CHECK(plethio_waveform_open(&w, long_name, two, 2, 30, &e) == -1 && !w);
    /* what is not kept leaves nothing */
    w = begin(recording_path("gone.hea"), 30);
    CHECK(plethio_waveform_close(&w, 0, &e) == 0 && !w);
    CHECK(access(recording_path("gone.hea.part"), F_OK) &&
          access(recording_path("gone.hea"), F_OK));
}

/* No value at all, one that does not change, and infinities. */
static void test_flat(const char *path)
{
    static const float row[3][2] = {{NAN, 5}, {INFINITY, 5}, {NAN, 5}};
    struct plethio_waveform *w = begin(path, 1);
    struct plethio_biosignal *b;

    for (int i = 0; w && i < 3; i++)
        CHECK(plethio_waveform_push(w, row[i], &e) == 0);
    if (plethio_waveform_close(&w, 1, &e))
        printf("%s\n", e.text);
    /* at one sample a second "pulse" is no wave, "resp" may be */
    b = recording_open(path, 0);
    for (int i = 0; b && i < 3; i++) {
        int64_t time_ns;
        float value[PLETHIO_CHANNELS];

        CHECK(plethio_biosignal_next(b, &time_ns, value, &e) == 1);
        CHECK_NEAR((double)value[1], 5, 1e-3);
    }
    recording_done(b);
}

static void test_edf(void)
{
#ifdef PLETH_WITH_EDF
    static unsigned char bytes[1 << 16];
    const char *found;
    struct plethio_waveform *w;
    long size;

    write_whole(recording_path("w.edf"), 30);
    /* 95 samples are three records and a part: 25 more are held */
    read_back(recording_path("w.edf"), 30, 1, 25);
    size = read_file(recording_path("w.edf"), bytes, sizeof bytes);
    CHECK(size > 768 && memcmp(bytes, "0       ", 8) == 0 && memcmp(bytes + 192, "EDF+C", 5) == 0);
    CHECK(memcmp(bytes + 168, "01.01.85", 8) == 0);
    /* "+1.3333\x15" "0.3333\x14no value\x14": 40 / 30 s for 10 / 30 s */
    found = NULL;
    for (long i = 0; i + 30 < size && !found; i++)
        if (memcmp(bytes + i, "+1.3333", 7) == 0)
            found = (const char *)bytes + i;
    CHECK(found &&
          strstr(found, "\x15"
                        "0.3333") &&
          strstr(found, "\x14no value\x14"));

    write_whole(recording_path("half.edf"), 12.5);
    read_back(recording_path("half.edf"), 12.5, 1, 5);
    test_flat(recording_path("flat.edf"));
    CHECK(plethio_waveform_open(&w, recording_path("x.edf"), two, 2, 29.97003, &e) == -1 && !w);
    CHECK(strstr(e.text, "EDF cannot hold") != NULL);
#else
    struct plethio_waveform *w;

    CHECK(plethio_waveform_open(&w, recording_path("x.edf"), two, 2, 30, &e) == -1 && !w);
    CHECK(strstr(e.text, "libedf-dev") != NULL);
#endif
}

int main(void)
{
    recording_begin();
    test_wfdb();
    test_flat(recording_path("flat.hea"));
    test_refused();
    test_edf();
    recording_end();
    return test_done();
}
