/* SPDX-License-Identifier: 0BSD */
/*
 * load: makes a guest need memory, in the ways that programs do
 *
 *	load anon MB RATE [STEP_MB=4] [HOLD_S=2]
 *	load map MB
 *	load reserve MB TOUCH_MB HOLD_S
 *	load tmpfs DIR MB RATE
 *	load read FILE SECONDS
 *	load warm FILE MB
 *	load mlock MB HOLD_S
 *	load populate MB HOLD_S
 *	load bigread FILE MB HOLD_S
 *	load bigwrite DIR MB
 *	load forks N
 *	load par N MB RATE
 *	load mix [Nx]LOAD,ARGUMENT,... ...
 *	load slow STORE REAL RATE [LOOK_MS=2]
 *	load watch CURRENT
 *
 * mlock, populate, bigread and bigwrite take all of it in one system call.
 * warm reads the first MB of a file. mix runs several loads at once, N copies
 * of each, e.g. 2xanon,100,0 mlock,60,1. slow is no load but a slow balloon:
 * the daemon writes its target to STORE, a plain file that is mounted where
 * the driver's was, and the driver's, REAL, follows: down at once, up by RATE.
 * watch looks, until SIGTERM, how fast the size in the file CURRENT rises.
 *
 * RATE is in MB/s, 0 is flat out. One line of KEY=VALUE on stdout; exit 0
 * done, 1 the system refused, 100 wrong usage. Killed: neither; by SIGALRM
 * after $LOAD_LIMIT seconds, if that is set.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MB (1024L * 1024)

enum { TOUCH_STEP = 4096, STEP_MB = 4, HOLD_S = 2 };
enum { MIX_ARGS = 8, MIX_TEXT = 128 };
/* As a fast burst takes 1 MB; to look is some tens of microseconds. */
enum { SLOW_STEP_MS = 2, WATCH_MS = 100 };

/* A schedule of steps, and how far the worst one fell behind it. */
struct pace {
	long start_ms;
	long due_ms;
	long step_ms;
	long max_stall_ms;
};

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (ms > 0 && nanosleep(&t, &t) == -1 && errno == EINTR)
		;
}

