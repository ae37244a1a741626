/* Recordings of sensors in formats that need no library: files of each layout made here, and the
 * real ones in the neutral format against what their headers say. */
#define _POSIX_C_SOURCE 200809L
#include "recording.h"

#include "biosignal_parts.h"

static const double none = (double)NAN;

static struct plethio_biosignal_info info_of(const struct plethio_biosignal *b)
{
    struct plethio_biosignal_info info = {.channels = 0};

    if (b)
        plethio_biosignal_info(b, &info);
    return info;
}

/* ---- Names ------------------------------------------------------------------------------ */

static void test_kinds(void)
{
    static const struct {
        const char *name;
        enum plethio_kind kind;
    } known[] = {{"ppg", PLETHIO_OPTICAL},
                 {"PPG1", PLETHIO_OPTICAL},
                 {"rawPPG", PLETHIO_OPTICAL},
                 {"Pleth", PLETHIO_OPTICAL},
                 {"BVP", PLETHIO_OPTICAL},
                 {"ppg_bvp", PLETHIO_OPTICAL},
                 {"channel 0", PLETHIO_OPTICAL},
                 {"value", PLETHIO_OPTICAL},
                 {"pulse", PLETHIO_OPTICAL},
                 {"ppg1_green", PLETHIO_GREEN},
                 {"G", PLETHIO_GREEN},
                 {"greenPPG", PLETHIO_GREEN},
                 {"ppg_g", PLETHIO_GREEN},
                 {"red", PLETHIO_RED},
                 {"ppg_r", PLETHIO_RED},
                 {"IR", PLETHIO_INFRARED},
                 {"ppg_ir", PLETHIO_INFRARED},
                 {"infrared", PLETHIO_INFRARED},
                 {"B", PLETHIO_BLUE},
                 {"acc_x", PLETHIO_ACC_X},
                 {"acc_y_ms2", PLETHIO_ACC_Y},
                 {"ACCz", PLETHIO_ACC_Z},
                 {"ax", PLETHIO_ACC_X},
                 {"Y [mg]", PLETHIO_ACC_Y},
                 {"x_g", PLETHIO_ACC_X},
                 {"imu_z", PLETHIO_ACC_Z},
                 {"ecg [uV]", PLETHIO_ECG},
                 {"II", PLETHIO_ECG},
                 {"MLII", PLETHIO_ECG},
                 {"RESP", PLETHIO_RESPIRATION},
                 {"resp_impedance", PLETHIO_RESPIRATION},
                 {"gyro_x", PLETHIO_OTHER},
                 {"SpO2", PLETHIO_OTHER},
                 {"pulse_bpm", PLETHIO_OTHER},
                 {"resp_rate", PLETHIO_OTHER},
                 {"ambient", PLETHIO_OTHER},
                 {"temperature", PLETHIO_OTHER},
                 {"", PLETHIO_OTHER},
                 {"EEG Fpz-Cz", PLETHIO_OTHER}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (plethio_kind(known[i].name) != known[i].kind)
            printf("%s: kind %d\n", known[i].name, (int)plethio_kind(known[i].name));
        CHECK(plethio_kind(known[i].name) == known[i].kind);
    }
}

/* ---- Tables of text --------------------------------------------------------------------- */

