/* SPDX-License-Identifier: 0BSD */
#include "deadman.h"
#include "log.h"
#include "proc.h"
#include "process.h"
#include "sysctls.h"
#include "wait.h"

/* In the keeper: *g is as it was when the keeper was forked. */
static void
after(void *context, const struct keeper_memo *memo)
{
	struct guest *g = context;
	pid_t holder;

	if (memo->clean)
		wait_ms(DEADMAN_WAIT_MS);
	if (!balloon_lock(&g->balloon, &holder))
		return; /* a successor steers, and has put back what it does not
			 * want */
	if (memo->ceiling_kb)
		balloon_write(&g->balloon, memo->ceiling_kb);
	deadman_put_back(g);
	brake_recover();
	fence_recover();
	sysctls_adopt();
	sysctls_restore();
}

void
deadman_put_back(struct guest *g)
{
	process_renice(g->balloon_thread, 0);
}

void
deadman_start(struct guest *g, int ready_fd)
{
	struct proc_scan scan;

	if (proc_look_around(&scan, "", UINT32_MAX, UINT32_MAX) &&
	    process_renice(scan.balloon, DEADMAN_BALLOON_NICE))
		g->balloon_thread = scan.balloon;
	if (!keeper_start(&g->keeper, ready_fd, after, g))
		warn_why("no keeper, no canaries");
	process_fault_pages();
}

void
deadman_tell(struct guest *g, bool clean)
{
	struct keeper_memo memo = g->keeper.memo;

	memo.clean = clean;
	if (!g->in_force.self)
		memo.ceiling_kb = 0;
	else if (!g->invalid)
		memo.ceiling_kb = g->decision.need.ceiling_kb;
	keeper_tell(&g->keeper, &memo);
}
