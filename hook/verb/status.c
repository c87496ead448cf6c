// SPDX-License-Identifier: GPL-2.0-or-later
/* status: who holds which devices. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/str.h"
#include "message.h"
#include "results.h"
#include "table.h"
#include "verb.h"

#define ORPHAN_FIX "vfio-prep recover"
#define FEW_DEVICES 4	/* of an owner with more, not each is shown */
#define NAME_COLUMNS 60 /* names of domains can be of any length */

static void list_json(const char *const *texts, size_t n, struct vprep_json list)
{
	for (size_t i = 0; i < n; i++)
		vprep_json_add_string(list, NULL, texts[i]);
}

static void host_json(const struct vprep_status_owner *owner, struct vprep_json list)
{
	for (size_t i = 0; i < owner->n_devices; i++) {
		const struct vprep_status_device *host = &owner->host[i];
		struct vprep_json o = vprep_json_add_object(list, NULL);
		char mode[8];

		vprep_json_add_string(o, "device", host->name);
		vprep_json_add_bool(o, "present", host->present);
		vprep_json_add_string(o, "driver", host->driver);
		vprep_json_add_string(o, "node", host->node);
		if (host->mode >= 0) {
			snprintf(mode, sizeof(mode), "%04o",
				 (unsigned)host->mode & 07777);
			vprep_json_add_number(o, "uid", host->uid);
			vprep_json_add_number(o, "gid", host->gid);
			vprep_json_add_string(o, "mode", mode);
		}
		list_json(host->differs, host->n_differs,
			  vprep_json_add_array(o, "differs"));
		vprep_json_add_string(o, "fix", host->fix);
	}
}

static void owner_json(const struct vprep_status_owner *owner, struct vprep_json o)
{
	struct vprep_json list;

	vprep_json_add_string(o, "id", owner->id);
	vprep_json_add_string(o, "name", owner->name);
	vprep_json_add_string(o, "kind", owner->kind);
	vprep_json_add_string(o, "state", owner->state);
	vprep_json_add_string(o, "problem", owner->problem);
	list_json(owner->devices, owner->n_devices, vprep_json_add_array(o, "devices"));
	list = vprep_json_add_array(o, "groups");
	for (size_t i = 0; i < owner->n_groups; i++)
		vprep_json_add_number(list, NULL, owner->groups[i]);
	list = vprep_json_add_array(o, "steps");
	for (size_t i = 0; i < owner->n_steps; i++) {
		struct vprep_json step = vprep_json_add_object(list, NULL);

		vprep_json_add_number(step, "seq", owner->steps[i].seq);
		vprep_json_add_string(step, "kind", owner->steps[i].kind);
		vprep_json_add_string(step, "state", owner->steps[i].state);
		vprep_json_add_string(step, "device", owner->steps[i].device);
	}
	vprep_json_add_bool(o, "changed", owner->changed);
	host_json(owner, vprep_json_add_array(o, "host"));
}

static void orphan_json(const struct vprep_status_orphan *orphan, struct vprep_json o)
{
	list_json(orphan->devices, orphan->n_devices, vprep_json_add_array(o, "devices"));
	vprep_json_add_string(o, "owner", orphan->owner);
	vprep_json_add_string(o, "node", orphan->node);
	vprep_json_add_string(o, "rule", orphan->rule);
	vprep_json_add_string(o, "fix", ORPHAN_FIX);
}

static void status_json(const struct vprep_status *status, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_object(&out->json);
	struct vprep_json list = vprep_json_add_array(root, "owners");

	for (size_t i = 0; i < status->n_owners; i++)
		owner_json(&status->owners[i], vprep_json_add_object(list, NULL));
	list = vprep_json_add_array(root, "quarantined");
	for (size_t i = 0; i < status->n_quarantined; i++) {
		const struct vprep_quarantined *q = &status->quarantined[i];
		struct vprep_json o = vprep_json_add_object(list, NULL);

		vprep_json_add_string(o, "device", q->device);
		vprep_json_add_string(o, "owner", q->owner);
		vprep_json_add_string(o, "reason", q->reason);
		vprep_json_add_number(o, "pid", q->pid);
	}
	list = vprep_json_add_array(root, "orphans");
	for (size_t i = 0; i < status->n_orphans; i++)
		orphan_json(&status->orphans[i], vprep_json_add_object(list, NULL));
	vprep_out_json(out);
}

/* "1 to 7, 9": numbers in their order. */
static void add_ranges(struct vprep_buf *text, const unsigned *numbers, size_t n)
{
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && numbers[k] == numbers[k - 1] + 1; k++)
			;
		vprep_buf_addf(text, "%s%u", i ? ", " : "groups: ", numbers[i]);
		if (k - i > 1)
			vprep_buf_addf(text, "%s%u", k - i > 2 ? " to " : ", ",
				       numbers[k - 1]);
	}
}

