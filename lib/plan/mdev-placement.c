// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/mdev-placement.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "model/step.h"

#define SHOWN_MAX 400 /* of a list of types or parents */

/* What is known of a parent for one mdev. */
struct candidate {
	const struct vprep_mdev_parent *parent;
	const struct vprep_mdev_type_facts *type;
	size_t of_type;	   /* instances, with those to come */
	size_t other_type; /* the same */
	unsigned left;
	const struct vprep_pending_mdev *taken_by; /* what leaves none */
};

struct placing {
	const struct vprep_facts *facts;
	struct vprep_facts_node *node;
	const struct vprep_mdev_definition *definition;
};

static bool is_made(const struct vprep_mdev_parent *parent, const char *device)
{
	size_t i;

	for (i = 0; i < parent->n_types; i++)
		if (vprep_strv_has(parent->types[i].instances, device))
			return true;
	return false;
}

static void take(struct candidate *c, const char *type,
		 const struct vprep_pending_mdev *by)
{
	bool same = streq(type, c->type->id);

	c->of_type += same;
	c->other_type += !same;
	/* a function carries one vGPU, whatever its type */
	if (!same && !c->parent->is_vgpu)
		return;
	if (c->left > 0 && --c->left == 0)
		c->taken_by = by;
}

/* What others are about to make, and what this request makes before. */
static void count_coming(const struct placing *p, struct candidate *c)
{
	const struct vprep_facts *s = p->facts;
	const struct vprep_facts_node *earlier;
	size_t i;

	for (i = 0; i < s->n_pending; i++)
		if (streq(s->pending[i].parent, c->parent->name) &&
		    !is_made(c->parent, s->pending[i].device))
			take(c, s->pending[i].type, &s->pending[i]);
	for (earlier = s->nodes; earlier < p->node; earlier++)
		if (earlier->parent && streq(earlier->parent, c->parent->name))
			take(c, earlier->type, NULL);
}

static struct candidate consider(const struct placing *p,
				 const struct vprep_mdev_parent *parent,
				 const struct vprep_mdev_type_facts *type)
{
	struct candidate c = { .parent = parent, .type = type, .left = type->available };

	c.of_type = vprep_strv_len(type->instances);
	c.other_type = vprep_mdev_count_instances(parent) - c.of_type;
	count_coming(p, &c);
	return c;
}

static bool is_mixed(const struct candidate *c)
{
	return c->parent->vendor == VPREP_VENDOR_NVIDIA && !c->parent->is_vgpu &&
	       c->other_type > 0;
}

/* It becomes a vGPU itself, so that there is no mdev of a UUID to give to anybody. */
static bool is_other_kind(const struct placing *p, const struct candidate *c)
{
	return c->parent->is_vgpu && p->node->device->match;
}

static bool suits(const struct placing *p, const struct candidate *c)
{
	const char *api = p->node->device->asked.mdev.api;

	return c->left > 0 && !is_mixed(c) && !is_other_kind(p, c) &&
	       (!api || !c->type->api || streq(api, c->type->api));
}

static bool is_better(const struct placing *p, const struct candidate *c,
		      const struct candidate *best)
{
	bool separate = p->definition->placement == VPREP_PLACEMENT_SEPARATE;

	if (!best->parent)
		return true;
	return separate ? best->of_type > 0 && c->of_type == 0
			: best->of_type == 0 && c->of_type > 0;
}

static bool is_wanted_parent(const struct placing *p,
			     const struct vprep_mdev_parent *parent)
{
	return !p->definition->parent || streq(p->definition->parent, parent->name);
}

/* Takes the strings; NULL for the message is ENOMEM. */
static int refuse(struct placing *p, enum vprep_code code, char *why, char *fix)
{
	p->node->no_placement.code = code;
	p->node->no_placement.why = why;
	p->node->no_placement.fix = fix;
	return why ? 0 : -ENOMEM;
}

static int add_word(struct vprep_buf *buf, char ***seen, const char *word)
{
	if (buf->len >= SHOWN_MAX)
		word = "...";
	if (vprep_strv_has(*seen, word))
		return 0;
	vprep_buf_addf(buf, "%s%s", buf->len ? ", " : "", word);
	return vprep_strv_add(seen, word);
}

/* The types that the wanted parents offer, or, without @types, the parents' names. */
static char *list(const struct placing *p, bool types)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_strv_ char **seen = NULL;
	char *text = NULL;
	size_t i, k;
	int r = 0;

	for (i = 0; i < p->facts->mdevs.n; i++) {
		const struct vprep_mdev_parent *parent = &p->facts->mdevs.items[i];

		if (!types)
			r = add_word(&buf, &seen, parent->name);
		for (k = 0; types && is_wanted_parent(p, parent) && r == 0 &&
			    k < parent->n_types;
		     k++)
			r = add_word(&buf, &seen, parent->types[k].id);
		if (r < 0)
			return NULL;
	}
	if (buf.len == 0)
		vprep_buf_add(&buf, "none");
	return vprep_buf_take(&buf, &text) < 0 ? NULL : text;
}

