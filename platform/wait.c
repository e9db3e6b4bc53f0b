/* SPDX-License-Identifier: 0BSD */
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "wait.h"

static volatile sig_atomic_t arrived;
static sigset_t while_waiting; /* the mask that ppoll puts in force */

uint64_t
wait_clock_ms(void)
{
	struct timespec t;

	/* Not through the vDSO: finding it costs more code than it saves. */
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
note(int signal)
{
	arrived |= signal == SIGHUP ? SIGNAL_RELOAD
	    : signal == SIGUSR1	    ? SIGNAL_STATE
				    : SIGNAL_STOP;
}

#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

void
wait_signals(void)
{
	struct sigaction act = {.sa_handler = note};
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < CAUGHT; i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, &while_waiting);
	for (unsigned i = 0; i < CAUGHT; i++) {
		sigdelset(&while_waiting, caught[i]);
		sigaction(caught[i], &act, NULL);
	}
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

unsigned
wait_for(struct pollfd *fds, unsigned count, uint64_t ms)
{
	struct timespec t = {
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000,
	};
	unsigned seen;

	for (unsigned i = 0; i < count; i++)
		fds[i].revents = 0;
	/* On any error nothing is ready and the next turn asks again. */
	if (ppoll(fds, count, &t, &while_waiting) < 0)
		for (unsigned i = 0; i < count; i++)
			fds[i].revents = 0;
	/* The handlers run inside ppoll alone: nothing can come between. */
	seen = (unsigned)arrived;
	arrived = 0;
	return seen;
}
