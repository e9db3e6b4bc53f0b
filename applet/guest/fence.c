/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <string.h>

#include "fence.h"
#include "file.h"
#include "log.h"
#include "common/numbers.h"
#include "run.h"

#define KB 1024
/* Smaller moves are not worth a write: the margin covers them. */
#define LOWER_BYTES (UINT64_C(512) * KB)
#define RAISE_BYTES (UINT64_C(1024) * KB)
#define SAME_KB 256
#define PASSES 3 /* to lift it: a limit that stays slows a group for ever */
/* Bytes of RUN_FENCE: a line is a name, a blank and a number. */
#define SAVED_MAX (CGROUP_MAX * (CGROUP_NAME_MAX + 24))

uint64_t
fence_limit(uint64_t current, uint64_t set, uint64_t spare_kb, unsigned groups)
{
	uint64_t share = spare_kb * KB / (groups ? groups : 1);
	/* The kernel counts whole pages, of 64 kB at most. */
	uint64_t limit = (current + share) / (64 * KB) * (64 * KB);

	return spare_kb ? limit : min_u64(limit, set);
}

static bool
has_group(const struct fence *f, const char *name)
{
	for (unsigned i = 0; i < f->count; i++)
		if (strcmp(f->group[i].name, name) == 0)
			return true;
	return false;
}

/* A name of XENBALLOON_FENCE, or a child of the root. */
static void
add_named(struct fence *f, const char *name, size_t len)
{
	char *to;

	f->too_many = f->count == CGROUP_MAX;
	if (f->too_many)
		return;
	if (len >= CGROUP_NAME_MAX)
		return;
	to = f->group[f->count].name;
	memcpy(to, name, len);
	to[len] = '\0';
	if (!has_group(f, to))
		f->count++;
}

static bool
add_child(void *into, const char *name)
{
	struct fence *f = into;

	if (cgroup_is_usable(name, "/memory.high"))
		add_named(f, name, strlen(name));
	return !f->too_many;
}

void
fence_find(struct fence *f, const struct settings *s)
{
	const char *at = s->fence;
	const char *name;
	size_t len;

	f->count = 0;
	f->too_many = false;
	if (strcmp(at, "off") == 0)
		return;
	if (strcmp(at, "auto") == 0) {
		cgroup_each_child(add_child, f);
		return;
	}
	while (cgroup_next_name(&at, &name, &len) && !f->too_many)
		add_named(f, name, len);
}

/*
 * Calls `use` for each line of RUN_FENCE. False: there is none, or `use`
 * refused one.
 */
static bool
for_each_saved(bool (*use)(struct fence *, const char *, size_t, uint64_t),
    struct fence *f)
{
	char buf[SAVED_MAX];
	long n = file_load(RUN_FENCE, buf, sizeof(buf));
	bool good = true;
	const char *at = buf;
	const char *line;
	size_t len;

	while (n > 0 && text_line(&at, buf + n, false, &line, &len)) {
		const char *blank = memchr(line, ' ', len);
		uint64_t bytes;
		size_t name;

		if (!blank)
			continue;
		name = (size_t)(blank - line);
		if (text_number(blank + 1, len - name - 1, UINT64_MAX, &bytes))
			good &= use(f, line, name, bytes);
	}
	return n > 0 && good;
}

