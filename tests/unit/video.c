/* Videos written and read again: colours, time stamps, parts, cuts, and what is no video. */
#define _POSIX_C_SOURCE 200809L

#include "test.h"
#include "video.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

enum { W = 64, H = 48, FRAMES = 60 };

static char folder[32], path[96];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int files_in_folder(void)
{
    DIR *d = opendir(folder);
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n - 2;
}

static long size_of(const char *name)
{
    FILE *f = fopen(name, "rb");
    long n = -1;

    if (!f)
        return -1;
    if (fseek(f, 0, SEEK_END) == 0)
        n = ftell(f);
    fclose(f);
    return n;
}

static uint32_t checksum(const char *name)
{
    FILE *f = fopen(name, "rb");
    uint32_t sum = 2166136261u;
    int c;

    if (!f)
        return 0;
    while ((c = getc(f)) != EOF)
        sum = (sum ^ (uint32_t)c) * 16777619u;
    fclose(f);
    return sum;
}

static void cut(const char *from, const char *to, long bytes)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");

    while (in && out && bytes-- > 0)
        putc(getc(in), out);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

/* Frames come 20, 30, 40, 50 ms apart in turn. */
static int64_t time_of(int i)
{
    static const int64_t sum[4] = {0, 20, 50, 90};

    return (i / 4 * 140 + sum[i % 4]) * INT64_C(1000000);
}

/* Left half of one colour, right half of another one that changes from frame to frame. */
static void paint(int i, uint8_t rgb[3 * W * H])
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            uint8_t *p = rgb + 3 * (y * W + x);

            p[0] = (uint8_t)(x < W / 2 ? 200 : 40 + 2 * i);
            p[1] = (uint8_t)(x < W / 2 ? 120 : 90);
            p[2] = (uint8_t)(x < W / 2 ? 90 : 200 - 2 * i);
        }
}

static int write_clip(const char *name, const char *codec, int crf, int keep,
                      struct plethio_error *e)
{
    static uint8_t rgb[3 * W * H];
    const struct plethio_writer_options o = {
        .width = W, .height = H, .rate_hz = 28.57, .crf = crf, .codec = codec};
    struct plethio_writer *w;

    if (plethio_writer_open(&w, name, &o, e))
        return -1;
    for (int i = 0; i < FRAMES; i++) {
        /* the first stamp is nobody's business */
        pleth_frame f = {.time_ns = 5000000000 + time_of(i),
                         .format = PLETH_RGB24,
                         .width = W,
                         .height = H,
                         .plane = {rgb},
                         .stride = {3 * W}};

        paint(i, rgb);
        if (plethio_writer_put(w, &f, e)) {
            plethio_writer_close(&w, 0, NULL);
            return -1;
        }
    }
    return plethio_writer_close(&w, keep, e);
}

struct clip {
    int frames, status, format;
    double worst_time_s, worst_colour, first_s, last_s;
    struct plethio_video_info info;
    char warning[256];
    struct plethio_error error;
};

/* Reads a clip of paint() and compares it; the first frame read is number `first`. */
static struct clip read_clip(const char *name, double from_s, double to_s, int first)
{
    static uint8_t rgb[3 * W * H], truth[3 * W * H];
    const struct plethio_video_options o = {.from_s = from_s, .to_s = to_s};
    struct clip c = {.status = -1, .first_s = -1};
    struct plethio_video *v;
    pleth_frame f;

    if (plethio_video_open(&v, name, &o, &c.error))
        return c;
    while ((c.status = plethio_video_next(v, &f, &c.error)) == 1) {
        c.worst_time_s =
            fmax(c.worst_time_s, fabs((double)(f.time_ns - time_of(first + c.frames)) * 1e-9));
        c.last_s = (double)f.time_ns * 1e-9;
        if (c.frames == 0)
            c.first_s = c.last_s;
        c.format = f.format;
        if (plethio_frame_to_rgb(v, &f, rgb, &c.error))
            break;
        paint(first + c.frames, truth);
        for (int y = 4; y < H - 4; y += 8)
            for (int x = 4; x < W - 4; x++)
                for (int k = 0; k < 3 && (x < W / 2 - 4 || x > W / 2 + 4); k++)
                    c.worst_colour = fmax(
                        c.worst_colour, abs(rgb[3 * (y * W + x) + k] - truth[3 * (y * W + x) + k]));
        c.frames++;
    }
    plethio_video_info(v, &c.info);
    if (plethio_video_warning(v))
        snprintf(c.warning, sizeof c.warning, "%s", plethio_video_warning(v));
    plethio_video_close(&v);
    return c;
}

