// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/nodedev.h"

#include <errno.h>
#include <stdlib.h>

#include "common/str.h"

static const char *const cap_names[VPREP_CAPS] = {
	[VPREP_CAP_SYSTEM] = "system",
	[VPREP_CAP_PCI] = "pci",
	[VPREP_CAP_USB_DEVICE] = "usb_device",
	[VPREP_CAP_USB] = "usb",
	[VPREP_CAP_NET] = "net",
	[VPREP_CAP_SCSI_HOST] = "scsi_host",
	[VPREP_CAP_SCSI_TARGET] = "scsi_target",
	[VPREP_CAP_SCSI] = "scsi",
	[VPREP_CAP_STORAGE] = "storage",
	[VPREP_CAP_FC_HOST] = "fc_host",
	[VPREP_CAP_VPORTS] = "vports",
	[VPREP_CAP_SCSI_GENERIC] = "scsi_generic",
	[VPREP_CAP_DRM] = "drm",
	[VPREP_CAP_MDEV_TYPES] = "mdev_types",
	[VPREP_CAP_MDEV] = "mdev",
	[VPREP_CAP_CCW] = "ccw",
	[VPREP_CAP_CSS] = "css",
	[VPREP_CAP_VDPA] = "vdpa",
	[VPREP_CAP_AP_CARD] = "ap_card",
	[VPREP_CAP_AP_QUEUE] = "ap_queue",
	[VPREP_CAP_AP_MATRIX] = "ap_matrix",
	[VPREP_CAP_VPD] = "vpd",
};

static const char *const feature_names[VPREP_NET_FEATURES] = {
	[VPREP_NET_RX] = "rx",
	[VPREP_NET_TX] = "tx",
	[VPREP_NET_SG] = "sg",
	[VPREP_NET_TSO] = "tso",
	[VPREP_NET_GSO] = "gso",
	[VPREP_NET_GRO] = "gro",
	[VPREP_NET_LRO] = "lro",
	[VPREP_NET_RXVLAN] = "rxvlan",
	[VPREP_NET_TXVLAN] = "txvlan",
	[VPREP_NET_NTUPLE] = "ntuple",
	[VPREP_NET_RXHASH] = "rxhash",
	[VPREP_NET_RDMA] = "rdma",
	[VPREP_NET_TXUDPTNL] = "txudptnl",
	[VPREP_NET_SWITCHDEV] = "switchdev",
};

const char *vprep_cap_name(enum vprep_cap cap)
{
	return cap_names[cap];
}

int vprep_cap_parse(const char *name, enum vprep_cap *ret)
{
	int i;

	for (i = 0; i < VPREP_CAPS; i++)
		if (streq(cap_names[i], name)) {
			*ret = (enum vprep_cap)i;
			return 0;
		}
	return -EINVAL;
}

const char *vprep_net_feature_name(enum vprep_net_feature feature)
{
	return feature_names[feature];
}

void vprep_nodedev_free(struct vprep_nodedev *d)
{
	if (!d)
		return;
	vprep_pool_done(&d->pool);
	free(d);
}
