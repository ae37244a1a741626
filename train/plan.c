#include "plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pleth/pleth.h"

/* Bytes of a chunk, for the second level of cache: times hardly differ from 64 to 768 kB. */
enum { CHUNK_BYTES = 512 << 10 };

static int positions(const struct pleth_shape *s)
{
    return s->d * s->h * s->w;
}

/* Made anew rather than kept, where it can be: it costs no more than to read it. */
static int is_cheap(const struct plethtrain_step *s)
{
    switch (s->op) {
    case PLETH_OP_CONV:
    case PLETH_OP_CONV_TRANSPOSED:
    case PLETH_OP_LINEAR:
    case PLETH_OP_LAYER_NORM:
    case PLETH_OP_SPECTRAL:
    case PLETH_OP_ATTENTION:
    case PLETH_OP_OUTPUT:
        return 0;
    case PLETH_OP_ACTIVATION:
        return s->record->function == PLETH_RELU || s->record->function == PLETH_CLAMP01;
    default:
        return 1;
    }
}

/* ---- Parameters -------------------------------------------------------------------------------
 */

static int is_tuned(const char *name, const char *const *tuned)
{
    if (!tuned)
        return 1;
    for (; *tuned; tuned++)
        if (strncmp(name, *tuned, strlen(*tuned)) == 0)
            return 1;
    return 0;
}

static struct plethtrain_parameter *find_parameter(struct plethtrain_plan *p, const char *name)
{
    for (int i = 0; i < p->parameters; i++)
        if (pleth_same_text(p->parameter[i].stored.name, name))
            return &p->parameter[i];
    return NULL;
}

/* The axes of what lies reversed in memory. */
static void set_axes(struct plethtrain_parameter *q, const struct pleth_record *r)
{
    const int *shape = q->stored.shape;
    const int reversed = q->index == 0 && (r->op == PLETH_OP_CONV || r->op == PLETH_OP_LINEAR ||
                                           r->op == PLETH_OP_CONV_TRANSPOSED);

    q->count = 1;
    for (int i = 0; i < q->stored.rank; i++)
        q->count *= shape[i];
    q->a = (int)q->count;
    q->b = q->rest = 1;
    if (reversed || (r->op == PLETH_OP_LAYER_NORM && r->whole)) {
        q->a = shape[0];
        q->b = reversed ? shape[1] : 1;
        q->rest = (int)(q->count / q->a / q->b);
    }
}

static int make_parameters(struct plethtrain_plan *p, const uint8_t *used, const char *const *tuned)
{
    struct pleth_parameter stored;
    int room = 0;

    for (int i = 0; i < p->graph.count; i++)
        for (int k = 0; pleth_record_parameter(&p->graph, i, k, &stored); k++)
            room++;
    p->parameter = calloc((size_t)room + 1, sizeof *p->parameter);
    if (!p->parameter)
        return -1;
    for (int i = 0; i < p->graph.count; i++)
        for (int k = 0; pleth_record_parameter(&p->graph, i, k, &stored); k++) {
            struct plethtrain_parameter *q = find_parameter(p, stored.name);
            if (!q) {
                q = &p->parameter[p->parameters++];
                q->stored = stored;
                q->record = i;
                q->index = k;
                q->statistic = p->records[i].op == PLETH_OP_BATCH_NORM && k >= 2;
                set_axes(q, &p->records[i]);
            }
            q->trained |= used[i] && !q->statistic && is_tuned(stored.name, tuned);
        }
    for (int trained = 1; trained >= 0; trained--) {
        for (int i = 0; i < p->parameters; i++) {
            struct plethtrain_parameter *q = &p->parameter[i];
            ptrdiff_t *end = q->statistic ? &p->statistics : &p->floats;
            if (q->trained != trained)
                continue;
            q->at = *end;
            *end += q->count;
        }
        if (trained)
            p->trained = p->floats;
    }
    return 0;
}

static const struct plethtrain_parameter *parameter_of(struct plethtrain_plan *p, int record, int k)
{
    struct pleth_parameter stored;

    return pleth_record_parameter(&p->graph, record, k, &stored) ? find_parameter(p, stored.name)
                                                                 : NULL;
}

/* ---- Steps ------------------------------------------------------------------------------------
 */

