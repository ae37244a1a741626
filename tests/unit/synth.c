/* The synthetic face: that its light does what its truth says. */
#include "test.h"

#include <string.h>

#include "inject.h"
#include "signal/spectrum.h"
#include "synth.h"

#define FRAMES 900
#define TAU 6.283185307179586

static double time_s[FRAMES];
static float rgb[FRAMES][3], parts[FRAMES][12];
static struct plethio_truth truth[FRAMES];
static double column[FRAMES], work[FRAMES];

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

/* Slope of the relative change of a column of levels on the true pulse wave. */
static double response(const float *level, int stride, int n)
{
    double mean = 0, pulse = 0, xy = 0, yy = 0;
    for (int i = 0; i < n; i++) {
        mean += (double)level[i * stride] / n;
        pulse += truth[i].pulse / n;
    }
    for (int i = 0; i < n; i++) {
        double y = truth[i].pulse - pulse;
        xy += ((double)level[i * stride] / mean - 1) * y;
        yy += y * y;
    }
    return -xy / yy;
}

/* Strongest rate, per minute, of one channel between 40 and 220 /min. */
static double peak_rate(int channel, int n, double rate_hz)
{
    for (int i = 0; i < n; i++)
        column[i] = (double)rgb[i][channel];
    double mean = mean_of(column, n), best = 0, power = 0;
    for (int i = 0; i < n; i++)
        column[i] = (column[i] - mean) * sin(TAU / 2 * (i + 0.5) / n);
    for (double f = 40; f <= 220; f += 0.1) {
        double re, im;
        pleth_dtft(column, n, f / 60 / rate_hz, &re, &im);
        if (re * re + im * im > power) {
            power = re * re + im * im;
            best = f;
        }
    }
    return best;
}

static struct plethio_synth quiet(void)
{
    struct plethio_synth p;
    plethio_synth_default(&p);
    p.rsa_ms = p.wander_ms = 0;
    p.breath_depth = p.head_px = p.chest_px = 0;
    p.motion_strength = 0;
    p.drift_percent = 0;
    p.noise_levels = p.codec_levels = 0;
    return p;
}

static void trace(const struct plethio_synth *p)
{
    struct plethio_error e = {""};
    CHECK(plethio_synth_frames(p) <= FRAMES);
    if (plethio_synth_trace(p, plethio_synth_frames(p), time_s, rgb, parts, truth, &e) < 0) {
        printf("%s\n", e.text);
        CHECK(0);
    }
}

static void test_skin(void)
{
    struct plethio_skin light, dark, bloody, last = {{0}, {0}, {0}, {0}};
    const float *p = light.pulse;
    double norm;
    plethio_skin(0.03, 0.04, &light);
    plethio_skin(0.43, 0.04, &dark);
    plethio_skin(0.03, 0.07, &bloody);
    /* the signature that cameras measure on light skin (Wang 2017) */
    norm = sqrt((double)(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]));
    CHECK_NEAR((double)p[0] / norm, 0.33, 0.05);
    CHECK_NEAR((double)p[1] / norm, 0.77, 0.05);
    CHECK_NEAR((double)p[2] / norm, 0.53, 0.05);
    for (int c = 0; c < 3; c++) {
        CHECK(dark.diffuse[c] < 0.4f * light.diffuse[c]);
        CHECK(bloody.diffuse[c] < light.diffuse[c]);
    }
    /* darker with every per cent of melanin, always red > green > blue, never black or white */
    for (double melanin = 0.005; melanin < 0.45; melanin += 0.01)
        for (double blood = 0.01; blood < 0.1; blood += 0.01) {
            struct plethio_skin s;
            plethio_skin(melanin, blood, &s);
            CHECK(s.diffuse[0] > s.diffuse[1] && s.diffuse[1] > s.diffuse[2]);
            CHECK(s.diffuse[2] > 0 && s.diffuse[0] < 0.7f);
            for (int c = 0; c < 3; c++)
                CHECK(s.pulse[c] > 0 && s.pulse[c] < 0.01f);
            if (blood < 0.015) {
                CHECK(last.diffuse[1] == 0 || s.diffuse[1] < last.diffuse[1]);
                last = s;
            }
        }
    for (double level = 0; level <= 255; level += 0.5)
        CHECK_NEAR(plethio_level(plethio_linear(level)), level, 1e-4);
}

