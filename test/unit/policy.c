/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/policy */
/*
 * The guest here is the one of the measurements: 512 MB, PV, MemTotal 467008,
 * nearly idle.
 */
#include <string.h>

#include "guest/policy.h"
#include "../lib/tap.h"

#define SIZE 524288
#define TOTAL 467008
#define OVERHEAD (SIZE - TOTAL)
#define FLOOR 157696 /* of xenballoond of 2008 for such a guest: 154 MB */
#define ALL \
	(HAVE_TOTAL | HAVE_FREE | HAVE_AVAILABLE | HAVE_ANON | HAVE_SHMEM | \
	    HAVE_COMMITTED | HAVE_COMMIT_LIMIT | HAVE_SWAP_TOTAL | \
	    HAVE_SWAP_FREE | HAVE_SWAP_IN | HAVE_OOM_KILLS | HAVE_BALLOON | \
	    HAVE_HELD | HAVE_COUNTED)

struct world {
	struct sample s;
	struct settings set;
	struct situation in;
	struct policy p;
	struct decision d;
};

static void
idle(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->s = (struct sample){.have = ALL, .at_ms = 1000, .total_kb = TOTAL,
	    .free_kb = 420000, .available_kb = 430000, .anon_kb = 5000,
	    .shmem_kb = 100, .committed_kb = 10000, .commit_limit_kb = 233504,
	    .current_kb = SIZE, .target_kb = SIZE};
	settings_default(&w->set);
	w->set.self = 1;
	w->set.reserve_mb = 32; /* what `auto` is may change */
	w->in = (struct situation){.sample = &w->s, .settings = &w->set,
	    .ceiling_kb = SIZE, .most_total_kb = TOTAL, .have_target = true};
}

/* The balloon is at `size`; what is in use stays. */
static void
resize(struct world *w, uint64_t size)
{
	uint64_t used = w->s.total_kb - w->s.available_kb;

	w->s.current_kb = w->s.target_kb = size;
	w->s.low_kb = SIZE - size;
	w->s.total_kb = size - OVERHEAD;
	w->s.available_kb = w->s.total_kb > used ? w->s.total_kb - used : 0;
	w->s.free_kb = w->s.available_kb;
}

/* One look after `ms`; a driver that follows at once when it may. */
static bool
look(struct world *w, uint64_t ms, bool follows)
{
	w->s.at_ms += ms;
	policy_decide(&w->d, &w->p, &w->in);
	if (w->d.write && follows)
		resize(w, w->d.target_kb);
	else if (w->d.write)
		w->s.target_kb = w->d.target_kb;
	return w->d.write;
}

/* Looks until nothing was written for `quiet` of them; how many writes. */
static unsigned
settle(struct world *w, unsigned quiet)
{
	unsigned writes = 0, still = 0;

	for (unsigned i = 0; i < 100000 && still < quiet; i++) {
		if (look(w, w->d.next_ms, true))
			writes++, still = 0;
		else
			still++;
	}
	return writes;
}

/* Takes or gives `kb` of anonymous memory. */
static void
use(struct world *w, int64_t kb)
{
	w->s.available_kb -= (uint64_t)kb;
	w->s.free_kb = w->s.available_kb;
	w->s.anon_kb += (uint64_t)kb;
	w->s.committed_kb += (uint64_t)kb;
}

static const struct {
	uint64_t most_total_kb, floor_mb;
} floors[] = {
    /* the formula of 2008, and the edges of its pieces */
    {64 * 1024, 8 + 32},
    {124 * 1024, 8 + 62},
    {125 * 1024, 40 + 31},
    {256 * 1024, 40 + 64},
    {TOTAL, 154},
    {499 * 1024, 40 + 124},
    {500 * 1024, 104 + 62},
    {1024 * 1024, 104 + 128},
    {1999 * 1024, 104 + 249},
    {2000 * 1024, 296 + 62},
    {16384 * 1024, 296 + 512},
};

static void
test_floor_2008(void)
{
	for (size_t i = 0; i < sizeof(floors) / sizeof(floors[0]); i++) {
		struct world w;

		idle(&w);
		w.in.most_total_kb = floors[i].most_total_kb;
		policy_need(&w.d.need, &w.p, &w.in);
		OK(w.d.need.floor_kb == floors[i].floor_mb * 1024,
		    "floor 2008: of %" PRIu64 " kB is %" PRIu64 " MB",
		    floors[i].most_total_kb, floors[i].floor_mb);
	}
}

