/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/dom0/judge applet/dom0/share */
/*
 * sim: the shares of a pool over the hours of guests that exist in numbers
 * only, and what must hold at each of their seconds
 *
 * usage: sim [-v] SEED...
 *
 * A seed makes guests, a pool and a fate for each guest. For ACTIVE_S seconds
 * they live; then each need stays as it is, and within SETTLE_S seconds the
 * targets must come to rest and stay so for REST_S. A seed below SCRIPTS is a
 * script of its own. The first line about a seed that fails says what.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/share.h"

#define GUESTS 12
#define ACTIVE_S 400
#define SETTLE_S 400 /* SHARE_SILENT_MS, SHARE_FOLLOW_MS and the taking */
#define REST_S 120
#define MB 1024

enum kind {
	IDLE, GROWING, BURSTY, DIRECTED, STUCK, GREEDY, JUMPING, LIAR, SILENT,
	MANAGED, BOOTING, KINDS
};

static const char *const names[] = {"idle", "growing", "bursty", "directed",
    "stuck", "greedy", "jumping", "liar", "silent", "managed", "booting"};

/* What is true of a guest, beside what it tells. */
static struct model {
	bool there;
	enum kind kind;
	uint64_t size, need, target, most;
	uint64_t wrote_ms, told_size, told_need;
	uint64_t video; /* that memory/target leaves out, and it again */
	bool paused;
	bool excuse; /* its ceiling is its size, it says */
} model[GUESTS];

static struct share_guest guest[GUESTS];
static struct share_pool pool;
static uint64_t now_ms, state, over_most;
static bool verbose, frozen, refusing, failed;
static unsigned long seed, steps, writes;

static uint64_t
dice(uint64_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % sides;
}

static void
complain(unsigned i, const char *what)
{
	const struct share_guest *g = &guest[i];

	if (!failed)
		printf("# seed %lu, %" PRIu64 " s, guest %u (%s): %s: size %"
		    PRIu64 " need %" PRIu64 " target %" PRIu64 " new %" PRIu64
		    " (%s)\n", seed, now_ms / 1000, i, names[model[i].kind],
		    what, g->seen.current_kb / MB, g->seen.need_kb / MB,
		    g->step.target_kb / MB, g->answer.new_kb / MB,
		    share_reason(g->answer.reason));
	failed = true;
}

/* --- guests --------------------------------------------------------------- */

static void
boot(unsigned i, enum kind kind)
{
	struct model *m = &model[i];
	struct share_guest *g = &guest[i];

	*m = (struct model){.there = true, .kind = kind};
	*g = (struct share_guest){.id = i + 1, .limits.weight = 1 + dice(4),
	    .limits.floor_kb = (16 + dice(80)) * MB};
	m->most = (128 + dice(512)) * MB;
	m->size = m->target = m->most;
	m->need = (48 + dice(64)) * MB + dice(1024);
	m->video = dice(8) ? 0 : 8 * MB;
	m->excuse = dice(2);
	if (dice(4) == 0)
		g->limits.ceiling_kb = (128 + dice(512)) * MB;
}

static void
live(struct model *m)
{
	bool often = dice(20) == 0;

	switch (m->kind) {
	case GROWING: m->need += dice(MB / 2); break;
	case BURSTY:
		if (often)
			m->need = (40 + dice(m->most / MB)) * MB;
		break;
	case SILENT:
		m->paused = dice(40) == 0 ? !m->paused : m->paused;
		break;
	case LIAR:
	case JUMPING:
	case STUCK:
		if (often)
			m->need = (40 + dice(400)) * MB;
		break;
	default:
		m->need += often ? dice(4 * MB) : 0;
		m->need -= often ? dice(4 * MB) : 0;
	}
	if (m->need > m->most)
		m->need = m->kind == GROWING ? 64 * MB : m->most;
	if (m->need < 16 * MB)
		m->need = 16 * MB;
}

