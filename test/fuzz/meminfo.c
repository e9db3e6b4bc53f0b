/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample */
/* /proc/meminfo: what is taken is what another reading of it says. */
#include "lines.h"

static const struct lines_field fields[] = {
    LINES_FIELD("MemTotal:", HAVE_TOTAL, total_kb),
    LINES_FIELD("MemFree:", HAVE_FREE, free_kb),
    LINES_FIELD("MemAvailable:", HAVE_AVAILABLE, available_kb),
    LINES_FIELD("Buffers:", HAVE_BUFFERS, buffers_kb),
    LINES_FIELD("Cached:", HAVE_CACHED, cached_kb),
    LINES_FIELD("Active(file):", HAVE_FILE, active_file_kb),
    LINES_FIELD("Inactive(file):", HAVE_FILE_2, inactive_file_kb),
    LINES_FIELD("AnonPages:", HAVE_ANON, anon_kb),
    LINES_FIELD("Shmem:", HAVE_SHMEM, shmem_kb),
    LINES_FIELD("SReclaimable:", HAVE_RECLAIMABLE, reclaimable_kb),
    LINES_FIELD("SwapTotal:", HAVE_SWAP_TOTAL, swap_total_kb),
    LINES_FIELD("SwapFree:", HAVE_SWAP_FREE, swap_free_kb),
    LINES_FIELD("Committed_AS:", HAVE_COMMITTED, committed_kb),
    LINES_FIELD("CommitLimit:", HAVE_COMMIT_LIMIT, commit_limit_kb),
    LINES_FIELD("CmaFree:", HAVE_CMA, cma_free_kb),
};

/* What the policy may rest on. */
static void
check(struct sample *s)
{
	struct sample before = *s;
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
	struct sample got = lines_agree(sample_meminfo, fields,
	    sizeof(fields) / sizeof(fields[0]), SAMPLE_KB_MAX, HAVE_MEMINFO, data,
	    size);

	check(&got);
	return 0;
}
