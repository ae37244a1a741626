/* MATLAB recordings: both layouts, v5 (plain and compressed) and v7.3, written here by matio, and a
 * v5 file laid out byte by byte. */
#define _POSIX_C_SOURCE 200809L
#include "recording.h"

#ifdef PLETH_WITH_MATIO

#include <matio.h>

enum { N = 12 };

static mat_t *created;

static void create(const char *name, enum mat_ft version)
{
    created = Mat_CreateVer(recording_path(name), NULL, version);
    if (!created) {
        printf("matio cannot write %s\n", name);
        exit(1);
    }
}

static void add(const char *name, enum matio_classes class, enum matio_types type, size_t rows,
                size_t columns, const void *data, enum matio_compression compression)
{
    size_t dims[2] = {rows, columns};
    matvar_t *v = Mat_VarCreate(name, class, type, 2, dims, (void *)(uintptr_t)data, 0);

    CHECK(v && Mat_VarWrite(created, v, compression) == 0);
    Mat_VarFree(v);
}

static void close_created(void)
{
    Mat_Close(created);
}

/* column-major, as MATLAB has it: value = 100 * channel + instant */
static void fill(double *to, int rows, int columns, int channels_are_rows)
{
    for (int c = 0; c < columns; c++)
        for (int r = 0; r < rows; r++)
            to[c * rows + r] = channels_are_rows ? 100 * r + c : 100 * c + r;
}

static void check_spc(const char *name, int channels)
{
    struct plethio_biosignal *b = recording_open(recording_path(name), 0);
    struct plethio_biosignal_info info;

    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(strcmp(info.format, "mat") == 0 && info.channels == channels && info.rate_hz == 125);
    CHECK_NEAR(info.duration_s, N / 125.0, 1e-12);
    CHECK(info.channel[0].kind == (channels == 6 ? PLETHIO_ECG : PLETHIO_GREEN));
    CHECK(info.channel[channels - 1].kind == PLETHIO_ACC_Z);
    for (int i = 0; i < N; i++) {
        double truth[6];

        for (int c = 0; c < channels; c++)
            truth[c] = 100 * c + i;
        recording_row(b, i / 125.0, channels, truth);
    }
    recording_done(b);
}

static void test_spc(void)
{
    double data[6 * N];
    const double one = 1;

    fill(data, 6, N, 1);
    create("v5.mat", MAT_FT_MAT5);
    add("other", MAT_C_DOUBLE, MAT_T_DOUBLE, 1, 1, &one, MAT_COMPRESSION_NONE);
    add("sig", MAT_C_DOUBLE, MAT_T_DOUBLE, 6, N, data, MAT_COMPRESSION_NONE);
    close_created();
    check_spc("v5.mat", 6);
    create("zip.mat", MAT_FT_MAT5);
    add("sig", MAT_C_DOUBLE, MAT_T_DOUBLE, 6, N, data, MAT_COMPRESSION_ZLIB);
    close_created();
    check_spc("zip.mat", 6);
    create("v73.mat", MAT_FT_MAT73);
    add("sig", MAT_C_DOUBLE, MAT_T_DOUBLE, 6, N, data, MAT_COMPRESSION_NONE);
    close_created();
    check_spc("v73.mat", 6);
    fill(data, N, 5, 0);
    create("tall.mat", MAT_FT_MAT5);
    add("sig", MAT_C_DOUBLE, MAT_T_DOUBLE, N, 5, data, MAT_COMPRESSION_NONE);
    close_created();
    check_spc("tall.mat", 5);
    CHECK(plethio_is_biosignal(recording_path("tall.mat")));
}

/* A v5 file as MathWorks' "MAT-File Format" lays it out: one int16 matrix stored as int16. */
static void test_bytes(void)
{
    unsigned char f[128 + 8 + 16 + 16 + 16 + 8 + 2 * 5 * 8] = "MATLAB 5.0 MAT-file";
    unsigned char *p = f + 128;
    struct plethio_biosignal *b;

    memset(f + 19, ' ', 116 - 19);
    memcpy(f + 124, "\0\1IM", 4);
    memcpy(p, "\16\0\0\0", 4);
    p[4] = (unsigned char)(sizeof f - 136);
    memcpy(p + 8, "\6\0\0\0\10\0\0\0\12\0\0\0\0\0\0\0", 16);
    memcpy(p + 24, "\5\0\0\0\10\0\0\0\5\0\0\0\10\0\0\0", 16);
    memcpy(p + 40, "\1\0\0\0\3\0\0\0sig\0\0\0\0\0", 16);
    memcpy(p + 56, "\3\0\0\0\120\0\0\0", 8);
    for (int i = 0; i < 40; i++) {
        p[64 + 2 * i] = (unsigned char)(i - 20);
        p[65 + 2 * i] = i < 20 ? 255 : 0;
    }
    b = recording_open(recording_bytes("bytes.mat", f, sizeof f), 100);
    RECORDING_ROW(b, 0, -20, -19, -18, -17, -16);
    RECORDING_ROW(b, 0.01, -15, -14, -13, -12, -11);
    plethio_biosignal_close(&b);
    /* 5 x 2^31 - 1 samples, of which there are 8 */
    memcpy(p + 36, "\377\377\377\177", 4);
    recording_refused(recording_bytes("large.mat", f, sizeof f), 0, "too large");
    /* 5 x 1000: what is missing is not made up of memory that was there before */
    memcpy(p + 36, "\350\3\0\0", 4);
    b = recording_open(recording_bytes("short.mat", f, sizeof f), 0);
    for (int i = 0; i < 8; i++)
        RECORDING_ROW(b, i / 125.0, 5 * i - 20);
    for (int i = 8; i < 1000; i++)
        RECORDING_ROW(b, i / 125.0, 0, 0, 0, 0, 0);
    recording_done(b);
    for (size_t cut = 0; cut < sizeof f; cut++)
        recording_refused(recording_bytes("cut.mat", f, cut), 0,
                          cut < 128    ? "version 5"
                          : cut == 128 ? "neither"
                                       : "cut off");
}

