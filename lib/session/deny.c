// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/deny.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "config/config.h"
#include "host/pci.h"

int vprep_deny_find(const struct vprep_session *session, const char *link,
		    struct vprep_pci_text *ret)
{
	_cleanup_free_ struct vprep_pci_address *above = NULL;
	size_t i, n = 0;
	int r;

	if (session->config->n_deny == 0)
		return 0;
	r = vprep_pci_above(session->io, link, &above, &n);
	/* the nearest is the one to name */
	for (i = n; r == 0 && i-- > 0;)
		if (vprep_config_denies(session->config, above[i])) {
			*ret = vprep_pci_address_text(above[i]);
			return 1;
		}
	return r;
}

/* @ret: in the pool; untouched when the device is not denied. */
static int find(const struct vprep_session *session, struct vprep_pool *pool,
		const char *folder, const char *name, const char **ret)
{
	_cleanup_free_ char *link = vprep_strf("%s/%s", folder, name);
	struct vprep_pci_text text;
	int r;

	r = link ? vprep_deny_find(session, link, &text) : -ENOMEM;
	if (r <= 0)
		return r;
	*ret = vprep_pool_dup(pool, text.s);
	return *ret ? 0 : -ENOMEM;
}

static int note_members(const struct vprep_session *session, struct vprep_facts *facts)
{
	struct vprep_facts_walk walk = { 0 };
	struct vprep_facts_member *m;
	int r = 0;

	while (r == 0 && (m = vprep_facts_next(facts, &walk))) {
		if (!m->member->pci)
			continue;
		m->denied = vprep_config_denies(session->config, m->member->pci->address);
		if (!m->denied)
			r = find(session, &facts->pool, "bus/pci/devices",
				 m->member->name, &m->denied_by);
		m->denied |= m->denied_by != NULL;
	}
	return r;
}

static int note_ungrouped(const struct vprep_session *session, struct vprep_facts *facts)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < facts->n_ungrouped; i++) {
		struct vprep_facts_ungrouped *u = &facts->ungrouped[i];

		u->denied = vprep_config_denies(session->config, u->pci->address);
		if (!u->denied)
			r = find(session, &facts->pool, "bus/pci/devices", u->pci->text.s,
				 &u->denied_by);
		u->denied |= u->denied_by != NULL;
	}
	return r;
}

static int note_devices(const struct vprep_session *session, struct vprep_facts *facts)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < facts->devices->n; i++) {
		struct vprep_device *d = &facts->devices->items[i];

		if (d->kind->folder && d->sysfs && !d->is_new)
			r = find(session, &facts->devices->pool, d->kind->folder,
				 d->sysfs, &d->denied_by);
	}
	return r;
}

static int note_parents(const struct vprep_session *session, struct vprep_facts *facts)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < facts->mdevs.n; i++) {
		struct vprep_mdev_parent *parent = &facts->mdevs.items[i];
		const char *by = NULL;

		r = find(session, &facts->pool,
			 parent->is_vgpu ? "bus/pci/devices" : "class/mdev_bus",
			 parent->name, &by);
		parent->is_denied = by != NULL;
	}
	return r;
}

int vprep_deny_note(const struct vprep_session *session, struct vprep_facts *facts,
		    struct vprep_error *err)
{
	int r = 0;

	if (session->config->n_deny > 0) {
		r = note_members(session, facts);
		if (r == 0)
			r = note_ungrouped(session, facts);
		if (r == 0)
			r = note_devices(session, facts);
		if (r == 0)
			r = note_parents(session, facts);
	}
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot find out what the devices are below: %s",
				       strerror(-r))
		     : 0;
}
