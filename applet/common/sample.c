/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "sample.h"
#include "numbers.h"
#include "text.h"

struct field {
	const char *label;
	uint32_t have;
	uint32_t offset; /* of a uint64_t in struct sample */
};

#define FIELD(label, have, member) \
	{(label), (have), offsetof(struct sample, member)}

static const struct field meminfo_fields[] = {
    FIELD("MemTotal:", HAVE_TOTAL, total_kb),
    FIELD("MemFree:", HAVE_FREE, free_kb),
    FIELD("MemAvailable:", HAVE_AVAILABLE, available_kb),
    FIELD("Buffers:", HAVE_BUFFERS, buffers_kb),
    FIELD("Cached:", HAVE_CACHED, cached_kb),
    FIELD("Active(file):", HAVE_FILE, active_file_kb),
    FIELD("Inactive(file):", HAVE_FILE_2, inactive_file_kb),
    FIELD("AnonPages:", HAVE_ANON, anon_kb),
    FIELD("Shmem:", HAVE_SHMEM, shmem_kb),
    FIELD("SReclaimable:", HAVE_RECLAIMABLE, reclaimable_kb),
    FIELD("SwapTotal:", HAVE_SWAP_TOTAL, swap_total_kb),
    FIELD("SwapFree:", HAVE_SWAP_FREE, swap_free_kb),
    FIELD("Committed_AS:", HAVE_COMMITTED, committed_kb),
    FIELD("CommitLimit:", HAVE_COMMIT_LIMIT, commit_limit_kb),
    FIELD("CmaFree:", HAVE_CMA, cma_free_kb),
};

static const struct field vmstat_fields[] = {
    FIELD("pswpin", HAVE_SWAP_IN, swap_in_pages),
    FIELD("pswpout", HAVE_SWAP_OUT, swap_out_pages),
    FIELD("pgmajfault", HAVE_MAJOR_FAULTS, major_faults),
    FIELD("oom_kill", HAVE_OOM_KILLS, oom_kills),
    FIELD("workingset_refault", HAVE_REFAULTS, refaults),
    FIELD("workingset_refault_anon", HAVE_REFAULTS, refaults_anon),
    FIELD("workingset_refault_file", HAVE_REFAULTS, refaults_file),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
has(const struct sample *s, uint32_t all)
{
	return (s->have & all) == all;
}

/* "label   number[ kB]": takes it when it is a field of the table. */
static void
take(struct sample *s, const struct field *fields, size_t count, uint64_t max,
    const char *line, size_t len)
{
	const char *end = line + len;
	const char *blank = memchr(line, ' ', len);
	const char *at;
	uint64_t *slot;

	if (!blank)
		return;
	for (at = blank; at < end && *at == ' ';)
		at++;
	if (end - at > 3 && memcmp(end - 3, " kB", 3) == 0)
		end -= 3;
	for (size_t i = 0; i < count; i++) {
		if (!text_is(line, (size_t)(blank - line), fields[i].label))
			continue;
		slot = (uint64_t *)(void *)((char *)s + fields[i].offset);
		if (text_number(at, (size_t)(end - at), max, slot))
			s->have |= fields[i].have;
		return;
	}
}

/* Stops when all that is in `enough` is known; 0: never. */
static void
take_lines(struct sample *s, const struct field *fields, size_t count,
    uint64_t max, uint32_t enough, const char *text, size_t len)
{
	const char *at = text;
	const char *line;
	size_t line_len;

	while (!(enough && has(s, enough)) &&
	    text_line(&at, text + len, false, &line, &line_len))
		take(s, fields, count, max, line, line_len);
}

void
sample_meminfo(struct sample *s, const char *text, size_t len)
{
	take_lines(s, meminfo_fields, COUNT(meminfo_fields), SAMPLE_KB_MAX,
	    HAVE_MEMINFO, text, len);
}

void
sample_vmstat(struct sample *s, const char *text, size_t len)
{
	take_lines(s, vmstat_fields, COUNT(vmstat_fields), UINT64_MAX, 0,
	    text, len);
}

void
sample_pressure(struct sample *s, const char *text, size_t len)
{
	static const char total[] = "total=";
	const char *at = text;
	const char *line;
	size_t n;

	while (text_line(&at, text + len, false, &line, &n)) {
		if (n < 5 || memcmp(line, "some ", 5) != 0)
			continue;
		for (size_t i = 0; i + sizeof(total) - 1 <= n; i++) {
			size_t skip = i + sizeof(total) - 1;

			if (memcmp(line + i, total, sizeof(total) - 1) == 0 &&
			    text_number(line + skip, n - skip, UINT64_MAX,
				&s->pressure_us))
				s->have |= HAVE_PRESSURE;
		}
	}
}

/*
 * MemAvailable came with Linux 3.14. Before it: free memory above twice the
 * minimum, and half of what could be dropped (mm/show_mem.c is no kinder).
 */
static void
guess_available(struct sample *s)
{
	uint64_t cache = has(s, HAVE_FILE | HAVE_FILE_2)
	    ? s->active_file_kb + s->inactive_file_kb
	    : 0;
	uint64_t kept = 2 * s->min_free_kb;
	uint64_t sum = s->free_kb + cache / 2 + s->reclaimable_kb / 2;

	s->available_kb = min_u64(excess(sum, kept), s->total_kb);
}

const char *
sample_check(struct sample *s)
{
	if (!has(s, HAVE_TOTAL))
		return "/proc/meminfo has no valid MemTotal";
	if (!has(s, HAVE_FREE))
		return "/proc/meminfo has no valid MemFree";
	if (!has(s, HAVE_COMMITTED))
		return "/proc/meminfo has no valid Committed_AS";
	if (s->total_kb == 0)
		return "/proc/meminfo: MemTotal is 0";
	if (s->free_kb > s->total_kb)
		return "/proc/meminfo: MemFree is larger than MemTotal";
	if (!has(s, HAVE_AVAILABLE))
		guess_available(s);
	if (s->available_kb > s->total_kb)
		return "/proc/meminfo: MemAvailable is larger than MemTotal";
	if (s->anon_kb > s->total_kb || s->shmem_kb > s->total_kb)
		return "/proc/meminfo: a part is larger than MemTotal";
	/*
	 * What is free of the contiguous area (64 MB on arm64) is no page table
	 * and no kernel stack: a guest panicked with 65 of 68 MB free in it.
	 */
	s->available_kb = excess(s->available_kb, s->cma_free_kb);
	return NULL;
}
