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

static inline uint64_t
share_round_down(uint64_t kb)
{
	return kb - kb % SHARE_GRAIN_KB;
}

static inline uint64_t
share_round_up(uint64_t kb)
{
	return share_round_down(kb + SHARE_GRAIN_KB - 1);
}

/*
 * The dead band: nothing smaller is moved for the sake of shares alone, and
 * nothing smaller than a 32nd of a target. A need is met to the MB.
 */
#define SHARE_BAND_KB 4096
#define SHARE_BAND_PART 32
/*
 * At most a quarter of a guest's size is asked back in a step, or 16 MB: its
 * record is seconds old, and the next one may tell of a need.
 */
#define SHARE_RECLAIM_PART 4
#define SHARE_RECLAIM_KB (16 * 1024)
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
 * A guest writes a record each 10 s while its size changes: one that moved by
 * less than a MB in three of them makes no progress.
 */
#define SHARE_FOLLOW_MS 30000
/*
 * A guest that made no progress up and has no room now to make any may have
 * been paused: after ten times SHARE_FOLLOW_MS its need is believed again.
 */
#define SHARE_DOUBT_MS 300000
/*
 * Records come each 60 s from a guest at rest: three that are missing. It is
 * six times XENBALLOON_STATS_INTERVAL, which has to be below 30 here.
 */
#define SHARE_SILENT_MS 180000
/* After a target could not be set, none is set for the guest so long. */
#define SHARE_RETRY_MS 15000

/*
 * A guest whose need rose above its target is in a burst, and the burst goes
 * on: for a minute it gets eight times its weight of what nobody needs, or it
 * would come back for a little more each second.
 */
#define SHARE_BURST_MS 60000
#define SHARE_BURST_WEIGHT 8

/*
 * Why a guest gets its target. X(NAME, phrase, meaning): phrase for logs and
 * tables, meaning for the reader of this table.
 */
#define SHARE_DECIDED(X) \
	X(REST, "as it should be", "it has what it should have") \
	X(NEED, "needs it", "it gets what it needs") \
	X(ROOM, "room for a burst", "it gets a share of what nobody needs") \
	X(SPARE, "more than its share", "it gives some back") \
	X(SHORT, "the pool is short", \
	    "the pool can't hold all needs: less than its need") \
	X(WAIT, "waits for others", "what it is to have is not there yet") \
	X(DOUBT, "takes less than it claims", \
	    "it claims a need and makes no progress towards it")
/* These keep the target that they have. "left alone: " heads each phrase. */
#define SHARE_LEFT_ALONE(X) \
	X(NEW, "says nothing yet", "no record, or no target") \
	X(MANAGED, "another balancer", "squeezed or qmemman sizes it") \
	X(LIES, "says what cannot be", \
	    "a size above all its targets, or a record that can't be true") \
	X(SILENT, "silent", "no record for SHARE_SILENT_MS: paused, or hung") \
	X(STUCK, "does not follow", "no progress towards a lower target") \
	X(REFUSED, "was refused", "its target could not be set")

#define SHARE_ENUM(name, phrase, meaning) SHARE_##name,
enum share_reason { SHARE_DECIDED(SHARE_ENUM) SHARE_LEFT_ALONE(SHARE_ENUM) };
#undef SHARE_ENUM

/* The first reason of SHARE_LEFT_ALONE: as many stand before it. */
#define SHARE_ONE(name, phrase, meaning) + 1
enum { SHARE_ALONE_FROM = 0 SHARE_DECIDED(SHARE_ONE) };
#undef SHARE_ONE

/* What the caller saw; filled in before each step. */
struct share_seen {
	/* SHARE_NEW, _MANAGED or _LIES; SHARE_REST: it is not excluded. */
	enum share_reason excluded;
	/* Of its record, 0: there is none. share() bounds what can't be. */
	uint64_t current_kb, need_kb;
	uint64_t ceiling_kb;	/* the largest size it can grow to, it says */
	uint64_t record_ms;	/* when the record came */
	uint64_t target_kb;	/* memory/target, 0: there is none */
	uint64_t static_max_kb; /* memory/static-max, 0: there is none */
};

/* What is configured; filled in before each step. */
struct share_limits {
	uint64_t floor_kb, ceiling_kb; /* ceiling 0: none */
	uint64_t weight;	       /* at least 1 */
};

/* What share() learned of the guest from step to step; zeroed once. */
struct share_learned {
	/* The last record, and the most that the guest may have had since. */
	uint64_t record_ms;
	uint64_t highest_kb;	 /* its size then, or a higher target since */
	uint64_t unreachable_kb; /* of its target then: video memory */
	bool liar;		 /* it was above highest_kb */
	/* Whether it goes where it should: qmemman's words. */
	bool no_progress;      /* it did not move for SHARE_FOLLOW_MS */
	int direction;	       /* it should grow: 1, or shrink: -1 */
	uint64_t progress_kb;  /* its size when it last moved, or stopped */
	uint64_t progress_ms;  /* when it last moved */
	/* The target set last, 0: none, or another has been set since. */
	uint64_t set_kb;
	uint64_t read_back_kb; /* what memory/target was after that */
	uint64_t retry_ms;     /* a target was refused: none is set before */
	uint64_t burst_ms;     /* until then it is in a burst */
};

/* Of use within one step. */
struct share_step {
	uint64_t target_kb; /* as it was asked for, before libxl lowered it */
	uint64_t min_kb, max_kb; /* a new target is within these */
	uint64_t wanted_kb;	 /* its need, within these */
	uint64_t goal_kb;	 /* its target, were all memory there */
	uint64_t level_kb;	 /* fill() raises it, up to limit_kb */
	uint64_t limit_kb;
	uint64_t weight; /* what is configured, or more in a burst */
};

struct share_answer {
	uint64_t new_kb; /* the target that it should have now */
	enum share_reason reason;
};

struct share_guest {
	/* The caller's own: which domain it is, and what was logged of it. */
	uint32_t id;
	bool logged_alone;
	uint64_t logged_ms;

	struct share_seen seen;
	struct share_limits limits;
	struct share_learned learned;
	struct share_step step;
	struct share_answer answer;
};

struct share_pool {
	uint64_t pool_kb;
	uint64_t reserve_kb; /* for needs alone, never for shares */
};

struct share_result {
	uint64_t held_kb; /* before this step */
	uint64_t need_kb; /* of those that are not left alone */
	bool tight; /* the pool can't hold all needs */
	bool over;  /* nor all floors, beside what others keep */
};

/*
 * One step. Those of g[0] to g[count - 1] whose new_kb is less than
 * step.target_kb are to be set first; when one of them fails no other may be
 * raised.
 */
void share(
    struct share_result *r, struct share_guest *g, unsigned count,
    const struct share_pool *p, uint64_t now_ms);

/*
 * The caller has set new_kb, and memory/target is read_back_kb now; 0: that
 * failed. True when that will do.
 */
bool share_applied(
    struct share_guest *g, uint64_t read_back_kb, uint64_t now_ms);

/* One English phrase, for logs and tables. */
const char *share_reason(enum share_reason r);

#endif
