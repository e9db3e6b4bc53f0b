/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/dom0/judge applet/dom0/share */
#include <string.h>

#include "dom0/share.h"
#include "../lib/tap.h"

#define MB 1024
#define GUESTS 4

/* A guest as a row: all in MB. */
struct row {
	uint64_t current, need, target;
	uint64_t floor, ceiling, weight; /* weight 0: 1 */
	enum share_reason excluded;
	uint64_t want; /* its new target */
	enum share_reason why;
};

static struct share_guest guest[GUESTS];
static uint64_t now_ms = 1000000;
static bool ceiling_is_set; /* else it is the target */

static void
fill_in(struct share_guest *g, const struct row *r)
{
	g->seen.excluded = r->excluded;
	g->seen.record_ms = now_ms;
	g->seen.current_kb = r->current * MB;
	g->seen.need_kb = r->need * MB;
	g->seen.target_kb = r->target * MB;
	g->seen.static_max_kb = 256 * MB;
	if (!ceiling_is_set)
		g->seen.ceiling_kb = g->seen.target_kb;
	g->limits.floor_kb = r->floor * MB;
	g->limits.ceiling_kb = r->ceiling * MB;
	g->limits.weight = r->weight ? r->weight : 1;
}

static const struct {
	const char *name;
	uint64_t pool, reserve;
	bool tight, over;
	struct row row[GUESTS];
} tables[] = {
    {"nobody needs much: equal shares", 640, 0, false, false,
	{{80, 80, 256, 64, 0, 1, SHARE_REST, 160, SHARE_SPARE},
	    {80, 80, 256, 64, 0, 1, SHARE_REST, 160, SHARE_SPARE},
	    {80, 80, 256, 64, 0, 1, SHARE_REST, 160, SHARE_SPARE},
	    {80, 80, 256, 64, 0, 1, SHARE_REST, 160, SHARE_SPARE}}},
    {"shares are by weight, on top of the need", 640, 0, false, false,
	{{80, 80, 80, 64, 0, 1, SHARE_REST, 120, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 120, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 2, SHARE_REST, 160, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 4, SHARE_REST, 240, SHARE_ROOM}}},
    {"what one cannot take goes to the others", 640, 0, false, false,
	{{80, 80, 80, 64, 100, 1, SHARE_REST, 100, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 180, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 180, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 180, SHARE_ROOM}}},
    {"the reserve is no share", 640, 80, false, false,
	{{80, 80, 80, 64, 0, 1, SHARE_REST, 140, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 140, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 140, SHARE_ROOM},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 140, SHARE_ROOM}}},
    {"but it is for a need", 640, 160, false, false,
	{{120, 240, 120, 64, 0, 1, SHARE_REST, 240, SHARE_NEED},
	    {120, 120, 120, 64, 0, 1, SHARE_REST, 120, SHARE_REST},
	    {120, 120, 120, 64, 0, 1, SHARE_REST, 120, SHARE_REST},
	    {120, 120, 120, 64, 0, 1, SHARE_REST, 120, SHARE_REST}}},
    {"a burst takes headroom in the same step", 640, 0, false, false,
	{{150, 240, 160, 64, 250, 1, SHARE_REST, 250, SHARE_NEED},
	    {80, 80, 160, 64, 0, 1, SHARE_REST, 130, SHARE_SPARE},
	    {80, 80, 160, 64, 0, 1, SHARE_REST, 130, SHARE_SPARE},
	    {80, 80, 160, 64, 0, 1, SHARE_REST, 130, SHARE_SPARE}}},
    {"and more than the others of what nobody needs", 640, 0, false, false,
	{{150, 180, 160, 64, 0, 1, SHARE_REST, 252, SHARE_NEED},
	    {120, 120, 160, 64, 0, 1, SHARE_REST, 129, SHARE_SPARE},
	    {120, 120, 160, 64, 0, 1, SHARE_REST, 129, SHARE_SPARE},
	    {120, 120, 160, 64, 0, 1, SHARE_REST, 129, SHARE_SPARE}}},
    {"memory is not given before it is there", 640, 0, true, false,
	{{160, 256, 160, 64, 0, 1, SHARE_REST, 160, SHARE_SHORT},
	    {160, 256, 160, 64, 0, 1, SHARE_REST, 160, SHARE_SHORT},
	    {160, 80, 160, 64, 0, 1, SHARE_REST, 120, SHARE_SPARE},
	    {160, 80, 160, 64, 0, 1, SHARE_REST, 120, SHARE_SPARE}}},
    {"no more than a quarter is taken in a step", 480, 0, false, false,
	{{240, 80, 256, 64, 0, 1, SHARE_REST, 180, SHARE_SPARE},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 80, SHARE_REST},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 80, SHARE_REST},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 80, SHARE_REST}}},
    {"short: by weight from the floors up", 480, 0, true, false,
	{{120, 240, 120, 60, 0, 1, SHARE_REST, 100, SHARE_SHORT},
	    {120, 240, 120, 60, 0, 1, SHARE_REST, 100, SHARE_SHORT},
	    {120, 240, 120, 60, 0, 1, SHARE_REST, 100, SHARE_SHORT},
	    {120, 240, 120, 60, 0, 3, SHARE_REST, 120, SHARE_SHORT}}},
    {"short: and given when it is there", 480, 0, true, false,
	{{100, 240, 100, 60, 0, 1, SHARE_REST, 100, SHARE_SHORT},
	    {100, 240, 100, 60, 0, 1, SHARE_REST, 100, SHARE_SHORT},
	    {100, 240, 100, 60, 0, 1, SHARE_REST, 100, SHARE_SHORT},
	    {120, 240, 120, 60, 0, 3, SHARE_REST, 180, SHARE_SHORT}}},
    {"floors that do not fit: nobody is below, nobody is raised", 200, 0,
	true, true,
	{{100, 90, 100, 80, 0, 1, SHARE_REST, 80, SHARE_SHORT},
	    {100, 90, 100, 80, 0, 1, SHARE_REST, 80, SHARE_SHORT},
	    {60, 200, 64, 80, 0, 1, SHARE_REST, 64, SHARE_SHORT},
	    {60, 200, 64, 80, 0, 1, SHARE_REST, 64, SHARE_SHORT}}},
    {"less than the dead band is nothing", 640, 0, false, false,
	{{80, 80, 158, 64, 0, 1, SHARE_REST, 158, SHARE_REST},
	    {80, 80, 162, 64, 0, 1, SHARE_REST, 162, SHARE_REST},
	    {80, 80, 157, 64, 0, 1, SHARE_REST, 157, SHARE_REST},
	    {80, 80, 163, 64, 0, 1, SHARE_REST, 163, SHARE_REST}}},
    {"but a need is met to the MB", 640, 0, false, false,
	{{160, 161, 160, 64, 0, 1, SHARE_REST, 161, SHARE_NEED},
	    {159, 159, 160, 64, 0, 1, SHARE_REST, 159, SHARE_SPARE},
	    {160, 160, 160, 64, 0, 1, SHARE_REST, 160, SHARE_REST},
	    {160, 160, 160, 64, 0, 1, SHARE_REST, 160, SHARE_REST}}},
    {"those left alone keep what they have", 640, 0, false, false,
	{{0, 0, 200, 64, 0, 1, SHARE_NEW, 200, SHARE_NEW},
	    {90, 80, 100, 64, 0, 1, SHARE_MANAGED, 100, SHARE_MANAGED},
	    {120, 250, 100, 64, 0, 1, SHARE_LIES, 100, SHARE_LIES},
	    {80, 80, 256, 64, 0, 1, SHARE_REST, 220, SHARE_SPARE}}},
    {"a size, a need or a target is not known", 640, 0, false, false,
	{{0, 80, 100, 64, 0, 1, SHARE_REST, 100, SHARE_NEW},
	    {80, 0, 100, 64, 0, 1, SHARE_REST, 100, SHARE_NEW},
	    {80, 80, 0, 64, 0, 1, SHARE_REST, 256, SHARE_NEW},
	    {80, 80, 80, 64, 0, 1, SHARE_REST, 184, SHARE_ROOM}}},
    {"nonsense overflows nothing", 640, 0, true, true,
	{{UINT64_MAX / MB, 80, 100, 64, 0, 1, SHARE_REST, 100, SHARE_LIES},
	    {80, UINT64_MAX / MB, 100, 64, 0, 1, SHARE_REST, 64,
		SHARE_SHORT},
	    {80, 80, UINT64_MAX / MB, 64, UINT64_MAX / MB, 10000,
		SHARE_LIES, (UINT64_C(1) << 40) / MB, SHARE_LIES},
	    {80, 80, 100, UINT64_MAX / MB, 0, 10000, SHARE_REST, 100,
		SHARE_WAIT}}},
};

