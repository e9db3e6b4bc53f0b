/* SPDX-License-Identifier: 0BSD */
/*
 * peer: a small xenstored on a socket, for machines without Xen, that can
 * fail in every way that a client must survive
 *
 * usage: peer [-go] [-d DOMID] [-f FAULT] [-l LOG] [-c FIFO] SOCKET
 *        [KEY=VALUE...]
 *   -d  every client is domain DOMID (1): relative keys are below its path,
 *       quota and permissions are those that xl gives it; 0 may do anything
 *   -g  the guest may write all below its path, as under other toolstacks
 *   -o  a list is one message however long, and never comes in parts: as
 *       oxenstored has it on its socket
 *   -l  a line for each request: type, path, and the value of a write
 *   -c  commands, a line each: set KEY VALUE | rm KEY | fault FAULT |
 *       storm COUNT | drop
 *
 * FAULT is WORD[=VALUE][@N]; with @N only the N-th request of a connection
 * meets it.
 *   none         silent     nothing goes out; what is due comes when it ends
 *   hang=N       N bytes of the reply now, the rest when the fault ends
 *   hangup=N     N bytes of the reply, then the end of the connection
 *   slow         a byte in a millisecond
 *   split        odd pieces that know nothing of messages
 *   join         the reply in one piece with an event and a stale reply
 *   early        a watch's first event comes before its OK, as from Linux
 *   wrong-id     the reply names another request
 *   oversize=N   the reply says that N bytes follow; they never come
 *   error=NAME   the request is refused
 *   storm=N      N events before the reply
 *   flood        events without end
 *   no-watch     watches are refused, as where the quota of them is full
 *
 * Transactions are none of its business: ENOSYS, where Xen has them.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	DIRECTORY = 1, READ, GET_PERMS, WATCH, UNWATCH,
	WRITE = 11, MKDIR, RM,
	EVENT = 15, ERROR,
	DIRECTORY_PART = 22,
};

#define PAYLOAD_MAX 4096
#define LIST_MAX (1 << 19) /* bytes of all names in one node */
#define ABS_PATH_MAX 3072
#define REL_PATH_MAX 2048
#define NODES 16384
#define CLIENTS 32
#define WATCHES 128
#define OUT_MAX (1 << 20)
/* What a node takes besides its value, with one permission: Xen 4.17. */
#define NODE_HEAD 32
#define NODE_MAX 2048

struct header {
	uint32_t type, req_id, tx_id, len;
};

static struct node {
	bool used;
	char path[ABS_PATH_MAX + 1];
	char value[PAYLOAD_MAX];
	size_t len;
} nodes[NODES];
static unsigned nodes_end; /* none is used from here on */
static unsigned long generation; /* of the list of nodes */

struct watch {
	bool used;
	bool relative;
	char path[ABS_PATH_MAX + 1];
	char token[64];
};

static struct client {
	int fd;
	bool closing; /* when all is out */
	unsigned long requests;
	struct header request;
	char in[sizeof(struct header) + PAYLOAD_MAX];
	size_t in_len;
	size_t pass; /* bytes that may go out: less than all is a hang */
	size_t out_len;
	char out[OUT_MAX];
	struct watch watches[WATCHES];
} clients[CLIENTS];

enum kind {
	NONE, SILENT, HANG, HANGUP, SLOW, SPLIT, JOIN, EARLY, WRONG_ID,
	OVERSIZE, REFUSE, STORM, FLOOD, NO_WATCH, KINDS
};

static const char *const words[KINDS] = {
    "none", "silent", "hang", "hangup", "slow", "split", "join", "early",
    "wrong-id", "oversize", "error", "storm", "flood", "no-watch"};

static struct fault {
	enum kind kind;
	unsigned long n;
	char name[16];
	unsigned long at;
} fault;

static unsigned domid = 1;
static bool granted, oxenstored;
static char home[32]; /* /local/domain/DOMID */
static FILE *logged;
static int control = -1;

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- output --------------------------------------------------------------- */