/* All devices by name, or of many the first and the last. */
static void add_devices(struct vprep_table *table, const struct vprep_status_owner *owner,
			bool all)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	size_t n = owner->n_devices;

	if (!all && n > 0)
		vprep_buf_addf(&text, "%zu devices: %s to %s", n, owner->devices[0],
			       owner->devices[n - 1]);
	for (size_t i = 0; all && i < n; i++)
		vprep_buf_addf(&text, "%s%s", i ? " " : "devices: ", owner->devices[i]);
	if (n > 0 && owner->n_groups > 0)
		vprep_buf_add(&text, "; ");
	add_ranges(&text, owner->groups, owner->n_groups);
	for (size_t i = 0, k = 0; i < owner->n_steps; i++)
		if (owner->steps[i].placeholder)
			vprep_buf_addf(&text, "%s%s", k++ ? " " : "; placeholders: ",
				       owner->steps[i].device);
	if (text.failed)
		vprep_message_oom();
	if (text.len > 0)
		vprep_table_note(table, 0, "  %s", text.data);
}

/* "since 2026-11-30 10:32, pid 4711 (qemu-system-x86_64, guest web1)" */
static void add_times(struct vprep_table *table, const struct vprep_status_owner *owner)
{
	time_t since = (time_t)owner->since;
	char when[32] = "";
	struct tm tm;

	if (owner->since > 0 && localtime_r(&since, &tm))
		strftime(when, sizeof(when), "since %Y-%m-%d %H:%M", &tm);
	if (*when || owner->process)
		vprep_table_note(table, 0, "  %s%s%s", when,
				 *when && owner->process ? ", " : "",
				 owner->process ? owner->process : "");
}

/* "libvirt-qemu:kvm"; who has no name is a number. */
static void add_user(struct vprep_buf *text, int uid, int gid)
{
	const struct passwd *user = getpwuid((uid_t)uid);
	const struct group *group;

	if (user)
		vprep_buf_addf(text, " %s", user->pw_name);
	else
		vprep_buf_addf(text, " %d", uid);
	group = getgrgid((gid_t)gid);
	if (group)
		vprep_buf_addf(text, ":%s", group->gr_name);
	else
		vprep_buf_addf(text, ":%d", gid);
}

/* How a device is, and what is not as it was left. */
static void add_host(struct vprep_table *table, const struct vprep_status_device *host)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };

	if (host->driver)
		vprep_buf_addf(&text, ", driver %s", host->driver);
	if (host->node && host->mode >= 0) {
		vprep_buf_addf(&text, ", %s", host->node);
		add_user(&text, host->uid, host->gid);
		vprep_buf_addf(&text, " %04o", (unsigned)host->mode);
	}
	if (text.failed)
		vprep_message_oom();
	if (text.len > 0)
		vprep_table_note(table, 0, "  %s: %s", host->name, text.data + 2);
	for (size_t i = 0; i < host->n_differs; i++)
		vprep_table_note(table, 0, "  changed: %s: %s", host->name,
				 host->differs[i]);
	if (host->fix)
		vprep_table_note(table, 0, "  mend it: %s", host->fix);
}

/* Those that are not done: how many, or each. */
static void add_steps(struct vprep_table *table, const struct vprep_status_owner *owner,
		      bool each)
{
	size_t n = 0;

	for (size_t i = 0; i < owner->n_steps; i++) {
		const struct vprep_status_step *step = &owner->steps[i];

		if (strcmp(step->state, "done") == 0)
			continue;
		n++;
		if (each)
			vprep_table_note(table, 0, "  step %u: %s %s: %s", step->seq,
					 step->kind, step->device ? step->device : "-",
					 step->state);
	}
	if (n > 0 && !each)
		vprep_table_note(table, 0,
				 "  %zu of %zu steps %s not done; --verbose names %s", n,
				 owner->n_steps, n == 1 ? "is" : "are",
				 n == 1 ? "it" : "them");
}

