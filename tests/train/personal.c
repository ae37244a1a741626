/* A model to begin with: what stays as it is, who may not be tested; and what the first minutes of
 * each person are worth, by windows that the test counts itself. */
#define _POSIX_C_SOURCE 200809L

#include "hearts.h"

#include <math.h>

#include "cell.h"
#include "memory.h"
#include "net/weights.h"
#include "pleth/pleth.h"
#include "start.h"

static struct plethtrain_set set;
static struct plethio_error e;
static char model[600], tuned[600], known[600];

static struct plethtrain_cell cell_of(void)
{
    struct plethtrain_cell c = {
        .set = &set,
        .split = {.folds = 2, .fold = 0, .seed = 1},
        .threads = 2,
        .cpu_mask = PLETH_CPU_ALL,
        .tune = -1,
    };

    pleth_net_shape_default(&c.shape, PLETH_NET_RESNET1D);
    c.shape.blocks = 3;
    c.shape.width = 8;
    plethtrain_recipe_default(&c.recipe, PLETHTRAIN_SCRATCH);
    /* the people here have hardly more than one rate each: others come by stretching theirs */
    c.recipe.variation.stretch = 1.3;
    c.recipe.epochs = 30;
    c.recipe.batch = 16;
    return c;
}

static int run(const struct plethtrain_cell *c, struct plethtrain_cell_result *r)
{
    e.text[0] = 0;
    return plethtrain_cell_run(c, r, &e);
}

/* Tensors of two models: which are equal to the bit. */
static int same_tensor(const struct pleth_weights *a, const struct pleth_weights *b,
                       const char *name)
{
    struct pleth_tensor x, y;

    return pleth_weights_find(a, name, &x) && pleth_weights_find(b, name, &y) && x.size == y.size &&
           memcmp(x.data, y.data, x.size) == 0;
}

static void check_frozen(void)
{
    static const char *const frozen[] = {"first_block_conv.conv.weight",
                                         "first_block_bn.weight",
                                         "first_block_bn.running_mean",
                                         "basicblock_list.0.conv1.conv.weight",
                                         "basicblock_list.1.conv2.conv.weight",
                                         "basicblock_list.1.bn1.bias",
                                         "basicblock_list.2.bn1.running_mean",
                                         "basicblock_list.2.bn2.running_var",
                                         "final_bn.running_mean",
                                         "final_bn.running_var"};
    static const char *const learned[] = {"basicblock_list.2.bn1.weight",
                                          "basicblock_list.2.conv1.conv.weight",
                                          "basicblock_list.2.conv2.conv.bias",
                                          "final_bn.bias",
                                          "dense.weight",
                                          "dense.bias"};
    struct plethtrain_cell c = cell_of();
    struct plethtrain_cell_result r;
    struct pleth_weights w[2];
    char message[200], list[PLETHTRAIN_SEEN];
    size_t size[2];
    char *bytes[2];

    plethtrain_recipe_tune(&c.recipe, 0);
    c.recipe.epochs = 2;
    c.start = model;
    c.tune = 1;
    c.out = tuned;
    CHECK(run(&c, &r) == 0);
    plethtrain_cell_free(&r);
    for (int k = 0; k < 2; k++) {
        bytes[k] = plethio_read_whole(k ? tuned : model, &size[k], &e);
        CHECK(bytes[k] && pleth_weights_open(&w[k], bytes[k], size[k], message, 200) == 0);
    }
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++)
        if (test_checks++, !same_tensor(&w[0], &w[1], frozen[i]) && ++test_failures)
            printf("%s has changed\n", frozen[i]);
    for (size_t i = 0; i < sizeof learned / sizeof *learned; i++)
        if (test_checks++, same_tensor(&w[0], &w[1], learned[i]) && ++test_failures)
            printf("%s has not changed\n", learned[i]);
    free(bytes[0]);
    free(bytes[1]);

    /* begun with a model and learning nothing more: the model */
    c = cell_of();
    c.start = model;
    c.recipe.epochs = 1;
    c.recipe.rate = 1e-30;
    c.recipe.decay = 0;
    c.tune = 0;
    c.out = tuned;
    CHECK(run(&c, &r) == 0);
    plethtrain_cell_free(&r);
    for (int k = 0; k < 2; k++) {
        bytes[k] = plethio_read_whole(k ? tuned : model, &size[k], &e);
        CHECK(bytes[k] && pleth_weights_open(&w[k], bytes[k], size[k], message, 200) == 0);
    }
    for (size_t i = 0; i < sizeof learned / sizeof *learned; i++)
        CHECK(same_tensor(&w[0], &w[1], learned[i]));
    /* it has seen whom the model has seen, and no one twice */
    CHECK(pleth_weights_metadata(&w[0], "trained_on", message, sizeof message) &&
          pleth_weights_metadata(&w[1], "trained_on", list, sizeof list) &&
          strcmp(message, list) == 0);
    free(bytes[0]);
    free(bytes[1]);
}

