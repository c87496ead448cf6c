// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node device element by element. Order and form are those of `virsh nodedev-dumpxml`;
 * what its schema (nodedev.rng) does not allow is left out.
 */
#include <stdarg.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "xml/nodedev-emit.h"

#define VALUE_MAX 64

void vprep_emit_set(const struct vprep_nodedev_emitter *s, const char *attribute,
		    const char *format, ...)
{
	char value[VALUE_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	s->set(s->to, attribute, value);
}

void vprep_emit(const struct vprep_nodedev_emitter *s, const char *element,
		const char *text)
{
	if (!text)
		return;
	s->open(s->to, element);
	s->text(s->to, text);
	s->close(s->to);
}

void vprep_emit_number(const struct vprep_nodedev_emitter *s, const char *element,
		       const char *format, ...)
{
	char value[VALUE_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	vprep_emit(s, element, value);
}

void vprep_emit_open(const struct vprep_nodedev_emitter *s, const char *type)
{
	s->open(s->to, "capability");
	s->set(s->to, "type", type);
}

void vprep_emit_id(const struct vprep_nodedev_emitter *s, const char *element,
		   uint16_t id, const char *name)
{
	s->open(s->to, element);
	vprep_emit_set(s, "id", "0x%04x", id);
	if (name)
		s->text(s->to, name);
	s->close(s->to);
}

void vprep_emit_types(const struct vprep_nodedev_emitter *s,
		      const struct vprep_nodedev_mdev_types *types)
{
	size_t i;

	if (types->n == 0)
		return;
	vprep_emit_open(s, "mdev_types");
	for (i = 0; i < types->n; i++) {
		const struct vprep_mdev_type_facts *type = &types->items[i];

		s->open(s->to, "type");
		s->set(s->to, "id", type->id);
		vprep_emit(s, "name", type->name);
		vprep_emit(s, "deviceAPI", type->api);
		vprep_emit_number(s, "availableInstances", "%u", type->available);
		s->close(s->to);
	}
	s->close(s->to);
}

static void tell_system(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *s)
{
	const struct vprep_system *system = &d->system;

	vprep_emit(s, "product", system->product);
	s->open(s->to, "hardware");
	vprep_emit(s, "vendor", system->vendor);
	vprep_emit(s, "version", system->version);
	vprep_emit(s, "serial", system->serial);
	vprep_emit(s, "uuid", system->uuid);
	s->close(s->to);
	s->open(s->to, "firmware");
	vprep_emit(s, "vendor", system->firmware_vendor);
	vprep_emit(s, "version", system->firmware_version);
	vprep_emit(s, "release_date", system->firmware_date);
	s->close(s->to);
}

static void tell_usb_device(const struct vprep_nodedev *d,
			    const struct vprep_nodedev_emitter *s)
{
	vprep_emit_number(s, "bus", "%u", d->usb.bus);
	vprep_emit_number(s, "device", "%u", d->usb.device);
	vprep_emit_id(s, "product", d->usb.product, d->usb.product_name);
	vprep_emit_id(s, "vendor", d->usb.vendor, d->usb.vendor_name);
}

static void tell_usb(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s)
{
	vprep_emit_number(s, "number", "%u", d->interface.number);
	vprep_emit_number(s, "class", "%u", d->interface.class_code);
	vprep_emit_number(s, "subclass", "%u", d->interface.subclass);
	vprep_emit_number(s, "protocol", "%u", d->interface.protocol);
}

/* Six pairs of digits: addresses of tunnels and InfiniBand have another form. */
static bool is_mac(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i >= 17 || (i % 3 == 2 ? text[i] != ':'
					   : !strchr("0123456789abcdefABCDEF", text[i])))
			return false;
	return i == 17;
}

static void tell_net(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s)
{
	const struct vprep_net_node *net = &d->net;
	int i;

	vprep_emit(s, "interface", net->interface);
	if (net->address && is_mac(net->address))
		vprep_emit(s, "address", net->address);
	s->open(s->to, "link");
	if (net->speed)
		vprep_emit_set(s, "speed", "%u", net->speed);
	if (net->state)
		s->set(s->to, "state", net->state);
	s->close(s->to);
	for (i = 0; i < VPREP_NET_FEATURES; i++) {
		if (!(net->features & 1u << i))
			continue;
		s->open(s->to, "feature");
		s->set(s->to, "name", vprep_net_feature_name((enum vprep_net_feature)i));
		s->close(s->to);
	}
	vprep_emit_open(s, net->wireless ? "80211" : "80203");
	s->close(s->to);
}

static bool is_wwn(const char *text)
{
	return text && strlen(text) == 16 && strspn(text, "0123456789abcdefABCDEF") == 16;
}

static void tell_scsi_host(const struct vprep_nodedev *d,
			   const struct vprep_nodedev_emitter *s)
{
	const struct vprep_scsi_host *host = &d->scsi_host;

	vprep_emit_number(s, "host", "%u", host->host);
	if (host->unique_id >= 0)
		vprep_emit_number(s, "unique_id", "%lld", (long long)host->unique_id);
	if (host->is_fc) {
		vprep_emit_open(s, "fc_host");
		vprep_emit(s, "wwnn", host->wwnn);
		vprep_emit(s, "wwpn", host->wwpn);
		/* without a fabric the kernel says 0, which is no WWN */
		if (is_wwn(host->fabric_wwn))
			vprep_emit(s, "fabric_wwn", host->fabric_wwn);
		s->close(s->to);
	}
	if (host->has_vports) {
		vprep_emit_open(s, "vport_ops");
		vprep_emit_number(s, "max_vports", "%u", host->max_vports);
		vprep_emit_number(s, "vports", "%u", host->vports);
		s->close(s->to);
	}
}

static void tell_scsi_target(const struct vprep_nodedev *d,
			     const struct vprep_nodedev_emitter *s)
{
	vprep_emit(s, "target", d->scsi_target.target);
	if (!d->scsi_target.rport)
		return;
	vprep_emit_open(s, "fc_remote_port");
	vprep_emit(s, "rport", d->scsi_target.rport);
	vprep_emit(s, "wwpn", d->scsi_target.wwpn);
	s->close(s->to);
}

static void tell_scsi(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *s)
{
	vprep_emit_number(s, "host", "%u", d->scsi.host);
	vprep_emit_number(s, "bus", "%u", d->scsi.bus);
	vprep_emit_number(s, "target", "%u", d->scsi.target);
	vprep_emit_number(s, "lun", "%llu", (unsigned long long)d->scsi.lun);
	vprep_emit(s, "type", d->scsi.type);
}

static void tell_blocks(const struct vprep_storage *storage,
			const struct vprep_nodedev_emitter *s)
{
	if (!storage->logical_block_size)
		return;
	vprep_emit_number(s, "logical_block_size", "%llu",
			  (unsigned long long)storage->logical_block_size);
	vprep_emit_number(s, "num_blocks", "%llu", (unsigned long long)storage->blocks);
}

static void tell_storage(const struct vprep_nodedev *d,
			 const struct vprep_nodedev_emitter *s)
{
	const struct vprep_storage *storage = &d->storage;

	vprep_emit(s, "block", storage->block);
	vprep_emit(s, "bus", storage->bus);
	vprep_emit(s, "drive_type", storage->drive_type);
	vprep_emit(s, "model", storage->model);
	vprep_emit(s, "vendor", storage->vendor);
	vprep_emit(s, "serial", storage->serial);
	if (storage->removable) {
		vprep_emit_open(s, "removable");
		vprep_emit(s, "media_available", storage->has_media ? "1" : "0");
		vprep_emit_number(s, "media_size", "%llu",
				  (unsigned long long)storage->size);
		vprep_emit(s, "media_label", storage->label);
	} else {
		vprep_emit_number(s, "size", "%llu", (unsigned long long)storage->size);
	}
	tell_blocks(storage, s);
	if (storage->removable)
		s->close(s->to);
}

static void tell_scsi_generic(const struct vprep_nodedev *d,
			      const struct vprep_nodedev_emitter *s)
{
	vprep_emit(s, "char", d->node);
}

static void tell_drm(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s)
{
	vprep_emit(s, "type", d->drm);
}

static void tell_types(const struct vprep_nodedev *d,
		       const struct vprep_nodedev_emitter *s)
{
	vprep_emit_types(s, &d->types);
}

static void tell_mdev(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *s)
{
	s->open(s->to, "type");
	s->set(s->to, "id", d->mdev.type ? d->mdev.type : "");
	s->close(s->to);
	vprep_emit(s, "uuid", d->mdev.uuid);
	vprep_emit(s, "parent_addr", d->mdev.parent);
	s->open(s->to, "iommuGroup");
	vprep_emit_set(s, "number", "%u", d->mdev.group);
	s->close(s->to);
}

static void tell_ccw_address(const struct vprep_ccw_address *a,
			     const struct vprep_nodedev_emitter *s)
{
	vprep_emit_number(s, "cssid", "0x%x", a->cssid);
	vprep_emit_number(s, "ssid", "0x%x", a->ssid);
	vprep_emit_number(s, "devno", "0x%04x", a->devno);
}

static void tell_ccw(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s)
{
	tell_ccw_address(&d->ccw, s);
}

static void tell_css(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s)
{
	tell_ccw_address(&d->css.address, s);
	if (d->css.has_channel) {
		s->open(s->to, "channel_dev_addr");
		tell_ccw_address(&d->css.channel, s);
		s->close(s->to);
	}
	vprep_emit_types(s, &d->css.types);
}

static void tell_vdpa(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *s)
{
	vprep_emit(s, "chardev", d->node);
}

static void tell_ap_card(const struct vprep_nodedev *d,
			 const struct vprep_nodedev_emitter *s)
{
	vprep_emit_number(s, "ap-adapter", "0x%02x", d->ap.adapter);
}

static void tell_ap_queue(const struct vprep_nodedev *d,
			  const struct vprep_nodedev_emitter *s)
{
	tell_ap_card(d, s);
	vprep_emit_number(s, "ap-domain", "0x%04x", d->ap.domain);
}

typedef void (*tell_fn)(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *s);

static const tell_fn tellers[VPREP_CAPS] = {
	[VPREP_CAP_SYSTEM] = tell_system,
	[VPREP_CAP_PCI] = vprep_emit_pci,
	[VPREP_CAP_USB_DEVICE] = tell_usb_device,
	[VPREP_CAP_USB] = tell_usb,
	[VPREP_CAP_NET] = tell_net,
	[VPREP_CAP_SCSI_HOST] = tell_scsi_host,
	[VPREP_CAP_SCSI_TARGET] = tell_scsi_target,
	[VPREP_CAP_SCSI] = tell_scsi,
	[VPREP_CAP_STORAGE] = tell_storage,
	[VPREP_CAP_SCSI_GENERIC] = tell_scsi_generic,
	[VPREP_CAP_DRM] = tell_drm,
	[VPREP_CAP_MDEV_TYPES] = tell_types,
	[VPREP_CAP_MDEV] = tell_mdev,
	[VPREP_CAP_CCW] = tell_ccw,
	[VPREP_CAP_CSS] = tell_css,
	[VPREP_CAP_VDPA] = tell_vdpa,
	[VPREP_CAP_AP_CARD] = tell_ap_card,
	[VPREP_CAP_AP_QUEUE] = tell_ap_queue,
	[VPREP_CAP_AP_MATRIX] = tell_types,
};

static void tell_head(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *s)
{
	size_t i;

	vprep_emit(s, "name", d->name);
	vprep_emit(s, "path", d->path);
	if (d->devnode) {
		s->open(s->to, "devnode");
		s->set(s->to, "type", "dev");
		s->text(s->to, d->devnode);
		s->close(s->to);
	}
	for (i = 0; i < d->n_links; i++) {
		s->open(s->to, "devnode");
		s->set(s->to, "type", "link");
		s->text(s->to, d->links[i]);
		s->close(s->to);
	}
	vprep_emit(s, "parent", d->parent);
	if (d->driver) {
		s->open(s->to, "driver");
		vprep_emit(s, "name", d->driver);
		s->close(s->to);
	}
}

void vprep_nodedev_tell(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *s)
{
	s->open(s->to, "device");
	tell_head(d, s);
	vprep_emit_open(s, vprep_cap_name(d->cap));
	tellers[d->cap](d, s);
	s->close(s->to);
	s->close(s->to);
}
