/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that somebody asks for: one record, filled in by stages. First it is asked
 * for, by a name or by a domain's XML; then it is found on this host; then it is looked
 * at for a decision (model/facts.h) or for a guest's process.
 *
 * What one kind of device has for itself stands in its own file, lib/device/KIND.c, which
 * defines its row of the table below. Whoever deals with devices calls the row's
 * functions and asks for its properties; nobody else knows the kinds.
 */
#ifndef VPREP_MODEL_DEVICE_H
#define VPREP_MODEL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/pool.h"
#include "model/mdev.h"
#include "model/pci.h"
#include "model/uuid.h"
#include "model/vf.h"
#include "vfio-prep.h"

struct vprep_config_device;

enum vprep_device_origin {
	VPREP_ORIGIN_HOSTDEV,
	VPREP_ORIGIN_INTERFACE,
	VPREP_ORIGIN_DISK,
};

/* By which of VFIO's nodes a domain wants a device to be used (libvirt 12.1). */
enum vprep_iommufd_wish {
	VPREP_IOMMUFD_UNSAID, /* by either: both are given away */
	VPREP_IOMMUFD_YES,    /* by the device's own, and /dev/iommu */
	VPREP_IOMMUFD_NO,     /* by that of its IOMMU group */
};

/* For messages: "0000:05:10.1", "usb bus 1 device 2", ... */
struct vprep_device_text {
	char s[64];
};

/* Strings are in the list's pool, or belong to the asker. NULL means absent. */
struct vprep_device_asked {
	const char *name; /* as a person wrote it; NULL: a domain's XML asks */
	/* of a domain */
	enum vprep_device_origin origin;
	unsigned line; /* of the document */
	union {
		struct {
			struct vprep_pci_address address;
			const char *netdev; /* has the address; NULL: it is known */
			const char *driver; /* wanted; NULL: the best */
			/* how it is to be while it is attached; NULL: as the
			 * configuration's section of its address says */
			const struct vprep_config_device *policy;
			const char *declared; /* name, by a domain's metadata */
			const char *known_by; /* match, for what is declared of it */
			unsigned element; /* number of its <address> in the document */
			bool managed;
			uint64_t namespace_id; /* of a disk's NVMe controller, else 0 */
		} pci;
		struct {
			struct vprep_uuid uuid;
			const char *api; /* "vfio-pci" of its type; NULL: any */
			struct vprep_mdev_definition definition; /* in the metadata */
		} mdev;
		struct {
			bool has_id; /* this or the next, or both */
			uint16_t vendor;
			uint16_t product; /* 0 is one */
			bool has_address; /* on that bus, the number or the port */
			unsigned bus;
			unsigned device;     /* 0: by its port */
			const char *port;    /* "1.2", as devpath; NULL: by its number */
			const char *startup; /* policy */
		} usb;
		struct {
			unsigned host;
			unsigned bus;
			unsigned target;
			uint64_t unit;
		} scsi;
		struct {
			char wwpn[sizeof("naa.0x0123456789abcdef")];
		} scsi_host;
		struct {
			const char *path; /* absolute, printable */
		} vdpa;
	};
	bool by_libvirt; /* libvirt starts the domain, and looks for it, too */
	bool shareable;	 /* other owners that say so, too, may have it at the same time */
	bool read_only;	 /* the guest may not write to that disk */
	enum vprep_iommufd_wish iommufd;
	/* of an interface, as the guest is to see it */
	bool has_mac;
	uint8_t mac[VPREP_MAC_SIZE];
	bool has_vlan;
	uint16_t vlan;
	struct vprep_vf_settings settings; /* of a VF, beside these */
};

/* A node below /dev and its rule file, as they are before anything is done. */
struct vprep_node_state {
	const char *path;     /* below /dev; NULL: the kernel chooses it later */
	const char *rule;     /* what its rule file holds already; NULL: there is none */
	const char *our_rule; /* the same of one that vfio-prep wrote, for an owner */
	bool exists;	      /* and belongs to: */
	uid_t uid;
	gid_t gid;
	mode_t mode;

	/* Other rules on the host, as "FILE:LINE (ASSIGNMENT)": */
	const char *beaten_by; /* one that ours cannot win against */
	const char *rival;     /* one of which only udevd can tell */
	bool rule_first;       /* ours must come before one of them */
};

/* What the host does with a device. */
struct vprep_use {
	char *what; /* "/dev/nvme0n1p1 is mounted at /srv" */
	char *fix;  /* "umount /srv" */
	/* Holds for --force too: a mounted root or swap, or a VF that is prepared for a
	 * guest. */
	bool never_taken;
	bool is_open; /* a process has a node of it open */
};

struct vprep_uses {
	size_t n;
	struct vprep_use *items;
};

