/* d_type */
#define _DEFAULT_SOURCE

#include "dataset.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_parts.h"
#include "memory.h"

/* ---- The data sets ---------------------------------------------------------------------- */

static const struct plethio_layout layouts[] = {
    {"folder", "a video NAME.mp4 (.avi, .mkv, ...) or trace NAME.csv with its NAME.truth.csv",
     "  folder DIR    videos, colour traces or sensors (.csv), each with NAME.truth.csv (or, for\n"
     "                a video, NAME.csv) beside it:\n"
     "                columns time_s, heart_rate, breathing_rate, pulse, cadence,\n"
     "                activity\n",
     "", 8, plethio_consider_folder, plethio_read_truth},
    {"neutral", "NAME.json and NAME.bin with NAME_ref.csv",
     "  neutral DIR   sensors: NAME.json, NAME.bin and NAME_ref.csv (docs/DATA.md); a label of\n"
     "                a window counts once, with the reading at its end\n",
     "", 8, plethio_consider_neutral, plethio_read_neutral},
    {"ubfc1", "folders with vid.avi and gtdump.xmp",
     "  ubfc1 DIR     UBFC-rPPG, DATASET_1: folders with vid.avi and gtdump.xmp\n", "", 1,
     plethio_consider_ubfc1, plethio_read_ubfc1},
    {"ubfc2", "folders with vid.avi and ground_truth.txt",
     "  ubfc2 DIR     UBFC-rPPG, DATASET_2: folders with vid.avi and ground_truth.txt\n", "", 1,
     plethio_consider_ubfc2, plethio_read_ubfc2},
    {"pure", "NN-NN.json beside a folder NN-NN of Image*.png",
     "  pure DIR      PURE: NN-NN.json and a folder NN-NN of Image*.png\n", "motion|task", 8,
     plethio_consider_pure, plethio_read_pure},
    {"cohface", "folders PERSON/SESSION with data.avi and data.hdf5",
     "  cohface DIR   COHFACE: PERSON/SESSION/data.avi and data.hdf5; --split DIR/protocols/...\n",
     "light|session", 8, plethio_consider_cohface, plethio_read_cohface},
    {"mmpd", "subjectN/pN_K.mat", "  mmpd DIR      MMPD: subjectN/pN_K.mat\n",
     "light|motion|exercise|skin|gender|glasser|hair_cover|makeup", 8, plethio_consider_mmpd,
     plethio_read_mmpd},
    {"scamps", "PN.mat", "  scamps DIR    SCAMPS: PN.mat\n", "", 8, plethio_consider_scamps,
     plethio_read_scamps},
    {"ubfc-phys", "sN/vid_sN_TK.avi with bvp_sN_TK.csv",
     "  ubfc-phys DIR UBFC-Phys: vid_sN_TK.avi and bvp_sN_TK.csv\n", "task|activity", 8,
     plethio_consider_phys, plethio_read_phys},
    {"lgi",
     "folders NAME_SESSION with cv_camera_sensor_stream_handler.avi and "
     "cms50_stream_handler.xml",
     "  lgi DIR       LGI-PPGI: folders NAME_SESSION with cv_camera_sensor_stream_handler.avi\n"
     "                and cms50_stream_handler.xml\n",
     "session", 8, plethio_consider_lgi, plethio_read_lgi},
    {"vipl", "pN/vM/sourceK with video.avi and wave.csv or gt_HR.csv",
     "  vipl DIR      VIPL-HR: pN/vM/sourceK with video.avi, wave.csv, gt_HR.csv, time.txt\n",
     "task|source", 8, plethio_consider_vipl, plethio_read_vipl},
    {"bp4d", "Physiology/F001/T1/BP_mmHg.txt with 2D+3D/F001/T1 of numbered .jpg or T1.mp4",
     "  bp4d DIR      BP4D+: Physiology/F001/T1/*.txt, and in 2D+3D/F001 a folder T1 of .jpg\n"
     "                or a video T1.mp4 (.avi, .mkv, .mov)\n",
     "task|gender", 8, plethio_consider_bp4d, plethio_read_bp4d},
    {"spc",
     "DATA_NN_TYPEYY.mat with DATA_NN_TYPEYY_BPMtrace.mat, TEST_SNN_TYY.mat with "
     "True_SNN_TYY.mat",
     "  spc DIR       IEEE Signal Processing Cup 2015: DATA_*.mat and TEST_*.mat with their "
     "rates\n",
     "", 8, plethio_consider_spc, plethio_read_spc},
    {"bami", "BAMI1_N.mat or BAMI2_N.mat", "  bami DIR      BAMI-1 and BAMI-2: BAMI*.mat\n", "", 8,
     plethio_consider_bami, plethio_read_bami},
    {"bidmc", "bidmcNN.hea with bidmcNNn.hea, or bidmc_NN_Signals.csv with bidmc_NN_Numerics.csv",
     "  bidmc DIR     BIDMC: bidmcNN.hea with bidmcNNn.hea (WFDB), or its CSV files\n", "", 8,
     plethio_consider_bidmc, plethio_read_bidmc},
    {"dalia", "Sn/Sn.pkl", "  dalia DIR     PPG-DaLiA: Sn/Sn.pkl\n", "", 8, plethio_consider_dalia,
     plethio_read_dalia},
    {"wildppg",
     "WildPPG.mat (participants' own files, WildPPG_Part_*.mat, have no rates in them: "
     "`pleth measure FILE.mat/wrist`)",
     "  wildppg DIR   WildPPG.mat: processed windows, of each person and place a recording\n",
     "place", 8, plethio_consider_wildppg, plethio_read_wildppg},
    {"galaxy", "Pnn/GalaxyWatch/PPG.csv or Pnn/E4/BVP.csv with Pnn/PolarH10/HR.csv",
     "  galaxy DIR    GalaxyPPG: Pnn/GalaxyWatch and Pnn/E4 with Pnn/PolarH10/HR.csv\n", "device",
     8, plethio_consider_galaxy, plethio_read_galaxy},
    {"wesad",
     "Sn/Sn.pkl with GeneratedLabels/HR_Sn.csv (WESAD has no heart rate of its own: a rate for "
     "each 8 s, 2 s apart, a line)",
     "  wesad DIR     WESAD: Sn/Sn.pkl, with rates made elsewhere in GeneratedLabels/HR_Sn.csv\n",
     "", 8, plethio_consider_wesad, plethio_read_wesad},
};