static void
test_floors(void)
{
	struct world w;
	uint64_t sane = OVERHEAD + 16 * 1024 + TOTAL / 32;

	idle(&w);
	w.set.minmem_mb = 300;
	policy_need(&w.d.need, &w.p, &w.in);
	IS(w.d.need.floor_kb, 300 * 1024, "floor: XENBALLOON_MINMEM");
	w.set.minmem_mb = 0;
	w.set.floor = FLOOR_LOW;
	policy_need(&w.d.need, &w.p, &w.in);
	OK(w.d.need.floor_kb < FLOOR && w.d.need.floor_kb >= OVERHEAD +
		w.d.need.kernel_kb + w.d.need.reserve_kb,
	    "floor low: the kernel and the reserve, below 2008's");
	w.s.available_kb = TOTAL;
	w.set.reserve_mb = 1;
	policy_need(&w.d.need, &w.p, &w.in);
	OK(w.d.need.floor_kb >= sane, "floor low: never next to nothing");
	w.set.minmem_mb = 4096;
	policy_need(&w.d.need, &w.p, &w.in);
	IS(w.d.need.goal_kb, SIZE, "floor: above the ceiling, the ceiling");
}

static void
test_terms(void)
{
	struct world w;
	struct need n;

	idle(&w);
	w.set.reserve_mb = 0;
	policy_need(&n, &w.p, &w.in);
	IS(n.overhead_kb, OVERHEAD, "need: pages outside MemTotal");
	IS(n.used_kb, TOTAL - 430000, "need: in use");
	IS(n.kernel_kb, TOTAL - 430000 - 5100, "need: the kernel's part");
	OK(n.reserve_kb >= 32 * 1024, "need: a 32 MB/s load for a second");
	OK(n.total_kb >= n.used_kb + n.reserve_kb, "need: use and reserve");
	OK(n.total_kb >= 10000 + n.kernel_kb + n.reserve_kb,
	    "need: Committed_AS, the kernel and the reserve");
	w.set.reserve_mb = 7;
	policy_need(&n, &w.p, &w.in);
	IS(n.reserve_kb, 7 * 1024, "need: XENBALLOON_RESERVE");
	w.set.reserve_mb = 0;
	w.in.most_total_kb = 40000;
	policy_need(&n, &w.p, &w.in);
	IS(n.reserve_kb, 10000, "need: a small guest reserves a quarter");
	w.s.have &= ~(uint32_t)HAVE_BALLOON;
	policy_need(&n, &w.p, &w.in);
	IS(n.overhead_kb, 0, "need: no balloon, no pages outside MemTotal");
}

static void
test_committed(void)
{
	struct world w;
	struct need n;
	uint64_t swapped;

	idle(&w);
	w.s.committed_kb = UINT64_C(1) << 40;
	policy_need(&n, &w.p, &w.in);
	OK(n.total_kb < TOTAL / 2, "Committed_AS of 1 PiB is bounded");
	IS(n.committed_kb, UINT64_C(1) << 40, "and shown as it is");
	w.s.swap_total_kb = 100000;
	w.s.swap_free_kb = 40000;
	swapped = n.bound_kb;
	policy_need(&n, &w.p, &w.in);
	OK(n.bound_kb == swapped + 120000, "bound: what is swapped out, twice");
	w.s.committed_kb = 0;
	policy_need(&n, &w.p, &w.in);
	OK(n.total_kb >= n.used_kb + n.reserve_kb,
	    "Committed_AS of nothing: what is in use counts");
}

/* vm.overcommit_memory 2: CommitLimit is half of MemTotal here. */
static void
test_strict(void)
{
	struct world w;
	struct need n;

	idle(&w);
	w.s.committed_kb = 150000;
	policy_need(&n, &w.p, &w.in);
	IS(n.strict_kb, 0, "strict: not when overcommit is allowed");
	w.s.strict_commit = true;
	policy_need(&n, &w.p, &w.in);
	OK(n.strict_kb / 2 >= 150000 + n.reserve_kb - 2,
	    "strict: the limit covers what is promised and the reserve");
	OK(n.total_kb >= n.strict_kb, "strict: it is part of the need");
	w.s.swap_total_kb = w.s.commit_limit_kb;
	policy_need(&n, &w.p, &w.in);
	IS(n.strict_kb, 0, "strict: a limit of swap alone no size raises");
	w.s.have &= ~(uint32_t)HAVE_COMMIT_LIMIT;
	policy_need(&n, &w.p, &w.in);
	IS(n.strict_kb, 0, "strict: no limit is known");
}

/* CommitLimit next to nothing and a promise of 1 PiB, as /proc may say. */
static void
test_strict_huge(void)
{
	struct world w;
	struct need n;

	idle(&w);
	w.s.strict_commit = true;
	w.s.total_kb = w.s.committed_kb = UINT64_C(1) << 40;
	w.s.commit_limit_kb = 1;
	policy_need(&n, &w.p, &w.in);
	OK(n.strict_kb >= w.s.total_kb, "strict: 2^80 is not a small number");
}

