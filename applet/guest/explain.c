/* SPDX-License-Identifier: 0BSD */
#include "explain.h"

#define LABEL 22 /* columns */
#define VALUE 12

static void
row(struct text *t, const char *label, bool known, uint64_t kb,
    const char *note)
{
	text_pad(t, label, LABEL);
	if (known) {
		text_dec_right(t, kb, VALUE);
		text_put(t, " kB  %s\n", note);
	} else {
		text_pad(t, "", VALUE - 1);
		text_put(t, "-     %s\n", note);
	}
}

static void
memory(struct text *t, const struct guest *g)
{
	const struct sample_memory *m = &g->sample.memory;

	row(t, "MemTotal", m->have & HAVE_TOTAL, m->total_kb,
	    "kernel memory now");
	row(t, "MemAvailable", m->total_kb, m->available_kb,
	    m->have & HAVE_AVAILABLE ? "free, or can be dropped"
				     : "estimated: not in /proc");
	row(t, "Committed_AS", m->have & HAVE_COMMITTED, m->committed_kb,
	    "promised to programs");
}

static void
terms(struct text *t, const struct guest *g)
{
	const struct need *n = &g->decision.need;
	bool bound = n->committed_kb > n->bound_kb;

	row(t, "in use", true, n->used_kb, "MemTotal - MemAvailable");
	row(t, "of it, the kernel's", true, n->kernel_kb,
	    "in use - anonymous - shared");
	row(t, "committed, counted", true,
	    bound ? n->bound_kb : n->committed_kb,
	    bound ? "bounded: 2 * touched + reserve"
		  : "Committed_AS");
	row(t, "fence's margin", n->margin_kb, n->margin_kb,
	    n->margin_kb ? "6 MB, a 32nd, slab, what comes unseen"
			 : "no cgroup to fence: larger reserve");
	row(t, "reserve", true, n->reserve_kb,
	    g->in_force.reserve_mb ? "XENBALLOON_RESERVE"
		: n->line_kb	   ? "auto: above another's line"
		: n->margin_kb	   ? "auto: margin + 6 MB"
				   : "auto: 64 MB/s until the next look");
	if (n->strict_kb)
		row(t, "commit limit asks", true, n->strict_kb,
		    "vm.overcommit_memory is 2");
	row(t, "wanted MemTotal", true, n->total_kb,
	    g->in_force.policy == MODE_WORKINGSET
		? "in use - what may swap + reserve"
		: "need of programs and kernel + reserve");
}

static void
domain(struct text *t, const struct guest *g)
{
	const struct need *n = &g->decision.need;
	const struct sample_balloon *b = &g->sample.balloon;
	const char *floor = g->in_force.minmem_mb ? "XENBALLOON_MINMEM"
	    : g->in_force.floor == FLOOR_LOW	  ? "low"
						  : "2008";

	row(t, "overhead", b->known, n->overhead_kb,
	    "domain pages outside MemTotal");
	row(t, "floor", true, n->floor_kb, floor);
	row(t, "wanted size", true, n->wanted_kb,
	    n->wanted_kb == n->floor_kb ? "the floor"
					: "wanted MemTotal + overhead");
	row(t, "ceiling", b->known, n->ceiling_kb,
	    g->ceiling.store_kb ? "memory/target, and what there is"
				  : "what there is: no memory/target");
	row(t, "current size", b->known, b->current_kb,
	    b->known ? progress_word(g->history.driver.progress)
		     : "no balloon here");
	row(t, "target", b->known, b->target_kb, "asked of the driver last");
}

static void
verdict(struct text *t, const struct guest *g)
{
	const struct decision *d = &g->decision;

	text_pad(t, "decision", LABEL);
	if (!g->sample.balloon.known) {
		text_str(t, "none: no balloon driver to steer\n");
		return;
	}
	if (d->write) {
		text_dec_right(t, d->target_kb, VALUE);
		text_str(t, " kB  ");
	} else {
		text_str(t, "stay: ");
	}
	text_put(t, "%s%s\n", reason_phrase(d->reason),
	    g->in_force.self ? "" : " (self-ballooning is off)");
}

void
explain(struct text *t, const struct guest *g)
{
	if (g->invalid) {
		text_put(t, "%s: no decision\n", g->invalid);
		return;
	}
	memory(t, g);
	terms(t, g);
	domain(t, g);
	verdict(t, g);
}
