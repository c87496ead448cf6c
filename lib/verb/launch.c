// SPDX-License-Identifier: GPL-2.0-or-later
/* What it takes to start a guest with devices. */
#include "verb/launch.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "device/usage.h"
#include "session/attach-context.h"
#include "io/job.h"
#include "plan/memlock.h"
#include "plan/qemu.h"

#define ACCESS_DEADLINE 5 /* seconds, to look at a few nodes */

/* Who is not root can be nobody but himself. */
static void be_caller(struct vprep_node_owner *node_owner)
{
	const struct passwd *entry = getpwuid(geteuid());

	*node_owner = (struct vprep_node_owner){ .uid = geteuid(), .gid = getegid() };
	if (entry)
		snprintf(node_owner->name, sizeof(node_owner->name), "%s",
			 entry->pw_name);
	else
		snprintf(node_owner->name, sizeof(node_owner->name), "%u",
			 node_owner->uid);
}

static int read_usages(struct vprep_launching *l, struct vprep_attach_context *q,
		       struct vprep_error *err)
{
	int r = vprep_usages_read(q->session->io, &q->targets,
				  q->domain ? &q->domain->requests : NULL, &l->usages);

	if (r == -ENODEV)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, NULL,
				       "a device has no IOMMU group, or is gone: "
				       "'vfio-prep check' with the same devices tells "
				       "more");
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the facts of the devices: %s",
				       strerror(-r))
		     : 0;
}

/* In a child, as the user. */
static int try_iommufd(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	const struct vprep_launching *l = data;
	size_t i;
	int r;

	(void)ret_err;
	r = vprep_launch_become(&l->node_owner);
	if (r == 0)
		r = vprep_io_node_access(io, "iommu");
	for (i = 0; r == 0 && i < l->usages.n; i++)
		if (vprep_usage_may_use_iommufd(&l->usages.items[i]))
			r = vprep_io_node_access(io, "%s", l->usages.items[i].cdev);
	return r;
}

/*
 * The devices' own nodes are of use only with /dev/iommu, which belongs to no device: who
 * may open that is for the administrator to say. Without, a group's node does as well.
 */
static void choose_way(struct vprep_session *session, struct vprep_launching *l)
{
	struct vprep_job job = { .run = try_iommufd,
				 .data = l,
				 .deadline = ACCESS_DEADLINE };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };
	const struct vprep_step_context exec = { .log = session->log,
						 .log_data = session->log_data };
	size_t i;

	for (i = 0; i < l->usages.n; i++)
		if (vprep_usage_may_use_iommufd(&l->usages.items[i]))
			break;
	if (i == l->usages.n)
		return;
	l->usages.iommufd = vprep_jobs_run(session->io, &jobs) == 0;
	if (!l->usages.iommufd)
		vprep_step_log(&exec, VPREP_LOG_NOTICE,
			       "%s may not open /dev/iommu and the nodes in "
			       "/dev/vfio/devices: the nodes of IOMMU groups are used "
			       "instead",
			       l->node_owner.name);
}

static bool is_listed(const struct vprep_launching *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->launch.n_devices; i++)
		if (streq(l->launch.devices[i].name, name))
			return true;
	return false;
}

static int list_nodes(struct vprep_launching *l, const struct vprep_usage *usage,
		      struct vprep_launch_device *device)
{
	_cleanup_strv_ char **nodes = NULL;
	char **paths = NULL;
	size_t i;
	int r;

	r = vprep_usage_nodes(&l->usages, usage, &nodes);
	for (i = 0; r == 0 && nodes && nodes[i]; i++) {
		_cleanup_free_ char *path = vprep_io_dev_path(nodes[i]);

		r = path ? vprep_strv_add(&paths, path) : -ENOMEM;
	}
	device->nodes = (const char **)(void *)paths;
	return r;
}

