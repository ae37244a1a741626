/* Data sets of sensors as they are published, in files laid out here: which recordings there are,
 * whose they are, what was measured and what their references say. And two recordings that are
 * known from elsewhere, laid out anew: evaluated, they give what they gave. */
#define _POSIX_C_SOURCE 200809L
#include "recording.h"

#include <sys/wait.h>

#include "dataset.h"
#include "memory.h"
#include "table.h"
#include "tool.h"

static void folder(const char *name)
{
    CHECK(mkdir(recording_path(name), 0700) == 0);
}

/* Opens a set that has so many recordings, and the reference of each of these. */
static int open_set(struct plethio_dataset *d, const char *layout, const char *root, int count)
{
    struct plethio_error e = {{0}};
    const int status =
        plethio_dataset_open(d, plethio_layout_find(layout), recording_path(root), &e);

    CHECK(status == 0);
    if (status) {
        printf("%s\n", e.text);
        return -1;
    }
    CHECK(d->count == count);
    return d->count == count ? 0 : -1;
}

static void refused_set(const char *layout, const char *root, const char *word)
{
    struct plethio_dataset d;
    struct plethio_error e = {{0}};

    CHECK(plethio_dataset_open(&d, plethio_layout_find(layout), recording_path(root), &e) == -1);
    CHECK(strstr(e.text, word) && !strchr(e.text, '\n'));
    if (!strstr(e.text, word))
        printf("\"%s\" does not say \"%s\"\n", e.text, word);
}

static void check_recording(const struct plethio_dataset *d, int i, const char *name,
                            const char *person)
{
    CHECK(strcmp(d->recording[i].name, name) == 0 && strcmp(d->recording[i].person, person) == 0);
    if (strcmp(d->recording[i].name, name) != 0)
        printf("recording %d is %s, not %s\n", i, d->recording[i].name, name);
}

static int reference_of(struct plethio_reference *r, const struct plethio_dataset *d, int i)
{
    struct plethio_error e = {{0}};

    const int status = plethio_reference_read(r, d->layout, &d->recording[i], &e);

    CHECK(status == 0);
    if (status)
        printf("%s\n", e.text);
    return status;
}

/* A reference of windows of 8 s, step_s apart. NAN stands for a rate that is not known. */
static void check_windows(const struct plethio_dataset *d, int i, double step_s, int n,
                          const double *rate)
{
    struct plethio_reference r;

    if (reference_of(&r, d, i))
        return;
    CHECK(r.n == n && r.window_s == 8);
    for (int k = 0; k < n && k < r.n; k++) {
        CHECK_NEAR(r.time_s[k], 8 + step_s * k, 1e-9);
        if (isnan(rate[k]))
            CHECK(isnan(r.heart_rate[k]));
        else
            CHECK_NEAR(r.heart_rate[k], rate[k], 1e-4);
    }
    plethio_reference_free(&r);
}
#define CHECK_WINDOWS(d, i, step_s, ...)                                                           \
    check_windows(d, i, step_s, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),           \
                  (double[]){__VA_ARGS__})

static void refused_reference(const struct plethio_dataset *d, int i, const char *word)
{
    struct plethio_reference r;
    struct plethio_error e = {{0}};

    CHECK(plethio_reference_read(&r, d->layout, &d->recording[i], &e) == -1);
    CHECK(strstr(e.text, word) && !strchr(e.text, '\n'));
    if (!strstr(e.text, word))
        printf("\"%s\" does not say \"%s\"\n", e.text, word);
}

static const double none = (double)NAN;

/* ---- Pickles as Python 2 writes them ------------------------------------------------------- */

static struct {
    unsigned char bytes[1 << 18];
    size_t size;
    /* under which number a type is remembered, or -1 */
    int f8;
} out;

static void put(const void *bytes, size_t n)
{
    CHECK(out.size + n <= sizeof out.bytes);
    memcpy(out.bytes + out.size, bytes, n);
    out.size += n;
}

static void ops(const char *text)
{
    put(text, strlen(text));
}

static void byte(int v)
{
    const unsigned char b = (unsigned char)v;

    put(&b, 1);
}

static void little(uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        byte((int)(v >> (8 * i) & 255));
}

/* SHORT_BINSTRING */
static void text(const char *s)
{
    byte('U');
    byte((int)strlen(s));
    ops(s);
}

static void number(uint64_t v)
{
    byte(v < 256 ? 'K' : v < 65536 ? 'M' : 'J');
    little(v, v < 256 ? 1 : v < 65536 ? 2 : 4);
}

/* numpy.dtype(name): a call with its state; remembered as number 200 and recalled from there. */
static void type(const char *name, const char *order)
{
    if (strcmp(name, "f8") == 0 && out.f8) {
        ops("h\xc8");
        return;
    }
    ops("cnumpy\ndtype\n");
    text(name);
    number(0);
    number(1);
    ops("\x87R(");
    number(3);
    text(order);
    ops("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff");
    number(0);
    ops("tb");
    if (strcmp(name, "f8") == 0) {
        ops("q\xc8");
        out.f8 = 1;
    }
}

