/* SPDX-License-Identifier: 0BSD */
/* Time and waiting: the one place where the program sleeps. */
#ifndef WAIT_H
#define WAIT_H

#include <poll.h>
#include <stdint.h>
#include <time.h>

/* What arrived while waiting, as bits. */
enum {
	SIGNAL_STOP = 1,   /* SIGTERM, SIGINT */
	SIGNAL_RELOAD = 2, /* SIGHUP */
	SIGNAL_STATE = 4,  /* SIGUSR1 */
	SIGNAL_RESIZE = 8, /* SIGWINCH: of the terminal */
	SIGNAL_CHILD = 16, /* SIGCHLD: where children were asked for */
};

/* Milliseconds that only go up; not counted while the guest is saved. */
uint64_t wait_clock_ms(void);

/* Milliseconds as ppoll(2) wants them. */
struct timespec wait_timespec(uint64_t ms);

/*
 * Blocks the signals above: wait_for alone sees them, and no work is
 * interrupted. SIGPIPE is blocked too.
 */
void wait_block_signals(void);

/* The same with SIGCHLD: for a program with children. Before the first wait. */
void wait_block_signals_and_child(void);

/*
 * Sleeps until a descriptor is ready, `ms` have passed or a signal came.
 * At most 16 entries; those with fd -1 are passed over. Returns the signals as
 * bits; revents is 0 where nothing happened.
 */
unsigned wait_for(struct pollfd *fds, unsigned count, uint64_t ms);

/* Sleeps so long, whatever signals come. */
void wait_ms(uint64_t ms);

#endif
