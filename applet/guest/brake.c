/* SPDX-License-Identifier: 0BSD */
#include <fcntl.h>
#include <string.h>

#include "brake.h"
#include "file.h"
#include "run.h"
#include "text.h"

#define PASSES 3 /* a group that stays frozen is worse than a kill */
/* Of RUN_FROZEN, bytes: less than a page, which it has from its start. */
#define LIST_MAX (BRAKE_MAX * CGROUP_NAME_MAX + 4)

static void
close_groups(struct brake_groups *b)
{
	for (unsigned i = 0; i < b->count; i++)
		cgroup_freezer_close(&b->group[i]);
	b->count = 0;
}

/* Those of the list, wherever they are below the root. */
static void
find_named(struct brake_groups *b, const char *list)
{
	const char *name;
	size_t len;

	while (b->count < BRAKE_MAX && cgroup_next_name(&list, &name, &len))
		b->count +=
		    cgroup_freezer_open(&b->group[b->count], name, len);
}

/* systemd's own group answers the watchdog, and starts what is missing. */
static bool
is_spared(const struct cgroup_freezer *f)
{
	return strcmp(f->name, "init.scope") == 0;
}

/* Who stands still already does so for somebody else. */
static void
drop_some(struct brake_groups *b, bool all)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < b->count; i++) {
		if (cgroup_is_frozen(&b->group[i]) ||
		    (!all && is_spared(&b->group[i])))
			cgroup_freezer_close(&b->group[i]);
		else
			b->group[kept++] = b->group[i];
	}
	b->count = kept;
}

/* Writes RUN_FROZEN: which groups there are, and that they are not frozen. */
static bool
keep_list(struct brake_groups *b)
{
	static char buf[LIST_MAX]; /* too large for a stack of a page */
	struct text t = TEXT_ON(buf);

	if (b->mark_fd <= 0)
		b->mark_fd =
		    file_open(RUN_FROZEN, O_RDWR | O_CREAT | O_NOFOLLOW);
	text_str(&t, "0\n");
	for (unsigned i = 0; i < b->count; i++)
		text_put(&t, "%s\n", b->group[i].name);
	text_str(&t, "\n");
	return b->mark_fd > 0 && file_write(b->mark_fd, t.at, t.len);
}

void
brake_find(struct brake_groups *b, const struct settings *s)
{
	bool all = strcmp(s->freeze, "auto") != 0;

	if (b->on)
		return;
	close_groups(b);
	/* From within one of them this process would freeze itself. */
	if (strcmp(s->freeze, "off") == 0 || cgroup_is_namespace() ||
	    !cgroup_leave())
		return;
	if (all)
		find_named(b, s->freeze);
	else
		b->count = cgroup_freezers(b->group, BRAKE_MAX);
	drop_some(b, all);
	if (b->count && !keep_list(b))
		close_groups(b);
}

/* Whether each has stopped by now: said once it is over. */
static void
watch(struct brake_groups *b, uint64_t now_ms)
{
	bool whole = b->count < BRAKE_MAX; /* else there may be more */

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
	if (on == b->on || (on && !file_write(b->mark_fd, "1", 1)))
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
		file_write(b->mark_fd, "0", 1);
		b->total_ms += now_ms - b->on_ms;
	}
	b->on = on;
}

void
brake_stop(struct brake_groups *b, uint64_t now_ms)
{
	for (unsigned i = 0; i < PASSES; i++)
		brake_set(b, false, now_ms);
	/* What still stands is for the keeper. */
	if (!b->on)
		file_remove(RUN_FROZEN);
}

/* A group that is there no more goes on. */
static bool
thaw(const char *name, size_t len)
{
	struct cgroup_freezer f;
	bool done = !cgroup_freezer_open(&f, name, len);

	f.ours = true;
	for (unsigned i = 0; i < PASSES && !done; i++)
		done = cgroup_freeze(&f, false);
	cgroup_freezer_close(&f);
	return done;
}

void
brake_recover(void)
{
	static char buf[LIST_MAX];
	long n = file_load(RUN_FROZEN, buf, sizeof(buf));
	const char *at = buf + 2; /* behind the first line */
	const char *name;
	size_t len;
	bool done = true;

	if (n < 0)
		return;
	while (n > 2 && buf[0] == '1' &&
	    text_line(&at, buf + n, false, &name, &len) && len)
		done &= thaw(name, len);
	if (done)
		file_remove(RUN_FROZEN);
}