static void
hang_up(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

/* The first `part` bytes of a message; a client that never reads is gone. */
static void
queue(struct client *c, struct header h, const void *bytes, size_t part)
{
	static char whole[sizeof(h) + LIST_MAX];
	size_t len = sizeof(h) + h.len;

	if (len > part)
		len = part;
	memcpy(whole, &h, sizeof(h));
	if (len > sizeof(h))
		memcpy(whole + sizeof(h), bytes, len - sizeof(h));
	if (c->closing)
		return;
	if (c->out_len + len > OUT_MAX) {
		c->closing = true;
		return;
	}
	memcpy(c->out + c->out_len, whole, len);
	c->out_len += len;
}

static void
queue_event(struct client *c, const char *path, const char *token)
{
	char bytes[PAYLOAD_MAX];
	size_t a = strlen(path) + 1, b = strlen(token) + 1;
	struct header h = {.type = EVENT, .len = (uint32_t)(a + b)};

	memcpy(bytes, path, a);
	memcpy(bytes + a, token, b);
	queue(c, h, bytes, SIZE_MAX);
}

static void
queue_storm(struct client *c, unsigned long count)
{
	for (unsigned long i = 0; i < count; i++) {
		struct watch *w = &c->watches[i % WATCHES];
		const char *path = w->path;

		if (w->used && w->relative)
			path += strlen(home) + 1;
		queue_event(c, w->used ? path : "nothing",
		    w->used ? w->token : "nobody");
	}
}

static bool
hit(const struct client *c, enum kind kind)
{
	return fault.kind == kind && (!fault.at || fault.at == c->requests);
}

static void
reply(struct client *c, uint32_t type, const void *bytes, size_t len)
{
	struct header h = {type, c->request.req_id, c->request.tx_id,
	    (uint32_t)len};
	struct header other = h;
	size_t part = SIZE_MAX;

	other.req_id ^= 0x40000000;
	if (hit(c, STORM))
		queue_storm(c, fault.n ? fault.n : 5000);
	if (hit(c, HANG))
		c->pass = c->out_len + fault.n;
	if (hit(c, HANGUP))
		part = fault.n;
	if (hit(c, OVERSIZE)) {
		h.len = fault.n ? (uint32_t)fault.n : UINT32_MAX;
		part = sizeof(h);
	}
	if (hit(c, JOIN)) {
		queue_event(c, "nothing", "nobody");
		queue(c, other, bytes, SIZE_MAX);
	}
	queue(c, hit(c, WRONG_ID) ? other : h, bytes, part);
	c->closing |= hit(c, HANGUP);
	if (hit(c, JOIN))
		queue_event(c, "nothing", "nobody");
}

static void
refuse(struct client *c, const char *name)
{
	reply(c, ERROR, name, strlen(name) + 1);
}

static void
acknowledge(struct client *c)
{
	reply(c, c->request.type, "OK", 3);
}

static uint64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* How much may go out at once; 0: not now. */
static size_t
portion(const struct client *c)
{
	static unsigned turn;
	size_t most = c->out_len < c->pass ? c->out_len : c->pass;

	if (fault.kind == SILENT && !fault.at)
		return 0;
	if (fault.kind == SLOW && most > 1)
		return 1;
	if (fault.kind == SPLIT && most > 1 + turn % 23)
		return 1 + turn++ % 23;
	return most;
}

static bool
paced(void)
{
	return fault.kind == SLOW || fault.kind == SPLIT;
}

static void
flush(struct client *c)
{
	size_t most = portion(c);
	ssize_t n;

	if (most) {
		n = send(c->fd, c->out, most, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			c->closing = true, c->out_len = 0;
		if (n > 0) {
			c->out_len -= (size_t)n;
			memmove(c->out, c->out + n, c->out_len);
			c->pass -= c->pass == SIZE_MAX ? 0 : (size_t)n;
		}
	}
	if (c->closing && !c->out_len)
		hang_up(c);
}

/* --- the store ------------------------------------------------------------ */

static bool
is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strcmp(top, "/") == 0 ||
	    (strncmp(path, top, len) == 0 &&
		(path[len] == '/' || path[len] == '\0'));
}

/* A key as a whole path; false: a character or a length that may not be. */
static bool
whole_path(const char *key, char *out)
{
	size_t len = strlen(key);
	bool relative = key[0] != '/' && key[0] != '@';

	if (!len || len > (relative ? REL_PATH_MAX : ABS_PATH_MAX) ||
	    strstr(key, "//") || (len > 1 && key[len - 1] == '/'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)key[i]) && !strchr("-/_@", key[i]))
			return false;
	out[0] = '\0';
	if (relative)
		strcat(strcpy(out, home), "/");
	strcat(out, key);
	return true;
}

static bool
may_read(const char *path)
{
	return domid == 0 || is_below(path, home);
}