static void check_round_trips(void)
{
    /* counts: containers that know frame numbers only, so that time stamps are rounded to them */
    static const struct {
        const char *name, *codec;
        int crf, counts, format;
        double time_s, colour;
    } cases[] = {
        {"a.mp4", NULL, 18, 0, PLETH_I420, 1e-5, 6},
        {"b.mp4", NULL, 0, 0, PLETH_I420, 1e-5, 2},
        {"c.mkv", "mpeg4", 12, 0, PLETH_I420, 1e-3, 8},
        {"d.mov", "mjpeg", 12, 0, PLETH_I420, 1e-5, 8},
        {"e.mkv", "ffv1", 0, 0, PLETH_RGB24, 1e-3, 0},
        {"f.avi", "rawvideo", 0, 1, PLETH_BGR24, 1, 0},
        {"g.y4m", NULL, 0, 1, PLETH_I420, 1, 2},
        {"h.nut", "rawvideo", 0, 0, PLETH_BGR24, 1e-5, 0},
    };
    struct plethio_error e = {""};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct clip c;
        uint32_t sum;

        if (write_clip(in_folder(cases[i].name), cases[i].codec, cases[i].crf, 1, &e)) {
            printf("%s: %s\n", cases[i].name, e.text);
            CHECK(0);
            continue;
        }
        CHECK(files_in_folder() == 1);
        sum = checksum(path);
        c = read_clip(path, 0, 0, 0);
        CHECK(c.status == 0 && c.frames == FRAMES && !*c.warning);
        CHECK(c.info.width == W && c.info.height == H && c.info.camera_locked == -1);
        CHECK(c.first_s == 0);
        CHECK(c.format == cases[i].format);
        if (!cases[i].counts)
            CHECK(c.worst_time_s <= cases[i].time_s);
        CHECK(c.worst_colour <= cases[i].colour);
        printf("%-6s %s worst time %.6f s, colour %g\n", cases[i].name, c.info.codec,
               c.worst_time_s, c.worst_colour);
        unlink(path);
        CHECK(write_clip(path, cases[i].codec, cases[i].crf, 1, &e) == 0);
        CHECK(checksum(path) == sum);
        unlink(path);
    }
}

static void check_parts(void)
{
    struct plethio_error e;
    struct clip c;

    CHECK(write_clip(in_folder("parts.mp4"), NULL, 18, 1, &e) == 0);
    CHECK(write_clip(in_folder("parts.mkv"), NULL, 18, 1, &e) == 0);
    for (int i = 0; i < 2; i++) {
        in_folder(i ? "parts.mkv" : "parts.mp4");
        /* frames 20 to 39: 0.7 s up to before 1.4 s */
        c = read_clip(path, 0.699, 1.399, 20);
        CHECK(c.status == 0 && c.frames == 20 && !*c.warning);
        CHECK(c.worst_time_s <= 1e-3 && c.worst_colour <= 6);
        c = read_clip(path, 1.399, 0, 40);
        CHECK(c.frames == FRAMES - 40 && c.worst_time_s <= 1e-3 && c.worst_colour <= 6);
        c = read_clip(path, 99, 0, 0);
        CHECK(c.status == 0 && c.frames == 0);
        c = read_clip(path, 2, 1, 0);
        CHECK(c.status == -1 && strstr(c.error.text, "before it begins"));
        c = read_clip(path, (double)NAN, 0, 0);
        CHECK(c.status == -1);
        if (i)
            break;
        unlink(path);
    }
    unlink(path);
}

static void check_cuts(void)
{
    char whole[96];
    struct plethio_error e;
    struct clip c;

    CHECK(write_clip(in_folder("whole.mkv"), "mjpeg", 12, 1, &e) == 0);
    strcpy(whole, path);
    cut(whole, in_folder("cut.mkv"), size_of(whole) / 2);
    c = read_clip(path, 0, 0, 0);
    CHECK(c.status == 0 && c.frames > FRAMES / 3 && c.frames < 2 * FRAMES / 3);
    CHECK(strstr(c.warning, "cut") != NULL);
    CHECK(c.worst_time_s <= 1e-3 && c.worst_colour <= 8);
    unlink(path);
    unlink(whole);

    /* an mp4 without its index can not be read at all, and says so */
    CHECK(write_clip(in_folder("whole.mp4"), NULL, 18, 1, &e) == 0);
    strcpy(whole, path);
    cut(whole, in_folder("cut.mp4"), size_of(whole) / 2);
    c = read_clip(path, 0, 0, 0);
    CHECK(c.status == -1 && strstr(c.error.text, "cut before its index"));
    unlink(path);
    unlink(whole);
}

