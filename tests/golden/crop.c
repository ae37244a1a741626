/* A real face's frames -> what published networks were given, against the recorded inputs. */
#include "test.h"

#include "camera/crop.h"
#include "camera/normalise.h"
#include "npy.h"
#include "video.h"

enum { COUNT = 301, SIDE = 36, SMALL = 9, BIG = 144 };
enum { PLANE = SIDE * SIDE, N = 3 * PLANE, M = 3 * SMALL * SMALL, K = 3 * BIG * BIG };

static const pleth_box box = {36, 76, 406, 406};

static struct npy golden(const char *name, int rows, int count)
{
    char path[500], below[100];
    struct npy array;
    snprintf(below, sizeof(below), "golden/%s", name);
    if (!test_shared(path, sizeof(path), below))
        test_skip("golden vectors are not here");
    array = npy_read(path);
    if (array.rows != rows || array.count != count) {
        printf("%s: of another shape\n", name);
        exit(1);
    }
    return array;
}

static float *vector(int n)
{
    float *v = malloc(sizeof(*v) * (size_t)n);
    if (!v)
        exit(1);
    return v;
}

struct error {
    double bias, rms, largest; /* rms and largest without the bias */
};

/* got - want, of `of` values that begin every `step` values. */
static struct error compare(const char *what, const float *got, const double *want, int count,
                            int step, int of)
{
    struct error e = {0};
    for (int t = 0; t < count; t++)
        for (int i = 0; i < of; i++)
            e.bias += ((double)got[t * step + i] - want[t * step + i]) / count / of;
    for (int t = 0; t < count; t++)
        for (int i = 0; i < of; i++) {
            double d = (double)got[t * step + i] - want[t * step + i] - e.bias;
            e.rms += d * d / count / of;
            e.largest = fmax(e.largest, fabs(d));
        }
    e.rms = sqrt(e.rms);
    printf("%s: bias %.2e, without it rms %.2e, largest %.2e\n", what, e.bias, e.rms, e.largest);
    return e;
}

/* frames(301,36,36,3) -> (301,3,36,36) */
static float *planes(const struct npy *frames)
{
    float *x = vector(COUNT * N);
    for (int t = 0; t < COUNT; t++)
        for (int i = 0; i < PLANE; i++)
            for (int c = 0; c < 3; c++)
                x[t * N + c * PLANE + i] = (float)frames->data[t * N + 3 * i + c];
    return x;
}

/* From the recorded crops on nothing depends on a decoder. */
static void inputs_from_crops(const float *crops, const struct npy *x)
{
    float *made = vector(x->count);
    struct error e;
    pleth_normalise_clip(crops, COUNT, N, made, made + N, 2 * N);
    e = compare("x from recorded crops", made, x->data, COUNT - 1, 2 * N, 2 * N);
    CHECK_NEAR(e.largest + fabs(e.bias), 0, 1e-6);
    free(made);
}

/* From the video on. The reference's frames come from swscale, which truncates and clips each pixel
 * to 8 bits where we compute in floats: 1.0 to 1.5 levels of 255 too dark, and within 2.1 of that
 * in any cell. Networks do not see a bias, so what is compared beyond it are the inputs in units of
 * their deviation. */
static void inputs_from_video(struct plethio_video *video, const float *crops, const struct npy *x)
{
    static const char *const colour[] = {"red", "green", "blue"};
    struct npy small = golden("bigsmall_published/small_x.npy", COUNT - 1, (COUNT - 1) * M);
    struct npy big = golden("bigsmall_published/big_x.npy", 3, 3 * K);
    float *frames = vector(COUNT * N), *tiny = vector(COUNT * M), *huge = vector(3 * K);
    float *made = vector(x->count);
    double *want = malloc(sizeof(*want) * COUNT * N);
    struct plethio_error why;
    struct pleth_sums s = {0};
    pleth_frame frame;
    struct error e;
    int count = 0;

    for (; count < COUNT && plethio_video_next(video, &frame, &why) == 1; count++) {
        CHECK(!pleth_crop(&frame, &box, SIDE, 1 / 255.0f, frames + count * N));
        CHECK(!pleth_crop(&frame, &box, SMALL, 0, tiny + count * M));
        if (count % 150 == 0)
            CHECK(!pleth_crop(&frame, &box, BIG, 0, huge + count / 150 * K));
    }
    CHECK(count == COUNT && want);
    for (int i = 0; want && i < COUNT * N; i++)
        want[i] = (double)crops[i];
    for (int c = 0; c < 3 && want; c++) {
        e = compare(colour[c], frames + c * PLANE, want + c * PLANE, COUNT, N, PLANE);
        CHECK(e.bias * 255 > 0 && e.bias * 255 < 2);
        CHECK(e.rms * 255 < 0.25 && e.largest * 255 < 2.5);
    }

    pleth_normalise_clip(frames, COUNT, N, made, made + N, 2 * N);
    e = compare("motion at 36", made, x->data, COUNT - 1, 2 * N, N);
    /* swscale's error of 0.4 to 0.6 levels a pixel, averaged over 127 and doubled by differences */
    CHECK(e.rms < 0.1);
    e = compare("appearance at 36", made + N, x->data + N, COUNT - 1, 2 * N, N);
    CHECK(e.rms < 0.01);
    pleth_normalise_clip(tiny, COUNT, M, made, NULL, M);
    e = compare("motion at 9", made, small.data, COUNT - 1, M, M);
    CHECK(e.rms < 0.05);
    pleth_sum_pixels(&s, huge, 3 * K);
    pleth_standardise(huge, 3 * K, pleth_sums_mean(&s), pleth_sums_deviation(&s), huge);
    e = compare("appearance at 144", huge, big.data, 3, K, K);
    CHECK(e.rms < 0.01);

    free(frames);
    free(tiny);
    free(huge);
    free(made);
    free(want);
    free(small.data);
    free(big.data);
}

int main(void)
{
    char path[500];
    struct plethio_video *video;
    struct plethio_error e;
    struct npy frames = golden("tscan36_published/frames.npy", COUNT, COUNT * N);
    struct npy x = golden("tscan36_published/x.npy", COUNT - 1, (COUNT - 1) * 2 * N);
    float *crops = planes(&frames);

    inputs_from_crops(crops, &x);
    if (!plethio_video_library())
        printf("this build reads no videos: only the normalisation was checked\n");
    else if (!test_shared(path, sizeof(path), "data/video/face.mp4"))
        printf("face.mp4 is not here: only the normalisation was checked\n");
    else {
        int opened = !plethio_video_open(&video, path, NULL, &e);
        CHECK(opened);
        if (opened) {
            inputs_from_video(video, crops, &x);
            plethio_video_close(&video);
        }
    }
    free(crops);
    free(frames.data);
    free(x.data);
    return test_done();
}
