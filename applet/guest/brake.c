/* SPDX-License-Identifier: 0BSD */
#include <fcntl.h>
#include <string.h>

#include "brake.h"
#include "file.h"
#include "run.h"
#include "text.h"

/* Bytes of RUN_FROZEN: less than a page, which it has from its start. */
static char list[BRAKE_MAX * CGROUP_NAME_MAX + 4];

static void
close_groups(struct brake_groups *b)
{
	while (b->count)
		cgroup_freezer_close(&b->group[--b->count]);
}

/* One that stands still already does so for somebody else. */
static void
add(struct brake_groups *b, const char *name, size_t len)
{
	struct cgroup_freezer *f = &b->group[b->count];

	if (!cgroup_freezer_open(f, name, len))
		return;
	if (cgroup_is_frozen(f))
		cgroup_freezer_close(f);
	else
		b->count++;
}

/* systemd's own group answers the watchdog, and starts what is missing. */
static bool
add_child(void *into, const char *name)
{
	struct brake_groups *b = into;

	if (strcmp(name, "init.scope") != 0 &&
	    cgroup_is_usable(name, "/cgroup.freeze"))
		add(b, name, strlen(name));
	return b->count < BRAKE_MAX;
}

/* Writes RUN_FROZEN: which groups there are, and that they are not frozen. */
static bool
keep_list(struct brake_groups *b)
{
	struct text t = TEXT_ON(list);

	if (!b->mark_fd)
		b->mark_fd =
		    file_open(RUN_FROZEN, O_RDWR | O_CREAT | O_NOFOLLOW);
	text_str(&t, "0\n");
	for (unsigned i = 0; i < b->count; i++)
		text_put(&t, "%s\n", b->group[i].name);
	text_str(&t, "\n");
	if (b->mark_fd > 0)
		return file_write(b->mark_fd, t.at, t.len);
	b->mark_fd = 0;
	return false;
}

void
brake_find(struct brake_groups *b, const struct settings *s)
{
	const char *at = s->freeze;
	const char *name;
	size_t len;

	if (b->on)
		return;
	close_groups(b);
	/* From within one of them this process would freeze itself. */
	if (strcmp(at, "off") == 0 || cgroup_is_namespace() || !cgroup_leave())
		return;
	if (strcmp(at, "auto") == 0)
		cgroup_each_child(add_child, b);
	else
		while (b->count < BRAKE_MAX &&
		    cgroup_next_name(&at, &name, &len))
			add(b, name, len);
	if (b->count && !keep_list(b))
		close_groups(b);
}

/* Whether each has stopped by now: said once it is over. */
static void
watch(struct brake_groups *b)
{
	bool whole = b->count < BRAKE_MAX; /* else there may be more */

	for (unsigned i = 0; i < b->count && whole; i++)
		whole = cgroup_is_frozen(&b->group[i]);
	b->whole = whole;
}

void
brake_set(struct brake_groups *b, bool on, uint64_t now_ms)
{
	bool done = true;

	if (on && b->on && !b->whole)
		watch(b);
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
	brake_set(b, false, now_ms);
	/* What still stands is for the keeper. */
	if (!b->on)
		file_remove(RUN_FROZEN);
}

/* False: it is there, and stands still. */
static bool
thaw(const char *name, size_t len)
{
	struct cgroup_freezer f;
	bool done;

	if (!cgroup_freezer_open(&f, name, len))
		return true;
	f.ours = true;
	done = cgroup_freeze(&f, false);
	cgroup_freezer_close(&f);
	return done;
}

void
brake_recover(void)
{
	long n = file_load(RUN_FROZEN, list, sizeof(list));
	const char *at = list + 2; /* behind the first line */
	const char *name;
	size_t len;
	bool done = n >= 0;

	while (n > 2 && list[0] == '1' &&
	    text_line(&at, list + n, false, &name, &len) && len)
		done &= thaw(name, len);
	if (done)
		file_remove(RUN_FROZEN);
}
