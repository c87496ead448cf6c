// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/orphans.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "device/find.h"
#include "host/cdev.h"
#include "host/driver.h"
#include "host/pci.h"
#include "journal/escape.h"

void vprep_orphans_done(struct vprep_orphans *orphans)
{
	vprep_pool_done(&orphans->pool);
	*orphans = (struct vprep_orphans){ 0 };
}

/* ---- which rules nobody knows ---- */

/* What files are judged by: the folder of rules, open, as the configuration has it. */
struct judging {
	const struct vprep_session *session;
	const struct vprep_owners *owners;
	int dir;
};

/* The configuration may call the folder by another name than when the file was written. */
static bool is_the_folder(const struct judging *j, const char *path)
{
	return path &&
	       vprep_io_host_is_same(j->session->io, path, j->session->config->rules_dir);
}

static bool is_of_journal(const struct judging *j, const struct vprep_journal *journal,
			  const char *file)
{
	size_t i;

	for (i = 0; i < journal->steps.n; i++) {
		const struct vprep_step *s = &journal->steps.items[i];

		if (vprep_step_is_live(s) &&
		    vprep_str_same(vprep_step_text(s, "file"), file) &&
		    is_the_folder(j, vprep_step_text(s, "directory")))
			return true;
	}
	return false;
}

/* A damaged journal, or one of which only the public part was read, may name any file. */
static bool may_name(const struct vprep_journal *journal, const char *id)
{
	return (journal->corrupt || journal->is_public) &&
	       (!id || streq(journal->id, id));
}

static bool is_known(const struct judging *j, const char *file, const char *id)
{
	size_t i;

	for (i = 0; i < j->owners->n; i++)
		if (is_of_journal(j, j->owners->items[i].journal, file) ||
		    may_name(j->owners->items[i].journal, id))
			return true;
	return false;
}

/* ---- what is left of a lost record ---- */

static int add_device(struct vprep_pool *pool, struct vprep_orphan *o, const char *name)
{
	o->devices = vprep_pool_grow(pool, o->devices, o->n_devices, sizeof(*o->devices));
	if (!o->devices)
		return -ENOMEM;
	o->devices[o->n_devices++] = vprep_pool_dup(pool, name);
	return pool->failed ? -ENOMEM : 0;
}

/* The members of the orphan's group that have a VFIO driver. */
static int find_members(const struct vprep_io *io, struct vprep_pool *pool,
			struct vprep_orphan *o)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, "kernel/iommu_groups/%u/devices",
			  (unsigned)o->group);
	for (i = 0; r == 0 && names[i]; i++) {
		_cleanup_free_ char *driver = NULL;
		struct vprep_pci_address address;

		if (vprep_pci_address_parse(names[i], &address) < 0)
			continue;
		r = vprep_pci_driver(io, address, &driver);
		if (r == 0 && vprep_driver_is_vfio(io, driver))
			r = add_device(pool, o, names[i]);
	}
	return r == -ENOENT ? 0 : r;
}

/* By the name that the journal has for it: a UUID is a mediated device. */
static int find_device(const struct vprep_io *io, const char *name,
		       struct vprep_devices *ret)
{
	_cleanup_free_ char *mdev = vprep_strf(VPREP_STEP_MADE_MDEV "%s", name);
	const char *names[] = { name, NULL };
	struct vprep_uuid uuid;

	if (!mdev)
		return -ENOMEM;
	if (vprep_uuid_parse(name, &uuid) == 0)
		names[0] = mdev;
	return vprep_devices_find_named(io, names, NULL, ret, NULL);
}

/* A device that is gone left nothing but its rule. */
static int find_node(const struct vprep_io *io, struct vprep_pool *pool,
		     struct vprep_orphan *o)
{
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	_cleanup_free_ char *node = NULL;
	int r;

	if (o->group >= 0) {
		o->node = vprep_pool_strf(pool, "vfio/%" PRId64, o->group);
	} else if (o->is_cdev) {
		r = vprep_cdev_find(io, o->device, &node);
		if (r < 0)
			return r;
		o->node = vprep_pool_dup(pool, node);
	} else if (find_device(io, o->device, &devices) == 0 && devices.n == 1) {
		o->node = vprep_pool_dup(pool, devices.items[0].node.path);
	}
	if (o->node && vprep_io_exists(io, VPREP_DEV, "%s", o->node) != 1)
		o->node = NULL;
	return pool->failed ? -ENOMEM : 0;
}

