/* SPDX-License-Identifier: 0BSD */
/*
 * Blocks lie one behind the other and fill the arena. A search for room joins
 * free neighbours on its way and takes the first block that fits. There are
 * never more than a dozen, so that searching all of them is quick.
 */
#include <errno.h>
#include <string.h>

#include "arena.h"

struct block {
	_Alignas(max_align_t) size_t units; /* its own size, this head in it */
	bool used;
};

#define UNIT sizeof(struct block)
#define UNITS (ARENA_SIZE / UNIT)

static struct block arena[UNITS];
static size_t high_water; /* units */
static unsigned refusals;

/* Swallows the free blocks behind this one. */
static void
merge(size_t at)
{
	size_t next = at + arena[at].units;

	while (next < UNITS && !arena[next].used)
		next += arena[next].units;
	arena[at].units = next - at;
}

/* Cuts the free block at `at` to `units` and hands it out. */
static void *
allocate(size_t at, size_t units)
{
	size_t rest = arena[at].units - units;

	if (rest)
		arena[at + units] = (struct block){.units = rest};
	arena[at] = (struct block){.units = units, .used = true};
	if (high_water < at + units)
		high_water = at + units;
	return &arena[at + 1];
}

static void *
refuse(void)
{
	refusals++;
	errno = ENOMEM;
	return NULL;
}

void *
arena_alloc(size_t size)
{
	size_t units = 1 + (size ? (size - 1) / UNIT + 1 : 1);

	if (!arena[0].units)
		arena[0].units = UNITS;
	for (size_t at = 0; at < UNITS; at += arena[at].units) {
		if (arena[at].used)
			continue;
		merge(at);
		if (arena[at].units >= units)
			return allocate(at, units);
	}
	return refuse();
}

/* The block that was handed out as `p`; NULL when there is none. */
static struct block *
find(const void *p)
{
	for (size_t at = 0; at < UNITS && arena[at].units;
	     at += arena[at].units)
		if (&arena[at + 1] == p)
			return arena[at].used ? &arena[at] : NULL;
	return NULL;
}

void
arena_free(void *p)
{
	struct block *b = find(p);

	if (b)
		b->used = false;
}

void *
arena_resize(void *p, size_t size)
{
	struct block *b = find(p);
	size_t had;
	void *copy;

	if (!p)
		return arena_alloc(size);
	if (!b)
		return refuse();
	had = (b->units - 1) * UNIT;
	if (size <= had)
		return p;
	copy = arena_alloc(size);
	if (copy) {
		memcpy(copy, p, had);
		b->used = false;
	}
	return copy;
}

size_t
arena_high_water(void)
{
	return high_water * UNIT;
}

unsigned
arena_refusals(void)
{
	return refusals;
}
