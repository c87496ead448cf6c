// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners, findings and groups. */
#include "report/tables.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "message.h"
#include "report/html.h"
#include "results.h"

#define MOST_NAMES 8   /* of an owner's devices; more are folded */
#define MOST_REASONS 4 /* a card may have one for each of its functions */
#define MOST_CHECKS 64 /* each looks at the host anew */

/* ---- owners ---- */

static void write_names(const char *const *names, size_t n, FILE *to)
{
	for (size_t i = 0; i < n; i++)
		vprep_html(to, "%s<code>%s</code>", i ? " " : "", names[i]);
}

static void write_owned(const struct vprep_status_owner *owner, FILE *to)
{
	if (owner->n_devices <= MOST_NAMES) {
		write_names(owner->devices, owner->n_devices, to);
		return;
	}
	vprep_html(to, "<details><summary>%zu devices</summary><p>", owner->n_devices);
	write_names(owner->devices, owner->n_devices, to);
	fputs("</p></details>", to);
}

static void write_drift(const struct vprep_status_owner *owner, FILE *to)
{
	for (size_t i = 0; i < owner->n_devices; i++) {
		const struct vprep_status_device *d = &owner->host[i];

		for (size_t k = 0; k < d->n_differs; k++)
			vprep_html(to, "<br/><span class=\"warning\">%s: %s</span>",
				   d->name, d->differs[k]);
		if (d->fix)
			vprep_html(to, "<br/><code>%s</code>", d->fix);
	}
	if (owner->problem)
		vprep_html(to, "<br/><span class=\"warning\">%s</span>", owner->problem);
}

/* Since when it is an owner, and the process that it is. */
static void write_process(const struct vprep_status_owner *owner, FILE *to)
{
	time_t since = (time_t)owner->since;
	char when[48] = "";
	struct tm tm;

	if (owner->since > 0 && gmtime_r(&since, &tm))
		strftime(when, sizeof(when), "since %Y-%m-%d %H:%M UTC", &tm);
	if (*when || owner->process)
		vprep_html(to, "<br/><span class=\"dim\">%s%s%s</span>", when,
			   *when && owner->process ? ", " : "",
			   owner->process ? owner->process : "");
}

static void write_owner(const struct vprep_status_owner *owner, FILE *to)
{
	vprep_html(to, "<tr><th scope=\"row\">%s</th><td data-l=\"kind\">%s</td><td>",
		   owner->name, owner->kind);
	write_owned(owner, to);
	vprep_html(to, "</td><td data-l=\"state\">%s%s", owner->state,
		   owner->changed ? ", changed" : "");
	write_process(owner, to);
	write_drift(owner, to);
	fputs("</td></tr>\n", to);
}

static void write_orphans(const struct vprep_status *status, FILE *to)
{
	for (size_t i = 0; i < status->n_orphans; i++) {
		const struct vprep_status_orphan *o = &status->orphans[i];

		fputs("<p class=\"warning\">The record of ", to);
		write_names(o->devices, o->n_devices, to);
		vprep_html(to,
			   " is lost, which %s had: <code>vfio-prep recover</code> gives "
			   "it back.</p>\n",
			   o->owner);
	}
	for (size_t i = 0; i < status->n_quarantined; i++)
		vprep_html(to,
			   "<p class=\"warning\"><code>%s</code> is in quarantine: "
			   "%s</p>\n",
			   status->quarantined[i].device, status->quarantined[i].reason);
}

void vprep_report_owners(const struct vprep_report_host *host, FILE *to)
{
	const struct vprep_status *status = host->status;

	if (!status) {
		vprep_html(to, "<p>That is root's to know: %s</p>\n",
			   host->hidden.message);
		return;
	}
	if (status->n_owners == 0)
		fputs("<p>Nobody: nothing is attached.</p>\n", to);
	else
		fputs("<table aria-label=\"Owners\"><thead><tr><th scope=\"col\">Owner</th>"
		      "<th scope=\"col\">Kind</th><th scope=\"col\">Devices</th>"
		      "<th scope=\"col\">State</th></tr></thead><tbody>\n",
		      to);
	for (size_t i = 0; i < status->n_owners; i++)
		write_owner(&status->owners[i], to);
	if (status->n_owners > 0)
		fputs("</tbody></table>\n", to);
	write_orphans(status, to);
}

/* ---- findings ---- */

static void write_finding(const struct vprep_diagnosis *d, FILE *to)
{
	vprep_html(to, "<li><b class=\"%s\">%s</b> <b>%s</b>: %s", d->status, d->status,
		   d->check, d->detail);
	if (d->fix)
		vprep_html(to, "<span class=\"fix\">What to do: %s</span>", d->fix);
	fputs("</li>\n", to);
}

static bool is_fine(const struct vprep_diagnosis *d)
{
	return streq(d->status, "ok") || streq(d->status, "note");
}

void vprep_report_findings(const struct vprep_report_host *host, FILE *to)
{
	const struct vprep_diagnoses *list = host->diagnoses;
	size_t fine = 0;

	fputs("<ul class=\"plain\">\n", to);
	for (size_t i = 0; i < list->n; i++) {
		fine += is_fine(&list->items[i]);
		if (!is_fine(&list->items[i]))
			write_finding(&list->items[i], to);
	}
	fputs("</ul>\n", to);
	if (fine == 0)
		return;
	vprep_html(to,
		   "<details><summary>%zu checks found nothing to mend</summary>"
		   "<ul class=\"plain\">\n",
		   fine);
	for (size_t i = 0; i < list->n; i++)
		if (is_fine(&list->items[i]))
			write_finding(&list->items[i], to);
	fputs("</ul></details>\n", to);
}

