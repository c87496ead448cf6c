// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "common/str.h"

static const char *const kind_names[] = {
	[VPREP_REQUEST_PCI] = "pci",   [VPREP_REQUEST_MDEV] = "mdev",
	[VPREP_REQUEST_USB] = "usb",   [VPREP_REQUEST_SCSI] = "scsi",
	[VPREP_REQUEST_VDPA] = "vdpa", [VPREP_REQUEST_SCSI_HOST] = "scsi_host",
};

static const char *const origin_names[] = {
	[VPREP_ORIGIN_HOSTDEV] = "hostdev",
	[VPREP_ORIGIN_INTERFACE] = "interface",
	[VPREP_ORIGIN_DISK] = "disk",
};

static const char *const model_names[] = {
	[VPREP_MDEV_VFIO_PCI] = "vfio-pci",
	[VPREP_MDEV_VFIO_CCW] = "vfio-ccw",
	[VPREP_MDEV_VFIO_AP] = "vfio-ap",
};

static const char *const placement_names[] = {
	[VPREP_PLACEMENT_COMPACT] = "compact",
	[VPREP_PLACEMENT_SEPARATE] = "separate",
};

static const char *const startup_names[] = {
	[VPREP_STARTUP_MANDATORY] = "mandatory",
	[VPREP_STARTUP_REQUISITE] = "requisite",
	[VPREP_STARTUP_OPTIONAL] = "optional",
};

_Static_assert(VPREP_ARRAY_SIZE(kind_names) == VPREP_REQUEST_KINDS, "a name each");
_Static_assert(VPREP_ARRAY_SIZE(origin_names) == VPREP_ORIGINS, "a name each");
_Static_assert(VPREP_ARRAY_SIZE(model_names) == VPREP_MDEV_MODELS, "a name each");
_Static_assert(VPREP_ARRAY_SIZE(placement_names) == VPREP_PLACEMENTS, "a name each");
_Static_assert(VPREP_ARRAY_SIZE(startup_names) == VPREP_STARTUP_POLICIES, "a name each");

const char *vprep_request_kind_name(enum vprep_request_kind kind)
{
	return kind_names[kind];
}

const char *vprep_request_origin_name(enum vprep_request_origin origin)
{
	return origin_names[origin];
}

const char *vprep_mdev_model_name(enum vprep_mdev_model model)
{
	return model_names[model];
}

const char *vprep_mdev_placement_name(enum vprep_mdev_placement placement)
{
	return placement_names[placement];
}

const char *vprep_startup_policy_name(enum vprep_startup_policy policy)
{
	return startup_names[policy];
}

/* The index of @name, or @n. */
static unsigned find_name(const char *const *names, unsigned n, const char *name)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (names[i] && streq(names[i], name))
			break;
	return i;
}

int vprep_mdev_model_parse(const char *name, enum vprep_mdev_model *ret)
{
	unsigned i = find_name(model_names, VPREP_MDEV_MODELS, name);

	if (i == VPREP_MDEV_MODELS)
		return -EINVAL;
	*ret = (enum vprep_mdev_model)i;
	return 0;
}

int vprep_mdev_placement_parse(const char *name, enum vprep_mdev_placement *ret)
{
	unsigned i = find_name(placement_names, VPREP_PLACEMENTS, name);

	if (i == VPREP_PLACEMENTS)
		return -EINVAL;
	*ret = (enum vprep_mdev_placement)i;
	return 0;
}

int vprep_startup_policy_parse(const char *name, enum vprep_startup_policy *ret)
{
	unsigned i = find_name(startup_names, VPREP_STARTUP_POLICIES, name);

	if (i == VPREP_STARTUP_POLICIES)
		return -EINVAL;
	*ret = (enum vprep_startup_policy)i;
	return 0;
}

struct vprep_uuid_text vprep_uuid_text(const struct vprep_uuid *uuid)
{
	static const char digits[] = "0123456789abcdef";
	struct vprep_uuid_text t = { "" };
	char *p = t.s;
	unsigned i;

	for (i = 0; i < sizeof(uuid->bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid->bytes[i] >> 4];
		*p++ = digits[uuid->bytes[i] & 0xfu];
	}
	*p = '\0';
	return t;
}

int vprep_uuid_parse(const char *s, struct vprep_uuid *ret)
{
	static const char white[] = " \t\n\r\f";
	struct vprep_uuid uuid;
	uint64_t byte;
	unsigned i;

	s += strspn(s, white);
	for (i = 0; i < sizeof(uuid.bytes); i++, s += 2) {
		s += strspn(s, "- ");
		if (!s[0] || vprep_parse_u64_n(s, 2, 16, 0xff, &byte) < 0)
			return -EINVAL;
		uuid.bytes[i] = (uint8_t)byte;
	}
	if (s[strspn(s, white)])
		return -EINVAL;
	*ret = uuid;
	return 0;
}

