// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole domains: prepared from their XML, given back from the journal. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/process.h"
#include "journal/owners.h"
#include "session/attach-context.h"

#define KIND "domain"

VPREP_EXPORT int vprep_prepare(struct vprep_session *session,
			       const struct vprep_request *request,
			       struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context q = {
		.session = session, .request = request
	};
	struct vprep_journal_header header;
	struct vprep_uuid_text uuid;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0 && !request->domain)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "no domain XML");
	if (r == 0)
		r = vprep_attach_context_begin(&q, err);
	if (r < 0 || (q.domain->devices.n == 0 && q.domain->n_vfs == 0) ||
	    session->config->prepare == VPREP_PREPARE_NONE)
		return r;
	vprep_journal_header_init(&header);
	header.kind = (char *)(uintptr_t)KIND;
	header.name = q.domain->name;
	if (q.domain->has_uuid) {
		uuid = vprep_uuid_text(&q.domain->uuid);
		header.uuid = uuid.s;
	}
	return vprep_attach_context_run(&q, &header, err);
}

static bool is_domain(const struct vprep_journal *j, const char *text, const char *uuid)
{
	if (j->corrupt) /* its name is not known */
		return streq(j->id, text) || vprep_str_same(j->id, uuid);
	if (!vprep_str_same(j->header.kind, KIND))
		return false;
	return streq(j->id, text) || vprep_str_same(j->id, uuid) ||
	       vprep_str_same(j->header.name, text);
}

static int find_domain(const struct vprep_owners *owners, const char *text,
		       const char **ret_id, struct vprep_error *err)
{
	struct vprep_uuid uuid;
	struct vprep_uuid_text uuid_text = { "" };
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

VPREP_EXPORT int vprep_release(struct vprep_session *session, const char *domain,
			       bool *ret_held, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	const char *id = NULL;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_owners_look(session->io, &owners, err);
	if (r == 0)
		r = find_domain(&owners, domain, &id, err);
	if (r < 0)
		return r;
	r = id ? vprep_give_back(session, id, NULL, err) : 0;
	if (r == 0 && ret_held)
		*ret_held = id != NULL;
	return r;
}

/* The owner that the domain of an XML is, whatever it asks for. */
static int read_owner(struct vprep_session *session, const char *xml, size_t len,
		      char **ret, struct vprep_error *err)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_domain_parse(xml, len, &domain, err);
	return r < 0 ? r : vprep_domain_owner(domain, ret, err);
}

VPREP_EXPORT int vprep_release_domain(struct vprep_session *session, const char *xml,
				      size_t len, struct vprep_error *err)
{
	_cleanup_free_ char *id = NULL;
	int r;

	r = read_owner(session, xml, len, &id, err);
	return r < 0 ? r : vprep_give_back(session, id, NULL, err);
}

static int note_process(struct vprep_session *session, const char *id, pid_t pid,
			uint64_t start, struct vprep_error *err)
{
	struct vprep_transaction t;
	int r;

	r = vprep_transaction_begin(session, id, NULL,
				    session->config->deadlines[VPREP_DEADLINE_BIND], &t,
				    err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = vprep_journal_set_process(t.store, t.journal, pid, start);
	if (r < 0)
		vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				"cannot write the journal of '%.60s': %s", id,
				strerror(-r));
	return vprep_transaction_end(&t, r, err);
}

VPREP_EXPORT int vprep_adopt(struct vprep_session *session, const char *xml, size_t len,
			     struct vprep_error *err)
{
	_cleanup_free_ char *id = NULL;
	uint64_t start;
	pid_t pid;
	int r;

	r = read_owner(session, xml, len, &id, err);
	if (r < 0)
		return r;
	r = vprep_process_of_guest(session->io, id, &pid, &start);
	if (r == -ESRCH || r == -ENOTUNIQ)
		return 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for the process of '%.60s': %s", id,
				       strerror(-r));
	return note_process(session, id, pid, start, err);
}
