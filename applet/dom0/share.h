/* SPDX-License-Identifier: 0BSD */
/*
 * How a pool of memory is shared among guests. Pure: what is known of each
 * guest and what was learned of it go in, a target for each comes out.
 *
 * A target is memory/target: the most that a guest may take, while it sizes
 * itself below that. So what a guest holds of the pool is the larger of its
 * size and its target, and the sum of that never rises above the pool:
 * memory is given when it is there, not when it was asked back.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_KB_MAX (UINT64_C(1) << 40) /* 1 PiB: more is a lie */
/* Targets are whole MB: what `xl mem-set` takes. */
#define SHARE_GRAIN_KB 1024
/*
 * The dead band: nothing smaller is moved for the sake of shares alone, and
 * nothing smaller than a 32nd of a target. A need is met to the MB.
 */
#define SHARE_BAND_KB 4096
#define SHARE_BAND_PART 32
/*
 * At most a quarter of what a guest holds is asked back in a step, or 16 MB:
 * its figures are seconds old, and its next record may tell of a need.
 */
#define SHARE_TAKE_PART 4
#define SHARE_TAKE_KB (16 * 1024)
/*
 * Size and target differ in a guest at rest: 388 kB on PVH, 97 pages and more
 * in kernels that count holes of the firmware.
 */
#define SHARE_SLACK_KB 4096
/*
 * libxl writes memory/target less the guest's video memory: what is read back
 * after `xl mem-set` may be lower by so much. The guest's own ceiling is lower
 * by that again, and by half a MB.
 */
#define SHARE_VIDEO_KB 65536
/*
 * A guest that follows is seen to: it writes a record each 10 s while its
 * size changes. Three of them without a MB of movement are none.
 */
#define SHARE_FOLLOW_MS 30000
/*
 * One that is doubted and has no room to show that it takes what it claims
 * may have been paused: a tenth of the time it is believed again.
 */
#define SHARE_DOUBT_MS 300000
/*
 * Records come each 60 s from a guest at rest: three that are missing. It is
 * six times XENBALLOON_STATS_INTERVAL, which has to be below 30 here.
 */
#define SHARE_SILENT_MS 180000
/* What was refused is not asked for again before. */
#define SHARE_RETRY_MS 15000

/*
 * A guest whose need rose above its target is in a burst, and the burst goes
 * on: for a minute it gets eight times its weight of what nobody needs, or it
 * would come back for a little more each second.
 */
#define SHARE_BURST_MS 60000
#define SHARE_BURST_WEIGHT 8

enum share_reason {
	SHARE_REST,  /* it has what it should have */
	SHARE_NEED,  /* it gets what it needs */
	SHARE_ROOM,  /* it gets a share of what nobody needs */
	SHARE_SPARE, /* it has more than its share */
	SHARE_SHORT, /* the pool can't hold all needs: less than its need */
	SHARE_WAIT,  /* what it is to have is not there yet */
	SHARE_DOUBT, /* it claims a need and does not take it */
	/* From here on it keeps what it has. */
	SHARE_NEW,     /* has told nothing yet, or has no target */
	SHARE_MANAGED, /* somebody else's balancer is at work */
	SHARE_LIES,    /* what it says cannot be */
	SHARE_SILENT,  /* has told nothing for long: paused, or hung */
	SHARE_STUCK,   /* does not follow a lower target */
	SHARE_REFUSED, /* a target could not be set */
};

struct share_guest {
	/* The answer: the target that it should have now, and why. */
	uint64_t new_kb;
	enum share_reason reason;

	/* For each look the caller fills these in. */
	enum share_reason aside; /* SHARE_NEW, _MANAGED, _LIES, or _REST */
	uint64_t current_kb, need_kb; /* of the record; 0: there is none */
	uint64_t target_kb, most_kb;  /* memory/target, memory/static-max */
	uint64_t reach_kb; /* of the record: as far as it can grow */
	uint32_t id;

	/* Zeroed once. */
	bool said; /* the caller's: that it is left alone was told */
	bool liar;
	bool late; /* it did not move for SHARE_FOLLOW_MS */

	/* Of use within one step. */
	uint64_t least_kb, wanted_kb, most_now_kb, goal_kb;
	uint64_t from_kb, to_kb, part;
	uint64_t told_kb; /* memory/target, before it is what was asked for */

	/* More of what the caller fills in. */
	uint64_t floor_kb, ceiling_kb; /* configured; ceiling 0: none */
	uint64_t weight;	       /* at least 1 */
	uint64_t heard_ms;	       /* when the record came */

	/* What else was learned of it; zeroed once. */
	uint64_t seen_ms, seen_kb; /* the last record's, with its size */
	uint64_t top_kb;	   /* the highest target since */
	uint64_t lost_kb; /* of memory/target, which it can't reach */
	uint64_t mark_kb, moved_ms; /* how far it came, and when */
	uint64_t asked_kb, got_kb;  /* set last, and what became of it */
	uint64_t retry_ms, burst_ms;
	uint64_t said_ms; /* the caller's: when `said` changed */
	int way;	  /* it should be on its way: up 1, down -1 */
};

struct share_pool {
	uint64_t pool_kb;
	uint64_t reserve_kb; /* for needs alone, never for shares */
};

struct share_result {
	uint64_t held_kb; /* before this step */
	uint64_t need_kb; /* of those who are heard */
	bool tight; /* the pool can't hold all needs */
	bool over;  /* nor all floors, beside what others keep */
};

/*
 * One step. Those of g[0] to g[count - 1] whose new_kb is less than target_kb
 * are to be set first; when one of them fails no other may be raised.
 */
void share(
    struct share_result *r, struct share_guest *g, unsigned count,
    const struct share_pool *p, uint64_t now_ms);

/*
 * new_kb was asked for, and memory/target is got_kb now; 0: it failed. True
 * when that will do.
 */
bool share_told(struct share_guest *g, uint64_t got_kb, uint64_t now_ms);

/* One English phrase, for logs and tables. */
const char *share_reason(enum share_reason r);

#endif
