// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back all that a domain holds. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/holders.h"
#include "host/process.h"
#include "journal/owners.h"
#include "session/transaction.h"
#include "verb/release.h"
#include "xml/domain.h"

static bool is_domain(const struct vprep_journal *j, const char *text, const char *uuid)
{
	bool is_id = streq(j->id, text) || streq(j->id, uuid);

	if (!j->header.kind) /* a damaged journal, without its name */
		return is_id;
	return vprep_str_same(j->header.kind, "domain") &&
	       (is_id || vprep_str_same(j->header.name, text));
}

static int find_domain(const struct vprep_owners *owners, const char *text,
		       const char **ret_id, struct vprep_error *err)
{
	struct vprep_uuid_text uuid_text = { "" };
	struct vprep_uuid uuid;
	size_t i;

	if (vprep_uuid_parse(text, &uuid) == 0)
		uuid_text = vprep_uuid_text(&uuid);
	*ret_id = NULL;
	for (i = 0; i < owners->n; i++) {
		const char *id = owners->items[i].journal->id;

		if (!is_domain(owners->items[i].journal, text, uuid_text.s))
			continue;
		if (*ret_id)
			return vprep_error_set(
				err, VPREP_E_USAGE, EINVAL, NULL,
				"several domains have that name: say which "
				"by its uuid, %s or %s",
				*ret_id, id);
		*ret_id = id;
	}
	return 0;
}

static int refuse(const struct vprep_journal *j, pid_t pid, const char *node,
		  struct vprep_error *err)
{
	struct vprep_quoted name = vprep_quote(j->header.name ? j->header.name : j->id);
	struct vprep_quoted open = vprep_quote(node ? node : "");
	_cleanup_free_ char *id = vprep_shell_word(j->id);

	return id ? vprep_error_set(err, VPREP_E_IN_USE, EBUSY, NULL,
				    "guest %s runs (pid %d)%s%s%s; nothing was given "
				    "back: stop it first, or wait for its end by "
				    "'vfio-prep release --force %s'",
				    name.text, (int)pid, node ? ": it has /dev/" : "",
				    open.text, node ? " open" : "", id)
		  : vprep_error_oom(err);
}

/*
 * Refuses for a guest that runs: the process that has a node of its devices open, or that
 * was noted when it started. One that is ending does not run any more: it is waited for,
 * as for libvirt's hook, which is called while QEMU may still be about to go.
 */
int vprep_refuse_running(const struct vprep_session *session, struct vprep_journal *j,
			 struct vprep_error *err)
{
	struct vprep_step_context context = { .io = session->io,
					      .config = session->config,
					      .journal = j };
	const struct vprep_holder *holder;
	struct vprep_holders holders = { 0 };
	int r;

	if (!vprep_str_same(j->header.kind, "domain"))
		return 0;
	r = vprep_holders_scan(session->io, &holders);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_REFUSED, -r, NULL,
				       "cannot look for the guest's process: %s",
				       strerror(-r));
	holder = vprep_exec_find_holder(&context, &holders);
	if (holder && !vprep_process_is_ending(session->io, holder->pid))
		r = refuse(j, holder->pid, holder->node, err);
	else if (!holder && j->header.pid >= 0 && !vprep_owner_is_dead(session->io, j) &&
		 !vprep_process_is_ending(session->io, (pid_t)j->header.pid))
		r = refuse(j, (pid_t)j->header.pid, NULL, err);
	vprep_holders_done(&holders);
	return r;
}

static int release(struct vprep_session *session, const char *domain, bool running_too,
		   bool *ret_held, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_give_back what = { 0 };
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_owners_look(session->io, &owners, err);
	if (r == 0)
		r = find_domain(&owners, domain, &what.id, err);
	if (r == 0 && what.id && !running_too)
		r = vprep_refuse_running(session, vprep_owners_journal(&owners, what.id),
					 err);
	if (r == 0 && what.id)
		r = vprep_give_back(session, &what, err);
	if (r == 0 && ret_held)
		*ret_held = what.id != NULL;
	return r;
}

VPREP_EXPORT int vprep_release(struct vprep_session *session, const char *domain,
			       bool *ret_held, struct vprep_error *err)
{
	return release(session, domain, true, ret_held, err);
}

VPREP_EXPORT int vprep_release_stopped(struct vprep_session *session, const char *domain,
				       bool *ret_held, struct vprep_error *err)
{
	return release(session, domain, false, ret_held, err);
}

VPREP_EXPORT int vprep_release_domain(struct vprep_session *session, const char *xml,
				      size_t len, struct vprep_error *err)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	_cleanup_free_ char *id = NULL;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_domain_parse(xml, len, &domain, err);
	if (r == 0)
		r = vprep_domain_owner(domain, &id, err);
	return r < 0 ? r
		     : vprep_give_back(session, &(struct vprep_give_back){ .id = id },
				       err);
}
