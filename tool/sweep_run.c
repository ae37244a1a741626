/* Cells trained in processes of their own: what one of them does wrong takes no other one down, and
 * their files alone say what is done, so that any break is made good by starting again.
 *
 * Under mpirun and srun each rank has its cells, by the plan and the number of ranks alone. It
 * waits for teachers that are another rank's, by their files. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "memory.h"
#include "net/weights.h"
#include "path.h"
#include "sweep.h"
#include "tool.h"

enum state { WAITS, RUNS, DONE, FAILED };

struct job {
    pid_t process;   /* 0: none */
    int trial, from; /* the pipe that a failure is told through */
};

/* What was last seen of a model's file, for it is looked at again and again. */
struct model {
    ino_t file;
    off_t size;
    time_t time;
    int right; /* of the trial */
};

struct pool {
    struct sweep_run *run;
    enum state *state;
    int *rank;
    struct model *model;
    char *wanted; /* as a teacher: 1 by a cell that is done, 2 by one that is not */
    double *cost;
    struct job *job;
    _Atomic int *thousandths; /* by job, shared with its process */
};

static int path_of(char path[1024], const char *folder, const struct plethtrain_trial *t,
                   const char *ending, struct plethio_error *e)
{
    char name[PLETHTRAIN_TRIAL];

    plethtrain_trial_name(t, name);
    return plethio_join(path, folder, name, ending, e);
}

static int make_folder(const char *path, struct plethio_error *e)
{
    char part[1024];

    if (strlen(path) >= sizeof part)
        return plethio_fail(e, "%.60s...: the path is too long", path);
    for (size_t i = 1; i <= strlen(path); i++)
        if (path[i] == '/' || !path[i]) {
            memcpy(part, path, i);
            part[i] = 0;
            if (mkdir(part, 0777) && errno != EEXIST)
                return plethio_fail(e, "cannot make the folder %s: %s", part, strerror(errno));
        }
    return 0;
}

/* ---- What is done -----------------------------------------------------------------------------
 */

int sweep_outcome_read(const struct plethtrain_sweep *plan, int i, const char *folder,
                       struct plethtrain_outcome *o, struct plethio_error *e)
{
    const struct plethtrain_trial *t = &plan->trial[i];
    char path[1024], differs[PLETHTRAIN_DIFFERS];

    if (path_of(path, folder, t, ".json", e))
        return -1;
    if (!plethio_is_file(path))
        return 0;
    if (plethtrain_outcome_read(o, path, e))
        return -1;
    if (plethtrain_trial_same(&o->trial, t))
        return 1;
    if (!plethtrain_trial_differs(&o->trial, t, differs))
        strcpy(differs, "its name");
    plethtrain_outcome_free(o);
    return plethio_fail(e, "%s: not of this plan, name another folder by --out: %s", path, differs);
}

/* 1: there is an outcome, of this very trial; 0: none; -1 and e: one of something else. */
static int is_done(const struct sweep_run *r, int i, struct plethio_error *e)
{
    struct plethtrain_outcome o;
    const int status = sweep_outcome_read(r->plan, i, r->folder, &o, e);

    if (status == 1)
        plethtrain_outcome_free(&o);
    return status;
}

/* Whether a model says that it is of the trial, and not of other epochs, recipe or data. */
static int is_of(const char *path, const struct plethtrain_trial *t)
{
    char wanted[PLETHTRAIN_TRIAL_TEXT], have[PLETHTRAIN_TRIAL_TEXT];
    struct pleth_weights w;
    size_t size;
    char *bytes = plethio_read_whole(path, &size, NULL);
    int same;

    plethtrain_trial_text(t, wanted);
    same = bytes && pleth_weights_open(&w, bytes, size, NULL, 0) == PLETH_OK &&
           pleth_weights_metadata(&w, "trial", have, sizeof have) && strcmp(have, wanted) == 0;
    free(bytes);
    return same;
}

