// SPDX-License-Identifier: GPL-2.0-or-later
/* groups: the IOMMU groups of the host. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"
#include "device-table.h"
#include "results.h"
#include "table.h"
#include "verb.h"

enum column { GROUP, VIABLE, DEVICE, CLASS, DRIVER, MARK, N_COLUMNS };

_Static_assert(N_COLUMNS <= VPREP_TABLE_COLUMNS, "the table is too narrow");

static void group_json(const struct vprep_group *group, struct vprep_json o)
{
	struct vprep_json list;

	vprep_json_add_number(o, "group", group->number);
	vprep_json_add_bool(o, "viable", group->viable);
	vprep_json_add_string(o, "owner", group->owner);
	list = vprep_json_add_array(o, "members");
	for (size_t i = 0; i < group->n_members; i++) {
		const struct vprep_group_member *member = &group->members[i];
		struct vprep_json m = vprep_json_add_object(list, NULL);
		char class[16];

		/* The same form as in the attribute "class" of sysfs. */
		snprintf(class, sizeof(class), "0x%06" PRIx32, member->class_code);
		vprep_json_add_string(m, "name", member->name);
		vprep_json_add_string(m, "address", member->address);
		vprep_json_add_string(m, "driver", member->driver);
		vprep_json_add_string(m, "class", class);
		vprep_json_add_bool(m, "bridge", member->bridge);
	}
	list = vprep_json_add_array(o, "blockers");
	for (size_t i = 0; i < group->n_blockers; i++)
		vprep_json_add_string(list, NULL, group->blockers[i]);
}

static void groups_json(const struct vprep_groups *groups, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_array(&out->json);

	for (size_t i = 0; i < groups->n; i++)
		group_json(&groups->items[i], vprep_json_add_object(root, NULL));
	vprep_out_json(out);
}

/* A row for member @i. That of the first member has the number of the group, too. */
static void add_member(struct vprep_table *table, const struct vprep_group *group,
		       size_t i)
{
	static const struct vprep_group_member none = { .address = "(empty)" };
	const struct vprep_group_member *member =
		i < group->n_members ? &group->members[i] : &none;
	const char *cells[N_COLUMNS] = { NULL };
	const char *word = vprep_device_class_word(member->class_code);
	char number[16], class[16];

	if (i == 0) {
		snprintf(number, sizeof(number), "%u", group->number);
		cells[GROUP] = number;
		cells[VIABLE] = group->viable ? "yes" : "no";
	}
	/* The word by which list picks it, else base class and subclass. The programming
	 * interface, which would follow, tells a person little. */
	snprintf(class, sizeof(class), "%04" PRIx32, member->class_code >> 8);
	cells[DEVICE] = member->address;
	if (member != &none) {
		cells[MARK] = member->bridge ? "left alone" : NULL;
		cells[CLASS] = word ? word : member->class_code ? class : "-";
		cells[DRIVER] = member->driver ? member->driver : "-";
	}
	vprep_table_add(table, cells);
	if (i == 0 && group->viable)
		vprep_table_style(table, VIABLE, VPREP_STYLE_GOOD);
}

static void groups_text(const struct vprep_groups *groups, struct vprep_out *out)
{
	static const char *const titles[N_COLUMNS] = {
		"GROUP", "VIABLE", "DEVICE", "CLASS", "DRIVER",
	};
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = N_COLUMNS,
								 .right = 1U << GROUP };

	if (groups->n == 0) {
		fputs("no IOMMU groups: see vfio-prep doctor\n", out->to);
		return;
	}
	vprep_table_head(&table, titles);
	for (size_t i = 0; i < groups->n; i++) {
		const struct vprep_group *group = &groups->items[i];

		add_member(&table, group, 0);
		for (size_t j = 1; j < group->n_members; j++)
			add_member(&table, group, j);
		/* The owner is no column: most groups have none, and a UUID is long. */
		if (group->owner)
			vprep_table_note(&table, VIABLE, "owner: %s", group->owner);
		for (size_t j = 0; j < group->n_blockers; j++)
			vprep_table_note(&table, VIABLE, "! %s", group->blockers[j]);
	}
	vprep_table_print(&table, out);
}

/* Whether a word means the group: its number, or a member. */
static bool is_meant(const struct vprep_group *group, const char *word)
{
	uint64_t number;

	if (vprep_parse_u64(word, 10, UINT32_MAX, &number) == 0)
		return number == group->number;
	for (size_t i = 0; i < group->n_members; i++) {
		const char *address = group->members[i].address;

		if (streq(group->members[i].name, word) || streq(address, word) ||
		    (strncmp(address, "0000:", 5) == 0 && streq(address + 5, word)))
			return true;
	}
	return false;
}

/* Leaves those that the words mean. -ENODEV: a word means none. */
static int pick(struct vprep_groups *groups, const char *const *words,
		struct vprep_error *err)
{
	size_t n = 0;

	for (const char *const *word = words; *word; word++) {
		size_t i = 0;

		while (i < groups->n && !is_meant(&groups->items[i], *word))
			i++;
		if (i < groups->n)
			continue;
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, *word,
				       "'%s' is no IOMMU group, and no device in one; "
				       "'vfio-prep groups' shows all",
				       vprep_quote(*word).text);
	}
	for (size_t i = 0; i < groups->n; i++) {
		bool meant = !words[0];

		for (const char *const *word = words; *word && !meant; word++)
			meant = is_meant(&groups->items[i], *word);
		if (meant)
			groups->items[n++] = groups->items[i];
	}
	groups->n = n;
	return 0;
}

static int groups(const struct vprep_call *call)
{
	_cleanup_(vprep_groups_freep) struct vprep_groups *groups = NULL;
	int r;

	r = vprep_groups(call->session, &groups, call->err);
	if (r == 0)
		r = pick(groups, call->args->names, call->err);
	if (r != 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		groups_json(groups, call->out);
	else
		groups_text(groups, call->out);
	return 0;
}

const struct vprep_verb vprep_verb_groups = {
	.name = "groups",
	.synopsis = "[NUMBER|NAME]...",
	.summary = "IOMMU groups, their members, viable or why not",
	.about = "Lists the IOMMU groups of the host: who holds each, its members "
		 "with PCI class and driver, whether a process could open it now "
		 "(viable), and if not, what stands in the way. Bridges are marked: "
		 "they are left alone. Numbers, or devices, pick some groups.",
	.example = "vfio-prep groups 05:10.1",
	.options = VPREP_TAKES(VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_OWN,
	.run = groups,
};