static bool
may_write(const char *path)
{
	static const char *const open_to_guests[] = {"data", "drivers",
	    "feature", "attr", "error", "control/shutdown"};
	char top[64];

	if (domid == 0 || (granted && is_below(path, home)))
		return true;
	for (unsigned i = 0; i < 6; i++) {
		snprintf(top, sizeof(top), "%s/%s", home, open_to_guests[i]);
		if (is_below(path, top))
			return true;
	}
	return false;
}

static struct node *
find(const char *path)
{
	for (unsigned i = 0; i < nodes_end; i++)
		if (nodes[i].used && strcmp(nodes[i].path, path) == 0)
			return &nodes[i];
	return NULL;
}

static bool
parent_of(const char *path, char *out)
{
	char *slash;

	strcpy(out, path);
	slash = strrchr(out, '/');
	if (!slash || !slash[1])
		return false;
	slash[slash == out] = '\0';
	return true;
}

/* The node, made if need be with those above it; NULL: no room. */
static struct node *
make(const char *path)
{
	char parent[ABS_PATH_MAX + 1];
	struct node *n = find(path);

	if (n)
		return n;
	if (parent_of(path, parent) && !make(parent))
		return NULL;
	for (unsigned i = 0; i < NODES; i++)
		if (!nodes[i].used) {
			nodes[i].used = true;
			nodes[i].len = 0;
			generation++;
			if (i == nodes_end)
				nodes_end++;
			strcpy(nodes[i].path, path);
			return &nodes[i];
		}
	return NULL;
}

static void
show(struct client *c, const struct watch *w, const char *path)
{
	queue_event(
	    c, w->relative ? path + strlen(home) + 1 : path, w->token);
}

/* Tells who watches `path`; exact: but not who watches what is above it. */
static void
fire(const char *path, bool exact)
{
	for (unsigned i = 0; i < CLIENTS * WATCHES; i++) {
		struct client *c = &clients[i / WATCHES];
		struct watch *w = &c->watches[i % WATCHES];

		if (c->fd >= 0 && w->used &&
		    (exact ? strcmp(path, w->path) == 0
			   : is_below(path, w->path)))
			show(c, w, path);
	}
}

static void
drop(const char *path)
{
	generation++;
	for (unsigned i = 0; i < nodes_end; i++)
		if (nodes[i].used && is_below(nodes[i].path, path)) {
			nodes[i].used = false;
			if (strcmp(nodes[i].path, path) != 0)
				fire(nodes[i].path, true);
		}
	fire(path, false);
}

/* The names below `path`, each with its NUL; more than `cap`: cut. */
static size_t
names(const char *path, char *out, size_t cap)
{
	size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path), have = 0;

	for (unsigned i = 0; i < nodes_end; i++) {
		const char *p = nodes[i].path;
		size_t size;

		if (!nodes[i].used || strncmp(p, path, len) != 0 ||
		    p[len] != '/' || !p[len + 1] || strchr(p + len + 1, '/'))
			continue;
		size = strlen(p + len + 1) + 1;
		if (have + size <= cap)
			memcpy(out + have, p + len + 1, size);
		have += size;
	}
	return have;
}

static void
put(const char *path, const char *value, size_t len)
{
	struct node *n = make(path);

	if (!n)
		die("too many keys");
	memcpy(n->value, value, len);
	n->len = len;
}

/* --- requests ------------------------------------------------------------- */

static void
do_read(struct client *c, const char *path)
{
	struct node *n = find(path);

	if (n)
		reply(c, READ, n->value, n->len);
	else
		refuse(c, "ENOENT");
}

static void
do_directory(struct client *c, const char *path)
{
	static char list[LIST_MAX];
	size_t len = names(path, list, sizeof(list));

	if (!find(path))
		refuse(c, "ENOENT");
	else if (len > (oxenstored ? sizeof(list) : PAYLOAD_MAX))
		refuse(c, "E2BIG");
	else
		reply(c, DIRECTORY, list, len);
}

/* As many whole names from `offset` on as fit; one NUL more ends the list. */
static void
do_directory_part(struct client *c, const char *path, const char *offset)
{
	static char all[LIST_MAX];
	char part[PAYLOAD_MAX];
	size_t len = names(path, all, sizeof(all));
	size_t at = strtoul(offset, NULL, 10), size;
	size_t have = (size_t)snprintf(
	    part, sizeof(part), "%lu", generation) + 1;

	if (!find(path) || at > len) {
		refuse(c, find(path) ? "EINVAL" : "ENOENT");
		return;
	}
	while (at < len && (size = strlen(all + at) + 1) &&
	    have + size < sizeof(part)) {
		memcpy(part + have, all + at, size);
		have += size;
		at += size;
	}
	if (at == len)
		part[have++] = '\0';
	reply(c, DIRECTORY_PART, part, have);
}

