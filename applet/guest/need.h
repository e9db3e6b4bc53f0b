/* SPDX-License-Identifier: 0BSD */
/*
 * How much memory a guest needs: a sample and the settings in force go in,
 * each term of the sum comes out. Pure.
 *
 * Two units of size are never mixed: `total` is kernel memory as MemTotal
 * counts it; everything else is domain pages, as the driver, `xl list` and
 * memory/target count them. They differ by the kernel's own pages, which
 * stays the same while the balloon moves: domain = total + overhead.
 */
#ifndef NEED_H
#define NEED_H

#include "common/sample.h"
#include "canary.h"
#include "settings.h"

/*
 * With no fence the reserve alone carries a load from one look to the next:
 * 64 MB/s. The pages below the watermarks, which MemAvailable leaves out, are
 * for the time until the balloon's are there.
 */
#define NEED_BURST_KB_PER_S (64 * 1024)
/*
 * With a fence or canaries the reserve is the margin and what a program may
 * take without being slowed: 6 MB.
 */
#define NEED_FREE_KB (6 * 1024)
/*
 * The margin between the fence and what is available. The kernel hardly slows
 * a group that is less than 2 or 3 % above memory.high (mm/memcontrol.c,
 * calculate_high_delay): a 32nd of MemTotal; 6 MB for batches of charges and
 * pages below the watermarks (4 MB was not enough, 10 MB was, at 64 MB); half
 * of what the kernel calls reclaimable, up to 4 MB; and what the fastest growth
 * seen takes in the longest wake-up delay seen. MemAvailable counts all but a
 * little of SReclaimable (mm/show_mem.c), but a root in memory pins its
 * dentries and inodes: a guest had no free page left with 4 MB available, when
 * 5.6 of 9 MB of it were pinned.
 */
#define NEED_MARGIN_KB (6 * 1024)
#define NEED_MARGIN_SHARE 32
#define NEED_PINNED_KB (4 * 1024)

/*
 * Others that kill by themselves, below a share of MemTotal that is available
 * or a size: X(comm, percent, kB), as they come by default. earlyoom, nohang
 * and systemd-oomd ask for as little free swap besides, and find that where
 * there is none; what they do on pressure has no line. An automatic reserve
 * stays the margin above it, or a guest at rest loses a process that a larger
 * one would not.
 */
#define KILLERS(X) \
	X("earlyoom", 10, 0) \
	X("nohang", 5, 0) \
	X("systemd-oomd", 10, 0) \
	X("kubelet", 0, 100 * 1024)

/* Their names, as text_nth has them. */
extern const char need_killers[];

/* The highest line of those, at this MemTotal; 0: there is none. */
uint64_t need_line_kb(unsigned killers, uint64_t total_kb);

/* What a decision rests on, beside what earlier looks have left. */
struct inputs {
	const struct sample *sample;
	const struct settings *settings; /* those in force */
	const char *invalid; /* sample_check's complaint, or NULL */

	/* domain 0's target */
	uint64_t ceiling_kb;
	bool have_target; /* the ceiling comes from memory/target, */
	bool stale;	  /* which has changed, and is not read yet */

	uint64_t max_total_kb; /* largest MemTotal known */

	/* why the daemon woke */
	bool pressed; /* the pressure trigger fired */
	bool crossed; /* the fence was crossed */

	bool fenced; /* there are groups to fence */
	struct canary_facts canary;
};

/* Each term of the need, kB: what `oneshot -n` prints. */
struct need {
	/* MemTotal and parts of it */
	uint64_t used_kb;      /* MemTotal less MemAvailable */
	uint64_t kernel_kb;    /* of it, neither anonymous nor shared */
	uint64_t committed_kb; /* Committed_AS, */
	uint64_t bound_kb;     /* but no more than this */
	uint64_t strict_kb;    /* least MemTotal for vm.overcommit_memory 2 */
	uint64_t margin_kb;    /* the fence's; 0: no fence */
	uint64_t reserve_kb;
	uint64_t line_kb;      /* at which another kills; 0: none does */
	uint64_t total_kb;     /* wanted MemTotal: the need and the reserve */
	uint64_t safe_kb;      /* MemTotal that covers what is committed */

	/* domain pages */
	uint64_t overhead_kb; /* those outside MemTotal */
	uint64_t floor_kb;
	uint64_t wanted_kb;
	uint64_t ceiling_kb;
	uint64_t goal_kb; /* wanted, under the ceiling */
};

/*
 * The terms. unseen_kb: what the fastest growth seen takes in the longest
 * wake-up delay seen, of which a part goes into the margin; 0 where neither
 * is known.
 */
void need_sum(struct need *n, const struct inputs *in, uint64_t unseen_kb);

/* A size that is wanted besides, and the goal that follows. */
void need_raise(struct need *n, uint64_t size_kb);

/* The time between looks, by the mode that is on. */
uint64_t need_interval_ms(const struct settings *set);

#endif
