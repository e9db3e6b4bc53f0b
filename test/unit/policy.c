/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
/* What size a guest should have, and why. */
#include "world.h"

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
	IS(w.s.balloon.target_kb, FLOOR, "idle: settles at the floor of 2008");
	OK(writes >= 10 && writes < 60, "idle: slowly, in %u steps", writes);
	IS(settle(&w, 600), 0, "idle: ten minutes with nothing written");
	IS(w.d.next_ms, 1000, "idle: looks once an interval");
	OK(w.d.reason == REASON_REST, "idle: at rest");
	OK(w.h.driver.progress == PROGRESS_REACHED, "idle: reached");
}

static void
test_hysteresis(void)
{
	struct world w;
	uint64_t first;

	idle(&w);
	if (!look(&w, 0, true))
		look(&w, 1000, true);
	first = SIZE - w.s.balloon.target_kb;
	OK(w.d.reason == REASON_SHRINK && first <= (SIZE - FLOOR) / 10 &&
		first > (SIZE - FLOOR) / 10 - 128,
	    "hysteresis: a tenth of the gap");
	OK(!look(&w, 10, true), "hysteresis: once an interval");
	idle(&w);
	w.set.down = 1;
	look(&w, 0, true);
	look(&w, 1000, true);
	IS(w.s.balloon.target_kb, FLOOR, "hysteresis: 1 is all of it");
	idle(&w);
	w.set.down = 10000;
	look(&w, 0, true);
	look(&w, 1000, true);
	OK(w.s.balloon.target_kb < SIZE, "hysteresis: the largest moves still");
}

static void
test_growth(void)
{
	struct world w;
	struct need n;

	idle(&w);
	settle(&w, 20);
	use(&w, 60000);
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_GROW, "growth: at once");
	OK(w.d.target_kb >= n.goal_kb, "growth: all that is needed");
	OK(w.d.next_ms < 100, "growth: looks again soon");
	use(&w, -60000);
	for (unsigned ms = 0; ms + 1000 < POLICY_COOL_DOWN_MS; ms += 500)
		if (look(&w, 500, true) && w.d.reason == REASON_SHRINK)
			break;
	OK(w.d.reason == REASON_CALM, "calm: nothing is given back at first");
	settle(&w, 30);
	IS(w.s.balloon.target_kb, FLOOR, "calm: later all of it");
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
	before = w.s.balloon.target_kb;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb > before &&
		w.d.target_kb < w.d.need.goal_kb,
	    "up hysteresis: a part of the gap");
	idle(&w);
	resize(&w, 200004);
	w.set.minmem_mb = 200;
	w.set.up = 100;
	settle(&w, 20);
	IS(w.s.balloon.target_kb, 200 * 1024, "up hysteresis: no part is too small");
	w.set.self = 0;
	resize(&w, 200004);
	w.in.ceiling_kb = 200 * 1024;
	settle(&w, 20);
	OK(w.s.balloon.target_kb + 1024 > 200 * 1024,
	    "up hysteresis: of domain 0's neither, to a step");
}

static void
test_oom(void)
{
	struct world w;

	idle(&w);
	w.s.counters.oom_kills = 3;
	settle(&w, 20);
	OK(w.s.balloon.target_kb == FLOOR, "OOM: kills before the start are past");
	w.s.counters.oom_kills = 4;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb == SIZE && w.d.reason == REASON_OOM,
	    "OOM: full size after a kill");
	for (unsigned s = 0; s + 10 < HISTORY_HOLD_MS / 1000; s++)
		look(&w, 1000, true);
	OK(w.s.balloon.target_kb == SIZE, "OOM: held for five minutes");
	settle(&w, 60);
	IS(w.s.balloon.target_kb, FLOOR, "OOM: and given back after them");
}

/* A counter that is missing for one look has not risen after it. */
static void
test_gap(void)
{
	struct world w;

	idle(&w);
	w.s.counters.oom_kills = 3;
	w.s.counters.swap_in_pages = 1000;
	settle(&w, 20);
	w.s.counters.have = 0;
	w.s.counters.oom_kills = w.s.counters.swap_in_pages = 0;
	look(&w, 1000, true);
	w.s.counters.have = HAVE_OOM_KILLS | HAVE_SWAP_IN;
	w.s.counters.oom_kills = 3;
	w.s.counters.swap_in_pages = 1000;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_REST,
	    "gap: /proc/vmstat that is unreadable once is no OOM kill");
	w.s.counters.oom_kills = 4;
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
	before = w.s.balloon.target_kb;
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
	OK(w.s.at_ms - rest >= HISTORY_BACKOFF_MS, "pressure: rests after it");
	w.in.pressed = true;
	w.in.ceiling_kb = w.s.balloon.target_kb;
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
	OK(w.s.at_ms - rest >= POLICY_COOL_DOWN_MS &&
		w.s.at_ms - rest < HISTORY_BACKOFF_MS,
	    "pressure of a burst: rests as after any growth");
}

