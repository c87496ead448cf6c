/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of steps: how each is done and undone. */
#ifndef VPREP_EXEC_STEP_H
#define VPREP_EXEC_STEP_H

#include "step/context.h"
#include "udev/udevd.h"

/* The error of a step that found what it was to change changed by somebody else, before
 * it wrote anything: there is nothing of ours to undo, whatever it looks like. */
#define VPREP_STEP_CHANGED_MEANWHILE ESTALE

/* 1: the PCI device that the journal means; 0, and a warning: it is gone, or another one
 * is at its address. */
int vprep_step_is_of_device(struct vprep_io *io, const struct vprep_step *step,
			    struct vprep_error *err);

/* Run in a child: may block. In undo, a message without an error is a warning. */
int vprep_bind_do(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_bind_undo(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_numvfs_do(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_numvfs_undo(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_vf_do(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_vf_undo(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_module_do(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_mdev_do(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_mdev_undo(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_vport_do(struct vprep_io *io, void *step, struct vprep_error *err);
int vprep_vport_undo(struct vprep_io *io, void *step, struct vprep_error *err);

/* In the parent. */
void vprep_mdev_failed(struct vprep_step_context *exec, struct vprep_step *step,
		       int result);
void vprep_vport_failed(struct vprep_step_context *exec, struct vprep_step *step,
			int result);
/* Fills in the nodes of mdevs that were made, from step @first on. */
int vprep_mdevs_note(const struct vprep_step_context *exec, size_t first,
		     struct vprep_error *err);
int vprep_rule_do(const struct vprep_step_context *exec, const struct vprep_step *step,
		  struct vprep_error *err);
int vprep_rule_undo(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err);

/* All nodes of a request at once: they are waited for together. @monitor is NULL when
 * udevd does not run. Each step that is done is marked. */
int vprep_nodes_do(const struct vprep_step_context *exec,
		   struct vprep_udevd_monitor *monitor, size_t first,
		   struct vprep_error *err);
/* Gives a node to the step's user, and proves it. */
int vprep_node_give(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err);
int vprep_node_undo(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err);

/* The same for nodes of single devices, which udevd knows, but need not be waited for:
 * the rule is there before the node. */
int vprep_cdevs_do(const struct vprep_step_context *exec, size_t first,
		   struct vprep_error *err);
int vprep_cdev_undo(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err);

#endif
