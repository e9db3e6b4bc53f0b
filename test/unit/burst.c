/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
/* The fence: where it stands, what a burst at it gets, and when it is open. */
#include "world.h"

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
	before = w.s.balloon.target_kb;
	OK(w.d.fence, "fence: stands in a ballooned guest");
	OK(w.d.need.margin_kb >= NEED_MARGIN_KB &&
		w.d.spare_kb + w.d.need.margin_kb <= w.s.memory.available_kb,
	    "fence: a margin below what is available");
	start = w.d.need.margin_kb;
	w.s.memory.reclaimable_kb = 2000;
	need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
	IS(w.d.need.margin_kb, start + 1000,
	    "fence: half of the slab may be pinned");
	w.s.memory.reclaimable_kb = 100000;
	need_sum(&w.d.need, &w.in, history_unseen_kb(&w.h));
	IS(w.d.need.margin_kb, start + NEED_PINNED_KB,
	    "fence: of much slab most can be had");
	w.s.memory.reclaimable_kb = 0;
	w.in.crossed = true;
	look(&w, 1000, true);
	OK(w.d.write && w.d.reason == REASON_FENCE &&
		w.d.target_kb >= before + w.d.need.reserve_kb - 64,
	    "fence: crossed, grows although the sums say enough");
	start = w.s.at_ms;
	while (w.s.balloon.target_kb < SIZE && w.s.at_ms < start + 10000)
		look(&w, w.d.next_ms, true);
	IS(w.s.balloon.target_kb, SIZE, "fence: crossed on and on, up to the top");
	look(&w, 10, true);
	OK(!w.d.fence, "fence: at the ceiling it is open");
	w.in.crossed = false;
	settle(&w, 60);
	IS(w.s.balloon.target_kb, before, "fence: back to the size at rest");
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
		w.s.balloon.target_kb == asked,
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
	w.in.ceiling_kb = w.s.balloon.target_kb;
	look(&w, 1000, true);
	OK(w.d.fence, "plea: a lower ceiling alone opens nothing");
	use(&w, 60000);
	w.in.crossed = true;
	look(&w, 100, true);
	w.in.crossed = false;
	OK(!w.d.write && w.d.fence, "plea: a burst at the ceiling is held");
	OK(w.d.next_ms <= HOLD_CAPPED_MS / 5, "plea: not for an interval");
	look(&w, HOLD_CAPPED_MS - 1, true);
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
	OK(w.d.fence && !w.h.rest.capped_since_ms, "plea: the burst is over");
	/* A reserve that is smaller than the margin is crossed sooner. */
	w.set.reserve_mb = 1;
	w.in.ceiling_kb = w.s.balloon.target_kb;
	use(&w, (int64_t)w.s.memory.available_kb - 9000);
	w.s.memory.committed_kb = 0;
	w.in.crossed = true;
	look(&w, 1000, true);
	w.in.crossed = false;
	OK(w.d.fence && w.d.need.wanted_kb <= w.in.ceiling_kb,
	    "plea: below the margin, above the reserve: held");
	look(&w, HOLD_CAPPED_MS, true);
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
	OK(w.h.driver.progress == PROGRESS_REFUSED && !w.d.fence,
	    "fence: open when the host refuses");
	idle(&w);
	w.in.fenced = true;
	settle(&w, 20);
	w.s.counters.oom_kills++;
	look(&w, 1000, false);
	OK(!w.d.fence, "fence: open after an OOM kill");
	idle(&w);
	look(&w, 0, true);
	look(&w, 1000, true);
	OK(!w.d.fence, "fence: none without groups");
}

int
main(void)
{
	test_fence();
	test_burst();
	test_fence_plea();
	test_fence_refused();
	return tap_end();
}
