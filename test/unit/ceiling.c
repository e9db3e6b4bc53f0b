/* SPDX-License-Identifier: 0BSD */
/* link: applet/guest/ceiling */
#include <string.h>

#include "guest/ceiling.h"
#include "../lib/tap.h"

static struct sample_balloon
at(uint64_t current, uint64_t target, uint64_t low)
{
	return (struct sample_balloon){.known = true, .held_known = true,
	    .current_kb = current,
	    .target_kb = target, .low_kb = low};
}

static void
test_pv(void)
{
	struct ceiling c = {.pv = true};
	struct sample_balloon s = at(524288, 524288, 0);

	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 524288, "PV: without a store, what there is");
	ceiling_store(&c, 524288);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 524288, "PV: memory/target");
	s = at(157696, 157696, 366592);
	ceiling_learn(&c, &s, 157696);
	IS(ceiling_kb(&c, &s), 524288, "PV: ballooned, up to memory/target");
	ceiling_store(&c, 262144);
	s = at(157696, 262144, 366592);
	ceiling_learn(&c, &s, 157696);
	IS(ceiling_kb(&c, &s), 262144, "PV: after mem-set");
	IS(c.diff_kb, 0, "PV: no difference is learnt, whatever is seen");
	c = (struct ceiling){.pv = true, .static_max_kb = 524288};
	s = at(500000, 500000, 0);
	ceiling_store(&c, 510000);
	ceiling_learn(&c, &s, 0);
	IS(c.diff_kb, 0, "PV: nor at a restart");
	s = at(157696, 262144, 366592);
	ceiling_store(&c, 2097152);
	IS(ceiling_kb(&c, &s), 524288, "PV: not beyond what the balloon holds");
}

/* Measured: memory=256 maxmem=512 starts at 261756 for 262144. */
static void
test_pvh(void)
{
	struct ceiling c = {.static_max_kb = 524288};
	struct sample_balloon s = at(261756, 261756, 262144);

	ceiling_store(&c, 262144);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 261756, "PVH: 388 kB below memory/target");
	s = at(150000, 150000, 373900);
	ceiling_learn(&c, &s, 150000);
	IS(ceiling_kb(&c, &s), 261756, "PVH: ballooned, the same");
	ceiling_store(&c, 204800);
	s = at(150000, 204412, 373900);
	ceiling_learn(&c, &s, 150000);
	IS(ceiling_kb(&c, &s), 204412, "PVH: mem-set 200 as the kernel sums");
	IS(c.diff_kb, 388, "PVH: 388 kB is learnt");
}

static void
test_restart(void)
{
	struct ceiling c = {.static_max_kb = 524288};
	struct sample_balloon s = at(150000, 150000, 524288 - 388 - 150000);

	ceiling_store(&c, 524288);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 523900,
	    "restart: a guest that is ballooned is not taken for its size");
	c = (struct ceiling){.static_max_kb = 524288};
	s = at(524288, 524288, 0);
	ceiling_store(&c, 524288);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 524288, "restart: a guest with no difference");
	c = (struct ceiling){0};
	s = at(480000, 480000, 524288 - 388 - 480000);
	ceiling_store(&c, 524288);
	ceiling_learn(&c, &s, 0);
	IS(c.diff_kb, 388, "restart: memory/target is what static-max is");
	c = (struct ceiling){0};
	ceiling_store(&c, 520000);
	ceiling_learn(&c, &s, 0);
	IS(c.diff_kb, 40000, "restart: without static-max a guess");
	ceiling_static_max(&c, 524288);
	ceiling_learn(&c, &s, 0);
	IS(c.diff_kb, 388, "restart: static-max comes late and mends it");
}

/* maxmem a little above memory: the gap between them is no target_diff. */
static void
test_gap(void)
{
	static const struct {
		uint64_t current_kb, low_kb, store_kb;
		const char *what;
	} guests[] = {
	    {507516, 0, 507904, "gap: booted, the rest is hotplug"},
	    {490000, 17516, 507904, "gap: ballooned, the rest is hotplug"},
	    {507516, 16384, 507904, "gap: booted, the rest is ballooned"},
	    {490000, 33900, 507904, "gap: ballooned, and the rest too"},
	    {458764, 65136, 459152, "gap: 64 MB"},
	};

	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		struct ceiling c = {.static_max_kb = 524288};
		struct sample_balloon s = at(guests[i].current_kb,
		    guests[i].current_kb, guests[i].low_kb);

		ceiling_store(&c, guests[i].store_kb);
		ceiling_learn(&c, &s, 0);
		IS(c.diff_kb, 388, guests[i].what);
	}
}

/* The kernel has heard of the new memory/target, and this program not yet. */
static void
test_overtaken(void)
{
	struct ceiling c = {.static_max_kb = 524288};
	struct sample_balloon s = at(523900, 523900, 0);

	ceiling_store(&c, 524288);
	ceiling_learn(&c, &s, 0);
	s = at(300000, 473700, 223900);
	ceiling_learn(&c, &s, 300032);
	IS(c.diff_kb, 388, "overtaken: two words are no difference");
	ceiling_store(&c, 474112);
	ceiling_learn(&c, &s, 300032);
	IS(c.diff_kb, 412, "overtaken: both of one word are");
}