static void set_conv(struct plethtrain_step *s, const struct pleth_shape *large,
                     const struct pleth_shape *small)
{
    const struct pleth_record *r = s->record;
    struct plethtrain_conv *c = &s->conv;

    c->large[0] = large->d;
    c->large[1] = large->h;
    c->large[2] = large->w;
    c->small[0] = small->d;
    c->small[1] = small->h;
    c->small[2] = small->w;
    c->large_c = large->c;
    c->small_c = small->c;
    c->depthwise = r->groups > 1;
    if (c->depthwise) /* each d is an image of its own */
        c->large[0] = c->small[0] = 1;
    c->dilation = r->dilation;
    for (int axis = 0; axis < 3; axis++) {
        c->kernel[axis] = r->kernel[axis];
        c->stride[axis] = r->stride[axis];
        c->pad[axis] = r->pad[axis];
    }
}

/* The only step that reads value i, -1 where there are none or several. */
static int only_reader(const struct plethtrain_plan *p, int i)
{
    int found = -1;

    for (int j = i + 1; j < p->graph.count; j++)
        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (p->step[j].op >= 0 && p->step[j].in[k] == i) {
                if (found >= 0)
                    return -1;
                found = j;
            }
    return found;
}

/* A norm and the ReLU that alone reads it become one step, at the ReLU's place. */
static void fuse_norms(struct plethtrain_plan *p)
{
    for (int i = 0; i < p->graph.count; i++) {
        struct plethtrain_step *norm = &p->step[i];
        const int j = norm->op == PLETH_OP_BATCH_NORM ? only_reader(p, i) : -1;
        if (j < 0 || p->step[j].op != PLETH_OP_ACTIVATION || norm->drop > 0 ||
            p->step[j].record->function != PLETH_RELU)
            continue;
        p->step[j].op = PLETH_OP_BATCH_NORM;
        p->step[j].record = norm->record;
        p->step[j].relu = 1;
        p->step[j].in[0] = norm->in[0];
        norm->op = -1;
    }
}

static void set_steps(struct plethtrain_plan *p, const uint8_t *used)
{
    for (int i = 0; i < p->graph.count; i++) {
        const struct pleth_record *r = &p->records[i];
        struct plethtrain_step *s = &p->step[i];
        /* inputs that lie channels-last already are read in place */
        s->op = used[i] && (r->op != PLETH_OP_INPUT || (r->out.c > 1 && positions(&r->out) > 1))
                    ? r->op
                    : -1;
        s->record = r;
        s->drop = r->drop;
        for (int k = 0; k < PLETH_OPERANDS; k++)
            s->in[k] = r->in[k];
    }
    fuse_norms(p);
}

/* What a step has of parameters, masks and memory of its own. */
static void set_details(struct plethtrain_plan *p)
{
    for (int i = 0; i < p->graph.count; i++) {
        struct plethtrain_step *s = &p->step[i];
        const int record = (int)(s->record - p->records);
        const struct plethtrain_parameter *weight = parameter_of(p, record, 0);
        const struct plethtrain_parameter *bias = parameter_of(p, record, 1);
        s->weight = s->bias = -1;
        if (s->op < 0)
            continue;
        if (weight) {
            s->weight = weight->at;
            s->tuned = weight->trained;
        }
        if (bias) {
            s->bias = bias->at;
            s->tuned |= bias->trained;
        }
        if (s->op == PLETH_OP_CONV)
            set_conv(s, &p->value[s->in[0]].shape, &p->value[i].shape);
        if (s->op == PLETH_OP_CONV_TRANSPOSED)
            set_conv(s, &p->value[i].shape, &p->value[s->in[0]].shape);
        if (s->op == PLETH_OP_LINEAR) {
            static const int one[3] = {1, 1, 1};
            s->conv = (struct plethtrain_conv){.large_c = p->value[s->in[0]].shape.c,
                                               .small_c = p->value[i].shape.c};
            s->conv.large[0] = s->conv.large[1] = s->conv.small[0] = s->conv.small[1] = 1;
            s->conv.large[2] = s->conv.small[2] = positions(&p->value[i].shape);
            memcpy(s->conv.kernel, one, sizeof one);
            memcpy(s->conv.stride, one, sizeof one);
        }
        if (s->op == PLETH_OP_BATCH_NORM) {
            s->statistics = parameter_of(p, record, 2)->at;
            s->norm = p->norms;
            p->norms += p->value[i].shape.c;
        }
        if (s->drop > 0) {
            s->words = (int)((p->value[i].size + 63) / 64);
            s->mask = p->words;
            p->words += s->words;
        }
        if (s->op == PLETH_OP_OUTPUT) {
            s->output = p->outputs;
            p->output[p->outputs++] = i;
        }
    }
}

