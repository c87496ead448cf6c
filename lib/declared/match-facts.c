// SPDX-License-Identifier: GPL-2.0-or-later
/* What a PCI device is known by. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/str.h"
#include "declared/match.h"
#include "host/pci.h"
#include "host/sriov.h"

#define DEVICE "bus/pci/devices/%s/"
/* PCI Express: where extended capabilities begin, what they are told by, and the one with
 * the device's serial number. */
#define EXTENDED 0x100
#define CONFIG_SIZE 4096
#define CAP_SERIAL 0x0003

/* What is not there is no fact; so is what only root may read. */
static int ignore_absent(int r)
{
	static const int serious[] = { ENOMEM, EMFILE, ENFILE, ETIMEDOUT };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(serious); i++)
		if (r == -serious[i])
			return r;
	return r < 0 ? 0 : r;
}

/* ---- attributes and links ---- */

static int add_attribute(struct vprep_io *io, struct vprep_match_device *d, char ***to,
			 const char *attribute)
{
	_cleanup_free_ char *text = NULL;
	char *word;
	size_t len;
	int r;

	r = vprep_io_read(io, VPREP_SYS, &text, DEVICE "%s", d->text.s, attribute);
	if (r < 0)
		return ignore_absent(r);
	word = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
	for (len = strlen(word); len > 0 && word[len - 1] == ' '; len--)
		word[len - 1] = '\0';
	return *word ? vprep_strv_add(to, word) : 0;
}

static int add_link(struct vprep_io *io, struct vprep_match_device *d, char ***to,
		    const char *link)
{
	_cleanup_free_ char *name = NULL;
	int r = vprep_io_link_name(io, VPREP_SYS, &name, DEVICE "%s", d->text.s, link);

	return r < 0 ? ignore_absent(r) : vprep_strv_add(to, name);
}

static int read_address(struct vprep_match_devices *all, struct vprep_match_device *d,
			char ***to)
{
	(void)all;
	return vprep_strv_add(to, d->text.s);
}

static int set_number(struct vprep_match_device *d, enum vprep_match_key key, int digits,
		      unsigned number)
{
	char text[sizeof("ffffff")];

	if (d->is_read[key])
		return 0;
	snprintf(text, sizeof(text), "%0*x", digits, number);
	d->is_read[key] = true;
	return vprep_strv_add(&d->values[key], text);
}

/* Who asks for one of the three gets them all: they are read at once. */
static int read_identity(struct vprep_match_devices *all, struct vprep_match_device *d,
			 char ***to)
{
	struct vprep_pci_identity identity;
	int r = vprep_pci_identity_read(all->io, d->text.s, &identity);

	(void)to;
	if (r < 0)
		return ignore_absent(r);
	r = set_number(d, VPREP_MATCH_VENDOR, 4, identity.vendor);
	if (r == 0)
		r = set_number(d, VPREP_MATCH_DEVICE, 4, identity.device);
	if (r == 0)
		r = set_number(d, VPREP_MATCH_CLASS, 6, identity.class_code);
	return r;
}

/* -1 is the kernel's word for none (NUMA_NO_NODE). */
static int read_numa(struct vprep_match_devices *all, struct vprep_match_device *d,
		     char ***to)
{
	int r = add_attribute(all->io, d, to, "numa_node");

	if (r == 0 && *to && streq(**to, "-1")) {
		vprep_strv_free(*to);
		*to = NULL;
	}
	return r;
}

static int read_driver(struct vprep_match_devices *all, struct vprep_match_device *d,
		       char ***to)
{
	return add_link(all->io, d, to, "driver");
}

static int read_group(struct vprep_match_devices *all, struct vprep_match_device *d,
		      char ***to)
{
	return add_link(all->io, d, to, "iommu_group");
}

static int read_pf(struct vprep_match_devices *all, struct vprep_match_device *d,
		   char ***to)
{
	return add_link(all->io, d, to, "physfn");
}

/* "8086:a04c" */
static int read_subsystem(struct vprep_match_devices *all, struct vprep_match_device *d,
			  char ***to)
{
	_cleanup_strv_ char **parts = NULL;
	_cleanup_free_ char *text = NULL;
	int r = add_attribute(all->io, d, &parts, "subsystem_vendor");

	if (r == 0)
		r = add_attribute(all->io, d, &parts, "subsystem_device");
	if (r < 0 || !parts || !parts[1])
		return r;
	text = vprep_strf("%s:%s", parts[0], parts[1]);
	return text ? vprep_strv_add(to, text) : -ENOMEM;
}

/* ---- where it is ---- */

