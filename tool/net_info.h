/* What pleth info tells of networks. */
#ifndef PLETH_TOOL_NET_INFO_H
#define PLETH_TOOL_NET_INFO_H

#include "error.h"

/* 1 if this names a network ("tscan") or a kept model, or ends as model files do. */
int net_info_is(const char *what);

/* Layers, counts, memory, delay, and what the file's metadata says, as text or one JSON object.
 * net: the network's name where the file lacks it, or NULL. */
int net_info_show(const char *what, const char *net, int json, struct plethio_error *e);

#endif