static void
test_tables(void)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct share_pool pool = {
		    tables[i].pool * MB, tables[i].reserve * MB};
		struct share_result r;
		bool good = true;

		memset(guest, 0, sizeof(guest));
		for (unsigned n = 0; n < GUESTS; n++)
			fill_in(&guest[n], &tables[i].row[n]);
		share(&r, guest, GUESTS, &pool, now_ms);
		for (unsigned n = 0; n < GUESTS; n++) {
			const struct row *want = &tables[i].row[n];

			if (guest[n].answer.new_kb == want->want * MB &&
			    guest[n].answer.reason == want->why)
				continue;
			good = false;
			printf("# guest %u: %" PRIu64 " MB, %s\n", n,
			    guest[n].answer.new_kb / MB,
			    share_reason(guest[n].answer.reason));
		}
		OK(good && r.tight == tables[i].tight &&
			r.over == tables[i].over, "%s", tables[i].name);
	}
}

/* One guest of a pool of 200 MB, at a time of its own. */
static enum share_reason
look(const struct row *r, uint64_t ms, uint64_t age_ms)
{
	static const struct share_pool pool = {200 * MB, 0};
	struct share_result result;

	now_ms = ms - age_ms;
	fill_in(&guest[0], r);
	share(&result, guest, 1, &pool, ms);
	return guest[0].answer.reason;
}

