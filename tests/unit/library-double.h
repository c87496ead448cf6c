/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that gives results which are written here, and notes what it was asked for. */
#ifndef VPREP_TESTS_UNIT_LIBRARY_DOUBLE_H
#define VPREP_TESTS_UNIT_LIBRARY_DOUBLE_H

#include "command-test.h"
#include "vfio-prep.h"

static struct vprep_request asked;
static const char *removed;

/* ---- the library ---- */

static struct vprep_status status_result = {
	.n_owners = 1,
	.owners = ARRAY(
		struct vprep_status_owner,
		{ .id = "manual",
		  .name = "manual",
		  .kind = "manual",
		  .state = "incomplete",
		  .problem = "a command ended in the middle",
		  .n_devices = 1,
		  .devices = ARRAY(const char *, "0000:05:10.1"),
		  .n_groups = 1,
		  .groups = ARRAY(unsigned, 12),
		  .n_steps = 1,
		  .steps = ARRAY(struct vprep_status_step,
				 { 1, "driver-bind", "intent", "0000:05:10.1", false }),
		  .host = ARRAY(struct vprep_status_device,
				{ .name = "0000:05:10.1",
				  .present = true,
				  .driver = "igbvf",
				  .node = "/dev/vfio/12",
				  .uid = 2000000107,
				  .gid = 2000000108,
				  .mode = 0600,
				  .n_differs = 1,
				  .differs = ARRAY(const char *, "its driver is igbvf"),
				  .fix = "vfio-prep attach 0000:05:10.1" }),
		  .changed = true }),
	.n_quarantined = 1,
	.quarantined = ARRAY(struct vprep_quarantined,
			     { "0000:05:10.2", NULL, "unbind blocks", 77 }),
	.n_orphans = 1,
	.orphans = ARRAY(struct vprep_status_orphan,
			 { "web1", "/run/x.rules", "/dev/vfio/13", 1,
			   ARRAY(const char *, "0000:05:10.3") }),
};

static struct vprep_recovery recovery = {
	COUNTED(struct vprep_recovered, { "web1", false, "given back" },
		{ "web2", true, "0000:05:10.1 is held by pid 7" }),
};

static struct vprep_reasons reasons = {
	COUNTED(struct vprep_reason,
		{ VPREP_E_IN_USE, "0000:05:10.1", "0000:05:10.1 is in use", "stop it" },
		{ VPREP_E_NOT_FOUND, NULL, "no such device", NULL }),
};

static struct vprep_plan plan_result = {
	.owner = "manual",
	.n_steps = 1,
	.steps = ARRAY(struct vprep_plan_step, { 1, "driver-bind", "0000:05:10.1",
						 "igbvf -> vfio-pci", "bind igbvf" }),
};

static struct vprep_mdev_types mdev_types = {
	COUNTED(struct vprep_mdev_type, { .parent = "mtty",
					  .type = "mtty-1",
					  .name = "Single port serial",
					  .device_api = "vfio-pci",
					  .available = 23,
					  .n_instances = 1,
					  .instances = ARRAY(const char *, "a-uuid") }),
};

static struct vprep_diagnoses diagnoses = {
	COUNTED(struct vprep_diagnosis, { "iommu", "ok", "it is on", NULL },
		{ "user", "problem", "no user 'qemu'", "make one" }),
};

static struct vprep_launch launch_result = {
	.words = ARRAY(const char *, "-device", "vfio-pci,host=it's", NULL),
	.json_words = ARRAY(const char *, "-device", "{\"driver\":\"vfio-pci\"}", NULL),
	.n_devices = 1,
	.devices =
		ARRAY(struct vprep_launch_device,
		      { "pci_0000_05_10_1", ARRAY(const char *, "/dev/vfio/12", NULL) }),
};

#define RESULT_OF_REQUEST(fn, type, result, free_fn)                                     \
	int fn(struct vprep_session *session, const struct vprep_request *request,       \
	       struct type **ret, struct vprep_error *err)                               \
	{                                                                                \
		(void)session, (void)err;                                                \
		asked = *request;                                                        \
		*ret = &(result);                                                        \
		return 0;                                                                \
	}                                                                                \
	void free_fn(struct type *unused)                                                \
	{                                                                                \
		(void)unused;                                                            \
	}

static struct vprep_filled filled = { .xml = "<domain/>" };

RESULT(vprep_status, vprep_status, status_result, vprep_status_free)
RESULT(vprep_doctor, vprep_diagnoses, diagnoses, vprep_diagnoses_free)
RESULT(vprep_mdev_types, vprep_mdev_types, mdev_types, vprep_mdev_types_free)
RESULT_OF_REQUEST(vprep_check, vprep_reasons, reasons, vprep_reasons_free)
RESULT_OF_REQUEST(vprep_plan, vprep_plan, plan_result, vprep_plan_free)
RESULT_OF_REQUEST(vprep_launch, vprep_launch, launch_result, vprep_launch_free)
RESULT_OF_REQUEST(vprep_prepare_filled, vprep_filled, filled, vprep_filled_free)

int vprep_recover(struct vprep_session *session, bool dry_run,
		  struct vprep_recovery **ret, struct vprep_error *err)
{
	(void)session, (void)dry_run, (void)err;
	*ret = &recovery;
	return 0;
}

int vprep_salvage(struct vprep_session *session, const char *owner, bool dry_run,
		  struct vprep_recovery **ret, struct vprep_error *err)
{
	(void)owner;
	return vprep_recover(session, dry_run, ret, err);
}

void vprep_recovery_free(struct vprep_recovery *unused)
{
	(void)unused;
}

int vprep_attach(struct vprep_session *session, const struct vprep_request *request,
		 struct vprep_error *err)
{
	(void)session, (void)err;
	asked = *request;
	return 0;
}

int vprep_prepare(struct vprep_session *session, const struct vprep_request *request,
		  struct vprep_error *err)
{
	return vprep_attach(session, request, err);
}

int vprep_mdev_create(struct vprep_session *session,
		      const struct vprep_mdev_request *request, char **ret,
		      struct vprep_error *err)
{
	(void)session, (void)request, (void)err;
	*ret = strdup("new-uuid");
	return 0;
}

int vprep_mdev_remove(struct vprep_session *session, const char *name,
		      struct vprep_error *err)
{
	(void)session, (void)name, (void)err;
	removed = "new-uuid";
	return 0;
}

#endif
