// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which disks a device reaches through an NVMe subsystem, which several may share. What
 * is reached over Fibre Channel is not below the adapter in the device tree: the
 * controller names the adapter's port.
 */
#include <errno.h>

#include "common/str.h"
#include "in-use/internal.h"

#define CLASS_STORAGE 0x01 /* NVMe, and controllers that have such disks behind them */
#define CLASS_FC 0x0c04
#define HOSTS "class/fc_host"

/* Of "traddr=nn-0xN:pn-0xN,host_traddr=nn-0xN:pn-0xN" the last number, the name of the
 * adapter's port. False: the controller is not reached over Fibre Channel. */
static bool parse_port(const char *address, uint64_t *ret)
{
	static const char key[] = "host_traddr=nn-", port[] = ":pn-";
	const char *at = strstr(address, key);

	at = at ? strstr(at, port) : NULL;
	if (!at)
		return false;
	at += sizeof(port) - 1;
	if (strncmp(at, "0x", 2) == 0)
		at += 2;
	return vprep_parse_u64_n(at, strspn(at, "0123456789abcdefABCDEF"), 16, UINT64_MAX,
				 ret) == 0;
}

/* Puts a controller that is virtual to where its adapter is. */
static int place_controller(struct vprep_in_use *scan, const struct vprep_index *hosts,
			    struct vprep_index_entry *controller)
{
	const char *address;
	uint64_t port, name;
	size_t i;
	int r = vprep_in_use_read(scan, VPREP_SYS, &address, "class/nvme/%s/address",
				  controller->name);

	if (r < 0 || !address || !parse_port(address, &port))
		return r;
	for (i = 0; r == 0 && i < hosts->n; i++) {
		const struct vprep_index_entry *host = &hosts->items[i];

		r = vprep_in_use_number(scan, 16, &name, HOSTS "/%s/port_name",
					host->name);
		if (r < 0 || name != port)
			continue;
		controller->on_pci = host->on_pci;
		controller->pci = host->pci;
		controller->in_made_domain = host->in_made_domain;
		controller->controller = host->controller;
	}
	return r;
}

static int get_controllers(struct vprep_in_use *scan, const struct vprep_index **ret)
{
	const struct vprep_index *index, *hosts;
	struct vprep_index *placed;
	size_t i;
	int r = 0;

	if (!scan->controllers) {
		r = vprep_in_use_index(scan, "class/nvme", &index);
		if (r == 0)
			r = vprep_in_use_index(scan, HOSTS, &hosts);
		if (r < 0)
			return r;
		placed = vprep_pool_alloc(&scan->pool, 1, sizeof(*placed));
		if (!placed)
			return -ENOMEM;
		*placed = *index;
		placed->items =
			vprep_pool_alloc(&scan->pool, index->n, sizeof(*placed->items));
		if (!placed->items)
			return -ENOMEM;
		for (i = 0; r == 0 && i < index->n; i++) {
			placed->items[i] = index->items[i];
			if (hosts->n > 0 && !placed->items[i].on_pci)
				r = place_controller(scan, hosts, &placed->items[i]);
		}
		if (r == 0)
			scan->controllers = placed;
	}
	*ret = scan->controllers;
	return r;
}

/* By which controllers a namespace is reached. */
struct reach {
	const struct vprep_index *members; /* of its subsystem, among others; or NULL */
	const char *controller; /* how a path goes on that names the only one */
};

/* The folder of ".../nvme-subsystem/NAME/nvme0n1" is NAME. Where the kernel joins no
 * paths, the folder of ".../nvme-fabrics/ctl/NAME/nvme0n1" is the controller's. */
static int find_reach(struct vprep_in_use *scan, const char *path, struct reach *ret)
{
	static const char subsystems[] = "/nvme-subsystem/";
	static const char controllers[] = "/nvme-fabrics/ctl/";
	const char *name = strstr(path, subsystems), *alone = strstr(path, controllers);
	_cleanup_free_ char *folder = NULL;

	*ret = (struct reach){ NULL };
	if (!name) {
		ret->controller = alone ? alone + sizeof(controllers) - 1 : NULL;
		return 0;
	}
	name += sizeof(subsystems) - 1;
	folder = vprep_strf("class/nvme-subsystem/%.*s", (int)strcspn(name, "/"), name);
	return folder ? vprep_in_use_index(scan, folder, &ret->members) : -ENOMEM;
}

static bool is_reached_by(const struct reach *reach, const char *controller)
{
	size_t len = strlen(controller);

	if (reach->members)
		return vprep_index_find(reach->members, controller);
	return reach->controller && strncmp(reach->controller, controller, len) == 0 &&
	       (reach->controller[len] == '/' || !reach->controller[len]);
}

/* A controller that died reaches nothing. */
static int is_live(struct vprep_in_use *scan, const char *controller)
{
	const char *state;
	int r;

	r = vprep_in_use_read(scan, VPREP_SYS, &state, "class/nvme/%s/state", controller);
	return r < 0 ? r : state && streq(state, "live");
}

static int note_sharing(struct vprep_in_use *scan, const struct reach *reach,
			const struct vprep_index *controllers,
			const struct vprep_pci_device *device, const char **ret_note)
{
	size_t i;
	int r;

	for (i = 0; i < controllers->n; i++) {
		const struct vprep_index_entry *other = &controllers->items[i];

		if (!other->on_pci || vprep_index_entry_is_on(other, device) ||
		    !is_reached_by(reach, other->name))
			continue;
		r = is_live(scan, other->name);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret_note =
			vprep_pool_strf(&scan->pool, "shared with %s at %s", other->name,
					vprep_pci_address_text(other->pci).s);
		return *ret_note ? 0 : -ENOMEM;
	}
	return 0;
}

int vprep_is_behind_nvme(struct vprep_in_use *scan, const struct vprep_index_entry *entry,
			 const struct vprep_pci_device *device, const char **ret_note)
{
	const struct vprep_index *controllers;
	struct reach reach;
	size_t i;
	int r;

	if ((device->class_code >> 16 != CLASS_STORAGE &&
	     device->class_code >> 8 != CLASS_FC) ||
	    entry->on_pci)
		return 0;
	r = find_reach(scan, entry->path, &reach);
	if (r < 0 || (!reach.members && !reach.controller))
		return r;
	r = get_controllers(scan, &controllers);
	if (r < 0)
		return r;
	for (i = 0; i < controllers->n; i++) {
		const struct vprep_index_entry *controller = &controllers->items[i];

		if (!vprep_index_entry_is_on(controller, device) ||
		    !is_reached_by(&reach, controller->name))
			continue;
		r = ret_note ? note_sharing(scan, &reach, controllers, device, ret_note)
			     : 0;
		return r < 0 ? r : 1;
	}
	return 0;
}
