/* SPDX-License-Identifier: 0BSD */
/*
 * oneshot: one look and one decision, applied; with -n explained instead, on
 * any Linux, with what can be known there.
 *
 * exit: 0 a target was written (-n: explained), 1 nothing to do or a daemon is
 * running, 100 usage or configuration, 111 no Xen, no driver, not permitted.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "exit.h"
#include "explain.h"
#include "file.h"
#include "guest.h"
#include "log.h"
#include "sandbox.h"
#include "store.h"
#include "sysctls.h"

static struct guest_options options;
static struct guest guest;
static struct store store;

static int
read_options(char **argv, bool *dry)
{
	struct args a = {.which = &applet_oneshot, .argv = argv};
	int c;

	while ((c = args_next(&a)) != 0)
		if (c == 'n')
			*dry = true;
		else if (!guest_option(&options, c, a.value))
			return EXIT_USAGE;
	return a.status;
}

static int
print_explanation(void)
{
	static char buf[EXPLAIN_MAX];
	struct text t = TEXT_ON(buf);

	explain(&t, &guest);
	if (!write_all(STDOUT_FILENO, t.at, t.len))
		return EXIT_REFUSED;
	return guest.invalid ? EXIT_REFUSED : EXIT_DONE;
}

static int
open_all(bool dry)
{
	pid_t holder;
	int status;

	if (!guest_configure(&guest))
		return EXIT_USAGE;
	status = guest_open_balloon(&guest, !dry);
	if (status != EXIT_DONE && !dry)
		return status;
	status = guest_open(&guest);
	if (status != EXIT_DONE || dry)
		return status;
	if (balloon_lock(&guest.balloon, &holder))
		return EXIT_DONE;
	if (errno == EAGAIN)
		warn("a xenballoon daemon steers this guest");
	else
		warn_why("the balloon driver can't be locked");
	return errno == EAGAIN ? EXIT_NO : EXIT_REFUSED;
}

static int
run(const char *name, char **argv)
{
	static const struct wakeup nothing;
	bool dry = false;
	int status;

	(void)name;
	options.self = true;
	guest.options = &options;
	status = read_options(argv, &dry);
	if (status == EXIT_DONE)
		status = open_all(dry);
	if (status != EXIT_DONE)
		return status;
	sandbox_enter(SANDBOX_BALLOON | SANDBOX_SAVE, options.verbose);
	if (guest.have_balloon) {
		store_settle(&store);
		guest_apply_orders(&guest, &store.orders);
	}
	if (dry) {
		fence_find(&guest.fence, &guest.in_force);
	} else {
		/* No daemon runs: what one left behind stays otherwise. */
		fence_recover();
		brake_recover();
		sysctls_adopt();
		sysctls_restore();
	}
	guest_look(&guest, &nothing);
	if (dry)
		return print_explanation();
	if (guest.invalid || !guest_act(&guest))
		return EXIT_REFUSED;
	guest_save(&guest);
	return guest.decision.write ? EXIT_DONE : EXIT_NO;
}

static const struct args_option option_rows[] = {
    {"n", NULL, "explain the decision; write nothing"},
    GUEST_OPTIONS,
    ARGS_END};

const struct applet applet_oneshot = {
    "oneshot", "xenballoon-oneshot",
    "look once, act once; -n explains instead", option_rows, run};
