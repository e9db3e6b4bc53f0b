/* SPDX-License-Identifier: 0BSD */
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wait.h"

/*
 * The system call itself, which test/fault answers with a time of its own. On a
 * 32-bit machine the library knows which call this kernel has.
 */
#ifdef SYS_clock_gettime
#define CLOCK(clock, t) syscall(SYS_clock_gettime, clock, t)
#else
#define CLOCK clock_gettime
#endif
#define FDS_MAX 16 /* entries of a caller; the daemon has 3 + CGROUP_MAX */

#define BIT(signal) (UINT64_C(1) << ((signal) - 1)) /* in a set of them */
#define NO_SIGNALS (-2) /* wait_block_signals was not called */

/* -1: signalfd(2) failed; the next wait_for tries it again. */
static int signal_fd = NO_SIGNALS;
static bool children;

uint64_t
wait_clock_ms(void)
{
	struct timespec t;

	CLOCK(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct timespec
wait_timespec(uint64_t ms)
{
	return (struct timespec){
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000,
	};
}

/* Those that are read; a set of signals as the kernel has it. */
static uint64_t
caught(void)
{
	return BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGHUP) | BIT(SIGUSR1) |
	    BIT(SIGWINCH) | (children ? BIT(SIGCHLD) : 0);
}

static void
open_signal_fd(void)
{
	const uint64_t set = caught();

	/* Not signalfd(3), which makes other calls where this one fails. */
	signal_fd = (int)syscall(SYS_signalfd4, -1, &set, sizeof(set),
	    SFD_NONBLOCK | SFD_CLOEXEC);
}

void
wait_block_signals(void)
{
	/* A write(2) to a closed pipe then fails with EPIPE. */
	const uint64_t set = caught() | BIT(SIGPIPE);

	open_signal_fd();
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, sizeof(set));
}

void
wait_block_signals_and_child(void)
{
	children = true;
	wait_block_signals();
}

static unsigned
read_signals(void)
{
	struct signalfd_siginfo info;
	unsigned seen = 0;

	while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
		seen |= info.ssi_signo == SIGHUP  ? SIGNAL_RELOAD
		    : info.ssi_signo == SIGUSR1	  ? SIGNAL_STATE
		    : info.ssi_signo == SIGCHLD	  ? SIGNAL_CHILD
		    : info.ssi_signo == SIGWINCH ? SIGNAL_RESIZE
						  : SIGNAL_STOP;
	return seen;
}

unsigned
wait_for(struct pollfd *fds, unsigned count, uint64_t ms)
{
	struct timespec t = wait_timespec(ms);
	struct pollfd all[FDS_MAX + 1];
	int ready;

	if (signal_fd == -1)
		open_signal_fd();
	for (unsigned i = 0; i < count; i++)
		all[i] = fds[i];
	all[count] = (struct pollfd){signal_fd, POLLIN, 0};
	/* After an error nothing counts as ready; the caller comes again. */
	ready = ppoll(all, count + 1, &t, NULL);
	for (unsigned i = 0; i < count; i++)
		fds[i].revents = ready > 0 ? all[i].revents : 0;
	return ready > 0 && all[count].revents ? read_signals() : 0;
}

void
wait_ms(uint64_t ms)
{
	struct timespec t = wait_timespec(ms);

	ppoll(NULL, 0, &t, NULL);
}
