/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire applet/common/record */
/* link: applet/common/sample applet/common/reasons applet/dom0/domain */
/* link: applet/dom0/domains */
/* The table of domains on a store of our own, which counts what is asked. */
#include <stdlib.h>
#include <string.h>

#include "dom0/domains.h"
#include "common/sample.h"
#include "../lib/tap.h"

#define KEYS_MAX 20000
#define EVENTS_MAX 100

static struct key {
	char path[64];
	char value[300];
} keys[KEYS_MAX];
static unsigned keys_end;

static char events[EVENTS_MAX][80];
static size_t events_len[EVENTS_MAX];
static unsigned events_end;

static unsigned reads, lists, parts, opens, change_at;
static bool present = true, lost, part_changes, part_odd, refuse_all, no_end;
static bool oxenstored; /* a list comes whole, however long */
static const char *refuse_path;
static unsigned long generation = 5;

static struct xenstore store;
static struct domains d;

/* --- the store ------------------------------------------------------------ */

static struct key *
find(const char *path)
{
	for (unsigned i = 0; i < keys_end; i++)
		if (strcmp(keys[i].path, path) == 0)
			return &keys[i];
	return NULL;
}

static void
event(const char *path)
{
	size_t len = strlen(path) + 1;

	memcpy(events[events_end], path, len);
	memcpy(events[events_end] + len, "d", 2);
	events_len[events_end++] = len + 2;
}

static void
set(unsigned id, const char *key, const char *value)
{
	char path[64];
	struct key *k;

	snprintf(path, sizeof(path), "/local/domain/%u/%s", id, key);
	k = find(path);
	if (!k)
		k = &keys[keys_end++];
	snprintf(k->path, sizeof(k->path), "%s", path);
	snprintf(k->value, sizeof(k->value), "%s", value);
	if (d.watching)
		event(path);
}

/* All that begins so; the domain itself when `key` is "". */
static void
take_away(unsigned id, const char *key)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u%s%s", id,
	    *key ? "/" : "", key);
	for (unsigned i = 0; i < keys_end; i++)
		if (strncmp(keys[i].path, path, strlen(path)) == 0 &&
		    (keys[i].path[strlen(path)] == '/' ||
			keys[i].path[strlen(path)] == '\0'))
			keys[i].path[0] = '\0';
	event(path);
}

static size_t
names(char *out)
{
	static bool seen[65536];
	size_t len = 0;

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < keys_end; i++) {
		unsigned id;

		if (sscanf(keys[i].path, "/local/domain/%u/", &id) == 1 &&
		    !seen[id]) {
			seen[id] = true;
			len += (size_t)sprintf(out + len, "%u", id) + 1;
		}
	}
	return len;
}

static char reply_bytes[WIRE_REPLY_MAX];

static void
fail(struct wire_message *m, const char *error)
{
	m->type = WIRE_ERROR;
	m->payload = error;
	m->len = strlen(error) + 1;
}

static void
part(struct wire_message *m, const char *all, size_t len, const char *offset)
{
	size_t at = strtoul(offset, NULL, 10);
	size_t have = (size_t)sprintf(reply_bytes, part_odd ? "odd" : "%lu",
	    generation) + 1;

	parts++;
	if ((part_changes && parts % 2 == 0) || parts == change_at)
		generation++;
	while (at < len && have + strlen(all + at) + 2 < 2000) {
		size_t n = strlen(all + at) + 1;

		memcpy(reply_bytes + have, all + at, n);
		have += n;
		at += n;
	}
	if (at == len && !no_end)
		reply_bytes[have++] = '\0';
	m->len = have;
}

static void
answer(struct wire_message *m, const struct xenstore_item *item)
{
	static char all[65536 * 6];
	size_t len;
	struct key *k;

	*m = (struct wire_message){item->type, 0, reply_bytes, 0};
	if (refuse_all ||
	    (refuse_path && strcmp(item->path, refuse_path) == 0)) {
		fail(m, "EIO");
		return;
	}
	switch (item->type) {
	case WIRE_WATCH: m->payload = "OK", m->len = 3; break;
	case WIRE_READ:
		reads++;
		k = find(item->path);
		if (!k)
			fail(m, "ENOENT");
		else
			m->payload = k->value, m->len = strlen(k->value);
		break;
	default:
		lists++;
		len = names(all);
		if (item->type == WIRE_DIRECTORY_PART)
			part(m, all, len, item->rest);
		else if (len > WIRE_REPLY_MAX && oxenstored)
			m->payload = all, m->len = len;
		else if (len > WIRE_REPLY_MAX)
			fail(m, "E2BIG");
		else
			memcpy(reply_bytes, all, len), m->len = len;
	}
}

