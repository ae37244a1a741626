/* JSON beyond the pieces that model files are made of: any value, and objects by their members. */
#ifndef PLETHIO_JSON_H
#define PLETHIO_JSON_H

#include "net/json.h"

/* Takes a value, whatever it is. 0 where there is none, or one deeper than 64 levels. */
int plethio_json_skip(struct pleth_json *s);

/* Stands behind the colon of the member `key` of the object that begins here, the first if there
 * are several: 1, or 0 if it has none. *after is where the object ends. */
int plethio_json_member(struct pleth_json *s, const char *key, struct pleth_json *after);

/* A finite number. */
int plethio_json_number(struct pleth_json *s, double *number);

#endif
