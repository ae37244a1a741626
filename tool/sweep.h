/* pleth sweep and pleth scaling: cells trained in processes, and what is told of them. */
#ifndef PLETH_TOOL_SWEEP_H
#define PLETH_TOOL_SWEEP_H

#include "scaling.h"
#include "trials.h"

/* ---- Running (sweep_run.c) ------------------------------------------------------------------- */

/* What a process trains. */
struct sweep_work {
    const struct plethtrain_trial *trial;
    const char *teacher;    /* the teacher's model, NULL: none */
    const char *weights;    /* where the model is wanted, NULL: not at all */
    const char *checkpoint; /* for as long as it takes, to go on from after a break */
    _Atomic int *thousandths;
};

struct sweep_run {
    const struct plethtrain_sweep *plan;
    /* outcomes; teachers' weights and checkpoints */
    const char *folder, *weights;
    int jobs; /* processes at once, 1 or more */
    int rank, count;
    /* Fills the outcome, all but its trial, which is set. Called in a process of its own, which
       ends after it. -1 and e; also when tool_stop ended it. */
    int (*train)(void *cookie, const struct sweep_work *work, struct plethtrain_outcome *o,
                 struct plethio_error *e);
    void *cookie;
    int quiet;                   /* nothing is printed */
    int before, trained, failed; /* results: cells of this rank */
};

/* Trains the cells of this rank that have no outcome in the folder; the folders are made. A cell
 * that fails is told on standard error, and in NAME.failed beside where its outcome would be. -1
 * and e: nothing could be begun, or tool_stop ended it. */
int sweep_run(struct sweep_run *r, struct plethio_error *e);

/* ---- Telling --------------------------------------------------------------------------------- */

/* The whole report as Markdown (sweep_report.c); plots go to the folder `plot` (NULL: none) and are
 * named in it. */
int sweep_report(FILE *f, const struct plethtrain_sweep *plan, const struct plethtrain_results *r,
                 const char *plot, struct plethio_error *e);

/* Of cells that learn from one data set each: error by what was learned from and what is tested, a
 * matrix for each student (sweep_transfer.c). -1 and e. */
int sweep_transfer(FILE *f, const struct plethtrain_sweep *plan, const struct plethtrain_results *r,
                   struct plethio_error *e);

/* Students of one network, strategy and teacher, by size: what a law is fitted to. */
struct sweep_series {
    int network, strategy, teacher;
    int count;
    const struct plethtrain_student *student[PLETHTRAIN_SIZES];
};
/* "resnet1d dkd, teacher of 12 blocks" */
void sweep_series_name(const struct sweep_series *s, char name[80]);
/* The series that begins with student `first`, without those that have not all the folds that
 * others have, and so are of fewer people; returns the number of the student after it. */
int sweep_series_take(const struct plethtrain_students *all, int first, struct sweep_series *s);

enum sweep_axis { SWEEP_PARAMETERS, SWEEP_MACS };

/* A fitted series. */
enum { SWEEP_ROUNDS = 2000 };
struct sweep_law {
    enum sweep_axis axis;
    struct plethtrain_curve curve;
    double *values; /* of the curve */
    struct plethtrain_fit fit[PLETHTRAIN_LAWS];
    int fitted[PLETHTRAIN_LAWS], best; /* best -1: too few sizes to tell laws apart */
    /* of the best law: with other people and seeds, and with other seeds alone; NULL: not known */
    struct plethtrain_fit *all, *seeds;
    double work[SWEEP_ROUNDS];
};
/* law: PLETHTRAIN_*, or -1 for the best. without: blocks that are held out, 0: none. -1 and e; free
 * it also then. */
int sweep_law_fit(struct sweep_law *l, const struct sweep_series *s, int people,
                  enum sweep_axis axis, int law, int without, struct plethio_error *e);
void sweep_law_free(struct sweep_law *l);
/* Interval of a parameter (0 floor, 1 scale, 2 rate), or of the size where `gain` is left; NANs
 * where the spread is not known. 95 %. */
void sweep_law_parameter(struct sweep_law *l, int which, double interval[2]);
void sweep_law_saturation(struct sweep_law *l, double gain, double interval[2]);
/* The best law's table in Markdown, with the other ones beside it. */
void sweep_law_tell(FILE *f, struct sweep_law *l);

/* Drawings (sweep_plot.c): all series with their laws over one axis; a teacher-student map. */
int sweep_plot_laws(const char *path, const char *title, struct sweep_law *const *law,
                    const char *const *name, int n, struct plethio_error *e);
int sweep_plot_map(const char *path, const char *title, int teachers, const int *teacher,
                   int students, const int *student, const double *error, struct plethio_error *e);

/* Bytes on a device in int8, and of the float file (sweep_cost.c): cells that no file has to be
 * there for. -1 and e. */
struct sweep_cost {
    double parameters, macs;
    size_t file, flash, ram; /* float model file; int8 prepared; int8 working memory */
};
int sweep_cost(int network, int blocks, struct sweep_cost *cost, struct plethio_error *e);
/* Measured milliseconds of a window in int8 on this machine. */
int sweep_milliseconds(int network, int blocks, double *ms, struct plethio_error *e);

#endif