/* Whether a trial's model is there, which nothing else has taken the place of. */
static int has_weights(const struct pool *p, int i)
{
    const struct plethtrain_trial *t = &p->run->plan->trial[i];
    struct model *m = &p->model[i];
    struct stat now;
    char path[1024];

    if (path_of(path, p->run->weights, t, ".safetensors", NULL) || stat(path, &now))
        return 0;
    if (m->file != now.st_ino || m->size != now.st_size || m->time != now.st_mtime)
        *m = (struct model){now.st_ino, now.st_size, now.st_mtime, is_of(path, t)};
    return m->right;
}

/* A teacher of another rank, as its files say. */
static enum state look(const struct pool *p, int i)
{
    const struct sweep_run *r = p->run;
    char path[1024];

    if (has_weights(p, i) && is_done(r, i, NULL) == 1)
        return DONE;
    if (path_of(path, r->folder, &r->plan->trial[i], ".failed", NULL) == 0 && plethio_is_file(path))
        return FAILED;
    return WAITS;
}

/* Cells by cost, the largest first, each to the rank that has least: the same on all ranks. */
static void deal(struct pool *p, int trials)
{
    double *load = calloc((size_t)p->run->count, sizeof *load);

    for (int i = 0; i < trials; i++)
        p->rank[i] = -1;
    for (int n = 0; load && n < trials; n++) {
        int largest = -1, least = 0;
        for (int i = 0; i < trials; i++)
            if (p->rank[i] < 0 && (largest < 0 || p->cost[i] > p->cost[largest]))
                largest = i;
        for (int k = 1; k < p->run->count; k++)
            least = load[k] < load[least] ? k : least;
        p->rank[largest] = least;
        load[least] += p->cost[largest];
    }
    free(load);
}

/* Training a student costs it forward and backward, and its teachers forward. */
static void cost_all(struct pool *p)
{
    const struct plethtrain_sweep *plan = p->run->plan;
    double macs[PLETH_NET_KINDS][PLETHTRAIN_BLOCKS + 1] = {{0}}, parameters;
    struct pleth_net_shape shape;

    for (int i = 0; i < plan->trials; i++) {
        const struct plethtrain_trial *t = &plan->trial[i];
        if (macs[t->network][t->blocks] > 0)
            continue;
        plethtrain_trial_shape(t->network, t->blocks, &shape);
        plethtrain_shape_counts(&shape, &parameters, &macs[t->network][t->blocks]);
    }
    for (int i = 0; i < plan->trials; i++) {
        const struct plethtrain_trial *t = &plan->trial[i];
        p->cost[i] =
            t->epochs * (3 * macs[t->network][t->blocks] +
                         (t->ensemble ? t->ensemble : 1) * macs[PLETH_NET_RESNET1D][t->teacher]);
    }
}

/* ---- A cell -----------------------------------------------------------------------------------
 */

void sweep_say(const struct plethtrain_trial *t, const char *text)
{
    char name[PLETHTRAIN_TRIAL];

    plethtrain_trial_name(t, name);
    tool_progress_clear();
    fprintf(stderr, "pleth sweep: %s: %s\n", name, text);
}

