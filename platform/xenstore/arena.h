/* SPDX-License-Identifier: 0BSD */
/*
 * The memory that libxenstore gets: a fixed piece of our own. Pure C, no
 * system call; for one thread.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The worst that libxenstore asks for is an event of 4 kB: the message and its
 * strings again (8 kB), beside the connection itself (0.2 kB). Lists are not
 * left to it: see call_list of lib.c. The rest is for the holes.
 */
#define ARENA_SIZE 16384

/* As malloc(3), realloc(3), free(3). NULL: errno is ENOMEM. */
void *arena_alloc(size_t size);
void *arena_resize(void *p, size_t size);
/* What was not handed out, or was freed before, is passed over. */
void arena_free(void *p);

/* The smallest arena that would have done up to now, in bytes. */
size_t arena_high_water(void);
/* How often it was full. */
unsigned arena_refusals(void);

#endif