static void
refused(const char *what)
{
	printf("load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
usage(void)
{
	fputs("usage: load anon MB RATE [STEP_MB] [HOLD_S] | map MB |\n"
	    "\treserve MB TOUCH_MB HOLD_S | tmpfs DIR MB RATE |\n"
	    "\tread FILE SECONDS | warm FILE MB | mlock MB HOLD_S |\n"
	    "\tpopulate MB HOLD_S | bigread FILE MB HOLD_S |\n"
	    "\tbigwrite DIR MB | forks N | par N MB RATE |\n"
	    "\tmix [Nx]LOAD,ARGUMENT,... ... | watch CURRENT |\n"
	    "\tslow STORE REAL RATE [LOOK_MS]\n", stderr);
	exit(100);
}

/* The number ARG, or fallback where the argument is left out. */
static long
number(const char *arg, long fallback)
{
	char *end;
	long n;

	if (!arg)
		return fallback;
	errno = 0;
	n = strtol(arg, &end, 10);
	if (errno || *end || end == arg || n < 0 || n > INT_MAX)
		usage();
	return n;
}

static void
pace_start(struct pace *p, long step_mb, long rate_mb_s)
{
	p->start_ms = p->due_ms = now_ms();
	p->step_ms = rate_mb_s ? step_mb * 1000 / rate_mb_s : 0;
	p->max_stall_ms = 0;
}

/*
 * After a step: wait until it should have ended. A late one moves the
 * schedule, so one stall is not counted again in the steps behind it.
 */
static void
pace_step(struct pace *p)
{
	long late_ms;

	p->due_ms += p->step_ms;
	late_ms = now_ms() - p->due_ms;
	if (late_ms > p->max_stall_ms)
		p->max_stall_ms = late_ms;
	if (late_ms > 0)
		p->due_ms += late_ms;
	else
		sleep_ms(-late_ms);
}

static void
pace_print(const struct pace *p, const char *what, long mb)
{
	printf("load: %s MB=%ld took_ms=%ld max_stall_ms=%ld\n", what, mb,
	    now_ms() - p->start_ms, p->max_stall_ms);
	fflush(stdout);
}

static char *
map_with(long mb, int flags)
{
	char *at;

	at = mmap(NULL, mb * MB, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	if (at == MAP_FAILED)
		refused("mmap");
	return at;
}

static char *
map_mb(long mb)
{
	return map_with(mb, 0);
}

/* Each page gets other bytes: nothing can merge or squeeze them to none. */
static void
touch_mb(char *at, long mb)
{
	static unsigned long seed = 1;
	long i;

	for (i = 0; i < mb * MB; i += TOUCH_STEP) {
		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		memcpy(at + i, &seed, sizeof(seed));
	}
}

static void
anon_mb(long mb, long rate_mb_s, long step_mb, long hold_s)
{
	struct pace p;
	long done, step;

	if (step_mb == 0)
		usage();
	pace_start(&p, step_mb, rate_mb_s);
	for (done = 0; done < mb; done += step) {
		step = mb - done < step_mb ? mb - done : step_mb;
		touch_mb(map_mb(step), step);
		pace_step(&p);
	}
	pace_print(&p, "anon", mb);
	sleep_ms(hold_s * 1000);
}

static void
anon(char **arg)
{
	long step_mb = number(arg[2], STEP_MB);

	anon_mb(number(arg[0], 0), number(arg[1], 0), step_mb,
	    arg[2] ? number(arg[3], HOLD_S) : HOLD_S);
}

static void
map(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0);

	pace_start(&p, mb, 0);
	touch_mb(map_mb(mb), mb);
	pace_step(&p);
	pace_print(&p, "map", mb);
}

static void
reserve(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0), touch = number(arg[1], 0);

	if (touch > mb)
		usage();
	pace_start(&p, touch, 0);
	touch_mb(map_mb(mb), touch);
	pace_step(&p);
	pace_print(&p, "reserve", mb);
	sleep_ms(number(arg[2], 0) * 1000);
}

static void
write_mb(int fd)
{
	static char buf[64 * 1024];
	long left;
	ssize_t n;

	for (left = MB; left > 0; left -= n) {
		n = write(fd, buf, left < (long)sizeof(buf) ? left :
		    (long)sizeof(buf));
		if (n == -1)
			refused("write");
	}
}

/* The file stays: the test removes it when it wants the memory back. */
static int
new_file(const char *dir)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/load.%ld", dir,
	    (long)getpid()) >= (int)sizeof(path))
		usage();
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1)
		refused(path);
	return fd;
}

static void
tmpfs(char **arg)
{
	struct pace p;
	long i, mb = number(arg[1], 0);
	int fd = new_file(arg[0]);

	pace_start(&p, 1, number(arg[2], 0));
	for (i = 0; i < mb; i++) {
		write_mb(fd);
		pace_step(&p);
	}
	pace_print(&p, "tmpfs", mb);
}

static long
read_once(const char *path)
{
	static char buf[64 * 1024];
	long total = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd == -1)
		refused(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		total += n;
	if (n == -1)
		refused(path);
	close(fd);
	return total;
}

static void
read_file(char **arg)
{
	long start_ms = now_ms(), end_ms, took_ms, bytes = 0;

	/* The last to close a block device drops what is cached of it. */
	if (open(arg[0], O_RDONLY) == -1)
		refused(arg[0]);
	end_ms = start_ms + number(arg[1], 0) * 1000;
	do
		bytes += read_once(arg[0]);
	while (now_ms() < end_ms);
	took_ms = now_ms() - start_ms + 1;
	printf("load: read MB=%ld took_ms=%ld MB_s=%ld\n", bytes / MB,
	    took_ms, bytes / 1024 * 1000 / took_ms / 1024);
}

/* Nothing is kept open: of a block device somebody else must hold it. */
static void
warm(char **arg)
{
	static char buf[64 * 1024];
	struct pace p;
	long left, mb = number(arg[1], 0);
	ssize_t n = 1;
	int fd = open(arg[0], O_RDONLY);

	if (fd == -1)
		refused(arg[0]);
	pace_start(&p, mb, 0);
	for (left = mb * MB; left > 0 && n > 0; left -= n)
		n = read(fd, buf, sizeof(buf));
	if (n == -1)
		refused(arg[0]);
	pace_print(&p, "warm", mb);
}

static void
lock(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0);

	pace_start(&p, mb, 0);
	if (mlock(map_mb(mb), mb * MB) == -1)
		refused("mlock");
	pace_step(&p);
	pace_print(&p, "mlock", mb);
	sleep_ms(number(arg[1], 0) * 1000);
}

