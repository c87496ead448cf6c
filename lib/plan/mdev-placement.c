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
	const struct vprep_pending_mdev *taken_by; /* it takes the last instance */
};

struct placing {
	const struct vprep_facts *facts;
	struct vprep_device *device;
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

/* Counts the mdevs that others are about to make, and those that come earlier in this
 * request. */
static void count_coming(const struct placing *p, struct candidate *c)
{
	const struct vprep_facts *s = p->facts;
	const struct vprep_device *earlier;
	size_t i;

	for (i = 0; i < s->n_pending; i++)
		if (streq(s->pending[i].parent, c->parent->name) &&
		    !is_made(c->parent, s->pending[i].device))
			take(c, s->pending[i].type, &s->pending[i]);
	for (earlier = s->devices->items; earlier < p->device; earlier++)
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

/* A function becomes a vGPU itself: there is no mdev with a UUID, which a device that is
 * to be given to a guest must have. */
static bool is_other_kind(const struct placing *p, const struct candidate *c)
{
	return c->parent->is_vgpu && p->device->match;
}

/* A domain asks for devices of one API. */
static bool is_other_api(const struct placing *p, const struct candidate *c)
{
	const char *api = p->device->asked.mdev.api;

	return api && c->type->api && !streq(api, c->type->api);
}

static bool suits(const struct placing *p, const struct candidate *c)
{
	return c->left > 0 && !is_mixed(c) && !is_other_kind(p, c) && !is_other_api(p, c);
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

static struct vprep_pool *pool_of(const struct placing *p)
{
	return &p->facts->devices->pool;
}

static void refuse(const struct placing *p, enum vprep_code code, const char *why,
		   const char *fix)
{
	p->device->no_placement.code = code;
	p->device->no_placement.why = why;
	p->device->no_placement.fix = fix;
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
static const char *list(const struct placing *p, bool types)
{
	_cleanup_strv_ char **seen = NULL;
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *text = NULL;
	size_t i, k;
	int r = 0;

	for (i = 0; r == 0 && i < p->facts->mdevs.n; i++) {
		const struct vprep_mdev_parent *parent = &p->facts->mdevs.items[i];

		if (!types)
			r = add_word(&buf, &seen, parent->name);
		for (k = 0; types && is_wanted_parent(p, parent) && r == 0 &&
			    k < parent->n_types;
		     k++)
			r = add_word(&buf, &seen, parent->types[k].id);
	}
	if (buf.len == 0)
		vprep_buf_add(&buf, "none");
	if (r == 0)
		vprep_buf_take(&buf, &text);
	return vprep_pool_take(pool_of(p), text);
}

static void refuse_unknown(const struct placing *p)
{
	const char *name = p->device->sysfs, *wanted = p->definition->parent;
	bool known = !wanted || vprep_mdev_find_parent(&p->facts->mdevs, wanted);
	const char *those = list(p, known);
	char *why;

	if (known)
		why = vprep_pool_strf(
			pool_of(p),
			"mdev %s: %s%s has the type '%.60s'; the types that exist: %s",
			name, wanted ? "the parent " : "no parent on this host",
			wanted ? wanted : "", p->definition->type, those);
	else
		why = vprep_pool_strf(
			pool_of(p),
			"mdev %s: there is no parent '%.60s' for mediated devices; "
			"those that exist: %s",
			name, wanted, those);
	refuse(p, VPREP_E_NOT_FOUND, why, "vfio-prep mdev types");
}

static void refuse_full(const struct placing *p, const struct vprep_mdev_type_facts *type)
{
	const char *parent = p->definition->parent;

	refuse(p, VPREP_E_IN_USE,
	       vprep_pool_strf(pool_of(p), "mdev %s: no instance of type %s is left%s%s",
			       p->device->sysfs, type->id,
			       parent ? " on " : " on this host", parent ? parent : ""),
	       "vfio-prep mdev types");
}

static void refuse_taken(const struct placing *p,
			 const struct vprep_mdev_type_facts *type,
			 const struct vprep_pending_mdev *by)
{
	const char *interrupted =
		by->interrupted ? ", whose last operation was interrupted" : "";

	p->device->no_placement.is_passing = !by->interrupted;
	refuse(p, VPREP_E_OWNED,
	       vprep_pool_strf(pool_of(p),
			       "mdev %s: the last instance of type %s on %s is being "
			       "made for %s%s",
			       p->device->sysfs, type->id, by->parent, by->owner,
			       interrupted),
	       by->interrupted ? "vfio-prep recover" : "vfio-prep status");
}

static void refuse_api(const struct placing *p, const struct vprep_mdev_type_facts *type)
{
	refuse(p, VPREP_E_UNSUPPORTED,
	       vprep_pool_strf(pool_of(p),
			       "mdev %s: type %s makes devices for %s, and %s is asked "
			       "for",
			       p->device->sysfs, type->id, type->api,
			       p->device->asked.mdev.api),
	       vprep_pool_strf(pool_of(p),
			       "set model='%s' in the domain XML, or choose another type",
			       type->api));
}

static void refuse_vgpu(const struct placing *p, const struct candidate *c)
{
	refuse(p, VPREP_E_UNSUPPORTED,
	       vprep_pool_strf(pool_of(p),
			       "mdev %s: the driver of %s makes no mediated devices: "
			       "virtual functions become vGPUs of type %s",
			       p->device->sysfs, c->parent->name, c->type->id),
	       vprep_pool_strf(pool_of(p),
			       "'vfio-prep mdev create --type %s', and give the function "
			       "that it names to the guest as a PCI device",
			       c->type->id));
}

static void refuse_mixed(const struct placing *p, const struct candidate *c)
{
	refuse(p, VPREP_E_IN_USE,
	       vprep_pool_strf(pool_of(p),
			       "mdev %s: %s carries another type than %s already, and an "
			       "NVIDIA card carries one type at a time",
			       p->device->sysfs, c->parent->name, c->type->id),
	       "vfio-prep mdev types");
}

/* @c has the type. Of several such parents it is the one whose reason helps most. */
static void refuse_candidate(const struct placing *p, const struct candidate *c)
{
	if (is_other_api(p, c))
		refuse_api(p, c->type);
	else if (is_other_kind(p, c))
		refuse_vgpu(p, c);
	else if (c->left > 0 && is_mixed(c))
		refuse_mixed(p, c);
	else if (c->taken_by)
		refuse_taken(p, c->type, c->taken_by);
	else
		refuse_full(p, c->type);
}

static void refuse_denied(const struct placing *p, const struct vprep_mdev_parent *parent)
{
	if (!parent->is_denied) {
		refuse(p, VPREP_E_REFUSED,
		       vprep_pool_strf(pool_of(p), "mdev %s: its parent %s",
				       p->device->sysfs, parent->other.what),
		       parent->other.fix);
		return;
	}
	refuse(p, VPREP_E_REFUSED,
	       vprep_pool_strf(
		       pool_of(p),
		       "mdev %s: its parent %s is never to be touched (deny, in the "
		       "configuration)",
		       p->device->sysfs, parent->name),
	       NULL);
}

static void choose_parent(const struct placing *p)
{
	const struct vprep_mdev_parents *all = &p->facts->mdevs;
	struct candidate best = { 0 }, refused = { 0 };
	const struct vprep_mdev_parent *denied = NULL;
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct vprep_mdev_type_facts *type;
		struct candidate c;

		type = vprep_mdev_find_type(&all->items[i], p->definition->type);
		if (!type || !is_wanted_parent(p, &all->items[i]))
			continue;
		if (all->items[i].is_denied || all->items[i].other.what) {
			denied = &all->items[i];
			continue;
		}
		c = consider(p, &all->items[i], type);
		if (suits(p, &c) && is_better(p, &c, &best))
			best = c;
		if (!refused.parent || (!refused.taken_by && c.taken_by))
			refused = c;
	}
	if (!best.parent) {
		if (refused.parent)
			refuse_candidate(p, &refused);
		else if (denied)
			refuse_denied(p, denied);
		else
			refuse_unknown(p);
		return;
	}
	p->device->parent = vprep_pool_dup(pool_of(p), best.parent->name);
	p->device->type = vprep_pool_dup(pool_of(p), best.type->id);
	if (best.parent->is_vgpu)
		p->device->held_as = vprep_pool_strf(
			pool_of(p), VPREP_STEP_MADE_VGPU "%s", best.parent->name);
}

int vprep_mdev_placement_choose(struct vprep_facts *facts)
{
	size_t i;

	for (i = 0; i < facts->devices->n && !facts->devices->pool.failed; i++) {
		struct vprep_device *d = &facts->devices->items[i];
		const struct placing p = { facts, d, &d->definition };

		if (!d->is_new)
			continue;
		d->parent = d->type = d->held_as = NULL;
		d->no_placement = (struct vprep_no_placement){ 0 };
		choose_parent(&p);
	}
	return facts->devices->pool.failed ? -ENOMEM : 0;
}
