/* SPDX-License-Identifier: 0BSD */
/*
 * life: the daemon's whole life in a simulated guest, while one thing fails
 *
 * usage: life [-a] sweep KIND [SITE...]   KIND: fenced, bare, again,
 *                                        workingset, late, day
 *        life KIND [SITE ERROR N MODE]    one life, and what it says
 *   -a  every error of a system call; without it the first two
 *
 * SITE is a system call or a verb of platform/, by name; `gap`: a sleep after
 * which the clock is an hour or a day on; `resume`: the guest was saved and
 * restored; `group`: the fenced cgroup is removed; `reply`: xenstored loses
 * one. KIND again: a daemon was killed before this one; late: the group is
 * made later. day: the same again and again for 24 hours, with resumes and
 * lost replies, and each call is judged by the kernel with the real filter,
 * which kills. MODE: the N-th call alone fails (once), it and 19 more (burst),
 * or all from there on (good). A sweep takes every N up to the last call of a
 * life.
 *
 * The program is all of its objects; their calls of the C library, and those
 * of the platform's verbs from other modules, are turned to here and world.c
 * by the linker (--wrap). Each life is a process of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "balloon.h"
#include "cgroup.h"
#include "file.h"
#include "proc.h"
#include "sysctl.h"
#include "wait.h"
#include "world.h"
#include "xenstore/xenstore.h"

#define BURST 20
/* What is over for so long must not be seen any more at the rest. */
#define HEAL_MS 120000
#define SOON_MS 1500
#define SOON_STORE_MS 9000 /* it is late, then given up, then opened again */
#define LOOK_KB 20480 /* a step or two later; and a reserve without a fence */
#define REST_MS 225000
#define SLACK_KB 4096 /* sizes that depend on rates lately */
#define LIFE_S 20     /* of real time: it hangs */
#define DAY_S 300

int program_main(int argc, char **argv);

enum mode { ONCE, FOR_A_WHILE, FOR_GOOD, MODES };
static const char *const mode_names[] = {"once", "burst", "good"};
static const char *const kind_names[] = {
    "fenced", "bare", "again", "workingset", "late", "day"};

#define NAME(name) #name,
static const char *const site_names[] = {SITES(NAME)};
#undef NAME

static struct {
	enum site site;
	int error;
	unsigned n;
	enum mode mode;
} fault;
struct verdict *verdict;

int
strike(enum site where)
{
	unsigned n = ++verdict->calls[where];

	if (where != fault.site || !fault.error || n < fault.n ||
	    (fault.mode == ONCE && n > fault.n) ||
	    (fault.mode == FOR_A_WHILE && n >= fault.n + BURST))
		return 0;
	verdict->hit_ms = world_ms();
	verdict->hit_early |= !verdict->begun;
	return fault.error;
}

/* --- verbs ---------------------------------------------------------------- */

/* A verb that says no, with errno. */
#define VERB(type, name, parameters, arguments, no) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		int error = strike(SITE_##name); \
\
		if (error) { \
			errno = error; \
			return no; \
		} \
		return __real_##name arguments; \
	}

VERB(bool, file_root, (const char *d), (d), false)
VERB(int, file_open, (const char *p, int f), (p, f), -1)
VERB(long, file_read, (int fd, char *b, size_t n), (fd, b, n), -1)
VERB(bool, file_write, (int fd, const char *b, size_t n), (fd, b, n), false)
VERB(bool, file_read_number, (int fd, uint64_t m, uint64_t *o), (fd, m, o),
    false)
VERB(bool, file_load_number, (const char *p, uint64_t m, uint64_t *o),
    (p, m, o), false)
