// SPDX-License-Identifier: GPL-2.0-or-later
/* Network interfaces. */
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "io/ask-first.h"
#include "model/pci.h"
#include "nodedev/kind.h"

/* The state in libvirt's words, which are the kernel's; NULL for others. */
static const char *read_state(struct vprep_nodedev_reader *r)
{
	static const char *const states[] = { "unknown", "notpresent",
					      "down",	 "lowerlayerdown",
					      "testing", "dormant",
					      "up" };
	const char *state = vprep_reader_attr(r, "operstate");
	size_t i;

	for (i = 0; state && i < VPREP_ARRAY_SIZE(states); i++)
		if (streq(states[i], state))
			return states[i];
	return NULL;
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	return read_state(r);
}

static const char *name_extra(struct vprep_nodedev_reader *r)
{
	return vprep_reader_attr(r, "address");
}

/* An RDMA device of the same PCI device. */
static bool has_rdma(struct vprep_nodedev_reader *r)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *device = NULL;
	size_t i;

	if (vprep_io_list(r->io, VPREP_SYS, &names, "class/infiniband") < 0 ||
	    vprep_io_link_name(r->io, VPREP_SYS, &device, "%s/device", r->path) < 0)
		return false;
	for (i = 0; names[i]; i++) {
		_cleanup_free_ char *other = NULL;

		if (vprep_io_link_name(r->io, VPREP_SYS, &other,
				       "class/infiniband/%s/device", names[i]) == 0 &&
		    streq(device, other))
			return true;
	}
	return false;
}

/* The PF of a VF, or the card itself, as libvirt's virNetDevSwitchdevFeature() has it. */
static bool is_switchdev(struct vprep_nodedev_reader *r)
{
	_cleanup_free_ char *device = NULL, *pf = NULL;
	struct vprep_pci_address address;

	if (!r->io->live || !r->io->ops->is_switchdev ||
	    vprep_io_link_name(r->io, VPREP_SYS, &device, "%s/device", r->path) < 0)
		return false;
	if (vprep_io_link_name(r->io, VPREP_SYS, &pf, "%s/device/physfn", r->path) < 0)
		pf = TAKE_PTR(device);
	return vprep_pci_address_parse(pf, &address) == 0 &&
	       r->io->ops->is_switchdev(vprep_pci_address_text(address).s) == 1;
}

/* What libvirt asks the network stack for, by its words and in its order. */
static const struct {
	const char *name;
	enum vprep_io_feature feature;		     /* of those that ethtool tells */
	bool (*has)(struct vprep_nodedev_reader *r); /* of the others */
} features[] = {
	{ "rx", VPREP_IO_RXCSUM, NULL },
	{ "tx", VPREP_IO_TXCSUM, NULL },
	{ "sg", VPREP_IO_SG, NULL },
	{ "tso", VPREP_IO_TSO, NULL },
	{ "gso", VPREP_IO_GSO, NULL },
	{ "gro", VPREP_IO_GRO, NULL },
	{ "lro", VPREP_IO_LRO, NULL },
	{ "rxvlan", VPREP_IO_RXVLAN, NULL },
	{ "txvlan", VPREP_IO_TXVLAN, NULL },
	{ "ntuple", VPREP_IO_NTUPLE, NULL },
	{ "rxhash", VPREP_IO_RXHASH, NULL },
	{ "rdma", 0, has_rdma },
	{ "txudptnl", VPREP_IO_TXUDPTNL, NULL },
	{ "switchdev", 0, is_switchdev },
};

static const char *interface_of(struct vprep_nodedev_reader *r)
{
	const char *interface = vprep_udev_kernel(&r->udev, "INTERFACE");

	return interface ? interface : r->sysname;
}

/* What the kernel may never tell. */
struct net_answer {
	uint64_t speed; /* in Mbit/s; 0: it has none */
	bool has[VPREP_ARRAY_SIZE(features)];
};

static void read_answer(struct vprep_nodedev_reader *r, struct net_answer *ret)
{
	const char *state = read_state(r);
	uint64_t speed = 0;
	uint32_t on = 0;
	size_t i;

	/* the kernel keeps the last speed of one that is down, if at all */
	if (state && streq(state, "up"))
		speed = vprep_reader_number(r, "speed", 10, 0);
	ret->speed = speed < UINT32_MAX ? speed : 0;
	if (r->io->live && r->io->ops->net_features)
		r->io->ops->net_features(interface_of(r), &on);
	for (i = 0; i < VPREP_ARRAY_SIZE(features); i++)
		ret->has[i] = features[i].has ? features[i].has(r)
					      : on & 1u << features[i].feature;
}

static int read_in_child(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	struct net_answer answer = { 0 };

	(void)io;
	(void)ret_err;
	read_answer(data, &answer);
	return 0;
}

/* What the kernel does not tell is left out. */
static struct net_answer ask(struct vprep_nodedev_reader *r)
{
	struct net_answer answer = { 0 };

	if (vprep_io_ask_first(r->io, "net", interface_of(r), read_in_child, r) == 0)
		read_answer(r, &answer);
	return answer;
}

/* Six pairs of digits: addresses of tunnels and InfiniBand have another form. */
static bool is_mac(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i >= 17 || (i % 3 == 2 ? text[i] != ':'
					   : !strchr("0123456789abcdefABCDEF", text[i])))
			return false;
	return i == 17;
}

static void emit_net(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e)
{
	const char *address = vprep_reader_attr(r, "address");
	const struct net_answer answer = ask(r);
	const char *state = read_state(r);
	size_t i;

	vprep_emit(e, "interface", vprep_reader_text(r, interface_of(r)));
	if (address && is_mac(address))
		vprep_emit(e, "address", address);
	vprep_emit_open(e, "link");
	if (answer.speed > 0)
		vprep_emit_set(e, "speed", "%u", (unsigned)answer.speed);
	if (state)
		vprep_emit_set(e, "state", "%s", state);
	vprep_emit_close(e);
	for (i = 0; i < VPREP_ARRAY_SIZE(features); i++)
		if (answer.has[i])
			vprep_emit_with(e, "feature", "name", "%s", features[i].name);
	vprep_emit_cap(e, vprep_udev_kernel(&r->udev, "DEVTYPE") ? "80211" : "80203");
	vprep_emit_close(e);
}

static void tell_net(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	const char *state = read_state(r), *address = vprep_reader_attr(r, "address");
	_cleanup_buf_ struct vprep_buf text = { 0 };
	const struct net_answer answer = ask(r);
	size_t i;

	vprep_page_addf(page, "what", "%snetwork interface %s",
			vprep_udev_kernel(&r->udev, "DEVTYPE") ? "wireless " : "",
			vprep_reader_text(r, interface_of(r)));
	vprep_page_add(page, "address", address);
	if (answer.speed > 0)
		vprep_page_addf(page, "link", "%s, %u Mbit/s", state,
				(unsigned)answer.speed);
	else
		vprep_page_add(page, "link", state);
	for (i = 0; i < VPREP_ARRAY_SIZE(features); i++)
		if (answer.has[i])
			vprep_buf_addf(&text, "%s%s", text.len ? " " : "",
				       features[i].name);
	page->lines.failed |= text.failed;
	vprep_page_add(page, "features", text.data);
}

static void add_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	vprep_json_add_string(to, "interface", vprep_reader_text(r, interface_of(r)));
}

const struct vprep_nodedev_kind vprep_nodedev_net = {
	.cap = "net",
	.devtype = "wlan",
	.is_listed = is_listed,
	.name_extra = name_extra,
	.emit = emit_net,
	.tell = tell_net,
	.add_json = add_json,
};