const struct plethio_layout *plethio_layout_at(int i)
{
    return i >= 0 && i < (int)(sizeof layouts / sizeof *layouts) ? &layouts[i] : NULL;
}

const struct plethio_layout *plethio_layout_find(const char *name)
{
    const struct plethio_layout *layout;

    for (int i = 0; (layout = plethio_layout_at(i)); i++)
        if (strcmp(layout->name, name) == 0)
            return layout;
    return NULL;
}

const char *plethio_layout_name(const struct plethio_layout *layout)
{
    return layout->name;
}

const char *plethio_layout_attributes(const struct plethio_layout *layout)
{
    return layout->attributes;
}

const char *plethio_layout_help(const struct plethio_layout *layout)
{
    return layout->help;
}

/* ---- Which recordings there are --------------------------------------------------------- */

int plethio_no_memory(const char *path, struct plethio_error *e)
{
    return plethio_fail(e, "%s: out of memory; evaluate fewer recordings at a time", path);
}

int plethio_add_recording(struct plethio_walk *walk, const struct plethio_recording *r,
                          struct plethio_error *e)
{
    struct plethio_dataset *d = walk->dataset;
    struct plethio_recording *more =
        plethio_grow(d->recording, d->count, 1, &walk->capacity, sizeof *d->recording);

    if (!more)
        return plethio_no_memory(r->input, e);
    d->recording = more;
    d->recording[d->count++] = *r;
    return 0;
}

void plethio_add_attribute(struct plethio_recording *r, const char *name, const char *value)
{
    struct plethio_attribute *a = &r->attribute[r->attributes];

    if (!*value || r->attributes == PLETHIO_ATTRIBUTES)
        return;
    snprintf(a->name, sizeof a->name, "%s", name);
    snprintf(a->value, sizeof a->value, "%s", value);
    r->attributes++;
}

const char *plethio_recording_attribute(const struct plethio_recording *recording, const char *name)
{
    for (int i = 0; i < recording->attributes; i++)
        if (strcmp(recording->attribute[i].name, name) == 0)
            return recording->attribute[i].value;
    return "";
}

int plethio_stem(char stem[256], const char *file, struct plethio_error *e)
{
    if (plethio_copy_name(stem, file, file, e))
        return -1;
    *strrchr(stem, '.') = 0;
    return 0;
}

int plethio_name_below(char name[256], const struct plethio_walk *walk, const char *file,
                       struct plethio_error *e)
{
    char path[1024];

    return plethio_join(path, walk->below, file, "", e) ||
                   plethio_copy_name(name, path, walk->folder, e)
               ? -1
               : 0;
}

const char *plethio_path_part(const char *path, int back, size_t *length)
{
    const char *end = path + strlen(path), *start = end;

    for (;;) {
        while (start > path && start[-1] != '/')
            start--;
        *length = (size_t)(end - start);
        if (--back == 0)
            return start;
        if (start == path) {
            *length = 0;
            return "";
        }
        end = --start;
    }
}

