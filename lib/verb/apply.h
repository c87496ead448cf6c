/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the host and what is declared for it, and what mends that.
 *
 * I1  The host decides, not the record: what is as declared is left alone, whoever made
 * it so. I2  What apply changed is in the journal of the owner "declared", who holds no
 * device: others take it as they find it, and give it back to that state. What is
 * declared no more goes back by that journal. I3  While that journal is locked, what is
 * declared is read again: it may have changed with what the host is.
 */
#ifndef VPREP_VERB_APPLY_H
#define VPREP_VERB_APPLY_H

#include "journal/owners.h"
#include "session/attach-context.h"
#include "session/pools.h"
#include "session/transaction.h"
#include "vfio-prep.h"

enum vprep_apply_kind {
	VPREP_APPLY_MISSING, /* the host lacks what it would take */
	VPREP_APPLY_GONE,    /* it is declared no more, and goes back */
	VPREP_APPLY_VFS,     /* how many VFs a PF has */
	VPREP_APPLY_VF,	     /* what the PF says of a VF */
	VPREP_APPLY_BIND,    /* the driver of a device */
	VPREP_APPLY_MDEV,    /* a mediated device is not there */
	VPREP_APPLY_VPORT,   /* a virtual port is not there */
};

/* Strings are in the memory of the look. */
struct vprep_apply_item {
	enum vprep_apply_kind kind;
	const char *device;		  /* as a claim in the journal has it */
	const char *what;		  /* for people */
	struct vprep_pci_address address; /* of a PCI device */
	const struct vprep_declared_vfs *vfs;
	const struct vprep_vf_config *vf; /* what is to be changed of it */
	const struct vprep_declared_device *bind;
	const char *known_by; /* the words of its match, for the claim */
	const struct vprep_config_mdev *mdev;
	const struct vprep_vport_definition *vport;
};

struct vprep_apply {
	struct vprep_session *session;
	const char *file; /* that declares it; NULL: those in the folders */
	const char *only; /* that device, as a claim has it; NULL: all there is */
	struct vprep_declared *declared;

	/* filled by vprep_apply_look() */
	struct vprep_owners owners;
	struct vprep_pool_look look;
	const struct vprep_journal *journal; /* among the owners; NULL: there is none */
	size_t n_drivers;
	struct vprep_apply_driver { /* that devices of the look have */
		const char *name;
		bool is_vfio;
	} * drivers;
	size_t n_wanted;
	char **wanted; /* the devices that something is declared of, some more than once */
	size_t n;
	struct vprep_apply_item *items;
};

/* Reads what is declared, also anew. */
int vprep_apply_begin(struct vprep_apply *apply, struct vprep_error *err);
/* Looks at the host anew. */
int vprep_apply_look(struct vprep_apply *apply, struct vprep_error *err);
void vprep_apply_done(struct vprep_apply *apply);

/* The owner that has the device, but for what apply itself is at. NULL: nobody. */
const struct vprep_owner *vprep_apply_owner_of(const struct vprep_apply *apply,
					       const char *device);

/* As a claim has that mediated device. Freed with free(). */
char *vprep_apply_mdev_name(const struct vprep_uuid *uuid);

/* What is to be changed of the VF that the device is. NULL: nothing. */
const struct vprep_vf_config *vprep_apply_vf_of(const struct vprep_apply *apply,
						const char *device);

/* ---- parts of the look ---- */

/* Adds an item, of which the caller fills in what its kind needs. NULL: out of memory,
 * which the look ends with. */
struct vprep_apply_item *vprep_apply_add(struct vprep_apply *apply,
					 enum vprep_apply_kind kind, const char *device,
					 const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Something is declared of the device. */
void vprep_apply_want(struct vprep_apply *apply, const char *device);
/* 1: the configuration means another device by that address, and it stays as it is; 0;
 * -ENOMEM, and what reading gives. */
int vprep_apply_add_if_other(struct vprep_apply *apply, struct vprep_pci_address address);
/* @file: in which that is declared of the VF, which has this address. */
int vprep_apply_look_at_vf(struct vprep_apply *apply,
			   const struct vprep_declared_vf *declared,
			   struct vprep_pci_address address, const char *file);
/* @made: as a claim has it. */
int vprep_apply_look_at_mdev(struct vprep_apply *apply,
			     const struct vprep_declared_mdev *declared,
			     const char *made);
int vprep_apply_look_at_vport(struct vprep_apply *apply,
			      const struct vprep_declared_vport *declared);

/* All devices that are declared to be bound. */
int vprep_apply_look_at_drivers(struct vprep_apply *apply);

/* ---- making it so ---- */

/* Makes the host as it is declared; both are looked at anew (I3). */
int vprep_apply_run(struct vprep_apply *apply, struct vprep_error *err);

/* Adds that one to the devices that are made. */
int vprep_apply_add_mdev(struct vprep_attach_context *context,
			 const struct vprep_config_mdev *mdev, struct vprep_error *err);
/* Adds the steps that make those virtual ports that are not there. */
int vprep_apply_plan_vports(const struct vprep_apply *apply,
			    const struct vprep_transaction *transaction,
			    const struct vprep_store *locked, struct vprep_steps *ret,
			    struct vprep_error *err);
/* -EBUSY: a disk behind the virtual port that was made for the device is in use. */
int vprep_apply_check_vport_goes(const struct vprep_apply *apply,
				 const struct vprep_journal *journal, const char *device,
				 struct vprep_error *err);

#endif
