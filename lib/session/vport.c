// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The administrator's vports: a change for good, so that the journal has one only while
 * it is being made. Until the last record is written it is rolled back.
 */
#include "session/vport.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/vport.h"
#include "in-use/in-use.h"
#include "io/job.h"
#include "journal/owners.h"
#include "session/deny.h"
#include "session/transaction.h"
#include "step/claim.h"
#include "step/vport.h"

#define KIND "vport"
#define NODE "scsi_" /* of a host: the node device "scsi_host3" */

/* ---- on which host ---- */

struct choosing {
	const struct vprep_session *session;
	const struct vprep_nodedev_definition *definition;
	struct vprep_fc_hosts hosts;
	struct vprep_error *err;
};

static bool has_room(const struct vprep_fc_host *host)
{
	return host->makes_vports && host->used < host->most;
}

static bool is_asked(const struct vprep_nodedev_definition *definition,
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

static int refuse_none(const struct choosing *c)
{
	const struct vprep_nodedev_definition *d = c->definition;

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

/* ---- names ---- */

struct names {
	uint64_t wwpn, wwnn;
	char *pair;   /* "WWPN:WWNN" */
	char *device; /* for the journal and messages */
	char *id;
};

static void names_done(struct names *n)
{
	free(n->pair);
	free(n->device);
	free(n->id);
}

static int fill_names(uint64_t wwpn, uint64_t wwnn, struct names *n,
		      struct vprep_error *err)
{
	n->wwpn = wwpn;
	n->wwnn = wwnn;
	n->pair = vprep_strf("%s:%s", vprep_wwn_text(wwpn).s, vprep_wwn_text(wwnn).s);
	n->device = vprep_strf("vport_%s", vprep_wwn_text(wwpn).s);
	n->id = vprep_strf(KIND ":%s", vprep_wwn_text(wwpn).s);
	return n->pair && n->device && n->id ? 0 : vprep_error_oom(err);
}

static int choose_names(const struct vprep_nodedev_definition *definition,
			struct names *n, struct vprep_error *err)
{
	uint64_t random[2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return vprep_error_set(err, VPREP_E_FAILED, EIO, NULL,
				       "the kernel gives no random numbers");
	return fill_names(
		definition->wwpn ? definition->wwpn : vprep_wwn_make_up(random[0]),
		definition->wwnn ? definition->wwnn : vprep_wwn_make_up(random[1]), n,
		err);
}

/* No two ports of a fabric have one name, so none of this computer's have. */
static int check_names(const struct choosing *c, const struct names *n)
{
	size_t i;

	for (i = 0; i < c->hosts.n; i++)
		if (c->hosts.items[i].wwpn == n->wwpn)
			return vprep_error_set(c->err, VPREP_E_REFUSED, EEXIST, n->device,
					       "the WWPN %s belongs to " NODE
					       "%s already; give another, "
					       "or none and one is made up",
					       vprep_wwn_text(n->wwpn).s,
					       c->hosts.items[i].name);
	return 0;
}

/* ---- create ---- */

struct creating {
	const struct vprep_nodedev_definition *definition;
	struct names names;
	char *host; /* the new one */
};

static int add_vport(struct vprep_steps *steps, const char *device, const char *parent,
		     const struct names *n, struct vprep_step **ret)
{
	struct vprep_vport_facts *f;
	int r;

	r = vprep_steps_add(steps, &vprep_step_vport, device, ret);
	if (r < 0)
		return r;
	f = (*ret)->facts;
	r = vprep_str_replace(&f->parent, parent);
	return r < 0 ? r : vprep_str_replace(&f->vport, n->pair);
}

static int add_steps(struct vprep_steps *steps, const struct names *n, const char *parent)
{
	struct vprep_step *step;
	int r;

	r = vprep_steps_add(steps, &vprep_step_claim, n->device, &step);
	return r < 0 ? r : add_vport(steps, n->device, parent, n, &step);
}

static int refuse_owned(const struct vprep_owners *owners,
			const struct vprep_owned_step *at, const char *before,
			const char *device, struct vprep_error *err)
{
	_cleanup_free_ char *how = vprep_owners_how_held(owners, at);
	_cleanup_free_ char *help = vprep_owners_help(owners, at);

	return how && help
		       ? vprep_error_set(err, VPREP_E_OWNED, EBUSY, device,
					 "%s%s %s; try: %s", before, device, how, help)
		       : vprep_error_oom(err);
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
			r = refuse_owned(&owners, &at, "", device, err);
	return r;
}

static int plan(struct vprep_transaction *transaction, const struct vprep_store *locked,
		void *data, struct vprep_steps *ret, struct vprep_error *err)
{
	const struct creating *creating = data;
	struct choosing c = { .session = transaction->session,
			      .definition = creating->definition,
			      .err = err };
	const struct vprep_fc_host *host = NULL;
	int r;

	r = check_given_back(transaction, locked, creating->names.device, err);
	if (r < 0)
		return r;
	r = vprep_fc_hosts_read(transaction->session->io, &c.hosts);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for fibre channel hosts: %s",
				       strerror(-r));
	r = choose_host(&c, &host);
	if (r == 0)
		r = check_names(&c, &creating->names);
	if (r == 0 && add_steps(ret, &creating->names, host->name) < 0)
		r = vprep_error_oom(err);
	vprep_fc_hosts_done(&c.hosts);
	return r;
}

static int find_made(const struct vprep_transaction *transaction, void *data,
		     struct vprep_error *err)
{
	struct creating *creating = data;
	const struct names *n = &creating->names;
	struct vprep_vport vport = { 0 };
	int r = vprep_vport_find(transaction->session->io, n->wwpn, n->wwnn, &vport);

	if (r == 0 && !vport.host)
		r = -ENODEV;
	if (r == 0)
		creating->host = TAKE_PTR(vport.host);
	vprep_vport_done(&vport);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, n->device,
				       "the vport %s is gone again: %s", n->pair,
				       strerror(-r))
		     : 0;
}

int vprep_vport_create(struct vprep_session *session,
		       const struct vprep_nodedev_definition *definition, char **ret_host,
		       struct vprep_error *err)
{
	static const struct vprep_transaction_stage stage = {
		.plan = plan, .carry_out = vprep_exec_do_but_claims
	};
	struct creating creating = { .definition = definition };
	struct vprep_journal_header header;
	struct vprep_transaction_work work = {
		.header = &header,
		.patience = VPREP_DEADLINE_BIND,
		.stages = &stage,
		.n_stages = 1,
		.done = find_made,
		.keep = "removes the vport",
		.data = &creating,
	};
	int r;

	r = choose_names(definition, &creating.names, err);
	if (r == 0) {
		work.id = creating.names.id;
		header = vprep_journal_header_of(KIND, creating.names.device);
		r = vprep_transaction_run(session, &work, err);
	}
	if (r == 0)
		*ret_host = TAKE_PTR(creating.host);
	free(creating.host);
	names_done(&creating.names);
	return r;
}

/* ---- destroy ---- */

struct destroying {
	const char *host;
	struct vprep_vport vport;
	struct names names;
};

static int check_owners(const struct vprep_session *session,
			const struct vprep_store *locked, const char *host,
			struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	/* its devices are "scsi_9_0_0_0" */
	_cleanup_free_ char *prefix = vprep_strf(NODE "%s_", host + strlen("host"));
	struct vprep_owned_step at = { 0 };
	int r;

	if (!prefix)
		return vprep_error_oom(err);
	r = vprep_owners_read(session->io, locked, &owners, err);
	while (r == 0 && vprep_owners_next(&owners, &at))
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

static int check(struct vprep_transaction *transaction, const struct vprep_store *locked,
		 void *data, struct vprep_steps *ret, struct vprep_error *err)
{
	const struct destroying *destroying = data;
	int r;

	(void)ret; /* no steps: a vport that was removed does not come back */
	r = check_owners(transaction->session, locked, destroying->host, err);
	return r < 0 ? r : check_use(transaction->session, destroying->host, err);
}

static int run_undo(struct vprep_io *io, void *data, struct vprep_error *err)
{
	return vprep_step_vport.child_undo(io, data, err);
}

/* As the step that makes a vport is undone, while the owner's journal is locked: no other
 * command is at work on the vport. */
static int remove_vport(const struct vprep_transaction *transaction, void *data,
			struct vprep_error *err)
{
	const struct destroying *destroying = data;
	const struct vprep_session *session = transaction->session;
	unsigned deadline = session->config->deadlines[VPREP_DEADLINE_UNBIND];
	_cleanup_free_ char *name = vprep_strf(NODE "%s", destroying->host);
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_job job = { .run = run_undo, .deadline = deadline };
	struct vprep_jobs jobs = {
		.jobs = &job, .n = 1, .parallel = 1, .hold = transaction->journal->work
	};
	struct vprep_step *step;
	int r;

	if (!name || add_vport(&steps, name, destroying->vport.parent, &destroying->names,
			       &step) < 0)
		return vprep_error_oom(err);
	step->state = VPREP_STEP_DONE;
	job.data = step;
	r = vprep_jobs_run(session->io, &jobs);
	if (r == -ETIMEDOUT)
		return vprep_error_set(err, VPREP_E_FAILED, ETIMEDOUT, name,
				       "%s: the kernel did not finish within %u s%s",
				       name, deadline,
				       job.stuck ? " and still waits" : "");
	if (r < 0 && !job.finished)
		return vprep_error_oom(err);
	if (r < 0 && err)
		*err = job.err;
	return r;
}

static int destroy(struct vprep_session *session, struct destroying *destroying,
		   struct vprep_error *err)
{
	const struct vprep_transaction_stage stage = { .plan = check };
	const struct vprep_journal_header header =
		vprep_journal_header_of(KIND, destroying->names.device);
	const struct vprep_transaction_work work = {
		.id = destroying->names.id,
		.header = &header,
		.patience = VPREP_DEADLINE_BIND,
		.stages = &stage,
		.n_stages = 1,
		.done = remove_vport,
		.data = destroying,
	};

	return vprep_transaction_run(session, &work, err);
}

int vprep_vport_destroy(struct vprep_session *session, const char *host,
			struct vprep_error *err)
{
	struct destroying destroying = { .host = host };
	const struct vprep_vport *vport = &destroying.vport;
	int r = vprep_vport_of_host(session->io, host, &destroying.vport);

	if (r == -ENODEV)
		return vprep_error_set(err, VPREP_E_REFUSED, EPERM, host,
				       NODE "%s is not a vport, and stays", host);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, host,
				       "cannot look at " NODE "%s: %s", host,
				       strerror(-r));
	r = fill_names(vport->wwpn, vport->wwnn, &destroying.names, err);
	if (r == 0)
		r = destroy(session, &destroying, err);
	names_done(&destroying.names);
	vprep_vport_done(&destroying.vport);
	return r;
}