/* --- what domains.c calls ------------------------------------------------- */

bool
xenstore_open(struct xenstore *x)
{
	opens++;
	x->fd = present ? 5 : -1;
	return present;
}

bool
xenstore_ask_all(struct xenstore *x, struct xenstore_batch *b)
{
	struct xenstore_item item;
	struct wire_message m;

	for (unsigned n = 0; b->ask(b->context, n, &item); n++) {
		if (lost) {
			x->fd = -1;
			return false;
		}
		answer(&m, &item);
		while (m.len > WIRE_REPLY_MAX) { /* of ids of 4 digits */
			struct wire_message some = m;

			some.len = 4000;
			m.payload += some.len;
			m.len -= some.len;
			b->names(b->context, &some);
			if (lost) {
				x->fd = -1;
				return false;
			}
		}
		b->reply(b->context, n, &m);
	}
	return true;
}

enum xenstore_news
xenstore_next(struct xenstore *x, struct wire_message *m, uint64_t now_ms)
{
	(void)x;
	(void)now_ms;
	if (!events_end)
		return XENSTORE_NONE;
	events_end--;
	*m = (struct wire_message){
	    WIRE_EVENT, 0, events[events_end], events_len[events_end]};
	return XENSTORE_EVENT;
}

/* --- the tests ------------------------------------------------------------ */

#define STAT "data/xenballoon/stat"
#define GOOD "1 seq=1 uptime_s=10 total=1000 available=500"

static void
begin(bool watch)
{
	keys_end = events_end = 0;
	store.fd = -1;
	present = true;
	lost = part_changes = part_odd = refuse_all = no_end = false;
	oxenstored = false;
	refuse_path = NULL;
	domains_start(&d, &store, watch);
}

static const struct {
	const char *name, *stat;
	enum domain_says says;
} records[] = {
    {"a record", GOOD, DOMAIN_RECORD},
    {"all is available", "1 seq=1 total=5 available=5", DOMAIN_RECORD},
    {"more is available than there is", "1 seq=1 total=5 available=6",
	DOMAIN_LIES},
    {"a total of 2^40", "1 seq=1 total=1099511627776", DOMAIN_RECORD},
    {"of 2^40 and 1", "1 seq=1 total=1099511627777", DOMAIN_LIES},
    {"a target of 2^40 and 1", "1 seq=1 total=1 target=1099511627777",
	DOMAIN_LIES},
    {"need 2^64 - 1", "1 seq=1 total=5 need=18446744073709551615",
	DOMAIN_LIES},
    {"2^64", "1 seq=1 total=5 need=18446744073709551616", DOMAIN_LIES},
    {"counters of 2^64 - 1", "1 seq=1 total=5 swap_in=18446744073709551615 "
	"pressure_us=18446744073709551615 uptime_s=18446744073709551615",
	DOMAIN_RECORD},
    {"no total", "1 seq=1", DOMAIN_LIES},
    {"no number", "1 total=5", DOMAIN_LIES},
    {"self 2", "1 seq=1 total=5 self=2", DOMAIN_LIES},
    {"another version", "2 seq=1 total=5", DOMAIN_LIES},
    {"nothing", "", DOMAIN_LIES},
    {"an unknown name with escapes", "1 seq=1 total=5 \033[2J=1",
	DOMAIN_RECORD},
};

static void
test_records(void)
{
	for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		begin(false);
		set(3, STAT, records[i].stat);
		domains_refresh(&d, 1);
		OK(d.count == 1 && d.at[0].says == records[i].says,
		    "record: %s", records[i].name);
	}
}