static void test_csv(void)
{
    struct plethio_biosignal *b =
        recording_open(recording_text("a.csv", "\xef\xbb\xbf# note\n"
                                               "t_ms,Green,ir,acc_x_mg,note\r\n"
                                               "1000,1.5,2,100,a\r\n"
                                               "1010,1.25,nan,101,b\r\n"
                                               "\r\n"
                                               ",9,9,9,no time\r\n"
                                               "1010,1e3\r\n"
                                               "1005,-1,inf,102,back"),
                       0);
    struct plethio_biosignal_info info = info_of(b);

    CHECK(strcmp(info.format, "csv") == 0 && info.channels == 4);
    CHECK(info.channel[0].kind == PLETHIO_GREEN && strcmp(info.channel[0].name, "Green") == 0);
    CHECK(info.channel[1].kind == PLETHIO_INFRARED);
    CHECK(info.channel[2].kind == PLETHIO_ACC_X && strcmp(info.channel[2].unit, "mg") == 0);
    CHECK(info.channel[3].kind == PLETHIO_OTHER);
    CHECK(info.rate_hz == 0);
    RECORDING_ROW(b, 0, 1.5, 2, 100, none);
    RECORDING_ROW(b, 0.01, 1.25, none, 101, none);
    RECORDING_ROW(b, 0.01, 1000, none, none, none);
    RECORDING_ROW(b, 0.005, -1, none, 102, none);
    recording_done(b);

    /* semicolons with decimal commas; the unit of "time" by its steps; an even rate */
    b = recording_open(recording_text("b.csv", "time;ppg\n0,5;1,5\n0,6;2,5\n0,7;3,5\n0,8;4,5\n"),
                       0);
    info = info_of(b);
    CHECK_NEAR(info.rate_hz, 10, 1e-9);
    CHECK_NEAR(info.duration_s, 0.3, 1e-9);
    RECORDING_ROW(b, 0, 1.5);
    RECORDING_ROW(b, 0.1, 2.5);
    plethio_biosignal_close(&b);

    /* a rate that is given goes before the times */
    b = recording_open(recording_path("b.csv"), 50);
    CHECK_NEAR(info_of(b).rate_hz, 50, 0);
    RECORDING_ROW(b, 0, 1.5);
    RECORDING_ROW(b, 0.02, 2.5);
    plethio_biosignal_close(&b);

    /* dates, over the end of a leap February; brackets state units */
    b = recording_open(recording_text("c.csv", "Timestamp,PPG [mV],Acc Z (m/s^2)\n"
                                               "2024-02-29T23:59:59.990,1,2\n"
                                               "2024-03-01T00:00:00.010,3,4\n"
                                               "2024-03-01 00:00:00.040,5,6\n"),
                       0);
    info = info_of(b);
    CHECK(strcmp(info.channel[0].unit, "mV") == 0 && strcmp(info.channel[1].unit, "m/s^2") == 0);
    CHECK(info.channel[1].kind == PLETHIO_ACC_Z);
    if (b) {
        struct plethio_error e;
        int64_t time_ns;
        float value[PLETHIO_CHANNELS];

        /* seconds from 1970 have a quarter of a microsecond in a double */
        CHECK(plethio_biosignal_next(b, &time_ns, value, &e) == 1 && time_ns == 0);
        CHECK(plethio_biosignal_next(b, &time_ns, value, &e) == 1);
        CHECK_NEAR((double)time_ns, 20e6, 1e3);
        CHECK(plethio_biosignal_next(b, &time_ns, value, &e) == 1);
        CHECK_NEAR((double)time_ns, 50e6, 1e3);
    }
    recording_done(b);
}

static void test_csv_refused(void)
{
    char line[70000];

    recording_refused(recording_text("bare.csv", "0,1,2\n1,2,3\n"), 0, "no header");
    recording_refused(recording_text("untimed.csv", "ppg,acc_x\n1,2\n"), 0, "--rate-hz");
    recording_refused(recording_text("unknown.csv", "time_s,foo,bar\n0,1,2\n"), 0, "foo, bar");
    recording_refused(recording_text("empty.csv", ""), 0, "empty");
    recording_refused(recording_text("norows.csv", "time_s,ppg\n"), 0, "no row has a time");
    recording_refused(recording_text("unit.csv", "time,ppg\n0,1\n0,2\n"), 0, "unit");
    recording_refused(recording_bytes("zero.csv", "time_s,ppg\n0,1\n\0,2\n1,2\n", 24), 0,
                      "not a text");
    recording_refused(recording_path("absent.csv"), 0, "No such file");
    recording_refused(recording_path("absent.xyz"), 0, "not a recording");
    memset(line, '1', sizeof line);
    recording_refused(recording_bytes("long.csv", line, sizeof line), 0, "too long");
    memset(line, ',', sizeof line);
    recording_refused(recording_bytes("wide.csv", line, 5000), 0, "columns");
    for (int i = 0; i < 40; i++)
        memcpy(line + 4 * i, i < 39 ? "ppg," : "ppg\n", 4);
    recording_refused(recording_bytes("many.csv", line, 160), 30, "more than 32");
}

