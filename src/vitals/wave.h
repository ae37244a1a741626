/* Windows of waves -> one continuous wave, three seconds behind the input.
 *
 * Each window's middle is better than its ends. Where one window's share ends and the next one's
 * begins they are cross-faded over a second. */
#ifndef PLETH_VITALS_WAVE_H
#define PLETH_VITALS_WAVE_H

#include "pleth/pleth.h"

#define PLETH_WAVE_LENGTH (16 * PLETH_WAVE_HZ)
#define PLETH_WAVE_DELAY (3 * PLETH_WAVE_HZ)
#define PLETH_WAVE_FADE PLETH_WAVE_HZ

struct pleth_wave_out {
    /* sample k (since the trace's origin) lies at [k % PLETH_WAVE_LENGTH]; finished: first that is
       not final yet; pulled: first that the caller has not taken */
    int64_t finished, pulled, origin_ns;
    int generation;
    float pulse[PLETH_WAVE_LENGTH], breathing[PLETH_WAVE_LENGTH];
    /* the last window's view of what comes after `finished` */
    float next_pulse[PLETH_WAVE_FADE], next_breathing[PLETH_WAVE_FADE];
    int have_next;
};

/* Takes the window that ends before sample `end`: pulse[n] at PLETH_WAVE_HZ, breathing[m] at a
 * third of that, which ends `late` pulse samples earlier and is held from there on (m = 0: none).
 * last: nothing will follow, all of it is final. */
void pleth_wave_add(struct pleth_wave_out *w, int generation, int64_t origin_ns, int64_t end,
                    const double *pulse, int n, const double *breathing, int m, int late, int last);

#endif
