/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the interfaces are that were moved out of this network namespace. */
#ifndef VPREP_IN_USE_NETNS_H
#define VPREP_IN_USE_NETNS_H

#include <net/if.h>

#include "io/io.h"

struct vprep_netns_place {
	char device[64]; /* that the interface is on, as sysfs names it */
	char interface[IF_NAMESIZE];
	char name[64]; /* of the namespace, as ip-netns(8) has it; "": it has none */
	pid_t pid;     /* one of its processes; 0: the namespace has a name */
};

struct vprep_netns;

/* Looks into all other namespaces, and may take some seconds. NULL: out of memory. */
struct vprep_netns *vprep_netns_look(struct vprep_io *io);
void vprep_netns_free(struct vprep_netns *netns);

/* NULL: it was not found, which may be because the kernel does not tell (before Linux
 * 5.14). */
const struct vprep_netns_place *vprep_netns_find(const struct vprep_netns *netns,
						 const char *device);

#endif
