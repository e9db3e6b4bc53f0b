/* SPDX-License-Identifier: 0BSD */
/*
 * The guest as this program sees and steers it: one look from bytes to
 * decision, and the one place that writes the balloon's target.
 */
#ifndef GUEST_H
#define GUEST_H

#include "balloon.h"
#include "brake.h"
#include "ceiling.h"
#include "fence.h"
#include "keeper.h"
#include "orders.h"
#include "policy.h"
#include "common/sample.h"
#include "settings.h"

#define GUEST_LINES_MAX 32 /* -o options: more than the table has settings */

/*
 * How often /proc/vmstat and /proc/pressure are read, which cost the most: at
 * rest what they count wakes the daemon by itself, as pressure; while memory
 * is being taken the processor is wanted by whoever takes it.
 */
#define GUEST_COUNT_REST_MS 10000
#define GUEST_COUNT_MS 250

/* What the command line says. */
struct guest_options {
	const char *config; /* NULL: the first of the usual places */
	const char *line[GUEST_LINES_MAX];
	unsigned lines;
	bool self; /* the default of XENBALLOON_SELF */
	bool verbose;
};

struct guest {
	const struct guest_options *options;

	/* settings: as configured, and under domain 0's overrides */
	struct settings file;
	struct settings in_force;
	struct orders orders; /* the last that were applied */

	/* the machine */
	struct balloon balloon;
	bool have_balloon;
	struct fence fence;
	struct brake_groups brake;
	struct keeper keeper;
	pid_t balloon_thread; /* reniced; 0: there is none */
	int panic_fd, allocating_fd; /* vm.panic_on_oom and its kin */
	int overcommit_fd; /* vm.overcommit_memory: others set it later */
	uint64_t min_free_kb;

	/* what was seen */
	struct sample sample;
	const char *invalid; /* what is wrong with it, or NULL */
	bool held_settled;   /* low_kb and high_kb were read at this size */
	bool strict_commit;
	struct ceiling ceiling;
	uint64_t max_total_kb;	 /* largest MemTotal known */
	uint64_t saved_total_kb; /* what the high-water file has */

	struct canary_facts canary;
	uint64_t scanned_total_kb; /* MemTotal when processes were looked at */
	uint64_t canary_deaths;	   /* since the start */
	uint64_t ordered_ms;	   /* when canaries were asked for last */
	bool unarmed;		   /* some could not be; none has stood since */

	/* what was decided */
	struct history history;
	struct decision decision;

	/* what was logged last, so that a state is logged once */
	enum progress logged_progress;
	enum protection logged_protection;
	uint64_t logged_deaths, logged_freezes, logged_frozen_ms;
	bool died_short; /* canaries not logged yet died for want of memory */
	const char *logged_invalid;
};

/* The options that guest_option takes: rows for the table of an applet. */
#define GUEST_OPTIONS \
	{"c", "FILE", "read this configuration, a path from / on"}, \
	{"o", "KEY=VALUE", "set one setting, over the configuration's"}, \
	{"v", NULL, "log every target and why"}

/* False: it logged why. */
bool guest_option(struct guest_options *o, int letter, const char *value);

/*
 * Reads the configuration anew; false: it logged why, and the settings
 * stay.
 */
bool guest_configure(struct guest *g);

/* Opens /proc; EXIT_DONE, or EXIT_REFUSED, and why is logged. */
int guest_open(struct guest *g);

/* The same for the balloon: not on Xen and no driver are told apart. */
int guest_open_balloon(struct guest *g, bool write);

/* The settings in force, after a change of the file's or of domain 0's. */
void guest_settle(struct guest *g);

/*
 * Applies what domain 0 says, if that has changed: the settings in force, the
 * ceiling, and who else sizes this guest. False: it has not.
 */
bool guest_apply_orders(struct guest *g, const struct orders *o);

/* Why this look happens. */
struct wakeup {
	unsigned killed; /* canaries */
	bool pressed; /* the pressure trigger fired */
	bool crossed; /* the fence was crossed */
	bool reread;  /* the driver may have heard news: read its sizes */
	bool stale;   /* memory/target has changed and is not read yet */
};

/* One look: the sample and the decision that follows from it. */
void guest_look(struct guest *g, const struct wakeup *wakeup);

/*
 * Moves the fence, and writes the target if there is one to write. False:
 * it logged why.
 */
bool guest_act(struct guest *g);

/* Leaves the guest at its present size. */
void guest_leave(struct guest *g);

/* Keeps the high-water mark of MemTotal in XENBALLOON_MAXMEMFILE. */
void guest_save(struct guest *g);

#endif