/* Recordings last 60 s, with windows from 0, 2, ..., 52 s on: in the first half minute lie those
 * from 0 to 22 s, after it those from 30 s on. */
static void check_people(int tune)
{
    struct plethtrain_cell c = cell_of();
    struct plethtrain_cell_result r, again;
    double before = 0, after = 0;
    int worse = 0;

    plethtrain_recipe_tune(&c.recipe, tune < 0);
    if (tune >= 0) { /* the model here has hardly begun to learn */
        c.recipe.epochs = 40;
        c.recipe.rate = 1e-3;
    }
    c.start = model;
    c.tune = tune;
    c.minutes = 0.5;
    CHECK(run(&c, &r) == 0);
    CHECK(r.personal.people == 6 && r.personal.left_out == 0 && r.people == 0);
    CHECK(run(&c, &again) == 0);
    for (int i = 0; i < r.personal.people; i++) {
        const struct plethtrain_person *p = &r.personal.person[i];
        /* the loop moves windows by 1 s and makes 10.4 s of 8: those from 20 s on may reach behind
         * the end */
        CHECK(p->tuned == (tune < 0 ? 12 : 10) && p->windows == 12);
        CHECK(p->before == again.personal.person[i].before);
        CHECK(p->after == again.personal.person[i].after && p->after != p->before);
        before += p->before / r.personal.people;
        after += p->after / r.personal.people;
        worse += p->after > p->before;
    }
    printf("tuned by %s: %.1f /min before, %.1f after, better for %d of %d\n",
           tune < 0 ? "a device" : "the library", before, after, r.personal.people - worse,
           r.personal.people);
    /* a heart that keeps about its rate is known better for having been seen */
    CHECK(after < before);
    plethtrain_cell_free(&again);
    plethtrain_cell_free(&r);

    /* without minutes left, and where nothing says who: all, whom the model has seen */
    c.minutes = 0.9;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "nobody has windows"));
    plethtrain_cell_free(&r);
    c.minutes = 0.5;
    c.split.folds = 0;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "this model was trained on crowd/p"));
    plethtrain_cell_free(&r);
}

/* What a person's numbers say, by the training library's own estimates of the same windows. */
static void check_before(void)
{
    struct plethtrain_cell c = cell_of();
    struct plethtrain_cell_result r;
    struct plethtrain_options options = {.batch = 16, .threads = 1, .cpu_mask = PLETH_CPU_ALL};
    struct pleth_record *records = malloc(PLETH_RECORDS * sizeof *records);
    struct plethtrain_net *net;
    struct pleth_graph g;
    char list[PLETHTRAIN_SEEN];

    plethtrain_recipe_tune(&c.recipe, 1);
    c.start = model;
    c.minutes = 0.5;
    CHECK(run(&c, &r) == 0);
    pleth_graph_init(&g, records, PLETH_RECORDS, 1);
    pleth_net_build(&c.shape, &g);
    CHECK(plethtrain_open(&net, &g, &options, &e) == 0);
    CHECK(plethtrain_start(net, &c.shape, model, list, &e) == 0 && strstr(list, "crowd/p"));
    for (int i = 0; i < r.personal.people; i++) {
        float median[12], most[12];
        double error = 0;
        int window[12], n = 0;
        for (int k = 0; k < set.windows; k++) {
            const struct plethtrain_window *w = &set.window[k];
            const double at_s = set.piece[w->piece].begin_s + w->start / 25.0;
            if (at_s >= 30 && n < 12 &&
                strcmp(set.person[plethtrain_set_person(&set, k)], r.personal.person[i].name) == 0)
                window[n++] = k;
        }
        CHECK(n == 12 && plethtrain_estimate(net, &set, window, n, median, most, &e) == 0);
        for (int k = 0; k < n; k++)
            error += fabs((double)(median[k] - set.window[window[k]].rate)) / n;
        CHECK_NEAR(r.personal.person[i].before, error, 1e-3);
    }
    plethtrain_close(net);
    plethtrain_cell_free(&r);
    free(records);
}

