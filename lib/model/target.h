/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device of a request once it is found on the host: what is to be done for it. */
#ifndef VPREP_MODEL_TARGET_H
#define VPREP_MODEL_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "model/pci.h"
#include "model/request.h"
#include "model/vf.h"

enum vprep_target_kind {
	VPREP_TARGET_PCI,  /* bound to a vfio driver, its group's node given away */
	VPREP_TARGET_MDEV, /* made if need be; its node given away */
	VPREP_TARGET_NODE, /* a node given away: USB, SCSI, vDPA */
};

/* Strings are owned; NULL means absent. */
struct vprep_target {
	enum vprep_target_kind kind;
	char *name; /* for messages and the journal: "0000:05:10.1", "usb_1_2" */
	/* PCI */
	struct vprep_pci_address pci;
	char *driver; /* wanted; NULL: the best */
	bool has_mac; /* of a VF, as its guest is to see it */
	uint8_t mac[VPREP_MAC_SIZE];
	bool has_vlan;
	uint16_t vlan;
	/* MDEV: it has an IOMMU group for itself, so that its node is its own */
	bool is_new;				 /* to be made, after the definition */
	struct vprep_mdev_definition definition; /* the parent as sysfs has it */
	char *settings;				 /* "ATTRIBUTE=VALUE" lines for it */
	char *api;				 /* that its type must have; NULL: any */
	/* MDEV, NODE */
	char *node;  /* below /dev: "vfio/12", "bus/usb/001/004"; NULL: it is only held,
			or a new mdev's */
	char *match; /* what a udev rule knows it by; NULL: udev does not know it, or
			need not */
	char *sysfs; /* its name there: its UUID, "1-2", "0:0:0:0"; NULL: it has no users
			to look for */
};

/* NVIDIA's parameters of a vGPU as a line of settings. NULL: out of memory. */
char *vprep_mdev_params_setting(const char *params);

struct vprep_targets {
	size_t n;
	struct vprep_target *items;
};

/* Whether its PF is to be told something about it. NULL: no. */
static inline bool vprep_target_has_vf_config(const struct vprep_target *target)
{
	return target && (target->has_mac || target->has_vlan);
}

void vprep_target_done(struct vprep_target *target);
/* The target of that name, else NULL. */
const struct vprep_target *vprep_targets_find(const struct vprep_targets *targets,
					      const char *name);
/* Moves @target to the end; on -ENOMEM it stays the caller's. */
int vprep_targets_add(struct vprep_targets *targets, struct vprep_target *target);
void vprep_targets_done(struct vprep_targets *targets);

#endif
