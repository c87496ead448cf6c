// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "message.h"

#define PCI_ROOT "/devices/pci" /* in the path of a device of sysfs */

/* A name, and the number of what has it in its list. */
struct entry {
	const char *name;
	size_t number;
};

struct index {
	struct entry *items;
	size_t n;
};

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static size_t find(const struct index *index, const char *name)
{
	const struct entry key = { .name = name };
	const struct entry *found =
		name && index->n > 0 ? bsearch(&key, index->items, index->n,
					       sizeof(*index->items), compare_entries)
				     : NULL;

	return found ? found->number : VPREP_REPORT_NONE;
}

static struct index index_new(size_t n)
{
	struct index index = { .items = calloc(n + 1, sizeof(*index.items)) };

	if (!index.items)
		vprep_message_oom();
	return index;
}

static void index_add(struct index *index, const char *name, size_t number)
{
	index->items[index->n++] = (struct entry){ name, number };
}

static void index_sort(struct index *index)
{
	qsort(index->items, index->n, sizeof(*index->items), compare_entries);
}

/* ---- the tree ---- */

struct building {
	struct vprep_report_host *host;
	struct index by_name;	   /* devices by the name that verbs take */
	struct index by_node_name; /* devices by libvirt's name */
	struct index nodes;	   /* all node devices by that */
};

/* "0000:00" of "/sys/devices/pci0000:00/…". */
static const char *complex_of(const char *path)
{
	const char *start = path ? strstr(path, PCI_ROOT) : NULL;

	if (!start)
		return NULL;
	start += strlen(PCI_ROOT);
	return start[strcspn(start, "/")] == '/' ? start : NULL;
}

static void place(struct building *b, size_t number)
{
	struct vprep_report_device *to = &b->host->tree[number];
	const struct vprep_host_device *d = &b->host->devices->items[number];
	size_t node = find(&b->nodes, d->node_name);

	*to = (struct vprep_report_device){ .device = d,
					    .parent = find(&b->by_name, d->physfn),
					    .first = VPREP_REPORT_NONE,
					    .next = VPREP_REPORT_NONE };
	if (node == VPREP_REPORT_NONE)
		return;
	to->complex = complex_of(b->host->nodes->items[node].path);
	while (to->parent == VPREP_REPORT_NONE && node != VPREP_REPORT_NONE) {
		const char *parent = b->host->nodes->items[node].parent;

		to->parent = find(&b->by_node_name, parent);
		node = find(&b->nodes, parent);
	}
}

/* From the last to the first, so that children are in the order of the devices. What is
 * in a circle, as nonsense in sysfs may have it, is reached from no root. */
static void link_children(struct vprep_report_host *host)
{
	for (size_t i = host->n; i-- > 0;) {
		struct vprep_report_device *d = &host->tree[i];
		struct vprep_report_device *parent;

		if (d->parent == VPREP_REPORT_NONE)
			continue;
		parent = &host->tree[d->parent];
		d->next = parent->first;
		parent->first = i;
		parent->n_children++;
	}
}

static void build(struct vprep_report_host *host)
{
	struct building b = { .host = host,
			      .by_name = index_new(host->devices->n),
			      .by_node_name = index_new(host->devices->n),
			      .nodes = index_new(host->nodes->n) };

	host->n = host->devices->n;
	host->tree = calloc(host->n + 1, sizeof(*host->tree));
	if (!host->tree)
		vprep_message_oom();
	for (size_t i = 0; i < host->n; i++) {
		index_add(&b.by_name, host->devices->items[i].name, i);
		index_add(&b.by_node_name, host->devices->items[i].node_name, i);
	}
	for (size_t i = 0; i < host->nodes->n; i++)
		index_add(&b.nodes, host->nodes->items[i].name, i);
	index_sort(&b.by_name);
	index_sort(&b.by_node_name);
	index_sort(&b.nodes);
	for (size_t i = 0; i < host->n; i++)
		place(&b, i);
	link_children(host);
	free(b.by_name.items);
	free(b.by_node_name.items);
	free(b.nodes.items);
}

int vprep_report_host_read(struct vprep_session *session, struct vprep_report_host *ret,
			   struct vprep_error *err)
{
	const struct vprep_node_filter all = { .parents = true };
	int r = vprep_host_devices(session, &ret->devices, err);

	ret->session = session;
	if (r == 0)
		r = vprep_node_devices(session, &all, &ret->nodes, err);
	if (r == 0)
		r = vprep_groups(session, &ret->groups, err);
	if (r == 0)
		r = vprep_mdev_types(session, &ret->types, err);
	if (r == 0)
		r = vprep_doctor(session, &ret->diagnoses, err);
	if (r < 0)
		return r;
	r = vprep_status(session, &ret->status, &ret->hidden);
	if (r < 0 && r != -EACCES && r != -EPERM) {
		if (err)
			*err = ret->hidden;
		return r;
	}
	build(ret);
	return 0;
}

void vprep_report_host_done(struct vprep_report_host *host)
{
	vprep_host_devices_free(host->devices);
	vprep_node_devices_free(host->nodes);
	vprep_groups_free(host->groups);
	vprep_mdev_types_free(host->types);
	vprep_diagnoses_free(host->diagnoses);
	vprep_status_free(host->status);
	free(host->tree);
	*host = (struct vprep_report_host){ 0 };
}

/* ---- words ---- */

bool vprep_report_is_bridge(const struct vprep_host_device *device)
{
	return device->class_code >> 16 == 0x06;
}

static const char *const state_words[] = {
	[VPREP_HOST_DEVICE_FREE] = "free",
	[VPREP_HOST_DEVICE_OWNED] = "attached",
	[VPREP_HOST_DEVICE_IN_USE] = "in use by the host",
	[VPREP_HOST_DEVICE_STAYS] = "stays with the host",
	[VPREP_HOST_DEVICE_HIDDEN] = "taken",
};

const char *vprep_report_state_word(enum vprep_host_device_state state)
{
	return (size_t)state < VPREP_ARRAY_SIZE(state_words) ? state_words[state]
							     : "unknown";
}

char *vprep_report_state_text(const struct vprep_host_device *d)
{
	const char *more = d->state == VPREP_HOST_DEVICE_OWNED ? d->owner : d->why;
	char *text;

	if (d->state == VPREP_HOST_DEVICE_HIDDEN)
		more = "by whom is known to root";
	text = vprep_strf("%s%s%s", vprep_report_state_word(d->state), more ? ": " : "",
			  more ? more : "");
	if (!text)
		vprep_message_oom();
	return text;
}

void vprep_report_count(struct vprep_report_counts *counts,
			const struct vprep_host_device *device)
{
	if ((size_t)device->state < VPREP_ARRAY_SIZE(counts->of))
		counts->of[device->state]++;
	counts->all++;
}

char *vprep_report_counts_text(const struct vprep_report_counts *counts)
{
	struct vprep_buf text = { 0 };
	char *ret = NULL;

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(counts->of); i++)
		if (counts->of[i] > 0)
			vprep_buf_addf(&text, "%s%zu %s", text.len ? ", " : "",
				       counts->of[i], state_words[i]);
	if (vprep_buf_take(&text, &ret) < 0)
		vprep_message_oom();
	return ret;
}