static void
do_get_perms(struct client *c, const char *path)
{
	char list[64];
	int len;

	if (may_write(path))
		len = snprintf(list, sizeof(list), "n%u", domid);
	else
		len = snprintf(list, sizeof(list), "n0%cr%u", '\0', domid);
	if (find(path))
		reply(c, GET_PERMS, list, (size_t)len + 1);
	else
		refuse(c, "ENOENT");
}

static void
do_write(struct client *c, const char *path, const char *value, size_t len)
{
	static char list[PAYLOAD_MAX];
	size_t size = NODE_HEAD + len + names(path, list, sizeof(list));
	struct node *n;

	if ((domid && size >= NODE_MAX) || !(n = make(path))) {
		refuse(c, "ENOSPC");
		return;
	}
	memcpy(n->value, value, len);
	n->len = len;
	acknowledge(c);
	fire(path, false);
}

static void
do_mkdir(struct client *c, const char *path)
{
	bool there = find(path) != NULL;

	if (!make(path)) {
		refuse(c, "ENOSPC");
		return;
	}
	acknowledge(c);
	if (!there)
		fire(path, false);
}

static void
do_rm(struct client *c, const char *path)
{
	char parent[ABS_PATH_MAX + 1];

	if (strcmp(path, "/") == 0)
		refuse(c, "EINVAL");
	else if (find(path)) {
		acknowledge(c);
		drop(path);
	} else if (parent_of(path, parent) && find(parent))
		acknowledge(c);
	else
		refuse(c, "ENOENT");
}

static struct watch *
find_watch(struct client *c, const char *path, const char *token)
{
	for (unsigned i = 0; i < WATCHES; i++) {
		struct watch *w = &c->watches[i];

		if (path ? w->used && strcmp(w->path, path) == 0 &&
			    strcmp(w->token, token) == 0
			 : !w->used)
			return w;
	}
	return NULL;
}

static void
do_watch(struct client *c, const char *key, const char *path,
    const char *token)
{
	struct watch *w = find_watch(c, NULL, NULL);

	if (find_watch(c, path, token))
		refuse(c, "EEXIST");
	else if (!w || hit(c, NO_WATCH))
		refuse(c, "E2BIG"); /* ENOSPC from Xen 4.22 on */
	else {
		w->used = true;
		w->relative = key[0] != '/' && key[0] != '@';
		strcpy(w->path, path);
		snprintf(w->token, sizeof(w->token), "%s", token);
		if (hit(c, EARLY))
			show(c, w, path);
		acknowledge(c);
		if (!hit(c, EARLY))
			show(c, w, path);
	}
}

static void
do_unwatch(struct client *c, const char *path, const char *token)
{
	struct watch *w = find_watch(c, path, token);

	if (w) {
		w->used = false;
		acknowledge(c);
	} else
		refuse(c, "ENOENT");
}

/* Whether the payload is as many strings as its type wants. */
static bool
well_formed(uint32_t type, const char *bytes, size_t len)
{
	unsigned nuls = 0;

	for (size_t i = 0; i < len; i++)
		nuls += bytes[i] == '\0';
	if (type == WRITE)
		return nuls >= 1;
	return len && bytes[len - 1] == '\0' &&
	    nuls == (type == WATCH || type == UNWATCH ||
			type == DIRECTORY_PART ? 2 : 1);
}

static void
dispatch(struct client *c, const char *bytes, size_t len, const char *path)
{
	const char *rest = bytes + strlen(bytes) + 1;
	uint32_t type = c->request.type;
	bool changes = type == WRITE || type == MKDIR || type == RM;

	/* Anyone may watch anything: it fires for those who may read. */
	if (type == WATCH)
		do_watch(c, bytes, path, rest);
	else if (type == UNWATCH)
		do_unwatch(c, path, rest);
	else if (changes ? !may_write(path) : !may_read(path))
		refuse(c, "EACCES");
	else if (type == READ)
		do_read(c, path);
	else if (type == DIRECTORY)
		do_directory(c, path);
	else if (type == DIRECTORY_PART)
		do_directory_part(c, path, rest);
	else if (type == GET_PERMS)
		do_get_perms(c, path);
	else if (type == WRITE)
		do_write(c, path, rest, len - (size_t)(rest - bytes));
	else if (type == MKDIR)
		do_mkdir(c, path);
	else
		do_rm(c, path);
}

