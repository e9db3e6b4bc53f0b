/* SPDX-License-Identifier: 0BSD */
/* Another program, run without a shell and for a limited time. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

enum command_end {
	COMMAND_DONE,	/* exit status 0 */
	COMMAND_FAILED, /* another one */
	COMMAND_KILLED, /* by a signal */
	COMMAND_LATE,	/* it and its group were killed: the time was over */
	COMMAND_NONE,	/* it could not be started */
};

struct command {
	enum command_end end;
	int number; /* the exit status, the signal, or errno */
};

/*
 * Runs words[0], looked for in $PATH, and waits for it. It has the caller's
 * descriptors 0 to 2 and no other, a session of its own and no signal
 * blocked. Adds the signals of wait_for that came meanwhile.
 */
struct command command_run(
    char *const *words, uint64_t limit_ms, unsigned *signals);

#endif
