/* SPDX-License-Identifier: 0BSD */
/*
 * monitor, xenballoon-monitor: in domain 0, a line for each domain, from what
 * the guests publish in xenstore. On a terminal the table stays and is drawn
 * anew; the keys are those of screen.c, and below.
 *
 * exit: 0 done, 100 usage, 111 no xenstore, or the output can't be written.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/args.h"
#include "exit.h"
#include "metrics.h"
#include "file.h"
#include "log.h"
#include "proc.h"
#include "common/sample.h"
#include "sandbox.h"
#include "screen.h"
#include "common/numbers.h"
#include "terminal.h"
#include "wait.h"
#include "xenstore/xenstore.h"

#define WAIT_MAX_S 3600
/*
 * Events of a longer time might be more than xenstored should keep: all is
 * read again then.
 */
#define WATCH_MAX_S 60
/* A whole screen: it is one write(2). */
#define OUT_MAX ((SCREEN_COLUMNS_MAX + 8) * SCREEN_LINES_MAX)
#define KEYS_MAX 32 /* bytes taken at once from the keyboard */
#define FRAME_LINES 4 /* of a screen, that are not domains */

static const char help[] =
    "q quit; j k scroll; r turns; sorts: i n current target l(ceiling) d(need)"
    " free w(swap) m(flts) pr% age state";

enum form { TABLE, JSON, METRICS };

struct options {
	enum form form;
	bool once, again; /* -1, -w */
	uint64_t wait_s;
	const char *file;
};

/* Lies on the stack: see DOMAINS_MAX. */
struct monitor {
	const struct options *options;
	unsigned top; /* the first line of the table that is seen */
	bool help, lost, told;
	bool broken; /* the output can't be written */
	int fd;
	struct text out;
	/* What is above begins as 0. */
	struct screen screen;
	struct xenstore store;
	struct domains domains;
	char bytes[OUT_MAX];
};

/* --- output ------------------------------------------------------------- */

static void
flush(struct monitor *m)
{
	if (!m->broken && !write_all(m->fd, m->out.at, m->out.len))
		m->broken = true;
	m->out.len = 0;
}

static void
make_room(struct monitor *m)
{
	if (m->out.cap - m->out.len < FIGURES_LINE_MAX)
		flush(m);
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

		figures_json(
		    &m->out, d, figures_age(d, m->screen.now_ms));
		make_room(m);
	}
}

