/* SPDX-License-Identifier: 0BSD */
/* link: platform/text applet/common/sample applet/common/syntax */
/* link: applet/guest/ceiling */
/* link: applet/guest/settings applet/common/reasons applet/guest/need */
/* link: applet/guest/history applet/guest/canary applet/guest/hold */
/* link: applet/guest/step applet/guest/policy */
/*
 * replay: the policy over the hours of a guest that exists on paper only
 *
 * usage: replay <SCENARIO >WRITES
 *
 * A line of a scenario is "TIME KEY=VALUE ..." with the time in ms; sizes are
 * in kB. The keys:
 *   used anon committed   what the guest holds; +N and -N are relative
 *   rate=N                kB/s that a program takes from now on
 *   current target        the balloon is at another size, as after a restore
 *   store=N               domain 0 writes memory/target: the kernel obeys too
 *   stuck=0|1             the driver gets no pages, and gives none
 *   broken=HOW            /proc/meminfo is damaged: see damage()
 *   oom=+N swapin=+N      counters of /proc/vmstat
 *   vmstat=0|1            it can be read
 *   pressed=1             the pressure trigger fires
 *   fenced=0|1            there are groups to fence
 *   set:KEY=VALUE         a line of the configuration
 *   end=1                 the last line
 * A line with store, current, pressed, set or end wakes the daemon; all else
 * is seen when the policy asked to look again.
 *
 * The driver of this guest does at once what it is asked; it gives up only
 * pages that are free. MemTotal is its size less the overhead.
 */
#include <stdlib.h>
#include <string.h>

#include "guest/ceiling.h"
#include "guest/policy.h"

#include <inttypes.h>
#include <stdio.h>

#define OVERHEAD 57280 /* of a PV guest of 512 MB: 524288 less 467008 */

static struct {
	uint64_t now_ms, next_ms, moved_ms;
	uint64_t used, anon, committed, rate, taken;
	uint64_t current, target, whole;
	uint64_t oom, swapin;
	uint64_t fence; /* `used` at which it is crossed; 0: open */
	bool stuck, fenced, crossed, no_vmstat, pressed, end, lost;
	char broken[16]; /* "no": it is whole */
	uint64_t max_total;
	struct settings settings;
	struct ceiling ceiling;
	struct history history;
	unsigned looks, writes;
} g;

static uint64_t
total(void)
{
	return g.current > OVERHEAD ? g.current - OVERHEAD : 0;
}

/* The driver does what it can, the load takes what it gets. */
static void
move_to(uint64_t ms)
{
	uint64_t least = g.used + OVERHEAD;
	uint64_t taken = g.rate * (ms - g.moved_ms) + g.taken;

	g.taken = taken % 1000;
	taken /= 1000;
	/* The kernel lets nobody through the fence. */
	if (g.fence && g.used + taken > g.fence)
		taken = g.fence > g.used ? g.fence - g.used : 0;
	g.used += taken;
	g.anon += taken;
	g.committed += taken;
	g.moved_ms = g.now_ms = ms;
	if (g.used > total() && !g.lost) {
		printf("t=%" PRIu64 " LOST: %" PRIu64 " used of %" PRIu64 "\n",
		    ms, g.used, total());
		g.lost = true;
	}
	if (g.stuck || g.current == g.target)
		return;
	if (g.target > g.current || g.target >= least)
		g.current = g.target < g.whole ? g.target : g.whole;
	else if (g.current > least)
		g.current = least;
}

/* /proc/meminfo as it stands in `text`, made worse. */
static void
damage(char *text)
{
	char *committed = strstr(text, "Committed_AS");

	if (strcmp(g.broken, "cut") == 0)
		*strstr(text, "MemFree") = '\0';
	else if (strcmp(g.broken, "empty") == 0)
		text[0] = '\0';
	else if (strcmp(g.broken, "label") == 0)
		text[0] = 'X';
	else if (strcmp(g.broken, "promise") == 0)
		strcpy(committed, "Committed_AS: 1099511627776 kB\n");
	else if (strcmp(g.broken, "free") == 0)
		strcpy(committed, "MemFree: 99999999 kB\nCommitted_AS: 1 kB\n");
	else if (strcmp(g.broken, "negative") == 0)
		strcpy(committed, "Committed_AS: -1 kB\n");
}

static void
take_sample(struct sample *s)
{
	uint64_t available = total() > g.used ? total() - g.used : 0;
	char text[1024];

	snprintf(text, sizeof(text),
	    "MemTotal: %" PRIu64 " kB\nMemFree: %" PRIu64 " kB\n"
	    "MemAvailable: %" PRIu64 " kB\nAnonPages: %" PRIu64 " kB\n"
	    "Shmem: 0 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
	    "CommitLimit: %" PRIu64 " kB\nCommitted_AS: %" PRIu64 " kB\n",
	    total(), available, available, g.anon, total() / 2, g.committed);
	damage(text);
	*s = (struct sample){.at_ms = g.now_ms};
	sample_meminfo(&s->memory, text, strlen(text));
	snprintf(text, sizeof(text), "pswpin %" PRIu64 "\noom_kill %" PRIu64
	    "\n", g.swapin, g.oom);
	if (!g.no_vmstat)
		sample_vmstat(&s->counters, text, strlen(text));
	s->counters.at_ms = g.now_ms;
	s->balloon = (struct sample_balloon){.known = true,
	    .held_known = true, .current_kb = g.current,
	    .target_kb = g.target, .low_kb = g.whole - g.current};
}

