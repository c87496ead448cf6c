// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps in words. */
#include <errno.h>
#include <inttypes.h>

#include "common/cleanup.h"
#include "common/export.h"
#include "common/str.h"
#include "plan/plan.h"

/* "MAC address 52:54:00:12:34:56, VLAN 42"; what is NULL or -1 is left out. */
static char *vf_text(const char *before, const char *mac, int64_t vlan, const char *after)
{
	_cleanup_free_ char *number = vlan < 0	  ? strdup("")
				      : vlan == 0 ? strdup("no VLAN")
						  : vprep_strf("VLAN %" PRId64, vlan);
	static const char none[] = "00:00:00:00:00:00";

	if (!number)
		return NULL;
	return vprep_strf("%s%s%s%s%s%s", before,
			  !mac		     ? ""
			  : streq(mac, none) ? "no MAC address"
					     : "MAC address ",
			  mac && !streq(mac, none) ? mac : "", mac && *number ? ", " : "",
			  number, after);
}

static char *vf_undo(const struct vprep_step *s)
{
	if (!s->was_mac)
		return vprep_strf("back as it was");
	return vf_text("back to ", s->mac ? s->was_mac : NULL,
		       s->vlan >= 0 ? s->was_vlan : -1, "");
}

static char *detail_of(const struct vprep_step *s)
{
	switch (s->kind) {
	case VPREP_STEP_CLAIM:
		if (s->group < 0)
			return vprep_strf("hold it");
		return vprep_strf("hold it, and IOMMU group %" PRId64, s->group);
	case VPREP_STEP_NUMVFS:
		return vprep_strf("%" PRId64 " -> %" PRId64 " VFs", s->was_vfs, s->vfs);
	case VPREP_STEP_MODULE_LOAD:
		return vprep_strf("load the kernel module, for driver %s", s->driver);
	case VPREP_STEP_UDEV_RULE:
		return vprep_strf("write %s/%s and reload udev", s->directory, s->file);
	case VPREP_STEP_VF_CONFIG:
		return vf_text("", s->mac, s->vlan, ", by its PF");
	case VPREP_STEP_MDEV_CREATE:
		return vprep_strf("make a %s on %s", s->type, s->parent);
	case VPREP_STEP_VPORT_CREATE:
		return vprep_strf("make the vport %s on %s", s->vport, s->parent);
	case VPREP_STEP_DRIVER_BIND:
	case VPREP_STEP_PLACEHOLDER_BIND:
		return vprep_strf("%s -> %s", s->was_driver ? s->was_driver : "(unbound)",
				  s->driver ? s->driver : "(unbound)");
	case VPREP_STEP_NODE_PERMISSION:
		if (!s->node)
			return vprep_strf("its group's node in /dev/vfio to %" PRId64
					  ":%" PRId64 " mode %04" PRIo64,
					  s->uid, s->gid, s->mode);
		return vprep_strf("/dev/%s to %" PRId64 ":%" PRId64 " mode %04" PRIo64,
				  s->node, s->uid, s->gid, s->mode);
	case VPREP_STEP_CDEV_PERMISSION:
		return vprep_strf("its node in /dev/vfio/devices to %" PRId64 ":%" PRId64
				  " mode %04" PRIo64,
				  s->uid, s->gid, s->mode);
	case VPREP_STEP_RELEASE:
	case VPREP_STEP_KINDS:
		break;
	}
	return vprep_strf("give it back");
}

static char *undo_of(const struct vprep_step *s)
{
	switch (s->kind) {
	case VPREP_STEP_CLAIM:
		return vprep_strf("let it go");
	case VPREP_STEP_NUMVFS:
		return vprep_strf("back to %" PRId64 " VFs", s->was_vfs);
	case VPREP_STEP_MODULE_LOAD:
		return vprep_strf("none: the module stays loaded");
	case VPREP_STEP_UDEV_RULE:
		return vprep_strf("remove the file and reload udev");
	case VPREP_STEP_VF_CONFIG:
		return vf_undo(s);
	case VPREP_STEP_MDEV_CREATE:
	case VPREP_STEP_VPORT_CREATE:
		return vprep_strf("remove it");
	case VPREP_STEP_DRIVER_BIND:
	case VPREP_STEP_PLACEHOLDER_BIND:
		return vprep_strf("back to %s, driver_override %s, power/control %s",
				  s->was_driver ? s->was_driver : "(unbound)",
				  s->was_override ? s->was_override : "(unset)",
				  s->was_power ? s->was_power : "as it is");
	case VPREP_STEP_NODE_PERMISSION:
	case VPREP_STEP_CDEV_PERMISSION:
		if (s->was_uid < 0)
			return vprep_strf(
				s->node ? "none: the node goes with its driver"
					: "none: the node goes with the device");
		return vprep_strf("back to %" PRId64 ":%" PRId64 " mode %04" PRIo64,
				  s->was_uid, s->was_gid, s->was_mode);
	case VPREP_STEP_RELEASE:
	case VPREP_STEP_KINDS:
		break;
	}
	return vprep_strf("none");
}

int vprep_plan_describe(const char *owner, const struct vprep_steps *steps,
			struct vprep_plan **ret)
{
	struct vprep_plan *plan = calloc(1, sizeof(*plan));
	size_t i;

	if (!plan)
		return -ENOMEM;
	plan->steps = calloc(steps->n + 1, sizeof(*plan->steps));
	plan->owner = strdup(owner);
	if (!plan->steps || !plan->owner)
		goto oom;
	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *from = &steps->items[i];
		struct vprep_plan_step *to = &plan->steps[plan->n_steps++];

		to->id = (unsigned)i + 1;
		to->kind = vprep_step_kind_name(from->kind);
		to->device = strdup(from->device);
		to->detail = detail_of(from);
		to->undo = undo_of(from);
		if (!to->device || !to->detail || !to->undo)
			goto oom;
	}
	*ret = plan;
	return 0;
oom:
	vprep_plan_free(plan);
	return -ENOMEM;
}

VPREP_EXPORT void vprep_plan_free(struct vprep_plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->n_steps; i++) {
		free((char *)plan->steps[i].device);
		free((char *)plan->steps[i].detail);
		free((char *)plan->steps[i].undo);
	}
	free(plan->steps);
	free((char *)plan->owner);
	free(plan);
}