static void
print_metrics(struct monitor *m)
{
	for (unsigned f = 0; f < FIGURE_METRICS; f++) {
		figures_metric(&m->out, (enum figure)f);
		for (unsigned i = 0; i < m->domains.count; i++) {
			figures_sample(&m->out, (enum figure)f,
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
	flush(m);
	good = !m->broken;
	return file ? file_save_finish(m->fd, file, good) : good;
}

/* --- the terminal ------------------------------------------------------- */

static void
measure(struct monitor *m, unsigned *lines)
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

/* The cursor goes to the next line, and that is cleared. */
static void
next_line(struct text *t)
{
	text_str(t, "\n\033[K");
}

/* All lines of the screen in one write(2), and nothing behind the last. */
static void
draw(struct monitor *m)
{
	struct text *t = &m->out;
	unsigned lines, rows;
	const char *note = m->lost ? domains_gone(&m->domains)
	    : m->help		   ? help
				   : "h: help";

	measure(m, &lines);
	rows = lines > FRAME_LINES ? lines - FRAME_LINES : 1;
	m->top = (unsigned)min_u64(m->top, excess(m->domains.count, rows));
	screen_sort(&m->screen);
	text_str(t, "\033[H\033[K");
	screen_host(t, &m->screen);
	next_line(t);
	text_str(t, "\033[7m");
	screen_head(t, &m->screen);
	text_str(t, "\033[m");
	for (unsigned i = 0; i < rows; i++) {
		next_line(t);
		if (m->top + i < m->domains.count)
			screen_row(t, &m->screen, m->top + i);
	}
	next_line(t);
	screen_sums(t, &m->screen);
	next_line(t);
	text_bytes(t, note, (size_t)min_u64(strlen(note), m->screen.columns));
	flush(m);
}

/* An arrow is ESC [ A or B, a page ESC [ 5 or 6. False: to quit. */
static bool
take_keys(struct monitor *m, const char *keys, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char key = keys[i];
		unsigned *top = &m->top;

		if (key == '\033' && i + 2 < len && keys[i + 1] == '[') {
			i += 2;
			key = keys[i] == 'A' ? 'k' : keys[i] == 'B' ? 'j'
			    : keys[i] == '5' ? 'b' : keys[i] == '6' ? ' ' : 0;
		}
		switch (key) {
		case 'q': return false;
		case 'h': case '?': m->help = !m->help; break;
		case 'j': *top += 1; break;
		case 'k': *top -= *top != 0; break;
		case ' ': *top += 10; break;
		case 'b': *top = (unsigned)excess(*top, 10); break;
		default:
			if (screen_key(&m->screen, key))
				*top = 0;
		}
	}
	return true;
}

/* Sleeps until `until_ms`, drawing as keys want it. False: to quit. */
static bool
serve_keys(struct monitor *m, uint64_t until_ms)
{
	char keys[KEYS_MAX];

	for (;;) {
		struct pollfd p = {STDIN_FILENO, POLLIN, 0};
		uint64_t now = wait_clock_ms();
		unsigned signals;
		ssize_t n = 0;

		draw(m);
		signals = wait_for(&p, 1, excess(until_ms, now));
		if (p.revents) {
			n = read(STDIN_FILENO, keys, sizeof(keys));
			if (n <= 0 || !take_keys(m, keys, (size_t)n))
				return false;
		}
		if (m->broken || signals & (SIGNAL_STOP | SIGNAL_RELOAD))
			return false;
		if (n == 0 && !signals)
			return true;
	}
}

/* --- the loop ------------------------------------------------------------ */

static void
look_at_domain_0(struct screen *s)
{
	struct sample mem = {0};

	if (source_read(&proc_meminfo))
		sample_meminfo(&mem, proc_meminfo.buf, proc_meminfo.len);
	s->total_kb = mem.total_kb;
	s->available_kb = mem.available_kb;
}

/* False: to end. */
static bool
refresh(struct monitor *m, bool live)
{
	uint64_t now = wait_clock_ms();
	bool ok = domains_refresh(&m->domains, now);

	if (m->domains.signals & SIGNAL_STOP)
		return false;
	if (!ok && !m->lost && !live)
		warn("%s", domains_gone(&m->domains));
	m->lost = !ok;
	if (m->domains.too_many && !m->told && !live)
		warn("more domains than 4096: the rest is left out");
	m->told = m->domains.too_many;
	m->screen.now_ms = m->options->again || live ? now : 0;
	look_at_domain_0(&m->screen);
	return true;
}

static int
loop_plain(struct monitor *m)
{
	bool loop = m->options->again && !m->options->once;
	const char *file = m->options->file;
	bool failed = false; /* a file: a disk that is full has an end */
	unsigned lines;

	measure(m, &lines);
	for (bool first = true; refresh(m, false); first = false) {
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

static int
loop_live(struct monitor *m)
{
	static const char on[] = "\033[?1049h\033[?25l";
	static const char off[] = "\033[?25h\033[?1049l";

	if (!terminal_take()) {
		warn_why("no terminal");
		return EXIT_REFUSED;
	}
	write_all(STDOUT_FILENO, on, sizeof(on) - 1);
	while (refresh(m, true) && serve_keys(
		   m, wait_clock_ms() + m->options->wait_s * 1000))
		;
	write_all(STDOUT_FILENO, off, sizeof(off) - 1);
	terminal_give_back();
	return m->broken ? EXIT_REFUSED : EXIT_DONE;
}

/* The large table is here, and not below what runs without it. */
static __attribute__((noinline)) int
hold_table(const struct options *o)
{
	struct monitor m;
	bool live = !o->once && o->form == TABLE && !o->file &&
	    terminal_is_output() && terminal_is_input();

	memset(&m, 0, offsetof(struct monitor, screen));
	memset(&m.screen, 0, offsetof(struct screen, order));
	m.options = o;
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
	    (live || o->again) && o->wait_s <= WATCH_MAX_S);
	return live ? loop_live(&m) : loop_plain(&m);
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
    {'1', NULL, "print once and exit"},
    {'j', NULL, "print lines of JSON"},
    {'p', NULL, "print text as Prometheus reads it"},
    {'o', "FILE", "write to this file, a path from / on"},
    {'w', "SECONDS", "print again after so long, 0 to 3600"},
    ARGS_END};

const struct applet applet_monitor = {
    "monitor", "xenballoon-monitor", "a line for each guest (domain 0)",
    option_rows, run};