/* Channels lose light in the skin's own ratio, thinned by what the surface mirrors. */
static void test_trace(void)
{
    struct plethio_synth p = quiet();
    struct plethio_skin skin;
    double light[3], dark;
    p.specular_percent = 0;
    trace(&p);
    plethio_skin(0.03, 0.04, &skin);
    for (int c = 0; c < 3; c++) {
        /* from levels back to light: relative slope of the transfer curve there */
        double linear = plethio_linear((double)rgb[0][c]);
        light[c] = response(&rgb[0][c], 3, FRAMES);
        light[c] *=
            (double)rgb[0][c] *
            (plethio_linear((double)rgb[0][c] + 0.5) - plethio_linear((double)rgb[0][c] - 0.5)) /
            linear;
    }
    for (int c = 0; c < 3; c++)
        CHECK_NEAR(light[c] / light[1], (double)(skin.pulse[c] / skin.pulse[1]), 0.05);
    /* 2 % from peak to peak, a little more in cheeks and forehead */
    CHECK_NEAR(100 * light[1], 2, 0.2);
    CHECK_NEAR(peak_rate(1, FRAMES, 30), 72, 0.3);
    for (int q = 0; q < 4; q++)
        CHECK_NEAR(response(&parts[0][3 * q + 1], 12, FRAMES), response(&rgb[0][1], 3, FRAMES),
                   0.1 * response(&rgb[0][1], 3, FRAMES));
    /* what the surface mirrors hides the pulse of dark skin more than that of light skin */
    p.specular_percent = 2.5;
    trace(&p);
    light[1] = response(&rgb[0][1], 3, FRAMES);
    p.melanin_percent = 43;
    trace(&p);
    dark = response(&rgb[0][1], 3, FRAMES);
    CHECK(dark > 0.2 * light[1] && dark < 0.75 * light[1]);
    /* without a pulse nothing moves, nor in a photograph */
    p.pulse_percent = 0;
    trace(&p);
    CHECK(rgb[0][1] == rgb[FRAMES - 1][1] && truth[5].heart_rate == 0);
    p = quiet();
    p.frozen = 1;
    trace(&p);
    CHECK(rgb[0][1] == rgb[FRAMES / 2][1] && truth[5].heart_rate == 0 &&
          truth[5].breathing_rate == 0);
}

/* The mean of the true rate over time is the number of beats; variability is what was asked for. */
static void test_beats(void)
{
    struct plethio_synth p = quiet();
    static double beat_s[4000];
    struct plethio_truth one;
    double sum = 0, mean = 0, rate, at = 12.3;
    int n, flagged = 0;
    p.heart.points = 3;
    p.heart.time_s[1] = p.heart.time_s[2] = 15;
    p.heart.per_min[0] = p.heart.per_min[1] = 60;
    p.heart.per_min[2] = 120;
    p.wander_ms = 10;
    trace(&p);
    n = plethio_synth_beats(&p, beat_s, 4000);
    CHECK_NEAR(n, 45, 2);
    for (int i = 0; i < FRAMES; i++) {
        flagged += truth[i].beat;
        sum += truth[i].heart_rate / 60 / 30;
    }
    CHECK(abs(flagged - n) <= 1);
    CHECK_NEAR(sum, n, 1.01);
    CHECK_NEAR(truth[100].heart_rate, 60, 4);
    CHECK_NEAR(truth[800].heart_rate, 120, 14);
    CHECK(plethio_synth_truth(&p, 1, &at, &one, NULL) == 0);
    CHECK_NEAR(one.heart_rate, truth[369].heart_rate, 1e-9);

    p = quiet();
    p.duration_s = 1800;
    for (int kind = 0; kind < 2; kind++) {
        double deviation = 0;
        p.rsa_ms = kind ? 40 : 0;
        p.wander_ms = kind ? 0 : 25;
        n = plethio_synth_beats(&p, beat_s, 4000);
        CHECK(n > 2000 && n < 2400);
        mean = (beat_s[n - 1] - beat_s[0]) / (n - 1);
        rate = 60 / mean;
        CHECK_NEAR(rate, 72, 1.5);
        for (int i = 1; i < n; i++)
            deviation += pow(beat_s[i] - beat_s[i - 1] - mean, 2) / (n - 2);
        CHECK_NEAR(1000 * sqrt(deviation), kind ? 40 / sqrt(2) : 25, 5);
    }
    p.frozen = 1;
    CHECK(plethio_synth_beats(&p, beat_s, 4000) == 0);
}