static void
test_idle(void)
{
	struct world w;
	unsigned writes;

	idle(&w);
	look(&w, 0, true);
	OK(w.d.next_ms >= POLICY_LOOK_MIN_MS && w.d.next_ms <= 1000,
	    "idle: looks again within an interval");
	writes = settle(&w, 20);
	IS(w.s.target_kb, FLOOR, "idle: settles at the floor of 2008");
	OK(writes >= 10 && writes < 60, "idle: slowly, in %u steps", writes);
	IS(settle(&w, 600), 0, "idle: ten minutes with nothing written");
	IS(w.d.next_ms, 1000, "idle: looks once an interval");
	OK(w.d.reason == REASON_REST, "idle: at rest");
	OK(w.p.progress == PROGRESS_REACHED, "idle: reached");
}

static void
test_hysteresis(void)
{
	struct world w;
	uint64_t first;

	idle(&w);
	if (!look(&w, 0, true))
		look(&w, 1000, true);
	first = SIZE - w.s.target_kb;
	OK(w.d.reason == REASON_SHRINK && first <= (SIZE - FLOOR) / 10 &&
		first > (SIZE - FLOOR) / 10 - 128,
	    "hysteresis: a tenth of the gap");
	OK(!look(&w, 10, true), "hysteresis: once an interval");
	idle(&w);
	w.set.down = 1;
	look(&w, 0, true);
	look(&w, 1000, true);
	IS(w.s.target_kb, FLOOR, "hysteresis: 1 is all of it");
	idle(&w);
	w.set.down = 10000;
	look(&w, 0, true);
	look(&w, 1000, true);
	OK(w.s.target_kb < SIZE, "hysteresis: the largest moves still");
}

static void
test_growth(void)
{
	struct world w;
	struct need n;

	idle(&w);
	settle(&w, 20);
	use(&w, 60000);
	policy_need(&n, &w.p, &w.in);
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_GROW, "growth: at once");
	OK(w.d.target_kb >= n.goal_kb, "growth: all that is needed");
	OK(w.d.next_ms < 100, "growth: looks again soon");
	use(&w, -60000);
	for (unsigned ms = 0; ms + 1000 < POLICY_CALM_MS; ms += 500)
		if (look(&w, 500, true) && w.d.reason == REASON_SHRINK)
			break;
	OK(w.d.reason == REASON_CALM, "calm: nothing is given back at first");
	settle(&w, 30);
	IS(w.s.target_kb, FLOOR, "calm: later all of it");
}

static void
test_up(void)
{
	struct world w;
	uint64_t before;

	idle(&w);
	settle(&w, 20);
	w.set.up = 4;
	use(&w, 100000);
	before = w.s.target_kb;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb > before &&
		w.d.target_kb < w.d.need.goal_kb,
	    "up hysteresis: a part of the gap");
	idle(&w);
	resize(&w, 200004);
	w.set.minmem_mb = 200;
	w.set.up = 100;
	settle(&w, 20);
	IS(w.s.target_kb, 200 * 1024, "up hysteresis: no part is too small");
	w.set.self = 0;
	resize(&w, 200004);
	w.in.ceiling_kb = 200 * 1024;
	settle(&w, 20);
	OK(w.s.target_kb + 1024 > 200 * 1024,
	    "up hysteresis: of domain 0's neither, to a step");
}

static void
test_oom(void)
{
	struct world w;

	idle(&w);
	w.s.oom_kills = 3;
	settle(&w, 20);
	OK(w.s.target_kb == FLOOR, "OOM: kills before the start are past");
	w.s.oom_kills = 4;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == SIZE && w.d.reason == REASON_OOM,
	    "OOM: full size after a kill");
	for (unsigned s = 0; s + 10 < POLICY_HOLD_MS / 1000; s++)
		look(&w, 1000, true);
	OK(w.s.target_kb == SIZE, "OOM: held for five minutes");
	settle(&w, 60);
	IS(w.s.target_kb, FLOOR, "OOM: and given back after them");
}

/* A counter that is missing for one look has not risen after it. */
static void
test_gap(void)
{
	struct world w;

	idle(&w);
	w.s.oom_kills = 3;
	w.s.swap_in_pages = 1000;
	settle(&w, 20);
	w.s.have &= ~(uint32_t)(HAVE_OOM_KILLS | HAVE_SWAP_IN);
	w.s.oom_kills = w.s.swap_in_pages = 0;
	look(&w, 1000, true);
	w.s.have |= HAVE_OOM_KILLS | HAVE_SWAP_IN;
	w.s.oom_kills = 3;
	w.s.swap_in_pages = 1000;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_REST,
	    "gap: /proc/vmstat that is unreadable once is no OOM kill");
	w.s.oom_kills = 4;
	look(&w, 1000, true);
	OK(w.d.reason == REASON_OOM, "gap: a kill after it is one");
}

