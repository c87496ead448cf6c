// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of the host as a person looks for one: what it is, and who has it. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "device/usb.h"
#include "host/driver.h"
#include "host/iommu.h"
#include "host/pci.h"
#include "host/pci-place.h"
#include "in-use/in-use.h"
#include "journal/owners.h"
#include "nodedev/query.h"
#include "session/deny.h"

struct look {
	const struct vprep_session *session;
	struct vprep_nodedev_query query;
	struct vprep_in_use *in_use;
	struct vprep_owners owners;
	struct vprep_pci_slots slots;
	bool is_blind; /* the owners are root's to read */
	struct vprep_pool *pool;
};

/* The last part of where a link of the device leads. NULL: there is none. */
static const char *link_of(struct look *look, const struct vprep_nodedev_entry *e,
			   const char *link)
{
	char *name = NULL;

	if (vprep_io_link_name(look->session->io, VPREP_SYS, &name, "%s/%s", e->path,
			       link) < 0)
		return NULL;
	return vprep_pool_take(look->pool, name);
}

static int number_of(const char *text)
{
	uint64_t number;

	return text && vprep_parse_u64(text, 10, INT32_MAX, &number) == 0 ? (int)number
									  : -1;
}

static void stays(struct vprep_host_device *to, const char *why)
{
	to->state = VPREP_HOST_DEVICE_STAYS;
	to->why = why;
}

static int note_denial(struct look *look, const struct vprep_nodedev_entry *e,
		       struct vprep_host_device *to)
{
	_cleanup_free_ char *link =
		vprep_strf("bus/%s/devices/%s", e->bus, vprep_nodedev_sysname(e));
	struct vprep_pci_text by;
	int r = link ? vprep_deny_find(look->session, link, &by) : -ENOMEM;

	if (r > 0)
		stays(to,
		      vprep_pool_strf(look->pool, "the configuration denies %s", by.s));
	return r < 0 ? r : 0;
}

static void note_owner(struct look *look, struct vprep_host_device *to)
{
	const struct vprep_owner *owner = vprep_owners_of_device(&look->owners, to->name);

	if (!owner)
		owner = vprep_owners_beside(&look->owners, to->group, to->physfn);
	/* whoever asks for one that was made is given it */
	if (owner && vprep_str_same(owner->journal->header.kind, VPREP_OWNER_MDEV))
		return;
	if (owner) {
		to->state = VPREP_HOST_DEVICE_OWNED;
		to->owner = vprep_pool_dup(look->pool, owner->text);
		to->owner_kind =
			owner->journal->header.kind
				? vprep_pool_dup(look->pool, owner->journal->header.kind)
				: "unknown";
	} else if (look->is_blind &&
		   vprep_driver_is_vfio(look->session->io, to->driver)) {
		to->state = VPREP_HOST_DEVICE_HIDDEN;
	}
}

static void note_use(struct look *look, const struct vprep_uses *uses,
		     struct vprep_host_device *to)
{
	if (uses->n == 0 || to->state != VPREP_HOST_DEVICE_FREE)
		return;
	to->state = VPREP_HOST_DEVICE_IN_USE;
	to->why = vprep_pool_printable(look->pool, uses->items[0].what);
}

static void note_place(struct look *look, const struct vprep_nodedev_entry *e,
		       struct vprep_host_device *to)
{
	const char *slot = vprep_pci_slot_of(&look->slots, vprep_nodedev_sysname(e));

	to->slot = vprep_pool_dup(look->pool, slot);
	to->link = vprep_pci_link(look->session->io, look->pool, e->path);
}

static int fill_pci(struct look *look, const struct vprep_nodedev_entry *e,
		    struct vprep_host_device *to)
{
	_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *device = NULL;
	_cleanup_(vprep_uses_done) struct vprep_uses uses = { 0 };
	_cleanup_strv_ char **names = NULL;
	struct vprep_pci_address address;
	size_t i;
	int r = vprep_pci_address_parse(vprep_nodedev_sysname(e), &address);

	if (r == 0)
		r = vprep_pci_device_read(look->session->io, address, &device);
	if (r == 0)
		r = vprep_in_use_of(look->in_use, device, &uses);
	if (r == 0)
		r = vprep_in_use_names(look->in_use, device, &names);
	if (r < 0)
		return r;
	to->class_code = device->class_code;
	to->group = device->group;
	to->driver = vprep_pool_dup(look->pool, device->driver);
	if (device->has_physfn)
		to->physfn = vprep_pool_dup(look->pool,
					    vprep_pci_address_text(device->physfn).s);
	else /* a VF has those of its card */
		note_place(look, e, to);
	for (i = 0; names && names[i]; i++)
		to->known_as = vprep_pool_strf(look->pool, "%s%s%s", to->known_as,
					       i ? " " : "", names[i]);
	note_owner(look, to);
	if (vprep_pci_is_bridge(device))
		stays(to, "a bridge");
	else if (vprep_pci_host_part(device))
		stays(to, vprep_pci_host_part(device));
	note_use(look, &uses, to);
	if (to->state == VPREP_HOST_DEVICE_FREE && device->has_controller)
		stays(to, vprep_pool_strf(look->pool, "it goes with %s",
					  vprep_pci_address_text(device->controller).s));
	/* an unbound one may get a group yet */
	if (to->state == VPREP_HOST_DEVICE_FREE && to->group < 0 &&
	    (device->driver || vprep_iommu_groups_come_late(look->session->io) <= 0))
		stays(to, "it has no IOMMU group");
	return 0;
}

