/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
/*
 * Canaries: how many there should be, whether they protect, what their deaths
 * do to the size, and the brake that follows.
 */
#include "world.h"

/* A guest at rest whose canaries stand. */
static void
guarded(struct world *w)
{
	idle(w);
	w->set.reserve_mb = 0;
	w->in.canary = (struct canary_facts){
	    .keeper = true, .brake = true, .cpus = 1, .standing = 6,
	    .protects = true};
	settle(w, 20);
}

/* A burst took all; `count` canaries died of it. */
static void
die(struct world *w, unsigned count)
{
	use(w, (int64_t)w->s.memory.available_kb - 3000);
	w->in.canary.killed = count;
	w->in.canary.standing -= count;
	w->s.counters.oom_kills += count;
}

static const struct {
	const char *name;
	struct canary_facts facts;
	uint64_t total_mb;
	bool full, refused;
	const char *setting;
	enum protection protection;
	unsigned count;
	uint32_t kb;
} plans[] = {
#define THERE .keeper = true, .brake = true, .cpus = 1
    {"none yet", {THERE}, 456, false, false, "auto", PROTECTION_ARMING, 6, 456},
    {"they stand", {THERE, .standing = 6}, 456, false, false, "auto",
	PROTECTION_STANDS, 6, 456},
    {"a guest of 64 MB", {THERE, .standing = 6}, 60, false, false, "auto",
	PROTECTION_STANDS, 6, 128},
    {"a guest of 1 TB", {.keeper = true, .brake = true, .cpus = 64, .standing = 16},
	1 << 20, false, false, "auto", PROTECTION_STANDS, 16, 1024},
    {"two processors", {.keeper = true, .brake = true, .cpus = 2}, 456, false, false, "auto",
	PROTECTION_ARMING, 8, 456},
    {"12 MB by hand", {THERE, .standing = 1}, 456, false, false, "12",
	PROTECTION_STANDS, 6, 2048},
    {"no group to freeze", {.keeper = true, .cpus = 1}, 456, false, false,
	"auto", PROTECTION_ARMING, 16, 456},
    {"off", {THERE, .standing = 6}, 456, false, false, "off",
	PROTECTION_OFF, 0, 128},
    {"no keeper", {.cpus = 1}, 456, false, false, "auto", PROTECTION_NO_KEEPER, 0,
	456},
    {"in a container", {THERE, .contained = true}, 456, false, false, "auto",
	PROTECTION_CONTAINED, 0, 456},
    {"panic_on_oom", {THERE, .standing = 6, .panic_on_oom = true}, 456,
	false, false, "auto", PROTECTION_PANIC, 0, 456},
    {"oom_kill_allocating_task", {THERE, .standing = 6,
	.kill_allocating = true}, 456, false, false, "auto", PROTECTION_CULPRIT, 0,
	456},
    {"at the ceiling", {THERE, .standing = 6}, 456, true, false, "auto",
	PROTECTION_FULL, 0, 456},
    {"refused", {THERE, .standing = 6}, 456, false, true, "auto",
	PROTECTION_REFUSED, 0, 456},
    {"a rival", {THERE, .standing = 6, .rival = true}, 456, false, false, "auto",
	PROTECTION_RIVAL, 6, 456},
};

static void
test_plans(void)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct settings set;
		struct canary_plan p;

		settings_default(&set);
		set.self = 1;
		strcpy(set.canary, plans[i].setting);
		canary_plan(&p, &plans[i].facts, &set,
		    plans[i].total_mb * 1024, plans[i].full, plans[i].refused);
		OK(p.protection == plans[i].protection &&
			p.count == plans[i].count &&
			(!p.count || p.kb == plans[i].kb),
		    "plan: %s: %u of %u kB", plans[i].name, p.count, p.kb);
	}
}

static void
test_reserve(void)
{
	struct world w;
	uint64_t guarded_kb;

	guarded(&w);
	guarded_kb = w.d.need.reserve_kb;
	OK(guarded_kb < 32 * 1024, "reserve: with canaries a small one");
	w.in.canary.protects = false;
	look(&w, 1000, true);
	OK(w.d.need.reserve_kb == 64 * 1024,
	    "reserve: without, what a load takes between two looks");
	OK(w.d.need.margin_kb == 0, "reserve: and there is no fence");
}

static void
test_death(void)
{
	struct world w;
	uint64_t rest;

	guarded(&w);
	rest = w.s.balloon.target_kb;
	die(&w, 1);
	look(&w, 100, false);
	OK(w.d.write && w.d.target_kb == SIZE && w.d.reason == REASON_CANARY,
	    "death: to the ceiling at once");
	OK(w.d.freeze && w.d.next_ms == POLICY_LOOK_MIN_MS,
	    "death: the brake is on");
	w.in.canary.killed = 0;
	use(&w, -(int64_t)(w.s.memory.anon_kb - 5000));
	resize(&w, SIZE);
	settle(&w, 60);
	IS(w.s.balloon.target_kb, rest, "death: later all of it goes back");
	OK(w.h.rest.hold_until_ms == 0, "death: it is no OOM kill");
}

