#include "quantize_people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/weights.h"
#include "score.h"
#include "taken.h"
#include "tool.h"

/* How many people n windows are of. */
static int count_people(const struct plethtrain_set *set, const int *window, int n, char *mark)
{
    int people = 0;

    memset(mark, 0, (size_t)set->people);
    for (int i = 0; i < n; i++) {
        const int p = plethtrain_set_person(set, window[i]);
        people += !mark[p];
        mark[p] = 1;
    }
    return people;
}

static int divide(struct quantize_people *q, const struct plethio_model *m,
                  const struct pleth_weights *w, struct plethio_error *e)
{
    char list[PLETHTRAIN_SEEN], *mark;

    if (plethtrain_seen_read(w, m->info.name, list, e))
        return -1;
    mark = malloc((size_t)q->set.people);
    q->window = malloc((size_t)q->set.windows * sizeof *q->window);
    if (mark && q->window) {
        q->seen = plethtrain_windows_seen(&q->set, list, 1, q->window);
        q->unseen = plethtrain_windows_seen(&q->set, list, 0, q->window + q->seen);
        if (q->seen == 0) {
            q->seen = q->unseen;
            q->unseen = 0;
        }
        q->people_seen = count_people(&q->set, q->window, q->seen, mark);
        q->people_unseen = count_people(&q->set, q->window + q->seen, q->unseen, mark);
        q->sample = plethtrain_calibration(&q->set, q->window, q->seen, &q->count, e);
    } else {
        plethio_fail(e, "no memory for %d windows", q->set.windows);
    }
    free(mark);
    return q->sample ? 0 : -1;
}

int quantize_people_open(struct quantize_people *q, const struct plethio_model *m,
                         const struct plethtrain_source *source, int sources,
                         struct plethio_error *e)
{
    struct plethtrain_source as_trained[PLETHTRAIN_SOURCES];
    struct pleth_weights w;
    int status;

    memset(q, 0, sizeof *q);
    if (plethtrain_check_device(m, e) < 0)
        return -1;
    if (pleth_weights_open(&w, m->bytes, m->size, NULL, 0))
        return plethio_fail(e, "%s: no weights", m->info.name);
    memcpy(as_trained, source, (size_t)sources * sizeof *source);
    if (plethtrain_taken_read(&w, m->info.name, as_trained, sources, e))
        return -1;
    status = plethtrain_set_open(&q->set, as_trained, sources, tool_tell, NULL, e);
    tool_progress_end();
    return status ? -1 : divide(q, m, &w, e);
}

int quantize_people_compare(struct quantize_people *q, struct plethio_model *wide,
                            struct plethio_model *narrow, struct plethio_error *e)
{
    const int n = q->unseen, *window = q->window + q->seen;
    float *estimate = malloc(((size_t)n + 1) * sizeof *estimate),
          *int8 = malloc(((size_t)n + 1) * sizeof *int8),
          *most = malloc(((size_t)n + 1) * sizeof *most);
    double *sum = calloc((size_t)q->set.people, sizeof *sum),
           *count = calloc((size_t)q->set.people, sizeof *count);
    int status, people = 0;

    if (!estimate || !int8 || !most || !sum || !count)
        status = plethio_fail(e, "no memory for %d windows", n);
    else
        status = plethtrain_estimate_device(wide, &q->set, window, n, estimate, most, e) ||
                         plethtrain_estimate_device(narrow, &q->set, window, n, int8, most, e)
                     ? -1
                     : 0;
    q->mae = q->mae_int8 = q->difference_se = n ? 0 : (double)NAN;
    for (int i = 0; i < n && status == 0; i++) {
        const int p = plethtrain_set_person(&q->set, window[i]);
        const double truth = (double)q->set.window[window[i]].rate;
        const double error = fabs((double)estimate[i] - truth),
                     error_int8 = fabs((double)int8[i] - truth);

        q->mae += error / n;
        q->mae_int8 += error_int8 / n;
        sum[p] += error_int8 - error;
        count[p] += 1;
    }
    /* those who are tested alone, in their order */
    for (int p = 0; p < q->set.people && status == 0; p++)
        if (count[p] > 0) {
            sum[people] = sum[p];
            count[people++] = count[p];
        }
    if (people)
        q->difference_se = score_bootstrap(sum, count, people, NULL);
    free(estimate);
    free(int8);
    free(most);
    free(sum);
    free(count);
    return status;
}

void quantize_people_close(struct quantize_people *q)
{
    free(q->window);
    free(q->sample);
    plethtrain_set_close(&q->set);
    memset(q, 0, sizeof *q);
}
