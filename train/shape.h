/* Which networks are trained; what the shape of one means: in words, and how large it is. */
#ifndef PLETHTRAIN_SHAPE_H
#define PLETHTRAIN_SHAPE_H

#include "nets/nets.h"

/* The heart-rate networks that are trained. */
enum { PLETHTRAIN_NETWORKS = 3 };
extern const int plethtrain_networks[PLETHTRAIN_NETWORKS]; /* PLETH_NET_* */
/* PLETH_NET_*, -1: none of them. */
int plethtrain_network(const char *name);

/* "model resnet1d, blocks 6, ...": all that it is. */
enum { PLETHTRAIN_SHAPE = 200 };
void plethtrain_shape_text(const struct pleth_net_shape *shape, char text[PLETHTRAIN_SHAPE]);

/* Learned parameters and multiply-accumulates of a window, without what no output needs; NAN: no
 * memory, or no such network. */
void plethtrain_shape_counts(const struct pleth_net_shape *shape, double *parameters, double *macs);

#endif
