/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample */
/* /proc/meminfo: what is taken is what another reading of it says. */
#include "lines.h"

#define MEMORY(label, have, member) \
	{(label), (have), offsetof(struct sample_memory, member)}

static const struct lines_field fields[] = {
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

/* What the policy may rest on. */
static void
check(struct sample_memory *s)
{
	struct sample_memory before = *s;
	const uint32_t least = HAVE_TOTAL | HAVE_FREE | HAVE_COMMITTED;
	const char *wrong = sample_check(s);

	if (wrong) {
		HOLD(fuzz_printable(wrong, strlen(wrong)));
		return;
	}
	HOLD((s->have & least) == least);
	HOLD(s->total_kb > 0 && s->total_kb <= SAMPLE_KB_MAX);
	HOLD(s->free_kb <= s->total_kb);
	HOLD(s->available_kb <= s->total_kb);
	HOLD(s->anon_kb <= s->total_kb && s->shmem_kb <= s->total_kb);
	if (s->cma_free_kb)
		HOLD(s->available_kb + s->cma_free_kb <= s->total_kb ||
		    s->available_kb == 0);
	else if (before.have & HAVE_AVAILABLE)
		HOLD(memcmp(&before, s, sizeof(before)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample_memory got = {0};
	struct sample_memory want = {0};
	char *text = fuzz_exact(data, size);
	const struct lines lines = {fields, sizeof(fields) / sizeof(fields[0]),
	    SAMPLE_KB_MAX, HAVE_MEMINFO, &want, &want.have};

	sample_meminfo(&got, text, size);
	lines_read(&lines, text, size);
	HOLD(memcmp(&got, &want, sizeof(got)) == 0);
	free(text);
	check(&got);
	return 0;
}
