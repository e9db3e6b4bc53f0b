/* SPDX-License-Identifier: 0BSD */
/* The kernel's files about memory, as text. */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "file.h"

/*
 * Sizes measured on Linux 6.1 to 6.18: meminfo 1.3 to 1.5 kB, vmstat 3.4 to
 * 3.9 kB, pressure 94 B, uptime 16 B. A longer text is cut; the parsers take
 * whole lines only.
 */
#define PROC_MEMINFO_MAX 4096
#define PROC_VMSTAT_MAX 8192
#define PROC_PRESSURE_MAX 256
#define PROC_UPTIME_MAX 64

/* Opened once and read again and again; all but meminfo may be missing. */
extern struct source proc_meminfo, proc_vmstat, proc_pressure, proc_uptime;

/*
 * A file of this process below /proc/self, also where /proc is no longer at
 * its place: a copy that began in an initramfs. proc_open() first.
 */
int proc_own_file(const char *name, int flags);

/* Opens them all. False when there is no /proc/meminfo: errno says why. */
bool proc_open(void);

/* vm.min_free_kbytes. False: it can't be read, or is above `max`. */
bool proc_min_free_kb(uint64_t max, uint64_t *kb);

/*
 * A descriptor for file_read_number: the setting vm.NAME, which anybody may
 * change at any time. -1: errno says why.
 */
int proc_vm_open(const char *name);

/* What other processes mean for canaries, and for the balloon. */
struct proc_scan {
	pid_t balloon;	/* the driver's own thread (Linux 5.14); 0: none */
	bool rival;	/* the OOM killer would take one of them first: */
	char name[16];	/* its comm */
	unsigned found;	/* a bit for each word of the list that one is called */
};

/*
 * Looks at all processes: what the OOM killer would make of their size and
 * oom_score_adj, in a guest of total_kb (MemTotal and swap), against a canary
 * of canary_kb; and which names of a list, as text_nth has them, are there.
 * Some hundred calls: at the start, and when the size has changed by much.
 * False: there is no /proc.
 */
bool proc_look_around(struct proc_scan *scan, const char *names,
    uint64_t total_kb, uint64_t canary_kb);

/*
 * A descriptor that polls POLLPRI when tasks have waited `stall_us` for
 * memory within `window_us`; -1 when this kernel has none (errno). A window
 * that is a multiple of 2 s needs no privilege on any kernel.
 */
int proc_pressure_trigger(uint64_t stall_us, uint64_t window_us);

#endif
