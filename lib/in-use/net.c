// SPDX-License-Identifier: GPL-2.0-or-later
/* A network interface that is up with an address or a route, or that carries others. One
 * that was moved to another network namespace does not show here (netns.c). */
#include <errno.h>
#include <linux/if.h>

#include "common/str.h"
#include "io/ask-first.h"
#include "in-use/internal.h"

#define INTERFACES "class/net"

struct route_use {
	size_t n;
	bool has_default;
	size_t n_sessions; /* of PPPoE */
};

struct vprep_net_use {
	const struct vprep_index *index;
	struct route_use *routes; /* in the order of the index */
	struct vprep_io_address *addresses;
	size_t n_addresses;
	bool is_stuck; /* nobody gets an answer about interfaces: no addresses are known */
};

static struct route_use *routes_of(const struct vprep_net_use *net, const char *interface)
{
	const struct vprep_index_entry *entry = vprep_index_find(net->index, interface);

	return entry ? &net->routes[entry - net->index->items] : NULL;
}

static void count_route(const struct vprep_net_use *net, const char *interface,
			bool is_default)
{
	struct route_use *use = routes_of(net, interface);

	if (!use)
		return;
	use->n++;
	use->has_default |= is_default;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ..., numbers in hex. */
static int count_ipv4(struct vprep_in_use *scan, void *data, char *line)
{
	char *fields[8];
	size_t i;

	(void)scan;
	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	if (fields[7])
		count_route(data, fields[0],
			    streq(fields[1], "00000000") && streq(fields[7], "00000000"));
	return 0;
}

/* fe80::/10 and ff00::/8 come with every interface that is up. */
static bool is_automatic(const char *destination)
{
	return strncmp(destination, "ff", 2) == 0 ||
	       (strncmp(destination, "fe", 2) == 0 && destination[2] &&
		strchr("89ab", destination[2]));
}

/* Destination its-length source its-length next-hop metric refcount use flags device. */
static int count_ipv6(struct vprep_in_use *scan, void *data, char *line)
{
	char *fields[10];
	size_t i;

	(void)scan;
	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	if (fields[9] && !is_automatic(fields[0]))
		count_route(data, fields[9], streq(fields[1], "00"));
	return 0;
}

/* Id Address Device. Nothing else tells of them: the session's own interface is on no
 * other one. */
static int count_session(struct vprep_in_use *scan, void *data, char *line)
{
	struct route_use *use;
	char *fields[3];
	size_t i;

	(void)scan;
	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	use = fields[2] ? routes_of(data, fields[2]) : NULL;
	if (use)
		use->n_sessions++;
	return 0;
}

static int load_routes(struct vprep_in_use *scan, struct vprep_net_use *net)
{
	int r = vprep_in_use_table(scan, "net/route", count_ipv4, net);

	/* A router's full table does not fit; its interfaces have addresses anyway. */
	if (r == 0 || r == -EFBIG)
		r = vprep_in_use_table(scan, "net/ipv6_route", count_ipv6, net);
	if (r == 0 || r == -EFBIG)
		r = vprep_in_use_table(scan, "net/pppoe", count_session, net);
	return r == -EFBIG ? 0 : r;
}

/* In a child. The answer is not kept. */
static int ask_addresses(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	_cleanup_free_ struct vprep_io_address *addresses = NULL;
	size_t n;

	(void)data;
	(void)ret_err;
	return io->ops->addresses(io, &addresses, &n);
}

static int load_addresses(struct vprep_in_use *scan, struct vprep_net_use *net)
{
	int r;

	/* A captured tree has no addresses; the ones of this host are not its. */
	if (!scan->io->live || !scan->io->ops->addresses)
		return 0;
	net->is_stuck =
		vprep_io_ask_first(scan->io, "net", "addresses", ask_addresses, NULL) < 0;
	if (net->is_stuck)
		return 0;
	r = scan->io->ops->addresses(scan->io, &net->addresses, &net->n_addresses);
	if (r == 0 && net->addresses && !vprep_pool_take(&scan->pool, net->addresses))
		return -ENOMEM;
	return vprep_in_use_ignore_absent(scan, r);
}

static int load(struct vprep_in_use *scan, const struct vprep_index *index)
{
	struct vprep_net_use *net;
	int r;

	if (scan->net)
		return 0;
	net = vprep_pool_alloc(&scan->pool, 1, sizeof(*net));
	if (!net)
		return -ENOMEM;
	net->index = index;
	net->routes = vprep_pool_alloc(&scan->pool, index->n, sizeof(*net->routes));
	r = net->routes ? load_routes(scan, net) : -ENOMEM;
	if (r == 0)
		r = load_addresses(scan, net);
	if (r == 0)
		scan->net = net;
	return r;
}

static int add_unknown(const char *name, struct vprep_uses *uses)
{
	return vprep_uses_add(
		uses, false,
		vprep_strf("%s is up, and the kernel does not tell its addresses within "
			   "%d s: the configuration of network interfaces is stuck",
			   name, VPREP_ANSWER_SECONDS),
		strdup("see the kernel log"));
}

static int add_traffic(const struct vprep_net_use *net, const char *name,
		       struct vprep_uses *uses)
{
	const struct route_use *routes = routes_of(net, name);
	const struct vprep_io_address *first = NULL;
	_cleanup_free_ char *word = NULL;
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i, n = 0;
	char *what;

	for (i = net->n_addresses; i-- > 0;) {
		if (!streq(net->addresses[i].interface, name))
			continue;
		first = &net->addresses[i];
		n++;
	}
	if (n == 0 && (!routes || routes->n == 0))
		return 0;
	vprep_buf_addf(&buf, "%s is up with ", name);
	if (first)
		vprep_buf_addf(&buf, "address %s", first->text);
	if (n > 1)
		vprep_buf_addf(&buf, " (%zu more)", n - 1);
	if (routes && routes->has_default)
		vprep_buf_addf(&buf, "%sthe default route", first ? ", and " : "");
	else if (!first)
		vprep_buf_addf(&buf, "%zu route%s", routes->n, routes->n > 1 ? "s" : "");
	if (vprep_buf_take(&buf, &what) < 0)
		return -ENOMEM;
	word = vprep_shell_word(name);
	return vprep_uses_add(uses, false, what,
			      word ? vprep_strf("ip link set dev %s down", word) : NULL);
}

static int add_sessions(const struct vprep_net_use *net, const char *name,
			struct vprep_uses *uses)
{
	const struct route_use *use = routes_of(net, name);

	if (!use || use->n_sessions == 0)
		return 0;
	return vprep_uses_add(uses, false,
			      vprep_strf("%s is up and carries %zu PPPoE session%s", name,
					 use->n_sessions, use->n_sessions > 1 ? "s" : ""),
			      strdup("end its pppd"));
}

/* "bond ", "bridge ", "vlan " or "": what the interface says that it is. */
static const char *kind_of(struct vprep_in_use *scan, const char *name)
{
	const char *type = vprep_in_use_uevent(scan, "DEVTYPE", "class/net", name);

	return type ? vprep_pool_strf(&scan->pool, "%s ", type) : "";
}

static int add_master(struct vprep_in_use *scan, const char *name, const char *master,
		      struct vprep_uses *uses)
{
	_cleanup_free_ char *word = vprep_shell_word(name);
	const char *kind = kind_of(scan, master);

	return vprep_uses_add(
		uses, false,
		kind ? vprep_strf("%s belongs to %s%s", name, kind, master) : NULL,
		word ? vprep_strf("ip link set dev %s nomaster", word) : NULL);
}

static int add_upper(struct vprep_in_use *scan, const char *name, const char *upper,
		     struct vprep_uses *uses)
{
	_cleanup_free_ char *word = vprep_shell_word(upper);
	const char *kind = kind_of(scan, upper);

	return vprep_uses_add(
		uses, false,
		kind ? vprep_strf("%s is up and carries %s%s", name, kind, upper) : NULL,
		word ? vprep_strf("ip link delete dev %s", word) : NULL);
}

static int add_uppers(struct vprep_in_use *scan, const char *name, const char *master,
		      struct vprep_uses *uses)
{
	static const char prefix[] = "upper_";
	char **entries;
	size_t i;
	int r;

	r = vprep_in_use_list(scan, &entries, "class/net/%s", name);
	for (i = 0; r == 0 && entries[i]; i++) {
		const char *upper = entries[i] + sizeof(prefix) - 1;

		/* The master is an upper device too, and has been added already. */
		if (strncmp(entries[i], prefix, sizeof(prefix) - 1) == 0 &&
		    !(master && streq(upper, master)))
			r = add_upper(scan, name, upper, uses);
	}
	return r;
}

static int add_interface(struct vprep_in_use *scan, const char *name,
			 struct vprep_uses *uses)
{
	const struct vprep_index *index;
	const char *master;
	uint64_t flags = 0;
	int r;

	r = vprep_in_use_link(scan, VPREP_SYS, &master, "class/net/%s/master", name);
	if (master)
		r = add_master(scan, name, master, uses);
	if (r == 0)
		r = vprep_in_use_number(scan, 16, &flags, "class/net/%s/flags", name);
	if (r < 0 || !(flags & IFF_UP))
		return r;
	r = vprep_in_use_index(scan, INTERFACES, &index);
	if (r == 0)
		r = load(scan, index);
	if (r == 0)
		r = scan->net->is_stuck ? add_unknown(name, uses)
					: add_traffic(scan->net, name, uses);
	if (r == 0)
		r = add_sessions(scan->net, name, uses);
	return r < 0 ? r : add_uppers(scan, name, master, uses);
}

static int find_net(struct vprep_in_use *scan, const struct vprep_place *place,
		    struct vprep_uses *uses)
{
	const struct vprep_index *index;
	size_t i;
	int r = 0;

	if (place->bare) {
		for (i = 0; r == 0 && place->bare->interfaces[i]; i++)
			r = add_interface(scan, place->bare->interfaces[i], uses);
		return r;
	}
	r = vprep_in_use_index(scan, INTERFACES, &index);
	for (i = 0; r == 0 && i < index->n; i++)
		if (vprep_index_entry_is_at(&index->items[i], place))
			r = add_interface(scan, index->items[i].name, uses);
	return r;
}

const struct vprep_in_use_kind vprep_in_use_net = {
	.find_at = find_net,
};
