/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an interface is that was moved out of this network namespace. */
#ifndef VPREP_IN_USE_NETNS_H
#define VPREP_IN_USE_NETNS_H

#include <net/if.h>

#include "io/io.h"

struct vprep_netns_place {
	char interface[IF_NAMESIZE];
	char name[64]; /* of the namespace, as ip-netns(8) has it; "": it has none */
	pid_t pid;     /* one of its processes; 0: named namespaces have been looked at */
};

/* @device: the name in sysfs of the device that the interface is on. -ENOENT: it was not
 * found, which may be because the kernel does not tell (before Linux 5.14). */
int vprep_netns_find(struct vprep_io *io, const char *device,
		     struct vprep_netns_place *ret);

#endif
