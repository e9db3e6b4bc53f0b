/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>

#include "file.h"
#include "sysctl.h"
#include "text.h"

#define VALUE_MAX UINT32_MAX
#define REMEMBERED_MAX 512 /* bytes of RUN_SYSCTLS: four lines have 180 */

/* False: it is too long. */
static bool
path_of(char path[FILE_PATH_MAX], const char *name)
{
	errno = ENAMETOOLONG;
	return text_cstr(path, FILE_PATH_MAX, SYSCTL_DIR "%s", name) != 0;
}

static int
open_name(const char *name)
{
	char path[FILE_PATH_MAX];

	return path_of(path, name) ? file_open(path, O_RDWR) : -1;
}

bool
sysctl_read(const char *name, uint64_t *value)
{
	char path[FILE_PATH_MAX];

	return path_of(path, name) && file_load_number(path, VALUE_MAX, value);
}

void
sysctl_rewrite(const char *name)
{
	int fd = open_name(name);
	uint64_t now;

	if (fd >= 0 && file_read_number(fd, VALUE_MAX, &now))
		file_write_number(fd, now);
	file_close(fd);
}

bool
sysctl_open(struct sysctl *c, uint64_t before)
{
	c->before = before;
	c->fd = open_name(c->name);
	return c->fd >= 0;
}

static void
shut(struct sysctl *c)
{
	file_close(c->fd);
	c->fd = -1;
}

bool
sysctl_write(struct sysctl *c)
{
	if (file_write_number(c->fd, c->ours))
		return true;
	shut(c);
	return false;
}

bool
sysctl_remember(const struct sysctl *list, size_t count)
{
	char buf[REMEMBERED_MAX];
	struct text t = TEXT_ON(buf);

	for (size_t i = 0; i < count; i++)
		if (list[i].fd >= 0)
			text_put(&t, SYSCTL_DIR "%s %ju\n", list[i].name,
			    list[i].before);
	if (t.len)
		return file_save(RUN_SYSCTLS, t.at, t.len);
	file_remove(RUN_SYSCTLS);
	return true;
}

bool
sysctl_put_back(struct sysctl *c)
{
	uint64_t now;

	if (c->fd < 0 || !file_read_number(c->fd, VALUE_MAX, &now) ||
	    (now == c->ours && !file_write_number(c->fd, c->before)))
		return false;
	shut(c);
	return true;
}

void
sysctl_adopt(struct sysctl *list, size_t count)
{
	char buf[REMEMBERED_MAX];
	char path[FILE_PATH_MAX];
	long len = file_load(RUN_SYSCTLS, buf, sizeof(buf));

	for (size_t i = 0; i < count && len > 0; i++) {
		struct sysctl *c = &list[i];
		uint64_t before, now;

		if (path_of(path, c->name) &&
		    text_labelled(buf, (size_t)len, path, VALUE_MAX, &before) &&
		    sysctl_read(c->name, &now) && now == c->ours)
			sysctl_open(c, before);
	}
}
