/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fake kernel: a tree in a temporary folder whose attributes behave as sysfs does.
 *
 * I1  All state is in the tree (DIR/sys, proc, dev, run and the private DIR/.fake): an
 *     operation may run in any process, and the next one sees what it did.
 * I2  One operation at a time, but for those that wait for a held device: as with the
 *     kernel's device lock, they stop only who touches the same device.
 * I3  Each behaviour is one of the real kernel's and has a line in tests/contract.
 *
 * A call that cannot do its own work (a full disk, a wrong test) says so and aborts; only
 * the operations in vprep_fake_ops return errors, and those are the kernel's.
 */
#ifndef VPREP_TESTS_FAKE_H
#define VPREP_TESTS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "io/io.h"

struct fake {
	int dir;
	char *path; /* absolute, without links */
};

extern const struct vprep_io_ops vprep_fake_ops;

/* A new, nearly empty host below $TMPDIR: the pci bus, no driver, no device. */
struct fake *fake_new(void);
/* Releases what is held and removes the tree. */
void fake_free(struct fake *f);
/* vprep_io_new_at() on the tree. */
struct vprep_io *fake_io(struct fake *f);

/* ---- drivers and modules (driver.c) ---- */

enum fake_driver_flags {
	FAKE_DMA_MANAGED = 1u << 0, /* driver_managed_dma: leaves the group viable */
	FAKE_VFIO = 1u << 1,  /* vfio-pci or a variant; sets the flag above as well */
	FAKE_SRIOV = 1u << 2, /* a PF driver that can make VFs */
	FAKE_NOT_LOADED = 1u << 3,   /* its module is installed only */
	FAKE_MAKES_DOMAIN = 1u << 4, /* takes along what is in it (parent in fake_pci) */
};

struct fake_driver {
	const char *name;
	const char *module; /* NULL: built in */
	unsigned flags;
	const char *ids;     /* "8086:10ca 8086:10c9"; NULL: matches by override only */
	const char *aliases; /* the module's, "vfio_pci:v*d*sv*sd*bc*sc*i*", space
				separated */
	int probe_errno;     /* what its probe fails with */
};

/* With a module that is loaded, or built in, the driver is on the bus at once and takes
 * the unbound devices that it matches, as the kernel's would. */
void fake_add_driver(struct fake *f, const struct fake_driver *driver);
/* vfio-pci as Debian has it: module vfio_pci, not loaded unless @loaded. */
void fake_add_vfio_pci(struct fake *f, bool loaded);
/* From now on the driver's probe fails with @number (0: works again). */
void fake_set_probe_errno(struct fake *f, const char *driver, int number);

/* ---- devices (device.c) ---- */

struct fake_pci {
	const char *address; /* "0000:05:00.0" */
	uint32_t class_code; /* 0x020000 */
	uint16_t vendor;
	uint16_t device;
	uint8_t header_type;
	int group;	      /* -1: no IOMMU group */
	const char *driver;   /* bound to it from the start; NULL: unbound */
	const char *modalias; /* NULL: made from the rest */
	const char *power;    /* power/control; NULL: "on" */
	const char *parent;   /* address of what is above; NULL: on the root bus */
	const char *physfn;   /* makes it a VF of this PF */
	unsigned totalvfs;    /* makes it a PF: */
	uint16_t vf_device;
	unsigned vf_offset; /* 0: igb's 128 */
	unsigned vf_stride; /* 0: igb's 2 */
};

void fake_add_pci(struct fake *f, const struct fake_pci *spec);
/* The PF's driver makes no more VFs than that, whatever it is asked for. */
void fake_limit_vfs(struct fake *f, const char *pf, unsigned most);
/* New VFs get their driver only so long after they were made. */
void fake_probe_late(struct fake *f, unsigned milliseconds);
/* Surprise removal: the device and everything about it is gone. */
void fake_remove_pci(struct fake *f, const char *address);

/* ---- what user space does ---- */

/* A process has the device open: unbind, and disabling VFs, do not end before the
 * release, and the writer cannot be killed. */
void fake_hold(struct fake *f, const char *address);
void fake_release(struct fake *f, const char *address);
/* The group's node is open. Claimed: it is in use by a container, so native binds fail.
 */
void fake_open_group(struct fake *f, int group, bool claimed);
void fake_close_group(struct fake *f, int group);
/* A block device node ("sda1", "nvme0n1") is open exclusively. */
void fake_claim_block(struct fake *f, const char *node, bool claimed);
/* Interface addresses, one "IFACE TEXT" a line. */
void fake_set_addresses(struct fake *f, const char *text);
/* Copies the host's /proc/PID/stat into the tree, for code that asks for a start time. */
void fake_add_process(struct fake *f, pid_t pid);

/* ---- variations of the kernel ---- */

/* Devices that are added from now on join their group when a driver is about to be probed
 * for the first time, as on Arm up to Linux 6.14. */
void fake_make_groups_late(struct fake *f);
/* The viability rule up to Linux 5.18: no driver, a vfio driver, pci-stub or a bridge. */
void fake_set_legacy_viability(struct fake *f, bool legacy);
/* Who tries the group gets this error at that stage (0: the kernel's own answer). */
void fake_refuse_group(struct fake *f, int group, enum vprep_group_stage stage,
		       int number);
