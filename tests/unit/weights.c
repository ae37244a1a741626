/* Model files: what may be in them, and every kind of header that may not. */
#include "net/weights.h"
#include "pleth/pleth.h"
#include "safetensors.h"
#include "test.h"

/* A file of this header and of `data` zero bytes, in memory as long as it and no longer. */
static uint8_t *file_of(const char *header, size_t data, size_t *size)
{
    const size_t n = strlen(header);
    uint8_t *file = malloc(8 + n + data);

    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)n >> (8 * i));
    memcpy(file + 8, header, n);
    memset(file + 8 + n, 0, data);
    *size = 8 + n + data;
    return file;
}

/* Opens it; a refusal has one line that says `what`. */
static void check(const char *header, size_t data, const char *what)
{
    struct pleth_weights w;
    char message[200] = "";
    size_t size;
    uint8_t *file = file_of(header, data, &size);
    const int status = pleth_weights_open(&w, file, size, message, sizeof message);

    if (status != (what ? PLETH_EINVAL : 0) || (what && !strstr(message, what)))
        printf("%.200s: %d, %s\n", header, status, message);
    CHECK(status == (what ? PLETH_EINVAL : 0));
    CHECK(!what || (strstr(message, what) && !strchr(message, '\n')));
    /* a message that has no room is cut off, and none is needed */
    if (what) {
        char small[8];
        CHECK(pleth_weights_open(&w, file, size, small, sizeof small) == PLETH_EINVAL);
        CHECK(strlen(small) == 7 && strncmp(small, message, 7) == 0);
        CHECK(pleth_weights_open(&w, file, size, NULL, 0) == PLETH_EINVAL);
    }
    free(file);
}

/* A file of one tensor x with these members. */
static void check_tensor(const char *members, size_t data, const char *what)
{
    char header[1000];

    snprintf(header, sizeof header, "{\"x\":{%s}}", members);
    check(header, data, what);
}

