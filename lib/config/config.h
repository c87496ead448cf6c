/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/vfio-prep.conf, and the files NAME.conf that are read after it.
 *
 * I1  A later file wins, key by key; lists add up.
 */
#ifndef VPREP_CONFIG_H
#define VPREP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "io/io.h"
#include "model/match.h"
#include "model/mdev.h"
#include "model/pci.h"
#include "model/uuid.h"
#include "vfio-prep.h"

enum vprep_deadline {
	VPREP_DEADLINE_BIND,
	VPREP_DEADLINE_UNBIND,
	VPREP_DEADLINE_MODULE,
	VPREP_DEADLINE_NODE,
	VPREP_DEADLINE_MDEV,
	VPREP_DEADLINE_NUMVFS,
	VPREP_DEADLINES,
};

/* Which devices of a domain are prepared. */
enum vprep_prepare_which {
	VPREP_PREPARE_ALL,
	VPREP_PREPARE_MANAGED,	 /* of the PCI devices those with managed='yes' */
	VPREP_PREPARE_UNMANAGED, /* or 'no' */
	VPREP_PREPARE_NONE,
	VPREP_PREPARE_WHICHES,
};

/* [mdev.UUID]: how one that does not exist is made. */
struct vprep_config_mdev {
	char *file; /* that has it first */
	struct vprep_uuid uuid;
	struct vprep_mdev_definition definition;
	char *params; /* NVIDIA's */
};

/* A line that says what the device at an address must be. */
struct vprep_config_match {
	struct vprep_match match;
	char *text;
	char *file; /* that says so, and on which line */
	unsigned line;
};

/* [device ADDRESS]: what the device there must be, and how it is to be while it is
 * attached. Values are as the kernel shows them; NULL: as they are. */
struct vprep_config_device {
	struct vprep_pci_address address;
	struct vprep_config_match *matches; /* alternatives; none: any device */
	size_t n_matches;
	char *d3cold;	     /* "1": it may be powered off as a whole */
	char *power_control; /* "on": it stays powered; "auto" */
	char *reset_method;  /* names in the order of trying; "": it is not reset */
};

struct vprep_config {
	const struct vprep_io *io; /* of the host whose it is; NULL: of this machine */
	char *path;		   /* of the main file, which need not be there */
	char **files;		   /* all that were read, in this order */
	const char *file;	   /* that is being read */
	unsigned line;		   /* likewise */
	char *user;		   /* NULL: the distribution's QEMU user */
	char *group;		   /* NULL: the user's */
	char *iommu_group; /* that may open /dev/iommu; NULL: others decide that */
	unsigned mode;
	enum vprep_group_policy policy;
	enum vprep_prepare_which prepare;
	char *rules_dir;
	char **declared_dirs; /* with what the administrator declared, first one first */
	unsigned deadlines[VPREP_DEADLINES]; /* seconds */
	bool deadline_set[VPREP_DEADLINES];  /* by its own key */
	unsigned parallel;
	char **serial_drivers;
	char **metadata_users; /* "USER[:GROUP]": whom else a domain's metadata may name */
	struct vprep_pci_address *deny;
	size_t n_deny;
	struct vprep_config_mdev *mdevs;
	size_t n_mdevs;
	struct vprep_config_device *devices;
	size_t n_devices;
};

/* That file of this machine alone. -ENOENT: it is not there; -EINVAL: what it says is
 * malformed, with file and line. */
int vprep_config_read(const char *path, struct vprep_config **ret,
		      struct vprep_error *err);
/* The host's own files, none of which need be there. @io outlives what it gives. */
int vprep_config_read_host(const struct vprep_io *io, struct vprep_config **ret,
			   struct vprep_error *err);
void vprep_config_free(struct vprep_config *config);
DEFINE_CLEANUP(struct vprep_config, vprep_config_free);

/* What is in effect, defaults too: "KEY=VALUE KEY=VALUE…". */
void vprep_config_show(const struct vprep_config *config, struct vprep_buf *to);
/* The @nth of the other sections that the file has: "[NAME] KEY=VALUE…". False: it has
 * fewer. */
bool vprep_config_show_section(const struct vprep_config *config, size_t nth,
			       struct vprep_buf *to);

/* An octal file mode up to 0777. -EINVAL. */
int vprep_config_parse_mode(const char *text, unsigned *ret);

/* NULL: it has no section of that UUID. */
const struct vprep_config_mdev *vprep_config_find_mdev(const struct vprep_config *config,
						       const char *uuid);

/* NULL: it has no section of that address. */
const struct vprep_config_device *
vprep_config_find_device(const struct vprep_config *config,
			 struct vprep_pci_address address);

bool vprep_config_denies(const struct vprep_config *config,
			 struct vprep_pci_address address);

#endif
