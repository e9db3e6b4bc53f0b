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

/* Which members of struct sample are known. */
enum {
	HAVE_TOTAL = 1 << 0,
	HAVE_FREE = 1 << 1,
	HAVE_AVAILABLE = 1 << 2,
	HAVE_BUFFERS = 1 << 3,
	HAVE_CACHED = 1 << 4,
	HAVE_FILE = 1 << 5, /* both lists of file pages */
	HAVE_FILE_2 = 1 << 6,
	HAVE_ANON = 1 << 7,
	HAVE_SHMEM = 1 << 8,
	HAVE_RECLAIMABLE = 1 << 9,
	HAVE_SWAP_TOTAL = 1 << 10,
	HAVE_SWAP_FREE = 1 << 11,
	HAVE_COMMITTED = 1 << 12,
	HAVE_COMMIT_LIMIT = 1 << 13,
	HAVE_SWAP_IN = 1 << 14,
	HAVE_SWAP_OUT = 1 << 15,
	HAVE_MAJOR_FAULTS = 1 << 16,
	HAVE_OOM_KILLS = 1 << 17,
	HAVE_PRESSURE = 1 << 18,
	HAVE_BALLOON = 1 << 19,
	HAVE_HELD = 1 << 20,
	HAVE_REFAULTS = 1 << 21, /* any of the three */
	HAVE_COUNTED = 1 << 22,	 /* the counters were read at this look */
	HAVE_CMA = 1 << 23, /* kernels without a contiguous area: not there */
	/* all of /proc/meminfo that is taken */
	HAVE_MEMINFO = HAVE_CMA | ((HAVE_COMMIT_LIMIT << 1) - 1),
	/* what /proc/vmstat and /proc/pressure count */
	HAVE_COUNTERS = HAVE_SWAP_IN | HAVE_SWAP_OUT | HAVE_MAJOR_FAULTS |
	    HAVE_OOM_KILLS | HAVE_PRESSURE | HAVE_REFAULTS,
};

/* What is used most comes first: offsets below 128 take a byte of code. */
struct sample {
	uint32_t have;
	bool strict_commit; /* vm.overcommit_memory is 2 */
	uint64_t at_ms;
	/* the balloon driver, kB of domain pages */
	uint64_t current_kb, target_kb, low_kb, high_kb;
	/* /proc/meminfo, kB */
	uint64_t total_kb, available_kb, free_kb;
	uint64_t anon_kb, shmem_kb;
	uint64_t swap_total_kb, swap_free_kb;
	uint64_t committed_kb, commit_limit_kb;
	uint64_t buffers_kb, cached_kb, active_file_kb, inactive_file_kb;
	uint64_t reclaimable_kb, cma_free_kb;
	uint64_t min_free_kb; /* vm.min_free_kbytes */
	/* From here on counters alone: /proc/vmstat, since boot */
	uint64_t swap_in_pages, swap_out_pages, major_faults, oom_kills;
	/* pages read again soon after they were dropped; the first until 5.8 */
	uint64_t refaults, refaults_anon, refaults_file;
	/* /proc/pressure/memory, since boot */
	uint64_t pressure_us; /* some task waited */
};

/* Where they begin. */
#define SAMPLE_COUNTERS offsetof(struct sample, swap_in_pages)

/* Each reads whole lines, takes what it knows and leaves out the rest. */
void sample_meminfo(struct sample *s, const char *text, size_t len);
void sample_vmstat(struct sample *s, const char *text, size_t len);
void sample_pressure(struct sample *s, const char *text, size_t len);

/*
 * NULL when the policy may rest on the sample, having filled in what older
 * kernels leave out and taken from what is available what the kernel itself
 * cannot use; else one sentence on what is wrong with it. Once a sample.
 */
const char *sample_check(struct sample *s);

#endif