static void hostile(void)
{
    static const char x[] = "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
    char header[4000];

    /* lengths */
    CHECK(pleth_weights_open(&(struct pleth_weights){0}, NULL, 0, NULL, 0) == PLETH_EINVAL);
    for (size_t cut = 0; cut < 8 + sizeof x + 1 + 8; cut++) {
        struct pleth_weights w;
        size_t size;
        uint8_t *file, *part = malloc(cut ? cut : 1);
        snprintf(header, sizeof header, "{%s}", x);
        file = file_of(header, 8, &size);
        memcpy(part, file, cut);
        CHECK(cut < size);
        CHECK(pleth_weights_open(&w, part, cut, NULL, 0) == PLETH_EINVAL);
        free(file);
        free(part);
    }
    for (int bit = 20; bit < 64; bit++) {
        struct pleth_weights w;
        uint8_t file[40] = {0};
        file[bit / 8] = (uint8_t)(1 << bit % 8);
        CHECK(pleth_weights_open(&w, file, sizeof file, NULL, 0) == PLETH_EINVAL);
    }
    {
        const size_t n = (1 << 20) + 1;
        char *long_header = malloc(n + 1);
        memset(long_header, ' ', n);
        memcpy(long_header, "{}", 2);
        long_header[n] = 0;
        check(long_header, 0, "longer than 1 MB");
        long_header[n - 1] = 0;
        check(long_header, 0, NULL);
        free(long_header);
    }

    /* JSON */
    check("", 0, "not a safetensors file");
    check("[]", 0, "not a safetensors file");
    check(" {}", 0, "not a safetensors file");
    check("{", 0, "JSON is broken");
    check("{}", 0, NULL);
    check("{}  \n", 0, NULL);
    check("{} {}", 0, "more in the header");
    check("{}x", 0, "more in the header");
    check("{,}", 0, "JSON is broken");
    check("{\"x\"}", 0, "JSON is broken");
    check("{\"x\":1}", 0, "tensor x is not described by an object");
    check("{\"x\":[[[[[[[[[[1]]]]]]]]]]}", 0, "tensor x is not described by an object");
    check("{\"x\":NaN}", 0, "tensor x is not described by an object");
    check("{\"x\":{}}", 0, "tensor x has a broken description");
    check("{\"\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "no name");
    check("{\"a\\u0062\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "escape");
    check("{\"a\\x\":{}}", 0, "JSON is broken");
    check("{\"a\\u00g0\":{}}", 0, "JSON is broken");
    check("{\"a\nb\":{}}", 0, "JSON is broken");
    snprintf(header, sizeof header, "{%s,}", x);
    check(header, 8, "JSON is broken");
    snprintf(header, sizeof header, "{%s %s}", x, x);
    check(header, 8, "JSON is broken");
    snprintf(header, sizeof header, " \t{ %s\r\n}", x);
    check(header + 2, 8, NULL);

    /* one tensor */
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]", 8, NULL);
    check_tensor("\"shape\":[2],\"data_offsets\":[0,8],\"dtype\":\"F32\"", 8, NULL);
    check_tensor("\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]", 8,
                 "type that is not known");
    check_tensor("\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]", 8, "x has no type");
    check_tensor("\"dtype\":\"F32\",\"data_offsets\":[0,8]", 8, "x lacks");
    check_tensor("\"dtype\":\"F32\",\"dtype\":\"F32\",\"data_offsets\":[0,8]", 8,
                 "repeated member");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"z\":1", 8, "unknown");
    check_tensor("\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,2],\"data_offsets\":[0,8]", 8, NULL);
    check_tensor("\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,2],\"data_offsets\":[0,8]", 8,
                 "x has more than 6 axes");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2,],\"data_offsets\":[0,8]", 8, "whole numbers");
    check_tensor("\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,8]", 8, "whole numbers");
    check_tensor("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]", 8, "whole numbers");
    check_tensor("\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]", 8, "whole numbers");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]", 8, "broken shape");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2e0],\"data_offsets\":[0,8]", 8, "broken shape");
    check_tensor("\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]", 8,
                 "whole numbers");
    check_tensor("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]", 8,
                 "too large");
    check_tensor("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296,4294967296,"
                 "4294967296,2],\"data_offsets\":[0,8]",
                 8, "too large");
    check_tensor("\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]", 8, "x has no shape");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]", 8, "data offsets");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]", 8, "data offsets");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-1,8]", 8, "data offsets");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]", 8, "x lies outside");
    check_tensor("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]", 8, "x lies outside");
    check_tensor("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]", 8, "number of bytes");
    check_tensor("\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]", 8, "number of bytes");
    check_tensor("\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]", 0, NULL);
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]", 9, "after the last");
    check_tensor("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]", 9, "between tensors");

    /* several */
    snprintf(header, sizeof header, "{%s,%s}", x, x);
    check(header, 8, "tensor x is described twice");
    snprintf(header, sizeof header,
             "{%s,\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", x);
    check(header, 8, "tensor y shares bytes");
    snprintf(header, sizeof header,
             "{%s,\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", x);
    check(header, 16, "between tensors");
    /* in any order */
    check("{\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[8,12]},"
          "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          "\"z\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[12,13]}}",
          13, NULL);
    check("{\"y\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[8,12]},"
          "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[2,10]}}",
          12, "tensor x shares bytes");

    /* metadata */
    check("{\"__metadata__\":{}}", 0, NULL);
    check("{\"__metadata__\":{\"a\":\"b\",\"c\":\"d\"}}", 0, NULL);
    check("{\"__metadata__\":{\"a\":\"b\",\"a\":\"d\"}}", 0, "one key twice");
    check("{\"__metadata__\":{\"a\":1}}", 0, "not of texts alone");
    check("{\"__metadata__\":[]}", 0, "not an object");
    check("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "described twice");
    check("{\"__metadata__\":{\"a\":\"b\"", 0, "__metadata__ is broken");
}

static void many(void)
{
    enum { MOST = 2048 };
    char *header = malloc(MOST * 80), *end = header;
    struct pleth_weights w;
    struct pleth_tensor t;
    size_t size, at = 0;
    uint8_t *file;
    int n = 0;

    *end++ = '{';
    for (int i = 0; i <= MOST; i++) {
        end += sprintf(end, "%s\"t%d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
                       i ? "," : "", i, i, i + 1);
        if (i == MOST - 1) {
            strcpy(end, "}");
            file = file_of(header, MOST, &size);
            CHECK(pleth_weights_open(&w, file, size, NULL, 0) == 0);
            CHECK(w.tensors == MOST);
            while (pleth_weights_next(&w, &at, &t)) {
                CHECK(t.data == w.data + n);
                n++;
            }
            CHECK(n == MOST);
            CHECK(pleth_weights_find(&w, "t2047", &t) && t.count == 1);
            CHECK(!pleth_weights_find(&w, "t2048", &t));
            free(file);
        }
    }
    strcpy(end, "}");
    check(header, MOST + 1, "tensor t2048 is one too many");
    free(header);
}

