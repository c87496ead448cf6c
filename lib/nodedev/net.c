// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/read.h"

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

bool vprep_is_listed_net(struct vprep_nodedev_reader *r)
{
	return read_state(r);
}

const char *vprep_name_extra_net(struct vprep_nodedev_reader *r)
{
	return vprep_reader_attr(r, "address");
}

/* An RDMA device of the same PCI device. */
static bool has_rdma(struct vprep_nodedev_reader *r)
{
	_cleanup_strv_ char **names = NULL;
	const char *device = vprep_reader_link(r, "device");
	size_t i;

	if (!device || vprep_io_list(r->io, VPREP_SYS, &names, "class/infiniband") < 0)
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

static uint32_t read_features(struct vprep_nodedev_reader *r, const char *interface)
{
	static const struct {
		enum vprep_io_feature from;
		enum vprep_net_feature to;
	} features[] = {
		{ VPREP_IO_RXCSUM, VPREP_NET_RX },
		{ VPREP_IO_TXCSUM, VPREP_NET_TX },
		{ VPREP_IO_SG, VPREP_NET_SG },
		{ VPREP_IO_TSO, VPREP_NET_TSO },
		{ VPREP_IO_GSO, VPREP_NET_GSO },
		{ VPREP_IO_GRO, VPREP_NET_GRO },
		{ VPREP_IO_LRO, VPREP_NET_LRO },
		{ VPREP_IO_RXVLAN, VPREP_NET_RXVLAN },
		{ VPREP_IO_TXVLAN, VPREP_NET_TXVLAN },
		{ VPREP_IO_NTUPLE, VPREP_NET_NTUPLE },
		{ VPREP_IO_RXHASH, VPREP_NET_RXHASH },
		{ VPREP_IO_TXUDPTNL, VPREP_NET_TXUDPTNL },
	};
	uint32_t on = 0, ret = 0;
	size_t i;

	if (r->io->live && r->io->ops->net_features)
		r->io->ops->net_features(interface, &on);
	for (i = 0; i < VPREP_ARRAY_SIZE(features); i++)
		if (on & 1u << features[i].from)
			ret |= 1u << features[i].to;
	if (has_rdma(r))
		ret |= 1u << VPREP_NET_RDMA;
	return ret;
}

void vprep_read_net(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_net_node *net = &d->net;
	const char *interface = vprep_udev_kernel(&r->udev, "INTERFACE");
	uint64_t speed = 0;

	net->interface = vprep_reader_text(r, interface ? interface : r->sysname);
	net->address = vprep_reader_attr(r, "address");
	net->state = read_state(r);
	net->wireless = vprep_udev_kernel(&r->udev, "DEVTYPE");
	/* the kernel keeps the last speed of one that is down, if at all */
	if (net->state && streq(net->state, "up"))
		speed = vprep_reader_number(r, "speed", 10, 0);
	net->speed = speed < UINT32_MAX ? (unsigned)speed : 0;
	net->features = read_features(r, interface ? interface : r->sysname);
}