/* What memory/target leaves of the target, and the driver of that. */
static uint64_t
reach(const struct model *m)
{
	uint64_t target = m->target < m->most ? m->target : m->most;

	return target > 2 * m->video ? target - 2 * m->video : MB;
}

/* A balloon: at most 64 MB/s either way, and a tenth back by itself. */
static void
move(struct model *m)
{
	uint64_t allowed = reach(m);
	uint64_t goal = m->need < allowed ? m->need : allowed;

	if (m->paused)
		return;
	if (m->kind == DIRECTED || m->kind == BOOTING)
		goal = allowed;
	if (m->kind == STUCK && goal < m->size)
		return;
	if (m->kind == GREEDY && goal > 64 * MB)
		goal = allowed < 64 * MB ? allowed : 64 * MB;
	if (goal < m->size && m->size <= allowed)
		m->size -= (m->size - goal + 9) / 10;
	else if (goal < m->size)
		m->size -= m->size - goal > 64 * MB ? 64 * MB : m->size - goal;
	else
		m->size += goal - m->size > 64 * MB ? 64 * MB : goal - m->size;
}

/* A record: on change after 10 s, at once when short, each 60 s at rest. */
static void
tell(struct model *m, struct share_guest *g)
{
	uint64_t age = now_ms - m->wrote_ms;
	bool changed = m->size != m->told_size || m->need != m->told_need;

	g->seen.target_kb = m->target - m->video;
	g->seen.static_max_kb = m->most;
	g->seen.excluded = m->kind == MANAGED ? SHARE_MANAGED
	    : m->kind == LIAR && dice(2) ? SHARE_LIES
	    : m->kind == BOOTING ? SHARE_NEW : SHARE_REST;
	if (m->kind == BOOTING || m->paused)
		return;
	if (m->wrote_ms && age < 60000 && !(changed &&
	    (age >= 10000 || m->need > m->target)))
		return;
	m->wrote_ms = g->seen.record_ms = now_ms;
	m->told_size = g->seen.current_kb = m->size;
	m->told_need = m->need;
	g->seen.need_kb = m->kind == GREEDY ? m->most : m->need;
	g->seen.ceiling_kb =
	    m->kind == GREEDY && m->excuse ? m->size : reach(m);
	if (m->kind == JUMPING && !frozen && dice(4) == 0)
		g->seen.current_kb = dice(2) ? UINT64_MAX : m->size + 200 * MB;
}

/* --- what must hold ------------------------------------------------------- */

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t
held(bool after)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < GUESTS; i++)
		if (model[i].there)
			sum += larger(guest[i].seen.current_kb,
			    after ? guest[i].answer.new_kb
				  : guest[i].step.target_kb);
	return sum;
}

static void
check_one(unsigned i, const struct share_result *r, bool spare)
{
	const struct share_guest *g = &guest[i];
	uint64_t new_kb = g->answer.new_kb;
	bool lower = new_kb < g->step.target_kb;
	bool raised = new_kb > g->step.target_kb;

	if (lower && new_kb < g->limits.floor_kb &&
	    new_kb + MB < g->seen.static_max_kb && new_kb + MB < pool.pool_kb &&
	    (!g->limits.ceiling_kb || new_kb + MB < g->limits.ceiling_kb))
		complain(i, "below its floor");
	if (lower && !r->tight && (new_kb < g->step.wanted_kb ||
	    (g->answer.reason != SHARE_DOUBT && new_kb < g->step.max_kb &&
		new_kb < g->seen.need_kb)))
		complain(i, "below its need, and the pool could hold it");
	if ((lower || raised) && g->answer.reason >= SHARE_NEW)
		complain(i, "is to be left alone");
	if (raised && g->seen.current_kb > g->step.target_kb + SHARE_SLACK_KB &&
	    (g->answer.reason == SHARE_STUCK || g->learned.liar))
		complain(i, "is rewarded");
	if (new_kb < g->step.wanted_kb && !r->tight && spare &&
	    g->answer.reason < SHARE_NEW)
		complain(i, "waits, and there is memory for it");
	if (raised && new_kb > g->seen.static_max_kb)
		complain(i, "above static-max");
	if ((lower || raised) && new_kb % SHARE_GRAIN_KB)
		complain(i, "not whole MB");
}

