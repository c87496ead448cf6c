/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain asks of the host, in the terms it was asked in. Plain data: whether such
 * a device exists is for others to find out.
 */
#ifndef VPREP_MODEL_REQUEST_H
#define VPREP_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pci.h"

struct vprep_uuid {
	uint8_t bytes[16];
};

/* Lower case, with its four dashes. */
struct vprep_uuid_text {
	char s[sizeof("6a28e9f6-6627-49b8-8c24-741ab810ecc0")];
};

struct vprep_uuid_text vprep_uuid_text(const struct vprep_uuid *uuid);

/*
 * The forms that libvirt's virUUIDParse() takes: 32 hex digits, dashes and blanks before
 * each pair as they come, white space around the whole. -EINVAL.
 */
int vprep_uuid_parse(const char *s, struct vprep_uuid *ret);

bool vprep_uuid_same(const struct vprep_uuid *a, const struct vprep_uuid *b);

enum vprep_request_kind {
	VPREP_REQUEST_NONE, /* nothing is asked of the host */
	VPREP_REQUEST_PCI,
	VPREP_REQUEST_MDEV,
	VPREP_REQUEST_USB,
	VPREP_REQUEST_SCSI,
	VPREP_REQUEST_SCSI_HOST,
	VPREP_REQUEST_VDPA,
	VPREP_REQUEST_KINDS,
};

enum vprep_request_origin {
	VPREP_ORIGIN_HOSTDEV,
	VPREP_ORIGIN_INTERFACE,
	VPREP_ORIGIN_DISK,
	VPREP_ORIGINS,
};

enum vprep_mdev_model {
	VPREP_MDEV_VFIO_PCI,
	VPREP_MDEV_VFIO_CCW,
	VPREP_MDEV_VFIO_AP,
	VPREP_MDEV_MODELS,
};

enum vprep_mdev_placement {
	VPREP_PLACEMENT_DEFAULT,
	VPREP_PLACEMENT_COMPACT,
	VPREP_PLACEMENT_SEPARATE,
	VPREP_PLACEMENTS,
};

enum vprep_startup_policy {
	VPREP_STARTUP_DEFAULT,
	VPREP_STARTUP_MANDATORY,
	VPREP_STARTUP_REQUISITE,
	VPREP_STARTUP_OPTIONAL,
	VPREP_STARTUP_POLICIES,
};

/* NULL for none. */
const char *vprep_request_kind_name(enum vprep_request_kind kind);
const char *vprep_request_origin_name(enum vprep_request_origin origin);
const char *vprep_mdev_model_name(enum vprep_mdev_model model);
/* NULL for the default. */
const char *vprep_mdev_placement_name(enum vprep_mdev_placement placement);
const char *vprep_startup_policy_name(enum vprep_startup_policy policy);
/* The value of that name, never a default's. -EINVAL. */
int vprep_mdev_model_parse(const char *name, enum vprep_mdev_model *ret);
int vprep_mdev_placement_parse(const char *name, enum vprep_mdev_placement *ret);
int vprep_startup_policy_parse(const char *name, enum vprep_startup_policy *ret);

/* How to make an mdev that does not exist. Strings are owned. */
struct vprep_mdev_definition {
	char *type;   /* NULL: nobody said */
	char *parent; /* NULL: any */
	enum vprep_mdev_placement placement;
};

int vprep_mdev_definition_copy(const struct vprep_mdev_definition *from,
			       struct vprep_mdev_definition *ret);
void vprep_mdev_definition_done(struct vprep_mdev_definition *definition);

/* One device. Strings are owned; NULL means absent. */
struct vprep_device_request {
	enum vprep_request_kind kind;
	enum vprep_request_origin origin;
	unsigned line; /* of the document */
	union {
		struct {
			struct vprep_pci_address address;
			bool managed;
			char *driver;
			uint64_t namespace_id; /* of a disk's NVMe controller, else 0 */
		} pci;
		struct {
			struct vprep_uuid uuid;
			enum vprep_mdev_model model;
			struct vprep_mdev_definition definition;
		} mdev;
		struct {
			bool has_id; /* this or the next, or both */
			uint16_t vendor;
			uint16_t product; /* 0 is one */
			bool has_address;
			unsigned bus;
			unsigned device;
			enum vprep_startup_policy startup;
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
			char *path; /* absolute, printable */
		} vdpa;
	};

	/* of an interface, as the guest is to see it */
	bool has_mac;
	uint8_t mac[6];
	bool has_vlan;
	uint16_t vlan;
};

struct vprep_device_requests {
	size_t n;
	struct vprep_device_request *items;
};

void vprep_device_request_done(struct vprep_device_request *request);

/* Moves @request to the end; on -ENOMEM it stays the caller's. */
int vprep_device_requests_add(struct vprep_device_requests *requests,
			      struct vprep_device_request *request);
void vprep_device_requests_done(struct vprep_device_requests *requests);

/*
 * Whether @later asks for what @earlier asks for, by libvirt's rules: a usb device of an
 * address is compared by it, any other by vendor and product. Two disks may be on one
 * NVMe controller, in different namespaces.
 */
bool vprep_device_request_same(const struct vprep_device_request *earlier,
			       const struct vprep_device_request *later);

/* For messages: "0000:05:10.1", "usb 1:2", ... */
struct vprep_device_request_text {
	char s[64];
};

struct vprep_device_request_text
vprep_device_request_text(const struct vprep_device_request *request);

#endif
