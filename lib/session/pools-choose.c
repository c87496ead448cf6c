// SPDX-License-Identifier: GPL-2.0-or-later
/* Which of a pool's devices somebody gets. */
#include <errno.h>

#include "common/error.h"
#include "common/str.h"
#include "session/pools.h"

struct choice {
	const struct vprep_declared_device *declared;
	struct vprep_pool_member *members;
	size_t n;
	const char *asker;
	enum vprep_pools_asking asking;
	unsigned wanted; /* still */
};

static bool is_held(const struct vprep_pool_member *m, const char *asker)
{
	return m->owner && asker && streq(m->owner->journal->id, asker) && !m->chosen;
}

unsigned vprep_pool_count_held(const struct vprep_pool_member *members, size_t n,
			       const char *asker)
{
	unsigned held = 0;
	size_t i;

	for (i = 0; i < n; i++)
		held += is_held(&members[i], asker);
	return held;
}

static bool is_free(const struct vprep_pool_member *m)
{
	return m->state == VPREP_HOST_DEVICE_FREE && !m->chosen;
}

static size_t count_free(const struct choice *c, int node)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		n += is_free(&c->members[i]) && c->members[i].numa_node == node;
	return n;
}

static size_t count_chosen(const struct choice *c, int node)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		n += c->members[i].chosen && c->members[i].numa_node == node;
	return n;
}

/* Packed: the node that gave some already, else the one that has just enough, else the
 * one that has most. Spread: the one that gave least, of those the one that has most. */
static bool is_better(const struct choice *c, int node, int than)
{
	size_t a = count_free(c, node), b = count_free(c, than);
	size_t given = count_chosen(c, node), given_than = count_chosen(c, than);
	bool a_suffices = a >= c->wanted, b_suffices = b >= c->wanted;

	if (c->declared->numa == VPREP_NUMA_NODE &&
	    (node == c->declared->numa_node) != (than == c->declared->numa_node))
		return node == c->declared->numa_node;
	if (c->declared->numa == VPREP_NUMA_SPREAD)
		return given != given_than ? given < given_than : a > b;
	if ((given > 0) != (given_than > 0))
		return given > 0;
	if (a_suffices != b_suffices)
		return a_suffices;
	return a_suffices ? a < b : a > b;
}

static struct vprep_pool_member *choose_one(const struct choice *c)
{
	struct vprep_pool_member *best = NULL;
	size_t i;

	for (i = 0; i < c->n; i++) {
		struct vprep_pool_member *m = &c->members[i];

		if (is_free(m) && (!best || is_better(c, m->numa_node, best->numa_node)))
			best = m;
	}
	return best;
}

static int take(struct choice *c, struct vprep_pool_member *m, char ***names)
{
	m->chosen = true;
	c->wanted--;
	return vprep_strv_add(names, m->name);
}

static int refuse(const struct choice *c, unsigned count, struct vprep_error *err)
{
	_cleanup_buf_ struct vprep_buf others = { 0 };
	size_t i;

	if (c->n == 0)
		return vprep_error_set(
			err, VPREP_E_NOT_FOUND, ENODEV, NULL,
			"@%s: no device of this host is what [device %s] in %s asks for",
			c->declared->name, c->declared->name, c->declared->file);
	for (i = 0; i < c->n && others.len < 500; i++) {
		const struct vprep_pool_member *m = &c->members[i];

		if (!is_free(m) && !m->chosen)
			vprep_buf_addf(&others, "%s%s%s%s", others.len ? ", " : ": ",
				       m->name, m->owner ? " belongs to " : ": ",
				       m->owner ? m->owner->text
				       : m->why ? m->why
						: "?");
	}
	return vprep_error_set(err, VPREP_E_OWNED, EBUSY, NULL,
			       "@%s: %u wanted, %u of %zu can be had%s%s",
			       c->declared->name, count, count - c->wanted, c->n,
			       others.len > 0 ? others.data : "",
			       count <= c->n && c->asking == VPREP_POOLS_ATTACH
				       ? "; --wait 10m waits for them"
				       : "");
}

/* What the asker has, and does not ask for more of: devices that are attached, before
 * those that are only in a group of his. */
static int take_held(struct choice *c, char ***names)
{
	size_t i;
	int by_group, r = 0;

	for (by_group = 0; by_group <= 1; by_group++)
		for (i = 0; r == 0 && c->wanted > 0 && i < c->n; i++)
			if (is_held(&c->members[i], c->asker) &&
			    c->members[i].is_by_group == by_group)
				r = take(c, &c->members[i], names);
	return r;
}

int vprep_pool_choose(const struct vprep_declared_device *declared,
		      struct vprep_pool_member *members, size_t n, unsigned count,
		      const char *asker, enum vprep_pools_asking asking, char ***names,
		      struct vprep_error *err)
{
	struct choice c = { declared, members, n, asker, asking, count };
	struct vprep_pool_member *m;
	int r = asking != VPREP_POOLS_ATTACH ? take_held(&c, names) : 0;

	while (r == 0 && c.wanted > 0 && (m = choose_one(&c)))
		r = take(&c, m, names);
	if (r < 0)
		return vprep_error_oom(err);
	return c.wanted > 0 ? refuse(&c, count, err) : 0;
}
