/* SPDX-License-Identifier: 0BSD */
/*
 * Files under the root that -R may move, read whole into the caller's
 * storage. Paths are absolute and at most FILE_PATH_MAX bytes. file_read and
 * file_write work on a descriptor, file_load and file_save on a path.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_PATH_MAX 256

/* All paths hang from `dir` from now on; false: errno says why. */
bool file_root(const char *dir);

/* open(2) below the root with O_CLOEXEC; -1: errno says why. */
int file_open(const char *path, int flags);
/* The same below the folder `dir`. */
int file_open_in(int dir, const char *path, int flags);
/* Leaves errno as it is; of -1 it closes nothing. */
void file_close(int fd);

/*
 * All of an open file from its start, as far as it fits. Works again and
 * again on one descriptor under /proc and /sys. -1: errno says why.
 */
long file_read(int fd, char *buf, size_t cap);

/* One write(2) at offset 0 of the whole text: what /proc and /sys want. */
bool file_write(int fd, const char *bytes, size_t len);

/* False: what the file has is not one number of at most `max` and a newline. */
bool file_read_number(int fd, uint64_t max, uint64_t *out);

/* As file_write; false too when `fd` is -1, and errno stays. */
bool file_write_number(int fd, uint64_t number);

/*
 * Opens, reads and closes; a file that is there and can't be read is tried
 * three times. A symbolic link is refused. -1: errno says why.
 */
long file_load(const char *path, char *buf, size_t cap);

/* As file_read_number, opened and closed. */
bool file_load_number(const char *path, uint64_t max, uint64_t *out);

/*
 * An ordinary file: a new one under another name, then renamed over it, so
 * that a reader or a crash never sees half. False: errno says why.
 */
bool file_save(const char *path, const char *bytes, size_t len);
/*
 * The same in two steps, with the writing between. -1 and false: errno says
 * why; with `good` false nothing is renamed.
 */
int file_save_begin(const char *path);
bool file_save_finish(int fd, const char *path, bool good);
void file_remove(const char *path);

/* All of it to a pipe, a terminal or a file that is written in pieces. */
bool write_all(int fd, const char *bytes, size_t len);

/*
 * Calls `use` for each folder in the folder `fd` but those that begin with a
 * dot, until it says no. By getdents64(2): opendir(3) takes its storage from a
 * heap.
 */
void file_each_folder(
    int fd, bool (*use)(void *into, const char *name), void *into);

/* A file that is read again and again, whole each time. */
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