bool vprep_uuid_same(const struct vprep_uuid *a, const struct vprep_uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int vprep_mdev_definition_copy(const struct vprep_mdev_definition *from,
			       struct vprep_mdev_definition *ret)
{
	struct vprep_mdev_definition to = { .placement = from->placement };

	if (vprep_str_replace(&to.type, from->type) < 0 ||
	    vprep_str_replace(&to.parent, from->parent) < 0) {
		vprep_mdev_definition_done(&to);
		return -ENOMEM;
	}
	*ret = to;
	return 0;
}

void vprep_mdev_definition_done(struct vprep_mdev_definition *definition)
{
	free(definition->type);
	free(definition->parent);
	*definition = (struct vprep_mdev_definition){ 0 };
}

void vprep_device_request_done(struct vprep_device_request *r)
{
	if (r->kind == VPREP_REQUEST_PCI)
		free(r->pci.driver);
	if (r->kind == VPREP_REQUEST_MDEV)
		vprep_mdev_definition_done(&r->mdev.definition);
	if (r->kind == VPREP_REQUEST_VDPA)
		free(r->vdpa.path);
	*r = (struct vprep_device_request){ 0 };
}

int vprep_device_requests_add(struct vprep_device_requests *requests,
			      struct vprep_device_request *request)
{
	struct vprep_device_request *grown;

	grown = reallocarray(requests->items, requests->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	requests->items = grown;
	grown[requests->n++] = *request;
	*request = (struct vprep_device_request){ 0 };
	return 0;
}

void vprep_device_requests_done(struct vprep_device_requests *requests)
{
	size_t i;

	for (i = 0; i < requests->n; i++)
		vprep_device_request_done(&requests->items[i]);
	free(requests->items);
	*requests = (struct vprep_device_requests){ 0 };
}

static bool same_usb(const struct vprep_device_request *a,
		     const struct vprep_device_request *b)
{
	if (a->usb.has_address)
		return b->usb.has_address && a->usb.bus == b->usb.bus &&
		       a->usb.device == b->usb.device;
	return b->usb.has_id && a->usb.vendor == b->usb.vendor &&
	       a->usb.product == b->usb.product;
}

static bool same_pci(const struct vprep_device_request *a,
		     const struct vprep_device_request *b)
{
	if (!vprep_pci_address_same(a->pci.address, b->pci.address))
		return false;
	return a->origin != VPREP_ORIGIN_DISK || b->origin != VPREP_ORIGIN_DISK ||
	       a->pci.namespace_id == b->pci.namespace_id;
}

bool vprep_device_request_same(const struct vprep_device_request *a,
			       const struct vprep_device_request *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VPREP_REQUEST_PCI:
		return same_pci(a, b);
	case VPREP_REQUEST_MDEV:
		return vprep_uuid_same(&a->mdev.uuid, &b->mdev.uuid);
	case VPREP_REQUEST_USB:
		return same_usb(a, b);
	case VPREP_REQUEST_SCSI:
		return a->scsi.host == b->scsi.host && a->scsi.bus == b->scsi.bus &&
		       a->scsi.target == b->scsi.target && a->scsi.unit == b->scsi.unit;
	case VPREP_REQUEST_SCSI_HOST:
		return strcasecmp(a->scsi_host.wwpn, b->scsi_host.wwpn) == 0;
	case VPREP_REQUEST_VDPA:
		return streq(a->vdpa.path, b->vdpa.path);
	case VPREP_REQUEST_NONE:
	case VPREP_REQUEST_KINDS:
		break;
	}
	return false;
}

struct vprep_device_request_text
vprep_device_request_text(const struct vprep_device_request *r)
{
	struct vprep_device_request_text t = { "" };

	switch (r->kind) {
	case VPREP_REQUEST_PCI:
		snprintf(t.s, sizeof(t.s), "%s",
			 vprep_pci_address_text(r->pci.address).s);
		break;
	case VPREP_REQUEST_MDEV:
		snprintf(t.s, sizeof(t.s), "mdev %s", vprep_uuid_text(&r->mdev.uuid).s);
		break;
	case VPREP_REQUEST_USB:
		if (r->usb.has_address)
			snprintf(t.s, sizeof(t.s), "usb bus %u device %u", r->usb.bus,
				 r->usb.device);
		else
			snprintf(t.s, sizeof(t.s), "usb %04x:%04x", r->usb.vendor,
				 r->usb.product);
		break;
	case VPREP_REQUEST_SCSI:
		snprintf(t.s, sizeof(t.s), "scsi %u:%u:%u:%" PRIu64, r->scsi.host,
			 r->scsi.bus, r->scsi.target, r->scsi.unit);
		break;
	case VPREP_REQUEST_SCSI_HOST:
		snprintf(t.s, sizeof(t.s), "%s", r->scsi_host.wwpn);
		break;
	case VPREP_REQUEST_VDPA:
		snprintf(t.s, sizeof(t.s), "%s", r->vdpa.path);
		break;
	case VPREP_REQUEST_NONE:
	case VPREP_REQUEST_KINDS:
		break;
	}
	return t;
}
