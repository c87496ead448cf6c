// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/vport-plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/vport.h"
#include "in-use/in-use.h"
#include "session/deny.h"
#include "step/claim.h"
#include "step/vport.h"

#define NODE "scsi_" /* of a host: the node device "scsi_host3" */

/* ---- on which host ---- */

struct choosing {
	const struct vprep_session *session;
	const struct vprep_vport_definition *definition;
	struct vprep_fc_hosts hosts;
	struct vprep_error *err;
};

static bool has_room(const struct vprep_fc_host *host)
{
	return host->makes_vports && host->used < host->most;
}

static bool is_asked(const struct vprep_vport_definition *definition,
		     const struct vprep_fc_host *host)
{
	if (definition->parent)
		return streq(host->name, definition->parent);
	if (definition->parent_wwpn)
		return host->wwpn == definition->parent_wwpn &&
		       host->wwnn == definition->parent_wwnn;
	if (definition->parent_fabric)
		return host->makes_vports && host->fabric == definition->parent_fabric;
	return host->makes_vports;
}

int vprep_vport_has_host(const struct vprep_io *io,
			 const struct vprep_vport_definition *definition)
{
	struct vprep_fc_hosts hosts = { 0 };
	bool found = false;
	size_t i;
	int r = vprep_fc_hosts_read(io, &hosts);

	for (i = 0; r == 0 && i < hosts.n; i++)
		found |= hosts.items[i].makes_vports &&
			 is_asked(definition, &hosts.items[i]);
	vprep_fc_hosts_done(&hosts);
	return r < 0 ? r : found;
}

static int refuse_none(const struct choosing *c)
{
	const struct vprep_vport_definition *d = c->definition;

	if (d->parent)
		return vprep_error_set(c->err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, d->parent,
				       NODE "%s is not a fibre channel host; 'vfio-prep "
					    "list --cap vports' names those that make "
					    "vports",
				       d->parent);
	if (d->parent_wwpn)
		return vprep_error_set(
			c->err, VPREP_E_NOT_FOUND, ENODEV, NULL,
			"no fibre channel host has the WWPN %s and the WWNN %s",
			vprep_wwn_text(d->parent_wwpn).s,
			vprep_wwn_text(d->parent_wwnn).s);
	if (d->parent_fabric)
		return vprep_error_set(
			c->err, VPREP_E_NOT_FOUND, ENODEV, NULL,
			"no fibre channel host that makes vports is in the fabric %s",
			vprep_wwn_text(d->parent_fabric).s);
	return vprep_error_set(c->err, VPREP_E_NOT_FOUND, ENODEV, NULL,
			       "this host has no fibre channel host that makes vports");
}

static int check_denied(const struct choosing *c, const char *host)
{
	_cleanup_free_ char *link = vprep_strf("class/fc_host/%s", host);
	struct vprep_pci_text denied;
	int r = link ? vprep_deny_find(c->session, link, &denied) : -ENOMEM;

	if (r < 0)
		return vprep_error_set(c->err, VPREP_E_FAILED, -r, host,
				       "cannot find out what " NODE "%s is below: %s",
				       host, strerror(-r));
	return r == 0 ? 0
		      : vprep_error_set(
				c->err, VPREP_E_REFUSED, EPERM, host,
				NODE
				"%s is never to be touched, as it depends on %s, which is not to be either (deny, in the configuration)",
				host, denied.s);
}

/* The first host that has room; else one without, as its refusal says the most. */
static int choose_host(const struct choosing *c, const struct vprep_fc_host **ret)
{
	const struct vprep_fc_host *host = NULL;
	size_t i;

	for (i = 0; i < c->hosts.n && !(host && has_room(host)); i++)
		if (is_asked(c->definition, &c->hosts.items[i]) &&
		    (!host || has_room(&c->hosts.items[i])))
			host = &c->hosts.items[i];
	if (!host)
		return refuse_none(c);
	if (!host->makes_vports)
		return vprep_error_set(c->err, VPREP_E_UNSUPPORTED, EOPNOTSUPP,
				       host->name,
				       NODE "%s makes no vports; 'vfio-prep list --cap "
					    "vports' names those that make vports",
				       host->name);
	if (!has_room(host))
		return vprep_error_set(c->err, VPREP_E_REFUSED, ENOSPC, host->name,
				       NODE "%s has all the vports that it can have "
					    "(%" PRIu64 "): destroy one, or name another "
					    "parent",
				       host->name, host->most);
	*ret = host;
	return check_denied(c, host->name);
}

/* No two ports of a fabric have one name, so none of this computer's have. */
static int check_name(const struct choosing *c)
{
	size_t i;

	for (i = 0; i < c->hosts.n; i++)
		if (c->hosts.items[i].wwpn == c->definition->wwpn)
			return vprep_error_set(c->err, VPREP_E_REFUSED, EEXIST,
					       vprep_vport_name(c->definition->wwpn).s,
					       "the WWPN %s belongs to " NODE
					       "%s already; give another, "
					       "or none and one is made up",
					       vprep_wwn_text(c->definition->wwpn).s,
					       c->hosts.items[i].name);
	return 0;
}

/* ---- steps ---- */

