/* The layouts of published data sets of cameras, each laid out here in small: which recordings and
 * people come out of it, what they are said to be, and when their references say what. Two of them
 * hold a synthetic face and are evaluated as a whole. */
#define _POSIX_C_SOURCE 200809L
#include "recording.h"

#include <stdarg.h>

#include "dataset.h"
#include "synth.h"
#include "tool.h"
#include "video.h"

#if defined(PLETH_WITH_FFMPEG) && PLETH_WITH_FFMPEG
#define WITH_VIDEO
#endif
#ifdef PLETH_WITH_MATIO
#include <matio.h>
#endif
#ifdef PLETH_WITH_HDF5
#include <hdf5.h>
#endif

/* ---- Fixtures ------------------------------------------------------------------------------ */

/* Makes the folders of a path below the test's, without the last part. */
static void make_folders(const char *name)
{
    char path[600];

    snprintf(path, sizeof path, "%s", recording_path(name));
    for (char *p = path + strlen(recording_folder) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        mkdir(path, 0777);
        *p = '/';
    }
}

static void put_text(const char *name, const char *text)
{
    make_folders(name);
    recording_text(name, text);
}

static FILE *create(const char *name)
{
    FILE *f;

    make_folders(name);
    f = fopen(recording_path(name), "wb");
    if (!f) {
        perror(name);
        exit(1);
    }
    return f;
}

#ifdef WITH_VIDEO

