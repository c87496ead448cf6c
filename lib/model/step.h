/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A step: one reversible action, with the facts that its undo needs. Steps are what a
 * plan lists and what the journal keeps.
 */
#ifndef VPREP_MODEL_STEP_H
#define VPREP_MODEL_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In the order of doing; undo goes the other way. */
enum vprep_step_kind {
	VPREP_STEP_CLAIM,	 /* the device is the owner's; done when all else is */
	VPREP_STEP_NUMVFS,	 /* a PF's number of VFs */
	VPREP_STEP_MODULE_LOAD,	 /* no undo */
	VPREP_STEP_UDEV_RULE,	 /* the group's rule file */
	VPREP_STEP_MDEV_CREATE,	 /* a mediated device, or a function made a vGPU */
	VPREP_STEP_VPORT_CREATE, /* a virtual port of a fibre channel host (NPIV) */
	VPREP_STEP_VF_CONFIG,	 /* a VF's MAC address and VLAN; undone before the bind */
	VPREP_STEP_DRIVER_BIND,	 /* a device of the request */
	VPREP_STEP_PLACEHOLDER_BIND, /* another member of its group */
	VPREP_STEP_NODE_PERMISSION,  /* the group's node */
	VPREP_STEP_CDEV_PERMISSION,  /* the device's own, which it has while bound */
	VPREP_STEP_RELEASE,	     /* a mark: the device is being given back */
	VPREP_STEP_KINDS,
};

enum vprep_step_state {
	VPREP_STEP_INTENT,
	VPREP_STEP_DONE,
	VPREP_STEP_UNDONE,
	VPREP_STEP_FAILED, /* neither done nor undone; `reason` says why */
	VPREP_STEP_STATES,
};

/* Strings are owned; NULL and -1 mean absent. */
struct vprep_step {
	uint64_t seq;
	int64_t request; /* the number of the first step of the request that it is of */
	enum vprep_step_kind kind;
	enum vprep_step_state state;
	char *device; /* a device, a module, or "group N" */
	int64_t group;

	/* driver-bind, placeholder-bind */
	char *driver; /* bound by us; NULL: left unbound */
	char *was_driver;
	char *was_module;
	char *was_override;
	char *was_power;
	int64_t was_vfs; /* VFs that the unbind destroys; of numvfs, too */
	int64_t pci_id;	 /* vendor << 16 | device */

	/* numvfs */
	int64_t vfs;
	int64_t autoprobe; /* while they are made: 1 or 0; -1: left alone */
	int64_t was_autoprobe;

	/* vf-config */
	char *pf;  /* its PF's address */
	char *mac; /* NULL: left alone */
	char *was_mac;
	int64_t vlan; /* -1: left alone */
	int64_t was_vlan, was_qos, was_protocol;

	/* udev-rule */
	char *directory;
	char *file;
	char *content;
	char *was_content;    /* of a file that was there before */
	char *made_directory; /* topmost folder that was made for it */

	/* mdev-create; its node is known once it is there. vport-create has a parent, too
	 */
	char *parent; /* as sysfs has it */
	char *type;
	char *settings; /* "ATTRIBUTE=VALUE" lines, written in this order */

	/* vport-create */
	char *vport; /* "WWPN:WWNN", as the kernel takes it */

	/* node-permission, cdev-permission */
	char *node; /* below /dev; not of a cdev, which is found by its device */
	int64_t uid, gid, mode;
	int64_t was_uid, was_gid, was_mode; /* of a node that was there before */

	/* failed */
	char *reason;
	int64_t pid;	   /* a child that the kernel holds */
	int64_t pid_start; /* its start time, clock ticks since boot */
};

#define VPREP_STEP_MADE_MDEV "mdev_"
#define VPREP_STEP_MADE_VGPU "vgpu_"

struct vprep_steps {
	size_t n;
	struct vprep_step *items;
};

const char *vprep_step_kind_name(enum vprep_step_kind kind);
const char *vprep_step_state_name(enum vprep_step_state state);
/* The kind or state of that name, or -1. */
int vprep_step_kind_parse(const char *name);
int vprep_step_state_parse(const char *name);

/* Everything absent. */
void vprep_step_init(struct vprep_step *step, enum vprep_step_kind kind);
void vprep_step_done(struct vprep_step *step);

/* Moves @step to the end; on -ENOMEM it stays the caller's. */
int vprep_steps_add(struct vprep_steps *steps, struct vprep_step *step);
/* Adds one of the kind with all facts absent but its device, to be filled in: @ret points
 * to it until the next is added. -ENOMEM. */
int vprep_steps_new(struct vprep_steps *steps, enum vprep_step_kind kind,
		    const char *device, struct vprep_step **ret);
void vprep_steps_done(struct vprep_steps *steps);

/* ---- what other parts ask about a step, whatever its kind ---- */

/* Neither undone nor a mark that has served. */
bool vprep_step_is_live(const struct vprep_step *step);
/* The device is the owner's. */
bool vprep_step_is_claim(const struct vprep_step *step);
bool vprep_step_is_live_claim(const struct vprep_step *step);
/* A mark that the device is being given back. */
bool vprep_step_is_release(const struct vprep_step *step);
/* It is never undone and, once done, stands for nothing: a module that was loaded. */
bool vprep_step_is_lasting(const struct vprep_step *step);
/* It changes the number of a PF's VFs; its device is the PF. */
bool vprep_step_changes_vfs(const struct vprep_step *step);
/* The topmost folder that was made for a rule file, or NULL. */
const char *vprep_step_made_directory(const struct vprep_step *step);

/* The node that the step is about, below /dev; NULL: there is none, or it is not known
 * yet. */
const char *vprep_step_node_path(const struct vprep_step *step);

/* To whom a node is given. */
struct vprep_step_node {
	const char *path; /* below /dev; NULL: not known yet */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* False for a step that gives no node of a group or of a device by itself. */
bool vprep_step_node(const struct vprep_step *step, struct vprep_step_node *ret);

/* A mediated device that is made. */
struct vprep_step_mdev {
	const char *parent;
	const char *type;
};

/* False for a step that makes none. */
bool vprep_step_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret);
/* The same for one of which nobody can say whether it is there: it is just being made, or
 * that failed. */
bool vprep_step_pending_mdev(const struct vprep_step *step, struct vprep_step_mdev *ret);

/* The mdev or function of a step about one that is made by itself, for nobody yet: its
 * device is "mdev_UUID" or "vgpu_ADDRESS". NULL for any other step. */
const char *vprep_step_made_mdev(const struct vprep_step *step);
/* A kernel write of it never came back. */
bool vprep_step_is_quarantined(const struct vprep_step *step);

#endif
