// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Becoming a guest's process. What the guest would fail with is found here, before it
 * starts, as the user that it runs as. A group opens for one process only, so that none
 * is opened: sysfs tells whether it is viable, and access(2) whether it would open.
 */
#include "verb/launch.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/account.h"
#include "host/driver.h"
#include "host/holders.h"
#include "host/iommu.h"
#include "host/process.h"
#include "plan/memlock.h"

#define ERROR_TEXT_MAX sizeof(((struct vprep_error *)NULL)->message)

struct entering {
	struct vprep_session *session;
	const struct vprep_launching *l;
	struct vprep_error *err;
	int result; /* the first fault's; the message has them all */
};

int vprep_launch_become(const struct vprep_node_owner *node_owner)
{
	struct vprep_account account;
	int r;

	if (geteuid() != 0) /* with the groups that he has */
		return geteuid() == node_owner->uid ? 0 : -EPERM;
	r = vprep_account_of(node_owner->uid, &account);
	if ((r == 0 ? initgroups(account.name, node_owner->gid) : setgroups(0, NULL)) <
		    0 ||
	    setresgid(node_owner->gid, node_owner->gid, node_owner->gid) < 0 ||
	    setresuid(node_owner->uid, node_owner->uid, node_owner->uid) < 0)
		return -errno;
	return 0;
}

/* One more thing that is missing; the message says them all. Returns -@number. */
__attribute__((format(printf, 5, 6))) static int add_fault(struct entering *e,
							   enum vprep_code code,
							   int number, const char *device,
							   const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (e->result == 0)
		e->result = vprep_error_set(e->err, code, number, device, "%s", text);
	else
		vprep_error_append(e->err, "; and %s", text);
	return -number;
}

static uint64_t limit_of(rlim_t limit)
{
	return limit == RLIM_INFINITY ? VPREP_MEMLOCK_UNLIMITED : limit;
}

static void warn_of_unknown(const struct entering *e, uint64_t limit)
{
	const struct vprep_step_context exec = { .log = e->session->log,
						 .log_data = e->session->log_data };

	vprep_step_log(&exec, VPREP_LOG_WARNING,
		       "%s may lock %s (RLIMIT_MEMLOCK); a guest with VFIO devices locks "
		       "all of its memory and up to 1 GiB more: with --memory SIZE this "
		       "is checked",
		       e->l->context.node_owner.name, vprep_size_text(limit).s);
}

static void add_locked_by(const struct entering *e, const struct vprep_holder *holder,
			  uint64_t *sum)
{
	const struct vprep_io *io = e->session->io;
	char pid[sizeof("2147483647")];
	uint64_t pinned;
	uid_t uid;

	snprintf(pid, sizeof(pid), "%d", (int)holder->pid);
	if (streq(holder->node, VPREP_IOMMUFD) && vprep_process_uid(io, pid, &uid) == 0 &&
	    uid == e->l->context.node_owner.uid &&
	    vprep_process_pinned(io, holder->pid, &pinned) == 0 &&
	    __builtin_add_overflow(*sum, pinned, sum))
		*sum = UINT64_MAX;
}

/* A container counts against the limit what its own process has locked; iommufd counts
 * what all processes of the user have locked through it (drivers/iommu/iommufd/pages.c,
 * IOPT_PAGES_ACCOUNT_USER). */
static uint64_t locked_by_others(const struct entering *e)
{
	_cleanup_(vprep_holders_done) struct vprep_holders holders = { 0 };
	uint64_t sum = 0;
	size_t i;

	if (e->l->uses_iommufd && vprep_holders_scan(e->session->io, &holders) == 0)
		for (i = 0; i < holders.n; i++)
			add_locked_by(e, &holders.items[i], &sum);
	return sum;
}

static uint64_t needed(const struct entering *e)
{
	uint64_t need = e->l->launch.memlock;

	return need == 0 || __builtin_add_overflow(need, locked_by_others(e), &need)
		       ? e->l->launch.memlock
		       : need;
}

