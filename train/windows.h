/* Recordings as labelled windows of 8 s every 2 s, cut by the code that the device runs
 * (src/wearable/window.h).
 *
 * What is kept is not the windows, three quarters of which are their neighbours', but the light of
 * each recording on the even grid of 25 Hz, in a file that is mapped: so a set may be larger than
 * the memory, and a window may be moved and stretched in time before it is cut. The file has no
 * name and goes when the set is closed. */
#ifndef PLETHTRAIN_WINDOWS_H
#define PLETHTRAIN_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "wearable/window.h"

/* Rates per minute that have a class: class c is LOWEST + c. */
enum { PLETHTRAIN_LOWEST = 30, PLETHTRAIN_RATES = 180 };
#define PLETHTRAIN_HIGHEST 209.5

enum { PLETHTRAIN_NAME = 300, PLETHTRAIN_SOURCES = 16, PLETHTRAIN_CHANNELS = 4 };

/* One data set. */
struct plethtrain_source {
    const char *layout, *path; /* as `pleth evaluate` has them */
    /* Labels come late: one said of a window is taken to speak of the window that ends so many
       seconds before it. Negative: they come early. */
    double lag_s;
    int channels; /* the first so many of a recording's optical channels; 0: PLETHTRAIN_CHANNELS */
};

/* A stretch of a recording without a gap: `channels` rows of `length` samples, from `at` on. */
struct plethtrain_piece {
    int64_t at;
    int32_t length, channels;
    double begin_s; /* instant of sample 0 in the recording */
};

struct plethtrain_window {
    int32_t piece, start; /* its first sample in the piece */
    int32_t recording;
    float rate; /* of the heart, per minute */
};

struct plethtrain_recording {
    char name[PLETHTRAIN_NAME];
    int32_t person, source;
    uint64_t file[2]; /* which it is on this machine, by whatever path */
};

struct plethtrain_set {
    int sources;
    char source[PLETHTRAIN_SOURCES][PLETHTRAIN_NAME];
    /* as they were asked for, channels never 0 */
    double lag_s[PLETHTRAIN_SOURCES];
    int channels[PLETHTRAIN_SOURCES];
    /* NAME/PERSON, as two data sets may have persons of one name; and of which data set */
    char (*person)[PLETHTRAIN_NAME];
    int people;
    struct plethtrain_recording *recording;
    int recordings;
    struct plethtrain_piece *piece;
    int pieces;
    /* of a recording one after the other, in time */
    struct plethtrain_window *window;
    int windows;
    const float *sample;
    size_t bytes;
    /* labels that are none: not finite, <= 0, outside the classes; and windows without light */
    int unlabelled, dark;
    /* capacities */
    int room[4];
};

/* Reads the optical channels of all recordings: the green ones, or where none is said to be green
 * all of them, without those that have no value. A reference whose values speak of an instant is
 * averaged over each window of which it knows half: the values stand for the time since the one
 * before, or for as long as is usual. Intervals between beats without a clock are taken to begin
 * with the recording. tell: NULL, or is told how far it has come, and
 * ends all by returning nonzero. -1 and e: unreadable, no labelled window, or one file in two data
 * sets, so that who is tested might be learned from. */
int plethtrain_set_open(struct plethtrain_set *set, const struct plethtrain_source *source,
                        int sources, int (*tell)(void *cookie, const char *what, double done),
                        void *cookie, struct plethio_error *e);
void plethtrain_set_close(struct plethtrain_set *set);

/* Names of the data sets, "a, b", cut where there is no room; which: a bit of each. */
enum { PLETHTRAIN_NAMES = 400 };
void plethtrain_set_names(const struct plethtrain_set *set, unsigned which,
                          char text[PLETHTRAIN_NAMES]);

/* The person of a window. */
int plethtrain_set_person(const struct plethtrain_set *set, int window);

/* A number that changes with the windows, their labels and their samples. */
uint64_t plethtrain_set_digest(const struct plethtrain_set *set);

/* Window number i as the device cuts it: x[PLETH_WINDOW]. */
void plethtrain_set_cut(const struct plethtrain_set *set, int i, float *x);

/* How training varies windows; all 0: not at all. */
struct plethtrain_variation {
    double stretch;  /* time runs 1 / stretch .. stretch times as fast, the label with it */
    double shift_s;  /* moved by as much either way, the label between its neighbours' */
    int mix;         /* 1: the channels' mean by random weights; 0: all the same */
    int flip;        /* 1: upside down, as often as not: sensors differ in it */
    double noise;    /* white, of up to so many standard deviations of the window */
    double envelope; /* louder and softer by up to this share, slowly */
};

/* Window number i, varied as the key says: x[PLETH_WINDOW]. Returns its label. */
float plethtrain_set_vary(const struct plethtrain_set *set, int i,
                          const struct plethtrain_variation *v, uint64_t key, float *x);

#endif
