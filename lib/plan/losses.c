// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/check.h"

#include "common/cleanup.h"
#include "common/str.h"

static const char *const fates[] = {
	[VPREP_ACTION_BIND] = "is taken from the host",
	[VPREP_ACTION_PLACEHOLDER] = "becomes a placeholder",
	[VPREP_ACTION_UNBIND] = "is unbound for the time being",
};

static const char *const nothing[] = { NULL };

static const char *fate_of(const struct vprep_facts_member *m,
			   const struct vprep_attach_options *options)
{
	enum vprep_action action = vprep_member_action(m, options);

	return m->member->pci && m->member->pci->driver && !m->vfio &&
			       action < VPREP_ARRAY_SIZE(fates)
		       ? fates[action]
		       : NULL;
}

/* "0000:01:02.0 (e1000, ens5) becomes a placeholder". The uses are those that force takes
 * no notice of. */
static char *message_of(const struct vprep_loss *loss, const char *fate,
			const struct vprep_uses *uses)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	const char *const *name;
	char *message = NULL;
	size_t i;

	vprep_buf_addf(&buf, "%s (%s", loss->device, loss->driver);
	for (name = loss->names; *name; name++)
		vprep_buf_addf(&buf, ", %s", *name);
	vprep_buf_addf(&buf, ") %s", fate);
	for (i = 0; i < uses->n; i++)
		vprep_buf_addf(&buf, "%s%s",
			       i ? ", " : " while it is in use: ", uses->items[i].what);
	if (vprep_buf_take(&buf, &message) < 0)
		return NULL;
	vprep_str_make_printable(message);
	return message;
}

static const char *const *copy_names(char *const *names, struct vprep_pool *pool)
{
	char **copy = NULL;
	int r = 0;

	for (; r == 0 && *names; names++)
		r = vprep_strv_add(&copy, *names);
	if (r < 0) {
		vprep_strv_free(copy);
		copy = NULL;
	}
	return (const char *const *)vprep_pool_take_list(pool, copy);
}

static void fill(struct vprep_loss *loss, const struct vprep_facts_member *m,
		 const char *fate, struct vprep_pool *pool)
{
	*loss = (struct vprep_loss){
		.device = vprep_pool_dup(pool, m->member->name),
		.driver = vprep_pool_printable(pool, m->member->pci->driver),
		.names = nothing,
	};
	if (m->names && m->names[0])
		loss->names = copy_names(m->names, pool);
	if (loss->device && loss->driver && loss->names)
		loss->message = vprep_pool_take(pool, message_of(loss, fate, &m->uses));
	else
		pool->failed = true;
}

const struct vprep_loss *vprep_losses_list(const struct vprep_facts *facts,
					   const struct vprep_attach_options *options,
					   struct vprep_pool *pool, size_t *ret_n)
{
	struct vprep_facts_walk walk = { 0 };
	const struct vprep_facts_member *m;
	struct vprep_loss *losses;
	size_t n = 0, i = 0;

	while ((m = vprep_facts_next(facts, &walk)))
		n += fate_of(m, options) != NULL;
	losses = vprep_pool_alloc(pool, n + 1, sizeof(*losses));
	walk = (struct vprep_facts_walk){ 0 };
	while (losses && (m = vprep_facts_next(facts, &walk)))
		if (fate_of(m, options))
			fill(&losses[i++], m, fate_of(m, options), pool);
	*ret_n = i;
	return losses;
}