static int set_values(struct plethtrain_plan *p, const uint8_t *used, struct plethio_error *e)
{
    int outputs = 0;

    for (int i = 0; i < p->graph.count; i++) {
        const struct pleth_record *r = &p->records[i];
        struct plethtrain_value *v = &p->value[i];
        v->shape = r->out;
        v->items = r->per_segment ? 1 : p->graph.frames;
        v->size = (ptrdiff_t)v->items * r->out.c * positions(&r->out);
        v->used = used[i];
        v->input = -1;
        v->gradient_of = i;
        outputs += r->op == PLETH_OP_OUTPUT;
        if (r->op == PLETH_OP_CONV && r->groups > 1 && (r->groups != r->out.c || r->kernel[0] > 1))
            return plethio_fail(e,
                                "%s: training knows convolutions in one group or by channel, "
                                "and the latter over h and w",
                                r->name);
        if ((r->op == PLETH_OP_AVERAGE_POOL || r->op == PLETH_OP_MAX_POOL) &&
            r->kernel[0] * r->kernel[1] > PLETHTRAIN_POOL)
            return plethio_fail(e, "%s: training pools windows of %d rows, not of %d", r->name,
                                PLETHTRAIN_POOL, r->kernel[0] * r->kernel[1]);
        if (!(r->drop >= 0 && r->drop < 1))
            return plethio_fail(e, "%s: a share of %g can not be dropped", r->name,
                                (double)r->drop);
        if (!used[i] || r->op != PLETH_OP_INPUT)
            continue;
        if (p->inputs == PLETHTRAIN_PORTS)
            return plethio_fail(e, "%s: more than %d inputs", r->name, PLETHTRAIN_PORTS);
        p->input[p->inputs] = i;
        v->input = p->inputs++;
        for (int j = i + 1; j < p->graph.count; j++)
            if (used[j] && p->records[j].in[0] == i && p->records[j].op == PLETH_OP_DIFFERENCE)
                v->items = p->graph.frames + 1;
        v->size = (ptrdiff_t)v->items * r->out.c * positions(&r->out);
    }
    if (outputs == 0 || outputs > PLETHTRAIN_PORTS)
        return plethio_fail(e, "a network of %d outputs can not be trained: 1 to %d", outputs,
                            PLETHTRAIN_PORTS);
    return 0;
}

/* ---- Phases of forward ------------------------------------------------------------------------
 */

static void set_forward(struct plethtrain_plan *p)
{
    const int n = p->graph.count;

    for (int i = 0; i < n; i++) {
        struct plethtrain_step *s = &p->step[i];
        for (int k = 0; s->op >= 0 && k < PLETH_OPERANDS; k++)
            if (s->in[k] >= 0) {
                const int asks = s->op == PLETH_OP_BATCH_NORM && !p->fixed;
                const int at = p->step[s->in[k]].phase + asks;
                s->phase = at > s->phase ? at : s->phase;
            }
    }
    /* what is cheap, as late as it can be: where it is read, it need not be kept */
    for (int i = n - 1; i >= 0; i--) {
        struct plethtrain_step *s = &p->step[i];
        int latest = INT32_MAX;
        if (s->op < 0 || !is_cheap(s))
            continue;
        for (int j = i + 1; j < n; j++)
            for (int k = 0; k < PLETH_OPERANDS; k++)
                if (p->step[j].op >= 0 && p->step[j].in[k] == i) {
                    const int at =
                        p->step[j].op == PLETH_OP_BATCH_NORM ? s->phase : p->step[j].phase;
                    latest = at < latest ? at : latest;
                }
        s->phase = latest == INT32_MAX ? s->phase : latest;
    }
    for (int i = 0; i < n; i++)
        if (p->step[i].op >= 0 && p->step[i].phase >= p->forward)
            p->forward = p->step[i].phase + 1;
}

