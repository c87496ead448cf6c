// SPDX-License-Identifier: GPL-2.0-or-later
/* pools: the declared names, what has them, and how much of it is free. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device-table.h"
#include "results.h"
#include "table.h"
#include "verb.h"

enum column { NAME, DEVICE, NUMA, STATE, N_COLUMNS };

_Static_assert(N_COLUMNS <= VPREP_TABLE_COLUMNS, "the table is too narrow");

/* ---- JSON ---- */

/* What an engine that plans for NUMA asks: how many there are on each node. */
static void nodes_json(const struct vprep_device_pool *pool, struct vprep_json list)
{
	for (size_t i = 0; i < pool->n; i++) {
		int node = pool->devices[i].numa_node;
		size_t n = 0, n_free = 0, before = 0;

		for (size_t k = 0; k < pool->n; k++) {
			if (pool->devices[k].numa_node != node)
				continue;
			before += k < i;
			n++;
			n_free += pool->devices[k].state == VPREP_HOST_DEVICE_FREE;
		}
		if (before == 0) {
			struct vprep_json o = vprep_json_add_object(list, NULL);

			vprep_json_add_number(o, "node", node);
			vprep_json_add_unsigned(o, "devices", n);
			vprep_json_add_unsigned(o, "free", n_free);
		}
	}
}

static void pool_json(const struct vprep_device_pool *pool, struct vprep_json o)
{
	struct vprep_json list;

	vprep_json_add_string(o, "name", pool->name);
	vprep_json_add_string(o, "file", pool->file);
	vprep_json_add_unsigned(o, "devices", pool->n);
	vprep_json_add_unsigned(o, "free", pool->n_free);
	nodes_json(pool, vprep_json_add_array(o, "numa"));
	list = vprep_json_add_array(o, "members");
	for (size_t i = 0; i < pool->n; i++) {
		const struct vprep_device_pool_member *member = &pool->devices[i];
		struct vprep_json m = vprep_json_add_object(list, NULL);

		vprep_json_add_string(m, "name", member->name);
		vprep_json_add_number(m, "node", member->numa_node);
		vprep_json_add_string(m, "state", vprep_device_state_word(member->state));
		vprep_json_add_string(m, "owner", member->owner);
		vprep_json_add_string(m, "why", member->why);
	}
}

static void pools_json(const struct vprep_device_pools *pools,
		       const struct vprep_call *call)
{
	struct vprep_json root = vprep_answer_begin(call);
	struct vprep_json list = vprep_json_add_array(root, "pools");

	for (size_t i = 0; i < pools->n; i++)
		pool_json(&pools->items[i], vprep_json_add_object(list, NULL));
	vprep_out_json(call->out);
}

/* ---- for people ---- */

static void add_member(struct vprep_table *table, const char *name,
		       const struct vprep_device_pool_member *m)
{
	bool is_free = m->state == VPREP_HOST_DEVICE_FREE;
	const char *state = is_free    ? "free"
			    : m->owner ? m->owner
			    : m->why   ? m->why
				       : "who holds it is known to root";
	char node[16] = "-";

	if (m->numa_node >= 0)
		snprintf(node, sizeof(node), "%d", m->numa_node);
	vprep_table_add(table, (const char *const[N_COLUMNS]){
				       [NAME] = name,
				       [DEVICE] = m->name,
				       [NUMA] = node,
				       [STATE] = state,
			       });
	if (is_free)
		vprep_table_style(table, STATE, VPREP_STYLE_GOOD);
}

static void add_pool(struct vprep_table *table, const struct vprep_device_pool *pool)
{
	static const struct vprep_device_pool_member none = {
		.name = "-",
		.numa_node = -1,
		.state = VPREP_HOST_DEVICE_STAYS,
		.why = "this host has none",
	};
	char name[64];

	snprintf(name, sizeof(name), "@%s", pool->name);
	add_member(table, name, pool->n > 0 ? &pool->devices[0] : &none);
	for (size_t i = 1; i < pool->n; i++)
		add_member(table, NULL, &pool->devices[i]);
	if (pool->n > 1)
		vprep_table_note(table, DEVICE, "%zu of %zu free", pool->n_free, pool->n);
}

static void pools_text(const struct vprep_device_pools *pools, struct vprep_out *out)
{
	static const char *const titles[N_COLUMNS] = { "NAME", "DEVICE", "NUMA",
						       "STATE" };
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = N_COLUMNS,
								 .right = 1U << NUMA };

	if (pools->n == 0) {
		fputs("no names are declared: a file in /etc/vfio-prep.d declares them, "
		      "see vfio-prep.d(5)\n",
		      out->to);
		return;
	}
	vprep_table_head(&table, titles);
	for (size_t i = 0; i < pools->n; i++)
		add_pool(&table, &pools->items[i]);
	vprep_table_print(&table, out);
}

/* Leaves those that are named. -ENODEV: one is not there. */
static int pick(struct vprep_device_pools *pools, const char *const *words,
		struct vprep_error *err)
{
	size_t n = 0;

	for (const char *const *word = words; *word; word++) {
		const char *name = *word + (**word == '@');
		size_t i = 0;

		while (i < pools->n && strcmp(pools->items[i].name, name) != 0)
			i++;
		if (i == pools->n)
			return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, name,
					       "no [device %s] is declared; 'vfio-prep "
					       "pools' shows all",
					       vprep_quote(name).text);
	}
	for (size_t i = 0; i < pools->n; i++) {
		bool meant = !words[0];

		for (const char *const *word = words; *word && !meant; word++)
			meant = strcmp(pools->items[i].name, *word + (**word == '@')) ==
				0;
		if (meant)
			pools->items[n++] = pools->items[i];
	}
	pools->n = n;
	return 0;
}

static int run(const struct vprep_call *call)
{
	_cleanup_(vprep_device_pools_freep) struct vprep_device_pools *pools = NULL;
	int r;

	r = vprep_device_pools(call->session, &pools, call->err);
	if (r == 0)
		r = pick(pools, call->args->names, call->err);
	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		pools_json(pools, call);
	else
		pools_text(pools, call->out);
	return 0;
}

const struct vprep_verb vprep_verb_pools = {
	.name = "pools",
	.synopsis = "[NAME]...",
	.summary = "declared names, their devices, and what is free",
	.about = "Lists the names that files in /etc/vfio-prep.d give to devices by what "
		 "they are, the devices of this host that have each, and who has them. "
		 "Where a device is named, @NAME stands for one of them that is free, "
		 "and @NAME*3 for three.",
	.example = "vfio-prep pools lab-nic",
	.options = VPREP_TAKES(VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_OWN,
	.run = run,
};
