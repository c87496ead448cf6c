/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node device: a host device as libvirt names and describes it.
 *
 * I1  Strings are printable UTF-8: what sysfs, udev and config space hold may be hostile.
 * I2  Everything in it lives in its pool. NULL and empty lists mean "absent".
 * I3  Lists that the kernel gives in no order are sorted.
 */
#ifndef VPREP_MODEL_NODEDEV_H
#define VPREP_MODEL_NODEDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pool.h"
#include "model/mdev.h"
#include "model/pci.h"

/* libvirt's capability types. Some stand in a device beneath another one. */
enum vprep_cap {
	VPREP_CAP_SYSTEM,
	VPREP_CAP_PCI,
	VPREP_CAP_USB_DEVICE,
	VPREP_CAP_USB,
	VPREP_CAP_NET,
	VPREP_CAP_SCSI_HOST,
	VPREP_CAP_SCSI_TARGET,
	VPREP_CAP_SCSI,
	VPREP_CAP_STORAGE,
	VPREP_CAP_FC_HOST, /* beneath scsi_host */
	VPREP_CAP_VPORTS,  /* beneath scsi_host */
	VPREP_CAP_SCSI_GENERIC,
	VPREP_CAP_DRM,
	VPREP_CAP_MDEV_TYPES, /* beneath pci, css and ap_matrix too */
	VPREP_CAP_MDEV,
	VPREP_CAP_CCW,
	VPREP_CAP_CSS,
	VPREP_CAP_VDPA,
	VPREP_CAP_AP_CARD,
	VPREP_CAP_AP_QUEUE,
	VPREP_CAP_AP_MATRIX,
	VPREP_CAP_VPD, /* beneath pci */
	VPREP_CAPS,
};

/* A set of capabilities: bit N is capability N. */
#define VPREP_CAP_BIT(cap) (1u << (cap))
#define VPREP_CAP_ALL (VPREP_CAP_BIT(VPREP_CAPS) - 1)

struct vprep_system {
	const char *product;
	const char *vendor, *version, *serial;
	char uuid[sizeof("01234567-89ab-cdef-0123-456789abcdef")]; /* zeroes: unknown */
	const char *firmware_vendor, *firmware_version, *firmware_date;
};

struct vprep_nodedev_mdev_types {
	size_t n;
	struct vprep_mdev_type_facts *items;
};

/* A field that a vendor, or the system's maker, gave a meaning: V0 to VZ, Y0 to YZ. */
struct vprep_vpd_custom {
	char index;
	const char *value;
};

#define VPREP_VPD_CUSTOM_MAX 36

struct vprep_vpd_customs {
	size_t n;
	struct vprep_vpd_custom items[VPREP_VPD_CUSTOM_MAX];
};

/* Vital Product Data. */
struct vprep_vpd {
	const char *name;
	bool has_readonly, has_readwrite;
	const char *change_level, *manufacture_id, *part_number, *serial_number;
	struct vprep_vpd_customs vendor_readonly;
	const char *asset_tag;
	struct vprep_vpd_customs vendor_readwrite, system;
};

/* PCI Express link: speed is the register's code, 0 when none. */
struct vprep_pcie_link {
	unsigned speed;
	unsigned width;
};

struct vprep_pci_addresses {
	size_t n;
	struct vprep_pci_address *items;
};

struct vprep_pci_node {
	struct vprep_pci_address address;
	int64_t class_code; /* -1: unknown */
	uint16_t vendor, product;
	const char *vendor_name, *product_name;
	bool has_physfn;
	struct vprep_pci_address physfn;
	int64_t total_vfs; /* -1: it has no SR-IOV */
	struct vprep_pci_addresses vfs;
	int header_type; /* 0 to 2; -1: unknown */
	struct vprep_nodedev_mdev_types types;
	const struct vprep_vpd *vpd;
	int group; /* -1: none */
	struct vprep_pci_addresses members;
	int numa; /* -1: none */
	bool is_express, has_link;
	unsigned port;
	struct vprep_pcie_link most, now;
};

struct vprep_usb_node {
	unsigned bus, device;
	uint16_t vendor, product;
	const char *vendor_name, *product_name;
};

struct vprep_usb_interface {
	uint8_t number, class_code, subclass, protocol;
};

struct vprep_net_node {
	const char *interface;
	const char *address;
	const char *state; /* one of libvirt's words */
	unsigned speed;	   /* Mbit/s; 0: unknown */
	uint32_t features; /* see nodedev/net.c */
	bool wireless;
};

struct vprep_scsi_host {
	unsigned host;
	int64_t unique_id; /* -1: none */
	bool is_fc, has_vports;
	const char *wwnn, *wwpn, *fabric_wwn;
	unsigned max_vports, vports;
};

struct vprep_scsi_target {
	const char *target;
	const char *rport, *wwpn; /* of a fibre channel remote port */
};

struct vprep_scsi_node {
	unsigned host, bus, target;
	uint64_t lun;
	const char *type;
};

struct vprep_storage_node {
	const char *block; /* "/dev/sda" */
	const char *bus, *drive_type, *model, *vendor, *serial;
	bool removable, has_media;
	const char *label;
	uint64_t size; /* bytes */
	uint64_t logical_block_size, blocks;
};

struct vprep_mdev_node {
	const char *type, *uuid, *parent;
	unsigned group;
};

struct vprep_ccw_address {
	unsigned cssid, ssid, devno;
};

struct vprep_css_node {
	struct vprep_ccw_address address;
	bool has_channel;
	struct vprep_ccw_address channel;
	struct vprep_nodedev_mdev_types types;
};

struct vprep_ap_node {
	unsigned adapter, domain;
};

struct vprep_nodedev {
	struct vprep_pool pool;
	enum vprep_cap cap;
	const char *name;
	const char *path; /* in sysfs, absolute; NULL: the computer itself */
	const char *devnode;
	size_t n_links;
	const char **links; /* other names of the node */
	const char *parent;
	const char *driver;
	union {
		struct vprep_system system;
		struct vprep_pci_node pci;
		struct vprep_usb_node usb;
		struct vprep_usb_interface interface;
		struct vprep_net_node net;
		struct vprep_scsi_host scsi_host;
		struct vprep_scsi_target scsi_target;
		struct vprep_scsi_node scsi;
		struct vprep_storage_node storage;
		const char *node;		       /* scsi_generic and vdpa */
		const char *drm;		       /* type */
		struct vprep_nodedev_mdev_types types; /* mdev_types and ap_matrix */
		struct vprep_mdev_node mdev;
		struct vprep_ccw_address ccw;
		struct vprep_css_node css;
		struct vprep_ap_node ap;
	};
};

void vprep_nodedev_free(struct vprep_nodedev *d);

static inline void vprep_nodedev_freep(struct vprep_nodedev **d)
{
	vprep_nodedev_free(*d);
}

#endif