static void
test_stuck(void)
{
	struct row r = {.current = 180, .need = 80, .target = 100};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	OK(look(&r, t, 0) < SHARE_NEW, "stuck: not at first");
	OK(look(&r, t + SHARE_FOLLOW_MS - 1, 0) < SHARE_NEW,
	    "stuck: it has some time");
	OK(look(&r, t + SHARE_FOLLOW_MS, 0) == SHARE_STUCK, "stuck");
	r.current = 170;
	OK(look(&r, t + SHARE_FOLLOW_MS + 1, 0) < SHARE_NEW,
	    "stuck: until it moves");
	look(&r, t + 2 * SHARE_FOLLOW_MS + 1, 0);
	OK(guest[0].answer.reason == SHARE_STUCK, "stuck: again");
	r.current = 100;
	OK(look(&r, t + 3 * SHARE_FOLLOW_MS, 0) < SHARE_NEW,
	    "stuck: until it has arrived");
}

static void
test_doubt(void)
{
	struct row r = {.current = 80, .need = 200, .target = 200};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	look(&r, t, 0);
	OK(guest[0].answer.new_kb == 200 * MB, "doubt: believed at first");
	OK(look(&r, t + SHARE_FOLLOW_MS, 0) == SHARE_DOUBT, "doubt");
	OK(guest[0].step.wanted_kb == 80 * MB,
	    "doubt: what it takes is its need");
	r.target = 82;
	look(&r, t + 2 * SHARE_FOLLOW_MS, 0);
	OK(guest[0].step.wanted_kb == 80 * MB,
	    "doubt: a low target is no way out of it");
	r.target = 200;
	r.current = 82;
	OK(look(&r, t + 3 * SHARE_FOLLOW_MS, 0) != SHARE_DOUBT,
	    "doubt: until it takes more");
}

