/* SPDX-License-Identifier: 0BSD */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "log.h"

static bool
read_text(const struct syntax *x, void *into, const char *name, int fd)
{
	static char bytes[SYNTAX_FILE_MAX];
	char message[LOG_LINE];
	struct text error = TEXT_ON(message);
	long len = file_read(fd, bytes, sizeof(bytes));
	unsigned obsolete;

	if (len < 0) {
		warn_why("%s", name);
		return false;
	}
	if ((size_t)len == sizeof(bytes)) {
		warn("%s: too long for a configuration file", name);
		return false;
	}
	if (!syntax_text(
		x, into, name, bytes, (size_t)len, &error, &obsolete)) {
		warn_text(&error);
		return false;
	}
	if (obsolete)
		warn("%s: PRESWAP settings have no effect: tmem left Xen "
		     "in 4.13", name);
	return true;
}

bool
config_read(const struct syntax *x, void *into, const char *named,
    const char *const *places)
{
	const char *name;
	int fd;
	bool ok;

	if (named && *named != '/') {
		warn("%s: not a path from /", named);
		return false;
	}
	do {
		name = named ? named : *places++;
		fd = file_open(name, O_RDONLY);
	} while (fd < 0 && !named && *places &&
	    (errno == ENOENT || errno == ENOTDIR));
	if (fd < 0) {
		ok = !named && (errno == ENOENT || errno == ENOTDIR);
		if (!ok)
			warn_why("%s", name);
		return ok;
	}
	ok = read_text(x, into, name, fd);
	close(fd);
	return ok;
}
