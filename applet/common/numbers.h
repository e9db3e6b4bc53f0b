/* SPDX-License-Identifier: 0BSD */
/* Sums of sizes and times that never wrap. Pure. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t
max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t
min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How far a is above b; 0 when it is not. */
static inline uint64_t
excess(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The largest page of any kernel: smaller differences are rounding. */
#define GRAIN_KB 64

/* To the next size that a driver of any page size can have. */
static inline uint64_t
round_up_kb(uint64_t kb)
{
	return (kb + GRAIN_KB - 1) / GRAIN_KB * GRAIN_KB;
}

/* Less than `apart` from each other. */
static inline bool
within(uint64_t a, uint64_t b, int64_t apart)
{
	int64_t difference = (int64_t)(a - b);

	return -apart < difference && difference < apart;
}

/* The same size, but for rounding. */
static inline bool
near_kb(uint64_t a_kb, uint64_t b_kb)
{
	return within(a_kb, b_kb, GRAIN_KB);
}

#endif