static int look_at(const struct vprep_io *io, struct vprep_pool *pool,
		   struct vprep_orphan *o)
{
	struct vprep_pci_address address;
	int group, r = find_node(io, pool, o);

	o->bound_in = o->group;
	if (r < 0 || o->group >= 0)
		return r < 0 ? r : find_members(io, pool, o);
	if (vprep_pci_address_parse(o->device, &address) == 0) {
		r = vprep_pci_group(io, address, &group);
		o->bound_in = r == 0 ? group : -1;
	}
	return r < 0 ? r : add_device(pool, o, o->device);
}

/* The host was another one when the file was written: it was started anew since, or its
 * devices were moved. */
static bool is_held_since(const struct vprep_owners *owners, const struct vprep_orphan *o)
{
	return (o->bound_in >= 0 &&
		vprep_owners_of_group(owners, (unsigned)o->bound_in)) ||
	       (o->device && vprep_owners_of_device(owners, o->device));
}

/* What another owner has by now is that one's: the rule alone is left. */
static int look_at_rest(const struct judging *j, struct vprep_pool *pool,
			struct vprep_orphan *o)
{
	int r = look_at(j->session->io, pool, o);

	if (r == 0 && is_held_since(j->owners, o)) {
		o->node = NULL;
		o->n_devices = 0;
	}
	return r;
}

/* ---- finding them ---- */

/* The owner's id, or what the rules of an earlier version have in its place. */
static int id_of(const struct vprep_rule_found *found, char **ret)
{
	int r = found->owner_file ? vprep_unescape_file(found->owner_file, ret) : -EINVAL;

	if (r == 0 || r == -ENOMEM)
		return r;
	*ret = strdup(*found->owner ? found->owner : "unknown");
	return *ret ? 0 : -ENOMEM;
}

static int add_orphan(const struct judging *j, struct vprep_orphans *orphans,
		      const char *file, const char *content, const char *id,
		      const struct vprep_rule_found *found)
{
	struct vprep_pool *pool = &orphans->pool;
	struct vprep_orphan *o;

	orphans->items = vprep_pool_grow(pool, orphans->items, orphans->n,
					 sizeof(*orphans->items));
	if (!orphans->items)
		return -ENOMEM;
	o = &orphans->items[orphans->n++];
	*o = (struct vprep_orphan){
		.file = vprep_pool_dup(pool, file),
		.content = vprep_pool_dup(pool, content),
		.owner = vprep_pool_dup(pool, found->owner),
		.id = vprep_pool_dup(pool, id),
		.group = found->group,
		.device = vprep_pool_dup(pool, found->device),
		.is_cdev = found->is_cdev,
		.uid = found->uid,
		.gid = found->gid,
		.mode = found->mode,
	};
	return pool->failed ? -ENOMEM : look_at_rest(j, pool, o);
}

/* A file that cannot be read, or is not as ours are, is nobody's orphan. */
static int read_file(int dir, const char *file, char **ret)
{
	int r = vprep_file_read_at(dir, file, VPREP_RULE_FILE_MAX, ret);

	return r == 0 || vprep_error_is_shortage(r) ? r : -EINVAL;
}

static int judge_file(const struct judging *j, const char *file,
		      struct vprep_orphans *orphans)
{
	_cleanup_(vprep_rule_found_done) struct vprep_rule_found found = { 0 };
	_cleanup_free_ char *content = NULL, *id = NULL;
	int r;

	if (!vprep_rule_is_ours(file) || is_known(j, file, ""))
		return 0;
	r = read_file(j->dir, file, &content);
	if (r == 0)
		r = vprep_rule_parse(file, content, &found);
	if (r == 0)
		r = id_of(&found, &id);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	if (is_known(j, file, found.owner_file ? id : NULL))
		return 0;
	return add_orphan(j, orphans, file, content, id, &found);
}

