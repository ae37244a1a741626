/* The training loop: it learns, holds people apart, and goes on from a checkpoint with the same
 * bits as a run that was never broken. */
#define _POSIX_C_SOURCE 200809L

#include "hearts.h"

#include <math.h>

#include "cell.h"
#include "kern/kern.h"
#include "memory.h"
#include "net/weights.h"
#include "pleth/pleth.h"

static struct plethtrain_set set;
static struct plethio_error e;

static struct plethtrain_cell cell_of(int kind, int strategy)
{
    struct plethtrain_cell c = {
        .set = &set,
        .split = {.folds = 2, .fold = 0, .seed = 1, .validation = 4},
        .threads = 2,
        .cpu_mask = PLETH_CPU_ALL,
    };

    pleth_net_shape_default(&c.shape, kind);
    c.shape.blocks = 1;
    c.shape.width = 8;
    plethtrain_recipe_default(&c.recipe, strategy);
    /* the people here have hardly more than one rate each: others come by stretching theirs */
    c.recipe.variation = (struct plethtrain_variation){
        .stretch = 1.3, .shift_s = 1, .mix = 1, .flip = 1, .noise = 0.2, .envelope = 0.3};
    c.recipe.epochs = 3;
    c.recipe.batch = 32;
    return c;
}

/* "rate=1e-2 flip=1" */
static void set_recipe(struct plethtrain_cell *c, const char *settings)
{
    char text[200];

    snprintf(text, sizeof text, "%s", settings);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        CHECK(plethtrain_recipe_set(&c->recipe, word, &e) == 0);
}

static int run(const struct plethtrain_cell *c, struct plethtrain_cell_result *r)
{
    e.text[0] = 0;
    return plethtrain_cell_run(c, r, &e);
}

/* ---- Bits ---------------------------------------------------------------------------------- */

/* Ends the training after so many calls. */
struct fuse {
    int calls, epochs;
};

static int burn(void *cookie, const char *what, double done, const struct plethtrain_epoch *epoch)
{
    struct fuse *f = cookie;

    (void)what;
    f->epochs += epoch != NULL;
    return f->calls-- <= 0 || !(done > 0 && done <= 1);
}

static char *model_bytes(const char *path, size_t *size)
{
    char *bytes = plethio_read_whole(path, size, &e);

    CHECK(bytes != NULL);
    return bytes;
}

/* Ended amid epochs again and again, resumed each time. */
static void check_resume(int kind, int strategy, const char *teacher, const char *settings)
{
    struct plethtrain_cell c = cell_of(kind, strategy);
    struct plethtrain_cell_result whole, broken;
    char out[600], again[600], checkpoint[600];
    char *one, *two;
    size_t size[2];
    double first_s = 0; /* that the first epoch took */
    int runs = 0;

    snprintf(out, sizeof out, "%s", recording_path("whole.safetensors"));
    snprintf(again, sizeof again, "%s", recording_path("broken.safetensors"));
    snprintf(checkpoint, sizeof checkpoint, "%s", recording_path("checkpoint"));
    set_recipe(&c, settings);
    c.teacher[0] = teacher;
    c.teachers = teacher ? 1 : 0;
    c.out = out;
    CHECK(run(&c, &whole) == 0 && whole.epochs == 3);

    c.out = again;
    c.checkpoint = checkpoint;
    c.resume = 1;
    c.tell = burn;
    do {
        /* steps of an epoch and a few more, so that one is lost each time */
        struct fuse f = {.calls = whole.trained_windows / 32 + 3 + runs};
        c.cookie = &f;
        CHECK(run(&c, &broken) == 0);
        CHECK(f.epochs <= runs + 2);
        if (runs++ == 0)
            first_s = broken.epoch[0].core_s;
        if (broken.stopped && runs < 10)
            plethtrain_cell_free(&broken), broken.stopped = 1;
    } while (broken.stopped && runs < 10);
    CHECK(!broken.stopped && runs == 3);
    one = model_bytes(out, &size[0]);
    two = model_bytes(again, &size[1]);
    CHECK(size[0] == size[1] && memcmp(one, two, size[0]) == 0);
    CHECK(whole.mae == broken.mae && whole.best == broken.best && broken.epochs == 3);
    /* a core was busy with what was learned before, too */
    CHECK(first_s > 0 && broken.epoch[0].core_s == first_s);
    CHECK(first_s < broken.epoch[1].core_s && broken.epoch[1].core_s < broken.epoch[2].core_s &&
          broken.epoch[2].core_s < broken.seconds);
    for (int i = 0; i < 3; i++) {
        whole.epoch[i].core_s = broken.epoch[i].core_s;
        CHECK(memcmp(&whole.epoch[i], &broken.epoch[i], sizeof *whole.epoch) == 0);
    }
    /* there for the caller, who has yet to write what came of it */
    CHECK(unlink(checkpoint) == 0);
    free(one);
    free(two);
    plethtrain_cell_free(&whole);
    plethtrain_cell_free(&broken);
}

