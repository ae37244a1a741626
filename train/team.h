/* A team of threads that works on shards: all do the same job, and meet between its phases. */
#ifndef PLETHTRAIN_TEAM_H
#define PLETHTRAIN_TEAM_H

#include <stddef.h>

struct plethtrain_team;

/* `work` is called with the argument and numbers 0 to threads - 1, number 0 by who calls
 * plethtrain_team_run. NULL where threads can not be had. */
struct plethtrain_team *plethtrain_team_open(int threads, void (*work)(void *argument, int number),
                                             void *argument);
void plethtrain_team_close(struct plethtrain_team *t);

/* One job: returns when all are done. */
void plethtrain_team_run(struct plethtrain_team *t);

/* Within a job: waits for all of them; the last to come calls `between` (NULL: nothing) first. */
void plethtrain_team_meet(struct plethtrain_team *t, void (*between)(void *argument, int phase),
                          int phase);

#endif