int vprep_orphans_find(const struct vprep_session *session,
		       const struct vprep_owners *owners, struct vprep_orphans *ret)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	const char *directory = session->config->rules_dir;
	_cleanup_strv_ char **files = NULL;
	_cleanup_close_ int dir = -1;
	size_t i;
	int r;

	/* of a captured host only a part is there */
	if (!session->io->live ||
	    vprep_io_host_dir(session->io, directory, false, &dir) < 0)
		return 0;
	r = vprep_dir_names(dir, &files);
	if (r == 0)
		vprep_strv_sort(files);
	for (i = 0; r == 0 && files[i]; i++)
		r = judge_file(&(struct judging){ session, owners, dir }, files[i],
			       &orphans);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	*ret = TAKE_STRUCT(orphans);
	return 0;
}

static int look_once(const struct vprep_session *session, struct vprep_orphans *ret,
		     struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r = vprep_owners_look(session->io, &owners, err);

	if (r < 0)
		return r;
	r = vprep_orphans_find(session, &owners, ret);
	return r < 0 ? vprep_error_set(err, VPREP_E_REFUSED, -r, NULL,
				       "cannot look through %s: %s",
				       session->config->rules_dir, strerror(-r))
		     : 0;
}

static bool has_file(const struct vprep_orphans *orphans, const char *file)
{
	size_t i;

	for (i = 0; i < orphans->n; i++)
		if (streq(orphans->items[i].file, file))
			return true;
	return false;
}

/* Its journal may have been written after the owners were read: whoever is an orphan is
 * one a moment later, too. */
int vprep_orphans_look(const struct vprep_session *session, struct vprep_orphans *ret,
		       struct vprep_error *err)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans first = { 0 };
	size_t i, n = 0;
	int r;

	r = look_once(session, &first, err);
	if (r < 0 || first.n == 0)
		return r;
	r = look_once(session, ret, err);
	for (i = 0; r == 0 && i < ret->n; i++)
		if (has_file(&first, ret->items[i].file))
			ret->items[n++] = ret->items[i];
	ret->n = r == 0 ? n : ret->n;
	return r;
}

const char *vprep_orphan_text(const struct vprep_orphan *o, struct vprep_pool *pool)
{
	const char *text = NULL;
	size_t i;

	for (i = 0; i < o->n_devices; i++)
		text = vprep_pool_strf(pool, "%s%s%s", text ? text : "", text ? " " : "",
				       o->devices[i]);
	if (!text && o->device)
		return o->device;
	return text ? text : vprep_pool_strf(pool, "IOMMU group %" PRId64, o->group);
}

/* ---- for who would attach it ---- */

static void take(const struct vprep_orphan *o, bool is_owned, struct vprep_facts *facts,
		 struct vprep_taken *taken)
{
	if (taken->how)
		return;
	*taken = (struct vprep_taken){
		.how = vprep_pool_strf(&facts->pool,
				       is_owned ? "belongs to %s"
						: "was attached by %s and its record is "
						  "gone",
				       o->owner),
		.fix = is_owned ? "vfio-prep status" : "vfio-prep recover",
		.going = !is_owned,
	};
}

static bool is_of_group(const struct vprep_orphan *o, const struct vprep_facts_group *g)
{
	size_t m;

	if (o->group >= 0)
		return o->group == (int64_t)g->group->number;
	for (m = 0; m < g->group->n_members; m++)
		if (streq(g->group->members[m].name, o->device))
			return true;
	return false;
}

/* Where the node is not there, the host has changed since: only the rule is left, which
 * is written anew. */
int vprep_orphans_note(const struct vprep_orphans *orphans, struct vprep_facts *facts)
{
	size_t i, k;

	for (i = 0; i < orphans->n; i++) {
		const struct vprep_orphan *o = &orphans->items[i];

		for (k = 0; o->node && k < facts->n_groups; k++)
			if (is_of_group(o, &facts->groups[k]))
				take(o, orphans->are_owned, facts,
				     &facts->groups[k].taken);
		for (k = 0; o->node && o->device && k < facts->devices->n; k++)
			if (!facts->devices->items[k].kind->has_group &&
			    streq(facts->devices->items[k].name, o->device))
				take(o, orphans->are_owned, facts,
				     &facts->devices->items[k].taken);
	}
	return facts->pool.failed ? -ENOMEM : 0;
}
