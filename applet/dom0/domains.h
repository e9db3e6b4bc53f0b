/* SPDX-License-Identifier: 0BSD */
/*
 * All domains as domain 0 sees them in xenstore: one table that the monitor
 * and the balancer read. What guests say is hostile: when it leaves here
 * names are printable ASCII, numbers are in range, and a record that is not
 * valid as a whole is none.
 */
#ifndef DOMAINS_H
#define DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/record.h"
#include "xenstore/xenstore.h"

/*
 * Four times what one host runs in practice. The table lies on the stack of
 * the tool that uses it: as a static it would count as committed memory in
 * each guest, though no guest uses it.
 */
#define DOMAINS_MAX 4096
#define DOMAIN_NAME_MAX 32 /* bytes kept of a name, with its NUL */

enum domain_says {
	DOMAIN_NOTHING, /* publishes nothing */
	DOMAIN_OLD,	/* the keys of 2008: target, total, available,
			   committed alone */
	DOMAIN_RECORD,	/* the record `stat` */
	DOMAIN_LIES,	/* a record that cannot be true; the last true one
			   stays in `record` */
};

/* Balancers other than ours that were seen at work on a domain. */
enum domain_manager { DOMAIN_UNMANAGED, DOMAIN_SQUEEZED, DOMAIN_QMEMMAN };

struct domain {
	uint32_t id;
	enum domain_says says;
	enum domain_manager manager;
	bool in_data;	     /* it publishes in data/xenballoon/ */
	/* Of domains.c: keys to read, as bits; those that were refused. */
	uint8_t stale, refused;
	bool listed;
	uint64_t ceiling_kb; /* memory/target; 0: not there */
	uint64_t most_kb;    /* memory/static-max; 0: not there */
	uint64_t heard_ms; /* wait_clock_ms when `record` last changed */
	/* Of the last two records of one daemon, per second; 0 at first. */
	uint64_t swap_kb_s, faults_s, pressure_ppm;
	struct record record;
	char name[DOMAIN_NAME_MAX];
};

struct domains {
	struct xenstore *store;
	unsigned count; /* in the order of their ids */
	bool too_many;	/* there are more than DOMAINS_MAX */
	bool watch;	/* it is to be watched; it is */
	bool watching;
	bool listed; /* the list of ids is up to date */
	/*
	 * xenstore would not tell it: not domain 0; or what it told was no
	 * list, or another one with each part.
	 */
	bool refused;
	unsigned signals; /* of wait_for, that came while replies did not */
	struct domain at[DOMAINS_MAX];
};

/* *store is closed, or freshly open. watch: rereads later what changed only. */
void domains_start(struct domains *d, struct xenstore *store, bool watch);

/*
 * Brings the table up to date, on a new connection where there is none; a
 * domain that is still there keeps its entry's history. Waits at most
 * XENSTORE_REPLY_MS for each reply. False when xenstore is not there or was
 * lost, or SIGNAL_STOP came: it is closed, the table is as far as it came; or
 * when it is `refused`.
 */
bool domains_refresh(struct domains *d, uint64_t now_ms);

/* Why it is false, as a sentence. */
const char *domains_gone(const struct domains *d);

/* A watch event that came between two refreshes: marks what it tells of. */
void domains_event(struct domains *d, const struct wire_message *m);

/* All is read again at the next refresh. */
void domains_distrust(struct domains *d);

/* The entry of a domain id; NULL: there is none. */
struct domain *domains_find(struct domains *d, uint32_t id);

#endif
