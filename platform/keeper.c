/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "keeper.h"
#include "proc.h"
#include "process.h"
#include "sandbox.h"

#define FIRST "1000" /* proc(5), oom_score_adj: killed before all others */
#define PAGE 4096    /* the smallest: of a larger one each part is written */
/* The calls themselves: what the library has around mmap(2) is for threads. */
#ifdef SYS_mmap2
#define MMAP SYS_mmap2 /* a 32-bit machine */
#else
#define MMAP SYS_mmap
#endif
#define UNARMED 1    /* exit status of a canary that never stood */

enum order_kind { ORDER_CANARIES, ORDER_RELEASE, ORDER_MEMO };

/* One write(2), smaller than PIPE_BUF: it comes whole or not at all. */
struct order {
	enum order_kind kind;
	uint32_t count, kb;
	bool lock;
	struct keeper_memo memo;
};

/* The keeper's side. */
struct ends {
	int order_fd;	   /* read: from the daemon */
	int armed_fd;	   /* write: the canaries' */
	int release_fd[2]; /* its end tells the canaries to leave */
};

/* --- a canary ------------------------------------------------------------ */

static bool
be_first(void)
{
	int fd = proc_own_file("oom_score_adj", O_WRONLY);
	bool done = fd >= 0 && file_write(fd, FIRST, sizeof(FIRST) - 1);

	file_close(fd);
	return done;
}

/*
 * Each page differs from all others, here and in the other canaries: what is
 * merged (KSM) or is one byte all over (zswap) would not be freed by a death.
 * A mapping of the usual size is smaller than a huge page; a huge page of a
 * larger one is that canary's alone too.
 */
