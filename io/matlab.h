/* What the users of matio share; only for a build that has it. */
#ifndef PLETHIO_MATLAB_H
#define PLETHIO_MATLAB_H

#include <matio.h>

#include "error.h"

/* Whether the file is of version 5 or 7.3, and of version 5 has elements that end where the file
 * does, which matio takes no notice of. 0, or -1 and e without the path. */
int plethio_matlab_check(const char *path, struct plethio_error *e);

/* Whether its values are real numbers of at most 32 bits or doubles. */
int plethio_matlab_is_real(const matvar_t *v);

/* Value i of data of such a class. */
double plethio_matlab_value(enum matio_classes type, const void *data, size_t i);

#endif