/* Checkpoints that are not of this training, or broken. */
static void check_checkpoints(void)
{
    struct plethtrain_cell c = cell_of(PLETH_NET_MLP, PLETHTRAIN_SCRATCH);
    struct plethtrain_cell_result r;
    struct fuse f = {.calls = 20};
    char checkpoint[600];
    char *bytes;
    size_t size;

    snprintf(checkpoint, sizeof checkpoint, "%s", recording_path("other"));
    c.checkpoint = checkpoint;
    c.resume = 1;
    c.tell = burn;
    c.cookie = &f;
    CHECK(run(&c, &r) == 0 && r.stopped && r.epochs >= 1);
    plethtrain_cell_free(&r);
    c.recipe.rate *= 2;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "another training"));
    plethtrain_cell_free(&r);
    c.recipe.rate /= 2;
    /* on other threads or instructions it would end with the bits of neither */
    c.threads = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "another training"));
    plethtrain_cell_free(&r);
    c.threads = 2;
    if (pleth_cpu_flags()) {
        c.cpu_mask = 0;
        CHECK(run(&c, &r) == -1 && strstr(e.text, "another training"));
        plethtrain_cell_free(&r);
        c.cpu_mask = PLETH_CPU_ALL;
    }
    /* it is not written over */
    c.resume = 0;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "--resume goes on") && strstr(e.text, checkpoint));
    plethtrain_cell_free(&r);
    c.resume = 1;
    bytes = model_bytes(checkpoint, &size);
    recording_bytes("other", bytes, size / 2);
    CHECK(run(&c, &r) == -1 && e.text[0]);
    plethtrain_cell_free(&r);
    recording_bytes("other", bytes, 0);
    CHECK(run(&c, &r) == -1 && e.text[0]);
    plethtrain_cell_free(&r);
    /* begun anew without it */
    CHECK(unlink(checkpoint) == 0);
    c.resume = 0;
    c.tell = NULL;
    CHECK(run(&c, &r) == 0 && !r.stopped && r.epochs == 3);
    plethtrain_cell_free(&r);
    c.checkpoint = "/nowhere/at/all";
    CHECK(run(&c, &r) == -1 && strstr(e.text, "/nowhere/at/all"));
    plethtrain_cell_free(&r);
    free(bytes);
}

/* ---- Learning ------------------------------------------------------------------------------ */

/* Rates of people it has not seen, some of them upside down, better than any constant answer. */
static void check_learning(int kind, int loss)
{
    struct plethtrain_cell c = cell_of(kind, PLETHTRAIN_SCRATCH);
    struct plethtrain_cell_result r;
    double sum = 0;
    int windows = 0;

    c.shape.width = 16;
    c.recipe.epochs = 12;
    c.recipe.loss = loss;
    c.recipe.rate = 1e-2;
    CHECK(run(&c, &r) == 0);
    printf("%s, %s: %.2f /min, argmax %.2f, a constant %.2f, validation %.2f in epoch %d\n",
           pleth_net_name(kind), plethtrain_loss_names[loss], r.mae, r.mae_argmax, r.mae_constant,
           r.mae_validation, r.best);
    CHECK(r.mae < 0.5 * r.mae_constant && r.mae_argmax < 0.7 * r.mae_constant);
    CHECK(r.mae_constant > 15);
    CHECK(r.epochs == 12 && r.epoch[11].loss < r.epoch[0].loss);
    for (int i = 0; i < 12; i++)
        CHECK(r.epoch[i].mae >= r.mae_validation);
    CHECK(r.epoch[r.best - 1].mae == r.mae_validation);
    for (int i = 0; i < r.people; i++) {
        sum += r.person[i].mae * r.person[i].windows;
        windows += r.person[i].windows;
    }
    CHECK(windows == r.windows && r.people + r.learns + r.validates == set.people);
    CHECK_NEAR(sum / windows, r.mae, 1e-9);
    plethtrain_cell_free(&r);
}

