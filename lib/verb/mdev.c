// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mediated devices by themselves: what can be made, made and removed by hand.
 *
 * I1  Each one that is made has a journal of its own, which is for nobody yet: a domain or
 *     a person takes the device as one that exists.
 * I2  One is removed only while nobody has it attached, and only if vfio-prep made it.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "host/mdev.h"
#include "journal/owners.h"
#include "device/kind.h"
#include "session/attach-context.h"
#include "io/uuid.h"

#define KIND "mdev"
#define SHOWN_MAX 60

_Static_assert(sizeof(VPREP_STEP_MADE_MDEV) == sizeof(VPREP_STEP_MADE_VGPU),
	       "a name behind either begins at the same place");

/* ---- types ---- */

/* A text on one line. */
static const char *copy_line(struct vprep_pool *pool, const char *from)
{
	char *text = from ? vprep_pool_dup(pool, from) : NULL;
	char *newline;

	while (text && (newline = strchr(text, '\n')))
		*newline = ' ';
	if (text)
		vprep_str_make_printable(text);
	return text;
}

static void fill_type(struct vprep_pool *pool, const struct vprep_mdev_parent *parent,
		      const struct vprep_mdev_type_facts *from,
		      struct vprep_mdev_type *to)
{
	size_t n = vprep_strv_len(from->instances), i;

	to->parent = copy_line(pool, parent->name);
	to->type = copy_line(pool, from->id);
	to->name = copy_line(pool, from->name);
	to->description = copy_line(pool, from->description);
	to->device_api = copy_line(pool, from->api);
	to->available = from->available;
	to->vgpu = parent->is_vgpu;
	to->instances = vprep_pool_alloc(pool, n, sizeof(*to->instances));
	for (i = 0; to->instances && i < n; i++)
		to->instances[to->n_instances++] = copy_line(pool, from->instances[i]);
}

static void fill_types(struct vprep_pool *pool, const struct vprep_mdev_parents *parents,
		       struct vprep_mdev_types *types)
{
	size_t i, k, n = 0;

	for (i = 0; i < parents->n; i++)
		n += parents->items[i].n_types;
	types->items = vprep_pool_alloc(pool, n, sizeof(*types->items));
	for (i = 0; types->items && i < parents->n; i++)
		for (k = 0; k < parents->items[i].n_types; k++)
			fill_type(pool, &parents->items[i], &parents->items[i].types[k],
				  &types->items[types->n++]);
}

VPREP_EXPORT int vprep_mdev_types(struct vprep_session *session,
				  struct vprep_mdev_types **ret, struct vprep_error *err)
{
	struct vprep_mdev_parents parents = { 0 };
	struct vprep_pool *pool;
	struct vprep_mdev_types *types = vprep_pool_result_new(sizeof(*types), &pool);
	int r;

	r = types ? vprep_mdev_parents_read(session->io, &parents) : -ENOMEM;
	if (r == 0)
		fill_types(pool, &parents, types);
	vprep_mdev_parents_done(&parents);
	if (r == 0 && pool->failed)
		r = -ENOMEM;
	if (r < 0) {
		vprep_mdev_types_free(types);
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the types of mediated devices: %s",
				       strerror(-r));
	}
	*ret = types;
	return 0;
}

VPREP_EXPORT void vprep_mdev_types_free(struct vprep_mdev_types *types)
{
	vprep_pool_result_free(types);
}

/* ---- create ---- */

static int choose_uuid(const struct vprep_mdev_request *order, struct vprep_uuid *ret,
		       struct vprep_error *err)
{
	int r;

