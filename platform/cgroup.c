/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "text.h"

static int
open_file(const char *name, const char *file, int flags)
{
	char path[FILE_PATH_MAX];

	if (!text_cstr(path, sizeof(path), CGROUP_DIR "%s%s", name, file)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return file_open(path, flags);
}

/* `name` may be the one that is kept already. */
static bool
keep_name(char kept[CGROUP_NAME_MAX], const char *name, size_t len)
{
	if (len >= CGROUP_NAME_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memmove(kept, name, len);
	kept[len] = '\0';
	return true;
}

bool
cgroup_open(struct cgroup *c, const char *name, size_t len)
{
	if (!keep_name(c->name, name, len))
		return false;
	c->high_fd = open_file(c->name, "/memory.high", O_RDWR);
	c->current_fd = open_file(c->name, "/memory.current", O_RDONLY);
	c->events_fd = open_file(c->name, "/memory.events", O_RDONLY);
	if (c->high_fd >= 0 && c->current_fd >= 0 && c->events_fd >= 0)
		return true;
	cgroup_close(c);
	return false;
}

void
cgroup_close(struct cgroup *c)
{
	file_close(c->high_fd);
	file_close(c->current_fd);
	file_close(c->events_fd);
	c->high_fd = c->current_fd = c->events_fd = -1;
}

/* The number behind `label` in a file of a few lines. */
static bool
read_labelled(int fd, const char *label, uint64_t *n)
{
	char buf[256];
	long len = file_read(fd, buf, sizeof(buf));

	return len > 0 &&
	    text_labelled(buf, (size_t)len, label, UINT64_MAX, n);
}

/* "LABEL 1" in cgroup.events, as "populated 1" where there are processes. */
static bool
says(int events_fd, const char *label)
{
	uint64_t yes = 0;

	return read_labelled(events_fd, label, &yes) && yes == 1;
}

static bool
populated(const char *name)
{
	int fd = open_file(name, "/cgroup.events", O_RDONLY);
	bool yes = fd >= 0 && says(fd, "populated ");

	file_close(fd);
	return yes;
}

bool
cgroup_next_name(const char **at, const char **name, size_t *len)
{
	const size_t prefix = sizeof(CGROUP_DIR) - 1;
	const char *p = *at;

	while (*p == ' ' || *p == ',')
		p++;
	*name = p;
	while (*p && *p != ' ' && *p != ',')
		p++;
	*len = (size_t)(p - *name);
	*at = p;
	if (*len > prefix && memcmp(*name, CGROUP_DIR, prefix) == 0) {
		*name += prefix;
		*len -= prefix;
	}
	return *len != 0;
}

void
cgroup_each_child(bool (*use)(void *into, const char *name), void *into)
{
	int fd = file_open(CGROUP_DIR, O_RDONLY | O_DIRECTORY);

	file_each_folder(fd, use, into);
	file_close(fd);
}

bool
cgroup_is_usable(const char *name, const char *file)
{
	int fd = -1;

	if (strlen(name) < CGROUP_NAME_MAX && populated(name))
		fd = open_file(name, file, O_RDONLY);
	file_close(fd);
	return fd >= 0;
}

bool
cgroup_freezer_open(struct cgroup_freezer *f, const char *name, size_t len)
{
	*f = (struct cgroup_freezer){.freeze_fd = -1, .events_fd = -1};
	if (!keep_name(f->name, name, len))
		return false;
	f->freeze_fd = open_file(f->name, "/cgroup.freeze", O_RDWR);
	f->events_fd = open_file(f->name, "/cgroup.events", O_RDONLY);
	if (f->freeze_fd >= 0 && f->events_fd >= 0)
		return true;
	cgroup_freezer_close(f);
	return false;
}

void
cgroup_freezer_close(struct cgroup_freezer *f)
{
	file_close(f->freeze_fd);
	file_close(f->events_fd);
	f->freeze_fd = f->events_fd = -1;
}

bool
cgroup_freeze(struct cgroup_freezer *f, bool on)
{
	uint64_t now = 0;
	bool done;

	if (!on && !f->ours)
		return true;
	if (on && (!file_read_number(f->freeze_fd, 1, &now) || now == 1))
		return now == 1;
	done = file_write(f->freeze_fd, on ? "1" : "0", 1) ||
	    (!on && errno == ENODEV);
	if (done)
		f->ours = on;
	return done;
}

bool
cgroup_is_frozen(const struct cgroup_freezer *f)
{
	return says(f->events_fd, "frozen ");
}

bool
cgroup_is_namespace(void)
{
	/* The root of the hierarchy has no type (cgroup-v2.rst). */
	int fd = open_file("", "cgroup.type", O_RDONLY);

	file_close(fd);
	return fd >= 0;
}

static bool
read_bytes(int fd, uint64_t *bytes)
{
	char buf[32];
	long len = file_read(fd, buf, sizeof(buf));

	if (len > 0 && buf[len - 1] == '\n')
		len--;
	if (len <= 0)
		return false;
	*bytes = CGROUP_NO_LIMIT;
	return text_is(buf, (size_t)len, "max") ||
	    text_number(buf, (size_t)len, UINT64_MAX, bytes);
}

bool
cgroup_high(const struct cgroup *c, uint64_t *bytes)
{
	return read_bytes(c->high_fd, bytes);
}

bool
cgroup_current(const struct cgroup *c, uint64_t *bytes)
{
	return read_bytes(c->current_fd, bytes);
}

bool
cgroup_set_high(const struct cgroup *c, uint64_t bytes)
{
	char buf[32];
	struct text t = TEXT_ON(buf);

	if (bytes == CGROUP_NO_LIMIT)
		text_str(&t, "max");
	else
		text_dec(&t, bytes);
	return file_write(c->high_fd, t.at, t.len);
}

bool
cgroup_crossings(const struct cgroup *c, uint64_t *count)
{
	return read_labelled(c->events_fd, "high ", count);
}

bool
cgroup_leave(void)
{
	int fd = open_file("", "cgroup.procs", O_WRONLY);
	bool ok = fd >= 0 && file_write(fd, "0", 1);

	file_close(fd);
	return ok;
}
