#define _POSIX_C_SOURCE 200809L

#include "team.h"

#include <pthread.h>
#include <stdlib.h>

struct member {
    struct plethtrain_team *team;
    int number;
    pthread_t thread;
};

struct plethtrain_team {
    void (*work)(void *argument, int number);
    void *argument;
    int threads, started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned job; /* number of the last one given out */
    unsigned met; /* meetings so far */
    int waiting;  /* who came to the next one */
    int closing;
    struct member *member;
};

static void *live(void *argument)
{
    struct member *m = argument;
    struct plethtrain_team *t = m->team;
    unsigned done = 0;

    for (;;) {
        int closing;
        pthread_mutex_lock(&t->lock);
        while (t->job == done && !t->closing)
            pthread_cond_wait(&t->changed, &t->lock);
        done = t->job;
        closing = t->closing;
        pthread_mutex_unlock(&t->lock);
        if (closing)
            return NULL;
        t->work(t->argument, m->number);
        plethtrain_team_meet(t, NULL, 0);
    }
}

struct plethtrain_team *plethtrain_team_open(int threads, void (*work)(void *argument, int number),
                                             void *argument)
{
    struct plethtrain_team *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->work = work;
    t->argument = argument;
    t->threads = threads;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    t->member = calloc((size_t)threads, sizeof *t->member);
    for (t->started = 1; t->member && t->started < threads; t->started++) {
        struct member *m = &t->member[t->started];
        m->team = t;
        m->number = t->started;
        if (pthread_create(&m->thread, NULL, live, m))
            break;
    }
    if (t->started == threads && t->member)
        return t;
    plethtrain_team_close(t);
    return NULL;
}

void plethtrain_team_close(struct plethtrain_team *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->closing = 1;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
    for (int i = 1; i < t->started; i++)
        pthread_join(t->member[i].thread, NULL);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t->member);
    free(t);
}

void plethtrain_team_run(struct plethtrain_team *t)
{
    if (t->threads > 1) {
        pthread_mutex_lock(&t->lock);
        t->job++;
        pthread_cond_broadcast(&t->changed);
        pthread_mutex_unlock(&t->lock);
    }
    t->work(t->argument, 0);
    plethtrain_team_meet(t, NULL, 0);
}

void plethtrain_team_meet(struct plethtrain_team *t, void (*between)(void *argument, int phase),
                          int phase)
{
    unsigned met;

    if (t->threads == 1) {
        if (between)
            between(t->argument, phase);
        return;
    }
    pthread_mutex_lock(&t->lock);
    met = t->met;
    if (++t->waiting == t->threads) {
        if (between)
            between(t->argument, phase);
        t->waiting = 0;
        t->met++;
        pthread_cond_broadcast(&t->changed);
    }
    while (met == t->met)
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
}