int vprep_vport_add_step(struct vprep_steps *steps, const char *device,
			 const char *parent, uint64_t wwpn, uint64_t wwnn,
			 struct vprep_step **ret)
{
	struct vprep_vport_facts *f;
	int r = vprep_steps_add(steps, &vprep_step_vport, device, ret);

	if (r < 0)
		return r;
	f = (*ret)->facts;
	f->vport = vprep_strf("%s:%s", vprep_wwn_text(wwpn).s, vprep_wwn_text(wwnn).s);
	return f->vport ? vprep_str_replace(&f->parent, parent) : -ENOMEM;
}

static int add_steps(struct vprep_steps *steps, const struct vprep_vport_definition *d,
		     const char *parent)
{
	const struct vprep_vport_name name = vprep_vport_name(d->wwpn);
	struct vprep_step *step;
	int r = vprep_steps_add(steps, &vprep_step_claim, name.s, &step);

	return r < 0 ? r
		     : vprep_vport_add_step(steps, name.s, parent, d->wwpn, d->wwnn,
					    &step);
}

/* A vport of that name that could not be removed yet would take the new one with it. */
static int check_given_back(const struct vprep_transaction *transaction,
			    const struct vprep_store *locked, const char *device,
			    struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_owned_step at = { 0 };
	int r = vprep_owners_read(transaction->session->io, locked, &owners, err);

	owners.worker = transaction->journal->id;
	owners.request = vprep_transaction_number(transaction);
	while (r == 0 && vprep_owners_next(&owners, &at))
		if (streq(at.step->device, device) &&
		    (at.owner->journal->corrupt || vprep_owners_give_back(&owners, &at)))
			r = vprep_owners_refuse(&owners, &at, device, device, err);
	return r;
}

/* Those that the same request makes take room, too. */
static void count_planned(struct vprep_fc_hosts *hosts, const struct vprep_steps *steps)
{
	size_t i, k;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_vport_facts *f = steps->items[i].facts;

		for (k = 0; steps->items[i].kind == &vprep_step_vport && k < hosts->n;
		     k++)
			hosts->items[k].used += streq(hosts->items[k].name, f->parent);
	}
}

int vprep_vport_plan(const struct vprep_transaction *transaction,
		     const struct vprep_store *locked,
		     const struct vprep_vport_definition *definition,
		     struct vprep_steps *ret, struct vprep_error *err)
{
	struct choosing c = { .session = transaction->session,
			      .definition = definition,
			      .err = err };
	const struct vprep_fc_host *host = NULL;
	int r;

	r = check_given_back(transaction, locked, vprep_vport_name(definition->wwpn).s,
			     err);
	if (r < 0)
		return r;
	r = vprep_fc_hosts_read(transaction->session->io, &c.hosts);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for fibre channel hosts: %s",
				       strerror(-r));
	count_planned(&c.hosts, ret);
	r = choose_host(&c, &host);
	if (r == 0)
		r = check_name(&c);
	if (r == 0 && add_steps(ret, definition, host->name) < 0)
		r = vprep_error_oom(err);
	vprep_fc_hosts_done(&c.hosts);
	return r;
}

/* ---- before one goes ---- */

static int check_owners(const struct vprep_owners *owners, const char *host,
			struct vprep_error *err)
{
	/* its devices are "scsi_9_0_0_0" */
	_cleanup_free_ char *prefix = vprep_strf(NODE "%s_", host + strlen("host"));
	struct vprep_owned_step at = { 0 };
	int r = prefix ? 0 : vprep_error_oom(err);

	while (r == 0 && vprep_owners_next(owners, &at))
		if (vprep_step_is_claim(at.step) &&
		    strncmp(at.step->device, prefix, strlen(prefix)) == 0)
			r = vprep_error_set(
				err, VPREP_E_OWNED, EBUSY, host,
				NODE
				"%s: its device %s belongs to %s; give it back first",
				host, at.step->device, at.owner->text);
	return r;
}

static int check_use(const struct vprep_session *session, const char *host,
		     struct vprep_error *err)
{
	_cleanup_(vprep_in_use_freep) struct vprep_in_use *scan = NULL;
	struct vprep_uses uses = { 0 };
	int r;

	r = vprep_in_use_new(session->io, &scan);
	if (r == 0)
		r = vprep_in_use_below(scan, host, &uses);
	if (r < 0)
		r = vprep_error_set(err, VPREP_E_FAILED, -r, host,
				    NODE "%s: cannot find out who uses its disks: %s",
				    host, strerror(-r));
	else if (uses.n > 0)
		r = vprep_error_set(err, VPREP_E_IN_USE, EBUSY, host,
				    NODE "%s is in use: %s%s%s", host, uses.items[0].what,
				    uses.items[0].fix ? "; try: " : "",
				    uses.items[0].fix ? uses.items[0].fix : "");
	vprep_uses_done(&uses);
	return r;
}

int vprep_vport_check_unused(const struct vprep_session *session,
			     const struct vprep_owners *owners, const char *host,
			     struct vprep_error *err)
{
	int r = check_owners(owners, host, err);

	return r < 0 ? r : check_use(session, host, err);
}