static void
test_pressure(void)
{
	struct world w;
	uint64_t before, rest;

	idle(&w);
	settle(&w, 20);
	before = w.s.target_kb;
	w.in.pressed = true;
	look(&w, 1000, true);
	w.in.pressed = false;
	OK(w.d.write && w.d.reason == REASON_PRESSURE &&
		w.d.target_kb >= before + (SIZE - before) / 4 - 64,
	    "pressure: grows although the sums say enough");
	idle(&w);
	settle(&w, 20);
	w.in.ceiling_kb = SIZE - 388;
	w.in.pressed = true;
	look(&w, 1000, true);
	w.in.pressed = false;
	IS(w.d.target_kb % 64, 0, "pressure: a size that the driver can have");
	rest = w.s.at_ms;
	while (!look(&w, 1000, true) && w.s.at_ms < rest + 1000000)
		continue;
	OK(w.s.at_ms - rest >= POLICY_PRESSED_MS, "pressure: rests after it");
	w.in.pressed = true;
	w.in.ceiling_kb = w.s.target_kb;
	look(&w, 1000, true);
	OK(!w.d.write, "pressure: not above the ceiling");
}

/* The sums already say why: no longer rest than after any growth. */
static void
test_pressure_of_a_burst(void)
{
	struct world w;
	uint64_t rest;

	idle(&w);
	settle(&w, 20);
	use(&w, 60000);
	w.in.pressed = true;
	look(&w, 1000, true);
	w.in.pressed = false;
	OK(w.d.write && w.d.reason == REASON_PRESSURE,
	    "pressure of a burst: grows");
	use(&w, -60000);
	rest = w.s.at_ms;
	while (!look(&w, 1000, true) && w.s.at_ms < rest + 1000000)
		continue;
	OK(w.s.at_ms - rest >= POLICY_CALM_MS &&
		w.s.at_ms - rest < POLICY_PRESSED_MS,
	    "pressure of a burst: rests as after any growth");
}

static void
test_swap(void)
{
	struct world w;

	idle(&w);
	w.s.swap_in_pages = 10;
	look(&w, 0, true);
	w.s.swap_in_pages = 20;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_SWAP,
	    "swap: nothing is given back while pages come in");
	w.s.have &= ~(uint32_t)HAVE_COUNTED;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_SWAP,
	    "swap: counters that were not read have not stood still");
	w.s.have |= HAVE_COUNTED;
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_SHRINK, "swap: later it is");
	w.s.have &= ~(uint32_t)HAVE_COUNTED;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_SHRINK,
	    "nothing is given back on counters of long ago");
}

/* After restore the kernel is at memory/target, and nothing else changed. */
static void
test_resumed(void)
{
	struct world w;
	uint64_t rest;

	idle(&w);
	settle(&w, 60);
	rest = w.s.target_kb;
	resize(&w, SIZE);
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == rest && w.d.reason == REASON_RESUMED,
	    "resumed: back to the size before at once");
	idle(&w);
	settle(&w, 60);
	resize(&w, SIZE);
	use(&w, 300000);
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb >= 300000 &&
		w.d.target_kb < SIZE && w.d.reason == REASON_RESUMED,
	    "resumed: not below the need, and still in one step");
	idle(&w);
	settle(&w, 60);
	w.in.ceiling_kb = SIZE - 64000;
	resize(&w, w.in.ceiling_kb);
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_SHRINK,
	    "resumed: not where domain 0 said another size");
	idle(&w);
	settle(&w, 60);
	resize(&w, SIZE / 2);
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_SHRINK,
	    "resumed: not where the kernel would not go by itself");
}

static void
test_guard(void)
{
	struct world w;

	idle(&w);
	w.set.self = 0;
	w.set.guard = 1;
	w.set.down = 1;
	use(&w, 300000);
	w.in.ceiling_kb = 65536;
	w.s.target_kb = 65536;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb >= 300000 + OVERHEAD &&
		w.d.reason == REASON_GUARD, "guard: held above the need");
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_GUARD, "guard: and it is said");
	w.s.target_kb = 65536; /* the kernel heard the same word again */
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_GUARD,
	    "guard: the same word again is no way past it");
	w.set.guard = 0;
	idle(&w);
	w.set.self = 0;
	use(&w, 300000);
	w.in.ceiling_kb = w.s.target_kb = 65536;
	look(&w, 1000, true);
	OK(!w.d.write, "guard: off, domain 0's word is all");
}

static void
test_directed(void)
{
	struct world w;

	idle(&w);
	w.set.self = 0;
	look(&w, 0, true);
	OK(!w.d.write && w.d.reason == REASON_REST, "directed: in its place");
	w.in.ceiling_kb = 262144;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == SIZE - (SIZE - 262144) / 10 / 64 * 64,
	    "directed: a tenth of the way an interval");
	w.set.down = 1;
	look(&w, 10, true);
	OK(!w.d.write, "directed: not before the interval is over");
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == 262144 &&
		w.d.reason == REASON_DIRECTED, "directed: domain 0's target");
	w.in.ceiling_kb = SIZE;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == SIZE, "directed: and back up");
	w.in.ceiling_kb = SIZE - 388;
	look(&w, 1000, true);
	OK(!w.d.write, "directed: 388 kB are no other size");
	w.set.down = 10;
	w.in.ceiling_kb = SIZE - 5000;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == SIZE - 5000,
	    "directed: the last steps are one");
	w.set.down = 1;
	w.in.ceiling_kb = 300000; /* no multiple of the steps */
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == 300000,
	    "directed: to the kB, also in one step");
	w.in.ceiling_kb = 0;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_REST,
	    "directed: a size of nothing is no word");
	w.in.have_target = false;
	w.in.ceiling_kb = 262144;
	look(&w, 1000, true);
	OK(!w.d.write, "directed: no word of domain 0, no write");
}

