/* SPDX-License-Identifier: 0BSD */
#include "canary.h"
#include "common/numbers.h"

static enum protection
protection(const struct canary_facts *f, const struct settings *set,
    bool full, bool refused)
{
	if (settings_canary_mb(set) == CANARY_OFF || !set->self)
		return PROTECTION_OFF;
	if (f->contained)
		return PROTECTION_CONTAINED;
	if (!f->keeper)
		return PROTECTION_NO_KEEPER;
	if (f->panic_on_oom)
		return PROTECTION_PANIC;
	if (f->kill_allocating)
		return PROTECTION_CULPRIT;
	if (full)
		return PROTECTION_FULL;
	if (refused)
		return PROTECTION_REFUSED;
	if (f->standing == 0)
		return PROTECTION_ARMING;
	return f->rival ? PROTECTION_RIVAL : PROTECTION_STANDS;
}

/* Whether they are to stand. */
static bool
is_wanted(enum protection p)
{
	return p == PROTECTION_STANDS || p == PROTECTION_ARMING ||
	    p == PROTECTION_RIVAL;
}

static unsigned
count_of(const struct canary_facts *f)
{
	unsigned count =
	    CANARY_COUNT_MIN + CANARY_COUNT_PER_CPU * (f->cpus - 1);

	return f->brake && count < CANARY_MAX ? count : CANARY_MAX;
}

static uint32_t
kb_of(const struct canary_facts *f, const struct settings *set,
    uint64_t max_total_kb)
{
	uint64_t kb = min_u64(max_total_kb / CANARY_SHARE, CANARY_KB_MAX);
	uint32_t mb = settings_canary_mb(set);

	if (mb != CANARY_AUTO && mb != CANARY_OFF)
		kb = (uint64_t)mb * 1024 / count_of(f);
	return (uint32_t)max_u64(kb, CANARY_KB_MIN);
}

uint64_t
canary_planned_kb(const struct canary_facts *f, const struct settings *set,
    uint64_t max_total_kb)
{
	return is_wanted(protection(f, set, false, false))
	    ? (uint64_t)count_of(f) * kb_of(f, set, max_total_kb) : 0;
}

void
canary_plan(struct canary_plan *p, const struct canary_facts *f,
    const struct settings *set, uint64_t max_total_kb, bool full, bool refused)
{
	p->protection = protection(f, set, full, refused);
	p->kb = kb_of(f, set, max_total_kb);
	p->count = is_wanted(p->protection) ? count_of(f) : 0;
}
