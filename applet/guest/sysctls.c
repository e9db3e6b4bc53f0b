/* SPDX-License-Identifier: 0BSD */
#include "canary.h"
#include "log.h"
#include "sysctl.h"
#include "sysctls.h"

#define PASSES 3 /* to put a value back: one that stays is there for ever */

enum { WATERMARK_BOOST, OVERCOMMIT, CPU_LISTS, OOM_DUMP, COUNT };

static struct sysctl changed[COUNT] = {
    /*
     * After fragmentation the kernel keeps up to 1.5 times the high watermark
     * out of use, which MemAvailable does not see (mm/page_alloc.c,
     * boost_watermark): 6 MB in a small guest, and an OOM kill.
     */
    [WATERMARK_BOOST] = {
	.name = "vm/watermark_boost_factor", .ours = 0, .fd = -1},
    /*
     * Under the heuristic, 0, one mmap larger than RAM and swap fails, and RAM
     * is what the balloon left; 1 is always. XENBALLOON_OVERCOMMIT=keep leaves
     * it alone, and an administrator's 2 is left alone anyway.
     */
    [OVERCOMMIT] = {.name = "vm/overcommit_memory", .ours = 1, .fd = -1},
    /*
     * What a process frees goes to its processor's own list, where neither
     * MemAvailable nor the OOM killer sees it: since Linux 5.14 up to the low
     * watermark (mm/page_alloc.c, zone_highsize), 3 MB in a guest of 512 MB,
     * and a canary's pages with it. A fraction of each zone instead, over all
     * processors: a canary at most; 0 is the kernel's default.
     */
    [CPU_LISTS] = {.name = "vm/percpu_pagelist_high_fraction",
	.ours = CANARY_SHARE, .fd = -1},
    /*
     * At an OOM kill the kernel prints a line for each process; on a slow
     * console that takes seconds, in which everybody who allocates waits.
     */
    [OOM_DUMP] = {.name = "vm/oom_dump_tasks", .ours = 0, .fd = -1},
};

/*
 * A boost that is in force already stays until the kernel sets up its
 * watermarks anew, which it does at each write of this (mm/page_alloc.c,
 * setup_per_zone_wmarks).
 */
static const char watermark_scale[] = "vm/watermark_scale_factor";

static bool in_force; /* sysctls_set has done its work */
static bool quiet;    /* OOM_DUMP too */

static void
remember(void)
{
	static bool warned; /* a system without /run: once is enough */

	if (sysctl_remember(changed, COUNT) || warned)
		return;
	warned = true;
	warn("%s: %s: after a kill -9 what is set stays", RUN_SYSCTLS,
	    errno_text());
}

/* 0 where it is on, or ours where it is 0: an administrator's number stays. */
static bool
is_to_change(unsigned which, uint64_t now)
{
	return (changed[which].ours == 0) != (now == 0);
}

static void
change(unsigned which)
{
	struct sysctl *c = &changed[which];
	uint64_t now;
	bool good;

	if (c->fd >= 0 || !sysctl_read(c->name, &now) ||
	    !is_to_change(which, now))
		return;
	good = sysctl_open(c, now);
	if (good) {
		remember();
		good = sysctl_write(c);
	}
	if (!good)
		warn_why(SYSCTL_DIR "%s: stays as it is", c->name);
}

void
sysctls_adopt(void)
{
	sysctl_adopt(changed, COUNT);
}

static void
put_back(unsigned which)
{
	if (sysctl_put_back(&changed[which]))
		remember();
}

static void
set_dump(bool canaries)
{
	if (!canaries)
		put_back(OOM_DUMP);
	else if (!quiet)
		change(OOM_DUMP);
	quiet = canaries;
}

void
sysctls_set(const struct settings *s, bool canaries)
{
	set_dump(canaries);
	if (in_force)
		return;
	change(WATERMARK_BOOST);
	if (s->overcommit == OVERCOMMIT_ALWAYS)
		change(OVERCOMMIT);
	else
		put_back(OVERCOMMIT); /* a daemon that was killed changed it */
	change(CPU_LISTS);
	sysctl_rewrite(watermark_scale);
	in_force = true;
}

void
sysctls_restore(void)
{
	/* What can't be put back now is tried again at the next call. */
	for (unsigned i = 0; i < PASSES * COUNT; i++)
		put_back(i % COUNT);
	in_force = quiet = false;
}
