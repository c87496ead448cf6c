/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request that names devices by declared names. */
#ifndef VPREP_SESSION_POOLS_REQUEST_H
#define VPREP_SESSION_POOLS_REQUEST_H

#include "declared/declared.h"
#include "model/device.h"
#include "session/pools.h"
#include "session/session.h"

/* What the declared names of a request say, and which devices they mean at present. */
struct vprep_pools_request {
	struct vprep_declared *declared; /* NULL: the request has no declared name */
	char *user;	  /* "USER[:GROUP]" for the nodes; NULL: not said */
	const char *mode; /* likewise */
	uint64_t place;	  /* of the asker in the line of those who wait; 0: he does not */
	bool is_short;	  /* fewer devices than wanted are free at present */
	size_t n;
	char **names; /* of devices; NULL-terminated */
	struct vprep_pools_by {
		const struct vprep_declared_device *device; /* NULL: it was named itself */
	} * by;						    /* as many */
};

/* Whether a declared name is among them. */
bool vprep_pools_request_has(const char *const *names);

/* The declared names among them, without counts, for vprep_queue_join(). -ENOMEM. */
int vprep_pools_request_names(const char *const *names, char ***ret);

/* Reads what is declared, and what it says for the whole request, where @asked does not
 * say it. -EINVAL, -ENOENT, and what vprep_declared_read() gives. */
int vprep_pools_request_begin(const struct vprep_session *session,
			      const struct vprep_request *asked, const char *const *names,
			      bool gives_nodes, struct vprep_pools_request *ret,
			      struct vprep_error *err);

/* What a name is declared with counts for its devices where they are not asked for with
 * something else. */
void vprep_pools_request_note(const struct vprep_declared_device *declared,
			      struct vprep_device_asked *asked);

/* Chooses the devices anew: what is free as @owners, and no later look, have it. @asker:
 * the id of the owner. Errors as vprep_pool_choose(). */
int vprep_pools_request_choose(struct vprep_session *session,
			       const struct vprep_owners *owners,
			       const char *const *names, const char *asker,
			       enum vprep_pools_asking asking,
			       struct vprep_pools_request *request,
			       struct vprep_error *err);
void vprep_pools_request_done(struct vprep_pools_request *request);

#endif
