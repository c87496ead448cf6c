// SPDX-License-Identifier: GPL-2.0-or-later
/* What of the host may stand at the cursor. */
#include "complete-host.h"

#include <glob.h>
#include <stdarg.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "device-table.h"
#include "results.h"

#define PFS "/bus/pci/devices/*/sriov_totalvfs" /* below sysfs */

__attribute__((format(printf, 3, 4))) static void
offer_with(const struct vprep_completing *c, const char *word, const char *format, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	vprep_complete_offer(c, word, what);
}

static struct vprep_session *session_of(struct vprep_completing *c)
{
	const struct vprep_options options = {
		.config = c->values[VPREP_OPT_CONFIG],
		.sysroot = c->values[VPREP_OPT_SYSROOT],
	};

	if (!c->session && vprep_session_new(&options, &c->session, NULL) < 0)
		return NULL;
	return c->session;
}

static struct vprep_status *status_of(struct vprep_completing *c)
{
	struct vprep_session *session = session_of(c);
	struct vprep_status *status = NULL;

	return session && vprep_status(session, &status, NULL) == 0 ? status : NULL;
}

static bool is_domain(const struct vprep_status_owner *owner)
{
	return streq(owner->kind, "domain");
}

void vprep_complete_owners(struct vprep_completing *c)
{
	_cleanup_(vprep_status_freep) struct vprep_status *status = status_of(c);

	for (size_t i = 0; status && i < status->n_owners; i++) {
		const struct vprep_status_owner *o = &status->owners[i];

		offer_with(c, o->id, "%s%s%s, %zu device%s", o->kind,
			   is_domain(o) ? " " : "", is_domain(o) ? o->name : "",
			   o->n_devices, o->n_devices == 1 ? "" : "s");
	}
}

void vprep_complete_domains(struct vprep_completing *c)
{
	_cleanup_(vprep_status_freep) struct vprep_status *status = status_of(c);

	for (size_t i = 0; status && i < status->n_owners; i++) {
		const struct vprep_status_owner *o = &status->owners[i];

		if (!is_domain(o))
			continue;
		offer_with(c, o->name, "%zu device%s", o->n_devices,
			   o->n_devices == 1 ? "" : "s");
		vprep_complete_offer(c, o->id, o->name);
	}
}

void vprep_complete_damaged(struct vprep_completing *c)
{
	_cleanup_(vprep_status_freep) struct vprep_status *status = status_of(c);

	for (size_t i = 0; status && i < status->n_owners; i++)
		if (streq(status->owners[i].state, "corrupt"))
			vprep_complete_offer(c, status->owners[i].id,
					     "its journal is damaged");
}

/* What detach takes by name: what was attached by hand. */
void vprep_complete_held(struct vprep_completing *c)
{
	_cleanup_(vprep_status_freep) struct vprep_status *status = NULL;

	if (c->values[VPREP_OPT_OWNER] || c->values[VPREP_OPT_ALL])
		return;
	status = status_of(c);
	for (size_t i = 0; status && i < status->n_owners; i++) {
		const struct vprep_status_owner *o = &status->owners[i];

		if (!streq(o->kind, "manual"))
			continue;
		for (size_t k = 0; k < o->n_devices; k++)
			offer_with(c, o->devices[k], "of %s", o->id);
	}
}

/* Those with nodes of libvirt's names that are of the capabilities; NULL: all. */
static void offer_nodes_of(struct vprep_completing *c, const char *const *capabilities,
			   enum vprep_node_presence presence)
{
	const struct vprep_node_filter filter = { .capabilities = capabilities,
						  .presence = presence };
	_cleanup_(vprep_node_devices_freep) struct vprep_node_devices *list = NULL;
	struct vprep_session *session = session_of(c);

	if (!session || vprep_node_devices(session, &filter, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list->n; i++)
		vprep_complete_offer(c, list->items[i].name, list->items[i].capability);
}

void vprep_complete_nodes(struct vprep_completing *c)
{
	offer_nodes_of(c, NULL, VPREP_NODE_ACTIVE);
}

void vprep_complete_made(struct vprep_completing *c)
{
	static const char *const made[] = { "mdev", "fc_host", NULL };
	static const char *const declared[] = { "mdev", NULL };

	if (c->values[VPREP_OPT_BOOT])
		offer_nodes_of(c, declared, VPREP_NODE_ANY);
	else
		offer_nodes_of(c, made, VPREP_NODE_ACTIVE);
}

static void offer_members(const struct vprep_completing *c,
			  const struct vprep_group *group)
{
	bool by_node = strncmp(c->current, "pci_", 4) == 0;

	for (size_t i = 0; i < group->n_members; i++) {
		const struct vprep_group_member *m = &group->members[i];

		if (!m->bridge)
			offer_with(c, by_node ? m->name : m->address, "%s, group %u%s%s",
				   m->driver ? m->driver : "no driver", group->number,
				   group->owner ? ", has it: " : "",
				   group->owner ? group->owner : "");
	}
}

static struct vprep_groups *groups_of(struct vprep_completing *c)
{
	struct vprep_session *session = session_of(c);
	struct vprep_groups *groups = NULL;

