/* Estimates against references, drawn. */
#ifndef PLETH_TOOL_SCORE_PLOT_H
#define PLETH_TOOL_SCORE_PLOT_H

#include "error.h"
#include "score.h"

struct score_drawing {
    const struct score_pair *pair;
    const struct score_summary *summary;
    /* of each pair's window, in seconds; within a recording they follow each other */
    const double *time_s;
    /* error up to which an estimate is right, per minute */
    double within;
    /* names of the recordings that the pairs number */
    char (*recording)[256];
    int recordings;
};

/* Makes the folder if it is not there, and in it scatter.png, bland_altman.png and, where windows
 * say how sure they are, risk_coverage.png and calibration.png; strips-NN.png, where they have
 * times, with some recordings each. Answered windows apart from those whose best guess is shown.
 * 0, or -1 and e (also where pleth was built without cairo). */
int score_plot(const char *folder, const struct score_drawing *drawing, struct plethio_error *e);

#endif