static void
test_last_true(void)
{
	begin(true);
	set(3, STAT, GOOD);
	domains_refresh(&d, 1000);
	set(3, STAT, "1 seq=2 uptime_s=20 total=1000 available=1001");
	domains_refresh(&d, 2000);
	OK(d.at[0].says == DOMAIN_LIES && d.at[0].record.available == 500 &&
		d.at[0].record_ms == 1000, "a lie: the last true record stays");
	set(3, STAT, "1 seq=3 uptime_s=20 total=1000 available=600 "
	    "swap_in=10 swap_out=10 major_faults=50 pressure_us=2000000");
	domains_refresh(&d, 3000);
	IS(d.at[0].swap_kb_s, 8, "rates: swap, both ways, in kB");
	IS(d.at[0].faults_s, 5, "rates: faults");
	IS(d.at[0].pressure_ppm, 200000, "rates: pressure");
	IS(d.at[0].record_ms, 3000, "and it was heard");
	set(3, STAT, "1 seq=4 uptime_s=21 total=1000 swap_in=5 swap_out=10 "
	    "major_faults=18446744073709551615 "
	    "pressure_us=18446744073709551615");
	domains_refresh(&d, 4000);
	IS(d.at[0].swap_kb_s, 0, "a counter that went back is none");
	IS(d.at[0].faults_s, SAMPLE_KB_MAX, "one that leapt has a limit");
	IS(d.at[0].pressure_ppm, 1000000, "no more than all the time");
	set(3, STAT, "1 seq=1 uptime_s=22 total=1000 swap_in=50000");
	domains_refresh(&d, 5000);
	IS(d.at[0].swap_kb_s, 0, "another daemon: no rates");
	set(3, STAT, "1 seq=2 uptime_s=22 total=1000 swap_in=90000");
	domains_refresh(&d, 6000);
	IS(d.at[0].swap_kb_s, 0, "no time passed: no rates");
}

static void
test_reads(void)
{
	struct domain *dom;

	begin(true);
	set(3, STAT, GOOD);
	set(3, "name", "web");
	set(0, "name", "Domain-0");
	reads = lists = 0;
	domains_refresh(&d, 1);
	OK(d.count == 2 && d.at[0].id == 0 && d.at[1].id == 3, "in order");
	IS(lists, 1, "one list");
	IS(reads, 6 + 7, "six reads; one more where there is no record");
	domains_refresh(&d, 2);
	IS(reads, 13, "nothing changed: nothing is read");
	set(3, STAT, "1 seq=2 uptime_s=20 total=1000");
	domains_refresh(&d, 3);
	IS(reads, 14, "a new record: one read");
	set(3, "memory/selftarget", "5");
	set(3, "device/vif/0/state", "4");
	domains_refresh(&d, 4);
	IS(reads, 14, "what says nothing new is not read");
	take_away(3, "data");
	domains_refresh(&d, 5);
	OK(d.at[1].says == DOMAIN_NOTHING && d.at[1].record.total == 0,
	    "its data is gone: it says nothing");
	set(5, "name", "new");
	domains_refresh(&d, 6);
	dom = domains_find(&d, 5);
	OK(dom && !strcmp(dom->name, "new") && d.count == 3, "one comes");
	take_away(3, "");
	domains_refresh(&d, 7);
	OK(d.count == 2 && !domains_find(&d, 3) && domains_find(&d, 5),
	    "one goes");
	OK(!domains_find(&d, 4) && !domains_find(&d, UINT32_MAX),
	    "who is not there is not found");
	event("/local/domain");
	event("/local/domain/");
	event("/local/domain/x");
	event("/local/domain/5/");
	event("/local/domain/99999999999999999999/name");
	event("/vm/5");
	event("");
	memcpy(events[events_end], "/local/domain/5/name", 20);
	events_len[events_end++] = 20; /* no NUL at all */
	reads = 0;
	OK(domains_refresh(&d, 8) && d.count == 2, "events that are odd");
	OK(reads <= 7, "read nearly nothing");
}

static void
test_errors(void)
{
	begin(true);
	set(3, "name", "web");
	set(3, STAT, GOOD);
	refuse_path = "/local/domain/3/name";
	OK(domains_refresh(&d, 1) && d.at[0].says == DOMAIN_RECORD &&
		!*d.at[0].name, "one read is refused: the rest is there");
	refuse_path = NULL;
	reads = 0;
	domains_refresh(&d, 2);
	OK(!strcmp(d.at[0].name, "web") && reads == 1, "it is asked again");
	take_away(0, "x"); /* of a domain that is not known: a new list */
	refuse_path = "/local/domain";
	OK(!domains_refresh(&d, 3) && d.refused && d.count == 1,
	    "the list is refused: the old one stays");
	refuse_path = NULL;
	OK(domains_refresh(&d, 4) && !d.refused, "and is asked for again");
	lost = true;
	event("/local/domain/3/name");
	OK(!domains_refresh(&d, 5) && d.count == 1, "lost: the table stays");
	lost = false;
	present = false;
	OK(!domains_refresh(&d, 6), "nobody there");
	present = true;
	set(3, STAT, "1 seq=2 uptime_s=20 total=1000 swap_in=10");
	OK(domains_refresh(&d, 7) && d.at[0].swap_kb_s == 4,
	    "there again: history goes on");
	begin(true);
	refuse_all = true;
	OK(!domains_refresh(&d, 8) && d.refused && !d.watching,
	    "all is refused");
}

