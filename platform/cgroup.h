/* SPDX-License-Identifier: 0BSD */
/*
 * cgroup v2 groups whose memory.high this program moves. Format and meaning:
 * Documentation/admin-guide/cgroup-v2.rst of the Linux tree.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Groups at most: the children of a root are a handful of slices, and each
 * costs three descriptors, and a read each time the fence is set.
 */
#define CGROUP_MAX 8
#define CGROUP_DIR "/sys/fs/cgroup/"
#define CGROUP_NAME_MAX 64 /* bytes of a group's name with its NUL */
#define CGROUP_NO_LIMIT UINT64_MAX /* "max" */

struct cgroup {
	int high_fd;
	int current_fd;
	int events_fd; /* polls POLLPRI | POLLERR when memory.events changes */
	char name[CGROUP_NAME_MAX]; /* below /sys/fs/cgroup */
};

/*
 * Opens the group `name` below /sys/fs/cgroup. False: errno is ENOENT when
 * there is no such group or it has no memory controller.
 */
bool cgroup_open(struct cgroup *c, const char *name, size_t len);
void cgroup_close(struct cgroup *c);

/*
 * A group that can be stopped (Linux 5.2, no controller needed): each task
 * halts when it next leaves the kernel, and takes no signal but SIGKILL until
 * it may go on.
 */
struct cgroup_freezer {
	int freeze_fd;
	int events_fd;
	bool ours; /* frozen by us: one that stood still already is left so */
	char name[CGROUP_NAME_MAX];
};

/* False: errno is ENOENT when there is no such group or no freezer. */
bool cgroup_freezer_open(
    struct cgroup_freezer *f, const char *name, size_t len);
void cgroup_freezer_close(struct cgroup_freezer *f);
/*
 * Stops it, or lets it go on if it was stopped by us; one that was removed
 * meanwhile goes on. False: errno.
 */
bool cgroup_freeze(struct cgroup_freezer *f, bool on);
/* Whether all of it has stopped by now. */
bool cgroup_is_frozen(const struct cgroup_freezer *f);

/* Calls `use` for each child of the root, until it says no. */
void cgroup_each_child(
    bool (*use)(void *into, const char *name), void *into);

/*
 * It holds processes, has `file` ("/memory.high"), and its name is none of
 * those that are too long.
 */
bool cgroup_is_usable(const char *name, const char *file);

/* A container's or another namespace's root: it is no root of the kernel's. */
bool cgroup_is_namespace(void);

/*
 * The next name of the list *at, blanks or commas between, without
 * /sys/fs/cgroup/ before it; *at goes past it. False: there is none.
 */
bool cgroup_next_name(const char **at, const char **name, size_t *len);

/* memory.high in bytes, or CGROUP_NO_LIMIT; memory.current in bytes. */
bool cgroup_high(const struct cgroup *c, uint64_t *bytes);
bool cgroup_current(const struct cgroup *c, uint64_t *bytes);
bool cgroup_set_high(const struct cgroup *c, uint64_t bytes);

/*
 * How often memory.high was crossed so far, from memory.events; reading it
 * makes poll(2) wait for the next event. False: the group was removed, whose
 * events are ready for ever, or can't be read.
 */
bool cgroup_crossings(const struct cgroup *c, uint64_t *count);

/* Moves the caller to the root group, outside every other. */
bool cgroup_leave(void);

#endif