/* As look(): whether it is doubted, whatever it gets. */
static bool
is_doubted(const struct row *r, uint64_t ms, uint64_t age_ms)
{
	look(r, ms, age_ms);
	return guest[0].learned.no_progress;
}

/* An HVM guest in a short pool: it is at its own ceiling, and needs more. */
static void
test_video(void)
{
	struct row r = {.current = 141, .need = 190, .target = 150};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	ceiling_is_set = true;
	guest[0].seen.ceiling_kb = 141 * MB + 628;
	look(&r, t, 0);
	OK(!is_doubted(&r, t + SHARE_FOLLOW_MS, 0),
	    "video: it takes all that it can");
	r.target = 170;
	look(&r, t + SHARE_FOLLOW_MS + 1, 1);
	OK(is_doubted(&r, t + 2 * SHARE_FOLLOW_MS + 1, SHARE_FOLLOW_MS + 1),
	    "video: a ceiling of the old target is no excuse");
	memset(guest, 0, sizeof(guest));
	guest[0].seen.ceiling_kb = 80 * MB;
	r = (struct row){.current = 80, .need = 190, .target = 150};
	look(&r, t, 0);
	OK(is_doubted(&r, t + SHARE_FOLLOW_MS, 0),
	    "video: no guest has so much of it");
	r.current = 74;
	look(&r, t + SHARE_FOLLOW_MS + 1, 0);
	OK(guest[0].step.wanted_kb == 80 * MB,
	    "doubt: it does not chase its own target down");
	ceiling_is_set = false;
}

/* Doubted, and then with no room in which it could show that it is wrong. */
static void
test_chance(void)
{
	struct row r = {.current = 100, .need = 190, .target = 190};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	look(&r, t, 0);
	OK(is_doubted(&r, t + SHARE_FOLLOW_MS, 0), "chance: doubted");
	r.target = 100;
	OK(is_doubted(&r, t + SHARE_DOUBT_MS - 1, 0),
	    "chance: none for a while");
	OK(!is_doubted(&r, t + SHARE_DOUBT_MS, 0),
	    "chance: then it is believed again");
	r.target = 190;
	look(&r, t + SHARE_DOUBT_MS + 1, 0);
	OK(is_doubted(&r, t + SHARE_DOUBT_MS + SHARE_FOLLOW_MS + 1, 0),
	    "chance: and doubted again");
	OK(is_doubted(&r, t + 3 * SHARE_DOUBT_MS, 0),
	    "chance: none where there is room to show it");
}

static void
test_jump(void)
{
	struct row r = {.current = 80, .need = 80, .target = 200};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	look(&r, t, 0);
	r.target = 100;
	look(&r, t + 1000, 1000); /* the same record */
	r.current = 190;
	OK(look(&r, t + 2000, 0) != SHARE_LIES,
	    "jump: it may have grown before the target fell");
	r.current = 80;
	look(&r, t + 3000, 0);
	r.current = 120;
	OK(look(&r, t + 4000, 0) == SHARE_LIES,
	    "jump: nobody grows above his target");
	OK(look(&r, t + 5000, 0) == SHARE_LIES, "jump: and stays so");
	r.current = 100;
	OK(look(&r, t + 6000, 0) != SHARE_LIES, "jump: until it is below");
	r.current = 300;
	OK(look(&r, t + 7000, 0) == SHARE_LIES && guest[0].seen.current_kb ==
		256 * MB, "jump: nobody has more than static-max");
}

