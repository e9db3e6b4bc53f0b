/* SPDX-License-Identifier: 0BSD */
/*
 * world: a guest, its kernel, its balloon and its xenstored, in numbers and in
 * one process: all system calls of the program end here, and time passes only
 * where it sleeps. life.c says what fails.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>

/* What can fail: system calls, and then the platform's verbs by name. */
#define SITES(X) \
	X(openat) X(pread) X(pwrite) X(read) X(write) X(ppoll) X(renameat) \
	X(unlinkat) X(signalfd4) X(getdents64) X(fcntl) X(mlockall) \
	X(mlock) X(setpriority) X(socket) X(connect) X(rt_sigprocmask) \
	X(prctl) X(capget) X(capset) \
	X(file_root) X(file_open) X(file_read) X(file_write) \
	X(file_read_number) X(file_load_number) X(file_write_number) \
	X(file_save) X(source_read) X(proc_open) X(proc_min_free_kb) \
	X(proc_vm_open) X(proc_pressure_trigger) X(balloon_on_xen) \
	X(balloon_in_dom0) X(balloon_open) X(balloon_read) X(balloon_read_held) \
	X(balloon_write) X(balloon_lock) X(cgroup_open) X(cgroup_is_usable) \
	X(cgroup_high) X(cgroup_current) X(cgroup_set_high) \
	X(cgroup_crossings) X(cgroup_leave) X(sysctl_read) X(sysctl_open) \
	X(sysctl_remember) X(sysctl_write) X(sysctl_put_back) \
	X(xenstore_open) X(xenstore_request) X(xenstore_next) X(wait_for) \
	X(gap) X(resume) X(group) X(reply)
#define SITE(name) SITE_##name,
enum site { SITES(SITE) SITE_COUNT };
#undef SITE

/* Beside the numbers of errno: what else a call may do. */
enum { FAULT_NONE = 0, FAULT_SHORT = -1, FAULT_END = -2 };

#define LOOKS 8
#define SAID_MAX 60000 /* bytes of what the program says in a life */

/* What a life leaves behind, for whoever started it. */
struct verdict {
	char wrong[240]; /* the first thing that must not be; "": nothing */
	uint64_t hit_ms; /* the last fault; UINT64_MAX: none came */
	bool hit_early;	 /* before the loop */
	bool begun;	 /* the loop was reached */
	bool ended;	 /* the program came to its end */
	int status;
	uint64_t rest_kb; /* the size at the end of the long rest */
	/* The size now and then: soon after a fault it is as ever. */
	struct {
		uint64_t ms, kb;
	} look[LOOKS];
	unsigned looks;
	unsigned rest_fds, kills, writes;
	bool rest_tuned, rest_told, fence_open, tuned, left;
	unsigned calls[SITE_COUNT]; /* so far */
	unsigned let_through;	    /* by the kernel's filter, in a day */
	unsigned said;
	char says[SAID_MAX];
};

extern struct verdict *verdict;

/* life.c: what this call is to do; an errno, one of the above, or 0. */
int strike(enum site where);

/* world.c */
enum kind {
	KIND_FENCED, KIND_BARE, KIND_AGAIN, KIND_WORKINGSET, KIND_LATE, KIND_DAY,
	KINDS
};
void world_begin(enum kind kind);
void world_end(void);
/* The first complaint is kept. */
void wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t world_ms(void);
/* A sleep of which nothing comes. */
void world_sleep(uint64_t ms);

#endif
