// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Noting which process runs a domain that holds devices. When that process has ended,
 * recover gives the devices back: so it must be one whose end means that, and not any
 * that was made to look like it. It is of the user whom a node was given to, or it has
 * one open.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/cdev.h"
#include "host/holders.h"
#include "host/process.h"
#include "journal/owners.h"
#include "session/attach-context.h"
#include "session/transaction.h"

static int note_process(struct vprep_session *session, const char *id, pid_t pid,
			uint64_t start, struct vprep_error *err)
{
	struct vprep_transaction transaction;
	int r;

	r = vprep_transaction_begin(session, id, NULL,
				    session->config->deadlines[VPREP_DEADLINE_BIND],
				    &transaction, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = vprep_journal_set_process(transaction.locked, transaction.journal, pid,
				      start);
	if (r < 0)
		vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				"cannot write the journal of '%.60s': %s", id,
				strerror(-r));
	return vprep_transaction_end(&transaction, r, err);
}

/* What the domain was given. */
struct given {
	const struct vprep_io *io;
	size_t n_uids;
	uid_t *uids;
	char **nodes;
	bool is_scanned;
	struct vprep_holders holders;
};

static void given_done(struct given *given)
{
	free(given->uids);
	vprep_strv_free(given->nodes);
	vprep_holders_done(&given->holders);
}

static int add_node(struct given *given, const char *node)
{
	return node && !vprep_strv_has(given->nodes, node)
		       ? vprep_strv_add(&given->nodes, node)
		       : 0;
}

static int add_step(struct given *given, const struct vprep_step *step)
{
	_cleanup_free_ char *group = vprep_strf("vfio/%" PRId64, step->group);
	_cleanup_free_ char *cdev = NULL;
	struct vprep_step_node node;
	uid_t *uid;
	int r = group ? 0 : -ENOMEM;

	if (r == 0 && vprep_step_node(step, &node)) {
		uid = vprep_array_add(given->uids, given->n_uids);
		r = uid ? add_node(given, node.path) : -ENOMEM;
		if (uid)
			*uid = node.uid;
	}
	if (r == 0 && step->group >= 0)
		r = add_node(given, group);
	if (r == 0 && vprep_step_is_claim(step) &&
	    vprep_cdev_find(given->io, step->device, &cdev) == 0)
		r = add_node(given, cdev);
	return r;
}

static int read_given(const struct vprep_owners *owners, const char *id,
		      struct given *given)
{
	struct vprep_owned_step at = { 0 };
	int r = 0;

	while (r == 0 && vprep_owners_next(owners, &at))
		if (streq(at.owner->journal->id, id))
			r = add_step(given, at.step);
	return r;
}

static int holds_node(struct given *given, const char *pid)
{
	uint64_t number;
	size_t i;
	int r;

	r = given->is_scanned ? 0 : vprep_holders_scan(given->io, &given->holders);
	if (r == 0)
		r = vprep_parse_u64(pid, 10, INT_MAX, &number);
	if (r < 0)
		return r;
	given->is_scanned = true;
	for (i = 0; i < given->holders.n; i++)
		if (given->holders.items[i].pid == (pid_t)number &&
		    vprep_strv_has(given->nodes, given->holders.items[i].node))
			return 1;
	return 0;
}

static int is_trusted(void *data, const char *pid)
{
	struct given *given = data;
	size_t i;
	uid_t uid;
	int r;

	r = vprep_process_uid(given->io, pid, &uid);
	for (i = 0; r == 0 && i < given->n_uids; i++)
		if (given->uids[i] == uid)
			return 1;
	return r < 0 && r != -ESRCH ? r : holds_node(given, pid);
}

/* -ESRCH and -ENOTUNIQ as vprep_process_of_guest(), also when it was given nothing. */
static int find_process(const struct vprep_session *session,
			const struct vprep_owners *owners, const char *id,
			const char *uuid, pid_t *ret, uint64_t *ret_start)
{
	struct given given = { .io = session->io };
	int r = read_given(owners, id, &given);

	if (r == 0)
		r = given.nodes ? vprep_process_of_guest(given.io, uuid, is_trusted,
							 &given, ret, ret_start)
				: -ESRCH;
	given_done(&given);
	return r;
}

/* What libvirt gives QEMU as -uuid (qemuBuildCommandLine()). */
static struct vprep_uuid_text guest_uuid(const struct vprep_domain *domain)
{
	return vprep_uuid_text(domain->has_hwuuid ? &domain->hwuuid : &domain->uuid);
}

VPREP_EXPORT int vprep_adopt(struct vprep_session *session, const char *xml, size_t len,
			     struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	_cleanup_free_ char *id = NULL;
	uint64_t start;
	pid_t pid;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_domain_parse(xml, len, &domain, err);
	if (r == 0)
		r = vprep_domain_owner(domain, &id, err);
	if (r == 0)
		r = vprep_owners_look(session->io, &owners, err);
	if (r < 0)
		return r;
	if (!domain->has_uuid)
		return 0; /* libvirt gives each domain one */
	r = find_process(session, &owners, id, guest_uuid(domain).s, &pid, &start);
	if (r == -ESRCH || r == -ENOTUNIQ)
		return 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for the process of '%.60s': %s", id,
				       strerror(-r));
	return note_process(session, id, pid, start, err);
}