/* Each optimiser, schedule, clip and average learns, each otherwise, and goes on. */
static void check_choices(void)
{
    static const char *const choices[] = {
        "rate=1e-2 optimiser=adam",  "rate=0.2 optimiser=sgd",
        "rate=1e-2 schedule=cosine", "rate=3e-3 schedule=constant",
        "rate=1e-2 clip=0.1",        "rate=1e-2 schedule=constant average=0.95"};
    enum { CHOICES = sizeof choices / sizeof *choices };
    double mae[CHOICES];

    for (int i = 0; i < CHOICES; i++) {
        struct plethtrain_cell c = cell_of(PLETH_NET_RESNET1D, PLETHTRAIN_SCRATCH);
        struct plethtrain_cell_result r;
        c.shape.width = 16;
        c.recipe.epochs = 12;
        set_recipe(&c, choices[i]);
        CHECK(run(&c, &r) == 0);
        printf("%s: %.2f /min, a constant %.2f\n", choices[i], r.mae, r.mae_constant);
        CHECK(r.mae < 0.7 * r.mae_constant);
        mae[i] = r.mae;
        for (int k = 0; k < i; k++)
            CHECK(mae[i] != mae[k]);
        plethtrain_cell_free(&r);
        check_resume(PLETH_NET_RESNET1D, PLETHTRAIN_SCRATCH, NULL, choices[i]);
    }
}

/* An average that forgets at once is the net itself, statistics and all. */
static void check_average(void)
{
    struct plethtrain_cell c = cell_of(PLETH_NET_RESNET1D, PLETHTRAIN_SCRATCH);
    struct plethtrain_cell_result r[2];

    for (int i = 0; i < 2; i++) {
        c.recipe.average = i ? 1e-12 : 0;
        CHECK(run(&c, &r[i]) == 0);
    }
    CHECK(r[0].best == r[1].best);
    CHECK_NEAR(r[1].mae, r[0].mae, 1e-3);
    CHECK_NEAR(r[1].mae_validation, r[0].mae_validation, 1e-3);
    for (int i = 0; i < 2; i++)
        plethtrain_cell_free(&r[i]);
}

/* A checkpoint of students of another teacher under the same name, and of the same one elsewhere.
 */
static void check_replaced(const char *teacher)
{
    struct plethtrain_cell c = cell_of(PLETH_NET_MLP, PLETHTRAIN_SOFT);
    struct plethtrain_cell_result r;
    struct fuse f = {.calls = 20};
    char one[600], two[600], checkpoint[600];
    char *bytes;
    size_t size;

    snprintf(one, sizeof one, "%s", recording_path("one.safetensors"));
    snprintf(two, sizeof two, "%s", recording_path("two.safetensors"));
    snprintf(checkpoint, sizeof checkpoint, "%s", recording_path("taught"));
    bytes = model_bytes(teacher, &size);
    recording_bytes("one.safetensors", bytes, size);
    recording_bytes("two.safetensors", bytes, size);
    c.teacher[0] = one;
    c.teachers = 1;
    c.checkpoint = checkpoint;
    c.resume = 1;
    c.tell = burn;
    c.cookie = &f;
    CHECK(run(&c, &r) == 0 && r.stopped && r.epochs >= 1);
    plethtrain_cell_free(&r);
    bytes[size - 1] ^= 1; /* of an exponent */
    recording_bytes("one.safetensors", bytes, size);
    free(bytes);
    CHECK(run(&c, &r) == -1 && strstr(e.text, "another training"));
    plethtrain_cell_free(&r);
    c.teacher[0] = two;
    c.tell = NULL;
    CHECK(run(&c, &r) == 0 && !r.stopped && r.epochs == 3);
    plethtrain_cell_free(&r);
}

/* A model file with other metadata, and all of its tensors or the first alone. */
static const char *disguise(const char *model, const char *name, const char *key, const char *value,
                            int whole)
{
    static struct plethio_metadata_list m;
    static struct pleth_tensor t[200];
    struct pleth_weights w;
    size_t size;
    char *bytes = model_bytes(model, &size);
    const char *path;
    void *made;
    int n = 0;

    memset(&m, 0, sizeof m);
    CHECK(pleth_weights_open(&w, bytes, size, NULL, 0) == 0);
    CHECK(plethio_metadata_add(&m, key, value, &e) == 0 &&
          plethio_metadata_add(&m, "width", whole ? "16" : "256", &e) == 0 &&
          plethio_metadata_add_file(&m, &w, &e) == 0);
    for (size_t at = 0; n < (whole ? 200 : 1) && pleth_weights_next(&w, &at, &t[n]);)
        n++;
    made = plethio_safetensors_make(t, n, m.item, m.count, &size, &e);
    path = recording_bytes(name, made, size);
    free(made);
    free(bytes);
    return path;
}