/* The kernel counts a kill before its victim is gone. */
static void
test_judged_later(void)
{
	struct world w;

	guarded(&w);
	w.s.counters.oom_kills++;
	look(&w, 1000, true);
	OK(w.d.reason != REASON_OOM && w.d.next_ms <= POLICY_JUDGE_MS,
	    "kill: may be a canary's: soon looked at again");
	w.in.canary.killed = 1;
	look(&w, POLICY_JUDGE_MS, true);
	OK(w.d.reason != REASON_OOM, "kill: it was");
	w.in.canary.killed = 0;
	look(&w, 1000, true);
	OK(w.d.reason != REASON_OOM, "kill: and is not counted twice");
	w.s.counters.oom_kills++;
	look(&w, 1000, true);
	look(&w, POLICY_JUDGE_MS, true);
	OK(w.d.write && w.d.reason == REASON_OOM, "kill: this one was not");
	guarded(&w);
	w.s.counters.oom_kills += 2;
	w.in.canary.killed = 1;
	look(&w, 1000, true);
	w.in.canary.killed = 0;
	look(&w, POLICY_JUDGE_MS, true);
	OK(w.d.reason == REASON_OOM, "kill: one of two was not");
}

static void
test_by_hand(void)
{
	struct world w;

	guarded(&w);
	w.in.canary.killed = 1;
	look(&w, 1000, true);
	OK(!w.d.write && !w.d.freeze, "by hand: the size stays");
	w.in.canary.killed = 0;
	w.s.counters.oom_kills++;
	look(&w, 1000, true);
	look(&w, POLICY_JUDGE_MS, true);
	OK(w.d.reason == REASON_OOM,
	    "by hand: the next kill is not taken for that one");
}

/* What a step down brought about is not done again for an hour. */
static void
test_learned(void)
{
	struct world w;
	uint64_t before;

	guarded(&w);
	w.set.down = 1;
	before = w.s.balloon.target_kb + 20000;
	resize(&w, before);
	look(&w, 20000, true);
	OK(w.d.write && w.d.reason == REASON_SHRINK, "learned: a step down");
	die(&w, 1);
	look(&w, 1000, true);
	w.in.canary.killed = 0;
	use(&w, -(int64_t)(w.s.memory.anon_kb - 5000));
	settle(&w, 60);
	OK(w.s.balloon.target_kb + 64 >= before,
	    "learned: not below the size before it");
	look(&w, HISTORY_LEARNED_MS, true);
	settle(&w, 60);
	OK(w.s.balloon.target_kb < before, "learned: for an hour");
}

/* Frozen at 200 MB, 300 MB on their way. */
static void
frozen(struct world *w)
{
	guarded(w);
	resize(w, 204800);
	die(w, 2);
	look(w, 10, false);
	w->in.canary.killed = 0;
	w->in.canary.standing = 0;
}

static void
test_brake(void)
{
	struct world w;
	uint64_t stretch = TOTAL / HOLD_STRETCH_SHARE;

	frozen(&w);
	OK(w.d.freeze, "brake: on");
	w.s.balloon.current_kb += stretch - 64;
	look(&w, 5, false);
	OK(w.d.freeze, "brake: on until the stretch is there");
	w.s.balloon.current_kb += 128;
	look(&w, 5, false);
	OK(w.d.freeze, "brake: and new canaries");
	w.in.canary.standing = 6;
	look(&w, 5, false);
	OK(!w.d.freeze, "brake: off");
	look(&w, 1000, false);
	OK(!w.d.freeze, "brake: and stays so");
	frozen(&w);
	for (unsigned ms = 5; ms < HOLD_FROZEN_STILL_MS; ms += 5)
		look(&w, 5, false);
	OK(w.d.freeze, "brake: a balloon that stands still is waited for");
	look(&w, 5, false);
	OK(!w.d.freeze, "brake: off where the balloon stands still");
	frozen(&w);
	for (unsigned ms = 0; ms < HOLD_FROZEN_MAX_MS - 100; ms += 100) {
		w.s.balloon.current_kb++;
		look(&w, 100, false);
	}
	OK(w.d.freeze, "brake: a slow balloon is waited for");
	w.s.balloon.current_kb++;
	look(&w, 100, false);
	OK(!w.d.freeze, "brake: for ten seconds");
	frozen(&w);
	resize(&w, SIZE);
	look(&w, 5, false);
	OK(!w.d.freeze, "brake: off at the ceiling");
	guarded(&w);
	w.in.canary.brake = false;
	die(&w, 1);
	look(&w, 10, false);
	OK(!w.d.freeze && w.d.reason == REASON_CANARY,
	    "brake: none where there is nothing to freeze");
}

int
main(void)
{
	test_plans();
	test_reserve();
	test_death();
	test_judged_later();
	test_by_hand();
	test_learned();
	test_brake();
	return tap_end();
}
