/* pleth: finds the verb and lets it work. */
#include <stdio.h>
#include <string.h>

#include "pleth/pleth.h"
#include "tool.h"

static const struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} verbs[] = {
    {"measure", verb_measure, "vital signs of a video, camera, colour trace or sensor's recording"},
    {"watch", verb_watch, "the same, live, full screen in a terminal"},
    {"synth", verb_synth, "a face video of known pulse and breathing, its truth beside it"},
    {"evaluate", verb_evaluate, "every recording of a data set against its reference"},
    {"run", verb_run, "a network on arrays"},
    {"convert", verb_convert, "published weights to a model"},
    {"info", verb_info, "what this build can do, or what a file or a network holds"},
    {"quantize", verb_quantize, "a float model to int8, with the change in error"},
    {"train", verb_train, "a heart-rate network that learns from recordings"},
    {"distill", verb_distill, "a small one that learns from a large one"},
    {"sweep", verb_sweep, "a plan of networks to train, and the report of what came of it"},
    {"scaling", verb_scaling, "the law of error against size, and the student that fits a device"},
    {"bench", verb_bench, "speed and memory on this machine"},
};

enum { VERBS = sizeof verbs / sizeof *verbs };

static void usage(FILE *f)
{
    fprintf(f, "usage: pleth VERB [options]\n\n");
    for (int i = 0; i < VERBS; i++)
        fprintf(f, "  %-10s %s\n", verbs[i].name, verbs[i].what);
    fprintf(f, "\npleth VERB --help has the options. Try: pleth measure my.mp4\n");
}

static const struct verb *find(const char *name)
{
    for (int i = 0; i < VERBS; i++)
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct verb *verb = argc > 1 ? find(argv[1]) : NULL;
    int status;

    if (verb) {
        status = verb->run(argc - 1, argv + 1);
    } else if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        status = TOOL_OK;
    } else if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("pleth %d.%d.%d\n", PLETH_VERSION_MAJOR, PLETH_VERSION_MINOR, PLETH_VERSION_PATCH);
        status = TOOL_OK;
    } else if (argc > 1) {
        fprintf(stderr, "pleth: there is no verb %s; see pleth --help\n", argv[1]);
        status = TOOL_USAGE;
    } else {
        usage(stderr);
        status = TOOL_USAGE;
    }
    /* what was printed last may still fail: a full disk behind a redirection */
    if ((fflush(stdout) || ferror(stdout)) && status == TOOL_OK) {
        fprintf(stderr, "pleth: cannot write to standard output\n");
        status = TOOL_FAILED;
    }
    return status;
}
