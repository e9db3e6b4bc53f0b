/* SPDX-License-Identifier: 0BSD */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "xenstore/wire.h"
#include "world.h"

#define OVERHEAD 57280 /* of a PV guest of 512 MB: 524288 less 467008 */
#define WHOLE 524288
#define KERNEL 30000   /* kB in use besides the load */
#define WATERMARK 4096 /* kB free that MemAvailable does not count */
#define LEAST 1024     /* kB free below which the OOM killer comes */
#define DRIVER 150     /* kB that the balloon moves in 1 ms */
#define GIVES_UP_MS 15000
#define REST_MS 225000 /* when the sizes must be as in any other life */
#define END_MS 226000
#define ROUND_MS 200000 /* of a day, in which the script comes again and again */
#define DAY_MS 86400000
#define RESUME 4999 /* sleeps of a day from one resume to the next */
#define LOST 997    /* replies until one is lost */
#define LATE_MS 125000 /* nothing else happens until the rest */
#define SPIN_MAX 20000 /* calls while no time passes: it spins */
#define NO_LIMIT UINT64_MAX

enum file {
	NONE, ROOT, DEVNULL, CONF, MAXMEM, MAXMEM_NEW, MEMINFO, VMSTAT, PRESSURE,
	UPTIME, BOOST, OVERCOMMIT, SCALE, MIN_FREE, XEN_TYPE, GUEST_TYPE, TARGET,
	CURRENT, LOW, HIGH, LOCK, GROUPS, PROCS, POPULATED, MEM_HIGH,
	MEM_CURRENT, MEM_EVENTS, FENCE, FENCE_NEW, OOM_ADJ, XENBUS, SOCKET,
	SIGNALS, LINK, FILES
};

#define SYSFS "sys/devices/system/xen_memory/xen_memory0/"
#define GROUP "sys/fs/cgroup/work/"
static const char *const paths[FILES] = {
    [ROOT] = "/", [DEVNULL] = "/dev/null", [CONF] = "etc/xenballoon.conf",
    [MAXMEM] = "run/xenballoon-maxmem",
    [MAXMEM_NEW] = "run/xenballoon-maxmem.new", [MEMINFO] = "proc/meminfo",
    [VMSTAT] = "proc/vmstat", [PRESSURE] = "proc/pressure/memory",
    [UPTIME] = "proc/uptime", [BOOST] = "proc/sys/vm/watermark_boost_factor",
    [OVERCOMMIT] = "proc/sys/vm/overcommit_memory",
    [SCALE] = "proc/sys/vm/watermark_scale_factor",
    [MIN_FREE] = "proc/sys/vm/min_free_kbytes",
    [XEN_TYPE] = "sys/hypervisor/type",
    [GUEST_TYPE] = "sys/hypervisor/guest_type", [TARGET] = SYSFS "target_kb",
    [CURRENT] = SYSFS "info/current_kb", [LOW] = SYSFS "info/low_kb",
    [HIGH] = SYSFS "info/high_kb", [LOCK] = "sys/bus/xen_memory/drivers_probe",
    [GROUPS] = "sys/fs/cgroup/", [PROCS] = "sys/fs/cgroup/cgroup.procs",
    [POPULATED] = GROUP "cgroup.events", [MEM_HIGH] = GROUP "memory.high",
    [MEM_CURRENT] = GROUP "memory.current",
    [MEM_EVENTS] = GROUP "memory.events", [FENCE] = "run/xenballoon-fence",
    [FENCE_NEW] = "run/xenballoon-fence.new",
    [OOM_ADJ] = "proc/self/oom_score_adj", [XENBUS] = "dev/xen/xenbus",
    [SOCKET] = "run/xenstored/socket",
};

/* What happens by itself, and when. */
enum what { LOAD, DROP, CONFIGURE, SIGNAL, STORE, LOOK, REST };

struct event {
	uint64_t ms;
	enum what what;
	uint64_t number;  /* LOAD: kB; SIGNAL: which */
	uint64_t rate;	  /* LOAD: kB in 1 ms */
	const char *text; /* CONFIGURE, STORE: the value */
	const char *key;
};

#define PLAIN "XENBALLOON_AUTO_DOWNHYSTERESIS=2\n"
/*
 * Start, growth across the fence, shrink; the configuration twice and three
 * times over, so that one that is missed comes again; domain 0 lowers and
 * raises memory/target, switches off, directs, switches on; the state; a long
 * rest; the end. A bare guest has loads that its reserve carries.
 */
