/* pleth train: a network learns heart rates from recordings. */
#include "tool.h"
#include "training.h"

static const char *const usage[2] = {
    "usage: pleth train DATASET DIR [DATASET DIR...] --out MODEL [options]\n"
    "\n"
    "Trains a heart-rate network on windows of 8 s, and tests it on people "
    "it has not seen.\n",
    "\n"
    "Tuning a model that is there:\n"
    "  --start MODEL          begin with its weights, not with random ones; its shape is that of "
    "the\n"
    "                         network, unless options above say the same\n"
    "  --tune N               only its last N blocks and what follows them learn; 10 epochs,\n"
    "                         batches of 8 and a rate of 1e-4 by default\n"
    "  --personal M           make nothing, but say what the model gains by the first M minutes "
    "of\n"
    "                         each person who is tested (of all where nothing says who), on what\n"
    "                         comes after: with --tune N, or without by what a microcontroller "
    "can\n"
    "                         do, pleth_head_learn, in one epoch\n"};

int verb_train(int argc, char **argv)
{
    return training_run("train", usage, 0, argc, argv);
}
