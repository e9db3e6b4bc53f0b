/* SPDX-License-Identifier: 0BSD */
/*
 * monitor, xenballoon-monitor: in domain 0, a line for each domain, from what
 * the guests publish in xenstore. On a terminal the table stays and is drawn
 * anew; the keys are those of screen.c and live.c.
 *
 * exit: 0 done, 100 usage, 111 no xenstore, or the output can't be written.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "common/sample.h"
#include "exit.h"
#include "file.h"
#include "log.h"
#include "metrics.h"
#include "monitor.h"
#include "proc.h"
#include "sandbox.h"
#include "terminal.h"
#include "wait.h"

#define WAIT_MAX_S 3600
/*
 * With a longer time between two looks xenstored would keep too many events:
 * no watch is set, and all is read again.
 */
#define WATCH_MAX_S 60

enum form { TABLE, JSON, METRICS };

struct options {
	enum form form;
	bool once, again; /* -1, -w */
	uint64_t wait_s;
	const char *file;
};

/* --- output ------------------------------------------------------------- */

void
monitor_flush(struct monitor *m)
{
	if (!m->broken && !write_all(m->fd, m->out.at, m->out.len))
		m->broken = true;
	m->out.len = 0;
}

static void
make_room(struct monitor *m)
{
	if (m->out.cap - m->out.len < METRICS_LINE_MAX)
		monitor_flush(m);
}

static void
end_line(struct monitor *m)
{
	text_str(&m->out, "\n");
	make_room(m);
}

static void
print_table(struct monitor *m)
{
	screen_head(&m->out, &m->screen);
	end_line(m);
	for (unsigned i = 0; i < m->domains.count; i++) {
		screen_row(&m->out, &m->screen, i);
		end_line(m);
	}
	screen_sums(&m->out, &m->screen);
	end_line(m);
	screen_host(&m->out, &m->screen);
	end_line(m);
}

static void
print_json(struct monitor *m)
{
	for (unsigned i = 0; i < m->domains.count; i++) {
		const struct domain *d = &m->domains.at[i];

		metrics_json(&m->out, d, domain_age(d, m->screen.now_ms));
		make_room(m);
	}
}

static void
print_metrics(struct monitor *m)
{
	for (unsigned k = 0; k < METRIC_COUNT; k++) {
		metrics_head(&m->out, (enum metric)k);
		for (unsigned i = 0; i < m->domains.count; i++) {
			metrics_line(&m->out, (enum metric)k,
			    &m->domains.at[i]);
			make_room(m);
		}
	}
}

/* False: errno says why. */
static bool
print(struct monitor *m)
{
	const char *file = m->options->file;
	bool good;

	m->fd = file ? file_save_begin(file) : STDOUT_FILENO;
	if (m->fd < 0)
		return false;
	m->broken = false;
	switch (m->options->form) {
	case TABLE: print_table(m); break;
	case JSON: print_json(m); break;
	case METRICS: print_metrics(m); break;
	}
	monitor_flush(m);
	good = !m->broken;
	return file ? file_save_finish(m->fd, file, good) : good;
}

void
monitor_measure(struct monitor *m, unsigned *lines)
{
	unsigned *columns = &m->screen.columns;

	if (!terminal_size(columns, lines)) {
		*columns = SCREEN_COLUMNS;
		*lines = SCREEN_LINES;
	}
	if (*columns > SCREEN_COLUMNS_MAX)
		*columns = SCREEN_COLUMNS_MAX;
	if (*lines > SCREEN_LINES_MAX)
		*lines = SCREEN_LINES_MAX;
}

/* --- the loop ------------------------------------------------------------ */

static void
look_at_domain_0(struct screen *s)
{
	struct sample_memory mem = {0};

	if (source_read(&proc_meminfo))
		sample_meminfo(&mem, proc_meminfo.buf, proc_meminfo.len);
	s->total_kb = mem.total_kb;
	s->available_kb = mem.available_kb;
}

