// SPDX-License-Identifier: GPL-2.0-or-later
/* The owner that a domain is. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "session/attach-context.h"

#define NAME_AS_ID_MAX 64

int vprep_domain_owner(const struct vprep_domain *domain, char **ret,
		       struct vprep_error *err)
{
	_cleanup_free_ char *printable = NULL;
	char *id;

	printable = strdup(domain->name);
	if (!printable)
		return vprep_error_oom(err);
	vprep_str_make_printable(printable);
	if (!domain->has_uuid &&
	    (strlen(domain->name) > NAME_AS_ID_MAX || !streq(printable, domain->name)))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"the domain has no uuid, and its name is not fit to "
			"stand for one: add <uuid> to it");
	id = domain->has_uuid ? strdup(vprep_uuid_text(&domain->uuid).s)
			      : vprep_strf("name:%s", domain->name);
	if (!id)
		return vprep_error_oom(err);
	*ret = id;
	return 0;
}

int vprep_domain_owner_of_xml(const char *xml, size_t len, char **ret,
			      struct vprep_error *err)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	int r = vprep_domain_parse(xml, len, &domain, err);

	return r < 0 ? r : vprep_domain_owner(domain, ret, err);
}