/* The way from the root complex, which stays when buses are numbered anew:
 * "0000:00:09.0/00.1", as lspci -P prints it, and the same without the domain 0000. */
static int read_path(struct vprep_match_devices *all, struct vprep_match_device *d,
		     char ***to)
{
	_cleanup_buf_ struct vprep_buf path = { 0 };
	_cleanup_free_ char *link = NULL;
	char *rest, *part;
	int r;

	r = vprep_io_readlink(all->io, VPREP_SYS, &link, "bus/pci/devices/%s", d->text.s);
	if (r < 0)
		return ignore_absent(r);
	for (rest = link; (part = strsep(&rest, "/"));) {
		struct vprep_pci_address a;

		if (vprep_pci_address_parse(part, &a) < 0)
			continue;
		if (path.len == 0)
			vprep_buf_add(&path, part);
		else
			vprep_buf_addf(&path, "/%02x.%x", a.slot, a.function);
	}
	if (path.failed)
		return -ENOMEM;
	r = path.len > 0 ? vprep_strv_add(to, path.data) : 0;
	if (r == 0 && path.len > 5 && strncmp(path.data, "0000:", 5) == 0)
		r = vprep_strv_add(to, path.data + 5);
	return r;
}

static int compare_slots(const void *a, const void *b)
{
	const struct vprep_pci_slot *x = a, *y = b;
	int r = strcmp(x->address, y->address);

	return r ? r : strcmp(x->name, y->name);
}

/* All of them once, for all devices. */
static int know_slots(struct vprep_match_devices *all)
{
	if (all->knows_slots)
		return 0;
	vprep_pci_slots_read(all->io, &all->slots);
	if (all->slots.pool.failed)
		return -ENOMEM;
	if (all->slots.n > 0)
		qsort(all->slots.items, all->slots.n, sizeof(*all->slots.items),
		      compare_slots);
	all->knows_slots = true;
	return 0;
}

