/* Published checkpoints: every tensor as recorded, and imports that equal the recorded models bit
 * for bit. */
#include "checkpoint.h"
#include "pleth/pleth.h"
#include "test.h"

static void shared(char *path, size_t size, const char *below)
{
    if (!test_shared(path, size, below)) {
        printf("%s\n", below);
        test_skip("published checkpoints are absent");
    }
}

static void read_checkpoint(struct plethio_checkpoint *c, const char *below)
{
    char path[2000], part[1200];
    struct plethio_error e;

    snprintf(part, sizeof part, "weights/%s", below);
    shared(path, sizeof path, part);
    if (plethio_checkpoint_read(c, path, &e)) {
        printf("%s\n", e.text);
        exit(1);
    }
}

/* ---- Tensors as recorded ---------------------------------------------------------------- */

/* Cuts the next field of a line of CSV off, without its quotes. */
static char *field(char **line)
{
    char *from = *line, *end;

    if (*from == '"') {
        end = strchr(++from, '"');
        *end++ = 0;
    } else {
        end = from + strcspn(from, ",\r\n");
    }
    *line = *end ? end + 1 : end;
    *end = 0;
    return from;
}

static void compare(const struct pleth_tensor *t, const char *type, const char *shape,
                    const double *recorded)
{
    static const char *const ours[] = {"F32", "F16", "I64"}, *const theirs[] = {"float32",
                                                                                "float16", "int64"};
    double sum = 0, absolute = 0;
    char text[100] = "scalar";
    size_t n = 0;

    for (int i = 0; i < 3; i++)
        if (strcmp(type, theirs[i]) == 0)
            CHECK(strcmp(pleth_type_name(t->type), ours[i]) == 0);
    for (int axis = 0; axis < t->rank; axis++)
        n += (size_t)snprintf(text + n, sizeof text - n, axis ? "x%d" : "%d", (int)t->shape[axis]);
    CHECK(strcmp(text, shape) == 0);
    for (int64_t i = 0; i < t->count; i++) {
        const double v = (double)pleth_tensor_float(t, i);
        sum += v;
        absolute += fabs(v);
    }
    /* nine digits are recorded */
    CHECK_NEAR(sum, recorded[0], 1e-8 * recorded[1]);
    CHECK_NEAR(absolute, recorded[1], 1e-8 * recorded[1]);
    CHECK_NEAR((double)pleth_tensor_float(t, 0), recorded[2], 1e-8 * fabs(recorded[2]));
    CHECK_NEAR((double)pleth_tensor_float(t, t->count - 1), recorded[3], 1e-8 * fabs(recorded[3]));
}

static void tensors(void)
{
    struct plethio_checkpoint c = {0};
    char path[600], line[1000], open[1000] = "";
    int lines = 0, tensor = 0;
    FILE *f;

    shared(path, sizeof path, "weights/tensors.csv");
    f = fopen(path, "r");
    CHECK(f && fgets(line, sizeof line, f));
    while (f && fgets(line, sizeof line, f)) {
        char *at = line;
        const char *file = field(&at), *name = field(&at), *type = field(&at), *shape = field(&at);
        double recorded[4];

        for (int i = 0; i < 4; i++)
            recorded[i] = strtod(field(&at), NULL);
        if (strcmp(file, open) != 0) {
            CHECK(tensor == c.count);
            plethio_checkpoint_free(&c);
            read_checkpoint(&c, file);
            snprintf(open, sizeof open, "%s", file);
            tensor = 0;
        }
        /* of TensorFlow Lite, those of floats are recorded */
        if (c.container == PLETHIO_TFLITE)
            while (tensor < c.count && c.tensor[tensor].type != PLETH_F32)
                tensor++;
        CHECK(tensor < c.count);
        if (tensor == c.count)
            break;
        if (strcmp(c.tensor[tensor].name, name) != 0)
            printf("%s: %s instead of %s\n", file, c.tensor[tensor].name, name);
        CHECK(strcmp(c.tensor[tensor].name, name) == 0);
        compare(&c.tensor[tensor++], type, shape, recorded);
        lines++;
    }
    CHECK(tensor == c.count && lines == 222);
    plethio_checkpoint_free(&c);
    if (f)
        fclose(f);
}

/* ---- Imports ---------------------------------------------------------------------------- */

static void *import(const char *below, const char *net, size_t *size)
{
    struct plethio_checkpoint c;
    struct plethio_error e = {{0}};
    void *image;

    read_checkpoint(&c, below);
    image = plethio_checkpoint_convert(&c, net, NULL, 0, size, &e);
    if (!image)
        printf("%s: %s\n", below, e.text);
    CHECK(image != NULL);
    plethio_checkpoint_free(&c);
    return image;
}

static void equal(const char *below, const char *recorded)
{
    char path[600], message[200];
    struct plethio_checkpoint truth;
    struct plethio_error e;
    struct pleth_weights w;
    struct pleth_tensor t;
    size_t size, at = 0;
    void *image = import(below, NULL, &size);
    int n = 0;

    shared(path, sizeof path, recorded);
    CHECK(plethio_checkpoint_read(&truth, path, &e) == 0);
    CHECK(image && pleth_weights_open(&w, image, size, message, sizeof message) == 0);
    while (image && pleth_weights_next(&w, &at, &t)) {
        const struct pleth_tensor *r = n < truth.count ? &truth.tensor[n] : NULL;

        CHECK(r && r->name_length == t.name_length &&
              memcmp(r->name, t.name, (size_t)t.name_length) == 0);
        CHECK(r && r->rank == t.rank && memcmp(r->shape, t.shape, sizeof t.shape) == 0);
        CHECK(r && r->size == t.size && memcmp(r->data, t.data, t.size) == 0);
        n++;
    }
    CHECK(n == truth.count);
    plethio_checkpoint_free(&truth);
    free(image);
}

static void names(const char *below, const char *net, const char *key, const char *value)
{
    struct pleth_weights w;
    char text[100] = "";
    size_t size;
    void *image = import(below, net, &size);

    CHECK(image && pleth_weights_open(&w, image, size, NULL, 0) == 0);
    CHECK(image && pleth_weights_metadata(&w, key, text, sizeof text) && !strcmp(text, value));
    free(image);
}

int main(void)
{
    tensors();
    equal("tscan_web_tfjs/model.json", "golden/tscan36_published/weights.safetensors");
    equal("mttscan_tflite/model.tflite", "golden/mtts36_published/weights.safetensors");
    names("tscan_web_tfjs/model.json", "tscan", "frames", "10");
    names("mttscan_tflite/model.tflite", NULL, "model", "mttscan");
    names("tscan_keras_h5/TSCAN.rlap.weights.h5", NULL, "frames", "20");
    names("tscan_keras_h5/TSCAN.pure.weights.h5", NULL, "side", "36");
    names("bigsmall_pth/BP4D_Big_AU_Clip3_Split1_Epoch4.pth", NULL, "model", "bigsmall-big");
    names("bigsmall_pth/BP4D_Small_Heart_Clip3_Split1_Epoch4.pth", NULL, "model", "bigsmall-small");
    names("bigsmall_pth/BP4D_Small_Resp_Clip3_Split1_Epoch4.pth", "bigsmall", "width", "32");
    names("physnet_pth/PURE_PhysNet_DiffNormalized.pth", NULL, "model", "physnet");
    return test_done();
}
