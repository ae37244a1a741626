/* Random numbers by counter: a stream is a key, its number i a pure function of both, so that what
 * is drawn does not depend on threads or on the order of work. */
#ifndef PLETHTRAIN_RANDOM_H
#define PLETHTRAIN_RANDOM_H

#include <stdint.h>

/* splitmix64's output function (Steele, Lea, Flood 2014) */
static inline uint64_t plethtrain_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Number i of a stream: 64 random bits. */
static inline uint64_t plethtrain_random(uint64_t key, uint64_t i)
{
    return plethtrain_mix(key + (i + 1) * 0x9e3779b97f4a7c15u);
}

/* A stream's key from another's and a number. */
static inline uint64_t plethtrain_key(uint64_t key, uint64_t number)
{
    return plethtrain_mix(plethtrain_mix(key + 0x9e3779b97f4a7c15u) ^ (number + 1));
}

/* 0 <= x < 1 */
static inline double plethtrain_uniform(uint64_t key, uint64_t i)
{
    return (double)(plethtrain_random(key, i) >> 11) * 0x1p-53;
}

#endif
