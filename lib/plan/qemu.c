// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/qemu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/str.h"

#define IOMMUFD "vprep-iommufd"
#define USB_BUS "vprep-usb"
#define SCSI_BUS "vprep-scsi"
#define PAIRS_MAX 6

/* One "key=value" of an option's. */
struct pair {
	const char *key;
	const char *text;
	uint64_t number; /* where there is no text */
};

struct writing {
	const struct vprep_usages *usages;
	bool json;
	char **words;
	unsigned n_disks, n_nets;
};

/* A comma in a value is doubled, or else it would end the value. */
static void add_text_value(struct vprep_buf *buf, const struct pair *pair)
{
	const char *p;

	if (!pair->text) {
		vprep_buf_addf(buf, "%" PRIu64, pair->number);
		return;
	}
	for (p = pair->text; *p; p++)
		vprep_buf_addf(buf, *p == ',' ? ",%c" : "%c", *p);
}

static int text_of(const struct pair *pairs, char **ret)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i;

	add_text_value(&buf, &pairs[0]);
	for (i = 1; pairs[i].key; i++) {
		vprep_buf_addf(&buf, ",%s=", pairs[i].key);
		add_text_value(&buf, &pairs[i]);
	}
	return vprep_buf_take(&buf, ret);
}

static int json_of(const struct pair *pairs, char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json object = vprep_json_begin_object(&document);
	const struct pair *pair;

	for (pair = pairs; pair->key; pair++)
		if (pair->text)
			vprep_json_add_string(object, pair->key, pair->text);
		else
			vprep_json_add_unsigned(object, pair->key, pair->number);
	return vprep_json_text(&document, VPREP_JSON_PLAIN, ret);
}

/* The first pair is what the option is about; in text it stands without its key. A pair
 * without a key ends the list. */
static int add(struct writing *w, const char *flag, const struct pair *pairs)
{
	bool json = w->json && streq(flag, "-device");
	_cleanup_free_ char *value = NULL;
	int r = json ? json_of(pairs, &value) : text_of(pairs, &value);

	if (r == 0)
		r = vprep_strv_add(&w->words, flag);
	return r < 0 ? r : vprep_strv_add(&w->words, value);
}

static int add_vfio(struct writing *w, const char *driver, const struct pair *where,
		    const struct vprep_usage *usage)
{
	const struct pair pairs[PAIRS_MAX] = {
		{ .key = "driver", .text = driver },
		*where,
		{ .key = w->usages->iommufd && usage->cdev ? "iommufd" : NULL,
		  .text = IOMMUFD },
	};

	return add(w, "-device", pairs);
}

static int add_pci(struct writing *w, const struct vprep_usage *usage)
{
	return add_vfio(w, "vfio-pci", &(struct pair){ "host", usage->device, 0 }, usage);
}

static int add_mdev(struct writing *w, const struct vprep_usage *usage)
{
	_cleanup_free_ char *path = vprep_strf("/sys/bus/mdev/devices/%s", usage->device);

	return path ? add_vfio(w, usage->api, &(struct pair){ "sysfsdev", path, 0 },
			       usage)
		    : -ENOMEM;
}

/* A disk on a node of QEMU's own: the node and the device before it. */
static int add_disk(struct writing *w, const char *device, const struct pair *source)
{
	char name[sizeof("vprep-disk4294967295")];
	struct pair node[PAIRS_MAX] = { { 0 } };
	size_t n;

	snprintf(name, sizeof(name), "vprep-disk%u", w->n_disks++);
	for (n = 0; source[n].key; n++)
		node[n] = source[n];
	node[n] = (struct pair){ "node-name", name, 0 };
	return add(w, "-blockdev", node) < 0
		       ? -ENOMEM
		       : add(w, "-device",
			     (const struct pair[]){ { "driver", device, 0 },
						    { "drive", name, 0 },
						    { .key = streq(device, "scsi-generic")
								     ? "bus"
								     : NULL,
						      .text = SCSI_BUS ".0" },
						    { 0 } });
}

static int add_nvme(struct writing *w, const struct vprep_usage *usage)
{
	return add_disk(w, "virtio-blk-pci",
			(const struct pair[]){ { "driver", "nvme", 0 },
					       { "device", usage->device, 0 },
					       { "namespace", NULL, usage->namespace_id },
					       { 0 } });
}

static int add_usb(struct writing *w, const struct vprep_usage *usage)
{
	return add(w, "-device",
		   (const struct pair[]){ { "driver", "usb-host", 0 },
					  { "bus", USB_BUS ".0", 0 },
					  { "hostbus", NULL, usage->usb_bus },
					  { "hostaddr", NULL, usage->usb_device },
					  { 0 } });
}