static const struct event script[] = {
    {19900, LOOK, 0, 0, NULL, NULL},
    {20000, LOAD, 120000, 100, NULL, NULL},
    {24000, DROP, 0, 0, NULL, NULL},
    {39900, LOOK, 0, 0, NULL, NULL},
    {40000, CONFIGURE, 0, 0, "XENBALLOON_MINMEM=200\n", NULL},
    {40000, SIGNAL, SIGHUP, 0, NULL, NULL},
    {41900, LOOK, 0, 0, NULL, NULL},
    {45000, CONFIGURE, 0, 0, "", NULL},
    {45000, SIGNAL, SIGHUP, 0, NULL, NULL},
    {47000, SIGNAL, SIGHUP, 0, NULL, NULL},
    {50000, STORE, 0, 0, "250000", "memory/target"},
    {55000, LOAD, 60000, 60, NULL, NULL},
    {58000, DROP, 0, 0, NULL, NULL},
    {60000, STORE, 0, 0, "524288", "memory/target"},
    {74900, LOOK, 0, 0, NULL, NULL},
    {75000, STORE, 0, 0, "0", "memory/selfballoon"},
    {79900, LOOK, 0, 0, NULL, NULL},
    {80000, STORE, 0, 0, "300000", "memory/target"},
    {84900, LOOK, 0, 0, NULL, NULL},
    {85000, STORE, 0, 0, "1", "memory/selfballoon"},
    {88000, STORE, 0, 0, "1", "memory/downhysteresis"},
    {90000, SIGNAL, SIGUSR1, 0, NULL, NULL},
    {94900, LOOK, 0, 0, NULL, NULL},
    {95000, LOAD, 40000, 60, NULL, NULL},
    {97000, DROP, 0, 0, NULL, NULL},
    {119900, LOOK, 0, 0, NULL, NULL},
    {120000, SIGNAL, SIGHUP, 0, NULL, NULL},
    {REST_MS, REST, 0, 0, NULL, NULL},
    {END_MS, SIGNAL, SIGTERM, 0, NULL, NULL},
    {END_MS + 5000, SIGNAL, SIGTERM, 0, NULL, NULL},
};
#define EVENTS (sizeof(script) / sizeof(script[0]))

#define FD_FIRST 200 /* not to be taken for one of the test's own */
#define FDS 64
#define KEYS 16

static struct {
	enum kind kind;
	uint64_t ms, gap_ms; /* the script's time; what a sleep added to it */
	size_t next;	     /* event */
	uint64_t round_ms;   /* when the script began anew */
	unsigned sleeps, replies;
	bool closed; /* the day's filter is in force */
	unsigned calls;	     /* since time passed last */
	/* the guest */
	uint64_t anon, goal, rate, current, target, floor;
	uint64_t stuck_ms; /* how long the driver got no pages */
	bool gave_up;
	uint64_t kills, waited_us, window_ms, window_us;
	bool pressed, trigger;
	uint64_t high; /* bytes */
	bool moved;    /* the fence, since the last look at meminfo */
	uint64_t crossings;
	bool crossed; /* and not read yet */
	bool gone;    /* the group is */
	uint64_t boost, overcommit, scale;
	unsigned signals; /* as bits */
	struct {
		char bytes[600];
		size_t len;
		bool there;
	} plain[FILES];
	struct {
		enum file file;
		int flags;
		size_t at; /* of a directory, and of a connection */
	} fd[FDS];
	/* xenstored */
	struct {
		const char *path;
		char named[80]; /* what it is, where the guest names it */
		char value[2048];
		size_t len;
		bool there, watched;
		char token[8];
	} key[KEYS];
	char in[8192], out[65536];
	size_t in_len, out_len;
	uint64_t allowed; /* memory/target */
} w;

void
wrong(const char *format, ...)
{
	va_list more;
	int n;

	if (verdict->wrong[0])
		return;
	n = snprintf(verdict->wrong, sizeof(verdict->wrong),
	    "at %" PRIu64 " ms: ", w.ms);
	va_start(more, format);
	vsnprintf(verdict->wrong + n, sizeof(verdict->wrong) - (size_t)n,
	    format, more);
	va_end(more);
}

uint64_t
world_ms(void)
{
	return w.ms;
}

/* --- the guest ------------------------------------------------------------ */

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t
total(void)
{
	return above(w.current, OVERHEAD);
}

static uint64_t
used(void)
{
	return KERNEL + w.anon;
}

static uint64_t
group_bytes(void)
{
	return (w.anon + 4096) * 1024;
}

static bool
has_group(void)
{
	return w.kind != KIND_BARE && !w.gone &&
	    (w.kind != KIND_LATE || w.ms >= LATE_MS);
}

static void
wait_for_memory(void)
{
	if (w.ms - w.window_ms >= 2000) {
		w.window_ms = w.ms;
		w.window_us = 0;
	}
	w.waited_us += 1000;
	w.window_us += 1000;
	if (w.window_us == 200000)
		w.pressed = true;
}

/* The load takes what it gets; the fence lets a 16th through. */
static void
take_memory(void)
{
	uint64_t more = least(w.rate, w.goal - w.anon);

	if (has_group() && group_bytes() + more * 1024 > w.high) {
		w.crossings++;
		w.crossed = true;
		more /= 16;
		wait_for_memory();
	}
	w.anon += more;
	if (w.anon >= w.goal)
		w.rate = 0;
	if (total() >= used() + LEAST)
		return;
	w.kills++;
	w.anon = 10000;
	w.rate = 0;
}

