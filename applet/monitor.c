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
#include "file.h"
#include "log.h"
#include "policy.h"
#include "report.h"
#include "sample.h"
#include "wait.h"
#include "xenstore.h"

#define DOMAINS_MAX 4096 /* bytes of domain ids: one reply of xenstored */
#define NAME_MAX_COLUMNS 16
#define WAIT_MAX_S 3600

struct row {
	char name[NAME_MAX_COLUMNS + 1];
	uint64_t ceiling_kb;
	bool known; /* the guest publishes something */
	struct record record;
};

static struct xenstore store;

/* Reads /local/domain/ID/DIR/KEY; false when there is nothing. */
static bool
read_key(
    const char *id, const char *dir, const char *key, struct wire_message *m)
{
	char path[128];
	struct text t = TEXT_ON(path);

	text_str(&t, "/local/domain/");
	text_str(&t, id);
	text_str(&t, dir);
	text_str(&t, key);
	text_bytes(&t, "", 1);
	return !t.cut && xenstore_ask(&store, WIRE_READ, path, m) &&
	    m->type != WIRE_ERROR;
}

/* From this program's place, or that of the daemon of 2008. */
static bool
read_statistic(const char *id, const char *key, struct wire_message *m)
{
	return read_key(id, "/data/xenballoon/", key, m) ||
	    read_key(id, "/memory/", key, m);
}

static uint64_t
number(const struct wire_message *m)
{
	uint64_t kb;

	return text_number(m->payload, m->len, SAMPLE_KB_MAX, &kb) ? kb : 0;
}

/* What a daemon of 2008 publishes, as far as a record has it. */
static void
read_old(struct row *r, const char *id)
{
	struct wire_message m;
	struct sample s = {0};

	if (read_statistic(id, "meminfo", &m))
		sample_meminfo(&s, m.payload, m.len);
	r->known = s.have & HAVE_TOTAL;
	if (read_statistic(id, "selftarget", &m))
		r->record.target = number(&m);
	r->record.total = s.total_kb;
	r->record.available = s.available_kb;
	r->record.committed = s.committed_kb;
}

static void
read_row(struct row *r, const char *id)
{
	struct wire_message m;
	struct text name = {r->name, NAME_MAX_COLUMNS, 0, false};

	memset(r, 0, sizeof(*r));
	if (read_key(id, "/", "name", &m))
		for (size_t i = 0; i < m.len && !name.cut; i++) {
			bool plain = m.payload[i] > ' ' && m.payload[i] <= '~';

			text_bytes(&name, plain ? &m.payload[i] : "?", 1);
		}
	if (read_key(id, "/memory/", "target", &m))
		r->ceiling_kb = number(&m);
	if (read_statistic(id, "stat", &m))
		r->known = report_read_record(&r->record, m.payload, m.len);
	if (!r->known)
		read_old(r, id);
}

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
print_row(const struct row *r, const char *id)
{
	char line[160];
	struct text t = TEXT_ON(line);
	const struct record *c = &r->record;
	bool ours = r->known && c->seq;

	text_pad(&t, id, 5);
	text_pad(&t, r->name, NAME_MAX_COLUMNS - 1);
	print_mb(&t, c->need, ours);
	print_mb(&t, c->target, r->known);
	print_mb(&t, c->current, ours);
	print_mb(&t, c->available, r->known);
	print_mb(&t, r->ceiling_kb, r->ceiling_kb);
	text_str(&t, "  ");
	text_str(&t, !r->known ? "says nothing"
		: !ours	       ? "2008's keys"
		: c->self      ? policy_reason((enum reason)c->reason)
			       : "off");
	text_str(&t, "\n");
	put_all(STDOUT_FILENO, t.at, t.len);
}

/* One screen; false when xenstore is gone. */
static bool
print_all(void)
{
	static const char head[] =
	    "id   name            MB: need  target current    free"
	    " ceiling  state\n";
	static char ids[DOMAINS_MAX + 1];
	struct wire_message m;
	struct row r;

	if (!xenstore_ask(&store, WIRE_DIRECTORY, "/local/domain", &m) ||
	    m.type == WIRE_ERROR)
		return false;
	memcpy(ids, m.payload, m.len);
	ids[m.len] = '\0';
	put_all(STDOUT_FILENO, head, sizeof(head) - 1);
	for (size_t at = 0, end = m.len; at < end; at += strlen(ids + at) + 1) {
		read_row(&r, ids + at);
		print_row(&r, ids + at);
		if (store.fd < 0)
			return false;
	}
	return true;
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
	uint64_t wait_s = 2;
	int status = read_options(argv, &wait_s);

	(void)name;
	if (status != EXIT_DONE)
		return status == ARGS_ANSWERED ? EXIT_DONE : status;
	if (!xenstore_open(&store)) {
		warn("no xenstore: ", log_error(), NULL);
		return EXIT_REFUSED;
	}
	while (print_all()) {
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
