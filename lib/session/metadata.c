// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/metadata.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"

static bool is_same(const struct vprep_node_owner *a, const struct vprep_node_owner *b)
{
	return a->uid == b->uid && a->gid == b->gid;
}

/* Numbers are compared, so that any way to write a user will do. One that this host does
 * not have may be listed: the same file can serve many hosts. */
static int is_listed(const struct vprep_config *config,
		     const struct vprep_node_owner *asked, struct vprep_error *err)
{
	char *const *entry = config->metadata_users;

	for (; entry && *entry; entry++) {
		struct vprep_node_owner listed;
		int r = vprep_node_owner_find(*entry, config, &listed, err);

		if (r < 0 && r != -ENOENT)
			return r;
		if (r == 0 && is_same(&listed, asked))
			return 1;
	}
	return 0;
}

static int refuse_user(const struct vprep_domain *domain,
		       const struct vprep_config *config,
		       const struct vprep_node_owner *configured, struct vprep_error *err)
{
	const char *const *users = (const char *const *)config->metadata_users;
	_cleanup_buf_ struct vprep_buf list = { 0 };

	for (; users && *users; users++)
		vprep_buf_addf(&list, "%s%s", list.len ? ", " : " lists only ", *users);
	if (list.failed)
		return vprep_error_oom(err);
	return vprep_error_set(
		err, VPREP_E_REFUSED, EPERM, NULL,
		"line %u: <vp:prepare user='%.60s'>: the configuration gives nodes to "
		"%.60s%s%.60s, and its metadata-users%.200s; leave the attribute out, or "
		"let the administrator add 'metadata-users = %.60s' to %.100s, or give "
		"--user",
		domain->prepare_line, domain->user,
		config->user ? config->user : configured->name, config->group ? ":" : "",
		config->group ? config->group : "", list.len ? list.data : " is empty",
		domain->user, config->path ? config->path : "the configuration");
}

int vprep_metadata_owner(const struct vprep_domain *domain,
			 const struct vprep_config *config, struct vprep_node_owner *ret,
			 struct vprep_error *err)
{
	struct vprep_node_owner configured, asked;
	int r;

	r = vprep_node_owner_find(NULL, config, &configured, err);
	if (r == 0 && domain->user)
		r = vprep_node_owner_find(domain->user, config, &asked, err);
	if (r < 0)
		return r;
	if (!domain->user) {
		*ret = configured;
		return 0;
	}
	r = is_same(&asked, &configured) ? 1 : is_listed(config, &asked, err);
	if (r == 0)
		r = refuse_user(domain, config, &configured, err);
	if (r < 0)
		return r;
	*ret = asked;
	return 0;
}

int vprep_metadata_policy(const struct vprep_domain *domain,
			  const struct vprep_config *config, enum vprep_group_policy *ret,
			  struct vprep_error *err)
{
	if (domain->policy == VPREP_POLICY_WHOLE && config->policy == VPREP_POLICY_STRICT)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EPERM, NULL,
			"line %u: <vp:prepare group-policy='whole'>: the configuration "
			"says group-policy = strict, and metadata can only make it "
			"stricter; leave the attribute out, or give --group-policy whole",
			domain->prepare_line);
	*ret = domain->policy == VPREP_POLICY_DEFAULT ? config->policy : domain->policy;
	return 0;
}
