/* What `pleth train` and `pleth distill` share: the command line, one cell of training
 * (train/cell.h), and what is told of it. */
#ifndef PLETH_TOOL_TRAINING_H
#define PLETH_TOOL_TRAINING_H

#include "cell.h"

#define TRAINING_USAGE                                                                             \
    "What is learned from: sensors' recordings with a heart rate, data sets as pleth evaluate\n"   \
    "lists them, as many DATASET DIR pairs as there are. People, not windows, are held apart.\n"   \
    "\n"                                                                                           \
    "  --out MODEL            the .safetensors file that is made\n"                                \
    "  --net NAME             resnet1d (default), mlp, tcn\n"                                      \
    "  --blocks N             of resnet1d and tcn; 6 by default\n"                                 \
    "  --width N              channels of the first layer; 32 by default\n"                        \
    "  --hidden N             of the mlp; 228 by default\n"                                        \
    "\n"                                                                                           \
    "Who is tested (nobody, where none of these is given):\n"                                      \
    "  --folds K --fold I     people dealt to K folds; those of fold I, 0..K-1\n"                  \
    "  --split FILE           name,part a line: those of part test, or of --fold PART; the "       \
    "others\n"                                                                                     \
    "                         in the file are learned from\n"                                      \
    "  --write-split FILE     writes such a file: train, test\n"                                   \
    "  --leave-out NAME       this person\n"                                                       \
    "  --test-on DATASET:DIR  another data set; may be repeated\n"                                 \
    "  --with DATASET:DIR     beside any of these: another data set that is only learned from, "   \
    "in\n"                                                                                         \
    "                         every fold: nobody of it is tested or validates; may be repeated\n"  \
    "  --validation N         one of N training people does not train but chooses the epoch;\n"    \
    "                         5 by default, 0: the last epoch is taken\n"                          \
    "\n"                                                                                           \
    "How it is learned:\n"                                                                         \
    "  --epochs N             40 by default; the rate of learning follows one cycle\n"             \
    "  --int8-epochs N        the last N of these learn with weights and values rounded as in "    \
    "int8;\n"                                                                                      \
    "                         0 by default\n"                                                      \
    "  --batch N              windows of a step; 128 by default\n"                                 \
    "  --rate X               most of the cycle; 3e-3 by default\n"                                \
    "  --decay X              of weights (AdamW); 0.01 by default\n"                               \
    "  --dropout X            share dropped; 0.1 by default\n"                                     \
    "  --loss NAME            of the labels: gauss (default) around the rate, ce: its class,\n"    \
    "                         ordered: being further off costs more\n"                             \
    "  --sigma-bpm X          of the Gaussian; 1.5 by default\n"                                   \
    "  --stretch X            windows vary: up to X times as fast or slow, their labels too;\n"    \
    "                         1 by default: as they are\n"                                         \
    "  --shift-s X            moved by up to X seconds; 1 by default\n"                            \
    "  --channels N           the first N optical channels alone; 4 by default\n"                  \
    "  --mix N                1 (default): the channels' mean by random weights, 0: even ones\n"   \
    "  --flip                 upside down as often as not\n"                                       \
    "  --noise X              with white noise of up to X deviations; 0.2 by default\n"            \
    "  --swell X              louder and softer by up to the share X; 0.3 by default\n"            \
    "  --lag-s [NAME=]S       labels come S seconds late, of the data set NAME (the last part "    \
    "of\n"                                                                                         \
    "                         its DIR) or of all; may be repeated\n"                               \
    "  --seed N               1 by default\n"                                                      \
    "  --threads N            2 by default; another number gives other roundings\n"                \
    "  --resume               go on from MODEL.checkpoint, which each epoch leaves\n"              \
    "\n"                                                                                           \
    "  --curve FILE.jsonl     a line an epoch: loss, error of those who validate\n"                \
    "  --plot FILE.svg        the same, drawn (.png or .svg)\n"                                    \
    "  --json                 one JSON object: the errors on those who are tested\n"

/* The verb: argv as main has it; `distills`: with a teacher. */
int training_run(const char *verb, const char *usage, int distills, int argc, char **argv);

/* tool/training_plot.c: the curve of n epochs. 0, or -1 and e. */
int training_plot(const char *path, const struct plethtrain_epoch *epoch, int n,
                  struct plethio_error *e);

#endif
