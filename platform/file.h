/* SPDX-License-Identifier: 0BSD */
/*
 * Files under the root that -R may move, read whole into the caller's
 * storage. Paths are absolute and at most FILE_PATH_MAX bytes.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_PATH_MAX 256

/* All paths hang from `dir` from now on; false: errno says why. */
bool file_root(const char *dir);

/* The path, or the paths, in a variable of the environment; NULL: not set. */
const char *file_variable(const char *name);

/* open(2) below the root with O_CLOEXEC; -1: errno says why. */
int file_open(const char *path, int flags);
/* errno stays; -1 is none to close. */
void file_close(int fd);

/*
 * All of an open file from its start, as far as it fits. Works again and
 * again on one descriptor under /proc and /sys. -1: errno says why.
 */
long file_read(int fd, char *buf, size_t cap);

/*
 * As file_read, opened and closed, and tried again where it is there; -1: it is
 * not, or can't be read. The file itself, no link to it.
 */
long file_take(const char *path, char *buf, size_t cap);

/* One write(2) at offset 0 of the whole text: what /proc and /sys want. */
bool file_write(int fd, const char *bytes, size_t len);

/* The number that is all of a file, with a newline behind it. */
bool file_number(int fd, uint64_t max, uint64_t *out);

/* As file_number, opened and closed; false when there is no such number. */
bool file_get(const char *path, uint64_t max, uint64_t *out);

/* As file_write; false too when `fd` is -1, with the errno of its open. */
bool file_put(int fd, uint64_t number);

/*
 * An ordinary file: a new one under another name, then renamed over it, so
 * that a reader or a crash never sees half. False: errno says why.
 */
bool file_save(const char *path, const char *bytes, size_t len);
/* The same in two steps, with the writing between: -1, false: errno. */
int file_begin(const char *path);
bool file_finish(int fd, const char *path, bool good);
void file_remove(const char *path);

/* A file of which each look reads the whole text. */
struct source {
	const char *path;
	char *buf;
	size_t cap;
	size_t len; /* 0 when it could not be read */
	int fd;	    /* -1 when it could not be opened */
};

void source_open(struct source *s);
/* False when there is nothing; errno says why. */
bool source_read(struct source *s);

#endif