static void
move_balloon(void)
{
	uint64_t most = least(w.allowed + 1024, WHOLE);
	uint64_t step;

	if (w.target > w.current && !w.gave_up) {
		step = least(least(DRIVER, w.target - w.current),
		    above(most, w.current));
		w.current += step;
		w.stuck_ms = step ? 0 : w.stuck_ms + 1;
		w.gave_up = w.stuck_ms >= GIVES_UP_MS;
	} else if (w.target < w.current) {
		step = least(least(DRIVER, w.current - w.target),
		    above(total(), used() + LEAST));
		w.current -= step;
	}
}

static void
set_target(uint64_t kb)
{
	w.target = kb;
	w.gave_up = false;
	w.stuck_ms = 0;
}

static void push_event(unsigned key);

static void
set_key(const char *path, const char *value, size_t len)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (!w.key[i].path || strcmp(w.key[i].path, path) != 0)
			continue;
		w.key[i].there = true;
		w.key[i].len = len < sizeof(w.key[i].value)
		    ? len : sizeof(w.key[i].value);
		memcpy(w.key[i].value, value, w.key[i].len);
		if (w.key[i].watched)
			push_event(i);
	}
	if (strcmp(path, "memory/target") == 0) {
		w.allowed = strtoull(value, NULL, 10);
		set_target(w.allowed); /* the kernel's own watch */
	}
}

static void
set_plain(enum file f, const char *text)
{
	w.plain[f].there = true;
	w.plain[f].len = (size_t)snprintf(w.plain[f].bytes,
	    sizeof(w.plain[f].bytes), "%s", text);
}

/* The floor of 2008 is kept to the page. */
static bool
is_2008(void)
{
	return w.kind == KIND_FENCED || w.kind == KIND_AGAIN ||
	    w.kind == KIND_LATE || w.kind == KIND_DAY;
}

static void
configure(const char *text)
{
	char all[400];

	snprintf(all, sizeof(all), PLAIN "%s%s",
	    is_2008() ? "" : "XENBALLOON_FLOOR=low\n", text);
	if (w.kind == KIND_WORKINGSET)
		strcat(all, "XENBALLOON_POLICY=workingset\n");
	set_plain(CONF, all);
}

static unsigned
open_fds(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FDS; i++)
		n += w.fd[i].file != NONE;
	return n;
}

/* When nothing has happened for long: what must be as in any other life. */
static void
take_stock(void)
{
	verdict->rest_kb = w.current;
	verdict->rest_fds = open_fds();
	verdict->rest_tuned = w.boost == 0 && w.overcommit == 1;
	for (unsigned i = 0; i < KEYS; i++)
		if (w.key[i].path &&
		    strcmp(w.key[i].path, "data/xenballoon/stat") == 0)
			verdict->rest_told = w.key[i].there;
}

static void
happen(const struct event *e)
{
	/* What a bare guest promises to survive. */
	uint64_t most = has_group() ? e->rate : 40;

	switch (e->what) {
	case LOAD:
		w.goal = w.anon + e->number;
		w.rate = least(e->rate, most);
		break;
	case DROP: w.anon = least(w.anon, 10000); w.rate = 0; break;
	case CONFIGURE: configure(e->text); break;
	case SIGNAL: w.signals |= 1u << e->number; break;
	case STORE: set_key(e->key, e->text, strlen(e->text)); break;
	case LOOK:
		if (verdict->looks == LOOKS)
			break;
		verdict->look[verdict->looks].ms = w.ms;
		verdict->look[verdict->looks++].kb = w.current;
		break;
	case REST: take_stock(); break;
	}
}

/* When the next event comes. */
static uint64_t
due(void)
{
	if (w.next == EVENTS)
		return UINT64_MAX;
	if (w.kind == KIND_DAY && script[w.next].what == REST &&
	    w.round_ms + ROUND_MS < DAY_MS) {
		w.round_ms += ROUND_MS;
		w.next = 0;
	}
	return w.round_ms + script[w.next].ms;
}

static bool
quiet(void)
{
	return w.rate == 0 &&
	    (w.current == w.target || (w.target > w.current && w.gave_up));
}

static void
tick(void)
{
	w.calls = 0;
	w.ms++;
	take_memory();
	move_balloon();
	while (due() <= w.ms)
		happen(&script[w.next++]);
}

static void
pass(uint64_t until)
{
	if (quiet() && w.next < EVENTS && due() > w.ms + 1)
		w.ms = least(until, due()) - 1;
	tick();
}

void
world_sleep(uint64_t ms)
{
	uint64_t until = w.ms + ms;

	while (w.ms < until)
		pass(until);
}

/* --- xenstored ------------------------------------------------------------ */

