/* SPDX-License-Identifier: 0BSD */
/*
 * The keeper and its canaries: processes beside the daemon.
 *
 * A canary is what the OOM killer takes first: some kB of memory in a process
 * of oom_score_adj 1000. Its death tells the daemon that nothing was left, and
 * what it held is the time to grow in: while the killer waits for its victim
 * (mm/oom_kill.c, oom_killer_disabled and oom_lock) everybody who allocates
 * waits too. It counts every kind of memory and needs no cgroup; a cgroup's
 * own OOM looks at that cgroup's tasks alone.
 *
 * The keeper forks canaries, which the daemon's sandbox can't, and outlives
 * the daemon: it sees its end at a pipe, and calls `after`. Canaries are made
 * as the daemon's own children (CLONE_PARENT), so that their deaths come to
 * the daemon with no process between.
 *
 * This is the one place beyond the start where memory is mapped: one mmap(2)
 * in each canary.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KEEPER_NAME "balloon-keeper"
#define CANARY_NAME "balloon-canary" /* 15 characters are what a comm holds */
#define CANARY_MAX 16

/* What the daemon says of itself, for the time after its end. */
struct keeper_memo {
	uint64_t ceiling_kb; /* to grow to; 0: leave the size */
	bool clean;	     /* the daemon ended by itself */
};

struct keeper {
	pid_t pid;    /* 0: there is none */
	int order_fd; /* its end tells the keeper of the daemon's */
	int armed_fd; /* canaries say here that they stand: their pid */
	struct keeper_memo memo;  /* sent last */
	unsigned standing;	  /* armed and alive */
	unsigned ordered;	  /* not armed yet */
	bool lock;		  /* as ordered last */
	pid_t canary[CANARY_MAX]; /* 0: free */
};

/* What happened to children since the last call. */
struct keeper_news {
	unsigned killed;  /* canaries, by SIGKILL */
	unsigned unarmed; /* canaries that could not be armed */
	bool lost;	  /* the keeper itself died */
};

/*
 * Forks the keeper; in it `after` is called at the daemon's end, in the
 * keeper's sandbox. Before the daemon's own sandbox closes. not_its_fd: what
 * the keeper must not hold open, or -1. False: errno.
 */
bool keeper_start(struct keeper *k, int not_its_fd,
    void (*after)(void *context, const struct keeper_memo *memo),
    void *context);

/*
 * `count` more canaries of `kb` each, at most CANARY_MAX in all; `lock`: their
 * pages stay in memory, where there is swap. They are standing once they said
 * so. False: errno; the keeper is not reached.
 */
bool keeper_order(struct keeper *k, unsigned count, uint32_t kb, bool lock);

/* All canaries leave. */
bool keeper_release(struct keeper *k);

/* Tells the keeper what has changed; nothing when nothing has. */
bool keeper_tell(struct keeper *k, const struct keeper_memo *memo);

/* Takes in who has armed itself and who has died. */
void keeper_reap(struct keeper *k, struct keeper_news *news);

#endif