/* Of many devices, those are shown that are not as they were left. */
static void owner_text(const struct vprep_status_owner *owner, struct vprep_table *table,
		       bool verbose)
{
	bool all = verbose || owner->n_devices <= FEW_DEVICES;
	_cleanup_free_ char *name = strdup(
		owner->name && strcmp(owner->name, owner->id) != 0 ? owner->name : "-");
	bool fine =
		strcmp(owner->state, "held") == 0 || strcmp(owner->state, "busy") == 0;
	char state[32];

	if (!name)
		vprep_message_oom();
	vprep_out_shorten(name, NAME_COLUMNS);
	snprintf(state, sizeof(state), "%s%s", owner->state,
		 owner->changed ? ", changed" : "");
	vprep_table_add(table,
			(const char *const[]){ owner->id, name, owner->kind, state });
	vprep_table_style(table, 3,
			  fine && !owner->changed ? VPREP_STYLE_GOOD : VPREP_STYLE_WARN);
	add_times(table, owner);
	add_devices(table, owner, all);
	for (size_t i = 0; i < owner->n_devices; i++)
		if (all || owner->host[i].n_differs > 0)
			add_host(table, &owner->host[i]);
	if (owner->problem)
		vprep_table_note(table, 0, "  problem: %s", owner->problem);
	add_steps(table, owner, verbose);
}

static void quarantine_text(const struct vprep_status *status, struct vprep_out *out)
{
	static const char *const titles[] = { "QUARANTINED", "OWNER", "PID", "REASON" };
	_cleanup_(vprep_table_done) struct vprep_table table = {
		.n_columns = VPREP_ARRAY_SIZE(titles), .right = 1U << 2
	};

	if (status->n_quarantined == 0)
		return;
	fputc('\n', out->to);
	vprep_table_head(&table, titles);
	for (size_t i = 0; i < status->n_quarantined; i++) {
		const struct vprep_quarantined *q = &status->quarantined[i];
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", q->pid);
		vprep_table_add(&table, (const char *const[]){ q->device,
							       q->owner ? q->owner : "-",
							       pid, q->reason });
		vprep_table_style(&table, 0, VPREP_STYLE_BAD);
	}
	vprep_table_print(&table, out);
}

static void orphan_text(const struct vprep_status *status, struct vprep_out *out)
{
	static const char *const titles[] = { "ORPHANED", "OWNER", "RULE" };
	_cleanup_(vprep_table_done) struct vprep_table table = {
		.n_columns = VPREP_ARRAY_SIZE(titles)
	};

	if (status->n_orphans == 0)
		return;
	if (status->n_owners > 0 || status->n_quarantined > 0)
		fputc('\n', out->to);
	vprep_table_head(&table, titles);
	for (size_t i = 0; i < status->n_orphans; i++) {
		const struct vprep_status_orphan *o = &status->orphans[i];
		_cleanup_buf_ struct vprep_buf text = { 0 };

		for (size_t k = 0; k < o->n_devices; k++)
			vprep_buf_addf(&text, "%s%s", k ? " " : "", o->devices[k]);
		if (text.failed)
			vprep_message_oom();
		vprep_table_add(&table,
				(const char *const[]){ text.len > 0 ? text.data : "-",
						       o->owner, o->rule });
		vprep_table_style(&table, 0, VPREP_STYLE_BAD);
	}
	vprep_table_note(&table, 0,
			 "  the records of these are gone: '%s' gives them back",
			 ORPHAN_FIX);
	vprep_table_print(&table, out);
}

static void status_text(const struct vprep_status *status, bool verbose,
			struct vprep_out *out)
{
	static const char *const titles[] = { "OWNER", "NAME", "KIND", "STATE" };
	_cleanup_(vprep_table_done) struct vprep_table table = {
		.n_columns = VPREP_ARRAY_SIZE(titles)
	};

	if (status->n_owners == 0 && status->n_orphans == 0)
		fputs("nothing is attached\n", out->to);
	if (status->n_owners > 0) {
		vprep_table_head(&table, titles);
		for (size_t i = 0; i < status->n_owners; i++)
			owner_text(&status->owners[i], &table, verbose);
		vprep_table_print(&table, out);
	}
	quarantine_text(status, out);
	orphan_text(status, out);
}

static int status(const struct vprep_call *call)
{
	_cleanup_(vprep_status_freep) struct vprep_status *status = NULL;
	int r;

	r = vprep_status(call->session, &status, call->err);
	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		status_json(status, call->out);
	else
		status_text(status, vprep_args_has(call->args, VPREP_OPT_VERBOSE),
			    call->out);
	return 0;
}

const struct vprep_verb vprep_verb_status = {
	.name = "status",
	.synopsis = "",
	.summary = "who holds which devices",
	.about = "Lists the owners of attached devices from the journal: since when, "
		 "the process, the devices with their nodes, and what is not as it "
		 "was left with the command that mends it; and the devices in "
		 "quarantine: those on which the kernel has not finished a write. Of "
		 "an owner with many devices those are shown that differ; --verbose "
		 "shows all, and each step that is not done.",
	.example = "vfio-prep status --json",
	.options = VPREP_TAKES(VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED,
	.run = status,
};
