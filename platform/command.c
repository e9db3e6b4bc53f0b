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

#define LOOK_MS 20 /* between two looks whether it has ended */
#define KILLED_MS 1000 /* one that waits for a disk can't even be killed */
#define NO_SUCH 127 /* of a shell too: there is no such command */
#define PATH_SIZE 768 /* a folder of 500 bytes and a word of the settings */
#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9: the same number everywhere */
#endif

/*
 * Looks for the program in $PATH as execvp(3) does, which has 850 bytes for
 * it: where it is not, or may not be run, the next folder has its turn.
 */
static void
execute(char *const *words)
{
	const char *at = getenv("PATH");
	bool denied = false;

	if (memchr(words[0], '/', strlen(words[0]))) {
		execve(words[0], words, environ);
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
		text_put(&t, "%s%s", len ? "/" : "", words[0]);
		text_bytes(&t, "", 1);
		errno = ENAMETOOLONG;
		if (!t.cut)
			execve(path, words, environ);
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
 * In the child, with the parent's memory: see vfork(2). Our own descriptors
 * close themselves; those that were left to us do not.
 */
static void
become(char *const *words, volatile int *error)
{
	const uint64_t none[2] = {0}; /* signals */

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, _NSIG / 8);
	setsid();
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
	execute(words);
	*error = errno;
	_exit(NO_SUCH);
}

/*
 * The end as wait(2) has it; false: not within the limit, and it and its group
 * were killed.
 */
static bool
await(pid_t pid, uint64_t limit_ms, int *status, unsigned *signals)
{
	uint64_t end_ms = wait_clock_ms() + limit_ms;
	bool late = false;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (wait_clock_ms() >= end_ms) {
			if (late)
				break;
			late = true;
			end_ms += KILLED_MS;
			kill(-pid, SIGKILL);
		}
		*signals |= wait_for(NULL, 0, LOOK_MS);
	}
	return !late;
}

struct command
command_run(char *const *words, uint64_t limit_ms, unsigned *signals)
{
	/* SIG_DFL, as the kernel has it: whoever ignores it sees no status. */
	const unsigned long normal[5] = {0};
	volatile int error = 0;
	int status = 0;
	pid_t pid;

	syscall(SYS_rt_sigaction, SIGCHLD, normal, NULL, _NSIG / 8);
	pid = vfork();
	if (pid == 0)
		become(words, &error);
	if (pid < 0)
		return (struct command){COMMAND_NONE, errno};
	if (!await(pid, limit_ms, &status, signals))
		return (struct command){COMMAND_LATE, SIGKILL};
	/* Where vfork(2) is fork(2), as in musl on arm64, `error` stays 0. */
	if (WEXITSTATUS(status) == NO_SUCH)
		return (struct command){COMMAND_NONE, error ? error : ENOENT};
	if (WIFSIGNALED(status))
		return (struct command){COMMAND_KILLED, WTERMSIG(status)};
	return (struct command){
	    WEXITSTATUS(status) ? COMMAND_FAILED : COMMAND_DONE,
	    WEXITSTATUS(status)};
}
