/* SPDX-License-Identifier: 0BSD */
#include "need.h"
#include "common/numbers.h"

#define MB 1024 /* kB */

uint64_t
need_interval_ms(const struct settings *set)
{
	return UINT64_C(1000) *
	    (set->self ? set->self_interval_s : set->interval_s);
}

/*
 * The minimum of xenballoond of 2008, in domain pages: the curve that
 * minimum_target() of the XenLinux balloon driver had, a continuous one over
 * the size of the guest; its steps lie a little below the round numbers, since
 * MemTotal does.
 */
static uint64_t
floor_2008_kb(uint64_t max_total_kb)
{
	uint64_t mb = max_total_kb / MB;

	if (mb < 125)
		return 8 * MB + max_total_kb / 2 / MB * MB;
	if (mb < 500)
		return 40 * MB + max_total_kb / 4 / MB * MB;
	if (mb < 2000)
		return 104 * MB + max_total_kb / 8 / MB * MB;
	return 296 * MB + max_total_kb / 32 / MB * MB;
}

/*
 * What the kernel holds and the reserve, but never less than 16 MB and a 32nd
 * of the guest, however little /proc says that the kernel holds.
 */
static uint64_t
floor_low_kb(const struct need *n, uint64_t max_total_kb)
{
	uint64_t sane = 16 * MB + max_total_kb / 32;

	return n->overhead_kb + max_u64(n->kernel_kb + n->reserve_kb, sane);
}

static uint64_t
floor_kb(const struct need *n, const struct inputs *in)
{
	if (in->settings->minmem_mb)
		return (uint64_t)in->settings->minmem_mb * MB;
	if (in->settings->floor == FLOOR_LOW)
		return floor_low_kb(n, in->max_total_kb);
	return floor_2008_kb(in->max_total_kb);
}

/* How far the fence stays below what is available: need.h has the reasons. */
static uint64_t
margin_kb(const struct inputs *in, uint64_t unseen_kb)
{
	const struct sample_memory *m = &in->sample->memory;
	uint64_t pinned = min_u64(m->reclaimable_kb / 2, NEED_PINNED_KB);

	return NEED_MARGIN_KB + m->total_kb / NEED_MARGIN_SHARE + pinned +
	    min_u64(unseen_kb, m->total_kb / 16);
}

#define NAME(comm, percent, kb) comm "\0"
const char need_killers[] = KILLERS(NAME);

uint64_t
need_line_kb(unsigned killers, uint64_t total_kb)
{
#define LINE(comm, percent, kb) {(percent), (kb)},
	static const struct {
		uint32_t percent, kb;
	} lines[] = {KILLERS(LINE)};
	uint64_t line = 0;

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (killers >> i & 1)
			line = max_u64(line, lines[i].kb +
			    total_kb * lines[i].percent / 100);
	return line;
}

/*
 * With neither a fence nor canaries: what a load takes from one look to the
 * next, but at most a quarter of the guest; and above the line at which
 * another kills.
 */
static uint64_t
reserve_kb(const struct inputs *in, uint64_t margin, uint64_t canaries,
    uint64_t line)
{
	/* What canaries hold is free when it is needed. */
	uint64_t automatic = in->fenced || in->canary.protects
	    ? margin + excess(NEED_FREE_KB, canaries)
	    : NEED_BURST_KB_PER_S * need_interval_ms(in->settings) /
		1000;

	if (in->settings->reserve_mb)
		return (uint64_t)in->settings->reserve_mb * MB;
	automatic = min_u64(automatic, in->max_total_kb / 4);
	return line ? max_u64(automatic, line + margin) : automatic;
}

/*
 * Under vm.overcommit_memory 2 the limit is swap plus a share of MemTotal
 * (mm/util.c, vm_commit_limit): the MemTotal at which it still covers
 * Committed_AS and the reserve.
 */
static uint64_t
strict_kb(const struct sample_memory *m, uint64_t reserve)
{
	uint64_t share = excess(m->commit_limit_kb, m->swap_total_kb);
	uint64_t asked = excess(m->committed_kb + reserve, m->swap_total_kb);

	if (!m->strict_commit || !(m->have & HAVE_COMMIT_LIMIT) || share == 0)
		return 0;
	/* In MB, rounded up: in kB the product could pass 2^64. */
	share = (asked / MB + 1) * (m->total_kb / MB + 1) / (share / MB + 1);
	return min_u64(share, SAMPLE_KB_MAX / MB) * MB;
}

/*
 * Committed_AS is what programs were promised, and may be many times what
 * they will touch. What they hold now, twice, and the reserve is as far as
 * they get before the next look.
 */
static uint64_t
bound_kb(const struct sample_memory *m, uint64_t reserve)
{
	uint64_t swapped = excess(m->swap_total_kb, m->swap_free_kb);

	return 2 * (m->anon_kb + m->shmem_kb + swapped) + reserve;
}

/*
 * What the working set policy aims at: what is in use, and where there is swap
 * half of the anonymous pages less, as far as half of the free swap goes.
 */
static uint64_t
hot_kb(const struct sample_memory *m, uint64_t used_kb)
{
	return excess(used_kb, min_u64(m->anon_kb, m->swap_free_kb) / 2);
}

/* MemTotal and parts of it. */
static void
sum_total(struct need *n, const struct inputs *in)
{
	const struct sample_memory *m = &in->sample->memory;
	uint64_t committed;

	n->committed_kb = m->committed_kb;
	n->bound_kb = bound_kb(m, n->reserve_kb);
	n->strict_kb = strict_kb(m, n->reserve_kb);
	committed = min_u64(n->committed_kb, n->bound_kb);
	n->safe_kb = max_u64(committed + n->kernel_kb, n->used_kb);
	n->total_kb = in->settings->policy == MODE_WORKINGSET
	    ? hot_kb(m, n->used_kb) : n->safe_kb;
	n->total_kb = max_u64(n->total_kb + n->reserve_kb, n->strict_kb);
}

void
need_sum(struct need *n, const struct inputs *in, uint64_t unseen_kb)
{
	const struct sample_memory *m = &in->sample->memory;
	const struct sample_balloon *b = &in->sample->balloon;
	/* A reserve of 64 MB has room for them. */
	uint64_t canaries = in->fenced || in->canary.protects
	    ? canary_planned_kb(
		  &in->canary, in->settings, in->max_total_kb) : 0;
	uint64_t margin;

	*n = (struct need){0};
	if (b->known)
		n->overhead_kb = excess(b->current_kb, m->total_kb);
	n->used_kb = m->total_kb - m->available_kb;
	n->kernel_kb = excess(n->used_kb, m->anon_kb + m->shmem_kb);
	margin = margin_kb(in, unseen_kb);
	n->margin_kb = in->fenced ? margin : 0;
	n->line_kb = need_line_kb(in->canary.killers, m->total_kb);
	n->reserve_kb = reserve_kb(in, margin, canaries, n->line_kb);
	sum_total(n, in);
	n->total_kb += excess(canaries, in->canary.held_kb);
	n->floor_kb = round_up_kb(floor_kb(n, in));
	n->wanted_kb =
	    max_u64(round_up_kb(n->total_kb + n->overhead_kb), n->floor_kb);
	n->ceiling_kb = in->ceiling_kb;
	n->goal_kb = min_u64(n->wanted_kb, n->ceiling_kb);
}

void
need_raise(struct need *n, uint64_t size_kb)
{
	n->wanted_kb = max_u64(n->wanted_kb, size_kb);
	n->goal_kb = min_u64(n->wanted_kb, n->ceiling_kb);
}