/* The first slot whose address does not come before these @len bytes. */
static size_t find_slot(const struct vprep_pci_slots *slots, const char *address,
			size_t len)
{
	size_t low = 0, high = slots->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(slots->items[middle].address, address, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The names of the slot that it sits in, and the firmware's name for it. */
static int read_slot(struct vprep_match_devices *all, struct vprep_match_device *d,
		     char ***to)
{
	size_t len = strlen(d->text.s) - strlen(".0"), i;
	int r = know_slots(all);

	for (i = r == 0 ? find_slot(&all->slots, d->text.s, len) : 0;
	     r == 0 && i < all->slots.n &&
	     strncmp(all->slots.items[i].address, d->text.s, len) == 0;
	     i++)
		if (all->slots.items[i].address[len] == '\0')
			r = vprep_strv_add(to, all->slots.items[i].name);
	return r < 0 ? r : add_attribute(all->io, d, to, "label");
}

/* ---- what makes it this one ---- */

static uint32_t little(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* "00-11-22-ff-ff-33-44-55", as lspci prints it. The list of capabilities is the
 * device's own, and may go in a circle. */
static int add_device_serial(struct vprep_io *io, struct vprep_match_device *d,
			     char ***to)
{
	uint8_t config[CONFIG_SIZE];
	unsigned at = EXTENDED, left;
	_cleanup_free_ char *text = NULL;

	if (vprep_io_read_bytes(io, VPREP_SYS, 0, config, sizeof(config), DEVICE "config",
				d->text.s) < 0)
		return 0; /* no PCI Express, or root's to read */
	for (left = (CONFIG_SIZE - EXTENDED) / 8; left > 0; left--) {
		uint32_t head;

		if (at < EXTENDED || at > CONFIG_SIZE - 12)
			return 0;
		head = little(config + at);
		if ((head & 0xffff) == CAP_SERIAL)
			break;
		at = head >> 20 & ~3u;
	}
	if (left == 0)
		return 0;
	text = vprep_strf("%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", config[at + 11],
			  config[at + 10], config[at + 9], config[at + 8], config[at + 7],
			  config[at + 6], config[at + 5], config[at + 4]);
	return text ? vprep_strv_add(to, text) : -ENOMEM;
}

/* Of each NVMe controller or network interface of the device. */
static int add_attribute_of_each(struct vprep_io *io, struct vprep_match_device *d,
				 char ***to, const char *folder, const char *name)
{
	_cleanup_strv_ char **children = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &children, DEVICE "%s", d->text.s, folder);
	r = r < 0 ? ignore_absent(r) : 0;
	for (i = 0; r == 0 && children && children[i]; i++) {
		_cleanup_free_ char *attribute =
			vprep_strf("%s/%s/%s", folder, children[i], name);

		r = attribute ? add_attribute(io, d, to, attribute) : -ENOMEM;
	}
	return r;
}

static int read_serial(struct vprep_match_devices *all, struct vprep_match_device *d,
		       char ***to)
{
	int r = add_attribute_of_each(all->io, d, to, "nvme", "serial");

	return r < 0 ? r : add_device_serial(all->io, d, to);
}

/* A VF has that of its interface, and that which its PF gave it: the one that counts
 * while a guest has it, or is to have it. */
static int add_vf_mac(struct vprep_io *io, struct vprep_match_device *d, char ***to)
{
	_cleanup_(vprep_vf_done) struct vprep_vf vf;
	struct vprep_mac_text text;
	int r;

	vprep_vf_init(&vf);
	r = vprep_vf_read(io, d->address, &vf);
	if (r < 0 || !vf.known || vprep_mac_is_zero(vf.mac))
		return ignore_absent(r);
	text = vprep_mac_text(vf.mac);
	return vprep_strv_has(*to, text.s) ? 0 : vprep_strv_add(to, text.s);
}

static int read_mac(struct vprep_match_devices *all, struct vprep_match_device *d,
		    char ***to)
{
	char *const *pf = NULL;
	int r = add_attribute_of_each(all->io, d, to, "net", "address");

	if (r == 0)
		r = vprep_match_values(all, d, VPREP_MATCH_PF, &pf);
	return r == 0 && pf ? add_vf_mac(all->io, d, to) : r;
}

/* ---- all of them ---- */

int vprep_match_values(struct vprep_match_devices *devices,
		       struct vprep_match_device *device, enum vprep_match_key key,
		       char *const **ret)
{
	static int (*const readers[VPREP_MATCH_KEYS])(
		struct vprep_match_devices *, struct vprep_match_device *, char ***) = {
		[VPREP_MATCH_ADDRESS] = read_address,
		[VPREP_MATCH_CLASS] = read_identity,
		[VPREP_MATCH_DEVICE] = read_identity,
		[VPREP_MATCH_DRIVER] = read_driver,
		[VPREP_MATCH_GROUP] = read_group,
		[VPREP_MATCH_MAC] = read_mac,
		[VPREP_MATCH_NUMA] = read_numa,
		[VPREP_MATCH_PATH] = read_path,
		[VPREP_MATCH_PF] = read_pf,
		[VPREP_MATCH_SERIAL] = read_serial,
		[VPREP_MATCH_SLOT] = read_slot,
		[VPREP_MATCH_SUBSYSTEM] = read_subsystem,
		[VPREP_MATCH_VENDOR] = read_identity,
	};
	int r = 0;

	if (!device->is_read[key])
		r = readers[key](devices, device, &device->values[key]);
	if (r < 0)
		return r;
	device->is_read[key] = true;
	*ret = device->values[key];
	return 0;
}

static int compare_addresses(const void *a, const void *b)
{
	const struct vprep_match_device *x = a, *y = b;

	return strcmp(x->text.s, y->text.s);
}

struct vprep_match_device *
vprep_match_device_at(const struct vprep_match_devices *devices,
		      struct vprep_pci_address address)
{
	const struct vprep_match_device key = { .text = vprep_pci_address_text(address) };

	return devices->n > 0 ? bsearch(&key, devices->items, devices->n,
					sizeof(*devices->items), compare_addresses)
			      : NULL;
}

int vprep_match_devices_list(struct vprep_io *io, struct vprep_match_devices *ret)
{
	struct vprep_match_devices devices = { .io = io };
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, "bus/pci/devices");
	if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return r;
	devices.items = calloc(vprep_strv_len(names) + 1, sizeof(*devices.items));
	if (!devices.items)
		return -ENOMEM;
	for (i = 0; names && names[i]; i++) {
		struct vprep_match_device *d = &devices.items[devices.n];

		if (vprep_pci_address_parse(names[i], &d->address) < 0)
			continue;
		d->text = vprep_pci_address_text(d->address);
		devices.n++;
	}
	/* the names are sorted, but need not be as the kernel would write them */
	qsort(devices.items, devices.n, sizeof(*devices.items), compare_addresses);
	*ret = devices;
	return 0;
}

void vprep_match_devices_done(struct vprep_match_devices *devices)
{
	size_t i, key;

	for (i = 0; i < devices->n; i++)
		for (key = 0; key < VPREP_MATCH_KEYS; key++)
			vprep_strv_free(devices->items[i].values[key]);
	free(devices->items);
	vprep_match_indexes_done(devices);
	vprep_pci_slots_done(&devices->slots);
	*devices = (struct vprep_match_devices){ .n = 0 };
}