static void test_light(void)
{
    struct plethio_synth p = quiet();
    double lowest = 1e9, highest = 0;
    int gaps = 0;
    /* a lamp of 100 Hz before 33 frames a second is seen at 100 - 3 * 33 = 1 Hz */
    p.pulse_percent = 0;
    p.rate_hz = 33;
    p.duration_s = 27;
    p.flicker_percent = 5;
    p.shutter_ms = 3;
    trace(&p);
    CHECK_NEAR(peak_rate(1, 33 * 27, 33), 60, 0.3);
    /* an exposure of one period of the lamp does not see it */
    p.shutter_ms = 10;
    p.frozen = 1;
    trace(&p);
    for (int i = 0; i < 33 * 27; i++) {
        lowest = fmin(lowest, (double)rgb[i][1]);
        highest = fmax(highest, (double)rgb[i][1]);
    }
    CHECK(highest - lowest < 1e-3);
    /* frames: uneven, missing, never out of order */
    p = quiet();
    p.jitter_ms = 8;
    p.drop_percent = 10;
    trace(&p);
    int n = plethio_synth_frames(&p);
    CHECK(n > 770 && n < 850);
    for (int i = 1; i < n; i++) {
        CHECK(time_s[i] > time_s[i - 1]);
        gaps += time_s[i] - time_s[i - 1] > 1.6 / 30;
    }
    CHECK(gaps > 50 && gaps < 130);
}

static void test_noise(void)
{
    struct plethio_synth p = quiet();
    double variance[3] = {0}, across = 0;
    p.frozen = 1;
    p.codec_levels = 0.5;
    trace(&p);
    for (int i = 0; i < FRAMES; i++) {
        double a = (double)(parts[i][1] - parts[0][1]), b = (double)(parts[i][4] - parts[0][4]);
        column[i] = a;
        work[i] = b;
    }
    double ma = mean_of(column, FRAMES), mb = mean_of(work, FRAMES);
    for (int i = 0; i < FRAMES; i++) {
        variance[0] += (column[i] - ma) * (column[i] - ma) / FRAMES;
        variance[1] += (work[i] - mb) * (work[i] - mb) / FRAMES;
        across += (column[i] - ma) * (work[i] - mb) / FRAMES;
    }
    CHECK_NEAR(sqrt(variance[0]), 0.5, 0.1);
    /* quarters do not share their noise */
    CHECK(fabs(across) < 0.25 * sqrt(variance[0] * variance[1]));
}

/* ---- Pictures ---------------------------------------------------------------------------- */

#define WIDTH 320
#define HEIGHT 240
static uint8_t picture[3 * WIDTH * HEIGHT], again[3 * WIDTH * HEIGHT], mask[WIDTH * HEIGHT];

static void mean_skin(double mean[3])
{
    int n = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        if (mask[i]) {
            n++;
            for (int c = 0; c < 3; c++)
                mean[c] += picture[3 * i + c];
        }
    for (int c = 0; c < 3; c++)
        mean[c] /= n ? n : 1;
    CHECK(n > WIDTH * HEIGHT / 40 && n < WIDTH * HEIGHT / 2);
}

/* Rendered skin moves with the truth, in the same ratio of channels as the trace. */
static void test_scene(void)
{
    struct plethio_synth p = quiet();
    struct plethio_scene *scene;
    struct plethio_error e;
    enum { N = 150 };
    double from_trace[3];
    p.width = WIDTH;
    p.height = HEIGHT;
    p.duration_s = 5;
    p.noise_levels = 1.5;
    p.pulse_percent = 4;
    trace(&p);
    for (int c = 0; c < 3; c++)
        from_trace[c] = response(&rgb[0][c], 3, N);
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    for (int i = 0; i < N; i++) {
        double mean[3], at;
        struct plethio_truth now;
        plethio_scene_frame(scene, i, picture, &at, &now);
        CHECK(at == time_s[i] && now.pulse == truth[i].pulse && now.beat == truth[i].beat);
        plethio_scene_skin(scene, mask);
        mean_skin(mean);
        for (int c = 0; c < 3; c++)
            rgb[i][c] = (float)mean[c];
    }
    for (int c = 0; c < 3; c++)
        CHECK_NEAR(response(&rgb[0][c], 3, N) / from_trace[c], 1, 0.15);
    /* any order of frames, and a second scene, give the same bytes */
    plethio_scene_frame(scene, 20, again, NULL, NULL);
    plethio_scene_close(&scene);
    CHECK(scene == NULL);
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    plethio_scene_frame(scene, 20, picture, NULL, NULL);
    CHECK(memcmp(picture, again, sizeof picture) == 0);
    plethio_scene_close(&scene);
    p.seed++;
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    plethio_scene_frame(scene, 20, picture, NULL, NULL);
    CHECK(memcmp(picture, again, sizeof picture) != 0);
    plethio_scene_close(&scene);
}