static void
test_old(void)
{
	static const char meminfo[] = "MemTotal: 1000 kB\nMemFree: 10 kB\n"
	    "MemAvailable: 500 kB\nCommitted_AS: 7 kB\n";

	begin(true);
	set(3, "memory/meminfo", meminfo);
	set(3, "memory/selftarget", "900");
	domains_refresh(&d, 1);
	OK(d.at[0].says == DOMAIN_2008 && d.at[0].record.total == 1000 &&
		d.at[0].record.available == 500 &&
		d.at[0].record.committed == 7 && d.at[0].record.target == 900,
	    "the keys of 2008");
	set(3, "memory/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\n"
	    "MemAvailable: 5000 kB\nCommitted_AS: 7 kB\n");
	domains_refresh(&d, 2);
	OK(d.at[0].says == DOMAIN_NOTHING, "that can't be");
	set(3, "memory/stat", GOOD);
	domains_refresh(&d, 3);
	OK(d.at[0].says == DOMAIN_RECORD && !d.at[0].in_data,
	    "a record where 2008 has its keys");
	set(3, STAT, GOOD);
	domains_refresh(&d, 4);
	OK(d.at[0].in_data, "and where guests may write");
	set(3, "memory/dynamic-min", "5");
	domains_refresh(&d, 5);
	IS(d.at[0].manager, MANAGER_SQUEEZED, "squeezed is at work");
	take_away(3, "memory/dynamic-min");
	domains_refresh(&d, 6);
	IS(d.at[0].manager, MANAGER_NONE, "and is not any more");
	begin(true);
	set(3, "memory/meminfo", "77");
	set(3, STAT, GOOD);
	domains_refresh(&d, 1);
	OK(d.at[0].manager == MANAGER_QMEMMAN &&
		d.at[0].says == DOMAIN_RECORD, "qmemman is at work");
	set(3, "memory/meminfo", "78");
	domains_refresh(&d, 2);
	set(3, "memory/meminfo", meminfo);
	domains_refresh(&d, 2);
	OK(d.at[0].manager == MANAGER_NONE &&
		d.at[0].says == DOMAIN_RECORD, "it has gone, beside a record");
	set(3, "memory/meminfo", "79");
	domains_refresh(&d, 2);
	OK(d.at[0].manager == MANAGER_QMEMMAN, "it comes, beside a record");
	set(3, "memory/meminfo", meminfo);
	take_away(3, "data");
	domains_refresh(&d, 2);
	OK(d.at[0].manager == MANAGER_NONE &&
		d.at[0].says == DOMAIN_2008, "and is not any more");
	set(3, "memory/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\n"
	    "MemAvailable: 500 kB\nCommitted_AS: 8 kB\n");
	domains_refresh(&d, 3);
	OK(d.at[0].record.committed == 8 && d.at[0].record_ms == 3,
	    "2008: a new promise alone is news");
}

static void
test_old_changes(void)
{
	static const char *const meminfo[] = {
	    "MemTotal: 1000 kB\nMemFree: 10 kB\n"
	    "MemAvailable: 500 kB\nCommitted_AS: 7 kB\n",
	    "MemTotal: 1000 kB\nMemFree: 10 kB\n"
	    "MemAvailable: 600 kB\nCommitted_AS: 7 kB\n"};

	begin(true);
	set(3, "memory/meminfo", meminfo[0]);
	domains_refresh(&d, 1);
	set(3, "memory/meminfo", meminfo[0]);
	domains_refresh(&d, 2);
	IS(d.at[0].record_ms, 1, "2008: the same once more is no news");
	set(3, "memory/meminfo", meminfo[1]);
	domains_refresh(&d, 3);
	IS(d.at[0].record_ms, 3, "2008: what is available is news");
	set(3, "memory/selftarget", "800");
	domains_refresh(&d, 4);
	IS(d.at[0].record.target, 800, "2008: a new target is read");
	set(4, "name", "web");
	domains_refresh(&d, 5);
	set(4, "memory/selftarget", "800");
	domains_refresh(&d, 6);
	OK(d.at[1].says == DOMAIN_NOTHING && d.at[1].record.target == 0,
	    "a target alone says nothing");
	set(4, STAT, GOOD);
	domains_refresh(&d, 7);
	take_away(4, "memory/stat");
	domains_refresh(&d, 8);
	OK(d.at[1].says == DOMAIN_RECORD && d.at[1].record.seq == 1,
	    "a record in data/ needs none in memory/");
}

