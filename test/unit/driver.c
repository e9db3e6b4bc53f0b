/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
/* What the driver makes of a request: refused, lowered, given up, overtaken. */
#include "world.h"

static void
test_mem_set(void)
{
	struct world w;

	/* The driver has heard the new word, and this program not yet. */
	idle(&w);
	settle(&w, 20);
	w.in.ceiling_kb = 262144;
	w.in.stale = true;
	w.s.balloon.target_kb = SIZE;
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
	look(&w, HISTORY_FOREIGN_MS, true);
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
	IS(w.s.balloon.target_kb, 262144, "mem-set: and stays, below the floor too");
	w.in.ceiling_kb = SIZE;
	settle(&w, 20);
	IS(w.s.balloon.target_kb, 400 * 1024, "mem-set: back to the need after it");
	/* Up: what the driver was told stands until this program hears it. */
	idle(&w);
	w.in.ceiling_kb = 300032;
	resize(&w, 300032);
	look(&w, 1000, true);
	for (unsigned self = 0; self < 2; self++) {
		w.set.self = self;
		w.set.guard = !self;
		resize(&w, 300032);
		use(&w, 150000);
		look(&w, 1000, true);
		w.s.balloon.target_kb = 400000;
		look(&w, 1000, true);
		OK(!w.d.write, "mem-set: up, self-ballooning %u: not undone",
		    self);
		use(&w, -150000);
	}
	/* What the driver was told, or what is known of it, is off by a bit. */
	idle(&w);
	resize(&w, 300032);
	w.in.ceiling_kb = 300000;
	OK(settle(&w, 20) > 0 && w.s.balloon.target_kb < 200000,
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
	OK(w.h.driver.progress == PROGRESS_REFUSED, "gave up: it is said");
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
	w.s.balloon.target_kb = w.d.target_kb;
	for (unsigned i = 0; i < 10; i++)
		look(&w, 1000, false);
	OK(w.h.driver.progress == PROGRESS_REFUSED && w.s.balloon.target_kb > 300000,
	    "refused: and asks on");
	use(&w, -200000);
	for (unsigned i = 0; i < 10 && w.s.balloon.target_kb > 300000; i++)
		look(&w, 1000, false);
	OK(w.s.balloon.target_kb <= 300000 && !w.d.need.strict_kb,
	    "refused: the need is over, and so is the asking");
	resize(&w, w.s.balloon.target_kb);
	settle(&w, 20);
	IS(w.s.balloon.target_kb, FLOOR, "refused: then it gives back as ever");
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
	w.s.balloon.target_kb = w.s.balloon.current_kb;
	look(&w, 100, false);
	OK(w.h.driver.progress == PROGRESS_CLAMPED,
	    "standing: the driver lowered the target");
	w.s.balloon.target_kb = SIZE;
	look(&w, 100, false);
	w.s.balloon.low_kb = 0;
	look(&w, HISTORY_STILL_MS, false);
	OK(w.h.driver.progress == PROGRESS_HOTPLUG,
	    "standing: an empty balloon waits for new memory");
	w.s.balloon.held_known = false;
	look(&w, 100, false);
	OK(w.h.driver.progress == PROGRESS_REFUSED,
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
	w.s.balloon.target_kb = w.s.balloon.current_kb;
	policy_write_failed(&w.h);
	OK(!look(&w, 10, false), "not written: not at every look");
	OK(w.h.driver.progress == PROGRESS_REACHED, "not written: not clamped");
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
	w.s.balloon.target_kb = SIZE;
	look(&w, 59000, true);
	OK(w.h.driver.progress == PROGRESS_MOVING, "late: a new target is not refused");
	idle(&w);
	w.set.self_interval_s = 60;
	settle(&w, 20);
	w.s.balloon.target_kb = w.s.balloon.current_kb - 20000;
	look(&w, 59000, true);
	OK(w.h.driver.progress == PROGRESS_MOVING, "late: nor out of free pages");
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
	w.in.ceiling_kb = w.s.balloon.target_kb = 262144;
	for (unsigned i = 0; i < 120; i++) {
		writes += look(&w, 1000, false);
		above += w.d.write && w.d.target_kb > 262144;
	}
	OK(above == 0, "short: domain 0's word is not exceeded");
	OK(writes < 12, "short: no number in turn with another, for ever");
}

int
main(void)
{
	test_mem_set();
	test_gave_up();
	test_refused_and_idle();
	test_standing();
	test_not_written();
	test_late();
	test_retry_below_ceiling();
	test_short();
	return tap_end();
}