/* Talking repaints mouth and lids: the order of frames must not matter there either. */
static void test_order(void)
{
    struct plethio_synth p;
    struct plethio_scene *scene;
    struct plethio_error e;
    plethio_synth_default(&p);
    p.width = WIDTH;
    p.height = HEIGHT;
    p.motion = PLETHIO_TALKING;
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    for (int i = 0; i <= 130; i += 13)
        plethio_scene_frame(scene, i, picture, NULL, NULL);
    plethio_scene_close(&scene);
    CHECK(plethio_scene_open(&scene, &p, &e) == 0);
    plethio_scene_frame(scene, 130, again, NULL, NULL);
    CHECK(memcmp(picture, again, sizeof picture) == 0);
    plethio_scene_close(&scene);
}

/* Every drawn scene is valid, makes a trace, and can be drawn again; the tones span the range. */
static void test_draw(void)
{
    double lowest = 100, highest = 0;
    int motions[PLETHIO_MOTIONS] = {0};
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct plethio_synth p, q;
        struct plethio_error e = {""};
        plethio_synth_default(&p);
        plethio_synth_default(&q);
        p.duration_s = q.duration_s = 10;
        plethio_synth_draw(&p, seed);
        plethio_synth_draw(&q, seed);
        CHECK(memcmp(&p, &q, sizeof p) == 0 && p.duration_s == 10);
        if (plethio_synth_check(&p, &e) < 0) {
            printf("seed %d: %s\n", (int)seed, e.text);
            CHECK(0);
        }
        lowest = fmin(lowest, p.melanin_percent);
        highest = fmax(highest, p.melanin_percent);
        motions[p.motion]++;
        if (seed % 20 == 0) {
            trace(&p);
            for (int c = 0; c < 3; c++)
                CHECK(rgb[10][c] > 1 && rgb[10][c] < 254);
        }
    }
    CHECK(lowest < 1.6 && highest > 38);
    for (int i = 0; i < PLETHIO_MOTIONS; i++)
        CHECK(motions[i] > 40);
}

static void test_refusals(void)
{
    struct plethio_synth p;
    struct plethio_error e;
#define REFUSED(change, word)                                                                      \
    do {                                                                                           \
        plethio_synth_default(&p);                                                                 \
        change;                                                                                    \
        e.text[0] = '\0';                                                                          \
        CHECK(plethio_synth_check(&p, &e) < 0 && strstr(e.text, word) && !strchr(e.text, '\n'));   \
    } while (0)
    plethio_synth_default(&p);
    CHECK(plethio_synth_check(&p, &e) == 0);
    REFUSED(p.melanin_percent = 46, "melanin");
    REFUSED(p.melanin_percent = (double)NAN, "melanin");
    REFUSED(p.width = 641, "even");
    REFUSED(p.height = 32, "height");
    REFUSED(p.rate_hz = 0, "rate");
    REFUSED(p.heart.per_min[0] = 20, "pulse rate");
    REFUSED(p.heart.points = 0, "points");
    REFUSED((p.heart.points = 2, p.heart.per_min[1] = 70, p.heart.time_s[1] = -1), "back");
    REFUSED(p.breathing.per_min[0] = 100, "breathing");
    REFUSED(p.jitter_ms = 30, "jitter");
    REFUSED(p.motion = 9, "motion");
    REFUSED(p.exposure_every_s = 0.1, "exposure");
    plethio_synth_default(&p);
    e.text[0] = '\0';
    CHECK(plethio_synth_trace(&p, 5, time_s, rgb, NULL, truth, &e) < 0 && strstr(e.text, "frames"));
}

/* ---- Real footage ------------------------------------------------------------------------- */

