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
 * The worst that libxenstore asks for is a directory of 2048 names of one
 * letter: the reply (4 kB), the names again (4 kB) and a pointer to each
 * (16 kB), beside the connection itself (0.2 kB). The rest is for the holes.
 */
#define ARENA_SIZE 32768

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
