// SPDX-License-Identifier: GPL-2.0-or-later
/* An interface that was moved to another network namespace does not show here at all. */
#include <errno.h>
#include <linux/if.h>

#include "common/str.h"
#include "in-use/internal.h"

struct route_use {
	size_t n;
	bool has_default;
};

struct vprep_net_use {
	const struct vprep_index *index;
	struct route_use *routes; /* in the order of the index */
	struct vprep_io_address *addresses;
	size_t n_addresses;
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
static void count_ipv4(const struct vprep_net_use *net, char *line)
{
	char *fields[8];
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	if (fields[7])
		count_route(net, fields[0],
			    streq(fields[1], "00000000") && streq(fields[7], "00000000"));
}

/* fe80::/10 and ff00::/8 come with every interface that is up. */
static bool is_automatic(const char *destination)
{
	return strncmp(destination, "ff", 2) == 0 ||
	       (strncmp(destination, "fe", 2) == 0 && destination[2] &&
		strchr("89ab", destination[2]));
}

/* Destination its-length source its-length next-hop metric refcount use flags device. */
static void count_ipv6(const struct vprep_net_use *net, char *line)
{
	char *fields[10];
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	if (fields[9] && !is_automatic(fields[0]))
		count_route(net, fields[9], streq(fields[1], "00"));
}

static int load_routes(const struct vprep_io *io, const struct vprep_net_use *net,
		       const char *table,
		       void (*count)(const struct vprep_net_use *, char *))
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r;

	r = vprep_io_read_table(io, VPREP_PROC, &text, "%s", table);
	/* A router's full table does not fit; the addresses tell as much. */
	if (r < 0)
		return r == -EFBIG || vprep_in_use_is_absent(r) ? 0 : r;
	for (rest = text; (line = strsep(&rest, "\n"));)
		count(net, line);
	return 0;
}

void vprep_net_use_free(struct vprep_net_use *net)
{
	if (!net)
		return;
	free(net->routes);
	free(net->addresses);
	free(net);
}

static int load(struct vprep_in_use *scan, const struct vprep_index *index)
{
	struct vprep_io *io = scan->io;
	struct vprep_net_use *net;
	int r;

	if (scan->net)
		return 0;
	net = calloc(1, sizeof(*net));
	if (!net)
		return -ENOMEM;
	net->index = index;
	net->routes = calloc(index->n + 1, sizeof(*net->routes));
	r = net->routes ? load_routes(io, net, "net/route", count_ipv4) : -ENOMEM;
	if (r == 0)
		r = load_routes(io, net, "net/ipv6_route", count_ipv6);
	/* A captured tree has no addresses; the ones of this host are not its. */
	if (r == 0 && io->live && io->ops->addresses)
		r = io->ops->addresses(io, &net->addresses, &net->n_addresses);
	if (r < 0 && !vprep_in_use_is_absent(r)) {
		vprep_net_use_free(net);
		return r;
	}
	scan->net = net;
	return 0;
}

static int tell_traffic(const struct vprep_net_use *net, const char *name,
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

/* "bond ", "bridge ", "vlan " or "": what the interface says that it is. */
static int kind_of(const struct vprep_in_use *scan, const char *name, char **ret)
{
	_cleanup_free_ char *path = vprep_strf("class/net/%s/uevent", name);
	_cleanup_free_ char *type = NULL;
	int r;

	if (!path)
		return -ENOMEM;
	r = vprep_in_use_value(scan, "DEVTYPE", &type, path);
	if (r < 0)
		return r;
	*ret = type ? vprep_strf("%s ", type) : strdup("");
	return *ret ? 0 : -ENOMEM;
}

static int tell_master(struct vprep_in_use *scan, const char *name, const char *master,
		       struct vprep_uses *uses)
{
	_cleanup_free_ char *kind = NULL;
	_cleanup_free_ char *word = vprep_shell_word(name);
	int r = kind_of(scan, master, &kind);

	if (r < 0)
		return r;
	return vprep_uses_add(
		uses, false, vprep_strf("%s belongs to %s%s", name, kind, master),
		word ? vprep_strf("ip link set dev %s nomaster", word) : NULL);
}

static int tell_upper(struct vprep_in_use *scan, const char *name, const char *upper,
		      struct vprep_uses *uses)
{
	_cleanup_free_ char *kind = NULL;
	_cleanup_free_ char *word = vprep_shell_word(upper);
	int r = kind_of(scan, upper, &kind);

	if (r < 0)
		return r;
	return vprep_uses_add(uses, false,
			      vprep_strf("%s is up and carries %s%s", name, kind, upper),
			      word ? vprep_strf("ip link delete dev %s", word) : NULL);
}

static int tell_uppers(struct vprep_in_use *scan, const char *name, const char *master,
		       struct vprep_uses *uses)
{
	static const char prefix[] = "upper_";
	_cleanup_strv_ char **entries = NULL;
	size_t i;
	int r;

	r = vprep_io_list(scan->io, VPREP_SYS, &entries, "class/net/%s", name);
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	for (i = 0; entries[i]; i++) {
		const char *upper = entries[i] + sizeof(prefix) - 1;

		/* A master is an upper device too, and has been told. */
		if (strncmp(entries[i], prefix, sizeof(prefix) - 1) != 0 ||
		    (master && streq(upper, master)))
			continue;
		r = tell_upper(scan, name, upper, uses);
		if (r < 0)
			return r;
	}
	return 0;
}

static int tell_interface(struct vprep_in_use *scan, const char *name,
			  struct vprep_uses *uses)
{
	_cleanup_free_ char *master = NULL;
	uint64_t flags = 0;
	int r;

	r = vprep_io_link_name(scan->io, VPREP_SYS, &master, "class/net/%s/master", name);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	r = master ? tell_master(scan, name, master, uses) : 0;
	if (r < 0)
		return r;
	r = vprep_io_read_u64(scan->io, VPREP_SYS, 16, &flags, "class/net/%s/flags",
			      name);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	if (!(flags & IFF_UP))
		return 0;
	r = load(scan, &scan->index[VPREP_INDEX_NET]);
	if (r == 0)
		r = tell_traffic(scan->net, name, uses);
	return r < 0 ? r : tell_uppers(scan, name, master, uses);
}

int vprep_in_use_net(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, VPREP_INDEX_NET, &index);
	for (i = 0; r == 0 && i < index->n; i++)
		if (vprep_index_entry_is_on(&index->items[i], device))
			r = tell_interface(scan, index->items[i].name, uses);
	return r;
}
