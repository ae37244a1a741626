/* pleth train: a network learns heart rates from recordings. */
#include "tool.h"
#include "training.h"

static const char usage[] =
    "usage: pleth train DATASET DIR [DATASET DIR...] --out MODEL [options]\n"
    "\n"
    "Trains a heart-rate network on windows of 8 s, and tests it on people "
    "it has not seen.\n" TRAINING_USAGE;

int verb_train(int argc, char **argv)
{
    return training_run("train", usage, 0, argc, argv);
}
