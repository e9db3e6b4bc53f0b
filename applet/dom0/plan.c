/* SPDX-License-Identifier: 0BSD */
#include "plan.h"

#define ID_COLUMNS 6
#define NAME_COLUMNS 15
#define MB_COLUMNS 8

void
plan_head(struct text *t)
{
	text_str(t, "id    name            MB: size    need"
	    "  target     new  why\n");
}

static void
put_mb(struct text *t, uint64_t kb)
{
	if (kb)
		text_dec_right(t, kb / 1024, MB_COLUMNS);
	else
		text_str(t, "       -");
}

void
plan_row(struct text *t, const struct share_guest *g, const char *name)
{
	size_t start = t->len;

	text_dec(t, g->id);
	while (t->len < start + ID_COLUMNS)
		text_str(t, " ");
	text_pad(t, name, NAME_COLUMNS);
	t->len = start + ID_COLUMNS + NAME_COLUMNS; /* longer ones are cut */
	put_mb(t, g->seen.current_kb);
	put_mb(t, g->seen.need_kb);
	put_mb(t, g->step.target_kb);
	put_mb(t, g->answer.new_kb);
	text_put(t, "  %s\n", share_reason(g->answer.reason));
}

void
plan_sum(struct text *t, const struct share_result *r, uint32_t pool_mb)
{
	text_put(t, "pool %u MB: held %ju, needed %ju\n", pool_mb,
	    r->held_kb / 1024, r->need_kb / 1024);
}
