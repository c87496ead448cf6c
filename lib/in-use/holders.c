// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that have a device's nodes open: for the kinds of use that show in them. */
#include <errno.h>

#include "common/clock.h"
#include "common/str.h"
#include "host/process-name.h"
#include "in-use/internal.h"

/* udevd looks into a new device, and into a disk that was written to. How often it is
 * waited for during a scan, with that pause, until it counts as a user, too. */
#define UDEVD_LOOKS 40
#define UDEVD_PAUSE_MS 50

int vprep_in_use_load_holders(struct vprep_in_use *scan)
{
	int r;

	if (scan->holders_loaded)
		return 0;
	r = vprep_holders_scan(scan->io, &scan->holders);
	scan->holders_loaded = r == 0;
	return r;
}

/* The holders are by node: a process with several nodes comes several times. */
static bool is_counted(const struct vprep_holders *holders, size_t at, char *const *nodes)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (holders->items[i].pid == holders->items[at].pid &&
		    vprep_strv_has(nodes, holders->items[i].node))
			return true;
	return false;
}

/* The first process that has one of the nodes open, its name, and how many there are. */
struct found {
	const struct vprep_holder *first;
	struct vprep_process_name name;
	size_t n;
};

/* All were found at once, some time ago. */
static bool has_ended(const struct vprep_in_use *scan, const struct vprep_holder *holder)
{
	return vprep_io_exists(scan->io, VPREP_PROC, "%d", (int)holder->pid) == 0;
}

/* @ret_udevd: whether one of them is of udevd. */
static int find(struct vprep_in_use *scan, char *const *nodes, struct found *ret,
		bool *ret_udevd)
{
	const struct vprep_holders *holders = &scan->holders;
	size_t i;
	int r;

	*ret = (struct found){ 0 };
	*ret_udevd = false;
	r = vprep_in_use_load_holders(scan);
	for (i = 0; r == 0 && i < holders->n; i++) {
		_cleanup_(vprep_process_name_done) struct vprep_process_name name = { 0 };

		if (!vprep_strv_has(nodes, holders->items[i].node) ||
		    is_counted(holders, i, nodes) || has_ended(scan, &holders->items[i]))
			continue;
		r = vprep_process_name_read(scan->io, holders->items[i].pid, &name);
		*ret_udevd |= name.is_of_udevd;
		if (r == 0 && ret->n++ == 0) {
			ret->first = &holders->items[i];
			ret->name = name;
			name = (struct vprep_process_name){ 0 };
		}
	}
	return r;
}

static int look(struct vprep_in_use *scan, char *const *nodes, struct found *ret)
{
	bool udevd;
	int r;

	for (;; scan->n_looks++) {
		r = find(scan, nodes, ret, &udevd);
		if (r < 0 || !udevd || !scan->io->live || scan->n_looks == UDEVD_LOOKS)
			return r;
		vprep_process_name_done(&ret->name);
		vprep_holders_done(&scan->holders);
		scan->holders_loaded = false;
		vprep_sleep_ms(UDEVD_PAUSE_MS);
	}
}

static int add_use(const struct found *found, struct vprep_uses *uses)
{
	_cleanup_free_ char *who = vprep_process_text(found->first->pid, &found->name);
	char *what, *fix;
	int r;

	if (!who)
		return -ENOMEM;
	what = found->n > 1 ? vprep_strf("%s and %zu more have /dev/%s open", who,
					 found->n - 1, found->first->node)
			    : vprep_strf("%s has /dev/%s open", who, found->first->node);
	fix = found->name.guest ? vprep_strf("stop guest %s", found->name.guest)
				: vprep_strf("end pid %d", (int)found->first->pid);
	r = vprep_uses_add(uses, false, what, fix);
	if (r == 0)
		uses->items[uses->n - 1].is_open = true;
	return r;
}

int vprep_uses_add_holders(struct vprep_in_use *scan, char *const *nodes,
			   struct vprep_uses *uses)
{
	struct found found = { 0 };
	int r;

	r = nodes ? look(scan, nodes, &found) : 0;
	if (r == 0 && found.n > 0)
		r = add_use(&found, uses);
	vprep_process_name_done(&found.name);
	return r;
}

int vprep_in_use_node(struct vprep_in_use *scan, const char *node,
		      struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;

	return vprep_strv_add(&nodes, node) < 0
		       ? -ENOMEM
		       : vprep_uses_add_holders(scan, nodes, uses);
}
