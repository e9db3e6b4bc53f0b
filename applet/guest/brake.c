/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "brake.h"
#include "text.h"

#define PASSES 3 /* a group that stays frozen is worse than a kill */

static bool
is_named(const char *list, const char *name)
{
	const char *one;
	size_t len;

	while (cgroup_next_name(&list, &one, &len))
		if (text_is(one, len, name))
			return true;
	return false;
}

/* systemd's own group answers the watchdog, and starts what is missing. */
static bool
is_wanted(const struct settings *s, const char *name)
{
	if (strcmp(s->freeze, "auto") == 0)
		return strcmp(name, "init.scope") != 0;
	return is_named(s->freeze, name);
}

static void
close_groups(struct brake_groups *b)
{
	for (unsigned i = 0; i < b->count; i++)
		cgroup_freezer_close(&b->group[i]);
	b->count = 0;
}

void
brake_find(struct brake_groups *b, const struct settings *s)
{
	unsigned found;

	if (b->on)
		return;
	close_groups(b);
	/* From within one of them this process would freeze itself. */
	if (strcmp(s->freeze, "off") == 0 || cgroup_is_namespace() ||
	    !cgroup_leave())
		return;
	found = cgroup_freezers(b->group, BRAKE_MAX);
	for (unsigned i = 0; i < found; i++) {
		if (is_wanted(s, b->group[i].name))
			b->group[b->count++] = b->group[i];
		else
			cgroup_freezer_close(&b->group[i]);
	}
}

/* Whether each has stopped by now: said once it is over. */
static void
watch(struct brake_groups *b, uint64_t now_ms)
{
	bool whole = true;

	for (unsigned i = 0; i < b->count && whole; i++)
		whole = cgroup_is_frozen(&b->group[i]);
	b->whole = whole;
	b->whole_ms = now_ms - b->on_ms;
}

void
brake_set(struct brake_groups *b, bool on, uint64_t now_ms)
{
	bool done = true;

	if (on && b->on && !b->whole)
		watch(b, now_ms);
	if (on == b->on)
		return;
	for (unsigned i = 0; i < b->count; i++)
		done &= cgroup_freeze(&b->group[i], on);
	if (on) {
		b->on_ms = now_ms;
		b->whole = false;
		b->times++;
	} else if (!done) {
		return; /* again at the next look */
	} else {
		b->total_ms += now_ms - b->on_ms;
	}
	b->on = on;
}

void
brake_thaw_all(void)
{
	static struct cgroup_freezer all[BRAKE_MAX];
	unsigned count = cgroup_freezers(all, BRAKE_MAX);

	for (unsigned i = 0; i < PASSES * count; i++) {
		all[i % count].ours = true;
		cgroup_freeze(&all[i % count], false);
	}
}
