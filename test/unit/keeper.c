/* SPDX-License-Identifier: 0BSD */
/* link: platform/file platform/text */
/*
 * The daemon's side of the keeper: what it makes of children that die in any
 * order, of a pipe that is full and of a keeper that is gone. Those here are
 * children that wait to be killed.
 */
#include "../../platform/keeper.c"

#include "../lib/tap.h"
#include "cgroup.h"

bool
process_lock_pages(void)
{
	return true;
}

bool
cgroup_leave(void)
{
	return true;
}

void
sandbox_enter(unsigned needs, bool verbose)
{
	(void)needs;
	(void)verbose;
}

int
proc_own_file(const char *name, int flags)
{
	(void)name;
	return open("/dev/null", flags);
}

static pid_t
child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

/* Until it is dead; it is not waited for. */
static void
end(pid_t pid)
{
	siginfo_t info;

	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
}

static struct keeper k;
static struct keeper_news news;
static int orders, armed; /* the keeper's ends */

static void
set_up(void)
{
	int order[2], arm[2];

	if (pipe2(order, O_NONBLOCK) < 0 || pipe2(arm, O_NONBLOCK) < 0)
		_exit(2);
	k = (struct keeper){
	    .pid = child(), .order_fd = order[1], .armed_fd = arm[0]};
	orders = order[0];
	armed = arm[1];
}

static void
take_down(void)
{
	pid_t keeper = k.pid;

	if (keeper)
		end(keeper);
	keeper_reap(&k, &news);
	close(orders);
	close(armed);
}

static void
arm(pid_t pid)
{
	if (write(armed, &pid, sizeof(pid)) != sizeof(pid))
		_exit(2);
}

static void
test_canary(void)
{
	pid_t pid;

	set_up();
	keeper_order(&k, 2, 128, false);
	pid = child();
	arm(pid);
	keeper_reap(&k, &news);
	OK(k.standing == 1 && k.ordered == 1, "armed: it stands");
	end(pid);
	keeper_reap(&k, &news);
	OK(news.killed == 1 && k.standing == 0 && k.ordered == 1,
	    "killed: it is counted");
	pid = child();
	arm(pid);
	end(pid);
	keeper_reap(&k, &news);
	OK(news.killed == 1 && k.standing == 0 && k.ordered == 0,
	    "armed and killed before a look: counted once");
	keeper_order(&k, 1, 128, false);
	end(child());
	keeper_reap(&k, &news);
	OK(news.killed == 1 && k.ordered == 0,
	    "killed before it was armed: counted");
	take_down();
}

/* A shell that starts something and executes the daemon leaves it a child. */
static void
test_stranger(void)
{
	set_up();
	end(child());
	keeper_reap(&k, &news);
	OK(news.killed == 0, "another child that is killed is no canary");
	take_down();
}

static void
test_lost(void)
{
	pid_t pid = child();

	set_up();
	keeper_order(&k, 3, 128, false);
	arm(pid);
	end(k.pid);
	keeper_reap(&k, &news);
	OK(news.lost && !k.pid, "keeper: it is gone");
	OK(k.standing == 1, "keeper: who had armed itself still stands");
	OK(k.ordered == 0, "keeper: no one is waited for any more");
	OK(k.armed_fd == -1 && k.order_fd == -1,
	    "keeper: its pipes wake nobody any more");
	OK(!keeper_order(&k, 1, 128, false), "keeper: nor is it asked");
	end(pid);
	keeper_reap(&k, &news);
	OK(news.killed == 1 && k.standing == 0 && !news.lost,
	    "keeper: its canaries' deaths are seen");
	take_down();
}

static void
test_full(void)
{
	struct keeper_memo memo = {.ceiling_kb = 1};
	struct order o;

	set_up();
	while (keeper_tell(&k, &memo))
		memo.ceiling_kb++;
	OK(k.memo.ceiling_kb == memo.ceiling_kb - 1,
	    "pipe full: what was not sent is not taken for sent");
	while (read(orders, &o, sizeof(o)) == sizeof(o))
		;
	OK(o.memo.ceiling_kb == memo.ceiling_kb - 1, "pipe full: none is cut");
	OK(keeper_tell(&k, &memo) &&
		read(orders, &o, sizeof(o)) == sizeof(o) &&
		o.memo.ceiling_kb == memo.ceiling_kb,
	    "pipe full: later it is sent");
	take_down();
}

int
main(void)
{
	test_canary();
	test_stranger();
	test_lost();
	test_full();
	return tap_end();
}
