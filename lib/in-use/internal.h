/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: the scan, reading for it, and the kinds of use. */
#ifndef VPREP_IN_USE_INTERNAL_H
#define VPREP_IN_USE_INTERNAL_H

#include "common/pool.h"
#include "common/str.h"
#include "host/holders.h"
#include "in-use/in-use.h"

/* A link in a folder such as class/net, and the place in the device tree it leads to. */
struct vprep_index_entry {
	const char *name;
	const char *path; /* the link as it stands */
	bool on_pci;	  /* otherwise it is virtual, or belongs to the platform */
	struct vprep_pci_address pci;
	/* The driver of another PCI device made the domain that this one is in (Intel
	 * VMD), and takes it along: */
	bool in_made_domain;
	struct vprep_pci_address controller;
};

struct vprep_index {
	const char *folder;
	size_t n;
	struct vprep_index_entry *items; /* by name */
	struct vprep_index *next;
};

/* Character devices by their numbers. An index of them has none of those that no hardware
 * is behind, see vprep_node_is_common(). */
#define VPREP_CHAR_DEVICES "dev/char"

/* What hangs on a PCI device that has no more than network interfaces. */
struct vprep_below {
	struct vprep_pci_address pci;
	bool is_bare;
	bool is_elsewhere; /* has interfaces, and none of them is seen from here */
	char **interfaces;
};

struct vprep_blocks;
struct vprep_exports;
struct vprep_mounts;
struct vprep_net_use;
struct vprep_netns;
struct vprep_shared_mounts;

struct vprep_in_use {
	struct vprep_io *io;
	struct vprep_pool pool; /* what the scan has read */
	bool privileged;	/* we are root: nothing may hide from us */
	struct vprep_index *indexes;
	const struct vprep_index *consoles;    /* the kernel's; NULL until needed */
	struct vprep_blocks *blocks;	       /* NULL until needed, as the rest */
	const struct vprep_index *controllers; /* of NVMe, where their adapters are */
	struct vprep_exports *exports;
	const struct vprep_mounts *mounts;
	struct vprep_net_use *net;
	const struct vprep_shared_mounts *shared;
	struct vprep_netns *netns;
	bool holders_loaded;
	struct vprep_holders holders;
	unsigned n_looks; /* how often the holders were read anew for udevd's sake */
	bool knows_below; /* the next is about the device that was asked about last */
	struct vprep_below below;
	unsigned n_below; /* devices whose own folders were read */
};

/* Reads the links of a folder when this is the first question about it. */
int vprep_in_use_index(struct vprep_in_use *scan, const char *folder,
		       const struct vprep_index **ret);
const struct vprep_index_entry *vprep_index_find(const struct vprep_index *index,
						 const char *name);

/* Where a device is in the device tree: a PCI device, or a component of the path in sysfs
 * ("1-2", "0:0:0:0", a UUID). */
struct vprep_place {
	const struct vprep_pci_device *pci; /* NULL: the component tells */
	const struct vprep_below *bare;	    /* nothing else hangs on that device */
	const char *component;
};

/* Looks at the PCI device's own folders. *@ret: nothing but those network interfaces
 * hangs on it, until the next device is asked about; NULL: there is more, or it is not
 * known. */
int vprep_in_use_below_pci(struct vprep_in_use *scan,
			   const struct vprep_pci_device *device,
			   const struct vprep_below **ret);

/* Fills in where the entry of that name is; no path: there is none. */
int vprep_in_use_entry(struct vprep_in_use *scan, const char *folder,
		       struct vprep_index_entry *entry);

/* Whether it is the device at that place, or hangs on it. */
bool vprep_index_entry_is_at(const struct vprep_index_entry *entry,
			     const struct vprep_place *place);

/* The next device of the bus whose devices are in @folder, from *@at on, which starts as
 * 0, that is at that place, or hangs on it, and has a driver. 1; 0: there is no other. */
int vprep_in_use_next_driven(struct vprep_in_use *scan, const char *folder,
			     const struct vprep_place *place, size_t *at,
			     const char **ret_name, const char **ret_driver);

static inline bool vprep_index_entry_is_on(const struct vprep_index_entry *entry,
					   const struct vprep_pci_device *device)
{
	return (entry->on_pci && vprep_pci_address_same(entry->pci, device->address)) ||
	       (entry->in_made_domain &&
		vprep_pci_address_same(entry->controller, device->address));
}

/*
 * 1 when what @entry names is a namespace behind the device's NVMe controllers, or of
 * one; *ret_note, in the scan's pool, then names another live controller that reaches it,
 * and stays as it is when there is none; NULL: nobody asks. A multipath namespace lies in
 * no controller's folder but in its subsystem's.
 */
int vprep_is_behind_nvme(struct vprep_in_use *scan, const struct vprep_index_entry *entry,
			 const struct vprep_pci_device *device, const char **ret_note);

/* 0 for an error that says that something is not there (or, without privilege, that we
 * may not see it); every other @r as it is. */
int vprep_in_use_ignore_absent(const struct vprep_in_use *scan, int r);

/*
 * Reading, with results that belong to the scan. What is absent is no error: *@ret is
 * then NULL, 0, or an empty list.
 */
int vprep_in_use_read(struct vprep_in_use *scan, enum vprep_root root, const char **ret,
		      const char *path, ...) VPREP_IO_PATH(4);
int vprep_in_use_link(struct vprep_in_use *scan, enum vprep_root root, const char **ret,
		      const char *path, ...) VPREP_IO_PATH(4);
int vprep_in_use_number(struct vprep_in_use *scan, unsigned base, uint64_t *ret,
			const char *path, ...) VPREP_IO_PATH(4);
int vprep_in_use_list(struct vprep_in_use *scan, char ***ret, const char *path, ...)
	VPREP_IO_PATH(3);
/* The value of KEY=VALUE in a uevent file. */
const char *vprep_in_use_uevent(struct vprep_in_use *scan, const char *key,
				const char *folder, const char *name);
/* Calls @line for each line of a table in /proc; the line may be changed in place. */
int vprep_in_use_table(struct vprep_in_use *scan, const char *path,
		       int (*line)(struct vprep_in_use *scan, void *data, char *line),
		       void *data);

/* Takes both strings, on failure too; a NULL one stands for ENOMEM. */
int vprep_uses_add(struct vprep_uses *uses, bool never_taken, char *what, char *fix);
/* One use for all processes that have one of the nodes open. @nodes may be NULL. */
int vprep_uses_add_holders(struct vprep_in_use *scan, char *const *nodes,
			   struct vprep_uses *uses);

/* Reads which processes have which nodes open, once. */
int vprep_in_use_load_holders(struct vprep_in_use *scan);

/* Cuts the next blank-separated field off *@rest; NULL at the end. */
char *vprep_next_field(char **rest);

/* A kind of use, a file each. */
struct vprep_in_use_kind {
	uint32_t class, mask; /* of the devices that may have such a use; zeroes: all */
	bool is_below; /* it is of what hangs on the device, other than interfaces */
	/* one of them: of PCI devices, or of devices of any bus */
	int (*find)(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses);
	int (*find_at)(struct vprep_in_use *scan, const struct vprep_place *place,
		       struct vprep_uses *uses);
};

#endif