	if (order->uuid && vprep_uuid_parse(order->uuid, ret) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.*s' is not a UUID", SHOWN_MAX, order->uuid);
	if (order->uuid)
		return 0;
	r = order->vm ? vprep_uuid_of_vm(order->vm, ret->bytes)
		      : vprep_uuid_random(ret->bytes);
	return r < 0 ? vprep_error_set(err, VPREP_E_UNSUPPORTED, -r, NULL,
				       "libuuid is not installed, which makes UUIDs: "
				       "install it, or give a UUID")
		     : 0;
}

static bool is_one_line(const char *text)
{
	return *text && !strpbrk(text, "\n\r");
}

static int read_order(const struct vprep_mdev_request *order, struct vprep_pool *pool,
		      struct vprep_device *device, struct vprep_error *err)
{
	if (!order->type || !is_one_line(order->type))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "no type is given: 'vfio-prep mdev types' shows "
				       "those that exist");
	if (order->placement &&
	    vprep_mdev_placement_parse(order->placement, &device->definition.placement) <
		    0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.20s' is no placement: expected compact or "
				       "separate",
				       order->placement);
	if (order->vendor_params && !is_one_line(order->vendor_params))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "the vendor's parameters are one line");
	device->definition.type = vprep_pool_dup(pool, order->type);
	if (order->parent)
		device->definition.parent = vprep_pool_dup(pool, order->parent);
	if (order->vendor_params)
		device->settings = vprep_pool_strf(pool, VPREP_MDEV_PARAMS_SETTING,
						   order->vendor_params);
	return pool->failed ? vprep_error_oom(err) : 0;
}

/* Only held: its node is for whoever attaches it. */
static int make_bare(struct vprep_session *session,
		     const struct vprep_mdev_request *order,
		     const struct vprep_uuid *uuid, struct vprep_pool *pool,
		     struct vprep_device *device, struct vprep_error *err)
{
	const struct vprep_uuid_text text = vprep_uuid_text(uuid);
	struct vprep_device_finding finding = { .io = session->io, .pool = pool };
	int r;

	device->kind = &vprep_kind_mdev;
	device->asked.mdev.uuid = *uuid;
	r = device->kind->find(&finding, device);
	if ((r == 0 && !device->is_new) || r == -ENXIO)
		return vprep_error_set(
			err, VPREP_E_OWNED, EEXIST, text.s,
			"mdev %s exists already; 'vfio-prep attach mdev_%s' "
			"takes it as it is, or choose another UUID",
			text.s, text.s);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, text.s,
				       "cannot look for mdev %s: %s", text.s,
				       strerror(-r));
	device->match = NULL;
	device->name = vprep_pool_strf(pool, VPREP_STEP_MADE_MDEV "%s", text.s);
	return device->name ? read_order(order, pool, device, err) : vprep_error_oom(err);
}

struct order {
	const struct vprep_mdev_request *order;
	struct vprep_uuid uuid;
};

/* As resolving the names of a request would have it. */
static int resolve_order(struct vprep_attach_context *q, struct vprep_error *err)
{
	const struct order *o = q->data;
	struct vprep_device device = { 0 };
	int r;

	r = make_bare(q->session, o->order, &o->uuid, &q->devices.pool, &device, err);
	if (r == 0 && vprep_devices_add(&q->devices, &device) < 0)
		r = vprep_error_oom(err);
	return r;
}

/* Its name for the caller: the UUID, or the function that is the vGPU. */
static char *name_of_made(const struct vprep_attach_context *q)
{
	const struct vprep_device *d = &q->devices.items[0];

	return strdup(d->held_as ? d->parent : d->sysfs);
}

VPREP_EXPORT int vprep_mdev_create(struct vprep_session *session,
				   const struct vprep_mdev_request *order, char **ret,
				   struct vprep_error *err)
{
	struct order o = { .order = order };
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context q = {
		.session = session,
		.resolve = resolve_order,
		.data = &o,
	};
	struct vprep_journal_header header;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = choose_uuid(order, &o.uuid, err);
	if (r < 0)
		return r;
	q.id = vprep_strf(VPREP_STEP_MADE_MDEV "%s", vprep_uuid_text(&o.uuid).s);
	q.text = q.id ? strdup(q.id) : NULL;
	if (!q.text)
		return vprep_error_oom(err);
	q.options.owner = q.text;
	q.options.rules_dir = session->config->rules_dir;
	vprep_journal_header_init(&header);
	header.kind = (char *)(uintptr_t)KIND;
	header.name = q.id;
	r = vprep_attach_context_run(&q, &header, err);
	if (r == 0 && ret && !(*ret = name_of_made(&q)))
		r = vprep_error_oom(err);
	return r;
}

/* ---- remove ---- */