static void
test_mem_set(void)
{
	struct world w;

	/* The driver has heard the new word, and this program not yet. */
	idle(&w);
	settle(&w, 20);
	w.in.ceiling_kb = 262144;
	w.in.stale = true;
	w.s.target_kb = SIZE;
	look(&w, 1000, true);
	OK(!w.d.write, "mem-set: the word of before is not held against it");
	w.set.self = 0;
	look(&w, 1000, true);
	OK(!w.d.write, "mem-set: nor made to stand again");
	/* Nor is the event always there when the driver has moved. */
	idle(&w);
	w.set.self = 0;
	look(&w, 1000, true);
	resize(&w, 262144);
	look(&w, 1000, true);
	OK(!w.d.write, "mem-set: the kernel's new target is waited for");
	look(&w, POLICY_WORD_MS, true);
	OK(w.d.write && w.d.target_kb == SIZE,
	    "mem-set: but not for ever: domain 0's word stands");
	idle(&w);
	w.set.minmem_mb = 400;
	settle(&w, 20);
	w.in.ceiling_kb = 262144;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == 262144,
	    "mem-set: a ceiling below the size is followed at once");
	settle(&w, 20);
	IS(w.s.target_kb, 262144, "mem-set: and stays, below the floor too");
	w.in.ceiling_kb = SIZE;
	settle(&w, 20);
	IS(w.s.target_kb, 400 * 1024, "mem-set: back to the need after it");
	/* What the driver was told, or what is known of it, is off by a bit. */
	idle(&w);
	resize(&w, 300032);
	w.in.ceiling_kb = 300000;
	OK(settle(&w, 20) > 0 && w.s.target_kb < 200000,
	    "mem-set: 32 kB above the ceiling it gives back as ever");
}

/* The driver retries 4 times in about 14 s, and gives up for an hour. */
static void
test_gave_up(void)
{
	struct world w;
	uint64_t asked, start;

	idle(&w);
	settle(&w, 20);
	use(&w, 80000);
	look(&w, 1000, false);
	asked = w.d.target_kb;
	start = w.s.at_ms;
	OK(w.d.write && asked > FLOOR, "gave up: asked to grow");
	while (!look(&w, w.d.next_ms, false) && w.s.at_ms < start + 120000)
		continue;
	OK(w.d.write && w.d.reason == REASON_RETRY,
	    "gave up: another number wakes the driver");
	OK(w.d.target_kb != asked && w.d.target_kb + 1024 > asked &&
		w.d.target_kb < asked + 1024, "gave up: off by a little");
	OK(w.s.at_ms - start >= POLICY_GAVE_UP_MS &&
		w.s.at_ms - start < POLICY_GAVE_UP_MS + 5000,
	    "gave up: a little after 20 s");
	OK(w.p.progress == PROGRESS_REFUSED, "gave up: it is said");
	asked = w.d.target_kb;
	start = w.s.at_ms;
	while (!look(&w, w.d.next_ms, false) && w.s.at_ms < start + 120000)
		continue;
	OK(w.d.write && w.d.target_kb != asked,
	    "gave up: and again, never the number that stands");
}

/* Who was refused what is no longer needed gives back as ever. */
static void
test_refused_and_idle(void)
{
	struct world w;

	idle(&w);
	settle(&w, 20);
	use(&w, 200000);
	look(&w, 1000, false);
	resize(&w, 300000); /* all that the host has */
	w.s.target_kb = w.d.target_kb;
	for (unsigned i = 0; i < 10; i++)
		look(&w, 1000, false);
	OK(w.p.progress == PROGRESS_REFUSED && w.s.target_kb > 300000,
	    "refused: and asks on");
	use(&w, -200000);
	for (unsigned i = 0; i < 10 && w.s.target_kb > 300000; i++)
		look(&w, 1000, false);
	OK(w.s.target_kb <= 300000 && !w.d.need.strict_kb,
	    "refused: the need is over, and so is the asking");
	resize(&w, w.s.target_kb);
	settle(&w, 20);
	IS(w.s.target_kb, FLOOR, "refused: then it gives back as ever");
}