/* Memory that nobody needs or holds, beside what rounding costs. */
static bool
is_spare(void)
{
	uint64_t grains = 2 * GUESTS * SHARE_GRAIN_KB, free = 0;

	if (held(true) + grains < pool.pool_kb)
		return true;
	for (unsigned i = 0; i < GUESTS; i++) {
		const struct share_guest *g = &guest[i];
		uint64_t least = larger(g->step.wanted_kb, g->seen.current_kb);

		if (model[i].there && g->answer.reason < SHARE_NEW &&
		    g->answer.new_kb > least)
			free += g->answer.new_kb - least;
	}
	return free > grains;
}

static void
check(const struct share_result *r)
{
	uint64_t before = held(false), after = held(true);
	bool spare = is_spare();

	if (after > larger(before, pool.pool_kb))
		complain(0, "more is held than the pool has");
	for (unsigned i = 0; i < GUESTS; i++)
		if (model[i].there)
			check_one(i, r, spare);
}

/* --- time ----------------------------------------------------------------- */

/* Sets targets as the balancer does: the lower ones first. */
static unsigned
apply(void)
{
	unsigned count = 0;
	bool good = true;

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < GUESTS; i++) {
			struct share_guest *g = &guest[i];
			bool fails = refusing && !frozen &&
			    (seed == 7 || dice(8) == 0);

			if (!model[i].there || !(pass ? good &&
			    g->answer.new_kb > g->step.target_kb
			    : g->answer.new_kb < g->step.target_kb))
				continue;
			count++;
			good = good && !fails;
			if (!fails)
				model[i].target = g->answer.new_kb;
			share_applied(g, fails ? 0
			    : g->answer.new_kb - model[i].video, now_ms);
			if (verbose)
				printf("# %" PRIu64 " s: %u %s %" PRIu64
				    " -> %" PRIu64 " need %" PRIu64 " (%s)\n",
				    now_ms / 1000, i, names[model[i].kind],
				    g->step.target_kb / MB,
				    g->answer.new_kb / MB,
				    g->seen.need_kb / MB,
				    share_reason(g->answer.reason));
		}
	return count;
}

static void
measure(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < GUESTS; i++)
		if (model[i].there)
			sum += larger(model[i].size, model[i].target);
	if (sum > pool.pool_kb && held(true) <= pool.pool_kb &&
	    sum - pool.pool_kb > over_most)
		over_most = sum - pool.pool_kb;
}

/* share() takes an array: those who are there, one behind the other. */
static void
share_all(struct share_result *r)
{
	static struct share_guest list[GUESTS];
	unsigned count = 0;

	for (unsigned i = 0; i < GUESTS; i++)
		if (model[i].there)
			list[count++] = guest[i];
	share(r, list, count, &pool, now_ms);
	while (count--)
		guest[list[count].id - 1] = list[count];
}

static unsigned
second(void)
{
	struct share_result r;
	unsigned count;

	now_ms += 1000;
	steps++;
	for (unsigned i = 0; i < GUESTS; i++) {
		if (!model[i].there)
			continue;
		if (!frozen)
			live(&model[i]);
		move(&model[i]);
		tell(&model[i], &guest[i]);
	}
	share_all(&r);
	check(&r);
	count = apply();
	writes += count;
	measure();
	return count;
}

/* Guests come, and go, and start to talk. */
static void
fate(void)
{
	unsigned i = (unsigned)dice(GUESTS);

	if (dice(30))
		return;
	if (!model[i].there)
		boot(i, BOOTING);
	else if (model[i].kind == BOOTING)
		model[i].kind = (enum kind)dice(BOOTING);
	else if (dice(4) == 0)
		model[i].there = false;
}

