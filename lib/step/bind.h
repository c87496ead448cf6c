/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding a PCI device to a driver, and back, for the kinds of steps that do so. */
#ifndef VPREP_STEP_BIND_H
#define VPREP_STEP_BIND_H

#include "io/io.h"
#include "model/pci.h"
#include "model/step.h"

struct vprep_bind_facts {
	char *driver; /* bound by us; NULL: left unbound */
	char *was_driver;
	char *was_module;
	char *was_override;
	char *was_power;
	int64_t was_vfs; /* VFs that the unbind destroys */
	int64_t pci_id;	 /* vendor << 16 | device */
};

#define VPREP_BIND_FACTS 7

extern const struct vprep_fact vprep_bind_facts[VPREP_BIND_FACTS];

/* Plans a step with these facts. @driver: NULL where the device is only to be unbound. */
void vprep_bind_plan(struct vprep_planning *p, const struct vprep_pci_device *pci,
		     const char *driver);

/* In a child: to the driver, and back to what it was. */
int vprep_bind_do(struct vprep_io *io, const struct vprep_step *step,
		  struct vprep_error *err);
int vprep_bind_undo(struct vprep_io *io, const struct vprep_step *step,
		    struct vprep_error *err);

#endif