static void
push(uint32_t type, uint32_t id, const char *payload, size_t len)
{
	struct wire_header h = {type, id, 0, (uint32_t)len};

	if (w.out_len + sizeof(h) + len > sizeof(w.out))
		return;
	memcpy(w.out + w.out_len, &h, sizeof(h));
	memcpy(w.out + w.out_len + sizeof(h), payload, len);
	w.out_len += sizeof(h) + len;
}

static void
push_event(unsigned key)
{
	char both[100];
	int n = snprintf(both, sizeof(both), "%s%c%s%c", w.key[key].path, 0,
	    w.key[key].token, 0);

	push(WIRE_EVENT, 0, both, (size_t)n);
}

static void
push_error(uint32_t id, const char *name)
{
	push(WIRE_ERROR, id, name, strlen(name) + 1);
}

static void
name_key(unsigned i, const char *path)
{
	if (w.key[i].path)
		return;
	snprintf(w.key[i].named, sizeof(w.key[i].named), "%s", path);
	w.key[i].path = w.key[i].named;
}

static void
answer(const struct wire_header *h, const char *payload)
{
	const char *rest = payload + strlen(payload) + 1;
	size_t rest_len = h->len - (size_t)(rest - payload);
	unsigned i = 0;

	w.replies++;
	if (strike(SITE_reply) || (w.kind == KIND_DAY && w.replies % LOST == 0))
		return; /* xenstored lost it */

	while (i < KEYS && w.key[i].path &&
	    strcmp(w.key[i].path, payload) != 0)
		i++;
	if (h->type == WIRE_WRITE && strncmp(payload, "data/", 5) != 0) {
		push_error(h->req_id, "EACCES");
	} else if (i == KEYS) {
		push_error(h->req_id, "ENOSPC");
	} else if (h->type == WIRE_WRITE) {
		name_key(i, payload);
		set_key(payload, rest, rest_len);
		push(WIRE_WRITE, h->req_id, "OK", 3);
	} else if (h->type == WIRE_WATCH) {
		name_key(i, payload);
		w.key[i].watched = true;
		snprintf(w.key[i].token, sizeof(w.key[i].token), "%s", rest);
		push_event(i); /* before the OK, as from Linux */
		push(WIRE_WATCH, h->req_id, "OK", 3);
	} else if (!w.key[i].path || !w.key[i].there) {
		push_error(h->req_id, "ENOENT");
	} else {
		push(WIRE_READ, h->req_id, w.key[i].value, w.key[i].len);
	}
}

static void
ask(const char *bytes, size_t len)
{
	struct wire_header h;

	if (w.in_len + len > sizeof(w.in)) {
		wrong("xenstored: a request without end");
		return;
	}
	memcpy(w.in + w.in_len, bytes, len);
	w.in_len += len;
	while (w.in_len >= sizeof(h)) {
		memcpy(&h, w.in, sizeof(h));
		if (w.in_len < sizeof(h) + h.len)
			break;
		answer(&h, w.in + sizeof(h));
		w.in_len -= sizeof(h) + h.len;
		memmove(w.in, w.in + sizeof(h) + h.len, w.in_len);
	}
}

/* A connection that ends takes its watches along. */
static void
disconnect(void)
{
	w.in_len = w.out_len = 0;
	for (unsigned i = 0; i < KEYS; i++)
		w.key[i].watched = false;
}

/* --- what must never be --------------------------------------------------- */

static void
write_target(const char *bytes, size_t len)
{
	uint64_t kb = 0;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] < '0' || bytes[i] > '9' || bytes[0] == '0')
			wrong("target_kb: '%.*s'", (int)len, bytes);
		else
			kb = kb * 10 + (uint64_t)(bytes[i] - '0');
	verdict->writes++;
	if (kb == w.target)
		wrong("%" PRIu64 " is written twice", kb);
	if (kb < w.target && kb < least(w.floor, w.allowed))
		wrong("%" PRIu64 " is below the floor", kb);
	if (kb < w.target && kb < least(used() + OVERHEAD, w.allowed))
		wrong("%" PRIu64 " is below what is used, %" PRIu64, kb,
		    used() + OVERHEAD);
	if (kb > w.target && w.moved)
		wrong("%" PRIu64 " waited for memory.high", kb);
	set_target(kb);
}

/* --- files ---------------------------------------------------------------- */

static int
fail(int error)
{
	errno = error;
	return -1;
}

long __real_syscall(long number, ...);

/*
 * The kernel's own filter judges each call of a day, by one like it that does
 * nothing: of no descriptor, no bytes, no time. The third argument is one that
 * a filter may look at.
 */
static void
pass_door(long number, long third)
{
	static const struct timespec at_once;

	if (!w.closed)
		return;
	if (number == SYS_ppoll)
		third = (long)&at_once;
	__real_syscall(number, -1L, 0L, third, 0L, 0L, 0L);
	verdict->let_through++;
}

