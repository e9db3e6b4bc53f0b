/* SPDX-License-Identifier: 0BSD */
/* Sums of sizes and times that never wrap. Pure. */
#ifndef SUMS_H
#define SUMS_H

#include <stdint.h>

static inline uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How far a is above b; 0 when it is not. */
static inline uint64_t
above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

#endif
