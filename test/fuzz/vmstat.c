/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample */
/* /proc/vmstat: what is taken is what another reading of it says. */
#include "lines.h"

static const struct lines_field fields[] = {
    LINES_FIELD("pswpin", HAVE_SWAP_IN, swap_in_pages),
    LINES_FIELD("pswpout", HAVE_SWAP_OUT, swap_out_pages),
    LINES_FIELD("pgmajfault", HAVE_MAJOR_FAULTS, major_faults),
    LINES_FIELD("oom_kill", HAVE_OOM_KILLS, oom_kills),
    LINES_FIELD("workingset_refault", HAVE_REFAULTS, refaults),
    LINES_FIELD("workingset_refault_anon", HAVE_REFAULTS, refaults_anon),
    LINES_FIELD("workingset_refault_file", HAVE_REFAULTS, refaults_file),
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	lines_agree(sample_vmstat, fields,
	    sizeof(fields) / sizeof(fields[0]), UINT64_MAX, 0, data,
	    size);
	return 0;
}
