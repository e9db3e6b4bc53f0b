/* SPDX-License-Identifier: 0BSD */
/* The monitor on a terminal: a table that stays, and its keys. */
#include <string.h>
#include <unistd.h>

#include "common/numbers.h"
#include "exit.h"
#include "file.h"
#include "log.h"
#include "monitor.h"
#include "terminal.h"
#include "wait.h"

#define KEYS_MAX 32   /* bytes of one read(2) from the keyboard */
#define FRAME_LINES 4 /* of the screen: host, head, sums and the note */

static const char help[] =
    "q quit; j k scroll; r turns; sorts: i n current target l(ceiling) d(need)"
    " free w(swap) m(flts) pr% age state";

struct live {
	struct monitor *m;
	unsigned top; /* the first line of the table that is seen */
	bool help;
};

/* The cursor goes to the next line, and that is cleared. */
static void
next_line(struct text *t)
{
	text_str(t, "\n\033[K");
}

/* All lines of the screen in one write(2), and nothing behind the last. */
static void
draw(struct live *l)
{
	struct monitor *m = l->m;
	struct text *t = &m->out;
	unsigned lines, rows;
	const char *note = m->lost ? domains_error(&m->domains)
	    : l->help		   ? help
				   : "h: help";

	monitor_measure(m, &lines);
	rows = lines > FRAME_LINES ? lines - FRAME_LINES : 1;
	l->top = (unsigned)min_u64(l->top, excess(m->domains.count, rows));
	screen_sort(&m->screen);
	text_str(t, "\033[H\033[K");
	screen_host(t, &m->screen);
	next_line(t);
	text_str(t, "\033[7m");
	screen_head(t, &m->screen);
	text_str(t, "\033[m");
	for (unsigned i = 0; i < rows; i++) {
		next_line(t);
		if (l->top + i < m->domains.count)
			screen_row(t, &m->screen, l->top + i);
	}
	next_line(t);
	screen_sums(t, &m->screen);
	next_line(t);
	text_bytes(t, note, (size_t)min_u64(strlen(note), m->screen.columns));
	monitor_flush(m);
}

/* Arrows and pages, by what follows ESC [: the letter that does the same. */
static char
key_of_escape(char c)
{
	char key = 0;

	switch (c) {
	case 'A': key = 'k'; break;
	case 'B': key = 'j'; break;
	case '5': key = 'b'; break;
	case '6': key = ' '; break;
	}
	return key;
}

/* False: to quit. */
static bool
on_key(struct live *l, char key)
{
	switch (key) {
	case 'q': return false;
	case 'h': case '?': l->help = !l->help; break;
	case 'j': l->top += 1; break;
	case 'k': l->top -= l->top != 0; break;
	case ' ': l->top += 10; break;
	case 'b': l->top = (unsigned)excess(l->top, 10); break;
	default:
		if (screen_key(&l->m->screen, key))
			l->top = 0;
	}
	return true;
}

/* What one read(2) brought. False: to quit. */
static bool
on_keys(struct live *l, const char *keys, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char key = keys[i];

		if (key == '\033' && i + 2 < len && keys[i + 1] == '[') {
			i += 2;
			key = key_of_escape(keys[i]);
		}
		if (!on_key(l, key))
			return false;
	}
	return true;
}

/* Sleeps until `until_ms`, drawing as keys want it. False: to quit. */
static bool
serve_keys(struct live *l, uint64_t until_ms)
{
	char keys[KEYS_MAX];

	for (;;) {
		struct pollfd p = {STDIN_FILENO, POLLIN, 0};
		uint64_t now = wait_clock_ms();
		unsigned signals;
		ssize_t n = 0;

		draw(l);
		signals = wait_for(&p, 1, excess(until_ms, now));
		if (p.revents) {
			n = read(STDIN_FILENO, keys, sizeof(keys));
			if (n <= 0 || !on_keys(l, keys, (size_t)n))
				return false;
		}
		if (l->m->broken || signals & (SIGNAL_STOP | SIGNAL_RELOAD))
			return false;
		if (n == 0 && !signals)
			return true;
	}
}

int
live_loop(struct monitor *m, uint64_t wait_s)
{
	static const char on[] = "\033[?1049h\033[?25l";
	static const char off[] = "\033[?25h\033[?1049l";
	struct live l = {.m = m};

	if (!terminal_cbreak()) {
		warn_why("no terminal");
		return EXIT_REFUSED;
	}
	write_all(STDOUT_FILENO, on, sizeof(on) - 1);
	while (monitor_refresh(m) &&
	    serve_keys(&l, wait_clock_ms() + wait_s * 1000))
		;
	write_all(STDOUT_FILENO, off, sizeof(off) - 1);
	terminal_restore();
	return m->broken ? EXIT_REFUSED : EXIT_DONE;
}