/* Teachers that are not what they say, or see another window. */
static void check_teachers(const char *teacher)
{
    struct plethtrain_cell c = cell_of(PLETH_NET_RESNET1D, PLETHTRAIN_SOFT);
    struct plethtrain_cell_result r;

    c.teachers = 1;
    c.teacher[0] = disguise(teacher, "longer", "samples", "400", 1);
    CHECK(run(&c, &r) == -1 && strstr(e.text, "longer: not a network from 200 samples"));
    plethtrain_cell_free(&r);
    /* some GB, by its metadata */
    c.teacher[0] = disguise(teacher, "larger", "blocks", "16", 0);
    CHECK(run(&c, &r) == -1 && strstr(e.text, "larger: lacks ") &&
          strstr(e.text, "that it says it is (model resnet1d, ") && strstr(e.text, "blocks 16"));
    plethtrain_cell_free(&r);
    /* of an MLP there are no features */
    c = cell_of(PLETH_NET_MLP, PLETHTRAIN_SCRATCH);
    c.recipe.epochs = 1;
    c.out = recording_path("mlp.safetensors");
    CHECK(run(&c, &r) == 0);
    plethtrain_cell_free(&r);
    c = cell_of(PLETH_NET_RESNET1D, PLETHTRAIN_FEATURE);
    c.teachers = 1;
    c.teacher[0] = recording_path("mlp.safetensors");
    CHECK(run(&c, &r) == -1 && strstr(e.text, "needs a teacher and a student with a feature"));
    plethtrain_cell_free(&r);
}

/* A data set of people whose rate is never known. */
static void check_silent(const char *crowd)
{
    const char *folder = heart_folder("silent");
    const struct plethtrain_source source[2] = {{.layout = "neutral", .path = crowd},
                                                {.layout = "neutral", .path = folder}};
    struct plethtrain_cell c = cell_of(PLETH_NET_MLP, PLETHTRAIN_SCRATCH);
    struct plethtrain_cell_result r;
    struct plethtrain_set two;
    struct pleth_weights w;
    struct fuse f = {.calls = 1000};
    const char *label[27];
    char people[100], list[2000];
    size_t size;
    char *bytes;

    for (int i = 0; i < 27; i++)
        label[i] = "0";
    heart_write(folder, &(struct heart){.name = "s",
                                        .person = "s",
                                        .rate_hz = 50,
                                        .seconds = 60,
                                        .from = 70,
                                        .to = 70,
                                        .label = label});
    CHECK(plethtrain_set_open(&two, source, 2, NULL, NULL, &e) == 0 && two.people == 25);
    c.set = &two;
    c.split = (struct plethtrain_split){.tested_from = 1, .seed = 1, .validation = 4};
    c.tell = burn;
    c.cookie = &f;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "silent: nobody who is tested has a window"));
    CHECK(f.calls == 1000);
    plethtrain_cell_free(&r);
    /* who has no window is not learned from */
    c.split.tested_from = 0;
    c.recipe.epochs = 1;
    c.out = recording_path("quiet.safetensors");
    CHECK(run(&c, &r) == 0 && r.learns + r.validates == 24);
    bytes = model_bytes(recording_path("quiet.safetensors"), &size);
    CHECK(pleth_weights_open(&w, bytes, size, NULL, 0) == 0 &&
          pleth_weights_metadata(&w, "trained_on", list, sizeof list) && strstr(list, "crowd/p") &&
          !strstr(list, "silent") && pleth_weights_metadata(&w, "people", people, sizeof people));
    CHECK(strstr(people, "18 trained on, 6 more"));
    free(bytes);
    plethtrain_cell_free(&r);
    plethtrain_set_close(&two);
}

