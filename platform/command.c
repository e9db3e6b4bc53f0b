/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "text.h"
#include "wait.h"

#define POLL_MS 20 /* between two looks whether the command has ended */
/* SIGKILL does not end a process that waits for a disk: wait no longer. */
#define KILLED_MS 1000
#define STATUS_NOT_FOUND 127 /* a shell's too: there is no such command */
#define PATH_SIZE 768 /* a folder of 500 bytes and a word of the settings */
#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9: the same number everywhere */
#endif

/*
 * Looks for the program in $PATH as execvp(3) does, which has 850 bytes for
 * it: where it is not, or may not be run, the next folder has its turn.
 */
static void
execute(char *const *argv)
{
	const char *at = getenv("PATH");
	bool denied = false;

	if (memchr(argv[0], '/', strlen(argv[0]))) {
		execve(argv[0], argv, environ);
		return;
	}
	if (!at)
		at = "/usr/local/bin:/bin:/usr/bin";
	for (size_t len;; at += len + 1) {
		char path[PATH_SIZE];
		struct text t = TEXT_ON(path);

		for (len = 0; at[len] && at[len] != ':';)
			len++;
		text_bytes(&t, at, len);
		text_put(&t, "%s%s", len ? "/" : "", argv[0]);
		text_bytes(&t, "", 1);
		errno = ENAMETOOLONG;
		if (!t.cut)
			execve(path, argv, environ);
		denied |= errno == EACCES;
		if (!t.cut && errno != EACCES && errno != ENOENT &&
		    errno != ENOTDIR)
			return;
		if (!at[len])
			break;
	}
	if (denied)
		errno = EACCES;
}

/*
 * In the child, with the parent's memory: see vfork(2). The descriptors that
 * this program opened close on exec; those that it was started with, above
 * standard error, do not.
 */
static void
become(char *const *argv, volatile int *error)
{
	const uint64_t none[2] = {0}; /* signals */

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, _NSIG / 8);
	setsid();
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
	execute(argv);
	*error = errno;
	_exit(STATUS_NOT_FOUND);
}

/*
 * *status as waitpid(2) has it. False: the command took longer than the limit,
 * and it and its group were killed.
 */
static bool
wait_for_end(pid_t pid, int *status, unsigned *signals)
{
	uint64_t end_ms = wait_clock_ms() + COMMAND_LIMIT_S * 1000;
	bool killed = false;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (wait_clock_ms() >= end_ms) {
			if (killed)
				break;
			killed = true;
			end_ms += KILLED_MS;
			kill(-pid, SIGKILL);
		}
		*signals |= wait_for(NULL, 0, POLL_MS);
	}
	return !killed;
}

struct command
command_run(char *const *argv, unsigned *signals)
{
	/*
	 * SIG_DFL, as the kernel has it: while SIGCHLD is ignored waitpid(2)
	 * tells no status.
	 */
	const unsigned long normal[5] = {0};
	volatile int error = 0;
	int status = 0;
	pid_t pid;

	syscall(SYS_rt_sigaction, SIGCHLD, normal, NULL, _NSIG / 8);
	pid = vfork();
	if (pid == 0)
		become(argv, &error);
	if (pid < 0)
		return (struct command){COMMAND_NOT_RUN, errno};
	if (!wait_for_end(pid, &status, signals))
		return (struct command){COMMAND_TIMED_OUT, SIGKILL};
	/* Where vfork(2) is fork(2), as in musl on arm64, `error` stays 0. */
	if (WEXITSTATUS(status) == STATUS_NOT_FOUND)
		return (struct command){
		    COMMAND_NOT_RUN, error ? error : ENOENT};
	if (WIFSIGNALED(status))
		return (struct command){COMMAND_KILLED, WTERMSIG(status)};
	return (struct command){
	    WEXITSTATUS(status) ? COMMAND_FAILED : COMMAND_DONE,
	    WEXITSTATUS(status)};
}

const char *
command_phrase(enum command_end end)
{
#define PHRASE(name, phrase, number) phrase "\0"
	static const char phrases[] = COMMAND_ENDS(PHRASE);

	return text_nth(phrases, end);
}
