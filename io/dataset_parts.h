/* What the readers of data sets share. A data set is a row of the table in dataset.c and, in a file
 * of its own, the two functions that the row names. */
#ifndef PLETHIO_DATASET_PARTS_H
#define PLETHIO_DATASET_PARTS_H

#include "dataset.h"
#include "path.h"
#include "table.h"

/* A walk through the folders of a data set: where it has come to. */
struct plethio_walk {
    struct plethio_dataset *dataset;
    int capacity;
    const char *root;
    /* the folder at hand, and its path below the root, "" for the root itself */
    const char *folder, *below;
};

struct plethio_layout {
    const char *name;
    /* "expected ...", where a folder has no recording */
    const char *wanted;
    const char *help;
    /* as plethio_layout_attributes tells them */
    const char *attributes;
    /* how many folders below the root recordings lie at most */
    int depth;
    /* Sees every file that is not hidden, in no order: adds the recording that it stands for, or
     * counts it as unlabelled. 0 also where it stands for none; -1 and e. */
    int (*consider)(struct plethio_walk *walk, const char *file, struct plethio_error *e);
    /* Fills n, time_s and whatever else there is from recording->reference, of which every error
     * begins with the path. What is filled is freed, and times that do not increase are seen to, by
     * the caller. 0, or -1 and e. */
    int (*read)(struct plethio_reference *reference, const struct plethio_recording *recording,
                struct plethio_error *e);
};

/* ---- The data sets ------------------------------------------------------------------------ */

/* dataset_folder.c. The columns of a reference, by name: time_s and at least one of heart_rate,
 * breathing_rate and pulse (the wave); perhaps cadence and activity (a word). */
