/* SPDX-License-Identifier: 0BSD */
/*
 * The door that closes behind the start: from there on this process gets no
 * new privilege, has no capability but what it needs, and may make the system
 * calls of a list; any other ends it.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

#include "filter.h"

/* What a program does after its start. */
enum {
	SANDBOX_ANY = 1,      /* reads files, waits, speaks to xenstored */
	SANDBOX_BALLOON = 2,  /* steers this guest */
	SANDBOX_SAVE = 4,     /* makes files */
	SANDBOX_NO_SAVE = 8,  /* makes none */
	SANDBOX_TERMINAL = 16,
};

/*
 * A program that runs others must not call it: they would inherit it. Says in
 * one line what is in force when it is `verbose`, or when a part of it is not,
 * which is never fatal: an old kernel has a balloon too.
 */
void sandbox_enter(unsigned needs, bool verbose);

/*
 * What the transport asks of the kernel besides: xenstore_raw.c has it, or
 * xenstore_lib.c. Rows of zeros fill it.
 */
#define SANDBOX_XENSTORE 6
extern const struct filter_call xenstore_calls[SANDBOX_XENSTORE];

#endif