/* ---- What depends on what is trained, and phases of backward ------------------------------------
 */

static void set_wanted(struct plethtrain_plan *p)
{
    for (int i = 0; i < p->graph.count; i++) {
        const struct plethtrain_step *s = &p->step[i];
        if (s->op < 0)
            continue;
        p->value[i].wanted = s->tuned;
        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (s->in[k] >= 0 && p->value[s->in[k]].wanted)
                p->value[i].wanted = 1;
    }
}

/* The phase in which a step gives its operands' gradients. */
static int giving_phase(const struct plethtrain_step *s)
{
    return s->back + (s->op == PLETH_OP_BATCH_NORM);
}

static void set_backward(struct plethtrain_plan *p)
{
    for (int i = p->graph.count - 1; i >= 0; i--) {
        struct plethtrain_step *s = &p->step[i];
        struct plethtrain_value *v = &p->value[i];
        if (s->op < 0 || !v->wanted)
            continue;
        /* v->last_phase: what gave to it so far */
        s->back = v->last_phase;
        for (int k = 0; k < PLETH_OPERANDS; k++) {
            struct plethtrain_value *x = s->in[k] >= 0 ? &p->value[s->in[k]] : NULL;
            if (!x || !x->wanted)
                continue;
            if (giving_phase(s) > x->last_phase)
                x->last_phase = giving_phase(s);
        }
        if (giving_phase(s) >= p->phases)
            p->phases = giving_phase(s) + 1;
    }
}

/* ---- The memory of gradients ------------------------------------------------------------------
 */

/* Who gives first writes, the others add. Order: by phase, then from the last step to the first. */
static int gives_before(const struct plethtrain_plan *p, int a, int b)
{
    const int pa = giving_phase(&p->step[a]), pb = giving_phase(&p->step[b]);

    return pa < pb || (pa == pb && a > b);
}

static void set_gives(struct plethtrain_plan *p)
{
    const int n = p->graph.count;

    for (int i = 0; i < n; i++) {
        int first = -1, operand = -1;
        for (int j = i + 1; j < n; j++)
            for (int k = 0; k < PLETH_OPERANDS; k++)
                if (p->step[j].op >= 0 && p->step[j].in[k] == i && p->value[i].wanted) {
                    p->step[j].give[k] = PLETHTRAIN_ADD;
                    if (first < 0 || (first != j && gives_before(p, j, first))) {
                        first = j;
                        operand = k;
                    }
                }
        if (first >= 0)
            p->step[first].give[operand] = PLETHTRAIN_WRITE;
    }
}

/* Goes through backward in its order and looks whether every reader of a gradient finds what was
 * given to that value, though several share its memory. `version` and `holds` have room for all. */
static int shares_safely(const struct plethtrain_plan *p, int *version, int *holds)
{
    const int n = p->graph.count;
    int now = 0;

    memset(version, 0, sizeof *version * (size_t)n);
    memset(holds, 0, sizeof *holds * (size_t)n);
    for (int phase = 0; phase < p->phases; phase++)
        for (int i = n - 1; i >= 0; i--) {
            const struct plethtrain_step *s = &p->step[i];
            const int memory = p->value[i].gradient_of;
            const int is_norm = s->op == PLETH_OP_BATCH_NORM;
            if (s->op < 0 || !p->value[i].wanted ||
                (s->back != phase && (!is_norm || giving_phase(s) != phase)))
                continue;
            if (s->op != PLETH_OP_OUTPUT && version[i] != holds[memory])
                return 0;
            /* a norm's first part, and masks, change it in place */
            if (s->back == phase && (is_norm || s->drop > 0))
                version[i] = holds[memory] = ++now;
            if (giving_phase(s) != phase)
                continue;
            for (int k = 0; k < PLETH_OPERANDS; k++) {
                const int x = s->in[k], to = x >= 0 ? p->value[x].gradient_of : -1;
                if (s->give[k] == PLETHTRAIN_NONE)
                    continue;
                if (s->give[k] == PLETHTRAIN_ADD && version[x] != holds[to])
                    return 0;
                if (s->give[k] != PLETHTRAIN_SHARED)
                    holds[to] = ++now;
                version[x] = holds[to];
            }
        }
    return 1;
}