int plethio_consider_folder(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_truth(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);

/* dataset_neutral.c. Columns: t_start_s and bpm_ref, of windows of 8 s; or t_s and any of
 * hr_ecg_bpm (else pulse_bpm, pulse_median) and resp_rate_bpm; or rr_ms. */
int plethio_consider_neutral(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_neutral(struct plethio_reference *reference, const struct plethio_recording *r,
                         struct plethio_error *e);

/* dataset_beats.c: beats of an `rr_ms` column of intervals, whose n and time_s are of the strap's
 * own clock; and those of NAME_beats.csv (t_beat_s or time_s), or else the R peaks of a channel
 * that is an ECG, if there is any of these. */
int plethio_read_intervals(struct plethio_reference *reference, const struct plethio_cells *cells,
                           int column, struct plethio_error *e);
int plethio_read_beats(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);

/* dataset_ubfc.c */
int plethio_consider_ubfc1(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_consider_ubfc2(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_ubfc1(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);
int plethio_read_ubfc2(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);

/* dataset_pure.c, dataset_cohface.c, dataset_matlab.c, dataset_phys.c, dataset_lgi.c,
 * dataset_vipl.c, dataset_bp4d.c */
int plethio_consider_pure(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_pure(struct plethio_reference *reference, const struct plethio_recording *r,
                      struct plethio_error *e);
int plethio_consider_cohface(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_cohface(struct plethio_reference *reference, const struct plethio_recording *r,
                         struct plethio_error *e);
int plethio_consider_mmpd(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_mmpd(struct plethio_reference *reference, const struct plethio_recording *r,
                      struct plethio_error *e);
int plethio_consider_scamps(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_scamps(struct plethio_reference *reference, const struct plethio_recording *r,
                        struct plethio_error *e);
int plethio_consider_phys(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_phys(struct plethio_reference *reference, const struct plethio_recording *r,
                      struct plethio_error *e);
int plethio_consider_lgi(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_lgi(struct plethio_reference *reference, const struct plethio_recording *r,
                     struct plethio_error *e);
int plethio_consider_vipl(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_vipl(struct plethio_reference *reference, const struct plethio_recording *r,
                      struct plethio_error *e);
int plethio_consider_bp4d(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_bp4d(struct plethio_reference *reference, const struct plethio_recording *r,
                      struct plethio_error *e);

/* dataset_mat.c. In MATLAB files, read by matrices.h: sig with BPM0, rawPPG with bpm_ecg, and
 * cells. */
int plethio_consider_spc(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_spc(struct plethio_reference *reference, const struct plethio_recording *r,
                     struct plethio_error *e);
int plethio_consider_bami(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_bami(struct plethio_reference *reference, const struct plethio_recording *r,
                      struct plethio_error *e);
int plethio_consider_wildppg(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_wildppg(struct plethio_reference *reference, const struct plethio_recording *r,
                         struct plethio_error *e);

/* dataset_bidmc.c. What the monitor says each second: HR (else PULSE) and RESP, of a WFDB record or
 * in CSV. */
int plethio_consider_bidmc(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_bidmc(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);

/* dataset_dalia.c. Pickles, read by dalia.h. */
int plethio_consider_dalia(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_dalia(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);
int plethio_consider_wesad(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_wesad(struct plethio_reference *reference, const struct plethio_recording *r,
                       struct plethio_error *e);

/* dataset_galaxy.c. Columns phoneTimestamp and hr of a chest belt, and Event.csv. */
int plethio_consider_galaxy(struct plethio_walk *walk, const char *file, struct plethio_error *e);
int plethio_read_galaxy(struct plethio_reference *reference, const struct plethio_recording *r,
                        struct plethio_error *e);

/* ---- What they are made of ---------------------------------------------------------------- */

/* Appends a recording to the walk's data set. */
int plethio_add_recording(struct plethio_walk *walk, const struct plethio_recording *r,
                          struct plethio_error *e);

/* Gives a recording an attribute, cut where it is longer; none for an empty value. */
void plethio_add_attribute(struct plethio_recording *r, const char *name, const char *value);

/* The name of a file up to its last dot, of which it must have one. */
int plethio_stem(char stem[256], const char *file, struct plethio_error *e);

/* Path of the folder at hand, or of something in it, below the root: a recording's name. */
int plethio_name_below(char name[256], const struct plethio_walk *walk, const char *file,
                       struct plethio_error *e);

/* The person by the first folder of a recording's name; all of it where it has none. */
void plethio_person_by_folder(struct plethio_recording *r);

/* *out = the column's numbers from first_row on, to be freed; NULL and 0 for a column < 0. */
int plethio_read_column(const struct plethio_cells *cells, int first_row, int column, double **out,
                        struct plethio_error *e);

/* *out = the first column of a text file, of which a first line without numbers is passed over;
 * NAN for a cell that is no number. */
int plethio_read_numbers(const char *path, double **out, int *n, struct plethio_error *e);

/* Fills time_s of r->n instants: start_s, and so many a second. */
int plethio_even_times(struct plethio_reference *r, double start_s, double rate_hz,
                       const char *path, struct plethio_error *e);

/* Keeps the times of frames that follow in time: 0, or -1 and e where more than one in ten does
 * not. A frame with a time that does not has that of the one before. */
int plethio_check_frame_times(struct plethio_reference *r, const char *path,
                              struct plethio_error *e);

/* Rates that are not above 0 are not known: devices say so before they have found a pulse. */
void plethio_drop_no_rates(double *rate, int n);

/* The last `back`th part of a path between slashes, 1 the last: part[0..length), "" where there are
 * not so many. */
const char *plethio_path_part(const char *path, int back, size_t *length);

/* Labels of so many windows of 8 s, the first of which begins with the recording and each other one
 * step_s later: n, window_s, time_s and heart_rate, none of which is known yet. */
#define PLETHIO_WINDOW_S 8
int plethio_label_windows(struct plethio_reference *reference, long long count, double step_s,
                          const char *path, struct plethio_error *e);

/* *out = n texts "", to be freed. */
int plethio_no_texts(const char ***out, int n, const char *path, struct plethio_error *e);

int plethio_no_memory(const char *path, struct plethio_error *e);

#endif