/* Recordings of one person with another's between them, by their names. */
static void check_spread(void)
{
    static const char *const name[] = {"one", "three", "two"}, *const person[] = {"a", "b", "a"};
    const struct plethtrain_source source = {.layout = "neutral", .path = heart_folder("spread")};
    struct plethtrain_cell c = cell_of();
    struct plethtrain_cell_result r;
    struct plethtrain_set spread;

    for (int i = 0; i < 3; i++)
        heart_write(source.path, &(struct heart){.name = name[i],
                                                 .person = person[i],
                                                 .rate_hz = 50,
                                                 .seconds = 60,
                                                 .from = 70,
                                                 .to = 80});
    CHECK(plethtrain_set_open(&spread, &source, 1, NULL, NULL, &e) == 0);
    plethtrain_recipe_tune(&c.recipe, 1);
    c.set = &spread;
    c.split.folds = 0;
    c.start = model;
    c.minutes = 0.5;
    CHECK(run(&c, &r) == 0 && r.personal.people == 2 && r.personal.left_out == 0);
    CHECK(r.personal.person[0].tuned == 12 && r.personal.person[0].windows == 12 + 27);
    CHECK(r.personal.person[1].tuned == 12 && r.personal.person[1].windows == 12);
    CHECK(strcmp(r.personal.person[1].name, "spread/b") == 0);
    plethtrain_cell_free(&r);
    /* into the second recording */
    c.minutes = 1.25;
    CHECK(run(&c, &r) == 0 && r.personal.people == 1 && r.personal.left_out == 1);
    CHECK(r.personal.person[0].tuned == 27 + 4 && r.personal.person[0].windows == 27 - 8);
    plethtrain_cell_free(&r);
    plethtrain_set_close(&spread);
}

static void check_refusals(void)
{
    static struct plethio_metadata_list m;
    static char longer[PLETHTRAIN_SEEN + 100];
    static struct pleth_tensor t[200];
    struct plethtrain_cell c = cell_of();
    struct plethtrain_cell_result r;
    struct pleth_weights w;
    size_t size, again_size;
    char *bytes;
    void *again;
    int n = 0;

    c.start = model;
    c.shape.blocks = 2;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "another shape") && strstr(e.text, "blocks"));
    plethtrain_cell_free(&r);
    c = cell_of();
    c.start = model;
    c.split.fold = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "this model was trained on"));
    plethtrain_cell_free(&r);
    c = cell_of();
    c.start = model;
    c.tune = 4;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "resnet1d has 3"));
    plethtrain_cell_free(&r);
    c.tune = 1;
    c.minutes = 0.5;
    c.recipe.int8_epochs = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "without epochs in int8"));
    plethtrain_cell_free(&r);
    c.minutes = 0;
    c.recipe.int8_epochs = 0;
    /* whom it has seen is too long to be read: it is not taken for nobody */
    bytes = plethio_read_whole(model, &size, &e);
    CHECK(bytes && pleth_weights_open(&w, bytes, size, NULL, 0) == 0);
    memset(longer, 'p', sizeof longer - 1);
    CHECK(plethio_metadata_add(&m, "trained_on", longer, &e) == 0 &&
          plethio_metadata_add_file(&m, &w, &e) == 0);
    for (size_t at = 0; n < 200 && pleth_weights_next(&w, &at, &t[n]);)
        n++;
    again = plethio_safetensors_make(t, n, m.item, m.count, &again_size, &e);
    CHECK(again != NULL);
    recording_bytes("long.safetensors", again, again_size);
    free(again);
    free(bytes);
    c.start = recording_path("long.safetensors");
    CHECK(run(&c, &r) == -1 && strstr(e.text, "trained_on"));
    plethtrain_cell_free(&r);
    c.start = NULL;
    c.tune = -1;
    c.recipe.strategy = PLETHTRAIN_SOFT;
    c.teacher[0] = recording_path("long.safetensors");
    c.teachers = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "trained_on"));
    plethtrain_cell_free(&r);
    c.recipe.strategy = PLETHTRAIN_SCRATCH;
    c.teachers = 0;
    c.tune = 1;
    c.start = "absent.safetensors";
    CHECK(run(&c, &r) == -1 && strstr(e.text, "absent.safetensors"));
    plethtrain_cell_free(&r);
}

int main(void)
{
    struct plethtrain_source source = {.layout = "neutral"};
    struct plethtrain_cell c;
    struct plethtrain_cell_result r;
    const char *folder;

    recording_begin();
    folder = heart_folder("crowd");
    heart_crowd(folder, 12, 2);
    snprintf(known, sizeof known, "%s", folder);
    source.path = known;
    snprintf(model, sizeof model, "%s", recording_path("model.safetensors"));
    snprintf(tuned, sizeof tuned, "%s", recording_path("tuned.safetensors"));
    if (plethtrain_set_open(&set, &source, 1, NULL, NULL, &e)) {
        printf("%s\n", e.text);
        return 1;
    }
    c = cell_of();
    c.out = model;
    CHECK(run(&c, &r) == 0);
    plethtrain_cell_free(&r);
    check_frozen();
    check_people(-1);
    check_people(1);
    check_before();
    check_spread();
    check_refusals();
    plethtrain_set_close(&set);
    recording_end();
    return test_done();
}