/* The driver follows no further: it lowers the target, or says no more. */
static void
test_standing(void)
{
	struct world w;

	idle(&w);
	settle(&w, 20);
	use(&w, 80000);
	look(&w, 1000, false);
	w.s.target_kb = w.s.current_kb;
	look(&w, 100, false);
	OK(w.p.progress == PROGRESS_CLAMPED,
	    "standing: the driver lowered the target");
	w.s.target_kb = SIZE;
	look(&w, 100, false);
	w.s.low_kb = 0;
	look(&w, POLICY_STILL_MS, false);
	OK(w.p.progress == PROGRESS_HOTPLUG,
	    "standing: an empty balloon waits for new memory");
	w.s.have &= ~(uint32_t)HAVE_HELD;
	look(&w, 100, false);
	OK(w.p.progress == PROGRESS_REFUSED,
	    "standing: what the balloon holds is not known");
}

/* What never reached the driver was not lowered by it, and is said again. */
static void
test_not_written(void)
{
	struct world w;
	uint64_t asked;

	idle(&w);
	w.s.at_ms = 5; /* since the boot: no time to count back from */
	settle(&w, 20);
	w.set.minmem_mb = 200;
	look(&w, 1000, false);
	asked = w.d.target_kb;
	w.s.target_kb = w.s.current_kb;
	policy_refused(&w.p);
	OK(!look(&w, 10, false), "not written: not at every look");
	OK(w.p.progress == PROGRESS_REACHED, "not written: not clamped");
	OK(look(&w, POLICY_AGAIN_MS, false) && w.d.target_kb == asked,
	    "not written: the same again");
}

/* With long intervals the last look tells nothing of a target of now. */
static void
test_late(void)
{
	struct world w;

	idle(&w);
	w.set.self_interval_s = 60;
	settle(&w, 20);
	w.s.target_kb = SIZE;
	look(&w, 59000, true);
	OK(w.p.progress == PROGRESS_MOVING, "late: a new target is not refused");
	idle(&w);
	w.set.self_interval_s = 60;
	settle(&w, 20);
	w.s.target_kb = w.s.current_kb - 20000;
	look(&w, 59000, true);
	OK(w.p.progress == PROGRESS_MOVING, "late: nor out of free pages");
}

/* All that this program writes is at most the ceiling. */
static void
test_retry_below_ceiling(void)
{
	static const uint64_t ceilings[] = {SIZE, SIZE - 64, SIZE - 128,
	    SIZE - 388};
	unsigned above = 0, writes = 0;

	for (size_t i = 0; i < 4; i++) {
		struct world w;

		idle(&w);
		settle(&w, 20);
		w.in.ceiling_kb = ceilings[i];
		use(&w, 80000);
		w.set.minmem_mb = 1024;
		for (unsigned n = 0; n < 100; n++) {
			writes += look(&w, 1000, false);
			above += w.d.write && w.d.target_kb > ceilings[i];
		}
	}
	OK(writes > 8 && above == 0, "gave up: no number above the ceiling");
}

/* A guest that domain 0 shrinks and that has no free page to give. */
static void
test_short(void)
{
	struct world w;
	unsigned above = 0, writes = 0;

	idle(&w);
	use(&w, 400000);
	look(&w, 0, false);
	w.in.ceiling_kb = w.s.target_kb = 262144;
	for (unsigned i = 0; i < 120; i++) {
		writes += look(&w, 1000, false);
		above += w.d.write && w.d.target_kb > 262144;
	}
	OK(above == 0, "short: domain 0's word is not exceeded");
	OK(writes < 12, "short: no number in turn with another, for ever");
}

static void
test_blind(void)
{
	struct world w;

	idle(&w);
	settle(&w, 20);
	use(&w, 100000);
	w.in.blind = "nonsense";
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_BLIND && w.d.next_ms > 0,
	    "blind: a sample that is no good holds");
	OK(w.d.next_ms < 100, "blind: looks again soon");
	for (unsigned i = 0; i < 20; i++)
		look(&w, w.d.next_ms, true);
	OK(w.d.next_ms == 1000, "blind: and less and less often");
	w.in.blind = NULL;
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_GROW, "blind: and over it is");
	idle(&w);
	w.s.have &= ~(uint32_t)HAVE_BALLOON;
	look(&w, 0, true);
	OK(!w.d.write && w.d.reason == REASON_BLIND, "blind: no balloon");
}

/* A driver that says nonsense is not to be told to take everything. */
static void
test_never_nothing(void)
{
	struct world w;
	unsigned tiny = 0;

	for (unsigned ceiling = 0; ceiling < 3; ceiling++) {
		idle(&w);
		w.in.have_target = false;
		w.in.ceiling_kb = ceiling * 4;
		for (unsigned i = 0; i < 30; i++)
			if (look(&w, 1000, false))
				tiny += w.d.target_kb < 16384;
	}
	OK(tiny == 0, "never a target of nothing, whatever the ceiling is");
}

