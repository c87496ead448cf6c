/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the report is made of: all that the library tells of the host, and how the devices
 * hang together. */
#ifndef VPREP_REPORT_HOST_H
#define VPREP_REPORT_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "vfio-prep.h"

#define VPREP_REPORT_NONE ((size_t)-1)

/* A device in the tree. A VF hangs on its card, a mediated device on its parent. */
struct vprep_report_device {
	const struct vprep_host_device *device;
	const char *complex; /* "0000:00", the root bus it is below; NULL: on no PCI bus */
	size_t parent, first, next; /* by number; VPREP_REPORT_NONE */
	size_t n_children;
};

struct vprep_report_host {
	struct vprep_session *session;
	struct vprep_host_devices *devices;
	struct vprep_node_devices *nodes;
	struct vprep_groups *groups;
	struct vprep_mdev_types *types;
	struct vprep_diagnoses *diagnoses;
	struct vprep_status *status;	  /* NULL: it is root's to know */
	struct vprep_error hidden;	  /* why, if so */
	struct vprep_report_device *tree; /* by the number of the device in @devices */
	size_t n;
};

/* Errors as of the calls for each part. */
int vprep_report_host_read(struct vprep_session *session, struct vprep_report_host *ret,
			   struct vprep_error *err);
void vprep_report_host_done(struct vprep_report_host *host);

/* Whether it leads to others: such a device is never given away. */
bool vprep_report_is_bridge(const struct vprep_host_device *device);

/* The words for a state: "free". */
const char *vprep_report_state_word(enum vprep_host_device_state state);
/* Who has it and why, for people; allocated. */
char *vprep_report_state_text(const struct vprep_host_device *device);
/* How many devices are in each state. Starts as {0}. */
struct vprep_report_counts {
	size_t of[VPREP_HOST_DEVICE_HIDDEN + 1];
	size_t all;
};
void vprep_report_count(struct vprep_report_counts *counts,
			const struct vprep_host_device *device);
/* "5 free, 2 attached"; allocated. */
char *vprep_report_counts_text(const struct vprep_report_counts *counts);

#endif