/* Why an owner is not to have a device, or a group, that somebody has. */
struct vprep_taken {
	const char *how; /* "belongs to owner 'manual'"; NULL: nobody has it */
	const char *fix; /* a command */
	bool going;	 /* it is being given back */
	bool mine;	 /* by the owner who asks */
};

/* Why an mdev cannot be made. */
struct vprep_no_placement {
	enum vprep_code code;
	const char *why;
	const char *fix;
	bool is_passing; /* others are at it: it may be otherwise in a moment */
};

/* Strings are in the list's pool; NULL means absent. */
struct vprep_device {
	const struct vprep_device_kind *kind; /* NULL: nothing is asked of the host */
	struct vprep_device_asked asked;

	/* ---- found on this host ---- */
	const char *name; /* for messages and the journal: "0000:05:10.1", "usb_1_2" */
	const char *libvirt_name; /* "pci_0000_05_10_1", "usb_1_2" */
	const char *sysfs; /* its name there: its UUID, "1-2", "0:0:0:0"; NULL: it has no
			      users to look for */
	/* "vfio/12", "bus/usb/001/004"; no path: it is only held, or a new mdev's, or
	 * that of a PCI device's group. Its state is read when it is looked at. */
	struct vprep_node_state node;
	const char *match; /* what a udev rule knows it by; NULL: udev does not know it,
			      or need not */
	const char *identity; /* what makes it this one, and not another at the same
				 place: "0627 0001 SERIAL", a WWID; NULL: not known */
	struct vprep_pci_address pci;
	unsigned usb_bus, usb_device;
	bool is_again; /* one before it is the same: two disks are on one controller */
	/* an mdev */
	bool is_new;				 /* to be made, after the definition */
	struct vprep_mdev_definition definition; /* the parent as sysfs has it */
	const char *settings;			 /* "ATTRIBUTE=VALUE" lines for it */

	/* ---- looked at, for a decision or for a guest's process ---- */
	/* VFIO's node for this device alone; no path: there is none yet, or what uses the
	 * device knows groups only */
	struct vprep_node_state cdev;

	/* ---- for a decision; what a group's member has besides is in model/facts.h ----
	 */
	struct vprep_uses uses;
	struct vprep_vf vf; /* of one that has a VF's configuration */
	struct vprep_taken taken;
	bool claimed; /* attached by this owner already */
	bool shared;  /* another owner has it, and both say that it is shareable */
	bool quarantined;
	const char *denied_by; /* the PCI device above it that the configuration denies */
	/* of an mdev that is to be made: where, once placed; NULL: nowhere, and why not */
	const char *parent;
	const char *type;    /* id */
	const char *held_as; /* a function's: what the journal calls it; NULL: its name */
	struct vprep_no_placement no_placement;

	/* ---- for a guest's process ---- */
	int64_t group;	      /* IOMMU group, -1: none */
	uint64_t regions;     /* bytes of its memory that the guest maps; 0: not known */
	const char *mdev_api; /* "vfio-pci", "vfio-ccw", "vfio-ap" */
};

struct vprep_devices {
	size_t n;
	struct vprep_device *items; /* in the order of the request */
	struct vprep_pool pool;	    /* of all their strings */
};

/* Who holds a device, for whoever has to choose one of several that are alike. */
enum vprep_holding {
	VPREP_HELD_BY_NOBODY,
	VPREP_HELD_BY_ASKER,
	VPREP_HELD_BY_OTHERS,
};

struct vprep_device_holding {
	enum vprep_holding (*find)(void *data, const char *name); /* of the device */
	void *data;
};

struct vprep_device_finding;
struct vprep_in_use;
struct vprep_io;
struct vprep_json;
struct vprep_qemu;
struct vprep_xml_node;

/* A kind of devices. Functions that are NULL have nothing to do for that kind. */
struct vprep_device_kind {
	const char *type;	    /* in JSON, and of a <hostdev> */
	const char *disk_type;	    /* of a <disk>, or its kin */
	const char *interface_type; /* of an <interface> */
	const char *name_prefix;    /* libvirt's, "usb_"; NULL: it goes by no name */
	const char *folder;	  /* of sysfs: FOLDER/SYSFS leads to the device; NULL: it
				     has no place there */
	const char *missing;	  /* behind "there is no such" */
	const char *missing_hint; /* behind that */
	bool may_be_again;	  /* several requests of a domain may ask for one */
	bool has_group; /* its IOMMU group is given away, with a driver for each member */
	bool is_vfio;	/* a VFIO container or iommufd pins the guest's memory for it */
	bool pins_memory;	 /* each such device pins the guest's memory by itself */
	const char *shared_node; /* below /dev, which all such devices are opened by */
	const char *qemu_bus;	 /* the id of a bus that QEMU makes for such devices */
	const char *qemu_bus_driver;