static void test_polar(void)
{
    static const char ppg[] = "Phone timestamp;sensor timestamp [ns];channel 0;channel 1;ambient\n"
                              "2021-03-04T10:11:12.345;599616000000000000;10;20;3\n"
                              "2021-03-04T10:11:12.345;599616000020000000;11;21;4\n"
                              "2021-03-04T10:11:12.345;599616000040000000;12;22;5\n";
    struct plethio_biosignal *b = recording_open(recording_text("Polar_Sense_1_PPG.txt", ppg), 0);
    struct plethio_biosignal_info info = info_of(b);

    CHECK(strcmp(info.format, "polar") == 0 && info.channels == 3);
    CHECK(info.channel[0].kind == PLETHIO_OPTICAL && info.channel[2].kind == PLETHIO_OTHER);
    CHECK_NEAR(info.rate_hz, 50, 1e-3);
    RECORDING_ROW(b, 0, 10, 20, 3);
    plethio_biosignal_close(&b);

    /* motion beside it, on the same clock: 30 ms apart, from 10 ms before the light */
    recording_text("Polar_Sense_1_ACC.txt",
                   "Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];"
                   "Z [mg]\n"
                   "2021-03-04T10:11:12.345;599615999990000000;0;0;900\n"
                   "2021-03-04T10:11:12.345;599616000020000000;30;0;930\n"
                   "2021-03-04T10:11:12.345;599616000050000000;60;0;900\n");
    b = recording_open(recording_path("Polar_Sense_1_PPG.txt"), 0);
    info = info_of(b);
    CHECK(info.channels == 6 && strcmp(info.channel[3].unit, "mg") == 0);
    RECORDING_ROW(b, 0, 10, 20, 3, 10, 0, 910);
    RECORDING_ROW(b, 0.02, 11, 21, 4, 30, 0, 930);
    RECORDING_ROW(b, 0.04, 12, 22, 5, 50, 0, 910);
    recording_done(b);

    /* an ECG of a strap alone */
    b = recording_open(recording_text("H10_ECG.txt", "Phone timestamp;sensor timestamp [ns];"
                                                     "timestamp [ms];ecg [uV]\n"
                                                     "2021-03-04T10:11:12.345;1000000000;0.0;-5\n"
                                                     "2021-03-04T10:11:12.345;1008000000;8.0;7\n"),
                       0);
    info = info_of(b);
    CHECK(info.channels == 1 && info.channel[0].kind == PLETHIO_ECG);
    CHECK(strcmp(info.channel[0].unit, "uV") == 0);
    RECORDING_ROW(b, 0, -5);
    RECORDING_ROW(b, 0.008, 7);
    recording_done(b);
}

static void test_max3010x(void)
{
    struct plethio_biosignal *b = recording_open(
        recording_text("m.csv", "red,ir,green\n100000,200000,5\n100001,200002,6\n"), 100);
    struct plethio_biosignal_info info = info_of(b);

    CHECK(strcmp(info.format, "max3010x") == 0 && info.channels == 3);
    RECORDING_ROW(b, 0, 100000, 200000, 5);
    RECORDING_ROW(b, 0.01, 100001, 200002, 6);
    recording_done(b);

    b = recording_open(recording_text("m1.txt", "red=100, ir=200, HR=60, HRvalid=1\n"
                                                "red=101, ir=201, HR=60, HRvalid=1\n"),
                       25);
    info = info_of(b);
    CHECK(strcmp(info.format, "max3010x") == 0 && info.channel[1].kind == PLETHIO_INFRARED);
    CHECK(info.channel[2].kind == PLETHIO_OTHER);
    RECORDING_ROW(b, 0, 100, 200, 60, 1);
    RECORDING_ROW(b, 0.04, 101, 201, 60, 1);
    recording_done(b);

    b = recording_open(recording_text("m2.txt", " R[7] IR[8] G[9]\n R[10] IR[11] G[12]\nnoise\n"),
                       25);
    info = info_of(b);
    CHECK(strcmp(info.format, "max3010x") == 0 && info.channel[2].kind == PLETHIO_GREEN);
    RECORDING_ROW(b, 0, 7, 8, 9);
    RECORDING_ROW(b, 0.04, 10, 11, 12);
    RECORDING_ROW(b, 0.08, none, none, none);
    recording_done(b);
    recording_refused(recording_path("m2.txt"), 0, "--rate-hz");
}