static int list_devices(struct vprep_launching *l)
{
	struct vprep_launch_device *devices = calloc(l->usages.n + 1, sizeof(*devices));
	size_t i;
	int r = 0;

	l->launch.devices = devices;
	if (!devices)
		return -ENOMEM;
	for (i = 0; r == 0 && i < l->usages.n; i++) {
		const struct vprep_usage *usage = &l->usages.items[i];
		struct vprep_launch_device *device = &devices[l->launch.n_devices];

		if (is_listed(l, usage->name))
			continue;
		device->name = strdup(usage->name);
		if (!device->name)
			return -ENOMEM;
		l->launch.n_devices++;
		r = list_nodes(l, usage, device);
	}
	return r;
}

static size_t count_vfio(const struct vprep_usages *usages)
{
	size_t i, n = 0;

	for (i = 0; i < usages->n; i++)
		n += vprep_usage_is_vfio(&usages->items[i]);
	return n;
}

static char *reason_text(const struct vprep_launching *l,
			 const struct vprep_guest_memory *memory)
{
	size_t n = count_vfio(&l->usages);

	if (memory->limit > 0)
		return strdup("its <hard_limit>");
	if (memory->locked)
		return strdup("its memory is <locked>");
	if (!l->knows_memory)
		return strdup("the size of its memory is not known; --memory tells it");
	return vprep_strf("%s of its memory%s, and 1 GiB for %zu VFIO device%s",
			  vprep_size_text(memory->bytes).s,
			  memory->iommu ? " for each device, as it has an IOMMU" : "", n,
			  n == 1 ? "" : "s");
}

static int count_memory(struct vprep_launching *l, const struct vprep_attach_context *q,
			struct vprep_error *err)
{
	struct vprep_guest_memory memory = { 0 };

	if (q->domain)
		memory = q->domain->memory;
	if (q->request->memory &&
	    vprep_memory_parse(q->request->memory, &memory.bytes) < 0)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.30s' is not a size of memory such as 4G or "
				       "512M",
				       q->request->memory);
	l->knows_memory = memory.bytes > 0 && memory.bytes < UINT64_MAX;
	l->launch.memlock = vprep_memlock_need(&memory, &l->usages);
	l->launch.memlock_reason = reason_text(l, &memory);
	return l->launch.memlock_reason ? 0 : vprep_error_oom(err);
}

static int fill(struct vprep_launching *l, struct vprep_attach_context *q,
		struct vprep_error *err)
{
	char **words = NULL, **json_words = NULL;
	int r;

	r = read_usages(l, q, err);
	if (r == 0)
		r = count_memory(l, q, err);
	if (r < 0)
		return r;
	choose_way(q->session, l);
	l->launch.user = l->node_owner.name;
	l->launch.uid = l->node_owner.uid;
	l->launch.gid = l->node_owner.gid;
	r = list_devices(l);
	if (r == 0)
		r = vprep_qemu_words(&l->usages, false, &words);
	l->launch.words = (const char **)(void *)words;
	if (r == 0)
		r = vprep_qemu_words(&l->usages, true, &json_words);
	l->launch.json_words = (const char **)(void *)json_words;
	return r < 0 ? vprep_error_oom(err) : 0;
}

VPREP_EXPORT int vprep_launch(struct vprep_session *session,
			      const struct vprep_request *request,
			      struct vprep_launch **ret, struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context q = {
		.session = session, .request = request, .for_launch = true
	};
	struct vprep_launching *l;
	int r;

	r = vprep_attach_context_begin(&q, err);
	if (r == 0)
		r = vprep_attach_context_resolve(&q, err);
	if (r < 0)
		return r;
	l = calloc(1, sizeof(*l));
	if (!l)
		return vprep_error_oom(err);
	l->node_owner = q.node_owner;
	if (geteuid() != 0 && !request->user)
		be_caller(&l->node_owner);
	r = fill(l, &q, err);
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
	size_t i;

	if (!launch)
		return;
	for (i = 0; i < launch->n_devices; i++) {
		free((char *)(uintptr_t)launch->devices[i].name);
		vprep_strv_free((char **)(uintptr_t)launch->devices[i].nodes);
	}
	free((void *)(uintptr_t)launch->devices);
	vprep_strv_free((char **)(void *)launch->words);
	vprep_strv_free((char **)(void *)launch->json_words);
	free((char *)(uintptr_t)launch->memlock_reason);
	vprep_usages_done(&l->usages);
	free(l);
}