static void
record(uint32_t type, const char *bytes, size_t len)
{
	size_t key = strnlen(bytes, len);
	size_t rest = key < len ? len - key - 1 : 0;

	if (!logged)
		return;
	fprintf(logged, "%u %.*s ", type, (int)key, bytes);
	for (size_t i = 0; i < rest && i < 500; i++) {
		unsigned char byte = (unsigned char)bytes[key + 1 + i];

		fputc(isprint(byte) ? byte : '?', logged);
	}
	fputc('\n', logged);
	fflush(logged);
}

static void
serve(struct client *c, const char *bytes, size_t len)
{
	static const bool known[] = {[DIRECTORY] = true, [READ] = true,
	    [GET_PERMS] = true, [WATCH] = true, [UNWATCH] = true,
	    [WRITE] = true, [MKDIR] = true, [RM] = true,
	    [DIRECTORY_PART] = true};
	static char path[ABS_PATH_MAX + 1];
	uint32_t type = c->request.type;

	c->requests++;
	record(type, bytes, len);
	if (hit(c, REFUSE))
		refuse(c, fault.name);
	else if (type >= sizeof(known) || !known[type] ||
	    (oxenstored && type == DIRECTORY_PART))
		refuse(c, "ENOSYS");
	else if (!well_formed(type, bytes, len) || !whole_path(bytes, path))
		refuse(c, "EINVAL");
	else
		dispatch(c, bytes, len, path);
}

static void
receive(struct client *c)
{
	ssize_t n = recv(
	    c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
	size_t at = 0, size;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			hang_up(c);
		return;
	}
	c->in_len += (size_t)n;
	while (c->fd >= 0 && !c->closing &&
	    c->in_len - at >= sizeof(struct header)) {
		memcpy(&c->request, c->in + at, sizeof(struct header));
		if (c->request.len > PAYLOAD_MAX) {
			hang_up(c);
			return;
		}
		size = sizeof(struct header) + c->request.len;
		if (c->in_len - at < size)
			break;
		serve(c, c->in + at + sizeof(struct header), c->request.len);
		at += size;
	}
	c->in_len -= at;
	memmove(c->in, c->in + at, c->in_len);
}

/* --- commands, and the loop ----------------------------------------------- */

static bool
set_fault(const char *text)
{
	struct fault f = {NONE, 0, "", 0};
	char word[16] = "", value[16] = "";
	const char *at = strchr(text, '@');

	f.at = at ? strtoul(at + 1, NULL, 10) : 0;
	if (sscanf(text, "%15[^=@]=%15[^@]", word, value) < 1)
		return false;
	while (f.kind < KINDS && strcmp(words[f.kind], word) != 0)
		f.kind++;
	if (f.kind == KINDS)
		return false;
	f.n = strtoul(value, NULL, 10);
	strcpy(f.name, value);
	fault = f;
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].pass = SIZE_MAX;
	return true;
}

static void
command(char *line)
{
	char path[ABS_PATH_MAX + 1];
	char *verb = strtok(line, " "), *key = strtok(NULL, " ");
	char *value = strtok(NULL, "");
	bool good = verb && key && whole_path(key, path);

	if (verb && strcmp(verb, "drop") == 0) {
		for (unsigned i = 0; i < CLIENTS; i++)
			if (clients[i].fd >= 0)
				hang_up(&clients[i]);
	} else if (good && strcmp(verb, "set") == 0) {
		put(path, value ? value : "", value ? strlen(value) : 0);
		fire(path, false);
	} else if (good && strcmp(verb, "rm") == 0) {
		drop(path);
	} else if (key && strcmp(verb, "storm") == 0) {
		for (unsigned i = 0; i < CLIENTS; i++)
			if (clients[i].fd >= 0)
				queue_storm(
				    &clients[i], strtoul(key, NULL, 10));
	} else if (!key || strcmp(verb, "fault") != 0 || !set_fault(key))
		fprintf(stderr, "peer: what is %s?\n", verb ? verb : "this");
}

/*
 * Looked at before any client is served, whatever poll(2) said: what was
 * told here comes before a request that was sent after it.
 */
