// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The administrator's vports: a change for good, so that the journal has one only while
 * it is being made. Until the last record is written it is rolled back.
 */
#include "session/vport.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/vport.h"
#include "io/job.h"
#include "session/vport-plan.h"
#include "step/vport.h"

#define KIND "vport"
#define NODE "scsi_" /* of a host: the node device "scsi_host3" */

static char *owner_of(uint64_t wwpn)
{
	return vprep_strf(KIND ":%s", vprep_wwn_text(wwpn).s);
}

/* ---- create ---- */

struct creating {
	struct vprep_vport_definition definition;
	char *host; /* the new one */
};

int vprep_vport_choose_names(struct vprep_vport_definition *d, struct vprep_error *err)
{
	uint64_t random[2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return vprep_error_set(err, VPREP_E_FAILED, EIO, NULL,
				       "the kernel gives no random numbers");
	if (d->wwpn == 0)
		d->wwpn = vprep_wwn_make_up(random[0]);
	if (d->wwnn == 0)
		d->wwnn = vprep_wwn_make_up(random[1]);
	return 0;
}

static int plan(struct vprep_transaction *transaction, const struct vprep_store *locked,
		void *data, struct vprep_steps *ret, struct vprep_error *err)
{
	const struct creating *creating = data;

	return vprep_vport_plan(transaction, locked, &creating->definition, ret, err);
}

static int find_made(const struct vprep_transaction *transaction, void *data,
		     struct vprep_error *err)
{
	struct creating *creating = data;
	const struct vprep_vport_definition *d = &creating->definition;
	struct vprep_vport vport = { 0 };
	int r = vprep_vport_find(transaction->session->io, d->wwpn, d->wwnn, &vport);

	if (r == 0 && !vport.host)
		r = -ENODEV;
	if (r == 0)
		creating->host = TAKE_PTR(vport.host);
	vprep_vport_done(&vport);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r,
				       vprep_vport_name(d->wwpn).s,
				       "the vport %s:%s is gone again: %s",
				       vprep_wwn_text(d->wwpn).s,
				       vprep_wwn_text(d->wwnn).s, strerror(-r))
		     : 0;
}

int vprep_vport_create(struct vprep_session *session,
		       const struct vprep_vport_definition *definition, char **ret_host,
		       struct vprep_error *err)
{
	static const struct vprep_transaction_stage stage = {
		.plan = plan, .carry_out = vprep_exec_do_but_claims
	};
	struct creating creating = { .definition = *definition };
	_cleanup_free_ char *id = NULL;
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
	struct vprep_vport_name name;
	int r = vprep_vport_choose_names(&creating.definition, err);

	if (r < 0)
		return r;
	name = vprep_vport_name(creating.definition.wwpn);
	header = vprep_journal_header_of(KIND, name.s);
	work.id = id = owner_of(creating.definition.wwpn);
	r = id ? vprep_transaction_run(session, &work, err) : vprep_error_oom(err);
	if (r == 0)
		*ret_host = TAKE_PTR(creating.host);
	free(creating.host);
	return r;
}

/* ---- destroy ---- */

struct destroying {
	const char *host;
	struct vprep_vport vport;
};

static int check_unused(const struct vprep_session *session,
			const struct vprep_store *locked, const void *host,
			struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r = vprep_owners_read(session->io, locked, &owners, err);

	return r < 0 ? r : vprep_vport_check_unused(session, &owners, host, err);
}

static int check(struct vprep_transaction *transaction, const struct vprep_store *locked,
		 void *data, struct vprep_steps *ret, struct vprep_error *err)
{
	const struct destroying *destroying = data;

	(void)ret; /* no steps: a vport that was removed does not come back */
	return check_unused(transaction->session, locked, destroying->host, err);
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
	const struct vprep_vport *vport = &destroying->vport;
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

	if (!name || vprep_vport_add_step(&steps, name, vport->parent, vport->wwpn,
					  vport->wwnn, &step) < 0)
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

/* One that apply made: with it goes the record of that. */
static int give_back(struct vprep_session *session, const struct destroying *destroying,
		     const struct vprep_owner *maker, struct vprep_error *err)
{
	struct vprep_vport_name name = vprep_vport_name(destroying->vport.wwpn);
	char *devices[] = { name.s, NULL };
	const struct vprep_give_back what = {
		.id = maker->journal->id,
		.devices = devices,
		.check = check_unused,
		.data = destroying->host,
	};

	return vprep_give_back(session, &what, err);
}

static int destroy(struct vprep_session *session, struct destroying *destroying,
		   struct vprep_error *err)
{
	const struct vprep_vport_name name = vprep_vport_name(destroying->vport.wwpn);
	const struct vprep_transaction_stage stage = { .plan = check };
	const struct vprep_journal_header header = vprep_journal_header_of(KIND, name.s);
	_cleanup_free_ char *id = owner_of(destroying->vport.wwpn);
	const struct vprep_transaction_work work = {
		.id = id,
		.header = &header,
		.patience = VPREP_DEADLINE_BIND,
		.stages = &stage,
		.n_stages = 1,
		.done = remove_vport,
		.data = destroying,
	};

	return id ? vprep_transaction_run(session, &work, err) : vprep_error_oom(err);
}

int vprep_vport_destroy(struct vprep_session *session, const char *host,
			struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct destroying destroying = { .host = host };
	const struct vprep_owner *maker = NULL;
	int r = vprep_vport_of_host(session->io, host, &destroying.vport);

	if (r == -ENODEV)
		return vprep_error_set(err, VPREP_E_REFUSED, EPERM, host,
				       NODE "%s is not a vport, and stays", host);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, host,
				       "cannot look at " NODE "%s: %s", host,
				       strerror(-r));
	r = vprep_owners_look(session->io, &owners, err);
	if (r == 0)
		maker = vprep_owners_made_declared(
			&owners, vprep_vport_name(destroying.vport.wwpn).s);
	if (r == 0)
		r = maker ? give_back(session, &destroying, maker, err)
			  : destroy(session, &destroying, err);
	vprep_vport_done(&destroying.vport);
	return r;
}