/* An array of rows x columns (columns 0: one axis) whose bytes are given. */
static void array(const char *type_name, uint64_t rows, uint64_t columns, int by_columns,
                  const void *bytes, size_t size)
{
    ops("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n");
    number(0);
    ops("\x85");
    text("b");
    ops("\x87R(");
    number(1);
    number(rows);
    if (columns)
        number(columns);
    ops(columns ? "\x86" : "\x85");
    type(type_name, type_name[1] == '1' ? "|" : "<");
    ops(by_columns ? "\x88" : "\x89");
    byte('T');
    little(size, 4);
    put(bytes, size);
    ops("tb");
}

static void doubles(const double *v, uint64_t rows, uint64_t columns, int by_columns)
{
    array("f8", rows, columns, by_columns, v, 8 * (size_t)(rows * (columns ? columns : 1)));
}

/* A wristband's 20 s: BVP i, ACC 64 * (row + axis). The chest belt's arrays are passed over. */
enum { BVP = 20 * 64, ACC = 20 * 32 };

static void begin_person(int by_columns)
{
    static double bvp[BVP], acc[3 * ACC];

    for (int i = 0; i < BVP; i++)
        bvp[i] = i;
    for (int i = 0; i < ACC; i++)
        for (int k = 0; k < 3; k++)
            acc[by_columns ? k * ACC + i : 3 * i + k] = 64 * (i + k);
    out.size = 0;
    out.f8 = 0;
    ops("\x80\x02}(");
    text("rpeaks");
    array("i8", 2, 0, 0, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0", 16);
    text("signal");
    ops("}(");
    text("chest");
    ops("}(");
    text("ECG");
    array("f4", 4, 1, 0, bvp, 16);
    ops("u");
    text("wrist");
    ops("}(");
    text("BVP");
    doubles(bvp, BVP, 1, 0);
    text("ACC");
    doubles(acc, ACC, 3, by_columns);
    ops("uu");
    text("questionnaire");
    ops("}(");
    text("WEIGHT");
    ops("G\x40\x53\xc0");
    little(0, 5);
    text("Gender");
    text(" m");
    ops("u");
}

static const char *end_person(const char *name)
{
    ops("u.");
    return recording_bytes(name, out.bytes, out.size);
}

/* 80 numbers of what is done, sitting for 10 s and then walking */
static void put_dalia(const char *name, int by_columns)
{
    static const double label[] = {61, 62.5, 63, 64, 65, 66, 67};
    double activity[80];

    for (int i = 0; i < 80; i++)
        activity[i] = i < 40 ? 1 : 7;
    begin_person(by_columns);
    text("label");
    doubles(label, 7, 0, 0);
    text("activity");
    doubles(activity, 80, 1, 0);
    end_person(name);
}

static void check_wristband(const char *path)
{
    struct plethio_biosignal *b = recording_open(path, 0);
    struct plethio_biosignal_info info;

    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(strcmp(info.format, "dalia") == 0 && info.channels == 4 && info.rate_hz == 64);
    CHECK(info.channel[0].kind == PLETHIO_OPTICAL && info.channel[3].kind == PLETHIO_ACC_Z);
    CHECK_NEAR(info.duration_s, 20, 1e-12);
    RECORDING_ROW(b, 0, 0, 0, 1, 2);
    RECORDING_ROW(b, 1 / 64.0, 1, 0.5, 1.5, 2.5);
    RECORDING_ROW(b, 2 / 64.0, 2, 1, 2, 3);
    plethio_biosignal_close(&b);
}

static void test_dalia(void)
{
    struct plethio_dataset d;
    struct plethio_reference r;

    folder("dalia");
    folder("dalia/S1");
    folder("dalia/S12");
    put_dalia("dalia/S1/S1.pkl", 0);
    put_dalia("dalia/S12/S12.pkl", 1);
    recording_text("dalia/S1/other.pkl", "no person's");
    check_wristband(recording_path("dalia/S1/S1.pkl"));
    check_wristband(recording_path("dalia/S12/S12.pkl"));
    CHECK(plethio_is_biosignal(recording_path("dalia/S1/S1.pkl")));
    if (open_set(&d, "dalia", "dalia", 2))
        return;
    check_recording(&d, 0, "S1/S1", "S1");
    check_recording(&d, 1, "S12/S12", "S12");
    CHECK_WINDOWS(&d, 0, 2, 61, 62.5, 63, 64, 65, 66, 67);
    if (reference_of(&r, &d, 0) == 0) {
        /* at the windows' ends, 8, 10, 12 s: the 10th second ends with the last sample of rest */
        CHECK(strcmp(r.activity[0], "sitting") == 0 && strcmp(r.activity[1], "sitting") == 0);
        CHECK(strcmp(r.activity[2], "walking") == 0 && strcmp(r.activity[6], "walking") == 0);
        plethio_reference_free(&r);
    }
    plethio_dataset_free(&d);
}

static void test_wesad(void)
{
    static int32_t condition[20 * 700];
    struct plethio_dataset d;
    struct plethio_reference r;

    for (int i = 0; i < 20 * 700; i++)
        condition[i] = i < 11 * 700 ? 1 : 2;
    folder("wesad");
    folder("wesad/S2");
    begin_person(0);
    text("label");
    array("i4", 20 * 700, 0, 0, condition, sizeof condition);
    end_person("wesad/S2/S2.pkl");
    refused_set("wesad", "wesad", "has no heart rate of its own");
    folder("wesad/GeneratedLabels");
    recording_text("wesad/GeneratedLabels/HR_S2.csv", "70.5\n7.1e+01\nnan\n73\n");
    if (open_set(&d, "wesad", "wesad", 1))
        return;
    check_recording(&d, 0, "S2/S2", "S2");
    CHECK_WINDOWS(&d, 0, 2, 70.5, 71, none, 73);
    if (reference_of(&r, &d, 0) == 0) {
        CHECK(strcmp(r.activity[1], "baseline") == 0 && strcmp(r.activity[2], "stress") == 0);
        plethio_reference_free(&r);
    }
    plethio_dataset_free(&d);
    /* the conditions are no rates */
    if (open_set(&d, "dalia", "wesad", 1))
        return;
    refused_reference(&d, 0, "is it WESAD");
    plethio_dataset_free(&d);
}

/* What is cut off, calls something, or has other arrays is refused in words. */
static void test_pickles_refused(void)
{
    static const struct {
        const char *pickle, *word;
    } bad[] = {
        {"", "empty"},
        {"\x80\x02}.", "no signal.wrist"},
        {"\x80\x02"
         "cos\nsystem\nU\x04trueR.",
         "'os system', which is nothing that a recording"},
        {"\x80\x02}U\x06signal}U\x05wrist}U\x03"
         "BVPK\x01"
         "ssss.",
         "takes what is not there"},
        {"\x80\x02}U\x06signal}U\x05wrist}U\x03"
         "BVPK\x01sss.",
         "BVP is no array"},
        {"\x80\x04\x95", "operation 0x95"},
        {"\x80\x02K\x01K\x02.", "before its value is made"},
        {"hello", "recalls what"},
    };
    size_t whole;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        recording_refused(recording_text("bad.pkl", bad[i].pickle), 0, bad[i].word);
    begin_person(0);
    end_person("whole.pkl");
    check_wristband(recording_path("whole.pkl"));
    whole = out.size;
    for (size_t n = 0; n < whole; n += n < 2000 ? 1 : 997)
        recording_refused(recording_bytes("cut.pkl", out.bytes, n), 0,
                          n == 0 ? "empty" : "its pickle");
    recording_refused(recording_path("absent.pkl"), 0, "cannot be opened");
    /* two columns where there should be one; more rows than bytes; another type */
    out.size = 0;
    out.f8 = 0;
    ops("\x80\x02}(");
    text("signal");
    ops("}(");
    text("wrist");
    ops("}(");
    text("BVP");
    array("i2", 1 << 30, 1, 0, "\1\0\2\0", 4);
    ops("uu");
    recording_refused(end_person("rows.pkl"), 0, "has 4 bytes");
}

/* ---- BIDMC --------------------------------------------------------------------------------- */

static void test_bidmc(void)
{
    static const short wave[] = {100, 20, 5, 110, 21, 6}, missing = -32768;
    const short numerics[] = {80, 81, 15, 97, 82, 83, missing, 97, missing, 84, 16, 97};
    struct plethio_dataset d;
    struct plethio_reference r;
    struct plethio_biosignal *b;

    folder("bidmc");
    folder("bidmc/bidmc_csv");
    recording_text("bidmc/bidmc01.hea", "bidmc01 3 125 2\n"
                                        "bidmc01.dat 16 200/NU 16 0 0 0 0 RESP,\n"
                                        "bidmc01.dat 16 10/NU 16 0 0 0 0 PLETH,\n"
                                        "bidmc01.dat 16 1/mV 16 0 0 0 0 II,\n"
                                        "#Location: test\n");
    recording_bytes("bidmc/bidmc01.dat", wave, sizeof wave);
    recording_text("bidmc/bidmc01n.hea", "bidmc01n 4 1 3\n"
                                         "bidmc01n.dat 16 1/bpm 16 0 0 0 0 HR,\n"
                                         "bidmc01n.dat 16 1/bpm 16 0 0 0 0 PULSE,\n"
                                         "bidmc01n.dat 16 1/pm 16 0 0 0 0 RESP,\n"
                                         "bidmc01n.dat 16 1/% 16 0 0 0 0 SpO2,\n");
    recording_bytes("bidmc/bidmc01n.dat", numerics, sizeof numerics);
    /* a record without numerics; CSV of the first again, and of another */
    recording_text("bidmc/bidmc07.hea", "bidmc07 1 125 2\nbidmc01.dat 16 1 16 0 0 0 0 PLETH,\n");
    recording_text("bidmc/bidmc_csv/bidmc_01_Signals.csv", "Time [s], PLETH\n0,1\n");
    recording_text("bidmc/bidmc_csv/bidmc_01_Numerics.csv", "Time [s], HR\n0,1\n");
    recording_text("bidmc/bidmc_csv/bidmc_03_Signals.csv",
                   "Time [s], RESP, PLETH, V, AVR, II\n0, 0.5, 0.25, 1, 2, 3\n"
                   "0.008, 0.4, 0.35, 1, 2, 3\n0.016, 0.3, 0.45, 1, 2, 3\n");
    recording_text("bidmc/bidmc_csv/bidmc_03_Numerics.csv",
                   "Time [s], HR, PULSE, RESP, SpO2\n0, 71, 72, 13, 98\n1, NaN, 73, 14, 98\n");
    if (open_set(&d, "bidmc", "bidmc", 2))
        return;
    CHECK(d.unlabelled == 1);
    check_recording(&d, 0, "bidmc01", "01");
    check_recording(&d, 1, "bidmc_csv/bidmc03", "03");
    if (reference_of(&r, &d, 0) == 0) {
        CHECK(r.n == 3 && r.window_s == 0 && r.time_s[2] == 2);
        CHECK(r.heart_rate[0] == 80 && r.heart_rate[1] == 82 && isnan(r.heart_rate[2]));
        CHECK(r.breathing_rate[0] == 15 && isnan(r.breathing_rate[1]) && r.breathing_rate[2] == 16);
        plethio_reference_free(&r);
    }
    if (reference_of(&r, &d, 1) == 0) {
        CHECK(r.n == 2 && r.heart_rate[0] == 71 && isnan(r.heart_rate[1]));
        CHECK(r.breathing_rate[1] == 14);
        plethio_reference_free(&r);
    }
    b = recording_open(d.recording[0].input, 0);
    RECORDING_ROW(b, 0, 0.5, 2, 5);
    RECORDING_ROW(b, 0.008, 0.55, 2.1, 6);
    recording_done(b);
    b = recording_open(d.recording[1].input, 0);
    RECORDING_ROW(b, 0, 0.5, 0.25);
    RECORDING_ROW(b, 0.008, 0.4, 0.35);
    plethio_biosignal_close(&b);
    plethio_dataset_free(&d);
}

/* ---- GalaxyPPG ----------------------------------------------------------------------------- */

/* Rows of a table of so many columns: time from ms on, a step apart, and then value + row. */
static void put_rows(const char *name, const char *header, double from, double step, int rows,
                     int columns, double value)
{
    FILE *f = fopen(recording_path(name), "w");

    if (!f) {
        perror(name);
        exit(1);
    }
    fprintf(f, "%s\n", header);
    for (int i = 0; i < rows; i++) {
        fprintf(f, "%.0f", from + step * i);
        for (int c = 0; c < columns; c++)
            fprintf(f, ",%g", value + i + 10 * c);
        fprintf(f, "\n");
    }
    fclose(f);
}

static void test_galaxy(void)
{
    /* the belt begins 2 s before the watch, by its phone's clock nine hours later */
    const double start = 1.7e12, hour = 3.6e6;
    struct plethio_dataset d;
    struct plethio_reference r;
    struct plethio_biosignal_info info;
    struct plethio_biosignal *b;
    char events[400];

    folder("galaxy");
    folder("galaxy/P01");
    folder("galaxy/P01/GalaxyWatch");
    folder("galaxy/P01/E4");
    folder("galaxy/P01/PolarH10");
    folder("galaxy/P02");
    folder("galaxy/P02/GalaxyWatch");
    put_rows("galaxy/P01/GalaxyWatch/PPG.csv", "timestamp,ppg", start, 40, 400, 1, 1000);
    put_rows("galaxy/P01/GalaxyWatch/ACC.csv", "timestamp,x,y,z", start, 40, 400, 3, 5);
    put_rows("galaxy/P01/E4/BVP.csv", "timestamp,value", (start + 1000) * 1000, 15625, 900, 1, -3);
    put_rows("galaxy/P01/E4/ACC.csv", "timestamp,x,y,z", (start + 1000) * 1000, 31250, 450, 3, 0);
    put_rows("galaxy/P01/PolarH10/HR.csv", "phoneTimestamp,hr", start - 2000 + 9 * hour, 1000, 17,
             1, 60);
    put_rows("galaxy/P02/GalaxyWatch/PPG.csv", "timestamp,ppg", start, 40, 4, 1, 1);
    put_rows("galaxy/P02/GalaxyWatch/ACC.csv", "timestamp,x,y,z", start, 40, 4, 3, 1);
    snprintf(events, sizeof events,
             "timestamp,session,status\n%.0f,rest,ENTER\n%.0f,rest,EXIT\n%.0f,walk,ENTER\n"
             "%.0f,walk,EXIT\n",
             start - 1000, start + 9000, start + 11500, start + 1e6);
    recording_text("galaxy/P01/Event.csv", events);
    if (open_set(&d, "galaxy", "galaxy", 2))
        return;
    CHECK(d.unlabelled == 1);
    check_recording(&d, 0, "P01/E4", "P01");
    check_recording(&d, 1, "P01/GalaxyWatch", "P01");
    /* the belt says 62 + t at t = 0 .. 14 s after the watch's start: the mean over [0, 8] is 66 */
    CHECK_WINDOWS(&d, 1, 2, 66, 68, 70, 72);
    /* the E4 begins a second later */
    CHECK_WINDOWS(&d, 0, 2, 67, 69, 71);
    if (reference_of(&r, &d, 1) == 0) {
        CHECK(strcmp(r.activity[0], "rest") == 0 && strcmp(r.activity[1], "") == 0 &&
              strcmp(r.activity[2], "walk") == 0);
        plethio_reference_free(&r);
    }
    b = recording_open(d.recording[1].input, 0);
    if (b) {
        plethio_biosignal_info(b, &info);
        CHECK(strcmp(info.format, "galaxy") == 0 && info.channels == 4);
        CHECK_NEAR(info.rate_hz, 25, 1e-9);
    }
    RECORDING_ROW(b, 0, -1000, 5, 15, 25);
    RECORDING_ROW(b, 0.04, -1001, 6, 16, 26);
    plethio_biosignal_close(&b);
    b = recording_open(recording_path("galaxy/P01/E4"), 0);
    RECORDING_ROW(b, 0, -3, 0, 10, 20);
    RECORDING_ROW(b, 0.015625, -2, 0.5, 10.5, 20.5);
    plethio_biosignal_close(&b);
    CHECK(plethio_is_biosignal(recording_path("galaxy/P01/GalaxyWatch")));
    plethio_dataset_free(&d);
    /* a watch whose belt was never on at its time */
    put_rows("galaxy/P01/PolarH10/HR.csv", "phoneTimestamp,hr", start, 1000, 17, 1, 60);
    if (open_set(&d, "galaxy", "galaxy", 2))
        return;
    refused_reference(&d, 1, "no rates from 8 s after");
    plethio_dataset_free(&d);
}

/* ---- MATLAB files --------------------------------------------------------------------------- */

#ifdef PLETH_WITH_MATIO

#include <matio.h>

static matvar_t *matrix(const char *name, size_t rows, size_t columns, const double *v)
{
    size_t dims[2] = {rows, columns};

    return Mat_VarCreate(name, MAT_C_DOUBLE, MAT_T_DOUBLE, 2, dims, (void *)(uintptr_t)v, 0);
}

static mat_t *create(const char *name, enum mat_ft version)
{
    mat_t *file = Mat_CreateVer(recording_path(name), NULL, version);

    if (!file) {
        printf("matio cannot write %s\n", name);
        exit(1);
    }
    return file;
}

static void add(mat_t *file, matvar_t *v)
{
    CHECK(v && Mat_VarWrite(file, v, MAT_COMPRESSION_ZLIB) == 0);
    Mat_VarFree(v);
}

static void put_matrix(const char *name, const char *variable, size_t rows, size_t columns,
                       const double *v)
{
    mat_t *file = create(name, MAT_FT_MAT5);

    add(file, matrix(variable, rows, columns, v));
    Mat_Close(file);
}

static void test_spc(void)
{
    static double sig[6 * 20];
    const double rates[] = {70, 71.5, 72};
    struct plethio_dataset d;

    folder("spc");
    folder("spc/Training_data");
    folder("spc/TestData");
    folder("spc/TrueBPM");
    put_matrix("spc/Training_data/DATA_01_TYPE01.mat", "sig", 6, 20, sig);
    put_matrix("spc/Training_data/DATA_01_TYPE01_BPMtrace.mat", "BPM0", 3, 1, rates);
    put_matrix("spc/Training_data/DATA_02_TYPE02.mat", "sig", 6, 20, sig);
    put_matrix("spc/Training_data/DATA_S04_T01.mat", "sig", 6, 20, sig);
    put_matrix("spc/Training_data/BPM_S04_T01.mat", "BPM0", 1, 3, rates);
    put_matrix("spc/TestData/TEST_S04_T02.mat", "sig", 5, 20, sig);
    put_matrix("spc/TrueBPM/True_S04_T02.mat", "BPM0", 3, 1, rates);
    put_matrix("spc/TestData/TEST_S05_T02.mat", "sig", 5, 20, sig);
    put_matrix("spc/TestData/True_S05_T02.mat", "BPM", 3, 1, rates);
    if (open_set(&d, "spc", "spc", 4))
        return;
    CHECK(d.unlabelled == 1);
    check_recording(&d, 0, "TestData/TEST_S04_T02", "testS04");
    check_recording(&d, 1, "TestData/TEST_S05_T02", "testS05");
    check_recording(&d, 2, "Training_data/DATA_01_TYPE01", "train01");
    check_recording(&d, 3, "Training_data/DATA_S04_T01", "testS04");
    CHECK_WINDOWS(&d, 0, 2, 70, 71.5, 72);
    CHECK_WINDOWS(&d, 2, 2, 70, 71.5, 72);
    CHECK_WINDOWS(&d, 3, 2, 70, 71.5, 72);
    refused_reference(&d, 1, "no variable BPM0");
    plethio_dataset_free(&d);
}

static void test_bami(void)
{
    static double light[3 * 20];
    const double rates[] = {90, 0, 92};
    struct plethio_dataset d;
    mat_t *file;

    folder("bami");
    file = create("bami/BAMI2_3.mat", MAT_FT_MAT5);
    add(file, matrix("rawPPG", 3, 20, light));
    add(file, matrix("rawAcc", 3, 20, light));
    add(file, matrix("bpm_ecg", 1, 3, rates));
    Mat_Close(file);
    if (open_set(&d, "bami", "bami", 1))
        return;
    check_recording(&d, 0, "BAMI2_3", "BAMI2_3");
    CHECK_WINDOWS(&d, 0, 2, 90, none, 92);
    plethio_dataset_free(&d);
}

/* {fs, descr, v} */
static matvar_t *put_signal(const char *name, size_t n, const double *v)
{
    static const char *const field[] = {"fs", "descr", "v"};
    const double fs = 128;
    size_t one[2] = {1, 1}, text[2] = {1, 2};
    matvar_t *s = Mat_VarCreateStruct(name, 2, one, (const char **)(uintptr_t)field, 3);

    Mat_VarSetStructFieldByName(s, "fs", 0, matrix(NULL, 1, 1, &fs));
    Mat_VarSetStructFieldByName(
        s, "descr", 0,
        Mat_VarCreate(NULL, MAT_C_CHAR, MAT_T_UINT8, 2, text, (void *)(uintptr_t) "ok", 0));
    Mat_VarSetStructFieldByName(s, "v", 0, matrix(NULL, 1, n, v));
    return s;
}

static void put_participant(const char *name, enum mat_ft version)
{
    enum { N = 40 };
    static const char *const field[] = {"acc_x", "ppg_g",  "acc_y", "altitude",
                                        "acc_z", "ppg_ir", "ppg_r"};
    static double v[7][N];
    size_t one[2] = {1, 1};
    mat_t *file = create(name, version);
    matvar_t *place;

    for (int k = 0; k < 7; k++)
        for (int i = 0; i < N; i++)
            v[k][i] = 100 * k + i;
    place = Mat_VarCreateStruct("ankle", 2, one, (const char **)(uintptr_t)field, 3);
    for (int k = 0; k < 3; k++)
        Mat_VarSetStructFieldByName(place, field[k], 0, put_signal(field[k], N, v[0]));
    add(file, place);
    place = Mat_VarCreateStruct("wrist", 2, one, (const char **)(uintptr_t)field, 7);
    for (int k = 0; k < 7; k++)
        Mat_VarSetStructFieldByName(place, field[k], 0,
                                    put_signal(field[k], k == 6 ? N - 1 : N, v[k]));
    add(file, place);
    Mat_Close(file);
}

static void check_participant(const char *name)
{
    struct plethio_biosignal_info info;
    struct plethio_biosignal *b;
    char path[600];

    snprintf(path, sizeof path, "%s/wrist", recording_path(name));
    CHECK(plethio_is_biosignal(path));
    b = recording_open(path, 0);
    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(strcmp(info.format, "mat") == 0 && info.channels == 6 && info.rate_hz == 128);
    CHECK(info.channel[0].kind == PLETHIO_GREEN && info.channel[1].kind == PLETHIO_INFRARED &&
          info.channel[2].kind == PLETHIO_RED && info.channel[5].kind == PLETHIO_ACC_Z);
    for (int i = 0; i < 39; i++)
        RECORDING_ROW(b, i / 128.0, 100 + i, 500 + i, 600 + i, i, 200 + i, 400 + i);
    recording_done(b);
    snprintf(path, sizeof path, "%s/knee", recording_path(name));
    recording_refused(path, 0, "no place of WildPPG");
    snprintf(path, sizeof path, "%s/head", recording_path(name));
    recording_refused(path, 0, "no head");
    recording_refused(recording_path(name), 0, "FILE.mat/wrist");
}

/* A cell for each of two people: n[i] rows of `columns` numbers. */
static matvar_t *put_cells(const char *name, const size_t n[2], size_t columns, double *v[2])
{
    size_t dims[2] = {2, 1};
    matvar_t *cell[2];

    for (int i = 0; i < 2; i++)
        cell[i] = matrix(NULL, n[i], columns, v[i]);
    return Mat_VarCreate(name, MAT_C_CELL, MAT_T_CELL, 2, dims, cell, 0);
}

static void put_processed(const char *name, const char *variable, enum mat_ft version)
{
    static double first[2 * 200], second[3 * 200];
    double rate_1[] = {70, 0}, rate_2[] = {80, 81, 82};
    mat_t *file = create(name, version);

    /* column-major: sample k of window i is 1000 i + k */
    for (int k = 0; k < 200; k++)
        for (int i = 0; i < 3; i++) {
            second[3 * k + i] = 1000 * i + k;
            if (i < 2)
                first[2 * k + i] = -k;
        }
    add(file, put_cells("data_bpm_values", (size_t[]){2, 3}, 1, (double *[]){rate_1, rate_2}));
    add(file, put_cells(variable, (size_t[]){2, 3}, 200, (double *[]){first, second}));
    Mat_Close(file);
}

static void check_processed(const char *root, const char *place)
{
    struct plethio_biosignal *b;
    struct plethio_dataset d;
    char name[64];

    if (open_set(&d, "wildppg", root, 2))
        return;
    snprintf(name, sizeof name, "WildPPG/02/%s", place);
    check_recording(&d, 1, name, "02");
    CHECK_WINDOWS(&d, 0, 8, 70, none);
    CHECK_WINDOWS(&d, 1, 8, 80, 81, 82);
    b = recording_open(d.recording[1].input, 0);
    for (int i = 0; b && i < 600; i++)
        RECORDING_ROW(b, i / 25.0, 1000 * (i / 200) + i % 200);
    recording_done(b);
    plethio_dataset_free(&d);
}

static void test_wildppg(void)
{
    static double zeros[200], rate[] = {60};
    struct plethio_dataset d;
    matvar_t *cell[3];
    mat_t *file;
    char path[600];

    folder("wild");
    put_participant("wild/WildPPG_Part_an0.mat", MAT_FT_MAT5);
    check_participant("wild/WildPPG_Part_an0.mat");
    put_participant("wild/v73.mat", MAT_FT_MAT73);
    check_participant("wild/v73.mat");
    refused_set("wildppg", "wild", "have no rates");
    put_processed("wild/WildPPG.mat", "data_ppg_wrist", MAT_FT_MAT5);
    check_processed("wild", "wrist");
    put_processed("wild/WildPPG.mat", "data_ppg_g_ankle", MAT_FT_MAT73);
    check_processed("wild", "ankle");
    /* a place that one of three people did not wear */
    file = create("wild/WildPPG.mat", MAT_FT_MAT5);
    add(file, put_cells("data_ppg_wrist", (size_t[]){1, 1}, 200, (double *[]){zeros, zeros}));
    for (int i = 0; i < 3; i++)
        cell[i] = matrix(NULL, 1, 1, rate);
    add(file,
        Mat_VarCreate("data_bpm_values", MAT_C_CELL, MAT_T_CELL, 2, (size_t[]){3, 1}, cell, 0));
    Mat_Close(file);
    if (open_set(&d, "wildppg", "wild", 2) == 0) {
        check_recording(&d, 1, "WildPPG/02/wrist", "02");
        plethio_dataset_free(&d);
    }
    snprintf(path, sizeof path, "%s/3/wrist", recording_path("wild/WildPPG.mat"));
    recording_refused(path, 0, "of person 3");
}

#endif

/* ---- The same recordings in two layouts ----------------------------------------------------- */

/* What `pleth evaluate` says of a folder, to be freed. */
static char *evaluated(const char *layout, const char *root)
{
    char to[512];
    char *arguments[] = {(char *)(uintptr_t) "evaluate", (char *)(uintptr_t)layout,
                         (char *)(uintptr_t)recording_path(root), (char *)(uintptr_t) "--json",
                         NULL};
    struct plethio_error e = {{0}};
    int status = -1;
    size_t size;
    pid_t child;
    char *text_of;

    snprintf(to, sizeof to, "%s", recording_path("evaluated.json"));
    fflush(NULL);
    child = fork();
    if (child == 0)
        _exit(freopen(to, "w", stdout) ? verb_evaluate(4, arguments) : 1);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    text_of = plethio_read_whole(to, &size, &e);
    if (!text_of)
        printf("%s\n", e.text);
    return text_of;
}

/* One recording of the neutral form beside it in the layout: both must be told alike. */
static void check_alike(const char *layout, const char *root)
{
    char *neutral = evaluated("neutral", "neutral"), *published = evaluated(layout, root);

    CHECK(neutral && published && strstr(neutral, "\"summary\"") != NULL);
    CHECK(neutral && published && strcmp(neutral, published) == 0);
    if (neutral && published && strcmp(neutral, published) != 0)
        printf("neutral: %.600s\n%s: %.600s\n", neutral, layout, published);
    free(neutral);
    free(published);
}

static void copy(const char *from, const char *to)
{
    char command[2000];

    snprintf(command, sizeof command, "cp '%s' '%s'", from, recording_path(to));
    CHECK(system(command) == 0);
}

/* Copies NAME of shared/data/ppg/SET to neutral/AS. 0 where there is none. */
static int take_neutral(const char *set, const char *name, const char *as)
{
    static const char *const ending[] = {".json", ".bin", "_ref.csv"};
    char below[200], path[700], to[200];

    for (int i = 0; i < 3; i++) {
        snprintf(below, sizeof below, "data/ppg/%s/%s%s", set, name, ending[i]);
        snprintf(to, sizeof to, "neutral/%s%s", as, ending[i]);
        if (!test_shared(path, sizeof path, below))
            return 0;
        copy(path, to);
    }
    return 1;
}

/* All samples of a recording, row after row, to be freed. */
static float *samples_of(const char *path, int *rows, int *channels)
{
    struct plethio_biosignal *b = recording_open(path, 0);
    struct plethio_biosignal_info info;
    struct plethio_error e;
    float value[PLETHIO_CHANNELS], *all = NULL, *larger;
    int capacity = 0, got = 0;
    int64_t time_ns;

    *rows = *channels = 0;
    if (!b)
        return NULL;
    plethio_biosignal_info(b, &info);
    while ((got = plethio_biosignal_next(b, &time_ns, value, &e)) == 1) {
        larger = plethio_grow(all, *rows * info.channels, info.channels, &capacity, sizeof *all);
        if (!larger)
            break;
        all = larger;
        memcpy(all + *rows * info.channels, value, (size_t)info.channels * sizeof *all);
        ++*rows;
    }
    CHECK(got == 0);
    plethio_biosignal_close(&b);
    *channels = info.channels;
    return all;
}

/* Columns of a table of numbers. */
static int read_rates(const char *path, struct plethio_table *t)
{
    struct plethio_error e;

    const int status = plethio_table_read(t, path, &e);

    CHECK(status == 0);
    if (status)
        printf("%s\n", e.text);
    return status;
}

static void clear_neutral(void)
{
    char command[600];

    snprintf(command, sizeof command, "rm -rf '%s'", recording_path("neutral"));
    CHECK(system(command) == 0);
    folder("neutral");
}

/* A second's rates of a monitor: t_s, hr_ecg_bpm, pulse_bpm, resp_rate_bpm, spo2_pct */
static int test_bidmc_alike(void)
{
    struct plethio_table t;
    FILE *signals, *numerics;
    int rows, channels;
    float *all;

    clear_neutral();
    if (!take_neutral("bidmc", "bidmc_01", "bidmc01"))
        return 0;
    folder("alike_bidmc");
    all = samples_of(recording_path("neutral/bidmc01.json"), &rows, &channels);
    signals = fopen(recording_path("alike_bidmc/bidmc_01_Signals.csv"), "w");
    numerics = fopen(recording_path("alike_bidmc/bidmc_01_Numerics.csv"), "w");
    if (!all || !signals || !numerics || read_rates(recording_path("neutral/bidmc01_ref.csv"), &t))
        exit(1);
    fprintf(signals, "Time [s], PLETH, RESP\n");
    for (int i = 0; i < rows; i++)
        fprintf(signals, "%.3f, %.9g, %.9g\n", i / 125.0, (double)all[i * channels],
                (double)all[i * channels + 1]);
    fprintf(numerics, "Time [s], HR, PULSE, RESP, SpO2\n");
    for (int i = 0; i < t.rows; i++) {
        for (int c = 0; c < t.columns; c++)
            fprintf(numerics, "%s%.9g", c ? ", " : "", t.value[i * t.columns + c]);
        fprintf(numerics, "\n");
    }
    fclose(signals);
    fclose(numerics);
    plethio_table_free(&t);
    free(all);
    check_alike("bidmc", "alike_bidmc");
    return 1;
}

#ifdef PLETH_WITH_MATIO

/* Rates of windows: t_start_s, bpm_ref */
static double *rates_of(const char *path, int *n)
{
    struct plethio_table t;
    double *rates;

    if (read_rates(path, &t))
        exit(1);
    *n = t.rows;
    rates = malloc((size_t)t.rows * sizeof *rates);
    for (int i = 0; rates && i < t.rows; i++) {
        CHECK_NEAR(t.value[i * t.columns], 2 * i, 1e-9);
        rates[i] = t.value[i * t.columns + 1];
    }
    plethio_table_free(&t);
    return rates;
}

static int test_spc_alike(void)
{
    int rows, channels, n;
    double *sig, *rates;
    float *all;

    clear_neutral();
    if (!take_neutral("spc2015", "DATA_01_TYPE01", "DATA_01_TYPE01"))
        return 0;
    folder("alike_spc");
    all = samples_of(recording_path("neutral/DATA_01_TYPE01.json"), &rows, &channels);
    sig = all ? malloc((size_t)rows * (size_t)channels * sizeof *sig) : NULL;
    rates = rates_of(recording_path("neutral/DATA_01_TYPE01_ref.csv"), &n);
    if (!sig || !rates)
        exit(1);
    for (int i = 0; i < rows * channels; i++)
        sig[i] = (double)all[i];
    /* row after row of channels is MATLAB's column after column */
    put_matrix("alike_spc/DATA_01_TYPE01.mat", "sig", (size_t)channels, (size_t)rows, sig);
    put_matrix("alike_spc/DATA_01_TYPE01_BPMtrace.mat", "BPM0", (size_t)n, 1, rates);
    free(all);
    free(sig);
    free(rates);
    check_alike("spc", "alike_spc");
    return 1;
}

#endif

int main(void)
{
    int alike = 1;

    recording_begin();
    test_dalia();
    test_wesad();
    test_pickles_refused();
    test_bidmc();
    test_galaxy();
    alike &= test_bidmc_alike();
#ifdef PLETH_WITH_MATIO
    test_spc();
    test_bami();
    test_wildppg();
    alike &= test_spc_alike();
#endif
    if (!alike)
        printf("no recordings in shared/data/ppg: nothing is compared with its neutral form\n");
    recording_end();
    return test_done();
}