static void test_bami(void)
{
    double light[3 * N], motion[3 * N];
    struct plethio_biosignal_info info;
    struct plethio_biosignal *b;

    fill(light, N, 3, 0);
    fill(motion, 3, N, 1);
    motion[1] = (double)NAN;
    create("bami.mat", MAT_FT_MAT5);
    add("rawAcc", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, N, motion, MAT_COMPRESSION_NONE);
    add("rawPPG", MAT_C_DOUBLE, MAT_T_DOUBLE, N, 3, light, MAT_COMPRESSION_ZLIB);
    add("bpm_ecg", MAT_C_DOUBLE, MAT_T_DOUBLE, 1, 1, light, MAT_COMPRESSION_NONE);
    close_created();
    b = recording_open(recording_path("bami.mat"), 0);
    if (!b)
        return;
    plethio_biosignal_info(b, &info);
    CHECK(info.channels == 6 && info.rate_hz == 50 && info.channel[2].kind == PLETHIO_GREEN &&
          info.channel[3].kind == PLETHIO_ACC_X);
    RECORDING_ROW(b, 0, 0, 100, 200, 0, (double)NAN, 200);
    RECORDING_ROW(b, 0.02, 1, 101, 201, 1, 101, 201);
    plethio_biosignal_close(&b);
}

static void test_refused(void)
{
    double data[6 * N] = {0};

    recording_refused(recording_path("absent.mat"), 0, "cannot be opened");
    recording_refused(recording_text("text.mat", "hello"), 0, "no MATLAB file");
    create("other.mat", MAT_FT_MAT5);
    add("foo", MAT_C_DOUBLE, MAT_T_DOUBLE, 6, N, data, MAT_COMPRESSION_NONE);
    close_created();
    recording_refused(recording_path("other.mat"), 0, "neither sig");
    create("shape.mat", MAT_FT_MAT5);
    add("sig", MAT_C_DOUBLE, MAT_T_DOUBLE, 4, N, data, MAT_COMPRESSION_NONE);
    close_created();
    recording_refused(recording_path("shape.mat"), 0, "4 x 12");
    create("empty.mat", MAT_FT_MAT5);
    add("sig", MAT_C_DOUBLE, MAT_T_DOUBLE, 6, 0, data, MAT_COMPRESSION_NONE);
    close_created();
    recording_refused(recording_path("empty.mat"), 0, "empty");
    create("type.mat", MAT_FT_MAT5);
    add("sig", MAT_C_CHAR, MAT_T_UINT8, 6, N, data, MAT_COMPRESSION_NONE);
    close_created();
    recording_refused(recording_path("type.mat"), 0, "real numbers");
    create("light.mat", MAT_FT_MAT5);
    add("rawPPG", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, N, data, MAT_COMPRESSION_NONE);
    close_created();
    recording_refused(recording_path("light.mat"), 0, "no variable rawAcc");
    create("lengths.mat", MAT_FT_MAT5);
    add("rawPPG", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, N, data, MAT_COMPRESSION_NONE);
    add("rawAcc", MAT_C_DOUBLE, MAT_T_DOUBLE, 3, N - 1, data, MAT_COMPRESSION_NONE);
    close_created();
    recording_refused(recording_path("lengths.mat"), 0, "12 samples, rawAcc 11");
}

int main(void)
{
    recording_begin();
    test_spc();
    test_bytes();
    test_bami();
    test_refused();
    recording_end();
    return test_done();
}

#else

int main(void)
{
    recording_begin();
    recording_refused(recording_text("a.mat", "MATLAB 5.0"), 0, "libmatio-dev");
    recording_end();
    if (test_failures)
        return test_done();
    test_skip("built without matio");
}

#endif
