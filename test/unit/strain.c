/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/policy */
/*
 * What keeps the policy from shrinking, or makes it give way: pages that are
 * read again, tasks that wait, and a driver that finds no free page. The guest
 * is that of policy.c.
 */
#include <string.h>

#include "guest/policy.h"
#include "../lib/tap.h"

#define SIZE 524288
#define TOTAL 467008
#define OVERHEAD (SIZE - TOTAL)
#define PAGE_KB 4

static struct sample s;
static struct settings set;
static struct situation in;
static struct policy p;
static struct decision d;

static void
resize(uint64_t size)
{
	uint64_t used = s.total_kb - s.available_kb;

	s.current_kb = s.target_kb = size;
	s.low_kb = SIZE - size;
	s.total_kb = size - OVERHEAD;
	s.free_kb = s.available_kb = s.total_kb - used;
}

/* One look after a second. */
static void
look(bool follows)
{
	s.at_ms += 1000;
	policy_decide(&d, &p, &in);
	if (d.write && follows)
		resize(d.target_kb);
	else if (d.write)
		s.target_kb = d.target_kb;
}

static void
idle(uint32_t lead)
{
	memset(&p, 0, sizeof(p));
	s = (struct sample){.have = HAVE_TOTAL | HAVE_FREE | HAVE_AVAILABLE |
		HAVE_ANON | HAVE_SHMEM | HAVE_COMMITTED | HAVE_COMMIT_LIMIT |
		HAVE_BALLOON | HAVE_HELD | HAVE_REFAULTS | HAVE_PRESSURE |
		HAVE_COUNTED,
	    .at_ms = 1000, .total_kb = TOTAL, .free_kb = 420000,
	    .available_kb = 430000, .anon_kb = 5000, .shmem_kb = 100,
	    .committed_kb = 10000, .commit_limit_kb = 233504,
	    .current_kb = SIZE, .target_kb = SIZE};
	settings_default(&set);
	set.self = 1;
	set.policy = lead;
	set.reserve_mb = 32;
	in = (struct situation){.sample = &s, .settings = &set,
	    .ceiling_kb = SIZE, .most_total_kb = TOTAL, .have_target = true};
}

static void
settle(void)
{
	for (unsigned i = 0; i < 300; i++)
		look(true);
}

/* Looks until something is written again; how many. */
static unsigned
rest(void)
{
	unsigned n = 0;

	do
		look(true);
	while (!d.write && n++ < 2000);
	return n;
}

static void
test_refaults(void)
{
	uint64_t size, least;

	idle(MODE_WORKINGSET);
	settle();
	least = s.total_kb / POLICY_REFAULT_SHARE / PAGE_KB;
	s.refaults_file += least;
	look(true);
	OK(!d.write, "refaults: as many as may be");
	s.refaults_file += 2 * (least + 1);
	size = s.target_kb;
	look(true);
	OK(d.write && d.reason == REASON_REFAULT &&
		d.target_kb > size + TOTAL / 100,
	    "refaults: too many: it grows");
	IS(rest(), POLICY_PRESSED_MS / 1000 - 1, "refaults: then it rests");
	s.refaults += 2 * (least + 1);
	look(true);
	OK(d.reason == REASON_REFAULT, "refaults: of an old kernel too");
	OK(rest() > POLICY_PRESSED_MS * 3 / 2000,
	    "refaults: the second rest is longer");
	settle();
	size = s.target_kb;
	s.refaults_file += 60000 / PAGE_KB;
	look(true);
	OK(d.target_kb >= size + 60000 && d.target_kb < size + 61000,
	    "refaults: it grows by what was read again in a second");
	idle(MODE_COMMITTED);
	settle();
	s.refaults_file += 100000;
	look(true);
	OK(!d.write && d.reason != REASON_REFAULT,
	    "refaults: where Committed_AS leads they are no reason");
}

static void
test_stalls(void)
{
	const uint64_t most = POLICY_STALL_MAX_PPM, few = POLICY_STALL_PPM;

	idle(MODE_COMMITTED);
	look(true);
	OK(d.write && d.reason == REASON_SHRINK, "stalls: none: it shrinks");
	s.pressure_us += most;
	look(true);
	OK(!d.write && d.reason == REASON_STALL,
	    "stalls: a tenth of the time: it does not");
	s.pressure_us += most - 1;
	look(true);
	OK(d.write && d.reason == REASON_SHRINK, "stalls: less: it does");
	idle(MODE_WORKINGSET);
	settle();
	s.pressure_us += few;
	look(true);
	OK(d.reason != REASON_REFAULT, "stalls: as many as may be");
	s.pressure_us += few + 1;
	look(true);
	OK(d.write && d.reason == REASON_REFAULT,
	    "stalls: more: the working set is larger than this");
}

/* The driver takes what is free, and stops where nothing is. */
static void
test_short(void)
{
	unsigned n = 0;

	idle(MODE_COMMITTED);
	look(false);
	OK(d.write && s.target_kb < s.current_kb, "short: asked to shrink");
	while (d.reason != REASON_SHORT && n++ < 100)
		look(false);
	OK(d.reason == REASON_SHORT && d.write && d.target_kb == s.current_kb,
	    "short: it stops at the size that there is");
	IS(s.at_ms - 2000, POLICY_STILL_MS, "short: after this time");
	IS(rest(), POLICY_PRESSED_MS / 1000 - 1, "short: then it rests");
}

static void
test_hotplug(void)
{
	idle(MODE_COMMITTED);
	set.self = 0;
	look(true);
	s.target_kb = SIZE + 65536;
	for (unsigned i = 0; i <= POLICY_STILL_MS / 1000; i++)
		look(false);
	OK(p.progress == PROGRESS_HOTPLUG,
	    "hotplug: nothing is in the balloon: new memory is waited for");
	s.low_kb = 1024;
	look(false);
	OK(p.progress == PROGRESS_REFUSED,
	    "hotplug: something is: the host refuses");
}

int
main(void)
{
	test_refaults();
	test_stalls();
	test_short();
	test_hotplug();
	return tap_end();
}