VERB(bool, file_write_number, (int fd, uint64_t n), (fd, n), false)
VERB(bool, file_save, (const char *p, const char *b, size_t n), (p, b, n), false)
VERB(bool, source_read, (struct source *s), (s), (s->len = 0, false))
VERB(bool, proc_open, (void), (), false)
VERB(bool, proc_min_free_kb, (uint64_t m, uint64_t *n), (m, n), false)
VERB(int, proc_vm_open, (const char *s), (s), -1)
VERB(int, proc_pressure_trigger, (uint64_t s, uint64_t w), (s, w), -1)
VERB(bool, balloon_on_xen, (void), (), false)
VERB(bool, balloon_in_dom0, (void), (), true)
VERB(bool, balloon_open, (struct balloon *b, bool w), (b, w), false)
VERB(bool, balloon_read, (const struct balloon *b, struct balloon_state *s),
    (b, s), false)
VERB(bool, balloon_read_held, (const struct balloon *b, struct balloon_held *h),
    (b, h), false)
VERB(bool, balloon_write, (const struct balloon *b, uint64_t n), (b, n), false)
VERB(bool, balloon_lock, (const struct balloon *b, pid_t *h), (b, h),
    (*h = 0, false))
VERB(bool, cgroup_open, (struct cgroup *c, const char *s, size_t n), (c, s, n),
    false)
VERB(bool, cgroup_is_usable, (const char *n, const char *f), (n, f), false)
VERB(bool, cgroup_high, (const struct cgroup *c, uint64_t *n), (c, n), false)
VERB(bool, cgroup_current, (const struct cgroup *c, uint64_t *n), (c, n), false)
VERB(bool, cgroup_set_high, (const struct cgroup *c, uint64_t n), (c, n), false)
VERB(bool, cgroup_crossings, (const struct cgroup *c, uint64_t *n), (c, n),
    false)
VERB(bool, cgroup_leave, (void), (), false)
VERB(bool, sysctl_read, (const char *s, uint64_t *n), (s, n), false)
VERB(bool, sysctl_open, (struct sysctl *c, uint64_t n), (c, n), false)
VERB(bool, sysctl_remember, (const struct sysctl *c, size_t n), (c, n), false)
VERB(bool, sysctl_write, (struct sysctl *c), (c), false)
VERB(bool, sysctl_put_back, (struct sysctl *c), (c), false)
VERB(bool, xenstore_open, (struct xenstore *x), (x), (x->fd = -1, false))
VERB(enum xenstore_news, xenstore_next,
    (struct xenstore *x, struct wire_message *m, uint64_t t), (x, m, t),
    (xenstore_close(x), XENSTORE_LOST))

/* What can't be sent is lost with its connection: xenstore.h. */
static bool
lose(struct xenstore *x)
{
	xenstore_close(x);
	x->waiting = 1;
	return true;
}

VERB(bool, xenstore_request,
    (struct xenstore *x, enum wire_type k, const char *p, const char *r,
	size_t n, uint64_t t), (x, k, p, r, n, t), lose(x))

/* A sleep in which nothing is heard. */
static unsigned
doze(struct pollfd *p, unsigned count, uint64_t ms)
{
	for (unsigned i = 0; i < count; i++)
		p[i].revents = 0;
	world_sleep(ms);
	return 0;
}

VERB(unsigned, wait_for, (struct pollfd *p, unsigned n, uint64_t ms),
    (p, n, ms), doze(p, n, ms))

/* --- a life --------------------------------------------------------------- */

static void
live(enum kind kind)
{
	char *argv[] = {"selfballoon", "-v", NULL};

	alarm(kind == KIND_DAY ? DAY_S : LIFE_S);
	world_begin(kind);
	verdict->status = program_main(2, argv);
	verdict->ended = true;
	world_end();
}

/* In a process of its own; how it ended. */
static int
start(enum kind kind)
{
	int status = 0;
	pid_t pid;

	memset(verdict, 0, offsetof(struct verdict, says));
	verdict->hit_ms = UINT64_MAX;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		live(kind);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	return status;
}

/* --- what must be --------------------------------------------------------- */

static struct verdict clean; /* of the life in which nothing failed */