	/* ---- asking: these touch nothing but memory ---- */

	/* Fills what is asked when the text is such a name. */
	bool (*parse_name)(const char *text, struct vprep_device_asked *ret);
	/* Read the <source> of a <hostdev>, or one by itself, into what is asked, whose
	 * origin and line are set. 1: nothing is to be done on the host. */
	int (*read_hostdev)(const struct vprep_xml_node *hostdev,
			    const struct vprep_xml_node *source,
			    struct vprep_device_asked *ret, struct vprep_pool *pool,
			    struct vprep_error *err);
	int (*read_source)(const struct vprep_xml_node *source,
			   struct vprep_device_asked *ret, struct vprep_pool *pool,
			   struct vprep_error *err);
	/* By libvirt's rules, whether a later request asks for the same. */
	bool (*is_same)(const struct vprep_device_asked *earlier,
			const struct vprep_device_asked *later);
	struct vprep_device_text (*text)(const struct vprep_device_asked *asked);
	void (*add_json)(struct vprep_json to, const struct vprep_device_asked *asked);

	/* ---- on the host ---- */

	/* Fills what is found. -ENODEV: there is none; 1: there is none, and a note says
	 * that this is not an error. */
	int (*find)(struct vprep_device_finding *finding, struct vprep_device *device);
	/* Fills in who uses it, of one without has_group. */
	int (*look_for_uses)(struct vprep_in_use *in_use, struct vprep_device *device);
	/* Fills what a guest's process needs. -ENODEV it has no IOMMU group. */
	int (*look_for_guest)(const struct vprep_io *io, struct vprep_pool *pool,
			      struct vprep_device *device);
	/* Adds the options that give it to QEMU's guest. -ENOMEM. */
	int (*add_to_qemu)(struct vprep_qemu *qemu, const struct vprep_device *device);
};

extern const struct vprep_device_kind vprep_kind_pci;
extern const struct vprep_device_kind vprep_kind_usb;
extern const struct vprep_device_kind vprep_kind_mdev;
extern const struct vprep_device_kind vprep_kind_scsi;
extern const struct vprep_device_kind vprep_kind_scsi_host;
extern const struct vprep_device_kind vprep_kind_vdpa;

/* lib/device/table.c: all of them, NULL-terminated. */
extern const struct vprep_device_kind *const vprep_device_kinds[];

const char *vprep_device_origin_name(enum vprep_device_origin origin);

/*
 * What a person calls a device: the names of the kinds, or else a network interface,
 * which stands for its PCI device. @text stays the caller's. -EINVAL with a message for
 * what cannot be a device's name at all.
 */
int vprep_device_parse_name(const char *text, struct vprep_device *ret,
			    struct vprep_error *err);

/* For a kind's parse_name(): what libvirt makes of a sysfs name, and a UUID as it is
 * usually written, behind @prefix. */
bool vprep_is_node_device_name(const char *text, const char *prefix);

/* The name that was given, or else what the domain asks for. */
struct vprep_device_text vprep_device_asked_text(const struct vprep_device *device);

/* Copies @device to the end. -ENOMEM. */
int vprep_devices_add(struct vprep_devices *devices, const struct vprep_device *device);
/* The first of that name among the first @n, else NULL. */
const struct vprep_device *vprep_devices_named(const struct vprep_devices *devices,
					       size_t n, const char *name);
void vprep_devices_done(struct vprep_devices *devices);
void vprep_uses_done(struct vprep_uses *uses);

/* Whether a VF's PF is to be told something about it. NULL: no. */
static inline bool vprep_device_has_vf_config(const struct vprep_device *device)
{
	return device && device->kind->has_group &&
	       (device->asked.has_mac || device->asked.has_vlan ||
		vprep_vf_settings_any(&device->asked.settings));
}

#define VPREP_IOMMUFD "iommu" /* below /dev */

/* Whether a guest uses a VFIO device by the node of its own: the kernel has no other, or
 * its domain says so, or else its user may open what that takes (@iommufd). */
static inline bool vprep_device_is_by_cdev(const struct vprep_device *device,
					   bool iommufd)
{
	if (!device->kind->is_vfio || device->is_new)
		return false;
	if (!device->node.path)
		return true;
	if (device->asked.iommufd != VPREP_IOMMUFD_UNSAID)
		return device->asked.iommufd == VPREP_IOMMUFD_YES;
	return device->cdev.path && iommufd;
}

/* Nodes below /dev, NULL-terminated. */
struct vprep_guest_nodes {
	const char *paths[3];
};

/* What the guest's process opens for a device: its own node, and what it shares. */
struct vprep_guest_nodes vprep_device_guest_nodes(const struct vprep_device *device,
						  bool iommufd);

#endif