bool
monitor_refresh(struct monitor *m)
{
	uint64_t now = wait_clock_ms();
	bool ok = domains_refresh(&m->domains, now);

	if (m->domains.signals & SIGNAL_STOP)
		return false;
	if (!ok && !m->lost && !m->live)
		warn("%s", domains_error(&m->domains));
	m->lost = !ok;
	if (m->domains.too_many && !m->too_many_logged && !m->live)
		warn("more domains than 4096: the rest is left out");
	m->too_many_logged = m->domains.too_many;
	m->screen.now_ms = m->options->again || m->live ? now : 0;
	look_at_domain_0(&m->screen);
	return true;
}

static int
loop_plain(struct monitor *m)
{
	bool loop = m->options->again && !m->options->once;
	const char *file = m->options->file;
	/* With -w a file is tried again, and one message is enough. */
	bool failed = false;
	unsigned lines;

	monitor_measure(m, &lines);
	for (bool first = true; monitor_refresh(m); first = false) {
		if (m->lost && !loop)
			return EXIT_REFUSED;
		screen_sort(&m->screen);
		if (!first && m->options->form == TABLE && !file)
			text_str(&m->out, "\n");
		if (m->lost || print(m)) {
			failed = false;
		} else {
			if (!failed)
				warn_why("%s", file ? file : "standard output");
			if (!loop || !file)
				return EXIT_REFUSED;
			failed = true;
		}
		if (!loop || wait_for(NULL, 0, m->options->wait_s * 1000) &
			(SIGNAL_STOP | SIGNAL_RELOAD))
			break;
	}
	return EXIT_DONE;
}

/* The large table is on this frame, and not below what runs without it. */
static __attribute__((noinline)) int
hold_table(const struct options *o)
{
	struct monitor m;

	memset(&m, 0, offsetof(struct monitor, screen));
	memset(&m.screen, 0, offsetof(struct screen, order));
	m.options = o;
	m.live = !o->once && o->form == TABLE && !o->file &&
	    terminal_is_output() && terminal_is_input();
	m.fd = STDOUT_FILENO;
	m.out = (struct text)TEXT_ON(m.bytes);
	m.screen.domains = &m.domains;
	if (!xenstore_open(&m.store)) {
		warn_why("no xenstore");
		return EXIT_REFUSED;
	}
	wait_block_signals();
	source_open(&proc_meminfo);
	sandbox_enter(SANDBOX_TERMINAL | (o->file ? SANDBOX_SAVE : 0), false);
	domains_start(&m.domains, &m.store,
	    (m.live || o->again) && o->wait_s <= WATCH_MAX_S);
	return m.live ? live_loop(&m, o->wait_s) : loop_plain(&m);
}

static bool
read_option(struct options *o, int letter, const char *value)
{
	switch (letter) {
	case '1': o->once = true; break;
	case 'j': o->form = JSON; break;
	case 'p': o->form = METRICS; break;
	case 'w':
		o->again = true;
		if (text_number(value, strlen(value), WAIT_MAX_S, &o->wait_s))
			break;
		warn("-w: '%s'; accepted: 0 to 3600 s", value);
		return false;
	case 'o':
		o->file = value;
		if (*value == '/')
			break;
		warn("-o: '%s'; accepted: a path from / on", value);
		return false;
	}
	return true;
}

static int
run(const char *name, char **argv)
{
	struct args a = {.which = &applet_monitor, .argv = argv};
	struct options o = {.wait_s = 2};
	int c;

	(void)name;
	while ((c = args_next(&a)) != 0)
		if (!read_option(&o, c, a.value))
			return EXIT_USAGE;
	return a.status == EXIT_DONE ? hold_table(&o) : a.status;
}

static const struct args_option option_rows[] = {
    {"1", NULL, "print once and exit"},
    {"j", NULL, "print lines of JSON"},
    {"p", NULL, "print text as Prometheus reads it"},
    {"o", "FILE", "write to this file, a path from / on"},
    {"w", "SECONDS", "print again after so long, 0 to 3600"},
    ARGS_END};

const struct applet applet_monitor = {
    "monitor", "xenballoon-monitor", "a line for each guest (domain 0)",
    option_rows, run};
