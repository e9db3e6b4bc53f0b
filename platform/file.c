/* SPDX-License-Identifier: 0BSD */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

#define FOLDER_BYTES 4096 /* of directory entries, read at once */
#define NUMBER_MAX 24 /* bytes of a file that holds one number */
/*
 * The kernel hands out a file of /proc a page at a time, less at most one line:
 * a read(2) of less than this was the last one, and saves another for the end.
 */
#define SOURCE_CHUNK 3072
#define LOAD_TRIES 3 /* what a killed run left is read once, at the start */

static int root = -1;

/* The system call itself, which test/fault can make fail. */
int
file_open_in(int dir, const char *path, int flags)
{
	return (int)syscall(SYS_openat, dir, path,
	    flags | O_CLOEXEC | O_LARGEFILE, 0644);
}

bool
file_root(const char *dir)
{
	int fd = file_open_in(AT_FDCWD, dir, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return false;
	file_close(root);
	root = fd;
	return true;
}

/* The part of an absolute path that hangs from the root. */
static const char *
below(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

int
file_open(const char *path, int flags)
{
	return file_open_in(root, below(path), flags);
}

void
file_close(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
}

/* One pread(2), again when a signal came between. */
static ssize_t
read_at(int fd, char *buf, size_t cap, size_t offset)
{
	ssize_t n;

	do
		n = pread(fd, buf, cap, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Until the end, or until less than `enough` came at once. */
static long
read_until(int fd, char *buf, size_t cap, size_t enough)
{
	size_t have = 0;

	while (have < cap) {
		ssize_t n = read_at(fd, buf + have, cap - have, have);

		if (n < 0)
			return -1;
		have += (size_t)n;
		if (n == 0 || (size_t)n < enough)
			break;
	}
	return (long)have;
}

long
file_read(int fd, char *buf, size_t cap)
{
	return read_until(fd, buf, cap, 0);
}

bool
file_write(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	do
		n = pwrite(fd, bytes, len, 0);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n != len)
		errno = EIO;
	return n >= 0 && (size_t)n == len;
}

bool
file_read_number(int fd, uint64_t max, uint64_t *out)
{
	char buf[NUMBER_MAX];
	ssize_t len = read_at(fd, buf, sizeof(buf), 0);

	/* Without its newline it may be the half of a number. */
	return len > 0 && buf[len - 1] == '\n' &&
	    text_number(buf, (size_t)len - 1, max, out);
}

bool
file_write_number(int fd, uint64_t number)
{
	char buf[NUMBER_MAX];
	size_t len = text_cstr(buf, sizeof(buf), "%ju\n", number) - 1;

	return fd >= 0 && file_write(fd, buf, len);
}

long
file_load(const char *path, char *buf, size_t cap)
{
	unsigned tries = LOAD_TRIES;
	long n;

	do {
		int fd = file_open(path, O_RDONLY | O_NOFOLLOW);

		n = fd < 0 ? -1 : file_read(fd, buf, cap);
		file_close(fd);
	} while (n < 0 && errno != ENOENT && --tries);
	return n;
}

bool
file_load_number(const char *path, uint64_t max, uint64_t *out)
{
	int fd = file_open(path, O_RDONLY);
	bool ok = fd >= 0 && file_read_number(fd, max, out);

	file_close(fd);
	return ok;
}

/* The name that a new file has until it is whole. */
static bool
name_unfinished(char name[FILE_PATH_MAX], const char *path)
{
	errno = ENAMETOOLONG;
	return text_cstr(name, FILE_PATH_MAX, "%s.new", below(path)) != 0;
}

int
file_save_begin(const char *path)
{
	char name[FILE_PATH_MAX];

	if (!name_unfinished(name, path))
		return -1;
	/* A killed run left it; or it is the folder owner's link or pipe. */
	unlinkat(root, name, 0);
	return file_open_in(root, name, O_WRONLY | O_CREAT | O_EXCL);
}

bool
file_save_finish(int fd, const char *path, bool good)
{
	char name[FILE_PATH_MAX];

	file_close(fd);
	return good && name_unfinished(name, path) &&
	    renameat(root, name, root, below(path)) == 0;
}

bool
file_save(const char *path, const char *bytes, size_t len)
{
	int fd = file_save_begin(path);

	return fd >= 0 &&
	    file_save_finish(fd, path, file_write(fd, bytes, len));
}

void
file_remove(const char *path)
{
	unlinkat(root, below(path), 0);
}

bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return true;
}

void
source_open(struct source *s)
{
	s->len = 0;
	s->fd = file_open(s->path, O_RDONLY);
}

bool
source_read(struct source *s)
{
	long n = s->fd < 0 ? -1
			   : read_until(s->fd, s->buf, s->cap, SOURCE_CHUNK);

	s->len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

void
file_each_folder(
    int fd, bool (*use)(void *into, const char *name), void *into)
{
	static _Alignas(struct dirent) char buf[FOLDER_BYTES];
	bool more = fd >= 0;
	long len;

	while (more &&
	    (len = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; more && at < len;) {
			const struct dirent *d = (const void *)(buf + at);

			at += d->d_reclen;
			if (d->d_type == DT_DIR && d->d_name[0] != '.')
				more = use(into, d->d_name);
		}
	}
}
