// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * I1  Open nodes are found by the links in /proc/PID/fd. No node is opened: that of a
 *     group opens only once, and a probe could keep a guest from starting.
 * I2  A process may end meanwhile, or be hidden from us: what cannot be read is left out.
 */
#include "host/holders.h"

#include <errno.h>
#include <limits.h>

#include "common/str.h"
#include "host/process.h"

/* The systemd scopes that stand for a guest or a container. */
static const struct {
	const char *prefix;
	size_t keep;   /* how much of the prefix is part of the short name */
	size_t id_max; /* container ids are long; their tools show 12 digits */
} scopes[] = {
	{ "machine-", 0, SIZE_MAX }, { "docker-", 7, 12 },	    { "libpod-", 7, 12 },
	{ "crio-", 5, 12 },	     { "cri-containerd-", 15, 12 },
};

void vprep_holders_done(struct vprep_holders *holders)
{
	vprep_pool_done(&holders->pool);
	*holders = (struct vprep_holders){ 0 };
}

/* The part below /dev of an open file's name; the mark of a removed node is cut off. */
static const char *node_of(char *target, const char *const *prefixes)
{
	static const char deleted[] = " (deleted)";
	const char *node = vprep_io_below_dev(target);
	size_t len = strlen(target);

	if (!node)
		return NULL;
	if (len >= sizeof(deleted) &&
	    streq(target + len - (sizeof(deleted) - 1), deleted))
		target[len - (sizeof(deleted) - 1)] = '\0';
	for (; *prefixes; prefixes++)
		if (strncmp(node, *prefixes, strlen(*prefixes)) == 0)
			return node;
	return NULL;
}

static int open_nodes(const struct vprep_io *io, const char *pid,
		      const char *const *prefixes, char ***ret)
{
	_cleanup_strv_ char **fds = NULL;
	_cleanup_strv_ char **nodes = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_PROC, &fds, "%s/fd", pid);
	if (r < 0 && !vprep_process_is_out_of_sight(r))
		return r;
	for (i = 0; fds && fds[i]; i++) {
		_cleanup_free_ char *target = NULL;
		const char *node;

		r = vprep_io_readlink(io, VPREP_PROC, &target, "%s/fd/%s", pid, fds[i]);
		if (r < 0 && vprep_process_is_out_of_sight(r))
			continue;
		if (r < 0)
			return r;
		node = node_of(target, prefixes);
		if (node && !vprep_strv_has(nodes, node) &&
		    vprep_strv_add(&nodes, node) < 0)
			return -ENOMEM;
	}
	*ret = TAKE_PTR(nodes);
	return 0;
}

/* The next option of QEMU's "a,b=c,,d", cut out in place; ",," is a comma in a value. */
static char *next_option(char **rest)
{
	char *start = *rest, *from = start, *to = start;

	if (!start)
		return NULL;
	while (*from && (*from != ',' || from[1] == ',')) {
		from += *from == ',';
		*to++ = *from++;
	}
	*rest = *from ? from + 1 : NULL;
	*to = '\0';
	return start;
}

/* "guest=NAME,debug-threads=on", or "NAME" as its first option; NULL without either. */
static const char *guest_of_name(char *value)
{
	static const char key[] = "guest=";
	const char *option, *first = value;
	char *rest = value;

	while ((option = next_option(&rest))) {
		if (strncmp(option, key, sizeof(key) - 1) == 0)
			return option + sizeof(key) - 1;
		if (option == first && *option && !strchr(option, '='))
			return option;
	}
	return NULL;
}

static void name_from_arguments(struct vprep_holder *holder, char *arguments, size_t len)
{
	char *end = arguments + len, *arg = arguments;
	const char *slash = strrchr(arguments, '/'), *guest;
	bool is_name = false;

	if (*arguments)
		holder->command = slash ? slash + 1 : arguments;
	for (; arg < end; arg += strlen(arg) + 1) {
		guest = is_name ? guest_of_name(arg) : NULL;
		if (guest && *guest) {
			holder->guest = guest;
			return;
		}
		is_name = streq(arg, "-name") || streq(arg, "--name");
	}
}

