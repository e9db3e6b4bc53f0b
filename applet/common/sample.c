/* SPDX-License-Identifier: 0BSD */
#include <string.h>

#include "sample.h"
#include "numbers.h"
#include "text.h"

struct field {
	const char *label;
	uint32_t have;
	uint32_t offset; /* of a uint64_t in the part of the sample */
};

#define MEMORY(label, have, member) \
	{(label), (have), offsetof(struct sample_memory, member)}
#define COUNTER(label, have, member) \
	{(label), (have), offsetof(struct sample_counters, member)}

static const struct field meminfo_fields[] = {
    MEMORY("MemTotal:", HAVE_TOTAL, total_kb),
    MEMORY("MemFree:", HAVE_FREE, free_kb),
    MEMORY("MemAvailable:", HAVE_AVAILABLE, available_kb),
    MEMORY("Buffers:", HAVE_BUFFERS, buffers_kb),
    MEMORY("Cached:", HAVE_CACHED, cached_kb),
    MEMORY("Active(file):", HAVE_ACTIVE_FILE, active_file_kb),
    MEMORY("Inactive(file):", HAVE_INACTIVE_FILE, inactive_file_kb),
    MEMORY("AnonPages:", HAVE_ANON, anon_kb),
    MEMORY("Shmem:", HAVE_SHMEM, shmem_kb),
    MEMORY("SReclaimable:", HAVE_RECLAIMABLE, reclaimable_kb),
    MEMORY("SwapTotal:", HAVE_SWAP_TOTAL, swap_total_kb),
    MEMORY("SwapFree:", HAVE_SWAP_FREE, swap_free_kb),
    MEMORY("Committed_AS:", HAVE_COMMITTED, committed_kb),
    MEMORY("CommitLimit:", HAVE_COMMIT_LIMIT, commit_limit_kb),
    MEMORY("CmaFree:", HAVE_CMA, cma_free_kb),
};

static const struct field vmstat_fields[] = {
    COUNTER("pswpin", HAVE_SWAP_IN, swap_in_pages),
    COUNTER("pswpout", HAVE_SWAP_OUT, swap_out_pages),
    COUNTER("pgmajfault", HAVE_MAJOR_FAULTS, major_faults),
    COUNTER("oom_kill", HAVE_OOM_KILLS, oom_kills),
    COUNTER("workingset_refault", HAVE_REFAULTS, refaults),
    COUNTER("workingset_refault_anon", HAVE_REFAULTS, refaults_anon),
    COUNTER("workingset_refault_file", HAVE_REFAULTS, refaults_file),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A text that is parsed: its table, and where its numbers go. */
struct target {
	const struct field *fields;
	size_t count;
	uint64_t max; /* of any number; more is a lie */
	void *part;
	uint32_t *have;
};

/* "label   number[ kB]": stored when it is a field of the table. */
static void
parse_line(const struct target *t, const char *line, size_t len)
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
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];

		if (!text_is(line, (size_t)(blank - line), f->label))
			continue;
		slot = (uint64_t *)(void *)((char *)t->part + f->offset);
		if (text_number(at, (size_t)(end - at), t->max, slot))
			*t->have |= f->have;
		return;
	}
}

/* Stops when all that is in `enough` is known; 0: never. */
static void
parse_lines(const struct target *t, uint32_t enough, const char *text,
    size_t len)
{
	const char *at = text;
	const char *line;
	size_t line_len;

	while (!(enough && (*t->have & enough) == enough) &&
	    text_line(&at, text + len, false, &line, &line_len))
		parse_line(t, line, line_len);
}

void
sample_meminfo(struct sample_memory *m, const char *text, size_t len)
{
	const struct target t = {meminfo_fields, COUNT(meminfo_fields),
	    SAMPLE_KB_MAX, m, &m->have};

	parse_lines(&t, HAVE_MEMINFO, text, len);
}

void
sample_vmstat(struct sample_counters *c, const char *text, size_t len)
{
	const struct target t = {vmstat_fields, COUNT(vmstat_fields),
	    UINT64_MAX, c, &c->have};

	parse_lines(&t, 0, text, len);
}

void
sample_pressure(struct sample_counters *c, const char *text, size_t len)
{
	const size_t skip = sizeof("total=") - 1;
	const char *at = text;
	const char *line;
	size_t n;

	while (text_line(&at, text + len, false, &line, &n)) {
		if (!text_begins(line, n, "some "))
			continue;
		for (; n; line++, n--)
			if (text_begins(line, n, "total=") &&
			    text_number(line + skip, n - skip, UINT64_MAX,
				&c->pressure_us))
				c->have |= HAVE_PRESSURE;
	}
}

static bool
has(const struct sample_memory *m, uint32_t all)
{
	return (m->have & all) == all;
}

/*
 * MemAvailable came with Linux 3.14. Before it: free memory above twice the
 * minimum, and half of what could be dropped (mm/show_mem.c is no kinder).
 */
static void
guess_available(struct sample_memory *m)
{
	uint64_t cache = has(m, HAVE_ACTIVE_FILE | HAVE_INACTIVE_FILE)
	    ? m->active_file_kb + m->inactive_file_kb
	    : 0;
	uint64_t kept = 2 * m->min_free_kb;
	uint64_t sum = m->free_kb + cache / 2 + m->reclaimable_kb / 2;

	m->available_kb = min_u64(excess(sum, kept), m->total_kb);
}

const char *
sample_check(struct sample_memory *m)
{
	if (!has(m, HAVE_TOTAL))
		return "/proc/meminfo has no valid MemTotal";
	if (!has(m, HAVE_FREE))
		return "/proc/meminfo has no valid MemFree";
	if (!has(m, HAVE_COMMITTED))
		return "/proc/meminfo has no valid Committed_AS";
	if (m->total_kb == 0)
		return "/proc/meminfo: MemTotal is 0";
	if (m->free_kb > m->total_kb)
		return "/proc/meminfo: MemFree is larger than MemTotal";
	if (!has(m, HAVE_AVAILABLE))
		guess_available(m);
	if (m->available_kb > m->total_kb)
		return "/proc/meminfo: MemAvailable is larger than MemTotal";
	if (m->anon_kb > m->total_kb || m->shmem_kb > m->total_kb)
		return "/proc/meminfo: a part is larger than MemTotal";
	/*
	 * What is free of the contiguous area (64 MB on arm64) is no page table
	 * and no kernel stack: a guest panicked with 65 of 68 MB free in it.
	 */
	m->available_kb = excess(m->available_kb, m->cma_free_kb);
	return NULL;
}
