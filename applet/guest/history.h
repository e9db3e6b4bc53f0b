/* SPDX-License-Identifier: 0BSD */
/*
 * What earlier looks leave for the next decision: what was asked of the driver
 * and what became of it, how fast memory is taken, how hard the guest is
 * pressed, and until when nothing is given back. Pure: each sample is added by
 * history_observe(), each decision by policy_decide().
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "canary.h"
#include "common/reasons.h"
#include "common/sample.h"

/* After an OOM kill: full size for five minutes. */
#define HISTORY_HOLD_MS 300000
/*
 * A canary's death so soon after a step down came of that step; the size
 * before it is a floor for an hour.
 */
#define HISTORY_BLAME_MS 10000
#define HISTORY_LEARNED_MS 3600000
/* A balloon that has not moved for so long was refused. */
#define HISTORY_STILL_MS 3000
/*
 * A target that somebody else has set, and which is not domain 0's as far as
 * is known, stands for so long: it was the kernel, which read domain 0's new
 * one first.
 */
#define HISTORY_FOREIGN_MS 5000
/* Rest after tasks waited for memory; each time twice as long, up to 10 min. */
#define HISTORY_BACKOFF_MS 30000
#define HISTORY_BACKOFF_MAX_MS 600000
/* Load faster than this is worth a closer look and room in advance. */
#define HISTORY_RATE_MIN_KB_S 1024

/* The last number that was written to the driver. */
struct request {
	uint64_t kb; /* the driver may have rounded or refused it; 0: none */
	uint64_t at_ms;
	uint64_t ceiling_kb; /* the ceiling at that time */
	uint64_t retry_at_ms; /* until then the same is not written again */
	bool failed;	   /* the write failed: the driver never had it */
	bool off_by_a_page; /* another number than meant, to wake the driver */
};

/* What the driver does with it. */
struct driver {
	enum progress progress;
	uint64_t current_kb, target_kb; /* at the last look */
	uint64_t still_since_ms;
	uint64_t foreign_until_ms; /* somebody else's target stands */
};

/* How fast memory is taken. */
struct load {
	uint64_t since_ms, since_used_kb; /* start of the rate's window */
	uint64_t rate_kb_s;
	uint64_t peak_kb_s; /* forgotten by an eighth a look */
	/* a burst at the fence: the last crossing, and the step it was given */
	uint64_t crossed_ms, burst_kb;
};

/* How hard the guest is pressed, since the start of a one-second window. */
struct strain {
	uint64_t since_ms, pressure_us, refault_pages;
	uint64_t stall_ppm;	/* over the last whole window */
	uint64_t refault_kb_s;
	uint64_t swap_in_pages; /* at the last count */
	uint64_t oom_kills;	/* of others than canaries */
	uint64_t canary_kills;	/* canaries that died since they were counted */
	bool unexplained; /* at the last count a kill was no canary's yet */
	bool swapping; /* pages came in between the last two counts */
};

/* When memory may go back, and whether waiting for more may help. */
struct rest {
	uint64_t shrunk_ms;	/* the last step down, */
	uint64_t shrunk_from_kb; /* and the size before it */
	uint64_t learned_kb; /* below it a canary died at once, */
	uint64_t learned_until_ms; /* which counts for so long */
	uint64_t until_ms;	/* nothing goes back before: a cool-down */
	uint64_t hold_until_ms; /* full size, after an OOM kill */
	uint64_t backoff_ms;	/* length of the next rest after pressure */
	uint64_t capped_since_ms; /* need above the ceiling; 0: it fits */
};

/* The brake: groups that stand still while the balloon grows. */
struct brake {
	uint64_t since_ms; /* 0: nothing is frozen */
	uint64_t from_kb;  /* the size then */
	uint64_t moved_ms; /* when the balloon moved last */
	uint64_t last_kb;
};

/* When the next look is due. */
struct wake {
	uint64_t wait_ms;
	uint64_t due_ms;
	uint64_t late_ms; /* the longest delay, forgotten by an eighth a look */
	uint64_t invalid_ms; /* the wait after a sample that makes no sense */
};

struct history {
	bool started;
	struct request request;
	struct driver driver;
	struct load load;
	struct strain strain;
	struct rest rest;
	struct brake brake;
	struct wake wake;
};

/*
 * Adds one valid sample. used_kb: MemTotal less MemAvailable. The first one
 * starts the history, as if the last step down was an interval ago.
 */
void history_observe(struct history *h, const struct sample *s,
    uint64_t used_kb, uint64_t interval_ms, const struct canary_facts *canary);

/*
 * A canary died for want of memory: if that was just after a step down it came
 * of that step.
 */
void history_blame_step(struct history *h, uint64_t now_ms);

/* What the fastest growth seen takes in the longest wake-up delay seen, kB. */
uint64_t history_unseen_kb(const struct history *h);

/* Whether a target of `kb` is what was asked for, as the driver rounds. */
bool history_asked(const struct history *h, uint64_t kb);

#endif