/* "mdev_UUID" or "vgpu_ADDRESS". */
static int held_name(const char *text, char **ret, struct vprep_error *err)
{
	struct vprep_device device;
	struct vprep_uuid uuid;

	if (vprep_uuid_parse(text, &uuid) == 0)
		*ret = vprep_strf(VPREP_STEP_MADE_MDEV "%s", vprep_uuid_text(&uuid).s);
	else if (vprep_device_parse_name(text, &device, NULL) == 0 &&
		 device.kind == &vprep_kind_mdev)
		*ret = vprep_strf(VPREP_STEP_MADE_MDEV "%s",
				  vprep_uuid_text(&device.asked.mdev.uuid).s);
	else if (vprep_device_parse_name(text, &device, NULL) == 0 &&
		 device.kind == &vprep_kind_pci && !device.asked.pci.netdev)
		*ret = vprep_strf(VPREP_STEP_MADE_VGPU "%s",
				  vprep_pci_address_text(device.asked.pci.address).s);
	else
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"'%.*s' is neither the UUID of a mediated device nor "
			"the PCI address of a function that is a vGPU",
			SHOWN_MAX, text);
	return *ret ? 0 : vprep_error_oom(err);
}

static int refuse_foreign(const struct vprep_session *session, const char *name,
			  struct vprep_error *err)
{
	struct vprep_mdev mdev = { .group = -1 };
	unsigned vgpu = 0;
	int r = vprep_mdev_read(session->io, name, &mdev);

	vprep_mdev_done(&mdev);
	if (r == 0)
		return vprep_error_set(err, VPREP_E_REFUSED, EPERM, name,
				       "mdev %s was not made by vfio-prep, and stays; "
				       "'mdevctl stop --uuid %s' removes it",
				       name, name);
	if (vprep_mdev_vgpu_type(session->io, name, &vgpu) == 0 && vgpu != 0)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EPERM, name,
			"%s was not made a vGPU by vfio-prep, and stays one", name);
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, name,
			       "there is no mdev %s on this host; 'vfio-prep mdev types' "
			       "shows those that exist",
			       name);
}

/* I2. Under the lock: nobody can attach it meanwhile, and then its mark tells. */
static int refuse_attached(const struct vprep_owners *owners, const char *name,
			   struct vprep_error *err)
{
	const struct vprep_owner *holder = vprep_owners_of_device(owners, name);

	if (!holder)
		return vprep_owners_refuse_corrupt(owners, err);
	return vprep_error_set(err, VPREP_E_OWNED, EBUSY, name,
			       "%s is attached by %s: give it back there first "
			       "('vfio-prep status' shows how it is held)",
			       name, holder->text);
}

static int remove_held(struct vprep_session *session, const char *id, const char *name,
		       struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_transaction t;
	int r;

	r = vprep_transaction_begin(session, id, NULL,
				    session->config->deadlines[VPREP_DEADLINE_BIND], &t,
				    err);
	if (r < 0) /* another command was faster */
		return r == -ENOENT ? 0 : r;
	r = vprep_owners_read(session->io, t.store, &owners, err);
	if (r == 0)
		r = refuse_attached(&owners, name, err);
	if (r == 0)
		r = vprep_transaction_give_back(&t, NULL, err);
	return vprep_transaction_end(&t, r, err);
}

VPREP_EXPORT int vprep_mdev_remove(struct vprep_session *session, const char *name,
				   struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_free_ char *held = NULL;
	const struct vprep_owner *owner;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = held_name(name, &held, err);
	if (r == 0)
		r = vprep_owners_look(session->io, &owners, err);
	if (r < 0)
		return r;
	name = held + strlen(VPREP_STEP_MADE_MDEV);
	owner = vprep_owners_of_device(&owners, held);
	if (owner)
		return remove_held(session, owner->journal->id, name, err);
	r = refuse_attached(&owners, name, err);
	return r < 0 ? r : refuse_foreign(session, name, err);
}

VPREP_EXPORT int vprep_mdev_uuid(const char *vm, char **ret, struct vprep_error *err)
{
	const struct vprep_mdev_request order = { .vm = vm };
	struct vprep_uuid uuid;
	char *text;
	int r = choose_uuid(&order, &uuid, err);

	if (r < 0)
		return r;
	text = strdup(vprep_uuid_text(&uuid).s);
	if (!text)
		return vprep_error_oom(err);
	*ret = text;
	return 0;
}