/* By errno, after a cgroup_open. */
static bool
no_such_group(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

/* The memory.high of a group that may be gone since: that is as good. */
static bool
restore(struct fence *f, const char *name, size_t len, uint64_t bytes)
{
	struct cgroup c;
	bool good;

	(void)f;
	if (!cgroup_open(&c, name, len))
		return no_such_group() || errno == ENAMETOOLONG;
	good = cgroup_set_high(&c, bytes);
	cgroup_close(&c);
	return good;
}

/* A group that is fenced now too: what there was is as it was saved. */
static bool
adopt(struct fence *f, const char *name, size_t len, uint64_t bytes)
{
	for (unsigned i = 0; i < f->count; i++) {
		if (!text_is(name, len, f->group[i].name))
			continue;
		/* Where it can't be put back now, the limit counts as ours. */
		f->set[i] = cgroup_set_high(&f->group[i], bytes)
		    ? CGROUP_NO_LIMIT : f->before[i];
		f->before[i] = bytes;
		return true;
	}
	/* Not fenced any more: it is put back, or its line has to stay. */
	if (!restore(f, name, len, bytes))
		f->restart_due = true;
	return true;
}

void
fence_recover(void)
{
	if (for_each_saved(restore, NULL))
		file_remove(RUN_FENCE);
}

/* Saves what there was, for whoever comes after a kill -9. */
static void
remember(const struct fence *f)
{
	char buf[SAVED_MAX];
	struct text t = TEXT_ON(buf);

	for (unsigned i = 0; i < f->count; i++)
		text_put(&t, "%s %ju\n", f->group[i].name, f->before[i]);
	if (f->count && !file_save(RUN_FENCE, t.at, t.len))
		warn("%s: %s: after a kill -9 what is set stays",
		    RUN_FENCE, errno_text());
}

/* *again is set when the group is there and can't be opened now. */
static bool
start_one(struct fence *f, unsigned i, bool *again)
{
	struct cgroup *c = &f->group[i];

	if (cgroup_open(c, c->name, strlen(c->name))) {
		f->set[i] = CGROUP_NO_LIMIT;
		cgroup_crossings(c, &f->crossed[i]);
		if (cgroup_high(c, &f->before[i]))
			return true;
		cgroup_close(c);
	}
	if (!f->restart_due)
		warn_why("no fence around %s", c->name);
	*again |= !no_such_group();
	return false;
}

/* Opens the groups that were found, and drops those that can't be opened. */
static void
start(struct fence *f)
{
	unsigned kept = 0;
	bool again = false;

	for (unsigned i = 0; i < f->count; i++) {
		f->group[kept] = f->group[i];
		if (start_one(f, kept, &again))
			kept++;
	}
	f->count = kept;
	f->restart_due = again;
	if (f->count == 0) {
		fence_recover();
		return;
	}
	for_each_saved(adopt, f);
	/* RUN_FENCE may have a line of a group that could not be put back. */
	if (!f->restart_due)
		remember(f);
	if (f->too_many)
		warn("more than %u groups: the others have no fence",
		    (unsigned)CGROUP_MAX);
	if (!cgroup_leave())
		warn_why("cannot step outside the fence");
}

/* Sets memory.high of one group; a lower one of somebody else's is kept. */
static void
set_high(struct fence *f, unsigned i, uint64_t bytes)
{
	bool ours = f->set[i] != CGROUP_NO_LIMIT;
	uint64_t now;

	if (!cgroup_high(&f->group[i], &now)) {
		if (bytes != CGROUP_NO_LIMIT)
			return;
		now = f->set[i]; /* lifted all the same: ours must not stay */
	}
	if (now != (ours ? f->set[i] : f->before[i])) {
		f->before[i] = now; /* somebody has set it since we did */
		remember(f);
	}
	bytes = min_u64(bytes, f->before[i]);
	if (bytes != now && !cgroup_set_high(&f->group[i], bytes))
		return;
	f->set[i] = bytes == f->before[i] ? CGROUP_NO_LIMIT : bytes;
}

/* Somebody else has set memory.high: a service manager that reloads does. */
static bool
is_overwritten(const struct fence *f, unsigned i)
{
	uint64_t now;

	return cgroup_high(&f->group[i], &now) && now != f->set[i];
}

void
fence_set(struct fence *f, uint64_t spare_kb, bool check)
{
	/*
	 * As long as spare_kb stays, so do the groups: what one takes is no
	 * longer there to be spared.
	 */
	if (!check && f->in_force && within(spare_kb, f->spare_kb, SAME_KB))
		return;
	f->in_force = true;
	f->spare_kb = spare_kb;
	for (unsigned i = 0; i < f->count; i++) {
		uint64_t bytes;

		if (!cgroup_current(&f->group[i], &bytes))
			continue;
		bytes = fence_limit(bytes, f->set[i], spare_kb, f->count);
		if (f->set[i] == CGROUP_NO_LIMIT ||
		    bytes + LOWER_BYTES < f->set[i] ||
		    bytes > f->set[i] + RAISE_BYTES ||
		    (check && is_overwritten(f, i)))
			set_high(f, i, bytes);
	}
}

void
fence_lift(struct fence *f)
{
	f->in_force = false;
	for (unsigned i = 0; i < f->count; i++)
		if (f->set[i] != CGROUP_NO_LIMIT)
			set_high(f, i, CGROUP_NO_LIMIT);
}

void
fence_stop(struct fence *f)
{
	bool keep = f->count == 0;

	/* What it can't lift the next daemon does, by RUN_FENCE. */
	for (unsigned i = 0; i < PASSES; i++)
		fence_lift(f);
	for (unsigned i = 0; i < f->count; i++) {
		keep |= f->set[i] != CGROUP_NO_LIMIT;
		cgroup_close(&f->group[i]);
	}
	if (!keep)
		file_remove(RUN_FENCE);
	f->count = 0;
}

void
fence_rescan(struct fence *f, const struct settings *s)
{
	struct fence now;

	fence_find(&now, s);
	for (unsigned i = 0; i < now.count; i++) {
		struct cgroup *c = &now.group[i];

		if (has_group(f, c->name) ||
		    !cgroup_open(c, c->name, strlen(c->name)))
			continue;
		cgroup_close(c);
		warn("a fence around %s too", c->name);
		f->restart_due = true;
	}
}

void
fence_restart(struct fence *f, const struct settings *s)
{
	fence_stop(f);
	fence_find(f, s);
	start(f);
}

unsigned
fence_poll(const struct fence *f, struct pollfd *p)
{
	for (unsigned i = 0; i < f->count; i++)
		p[i] = (struct pollfd){f->group[i].events_fd, POLLPRI, 0};
	return f->count;
}

bool
fence_read_events(struct fence *f, const struct pollfd *p)
{
	bool crossed = false;

	for (unsigned i = 0; i < f->count; i++) {
		uint64_t n = f->crossed[i];

		if (!p[i].revents)
			continue;
		/* POLLERR comes with each event (kernfs_generic_poll). */
		if (!cgroup_crossings(&f->group[i], &n)) {
			file_close(f->group[i].events_fd);
			f->group[i].events_fd = -1;
			f->restart_due = true;
		}
		if (n != f->crossed[i] && f->set[i] != CGROUP_NO_LIMIT)
			crossed = true;
		f->crossed[i] = n;
	}
	return crossed;
}
