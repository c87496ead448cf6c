/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request: with its defaults filled in, its devices, and what was found out about
 * them. */
#ifndef VPREP_SESSION_ATTACH_CONTEXT_H
#define VPREP_SESSION_ATTACH_CONTEXT_H

#include "journal/owners.h"
#include "model/facts.h"
#include "session/named.h"
#include "session/node-owner.h"
#include "session/pools-request.h"
#include "session/session.h"
#include "xml/domain.h"

struct vprep_attach_context {
	/* filled in by who asks */
	struct vprep_session *session;
	const struct vprep_request *request; /* once it is begun, the next */
	/* Finds the devices when neither names nor a domain tell them; else NULL. */
	int (*resolve)(struct vprep_attach_context *context, struct vprep_error *err);
	const void *data; /* for the call above */
	bool for_launch;  /* all of a domain's devices count */
	bool fills;	  /* chooses devices for the names in a domain */
	/* Called when all is attached, at most once; an error rolls it back. May be
	 * NULL. */
	int (*attached)(struct vprep_attach_context *context, struct vprep_error *err);

	/* The number of the request in the owner's journal, which is locked; 0: nothing
	 * is to be recorded. */
	int64_t number;

	struct vprep_request asked; /* with all members that this library knows */

	/* the owner: id, and what messages call it */
	char *id;
	char *text;
	char *file; /* the name of its journal */

	struct vprep_domain *domain; /* NULL: devices are named */
	struct vprep_pools_request pools;
	struct vprep_named named;
	struct vprep_node_owner node_owner;
	struct vprep_attach_options options;
	struct vprep_devices devices;
	struct vprep_facts facts;
	char **notes;	  /* what was told of devices that are left out */
	bool sees_owners; /* who only wants to know may read the journals, or what is
			     public */
	bool is_blind;	  /* who only wants to know may not */
	bool is_outdated; /* devices have been given back since the facts were read */
};

/* Fills in the defaults. -EINVAL, -ENOENT as vprep_attach() has them. */
int vprep_attach_context_begin(struct vprep_attach_context *context,
			       struct vprep_error *err);

/* Finds the devices, and no more. Where there is something to choose, what is free is what
 * @owners have not; NULL: they are read. */
int vprep_attach_context_resolve(struct vprep_attach_context *context,
				 const struct vprep_owners *owners,
				 struct vprep_error *err);

/*
 * Finds the devices and reads their facts, anew each time. @locked NULL: nobody owns
 * anything. The owners are read before the host: one that gives back meanwhile still
 * counts, so that nothing is taken for the host's own state that is only on its way there.
 */
int vprep_attach_context_look(struct vprep_attach_context *context,
			      const struct vprep_store *locked, struct vprep_error *err);

/* The same for who only wants to know: begins, and looks without a lock. */
int vprep_attach_context_peek(struct vprep_attach_context *context,
			      struct vprep_error *err);

/* Refused, or the steps to take. */
int vprep_attach_context_plan(const struct vprep_attach_context *context,
			      struct vprep_steps *ret, struct vprep_error *err);
void vprep_attach_context_done(struct vprep_attach_context *context);

/* Attaches what is asked for, for the owner of that header. Errors as vprep_attach(). */
int vprep_attach_context_run(struct vprep_attach_context *context,
			     const struct vprep_journal_header *header,
			     struct vprep_error *err);

#endif