/* The numbers of what the C library is asked for. */
static const long numbers[SITE_file_root] = {
    [SITE_pread] = SYS_pread64, [SITE_pwrite] = SYS_pwrite64,
    [SITE_read] = SYS_read, [SITE_write] = SYS_write,
    [SITE_ppoll] = SYS_ppoll, [SITE_renameat] = SYS_renameat,
    [SITE_unlinkat] = SYS_unlinkat, [SITE_connect] = SYS_connect,
    [SITE_mlockall] = SYS_mlockall, [SITE_setpriority] = SYS_setpriority,
};

/* A call that costs nothing and comes again and again. */
static int
called(enum site where)
{
	if (numbers[where])
		pass_door(numbers[where], 0);
	if (++w.calls > SPIN_MAX) {
		wrong("it spins");
		_exit(99);
	}
	return strike(where);
}

static bool
exists(enum file f)
{
	switch (f) {
	case CONF: case MAXMEM: case MAXMEM_NEW: case FENCE: case FENCE_NEW:
		return w.plain[f].there;
	case POPULATED: case MEM_HIGH: case MEM_CURRENT: case MEM_EVENTS:
		return has_group();
	case GROUPS: case PROCS: case PRESSURE: return w.kind != KIND_BARE;
	case SOCKET: return w.kind == KIND_BARE;
	case XENBUS: return w.kind != KIND_BARE;
	default: return true;
	}
}

static enum file
find(const char *path)
{
	for (unsigned f = ROOT; f < FILES; f++)
		if (paths[f] && strcmp(paths[f], path) == 0)
			return (enum file)f;
	return NONE;
}

static int
new_fd(enum file f, int flags)
{
	for (int i = 0; i < FDS; i++) {
		if (w.fd[i].file != NONE)
			continue;
		w.fd[i].file = f;
		w.fd[i].flags = flags;
		w.fd[i].at = 0;
		return FD_FIRST + i;
	}
	wrong("more than %d descriptors", FDS);
	return fail(EMFILE);
}

static int
open_at(const char *path, int flags)
{
	int fault = called(SITE_openat);
	enum file f = find(path);

	if (fault)
		return fail(fault > 0 ? fault : EIO);
	if (f == NONE)
		return fail(ENOENT);
	if (flags & O_CREAT && !(flags & O_EXCL))
		wrong("%s may be somebody else's", paths[f]);
	if (flags & O_CREAT && exists(f))
		return fail(EEXIST);
	if (flags & O_CREAT)
		set_plain(f, "");
	if (!exists(f))
		return fail(ENOENT);
	if (f == SOCKET && !(flags & O_PATH))
		return fail(ENXIO);
	if (f == XENBUS)
		disconnect();
	return new_fd(f, flags);
}

static int
number(char *out, size_t cap, uint64_t n)
{
	return n == NO_LIMIT ? snprintf(out, cap, "max\n")
			     : snprintf(out, cap, "%" PRIu64 "\n", n);
}

static int
meminfo(char *out, size_t cap)
{
	uint64_t free_kb = above(total(), used());

	return snprintf(out, cap,
	    "MemTotal:       %8" PRIu64 " kB\nMemFree:        %8" PRIu64
	    " kB\nMemAvailable:   %8" PRIu64 " kB\nBuffers:               0 kB\n"
	    "SwapTotal:             0 kB\nSwapFree:              0 kB\n"
	    "AnonPages:      %8" PRIu64 " kB\nShmem:                 0 kB\n"
	    "CommitLimit:    %8" PRIu64 " kB\nCommitted_AS:   %8" PRIu64
	    " kB\nPercpu:              100 kB\n",
	    total(), free_kb, above(free_kb, WATERMARK), w.anon, total() / 2,
	    w.anon + 10000);
}

static int
content(enum file f, char *out, size_t cap)
{
	switch (f) {
	case MEMINFO:
		w.moved = false;
		return meminfo(out, cap);
	case VMSTAT:
		return snprintf(out, cap, "workingset_refault_anon 0\npswpin 0\n"
		    "pswpout 0\npgmajfault 9\noom_kill %" PRIu64 "\n", w.kills);
	case PRESSURE:
		return snprintf(out, cap, "some avg10=0.00 avg60=0.00 "
		    "avg300=0.00 total=%" PRIu64 "\n", w.waited_us);
	case UPTIME: return snprintf(out, cap, "%" PRIu64 ".00 1.00\n",
	    (w.ms + w.gap_ms) / 1000);
	case BOOST: return number(out, cap, w.boost);
	case OVERCOMMIT: return number(out, cap, w.overcommit);
	case SCALE: return number(out, cap, w.scale);
	case MIN_FREE: return number(out, cap, 2048);
	case XEN_TYPE: return snprintf(out, cap, "xen\n");
	case GUEST_TYPE: return snprintf(out, cap, "PV\n");
	case TARGET: return number(out, cap, w.target);
	case CURRENT: return number(out, cap, w.current);
	case LOW: return number(out, cap, WHOLE - w.current);
	case HIGH: return number(out, cap, 0);
	case POPULATED: return snprintf(out, cap, "populated 1\nfrozen 0\n");
	case MEM_HIGH: return number(out, cap, w.high);
	case MEM_CURRENT: return number(out, cap, group_bytes());
	case MEM_EVENTS:
		w.crossed = false;
		return snprintf(out, cap, "low 0\nhigh %" PRIu64
		    "\nmax 0\noom 0\n", w.crossings);
	default:
		memcpy(out, w.plain[f].bytes, w.plain[f].len);
		return (int)w.plain[f].len;
	}
}

