/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request with its defaults filled in, and what was found out about its devices. */
#ifndef VPREP_INQUIRY_H
#define VPREP_INQUIRY_H

#include "session/node-owner.h"
#include "model/facts.h"
#include "session/session.h"
#include "xml/domain.h"

struct vprep_attach_context {
	struct vprep_session *session; /* this and the next are the asker's */
	const struct vprep_request *request;
	/* Another way to targets than the names or the domain; NULL: those. */
	int (*resolve)(struct vprep_attach_context *q, struct vprep_error *err);
	const void *data;	     /* of it */
	bool for_launch;	     /* all of a domain's devices count */
	struct vprep_domain *domain; /* NULL: devices are named */
	char *id;		     /* the owner's */
	char *text;		     /* what messages call it */
	struct vprep_node_owner node_owner;
	struct vprep_attach_options options;
	struct vprep_devices devices;
	struct vprep_facts facts;
};

/* Attaches what the inquiry asks for, for the owner of that header. Errors as
 * vprep_attach(). */
int vprep_attach_context_run(struct vprep_attach_context *q,
			     const struct vprep_journal_header *header,
			     struct vprep_error *err);

/*
 * The id of the owner that a domain is: its uuid, or "name:NAME" without. -EINVAL it has
 * none, and its name cannot stand for one.
 */
int vprep_domain_owner(const struct vprep_domain *domain, char **ret,
		       struct vprep_error *err);

/* Fills in the terms. -EINVAL, -ENOENT as vprep_attach() has them. */
int vprep_attach_context_begin(struct vprep_attach_context *q, struct vprep_error *err);

/* Finds the devices, and no more. */
int vprep_attach_context_resolve(struct vprep_attach_context *q, struct vprep_error *err);

/*
 * Finds the devices and surveys them, anew each time. @store NULL: nobody owns anything.
 * The owners are read before the host: one that gives back meanwhile still counts, so
 * that nothing is taken for the host's own state that is only on its way there.
 */
int vprep_attach_context_look(struct vprep_attach_context *q,
			      const struct vprep_store *store, struct vprep_error *err);

/* Refused, or the steps to take. */
int vprep_attach_context_plan(const struct vprep_attach_context *q,
			      struct vprep_steps *ret, struct vprep_error *err);
void vprep_attach_context_done(struct vprep_attach_context *q);

#endif