static void refuse_limit(struct entering *e, uint64_t need, uint64_t limit)
{
	const struct vprep_launch *launch = &e->l->launch;
	bool unlimited = need == VPREP_MEMLOCK_UNLIMITED;
	char bytes[sizeof("18446744073709551615")], kib[sizeof(bytes)];

	snprintf(bytes, sizeof(bytes), "%" PRIu64, need);
	snprintf(kib, sizeof(kib), "%" PRIu64, need / 1024 + (need % 1024 > 0));
	add_fault(
		e, VPREP_E_REFUSED, EPERM, NULL,
		"%s may lock %s (RLIMIT_MEMLOCK), and the guest needs %s (%s%s): let "
		"root raise it, for this shell by 'prlimit --pid $$ --memlock=%s', for good by "
		"'%.32s - memlock %s' in /etc/security/limits.conf",
		e->l->context.node_owner.name, vprep_size_text(limit).s,
		vprep_size_text(need).s, launch->memlock_reason,
		need > launch->memlock ? ", and what iommufd counts of his other guests"
				       : "",
		unlimited ? "unlimited" : bytes, e->l->context.node_owner.name,
		unlimited ? "unlimited" : kib);
}

static void raise_limit(struct entering *e)
{
	uint64_t need = needed(e);
	rlim_t wanted = need == VPREP_MEMLOCK_UNLIMITED ? RLIM_INFINITY : (rlim_t)need;
	struct rlimit limit, more;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0) {
		add_fault(e, VPREP_E_FAILED, errno, NULL,
			  "cannot read RLIMIT_MEMLOCK: %s", strerror(errno));
		return;
	}
	if (limit_of(limit.rlim_cur) >= need)
		return;
	more.rlim_cur = wanted;
	more.rlim_max = limit_of(limit.rlim_max) >= need ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_MEMLOCK, &more) == 0)
		return;
	more.rlim_cur = more.rlim_max = limit.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &more) == 0)
		limit = more;
	if (need != VPREP_MEMLOCK_UNLIMITED || e->l->knows_memory)
		refuse_limit(e, need, limit_of(limit.rlim_cur));
	else
		warn_of_unknown(e, limit_of(limit.rlim_cur));
}

static int become(struct entering *e)
{
	const struct vprep_node_owner *node_owner = &e->l->context.node_owner;
	int r = vprep_launch_become(node_owner);

	if (r == -EPERM && geteuid() != 0)
		return add_fault(
			e, VPREP_E_REFUSED, EPERM, NULL,
			"this is user %u, and only root can run a command as %s (%u:%u)",
			geteuid(), node_owner->name, node_owner->uid, node_owner->gid);
	return r < 0 ? add_fault(e, VPREP_E_FAILED, -r, NULL,
				 "cannot become %s (%u:%u): %s", node_owner->name,
				 node_owner->uid, node_owner->gid, strerror(-r))
		     : 0;
}

static void add_not_attached(struct entering *e, const struct vprep_device *device,
			     const char *why)
{
	add_fault(e, VPREP_E_REFUSED, ENODEV, device->name,
		  "%s is not attached%s: let root do it by 'vfio-prep attach %s "
		  "--user %s'",
		  device->name, why, device->name, e->l->context.node_owner.name);
}

static const struct vprep_iommu_member *find_member(const struct vprep_iommu_group *g,
						    const char *name)
{
	size_t i;

	for (i = 0; i < g->n_members; i++)
		if (streq(g->members[i].name, name))
			return &g->members[i];
	return NULL;
}

static void judge_neighbours(struct entering *e, const struct vprep_device *device,
			     const struct vprep_iommu_group *group)
{
	size_t i;

	for (i = 0; i < group->n_members; i++) {
		const struct vprep_iommu_member *m = &group->members[i];
		const char *driver = vprep_driver_in_the_way(e->session->io, m);

		if (driver)
			add_fault(
				e, VPREP_E_NOT_VIABLE, EBUSY, device->name,
				"IOMMU group %u of %s is not viable, as %s in it is "
				"bound to %s: let root attach %s again, which sees to the "
				"whole group",
				group->number, device->name, m->name, driver,
				device->name);
	}
}

