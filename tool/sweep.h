/* pleth sweep and pleth scaling: cells trained in processes, and what is told of them. */
#ifndef PLETH_TOOL_SWEEP_H
#define PLETH_TOOL_SWEEP_H

#include "scaling.h"
#include "students.h"

/* ---- Running (sweep_run.c) ------------------------------------------------------------------- */

/* What a process trains. */
struct sweep_work {
    const struct plethtrain_trial *trial;
    const char *teacher[PLETHTRAIN_TEACHERS]; /* models of them */
    int teachers;
    const char *weights;    /* where the model is wanted, NULL: not at all */
    const char *note;       /* what that model's metadata has to say as "trial" */
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

/* The outcome of the plan's trial i in a folder. 1: read, and to be freed; 0: there is none; -1 and
 * e: it is broken or of something else. */
int sweep_outcome_read(const struct plethtrain_sweep *plan, int i, const char *folder,
                       struct plethtrain_outcome *o, struct plethio_error *e);
/* "pleth sweep: CELL: text" on standard error. */
void sweep_say(const struct plethtrain_trial *t, const char *text);

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

/* "teacher of 12 blocks", "3 teachers of 12 blocks" */
void sweep_teacher_name(int blocks, int ensemble, char name[40]);
/* "fold 0", "folds 0-2, 5" */
void sweep_folds_name(uint64_t folds, char name[200]);

/* Students of one network, strategy and teacher, by size: what a law is fitted to. */
struct sweep_series {
    int network, strategy, teacher, ensemble;
    int count;
    const struct plethtrain_student *student[PLETHTRAIN_SIZES];
};
/* "resnet1d dkd, teacher of 12 blocks" */
void sweep_series_name(const struct sweep_series *s, char name[80]);
/* The folds that laws are of, so that all are of the same people: the largest set that `least`
 * sizes of a series have, of several that of most students. 0: there is none. */
uint64_t sweep_series_folds(const struct plethtrain_students *all, int least);
/* The series that begins with student `first`, of those that have these folds; returns the number
 * of the student after it. */
int sweep_series_take(const struct plethtrain_students *all, int first, uint64_t folds,
                      struct sweep_series *s);
/* A line, where there are any: the students of other folds, of series of `least` sizes or more with
 * them. */
void sweep_series_tell_others(FILE *f, const struct plethtrain_students *all, uint64_t folds,
                              int least);

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
double sweep_law_windows(const struct sweep_law *l);
/* What it is of, and the best law's table in Markdown, with the other ones beside it. */
void sweep_law_tell(FILE *f, struct sweep_law *l, const struct sweep_series *s);

/* A series and what is fitted to it. */
struct sweep_fitted {
    struct sweep_series series;
    struct sweep_law law;
    char name[80];
};
/* All series of `least` sizes or more, of the folds that sweep_series_folds says. */
struct sweep_laws {
    uint64_t folds;
    struct sweep_fitted **fitted;
    int count;
};
/* law, without: as of sweep_law_fit. -1 and e; free it also then. */
int sweep_laws_fit(struct sweep_laws *x, const struct plethtrain_students *all, int least,
                   enum sweep_axis axis, int law, int without, struct plethio_error *e);
void sweep_laws_free(struct sweep_laws *x);
/* Whether of the series of its network and strategy number i has the largest teacher, or is of
 * none: what a drawing shows before others. */
int sweep_laws_leads(const struct sweep_laws *x, int i);
/* Draws those of which drawn[i] is `plot`, at most SWEEP_CURVES. */
int sweep_laws_plot(const struct sweep_laws *x, const char *drawn, char plot, const char *path,
                    const char *title, struct plethio_error *e);
/* A line, where there are any: those of which drawn[i] is 0. */
void sweep_laws_tell_rest(FILE *f, const struct sweep_laws *x, const char *drawn);

/* Drawings (sweep_plot.c): series with their laws over one axis; a teacher-student map. */
enum { SWEEP_CURVES = 7 }; /* that can be told apart by their colours */
int sweep_plot_laws(const char *path, const char *title, struct sweep_law *const *law,
                    const char *const *name, int n, struct plethio_error *e);
int sweep_plot_map(const char *path, const char *title, int teachers, const char (*teacher)[24],
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
