/* What the parts of `pleth evaluate` hand to each other: the command line (evaluate.c) asks for the
 * results of recordings (evaluate_run.c, and evaluate_wave.c for one of them), which are gathered
 * to studies (evaluate_study.c) and told in words, JSON, tables and plots (evaluate_report.c). Two
 * tables of rates beside each other are evaluate_pair.c. */
#ifndef PLETH_TOOL_EVALUATE_H
#define PLETH_TOOL_EVALUATE_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "dataset.h"
#include "estimates.h"
#include "error.h"
#include "measure.h"
#include "score.h"
#include "table.h"

extern const char evaluate_verb[];

enum { HEART, BREATHING, VITALS };
enum { EVALUATE_GROUPS = 8, EVALUATE_LIMITS = 16 };

/* What a missing guess costs at least (score.h), and the error up to which an estimate counts as
 * right (pleth_vital.quality), per minute. */
extern const double evaluate_floor[VITALS], evaluate_right[VITALS];

struct evaluate_options {
    const char *kind, *path;
    /* of rates: a second method's, or NULL */
    const char *other;
    const char *split, *fold, *labels, *plot, *out_rates, *share, *write_split;
    enum score_profile profile;
    enum score_rates rates;
    double window_s;
    /* 0: the profile's own band */
    double lo_hz, hi_hz;
    /* 1, 0, or -1: as the file format says */
    int differences;
    int json;
    /* which vital's rates a table of rates holds */
    int vital;
    /* names of the groups, and the limits between the groups of true rates; 0: the usual ones */
    const char *group[EVALUATE_GROUPS];
    int groups;
    double limit[EVALUATE_LIMITS];
    int limits;
    /* from how many random instants each recording is measured; 0: from its start alone */
    int starts;
    uint64_t seed;
    int folds;
    int jobs;
    struct measure_options measure;
};

/* ---- Windows (evaluate_study.c) ------------------------------------------------------------- */

struct evaluate_window {
    double start_s, end_s, time_s;
    /* what the reference says was done in most of it, cut where it is longer; "": not known */
    char activity[32];
};

struct evaluate_names {
    char (*name)[256];
    int count, capacity;
};

/* Labelled windows of one vital: pair[i] was measured on window[i]. */
struct evaluate_study {
    struct score_pair *pair;
    struct evaluate_window *window;
    int count, pair_capacity, window_capacity;
    /* windows whose reference says that there is no pulse, and those answered all the same */
    int null_windows, null_answered;
};

/* What the beats of a whole recording vary by, where the reference knows beats. */
struct evaluate_variability {
    int known, answered;
    pleth_variability reference, estimate;
    uint32_t reasons;
};

/* SDNN, RMSSD, mean interval */
enum { EVALUATE_FIGURES = 3 };

/* One recording's windows; the numbers of its person and of itself are not set in them. */
struct evaluate_result {
    char name[288];
    const char *person;
    /* what a data set says of it; NULL for one out of a table */
    const struct plethio_recording *recording;
    double duration_s;
    /* share of readings with a face or region; NAN where nothing was measured */
    double face;
    struct evaluate_study study[VITALS];
    struct evaluate_variability variability;
    /* of a table of rates, for each window the cells of the groups' columns; else NULL */
    const char *const *label;
    /* 1: error says why there is no result */
    int failed;
    char error[512], warning[512];
};

void evaluate_result_init(struct evaluate_result *result, const char *name, const char *person);
void evaluate_result_free(struct evaluate_result *result);
/* A window with a reference of 0 is one without a pulse. 0, or -1 and e. */
int evaluate_add_window(struct evaluate_study *study, const struct score_pair *pair,
                        const struct evaluate_window *window, struct plethio_error *e);

/* All windows of all recordings. */
struct evaluation {
    const struct evaluate_options *options;
    struct evaluate_study study[VITALS];
    /* who and what have windows in a study, numbered as in its pairs */
    struct evaluate_names person[VITALS], recording[VITALS];
    /* of each window the number of its text for each group; text 0 is "", none */
    int *label[VITALS], label_capacity[VITALS];
    struct evaluate_names text;
    /* the table that --labels names; of each group the column in it, or -1 */
    struct plethio_cells labels;
    int label_column[EVALUATE_GROUPS];
    int recordings, failed;
    /* recordings whose beats are known, and of those that were answered, of each in turn its
       figures, and whose they are */
    int beats_known, beats_answered, beats_capacity;
    struct score_pair *beats;
    struct evaluate_names beats_person;
};

/* layout: of a data set, else NULL. */
int evaluation_open(struct evaluation *v, const struct evaluate_options *options,
                    const struct plethio_layout *layout, struct plethio_error *e);
void evaluation_free(struct evaluation *v);

/* Takes the result's windows in, or counts its failure, and prints it. 0, or -1 and e. */
int evaluation_take(struct evaluation *v, const struct evaluate_result *result,
                    struct plethio_error *e);

/* 1 for the groups that every set has: person, recording, true_rate. And for the one that windows
 * of recordings may have: activity. */