static enum file
file_of(int fd)
{
	if (fd < FD_FIRST || fd >= FD_FIRST + FDS ||
	    w.fd[fd - FD_FIRST].file == NONE) {
		if (fd != -1)
			wrong("descriptor %d is not open", fd);
		return NONE;
	}
	return w.fd[fd - FD_FIRST].file;
}

/* What a call on FD is to do, and on which file. */
static int
called_on(int fd, enum site where, enum file *f)
{
	int fault;

	*f = file_of(fd);
	fault = called(where);
	return *f == NONE ? EBADF : fault;
}

/* The result of one that does nothing. */
static int
stopped(int fault)
{
	return fault == FAULT_END ? 0 : fail(fault);
}

ssize_t
__wrap_pread(int fd, void *buf, size_t cap, off_t offset)
{
	char text[4096];
	enum file f;
	int fault = called_on(fd, SITE_pread, &f);
	size_t len;

	if (fault && fault != FAULT_SHORT)
		return stopped(fault);
	if (!exists(f))
		return fail(ENODEV); /* of a group that was removed */
	len = (size_t)content(f, text, sizeof(text));
	if ((size_t)offset >= len)
		return 0;
	len = least(len - (size_t)offset, cap);
	if (fault == FAULT_SHORT)
		len = (len + 1) / 2;
	memcpy(buf, text + offset, len);
	return (ssize_t)len;
}

static uint64_t
value_of(const char *bytes, size_t len)
{
	char text[40];

	snprintf(text, sizeof(text), "%.*s", (int)len, bytes);
	return text[0] == 'm' ? NO_LIMIT : strtoull(text, NULL, 10);
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	enum file f;
	int fault = called_on(fd, SITE_pwrite, &f);

	if (fault)
		return fault == FAULT_SHORT ? (ssize_t)len / 2 : stopped(fault);
	if (!exists(f))
		return fail(ENODEV);
	if (!(w.fd[fd - FD_FIRST].flags & (O_WRONLY | O_RDWR)))
		wrong("a write to %s, opened to read", paths[f]);
	switch (f) {
	case TARGET: write_target(bytes, len); break;
	case BOOST: w.boost = value_of(bytes, len); break;
	case OVERCOMMIT: w.overcommit = value_of(bytes, len); break;
	case SCALE: w.scale = value_of(bytes, len); break;
	case MEM_HIGH:
		w.high = value_of(bytes, len);
		w.moved = true;
		break;
	case PROCS: case OOM_ADJ: break;
	default:
		if ((size_t)offset + len > sizeof(w.plain[f].bytes))
			return fail(ENOSPC);
		memcpy(w.plain[f].bytes + offset, bytes, len);
		w.plain[f].len = (size_t)offset + len;
	}
	return (ssize_t)len;
}

static ssize_t
read_signal(void *buf, size_t cap)
{
	struct signalfd_siginfo info = {0};
	unsigned n = 0;

	if (!w.signals)
		return fail(EAGAIN);
	while (!(w.signals & 1u << n))
		n++;
	w.signals &= ~(1u << n);
	info.ssi_signo = n;
	memcpy(buf, &info, cap < sizeof(info) ? cap : sizeof(info));
	return sizeof(info);
}

ssize_t
__wrap_read(int fd, void *buf, size_t cap)
{
	enum file f;
	int fault = called_on(fd, SITE_read, &f);

	if (fault && fault != FAULT_SHORT)
		return stopped(fault);
	if (f == SIGNALS)
		return read_signal(buf, cap);
	if (f != XENBUS) {
		wrong("read(2) of %s", paths[f]);
		return fail(EINVAL);
	}
	if (!w.out_len)
		return fail(EAGAIN);
	if (fault == FAULT_SHORT)
		cap = 1;
	cap = least(cap, w.out_len);
	memcpy(buf, w.out, cap);
	w.out_len -= cap;
	memmove(w.out, w.out + cap, w.out_len);
	return (ssize_t)cap;
}

