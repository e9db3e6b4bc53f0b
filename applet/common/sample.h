/* SPDX-License-Identifier: 0BSD */
/*
 * One look at a guest: bytes of /proc become numbers of one instant. Pure.
 * Formats: proc(5); Documentation/accounting/psi.rst.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_KB_MAX (UINT64_C(1) << 40) /* 1 PiB: more is a lie */

/* Which members of struct sample_memory are known. */
enum {
	HAVE_TOTAL = 1 << 0,
	HAVE_FREE = 1 << 1,
	HAVE_AVAILABLE = 1 << 2,
	HAVE_BUFFERS = 1 << 3,
	HAVE_CACHED = 1 << 4,
	HAVE_ACTIVE_FILE = 1 << 5,
	HAVE_INACTIVE_FILE = 1 << 6,
	HAVE_ANON = 1 << 7,
	HAVE_SHMEM = 1 << 8,
	HAVE_RECLAIMABLE = 1 << 9,
	HAVE_SWAP_TOTAL = 1 << 10,
	HAVE_SWAP_FREE = 1 << 11,
	HAVE_COMMITTED = 1 << 12,
	HAVE_COMMIT_LIMIT = 1 << 13,
	HAVE_CMA = 1 << 14, /* kernels without a contiguous area: not there */
	HAVE_MEMINFO = (HAVE_CMA << 1) - 1,
};

/* Which members of struct sample_counters are known. */
enum {
	HAVE_SWAP_IN = 1 << 0,
	HAVE_SWAP_OUT = 1 << 1,
	HAVE_MAJOR_FAULTS = 1 << 2,
	HAVE_OOM_KILLS = 1 << 3,
	HAVE_REFAULTS = 1 << 4, /* any of the three */
	HAVE_PRESSURE = 1 << 5,
};

/* /proc/meminfo, kB: read at each look. */
struct sample_memory {
	uint32_t have;
	bool strict_commit;   /* vm.overcommit_memory is 2 */
	uint64_t min_free_kb; /* vm.min_free_kbytes */
	uint64_t total_kb, free_kb, available_kb;
	uint64_t buffers_kb, cached_kb, active_file_kb, inactive_file_kb;
	uint64_t anon_kb, shmem_kb, reclaimable_kb;
	uint64_t swap_total_kb, swap_free_kb;
	uint64_t committed_kb, commit_limit_kb;
	uint64_t cma_free_kb;
};

/*
 * The balloon driver's sizes, kB of domain pages. At rest they are those of
 * the last look: who moves the balloon wakes the daemon.
 */
struct sample_balloon {
	bool known;	 /* there is a driver, and it makes sense */
	bool held_known; /* low_kb and high_kb belong to current_kb */
	uint64_t current_kb, target_kb;
	uint64_t low_kb, high_kb; /* held in the balloon */
};

/* /proc/vmstat and /proc/pressure/memory, since boot: read less often. */
struct sample_counters {
	uint32_t have;
	uint64_t at_ms; /* when they were read */
	uint64_t swap_in_pages, swap_out_pages, major_faults, oom_kills;
	/* pages read again soon after they were dropped; the first until 5.8 */
	uint64_t refaults, refaults_anon, refaults_file;
	uint64_t pressure_us; /* some task waited */
};

struct sample {
	uint64_t at_ms; /* of this look, since boot */
	struct sample_memory memory;
	struct sample_balloon balloon;
	struct sample_counters counters;
};

/* Whether the counters were read at this look. */
static inline bool
sample_counted(const struct sample *s)
{
	return s->counters.at_ms == s->at_ms;
}

/* Each reads whole lines, takes what it knows and leaves out the rest. */
void sample_meminfo(struct sample_memory *m, const char *text, size_t len);
void sample_vmstat(struct sample_counters *c, const char *text, size_t len);
void sample_pressure(struct sample_counters *c, const char *text, size_t len);

/*
 * NULL when the policy may rest on it, having filled in what older kernels
 * leave out and taken from what is available what the kernel itself cannot
 * use; else one sentence on what is wrong with it. Once a sample.
 */
const char *sample_check(struct sample_memory *m);

#endif