/* All that shares memory with `from` shares it with `to` from now on. */
static void share(struct plethtrain_plan *p, int from, int to)
{
    for (int i = 0; i < p->graph.count; i++)
        if (p->value[i].gradient_of == from)
            p->value[i].gradient_of = to;
}

/* The gradient of a sum is that of what is added: no need to copy it, where none changes it while
 * another still reads it. */
static int share_sums(struct plethtrain_plan *p)
{
    const int n = p->graph.count;
    int *room = malloc(sizeof *room * 2 * (size_t)n);
    int *before = malloc(sizeof *before * (size_t)n);

    for (int i = n - 1; room && before && i >= 0; i--)
        for (int k = 0; k < 2; k++) {
            struct plethtrain_step *s = &p->step[i];
            const int x = s->in[k];
            if (s->op != PLETH_OP_ADD || s->give[k] != PLETHTRAIN_WRITE ||
                p->value[x].gradient_of != x)
                continue;
            for (int j = 0; j < n; j++)
                before[j] = p->value[j].gradient_of;
            share(p, x, p->value[i].gradient_of);
            s->give[k] = PLETHTRAIN_SHARED;
            if (shares_safely(p, room, room + n))
                continue;
            for (int j = 0; j < n; j++)
                p->value[j].gradient_of = before[j];
            s->give[k] = PLETHTRAIN_WRITE;
        }
    free(room);
    free(before);
    return room && before ? 0 : -1;
}

static ptrdiff_t aligned(ptrdiff_t floats)
{
    return (floats + 15) / 16 * 16;
}

/* When the memory of each gradient is in use; kept are those that more than one phase uses. */
static void set_lives(struct plethtrain_plan *p)
{
    const int n = p->graph.count;

    for (int i = 0; i < n; i++) {
        p->value[i].first_phase = INT32_MAX;
        p->value[i].last_phase = -1;
    }
    for (int i = 0; i < n; i++) {
        const struct plethtrain_step *s = &p->step[i];
        struct plethtrain_value *own = &p->value[p->value[i].gradient_of];
        const int giving = giving_phase(s);
        if (s->op < 0 || !p->value[i].wanted)
            continue;
        if (s->op != PLETH_OP_OUTPUT) {
            own->first_phase = s->back < own->first_phase ? s->back : own->first_phase;
            own->last_phase = giving > own->last_phase ? giving : own->last_phase;
        }
        for (int k = 0; k < PLETH_OPERANDS; k++) {
            struct plethtrain_value *x;
            if (s->give[k] == PLETHTRAIN_NONE)
                continue;
            x = &p->value[p->value[s->in[k]].gradient_of];
            x->first_phase = giving < x->first_phase ? giving : x->first_phase;
            x->last_phase = giving > x->last_phase ? giving : x->last_phase;
        }
    }
    for (int i = 0; i < n; i++) {
        struct plethtrain_value *v = &p->value[i];
        v->gradient_kept = v->last_phase > v->first_phase;
    }
}

/* Kept gradients at the first place that is free for as long as they live. */
static void place_gradients(struct plethtrain_plan *p)
{
    const int n = p->graph.count;
    ptrdiff_t end = p->kept;

    for (int i = n - 1; i >= 0; i--) {
        struct plethtrain_value *v = &p->value[i];
        const ptrdiff_t size = aligned(v->size);
        ptrdiff_t at = p->kept;
        if (!v->gradient_kept)
            continue;
        for (int j = n - 1; j >= 0; j--) {
            const struct plethtrain_value *u = &p->value[j];
            if (j <= i || !u->gradient_kept || u->last_phase < v->first_phase ||
                u->first_phase > v->last_phase || u->gradient_at >= at + size ||
                u->gradient_at + aligned(u->size) <= at)
                continue;
            at = u->gradient_at + aligned(u->size);
            j = n; /* look at all of them again */
        }
        v->gradient_at = at;
        end = at + size > end ? at + size : end;
    }
    p->kept = end;
}

/* ---- What is kept -----------------------------------------------------------------------------
 */

