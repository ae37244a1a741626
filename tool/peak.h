/* What this core can do at most, to compare networks with. */
#ifndef PLETH_TOOL_PEAK_H
#define PLETH_TOOL_PEAK_H

#include <stdint.h>

/* Multiplications and additions a second in thousand millions, measured on chains of the widest
 * fused multiply-add (int8: dot product) that cpu_mask allows; 0 where it is not known. */
double peak_rate(int int8, uint32_t cpu_mask);

#endif
