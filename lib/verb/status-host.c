// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices that an owner holds, as they are on the host. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "exec/drift.h"
#include "host/cdev.h"
#include "host/pci.h"
#include "session/node-owner.h"
#include "verb/status.h"

static int read_node(const struct vprep_io *io, struct vprep_pool *pool,
		     const struct vprep_step *step, struct vprep_status_device *ret)
{
	_cleanup_free_ char *own = NULL;
	struct vprep_step_node node;
	struct stat st;
	int r;

	if (!step)
		return 0;
	node = vprep_step_grant(step);
	r = node.path ? 0 : vprep_cdev_find(io, step->device, &own);
	if (r < 0 || (!node.path && !own))
		return r;
	node.path = node.path ? node.path : own;
	ret->node = vprep_pool_take(pool, vprep_io_dev_path(node.path));
	r = vprep_io_node_stat(io, &st, "%s", node.path);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	ret->uid = (int)st.st_uid;
	ret->gid = (int)st.st_gid;
	ret->mode = st.st_mode & 07777;
	return 0;
}

static int read_driver(const struct vprep_io *io, struct vprep_pool *pool,
		       const char *device, struct vprep_status_device *ret)
{
	struct vprep_pci_address address;
	char *driver = NULL;
	int r;

	if (vprep_pci_address_parse(device, &address) < 0)
		return 0;
	r = vprep_pci_driver(io, address, &driver);
	if (driver)
		ret->driver = vprep_pool_take(pool, driver);
	return r == -ENOENT ? 0 : r;
}

/* ---- the command that mends it ---- */

/* " --user 1000:1000 --mode 0660" where the node's is not what attach gives by itself. */
static char *node_options(const struct vprep_session *session, struct vprep_pool *pool,
			  const struct vprep_step *step)
{
	struct vprep_node_owner usual = { 0 };
	struct vprep_step_node node;
	char *user = NULL, *mode = NULL;

	if (!step)
		return vprep_pool_dup(pool, "");
	node = vprep_step_grant(step);
	if (vprep_node_owner_find(NULL, session->config, &usual, NULL) < 0 ||
	    usual.uid != node.uid || usual.gid != node.gid)
		user = vprep_pool_strf(pool, " --user %u:%u", node.uid, node.gid);
	if (session->config->mode != node.mode)
		mode = vprep_pool_strf(pool, " --mode %04o", node.mode);
	return vprep_pool_strf(pool, "%s%s", user ? user : "", mode ? mode : "");
}

/* A device that is not as it was left. */
struct mending {
	const struct vprep_session *session;
	struct vprep_pool *pool;
	const struct vprep_journal *journal;
	const struct vprep_step *claim;
	const char *owner; /* as a word for a shell */
	bool gone;
};

static char *mend_manual(const struct mending *m)
{
	bool usual = streq(m->journal->id, "manual");

	if (m->gone)
		return vprep_pool_strf(m->pool, "vfio-prep detach %s", m->claim->device);
	return vprep_pool_strf(
		m->pool, "vfio-prep attach %s%s%s%s", m->claim->device,
		usual ? "" : " --owner ", usual ? "" : m->owner,
		node_options(m->session, m->pool,
			     vprep_steps_node_of(&m->journal->steps, m->claim)));
}

static char *mend_domain(const struct mending *m)
{
	if (!m->gone && strncmp(m->journal->id, "name:", strlen("name:")) == 0)
		return vprep_pool_dup(m->pool,
				      "vfio-prep prepare FILE, with the domain's "
				      "XML in which it has no uuid");
	return vprep_pool_strf(m->pool,
			       m->gone ? "vfio-prep release %s"
				       : "virsh dumpxml %s | vfio-prep prepare -",
			       m->owner);
}

static char *give_back_all(const struct mending *m)
{
	return vprep_pool_strf(m->pool, "vfio-prep detach --owner %s", m->owner);
}

/* Also of what is gone: nothing is declared of it then, so that it goes back. */
static char *mend_declared(const struct mending *m)
{
	return vprep_pool_dup(m->pool, "vfio-prep apply");
}

/* By the kind of owner; the last one is for all others. */
static const struct {
	const char *kind;
	char *(*mend)(const struct mending *m);
} fixes[] = {
	{ "manual", mend_manual },
	{ "domain", mend_domain },
	{ VPREP_OWNER_DECLARED, mend_declared },
	{ NULL, give_back_all },
};

static char *fix_of(const struct mending *m)
{
	size_t i = 0;

	while (fixes[i].kind && !vprep_str_same(fixes[i].kind, m->journal->header.kind))
		i++;
	return m->owner ? fixes[i].mend(m) : NULL;
}

int vprep_status_look(const struct vprep_session *session,
		      const struct vprep_owner *owner, const struct vprep_step *claim,
		      struct vprep_pool *pool, struct vprep_status_device *ret)
{
	const struct vprep_step *node =
		vprep_steps_node_of(&owner->journal->steps, claim);
	_cleanup_(vprep_drift_done) struct vprep_drift drift = { 0 };
	int r;

	ret->uid = ret->gid = ret->mode = -1;
	r = vprep_drift_of_claim(session->io, owner->journal, claim, &drift);
	if (r == 0)
		r = read_driver(session->io, pool, claim->device, ret);
	if (r == 0)
		r = read_node(session->io, pool, node, ret);
	ret->present = !drift.gone;
	if (r < 0 || !drift.what ||
	    (owner->state != VPREP_OWNER_HELD && owner->state != VPREP_OWNER_UNKNOWN))
		return r;
	ret->n_differs = vprep_strv_len(drift.what);
	ret->differs = (const char **)vprep_pool_take_list(pool, TAKE_PTR(drift.what));
	ret->fix = fix_of(&(struct mending){
		.session = session,
		.pool = pool,
		.journal = owner->journal,
		.claim = claim,
		.owner = vprep_pool_take(pool, vprep_shell_word(owner->journal->id)),
		.gone = drift.gone,
	});
	return 0;
}