static int refuse_unknown(struct placing *p)
{
	const char *name = p->node->device->sysfs, *wanted = p->definition->parent;
	bool known = !wanted || vprep_mdev_find_parent(&p->facts->mdevs, wanted);
	_cleanup_free_ char *those = list(p, known);

	if (!those)
		return -ENOMEM;
	if (!known)
		return refuse(
			p, VPREP_E_NOT_FOUND,
			vprep_strf("mdev %s: there is no parent '%.60s' for mediated "
				   "devices; those that exist: %s",
				   name, wanted, those),
			vprep_strf("vfio-prep mdev types"));
	return refuse(p, VPREP_E_NOT_FOUND,
		      vprep_strf("mdev %s: %s%s has the type '%.60s'; the types that "
				 "exist: %s",
				 name, wanted ? "the parent " : "no parent on this host",
				 wanted ? wanted : "", p->definition->type, those),
		      vprep_strf("vfio-prep mdev types"));
}

static int refuse_full(struct placing *p, const struct candidate *c)
{
	const struct vprep_pending_mdev *by = c->taken_by;

	if (!by)
		return refuse(p, VPREP_E_IN_USE,
			      vprep_strf("mdev %s: no instance of type %s is left%s%s",
					 p->node->device->sysfs, c->type->id,
					 p->definition->parent ? " on " : " on this host",
					 p->definition->parent ? p->definition->parent
							       : ""),
			      vprep_strf("vfio-prep mdev types"));
	p->node->no_placement.is_passing = !by->interrupted;
	return refuse(
		p, VPREP_E_OWNED,
		vprep_strf("mdev %s: the last instance of type %s on %s is being "
			   "made for %s%s",
			   p->node->device->sysfs, c->type->id, by->parent, by->owner,
			   by->interrupted ? ", whose last operation was interrupted"
					   : ""),
		vprep_strf(by->interrupted ? "vfio-prep recover" : "vfio-prep status"));
}

/* @c is one that has the type, the one that tells most. */
static int refuse_candidate(struct placing *p, const struct candidate *c)
{
	const char *name = p->node->device->sysfs, *api = p->node->device->asked.mdev.api;

	if (api && c->type->api && !streq(api, c->type->api))
		return refuse(
			p, VPREP_E_UNSUPPORTED,
			vprep_strf("mdev %s: type %s makes devices for %s, and %s is "
				   "asked for",
				   name, c->type->id, c->type->api, api),
			vprep_strf("set model='%s' in the domain XML, or choose "
				   "another type",
				   c->type->api));
	if (is_other_kind(p, c))
		return refuse(
			p, VPREP_E_UNSUPPORTED,
			vprep_strf("mdev %s: the driver of %s makes no mediated devices: "
				   "virtual functions become vGPUs of type %s",
				   name, c->parent->name, c->type->id),
			vprep_strf("'vfio-prep mdev create --type %s', and give the "
				   "function that it names to the guest as a PCI device",
				   c->type->id));
	if (c->left > 0 && is_mixed(c))
		return refuse(
			p, VPREP_E_IN_USE,
			vprep_strf("mdev %s: %s carries another type than %s already, and "
				   "an NVIDIA card carries one type at a time",
				   name, c->parent->name, c->type->id),
			vprep_strf("vfio-prep mdev types"));
	return refuse_full(p, c);
}

static int place(struct placing *p)
{
	const struct vprep_mdev_parents *all = &p->facts->mdevs;
	struct candidate best = { 0 }, refused = { 0 };
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct vprep_mdev_type_facts *type;
		struct candidate c;

		type = vprep_mdev_find_type(&all->items[i], p->definition->type);
		if (!type || !is_wanted_parent(p, &all->items[i]))
			continue;
		c = consider(p, &all->items[i], type);
		if (suits(p, &c) && is_better(p, &c, &best))
			best = c;
		if (!refused.parent || (!refused.taken_by && c.taken_by))
			refused = c;
	}
	if (!best.parent)
		return refused.parent ? refuse_candidate(p, &refused) : refuse_unknown(p);
	p->node->parent = strdup(best.parent->name);
	p->node->type = strdup(best.type->id);
	if (best.parent->is_vgpu &&
	    !(p->node->held_as = vprep_strf(VPREP_STEP_MADE_VGPU "%s", p->node->parent)))
		return -ENOMEM;
	return p->node->parent && p->node->type ? 0 : -ENOMEM;
}

int vprep_mdev_placement_choose(struct vprep_facts *facts)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < facts->n_nodes; i++) {
		struct placing p = { facts, &facts->nodes[i],
				     &facts->nodes[i].device->definition };

		if (!facts->nodes[i].device->is_new)
			continue;
		vprep_facts_displace(p.node);
		r = place(&p);
	}
	return r;
}
