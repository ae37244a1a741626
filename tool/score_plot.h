/* Estimates against references, drawn. */
#ifndef PLETH_TOOL_SCORE_PLOT_H
#define PLETH_TOOL_SCORE_PLOT_H

#include "error.h"
#include "score.h"

/* Makes the folder if it is not there, and in it scatter.png, bland_altman.png and, where windows
 * have a quality, risk_coverage.png; answered windows apart from those whose best guess is shown.
 * 0, or -1 and e (also where pleth was built without cairo). */
int score_plot(const char *folder, const struct score_pair *pair,
               const struct score_summary *summary, struct plethio_error *e);

#endif
