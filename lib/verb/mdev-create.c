// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making a mediated device by itself, and the UUID that it may have.
 *
 * I1  Each one that is made has a journal of its own, which is for nobody yet: a domain
 * or a person takes the device as one that exists.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "device/kind.h"
#include "io/uuid.h"
#include "session/attach-context.h"
#include "verb/mdev-create.h"

#define SHOWN_MAX 60

/* What is to be made. */
struct making {
	struct vprep_mdev_request request;
	struct vprep_uuid uuid;
};

static int choose_uuid(const struct vprep_mdev_request *request, struct vprep_uuid *ret,
		       struct vprep_error *err)
{
	int r;

	if (request->uuid && vprep_uuid_parse(request->uuid, ret) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.*s' is not a UUID", SHOWN_MAX, request->uuid);
	if (request->uuid)
		return 0;
	r = request->vm ? vprep_uuid_of_vm(request->vm, ret->bytes)
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

static int read_request(const struct vprep_mdev_request *request, struct vprep_pool *pool,
			struct vprep_device *device, struct vprep_error *err)
{
	if (!request->type || !is_one_line(request->type) || strchr(request->type, '/'))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "no type is given: 'vfio-prep mdev types' shows "
				       "those that exist");
	if (request->placement &&
	    vprep_mdev_placement_parse(request->placement,
				       &device->definition.placement) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.20s' is no placement: expected compact or "
				       "separate",
				       request->placement);
	if (request->vendor_params && !is_one_line(request->vendor_params))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "the vendor's parameters are one line");
	device->definition.type = vprep_pool_dup(pool, request->type);
	device->definition.parent = vprep_pool_dup(pool, request->parent);
	if (request->vendor_params)
		device->settings = vprep_pool_strf(pool, VPREP_MDEV_PARAMS_SETTING,
						   request->vendor_params);
	return pool->failed ? vprep_error_oom(err) : 0;
}

/* It is only held: the node is for whoever attaches it. */
static int fill_device(struct vprep_session *session,
		       const struct vprep_mdev_request *request,
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
	return device->name ? read_request(request, pool, device, err)
			    : vprep_error_oom(err);
}

int vprep_mdev_add_new(struct vprep_session *session,
		       const struct vprep_mdev_request *request,
		       const struct vprep_uuid *uuid, struct vprep_devices *devices,
		       struct vprep_error *err)
{
	struct vprep_device device = { 0 };
	int r = fill_device(session, request, uuid, &devices->pool, &device, err);

	if (r == 0 && vprep_devices_add(devices, &device) < 0)
		r = vprep_error_oom(err);
	return r;
}

static int resolve(struct vprep_attach_context *context, struct vprep_error *err)
{
	const struct making *making = context->data;

	return vprep_mdev_add_new(context->session, &making->request, &making->uuid,
				  &context->devices, err);
}

/* Its name for the caller: the UUID, or the function that is the vGPU. */
static char *name_of(const struct vprep_device *device)
{
	return strdup(device->held_as ? device->parent : device->sysfs);
}

VPREP_EXPORT int vprep_mdev_create(struct vprep_session *session,
				   const struct vprep_mdev_request *request, char **ret,
				   struct vprep_error *err)
{
	struct making making = { 0 };
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session,
		.resolve = resolve,
		.data = &making,
	};
	struct vprep_journal_header header;
	char *name;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = VPREP_INPUT_COPY(&making.request, request, vendor_params, err);
	if (r == 0)
		r = choose_uuid(&making.request, &making.uuid, err);
	if (r < 0)
		return r;
	context.id =
		vprep_strf(VPREP_STEP_MADE_MDEV "%s", vprep_uuid_text(&making.uuid).s);
	context.text = context.id ? strdup(context.id) : NULL;
	if (!context.text)
		return vprep_error_oom(err);
	context.options.owner = context.text;
	context.options.rules_dir = session->config->rules_dir;
	header = vprep_journal_header_of(VPREP_OWNER_MDEV, context.id);
	r = vprep_attach_context_run(&context, &header, err);
	if (r < 0 || !ret)
		return r;
	name = name_of(&context.devices.items[0]);
	if (!name)
		return vprep_error_oom(err);
	*ret = name;
	return 0;
}

VPREP_EXPORT int vprep_mdev_uuid(const char *vm, char **ret, struct vprep_error *err)
{
	const struct vprep_mdev_request request = { .vm = vm };
	struct vprep_uuid uuid;
	char *text;
	int r = choose_uuid(&request, &uuid, err);

	if (r < 0)
		return r;
	text = strdup(vprep_uuid_text(&uuid).s);
	if (!text)
		return vprep_error_oom(err);
	*ret = text;
	return 0;
}
