/* SPDX-License-Identifier: 0BSD */
/*
 * What size a guest should have. Pure: a sample and the state of the last
 * decision go in, a decision comes out; no clock, no file, no memory of its
 * own.
 *
 * Two units of size are never mixed: `total` is kernel memory as MemTotal
 * counts it; everything else is domain pages, as the driver, `xl list` and
 * memory/target count them. They differ by the kernel's own pages, which
 * stays the same while the balloon moves: domain = total + overhead.
 */
#ifndef POLICY_H
#define POLICY_H

#include "common/reasons.h"
#include "common/sample.h"
#include "settings.h"

/*
 * With no fence the reserve alone carries a load from one look to the next:
 * 64 MB/s. The pages below the watermarks, which MemAvailable leaves out, are
 * for the time until the balloon's are there.
 */
#define POLICY_BURST_KB_PER_S (64 * 1024)
/*
 * With a fence the reserve is the margin and what a program may take without
 * being slowed: 6 MB.
 */
#define POLICY_FREE_KB (6 * 1024)
/*
 * The margin between the fence and what is available. The kernel hardly slows
 * a group that is less than 2 or 3 % above memory.high (mm/memcontrol.c,
 * calculate_high_delay): a 32nd of MemTotal; 6 MB for batches of charges and
 * pages below the watermarks (4 MB was not enough, 10 MB was, at 64 MB); half
 * of what the kernel calls reclaimable, up to 4 MB; and what the fastest growth
 * seen takes in the longest wake-up seen. MemAvailable counts all but a little
 * of SReclaimable (mm/show_mem.c), but a root in memory pins its dentries and
 * inodes: a guest had no free page left with 4 MB available, when 5.6 of 9 MB
 * of it were pinned.
 */
#define POLICY_MARGIN_KB (6 * 1024)
#define POLICY_MARGIN_SHARE 32
#define POLICY_PINNED_KB (4 * 1024)

/* Rest after growth before anything goes back: a burst seldom comes alone. */
#define POLICY_CALM_MS 10000
/* The same after tasks waited for memory; it doubles up to the second. */
#define POLICY_PRESSED_MS 30000
#define POLICY_PRESSED_MAX_MS 600000
/* After an OOM kill: full size for five minutes. */
#define POLICY_HOLD_MS 300000
/* Steps smaller than this are not worth a hypercall: 1 MB. */
#define POLICY_STEP_KB 1024
/* The fence is crossed seldom; this soon again means the same burst. */
#define POLICY_BURST_MS 1000
/* Shortest time between two looks while memory is being taken. */
#define POLICY_LOOK_MIN_MS 5
/* No number below this is written, whoever asks for it: 16 MB of MemTotal. */
#define POLICY_LEAST_KB (16 * 1024)
/*
 * The driver retries after 1, 2, 4 and 8 s, then gives up for an hour
 * (drivers/xen/balloon.c): after 20 s it has, and another number wakes it.
 */
#define POLICY_GAVE_UP_MS 20000
/* A number that could not be written is written again after so long. */
#define POLICY_AGAIN_MS 1000
/*
 * At a ceiling below the full size the fence goes on holding a burst for so
 * long: a balancer in domain 0 hears of the need at once, and may give more.
 */
#define POLICY_PLEA_MS 5000
/*
 * Where domain 0 alone decides, a target that somebody else has set stands for
 * so long: it was the kernel, which heard domain 0's new word first.
 */
#define POLICY_WORD_MS 5000
/* A balloon that has not moved for so long is said to be refused. */
#define POLICY_STILL_MS 3000

/*
 * Pressure trigger: 200 ms of waiting within 2 s, the threshold that systemd
 * uses by default (DefaultMemoryPressureThresholdSec).
 */
#define POLICY_STALL_US 200000
#define POLICY_WINDOW_US 2000000
#define POLICY_WINDOW_MS (POLICY_WINDOW_US / 1000)

/*
 * The working set policy probes: it gives back at most 1 % of MemTotal a step,
 * while tasks wait less than 0.1 % of the time and less than a 1024th of
 * MemTotal a second is read again, and takes back 5 % when they do not, or as
 * much as was read again in a second if that is more. After senpai of Meta:
 * max_probe 0.01, 10 ms of pressure in 6 s or less, and a backoff stronger than
 * the probe.
 */
