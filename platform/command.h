/* SPDX-License-Identifier: 0BSD */
/* Another program, run without a shell and for COMMAND_LIMIT_S at most. */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * A command that takes longer is killed, and its group: xl takes a tenth of a
 * second, and a few seconds on a busy host.
 */
#define COMMAND_LIMIT_S 10

/*
 * How a command ended. X(NAME, phrase, number): phrase for a message that ends
 * with the number of struct command; number: which one that is.
 */
#define COMMAND_ENDS(X) \
	X(DONE, "ended with status", "the exit status 0") \
	X(FAILED, "failed with status", "another exit status") \
	X(KILLED, "was killed by signal", "the signal") \
	X(TIMED_OUT, \
	    "took longer than " COMMAND_LIMIT " s: killed with signal", \
	    "SIGKILL, sent to it and its group") \
	X(NOT_RUN, "can't be run: error", "errno of its start")
#define COMMAND_TEXT(number) #number
#define COMMAND_DIGITS(number) COMMAND_TEXT(number)
#define COMMAND_LIMIT COMMAND_DIGITS(COMMAND_LIMIT_S)

#define COMMAND_ENUM(name, phrase, number) COMMAND_##name,
enum command_end { COMMAND_ENDS(COMMAND_ENUM) };
#undef COMMAND_ENUM

struct command {
	enum command_end end;
	int number;
};

/*
 * Runs argv[0], looked for in $PATH, and waits for it. It has the caller's
 * descriptors 0 to 2 and no other, a session of its own and no signal
 * blocked. Adds the signals of wait_for that came meanwhile.
 */
struct command command_run(char *const *argv, unsigned *signals);

/* The phrase of COMMAND_ENDS. */
const char *command_phrase(enum command_end end);

#endif