static void
populate(char **arg)
{
	struct pace p;
	long mb = number(arg[0], 0);

	pace_start(&p, mb, 0);
	map_with(mb, MAP_POPULATE);
	pace_step(&p);
	pace_print(&p, "populate", mb);
	sleep_ms(number(arg[1], 0) * 1000);
}

/* One call, unless the kernel ends it early. */
static void
big_read(char **arg)
{
	struct pace p;
	long done = 0, calls = 0, mb = number(arg[1], 0);
	char *at = map_mb(mb);
	ssize_t n = 1;
	int fd = open(arg[0], O_RDONLY);

	if (fd == -1)
		refused(arg[0]);
	pace_start(&p, mb, 0);
	for (; done < mb * MB && n > 0; done += n, calls++)
		n = read(fd, at + done, mb * MB - done);
	if (n <= 0)
		refused(arg[0]);
	pace_step(&p);
	pace_print(&p, calls == 1 ? "bigread" : "bigread-in-parts", mb);
	sleep_ms(number(arg[2], 0) * 1000);
}

/* What is written is memory never touched: it takes only page tables. */
static void
big_write(char **arg)
{
	struct pace p;
	long done = 0, calls = 0, mb = number(arg[1], 0);
	char *at = map_mb(mb);
	ssize_t n;
	int fd = new_file(arg[0]);

	pace_start(&p, mb, 0);
	for (; done < mb * MB; done += n, calls++) {
		n = write(fd, at + done, mb * MB - done);
		if (n == -1)
			refused("write");
	}
	pace_step(&p);
	pace_print(&p, calls == 1 ? "bigwrite" : "bigwrite-in-parts", mb);
}

/* The number of children that did not exit with 0. */
static long
reap(long n)
{
	long failed = 0;
	int status;

	while (n-- > 0)
		if (wait(&status) == -1 || status != 0)
			failed++;
	return failed;
}

static void
forks(char **arg)
{
	long start_ms = now_ms(), i, n = number(arg[0], 0);
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid == -1)
			refused("fork");
		if (pid == 0)
			_exit(0);
		reap(1);
	}
	printf("load: forks n=%ld took_ms=%ld\n", n, now_ms() - start_ms);
}

/* 0 in the child, which does not outlive us. */
static pid_t
fork_child(void)
{
	pid_t pid = fork();

	if (pid == -1)
		refused("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* A child that is killed is counted; the line comes all the same. */
static void
par(char **arg)
{
	long start_ms = now_ms(), i, n = number(arg[0], 0), failed;
	long mb = number(arg[1], 0), rate_mb_s = number(arg[2], 0);

	for (i = 0; i < n; i++) {
		if (fork_child() == 0) {
			anon_mb(mb, rate_mb_s, STEP_MB, HOLD_S);
			exit(0);
		}
	}
	failed = reap(n);
	printf("load: par n=%ld MB=%ld failed=%ld took_ms=%ld\n", n, mb,
	    failed, now_ms() - start_ms);
	exit(failed ? 1 : 0);
}

static void run_load(char **word, int count);

/* "anon,100,0", cut at its commas */
static void
run_item(const char *item)
{
	char text[MIX_TEXT];
	char *word[MIX_ARGS + 1] = { NULL };
	int count = 0;

	if (snprintf(text, sizeof(text), "%s", item) >= (int)sizeof(text))
		usage();
	for (char *at = strtok(text, ","); at; at = strtok(NULL, ",")) {
		if (count == MIX_ARGS)
			usage();
		word[count++] = at;
	}
	run_load(word, count);
}

static void
mix(char **arg)
{
	long start_ms = now_ms(), n = 0, failed;

	for (; *arg; arg++) {
		char *item = *arg;
		long copies = strtol(item, &item, 10);

		if (item == *arg)
			copies = 1;
		else if (*item++ != 'x')
			usage();
		for (; copies > 0; copies--, n++) {
			if (fork_child() == 0) {
				run_item(item);
				exit(0);
			}
		}
	}
	failed = reap(n);
	/* How long each took is its own line's: this has what they hold too. */
	printf("load: mix n=%ld failed=%ld total_ms=%ld\n", n, failed,
	    now_ms() - start_ms);
	exit(failed ? 1 : 0);
}

static long
read_kb(int fd)
{
	char text[32] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ?
	    strtol(text, NULL, 10) : 0;
}

static void
write_kb(int fd, long kb)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%ld", kb);

	if (pwrite(fd, text, len, 0) != len)
		refused("slow: target");
}

/* The burst must neither take its time nor its memory, nor its life. */
static void
protect(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd == -1 || write(fd, "-1000", 5) != 5)
		refused("oom_score_adj");
	close(fd);
	if (setpriority(PRIO_PROCESS, 0, -20) == -1)
		refused("setpriority");
	if (mlockall(MCL_CURRENT | MCL_FUTURE) == -1)
		refused("mlockall");
}