#define POLICY_PROBE_SHARE 100
#define POLICY_BACKOFF_SHARE 20
#define POLICY_STALL_PPM 1000
#define POLICY_REFAULT_SHARE 1024
/* Nobody shrinks while tasks wait for memory a tenth of the time. */
#define POLICY_STALL_MAX_PPM 100000

/* What a decision rests on. */
struct situation {
	const struct sample *sample;
	const struct settings *settings;
	const char *blind; /* sample_check's complaint, or NULL */
	uint64_t ceiling_kb;
	uint64_t most_total_kb; /* largest MemTotal known */
	bool have_target;	/* ceiling_kb comes from memory/target, */
	bool stale;		/* which has changed, to what is not known */
	bool pressed;		/* the pressure trigger fired */
	bool fenced;		/* there are groups to fence */
	bool crossed;		/* the fence was crossed */
};

/* Each term of the need, kB: what `oneshot -n` prints. */
struct need {
	uint64_t overhead_kb;	/* domain pages outside MemTotal */
	uint64_t used_kb;	/* MemTotal less MemAvailable */
	uint64_t kernel_kb;	/* of it, neither anonymous nor shared */
	uint64_t committed_kb;	/* Committed_AS, */
	uint64_t bound_kb;	/* but no more than this */
	uint64_t strict_kb;	/* least MemTotal for vm.overcommit_memory 2 */
	uint64_t margin_kb;	/* the fence's; 0: no fence */
	uint64_t reserve_kb;
	uint64_t total_kb;	/* wanted MemTotal: the need and the reserve */
	uint64_t safe_kb;	/* MemTotal that covers what is committed */
	uint64_t floor_kb;	/* domain pages from here on */
	uint64_t wanted_kb;
	uint64_t ceiling_kb;
	uint64_t goal_kb;	/* wanted, under the ceiling */
};

struct policy {
	bool started;
	bool swapping;
	bool nudged; /* asked_kb was off by a page, to wake the driver */
	enum progress progress;
	uint64_t rate_kb_s;
	/* Last asked for: the driver may have rounded or refused it. */
	uint64_t asked_kb, asked_ms;
	uint64_t asked_ceiling_kb;   /* the ceiling at that time */
	uint64_t crossed_ms, burst_kb; /* the last crossing, and its step */
	uint64_t plea_ms; /* at a ceiling below the need since; 0: it is not */
	uint64_t calm_until_ms, hold_until_ms;
	uint64_t pressed_ms; /* length of the next rest after pressure */
	uint64_t still_since_ms;
	uint64_t word_until_ms; /* somebody else's target stands */
	uint64_t shrunk_ms;
	uint64_t wait_ms;
	uint64_t stall_ppm;
	uint64_t strain_ms, strain_us, strain_pages; /* where they count from */
	uint64_t refault_kb_s;
	uint64_t anchor_ms, anchor_used_kb; /* where the rate is taken from */
	uint64_t due_ms;  /* when the next look was to be */
	uint64_t late_ms; /* the longest delay of a look lately */
	uint64_t peak_kb_s;
	uint64_t oom_kills, swap_in_pages;
	uint64_t last_current_kb, last_target_kb;
	uint64_t blind_ms; /* until the next look for what can't be seen */
};

struct decision {
	bool write;
	bool fence; /* close the fence, with so much to spare; else open it */
	uint64_t spare_kb;
	uint64_t target_kb;
	uint64_t next_ms; /* look again after so long */
	enum reason reason;
	struct need need;
};

/* The terms alone; *p as policy_decide left it, or zeroed. */
void policy_need(
    struct need *n, const struct policy *p, const struct situation *in);

/* Zero *p before the first call. */
void policy_decide(
    struct decision *d, struct policy *p, const struct situation *in);

/* The number of the decision did not reach the driver. */
void policy_refused(struct policy *p);

/* Whether a target of `kb` is what was asked for, as the driver rounds. */
bool policy_asked(const struct policy *p, uint64_t kb);

#endif