/* Whether the backward of step i reads its operand k; k = -1: its own value. */
static int backward_reads(const struct plethtrain_plan *p, int i, int k)
{
    const struct plethtrain_step *s = &p->step[i];

    if (!p->value[i].wanted)
        return 0;
    switch (s->op) {
    case PLETH_OP_CONV:
    case PLETH_OP_CONV_TRANSPOSED:
    case PLETH_OP_LINEAR:
        return k == 0 && s->tuned;
    case PLETH_OP_SPECTRAL:
        return k == 0;
    case PLETH_OP_BATCH_NORM:
    case PLETH_OP_LAYER_NORM:
    case PLETH_OP_MAX_POOL:
    case PLETH_OP_MASK:
        return k == 0;
    case PLETH_OP_MULTIPLY:
    case PLETH_OP_ATTENTION:
        return k >= 0;
    case PLETH_OP_ACTIVATION:
        return s->record->function == PLETH_GELU ? k == 0 : k == -1;
    default:
        return 0;
    }
}

static void set_kept(struct plethtrain_plan *p)
{
    const int n = p->graph.count;

    for (int i = 0; i < n; i++)
        for (int k = 0; k < PLETH_OPERANDS; k++) {
            const struct plethtrain_step *s = &p->step[i];
            const int x = s->op >= 0 ? s->in[k] : -1;
            /* its moments are taken when it is made, but the norm may come later */
            if (x >= 0 && s->phase != p->step[x].phase)
                p->value[x].kept = 1;
        }
    for (int i = n - 1; i >= 0; i--) {
        const struct plethtrain_step *s = &p->step[i];
        struct plethtrain_value *v = &p->value[i];
        if (s->op < 0)
            continue;
        v->needed |= backward_reads(p, i, -1);
        /* of a frozen layer all that it is made of would have to be kept instead */
        if (v->needed && (!is_cheap(s) || (p->fixed && !v->wanted)))
            v->kept = 1;
        for (int k = 0; k < PLETH_OPERANDS; k++)
            if (s->in[k] >= 0 && (backward_reads(p, i, k) || (v->needed && !v->kept)))
                p->value[s->in[k]].needed = 1;
    }
    for (int i = 0; i < n; i++) {
        struct plethtrain_value *v = &p->value[i];
        v->kept = v->kept && p->step[i].op >= 0;
        v->at = p->kept;
        if (v->kept)
            p->kept += aligned(v->size);
    }
}

/* ---- Tasks ------------------------------------------------------------------------------------
 */

/* Marks what a phase of backward has to make anew: what its tasks read and nobody kept. */
static void mark_again(const struct plethtrain_plan *p, int phase, uint8_t *again)
{
    memset(again, 0, (size_t)p->graph.count);
    for (int i = p->graph.count - 1; i >= 0; i--) {
        const struct plethtrain_step *s = &p->step[i];
        const int now =
            p->value[i].wanted &&
            (s->back == phase || (s->op == PLETH_OP_BATCH_NORM && giving_phase(s) == phase));
        if (s->op < 0)
            continue;
        for (int k = -1; k < PLETH_OPERANDS; k++) {
            const int x = k < 0 ? i : s->in[k];
            if (x >= 0 && !p->value[x].kept && p->step[x].op >= 0 &&
                ((now && backward_reads(p, i, k)) || (k >= 0 && again[i])))
                again[x] = 1;
        }
    }
}

static void add_task(struct plethtrain_plan *p, int *count, int what, int step)
{
    if (p->task)
        p->task[*count] = (struct plethtrain_task){what, step};
    ++*count;
}

/* Floats of a sample that the tasks of a phase touch, and of the weights that they read. */
static void touched(const struct plethtrain_plan *p, const struct plethtrain_phase *f,
                    uint8_t *seen, ptrdiff_t *sample, ptrdiff_t *weights)
{
    const int n = p->graph.count;

    memset(seen, 0, 2 * (size_t)n);
    *sample = 1;
    *weights = 0;
    for (int t = f->first; t < f->last; t++) {
        const int i = p->task[t].step;
        const struct plethtrain_step *s = &p->step[i];
        const int back = p->task[t].what >= PLETHTRAIN_BACKWARD;
        for (int k = -1; k < PLETH_OPERANDS; k++) {
            const int x = k < 0 ? i : s->in[k], g = x < 0 ? 0 : p->value[x].gradient_of;
            if (x < 0)
                continue;
            if (!seen[x] && (!back || backward_reads(p, i, k)))
                *sample += p->value[x].size;
            seen[x] |= !back || backward_reads(p, i, k);
            if (back && p->value[x].wanted && !seen[n + g]) {
                seen[n + g] = 1;
                *sample += p->value[g].size;
            }
        }
        if (s->weight >= 0 && p->task[t].what != PLETHTRAIN_MOMENTS && s->op != PLETH_OP_BATCH_NORM)
            *weights += (ptrdiff_t)plethtrain_taps(&s->conv) * s->conv.large_c * s->conv.small_c;
    }
}

