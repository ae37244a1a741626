#include "face.h"

#include "motion.h"

#include <math.h>
#include <string.h>

#define LOOK_EVERY_NS 300000000LL /* between two looks for skin */
#define LOST_AFTER_NS 900000000LL /* without skin before the face counts as lost */
#define ENOUGH_LIKENESS 0.25f     /* of a blob to be a face; the flat extremes give < 0.1 */
#define HUE_BINS 10               /* of a colour histogram that proposes models: for each hue... */
#define LUMA_BINS 6               /* ... and for luma */
#define MODELS 8                  /* half of each */

static float ramp(float v, float from, float to)
{
    v = (v - from) / (to - from);
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

static int within(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static void chroma(const struct pleth_grid *g, int at, float *u, float *v)
{
    float r = g->rgb[0][at], gr = g->rgb[1][at], b = g->rgb[2][at];
    r = r > 1 ? r : 1;
    gr = gr > 1 ? gr : 1;
    b = b > 1 ? b : 1;
    *u = logf(r / gr);
    *v = logf(gr / b);
}

/* How far a colour can be human skin under light from candle to shade, 0..1. Skin of every tone
 * reflects red more than green and green at least as much as blue (melanin and haemoglobin absorb
 * towards the short waves); the bounds include all ten tones of the Monk scale (2022). */
static float skin_colour(float u, float v, float luma)
{
    return ramp(u, 0.06f, 0.16f) * ramp(u, 0.95f, 0.75f) * ramp(v, -0.16f, -0.04f) *
           ramp(v, 0.85f, 0.65f) * ramp(luma, 8, 18) * ramp(luma, 253, 246);
}

/* One model's view of the grid: score = skin colour near the model's mean, over 3 x 3 cells, so
 * that noise and grain do not tear a face apart. */
static void score_cells(struct pleth_face *f, const struct pleth_grid *g, const float *mean,
                        const float *spread)
{
    int cols = g->cols, rows = g->rows;
    float *raw = f->scratch;
    for (int i = 0; i < cols * rows; i++) {
        float u, v, d2, a, b, c;
        chroma(g, i, &u, &v);
        a = (u - mean[0]) / spread[0];
        b = (v - mean[1]) / spread[1];
        c = (g->luma[i] - mean[2]) / spread[2];
        d2 = a * a + b * b + c * c;
        raw[i] = d2 > 7 ? 0 : skin_colour(u, v, g->luma[i]) * ramp(d2, 7, 2);
    }
    for (int y = 0; y < rows; y++) {
        const float *above = raw + within(y - 1, rows) * cols, *here = raw + y * cols;
        const float *below = raw + within(y + 1, rows) * cols;
        float column[PLETH_GRID_SIDE];
        for (int x = 0; x < cols; x++)
            column[x] = above[x] + 2 * here[x] + below[x];
        for (int x = 0; x < cols; x++)
            f->score[y * cols + x] =
                (column[within(x - 1, cols)] + 2 * column[x] + column[within(x + 1, cols)]) / 16;
    }
}

/* A connected region of cells with score > 0.4. */
struct blob {
    int label, area, edge, border;
    float x, y, likeness;
    int x0, x1, y0, y1;
};

/* Faces are compact and upright, have eyes and a mouth, are not cut off by the picture's border on
 * all sides, rather in its middle, not flat, and neither a few cells nor the whole picture. holes:
 * share of the blob's ellipse that is not of the blob; contrast: of all that lies in its box. */
static float face_likeness(const struct blob *b, const struct pleth_grid *g, const float moment[3],
                           float holes, float contrast)
{
    float area = (float)b->area, edge = (float)(b->edge > 0 ? b->edge : 1);
    float aspect = sqrtf((moment[2] + 0.1f) / (moment[0] + 0.1f));
    float share = area / (float)(g->cols * g->rows);
    float touching = (float)b->border / edge;
    /* against a disc's edge on a square grid */
    float off = fabsf(b->x + 0.5f - 0.5f * (float)g->cols) / (float)g->cols;
    float ragged = edge / (4.5f * sqrtf(area));
    return ramp(holes, 0.5f, 0.25f) * (0.7f + 0.3f * ramp(holes, 0.0f, 0.04f)) *
           ramp(ragged, 4.5f, 2.0f) * ramp(aspect, 0.45f, 0.95f) * ramp(aspect, 3.2f, 1.8f) *
           ramp(share, 0.0015f, 0.008f) * ramp(share, 0.9f, 0.6f) * ramp(touching, 0.7f, 0.2f) *
           ramp(b->y / (float)g->rows, 1.0f, 0.7f) * (0.6f + 0.4f * ramp(off, 0.4f, 0.15f)) *
           ramp(contrast, 0.02f, 0.06f);
}

static struct blob grow(struct pleth_face *f, const struct pleth_grid *g, int seed, int label)
{
    struct blob b = {.label = label, .x0 = g->cols, .y0 = g->rows, .x1 = -1, .y1 = -1};
    int head = 0, tail = 0;
    float sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    f->queue[tail++] = (int16_t)seed;
    f->label[seed] = (int16_t)label;
    while (head < tail) {
        int at = f->queue[head++], x = at % g->cols, y = at / g->cols;
        static const int step[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
        b.area++;
        sx += (float)x;
        sy += (float)y;
        sxx += (float)(x * x);
        sxy += (float)(x * y);
        syy += (float)(y * y);
        b.x0 = x < b.x0 ? x : b.x0;
        b.x1 = x > b.x1 ? x : b.x1;
        b.y0 = y < b.y0 ? y : b.y0;
        b.y1 = y > b.y1 ? y : b.y1;
        for (int k = 0; k < 4; k++) {
            int nx = x + step[k][0], ny = y + step[k][1], n = ny * g->cols + nx;
            if (nx < 0 || ny < 0 || nx >= g->cols || ny >= g->rows) {
                /* necks and chests leave below; that is no sign against a face */
                b.edge++;
                b.border += ny < g->rows;
            } else if (f->score[n] <= 0.4f) {
                b.edge++;
            } else if (f->label[n] == 0) {
                f->label[n] = (int16_t)label;
                f->queue[tail++] = (int16_t)n;
            }
        }
    }
    float a = (float)b.area, moment[3];
    b.x = sx / a;
    b.y = sy / a;
    moment[0] = sxx / a - b.x * b.x + 0.083f;
    moment[1] = sxy / a - b.x * b.y;
    moment[2] = syy / a - b.y * b.y + 0.083f;
    float det = moment[0] * moment[2] - moment[1] * moment[1];
    float s = 0, s2 = 0, n = 0, in = 0, missing = 0;
    for (int y = b.y0; y <= b.y1; y++)
        for (int x = b.x0; x <= b.x1; x++) {
            float l = g->luma[y * g->cols + x], dx = (float)x - b.x, dy = (float)y - b.y;
            s += l;
            s2 += l * l;
            n += 1;
            /* a uniform ellipse ends two standard deviations from its centre */
            if (moment[2] * dx * dx - 2 * moment[1] * dx * dy + moment[0] * dy * dy < 3 * det) {
                in += 1;
                missing += f->label[y * g->cols + x] != label;
            }
        }
    s /= n;
    float variance = s2 / n - s * s, contrast = sqrtf(variance > 0 ? variance : 0) / (s + 5);
    b.likeness = face_likeness(&b, g, moment, in > 0 ? missing / in : 0, contrast);
    return b;
}

static int inside(const pleth_box *box, const struct pleth_grid *g, float cx, float cy)
{
    float x = (cx + 0.5f) * g->cell_w, y = (cy + 0.5f) * g->cell_h;
    return x > box->x - 0.2f * box->width && x < box->x + 1.2f * box->width &&
           y > box->y - 0.2f * box->height && y < box->y + 1.4f * box->height;
}

/* The blob most like a face under the present scores, with its middle outside `avoid` (which may be
 * NULL); likeness 0 if there is none. */
static struct blob best_blob(struct pleth_face *f, const struct pleth_grid *g,
                             const pleth_box *avoid)
{
    struct blob best = {0};
    int n = g->cols * g->rows, label = 0, smallest = n / 700 > 3 ? n / 700 : 3;
    memset(f->label, 0, sizeof(f->label));
    for (int i = 0; i < n; i++)
        if (f->label[i] == 0 && f->score[i] > 0.4f) {
            struct blob b = grow(f, g, i, ++label);
            /* larger is better among equals: the person, not the picture on the wall */
            float rank = b.likeness * sqrtf((float)b.area);
            if (b.area >= smallest && rank > best.likeness * sqrtf((float)best.area) &&
                !(avoid && inside(avoid, g, b.x, b.y)))
                best = b;
        }
    return best;
}

static int bin_of(float value, int bins)
{
    return within((int)(value * (float)bins), bins);
}

/* A colour that may be a face's: means and spreads of ln(R/G), ln(G/B) and luma. */
struct model {
    float mean[3], spread[3], handicap;
};

/* Modes of the histogram of skin-like colours, commonest first: by hue alone, for faces among other
 * colours, then by hue and luma, for faces among wood, cardboard and sand, which have skin's hue. A
 * narrow model finds a part of anything, hence its handicap. */
static int propose(const struct pleth_grid *g, struct model *model)
{
    enum { HUES = HUE_BINS * HUE_BINS, BINS = HUES * LUMA_BINS };
    static const struct model wide = {{0}, {0.11f, 0.11f, 60}, 1};
    static const struct model narrow = {{0}, {0.09f, 0.09f, 24}, 0.5f};
    float sum[HUES + BINS][4];
    int n = g->cols * g->rows, found = 0;
    memset(sum, 0, sizeof(sum));
    for (int i = 0; i < n; i++) {
        float u, v, s, luma = g->luma[i];
        chroma(g, i, &u, &v);
        s = skin_colour(u, v, luma);
        if (s > 0.1f) {
            int hue = bin_of(u + 0.05f, HUE_BINS) * HUE_BINS + bin_of(v + 0.2f, HUE_BINS);
            int bin[2] = {hue, HUES + hue * LUMA_BINS + bin_of(luma / 255, LUMA_BINS)};
            for (int k = 0; k < 2; k++) {
                sum[bin[k]][0] += s * u;
                sum[bin[k]][1] += s * v;
                sum[bin[k]][2] += s * luma;
                sum[bin[k]][3] += s;
            }
        }
    }
    for (int k = 0; k < 2; k++)
        for (int m = 0; m < MODELS / 2; m++) {
            int from = k ? HUES : 0, to = k ? HUES + BINS : HUES, best = from;
            for (int i = from + 1; i < to; i++)
                if (sum[i][3] > sum[best][3])
                    best = i;
            if (sum[best][3] < 0.002f * (float)n)
                break;
            model[found] = k ? narrow : wide;
            for (int c = 0; c < 3; c++)
                model[found].mean[c] = sum[best][c] / sum[best][3];
            found++;
            sum[best][3] = 0;
        }
    return found;
}

/* Box of the head in cells: where the blob is widest in its upper part, and no taller than heads
 * are, so that a bare neck or a raised hand does not stretch it. */
static void head_box(const struct pleth_face *f, const struct pleth_grid *g, const struct blob *b,
                     float *x, float *y, float *w, float *h)
{
    float left = (float)b->x0, right = (float)b->x1 + 1, height = (float)(b->y1 - b->y0 + 1);
    for (int pass = 0; pass < 3; pass++) {
        float limit = 1.35f * (right - left);
        int rows = (int)(height < limit ? height : limit) + 1;
        int count[PLETH_GRID_SIDE] = {0}, total = 0, sofar = 0;
        for (int yy = b->y0; yy < b->y0 + rows && yy <= b->y1; yy++)
            for (int xx = b->x0; xx <= b->x1; xx++)
                if (f->label[yy * g->cols + xx] == b->label) {
                    count[xx]++;
                    total++;
                }
        for (int xx = b->x0; xx <= b->x1; xx++) {
            if (sofar <= total / 40)
                left = (float)xx;
            sofar += count[xx];
            if (sofar <= total - total / 40)
                right = (float)xx + 2;
        }
        right = right > (float)b->x1 + 1 ? (float)b->x1 + 1 : right;
    }
    *x = left;
    *y = (float)b->y0;
    *w = right - left;
    *h = height < 1.35f * *w ? height : 1.35f * *w;
}

/* Learns the colour of the cells that now carry the mask: all of it from a new face, later only a
 * slow drift of the mean, since a spread learnt from what it selected would shrink for ever. */
static void learn(struct pleth_face *f, const struct pleth_grid *g, int first)
{
    float n = 1e-6f, s[3] = {0}, s2[3] = {0};
    static const float least[3] = {0.07f, 0.07f, 20}, most[3] = {0.2f, 0.2f, 60};
    for (int i = 0; i < g->cols * g->rows; i++) {
        float w = f->weight[i], value[3];
        if (w < 0.3f)
            continue;
        chroma(g, i, &value[0], &value[1]);
        value[2] = g->luma[i];
        n += w;
        for (int c = 0; c < 3; c++) {
            s[c] += w * value[c];
            s2[c] += w * value[c] * value[c];
        }
    }
    for (int c = 0; c < 3; c++) {
        float m = s[c] / n, sd = sqrtf(s2[c] / n > m * m ? s2[c] / n - m * m : 0) * 1.5f;
        f->mean[c] = first ? m : f->mean[c] + 0.03f * (m - f->mean[c]);
        if (first)
            f->spread[c] = sd < least[c] ? least[c] : sd > most[c] ? most[c] : sd;
    }
}

/* Moves the mask to where the face is now: bilinear, the border's cells repeated outside. */
static void place(struct pleth_face *f, const struct pleth_grid *g)
{
    int ix = (int)floorf(f->moved_x), iy = (int)floorf(f->moved_y), cols = g->cols, rows = g->rows;
    float ax = f->moved_x - (float)ix, ay = f->moved_y - (float)iy;
    for (int y = 0; y < rows; y++) {
        int y0 = within(y - iy, rows), y1 = within(y - iy - 1, rows);
        const float *near = f->mask + y0 * cols, *far = f->mask + y1 * cols;
        float *out = f->weight + y * cols, column[PLETH_GRID_SIDE];
        for (int x = 0; x < cols; x++)
            column[x] = (1 - ay) * near[x] + ay * far[x];
        for (int x = 0; x < cols; x++)
            out[x] =
                (1 - ax) * column[within(x - ix, cols)] + ax * column[within(x - ix - 1, cols)];
    }
}

/* Turns a blob into the mask: its scores, inside the head's ellipse, away from its rim. `blend` of
 * the new against the old, which is first moved to today's place. */
static void adopt(struct pleth_face *f, const struct pleth_grid *g, const struct blob *b,
                  float blend)
{
    float x, y, w, h;
    int cols = g->cols, rows = g->rows, thin = b->area < 60;
    head_box(f, g, b, &x, &y, &w, &h);
    for (int j = 0; j < rows; j++)
        for (int i = 0; i < cols; i++) {
            int at = j * cols + i;
            float ex = ((float)i + 0.5f - x - 0.5f * w) / (0.58f * w);
            float ey = ((float)j + 0.5f - y - 0.5f * h) / (0.58f * h);
            float now = 0;
            if (f->label[at] == b->label) {
                now = f->score[at] * ramp(ex * ex + ey * ey, 1.1f, 0.8f);
                if (!thin &&
                    (i == 0 || f->label[at - 1] != b->label || i == cols - 1 ||
                     f->label[at + 1] != b->label || j == 0 || f->label[at - cols] != b->label ||
                     j == rows - 1 || f->label[at + cols] != b->label))
                    now *= 0.1f;
            }
            f->mask[at] = blend * now + (1 - blend) * f->weight[at];
        }
    f->moved_x = f->moved_y = 0;
    memcpy(f->weight, f->mask, sizeof(f->weight));

    pleth_box now = {x * g->cell_w, y * g->cell_h, w * g->cell_w, h * g->cell_h};
    f->box.x += blend * (now.x - f->box.x);
    f->box.y += blend * (now.y - f->box.y);
    f->box.width += blend * (now.width - f->box.width);
    f->box.height += blend * (now.height - f->box.height);
}

/* Looks everywhere but in `avoid` for a new face. Returns whether it found one. */
static int search(struct pleth_face *f, const struct pleth_grid *g, int64_t time_ns,
                  const pleth_box *avoid)
{
    struct model model[MODELS];
    struct blob b;
    float best_rank = 0;
    int n = propose(g, model), best = -1;
    for (int m = 0; m < n; m++) {
        score_cells(f, g, model[m].mean, model[m].spread);
        b = best_blob(f, g, avoid);
        b.likeness *= model[m].handicap;
        if (b.likeness >= ENOUGH_LIKENESS && b.likeness * sqrtf((float)b.area) > best_rank) {
            best_rank = b.likeness * sqrtf((float)b.area);
            best = m;
        }
    }
    if (best < 0)
        return 0;
    score_cells(f, g, model[best].mean, model[best].spread);
    b = best_blob(f, g, avoid);
    memset(f->weight, 0, sizeof(f->weight));
    adopt(f, g, &b, 1);
    learn(f, g, 1);
    f->found = 1;
    f->seen_ns = time_ns;
    return 1;
}

/* Looks for skin: first where and as it was, then everywhere. Returns 1 for a new face. */
static int look(struct pleth_face *f, const struct pleth_grid *g, int64_t time_ns)
{
    f->looked_ns = time_ns;
    if (f->found) {
        score_cells(f, g, f->mean, f->spread);
        struct blob b = best_blob(f, g, NULL);
        if (b.likeness >= ENOUGH_LIKENESS && inside(&f->box, g, b.x, b.y)) {
            adopt(f, g, &b, 0.1f);
            learn(f, g, 0);
            f->seen_ns = time_ns;
            return 0;
        }
        if (time_ns - f->seen_ns < LOST_AFTER_NS)
            return 0;
        f->found = 0;
    }
    return search(f, g, time_ns, NULL);
}

int pleth_face_try_another(struct pleth_face *f, const struct pleth_grid *g, int64_t time_ns)
{
    pleth_box avoid = f->box;
    return f->found && search(f, g, time_ns, &avoid);
}

void pleth_face_fix(struct pleth_face *f, const struct pleth_grid *g, const pleth_box *box)
{
    pleth_box all = {0, 0, (float)g->width, (float)g->height};
    f->box = box ? *box : all;
    f->found = 1;
    for (int y = 0; y < g->rows; y++)
        for (int x = 0; x < g->cols; x++) {
            float x0 = (float)x * g->cell_w, y0 = (float)y * g->cell_h;
            float left = f->box.x > x0 ? f->box.x : x0, top = f->box.y > y0 ? f->box.y : y0;
            float right = fminf(f->box.x + f->box.width, x0 + g->cell_w);
            float bottom = fminf(f->box.y + f->box.height, y0 + g->cell_h);
            float covered = right > left && bottom > top ? (right - left) * (bottom - top) : 0;
            f->weight[y * g->cols + x] = covered / (g->cell_w * g->cell_h);
        }
}

int pleth_face_follow(struct pleth_face *f, const struct pleth_grid *g, int64_t time_ns, int fresh)
{
    if (fresh)
        f->found = 0;
    if (f->found) {
        int x0 = (int)(f->box.x / g->cell_w), y0 = (int)(f->box.y / g->cell_h);
        int x1 = (int)((f->box.x + f->box.width) / g->cell_w) + 1;
        int y1 = (int)((f->box.y + f->box.height) / g->cell_h) + 1;
        pleth_motion_of(g, NULL, x0, x1, y0, y1, &f->dx, &f->dy);
        f->moved_x += f->dx;
        f->moved_y += f->dy;
        f->box.x += f->dx * g->cell_w;
        f->box.y += f->dy * g->cell_h;
        place(f, g);
    } else {
        f->dx = f->dy = 0;
    }
    if (fresh || time_ns - f->looked_ns >= LOOK_EVERY_NS || time_ns < f->looked_ns)
        return look(f, g, time_ns);
    return 0;
}