/* 1: it is not attached, which is said. */
static int judge_group(struct entering *e, const struct vprep_device *device)
{
	_cleanup_(vprep_iommu_group_freep) struct vprep_iommu_group *group = NULL;
	const struct vprep_iommu_member *member;
	char why[ERROR_TEXT_MAX];
	int r;

	r = vprep_iommu_group_read(e->session->io, (unsigned)device->group, &group);
	member = r == 0 ? find_member(group, device->name) : NULL;
	if (r < 0 || !member)
		return vprep_error_set(e->err, VPREP_E_FAILED, r < 0 ? -r : ENODEV,
				       device->name, "cannot read the group of %s: %s",
				       device->name, strerror(r < 0 ? -r : ENODEV));
	if (!member->pci || vprep_driver_is_vfio(e->session->io, member->pci->driver)) {
		judge_neighbours(e, device, group);
		return 0;
	}
	if (member->pci->driver)
		snprintf(why, sizeof(why), " (its driver is %s)", member->pci->driver);
	add_not_attached(e, device, member->pci->driver ? why : " (it has no driver)");
	return 1;
}

/* It is all devices' and no owner's. */
static void explain_iommufd(struct entering *e, const struct vprep_device *device, int r)
{
	const struct vprep_node_owner *node_owner = &e->l->context.node_owner;

	add_fault(e, VPREP_E_REFUSED, -r, device->name,
		  "%s (%u:%u) may not open /dev/iommu (%s), without which this kernel "
		  "gives %s to nobody: let root set 'iommu-group = %u', or another group "
		  "of his, in %s, and attach it again",
		  node_owner->name, node_owner->uid, node_owner->gid, strerror(-r),
		  device->name, node_owner->gid, e->session->config->path);
}

static void explain_node(struct entering *e, const struct vprep_device *device,
			 const char *node, int r)
{
	const struct vprep_node_owner *node_owner = &e->l->context.node_owner;
	struct stat st;

	if (r != -ENOENT && streq(node, VPREP_IOMMUFD)) {
		explain_iommufd(e, device, r);
		return;
	}
	if (r == -ENOENT) {
		char why[ERROR_TEXT_MAX];

		snprintf(why, sizeof(why), " (there is no /dev/%s)", node);
		add_not_attached(e, device, why);
		return;
	}
	if (vprep_io_node_stat(e->session->io, &st, "%s", node) < 0)
		st = (struct stat){ 0 };
	add_fault(e, VPREP_E_REFUSED, -r, device->name,
		  "/dev/%s belongs to %u:%u, mode %04o, and %s (%u:%u) may not "
		  "open it (%s): let root give it to him by 'vfio-prep detach %s' "
		  "and 'vfio-prep attach %s --user %s'",
		  node, st.st_uid, st.st_gid, st.st_mode & 07777, node_owner->name,
		  node_owner->uid, node_owner->gid, strerror(-r), device->name,
		  device->name, node_owner->name);
}

static void judge_nodes(struct entering *e, const struct vprep_device *device)
{
	const struct vprep_guest_nodes nodes =
		vprep_device_guest_nodes(device, e->l->iommufd);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && nodes.paths[i]; i++) {
		r = vprep_io_node_access(e->session->io, "%s", nodes.paths[i]);
		if (r < 0)
			explain_node(e, device, nodes.paths[i], r);
	}
}

static int judge(struct entering *e, const struct vprep_device *device)
{
	int r = device->group >= 0 ? judge_group(e, device) : 0;

	if (device->group < 0 && !device->cdev.path && device->kind->is_vfio) {
		add_not_attached(e, device, " (it does not exist yet)");
		return 1;
	}
	if (r == 0)
		judge_nodes(e, device);
	return r;
}

VPREP_EXPORT int vprep_launch_enter(struct vprep_session *session,
				    const struct vprep_launch *launch,
				    struct vprep_error *err)
{
	struct entering e = { .session = session,
			      .l = vprep_launching_of(launch),
			      .err = err };
	const struct vprep_devices *devices = &e.l->context.devices;
	size_t i;
	int r;

	raise_limit(&e);
	r = become(&e);
	for (i = 0; r >= 0 && i < devices->n; i++)
		r = judge(&e, &devices->items[i]);
	return r < 0 ? r : e.result;
}
