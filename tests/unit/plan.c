/* Sums made with their convolution: where the planner may write over an operand, and that the bits
 * stay those of the plan that fuses nothing. */
#include "net/net.h"
#include "net/weights.h"
#include "safetensors.h"
#include "test.h"

enum { PARAMETERS = 16, MOST = 40000 };

static struct pleth_plan plan;
static struct pleth_parameter parameter[PARAMETERS];
static struct pleth_tensor tensor[PARAMETERS];
static float values[MOST], x[MOST], y[2][MOST];

static float noise(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (float)(int32_t)(state >> 32) / 2147483648.0f;
}

static void begin(int c, int h, int w)
{
    pleth_graph_init(&plan.graph, plan.records, PLETH_RECORDS, 1);
    CHECK(pleth_input(&plan.graph, "x", c, 1, h, w) == 0);
}

/* A model file with random weights for the graph: bytes of the caller's. */
static void *make_weights(size_t *length)
{
    struct plethio_error e = {""};
    int n = 0, used = 0;
    void *bytes;

    for (int r = 0; r < plan.graph.count; r++)
        for (int i = 0; pleth_record_parameter(&plan.graph, r, i, &parameter[n]); i++, n++) {
            const struct pleth_parameter *p = &parameter[n];
            struct pleth_tensor *t = &tensor[n];
            *t = (struct pleth_tensor){p->name, (int)strlen(p->name), PLETH_F32, p->rank, {0},
                                       1,       values + used,        0};
            for (int axis = 0; axis < p->rank; axis++)
                t->count *= t->shape[axis] = p->shape[axis];
            t->size = (size_t)t->count * sizeof(float);
            used += (int)t->count;
        }
    for (int i = 0; i < used; i++)
        values[i] = noise();
    bytes = plethio_safetensors_make(tensor, n, NULL, 0, length, &e);
    CHECK(bytes != NULL);
    return bytes;
}

/* Plans, prepares and runs the graph: bytes of the state, of which y gets the first output. */
static uint32_t run(const struct pleth_weights *w, int exact, float *out)
{
    const float *input[2] = {x, NULL};
    float *output[4] = {out, NULL, NULL, NULL};
    char where[PLETH_MESSAGE];
    pleth_net_state *state;
    size_t size;
    void *block, *memory;
    uint32_t bytes;

    CHECK(pleth_plan_make(&plan, NULL, 1, exact, where) == PLETH_OK);
    pleth_net_seal(&plan, PLETH_CPU_ALL, "test");
    pleth_prepare_layout(&plan);
    block = aligned_alloc(PLETH_ALIGN, plan.net.size);
    CHECK(pleth_prepare_write(&plan, w, block, where) == PLETH_OK);
    size = pleth_net_state_size(block);
    memory = aligned_alloc(PLETH_ALIGN, size);
    CHECK(pleth_net_open(&state, memory, size, block) == PLETH_OK);
    CHECK(pleth_net_run(state, 1, input, output) == PLETH_OK);
    /* again, over what the first run left */
    CHECK(pleth_net_run(state, 1, input, output) == PLETH_OK);
    bytes = plan.net.memory;
    free(memory);
    free(block);
    return bytes;
}

static const struct pleth_step *sum_step(int number)
{
    for (int i = 0; i < plan.net.steps; i++)
        if (pleth_is_sum(&plan.step[i]) && number-- == 0)
            return &plan.step[i];
    return NULL;
}

/* Sum `number` is made with a convolution, and lies over what it adds or does not. */
static int lies_over(int number)
{
    const struct pleth_step *s = sum_step(number);

    return s && plan.place[s->out].at == plan.place[s->in[1]].at;
}

