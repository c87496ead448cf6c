// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/named.h"

#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "session/attach-context.h"
#include "xml/domain-fill.h"

void vprep_named_done(struct vprep_named *named)
{
	free(named->items);
	free(named->filled);
	vprep_strv_free(named->others);
	*named = (struct vprep_named){ 0 };
}

static struct vprep_device *device_of(const struct vprep_attach_context *context,
				      size_t i)
{
	return &context->domain->devices.items[context->named.items[i].device];
}

/* ---- what the document has ---- */

static int refuse_unfilled(const struct vprep_domain_named *named,
			   struct vprep_error *err)
{
	if (!named->has_address)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EPERM, NULL,
			"line %u: <vp:device name='%s'> has no device yet; 'vfio-prep "
			"fill' chooses one: define the domain from what it prints",
			named->line, named->name);
	return vprep_error_set(
		err, VPREP_E_REFUSED, EPERM, vprep_pci_address_text(named->address).s,
		"line %u: <vp:device name='%s' address='%s'>: no <hostdev> "
		"gives that device to the guest; 'vfio-prep fill' adds "
		"one: define the domain from what it prints",
		named->line, named->name, vprep_pci_address_text(named->address).s);
}

/* What fill adds to the document; its address is chosen later. */
static int add_device(struct vprep_domain *domain, const struct vprep_domain_named *named)
{
	struct vprep_device device = {
		.kind = &vprep_kind_pci,
		.asked = { .origin = VPREP_ORIGIN_HOSTDEV, .line = named->line },
		.group = -1,
	};

	device.asked.pci.declared = vprep_pool_dup(&domain->devices.pool, named->name);
	return device.asked.pci.declared ? vprep_devices_add(&domain->devices, &device)
					 : -ENOMEM;
}

static int find_each(struct vprep_attach_context *context, struct vprep_error *err)
{
	struct vprep_domain *domain = context->domain;
	size_t i, at;

	for (i = 0; i < domain->n_named; i++) {
		const struct vprep_domain_named *named = &domain->named[i];
		struct vprep_named_device *item =
			vprep_array_add(context->named.items, context->named.n);

		if (!item)
			return vprep_error_oom(err);
		at = vprep_domain_find_named(domain, named);
		if (at == SIZE_MAX && !context->fills)
			return refuse_unfilled(named, err);
		if (at != SIZE_MAX)
			item->element = domain->devices.items[at].asked.pci.element;
		else if (add_device(domain, named) < 0)
			return vprep_error_oom(err);
		item->device = at != SIZE_MAX ? at : domain->devices.n - 1;
	}
	return 0;
}

static int collect_others(struct vprep_attach_context *context)
{
	const struct vprep_devices *devices = &context->domain->devices;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < devices->n; i++) {
		const struct vprep_device *d = &devices->items[i];

		if (d->kind != &vprep_kind_pci || !d->asked.pci.declared)
			r = vprep_strv_add(&context->named.others,
					   vprep_device_asked_text(d).s);
	}
	return r;
}

/* ---- what is declared ---- */

/* The names that the domain has; one that keeps its device goes by its address. */
static int list_names(const struct vprep_attach_context *context, const bool *kept,
		      char ***ret)
{
	const struct vprep_domain *domain = context->domain;
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < domain->n_named; i++) {
		const struct vprep_domain_named *named = &domain->named[i];
		_cleanup_free_ char *name = vprep_strf("@%s", named->name);

		if (!name)
			return -ENOMEM;
		r = vprep_strv_add(
			&names, kept && kept[i] ? vprep_pci_address_text(named->address).s
						: name);
	}
	if (r == 0)
		*ret = TAKE_PTR(names);
	return r;
}

static int refuse_others(const struct vprep_attach_context *context, const char *what,
			 struct vprep_error *err)
{
	return vprep_error_set(
		err, VPREP_E_REFUSED, EPERM, NULL,
		"line %u: @%s is declared with another %s than the configuration has for "
		"%s, which the domain asks for, too; declare the same, or give --%s",
		context->domain->named[0].line, context->domain->named[0].name, what,
		context->named.others[0], what);
}

/* A domain has one user and one mode for its nodes. Those that a name is declared with
 * are for devices of that name: who asks for one has not got others for its user by
 * that. */
static int check_others(const struct vprep_attach_context *context,
			struct vprep_error *err)
{
	const struct vprep_config *config = context->session->config;
	const struct vprep_pools_request *said = &context->pools;
	struct vprep_node_owner configured, declared;
	unsigned mode;
	int r = 0;

	if (!context->named.others)
		return 0;
	if (said->mode && !context->request->mode &&
	    (vprep_config_parse_mode(said->mode, &mode) < 0 || mode != config->mode))
		return refuse_others(context, "mode", err);
	if (!said->user || context->request->user)
		return 0;
	r = vprep_node_owner_find(NULL, config, &configured, err);
	if (r == 0)
		r = vprep_node_owner_find(said->user, config, &declared, err);
	if (r < 0)
		return r;
	return configured.uid == declared.uid && configured.gid == declared.gid
		       ? 0
		       : refuse_others(context, "user", err);
}