/* A long table: memory that is bounded shows by nothing but the lines, so it is at least right. */
static void test_long(void)
{
    FILE *f = fopen(recording_path("long_table.csv"), "w");
    struct plethio_biosignal *b;
    struct plethio_error e;
    struct plethio_biosignal_info info;
    int64_t time_ns;
    float value[PLETHIO_CHANNELS];
    int rows = 0, wrong = 0;

    fprintf(f, "timestamp,ppg\n");
    for (int i = 0; i < 200000; i++)
        fprintf(f, "%lld,%d\n", 1700000000000LL + i * 1000LL / 64, i % 1000);
    fclose(f);
    b = recording_open(recording_path("long_table.csv"), 0);
    info = info_of(b);
    CHECK_NEAR(info.rate_hz, 64, 0.05);
    CHECK_NEAR(info.duration_s, 199999 / 64.0, 1e-2);
    while (b && plethio_biosignal_next(b, &time_ns, value, &e) == 1) {
        wrong += time_ns != rows * 1000LL / 64 * 1000000 || (int)value[0] != rows % 1000;
        rows++;
    }
    CHECK(rows == 200000 && wrong == 0);
    plethio_biosignal_close(&b);
}

/* ---- Empatica E4 ------------------------------------------------------------------------ */

static void test_e4(void)
{
    struct plethio_biosignal *b;
    struct plethio_biosignal_info info;
    char folder[512];

    snprintf(folder, sizeof folder, "%s", recording_path("e4"));
    mkdir(folder, 0700);
    recording_refused(folder, 0, "BVP.csv");
    recording_text("e4/BVP.csv", "1500000000.0\n64.0\n-1.5\n2\n3\n4\n5\n");
    recording_refused(folder, 0, "ACC.csv");
    recording_text("e4/ACC.csv", "1500000000.0, 1500000000.0, 1500000000.0\n32.0, 32.0, 32.0\n"
                                 "64,0,-64\n32,64,0\n0,64,64\n");
    b = recording_open(folder, 0);
    info = info_of(b);
    CHECK(strcmp(info.format, "e4") == 0 && info.channels == 4 && info.rate_hz == 64);
    CHECK(info.channel[0].kind == PLETHIO_OPTICAL && info.channel[3].kind == PLETHIO_ACC_Z);
    RECORDING_ROW(b, 0, -1.5, 1, 0, -1);
    RECORDING_ROW(b, 1 / 64.0, 2, 0.75, 0.5, -0.5);
    RECORDING_ROW(b, 2 / 64.0, 3, 0.5, 1, 0);
    RECORDING_ROW(b, 3 / 64.0, 4, 0.25, 1, 0.5);
    RECORDING_ROW(b, 4 / 64.0, 5, 0, 1, 1);
    recording_done(b);
    CHECK(plethio_is_biosignal(folder));
    CHECK(plethio_is_biosignal(recording_path("e4/BVP.csv")));

    /* motion that starts a sample later, and ends: what is held, and what is missing */
    recording_text("e4/ACC.csv", "1500000000.015625\n32.0\n64,0,0\n0,64,0\n");
    b = recording_open(recording_path("e4/BVP.csv"), 0);
    RECORDING_ROW(b, 0, -1.5, none, none, none);
    RECORDING_ROW(b, 1 / 64.0, 2, 1, 0, 0);
    RECORDING_ROW(b, 2 / 64.0, 3, 0.5, 0.5, 0);
    RECORDING_ROW(b, 3 / 64.0, 4, 0, 1, 0);
    RECORDING_ROW(b, 4 / 64.0, 5, 0, 1, 0);
    recording_done(b);

    recording_text("e4/ACC.csv", "1500000000.0\n");
    recording_refused(folder, 0, "time and a rate");
    recording_text("e4/ACC.csv", "1e300\n32\n1,2,3\n");
    recording_refused(folder, 0, "time and a rate");
    recording_text("e4/ACC.csv", "0\n-32\n1,2,3\n");
    recording_refused(folder, 0, "time and a rate");
}

