/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample */
/* /proc/vmstat: what is taken is what another reading of it says. */
#include "lines.h"

#define COUNTER(label, have, member) \
	{(label), (have), offsetof(struct sample_counters, member)}

static const struct lines_field fields[] = {
    COUNTER("pswpin", HAVE_SWAP_IN, swap_in_pages),
    COUNTER("pswpout", HAVE_SWAP_OUT, swap_out_pages),
    COUNTER("pgmajfault", HAVE_MAJOR_FAULTS, major_faults),
    COUNTER("oom_kill", HAVE_OOM_KILLS, oom_kills),
    COUNTER("workingset_refault", HAVE_REFAULTS, refaults),
    COUNTER("workingset_refault_anon", HAVE_REFAULTS, refaults_anon),
    COUNTER("workingset_refault_file", HAVE_REFAULTS, refaults_file),
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample_counters got = {0};
	struct sample_counters want = {0};
	char *text = fuzz_exact(data, size);
	const struct lines lines = {fields, sizeof(fields) / sizeof(fields[0]),
	    UINT64_MAX, 0, &want, &want.have};

	sample_vmstat(&got, text, size);
	lines_read(&lines, text, size);
	HOLD(memcmp(&got, &want, sizeof(got)) == 0);
	free(text);
	return 0;
}
