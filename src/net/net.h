/* From records and weights to results, in three steps:
 *
 *     plan     what is computed, in which order, fused how, and where every value lies
 *     prepare  what the plan derives from the weights: folded, packed, transformed
 *     run      frame by frame; nothing is computed twice, nothing allocated
 *
 * A prepared network is one flat block without pointers: header, plan, tensors' places, weights. It
 * is constant, may lie in flash, and any number of states may share it. A state is what one stream
 * has in flight.
 *
 * Time. Records of shifted networks look one frame ahead, so a plan gives each step a lag: at turn
 * t of a segment it works on frame t - lag. Whole arrays and single frames take the same turns, so
 * both give the same bits. */
#ifndef PLETH_NET_NET_H
#define PLETH_NET_NET_H

#include "../kern/kern.h"
#include "../nets/nets.h"
#include "graph.h"
#include "pleth/pleth.h"
#include "weights.h"

#endif
