/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire applet/common/record */
/* link: applet/common/sample */
/* link: applet/common/reasons applet/dom0/domain applet/dom0/domains */
/* link: applet/dom0/metrics applet/dom0/screen */
/*
 * What guests say, from xenstore's answers to the monitor's output. Input:
 * columns of the screen, the letter that sorts, then answers: see answer().
 */
#include "output.h"

#define REFRESHES 12 /* after that an input brings nothing new */

static struct fuzz in;
static struct domains domains;
static struct xenstore store;
static struct screen screen;
static char *payload; /* of the last answer */
static unsigned refreshes;

enum { ANSWER_EVENT = 6, ANSWER_LOST = 7 };

/*
 * One answer: a byte for its kind (of 8: 0 to 2 a value, then three errors, an
 * event before it, a lost connection), 2 bytes for its length, and its bytes.
 */
static unsigned
answer(struct wire_message *m, enum wire_type type)
{
	static const char *const errors[] = {"ENOENT", "EACCES", "E2BIG"};
	unsigned kind = in.left ? fuzz_byte(&in) % 8 : 3;
	size_t len = 0;
	const char *at = "";

	m->type = type;
	if (kind >= 3 && kind <= 5) {
		m->type = WIRE_ERROR;
		at = errors[kind - 3];
		len = strlen(at) + 1;
	} else if (kind != ANSWER_LOST) {
		len = fuzz_number(&in, 2) % (WIRE_REPLY_MAX + 1);
		at = fuzz_take(&in, &len);
	}
	if (kind == ANSWER_EVENT)
		m->type = WIRE_EVENT;
	free(payload);
	payload = fuzz_exact(at, len);
	m->payload = payload;
	m->len = len;
	return kind;
}

bool
xenstore_open(struct xenstore *x)
{
	x->fd = in.left ? 5 : -1;
	return in.left != 0;
}

void
xenstore_close(struct xenstore *x)
{
	x->fd = -1;
}

enum xenstore_news
xenstore_next(struct xenstore *x, struct wire_message *m, uint64_t now_ms)
{
	(void)now_ms;
	if (!in.left || *in.at % 8 != ANSWER_EVENT)
		return XENSTORE_NONE;
	HOLD(x->fd >= 0);
	answer(m, WIRE_READ);
	return XENSTORE_EVENT;
}

static void
check_request(const struct xenstore_item *i)
{
	HOLD(strncmp(i->path, "/local/domain", 13) == 0);
	HOLD(strlen(i->path) < 64 && fuzz_printable(i->path, strlen(i->path)));
	HOLD(i->type == WIRE_READ || i->type == WIRE_WATCH ||
	    i->type == WIRE_DIRECTORY || i->type == WIRE_DIRECTORY_PART);
	HOLD(i->rest_len == 0 || i->rest[i->rest_len - 1] == '\0');
}

/* As many as the socket carries, then their answers in order. */
bool
xenstore_ask_all(struct xenstore *x, struct xenstore_batch *b)
{
	unsigned asked = 0, answered = 0;
	enum wire_type types[XENSTORE_DEPTH];
	struct xenstore_item item;
	struct wire_message m;

	HOLD(x->fd >= 0);
	for (;;) {
		unsigned kind;

		while (asked - answered < XENSTORE_DEPTH &&
		    b->ask(b->context, asked, &item)) {
			check_request(&item);
			types[asked++ % XENSTORE_DEPTH] = item.type;
			HOLD(asked < 200000);
		}
		if (asked == answered)
			return true;
		kind = answer(&m, types[answered % XENSTORE_DEPTH]);
		if (kind == ANSWER_LOST) {
			xenstore_close(x);
			return false;
		}
		if (kind == ANSWER_EVENT)
			b->event(b->context, &m);
		else
			b->reply(b->context, answered++, &m);
	}
}

/* What domains.h promises of all that leaves it. */
static void
check_domain(const struct domain *d)
{
	const uint64_t *size = &d->record.current;
	size_t len = strnlen(d->name, DOMAIN_NAME_MAX);

	HOLD(d->id <= 65535);
	HOLD(len < DOMAIN_NAME_MAX && fuzz_printable(d->name, len));
	HOLD(!strchr(d->name, ' '));
	HOLD(d->ceiling_kb <= SAMPLE_KB_MAX);
	HOLD(d->static_max_kb <= SAMPLE_KB_MAX);
	for (; size <= &d->record.committed; size++)
		HOLD(*size <= SAMPLE_KB_MAX);
	HOLD(d->record.available <= d->record.total);
	HOLD(d->pressure_ppm <= 1000000);
	HOLD(d->says != DOMAIN_2008 || (!d->record.seq && d->record.total));
	HOLD(d->says != DOMAIN_RECORD || (d->record.seq && d->record.total));
}

static void
refresh(void)
{
	bool ok = domains_refresh(&domains, ++refreshes * 2000);

	HOLD(ok == (store.fd >= 0 && !domains.refused));
	HOLD(domains.count <= DOMAINS_MAX);
	for (unsigned i = 0; i < domains.count; i++) {
		check_domain(&domains.at[i]);
		HOLD(!i || domains.at[i - 1].id < domains.at[i].id);
		HOLD(domains_find(&domains, domains.at[i].id) ==
		    &domains.at[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	in = (struct fuzz){data, size};
	screen = (struct screen){.domains = &domains};
	screen.columns = (unsigned)fuzz_number(&in, 2) %
	    (SCREEN_COLUMNS_MAX + 1);
	screen_key(&screen, (char)fuzz_byte(&in));
	refreshes = 0;
	store.fd = -1;
	domains_start(&domains, &store, true);
	do {
		refresh();
		screen.now_ms = refreshes * 2000 + refreshes % 2 * 400000;
		output_all(&screen);
	} while (in.left && refreshes < REFRESHES);
	free(payload);
	payload = NULL;
	return 0;
}