/* What guest_look does, without a machine. */
static void
look(void)
{
	struct sample s;
	struct decision d;
	struct inputs in = {.sample = &s, .settings = &g.settings,
	    .pressed = g.pressed, .crossed = g.crossed, .fenced = g.fenced};

	take_sample(&s);
	in.invalid = sample_check(&s.memory);
	if (!in.invalid) {
		ceiling_learn(&g.ceiling, &s.balloon, g.history.request.kb);
		in.ceiling_kb = ceiling_kb(&g.ceiling, &s.balloon);
		in.have_target = g.ceiling.store_kb;
		if (s.memory.total_kb > g.max_total)
			g.max_total = s.memory.total_kb;
		if (in.ceiling_kb > OVERHEAD + g.max_total)
			g.max_total = in.ceiling_kb - OVERHEAD;
		in.max_total_kb = g.max_total;
	}
	policy_decide(&d, &g.history, &in);
	g.pressed = g.crossed = false;
	if (!in.invalid)
		g.fence = d.fence ? g.used + d.spare_kb : 0;
	g.looks++;
	g.next_ms = g.now_ms + d.next_ms;
	if (!d.write)
		return;
	g.writes++;
	printf("t=%" PRIu64 " target=%" PRIu64 " %s\n", g.now_ms, d.target_kb,
	    reason_phrase(d.reason));
	g.target = d.target_kb;
}

/* Sleeps as the policy asked, or until the load stands at the fence. */
static void
sleep_until(uint64_t ms)
{
	uint64_t wake = g.next_ms < ms ? g.next_ms : ms;
	uint64_t crossed = ms;

	if (g.fence && g.rate)
		crossed = g.now_ms + 1 +
		    (g.fence > g.used ? (g.fence - g.used) * 1000 / g.rate : 0);
	g.crossed = crossed < wake;
	move_to(g.crossed ? crossed : wake);
	if (g.now_ms < ms)
		look();
}

static uint64_t
number(const char *value, uint64_t before)
{
	bool sign = *value == '+' || *value == '-';
	uint64_t n = strtoull(value + sign, NULL, 10);

	return *value == '+' ? before + n : *value == '-' ? before - n : n;
}

static void
die(const char *what)
{
	fprintf(stderr, "replay: not understood: %s\n", what);
	exit(100);
}

static void
configure(const char *line)
{
	char message[256];
	struct text error = TEXT_ON(message);
	bool gone;

	if (!syntax_line(&settings_syntax, &g.settings, line, strlen(line), &error, &gone))
		die(line);
}

static const struct {
	const char *key;
	uint64_t *at;
} sizes[] = {
    {"used", &g.used}, {"anon", &g.anon}, {"committed", &g.committed},
    {"rate", &g.rate}, {"current", &g.current}, {"target", &g.target},
    {"oom", &g.oom}, {"swapin", &g.swapin},
};

/* One KEY=VALUE; true when it wakes the daemon. */
static bool
change(const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (strcmp(key, sizes[i].key) != 0)
			continue;
		*sizes[i].at = number(value, *sizes[i].at);
		return strcmp(key, "current") == 0;
	}
	if (strcmp(key, "store") == 0) {
		ceiling_store(&g.ceiling, number(value, 0));
		g.target = g.ceiling.store_kb;
	} else if (strcmp(key, "stuck") == 0) {
		g.stuck = value[0] == '1';
		return false;
	} else if (strcmp(key, "fenced") == 0) {
		g.fenced = value[0] == '1';
		return false;
	} else if (strcmp(key, "vmstat") == 0) {
		g.no_vmstat = value[0] == '0';
		return false;
	} else if (strcmp(key, "broken") == 0) {
		strncpy(g.broken, value, sizeof(g.broken) - 1);
		return false;
	} else if (strcmp(key, "pressed") == 0) {
		g.pressed = true;
	} else if (strcmp(key, "end") == 0) {
		g.end = true;
	} else {
		die(key);
	}
	return true;
}

static bool
changes(char *words)
{
	bool wake = false;

	for (char *w = strtok(words, " \n"); w; w = strtok(NULL, " \n")) {
		char *equals = strchr(w, '=');

		if (!equals)
			die(w);
		if (strncmp(w, "set:", 4) == 0) {
			configure(w + 4);
			wake = true;
			continue;
		}
		*equals = '\0';
		wake |= change(w, equals + 1);
	}
	return wake;
}

static void
start(void)
{
	g.whole = g.current = g.target = 524288;
	g.used = 37008;
	g.anon = 5000;
	g.committed = 10000;
	g.ceiling.pv = true;
	settings_default(&g.settings);
	g.settings.self = 1;
	g.settings.reserve_mb = 32; /* what `auto` is may change */
	ceiling_store(&g.ceiling, g.whole);
}

int
main(void)
{
	char line[512];

	start();
	while (!g.end && fgets(line, sizeof(line), stdin)) {
		char *rest;
		uint64_t at = strtoull(line, &rest, 10);

		if (rest == line)
			continue; /* a comment */
		while (g.now_ms < at)
			sleep_until(at);
		if (changes(rest))
			look();
	}
	printf("end t=%" PRIu64 " size=%" PRIu64 " used=%" PRIu64
	    " writes=%u looks=%u\n", g.now_ms, g.current, g.used, g.writes,
	    g.looks);
	return 0;
}
