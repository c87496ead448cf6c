/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces' virtual functions, by rtnetlink; the operations of vprep_io_ops. */
#ifndef VPREP_IO_LINK_H
#define VPREP_IO_LINK_H

#include <linux/netlink.h>
#include <net/if.h>

#include "io/io.h"

/* Sends a request; the kernel has done the work when this returns. The answer is one
 * message, freed with free(); without @ret only an acknowledgement is expected. -EBADMSG:
 * the answer is none; others are the kernel's. */
int vprep_netlink_ask(int protocol, const struct nlmsghdr *request, char **ret,
		      size_t *ret_len);

/* @device: its name in sysfs ("0000:05:10.1", "virtio0"). */
typedef void (*vprep_link_fn)(void *data, const char *device, const char *interface);

/* Calls @found for each interface that is on a device, in the network namespace that this
 * thread is in; for none before Linux 5.14, which does not tell. */
int vprep_links(vprep_link_fn found, void *data);

int vprep_link_get_vf(struct vprep_io *io, const char *interface, unsigned index,
		      struct vprep_io_vf *ret);
int vprep_link_set_vf_mac(struct vprep_io *io, const char *interface, unsigned index,
			  const uint8_t mac[6]);
int vprep_link_set_vf_vlan(struct vprep_io *io, const char *interface, unsigned index,
			   const struct vprep_io_vf *vlan);
int vprep_link_set_vf_setting(struct vprep_io *io, const char *interface, unsigned index,
			      enum vprep_vf_setting setting, uint64_t value);

#endif