/* Whether interrupts are remapped, as they are at first. */
void fake_set_remapping(struct fake *f, bool on);
/* With IOMMUFD: /dev/iommu, and from now on /dev/vfio/devices/vfioN and a dev attribute.
 */
void fake_set_cdev(struct fake *f, bool cdev);
/* Whether VFIO, once it is loaded, has nodes of groups; as a real one, it has. */
void fake_set_group_nodes(struct fake *f, bool groups);

/* ---- faults (inject.c) ---- */

/* The @nth (from 1; 0: each) write whose path below /sys matches the glob @path, in which
 * '*' takes '/' as well, fails with @number and does nothing. Loading a module counts as
 * writing "modprobe/NAME", configuring a VF as "netlink/INTERFACE/INDEX/mac" or vlan. */
void fake_fail(struct fake *f, const char *path, unsigned nth, int number);

#define FAKE_LATE_MS 200

enum fake_death {
	FAKE_DIE_BEFORE,    /* the writer is killed, nothing is written */
	FAKE_DIE_AFTER,	    /* the writer is killed when it is written */
	FAKE_ORPHAN_BEFORE, /* the writer's parent is killed, nothing is written */
	FAKE_ORPHAN_AFTER,  /* the writer's parent is killed when it is written */
	FAKE_ORPHAN_LATE,   /* the writer's parent is killed, and the writer is in the
			     * kernel for FAKE_LATE_MS more before it is written */
};

void fake_die(struct fake *f, const char *path, unsigned nth, enum fake_death how);
void fake_clear_faults(struct fake *f);
/* Every write so far, a line each: "PATH VALUE RESULT". The caller frees it. */
char *fake_log(struct fake *f);

/* ---- mediated devices (mdev.c) ---- */

struct fake_mdev_type {
	const char
		*parent;  /* sysfs name: "0000:06:00.0", or "mtty" for a virtual parent */
	const char *id;	  /* "mtty-1" */
	const char *name; /* NULL: no such attribute */
	unsigned instances;	 /* how many can be made */
	const char *api;	 /* NULL: vfio-pci */
	const char *description; /* NULL: no such attribute */
	bool params;		 /* its devices have nvidia/vgpu_params */
};

void fake_add_mdev_type(struct fake *f, const struct fake_mdev_type *type);
/* A function whose driver makes a vGPU of it itself: @types is what
 * nvidia/creatable_vgpu_types reads while it is free. */
void fake_add_vgpu(struct fake *f, const char *address, const char *types);

/* ---- fibre channel (vport.c) ---- */

struct fake_fc_host {
	unsigned number; /* "hostN" */
	uint64_t wwpn, wwnn, fabric;
	unsigned vports; /* how many it can have; 0: it makes none */
};

void fake_add_fc_host(struct fake *f, const struct fake_fc_host *host);
/* From now on a vport gets no SCSI host. */
void fake_lose_vport_hosts(struct fake *f);

/* ---- network interfaces (link.c) ---- */

/* The PCI device has this interface while a driver is bound. A PF's shows the VFs that
 * are made from now on. */
void fake_set_interface(struct fake *f, const char *address, const char *name);
/* Its driver does not take an empty MAC address for a VF. */
void fake_refuse_zero_mac(struct fake *f, const char *name);
/* Its driver has every setting of VFs, unlike igb; or shows none of those that a driver
 * need not show. */
void fake_take_all_settings(struct fake *f, const char *name);
void fake_hide_settings(struct fake *f, const char *name);

/* ---- the tree (tree.c) ---- */

#define FAKE_PATH(n) __attribute__((format(printf, n, n + 1)))

/* Paths are relative to the tree: "sys/bus/pci". Replaces a file at once (rename);
 * folders above it are made. */
void fake_put(struct fake *f, mode_t mode, const char *content, const char *path, ...)
	FAKE_PATH(4);
void fake_put_bytes(struct fake *f, mode_t mode, const void *data, size_t len,
		    const char *path, ...) FAKE_PATH(5);
/* Content without its last newline, NULL when there is no such file; the caller frees it.
 */
char *fake_get(struct fake *f, const char *path, ...) FAKE_PATH(2);
bool fake_has(struct fake *f, const char *path, ...) FAKE_PATH(2);
void fake_mkdir(struct fake *f, const char *path, ...) FAKE_PATH(2);
/* A relative link at @path to @target, both below the tree, as sysfs makes them. */
void fake_link(struct fake *f, const char *target, const char *path, ...) FAKE_PATH(3);
/* Last component of a link, NULL when there is none; the caller frees it. */
char *fake_link_name(struct fake *f, const char *path, ...) FAKE_PATH(2);
/* With everything below; absent is fine. */
void fake_remove(struct fake *f, const char *path, ...) FAKE_PATH(2);
/* Sorted names; an empty list when there is no such folder. */
char **fake_list(struct fake *f, const char *path, ...) FAKE_PATH(2);

/* Everything in sys, dev and run, and the VFs' configuration: modes, links, contents,
 * owners of nodes; sorted lines.
 */
char *fake_snapshot(struct fake *f);
/* The lines that differ, marked - and +; NULL when there are none. The caller frees it.
 */
char *fake_diff(const char *before, const char *after);

#endif