static void put_be32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void put_chunk(FILE *f, const char *type, const uint8_t *data, size_t size)
{
    uint8_t word[4];
    uint32_t crc = 0xffffffffu;

    put_be32(word, (uint32_t)size);
    fwrite(word, 1, 4, f);
    fwrite(type, 1, 4, f);
    if (size)
        fwrite(data, 1, size, f);
    for (size_t i = 0; i < 4 + size; i++) {
        crc ^= i < 4 ? (uint8_t)type[i] : data[i - 4];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    put_be32(word, ~crc);
    fwrite(word, 1, 4, f);
}

/* A PNG of 8-bit red, green and blue; its deflate stream is stored, a block a row. */
static void put_png(const char *name, const uint8_t *rgb, int width, int height)
{
    const size_t row = 3 * (size_t)width + 1;
    uint8_t head[13] = {0}, *z = malloc(2 + (size_t)height * (row + 5) + 4), *at = z;
    uint32_t a = 1, b = 0;
    FILE *f = create(name);

    fwrite("\211PNG\r\n\032\n", 1, 8, f);
    put_be32(head, (uint32_t)width);
    put_be32(head + 4, (uint32_t)height);
    head[8] = 8;
    head[9] = 2;
    put_chunk(f, "IHDR", head, 13);
    *at++ = 0x78;
    *at++ = 1;
    for (int y = 0; y < height; y++) {
        *at++ = y == height - 1;
        *at++ = (uint8_t)row;
        *at++ = (uint8_t)(row >> 8);
        *at++ = (uint8_t)~row;
        *at++ = (uint8_t)(~row >> 8);
        *at = 0;
        memcpy(at + 1, rgb + (size_t)y * (row - 1), row - 1);
        for (size_t i = 0; i < row; i++) {
            a = (a + at[i]) % 65521;
            b = (b + a) % 65521;
        }
        at += row;
    }
    put_be32(at, b << 16 | a);
    put_chunk(f, "IDAT", z, (size_t)(at + 4 - z));
    put_chunk(f, "IEND", NULL, 0);
    fclose(f);
    free(z);
}

#endif

#if defined(WITH_VIDEO) || defined(PLETH_WITH_MATIO)

/* A synthetic face of this pulse, 96 x 96 at 30 Hz. */
static struct plethio_scene *open_face(double rate, int *frames)
{
    struct plethio_synth p;
    struct plethio_scene *scene;
    struct plethio_error e;

    plethio_synth_default(&p);
    p.width = p.height = 96;
    p.duration_s = 20;
    plethio_profile_constant(&p.heart, rate);
    p.wander_ms = p.rsa_ms = 0;
    /* so small a picture of a usual camera holds too little of a face */
    p.noise_levels = 0.3;
    if (plethio_scene_open(&scene, &p, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
    *frames = plethio_synth_frames(&p);
    return scene;
}

#endif

/* ---- Looking ------------------------------------------------------------------------------- */

static struct plethio_dataset opened;

/* Opens a data set that must have so many recordings. */
static int open_set(const char *layout, const char *name, int count)
{
    struct plethio_error e = {{0}};

    if (plethio_dataset_open(&opened, plethio_layout_find(layout), recording_path(name), &e)) {
        printf("%s: %s\n", layout, e.text);
        CHECK(count == 0 && !strchr(e.text, '\n') && strstr(e.text, name));
        memset(&opened, 0, sizeof opened);
        return -1;
    }
    CHECK(opened.count == count);
    return opened.count == count ? 0 : -1;
}

static int read_reference(int i, struct plethio_reference *r)
{
    struct plethio_error e;

    if (plethio_reference_read(r, opened.layout, &opened.recording[i], &e)) {
        printf("%s\n", e.text);
        CHECK(0);
        return -1;
    }
    return 0;
}

/* The reference is refused in one line with these words. */
static void refused(int i, const char *words)
{
    struct plethio_reference r;
    struct plethio_error e = {{0}};

    CHECK(plethio_reference_read(&r, opened.layout, &opened.recording[i], &e) == -1);
    CHECK(strstr(e.text, words) && !strchr(e.text, '\n') && strstr(e.text, recording_folder));
    if (!strstr(e.text, words))
        printf("not \"%s\": %s\n", words, e.text);
}

static int is_attribute(int i, const char *name, const char *value)
{
    return strcmp(plethio_recording_attribute(&opened.recording[i], name), value) == 0;
}

#ifdef WITH_VIDEO

/* `pleth evaluate LAYOUT FOLDER` and more words; the last line of what it prints. */
static const char *evaluate(const char *layout, const char *name, int *status, ...)
{
    static char line[4000];
    char *argv[16] = {"evaluate", (char *)(uintptr_t)layout,
                      (char *)(uintptr_t)recording_path(name), "--jobs", "1"};
    const char *out = recording_path("out");
    int argc = 5, kept = dup(1);
    FILE *f;
    va_list more;

    va_start(more, status);
    while (argc < 15 && (argv[argc] = va_arg(more, char *)))
        argc++;
    va_end(more);
    fflush(stdout);
    if (!freopen(out, "w", stdout))
        exit(1);
    *status = verb_evaluate(argc, argv);
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    *line = 0;
    f = fopen(out, "r");
    while (f && fgets(line, sizeof line, f))
        ;
    if (f)
        fclose(f);
    return line;
}

/* The number after a key. */
static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at ? strtod(at + strlen(key), NULL) : (double)NAN;
}

#endif

/* ---- PURE ---------------------------------------------------------------------------------- */

#ifdef WITH_VIDEO

/* Nanoseconds, as PURE has them. */
static const int64_t pure_start = 1392643993642815000;

static void put_pure(const char *folder, const char *json, double rate)
{
    int frames;
    struct plethio_scene *scene = open_face(rate, &frames);
    uint8_t *rgb = malloc(3 * 96 * 96);
    FILE *f = create(json);
    char name[600];

    fprintf(f, "{\"/FullPackage\": [");
    /* the clip starts half a second early and has 60 samples a second */
    for (int i = 0; i < 60 * 21; i++)
        fprintf(f,
                "%s{\"Timestamp\": %lld, \"Value\": {\"o2saturation\": 97, \"pulseRate\": %.0f, "
                "\"signalStrength\": 5, \"waveform\": %.0f}}",
                i ? ", " : "", (long long)(pure_start - 500000000 + (int64_t)i * 50000000 / 3),
                rate, 60 + 30 * sin(2 * 3.14159265358979 * rate / 60 * (i / 60.0 - 0.5)));
    fprintf(f, "], \"/Image\": [");
    for (int i = 0; i < frames; i++) {
        double time_s;
        long long ns;

        plethio_scene_frame(scene, i, rgb, &time_s, NULL);
        ns = (long long)(pure_start + llround(time_s * 1e9));
        fprintf(f, "%s{\"Timestamp\": %lld}", i ? ", " : "", ns);
        snprintf(name, sizeof name, "%s/Image%lld.png", folder, ns);
        put_png(name, rgb, 96, 96);
    }
    fprintf(f, "]}");
    fclose(f);
    free(rgb);
    plethio_scene_close(&scene);
}

static void test_pure(void)
{
    struct plethio_video *video;
    struct plethio_reference r;
    struct plethio_error e;
    pleth_frame frame;
    const char *said;
    int status, frames, got = 0;
    struct plethio_scene *scene = open_face(96, &frames);
    uint8_t *rgb = malloc(3 * 96 * 96);

    put_pure("pure/03-02/03-02", "pure/03-02/03-02.json", 96);
    put_text("pure/07-06.json", "{\"/FullPackage\": [{\"Timestamp\": 1392643993642815000, \"Va");
    plethio_scene_frame(scene, 0, rgb, NULL, NULL);
    put_png("pure/07-06/Image1392643993642815000.png", rgb, 96, 96);
    if (open_set("pure", "pure", 2))
        return;
    CHECK(strcmp(opened.recording[0].name, "03-02") == 0);
    CHECK(strcmp(opened.recording[0].person, "03") == 0);
    CHECK(is_attribute(0, "task", "02") && is_attribute(0, "motion", "talking"));
    CHECK(is_attribute(1, "motion", "medium rotation") && is_attribute(1, "light", ""));
    if (read_reference(0, &r) == 0) {
        CHECK(r.n == 60 * 21);
        CHECK_NEAR(r.time_s[0], -0.5, 1e-6);
        CHECK_NEAR(r.time_s[30], 0, 1e-6);
        CHECK_NEAR(r.heart_rate[7], 96, 0);
        CHECK_NEAR(r.wave[30], 60, 0.5);
        plethio_reference_free(&r);
    }
    refused(1, "cut off");

    /* the pictures are those that were written, at the times of their names */
    if (plethio_video_open(&video, opened.recording[0].input, NULL, &e) == 0) {
        while (plethio_video_next(video, &frame, &e) == 1) {
            double time_s;

            plethio_scene_frame(scene, got, rgb, &time_s, NULL);
            CHECK_NEAR((double)frame.time_ns * 1e-9, time_s, 1e-8);
            CHECK(frame.format == PLETH_RGB24 && frame.width == 96 && frame.height == 96);
            for (int y = 0; y < 96 && got % 100 == 0; y++)
                CHECK(memcmp((const uint8_t *)frame.plane[0] + y * frame.stride[0],
                             rgb + 3 * 96 * y, 3 * 96) == 0);
            got++;
        }
        CHECK(got == frames && !plethio_video_warning(video));
        plethio_video_close(&video);
    } else {
        printf("%s\n", e.text);
        CHECK(0);
    }
    plethio_dataset_free(&opened);

    said = evaluate("pure", "pure", &status, "--json", "--group", "motion", (char *)NULL);
    CHECK(status == TOOL_FAILED); /* one of two has no whole reference */
    CHECK(number_after(said, "\"n\":") >= 5);
    CHECK_NEAR(number_after(said, "\"mae\":{\"value\":"), 0, 1.5);
    CHECK_NEAR(number_after(said, "\"coverage\":"), 1, 0.3);
    free(rgb);
    plethio_scene_close(&scene);
}

/* A picture that is cut is left out, and says so; pictures with plain numbers need a rate. */
static void test_pictures(void)
{
    struct plethio_video_options options = {.rate_hz = 25};
    struct plethio_video *video;
    struct plethio_error e = {{0}};
    uint8_t rgb[3 * 16 * 8];
    pleth_frame frame;
    FILE *f;
    int got = 0;

    for (int i = 0; i < (int)sizeof rgb; i++)
        rgb[i] = (uint8_t)(2 * i);
    put_png("pictures/b10.png", rgb, 16, 8);
    put_png("pictures/b9.png", rgb, 16, 8);
    put_png("pictures/b8.png", rgb, 16, 8);
    put_png("pictures/title.png", rgb, 16, 8);
    f = create("pictures/b11.png");
    fwrite("\211PNG\r\n\032\n", 1, 8, f);
    fclose(f);
    CHECK(plethio_video_open(&video, recording_path("pictures"), NULL, &e) == -1);
    CHECK(strstr(e.text, "--rate-hz") && !strchr(e.text, '\n'));
    CHECK(plethio_video_open(&video, recording_path("pictures"), &options, &e) == 0);
    while (video && plethio_video_next(video, &frame, &e) == 1) {
        CHECK(frame.time_ns == (int64_t)got * 40000000);
        CHECK(memcmp(frame.plane[0], rgb, 48) == 0);
        got++;
    }
    CHECK(got == 3 && video && plethio_video_warning(video));
    plethio_video_close(&video);
    options.from_s = 0.05;
    CHECK(plethio_video_open(&video, recording_path("pictures"), &options, &e) == 0);
    CHECK(video && plethio_video_next(video, &frame, &e) == 1 && frame.time_ns == 80000000);
    plethio_video_close(&video);
    make_folders("empty/x");
    CHECK(plethio_video_open(&video, recording_path("empty"), &options, &e) == -1);
    CHECK(strstr(e.text, "no pictures"));
}

/* Times that the caller gives go before the file's own. */
static void test_times(void)
{
    static const double time_s[] = {0, 0.5, 0.75};
    struct plethio_video_options options = {.rate_hz = 25, .frame_s = time_s, .frames = 3};
    struct plethio_video_info info;
    struct plethio_video *video;
    struct plethio_error e;
    uint8_t rgb[3 * 8 * 8] = {0};
    pleth_frame frame;
    int got = 0;

    for (int i = 0; i < 5; i++) {
        char name[40];

        snprintf(name, sizeof name, "timed/%d.png", i);
        put_png(name, rgb, 8, 8);
    }
    CHECK(plethio_video_open(&video, recording_path("timed"), &options, &e) == 0);
    if (!video)
        return;
    plethio_video_info(video, &info);
    CHECK_NEAR(info.duration_s, 0.75, 1e-9);
    while (plethio_video_next(video, &frame, &e) == 1 && got < 3)
        CHECK_NEAR((double)frame.time_ns * 1e-9, time_s[got++], 1e-9);
    CHECK(got == 3);
    plethio_video_close(&video);
}

#endif

/* ---- MMPD and SCAMPS ------------------------------------------------------------------------- */

#ifdef PLETH_WITH_MATIO

static void add_variable(mat_t *file, const char *name, enum matio_classes class,
                         enum matio_types type, int rank, size_t *dims, const void *data,
                         enum matio_compression compression)
{
    matvar_t *v = Mat_VarCreate(name, class, type, rank, dims, (void *)(uintptr_t)data, 0);

    CHECK(v && Mat_VarWrite(file, v, compression) == 0);
    Mat_VarFree(v);
}

static void add_text(mat_t *file, const char *name, const char *text)
{
    size_t dims[2] = {1, strlen(text)};

    add_variable(file, name, MAT_C_CHAR, MAT_T_UTF8, 2, dims, text, MAT_COMPRESSION_NONE);
}

static mat_t *create_mat(const char *name, enum mat_ft version)
{
    mat_t *file;

    make_folders(name);
    file = Mat_CreateVer(recording_path(name), NULL, version);
    if (!file) {
        printf("matio cannot write %s\n", name);
        exit(1);
    }
    return file;
}

/* The face and its wave as MMPD or, with waves of breathing, SCAMPS have them: time first. */
static void put_face(const char *name, double rate, int scamps)
{
    int frames;
    struct plethio_scene *scene = open_face(rate, &frames);
    const size_t pixels = 3 * 96 * 96;
    uint8_t *rgb = malloc(pixels);
    float *video = malloc(pixels * (size_t)frames * sizeof *video);
    double *wave = malloc((size_t)frames * sizeof *wave), skin = 5;
    double *breath = malloc((size_t)frames * sizeof *breath);
    size_t dims[4] = {(size_t)frames, 96, 96, 3}, row[2] = {1, (size_t)frames}, one[2] = {1, 1};
    mat_t *file = create_mat(name, MAT_FT_MAT5);

    for (int t = 0; t < frames; t++) {
        plethio_scene_frame(scene, t, rgb, NULL, NULL);
        for (size_t y = 0; y < 96; y++)
            for (size_t x = 0; x < 96; x++)
                for (size_t c = 0; c < 3; c++)
                    video[((c * 96 + x) * 96 + y) * (size_t)frames + (size_t)t] =
                        (float)rgb[3 * (96 * y + x) + c] / 255;
        wave[t] = sin(2 * 3.14159265358979 * rate / 60 * t / 30.0);
        breath[t] = sin(2 * 3.14159265358979 * 15 / 60 * t / 30.0);
    }
    add_variable(file, scamps ? "Xsub" : "video", MAT_C_SINGLE, MAT_T_SINGLE, 4, dims, video,
                 MAT_COMPRESSION_ZLIB);
    add_variable(file, scamps ? "d_ppg" : "GT_ppg", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, row, wave,
                 MAT_COMPRESSION_ZLIB);
    if (scamps)
        add_variable(file, "d_br", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, row, breath,
                     MAT_COMPRESSION_ZLIB);
    add_variable(file, "skin_color", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, one, &skin,
                 MAT_COMPRESSION_NONE);
    add_text(file, "light", "LED-low");
    add_text(file, "motion", "Walking ");
    add_text(file, "gender", "female");
    Mat_Close(file);
    free(video);
    free(wave);
    free(breath);
    free(rgb);
    plethio_scene_close(&scene);
}

static void test_mmpd(void)
{
    FILE *f;

    put_face("mmpd/subject4/p4_2.mat", 90, 0);
    f = create("mmpd/subject4/p4_9.mat");
    fwrite("MATLAB 5.0", 1, 10, f);
    fclose(f);
    if (open_set("mmpd", "mmpd", 2))
        return;
    CHECK(strcmp(opened.recording[0].name, "p4_2") == 0);
    CHECK(strcmp(opened.recording[0].person, "p4") == 0);
    CHECK(is_attribute(0, "skin", "5") && is_attribute(0, "light", "LED-low"));
    CHECK(is_attribute(0, "motion", "Walking") && is_attribute(0, "gender", "female"));
    CHECK(is_attribute(0, "makeup", "") && opened.recording[1].attributes == 0);
    refused(1, "no MATLAB file");
    plethio_dataset_free(&opened);
#ifdef WITH_VIDEO
    {
        char line[4000];
        int found = 0, status;
        const char *said =
            evaluate("mmpd", "mmpd", &status, "--json", "--group", "skin", (char *)NULL);

        CHECK(status == TOOL_FAILED); /* one of two is no MATLAB file */
        CHECK(number_after(said, "\"n\":") >= 5);
        CHECK_NEAR(number_after(said, "\"mae\":{\"value\":"), 0, 1.5);

        f = fopen(recording_path("out"), "r");
        while (f && fgets(line, sizeof line, f))
            found |= strstr(line, "\"name\":\"skin\",\"value\":\"5\"") != NULL;
        if (f)
            fclose(f);
        CHECK(found);
    }
#endif
}

enum { T = 70, H = 6, W = 4 };

#ifdef WITH_VIDEO

/* Frames of the values that test_scamps makes. */
static void check_ramp(const char *path)
{
    struct plethio_video_options options = {.rate_hz = 30};
    struct plethio_video *video;
    struct plethio_error e = {{0}};
    pleth_frame frame;
    int got = 0, right = 1;

    CHECK(plethio_video_open(&video, path, &options, &e) == 0);
    while (video && plethio_video_next(video, &frame, &e) == 1) {
        const uint8_t *p = frame.plane[0];

        right &= frame.width == W && frame.height == H && frame.format == PLETH_RGB24;
        CHECK_NEAR((double)frame.time_ns, got / 30.0 * 1e9, 1);
        for (int y = 0; y < H && right; y++)
            for (int k = 0; k < W; k++)
                for (int c = 0; c < 3; c++)
                    right &=
                        p[y * frame.stride[0] + 3 * k + c] == (got + 2 * y + 3 * k + 5 * c) % 256;
        got++;
    }
    CHECK(got == T && right);
    plethio_video_close(&video);
}

#endif

#ifdef WITH_VIDEO

/* A made-up face with both its waves, evaluated. */
static void test_breathing(void)
{
    const char *said;
    int status;

    put_face("breathing/P1.mat", 90, 1);
    said = evaluate("scamps", "breathing", &status, "--json", (char *)NULL);
    CHECK(status == TOOL_OK);
    CHECK_NEAR(number_after(said, "\"mae\":{\"value\":"), 0, 1.5);
    said = strstr(said, "\"breathing_rate\":{");
    CHECK(said && number_after(said, "\"n\":") >= 3);
    /* guesses of the first breaths may be twice as fast */
    CHECK_NEAR(said ? number_after(said, "\"mae_answered\":") : 99, 0, 2);
}

#endif

static void test_scamps(void)
{
    static double x[T * H * W * 3], ppg[T], br[T], bad[T * H * W * 3];
    size_t dims[4] = {T, H, W, 3}, row[2] = {1, T};
    struct plethio_reference r;
    mat_t *file = create_mat("scamps/P000123.mat", MAT_FT_MAT73);

    /* value = (frame + 2 row + 3 column + 5 colour) mod 256 */
    for (int t = 0; t < T; t++) {
        for (int y = 0; y < H; y++)
            for (int k = 0; k < W; k++)
                for (int c = 0; c < 3; c++)
                    x[((c * W + k) * H + y) * T + t] = (t + 2 * y + 3 * k + 5 * c) % 256 / 255.0;
        ppg[t] = t;
        br[t] = -t;
    }
    memcpy(bad, x, sizeof bad);
    bad[17] = (double)NAN;
    add_variable(file, "Xsub", MAT_C_DOUBLE, MAT_T_DOUBLE, 4, dims, x, MAT_COMPRESSION_NONE);
    add_variable(file, "d_ppg", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, row, ppg, MAT_COMPRESSION_NONE);
    add_variable(file, "d_br", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, row, br, MAT_COMPRESSION_NONE);
    Mat_Close(file);
    file = create_mat("scamps/P000124.mat", MAT_FT_MAT5);
    add_variable(file, "Xsub", MAT_C_DOUBLE, MAT_T_DOUBLE, 4, dims, bad, MAT_COMPRESSION_ZLIB);
    Mat_Close(file);
    file = create_mat("scamps/P000125.mat", MAT_FT_MAT5);
    add_variable(file, "Xsub", MAT_C_DOUBLE, MAT_T_DOUBLE, 4, dims, x, MAT_COMPRESSION_ZLIB);
    Mat_Close(file);
    if (open_set("scamps", "scamps", 3))
        return;
    CHECK(strcmp(opened.recording[0].person, "P000123") == 0 && opened.recording[0].rate_hz == 30);
    if (read_reference(0, &r) == 0) {
        CHECK(r.n == T && r.breath && !r.heart_rate);
        CHECK_NEAR(r.time_s[60], 2, 1e-9);
        CHECK_NEAR(r.wave[60], 60, 1e-12);
        CHECK_NEAR(r.breath[60], -60, 1e-12);
        plethio_reference_free(&r);
    }
    refused(1, "d_ppg");
#ifdef WITH_VIDEO
    check_ramp(opened.recording[0].input);
    check_ramp(opened.recording[2].input);
    {
        struct plethio_video_options options = {.rate_hz = 30};
        struct plethio_video *video;
        struct plethio_error e = {{0}};

        CHECK(plethio_video_open(&video, opened.recording[0].input, NULL, &e) == -1);
        CHECK(strstr(e.text, "--rate-hz"));
        CHECK(plethio_video_open(&video, opened.recording[1].input, &options, &e) == -1);
        CHECK(strstr(e.text, "nan") && !strchr(e.text, '\n'));
        CHECK(truncate(opened.recording[2].input, 2000) == 0);
        CHECK(plethio_video_open(&video, opened.recording[2].input, &options, &e) == -1);
        CHECK(strstr(e.text, "cut off") && !strchr(e.text, '\n'));
    }
#endif
    plethio_dataset_free(&opened);
}

#endif

/* ---- COHFACE ----------------------------------------------------------------------------------
 */

#ifdef PLETH_WITH_HDF5

static void put_hdf5(const char *name, int n, int timed)
{
    double *value = malloc((size_t)n * sizeof *value);
    hsize_t dims[1] = {(hsize_t)n};
    hid_t file, space = H5Screate_simple(1, dims, NULL);
    static const char *const names[] = {"pulse", "respiration", "time"};

    make_folders(name);
    file = H5Fcreate(recording_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int k = 0; k < 2 + timed; k++) {
        hid_t set = H5Dcreate2(file, names[k], k ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT, space,
                               H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

        for (int i = 0; i < n; i++)
            value[i] = k == 2 ? 100 + i / 200.0 : (k + 1) * i;
        CHECK(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
        H5Dclose(set);
    }
    H5Sclose(space);
    H5Fclose(file);
    free(value);
}

static void test_cohface(void)
{
    struct plethio_reference r;
    struct plethio_error e;
    struct stat whole;

    put_text("cohface/1/0/data.avi", "x");
    put_text("cohface/1/3/data.avi", "x");
    put_text("cohface/12/1/data.avi", "x");
    put_text("cohface/12/2/data.avi", "x");
    put_text("cohface/protocols/clean/all.txt", "1/0/data\n12/1/data\n");
    put_hdf5("cohface/1/0/data.hdf5", 512, 0);
    put_hdf5("cohface/1/3/data.hdf5", 400, 1);
    put_hdf5("cohface/12/1/data.hdf5", 512, 0);
    CHECK(stat(recording_path("cohface/12/1/data.hdf5"), &whole) == 0);
    CHECK(truncate(recording_path("cohface/12/1/data.hdf5"), whole.st_size / 2) == 0);
    if (open_set("cohface", "cohface", 3))
        return;
    CHECK(opened.unlabelled == 1);
    CHECK(strcmp(opened.recording[0].name, "1/0/data") == 0);
    CHECK(strcmp(opened.recording[1].name, "1/3/data") == 0);
    CHECK(strcmp(opened.recording[2].person, "12") == 0);
    CHECK(is_attribute(0, "light", "studio") && is_attribute(1, "light", "natural"));
    CHECK(is_attribute(1, "session", "3"));
    if (read_reference(0, &r) == 0) {
        CHECK(r.n == 512 && r.breath);
        CHECK_NEAR(r.time_s[256], 1, 1e-12);
        CHECK_NEAR(r.wave[256], 256, 1e-12);
        CHECK_NEAR(r.breath[256], 512, 1e-12);
        plethio_reference_free(&r);
    }
    if (read_reference(1, &r) == 0) {
        CHECK_NEAR(r.time_s[0], 0, 0);
        CHECK_NEAR(r.time_s[200], 1, 1e-9);
        plethio_reference_free(&r);
    }
    refused(2, "HDF5");
    CHECK(plethio_dataset_split(&opened, recording_path("cohface/protocols/clean/all.txt"), NULL,
                                &e) == 0);
    CHECK(opened.count == 2 && strcmp(opened.recording[1].name, "12/1/data") == 0);
    plethio_dataset_free(&opened);
}

#endif

/* ---- References in text ------------------------------------------------------------------------
 */

static void test_phys(void)
{
    struct plethio_reference r;

    put_text("phys/s3/vid_s3_T2.avi", "x");
    put_text("phys/s3/bvp_s3_T2.csv", "1.5\n-2\n3e1\n4\n");
    put_text("phys/s3/vid_s3_T3.avi", "x");
    put_text("phys/s4/vid_s4_T1.avi", "x");
    put_text("phys/s4/bvp_s4_T1.csv", "");
    put_text("phys/s4/eda_s4_T1.csv", "1\n");
    if (open_set("ubfc-phys", "phys", 2))
        return;
    CHECK(opened.unlabelled == 1 && strcmp(opened.recording[0].name, "s3_T2") == 0);
    CHECK(strcmp(opened.recording[0].person, "s3") == 0);
    CHECK(is_attribute(0, "task", "T2") && is_attribute(0, "activity", "speech"));
    CHECK(is_attribute(1, "activity", "rest"));
    if (read_reference(0, &r) == 0) {
        CHECK(r.n == 4);
        CHECK_NEAR(r.time_s[3], 3 / 64.0, 1e-12);
        CHECK_NEAR(r.wave[2], 30, 0);
        plethio_reference_free(&r);
    }
    refused(1, "bvp_s4_T1.csv");
    plethio_dataset_free(&opened);
}

/* n samples of 60 a second; frames 25 a second from 7 ms on, so many */
static void put_lgi(const char *folder, int n, int frames)
{
    char name[300];
    FILE *f;

    snprintf(name, sizeof name, "%s/cv_camera_sensor_stream_handler.avi", folder);
    put_text(name, "x");
    snprintf(name, sizeof name, "%s/cms50_stream_handler.xml", folder);
    f = create(name);
    fprintf(f, "<?xml version=\"1.0\"?>\n<!-- <value2> --><data>\n");
    for (int i = 0; i < n; i++)
        fprintf(f,
                " <value%d>\n  <value0>%d</value0>\n  <value1>%d</value1>\n  <value2> %d\n</value2>"
                "\n </value%d>\n",
                i, i, i < 10 ? 0 : 70, i, i);
    fprintf(f, "<count/></data>\n");
    fclose(f);
    snprintf(name, sizeof name, "%s/cv_camera_sensor_timer_stream_handler.xml", folder);
    if (!frames)
        return;
    f = create(name);
    fprintf(f, "<data>");
    for (int i = 0; i < frames; i++)
        fprintf(f, "<value%d><value1>%.3f</value1></value%d>", i, 7 + 40.0 * i, i);
    fprintf(f, "</data>");
    fclose(f);
}

static void test_lgi(void)
{
    struct plethio_reference r;

    put_lgi("lgi/alex/alex_gym", 600, 226);
    put_lgi("lgi/cpi/cpi_talk", 120, 0);
    put_lgi("lgi/cpi/cpi_rotation", 120, 60);
    put_text("lgi/cpi/cpi_rotation/cms50_stream_handler.xml",
             "<data><value0><value2>1</value2></value0><value1><value2>2");
    put_lgi("lgi/cpi/cpi_resting", 120, 60);
    put_text("lgi/cpi/cpi_resting/cv_camera_sensor_timer_stream_handler.xml",
             "<d><v><value1>5</value1></v><v><value1>4</value1></v><v><value1>3</value1></v></d>");
    if (open_set("lgi", "lgi", 4))
        return;
    CHECK(strcmp(opened.recording[0].name, "alex/alex_gym") == 0);
    CHECK(strcmp(opened.recording[0].person, "alex") == 0 && is_attribute(0, "session", "gym"));
    if (read_reference(0, &r) == 0) {
        /* the video lasts 9 s, the clip 10, so it begins a second early */
        CHECK(r.n == 600 && r.frames == 226);
        CHECK_NEAR(r.frame_s[0], 0, 0);
        CHECK_NEAR(r.frame_s[225], 9, 1e-9);
        CHECK_NEAR(r.time_s[0], -1, 1e-9);
        CHECK_NEAR(r.time_s[60], 0, 1e-9);
        CHECK_NEAR(r.wave[60], 60, 0);
        CHECK(isnan(r.heart_rate[9]));
        CHECK_NEAR(r.heart_rate[10], 70, 0);
        plethio_reference_free(&r);
    }
    refused(1, "the time increases in 1 of 3");
    refused(2, "cut off");
    if (read_reference(3, &r) == 0) {
        CHECK(r.n == 120 && r.frames == 0 && is_attribute(3, "session", "talk"));
        CHECK_NEAR(r.time_s[0], 0, 0);
        plethio_reference_free(&r);
    }
    plethio_dataset_free(&opened);
}

static void test_vipl(void)
{
    struct plethio_reference r;
    FILE *f;

    put_text("vipl/data/p7/v2/source1/video.avi", "x");
    put_text("vipl/data/p7/v2/source1/gt_HR.csv", "HR\n70\n0\n72\n");
    put_text("vipl/data/p7/v2/source1/time.txt", "1000\n1040\n1090\n");
    f = create("vipl/data/p7/v2/source1/wave.csv");
    fprintf(f, "Wave\n");
    for (int i = 0; i < 200; i++)
        fprintf(f, "%d\n", i);
    fclose(f);
    put_text("vipl/data/p7/v2/source2/video.avi", "x");
    put_text("vipl/data/p7/v2/source2/gt_HR.csv", "HR\n70\n71\n");
    put_text("vipl/data/p7/v2/source3/video.avi", "x");
    put_text("vipl/data/p7/v2/source3/wave.csv", "Wave\n");
    put_text("vipl/data/p7/v2/source4/video.avi", "x");
    put_text("vipl/data/p7/v2/source4/wave.csv", "Wave\n1\n2\n");
    if (open_set("vipl", "vipl", 3))
        return;
    CHECK(strcmp(opened.recording[0].name, "data/p7/v2/source1") == 0);
    CHECK(strcmp(opened.recording[0].person, "p7") == 0);
    CHECK(is_attribute(0, "task", "v2") && is_attribute(0, "source", "1"));
    if (read_reference(0, &r) == 0) {
        CHECK(r.n == 200 && r.frames == 3);
        CHECK_NEAR(r.frame_s[2], 0.09, 1e-9);
        CHECK_NEAR(r.time_s[120], 2, 1e-9);
        CHECK_NEAR(r.wave[120], 120, 0);
        CHECK_NEAR(r.heart_rate[59], 70, 0);
        CHECK(isnan(r.heart_rate[60]) && isnan(r.heart_rate[180]));
        CHECK_NEAR(r.heart_rate[130], 72, 0);
        plethio_reference_free(&r);
    }
    if (read_reference(1, &r) == 0) {
        CHECK(r.n == 2 && !r.wave);
        CHECK_NEAR(r.heart_rate[1], 71, 0);
        plethio_reference_free(&r);
    }
    refused(2, "wave.csv");
    plethio_dataset_free(&opened);
}

static void test_bp4d(void)
{
    static const char *const name[] = {"BP_mmHg.txt", "Pulse Rate_BPM.txt",
                                       "Respiration Rate_BPM.txt"};
    struct plethio_reference r;

    for (int k = 0; k < 3; k++) {
        char path[100];
        FILE *f;

        snprintf(path, sizeof path, "bp4d/Physiology/F001/T3/%s", name[k]);
        f = create(path);
        for (int i = 0; i < 2001; i++)
            fprintf(f, "%d\n", k == 0 ? i : k == 1 ? 80 : 14);
        fclose(f);
    }
    put_text("bp4d/2D+3D/F001/T3/0001.jpg", "x");
    put_text("bp4d/Physiology/M002/T10/BP_mmHg.txt", "1\n2\n3\n");
    put_text("bp4d/Physiology/M002/T10/Pulse Rate_BPM.txt", "70\n");
    put_text("bp4d/2D+3D/M002/T10.mp4", "x");
    put_text("bp4d/Physiology/M003/T1/BP_mmHg.txt", "1\n");
    if (open_set("bp4d", "bp4d", 2))
        return;
    CHECK(strcmp(opened.recording[0].name, "F001/T3") == 0 && opened.recording[0].rate_hz == 25);
    CHECK(strstr(opened.recording[0].input, "/2D+3D/F001/T3"));
    CHECK(is_attribute(0, "gender", "female") && is_attribute(0, "task", "T3"));
    CHECK(strcmp(opened.recording[1].person, "M002") == 0 && opened.recording[1].rate_hz == 0);
    if (read_reference(0, &r) == 0) {
        CHECK(r.n == 2001);
        CHECK_NEAR(r.time_s[1500], 1.5, 1e-9);
        CHECK_NEAR(r.wave[1500], 1500, 0);
        CHECK_NEAR(r.heart_rate[2000], 80, 0);
        CHECK_NEAR(r.breathing_rate[0], 14, 0);
        plethio_reference_free(&r);
    }
    refused(1, "1 values where");
    plethio_dataset_free(&opened);
}

static void test_nothing(void)
{
    const struct plethio_layout *layout;

    make_folders("nothing/x");
    for (int i = 0; (layout = plethio_layout_at(i)); i++) {
        open_set(plethio_layout_name(layout), "nothing", 0);
        open_set(plethio_layout_name(layout), "absent", 0);
        CHECK(plethio_layout_find(plethio_layout_name(layout)) == layout);
    }
    CHECK(!plethio_layout_find("") && !plethio_layout_find("PURE"));
}

int main(void)
{
    recording_begin();
    test_nothing();
    test_phys();
    test_lgi();
    test_vipl();
    test_bp4d();
#ifdef PLETH_WITH_HDF5
    test_cohface();
#endif
#ifdef PLETH_WITH_MATIO
    test_scamps();
#ifdef WITH_VIDEO
    test_breathing();
#endif
    test_mmpd();
#endif
#ifdef WITH_VIDEO
    test_pictures();
    test_times();
    test_pure();
#endif
    recording_end();
    return test_done();
}
