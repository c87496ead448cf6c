// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back all that a domain holds. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "journal/owners.h"
#include "session/attach-context.h"
#include "session/transaction.h"

static bool is_domain(const struct vprep_journal *j, const char *text, const char *uuid)
{
	bool is_id = streq(j->id, text) || streq(j->id, uuid);

	if (j->corrupt) /* its name is not known */
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

VPREP_EXPORT int vprep_release(struct vprep_session *session, const char *domain,
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
	if (r == 0 && what.id)
		r = vprep_give_back(session, &what, err);
	if (r == 0 && ret_held)
		*ret_held = what.id != NULL;
	return r;
}

VPREP_EXPORT int vprep_release_domain(struct vprep_session *session, const char *xml,
				      size_t len, struct vprep_error *err)
{
	_cleanup_free_ char *id = NULL;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_domain_owner_of_xml(xml, len, &id, err);
	return r < 0 ? r
		     : vprep_give_back(session, &(struct vprep_give_back){ .id = id },
				       err);
}