/* A teacher, and students of it by each strategy: of the same fold, and refused on another. */
static void check_distillation(void)
{
    struct plethtrain_cell c = cell_of(PLETH_NET_RESNET1D, PLETHTRAIN_SCRATCH);
    struct plethtrain_cell_result r;
    char teacher[600];
    double mae = 0;
    int64_t parameters = 0;

    snprintf(teacher, sizeof teacher, "%s", recording_path("teacher.safetensors"));
    c.shape.width = 16;
    c.shape.blocks = 2;
    c.recipe.epochs = 12;
    c.recipe.rate = 1e-2;
    c.out = teacher;
    CHECK(run(&c, &r) == 0);
    plethtrain_cell_free(&r);
    for (int s = PLETHTRAIN_HARD; s < PLETHTRAIN_STRATEGIES; s++) {
        c = cell_of(PLETH_NET_RESNET1D, s);
        c.teacher[0] = teacher;
        c.teachers = 1;
        c.recipe.epochs = 8;
        c.recipe.rate = 1e-2;
        c.out = recording_path("student.safetensors");
        CHECK(run(&c, &r) == 0);
        printf("%s: %.2f /min, a constant %.2f\n", plethtrain_strategy_names[s], r.mae,
               r.mae_constant);
        CHECK(r.mae < 0.7 * r.mae_constant);
        CHECK(r.parameters > 0 && r.teacher_parameters > r.parameters);
        plethtrain_cell_free(&r);
    }
    /* a teacher twice is that teacher; of features there is one */
    c.recipe.strategy = PLETHTRAIN_SOFT;
    c.recipe.alpha = 0.5;
    for (int n = 1; n <= 3; n++) {
        c.teachers = n;
        c.teacher[1] = teacher;
        c.teacher[2] = recording_path("student.safetensors");
        c.out = recording_path(n == 3 ? "other.safetensors" : n == 2 ? "twice" : "once");
        CHECK(run(&c, &r) == 0 && (n == 2 || r.mae != mae));
        CHECK(n != 2 || (r.mae == mae && r.teacher_parameters == 2 * parameters));
        mae = r.mae;
        parameters = r.teacher_parameters;
        plethtrain_cell_free(&r);
    }
    c.recipe.strategy = PLETHTRAIN_FEATURE;
    c.teachers = 2;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "one teacher"));
    plethtrain_cell_free(&r);
    c.teachers = 1;
    check_resume(PLETH_NET_RESNET1D, PLETHTRAIN_FEATURE, teacher, "");
    check_replaced(teacher);
    check_teachers(teacher);
    c.split.fold = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "who is tested here"));
    plethtrain_cell_free(&r);
    /* what the teacher has seen, its student has */
    c = cell_of(PLETH_NET_RESNET1D, PLETHTRAIN_HARD);
    c.teacher[0] = recording_path("student.safetensors");
    c.teachers = 1;
    c.split.fold = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "who is tested here"));
    plethtrain_cell_free(&r);
    c = cell_of(PLETH_NET_MLP, PLETHTRAIN_FEATURE);
    c.teacher[0] = teacher;
    c.teachers = 1;
    CHECK(run(&c, &r) == -1 && strstr(e.text, "feature"));
    plethtrain_cell_free(&r);
    c = cell_of(PLETH_NET_MLP, PLETHTRAIN_HARD);
    CHECK(run(&c, &r) == -1 && strstr(e.text, "teacher"));
    plethtrain_cell_free(&r);
    c.teacher[0] = recording_text("nonsense", "nonsense");
    c.teachers = 1;
    CHECK(run(&c, &r) == -1 && e.text[0]);
    plethtrain_cell_free(&r);
}

int main(void)
{
    struct plethtrain_source source = {.layout = "neutral"};
    char crowd[600];

    recording_begin();
    snprintf(crowd, sizeof crowd, "%s", heart_folder("crowd"));
    source.path = crowd;
    heart_crowd(source.path, 24, 0.5);
    CHECK(plethtrain_set_open(&set, &source, 1, NULL, NULL, &e) == 0);
    check_resume(PLETH_NET_RESNET1D, PLETHTRAIN_SCRATCH, NULL, "");
    check_resume(PLETH_NET_MLP, PLETHTRAIN_SCRATCH, NULL, "");
    check_checkpoints();
    check_learning(PLETH_NET_RESNET1D, PLETHTRAIN_GAUSS);
    check_learning(PLETH_NET_RESNET1D, PLETHTRAIN_CE);
    check_learning(PLETH_NET_RESNET1D, PLETHTRAIN_ORDERED);
    check_learning(PLETH_NET_TCN, PLETHTRAIN_GAUSS);
    check_choices();
    check_average();
    check_distillation();
    check_silent(source.path);
    plethtrain_set_close(&set);
    recording_end();
    return test_done();
}