static void
rest(void)
{
	unsigned late = 0;

	frozen = true;
	for (unsigned s = 0; s < SETTLE_S; s++)
		second();
	for (unsigned i = 0; i < GUESTS; i++)
		/* No more coins, nor chances: SHARE_DOUBT_MS. */
		if (model[i].there && (model[i].kind == LIAR ||
			(model[i].kind == GREEDY && seed != 4)))
			model[i].kind = IDLE;
	for (unsigned s = 0; s < SETTLE_S; s++)
		second();
	for (unsigned s = 0; s < REST_S; s++)
		late += second();
	if (late)
		complain(0, "targets do not come to rest");
}

static void
random_lives(void)
{
	unsigned count = 1 + (unsigned)dice(GUESTS);

	pool.pool_kb = (uint64_t)count * (64 + dice(400)) * MB;
	pool.reserve_kb = dice(3) ? 0 : dice(100) * MB;
	refusing = dice(4) == 0;
	for (unsigned i = 0; i < count; i++)
		boot(i, (enum kind)dice(KINDS));
	for (unsigned s = 0; s < ACTIVE_S; s++) {
		fate();
		second();
	}
	rest();
}

/* --- scripts -------------------------------------------------------------- */

/* Four guests of 256 MB, no other's whim in them. */
static void
four(uint64_t pool_mb)
{
	pool = (struct share_pool){pool_mb * MB, 0};
	for (unsigned i = 0; i < 4; i++) {
		boot(i, IDLE);
		model[i].most = model[i].size = model[i].target = 256 * MB;
		model[i].need = 80 * MB;
		model[i].video = 0;
		guest[i].limits.floor_kb = 64 * MB;
		guest[i].limits.ceiling_kb = 0;
		guest[i].limits.weight = 1;
	}
	frozen = true;
	for (unsigned s = 0; s < 300; s++)
		second();
}

static void
want(unsigned i, bool good, const char *what)
{
	if (!good)
		complain(i, what);
}

/* 1: bursts in turn, each met in the second in which it is told. */
static void
script_bursts(void)
{
	four(640);
	for (unsigned i = 0; i < 4; i++) {
		want(i, model[i].target == 160 * MB, "no equal share");
		model[i].need = 240 * MB;
		second();
		want(i, model[i].target >= 240 * MB, "waits");
		model[i].need = 80 * MB;
		for (unsigned s = 0; s < 300; s++)
			second();
	}
}

/* 2: all at once need more than there is: by weight, none below its floor. */
static void
script_short(void)
{
	four(640);
	guest[3].limits.weight = 3;
	for (unsigned i = 0; i < 4; i++)
		model[i].need = 256 * MB;
	for (unsigned s = 0; s < 300; s++)
		second();
	want(0, model[0].target == 128 * MB, "not by weight");
	want(3, model[3].target == 256 * MB, "not by weight");
}

/* 3: one does not give back: none gets what it holds; then it does. */
static void
script_stuck(void)
{
	four(640);
	model[0].need = 240 * MB;
	for (unsigned s = 0; s < 60; s++)
		second();
	model[0].kind = STUCK;
	model[0].need = 80 * MB;
	for (unsigned i = 1; i < 4; i++)
		model[i].need = 200 * MB;
	for (unsigned s = 0; s < 100; s++)
		second();
	want(0, guest[0].answer.reason == SHARE_STUCK,
	    "is not said to be stuck");
	model[0].kind = IDLE;
	for (unsigned s = 0; s < 100; s++)
		second();
	want(0, guest[0].answer.reason < SHARE_NEW,
	    "moved, and is not heard again");
}