void plethio_person_by_folder(struct plethio_recording *r)
{
    const size_t length = strcspn(r->name, "/");

    memcpy(r->person, r->name, length);
    r->person[length] = 0;
}

static int walk_folder(struct plethio_walk *walk, int depth, struct plethio_error *e)
{
    const struct plethio_layout *layout = walk->dataset->layout;
    const char *folder = walk->folder, *below = walk->below;
    char path[1024], name[1024];
    struct dirent *entry;
    int status = 0;
    DIR *dir = opendir(folder);

    if (!dir)
        return plethio_fail(e, "%s: %s", folder, strerror(errno));
    while (status == 0 && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        status = plethio_join(path, folder, entry->d_name, "", e);
        if (status == 0 && (entry->d_type == DT_REG || !plethio_is_folder(path))) {
            status = layout->consider(walk, entry->d_name, e);
        } else if (status == 0 && depth < layout->depth) {
            status = plethio_join(name, below, entry->d_name, "", e);
            walk->folder = path;
            walk->below = name;
            if (status == 0)
                status = walk_folder(walk, depth + 1, e);
            walk->folder = folder;
            walk->below = below;
        }
    }
    closedir(dir);
    return status;
}

static int by_name(const void *a, const void *b)
{
    const struct plethio_recording *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->input, y->input);
}

int plethio_dataset_open(struct plethio_dataset *dataset, const struct plethio_layout *layout,
                         const char *root, struct plethio_error *e)
{
    struct plethio_walk walk = {dataset, 0, root, root, ""};
    int status;

    memset(dataset, 0, sizeof *dataset);
    dataset->layout = layout;
    plethio_own_name(dataset->name, root);
    status = walk_folder(&walk, 0, e);
    if (status == 0 && dataset->count == 0)
        status = plethio_fail(e, "%s: no recording with a reference here; expected %s", root,
                              layout->wanted);
    if (status) {
        plethio_dataset_free(dataset);
        return status;
    }
    qsort(dataset->recording, (size_t)dataset->count, sizeof *dataset->recording, by_name);
    return 0;
}

void plethio_dataset_free(struct plethio_dataset *dataset)
{
    free(dataset->recording);
    memset(dataset, 0, sizeof *dataset);
}

int plethio_dataset_split(struct plethio_dataset *dataset, const char *path, const char *part,
                          struct plethio_error *e)
{
    const size_t set = strlen(dataset->name);
    struct plethio_cells t;
    int kept = 0, parts;

    if (plethio_cells_read(&t, path, 0, e))
        return -1;
    if (part && t.columns < 2) {
        plethio_cells_free(&t);
        return plethio_fail(e, "%s: no second column, which would say what part %s is", path, part);
    }
    parts = t.columns >= 2;
    if (!part)
        part = "test";
    for (int i = 0; i < dataset->count; i++) {
        const struct plethio_recording r = dataset->recording[i];
        int keep = 0;
        for (int row = 0; row < t.rows && !keep; row++) {
            const char *name = plethio_cells_text(&t, row, 0);
            int listed = strcmp(name, r.name) == 0 || strcmp(name, r.person) == 0 ||
                         (strncmp(name, dataset->name, set) == 0 && name[set] == '/' &&
                          strcmp(name + set + 1, r.person) == 0);
            keep = listed && (!parts || strcmp(plethio_cells_text(&t, row, 1), part) == 0);
        }
        if (keep)
            dataset->recording[kept++] = r;
    }
    dataset->count = kept;
    plethio_cells_free(&t);
    if (kept == 0)
        return plethio_fail(e, "%s: names no recording or person of this data set%s%s", path,
                            parts ? " as " : "", parts ? part : "");
    return 0;
}

/* ---- What their references say ---------------------------------------------------------- */

void plethio_reference_free(struct plethio_reference *reference)
{
    free(reference->time_s);
    free(reference->heart_rate);
    free(reference->breathing_rate);
    free(reference->cadence);
    free(reference->frame_s);
    free(reference->activity);
    free(reference->text);
    free(reference->wave);
    free(reference->beat_s);
    free(reference->breath);
    free(reference->breaths.end_s);
    free(reference->breaths.rate);
    memset(reference, 0, sizeof *reference);
}

int plethio_read_column(const struct plethio_cells *t, int first_row, int column, double **out,
                        struct plethio_error *e)
{
    if (column < 0)
        return 0;
    *out = malloc((size_t)(t->rows - first_row) * sizeof **out);
    if (!*out)
        return plethio_no_memory(t->path, e);
    for (int row = first_row; row < t->rows; row++)
        if (plethio_cells_value(t, row, column, &(*out)[row - first_row], e))
            return -1;
    return 0;
}