/* ---- WFDB ------------------------------------------------------------------------------- */

static void test_wfdb(void)
{
    /* format 16, little-endian: two signals at 2 and 1 samples a frame */
    static const unsigned char pairs[] = {100, 0, 200, 0, 255, 255, 44, 1, 0, 0, 21, 0, 0, 128};
    /* format 212 (signal(5)): 0x123, -1; 0x7ff, -2048 (no value) */
    static const unsigned char packed[] = {0x23, 0xf1, 0xff, 0xff, 0x87, 0x00};
    static const unsigned char bytes[] = {128, 129, 127, 0};
    struct plethio_biosignal *b;
    struct plethio_biosignal_info info;

    recording_bytes("r.dat", pairs, 12);
    recording_text("r.hea", "# a comment\nr 2 50 2\nr.dat 16x2 100(50)/NU 16 0 0 0 0 PLETH\n"
                            "r.dat 16 200/mV 16 10 0 0 0 II\n# another\n");
    b = recording_open(recording_path("r"), 0);
    info = info_of(b);
    CHECK(strcmp(info.format, "wfdb") == 0 && info.channels == 2);
    CHECK(strcmp(info.channel[0].name, "PLETH") == 0 && strcmp(info.channel[0].unit, "NU") == 0);
    CHECK(info.channel[0].kind == PLETHIO_OPTICAL && info.channel[1].kind == PLETHIO_ECG);
    CHECK(info.rate_hz == 100);
    CHECK_NEAR(info.duration_s, 0.04, 1e-12);
    RECORDING_ROW(b, 0, 0.5, (-1 - 10) / 200.0);
    RECORDING_ROW(b, 0.01, 1.5, 0);
    RECORDING_ROW(b, 0.02, 2.5, (21 - 10) / 200.0);
    RECORDING_ROW(b, 0.03, -0.5, (21 - 10) / 200.0);
    recording_done(b);

    recording_bytes("s.dat", packed, 6);
    recording_bytes("t.dat", bytes, 4);
    recording_text("s.hea", "s 3 125 2 10:00:00 1/1/2020\ns.dat 212 1/NU 12 0 0 0 0 Pleth red\n"
                            "s.dat 212 0 12 0 0 0 0 V\nt.dat 80 2 8 0 0 0 0 RESP\n");
    b = recording_open(recording_path("s.hea"), 0);
    info = info_of(b);
    CHECK(info.channels == 3 && info.channel[0].kind == PLETHIO_RED);
    RECORDING_ROW(b, 0, 0x123, -1 / 200.0, 0);
    RECORDING_ROW(b, 0.008, 0x7ff, none, 0.5);
    recording_done(b);
    CHECK(plethio_is_biosignal(recording_path("s")) &&
          plethio_is_biosignal(recording_path("s.dat")));

    /* to the end of the file, where the header does not know how many; other rate */
    recording_bytes("r.dat", pairs, 14);
    recording_text("u.hea", "u 1 100\nr.dat 16 1 16 0 0 0 0 ppg\n");
    b = recording_open(recording_path("u.hea"), 200);
    CHECK(info_of(b).rate_hz == 200);
    RECORDING_ROW(b, 0, 100);
    RECORDING_ROW(b, 0.005, 200);
    RECORDING_ROW(b, 0.01, -1);
    RECORDING_ROW(b, 0.015, 300);
    RECORDING_ROW(b, 0.02, 0);
    RECORDING_ROW(b, 0.025, 21);
    RECORDING_ROW(b, 0.03, none);
    recording_done(b);
}