static int fill_other(struct look *look, const struct vprep_nodedev_entry *e,
		      struct vprep_host_device *to)
{
	_cleanup_(vprep_uses_done) struct vprep_uses uses = { 0 };
	int r = vprep_in_use_below(look->in_use, vprep_nodedev_sysname(e), &uses);

	if (r < 0)
		return r;
	to->driver = link_of(look, e, "driver");
	to->group = number_of(link_of(look, e, "iommu_group"));
	note_owner(look, to);
	if (e->cap == VPREP_CAP_USB_DEVICE &&
	    vprep_usb_is_hub(look->session->io, vprep_nodedev_sysname(e)) == 1)
		stays(to, "a hub");
	note_use(look, &uses, to);
	return 0;
}

static int fill(struct look *look, const struct vprep_nodedev_entry *e,
		struct vprep_host_device *to)
{
	bool by_sysname = e->cap == VPREP_CAP_PCI || e->cap == VPREP_CAP_MDEV;
	uint64_t numa;
	int r;

	*to = (struct vprep_host_device){ .group = -1, .numa_node = -1, .known_as = "" };
	to->node_name = vprep_pool_dup(look->pool, e->name);
	to->name = by_sysname ? vprep_pool_dup(look->pool, vprep_nodedev_sysname(e))
			      : to->node_name;
	to->capability = vprep_cap_name(e->cap);
	if (vprep_io_read_u64(look->session->io, VPREP_SYS, 10, &numa, "%s/numa_node",
			      e->path) == 0 &&
	    numa <= INT32_MAX)
		to->numa_node = (int)numa;
	if (look->pool->failed)
		return -ENOMEM;
	r = vprep_nodedev_query_brief(&look->query, e, look->pool, &to->model);
	if (r == 0)
		r = e->cap == VPREP_CAP_PCI ? fill_pci(look, e, to)
					    : fill_other(look, e, to);
	if (r == 0 && to->state == VPREP_HOST_DEVICE_FREE)
		r = note_denial(look, e, to);
	if (r == 0 || r == -ENODEV || r == -ENOMEM)
		return r;
	/* one that is broken hides no other */
	note_owner(look, to);
	if (to->state == VPREP_HOST_DEVICE_FREE)
		stays(to,
		      vprep_pool_strf(look->pool, "it cannot be read: %s", strerror(-r)));
	return look->pool->failed ? -ENOMEM : 0;
}

/* The order of capabilities in the answer. */
static const enum vprep_cap caps[] = { VPREP_CAP_PCI, VPREP_CAP_MDEV,
				       VPREP_CAP_USB_DEVICE, VPREP_CAP_SCSI,
				       VPREP_CAP_VDPA };

static int begin(struct look *look, struct vprep_error *err)
{
	const char *names[VPREP_ARRAY_SIZE(caps) + 1] = { NULL };
	const struct vprep_node_filter filter = { .capabilities = names };
	const struct vprep_io *io = look->session->io;
	size_t i;
	int r;

	for (i = 0; i < VPREP_ARRAY_SIZE(caps); i++)
		names[i] = vprep_cap_name(caps[i]);
	r = vprep_owners_look(io, &look->owners, err);
	look->is_blind = r == -EACCES || r == -EPERM;
	if (r < 0 && !look->is_blind)
		return r;
	vprep_pci_slots_read(io, &look->slots);
	r = vprep_in_use_new(look->session->io, &look->in_use);
	if (r < 0 || look->slots.pool.failed)
		return vprep_error_oom(err);
	return vprep_nodedev_query_begin(&look->query, io, &filter, false, err);
}

static int fill_all(struct look *look, struct vprep_host_devices *to,
		    struct vprep_error *err)
{
	const struct vprep_nodedev_index *index = look->query.index;
	size_t i, k;

	to->items = vprep_pool_alloc(look->pool, index->n, sizeof(*to->items));
	for (k = 0; to->items && k < VPREP_ARRAY_SIZE(caps); k++)
		for (i = 0; i < index->n; i++) {
			const struct vprep_nodedev_entry *e = &index->items[i];
			int r = e->cap == caps[k] ? fill(look, e, &to->items[to->n])
						  : -ENODEV;

			if (r == -ENOMEM)
				return vprep_error_oom(err);
			to->n += r == 0;
		}
	return look->pool->failed ? vprep_error_oom(err) : 0;
}

VPREP_EXPORT int vprep_host_devices(struct vprep_session *session,
				    struct vprep_host_devices **ret,
				    struct vprep_error *err)
{
	struct look look = { .session = session };
	struct vprep_host_devices *devices =
		vprep_pool_result_new(sizeof(*devices), &look.pool);
	int r = devices ? begin(&look, err) : vprep_error_oom(err);

	if (r == 0)
		r = fill_all(&look, devices, err);
	vprep_nodedev_query_done(&look.query);
	vprep_owners_done(&look.owners);
	vprep_in_use_free(look.in_use);
	vprep_pci_slots_done(&look.slots);
	if (r < 0) {
		vprep_host_devices_free(devices);
		return r;
	}
	*ret = devices;
	return 0;
}

VPREP_EXPORT void vprep_host_devices_free(struct vprep_host_devices *devices)
{
	vprep_pool_result_free(devices);
}