/* ---- groups ---- */

/* What check says of the device: the answer for a group whose members are given together.
 */
static void write_check(const struct vprep_report_host *host, const char *name, FILE *to)
{
	const char *const names[] = { name, NULL };
	const struct vprep_request request = { .names = names };
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons = NULL;
	struct vprep_error err = { 0 };

	if (vprep_check(host->session, &request, &reasons, &err) < 0) {
		vprep_html(to, "%s", err.message);
		return;
	}
	fputs(reasons->n ? "cannot be attached" : "can be attached", to);
	for (size_t i = 0; i < reasons->n && i < MOST_REASONS; i++) {
		vprep_html(to, "<br/>%s", reasons->items[i].message);
		if (reasons->items[i].fix)
			vprep_html(to, "<br/>What to do: %s", reasons->items[i].fix);
	}
	if (reasons->n > MOST_REASONS)
		vprep_html(to,
			   "<br/>and %zu more reasons: <code>vfio-prep check %s</code>",
			   reasons->n - MOST_REASONS, name);
	for (size_t i = 0; i < reasons->n_losses; i++)
		vprep_html(to, "<br/>%s", reasons->losses[i].message);
}

/* Groups and the devices in them, found by the number of the group. */
struct membership {
	int group;
	size_t device;
};

static int compare_memberships(const void *a, const void *b)
{
	const struct membership *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->device < y->device ? -1 : x->device > y->device;
}

static void write_members(const struct vprep_report_host *host,
			  const struct membership *members, size_t n, FILE *to)
{
	size_t bridges = 0;

	fputs("<ul class=\"plain\">", to);
	for (size_t i = 0; i < n; i++) {
		const struct vprep_host_device *d = host->tree[members[i].device].device;
		_cleanup_free_ char *state = vprep_report_state_text(d);

		if (vprep_report_is_bridge(d)) {
			bridges++;
			continue;
		}
		fputs("<li>", to);
		vprep_report_link(host, members[i].device, to);
		vprep_html(to, " %s <span class=\"%s\">%s</span></li>",
			   d->model ? d->model : "", vprep_report_state_class(d->state),
			   state);
	}
	if (bridges > 0)
		vprep_html(to, "<li>%zu bridge%s, left alone</li>", bridges,
			   bridges == 1 ? "" : "s");
	fputs("</ul>", to);
}

static const struct vprep_group *find_group(const struct vprep_report_host *host,
					    int number)
{
	for (size_t i = 0; i < host->groups->n; i++)
		if (host->groups->items[i].number == (unsigned)number)
			return &host->groups->items[i];
	return NULL;
}

/* The member by which a group is asked for; NULL: all are bridges and the like. */
static const char *asked_by(const struct vprep_report_host *host,
			    const struct membership *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (host->tree[members[i].device].device->state !=
		    VPREP_HOST_DEVICE_STAYS)
			return host->tree[members[i].device].device->name;
	return NULL;
}

static void write_group(const struct vprep_report_host *host,
			const struct membership *members, size_t n, bool check, FILE *to)
{
	const struct vprep_group *group = find_group(host, members[0].group);
	const char *name = asked_by(host, members, n);

	vprep_html(to, "<tr><th scope=\"row\">%d</th><td>", members[0].group);
	write_members(host, members, n, to);
	fputs("</td><td>", to);
	if (group && group->owner)
		vprep_html(to, "%s attached by %s",
			   group->viable ? "viable, and" : "not viable, though",
			   group->owner);
	else if (!name)
		fputs("stays with the host", to);
	else if (check)
		write_check(host, name, to);
	else
		vprep_html(to, "<code>vfio-prep check %s</code> tells", name);
	fputs("</td></tr>\n", to);
}

static size_t write_shared(const struct vprep_report_host *host,
			   const struct membership *list, size_t n, FILE *to)
{
	size_t shared = 0;

	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && list[k].group == list[i].group; k++)
			;
		if (k - i < 2)
			continue;
		if (shared == 0)
			fputs("<table aria-label=\"Groups of several devices\"><thead><tr>"
			      "<th scope=\"col\">Group</th><th scope=\"col\">Members</th>"
			      "<th scope=\"col\">What can be done</th></tr></thead>"
			      "<tbody>\n",
			      to);
		write_group(host, &list[i], k - i, shared < MOST_CHECKS, to);
		shared++;
	}
	if (shared > 0)
		fputs("</tbody></table>\n", to);
	return shared;
}

void vprep_report_groups(const struct vprep_report_host *host, FILE *to)
{
	struct membership *list = calloc(host->n + 1, sizeof(*list));
	size_t n = 0, shared, viable = 0;

	if (!list)
		vprep_message_oom();
	for (size_t i = 0; i < host->n; i++)
		if (host->tree[i].device->group >= 0)
			list[n++] = (struct membership){ host->tree[i].device->group, i };
	qsort(list, n, sizeof(*list), compare_memberships);
	shared = write_shared(host, list, n, to);
	free(list);
	for (size_t i = 0; i < host->groups->n; i++)
		viable += host->groups->items[i].viable;
	if (host->groups->n == 0) {
		fputs("<p>None: this host has no IOMMU, or it is off.</p>\n", to);
		return;
	}
	vprep_html(
		to,
		"<p>%zu groups in all, %zu of them with several devices. %zu are viable "
		"now: no driver of the host keeps them from guests. The others become "
		"so when they are attached.</p>\n",
		host->groups->n, shared, viable);
}