int evaluate_own_group(const char *name);
int evaluate_window_group(const char *name);

/* 1 for what the recordings of this layout (NULL: of none) may have as an attribute. */
int evaluate_attribute(const struct plethio_layout *layout, const char *name);

/* Number of a name among others, which it joins if it is new; -1 without memory. */
int evaluate_name(struct evaluate_names *names, const char *name);

int evaluate_no_memory(struct plethio_error *e);

/* ---- One recording (evaluate_wave.c) -------------------------------------------------------- */

struct score_wave_options evaluate_wave_options(const struct evaluate_options *o, double rate_hz,
                                                int differences);

/* Cuts two waves into windows that do not overlap and compares them. A last short window counts in
 * the toolbox profile; in the plain one from half a window on. 0, or -1 and e. */
int evaluate_waves(const float *estimate, const float *label, int n,
                   const struct score_wave_options *w, double window_s,
                   struct evaluate_result *result, struct plethio_error *e);

/* Measures a recording and compares it with its reference. start: negative, or at which share of
 * the instants that leave EVALUATE_START_S of the reference measuring begins, to end so long after;
 * then readings count from the first one on. *thousandths: how far it has come. 0, or -1 and e. */
#define EVALUATE_START_S 60.0
int evaluate_recording(const struct plethio_recording *recording,
                       const struct plethio_layout *layout, const struct evaluate_options *o,
                       double start, _Atomic int *thousandths, struct evaluate_result *result,
                       struct plethio_error *e);

/* ---- Variability (evaluate_variability.c) --------------------------------------------------- */

/* A measured recording beside its reference; known is 0 where that knows no beats. */
void evaluate_compare_variability(const struct plethio_reference *reference,
                                  const struct measure_summary *summary,
                                  struct evaluate_variability *out);
/* Takes a result in. 0, or -1 and e. */
int evaluate_take_variability(struct evaluation *v, const struct evaluate_result *result,
                              struct plethio_error *e);
/* Of a recording, and of all; nothing without known beats. */
void evaluate_json_variability(const struct evaluate_variability *x);
void evaluate_text_variability(const struct evaluate_variability *x);
int evaluate_print_variability(const struct evaluation *v, struct plethio_error *e);

/* ---- Many (evaluate_run.c) ------------------------------------------------------------------ */

/* Each fills the evaluation. 0, or -1 and e. */
int evaluate_table_of_waves(struct evaluation *v, struct plethio_error *e);
int evaluate_table_of_rates(struct evaluation *v, struct plethio_error *e);
/* 1: done, and another process reports what this one measured (--share). */
int evaluate_dataset(struct evaluation *v, const struct plethio_layout *layout,
                     struct plethio_error *e);

/* Writes folds of the people instead (--write-split): of a data set, or without a layout of a table
 * of rates. */
int evaluate_write_folds(const struct evaluate_options *o, const struct plethio_layout *layout,
                         struct plethio_error *e);

/* Two tables of rates on the windows that both have, told at once (evaluate_pair.c). */
int evaluate_pair(const struct evaluate_options *o, struct plethio_error *e);

/* ---- Processes that share the recordings (evaluate_share.c) --------------------------------- */

/* Which of `count` processes this is, and the folder through which rank 0 gets the others'
 * results; 0 of 1 without a folder. */
struct evaluate_share {
    int rank, count;
    const char *folder;
};

/* folder: --share, or NULL. The ranks are those that mpirun or srun gave. Rank 0 makes the folder,
 * which must not be there; the others wait for it. 0, or -1 and e. */
int evaluate_share_open(struct evaluate_share *share, const char *folder, struct plethio_error *e);
/* Result number `task` to the folder; and from there, waiting for it. 0, or -1 and e. */
int evaluate_share_put(const struct evaluate_share *share, int task,
                       const struct evaluate_result *result, struct plethio_error *e);
int evaluate_share_get(const struct evaluate_share *share, int task, struct evaluate_result *result,
                       struct plethio_error *e);
/* Rank 0 removes the folder. */
void evaluate_share_close(const struct evaluate_share *share);

/* ---- Reports -------------------------------------------------------------------------------- */

/* evaluate_report.c; first: the heading of the table goes before */
void evaluate_print_result(const struct evaluate_result *result, const struct evaluate_options *o,
                           int first);
int evaluate_print_summary(const struct evaluation *v, struct plethio_error *e);
/* A line of a summary, none where value is not known. */
void evaluate_text_line(const char *what, double value, double se, const char *unit);

/* Each group of one vital, as --group and --groups ask (evaluate_group.c). */
int evaluate_print_groups(const struct evaluation *v, int vital,
                          const struct score_summary *summary, struct plethio_error *e);

/* --out-rates (evaluate_table.c) */
int evaluate_write_rates(const struct evaluation *v, struct plethio_error *e);
/* A cell of a CSV file, in quotes where it needs them. */
void evaluate_csv_text(FILE *f, const char *text);

#endif