/* With groups to fence: policy.h, `fenced`, `crossed`, `fence`, `spare_kb`. */
static void
test_fence(void)
{
	struct world w;
	uint64_t before, start;

	idle(&w);
	w.set.reserve_mb = 0;
	w.in.fenced = true;
	settle(&w, 20);
	before = w.s.target_kb;
	OK(w.d.fence, "fence: stands in a ballooned guest");
	OK(w.d.need.margin_kb >= POLICY_MARGIN_KB &&
		w.d.spare_kb + w.d.need.margin_kb <= w.s.available_kb,
	    "fence: a margin below what is available");
	start = w.d.need.margin_kb;
	w.s.reclaimable_kb = 2000;
	policy_need(&w.d.need, &w.p, &w.in);
	IS(w.d.need.margin_kb, start + 1000,
	    "fence: half of the slab may be pinned");
	w.s.reclaimable_kb = 100000;
	policy_need(&w.d.need, &w.p, &w.in);
	IS(w.d.need.margin_kb, start + POLICY_PINNED_KB,
	    "fence: of much slab most can be had");
	w.s.reclaimable_kb = 0;
	w.in.crossed = true;
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_FENCE &&
		w.d.target_kb >= before + w.d.need.reserve_kb - 64,
	    "fence: crossed, grows although the sums say enough");
	start = w.s.at_ms;
	while (w.s.target_kb < SIZE && w.s.at_ms < start + 10000)
		look(&w, w.d.next_ms, true);
	IS(w.s.target_kb, SIZE, "fence: crossed on and on, up to the top");
	look(&w, 10, true);
	OK(!w.d.fence, "fence: at the ceiling it is open");
	w.in.crossed = false;
	settle(&w, 60);
	IS(w.s.target_kb, before, "fence: back to the size at rest");
	w.set.self = 0;
	look(&w, 1000, true);
	OK(!w.d.fence, "fence: none with self-ballooning off");
}

/* A burst just after the boot; one that the driver follows slowly. */
static void
test_burst(void)
{
	struct world w;
	uint64_t asked;

	idle(&w);
	w.in.fenced = w.in.crossed = true;
	w.s.at_ms = 5;
	resize(&w, 200000);
	look(&w, 0, false);
	asked = w.d.target_kb;
	OK(w.d.write && w.d.reason == REASON_FENCE &&
		asked >= 200000 + w.d.need.reserve_kb,
	    "burst: in the first second of a guest");
	look(&w, 10, false);
	look(&w, 10, false);
	OK(!w.d.write && w.d.reason == REASON_FENCE &&
		w.s.target_kb == asked,
	    "burst: no more is asked for before some is there");
	w.in.crossed = false;
	w.in.pressed = true;
	look(&w, 10, false);
	OK(w.d.reason != REASON_PRESSURE,
	    "burst: what waits at the fence is no news");
	look(&w, POLICY_WINDOW_MS, false);
	OK(w.d.reason == REASON_PRESSURE, "burst: later pressure is");
}

/* Below the full size domain 0 is waited for, but not for long. */
static void
test_fence_plea(void)
{
	struct world w;

	idle(&w);
	w.in.fenced = true;
	settle(&w, 20);
	w.in.ceiling_kb = w.s.target_kb;
	look(&w, 1000, true);
	OK(w.d.fence, "plea: a lower ceiling alone opens nothing");
	use(&w, 60000);
	w.in.crossed = true;
	look(&w, 100, true);
	w.in.crossed = false;
	OK(!w.d.write && w.d.fence, "plea: a burst at the ceiling is held");
	OK(w.d.next_ms <= POLICY_PLEA_MS / 5, "plea: not for an interval");
	look(&w, POLICY_PLEA_MS - 1, true);
	OK(w.d.fence, "plea: for some seconds");
	look(&w, 1, true);
	OK(!w.d.fence, "plea: then it is open");
	w.in.ceiling_kb += 20000;
	look(&w, 1000, true);
	OK(w.d.write && w.d.fence, "plea: domain 0 gave some: it grows");
	look(&w, 1000, true);
	OK(w.d.fence, "plea: not enough: held again");
	use(&w, -60000);
	look(&w, 60000, true);
	OK(w.d.fence && !w.p.plea_ms, "plea: the burst is over");
	/* A reserve that is smaller than the margin is crossed sooner. */
	w.set.reserve_mb = 1;
	w.in.ceiling_kb = w.s.target_kb;
	use(&w, (int64_t)w.s.available_kb - 9000);
	w.s.committed_kb = 0;
	w.in.crossed = true;
	look(&w, 1000, true);
	w.in.crossed = false;
	OK(w.d.fence && w.d.need.wanted_kb <= w.in.ceiling_kb,
	    "plea: below the margin, above the reserve: held");
	look(&w, POLICY_PLEA_MS, true);
	OK(!w.d.fence, "plea: and open after as long");
}

