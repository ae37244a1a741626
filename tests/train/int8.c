/* A cell's error in int8 against the public API alone: the model it wrote, rounded on windows that
 * this test picks, run window by window in scalar C. Training in int8 against what the device runs,
 * and that it mends a network that int8 spoils. */
#define _POSIX_C_SOURCE 200809L

#include "hearts.h"

#include "cell.h"
#include "int8.h"
#include "memory.h"
#include "pleth/pleth.h"
#include "quantize.h"

/* the people here have hardly more than one rate each: others come by stretching theirs */
static const struct plethtrain_variation stretched = {.stretch = 1.3, .shift_s = 1};

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

static struct pleth_net_shape shape_of(int kind)
{
    struct pleth_net_shape shape;

    pleth_net_shape_default(&shape, kind);
    shape.blocks = 2;
    shape.width = 16;
    shape.hidden = 40;
    return shape;
}

static void check_cell(int kind, int strategy, const char *teacher, const char *out)
{
    struct plethtrain_cell c = {.set = &set,
                                .split = {.folds = 2, .fold = 0, .seed = 1, .validation = 4},
                                .teacher = {teacher},
                                .teachers = teacher ? 1 : 0,
                                .threads = 2,
                                .cpu_mask = PLETH_CPU_ALL,
                                .shape = shape_of(kind),
                                .out = out};
    struct plethtrain_cell_result r;
    pleth_net_options options;
    float *samples = malloc(256 * 200 * sizeof *samples);
    double person[24], total, difference = 0;
    size_t size, narrow_size;
    char *bytes, *narrow;

    plethtrain_recipe_default(&c.recipe, strategy);
    c.recipe.variation = stretched;
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

/* ---- Training as on a device ---------------------------------------------------------------- */

enum { SOME = 64 };

static struct plethtrain_net *open_net(const struct pleth_net_shape *shape, const char *path)
{
    const struct plethtrain_options options = {
        .batch = SOME, .threads = 2, .cpu_mask = PLETH_CPU_ALL, .seed = 1, .keep_all = 1};
    struct pleth_record *records = malloc(PLETH_RECORDS * sizeof *records);
    struct plethtrain_net *net = NULL;
    struct pleth_weights w;
    struct pleth_graph g;
    size_t size;
    char *bytes = plethio_read_whole(path, &size, &e);

    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    pleth_net_build(shape, &g);
    CHECK(bytes && pleth_weights_open(&w, bytes, size, NULL, 0) == 0);
    CHECK(plethtrain_open(&net, &g, &options, &e) == 0);
    CHECK(plethtrain_load(net, &w, NULL, &e) == 0);
    free(bytes);
    free(records);
    return net;
}

static double distance(const float *a, const float *b, int n)
{
    double square = 0;

    for (int i = 0; i < n; i++)
        square += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sqrt(square / n);
}

/* Logits of the forward that training in int8 does, of the device's integers, and in float. */
static void check_forward(int kind, const char *path)
{
    const struct pleth_net_shape shape = shape_of(kind);
    struct plethtrain_net *net = open_net(&shape, path);
    struct plethtrain_int8 how = {.shape = &shape};
    struct plethio_model device;
    pleth_net_options options;
    float *x = malloc(SOME * PLETH_WINDOW * sizeof *x);
    float *y[4] = {NULL}, *wide = malloc(SOME * 180 * sizeof *wide);
    const float *input = x;
    int window[256];
    const int logits = plethtrain_output(net, "logits");
    int same = 0;
    float *sample;
    double tuned, plain;
    size_t size;
    char *bytes;

    for (int i = 0; i < 256; i++)
        window[i] = i * set.windows / 256;
    sample = plethtrain_calibration(&set, window, 256, &how.count, &e);
    how.sample = sample;
    bytes = plethtrain_int8_make(net, &how, &size, &e);
    CHECK(bytes && plethtrain_int8_grids(net, bytes, size, &e) == 0);
    pleth_net_options_default(&options);
    CHECK(plethio_model_take(&device, bytes, size, "int8", &options, &e) == 0);
    for (int i = 0; i < SOME; i++)
        plethtrain_set_cut(&set, 3 + i * (set.windows - 4) / SOME, x + i * PLETH_WINDOW);
    for (int i = 0; i < device.info.outputs; i++)
        y[i] = malloc(SOME * sizeof(float) * (size_t)device.info.output[i].count);
    CHECK(pleth_net_run(device.state, SOME, &input, y) == PLETH_OK);
    plethtrain_forward(net, PLETHTRAIN_EVAL, SOME, &input, 0);
    memcpy(wide, net->output[logits], SOME * 180 * sizeof *wide);
    plain = distance(wide, y[0], SOME * 180);
    plethtrain_int8_input(net, x, SOME);
    CHECK(plethtrain_int8_weights(net, NULL) == 0);
    plethtrain_forward(net, PLETHTRAIN_INT8, SOME, &input, 0);
    for (int i = 0; i < SOME; i++)
        same += distance(net->output[logits] + i * 180, y[0] + i * 180, 180) < 0.01 * plain;
    tuned = distance(net->output[logits], y[0], SOME * 180);
    printf(
        "%s: logits off the device's by %.2g, in float by %.2g; the device's of %d of %d windows\n",
        pleth_net_name(kind), tuned, plain, same, SOME);
    /* what is left are steps, in windows where a last bit of a float decides a rounding */
    CHECK(same > SOME / 2 && tuned < 0.5 * plain);
    for (int i = 0; i < 4; i++)
        free(y[i]);
    free(wide);
    free(sample);
    free(x);
    plethio_model_close(&device);
    plethtrain_close(net);
}

/* The grid itself: steps of 0.5 from -10 to 117.5. */
static void check_rounding(void)
{
    const struct plethtrain_grid grid = {0.5f, -108};
    float x[9] = {0, 0.2f, 0.26f, -0.26f, 117.4f, 1e9f, -1e9f, -9.9f, NAN};
    const float wanted[9] = {0, 0, 0.5f, -0.5f, 117.5f, 117.5f, -10, -10, -10};

    plethtrain_round(&grid, x, 9);
    for (int i = 0; i < 9; i++)
        CHECK_NEAR((double)x[i], (double)wanted[i], 0);
}

/* ---- A network that int8 spoils -------------------------------------------------------------- */

/* A channel between two layers is made to be zero for ever, and what reads it gets weights so large
 * that the others have hardly a step of int8 left. In float that changes nothing, now or later. */
static void spoil_layer(struct plethtrain_net *net, const char *norm_weight, const char *norm_bias,
                        const char *weight)
{
    const struct plethtrain_parameter *conv = plethtrain_find(net, weight);
    float *w = malloc((size_t)conv->count * sizeof *w);
    const int n = (int)(conv->count / conv->a);

    net->parameters[plethtrain_find(net, norm_weight)->at] = 1e-3f;
    net->parameters[plethtrain_find(net, norm_bias)->at] = -1;
    plethtrain_get(conv, net->parameters, w);
    for (int o = 0; o < conv->a; o++) {
        float largest = 0;
        for (int k = 0; k < n; k++)
            largest = fmaxf(largest, fabsf(w[o * n + k]));
        w[o * n] = 127 * 1.5f * largest;
    }
    plethtrain_put(conv, w, net->parameters);
    free(w);
}

static void spoil(struct plethtrain_net *net)
{
    spoil_layer(net, "basicblock_list.0.bn2.weight", "basicblock_list.0.bn2.bias",
                "basicblock_list.0.conv2.conv.weight");
    spoil_layer(net, "basicblock_list.1.bn1.weight", "basicblock_list.1.bn1.bias",
                "basicblock_list.1.conv1.conv.weight");
    spoil_layer(net, "basicblock_list.1.bn2.weight", "basicblock_list.1.bn2.bias",
                "basicblock_list.1.conv2.conv.weight");
}

/* Mean error of some windows, as a device runs the network. */
static double error_int8(const struct plethtrain_net *net, const struct plethtrain_int8 *how,
                         const int *window, int n)
{
    struct plethio_model device;
    pleth_net_options options;
    float *median = malloc((size_t)n * sizeof *median), *most = malloc((size_t)n * sizeof *most);
    double error = 0;
    size_t size;
    char *bytes = plethtrain_int8_make(net, how, &size, &e);

    pleth_net_options_default(&options);
    CHECK(bytes && plethio_model_take(&device, bytes, size, "int8", &options, &e) == 0);
    CHECK(plethtrain_estimate_device(&device, &set, window, n, median, most, &e) == 0);
    for (int i = 0; i < n; i++)
        error += fabs((double)(median[i] - set.window[window[i]].rate)) / n;
    plethio_model_close(&device);
    free(median);
    free(most);
    return error;
}

static void check_mending(const char *path)
{
    const struct pleth_net_shape shape = shape_of(PLETH_NET_RESNET1D);
    struct plethtrain_int8 how = {.shape = &shape};
    struct plethtrain_recipe recipe;
    struct plethtrain_loop_result done;
    int *learn = malloc((size_t)set.windows * sizeof *learn), n = 0;
    double error[4];
    float *sample;

    for (int i = 0; i < set.windows; i++)
        if (i % 4)
            learn[n++] = i;
    sample = plethtrain_calibration(&set, learn, n, &how.count, &e);
    how.sample = sample;
    plethtrain_recipe_default(&recipe, PLETHTRAIN_SCRATCH);
    recipe.variation = stretched;
    recipe.epochs = 8;
    recipe.batch = SOME;
    recipe.decay = 0;
    for (int k = 0; k < 4; k++) {
        struct plethtrain_net *net = open_net(&shape, path);
        struct plethtrain_loop loop = {.set = &set,
                                       .recipe = &recipe,
                                       .net = net,
                                       .int8 = &how,
                                       .learn = learn,
                                       .learns = n,
                                       .title = ""};
        if (k > 0)
            spoil(net);
        recipe.int8_epochs = k == 3 ? 8 : 0;
        if (k > 1) {
            CHECK(plethtrain_loop_run(&loop, &done, &e) == 0 && done.best == 8);
            free(done.epoch);
        }
        error[k] = error_int8(net, &how, learn, n);
        plethtrain_close(net);
    }
    printf("in int8: %.2f /min, spoilt %.2f, learned on in float %.2f, in int8 %.2f\n", error[0],
           error[1], error[2], error[3]);
    CHECK(error[1] > 1.3 * error[0]);
    CHECK(error[3] < 0.8 * error[2] && error[3] < 0.8 * error[1]);
    free(sample);
    free(learn);
}

/* Killed amid epochs in int8 and resumed; epochs of which one in int8 is taken. */
static int after(void *cookie, const char *what, double done, const struct plethtrain_epoch *epoch)
{
    (void)what, (void)done;
    return epoch && epoch->epoch == *(int *)cookie;
}

static void check_epochs(void)
{
    struct plethtrain_cell c = {.set = &set,
                                .split = {.folds = 2, .fold = 0, .seed = 1, .validation = 4},
                                .shape = shape_of(PLETH_NET_MLP),
                                .threads = 1,
                                .cpu_mask = PLETH_CPU_ALL,
                                .tell = after};
    struct plethtrain_cell_result r, again;
    char one[600], two[600], checkpoint[600];
    char *a, *b;
    size_t size[2];
    int stop = 0;

    snprintf(one, sizeof one, "%s", recording_path("one.safetensors"));
    snprintf(two, sizeof two, "%s", recording_path("two.safetensors"));
    snprintf(checkpoint, sizeof checkpoint, "%s", recording_path("checkpoint"));
    plethtrain_recipe_default(&c.recipe, PLETHTRAIN_SCRATCH);
    c.recipe.epochs = 6;
    c.recipe.int8_epochs = 3;
    c.cookie = &stop;
    c.out = one;
    CHECK(plethtrain_cell_run(&c, &r, &e) == 0 && r.epochs == 6 && r.best >= 4);
    c.out = two;
    c.checkpoint = checkpoint;
    c.resume = 1;
    stop = 5;
    CHECK(plethtrain_cell_run(&c, &again, &e) == 0 && again.stopped);
    plethtrain_cell_free(&again);
    /* of other epochs in int8 it is another training */
    c.recipe.int8_epochs = 2;
    CHECK(plethtrain_cell_run(&c, &again, &e) == -1 && strstr(e.text, "another training"));
    plethtrain_cell_free(&again);
    c.recipe.int8_epochs = 3;
    stop = 0;
    CHECK(plethtrain_cell_run(&c, &again, &e) == 0 && !again.stopped && again.best == r.best);
    a = plethio_read_whole(one, &size[0], &e);
    b = plethio_read_whole(two, &size[1], &e);
    CHECK(a && b && size[0] == size[1] && memcmp(a, b, size[0]) == 0);
    CHECK(again.mae_int8 == r.mae_int8);
    plethtrain_cell_free(&again);
    plethtrain_cell_free(&r);
    free(a);
    free(b);
    c.recipe.int8_epochs = 7;
    CHECK(plethtrain_cell_run(&c, &again, &e) == -1 && strstr(e.text, "7 of 6 epochs"));
    plethtrain_cell_free(&again);
}

/* What is no number is not learned from, and does not become a model. */
static void check_numbers(const char *path, const char *out)
{
    const struct pleth_net_shape shape = shape_of(PLETH_NET_RESNET1D);
    struct plethtrain_net *net = open_net(&shape, path);
    struct plethtrain_cell c = {.set = &set,
                                .shape = shape,
                                .split = {.folds = 2, .fold = 0, .seed = 1},
                                .threads = 1,
                                .cpu_mask = PLETH_CPU_ALL,
                                .start = out,
                                .tune = -1};
    struct plethtrain_cell_result r;
    struct plethtrain_loop_result done;
    struct plethio_metadata_list *m = calloc(1, sizeof *m);
    int learn[SOME];
    struct plethtrain_loop loop = {
        .set = &set, .recipe = &c.recipe, .net = net, .learn = learn, .learns = SOME, .title = ""};
    size_t size;
    void *bytes;

    for (int i = 0; i < SOME; i++)
        learn[i] = i;
    plethtrain_recipe_default(&c.recipe, PLETHTRAIN_SCRATCH);
    c.recipe.epochs = 1;
    c.recipe.batch = SOME;
    net->parameters[plethtrain_find(net, "dense.weight")->at] = NAN;
    CHECK(plethio_metadata_add_shape(m, &shape, &e) == 0);
    bytes = plethtrain_save(net, m->item, m->count, NULL, &size, &e);
    recording_bytes(strrchr(out, '/') + 1, bytes, size);
    CHECK(plethtrain_cell_run(&c, &r, &e) == -1 && strstr(e.text, "dense.weight"));
    plethtrain_cell_free(&r);
    CHECK(plethtrain_loop_run(&loop, &done, &e) == -1 && strstr(e.text, "epoch 1: the loss"));
    free(done.epoch);
    free(bytes);
    free(m);
    plethtrain_close(net);
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
    static char own[PLETHTRAIN_SEEN];
    int window[2000], seen, others;

    CHECK(plethtrain_is_seen(list, "a/p1") && plethtrain_is_seen(list, "a/p10") &&
          plethtrain_is_seen(list, "b/p 2"));
    CHECK(!plethtrain_is_seen(list, "a/p") && !plethtrain_is_seen(list, "p1") &&
          !plethtrain_is_seen(list, "a/p100") && !plethtrain_is_seen("", "a/p1"));
    /* two names in one would be two people, neither of them this one */
    CHECK(plethtrain_see(own, "a/p1", &e) == 0 && plethtrain_see(own, "a/p 2", &e) == 0 &&
          plethtrain_see(own, "a/p1", &e) == 0 && strcmp(own, "a/p1; a/p 2") == 0);
    CHECK(plethtrain_see(own, "a/p; 3", &e) == -1 && strstr(e.text, "a/p; 3"));
    /* as many people as a large study has */
    for (int i = 0; i < 2000; i++) {
        char name[40];
        snprintf(name, sizeof name, "study/subject-%05d", i);
        CHECK(plethtrain_see(own, name, &e) == 0);
    }
    CHECK(plethtrain_is_seen(own, "study/subject-01999"));
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
    check_forward(PLETH_NET_RESNET1D, teacher);
    check_mending(teacher);
    check_cell(PLETH_NET_RESNET1D, PLETHTRAIN_FEATURE, teacher, out);
    check_cell(PLETH_NET_TCN, PLETHTRAIN_SCRATCH, NULL, out);
    check_forward(PLETH_NET_TCN, out);
    check_cell(PLETH_NET_MLP, PLETHTRAIN_SCRATCH, NULL, out);
    check_forward(PLETH_NET_MLP, out);
    check_rounding();
    check_epochs();
    check_untested();
    check_numbers(teacher, out);
    plethtrain_set_close(&set);
    recording_end();
    return test_done();
}