static void
test_swap(void)
{
	struct world w;

	idle(&w);
	w.s.counters.swap_in_pages = 10;
	look(&w, 0, true);
	w.s.counters.swap_in_pages = 20;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_SWAP,
	    "swap: nothing is given back while pages come in");
	w.uncounted = true;
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_SWAP,
	    "swap: counters that were not read have not stood still");
	w.uncounted = false;
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_SHRINK, "swap: later it is");
	w.uncounted = true;
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
	rest = w.s.balloon.target_kb;
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
	w.s.balloon.target_kb = 65536;
	look(&w, 1000, true);
	OK(w.d.write && w.d.target_kb >= 300000 + OVERHEAD &&
		w.d.reason == REASON_GUARD, "guard: held above the need");
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_GUARD, "guard: and it is said");
	w.s.balloon.target_kb = 65536; /* the kernel heard the same word again */
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_GUARD,
	    "guard: the same word again is no way past it");
	w.set.guard = 0;
	idle(&w);
	w.set.self = 0;
	use(&w, 300000);
	w.in.ceiling_kb = w.s.balloon.target_kb = 65536;
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
test_blind(void)
{
	struct world w;

	idle(&w);
	settle(&w, 20);
	use(&w, 100000);
	w.in.invalid = "nonsense";
	look(&w, 1000, true);
	OK(!w.d.write && w.d.reason == REASON_BLIND && w.d.next_ms > 0,
	    "blind: a sample that is no good holds");
	OK(w.d.next_ms < 100, "blind: looks again soon");
	for (unsigned i = 0; i < 20; i++)
		look(&w, w.d.next_ms, true);
	OK(w.d.next_ms == 1000, "blind: and less and less often");
	w.in.invalid = NULL;
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_GROW, "blind: and over it is");
	idle(&w);
	w.s.balloon.known = false;
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
	uint64_t total = w->s.memory.total_kb;
	uint64_t available = chance(total + 1);
	uint64_t used = total - available;

	w->s.memory.available_kb = w->s.memory.free_kb = available;
	w->s.memory.anon_kb = chance(used + 1);
	w->s.memory.shmem_kb = chance(used - w->s.memory.anon_kb + 1);
	w->s.memory.committed_kb = chance(4) ? chance(2 * SIZE) : chance(1 << 30);
	w->in.pressed = chance(20) == 0;
	w->in.fenced = chance(2);
	w->in.crossed = w->in.fenced && chance(10) == 0;
	w->set.policy = chance(2) ? MODE_COMMITTED : MODE_WORKINGSET;
	w->s.counters.pressure_us += chance(100000);
	w->s.counters.oom_kills += chance(200) == 0;
	w->s.counters.swap_in_pages += chance(10) == 0;
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
		uint64_t standing = w.s.balloon.target_kb;

		shake(&w);
		w.s.at_ms += w.d.next_ms;
		w.s.counters.at_ms = w.s.at_ms;
		policy_decide(&w.d, &w.h, &w.in);
		sleeps += w.d.next_ms < POLICY_LOOK_MIN_MS ||
		    w.d.next_ms > 1000;
		if (!w.d.write)
			continue;
		writes++;
		spared += w.d.fence && w.d.spare_kb > w.s.memory.available_kb;
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
	    {reason_phrase(REASON_CANARY + 1), "unknown"},
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

/*
 * Where there is swap no canary dies until it is full: a burst fills what is
 * free and then goes out. What went out is part of the need at the next look;
 * pressure grows before it.
 */
static void
test_swap_burst(void)
{
	const uint64_t burst_kb = 100 * 1024;
	uint64_t before, taken;
	struct world w;

	idle(&w);
	w.set.reserve_mb = 0;
	w.set.floor = FLOOR_LOW;
	w.in.canary.protects = true;
	w.s.memory.swap_total_kb = w.s.memory.swap_free_kb = 256 * 1024;
	settle(&w, 20);
	before = w.s.balloon.target_kb;
	taken = w.s.memory.available_kb - 2000;
	use(&w, (int64_t)taken);
	w.s.memory.committed_kb += burst_kb - taken;
	w.s.memory.swap_free_kb -= burst_kb - taken;
	w.s.counters.have |= HAVE_SWAP_IN;
	w.s.counters.swap_out_pages = (burst_kb - taken) / 4;
	look(&w, 1000, false);
	OK(w.d.write && w.d.reason == REASON_GROW &&
		w.d.target_kb >= before + burst_kb,
	    "swap: at the next look there is room for all that went out");

	w.set.policy = MODE_WORKINGSET;
	w.s.balloon.target_kb = before;
	w.in.pressed = true;
	look(&w, 10, true);
	OK(w.d.write && w.d.reason == REASON_PRESSURE &&
		w.d.target_kb >= before + (SIZE - before) / 4,
	    "swap: pressure grows by a quarter of what is left");
}

int
main(void)
{
	test_idle();
	test_hysteresis();
	test_growth();
	test_up();
	test_oom();
	test_gap();
	test_pressure();
	test_pressure_of_a_burst();
	test_swap();
	test_swap_burst();
	test_resumed();
	test_guard();
	test_directed();
	test_blind();
	test_never_nothing();
	test_invariants();
	test_words();
	return tap_end();
}