int plethio_read_numbers(const char *path, double **out, int *n, struct plethio_error *e)
{
    struct plethio_table t;

    if (plethio_table_read(&t, path, e))
        return -1;
    *n = t.rows;
    *out = t.rows ? malloc((size_t)t.rows * sizeof **out) : NULL;
    for (int i = 0; *out && i < t.rows; i++)
        (*out)[i] = t.value[(size_t)i * (size_t)t.columns];
    plethio_table_free(&t);
    if (*n == 0)
        return plethio_fail(e, "%s: no numbers in it", path);
    return *out ? 0 : plethio_no_memory(path, e);
}

int plethio_even_times(struct plethio_reference *r, double start_s, double rate_hz,
                       const char *path, struct plethio_error *e)
{
    r->time_s = malloc((size_t)r->n * sizeof *r->time_s);
    if (!r->time_s)
        return plethio_no_memory(path, e);
    for (int i = 0; i < r->n; i++)
        r->time_s[i] = start_s + i / rate_hz;
    return 0;
}

int plethio_check_frame_times(struct plethio_reference *r, const char *path,
                              struct plethio_error *e)
{
    int follow = 1;

    for (int i = 1; i < r->frames; i++) {
        /* not in a NAN's way either */
        if (r->frame_s[i] > r->frame_s[i - 1])
            follow++;
        else
            r->frame_s[i] = r->frame_s[i - 1];
    }
    if (r->frames < 2 || follow < 0.9 * r->frames || !isfinite(r->frame_s[r->frames - 1]) ||
        r->frame_s[r->frames - 1] > 1e6)
        return plethio_fail(e, "%s: the time increases in %d of %d frames only", path,
                            r->frames ? follow : 0, r->frames);
    return 0;
}

void plethio_drop_no_rates(double *rate, int n)
{
    for (int i = 0; i < n; i++)
        if (!(rate[i] > 0))
            rate[i] = (double)NAN;
}

int plethio_label_windows(struct plethio_reference *r, long long count, double step_s,
                          const char *path, struct plethio_error *e)
{
    /* more than three months */
    enum { MOST = 1 << 22 };

    if (count < 1 || count > MOST)
        return plethio_fail(e, "%s: %lld labels are none of a recording", path, count);
    r->n = (int)count;
    r->window_s = PLETHIO_WINDOW_S;
    r->time_s = malloc((size_t)count * sizeof *r->time_s);
    r->heart_rate = malloc((size_t)count * sizeof *r->heart_rate);
    if (!r->time_s || !r->heart_rate)
        return plethio_no_memory(path, e);
    for (int i = 0; i < r->n; i++) {
        r->time_s[i] = PLETHIO_WINDOW_S + step_s * i;
        r->heart_rate[i] = (double)NAN;
    }
    return 0;
}

int plethio_no_texts(const char ***out, int n, const char *path, struct plethio_error *e)
{
    *out = malloc((size_t)n * sizeof **out);
    if (!*out)
        return plethio_no_memory(path, e);
    for (int i = 0; i < n; i++)
        (*out)[i] = "";
    return 0;
}

/* Leaves out values without a time and values whose time is not past the one before: recordings
 * as distributed have some. More than one in ten is no reference. */
static int keep_increasing(struct plethio_reference *r, const char *path, struct plethio_error *e)
{
    double *column[] = {r->time_s,  r->heart_rate, r->breathing_rate,
                        r->cadence, r->wave,       r->breath};
    int kept = 0;

    for (int i = 0; i < r->n; i++) {
        if (!isfinite(r->time_s[i]) || (kept > 0 && !(r->time_s[i] > r->time_s[kept - 1])))
            continue;
        for (size_t c = 0; c < sizeof column / sizeof *column; c++)
            if (column[c])
                column[c][kept] = column[c][i];
        if (r->activity)
            r->activity[kept] = r->activity[i];
        kept++;
    }
    if (kept == 0 || kept < 0.9 * r->n)
        return plethio_fail(e, "%s: the time increases in %d of %d values only", path, kept, r->n);
    r->n = kept;
    return 0;
}

int plethio_reference_read(struct plethio_reference *reference, const struct plethio_layout *layout,
                           const struct plethio_recording *recording, struct plethio_error *e)
{
    int status;

    memset(reference, 0, sizeof *reference);
    status = layout->read(reference, recording, e);
    if (status == 0)
        status = keep_increasing(reference, recording->reference, e);
    if (status)
        plethio_reference_free(reference);
    return status;
}