static void
test_names(void)
{
	begin(false);
	set(1, "name", "a\033[2J\n\t\177\200\377 b");
	set(2, "name", "0123456789012345678901234567890123456789");
	set(3, "memory/target", "18446744073709551616");
	set(4, "memory/target", "1099511627776");
	set(5, "memory/target", "-1");
	set(6, "memory/target", "07");
	domains_refresh(&d, 1);
	OK(!strcmp(d.at[0].name, "a?[2J??????b"), "name: what bites is a ?");
	OK(strlen(d.at[1].name) == DOMAIN_NAME_MAX - 1, "name: cut");
	OK(!d.at[2].ceiling_kb && d.at[3].ceiling_kb == SAMPLE_KB_MAX &&
		!d.at[4].ceiling_kb && !d.at[5].ceiling_kb,
	    "targets that are none");
}

static void
test_many(void)
{
	unsigned whole;

	begin(true);
	for (unsigned i = 1; i <= 1200; i++)
		set(i, "name", "x");
	parts = 0;
	OK(domains_refresh(&d, 1) && d.count == 1200 && parts > 2,
	    "1,200 domains, in parts");
	for (unsigned i = 0; i < d.count; i++)
		if (d.at[i].id != i + 1 || d.at[i].name[0] != 'x')
			d.count = 0;
	IS(d.count, 1200, "all of them, in order");
	event("/local/domain");
	part_changes = true;
	OK(!domains_refresh(&d, 2) && d.count == 1200 && d.refused,
	    "a list that always changes has an end");
	part_changes = false;
	domains_refresh(&d, 3);
	OK(d.count == 1200 && !d.refused, "and is read again");
	event("/local/domain");
	whole = parts;
	domains_refresh(&d, 4);
	whole = parts - whole;
	event("/local/domain");
	change_at = 2;
	parts = 0;
	OK(domains_refresh(&d, 5) && parts == whole + 3 && !d.refused,
	    "one that changes once is read from its start");
	event("/local/domain");
	no_end = true;
	parts = change_at = 0;
	OK(domains_refresh(&d, 6) && parts == whole + 1,
	    "one without an end has one");
	event("/local/domain");
	part_odd = true;
	OK(!domains_refresh(&d, 7) && d.count == 1200 && d.refused,
	    "one of no generation is none");
	begin(true);
	oxenstored = true;
	for (unsigned i = 1000; i < 6000; i++)
		if (i % 3)
			set(i, "name", "x");
	lists = parts = 0;
	OK(domains_refresh(&d, 1) && d.count == 3334 && !d.too_many &&
		lists == 1, "3,334 domains, in one list");
	take_away(1000, "");
	set(2001, "name", "new");
	OK(domains_refresh(&d, 2) && d.count == 3334 && !parts &&
		d.at[0].id == 1001 && domains_find(&d, 2001),
	    "one goes and one comes");
	begin(true);
	for (unsigned i = 0; i < DOMAINS_MAX; i++)
		set(DOMAINS_MAX - i, "name", "x");
	OK(domains_refresh(&d, 1) && d.count == DOMAINS_MAX && !d.too_many,
	    "4096 domains, backwards");
	set(60000, "name", "x");
	OK(domains_refresh(&d, 2) && d.count == DOMAINS_MAX && d.too_many,
	    "one more is one too many");
	take_away(7, "");
	domains_refresh(&d, 3);
	domains_refresh(&d, 4);
	OK(d.count == DOMAINS_MAX && !d.too_many && domains_find(&d, 60000),
	    "and fits when another goes");
}

int
main(void)
{
	test_records();
	test_last_true();
	test_reads();
	test_errors();
	test_old();
	test_old_changes();
	test_names();
	test_many();
	return tap_end();
}
