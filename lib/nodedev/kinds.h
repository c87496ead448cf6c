/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of buses and capabilities that the node device code goes by. */
#ifndef VPREP_HOST_NODEDEV_KINDS_H
#define VPREP_HOST_NODEDEV_KINDS_H

#include "nodedev/read.h"

/* A folder of links to devices. */
struct vprep_nodedev_bus {
	const char *name; /* the kernel's subsystem */
	const char *folder;
	uint32_t caps; /* what its devices can be */
	/* Every device there is one of these; else those without a DEVTYPE are. */
	bool uniform;
	enum vprep_cap cap; /* VPREP_CAPS: none of them */
};

#define VPREP_NODEDEV_BUSES 14

extern const struct vprep_nodedev_bus vprep_nodedev_buses[VPREP_NODEDEV_BUSES];

struct vprep_nodedev_kind {
	const char *devtype; /* what the kernel calls it; NULL: its bus says it */
	const char *name;    /* instead of bus_sysname */
	bool (*is_listed)(struct vprep_nodedev_reader *r); /* NULL: all */
	const char *(*name_extra)(struct vprep_nodedev_reader *r);
	void (*read)(struct vprep_nodedev_reader *r, struct vprep_nodedev *d);
};

/* Those that stand beneath others only have no reader. */
extern const struct vprep_nodedev_kind vprep_nodedev_kinds[VPREP_CAPS];

#endif