static void
test_kernels_word(void)
{
	static const struct {
		uint64_t current_kb, target_kb, low_kb;
		const char *what;
	} others[] = {
	    {200000, 200000, 324288, "mem-set: our own target teaches nothing"},
	    {409000, 409000, 115288,
		"mem-set: nor one reached since the last look"},
	    {200000, 409601, 324288, "mem-set: nor one above domain 0's word"},
	    {200000, 100000, 324288, "mem-set: nor one far below"},
	};
	struct ceiling c = {0};
	struct sample_balloon s = at(524288, 524288, 0);

	ceiling_store(&c, 524288);
	ceiling_learn(&c, &s, 0);
	ceiling_store(&c, 409600);
	s = at(300000, 409212, 224288);
	ceiling_learn(&c, &s, 300000);
	IS(c.diff_kb, 388, "mem-set: the kernel's own sum corrects a guess");
	ceiling_store(&c, 409601);
	s = at(300000, 358974, 224288); /* of 358976, the driver's pages */
	ceiling_learn(&c, &s, 358976);
	IS(c.diff_kb, 388, "mem-set: what the driver rounds is no sum of its");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		s = at(others[i].current_kb, others[i].target_kb,
		    others[i].low_kb);
		ceiling_store(&c, 409600 + i % 2);
		ceiling_learn(&c, &s, 200000);
		IS(c.diff_kb, 388, others[i].what);
	}
}

static void
test_unknown(void)
{
	struct ceiling c = {0};
	struct sample_balloon s = {.current_kb = 5, .target_kb = 5};

	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 0, "no balloon: no ceiling");
	s = (struct sample_balloon){.known = true, .current_kb = 400000,
	    .target_kb = 400000};
	ceiling_learn(&c, &s, 0);
	s.current_kb = s.target_kb = 200000;
	ceiling_learn(&c, &s, 200000);
	IS(ceiling_kb(&c, &s), 400000,
	    "no store, no low_kb: the largest size seen");
	ceiling_store(&c, 524288);
	IS(ceiling_kb(&c, &s), 524288, "no low_kb: memory/target alone");
	c = (struct ceiling){.static_max_kb = 200500};
	ceiling_store(&c, 200388);
	ceiling_learn(&c, &s, 0);
	IS(c.diff_kb, 388, "no low_kb: static-max teaches nothing");
	c = (struct ceiling){0};
	s = at(400000, 400000, 0);
	ceiling_store(&c, SAMPLE_KB_MAX);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 400000, "a store far above is no difference");
	IS(c.diff_kb, 0, "and teaches none");
}

/* The driver plugs in what is above all there is, and domain 0 allows it. */
static void
test_hotplug(void)
{
	struct ceiling c = {.static_max_kb = 524288};
	struct sample_balloon s = at(261756, 261756, 0);

	ceiling_store(&c, 262144);
	ceiling_learn(&c, &s, 0);
	ceiling_store(&c, 409600);
	IS(ceiling_kb(&c, &s), 261756, "hotplug: not of ourselves");
	s = at(261756, 409212, 0);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 409212, "hotplug: the kernel's target stands");
	s = at(200000, 200000, 61756);
	ceiling_learn(&c, &s, 200000);
	IS(ceiling_kb(&c, &s), 409212, "hotplug: and may be asked for again");
	s = at(300000, 409212, 0);
	ceiling_learn(&c, &s, 409212);
	IS(ceiling_kb(&c, &s), 409212, "hotplug: some of it is there");
	ceiling_store(&c, 204800);
	IS(ceiling_kb(&c, &s), 204412, "hotplug: no more than is allowed");
	ceiling_store(&c, 409600);
	s = at(300000, 300000, 0);
	ceiling_learn(&c, &s, 409212);
	IS(ceiling_kb(&c, &s), 300000,
	    "hotplug: a driver that lowers what was asked for has none");
	c = (struct ceiling){.pv = true};
	s = at(262144, 409600, 0);
	ceiling_store(&c, 409600);
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 409600, "hotplug: in a PV guest too");
	c = (struct ceiling){.pv = true};
	ceiling_learn(&c, &s, 0);
	IS(ceiling_kb(&c, &s), 409600, "hotplug: where no store is heard too");
}

/* Whatever is read, the ceiling is one that the guest has pages for. */
static void
test_bound(void)
{
	static const uint64_t sizes[] = {0, 1, 64, 65536, 262144, 524288,
	    UINT64_C(1) << 40};
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);
	unsigned wrong = 0;

	for (size_t i = 0; i < n * n * n * n; i++) {
		struct ceiling c = {.static_max_kb = sizes[i % n]};
		struct sample_balloon s = at(sizes[i / n % n], sizes[i / n / n % n],
		    sizes[i % n]);
		uint64_t store = sizes[i / n / n / n];
		uint64_t top;

		ceiling_store(&c, store);
		ceiling_learn(&c, &s, 0);
		top = ceiling_kb(&c, &s);
		wrong += top > s.current_kb + s.low_kb &&
		    top > s.target_kb;
		wrong += c.diff_kb > CEILING_DIFF_MAX_KB;
		wrong += store > c.diff_kb && top > store;
	}
	OK(wrong == 0, "never above memory/target or what there is or is to be");
}

int
main(void)
{
	test_pv();
	test_pvh();
	test_restart();
	test_gap();
	test_overtaken();
	test_kernels_word();
	test_unknown();
	test_hotplug();
	test_bound();
	return tap_end();
}
