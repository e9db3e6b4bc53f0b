/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
/* The terms of the need: floors, Committed_AS and its bounds. */
#include "world.h"

static const struct {
	uint64_t max_total_kb, floor_mb;
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
		w.in.max_total_kb = floors[i].max_total_kb;
		need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
		OK(w.d.need.floor_kb == floors[i].floor_mb * 1024,
		    "floor 2008: of %" PRIu64 " kB is %" PRIu64 " MB",
		    floors[i].max_total_kb, floors[i].floor_mb);
	}
}

static void
test_floors(void)
{
	struct world w;
	uint64_t sane = OVERHEAD + 16 * 1024 + TOTAL / 32;

	idle(&w);
	w.set.minmem_mb = 300;
	need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
	IS(w.d.need.floor_kb, 300 * 1024, "floor: XENBALLOON_MINMEM");
	w.set.minmem_mb = 0;
	w.set.floor = FLOOR_LOW;
	need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
	OK(w.d.need.floor_kb < FLOOR && w.d.need.floor_kb >= OVERHEAD +
		w.d.need.kernel_kb + w.d.need.reserve_kb,
	    "floor low: the kernel and the reserve, below 2008's");
	w.s.memory.available_kb = TOTAL;
	w.set.reserve_mb = 1;
	need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
	OK(w.d.need.floor_kb >= sane, "floor low: never next to nothing");
	w.set.minmem_mb = 4096;
	need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
	IS(w.d.need.goal_kb, SIZE, "floor: above the ceiling, the ceiling");
}

static void
test_terms(void)
{
	struct world w;
	struct need n;

	idle(&w);
	w.set.reserve_mb = 0;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.overhead_kb, OVERHEAD, "need: pages outside MemTotal");
	IS(n.used_kb, TOTAL - 430000, "need: in use");
	IS(n.kernel_kb, TOTAL - 430000 - 5100, "need: the kernel's part");
	OK(n.reserve_kb >= 32 * 1024, "need: a 32 MB/s load for a second");
	OK(n.total_kb >= n.used_kb + n.reserve_kb, "need: use and reserve");
	OK(n.total_kb >= 10000 + n.kernel_kb + n.reserve_kb,
	    "need: Committed_AS, the kernel and the reserve");
	w.set.reserve_mb = 7;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.reserve_kb, 7 * 1024, "need: XENBALLOON_RESERVE");
	w.set.reserve_mb = 0;
	w.in.max_total_kb = 40000;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.reserve_kb, 10000, "need: a small guest reserves a quarter");
	w.s.balloon.known = false;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.overhead_kb, 0, "need: no balloon, no pages outside MemTotal");
}

static void
test_committed(void)
{
	struct world w;
	struct need n;
	uint64_t swapped;

	idle(&w);
	w.s.memory.committed_kb = UINT64_C(1) << 40;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	OK(n.total_kb < TOTAL / 2, "Committed_AS of 1 PiB is bounded");
	IS(n.committed_kb, UINT64_C(1) << 40, "and shown as it is");
	w.s.memory.swap_total_kb = 100000;
	w.s.memory.swap_free_kb = 40000;
	swapped = n.bound_kb;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	OK(n.bound_kb == swapped + 120000, "bound: what is swapped out, twice");
	w.s.memory.committed_kb = 0;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
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
	w.s.memory.committed_kb = 150000;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.strict_kb, 0, "strict: not when overcommit is allowed");
	w.s.memory.strict_commit = true;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	OK(n.strict_kb / 2 >= 150000 + n.reserve_kb - 2,
	    "strict: the limit covers what is promised and the reserve");
	OK(n.total_kb >= n.strict_kb, "strict: it is part of the need");
	w.s.memory.swap_total_kb = w.s.memory.commit_limit_kb;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.strict_kb, 0, "strict: a limit of swap alone no size raises");
	w.s.memory.have &= ~(uint32_t)HAVE_COMMIT_LIMIT;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	IS(n.strict_kb, 0, "strict: no limit is known");
}

/* CommitLimit next to nothing and a promise of 1 PiB, as /proc may say. */
static void
test_strict_huge(void)
{
	struct world w;
	struct need n;

	idle(&w);
	w.s.memory.strict_commit = true;
	w.s.memory.total_kb = w.s.memory.committed_kb = UINT64_C(1) << 40;
	w.s.memory.commit_limit_kb = 1;
	need_sum(&n, &w.in, history_unseen_kb(&w.h));
	OK(n.strict_kb >= w.s.memory.total_kb, "strict: 2^80 is not a small number");
}

/* Bits of KILLERS: earlyoom, nohang, systemd-oomd, kubelet. */
static const struct {
	unsigned killers;
	uint64_t total_kb, line_kb;
} lines[] = {
    {0, TOTAL, 0},
    {1 << 0, 500000, 50000},
    {1 << 1, 500000, 25000},
    {1 << 2, 500000, 50000},
    {1 << 3, 500000, 102400},
    {1 << 3 | 1 << 0, 500000, 102400}, /* the higher one */
    {1 << 3 | 1 << 0, 4000000, 400000},
    {1 << 9, 500000, 0}, /* none of them */
};

static void
test_lines(void)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		IS(need_line_kb(lines[i].killers, lines[i].total_kb),
		    lines[i].line_kb, "killers: the line of a row");
}

/* A reserve of its own, fence or canaries or none, stays above the line. */
static void
test_killers(void)
{
	struct world w;
	uint64_t free;

	idle(&w);
	w.set.reserve_mb = 0;
	w.in.fenced = true;
	need_sum(&w.d.need, &w.in, 0);
	free = w.d.need.reserve_kb;
	w.in.canary.killers = 1 << 0;
	need_sum(&w.d.need, &w.in, 0);
	IS(w.d.need.reserve_kb, TOTAL / 10 + w.d.need.margin_kb,
	    "killers: a tenth, and the margin");
	w.in.canary.killers = 1 << 3;
	w.in.max_total_kb = 200 * 1024;
	need_sum(&w.d.need, &w.in, 0);
	IS(w.d.need.reserve_kb, 100 * 1024 + w.d.need.margin_kb,
	    "killers: more than a quarter of the guest");
	idle(&w);
	w.set.reserve_mb = 0;
	w.in.canary.killers = 1 << 1;
	need_sum(&w.d.need, &w.in, 0);
	IS(w.d.need.reserve_kb, 64 * 1024,
	    "killers: a reserve above the line stays");
	w.set.reserve_mb = 8;
	w.in.canary.killers = 1 << 0;
	need_sum(&w.d.need, &w.in, 0);
	IS(w.d.need.reserve_kb, 8 * 1024, "killers: a set reserve is obeyed");
	OK(free < TOTAL / 10, "killers: the reserve alone is below");
}

int
main(void)
{
	test_floor_2008();
	test_floors();
	test_terms();
	test_committed();
	test_strict();
	test_strict_huge();
	test_lines();
	test_killers();
	return tap_end();
}
