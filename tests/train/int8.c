/* A cell's error in int8 against the public API alone: the model it wrote, rounded on windows that
 * this test picks, run window by window in scalar C. */
#define _POSIX_C_SOURCE 200809L

#include "hearts.h"

#include "cell.h"
#include "int8.h"
#include "memory.h"
#include "pleth/pleth.h"
#include "quantize.h"

static struct plethtrain_set set;
static struct plethio_error e;

/* The number of a window's person among those who were tested, or -1. */
static int tested(const struct plethtrain_cell_result *r, int window)
{
    for (int k = 0; k < r->people; k++)
        if (strcmp(r->person[k].name, set.person[plethtrain_set_person(&set, window)]) == 0)
            return k;
    return -1;
}

/* The rate below which half of the probability lies, each class's spread over a beat. */
static double half_way(const float *logits)
{
    double sum[181] = {0};
    int c = 1;

    for (int k = 0; k < 180; k++)
        sum[k + 1] = sum[k] + exp((double)logits[k]);
    while (sum[c] < sum[180] / 2)
        c++;
    return 30 + (c - 1) - 0.5 + (sum[180] / 2 - sum[c - 1]) / (sum[c] - sum[c - 1]);
}

/* At most 256 windows of those who are not tested, evenly. */
static int calibrate(const struct plethtrain_cell_result *r, float *x)
{
    int *window = malloc((size_t)set.windows * sizeof *window), n = 0, count;

    for (int i = 0; i < set.windows; i++)
        if (tested(r, i) < 0)
            window[n++] = i;
    count = n < 256 ? n : 256;
    for (int i = 0; i < count; i++)
        plethtrain_set_cut(&set, window[i * n / count], x + (ptrdiff_t)i * 200);
    free(window);
    return count;
}

static void *aligned(size_t size)
{
    return aligned_alloc(64, (size + 63) / 64 * 64);
}

/* The model in int8, as a file; and the errors of it by person and over all windows. */
static double run_file(const char *path, const struct plethtrain_cell_result *r, double *person)
{
    pleth_net_options options;
    pleth_net_info info;
    const pleth_net *net;
    pleth_net_state *state;
    void *memory, *work;
    float x[200], *logits, *other;
    double total = 0;
    size_t size, need;
    char *bytes = plethio_read_whole(path, &size, &e);

    pleth_net_options_default(&options);
    options.cpu_mask = 0;
    need = pleth_net_size(bytes, size, &options, NULL);
    memory = aligned(need);
    CHECK(need > 0 &&
          pleth_net_prepare(&net, memory, need, bytes, size, &options, NULL) == PLETH_OK);
    pleth_net_describe(net, &info);
    CHECK(info.int8 == 1 && strcmp(info.output[0].name, "logits") == 0);
    need = pleth_net_state_size(net);
    work = aligned(need);
    CHECK(pleth_net_open_int8(&state, work, need, net) == PLETH_OK);
    logits = malloc(180 * sizeof *logits);
    other = malloc(sizeof *other * (size_t)(info.outputs > 1 ? info.output[1].count : 1));
    for (int k = 0; k < r->people; k++)
        person[k] = 0;
    for (int i = 0; i < set.windows; i++) {
        const int k = tested(r, i);
        double error;
        if (k < 0)
            continue;
        plethtrain_set_cut(&set, i, x);
        CHECK(pleth_net_run(state, 1, (const float *const[]){x}, (float *const[]){logits, other}) ==
              PLETH_OK);
        error = fabs(half_way(logits) - (double)set.window[i].rate);
        person[k] += error / r->person[k].windows;
        total += error / r->windows;
    }
    free(other);
    free(logits);
    free(work);
    free(memory);
    free(bytes);
    return total;
}