/* Of a long life the end is kept. */
static void
say(const char *bytes, size_t len)
{
	int n = snprintf(NULL, 0, "%" PRIu64 " ", w.ms);

	if (len > SAID_MAX / 4)
		return;
	if (verdict->said + len + (size_t)n + 1 > SAID_MAX) {
		verdict->said -= SAID_MAX / 2; /* the older half */
		memmove(verdict->says, verdict->says + SAID_MAX / 2,
		    verdict->said);
	}
	verdict->said += (unsigned)sprintf(
	    verdict->says + verdict->said, "%" PRIu64 " ", w.ms);
	memcpy(verdict->says + verdict->said, bytes, len);
	verdict->said += (unsigned)len;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	int fault = called(SITE_write);
	enum file f;

	if (fault > 0)
		return fail(fault);
	if (fault == FAULT_SHORT)
		len = (len + 1) / 2;
	if (fd == STDERR_FILENO) {
		say(bytes, len);
		return (ssize_t)len;
	}
	f = file_of(fd);
	if (f == XENBUS)
		ask(bytes, len);
	else if (f == PRESSURE)
		w.trigger = true;
	else
		return fail(f == NONE ? EBADF : EINVAL);
	return (ssize_t)len;
}

static bool
is_open(enum file f)
{
	for (unsigned i = 0; i < FDS; i++)
		if (w.fd[i].file == f)
			return true;
	return false;
}

int
__wrap_close(int fd)
{
	enum file f = file_of(fd);

	pass_door(SYS_close, 0);
	if (f == NONE)
		return fail(EBADF);
	w.fd[fd - FD_FIRST].file = NONE;
	if (f == MEM_EVENTS && is_open(MEM_HIGH) && !w.gone &&
	    verdict->hit_ms == UINT64_MAX)
		wrong("deaf to a fence that stands");
	if (f == XENBUS)
		disconnect();
	return 0;
}

int
__wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	enum file a = find(from), b = find(to);
	int fault = called(SITE_renameat);

	(void)from_dir;
	(void)to_dir;
	if (fault)
		return fail(fault > 0 ? fault : EIO);
	if (a == NONE || b == NONE || !exists(a))
		return fail(ENOENT);
	w.plain[b] = w.plain[a];
	w.plain[a].there = false;
	return 0;
}

int
__wrap_unlinkat(int dir, const char *path, int flags)
{
	enum file f = find(path);
	int fault = called(SITE_unlinkat);

	(void)dir;
	(void)flags;
	if (fault)
		return fail(fault > 0 ? fault : EIO);
	if (f == NONE || !exists(f))
		return fail(ENOENT);
	w.plain[f].there = false;
	return 0;
}

/* --- waiting -------------------------------------------------------------- */

static short
happened(const struct pollfd *p)
{
	enum file f = p->fd < 0 ? NONE : file_of(p->fd);
	short now = 0;

	switch (f) {
	case SIGNALS: now = w.signals ? POLLIN : 0; break;
	case XENBUS: now = w.out_len ? POLLIN : 0; break;
	case PRESSURE:
		now = w.pressed ? POLLPRI : 0;
		w.pressed = false;
		break;
	case MEM_EVENTS: /* kernfs_generic_poll(): any event, and one removed */
		now = w.gone || w.crossed ? POLLERR | POLLPRI : 0;
		break;
	default: break;
	}
	return (short)(now & (p->events | POLLERR | POLLHUP));
}

/* What happens to a guest as a whole, counted by its sleeps. */
static void
fate(void)
{
	int how = strike(SITE_gap);

	if (how)
		w.gap_ms += how == EIO ? 3600000 : 86400000;
	w.sleeps++;
	if (strike(SITE_resume) || (w.kind == KIND_DAY && w.sleeps % RESUME == 0)) {
		w.gap_ms += 60000;
		set_target(w.allowed);
		for (unsigned i = 0; i < KEYS; i++) {
			if (w.key[i].watched)
				push_event(i);
			else if (w.key[i].path)
				w.key[i].there &= w.key[i].path[0] != 'd';
		}
	}
	if (strike(SITE_group)) {
		w.gone = true;
		w.high = NO_LIMIT;
	}
}

int
__wrap_ppoll(struct pollfd *p, nfds_t count, const struct timespec *limit,
    const sigset_t *mask)
{
	uint64_t until = w.ms + (uint64_t)limit->tv_sec * 1000 +
	    (uint64_t)limit->tv_nsec / 1000000;
	int fault, ready = 0;

	(void)mask;
	if (p->fd == STDERR_FILENO) {
		pass_door(SYS_ppoll, 0);
		return 1; /* there is room */
	}
	fault = called(SITE_ppoll);
	verdict->begun = true;
	fate();
	if (fault > 0)
		return fail(fault);
	if (fault)
		return 0;
	for (;;) {
		for (nfds_t i = 0; i < count; i++) {
			p[i].revents = happened(&p[i]);
			ready += p[i].revents != 0;
		}
		if (ready || w.ms >= until)
			return ready;
		if (w.ms > w.round_ms + END_MS + 60000) {
			wrong("it does not end");
			_exit(98);
		}
		pass(until);
	}
}

/* --- the other calls ------------------------------------------------------ */

