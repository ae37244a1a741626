/* pleth distill: a small network learns from a large one. */
#include "tool.h"
#include "training.h"

static const char *const usage[2] = {
    "usage: pleth distill DATASET DIR [DATASET DIR...] --teacher MODEL --out MODEL [options]\n"
    "\n"
    "Trains a heart-rate network as pleth train does, and to answer as its teacher does.\n"
    "\n"
    "  --teacher MODEL        whose people must not be tested here; may be repeated: then the "
    "mean\n"
    "                         of their logits teaches\n"
    "  --strategy NAME        what of it is learned: hard: its most probable class, soft: its\n"
    "                         probabilities, dkd (default): these, the true class apart from the\n"
    "                         others, feature: its last layer's input, ordered: its cumulative\n"
    "                         distribution\n"
    "  --alpha X              weight of that, of dkd of the true class's part; 1, soft 0.9,\n"
    "                         ordered 0.1\n"
    "  --beta X               dkd: weight of the other classes' part; 8\n"
    "  --tau X                temperature of probabilities; soft and dkd 2, ordered 1\n"
    "  --warm-up N            dkd: epochs until its full weight; 0\n"
    "  --ce-weight X          weight of the labels' loss; 1, soft 0.1, hard 0\n"
    "\n",
    ""};

int verb_distill(int argc, char **argv)
{
    return training_run("distill", usage, 1, argc, argv);
}