static void set_chunk(struct plethtrain_plan *p, struct plethtrain_phase *f, uint8_t *seen)
{
    const int most = (p->batch + p->threads - 1) / p->threads;
    ptrdiff_t sample, weights, n, room = CHUNK_BYTES / (ptrdiff_t)sizeof(float);

    touched(p, f, seen, &sample, &weights);
    /* weights are read once a chunk: it should not be small beside them */
    room = weights > room ? weights : room;
    n = room / sample;
    f->chunk = n < 1 ? 1 : n > most ? most : (int)n;
}

static int fill_tasks(struct plethtrain_plan *p, uint8_t *again)
{
    const int n = p->graph.count;
    int count = 0;

    for (int phase = 0; phase < p->forward; phase++) {
        if (p->task)
            p->phase[phase].first = count;
        for (int i = 0; i < n; i++) {
            if (p->step[i].op >= 0 && p->step[i].phase == phase)
                add_task(p, &count, PLETHTRAIN_FORWARD, i);
            for (int j = i + 1; j < n && !p->fixed; j++)
                if (p->step[j].op == PLETH_OP_BATCH_NORM && p->step[j].in[0] == i &&
                    p->step[i].phase == phase)
                    add_task(p, &count, PLETHTRAIN_MOMENTS, j);
        }
        if (p->task)
            p->phase[phase].last = count;
    }
    for (int phase = 0; phase < p->phases; phase++) {
        if (p->task)
            p->phase[p->forward + phase].first = count;
        mark_again(p, phase, again);
        for (int i = 0; i < n; i++)
            if (again[i])
                add_task(p, &count, PLETHTRAIN_AGAIN, i);
        for (int i = n - 1; i >= 0; i--) {
            const struct plethtrain_step *s = &p->step[i];
            if (s->op < 0 || !p->value[i].wanted)
                continue;
            if (s->op == PLETH_OP_BATCH_NORM && giving_phase(s) == phase &&
                s->give[0] != PLETHTRAIN_NONE)
                add_task(p, &count, PLETHTRAIN_NORM_INPUT, i);
            if (s->back == phase)
                add_task(p, &count, PLETHTRAIN_BACKWARD, i);
        }
        if (p->task)
            p->phase[p->forward + phase].last = count;
    }
    return count;
}

static int make_tasks(struct plethtrain_plan *p)
{
    const int n = p->graph.count;
    uint8_t *seen = malloc(2 * (size_t)n);

    if (seen)
        p->task = calloc((size_t)fill_tasks(p, seen), sizeof *p->task);
    p->phase = calloc((size_t)(p->forward + p->phases), sizeof *p->phase);
    if (seen && p->task && p->phase) {
        fill_tasks(p, seen);
        for (int i = 0; i < p->forward + p->phases; i++)
            set_chunk(p, &p->phase[i], seen);
    }
    free(seen);
    return seen && p->task && p->phase ? 0 : -1;
}

/* ---- A thread's memory ------------------------------------------------------------------------
 */

/* Room for what is not kept: each value and gradient its own, as many samples as the largest chunk
 * that touches it has. */