static void
slow(char **arg)
{
	long rate_mb_s = number(arg[2], 0), kb, wanted_kb, before_kb;
	long was_ms = now_ms(), ms, look_ms = number(arg[3], SLOW_STEP_MS);
	int store = open(arg[0], O_RDONLY), real = open(arg[1], O_RDWR);

	if (store == -1 || real == -1)
		refused(store == -1 ? arg[0] : arg[1]);
	protect();
	kb = read_kb(real);
	for (;; sleep_ms(look_ms)) {
		ms = now_ms() - was_ms;
		was_ms += ms;
		before_kb = kb;
		wanted_kb = read_kb(store);
		if (wanted_kb > kb + rate_mb_s * 1024 * ms / 1000)
			kb += rate_mb_s * 1024 * ms / 1000;
		else if (wanted_kb != 0)
			kb = wanted_kb;
		if (kb != before_kb)
			write_kb(real, kb);
	}
}

static volatile sig_atomic_t ended;

static void
on_end(int signal)
{
	(void)signal;
	ended = 1;
}

struct size_at {
	long ms, kb;
};

static long
kb_per_s(const struct size_at *from, const struct size_at *to)
{
	return to->ms > from->ms ?
	    (to->kb - from->kb) * 1000 / (to->ms - from->ms) : 0;
}

/* The best of all stretches of WATCH_MS: bursts wait between two of them. */
static void
watch(char **arg)
{
	static struct size_at past[WATCH_MS / SLOW_STEP_MS];
	struct size_at now, *then;
	long i, first_kb, most_kb = 0, best_kb_s = 0;
	int fd = open(arg[0], O_RDONLY);

	if (fd == -1)
		refused(arg[0]);
	protect();
	signal(SIGTERM, on_end);
	first_kb = read_kb(fd);
	for (i = 0; !ended; i++, sleep_ms(SLOW_STEP_MS)) {
		then = &past[i % (WATCH_MS / SLOW_STEP_MS)];
		now = (struct size_at){ now_ms(), read_kb(fd) };
		if (now.kb > most_kb)
			most_kb = now.kb;
		if (then->ms && kb_per_s(then, &now) > best_kb_s)
			best_kb_s = kb_per_s(then, &now);
		*then = now;
	}
	printf("load: watch grew_MB=%ld best_MB_s=%ld\n",
	    (most_kb - first_kb) / 1024, best_kb_s / 1024);
}

static const struct {
	const char *name;
	int min_args;
	int max_args;
	void (*run)(char **arg);
} loads[] = {
	{ "anon", 2, 4, anon },
	{ "map", 1, 1, map },
	{ "reserve", 3, 3, reserve },
	{ "tmpfs", 3, 3, tmpfs },
	{ "read", 2, 2, read_file },
	{ "warm", 2, 2, warm },
	{ "mlock", 2, 2, lock },
	{ "populate", 2, 2, populate },
	{ "bigread", 3, 3, big_read },
	{ "bigwrite", 2, 2, big_write },
	{ "forks", 1, 1, forks },
	{ "par", 3, 3, par },
	{ "mix", 1, MIX_ARGS, mix },
	{ "slow", 3, 4, slow },
	{ "watch", 1, 1, watch },
};

/* Its name and its arguments, `count` words and a NULL. */
static void
run_load(char **word, int count)
{
	size_t i;

	for (i = 0; count > 0 && i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (strcmp(word[0], loads[i].name) != 0)
			continue;
		if (count - 1 < loads[i].min_args ||
		    count - 1 > loads[i].max_args)
			usage();
		loads[i].run(word + 1);
		return;
	}
	usage();
}

int
main(int argc, char **argv)
{
	if (getenv("LOAD_LIMIT"))
		alarm(number(getenv("LOAD_LIMIT"), 0));
	run_load(argv + 1, argc - 1);
	return 0;
}