static void check_cell(int kind, int strategy, const char *teacher, const char *out)
{
    struct plethtrain_cell c = {.set = &set,
                                .split = {.folds = 2, .fold = 0, .seed = 1, .validation = 4},
                                .teacher = {teacher},
                                .teachers = teacher ? 1 : 0,
                                .threads = 2,
                                .cpu_mask = PLETH_CPU_ALL,
                                .out = out};
    struct plethtrain_cell_result r;
    pleth_net_options options;
    float *samples = malloc(256 * 200 * sizeof *samples);
    double person[24], total, difference = 0;
    size_t size, narrow_size;
    char *bytes, *narrow;

    pleth_net_shape_default(&c.shape, kind);
    c.shape.blocks = 2;
    c.shape.width = 16;
    c.shape.hidden = 40;
    plethtrain_recipe_default(&c.recipe, strategy);
    c.recipe.epochs = 6;
    c.recipe.batch = 32;
    c.recipe.rate = 1e-2;
    CHECK(plethtrain_cell_run(&c, &r, &e) == 0);
    bytes = plethio_read_whole(out, &size, &e);
    CHECK(bytes != NULL && r.people == 12);
    pleth_net_options_default(&options);
    narrow = plethio_quantize(bytes, size, &options, calibrate(&r, samples),
                              (const float *const[]){samples}, &narrow_size, &e);
    CHECK(narrow != NULL);
    recording_bytes("narrow.safetensors", narrow, narrow_size);
    total = run_file(recording_path("narrow.safetensors"), &r, person);
    printf("%s, %s: %.3f /min, in int8 %.3f\n", pleth_net_name(kind),
           plethtrain_strategy_names[strategy], r.mae, r.mae_int8);
    /* estimates are kept as floats, of at most 210 */
    CHECK_NEAR(r.mae_int8, total, 1e-4);
    for (int k = 0; k < r.people; k++) {
        CHECK_NEAR(r.person[k].mae_int8, person[k], 1e-4);
        difference = fmax(difference, fabs(r.person[k].mae_int8 - r.person[k].mae));
    }
    /* it is another network's error than that in float, and not far from it */
    CHECK(difference > 1e-3 && fabs(r.mae_int8 - r.mae) < 0.5);
    plethtrain_cell_free(&r);
    free(narrow);
    free(bytes);
    free(samples);
}

/* Where nobody is tested, nothing is known. */
static void check_untested(void)
{
    struct plethtrain_cell c = {.set = &set, .threads = 1, .cpu_mask = PLETH_CPU_ALL};
    struct plethtrain_cell_result r;

    pleth_net_shape_default(&c.shape, PLETH_NET_MLP);
    c.shape.hidden = 8;
    plethtrain_recipe_default(&c.recipe, PLETHTRAIN_SCRATCH);
    c.recipe.epochs = 1;
    CHECK(plethtrain_cell_run(&c, &r, &e) == 0);
    CHECK(isnan(r.mae_int8) && isnan(r.mae) && r.people == 0);
    plethtrain_cell_free(&r);
}

/* Lists of names, of which some begin as others do. */
static void check_lists(void)
{
    const char *list = "a/p1; a/p10; b/p 2";
    int window[2000], seen, others;

    CHECK(plethtrain_is_seen(list, "a/p1") && plethtrain_is_seen(list, "a/p10") &&
          plethtrain_is_seen(list, "b/p 2"));
    CHECK(!plethtrain_is_seen(list, "a/p") && !plethtrain_is_seen(list, "p1") &&
          !plethtrain_is_seen(list, "a/p100") && !plethtrain_is_seen("", "a/p1"));
    CHECK(set.windows < 2000);
    seen = plethtrain_windows_seen(&set, "crowd/p03; crowd/p05", 1, window);
    CHECK(seen > 0);
    for (int i = 0; i < seen; i++) {
        const char *name = set.person[plethtrain_set_person(&set, window[i])];
        CHECK(strcmp(name, "crowd/p03") == 0 || strcmp(name, "crowd/p05") == 0);
        CHECK(i == 0 || window[i] > window[i - 1]);
    }
    others = plethtrain_windows_seen(&set, "crowd/p03; crowd/p05", 0, window);
    CHECK(seen + others == set.windows);
}

int main(void)
{
    struct plethtrain_source source = {.layout = "neutral"};
    char teacher[600], out[600];

    recording_begin();
    source.path = heart_folder("crowd");
    heart_crowd(source.path, 24, 0.5);
    snprintf(teacher, sizeof teacher, "%s", recording_path("teacher.safetensors"));
    snprintf(out, sizeof out, "%s", recording_path("out.safetensors"));
    CHECK(plethtrain_set_open(&set, &source, 1, NULL, NULL, &e) == 0);
    check_lists();
    check_cell(PLETH_NET_RESNET1D, PLETHTRAIN_SCRATCH, NULL, teacher);
    check_cell(PLETH_NET_RESNET1D, PLETHTRAIN_FEATURE, teacher, out);
    check_cell(PLETH_NET_TCN, PLETHTRAIN_SCRATCH, NULL, out);
    check_cell(PLETH_NET_MLP, PLETHTRAIN_SCRATCH, NULL, out);
    check_untested();
    plethtrain_set_close(&set);
    recording_end();
    return test_done();
}