static void place_chunks(struct plethtrain_plan *p)
{
    for (int i = 0; i < p->graph.count; i++) {
        struct plethtrain_value *v = &p->value[i];
        int value = 0, gradient = 0;
        for (int f = 0; f < p->forward + p->phases; f++)
            for (int t = p->phase[f].first; t < p->phase[f].last; t++) {
                const struct plethtrain_step *s = &p->step[p->task[t].step];
                int touches = p->task[t].step == i || p->value[p->task[t].step].gradient_of == i;
                for (int k = 0; k < PLETH_OPERANDS; k++)
                    touches |=
                        s->in[k] >= 0 && (s->in[k] == i || p->value[s->in[k]].gradient_of == i);
                if (touches && p->phase[f].chunk > value)
                    value = p->phase[f].chunk;
                if (touches && f >= p->forward && p->phase[f].chunk > gradient)
                    gradient = p->phase[f].chunk;
            }
        if (p->step[i].op >= 0 && !v->kept && p->step[i].op != PLETH_OP_OUTPUT) {
            v->at = p->chunk;
            p->chunk += aligned(v->size * value);
        }
        if (v->wanted && v->gradient_of == i && !v->gradient_kept && v->last_phase >= 0) {
            v->gradient_at = p->chunk;
            p->chunk += aligned(v->size * gradient);
        }
    }
}

static void set_scratch(struct plethtrain_plan *p)
{
    for (int i = 0; i < p->graph.count; i++) {
        struct plethtrain_step *s = &p->step[i];
        const struct pleth_shape *y = &p->value[i].shape;
        ptrdiff_t n = 0;
        switch (s->op) {
        case PLETH_OP_CONV:
        case PLETH_OP_CONV_TRANSPOSED:
        case PLETH_OP_LINEAR:
            n = plethtrain_conv_scratch(&s->conv);
            s->packed = -1;
            if (s->op != PLETH_OP_CONV_TRANSPOSED && !p->value[s->in[0]].wanted)
                break;
            s->packed = p->packed;
            p->packed += aligned(plethtrain_conv_packed(&s->conv));
            break;
        case PLETH_OP_SPECTRAL: /* three complex half planes */
            n = (ptrdiff_t)6 * y->c * y->h * (y->w / 2 + 1);
            break;
        case PLETH_OP_ATTENTION: /* scores and their gradient */
            n = (ptrdiff_t)2 * y->h * y->w * p->value[s->in[1]].shape.h *
                p->value[s->in[1]].shape.w;
            break;
        default:
            break;
        }
        p->scratch = n > p->scratch ? n : p->scratch;
    }
    p->scratch = aligned(p->scratch);
}

int plethtrain_plan_make(struct plethtrain_plan *p, const struct pleth_graph *g, int batch,
                         int threads, int fixed, const char *const *tuned, struct plethio_error *e)
{
    uint8_t used[PLETH_RECORDS];

    memset(p, 0, sizeof *p);
    if (g->error || !g->records || g->count < 1)
        return plethio_fail(e, "%s: the network can not be built so", g->where);
    if (batch < 1 || threads < 1 || threads > batch)
        return plethio_fail(e, "%d samples can not be shared by %d threads", batch, threads);
    p->batch = batch;
    p->threads = threads;
    p->fixed = fixed;
    p->graph = *g;
    p->records = malloc(sizeof *p->records * (size_t)g->count);
    p->value = calloc((size_t)g->count, sizeof *p->value);
    p->step = calloc((size_t)g->count, sizeof *p->step);
    if (!p->records || !p->value || !p->step)
        goto no_memory;
    memcpy(p->records, g->records, sizeof *p->records * (size_t)g->count);
    p->graph.records = p->records;
    pleth_graph_used(&p->graph, used);
    if (set_values(p, used, e)) {
        plethtrain_plan_free(p);
        return -1;
    }
    if (make_parameters(p, used, tuned))
        goto no_memory;
    set_steps(p, used);
    set_details(p);
    set_forward(p);
    set_wanted(p);
    set_backward(p);
    set_gives(p);
    if (share_sums(p))
        goto no_memory;
    set_lives(p);
    set_kept(p);
    place_gradients(p);
    if (make_tasks(p))
        goto no_memory;
    place_chunks(p);
    set_scratch(p);
    return 0;

no_memory:
    plethtrain_plan_free(p);
    return plethio_fail(e, "no memory for the plan of a network of %d records", g->count);
}

void plethtrain_plan_free(struct plethtrain_plan *p)
{
    free(p->records);
    free(p->value);
    free(p->step);
    free(p->parameter);
    free(p->task);
    free(p->phase);
    memset(p, 0, sizeof *p);
}
