/* SPDX-License-Identifier: 0BSD */
/*
 * monitor, xenballoon-monitor: in domain 0, a line for each guest, from what
 * the guests publish in xenstore (xenballoon's place, or that of 2008).
 *
 * usage: monitor [-1] [-w seconds] [-R dir]
 *   -1  once    -w  again after so long (2)
 * exit: 0 done, 100 usage, 111 no xenstore.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "domains.h"
#include "file.h"
#include "log.h"
#include "policy.h"
#include "report.h"
#include "sample.h"
#include "wait.h"
#include "xenstore.h"

#define WAIT_MAX_S 3600

static void
print_mb(struct text *t, uint64_t kb, bool known)
{
	if (known)
		text_dec_right(t, kb / 1024, 8);
	else
		text_str(t, "       -");
}

/* Fits 80 columns. */
static void
print_row(const struct domain *d)
{
	char line[160];
	struct text t = TEXT_ON(line);
	const struct record *c = &d->record;
	bool known = d->says != DOMAIN_NOTHING;
	bool ours = c->seq;
	size_t start = t.len;

	text_dec(&t, d->id);
	while (t.len < start + 5)
		text_str(&t, " ");
	text_pad(&t, d->name, 15);
	print_mb(&t, c->need, ours);
	print_mb(&t, c->target, known);
	print_mb(&t, c->current, ours);
	print_mb(&t, c->available, known);
	print_mb(&t, d->ceiling_kb, d->ceiling_kb);
	text_str(&t, "  ");
	text_str(&t, !known ? "says nothing"
		: !ours	       ? "2008's keys"
		: c->self      ? policy_reason((enum reason)c->reason)
			       : "off");
	text_str(&t, "\n");
	put_all(STDOUT_FILENO, t.at, t.len);
}

static int
read_options(char **argv, uint64_t *wait_s)
{
	struct args a = {.argv = argv};
	int c;

	while ((c = args_next(&a, "1w:R:")) != 0) {
		if (c == '?' || c == 'h' || c == 'V')
			return args_answer(&a, c, &applet_monitor);
		if (c == '1')
			*wait_s = 0;
		if (c == 'w' && !text_number(a.value, strlen(a.value),
		    WAIT_MAX_S, wait_s)) {
			warn("-w: '", a.value, "'; accepted: 0 to 3600 s",
			    NULL);
			return EXIT_USAGE;
		}
		if (c == 'R' && !file_root(a.value)) {
			warn("-R: ", a.value, ": ", log_error(), NULL);
			return EXIT_USAGE;
		}
	}
	return *a.argv ? args_extra(*a.argv, &applet_monitor) : EXIT_DONE;
}

static int
run(const char *name, char **argv)
{
	static const char head[] =
	    "id   name            MB: need  target current    free"
	    " ceiling  state\n";
	struct xenstore store;
	struct domains d;
	uint64_t wait_s = 2;
	int status = read_options(argv, &wait_s);

	(void)name;
	if (status != EXIT_DONE)
		return status == ARGS_ANSWERED ? EXIT_DONE : status;
	if (!xenstore_open(&store)) {
		warn("no xenstore: ", log_error(), NULL);
		return EXIT_REFUSED;
	}
	domains_start(&d, &store, wait_s);
	while (domains_refresh(&d, wait_clock_ms())) {
		put_all(STDOUT_FILENO, head, sizeof(head) - 1);
		for (unsigned i = 0; i < d.count; i++)
			print_row(&d.at[i]);
		if (wait_s == 0)
			return EXIT_DONE;
		wait_for(NULL, 0, wait_s * 1000);
	}
	warn("xenstore does not answer", NULL);
	return EXIT_REFUSED;
}

const struct applet applet_monitor = {
    "monitor", "xenballoon-monitor", " [-1] [-w seconds] [-R dir]",
    "a line for each guest (domain 0)", run};