/* The outcome as it is written, all but how long it took; NULL: no memory. To be freed. */
static char *text_of(const struct plethtrain_outcome *o)
{
    struct plethtrain_outcome timeless = *o;
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    timeless.seconds = 0;
    if (!f)
        return NULL;
    plethtrain_outcome_write(f, &timeless, "\n ");
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

/* Of a teacher that was trained again: whether the file that is there says the same. */
static int is_kept(const struct sweep_run *r, int i, const struct plethtrain_outcome *o)
{
    struct plethtrain_outcome before;
    char *old, *now;
    int same;

    if (sweep_outcome_read(r->plan, i, r->folder, &before, NULL) != 1)
        return 0;
    old = text_of(&before);
    now = text_of(o);
    same = old && now && strcmp(old, now) == 0;
    if (!same && !r->quiet)
        sweep_say(&o->trial, "trained again it errs otherwise than its file says (another "
                             "instruction set?); the file is written anew");
    free(old);
    free(now);
    plethtrain_outcome_free(&before);
    return same;
}

static int write_outcome(const struct sweep_run *r, int i, const struct plethtrain_outcome *o,
                         struct plethio_error *e)
{
    struct tool_out out;
    char path[1024];

    if (is_kept(r, i, o))
        return 0;
    if (path_of(path, r->folder, &o->trial, ".json", e) || tool_out_open(&out, path, e))
        return -1;
    plethtrain_outcome_write(out.file, o, "\n ");
    return tool_out_close(&out, 1, e);
}

/* In its own process: the outcome last, for it says that the weights are there. */
static int train(struct pool *p, int i, _Atomic int *thousandths, struct plethio_error *e)
{
    const struct sweep_run *r = p->run;
    const struct plethtrain_trial *t = &r->plan->trial[i];
    const int *teacher = r->plan->teacher[i];
    char taught[PLETHTRAIN_TEACHERS][1024], weights[1024], checkpoint[1024];
    char note[PLETHTRAIN_TRIAL_TEXT];
    struct sweep_work work = {.trial = t, .checkpoint = checkpoint, .thousandths = thousandths};
    struct plethtrain_outcome o;
    int status;

    memset(&o, 0, sizeof o);
    o.trial = *t;
    if (path_of(checkpoint, r->weights, t, ".checkpoint", e))
        return -1;
    for (int k = 0; teacher[k] >= 0; k++) {
        if (path_of(taught[k], r->weights, &r->plan->trial[teacher[k]], ".safetensors", e))
            return -1;
        if (!has_weights(p, teacher[k]))
            return plethio_fail(e,
                                "%s: gone, or of another plan by now; give each plan --weights of "
                                "its own",
                                taught[k]);
        work.teacher[work.teachers++] = taught[k];
    }
    if (p->wanted[i]) {
        if (path_of(weights, r->weights, t, ".safetensors", e))
            return -1;
        plethtrain_trial_text(t, note);
        work.weights = weights;
        work.note = note;
    }
    status = r->train(r->cookie, &work, &o, e);
    if (status == 0)
        status = write_outcome(r, i, &o, e);
    if (status == 0)
        unlink(checkpoint);
    plethtrain_outcome_free(&o);
    return status;
}

static int start(struct pool *p, int job, int i, struct plethio_error *e)
{
    struct job *j = &p->job[job];
    struct plethio_error why;
    int ends[2];

    if (pipe(ends))
        return plethio_fail(e, "no pipe to a process: %s", strerror(errno));
    fflush(NULL);
    p->thousandths[job] = 0;
    j->process = fork();
    if (j->process == 0) {
#ifdef __linux__
        /* who is left alone would train what the next run trains, too */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        close(ends[0]);
        if (train(p, i, &p->thousandths[job], &why)) {
            if (write(ends[1], &why, sizeof why) < 0)
                _exit(2);
            _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    if (j->process < 0) {
        j->process = 0;
        close(ends[0]);
        return plethio_fail(e, "no process could be started: %s", strerror(errno));
    }
    j->from = ends[0];
    j->trial = i;
    p->state[i] = RUNS;
    return 0;
}

/* ---- All --------------------------------------------------------------------------------------
 */

static void tell_failed(struct pool *p, int i, const char *text)
{
    struct sweep_run *r = p->run;
    struct plethio_error e;
    struct tool_out out;
    char path[1024];

    p->state[i] = FAILED;
    r->failed++;
    if (!r->quiet)
        sweep_say(&r->plan->trial[i], text);
    if (path_of(path, r->folder, &r->plan->trial[i], ".failed", &e) == 0 &&
        tool_out_open(&out, path, &e) == 0) {
        fprintf(out.file, "%s\n", text);
        tool_out_close(&out, 1, &e);
    }
}

static void forget_failure(const struct sweep_run *r, int i)
{
    char path[1024];

    if (path_of(path, r->folder, &r->plan->trial[i], ".failed", NULL) == 0)
        unlink(path);
}

/* Takes the processes that have ended; returns how many still run. */
static int take_ended(struct pool *p)
{
    int running = 0;

    for (int k = 0; k < p->run->jobs; k++) {
        struct job *j = &p->job[k];
        struct plethio_error why;
        pid_t ended;
        int status;

        if (!j->process)
            continue;
        ended = waitpid(j->process, &status, WNOHANG);
        if (ended == 0 || (ended < 0 && errno == EINTR)) {
            running++;
            continue;
        }
        memset(&why, 0, sizeof why);
        if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            p->state[j->trial] = DONE;
            p->run->trained++;
            forget_failure(p->run, j->trial);
        } else if (tool_stop) {
            p->state[j->trial] = WAITS;
        } else {
            if (read(j->from, &why, sizeof why) != (ssize_t)sizeof why)
                plethio_fail(&why, "its process was ended by signal %d",
                             ended > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0);
            tell_failed(p, j->trial, why.text);
        }
        close(j->from);
        j->process = 0;
    }
    return running;
}

/* What a cell's teachers are like: one of them that has FAILED (*which), WAITS or, of another rank
 * that has failed, is now this rank's to train (*which); DONE: all of them. */
static enum state look_at_teachers(struct pool *p, int i, int *which)
{
    const int *teacher = p->run->plan->teacher[i];
    enum state all = DONE;

    *which = -1;
    for (int k = 0; teacher[k] >= 0; k++) {
        const int t = teacher[k];
        if (p->rank[t] != p->run->rank && p->state[t] == WAITS) {
            p->state[t] = look(p, t);
            if (p->state[t] == FAILED) {
                /* perhaps in another run: this rank tries itself */
                p->state[t] = WAITS;
                p->rank[t] = p->run->rank;
                *which = t;
                return WAITS;
            }
        }
        if (p->state[t] == FAILED) {
            *which = t;
            return FAILED;
        }
        all = p->state[t] == DONE ? all : WAITS;
    }
    return all;
}

/* A cell that can be begun, -1: none now. Sets *left if some of this rank's wait. */
static int next(struct pool *p, int *left)
{
    const struct plethtrain_sweep *plan = p->run->plan;

    *left = 0;
    for (int i = 0; i < plan->trials; i++) {
        char text[PLETHTRAIN_TRIAL + 40], name[PLETHTRAIN_TRIAL];
        int teacher;

        if (p->state[i] != WAITS || p->rank[i] != p->run->rank)
            continue;
        switch (look_at_teachers(p, i, &teacher)) {
        case DONE:
            return i;
        case FAILED:
            plethtrain_trial_name(&plan->trial[teacher], name);
            snprintf(text, sizeof text, "its teacher %s failed", name);
            tell_failed(p, i, text);
            break;
        default:
            if (teacher >= 0)
                return teacher;
            *left = 1;
        }
    }
    return -1;
}

static void show(const struct pool *p)
{
    const struct plethtrain_sweep *plan = p->run->plan;
    double all = 0, done = 0;
    char text[80];
    int cells = 0, ready = 0;

    for (int i = 0; i < plan->trials; i++) {
        if (p->rank[i] != p->run->rank)
            continue;
        cells++;
        ready += p->state[i] == DONE || p->state[i] == FAILED;
        if (p->state[i] == DONE && p->cost[i] < 0)
            continue;
        all += p->cost[i];
        done += p->state[i] == DONE || p->state[i] == FAILED ? p->cost[i] : 0;
    }
    for (int k = 0; k < p->run->jobs; k++)
        if (p->job[k].process)
            done += p->cost[p->job[k].trial] * p->thousandths[k] / 1000;
    snprintf(text, sizeof text, "%d of %d cells", ready, cells);
    tool_progress(text, all > 0 ? done / all : -1);
}

static int run_all(struct pool *p, struct plethio_error *e)
{
    int left = 1, running = 0;

    while (left || running) {
        running = take_ended(p);
        for (int k = 0; k < p->run->jobs && !tool_stop; k++) {
            int i;
            if (p->job[k].process)
                continue;
            i = next(p, &left);
            if (i < 0)
                break;
            if (start(p, k, i, e))
                return -1;
            left = 1;
            running++;
        }
        if (tool_stop)
            break;
        if (!p->run->quiet)
            show(p);
        if (left || running)
            nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
    }
    return tool_stop ? plethio_fail(e, "stopped; the same command goes on from here") : 0;
}

/* What stands before the start: outcomes of before, and this rank's failures, which are tried
 * again. */
static int survey(struct pool *p, struct plethio_error *e)
{
    struct sweep_run *r = p->run;
    const struct plethtrain_sweep *plan = r->plan;

    for (int i = 0; i < plan->trials; i++) {
        const int done = is_done(r, i, e);
        if (done < 0)
            return -1;
        p->state[i] = done ? DONE : WAITS;
    }
    for (int i = 0; i < plan->trials; i++)
        for (int k = 0; plan->teacher[i][k] >= 0; k++)
            p->wanted[plan->teacher[i][k]] |= p->state[i] == WAITS ? 2 : 1;
    for (int i = 0; i < plan->trials; i++) {
        /* weights that are gone but needed, or are of something else, are made again */
        if (p->state[i] == DONE && (p->wanted[i] & 2) && !has_weights(p, i)) {
            p->state[i] = WAITS;
            if (p->model[i].file && p->rank[i] == r->rank && !r->quiet)
                sweep_say(&plan->trial[i], "its model does not say that it is of this plan's "
                                           "epochs, recipe and data; it is trained anew");
        }
        if (p->rank[i] != r->rank)
            continue;
        if (p->state[i] == DONE) {
            r->before++;
            p->cost[i] = -1; /* not part of what is left */
        } else {
            forget_failure(r, i);
        }
    }
    return 0;
}

static void pool_close(struct pool *p)
{
    const int jobs = p->run->jobs;

    for (int k = 0; p->job && k < jobs; k++)
        if (p->job[k].process) {
            kill(p->job[k].process, SIGTERM);
            while (waitpid(p->job[k].process, NULL, 0) < 0 && errno == EINTR)
                ;
            close(p->job[k].from);
        }
    if (p->thousandths)
        munmap((void *)p->thousandths, (size_t)jobs * sizeof *p->thousandths);
    free(p->state);
    free(p->rank);
    free(p->model);
    free(p->wanted);
    free(p->cost);
    free(p->job);
}

int sweep_run(struct sweep_run *r, struct plethio_error *e)
{
    const size_t trials = (size_t)r->plan->trials, jobs = (size_t)r->jobs;
    struct pool p = {.run = r};
    void *shared;
    int status = -1;

    r->before = r->trained = r->failed = 0;
    p.state = calloc(trials, sizeof *p.state);
    p.rank = calloc(trials, sizeof *p.rank);
    p.model = calloc(trials, sizeof *p.model);
    p.wanted = calloc(trials, 1);
    p.cost = calloc(trials, sizeof *p.cost);
    p.job = calloc(jobs, sizeof *p.job);
    shared = mmap(NULL, jobs * sizeof *p.thousandths, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared != MAP_FAILED)
        p.thousandths = shared;
    if (!p.state || !p.rank || !p.model || !p.wanted || !p.cost || !p.job || !p.thousandths) {
        plethio_fail(e, "no memory for %d cells", r->plan->trials);
    } else if (make_folder(r->folder, e) == 0 && make_folder(r->weights, e) == 0) {
        cost_all(&p);
        deal(&p, r->plan->trials);
        status = survey(&p, e);
        if (status == 0)
            status = run_all(&p, e);
    }
    pool_close(&p);
    if (!r->quiet)
        tool_progress_end();
    return status;
}
