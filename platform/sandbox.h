/* SPDX-License-Identifier: 0BSD */
/*
 * What this process gives up after its start: from there on it gets no new
 * privilege, has no capability but what it needs, and may make the system
 * calls of a list; any other ends it.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

#include "filter.h"

/* What a program does after its start, as bits. */
enum {
	SANDBOX_ANY = 1,      /* reads files, waits, speaks to xenstored */
	SANDBOX_BALLOON = 2,  /* steers this guest */
	SANDBOX_SAVE = 4,     /* makes files */
	SANDBOX_NO_SAVE = 8,  /* makes none */
	SANDBOX_TERMINAL = 16,
	SANDBOX_KEEPER = 32, /* forks canaries, puts back; and they */
};

/*
 * A program that runs others must not call it: they would inherit it. Logs one
 * line, what is in force, when it is `verbose` or when the kernel refuses a
 * part; that is never fatal: an old kernel has a balloon too.
 */
void sandbox_enter(unsigned needs, bool verbose);

/*
 * The system calls of the transport, in xenstore/raw.c or xenstore/lib.c; the
 * rest of it is zeros, which are for no need.
 */
#define SANDBOX_XENSTORE 6
extern const struct filter_call xenstore_calls[SANDBOX_XENSTORE];

#endif