	return session && vprep_groups(session, &groups, NULL) == 0 ? groups : NULL;
}

static void offer_pools(struct vprep_completing *c, const char *before)
{
	_cleanup_(vprep_device_pools_freep) struct vprep_device_pools *pools = NULL;
	struct vprep_session *session = session_of(c);

	if (!session || vprep_device_pools(session, &pools, NULL) < 0)
		return;
	for (size_t i = 0; i < pools->n; i++) {
		const struct vprep_device_pool *pool = &pools->items[i];
		_cleanup_free_ char *word = vprep_strf("%s%s", before, pool->name);

		if (word)
			offer_with(c, word, "%zu of %zu free", pool->n_free, pool->n);
	}
}

void vprep_complete_pools(struct vprep_completing *c)
{
	offer_pools(c, "");
}

void vprep_complete_devices(struct vprep_completing *c)
{
	static const char *const others[] = { "mdev", "usb_device", "scsi", "vdpa",
					      NULL };
	_cleanup_(vprep_groups_freep) struct vprep_groups *groups = groups_of(c);

	for (size_t i = 0; groups && i < groups->n; i++)
		offer_members(c, &groups->items[i]);
	offer_nodes_of(c, others, VPREP_NODE_ACTIVE);
	if (c->current[0] == '@' || !c->current[0])
		offer_pools(c, "@");
}

void vprep_complete_groups(struct vprep_completing *c)
{
	_cleanup_(vprep_groups_freep) struct vprep_groups *groups = groups_of(c);

	for (size_t i = 0; groups && i < groups->n; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", groups->items[i].number);
		offer_with(c, number, "%zu member%s", groups->items[i].n_members,
			   groups->items[i].n_members == 1 ? "" : "s");
		offer_members(c, &groups->items[i]);
	}
}

/* The folder that the path of its attribute is in. */
void vprep_complete_pfs(struct vprep_completing *c)
{
	const char *root = c->values[VPREP_OPT_SYSROOT];
	_cleanup_free_ char *pattern = vprep_strf("%s/sys" PFS, root ? root : "");
	glob_t found = { 0 };

	if (!pattern || c->n_names > 0 || glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *slash = strrchr(found.gl_pathv[i], '/');

		*slash = '\0';
		slash = strrchr(found.gl_pathv[i], '/');
		vprep_complete_offer(c, slash + 1, "has virtual functions");
	}
	globfree(&found);
}

static struct vprep_mdev_types *mdev_types_of(struct vprep_completing *c)
{
	struct vprep_session *session = session_of(c);
	struct vprep_mdev_types *types = NULL;

	return session && vprep_mdev_types(session, &types, NULL) == 0 ? types : NULL;
}

void vprep_complete_types(struct vprep_completing *c)
{
	_cleanup_(vprep_mdev_types_freep) struct vprep_mdev_types *types =
		mdev_types_of(c);

	for (size_t i = 0; types && i < types->n; i++)
		offer_with(c, types->items[i].type, "%s, %u left on %s",
			   types->items[i].name ? types->items[i].name : "",
			   types->items[i].available, types->items[i].parent);
}

void vprep_complete_parents(struct vprep_completing *c)
{
	_cleanup_(vprep_mdev_types_freep) struct vprep_mdev_types *types =
		mdev_types_of(c);
	const char *type = c->values[VPREP_OPT_TYPE];

	for (size_t i = 0; types && i < types->n; i++)
		if (type ? streq(type, types->items[i].type)
			 : i == 0 || !streq(types->items[i - 1].parent,
					    types->items[i].parent))
			offer_with(c, types->items[i].parent, "%u left",
				   types->items[i].available);
}

void vprep_complete_mdev_words(struct vprep_completing *c)
{
	_cleanup_(vprep_mdev_types_freep) struct vprep_mdev_types *types = NULL;

	if (c->n_names == 0) {
		vprep_complete_offer_words(c, "types create remove");
		return;
	}
	types = streq(c->first_name, "remove") ? mdev_types_of(c) : NULL;
	for (size_t i = 0; types && i < types->n; i++)
		for (size_t k = 0; k < types->items[i].n_instances; k++)
			offer_with(c, types->items[i].instances[k], "%s on %s",
				   types->items[i].type, types->items[i].parent);
}

void vprep_complete_list_words(struct vprep_completing *c)
{
	const char *word;

	for (size_t i = 0; (word = vprep_device_word(i)); i++) {
		size_t first = 0;

		while (!streq(vprep_device_word(first), word))
			first++;
		if (first == i) /* a word may be in two tables */
			vprep_complete_offer(c, word, NULL);
	}
}
