// SPDX-License-Identifier: GPL-2.0-or-later
/* What it takes to start a guest with devices. */
#include "verb/launch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "device/find.h"
#include "device/qemu.h"
#include "host/account.h"
#include "host/interrupts.h"
#include "io/job.h"
#include "plan/memlock.h"
#include "session/attach-context.h"

#define ACCESS_DEADLINE 5 /* seconds, to look at a few nodes */

void vprep_launch_be_caller(struct vprep_node_owner *node_owner)
{
	struct vprep_account account;

	*node_owner = (struct vprep_node_owner){ .uid = geteuid(), .gid = getegid() };
	if (vprep_account_of(geteuid(), &account) == 0)
		snprintf(node_owner->name, sizeof(node_owner->name), "%.*s",
			 (int)sizeof(node_owner->name) - 1, account.name);
	else
		snprintf(node_owner->name, sizeof(node_owner->name), "%u",
			 node_owner->uid);
}

static int look(struct vprep_launching *l, struct vprep_error *err)
{
	struct vprep_attach_context *context = &l->context;
	const struct vprep_device *at = NULL;
	int r = vprep_devices_look_for_guest(context->session->io, &context->devices,
					     &at);

	if (r == -ENODEV)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, at->name,
				       "%s has no IOMMU group, or is gone: 'vfio-prep "
				       "check %s' tells more",
				       at->name, at->name);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, at->name,
				       "cannot read the facts of %s: %s", at->name,
				       strerror(-r))
		     : 0;
}

/* The domain does not say by which node it is to be used. */
static bool has_both(const struct vprep_device *device)
{
	return device->cdev.path && device->node.path &&
	       device->asked.iommufd == VPREP_IOMMUFD_UNSAID;
}

/* In a child, as the user. */
static int try_iommufd(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	const struct vprep_launching *l = data;
	const struct vprep_devices *devices = &l->context.devices;
	size_t i;
	int r;

	(void)ret_err;
	r = vprep_launch_become(&l->context.node_owner);
	if (r == 0)
		r = vprep_io_node_access(io, VPREP_IOMMUFD);
	for (i = 0; r == 0 && i < devices->n; i++)
		if (has_both(&devices->items[i]))
			r = vprep_io_node_access(io, "%s", devices->items[i].cdev.path);
	return r;
}

static bool has_undecided(const struct vprep_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (has_both(&devices->items[i]))
			return true;
	return false;
}

static void note(const struct vprep_launching *l, const char *why)
{
	const struct vprep_session *session = l->context.session;
	const struct vprep_step_context exec = { .log = session->log,
						 .log_data = session->log_data };

	vprep_step_log(&exec, VPREP_LOG_NOTICE,
		       "%s: the nodes of IOMMU groups are used instead of those of "
		       "single devices",
		       why);
}

static bool wants_groups(const struct vprep_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (devices->items[i].asked.iommufd == VPREP_IOMMUFD_NO)
			return true;
	return false;
}

/*
 * The devices' own nodes are of use only with /dev/iommu, which belongs to no device: the
 * configuration says who may open that. Without, a group's node does as well.
 */
static void choose_way(struct vprep_launching *l)
{
	struct vprep_session *session = l->context.session;
	struct vprep_job job = { .run = try_iommufd,
				 .data = l,
				 .deadline = ACCESS_DEADLINE };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };
	struct vprep_interrupts interrupts = { 0 };

	/* a QEMU 11 that uses devices by both ways at once ends at once */
	if (!has_undecided(&l->context.devices) || wants_groups(&l->context.devices))
		return;
	vprep_interrupts_read(session->io, &interrupts);
	if (interrupts.remapping == VPREP_REMAPPING_OFF &&
	    !interrupts.is_allowed_by_iommufd) {
		note(l,
		     "this host does not remap interrupts, and iommufd was not told to "
		     "allow that");
		return;
	}
	l->iommufd = vprep_jobs_run(session->io, &jobs) == 0;
	if (!l->iommufd)
		note(l, vprep_pool_strf(l->pool,
					"%s may not open /dev/iommu (iommu-group in the "
					"configuration says who may)",
					l->context.node_owner.name));
}

static const char **list_nodes(struct vprep_launching *l, const struct vprep_device *d)
{
	const struct vprep_guest_nodes nodes = vprep_device_guest_nodes(d, l->iommufd);
	const char **paths =
		vprep_pool_alloc(l->pool, VPREP_ARRAY_SIZE(nodes.paths), sizeof(*paths));
	size_t i;

	for (i = 0; paths && nodes.paths[i]; i++)
		paths[i] = vprep_pool_take(l->pool, vprep_io_dev_path(nodes.paths[i]));
	return paths;
}

static void list_devices(struct vprep_launching *l)
{
	const struct vprep_devices *devices = &l->context.devices;
	struct vprep_launch_device *list =
		vprep_pool_alloc(l->pool, devices->n, sizeof(*list));
	size_t i;

	l->launch.devices = list;
	for (i = 0; list && i < devices->n; i++) {
		const struct vprep_device *d = &devices->items[i];

		if (!d->is_again)
			list[l->launch.n_devices++] =
				(struct vprep_launch_device){ d->libvirt_name,
							      list_nodes(l, d) };
	}
}