/* systemd's escapes in unit names: "\x2d" is a dash. In place. */
static void unescape_unit(char *s)
{
	uint64_t c;
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && s[2] && s[3] &&
		    vprep_parse_u64_n(s + 2, 2, 16, 0xff, &c) == 0 && c != 0) {
			*to++ = (char)c;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* The short name of a guest's or a container's scope, in place; NULL for other units. */
static const char *name_of_scope(char *unit)
{
	char *dot = strrchr(unit, '.');
	size_t i, len;

	if (!dot || !streq(dot, ".scope"))
		return NULL;
	*dot = '\0';
	for (i = 0; i < VPREP_ARRAY_SIZE(scopes); i++) {
		len = strlen(scopes[i].prefix);
		if (strncmp(unit, scopes[i].prefix, len) != 0)
			continue;
		if (strlen(unit + len) > scopes[i].id_max)
			unit[len + scopes[i].id_max] = '\0';
		unescape_unit(unit);
		return unit + len - scopes[i].keep;
	}
	return NULL;
}

/* A small file of a process, in the pool; *@ret is NULL for what cannot be read. */
static int read_file(const struct vprep_io *io, struct vprep_pool *pool, const char *pid,
		     const char *name, char **ret)
{
	char *text = NULL;
	int r = vprep_io_read(io, VPREP_PROC, &text, "%s/%s", pid, name);

	*ret = r == 0 ? vprep_pool_take(pool, text) : NULL;
	if (r == -ENOMEM || pool->failed)
		return -ENOMEM;
	return r == -EIO ? r : 0;
}

static int describe(const struct vprep_io *io, struct vprep_pool *pool, const char *pid,
		    struct vprep_holder *holder)
{
	char *arguments, *text, *rest, *unit;
	size_t len;
	int r;

	r = vprep_process_arguments(io, pid, &arguments, &len);
	if (r < 0)
		return r;
	if (!vprep_pool_take(pool, arguments))
		return -ENOMEM;
	name_from_arguments(holder, arguments, len);
	r = holder->guest ? 0 : read_file(io, pool, pid, "cgroup", &rest);
	while (r == 0 && !holder->guest && (unit = strsep(&rest, "/\n")))
		holder->guest = name_of_scope(unit);
	if (r < 0 || holder->command)
		return r;
	r = read_file(io, pool, pid, "comm", &text);
	holder->command = text ? text : "?";
	return r;
}

static int scan_process(const struct vprep_io *io, const char *name,
			const char *const *prefixes, struct vprep_holders *holders)
{
	struct vprep_pool *pool = &holders->pool;
	struct vprep_holder holder = { 0 };
	char **nodes = NULL;
	uint64_t pid;
	size_t i;
	int r;

	if (vprep_parse_u64(name, 10, INT_MAX, &pid) < 0)
		return 0;
	r = open_nodes(io, name, prefixes, &nodes);
	if (r < 0 || !nodes)
		return r;
	vprep_pool_take_list(pool, nodes);
	holder.pid = (pid_t)pid;
	r = pool->failed ? -ENOMEM : describe(io, pool, name, &holder);
	for (i = 0; r == 0 && nodes[i]; i++) {
		holders->items = vprep_pool_grow(pool, holders->items, holders->n,
						 sizeof(*holders->items));
		if (!holders->items)
			return -ENOMEM;
		holder.node = nodes[i];
		holders->items[holders->n++] = holder;
	}
	return r;
}

static int compare_holders(const void *a, const void *b)
{
	const struct vprep_holder *x = a, *y = b;
	int order = strcmp(x->node, y->node);

	return order ? order : (x->pid > y->pid) - (x->pid < y->pid);
}

int vprep_holders_scan_any(const struct vprep_io *io, const char *const *prefixes,
			   struct vprep_holders *ret)
{
	_cleanup_(vprep_holders_done) struct vprep_holders holders = { 0 };
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_PROC, &names, ".");
	if (r < 0 && !vprep_process_is_out_of_sight(r))
		return r;
	for (i = 0; names && names[i]; i++) {
		r = scan_process(io, names[i], prefixes, &holders);
		if (r < 0)
			return r;
	}
	if (holders.n > 1)
		qsort(holders.items, holders.n, sizeof(*holders.items), compare_holders);
	*ret = holders;
	holders = (struct vprep_holders){ 0 };
	return 0;
}

int vprep_holders_scan(const struct vprep_io *io, const char *prefix,
		       struct vprep_holders *ret)
{
	const char *const prefixes[] = { prefix, NULL };

	return vprep_holders_scan_any(io, prefixes, ret);
}

char *vprep_holder_text(const struct vprep_holder *holder)
{
	const char *command = holder->command ? holder->command : "?";
	char *text;

	text = holder->guest ? vprep_strf("pid %d (%s, guest %s)", (int)holder->pid,
					  command, holder->guest)
			     : vprep_strf("pid %d (%s)", (int)holder->pid, command);
	if (text)
		vprep_str_make_printable(text);
	return text;
}