/* What the writer makes, the reader reads. */
static void both_ways(void)
{
    static const float f[] = {1, -2.5f, 3e-39f, 4};
    static const uint16_t half[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00};
    static const uint16_t brain[] = {0x3f80, 0xc049};
    static const double d[] = {0.1};
    static const int8_t i8[] = {-128, 127};
    static const uint8_t u8[] = {255};
    static const int16_t i16[] = {-300};
    static const int32_t i32[] = {-70000};
    static const int64_t i64[] = {5580};
    static const uint8_t yes[] = {1};
    const struct pleth_tensor t[] = {
        {"f", 1, PLETH_F32, 2, {2, 2}, 4, f, sizeof f},
        {"half", 4, PLETH_F16, 1, {6}, 6, half, sizeof half},
        {"brain", 5, PLETH_BF16, 1, {2}, 2, brain, sizeof brain},
        {"i8", 2, PLETH_I8, 1, {2}, 2, i8, sizeof i8},
        {"d", 1, PLETH_F64, 0, {0}, 1, d, sizeof d},
        {"u8", 2, PLETH_U8, 1, {1}, 1, u8, sizeof u8},
        {"i16", 3, PLETH_I16, 1, {1}, 1, i16, sizeof i16},
        {"i32", 3, PLETH_I32, 1, {1}, 1, i32, sizeof i32},
        {"i64", 3, PLETH_I64, 0, {0}, 1, i64, sizeof i64},
        {"yes", 3, PLETH_BOOL, 1, {1}, 1, yes, sizeof yes},
    };
    enum { TENSORS = sizeof t / sizeof *t };
    static const float halves[] = {1, -2, 5.9604645e-8f, 65504, -0.0f, INFINITY};
    static const struct plethio_metadata m[] = {{"model", "tscan"}, {"a \"b\"", "c\\d\n\1"}};
    struct plethio_metadata_list *list = calloc(1, sizeof *list);
    struct plethio_error e;
    struct pleth_weights w;
    struct pleth_tensor r;
    char value[20], message[200];
    float out[6];
    size_t size, at = 0;
    void *file = plethio_safetensors_make(t, TENSORS, m, 2, &size, &e);
    int n = 0;

    CHECK(file && pleth_weights_open(&w, file, size, message, sizeof message) == 0);
    CHECK(w.tensors == TENSORS && w.header_size % 8 == 0);
    while (pleth_weights_next(&w, &at, &r)) {
        CHECK(r.name_length == t[n].name_length &&
              memcmp(r.name, t[n].name, strlen(t[n].name)) == 0);
        CHECK(r.type == t[n].type && r.rank == t[n].rank && r.count == t[n].count);
        CHECK(memcmp(r.shape, t[n].shape, sizeof r.shape) == 0);
        CHECK(r.size == t[n].size && memcmp(r.data, t[n].data, r.size) == 0);
        n++;
    }
    CHECK(n == TENSORS);
    CHECK(pleth_weights_find(&w, "half", &r));
    pleth_tensor_floats(&r, 0, 6, out);
    CHECK(memcmp(out, halves, sizeof halves) == 0);
    CHECK(pleth_weights_find(&w, "f", &r));
    pleth_tensor_floats(&r, 1, 3, out);
    CHECK(memcmp(out, f + 1, 3 * sizeof *f) == 0);
    CHECK(pleth_weights_find(&w, "brain", &r) && pleth_tensor_float(&r, 1) == -3.140625f);
    CHECK(pleth_weights_find(&w, "d", &r) && pleth_tensor_float(&r, 0) == 0.1f);
    CHECK(pleth_weights_find(&w, "i8", &r) && pleth_tensor_float(&r, 0) == -128);
    CHECK(pleth_weights_find(&w, "u8", &r) && pleth_tensor_float(&r, 0) == 255);
    CHECK(pleth_weights_find(&w, "i16", &r) && pleth_tensor_float(&r, 0) == -300);
    CHECK(pleth_weights_find(&w, "i32", &r) && pleth_tensor_float(&r, 0) == -70000);
    CHECK(pleth_weights_find(&w, "i64", &r) && pleth_tensor_float(&r, 0) == 5580);
    CHECK(pleth_weights_find(&w, "yes", &r) && pleth_tensor_float(&r, 0) == 1);
    CHECK(!pleth_weights_find(&w, "__metadata__", &r) && !pleth_weights_find(&w, "", &r));
    CHECK(pleth_weights_metadata(&w, "model", value, sizeof value) && !strcmp(value, "tscan"));
    CHECK(!pleth_weights_metadata(&w, "model", value, 5) &&
          !pleth_weights_metadata(&w, "x", value, 9));
    CHECK(plethio_metadata_add(list, "model", "mine", &e) == 0);
    CHECK(plethio_metadata_add_file(list, &w, &e) == 0 && list->count == 2);
    CHECK(!strcmp(list->item[0].value, "mine"));
    CHECK(!strcmp(list->item[1].key, m[1].key) && !strcmp(list->item[1].value, m[1].value));
    free(list);
    free(file);

    CHECK(!plethio_safetensors_make((struct pleth_tensor[]){t[0], t[0]}, 2, NULL, 0, &size, &e));
    CHECK(strstr(e.text, "described twice") != NULL);
    CHECK(strcmp(pleth_type_name(PLETH_BF16), "BF16") == 0 && !pleth_type_name(PLETH_TYPE_COUNT));
    CHECK(pleth_type_size(PLETH_F64) == 8 && pleth_type_size(-1) == 0);
}

int main(void)
{
    hostile();
    many();
    both_ways();
    return test_done();
}
