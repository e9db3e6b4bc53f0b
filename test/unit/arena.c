/* SPDX-License-Identifier: 0BSD */
/* link: platform/xenstore/arena */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/arena.h"
#include "../lib/tap.h"

#define SLOTS 64
#define STEPS 20000

static void
test_full(void)
{
	void *p = arena_alloc(ARENA_SIZE / 2);
	unsigned before = arena_refusals();

	OK(p, "half of it");
	errno = 0;
	OK(!arena_alloc(ARENA_SIZE / 2), "not the other half: heads need room");
	OK(errno == ENOMEM, "it says so");
	IS(arena_refusals(), before + 1, "and counts it");
	OK(!arena_alloc(SIZE_MAX) && !arena_alloc(SIZE_MAX - 15) &&
	    !arena_alloc(ARENA_SIZE), "sizes that can't be");
	OK(!arena_resize(p, SIZE_MAX), "nor by growing");
	OK(arena_resize(p, 1) == p, "smaller: stays");
	arena_free(p);
	p = arena_alloc(ARENA_SIZE - 64);
	OK(p, "nearly all of it");
	IS(arena_high_water() > ARENA_SIZE - 64, true, "the mark is up there");
	arena_free(p);
}

static void
test_strange(void)
{
	char *p = arena_alloc(100);
	char *q = arena_alloc(0);
	char here;

	OK(p && q && p != q, "size 0 is a block of its own");
	arena_free(NULL);
	arena_free(&here);
	arena_free(p + 1);
	arena_free(p + 16);
	memset(p, 1, 100);
	arena_free(p);
	arena_free(p);
	OK(!arena_resize(p, 10) && !arena_resize(&here, 10),
	    "what is not in use does not grow");
	OK(arena_resize(NULL, 10) == p, "a freed block is taken again");
	arena_free(p);
	arena_free(q);
	p = arena_alloc(ARENA_SIZE - 64);
	OK(p, "and all is one block again");
	arena_free(p);
}

static bool
holds(const unsigned char *p, size_t size, unsigned char what)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != what)
			return false;
	return true;
}

/* Any order of calls: each block keeps its bytes, and nothing is lost. */
static void
test_any_order(void)
{
	static unsigned char *p[SLOTS];
	static size_t size[SLOTS];
	unsigned broken = 0, crooked = 0;

	srand(1);
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned at = (unsigned)rand() % SLOTS;
		size_t want = (size_t)rand() % 1500;
		unsigned char *q;

		broken += p[at] && !holds(p[at], size[at], (unsigned char)at);
		if (rand() % 3 == 0) {
			arena_free(p[at]);
			p[at] = NULL;
			continue;
		}
		q = arena_resize(p[at], want);
		if (!q)
			continue;
		if (p[at])
			broken += !holds(q, size[at] < want ? size[at] : want,
			    (unsigned char)at);
		crooked += (uintptr_t)q % _Alignof(max_align_t) != 0;
		memset(q, (int)at, want);
		p[at] = q;
		size[at] = want;
	}
	IS(broken, 0, "each block keeps its bytes");
	IS(crooked, 0, "each is aligned for anything");
	for (unsigned at = 0; at < SLOTS; at++)
		arena_free(p[at]);
	p[0] = arena_alloc(ARENA_SIZE - 64);
	OK(p[0], "nothing is lost");
	IS(arena_high_water() <= ARENA_SIZE, true, "the mark is no fiction");
}

int
main(void)
{
	IS(arena_high_water(), 0, "nothing was used yet");
	test_strange();
	test_full();
	test_any_order();
	return tap_end();
}