static bool uses_iommufd(const struct vprep_launching *l)
{
	const struct vprep_devices *devices = &l->context.devices;
	size_t i;

	for (i = 0; i < devices->n; i++)
		if (vprep_device_is_by_cdev(&devices->items[i], l->iommufd))
			return true;
	return false;
}

/* Behind "of its memory": how often that is. */
static const char *times_text(struct vprep_memlock_lockers n, bool iommu)
{
	if (n.vfio > 0 && iommu)
		return " for each device, as it has an IOMMU";
	if (n.vfio > 0 && n.disks > 0)
		return " for VFIO and for each NVMe disk and vDPA device";
	if (n.vfio > 0 && n.vdpa > 0)
		return " for VFIO and for each vDPA device";
	return n.vdpa + n.disks > 1 ? " for each device" : "";
}

static const char *lockers_text(struct vprep_pool *pool, struct vprep_memlock_lockers n)
{
	const size_t all = n.vfio + n.vdpa + n.disks;
	const char *which = n.disks > 0 ? "" : n.vdpa > 0 ? "vDPA " : "VFIO ";

	if (n.vfio > 0 && n.vdpa > 0 && n.disks == 0)
		which = "VFIO and vDPA ";
	return vprep_pool_strf(pool, "%zu %sdevice%s", all, which, all == 1 ? "" : "s");
}

static const char *reason_text(struct vprep_launching *l,
			       const struct vprep_guest_memory *memory)
{
	uint64_t regions =
		l->uses_iommufd ? vprep_memlock_regions(&l->context.devices) : 0;
	const char *own = regions ? vprep_pool_strf(l->pool, ", %s of the devices'",
						    vprep_size_text(regions).s)
				  : "";
	struct vprep_memlock_lockers n = vprep_memlock_lockers(&l->context.devices);

	if (memory->limit > 0)
		return "its <hard_limit>";
	if (memory->locked)
		return "its memory is <locked>";
	if (!l->knows_memory)
		return "the size of its memory is not known; --memory tells it";
	return vprep_pool_strf(l->pool, "%s of its memory%s%s, and 1 GiB for %s",
			       vprep_size_text(memory->bytes).s, own ? own : "",
			       times_text(n, memory->iommu), lockers_text(l->pool, n));
}

static int count_memory(struct vprep_launching *l, struct vprep_error *err)
{
	const struct vprep_attach_context *context = &l->context;
	struct vprep_guest_memory memory = { 0 };
	const char *text = context->request->memory;

	if (context->domain)
		memory = context->domain->memory;
	if (text && vprep_memory_parse(text, &memory.bytes) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.30s' is not a size of memory such as 4G or "
				       "512M",
				       text);
	l->knows_memory = memory.bytes > 0 && memory.bytes < UINT64_MAX;
	l->launch.memlock =
		vprep_memlock_need(&memory, &context->devices, l->uses_iommufd);
	l->launch.memlock_reason = reason_text(l, &memory);
	return 0;
}

static int list_words(struct vprep_launching *l, bool json, const char ***ret)
{
	char **words = NULL;
	int r = vprep_qemu_words(&l->context.devices, l->iommufd, json, &words);

	*ret = r < 0 ? NULL : (const char **)(void *)vprep_pool_take_list(l->pool, words);
	return r;
}

static int fill(struct vprep_launching *l, struct vprep_error *err)
{
	const struct vprep_node_owner *node_owner = &l->context.node_owner;
	int r;

	r = vprep_attach_context_begin(&l->context, err);
	if (r == 0)
		r = vprep_attach_context_resolve(&l->context, NULL, err);
	if (r == 0 && geteuid() != 0 && !l->context.request->user)
		vprep_launch_be_caller(&l->context.node_owner);
	if (r == 0)
		r = look(l, err);
	if (r < 0)
		return r;
	choose_way(l);
	l->uses_iommufd = uses_iommufd(l);
	r = count_memory(l, err);
	if (r < 0)
		return r;
	l->launch.user = node_owner->name;
	l->launch.uid = node_owner->uid;
	l->launch.gid = node_owner->gid;
	list_devices(l);
	r = list_words(l, false, &l->launch.words);
	if (r == 0)
		r = list_words(l, true, &l->launch.json_words);
	return r < 0 || l->pool->failed ? vprep_error_oom(err) : 0;
}

VPREP_EXPORT int vprep_launch(struct vprep_session *session,
			      const struct vprep_request *request,
			      struct vprep_launch **ret, struct vprep_error *err)
{
	struct vprep_pool *pool;
	struct vprep_launching *l = vprep_pool_result_new(sizeof(*l), &pool);
	int r;

	if (!l)
		return vprep_error_oom(err);
	l->pool = pool;
	l->context.session = session;
	l->context.request = request;
	l->context.for_launch = true;
	r = fill(l, err);
	l->context.request = NULL; /* stays the caller's */
	if (r < 0) {
		vprep_launch_free(&l->launch);
		return r;
	}
	*ret = &l->launch;
	return 0;
}

VPREP_EXPORT void vprep_launch_free(struct vprep_launch *launch)
{
	struct vprep_launching *l = (struct vprep_launching *)(void *)launch;

	if (!l)
		return;
	vprep_attach_context_done(&l->context);
	vprep_pool_result_free(l);
}