static void note_declared(struct vprep_attach_context *context)
{
	size_t i;

	for (i = 0; i < context->named.n; i++) {
		struct vprep_device_asked *asked = &device_of(context, i)->asked;

		vprep_pools_request_note(vprep_declared_find(context->pools.declared,
							     asked->pci.declared),
					 asked);
	}
}

int vprep_named_begin(struct vprep_attach_context *context, struct vprep_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	if (!context->domain || context->domain->n_named == 0)
		return 0;
	r = find_each(context, err);
	if (r < 0)
		return r;
	if (collect_others(context) < 0 || list_names(context, NULL, &names) < 0)
		return vprep_error_oom(err);
	r = vprep_pools_request_begin(context->session, context->request,
				      (const char *const *)names, true, &context->pools,
				      err);
	if (r < 0)
		return r;
	note_declared(context);
	return check_others(context, err);
}

/* ---- a document that was filled ---- */

/* That one has its name still is looked at with all else of it. */
static int check_there(const struct vprep_attach_context *context,
		       struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < context->named.n; i++) {
		const struct vprep_domain_named *named = &context->domain->named[i];
		struct vprep_pci_text text = vprep_pci_address_text(named->address);

		if (vprep_io_exists(context->session->io, VPREP_SYS, "bus/pci/devices/%s",
				    text.s) == 0)
			return vprep_error_set(
				err, VPREP_E_NOT_FOUND, ENODEV, text.s,
				"%s, which the domain has as @%s, is not there any more; "
				"'vfio-prep fill' again chooses another one: define the "
				"domain from what it prints",
				text.s, named->name);
	}
	return 0;
}

/* ---- choosing ---- */

static bool may_be_kept(const struct vprep_attach_context *context,
			const struct vprep_pool_member *m)
{
	return m->state == VPREP_HOST_DEVICE_FREE ||
	       (m->owner && streq(m->owner->journal->id, context->id));
}

static int look_at(struct vprep_pool_look *look,
		   const struct vprep_attach_context *context,
		   const struct vprep_domain_named *named, bool *ret,
		   struct vprep_error *err)
{
	struct vprep_pool_member *members;
	size_t n = 0, i;
	int r = vprep_pool_members(look, vprep_declared_find(look->declared, named->name),
				   &members, &n, err);

	for (i = 0; r == 0 && i < n; i++)
		if (vprep_pci_address_same(members[i].address, named->address))
			*ret = may_be_kept(context, &members[i]);
	return r;
}

static int find_kept(const struct vprep_attach_context *context,
		     const struct vprep_owners *owners, bool *kept,
		     struct vprep_error *err)
{
	struct vprep_pool_look look = { .session = context->session,
					.declared = context->pools.declared,
					.owners = owners };
	const struct vprep_domain *domain = context->domain;
	size_t i;
	int r = vprep_pool_look_begin(&look, err);

	for (i = 0; r == 0 && i < domain->n_named; i++)
		if (domain->named[i].has_address)
			r = look_at(&look, context, &domain->named[i], &kept[i], err);
	vprep_pool_look_done(&look);
	return r;
}

/* Writes what was chosen to where the rest of the request looks for it. */
static int take_choice(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct vprep_domain *domain = context->domain;
	_cleanup_free_ struct vprep_domain_fill *fills =
		calloc(domain->n_named, sizeof(*fills));
	char *filled = NULL;
	size_t i;
	int r;

	if (!fills)
		return vprep_error_oom(err);
	for (i = 0; i < domain->n_named; i++) {
		const struct vprep_domain_named *named = &domain->named[i];
		struct vprep_named_device *item = &context->named.items[i];
		struct vprep_pci_address *address =
			&device_of(context, i)->asked.pci.address;

		if (vprep_pci_address_parse(context->pools.names[i], address) < 0)
			return vprep_error_oom(err);
		item->is_chosen = !named->has_address ||
				  !vprep_pci_address_same(named->address, *address);
		fills[i] = (struct vprep_domain_fill){ named, *address, item->element };
	}
	r = vprep_domain_fill(context->request->domain, context->request->domain_len,
			      fills, domain->n_named, &filled, err);
	if (r < 0)
		return r;
	free(context->named.filled);
	context->named.filled = filled;
	return 0;
}

/* What the domain names itself is not chosen. */
static int add_others(const struct vprep_attach_context *context, char ***names)
{
	char *const *other = context->named.others;
	int r = 0;

	for (; r == 0 && other && *other; other++)
		r = vprep_strv_add(names, *other);
	return r;
}

int vprep_named_resolve(struct vprep_attach_context *context,
			const struct vprep_owners *owners, struct vprep_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ bool *kept = NULL;
	int r;

	if (context->named.n == 0)
		return 0;
	if (!context->fills)
		return check_there(context, err);
	kept = calloc(context->named.n, sizeof(*kept));
	if (!kept)
		return vprep_error_oom(err);
	r = find_kept(context, owners, kept, err);
	if (r < 0)
		return r;
	if (list_names(context, kept, &names) < 0 || add_others(context, &names) < 0)
		return vprep_error_oom(err);
	r = vprep_pools_request_choose(context->session, owners,
				       (const char *const *)names, context->id,
				       VPREP_POOLS_DOMAIN, &context->pools, err);
	return r < 0 ? r : take_choice(context, err);
}