static void test_wfdb_refused(void)
{
    static const struct {
        const char *header, *word;
    } bad[] = {{"", "empty"},
               {"x\n", "number of signals"},
               {"x 9999999999\n", "number of signals"},
               {"x/2 1 100\n", "segments"},
               {"x 1 -5\n", "rate"},
               {"x 1 nan\n", "rate"},
               {"x 1 100 -1\n", "number of samples"},
               {"x 1 100\n", "0 of 1 signals"},
               {"x 1 100\nr.dat\n", "no format"},
               {"x 1 100\nr.dat 16x0\n", "no format"},
               {"x 1 100\nr.dat 8\n", "16, 80 and 212"},
               {"x 1 100\nr.dat 16:3\n", "skew"},
               {"x 1 100\nr.dat 16 abc\n", "no gain"},
               {"x 1 100\nr.dat 16 1( 16\n", "no gain"},
               {"x 1 100\n../r.dat 16 1 16 0 0 0 0 ppg\n", "beside"},
               {"x 1 100\n- 16 1 16 0 0 0 0 ppg\n", "beside"},
               {"x 1 100\nabsent.dat 16 1 16 0 0 0 0 ppg\n", "absent.dat"},
               {"x 1 100 8\nr.dat 16 1 16 0 0 0 0 ppg\n", "ends within frame 8"},
               {"x 1 100\nr.dat 16 1 16 0 0 0 0 foo\n", "it has: foo"},
               {"x 1 1\nr.dat 16 1 16 0 0 0 0 PLETH\n", "it has: PLETH"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        recording_refused(recording_text("x.hea", bad[i].header), 0, bad[i].word);
    recording_refused(recording_path("absent.hea"), 0, "No such file");
}

/* ---- The neutral format ----------------------------------------------------------------- */

static const char *neutral(const char *json, const void *bytes, size_t size)
{
    recording_bytes("n.bin", bytes, size);
    return recording_text("n.json", json);
}

static void test_neutral(void)
{
    static const float uneven[] = {100, 1, 2, 130, 3, 4, 120, 5, (float)NAN};
    static const unsigned char words[] = {0xff, 0xff, 1, 0, 0, 0x80, 2, 0};
    struct plethio_biosignal *b;
    struct plethio_biosignal_info info;

    b = recording_open(neutral("{\"fs_hz\": 30.5, \"dtype\": \"f32le\", \"n_samples\": 3,"
                               "\"n_channels\": 3, \"channels\": [\"t_ms\", \"R\", \"G\"],"
                               "\"scale\": [1, 2.0, 1e0], \"offset\": [0.0, -1, 0],"
                               "\"more\": {\"a\": [null, true]}}",
                               uneven, sizeof uneven),
                       0);
    info = info_of(b);
    CHECK(strcmp(info.format, "neutral") == 0 && info.channels == 2 && info.rate_hz == 0);
    CHECK(info.channel[0].kind == PLETHIO_RED && info.channel[1].kind == PLETHIO_GREEN);
    RECORDING_ROW(b, 0, 1, 2);
    RECORDING_ROW(b, 0.03, 5, 4);
    RECORDING_ROW(b, 0.02, 9, none);
    recording_done(b);

    b = recording_open(neutral("{\"fs_hz\":50,\"dtype\":\"u16le\",\"n_samples\":2,\"n_channels\":2,"
                               "\"channels\":[\"ppg\",\"acc_x_ms2\"],\"scale\":[1,1],"
                               "\"offset\":[0,0]}",
                               words, sizeof words),
                       0);
    info = info_of(b);
    CHECK(info.rate_hz == 50 && info.duration_s == 0.04);
    CHECK(strcmp(info.channel[1].unit, "m/s^2") == 0);
    RECORDING_ROW(b, 0, 65535, 1);
    RECORDING_ROW(b, 0.02, 32768, 2);
    recording_done(b);
    CHECK(plethio_is_biosignal(recording_path("n.bin")));

    /* acceleration, and that alone, counted from the middle */
    b = recording_open(neutral("{\"fs_hz\":50,\"dtype\":\"u16le\",\"n_samples\":1,\"n_channels\":4,"
                               "\"channels\":[\"ppg\",\"t_ms\",\"acc_z\",\"acc_x\"],"
                               "\"scale\":[1,1,1,0.5],\"offset\":[0,0,0,3],"
                               "\"units\":\"counts, acc offset binary\"}",
                               words, sizeof words),
                       0);
    RECORDING_ROW(b, 0, 65535, 0, 3 + 0.5 * (2 - 32768));
    recording_done(b);

    neutral("{\"fs_hz\":50,\"dtype\":\"i16le\",\"n_samples\":2,\"n_channels\":2,"
            "\"channels\":[\"ppg\",\"acc_x\"],\"scale\":[1,1],\"offset\":[0,0]}",
            words, sizeof words);
    b = recording_open(recording_path("n.bin"), 25);
    CHECK(info_of(b).duration_s == 0.08);
    RECORDING_ROW(b, 0, -1, 1);
    RECORDING_ROW(b, 0.04, -32768, 2);
    recording_done(b);
}

static void test_neutral_refused(void)
{
#define HEAD "{\"fs_hz\":50,\"dtype\":\"f32le\",\"n_samples\":1,\"n_channels\":1,"
#define TAIL "\"channels\":[\"ppg\"],\"scale\":[1],\"offset\":[0]}"
    static const struct {
        const char *json, *word;
    } bad[] = {
        {"", "broken"},
        {"[]", "fs_hz"},
        {HEAD TAIL "x", "broken"},
        {HEAD "\"channels\":[\"ppg\"]", "broken"},
        {HEAD "\"channels\":[\"ppg\"],\"scale\":[1]}", "offset"},
        {HEAD "\"channels\":[\"ppg\",\"b\"],\"scale\":[1],\"offset\":[0]}", "channels"},
        {HEAD "\"channels\":[\"ppg\"],\"scale\":[1,2],\"offset\":[0]}", "scale"},
        {HEAD "\"channels\":[\"ppg\"],\"scale\":[1e999],\"offset\":[0]}", "scale"},
        {"{\"fs_hz\":0,\"dtype\":\"f32le\",\"n_samples\":1,\"n_channels\":1," TAIL, "fs_hz"},
        {"{\"fs_hz\":9,\"dtype\":\"f64le\",\"n_samples\":1,\"n_channels\":1," TAIL, "dtype"},
        {"{\"fs_hz\":9,\"dtype\":\"f32le\",\"n_samples\":-1,\"n_channels\":1," TAIL, "n_samples"},
        {"{\"fs_hz\":9,\"dtype\":\"f32le\",\"n_samples\":9007199254740992,\"n_channels\":1," TAIL,
         "4 bytes"},
        {"{\"fs_hz\":9,\"dtype\":\"f32le\",\"n_samples\":1,\"n_channels\":33," TAIL, "n_channels"},
        {"{\"fs_hz\":9,\"dtype\":\"f32le\",\"n_samples\":2,\"n_channels\":1," TAIL, "4 bytes"},
        {HEAD "\"channels\":[\"t_ms\"],\"scale\":[1],\"offset\":[0]}", "it has"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        recording_refused(neutral(bad[i].json, "\0\0\0", 4), 0, bad[i].word);
    {
        static char blanks[(1 << 20) + 2];

        memset(blanks, ' ', sizeof blanks - 1);
        recording_refused(neutral(blanks, "", 0), 0, "too long");
    }
    recording_text("lonely.json", HEAD TAIL);
    recording_refused(recording_path("lonely.json"), 0, "No such file");
#undef HEAD
#undef TAIL
}

/* ---- Which files are recordings --------------------------------------------------------- */

static void test_is_biosignal(void)
{
    CHECK(plethio_is_biosignal(recording_text("p.csv", "time_s,ppg\n0,1\n0.02,2\n")));
    CHECK(plethio_is_biosignal(recording_text("q.csv", "red,ir\n1,2\n")));
    CHECK(!plethio_is_biosignal(recording_text("v.csv", "time_s,r,g,b\n0,1,2,3\n0.03,1,2,3\n")));
    CHECK(!plethio_is_biosignal(recording_text("w.csv", "0,1,2,3\n0.03,1,2,3\n")));
    CHECK(!plethio_is_biosignal(recording_bytes("trace.bin", "\0\0\0", 4)));
    CHECK(!plethio_is_biosignal(recording_text("face.mp4", "")));
    CHECK(!plethio_is_biosignal("-") && !plethio_is_biosignal("/dev/video0"));
    CHECK(!plethio_is_biosignal(recording_path("absent.csv")));
    CHECK(!plethio_is_biosignal(recording_folder));
    /* looking at a pipe would wait, and take what is in it */
    CHECK(mkfifo(recording_path("pipe.csv"), 0600) == 0 &&
          mkfifo(recording_path("pipe"), 0600) == 0);
    CHECK(!plethio_is_biosignal(recording_path("pipe.csv")));
    CHECK(!plethio_is_biosignal(recording_path("pipe")));
    recording_refused(recording_path("pipe.csv"), 0, "pipe");
    CHECK(plethio_is_biosignal(recording_bytes("unnamed", "0       the patient", 19)));
    /* but whoever says that it is one gets colours as channels */
    struct plethio_biosignal *b = recording_open(recording_path("v.csv"), 0);
    CHECK(info_of(b).channels == 3 && info_of(b).channel[2].kind == PLETHIO_BLUE);
    RECORDING_ROW(b, 0, 1, 2, 3);
    plethio_biosignal_close(&b);
}

/* ---- Real recordings -------------------------------------------------------------------- */

/* Every recording of index.csv: channels and samples as listed, all finite, times as they must be;
 * and the sum of one recording's first channel against its bytes. */
static void test_real(void)
{
    char path[1024], line[512], data[1024];
    int recordings = 0;
    FILE *index;

    if (!test_shared(path, sizeof path, "data/ppg/index.csv")) {
        printf("no data/ppg/index.csv: real recordings are left out\n");
        return;
    }
    index = fopen(path, "r");
    CHECK(fgets(line, sizeof line, index) != NULL);
    while (fgets(line, sizeof line, index)) {
        char set[64], name[128], type[8], below[256];
        double rate, sum = 0, raw = 0, last = -1;
        int samples, channels, rows = 0, wrong = 0;
        struct plethio_biosignal *b;
        struct plethio_biosignal_info info;
        struct plethio_error e;
        int64_t time_ns;
        float value[PLETHIO_CHANNELS];

        CHECK(sscanf(line, "%63[^,],%127[^,],%*[^,],%lf,%7[^,],%d,%d", set, name, &rate, type,
                     &samples, &channels) == 6);
        snprintf(below, sizeof below, "data/ppg/%.63s/%.127s.json", set, name);
        if (!test_shared(data, sizeof data, below))
            continue;
        recordings++;
        b = recording_open(data, 0);
        info = info_of(b);
        CHECK(info.channels == channels - (strcmp(set, "welltory") == 0));
        CHECK(strcmp(set, "welltory") == 0 ? info.rate_hz == 0 : info.rate_hz == rate);
        while (b && plethio_biosignal_next(b, &time_ns, value, &e) == 1) {
            for (int i = 0; i < info.channels; i++)
                wrong += !isfinite(value[i]);
            if (info.rate_hz > 0)
                wrong += fabs((double)time_ns - rows * 1e9 / rate) > 1;
            else
                wrong += (double)time_ns < last;
            last = (double)time_ns;
            sum += (double)value[0];
            rows++;
        }
        plethio_biosignal_close(&b);
        CHECK(rows == samples && wrong == 0);
        if (strcmp(type, "f32le") == 0 && info.rate_hz > 0) {
            float row[PLETHIO_CHANNELS];
            FILE *f;

            strcpy(strrchr(data, '.'), ".bin");
            f = fopen(data, "rb");
            while (f && fread(row, sizeof *row, (size_t)channels, f) == (size_t)channels)
                raw += (double)row[0];
            if (f)
                fclose(f);
            CHECK(sum == raw);
        }
    }
    fclose(index);
    printf("%d real recordings\n", recordings);
    CHECK(recordings == 138);
}

int main(void)
{
    recording_begin();
    test_kinds();
    test_csv();
    test_csv_refused();
    test_polar();
    test_max3010x();
    test_long();
    test_e4();
    test_wfdb();
    test_wfdb_refused();
    test_neutral();
    test_neutral_refused();
    test_is_biosignal();
    test_real();
    recording_end();
    return test_done();
}