/* The graph that ends with record `last` gives the same bits fused and not. */
static void check(int last, const char *name)
{
    struct pleth_weights w;
    char message[PLETH_MESSAGE];
    size_t length;
    void *bytes;
    uint32_t fused, exact;
    int n;

    CHECK(pleth_output(&plan.graph, last, "y") >= 0 && plan.graph.error == 0);
    n = plan.records[last].out.c * plan.records[last].out.h * plan.records[last].out.w;
    bytes = make_weights(&length);
    CHECK(pleth_weights_open(&w, bytes, length, message, sizeof message) == PLETH_OK);
    for (int i = 0; i < MOST; i++)
        x[i] = noise();
    exact = run(&w, 1, y[0]);
    CHECK(sum_step(0) == NULL);
    fused = run(&w, 0, y[1]);
    if (memcmp(y[0], y[1], sizeof(float) * (size_t)n) != 0 || fused > exact)
        printf("    %s: %u bytes, %u unfused\n", name, (unsigned)fused, (unsigned)exact);
    CHECK(memcmp(y[0], y[1], sizeof(float) * (size_t)n) == 0);
    CHECK(fused <= exact);
    free(bytes);
}

int main(void)
{
    struct pleth_graph *g = &plan.graph;
    int a, b, c;

    /* over what it adds: of one row, whatever their borders; longer than one chunk */
    begin(1, 1, 600);
    a = pleth_conv1d_same(g, 0, "a", 32, 5, 1);
    b = pleth_conv1d_same(g, a, "b", 32, 5, 1);
    b = pleth_conv1d_same(g, b, "c", 32, 5, 1);
    check(pleth_mean(g, pleth_add(g, b, a, "sum"), "mean"), "residual");
    CHECK(lies_over(0));

    /* the other operand is made later: the convolution waits */
    begin(4, 1, 50);
    a = pleth_conv1d_same(g, 0, "a", 8, 5, 2);
    b = pleth_max_pool1d_padded(g, pleth_conv1d_same(g, 0, "b", 8, 3, 1), "pool");
    check(pleth_mean(g, pleth_add(g, a, b, "sum"), "mean"), "later");
    CHECK(lies_over(0));

    /* x + conv(x): its windows read what it would write over */
    begin(3, 1, 40);
    a = pleth_conv1d_same(g, 0, "a", 8, 3, 1);
    check(pleth_mean(g, pleth_add(g, a, pleth_conv1d_same(g, a, "b", 8, 3, 1), "sum"), "mean"),
          "itself");
    CHECK(sum_step(0) && !lies_over(0));

    /* read once more afterwards */
    begin(3, 1, 40);
    a = pleth_conv1d_same(g, 0, "a", 8, 3, 1);
    b = pleth_conv1d_same(g, pleth_conv1d_same(g, a, "b", 8, 3, 1), "c", 8, 3, 1);
    b = pleth_add(g, a, b, "sum");
    check(pleth_mean(g, pleth_multiply(g, a, b, "product"), "mean"), "needed");
    CHECK(sum_step(0) && !lies_over(0));

    /* maps: with the same border, and with another; twice in a row */
    for (int k = 1; k < 4; k += 2) {
        begin(3, 6, 7);
        a = pleth_conv2d(g, 0, "a", 8, 3, 1, 1, 1);
        b = pleth_conv2d(g, a, "b", 8, 3, 1, 1, 0);
        b = pleth_add(g, a, pleth_conv2d(g, b, "c", 8, 3, 1, 1, 1), "sum");
        c = pleth_conv2d(g, b, "d", 8, k, 1, k / 2, 1);
        c = pleth_add(g, pleth_conv2d(g, c, "e", 8, 1, 1, 0, 1), b, "sum2");
        check(pleth_flatten(g, c, "flat"), "map");
        CHECK(lies_over(0) == (k == 3));
        CHECK(sum_step(1) && lies_over(1) == (k == 1)); /* flattened: without a border */
    }

    /* a dense layer wants no border: not over what has one */
    begin(3, 1, 40);
    a = pleth_conv1d_same(g, 0, "a", 8, 3, 1);
    b = pleth_conv1d_same(g, pleth_conv1d_same(g, a, "b", 8, 3, 1), "c", 8, 3, 1);
    b = pleth_add(g, a, b, "sum");
    check(pleth_linear(g, pleth_flatten(g, b, "flat"), "dense", 5), "flat");
    CHECK(sum_step(0) && !lies_over(0));
    return test_done();
}