static int add_scsi(struct writing *w, const struct vprep_usage *usage)
{
	_cleanup_free_ char *path = vprep_strf("/dev/%s", usage->node);

	return path ? add_disk(w, "scsi-generic",
			       (const struct pair[]){ { "driver", "host_device", 0 },
						      { "filename", path, 0 },
						      { 0 } })
		    : -ENOMEM;
}

static int add_vdpa_disk(struct writing *w, const struct vprep_usage *usage)
{
	_cleanup_free_ char *path = vprep_strf("/dev/%s", usage->node);

	return path ? add_disk(w, "virtio-blk-pci",
			       (const struct pair[]){
				       { "driver", "virtio-blk-vhost-vdpa", 0 },
				       { "path", path, 0 },
				       { "cache.direct", "on", 0 },
				       { 0 } })
		    : -ENOMEM;
}

static int add_vdpa_net(struct writing *w, const struct vprep_usage *usage)
{
	_cleanup_free_ char *path = vprep_strf("/dev/%s", usage->node);
	char id[sizeof("vprep-net4294967295")];
	struct vprep_mac_text mac = vprep_mac_text(usage->mac);
	int r;

	if (!path)
		return -ENOMEM;
	snprintf(id, sizeof(id), "vprep-net%u", w->n_nets++);
	r = add(w, "-netdev",
		(const struct pair[]){ { "type", "vhost-vdpa", 0 },
				       { "id", id, 0 },
				       { "vhostdev", path, 0 },
				       { 0 } });
	if (r < 0)
		return r;
	return add(w, "-device",
		   (const struct pair[]){
			   { "driver", "virtio-net-pci", 0 },
			   { "netdev", id, 0 },
			   { .key = usage->has_mac ? "mac" : NULL, .text = mac.s },
			   { 0 } });
}

static int add_usage(struct writing *w, const struct vprep_usage *usage)
{
	switch (usage->kind) {
	case VPREP_USAGE_PCI:
		return add_pci(w, usage);
	case VPREP_USAGE_MDEV:
		return add_mdev(w, usage);
	case VPREP_USAGE_NVME:
		return add_nvme(w, usage);
	case VPREP_USAGE_USB:
		return add_usb(w, usage);
	case VPREP_USAGE_SCSI:
		return add_scsi(w, usage);
	case VPREP_USAGE_VHOST_SCSI:
		return add(w, "-device",
			   (const struct pair[]){ { "driver", "vhost-scsi-pci", 0 },
						  { "wwpn", usage->device, 0 },
						  { 0 } });
	case VPREP_USAGE_VDPA_NET:
		return add_vdpa_net(w, usage);
	case VPREP_USAGE_VDPA_DISK:
		break;
	}
	return add_vdpa_disk(w, usage);
}

static bool has_kind(const struct vprep_usages *usages, enum vprep_usage_kind kind)
{
	size_t i;

	for (i = 0; i < usages->n; i++)
		if (usages->items[i].kind == kind)
			return true;
	return false;
}

static bool has_cdev(const struct vprep_usages *usages)
{
	size_t i;

	for (i = 0; i < usages->n; i++)
		if (vprep_usage_may_use_iommufd(&usages->items[i]))
			return true;
	return false;
}

/* What the devices refer to stands before them. */
static int add_shared(struct writing *w)
{
	int r = 0;

	if (w->usages->iommufd && has_cdev(w->usages))
		r = add(w, "-object",
			(const struct pair[]){ { "qom-type", "iommufd", 0 },
					       { "id", IOMMUFD, 0 },
					       { 0 } });
	if (r == 0 && has_kind(w->usages, VPREP_USAGE_USB))
		r = add(w, "-device",
			(const struct pair[]){ { "driver", "qemu-xhci", 0 },
					       { "id", USB_BUS, 0 },
					       { 0 } });
	if (r == 0 && has_kind(w->usages, VPREP_USAGE_SCSI))
		r = add(w, "-device",
			(const struct pair[]){ { "driver", "virtio-scsi-pci", 0 },
					       { "id", SCSI_BUS, 0 },
					       { 0 } });
	return r;
}

int vprep_qemu_words(const struct vprep_usages *usages, bool json, char ***ret)
{
	struct writing w = { .usages = usages, .json = json };
	size_t i;
	int r;

	w.words = calloc(1, sizeof(char *));
	r = w.words ? add_shared(&w) : -ENOMEM;
	for (i = 0; r == 0 && i < usages->n; i++)
		r = add_usage(&w, &usages->items[i]);
	if (r < 0) {
		vprep_strv_free(w.words);
		return r;
	}
	*ret = w.words;
	return 0;
}