static void test_inject(void)
{
    struct plethio_synth p;
    struct plethio_scene *scene;
    struct plethio_error e;
    static float mean[3 * WIDTH * HEIGHT], weight[WIDTH * HEIGHT];
    double share, inside = 0, skin = 0;
    /* skin of every tone is found where it is */
    for (int tone = 0; tone < 4; tone++) {
        static const double melanin[4] = {2, 8, 20, 43};
        plethio_synth_default(&p);
        p.width = WIDTH;
        p.height = HEIGHT;
        p.melanin_percent = melanin[tone];
        p.frozen = 1;
        p.seed = 33;
        CHECK(plethio_scene_open(&scene, &p, &e) == 0);
        plethio_scene_frame(scene, 0, picture, NULL, NULL);
        plethio_scene_skin(scene, mask);
        plethio_scene_close(&scene);
        for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
            mean[i] = picture[i];
        share = plethio_skin_mask(mean, WIDTH, HEIGHT, weight);
        CHECK(share > 0.04 && share < 0.4);
        inside = skin = 0;
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            inside += mask[i] ? (double)weight[i] : 0;
            skin += mask[i];
        }
        CHECK(inside > 0.5 * skin);
        CHECK(inside > 0.6 * share * WIDTH * HEIGHT);
    }
    for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
        mean[i] = 90;
    CHECK(plethio_skin_mask(mean, WIDTH, HEIGHT, weight) == 0);

    /* a change of a hundredth of a level survives bytes, and weight 0 is untouched */
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        weight[i] = i < WIDTH * HEIGHT / 2 ? 1 : 0;
    double sum = 0, changed = 0;
    for (uint32_t frame = 0; frame < 20; frame++) {
        const double loss[3] = {0, 0.0001, 0};
        memset(picture, 100, sizeof picture);
        plethio_inject(picture, weight, WIDTH, HEIGHT, loss, 7, frame);
        for (int i = 0; i < WIDTH * HEIGHT / 2; i++)
            sum += picture[3 * i + 1] - picture[3 * i];
        for (int i = 3 * WIDTH * HEIGHT / 2; i < 3 * WIDTH * HEIGHT; i++)
            changed += picture[i] != 100;
    }
    CHECK_NEAR(sum / (20 * WIDTH * HEIGHT / 2), -0.01, 0.004);
    CHECK(changed == 0);
}

static void test_power(void)
{
    /* a sine of amplitude 2 has power 2, wherever its frequency lies against the grid; a line and
       what is out of band have none */
    for (double f = 1; f < 3; f += 0.037) {
        for (int i = 0; i < FRAMES; i++) {
            time_s[i] = i / 30.0;
            column[i] = 5 + 0.3 * time_s[i] + 2 * sin(TAU * f * time_s[i] + f);
        }
        CHECK_NEAR(plethio_band_power(time_s, column, FRAMES, 0.7, 4, work), 2, 0.02);
        CHECK(plethio_band_power(time_s, column, FRAMES, 5, 9, work) < 1e-5);
    }
    for (double f = 0.8; f < 3.5; f += 0.173) {
        double hz = 0, phase = 0;
        for (int i = 0; i < 300; i++)
            column[i] = 9 - 0.2 * time_s[i] + cos(TAU * f * time_s[i] - 1);
        CHECK(plethio_strongest(time_s, column, 300, 0.7, 4, &hz, &phase, work) == 0);
        CHECK_NEAR(hz, f, 0.004);
        CHECK_NEAR(cos(phase - 1 - TAU * (hz - f) * 5), 1, 0.01);
    }
    CHECK_NEAR(plethio_fold(0, 4), 0, 0);
    CHECK_NEAR(plethio_fold(3, 4), 3, 0);
    CHECK_NEAR(plethio_fold(5, 4), 3, 1e-12);
    CHECK_NEAR(plethio_fold(9, 4), 1, 1e-12);
}

static void test_blend(void)
{
    static uint8_t a[4000], b[4000], out[4000];
    const uint8_t *both[2] = {a, b};
    memset(a, 100, sizeof a);
    memset(b, 101, sizeof b);
    for (int share = 0; share <= 65536; share += 8192) {
        const int weight[2] = {65536 - share, share};
        double sum = 0;
        plethio_blend(both, weight, 2, out, 4000, 3, (uint32_t)share);
        for (int i = 0; i < 4000; i++) {
            CHECK(out[i] == 100 || out[i] == 101);
            sum += out[i] - 100;
        }
        CHECK_NEAR(sum / 4000, share / 65536.0, 0.03);
    }
}

int main(void)
{
    test_skin();
    test_trace();
    test_beats();
    test_light();
    test_noise();
    test_scene();
    test_order();
    test_draw();
    test_refusals();
    test_inject();
    test_power();
    test_blend();
    return test_done();
}
