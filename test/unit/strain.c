/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
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
static struct inputs in;
static struct history h;
static struct decision d;

static void
resize(uint64_t size)
{
	uint64_t used = s.memory.total_kb - s.memory.available_kb;

	s.balloon.current_kb = s.balloon.target_kb = size;
	s.balloon.low_kb = SIZE - size;
	s.memory.total_kb = size - OVERHEAD;
	s.memory.free_kb = s.memory.available_kb = s.memory.total_kb - used;
}

/* One look after a second. */
static void
look(bool follows)
{
	s.counters.at_ms = s.at_ms += 1000;
	policy_decide(&d, &h, &in);
	if (d.write && follows)
		resize(d.target_kb);
	else if (d.write)
		s.balloon.target_kb = d.target_kb;
}

static void
idle(uint32_t mode)
{
	memset(&h, 0, sizeof(h));
	s = (struct sample){.at_ms = 1000};
	s.memory = (struct sample_memory){.have = HAVE_TOTAL | HAVE_FREE |
		HAVE_AVAILABLE | HAVE_ANON | HAVE_SHMEM | HAVE_COMMITTED |
		HAVE_COMMIT_LIMIT,
	    .total_kb = TOTAL, .free_kb = 420000, .available_kb = 430000,
	    .anon_kb = 5000, .shmem_kb = 100, .committed_kb = 10000,
	    .commit_limit_kb = 233504};
	s.balloon = (struct sample_balloon){.known = true,
	    .held_known = true, .current_kb = SIZE, .target_kb = SIZE};
	s.counters.have = HAVE_REFAULTS | HAVE_PRESSURE;
	settings_default(&set);
	set.self = 1;
	set.policy = mode;
	set.reserve_mb = 32;
	in = (struct inputs){.sample = &s, .settings = &set,
	    .ceiling_kb = SIZE, .max_total_kb = TOTAL, .have_target = true};
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
	least = s.memory.total_kb / POLICY_REFAULT_SHARE / PAGE_KB;
	s.counters.refaults_file += least;
	look(true);
	OK(!d.write, "refaults: as many as may be");
	s.counters.refaults_file += 2 * (least + 1);
	size = s.balloon.target_kb;
	look(true);
	OK(d.write && d.reason == REASON_REFAULT &&
		d.target_kb > size + TOTAL / 100,
	    "refaults: too many: it grows");
	IS(rest(), HISTORY_BACKOFF_MS / 1000 - 1, "refaults: then it rests");
	s.counters.refaults += 2 * (least + 1);
	look(true);
	OK(d.reason == REASON_REFAULT, "refaults: of an old kernel too");
	OK(rest() > HISTORY_BACKOFF_MS * 3 / 2000,
	    "refaults: the second rest is longer");
	settle();
	size = s.balloon.target_kb;
	s.counters.refaults_file += 60000 / PAGE_KB;
	look(true);
	OK(d.target_kb >= size + 60000 && d.target_kb < size + 61000,
	    "refaults: it grows by what was read again in a second");
	idle(MODE_COMMITTED);
	settle();
	s.counters.refaults_file += 100000;
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
	s.counters.pressure_us += most;
	look(true);
	OK(!d.write && d.reason == REASON_STALL,
	    "stalls: a tenth of the time: it does not");
	s.counters.pressure_us += most - 1;
	look(true);
	OK(d.write && d.reason == REASON_SHRINK, "stalls: less: it does");
	idle(MODE_WORKINGSET);
	settle();
	s.counters.pressure_us += few;
	look(true);
	OK(d.reason != REASON_REFAULT, "stalls: as many as may be");
	s.counters.pressure_us += few + 1;
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
	OK(d.write && s.balloon.target_kb < s.balloon.current_kb, "short: asked to shrink");
	while (d.reason != REASON_SHORT && n++ < 100)
		look(false);
	OK(d.reason == REASON_SHORT && d.write && d.target_kb == s.balloon.current_kb,
	    "short: it stops at the size that there is");
	IS(s.at_ms - 2000, HISTORY_STILL_MS, "short: after this time");
	IS(rest(), HISTORY_BACKOFF_MS / 1000 - 1, "short: then it rests");
}

static void
test_hotplug(void)
{
	idle(MODE_COMMITTED);
	set.self = 0;
	look(true);
	s.balloon.target_kb = SIZE + 65536;
	for (unsigned i = 0; i <= HISTORY_STILL_MS / 1000; i++)
		look(false);
	OK(h.driver.progress == PROGRESS_HOTPLUG,
	    "hotplug: nothing is in the balloon: new memory is waited for");
	s.balloon.low_kb = 1024;
	look(false);
	OK(h.driver.progress == PROGRESS_REFUSED,
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
