/* SPDX-License-Identifier: 0BSD */
/* link: platform/text platform/xenstore/wire applet/common/record */
/* link: applet/common/syntax */
/* link: applet/guest/settings applet/guest/link applet/guest/orders */
/* link: applet/guest/publish applet/guest/store */
/*
 * A guest's conversation with xenstore: overrides, sizes and watch events from
 * a store that is hostile. Input: turns, each a byte for what comes (see
 * xenstore_next) and, for most, 2 bytes of length and the bytes.
 */
#include <stdarg.h>

#include "balloon.h"
#include "fuzz.h"
#include "guest/store.h"
#include "log.h"
#include "proc.h"
#include "wait.h"

static struct fuzz in;
static struct store st;
static struct settings file, in_force;
static struct sample sample;
static struct decision decision;
static char *payload; /* of the last message */
static bool in_flight;
static bool have_target; /* a known memory/target stays known */
static unsigned taken; /* in this turn */
static uint64_t now;

static char meminfo[PROC_MEMINFO_MAX], vmstat[PROC_VMSTAT_MAX];
static struct report report = {
    .sample = &sample, .decision = &decision, .settings = &in_force,
    .meminfo = {meminfo, 0}, .vmstat = {vmstat, 0},
    .uptime = {"1234.56 789.01\n", 15}};

/* --- what is below and beside store.c ------------------------------------- */

uint64_t
wait_clock_ms(void)
{
	return now += 100;
}

unsigned
wait_for(struct pollfd *fds, unsigned count, uint64_t ms)
{
	HOLD(count == 1 && (fds->fd == 5 || fds->fd == -1));
	now += ms;
	return 0;
}

/* Whatever was said by the store, a terminal gets printable bytes. */
static void
say(const char *template, va_list more)
{
	char line[LOG_LINE];
	int len = vsnprintf(line, sizeof(line), template, more);

	HOLD(len > 0 && fuzz_printable(line, strlen(line)));
}

void
warn(const char *template, ...)
{
	va_list more;

	va_start(more, template);
	say(template, more);
	va_end(more);
}

void
warn_why(const char *template, ...)
{
	va_list more;

	va_start(more, template);
	say(template, more);
	va_end(more);
}

void
warn_text(const struct text *t)
{
	HOLD(!t->cut && t->len && fuzz_printable(t->at, t->len));
}

/* --- the transport --------------------------------------------------------- */

bool
xenstore_open(struct xenstore *x)
{
	x->fd = in.left ? 5 : -1;
	x->waiting = 0;
	in_flight = false;
	return in.left != 0;
}

short
xenstore_poll(const struct xenstore *x)
{
	(void)x;
	return POLLIN;
}

/* The paths of this guest, and no value that the quota refuses. */
bool
xenstore_request(
    struct xenstore *x, enum wire_type type, const char *path,
    const char *rest, size_t rest_len, uint64_t now_ms)
{
	(void)now_ms;
	HOLD(x->fd >= 0 && !in_flight);
	HOLD(type == WIRE_READ || type == WIRE_WATCH || type == WIRE_WRITE);
	HOLD(strncmp(path, "memory/", 7) == 0 ||
	    (type == WIRE_WRITE && (strncmp(path, "data/", 5) == 0 ||
		strcmp(path, "control/feature-balloon") == 0)));
	HOLD(rest_len <= RECORD_VALUE_MAX);
	HOLD(type != WIRE_WATCH || (rest_len == 2 && rest[1] == '\0'));
	x->waiting = 1;
	in_flight = true;
	return true;
}

/*
 * Of 8: 0 to 2 a value, 3 to 5 an error (one of its own), an event, or one byte
 * more: a loss when it is 0, else nothing.
 */
enum xenstore_news
xenstore_next(struct xenstore *x, struct wire_message *m, uint64_t now_ms)
{
	static const char *const errors[] = {"ENOENT", "EACCES"};
	unsigned kind = in.left && x->fd >= 0 ? fuzz_byte(&in) % 8 : 7;
	size_t len;
	const char *at;

	(void)now_ms;
	HOLD(taken++ < 1000);
	if (x->fd < 0)
		return XENSTORE_NONE;
	if (kind == 7 && (!in.left || fuzz_byte(&in))) {
		return XENSTORE_NONE;
	} else if (kind == 7) {
		x->fd = -1;
		x->waiting = 0;
		in_flight = false;
		return XENSTORE_LOST;
	}
	if (kind == 3 || kind == 4) {
		at = errors[kind - 3];
		len = strlen(at) + 1;
	} else {
		len = fuzz_number(&in, 2) % (WIRE_REPLY_MAX + 1);
		at = fuzz_take(&in, &len);
	}
	if (kind != 6 && !in_flight)
		return XENSTORE_NONE;
	free(payload);
	payload = fuzz_exact(at, len);
	*m = (struct wire_message){kind == 6 ? WIRE_EVENT : kind >= 3
		? WIRE_ERROR : WIRE_READ, 1, payload, len};
	if (kind == 6)
		return XENSTORE_EVENT;
	x->waiting = 0;
	in_flight = false;
	return XENSTORE_REPLY;
}

/* --- what must hold -------------------------------------------------------- */

static void
check(void)
{
	const struct settings *s = &in_force;

	settings_effective(&in_force, &file, &st.orders.overrides);
	report.manager = st.orders.manager;
	HOLD(s->self <= 1);
	HOLD(s->self_interval_s >= 1 && s->self_interval_s <= 3600);
	HOLD(s->interval_s >= 1 && s->interval_s <= 3600);
	HOLD(s->down >= 1 && s->down <= 10000);
	HOLD(s->up >= 1 && s->up <= 10000);
	HOLD(st.orders.target_kb || !have_target);
	have_target = st.orders.target_kb != 0;
	HOLD(st.orders.target_kb <= BALLOON_KB_MAX);
	HOLD(st.orders.static_max_kb <= BALLOON_KB_MAX);
	HOLD(st.link.xenstore.fd < 0 || st.publisher.room >= PUBLISH_ROOM_MIN);
	HOLD(st.publisher.room <= RECORD_VALUE_MAX);
	HOLD(st.link.pause_ms <= 2 * LINK_PAUSE_MAX_MS);
	HOLD(st.keys.pause_ms <= 2 * LINK_PAUSE_MAX_MS);
	HOLD(st.keys.fired < 2u << KEY_TARGET);
	HOLD((st.in_flight.request != REQUEST_NONE) == in_flight);
}

static void
fill(char *at, size_t *len, size_t want)
{
	for (*len = 0; *len + 20 < want;)
		*len += (size_t)sprintf(at + *len, "key_%zu %zu\n", *len, want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	in = (struct fuzz){data, size};
	now = 5000;
	taken = 0;
	in_flight = have_target = false;
	memset(&sample, 0, sizeof(sample));
	memset(&decision, 0, sizeof(decision));
	settings_default(&file);
	fill(meminfo, &report.meminfo.len, fuzz_byte(&in) * 16u);
	fill(vmstat, &report.vmstat.len, fuzz_byte(&in) * 32u);
	file.publish = fuzz_byte(&in) % 4;
	store_settle(&st);
	check();
	for (unsigned turn = 0; in.left && turn < 500; turn++) {
		taken = 0;
		now += 200;
		decision.target_kb += turn % 3 * 4096;
		store_turn(&st, now);
		check();
		sample.at_ms = now;
		if (publish_is_due(&st.publisher, &report))
			publish_report(&st.publisher, &report);
		store_is_busy(&st);
	}
	free(payload);
	payload = NULL;
	return 0;
}