/* 4: one claims all and takes nothing: no more than the others get. */
static void
script_greedy(void)
{
	four(640);
	model[0].kind = GREEDY;
	model[0].excuse = true;
	for (unsigned i = 1; i < 4; i++)
		model[i].need = 120 * MB;
	for (unsigned s = 0; s < 200; s++)
		second();
	want(0, guest[0].answer.reason == SHARE_DOUBT, "is believed");
	want(0, model[0].target <= 130 * MB, "is rewarded");
	rest();
}

/* 5: silent for long, then back. */
static void
script_silent(void)
{
	uint64_t target;

	four(640);
	model[2].paused = true;
	target = model[2].target;
	for (unsigned s = 0; s < 200; s++)
		second();
	model[0].need = 256 * MB;
	model[1].need = 256 * MB;
	for (unsigned s = 0; s < 60; s++)
		second();
	want(2, guest[2].answer.reason == SHARE_SILENT,
	    "is not said to be silent");
	want(2, model[2].target == target, "is not left alone");
	model[2].paused = false;
	for (unsigned s = 0; s < 60; s++)
		second();
	want(2, guest[2].answer.reason < SHARE_NEW, "is not heard again");
}

/* 6: needs that tremble by a MB or two move nothing. */
static void
script_tremble(void)
{
	unsigned count = 0;

	four(640);
	for (unsigned s = 0; s < 600; s++) {
		for (unsigned i = 0; i < 4; i++)
			model[i].need = 80 * MB + dice(2 * MB);
		count += second();
	}
	want(0, count == 0, "trembles with its need");
}

/* 7: what was refused is not asked for again in the next second. */
static void
script_refused(void)
{
	unsigned long before;

	four(640);
	refusing = true;
	frozen = false;
	before = writes;
	model[1].need = 250 * MB;
	for (unsigned s = 0; s < 120; s++)
		second();
	want(0, writes - before < 60, "is asked again and again");
}

/* 8: one with video memory in a pool that is short: it does not sink. */
static void
script_video(void)
{
	four(640);
	model[0].video = 8 * MB;
	for (unsigned i = 0; i < 4; i++)
		model[i].need = 220 * MB;
	for (unsigned s = 0; s < 300; s++)
		second();
	want(0, model[0].target >= 156 * MB, "sinks");
	want(0, guest[0].answer.reason == SHARE_SHORT, "is not believed");
}

/*
 * 9: paused when its need was met, at rest since, and with no room: the
 * reserve is there for it all the same.
 */
static void
script_paused(void)
{
	four(640);
	pool.reserve_kb = 320 * MB;
	for (unsigned s = 0; s < 300; s++)
		second();
	model[0].need = 240 * MB;
	model[0].paused = true;
	guest[0].seen.need_kb = model[0].need; /* its last word */
	for (unsigned s = 0; s < 59; s++)
		second();
	want(0, guest[0].learned.no_progress, "is believed");
	model[0].paused = false;
	for (unsigned s = 0; s < 400; s++)
		second();
	want(0, model[0].size == 240 * MB, "is doubted for ever");
}

static void (*const scripts[])(void) = {random_lives, script_bursts,
    script_short, script_stuck, script_greedy, script_silent, script_tremble,
    script_refused, script_video, script_paused};

#define SCRIPTS (sizeof(scripts) / sizeof(scripts[0]))

int
main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0) {
			verbose = true;
			continue;
		}
		seed = strtoul(argv[i], NULL, 10);
		state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
		memset(model, 0, sizeof(model));
		memset(guest, 0, sizeof(guest));
		now_ms = 1000000;
		failed = frozen = refusing = false;
		for (unsigned n = 0; n < 8; n++)
			dice(2);
		scripts[seed < SCRIPTS ? seed : 0]();
		if (failed) {
			printf("failed %lu\n", seed);
			status = 1;
		}
	}
	printf("# %lu steps, %lu targets set, real sizes at most %" PRIu64
	    " kB over the pool for a while\n", steps, writes, over_most);
	return status;
}
