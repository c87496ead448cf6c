// SPDX-License-Identifier: GPL-2.0-or-later
/* What a domain asks for, for programs that only want to know. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/export.h"
#include "vfio-prep.h"
#include "xml/domain.h"

VPREP_EXPORT int vprep_requests_json(const char *xml, size_t len, char **ret,
				     struct vprep_error *err)
{
	struct vprep_domain *domain = NULL;
	int r;

	r = vprep_domain_parse(xml, len, &domain, err);
	if (r < 0)
		return r;
	r = vprep_domain_json(domain, true, ret);
	vprep_domain_free(domain);
	return r < 0 ? vprep_error_oom(err) : 0;
}