/* Where the balloon can't grow, nothing is slowed that waiting can't help. */
static void
test_fence_refused(void)
{
	struct world w;

	idle(&w);
	w.in.fenced = true;
	settle(&w, 20);
	w.in.crossed = true;
	for (unsigned i = 0; i < 10; i++)
		look(&w, 1000, false);
	OK(w.p.progress == PROGRESS_REFUSED && !w.d.fence,
	    "fence: open when the host refuses");
	idle(&w);
	w.in.fenced = true;
	settle(&w, 20);
	w.s.oom_kills++;
	look(&w, 1000, false);
	OK(!w.d.fence, "fence: open after an OOM kill");
	idle(&w);
	look(&w, 0, true);
	look(&w, 1000, true);
	OK(!w.d.fence, "fence: none without groups");
}

static uint64_t state = 1;

static uint64_t
chance(uint64_t below)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % below;
}

/* A guest of any load under any ceiling; the same ones in each run. */
static void
shake(struct world *w)
{
	uint64_t total = w->s.total_kb;
	uint64_t available = chance(total + 1);
	uint64_t used = total - available;

	w->s.available_kb = w->s.free_kb = available;
	w->s.anon_kb = chance(used + 1);
	w->s.shmem_kb = chance(used - w->s.anon_kb + 1);
	w->s.committed_kb = chance(4) ? chance(2 * SIZE) : chance(1 << 30);
	w->in.pressed = chance(20) == 0;
	w->in.fenced = chance(2);
	w->in.crossed = w->in.fenced && chance(10) == 0;
	w->set.policy = chance(2) ? MODE_COMMITTED : MODE_WORKINGSET;
	w->s.pressure_us += chance(100000);
	w->s.oom_kills += chance(200) == 0;
	w->s.swap_in_pages += chance(10) == 0;
	if (chance(50) == 0)
		w->in.ceiling_kb = 200000 + chance(SIZE - 200000);
}

static void
test_invariants(void)
{
	unsigned above = 0, below = 0, twice = 0, sleeps = 0;
	unsigned writes = 0, spared = 0;
	struct world w;

	idle(&w);
	w.set.up = 1;
	for (unsigned i = 0; i < 200000; i++) {
		struct need *n = &w.d.need;
		uint64_t standing = w.s.target_kb;

		shake(&w);
		w.s.at_ms += w.d.next_ms;
		policy_decide(&w.d, &w.p, &w.in);
		sleeps += w.d.next_ms < POLICY_LOOK_MIN_MS ||
		    w.d.next_ms > 1000;
		if (!w.d.write)
			continue;
		writes++;
		spared += w.d.fence && w.d.spare_kb > w.s.available_kb;
		above += w.d.target_kb > w.in.ceiling_kb;
		below += w.d.target_kb < standing &&
		    w.d.target_kb < n->goal_kb && w.d.reason != REASON_RETRY;
		twice += w.d.target_kb == standing;
		resize(&w, w.d.target_kb);
	}
	OK(writes > 1000, "invariants: seen in %u writes", writes);
	IS(above, 0, "invariant: nothing above the ceiling");
	IS(below, 0, "invariant: no shrinking below the need and the floor");
	IS(twice, 0, "invariant: no number that stands already");
	IS(spared, 0, "invariant: no fence above what is available");
	IS(sleeps, 0, "invariant: sleeps from 5 ms to an interval");
}

static void
test_words(void)
{
	const struct {
		const char *got;
		const char *want;
	} known[] = {
	    {reason_phrase(REASON_REST), "at rest"},
	    {reason_phrase(REASON_OOM), "holding after an OOM kill"},
	    {reason_phrase(REASON_DIRECTED), "domain 0's target"},
	    {reason_phrase(REASON_RETRY), "driver gave up: asking anew"},
	    {reason_phrase((enum reason)(REASON_RETRY + 1)), "unknown"},
	    {progress_word(PROGRESS_REACHED), "reached"},
	    {progress_word(PROGRESS_SHORT), "short"},
	    {progress_word(PROGRESS_HOTPLUG), "hotplug"},
	    {progress_word((enum progress)(PROGRESS_HOTPLUG + 1)),
		"unknown"},
	};
	unsigned wrong = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		wrong += strcmp(known[i].got, known[i].want) != 0;
	OK(wrong == 0, "reasons and states have their words, and no others");
}

int
main(void)
{
	test_floor_2008();
	test_floors();
	test_terms();
	test_committed();
	test_strict();
	test_idle();
	test_hysteresis();
	test_growth();
	test_up();
	test_oom();
	test_gap();
	test_pressure();
	test_pressure_of_a_burst();
	test_swap();
	test_resumed();
	test_guard();
	test_directed();
	test_mem_set();
	test_gave_up();
	test_refused_and_idle();
	test_standing();
	test_not_written();
	test_late();
	test_retry_below_ceiling();
	test_short();
	test_blind();
	test_never_nothing();
	test_fence();
	test_burst();
	test_fence_plea();
	test_fence_refused();
	test_invariants();
	test_words();
	test_strict_huge(); /* last: the compiler's check ends the program */
	return tap_end();
}