static long
list_groups(int fd, char *buf)
{
	static const char name[] = "work";
	struct dirent *d = (void *)buf;

	if (w.fd[fd - FD_FIRST].at++ || !has_group())
		return 0;
	memset(d, 0, sizeof(*d));
	memcpy(d->d_name, name, sizeof(name));
	d->d_type = DT_DIR;
	d->d_reclen = (unsigned short)(offsetof(struct dirent, d_name) + 8);
	return d->d_reclen;
}

long
__wrap_syscall(long number, long a, long b, long c, long d)
{
	struct timespec *t = (void *)b;
	int fault = 0;

	(void)d;
	pass_door(number, c);
	switch (number) {
	case SYS_openat: return open_at((const char *)b, (int)c);
	case SYS_clock_gettime:
		t->tv_sec = (time_t)((w.ms + w.gap_ms) / 1000);
		t->tv_nsec = (long)((w.ms + w.gap_ms) % 1000 * 1000000);
		if (++w.calls > SPIN_MAX) {
			wrong("it spins");
			_exit(99);
		}
		return 0;
	case SYS_lseek: return fail(ESPIPE); /* standard error is a pipe */
	case SYS_signalfd4: fault = called(SITE_signalfd4); break;
	case SYS_getdents64: fault = called(SITE_getdents64); break;
	case SYS_fcntl: fault = called(SITE_fcntl); break;
	case SYS_socket: fault = called(SITE_socket); break;
	case SYS_rt_sigprocmask: fault = called(SITE_rt_sigprocmask); break;
	case SYS_prctl:
		fault = called(SITE_prctl);
		if (w.kind == KIND_DAY && a != PR_CAPBSET_DROP &&
		    __real_syscall(number, a, b, c, 0L, 0L) < 0)
			return -1;
		w.closed |= w.kind == KIND_DAY && a == PR_SET_SECCOMP;
		break;
	case SYS_sched_getaffinity: return 0; /* not known: one processor */
	case SYS_pipe2: return fail(EMFILE); /* these lives have no keeper */
	case SYS_mlock: fault = called(SITE_mlock); break;
	case SYS_setpriority: fault = called(SITE_setpriority); break;
	case SYS_capget: fault = called(SITE_capget); break;
	case SYS_capset: fault = called(SITE_capset); break;
	default: wrong("system call %ld", number); return fail(ENOSYS);
	}
	if (fault)
		return fail(fault > 0 ? fault : EIO);
	if (number == SYS_signalfd4)
		return new_fd(SIGNALS, O_RDONLY);
	if (number == SYS_getdents64)
		return list_groups((int)a, (char *)b);
	return number == SYS_socket ? new_fd(LINK, O_RDWR) : 0;
}

int
__wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
	int fault = called(SITE_connect);

	(void)to;
	(void)len;
	if (fault)
		return fail(fault > 0 ? fault : ECONNREFUSED);
	disconnect();
	w.fd[fd - FD_FIRST].file = XENBUS;
	return 0;
}

int
__wrap_mlockall(int flags)
{
	int fault = called(SITE_mlockall);

	(void)flags;
	return fault ? fail(fault > 0 ? fault : EIO) : 0;
}

int
__wrap_setpriority(int which, id_t who, int value)
{
	int fault = called(SITE_setpriority);

	(void)which;
	(void)who;
	(void)value;
	return fault ? fail(fault > 0 ? fault : EIO) : 0;
}

/* --- a life --------------------------------------------------------------- */

void
world_begin(enum kind kind)
{
	static const char *const known[] = {
	    "memory/selfballoon", "memory/interval", "memory/downhysteresis",
	    "memory/uphysteresis", "memory/target", "memory/static-max",
	    "data/xenballoon/stat"};

	w.kind = kind;
	w.ms = w.window_ms = 1000;
	w.anon = w.goal = 10000;
	w.current = w.target = WHOLE;
	w.floor = is_2008() ? 157696
				      : OVERHEAD + 16384 + (WHOLE - OVERHEAD) / 32;
	w.high = NO_LIMIT;
	w.boost = 15000;
	w.scale = 10;
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		w.key[i].path = known[i];
	set_key("memory/target", "524288", 6);
	set_key("memory/static-max", "524288", 6);
	configure("");
	if (kind != KIND_AGAIN)
		return;
	/* What one that was killed left. */
	w.current = w.target = 200000;
	w.floor = 75776; /* if nothing tells that it was larger */
	w.high = 50000 * 1024;
	set_plain(FENCE, "work 18446744073709551615\n");
	set_plain(MAXMEM, "467008\n");
}

void
world_end(void)
{
	verdict->kills = (unsigned)w.kills;
	verdict->fence_open = w.high == NO_LIMIT;
	verdict->tuned = w.boost != 15000 || w.overcommit != 0 || w.scale != 10;
	verdict->left = w.plain[FENCE].there;
	if (w.target < w.current)
		wrong("it ends and the guest still shrinks");
}