static bool
is(const char *name)
{
	return strcmp(site_names[fault.site], name) == 0;
}

/* What can't be had at a start ends it: with that status, at once. */
static bool
may_end(void)
{
	static const char *const starts[] = {
	    "openat", "pread", "file_root", "file_open", "file_read",
	    "proc_open", "balloon_on_xen", "balloon_in_dom0", "balloon_open",
	    "balloon_lock", "fcntl"};

	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (is(starts[i]))
			return !verdict->begun && verdict->status != 0;
	return false;
}

/* Whether `name` is one of the words of a list. */
static bool
among(const char *words)
{
	size_t len = strlen(site_names[fault.site]);

	for (const char *at = words; (at = strstr(at, site_names[fault.site]));
	     at += len)
		if ((at == words || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static bool
said(const char *words)
{
	return memmem(verdict->says, verdict->said, words, strlen(words));
}

static bool
differ(uint64_t a, uint64_t b, uint64_t slack)
{
	return (a > b ? a - b : b - a) > slack;
}

/* One call failed: a little later the size is what it is without that. */
static void
judge_looks(void)
{
	uint64_t soon = among("read write connect socket xenstore_open "
	    "xenstore_request xenstore_next reply") ? SOON_STORE_MS : SOON_MS;

	for (unsigned i = 0; i < LOOKS; i++)
		if (verdict->hit_ms + soon < clean.look[i].ms && differ(
			verdict->look[i].kb, clean.look[i].kb, LOOK_KB))
			wrong("it has %" PRIu64 " kB at %" PRIu64 " ms, not %"
			    PRIu64, verdict->look[i].kb, clean.look[i].ms,
			    clean.look[i].kb);
}

/* The fault was over long before the rest: nothing of it is seen any more. */
static void
judge_rest(enum kind kind)
{
	uint64_t slack = kind == KIND_FENCED || kind == KIND_AGAIN
	    ? 0 : SLACK_KB;

	/* Two minutes may lie between two looks for it, when one fails. */
	if (kind == KIND_LATE && fault.error &&
	    among("openat pread file_open file_read getdents64 cgroup_open "
		  "cgroup_is_usable"))
		return;

	if (verdict->rest_fds > clean.rest_fds)
		wrong("%u descriptors at the rest, not %u", verdict->rest_fds,
		    clean.rest_fds);
	if (fault.mode == FOR_GOOD || verdict->hit_ms + HEAL_MS > REST_MS)
		return;
	/*
	 * Nobody promises that nothing is killed in the middle of this, nor
	 * without the fence that a start did not find; and a start that is
	 * that bad may miss what is not looked for again.
	 */
	if (fault.mode == FOR_A_WHILE && (verdict->kills || verdict->hit_early))
		return;
	if (verdict->kills && verdict->hit_early)
		return;
	/*
	 * Who leads by pressure rests long after what went wrong. And an
	 * empty configuration is one too.
	 */
	if (kind == KIND_WORKINGSET && verdict->rest_kb > clean.rest_kb)
		return;
	if (fault.mode == ONCE && kind != KIND_WORKINGSET && !is("group") &&
	    !verdict->hit_early && !said("the settings stay as they were") &&
	    fault.error != FAULT_END)
		judge_looks();
	if (differ(verdict->rest_kb, clean.rest_kb, slack) && !is("group"))
		wrong("it rests at %" PRIu64 " kB, not at %" PRIu64
		    "; %u kills", verdict->rest_kb, clean.rest_kb,
		    verdict->kills);
	/* They are set once, and it is said where that fails. */
	if (!verdict->rest_tuned && !among("openat pread pwrite file_open "
		"file_read_number file_load_number file_write_number "
		"file_write sysctl_read sysctl_open sysctl_write"))
		wrong("a sysctl is not in force at the rest");
	if (!verdict->rest_told)
		wrong("domain 0 was told nothing");
	if (fault.mode == ONCE && kind != KIND_WORKINGSET && verdict->kills)
		wrong("%u kills", verdict->kills);
}

/*
 * At the end all is as it was before: but where calls that fail for good are
 * those that put it back.
 */
static void
judge_end(void)
{
	if ((fault.mode == FOR_GOOD || (fault.mode == FOR_A_WHILE &&
		(verdict->hit_early || verdict->hit_ms > REST_MS))) &&
	    among("openat pread pwrite file_open file_read file_read_number "
		"file_write_number file_write cgroup_open cgroup_high "
		"cgroup_set_high renameat unlinkat file_save getdents64 "
		"cgroup_is_usable sysctl_put_back"))
		return;
	if (!verdict->fence_open)
		wrong("the fence stays");
	if (verdict->tuned)
		wrong("a sysctl is not put back");
	/* Of a group that has just gone it has no use; the next drops it. */
	if (verdict->left && !is("unlinkat") && !is("group"))
		wrong("/run/xenballoon-fence stays");
}

static void
judge(enum kind kind, int how)
{
	if (how != 0) {
		wrong("it dies: status %#x", (unsigned)how);
	} else if (verdict->status != 0) {
		if (!may_end())
			wrong("it ends with %d", verdict->status);
	} else {
		judge_rest(kind);
		judge_end();
	}
}

/* --- sweeps --------------------------------------------------------------- */

struct error {
	const char *name;
	int number;
};

#define E(name) {#name, name}
static const struct error errors[] = {
    E(EIO), E(EINTR), {"short", FAULT_SHORT}, E(ENOMEM), {"end", FAULT_END},
    E(EAGAIN), E(EMFILE), E(EACCES), E(ENODEV), E(EBUSY), E(EINVAL),
    E(EROFS), E(ENOSPC), E(EPIPE)};
#undef E
#define ERRORS (sizeof(errors) / sizeof(errors[0]))

/* A call that says EINTR or next to nothing says it only so often. */
static bool
can_be(enum site site, const struct error *e, enum mode mode, bool all)
{
	fault.site = site;
	if (site >= SITE_file_root)
		return e->number == EIO || (all && e->number == ENOMEM) ||
		    (is("gap") && e->number == EINTR);
	if (e->number < 0 && !among("pread pwrite read write"))
		return false;
	if (e->number == FAULT_END && among("pwrite write"))
		return false;
	if (e->number == EINTR &&
	    !among("openat pread pwrite read write ppoll"))
		return false;
	if (mode != ONCE && (e->number == EINTR || e->number == FAULT_SHORT))
		return mode == FOR_A_WHILE && e->number == EINTR;
	return all || e < errors + 3;
}

/*
 * What can't fail for good: then nothing would end the program, or an event
 * would stay for ever that the kernel takes back.
 */
static bool
lasts(enum site site, enum mode mode)
{
	fault.site = site;
	return mode == FOR_GOOD && among("wait_for ppoll signalfd4 read gap "
	    "resume reply group pread file_read cgroup_crossings");
}

static const unsigned most = 16; /* of each call, where not all are */
static unsigned lives, bad;
static const char *program;

static void
report(enum kind kind, const struct error *e)
{
	bad++;
	if (bad > 8)
		return;
	printf("# %s %s %s %s %u %s: %s\n", program, kind_names[kind],
	    site_names[fault.site], e->name, fault.n, mode_names[fault.mode],
	    verdict->wrong);
}

static void
sweep_one(enum kind kind, const struct error *e, unsigned step)
{
	int how;

	for (unsigned n = 1;; n += n > most / 2 ? step : 1) {
		fault.n = n;
		fault.error = e->number;
		how = start(kind);
		if (verdict->hit_ms == UINT64_MAX && how == 0)
			break;
		lives++;
		judge(kind, how);
		if (verdict->wrong[0])
			report(kind, e);
	}
}

static void
sweep(enum kind kind, enum site site, bool all)
{
	unsigned step = 1 + clean.calls[site] / most;

	lives = bad = 0;
	for (unsigned i = 0; i < ERRORS; i++)
		for (enum mode mode = ONCE; mode < MODES; mode++) {
			if (!can_be(site, &errors[i], mode, all) ||
			    lasts(site, mode))
				continue;
			fault.mode = mode;
			sweep_one(kind, &errors[i], all ? 1 : step);
		}
}

static void
usage(void)
{
	fputs("usage: life [-a] sweep KIND [SITE...] | life KIND "
	    "[SITE ERROR N MODE]\n", stderr);
	exit(100);
}

static unsigned
which(const char *word, const char *const *names, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	usage();
	return 0;
}

static int
sweeps(enum kind kind, char **sites, bool all)
{
	unsigned n = 0, failed = 0;
	uint64_t fenced_kb = 0;
	int how = 0;

	if (kind == KIND_LATE || kind == KIND_DAY) {
		start(KIND_FENCED);
		fenced_kb = verdict->rest_kb;
	}
	how = start(kind);
	clean = *verdict;
	verdict->hit_ms = 0;
	judge(kind, how);
	if (fenced_kb && differ(clean.rest_kb, fenced_kb, SLACK_KB))
		wrong("it is to rest at %" PRIu64 " kB", fenced_kb);
	if (kind == KIND_DAY && !clean.let_through)
		wrong("no call came to the filter");
	failed += verdict->wrong[0] != '\0';
	printf("%s %u - %s: nothing fails: %u writes, rests at %" PRIu64
	    " kB, %u kills %s\n", failed ? "not ok" : "ok", ++n,
	    kind_names[kind], clean.writes, clean.rest_kb, clean.kills,
	    verdict->wrong);
	if (kind == KIND_DAY)
		printf("# %u calls were let through by the filter\n",
		    clean.let_through);
	for (unsigned site = 0; kind != KIND_DAY && site < SITE_COUNT; site++) {
		if (*sites && which(*sites, site_names, SITE_COUNT) != site)
			continue;
		sweep(kind, site, all);
		failed += bad != 0;
		printf("%s %u - %s: %s: %u lives, of %u calls, %u bad\n",
		    bad ? "not ok" : "ok", ++n, kind_names[kind],
		    site_names[site], lives, clean.calls[site], bad);
	}
	printf("1..%u\n", n);
	return failed != 0;
}

static int
single(enum kind kind, char **arg)
{
	int how = start(kind);

	clean = *verdict;
	if (arg[0]) {
		unsigned e = 0;

		if (!arg[1] || !arg[2] || !arg[3])
			usage();
		while (e < ERRORS && strcmp(errors[e].name, arg[1]) != 0)
			e++;
		if (e == ERRORS)
			usage();
		fault.site = which(arg[0], site_names, SITE_COUNT);
		fault.error = errors[e].number;
		fault.n = (unsigned)strtoul(arg[2], NULL, 10);
		fault.mode = which(arg[3], mode_names, MODES);
		how = start(kind);
	}
	judge(kind, how);
	fwrite(verdict->says, 1, verdict->said, stdout);
	printf("exit %d, rests at %" PRIu64 " kB, %u kills, last fault at %"
	    PRId64 " ms: %s\n", verdict->status, verdict->rest_kb,
	    verdict->kills, (int64_t)verdict->hit_ms,
	    verdict->wrong[0] ? verdict->wrong : "all is well");
	return verdict->wrong[0] != '\0';
}

int
main(int argc, char **argv)
{
	bool all = argc > 1 && strcmp(argv[1], "-a") == 0;

	program = argv[0];
	argv += all;
	argc -= all;
	verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict == MAP_FAILED || argc < 2)
		usage();
	if (strcmp(argv[1], "sweep") != 0)
		return single(which(argv[1], kind_names, KINDS), argv + 2);
	if (argc < 3)
		usage();
	return sweeps(which(argv[2], kind_names, KINDS), argv + 3, all);
}
