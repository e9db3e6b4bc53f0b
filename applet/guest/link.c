/* SPDX-License-Identifier: 0BSD */
#include "link.h"
#include "log.h"

uint64_t
back_off(uint64_t *pause_ms)
{
	uint64_t now = *pause_ms;

	if (now < LINK_PAUSE_MAX_MS)
		*pause_ms = 2 * now;
	return now;
}

void
link_init(struct link *l)
{
	*l = (struct link){.pause_ms = LINK_PAUSE_MS};
	l->xenstore.fd = -1;
}

bool
link_connect(struct link *l, uint64_t now_ms)
{
	/* One that still waits for a reply is not known to be lost yet. */
	if (l->xenstore.fd >= 0 || l->xenstore.waiting ||
	    now_ms < l->retry_at_ms)
		return false;
	if (!xenstore_open(&l->xenstore)) {
		link_on_lost(l, now_ms);
		return false;
	}
	l->answered = false;
	return true;
}

void
link_on_lost(struct link *l, uint64_t now_ms)
{
	l->retry_at_ms = now_ms + back_off(&l->pause_ms);
	if (!l->silence_logged)
		warn("no answer from xenstore: going on without");
	l->silence_logged = true;
}

void
link_on_reply(struct link *l)
{
	l->answered = true;
	l->pause_ms = LINK_PAUSE_MS;
	if (l->silence_logged)
		warn("xenstore answers again");
	l->silence_logged = false;
}

void
link_log_refusal(
    const char *path, const struct wire_message *m, const char *then)
{
	char message[LOG_LINE];
	struct text t = TEXT_ON(message);
	size_t len = m->len;

	if (len && m->payload[len - 1] == '\0')
		len--;
	text_put(&t, "xenstore: %s: ", path);
	text_quote(&t, m->payload, len); /* safe for a terminal */
	text_put(&t, ": %s", then);
	warn_text(&t);
}