static bool
fill(size_t size, uint64_t salt, bool lock)
{
	long at_address = syscall(MMAP, NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory = (char *)at_address;

	if (at_address == -1)
		return false;
	for (size_t at = 0; at < size; at += PAGE) {
		uint64_t word = salt << 32 | at;

		memcpy(memory + at, &word, sizeof(word));
	}
	return !lock || syscall(SYS_mlock, memory, size) == 0;
}

static _Noreturn void
canary(const struct ends *e, const struct order *o)
{
	pid_t pid = (pid_t)syscall(SYS_getpid);
	char byte;

	close(e->order_fd);
	close(e->release_fd[1]); /* the keeper's alone: its end is seen */
	syscall(SYS_prctl, PR_SET_NAME, CANARY_NAME, 0, 0, 0);
	if (!be_first() ||
	    !fill((size_t)o->kb * 1024, (uint64_t)pid, o->lock) ||
	    write(e->armed_fd, &pid, sizeof(pid)) != sizeof(pid))
		_exit(UNARMED);
	while (read(e->release_fd[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* --- the keeper ---------------------------------------------------------- */

/* Not vfork(2), nor threads: what one of them touches is its alone. */
static void
fork_canaries(const struct ends *e, const struct order *o)
{
	for (unsigned i = 0; i < o->count; i++)
		if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) ==
		    0)
			canary(e, o);
}

/* All that are there leave; the next ones wait for another pipe's end. */
static void
release(struct ends *e)
{
	close(e->release_fd[0]);
	close(e->release_fd[1]);
	if (syscall(SYS_pipe2, e->release_fd, O_CLOEXEC) < 0)
		_exit(UNARMED); /* then the daemon does without */
}

static void
serve(struct ends *e, struct keeper_memo *memo)
{
	struct order o;
	ssize_t n;

	while ((n = read(e->order_fd, &o, sizeof(o))) == sizeof(o) ||
	    (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		switch (o.kind) {
		case ORDER_CANARIES: fork_canaries(e, &o); break;
		case ORDER_RELEASE: release(e); break;
		case ORDER_MEMO: *memo = o.memo; break;
		}
	}
}

/* Signals are for the daemon: whoever stops a service means that one. */
static void
block_signals(void)
{
	const uint64_t all = UINT64_MAX;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
}

/*
 * The canaries' pages may be locked, and the keeper has no capability for
 * that: the limit is raised while the daemon still may.
 */
static void
raise_lock_limit(void)
{
	const uint64_t none[2] = {UINT64_MAX, UINT64_MAX};

	/* The library's stops all threads first. */
	syscall(SYS_prlimit64, 0, RLIMIT_MEMLOCK, none, NULL);
}

/*
 * The keeper's life. From within a group that is frozen it could let nothing go
 * on: it steps out, and so its canaries do.
 */
static void
keep(struct ends *e, void (*after)(void *, const struct keeper_memo *),
    void *context)
{
	struct keeper_memo memo = {0};

	block_signals();
	syscall(SYS_prctl, PR_SET_NAME, KEEPER_NAME, 0, 0, 0);
	raise_lock_limit();
	process_lock_pages();
	cgroup_leave();
	sandbox_enter(SANDBOX_KEEPER, false);
	serve(e, &memo);
	after(context, &memo);
	_exit(0);
}

/* --- the daemon's side --------------------------------------------------- */

static bool
open_pipes(struct keeper *k, struct ends *e)
{
	int order[2] = {-1, -1}, armed[2] = {-1, -1};

	/* The daemon waits for neither; a pipe that is never full for none. */
	if (syscall(SYS_pipe2, armed, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	k->armed_fd = armed[0];
	e->armed_fd = armed[1];
	if (syscall(SYS_pipe2, order, O_CLOEXEC) < 0)
		return false;
	e->order_fd = order[0];
	k->order_fd = order[1];
	return syscall(SYS_pipe2, e->release_fd, O_CLOEXEC) == 0 &&
	    syscall(SYS_fcntl, order[1], F_SETFL, O_NONBLOCK) == 0;
}

/* Closed pipes: at one without a writer poll(2) returns at once, for ever. */
static void
forget_keeper(struct keeper *k)
{
	file_close(k->order_fd);
	file_close(k->armed_fd);
	k->order_fd = k->armed_fd = -1;
	k->pid = 0;
	k->ordered = 0;
}

bool
keeper_start(struct keeper *k, int not_its_fd,
    void (*after)(void *context, const struct keeper_memo *memo),
    void *context)
{
	/* SIG_DFL, as the kernel has it: whoever ignores it sees no death. */
	const unsigned long normal[5] = {0};
	struct ends e = {-1, -1, {-1, -1}};

	*k = (struct keeper){.pid = -1, .order_fd = -1, .armed_fd = -1};
	if (open_pipes(k, &e)) {
		syscall(SYS_rt_sigaction, SIGCHLD, normal, NULL,
		    sizeof(uint64_t));
		k->pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	}
	if (k->pid == 0) {
		forget_keeper(k);
		file_close(not_its_fd);
		keep(&e, after, context);
	}
	file_close(e.order_fd);
	file_close(e.armed_fd);
	file_close(e.release_fd[0]);
	file_close(e.release_fd[1]);
	if (k->pid > 0)
		return true;
	forget_keeper(k);
	return false;
}

static bool
send_order(const struct keeper *k, const struct order *o)
{
	errno = ESRCH;
	return k->pid && write(k->order_fd, o, sizeof(*o)) == sizeof(*o);
}

bool
keeper_order(struct keeper *k, unsigned count, uint32_t kb, bool lock)
{
	struct order o = {.kind = ORDER_CANARIES, .kb = kb, .lock = lock};
	unsigned there = k->standing + k->ordered;

	o.count = count < CANARY_MAX - there ? count : CANARY_MAX - there;
	if (o.count == 0)
		return true;
	if (!send_order(k, &o))
		return false;
	k->ordered += o.count;
	k->lock = lock;
	return true;
}

bool
keeper_release(struct keeper *k)
{
	struct order o = {.kind = ORDER_RELEASE};

	return k->standing + k->ordered == 0 || send_order(k, &o);
}

bool
keeper_tell(struct keeper *k, const struct keeper_memo *memo)
{
	struct order o = {.kind = ORDER_MEMO, .memo = *memo};

	if (memo->ceiling_kb == k->memo.ceiling_kb &&
	    memo->clean == k->memo.clean)
		return true;
	if (!send_order(k, &o))
		return false;
	k->memo = *memo;
	return true;
}

/* Those that stand by now. */
static void
read_armed(struct keeper *k)
{
	pid_t pid;

	while (read(k->armed_fd, &pid, sizeof(pid)) == sizeof(pid)) {
		for (unsigned i = 0; i < CANARY_MAX; i++) {
			if (k->canary[i])
				continue;
			k->canary[i] = pid;
			k->standing++;
			break;
		}
		k->ordered -= k->ordered > 0;
	}
}

/* False: it was no canary, but a child that somebody left to the daemon. */
static bool
bury(struct keeper *k, pid_t pid)
{
	for (unsigned i = 0; i < CANARY_MAX; i++) {
		if (k->canary[i] != pid)
			continue;
		k->canary[i] = 0;
		k->standing--;
		return true;
	}
	if (k->ordered == 0)
		return false;
	k->ordered--;
	return true;
}

void
keeper_reap(struct keeper *k, struct keeper_news *news)
{
	int status;
	pid_t pid;

	*news = (struct keeper_news){0};
	read_armed(k);
	while ((pid = (pid_t)syscall(
		    SYS_wait4, -1, &status, WNOHANG, NULL)) > 0) {
		if (pid == k->pid) {
			read_armed(k);
			forget_keeper(k);
			news->lost = true;
			continue;
		}
		read_armed(k); /* what it said while it lived comes first */
		if (!bury(k, pid))
			continue;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			news->killed++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == UNARMED)
			news->unarmed++;
	}
}