/* No static-max: its target is the largest size that is known. */
static void
test_no_static_max(void)
{
	static const struct row row = {.current = 80, .need = 200,
	    .target = 100};
	static const struct share_pool pool = {640 * MB, 0};
	struct share_result r;

	memset(guest, 0, sizeof(guest));
	fill_in(&guest[0], &row);
	guest[0].seen.static_max_kb = 0;
	share(&r, guest, 1, &pool, now_ms);
	OK(guest[0].answer.new_kb == 100 * MB &&
		guest[0].answer.reason == SHARE_REST,
	    "no static-max: not above its target");
}

static void
test_silent(void)
{
	struct row r = {.current = 80, .need = 80, .target = 100};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	OK(look(&r, t, SHARE_SILENT_MS - 1) < SHARE_NEW, "silent: not yet");
	OK(look(&r, t, SHARE_SILENT_MS) == SHARE_SILENT, "silent");
	OK(look(&r, t, 0) < SHARE_NEW, "silent: until it speaks");
}

static void
test_burst(void)
{
	static const struct share_pool pool = {640 * MB, 0};
	static const struct row row = {.current = 80, .need = 120,
	    .target = 100};
	struct share_result r;

	memset(guest, 0, sizeof(guest));
	for (unsigned s = 0; s <= SHARE_BURST_MS / 1000; s++) {
		now_ms = 5000000 + s * 1000;
		for (unsigned n = 0; n < GUESTS; n++) {
			fill_in(&guest[n], &row);
			guest[n].seen.current_kb = 120 * MB;
			guest[n].seen.target_kb = (n || s ? 160 : 100) * MB;
		}
		share(&r, guest, GUESTS, &pool, now_ms);
		if (s + 1 == SHARE_BURST_MS / 1000)
			OK(guest[0].answer.new_kb > 200 * MB,
			    "burst: for a minute");
	}
	OK(guest[0].answer.new_kb == 160 * MB, "burst: and no longer");
}

static void
test_applied(void)
{
	struct row r = {.current = 80, .need = 120, .target = 100};
	uint64_t t = 5000000;

	memset(guest, 0, sizeof(guest));
	look(&r, t, 0);
	OK(!share_applied(&guest[0], 0, t), "told: it failed");
	OK(look(&r, t + 1, 0) == SHARE_REFUSED &&
		guest[0].answer.new_kb == 100 * MB,
	    "told: not asked for again at once");
	OK(look(&r, t + SHARE_RETRY_MS, 0) == SHARE_NEED, "told: but later");
	OK(!share_applied(&guest[0], 100 * MB, t), "told: nothing changed");
	OK(!share_applied(&guest[0], guest[0].answer.new_kb + MB, t),
	    "told: more than was asked for");
	r.current = 100;
	look(&r, t + 3 * SHARE_RETRY_MS, 0);
	r.current = 120;
	OK(share_applied(&guest[0], guest[0].answer.new_kb - 8 * MB, t),
	    "told: less its video memory");
	r.target = guest[0].answer.new_kb / MB - 8;
	OK(look(&r, t + 4 * SHARE_RETRY_MS, 0) == SHARE_REST &&
		guest[0].answer.new_kb == guest[0].step.target_kb,
	    "told: that is no reason to ask again");
	r.target = 100;
	OK(look(&r, t + 5 * SHARE_RETRY_MS, 0) == SHARE_NEED,
	    "told: another's word is");
}

/* The list of words is as long as the enum, and in its order. */
static void
test_words(void)
{
	OK(strcmp(share_reason(SHARE_REST), "as it should be") == 0 &&
		strcmp(share_reason(SHARE_NEW),
		    "left alone: says nothing yet") == 0 &&
		strcmp(share_reason(SHARE_REFUSED),
		    "left alone: was refused") == 0,
	    "words: those of the first, the middle and the last");
	OK(*share_reason((enum share_reason)(SHARE_REFUSED + 1)) == '\0',
	    "words: none behind");
}

int
main(void)
{
	test_words();
	test_tables();
	test_stuck();
	test_doubt();
	test_video();
	test_chance();
	test_jump();
	test_no_static_max();
	test_silent();
	test_burst();
	test_applied();
	return tap_end();
}