static void check_y4m(void)
{
    static const uint8_t chroma[2 * 2 * 2];
    FILE *f = fopen(in_folder("odd.y4m"), "wb");
    struct plethio_video *v;
    struct plethio_error e;
    pleth_frame frame;

    if (!f)
        test_skip("temporary files can not be written");
    fprintf(f, "YUV4MPEG2 W3 H3 F25:1 Ip A1:1 C420jpeg\n");
    for (int i = 0; i < 3; i++) {
        fprintf(f, "FRAME\n");
        for (int k = 0; k < 9; k++)
            putc(10 * i + k, f);
        fwrite(chroma, 1, sizeof chroma, f);
    }
    fprintf(f, "FRAME\nxyz");
    fclose(f);
    CHECK(plethio_video_open(&v, path, NULL, &e) == 0);
    for (int i = 0; v && i < 3; i++) {
        CHECK(plethio_video_next(v, &frame, &e) == 1);
        CHECK(frame.format == PLETH_I420 && frame.width == 3 && frame.height == 3);
        CHECK(frame.time_ns == i * INT64_C(40000000));
        CHECK(frame.plane[0][2 * frame.stride[0] + 2] == 10 * i + 8);
    }
    /* the last frame is cut: the end, not a failure */
    if (v)
        CHECK(plethio_video_next(v, &frame, &e) == 0);
    plethio_video_close(&v);
    CHECK(v == NULL);
    unlink(path);
}

static void check_refusals(void)
{
    struct plethio_video *v;
    struct plethio_error e;
    FILE *f;

    CHECK(plethio_video_open(&v, in_folder("absent.mp4"), NULL, &e) == -1);
    CHECK(v == NULL && strstr(e.text, "absent.mp4") && strstr(e.text, "No such file"));
    f = fopen(in_folder("text.mp4"), "wb");
    if (f) {
        fprintf(f, "this is no video\n");
        fclose(f);
    }
    CHECK(plethio_video_open(&v, path, NULL, &e) == -1);
    unlink(path);

    /* nothing stays behind when it is not wanted, or never began */
    CHECK(write_clip(in_folder("no.mp4"), NULL, 18, 0, &e) == 0);
    CHECK(write_clip(in_folder("no.xyz"), NULL, 18, 1, &e) == -1);
    CHECK(write_clip(in_folder("no.mp4"), "nonesuch", 18, 1, &e) == -1);
    CHECK(strstr(e.text, "nonesuch") != NULL);
    CHECK(write_clip(in_folder("no.mp4"), "aac", 18, 1, &e) == -1);
    CHECK(write_clip(in_folder("no.mp4"), NULL, 52, 1, &e) == -1);
    CHECK(write_clip("/nowhere/no.mp4", NULL, 18, 1, &e) == -1);
    CHECK(files_in_folder() == 0);
}

/* Each frame turned by 90, 180, 270 degrees: where its corner comes to lie. */
static void check_turns(void)
{
    static const uint8_t stored[3 * 2 * 2 * 2] = {10, 20, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    /* of the stored top left corner in an upright picture of 2 x 2 */
    static const int corner[4] = {0, 1, 3, 2};
    uint8_t rgb[3 * 4];
    struct plethio_error e;

    for (int i = 0; i < 4; i++) {
        pleth_frame f = {.format = PLETH_RGB24,
                         .width = 2,
                         .height = 2,
                         .rotation = 90 * i,
                         .plane = {stored},
                         .stride = {6}};

        CHECK(plethio_frame_to_rgb(NULL, &f, rgb, &e) == 0);
        for (int k = 0; k < 4; k++)
            CHECK(rgb[3 * k + 1] == (k == corner[i] ? 20 : 0));
    }
}

static void check_recordings(void)
{
    struct plethio_video *v = NULL;
    struct plethio_video_info info;
    struct plethio_error e;
    pleth_frame f;
    char name[512];
    int n = 0;
    int64_t last = 0, longest = 0;

    if (!test_shared(name, sizeof name, "data/video/turned_head_rotated.mp4"))
        return;
    CHECK(plethio_video_open(&v, name, NULL, &e) == 0);
    while (v && plethio_video_next(v, &f, &e) == 1) {
        if (n++ && f.time_ns - last > longest)
            longest = f.time_ns - last;
        last = f.time_ns;
        CHECK(f.width == 1024 && f.height == 576 && (f.rotation == 90 || f.rotation == 270));
    }
    CHECK(n == 228);
    CHECK_NEAR((double)longest * 1e-6, 191, 1);
    if (v)
        plethio_video_info(v, &info);
    CHECK(v && info.width == 576 && info.height == 1024);
    plethio_video_close(&v);
}

int main(void)
{
#if !defined(PLETH_WITH_FFMPEG) || !PLETH_WITH_FFMPEG
    test_skip("built without FFmpeg");
#endif
    strcpy(folder, "/tmp/pleth-video-XXXXXX");
    if (!mkdtemp(folder))
        test_skip("no directory for temporary files");
    check_round_trips();
    check_parts();
    check_cuts();
    check_y4m();
    check_refusals();
    check_turns();
    check_recordings();
    CHECK(files_in_folder() == 0);
    rmdir(folder);
    return test_done();
}