static void
take_commands(void)
{
	static char line[1024];
	static size_t len;

	while (control >= 0 && read(control, line + len, 1) == 1) {
		if (line[len] == '\n') {
			line[len] = '\0';
			len = 0;
			command(line);
		} else if (len < sizeof(line) - 1)
			len++;
	}
}

static void
welcome(int listener)
{
	int fd = accept4(
	    listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	for (unsigned i = 0; fd >= 0 && i < CLIENTS; i++)
		if (clients[i].fd < 0) {
			memset(clients[i].watches, 0,
			    sizeof(clients[i].watches));
			clients[i].fd = fd;
			clients[i].closing = false;
			clients[i].requests = 0;
			clients[i].in_len = clients[i].out_len = 0;
			clients[i].pass = SIZE_MAX;
			return;
		}
	if (fd >= 0)
		close(fd);
}

/* The descriptors to wait for, and how long. */
static int
prepare(struct pollfd *p, int listener)
{
	int ms = -1;

	p[0] = (struct pollfd){listener, POLLIN, 0};
	p[1] = (struct pollfd){control, POLLIN, 0};
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->fd >= 0 && fault.kind == FLOOD && c->out_len < 4096)
			queue_storm(c, WATCHES);
		p[i + 2] = (struct pollfd){c->fd, POLLIN, 0};
		if (c->fd < 0 || !(portion(c) || c->closing))
			continue;
		if (paced())
			ms = 1;
		else
			p[i + 2].events |= POLLOUT;
	}
	return ms;
}

static void
run(int listener)
{
	struct pollfd p[CLIENTS + 2];
	uint64_t last = 0;

	for (;;) {
		int ms = prepare(p, listener);
		bool turn;

		if (poll(p, CLIENTS + 2, ms) < 0 && errno != EINTR)
			die("poll");
		take_commands();
		turn = !paced() || clock_ms() != last;
		last = clock_ms();
		for (unsigned i = 0; i < CLIENTS; i++) {
			struct client *c = &clients[i];

			if (c->fd >= 0 && p[i + 2].fd == c->fd &&
			    p[i + 2].revents & (POLLIN | POLLHUP | POLLERR))
				receive(c);
			if (c->fd >= 0 && turn)
				flush(c);
		}
		if (p[0].revents)
			welcome(listener);
	}
}

/* From its own folder: a socket's path must be short. */
static int
listen_at(char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char *dir = strdup(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !dir || chdir(dirname(dir)) < 0)
		die(path);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", basename(path));
	unlink(a.sun_path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, CLIENTS) < 0)
		die(path);
	free(dir);
	return fd;
}

static void
plant(int argc, char **argv)
{
	char path[ABS_PATH_MAX + 1], number[16];

	snprintf(home, sizeof(home), "/local/domain/%u", domid);
	snprintf(number, sizeof(number), "%u", domid);
	whole_path("domid", path);
	put(path, number, strlen(number));
	whole_path("data", path);
	put(path, "", 0);
	whole_path("memory", path);
	put(path, "", 0);
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value)
			*value++ = '\0';
		if (!value || !whole_path(argv[i], path))
			die(argv[i]);
		put(path, value, strlen(value));
	}
}

static void
option(int letter, const char *word)
{
	switch (letter) {
	case 'g': granted = true; break;
	case 'o': oxenstored = true; break;
	case 'd': domid = (unsigned)strtoul(word, NULL, 10); break;
	case 'f':
		if (!set_fault(word))
			die(word);
		break;
	case 'l':
		logged = fopen(word, "we");
		if (!logged)
			die(word);
		break;
	case 'c':
		if (mkfifo(word, 0600) < 0 && errno != EEXIST)
			die(word);
		/* Both ways: it never ends, whoever writes to it. */
		control = open(word, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (control < 0)
			die(word);
		break;
	default:
		fputs("usage: peer [-go] [-d DOMID] [-f FAULT] [-l LOG] "
		      "[-c FIFO] SOCKET [KEY=VALUE...]\n", stderr);
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	int letter, listener;

	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	while ((letter = getopt(argc, argv, "god:f:l:c:")) != -1)
		option(letter, optarg);
	if (optind >= argc)
		option('?', NULL);
	plant(argc - optind - 1, argv + optind + 1);
	listener = listen_at(argv[optind]);
	if (logged) {
		fputs("ready\n", logged);
		fflush(logged);
	}
	run(listener);
}
