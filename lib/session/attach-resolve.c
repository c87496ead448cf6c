// SPDX-License-Identifier: GPL-2.0-or-later
/* From what a request names to the devices of this host. */
#include "common/error.h"
#include "common/str.h"
#include "device/find.h"
#include "session/attach-context.h"
#include "session/named.h"

struct holding {
	const char *asker; /* the id of the owner */
	const struct vprep_owners *owners;
};

static enum vprep_holding find_holding(void *data, const char *device)
{
	const struct holding *h = data;
	const struct vprep_owner *owner = vprep_owners_of_device(h->owners, device);

	if (!owner)
		return VPREP_HELD_BY_NOBODY;
	return h->asker && streq(owner->journal->id, h->asker) ? VPREP_HELD_BY_ASKER
							       : VPREP_HELD_BY_OTHERS;
}

static void note_declared(struct vprep_attach_context *context)
{
	size_t i;

	for (i = 0; i < context->pools.n && i < context->devices.n; i++) {
		const struct vprep_declared_device *by = context->pools.by[i].device;

		if (by)
			vprep_pools_request_note(by, &context->devices.items[i].asked);
	}
}

static int resolve_names(struct vprep_attach_context *context,
			 const struct vprep_owners *owners, struct vprep_error *err)
{
	const char *const *names = context->request->names;
	enum vprep_pools_asking asking =
		context->for_launch ? VPREP_POOLS_LAUNCH : VPREP_POOLS_ATTACH;
	int r = 0;

	if (context->pools.declared) {
		r = vprep_pools_request_choose(context->session, owners, names,
					       context->id, asking, &context->pools, err);
		names = (const char *const *)context->pools.names;
	}
	if (r == 0)
		r = vprep_devices_find_named(context->session->io, names,
					     context->request->driver, &context->devices,
					     err);
	if (r == 0)
		note_declared(context);
	return r;
}

/* Each once: the host may be looked at several times. */
static int tell(struct vprep_attach_context *context, const char *note)
{
	if (vprep_strv_has(context->notes, note))
		return 0;
	vprep_session_log(context->session, VPREP_LOG_NOTICE, "%s", note);
	return vprep_strv_add(&context->notes, note);
}

static int resolve(struct vprep_attach_context *context,
		   const struct vprep_owners *owners, struct vprep_error *err)
{
	struct holding h = { context->id, owners };
	const struct vprep_device_holding holding = { find_holding, &h };
	_cleanup_strv_ char **notes = NULL;
	size_t i;
	int r;

	if (!context->domain)
		return resolve_names(context, owners, err);
	r = vprep_named_resolve(context, owners, err);
	if (r < 0)
		return r;
	r = vprep_devices_find_asked(context->session->io, &context->domain->devices,
				     &holding, &context->devices, &notes, err);
	for (i = 0; r == 0 && notes && notes[i]; i++)
		if (tell(context, notes[i]) < 0)
			r = vprep_error_oom(err);
	return r;
}

/* Owners that are read give and take all the time: with those of another look than the
 * rest of the request has, what was chosen as free would be refused as taken. */
int vprep_attach_context_resolve(struct vprep_attach_context *context,
				 const struct vprep_owners *owners,
				 struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners own = { 0 };
	bool chooses = context->domain || context->pools.declared;
	int r = 0;

	if (context->resolve)
		return context->resolve(context, err);
	if (!owners && chooses)
		r = vprep_owners_look_if_allowed(context->session->io, &own, err);
	return r < 0 ? r : resolve(context, owners ? owners : &own, err);
}
