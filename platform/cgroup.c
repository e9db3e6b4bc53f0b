/* SPDX-License-Identifier: 0BSD */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "text.h"

#define NAMES_MAX 4096 /* bytes of directory entries read at once */

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

bool
cgroup_open(struct cgroup *c, const char *name, size_t len)
{
	if (len >= sizeof(c->name)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memmove(c->name, name, len);
	c->name[len] = '\0';
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

/* A group that holds processes says "populated 1" in cgroup.events. */
static bool
populated(const char *name)
{
	int fd = open_file(name, "/cgroup.events", O_RDONLY);
	uint64_t yes = 0;

	if (fd >= 0)
		read_labelled(fd, "populated ", &yes);
	file_close(fd);
	return yes == 1;
}

/* Fills in the name of a child that the fence can hold. False: it can't. */
static bool
read_child(struct cgroup *c, const struct dirent *d)
{
	size_t len = strlen(d->d_name);
	int fd;

	if (d->d_type != DT_DIR || d->d_name[0] == '.' ||
	    len >= sizeof(c->name) || !populated(d->d_name))
		return false;
	fd = open_file(d->d_name, "/memory.high", O_RDONLY);
	file_close(fd);
	memcpy(c->name, d->d_name, len + 1);
	return fd >= 0;
}

/* By getdents64(2) itself: opendir(3) takes its storage from a heap. */
unsigned
cgroup_children(struct cgroup *list, unsigned max, bool *more)
{
	static _Alignas(struct dirent) char buf[NAMES_MAX];
	int fd = file_open(CGROUP_DIR, O_RDONLY | O_DIRECTORY);
	struct cgroup one;
	unsigned count = 0;
	long len = 0;

	while (fd >= 0 && !*more &&
	    (len = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < len;) {
			const struct dirent *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (!read_child(&one, d))
				continue;
			*more = count == max;
			if (*more)
				break;
			list[count++] = one;
		}
	}
	file_close(fd);
	return count;
}

static bool
read_bytes(int fd, uint64_t *bytes)
{
	char buf[32];
	long len = file_read(fd, buf, sizeof(buf));

	if (len > 0 && buf[len - 1] == '\n')
		len--;
	if (len == 3 && memcmp(buf, "max", 3) == 0) {
		*bytes = CGROUP_NO_LIMIT;
		return true;
	}
	return len > 0 && text_number(buf, (size_t)len, UINT64_MAX, bytes);
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
