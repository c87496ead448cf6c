// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back by name, by owner, or everything attached by hand. */
#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "device/find.h"
#include "journal/owners.h"
#include "session/orphans.h"
#include "session/transaction.h"
#include "verb/release.h"

/* Bytes after which no more owners are listed. */
#define MOST_KNOWN 300

/* What each owner is to give back. */
struct list {
	size_t n;
	struct vprep_give_back *items;
};

static void list_done(struct list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		vprep_strv_free((char **)(uintptr_t)list->items[i].devices);
	free(list->items);
}

static bool is_manual(const struct vprep_journal *j)
{
	if (j->corrupt && !j->header.kind)
		return streq(j->id, "manual");
	return !j->header.kind || streq(j->header.kind, "manual");
}

/* @device NULL: all that the owner holds. */
static int add(struct list *list, const char *owner, const char *device)
{
	struct vprep_give_back *item;
	char **devices;
	size_t i;
	int r;

	for (i = 0; i < list->n && !streq(list->items[i].id, owner); i++)
		;
	item = i < list->n ? &list->items[i] : vprep_array_add(list->items, list->n);
	if (!item)
		return -ENOMEM;
	item->id = owner;
	devices = (char **)(uintptr_t)item->devices;
	r = device ? vprep_strv_add(&devices, device) : 0;
	item->devices = devices;
	return r;
}

static bool is_of(const struct vprep_orphan *o, const char *device)
{
	size_t i;

	for (i = 0; i < o->n_devices; i++)
		if (streq(o->devices[i], device))
			return true;
	return false;
}

static int refuse_unknown(const struct vprep_session *session, const char *owner,
			  const char *device, struct vprep_error *err)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	size_t i;
	int r = vprep_orphans_look(session, &orphans, err);

	for (i = 0; r == 0 && i < orphans.n; i++)
		if (is_of(&orphans.items[i], device))
			return vprep_error_set(
				err, VPREP_E_REFUSED, ENODEV, device,
				"%s was attached by %s and its record is gone; try: "
				"vfio-prep recover",
				device, orphans.items[i].owner);
	return r < 0 ? r
		     : vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, device,
				       "%s is not attached%s%.100s; 'vfio-prep status' "
				       "shows what is",
				       device, owner ? " by owner " : "",
				       owner ? owner : "");
}

static int refuse_others(const struct vprep_owner *holder, const char *device,
			 struct vprep_error *err)
{
	const struct vprep_journal *journal = holder->journal;
	_cleanup_free_ char *id = vprep_shell_word(journal->id);

	return id ? vprep_error_set(err, VPREP_E_OWNED, EBUSY, device,
				    "%s belongs to %s: it is given back with its owner, "
				    "by 'vfio-prep %s %s'",
				    device, holder->text,
				    vprep_str_same(journal->header.kind, "domain")
					    ? "release"
					    : "detach --owner",
				    id)
		  : vprep_error_oom(err);
}

/* Several owners may share a device. */
static bool is_held_by(const struct vprep_owners *owners, const char *owner,
		       const char *device)
{
	struct vprep_owned_step at = { 0 };

	while (vprep_owners_next(owners, &at))
		if (vprep_step_is_claim(at.step) && streq(at.step->device, device) &&
		    streq(at.owner->journal->id, owner))
			return true;
	return false;
}

static int find_holder(const struct vprep_session *session,
		       const struct vprep_owners *owners, const char *owner,
		       const char *device, struct list *list, struct vprep_error *err)
{
	const struct vprep_owner *holder = vprep_owners_of_device(owners, device);
	int r;

	if (!holder || (owner && !is_held_by(owners, owner, device))) {
		r = holder ? 0 : vprep_owners_refuse_corrupt(owners, err);
		return r < 0 ? r : refuse_unknown(session, owner, device, err);
	}
	if (!owner && !is_manual(holder->journal))
		return refuse_others(holder, device, err);
	return add(list, owner ? owner : holder->journal->id, device) < 0
		       ? vprep_error_oom(err)
		       : 0;
}

static int find_named(const struct vprep_session *session,
		      const struct vprep_owners *owners,
		      const struct vprep_detach_request *request, struct list *list,
		      struct vprep_error *err)
{
	const char *const *name;
	int r;

	for (name = request->names; *name; name++) {
		_cleanup_free_ char *device = NULL;

		r = vprep_device_held_name(session->io, *name, &device, err);
		if (r == 0)
			r = find_holder(session, owners, request->owner, device, list,
					err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* With the owners that there are: one of them may have been meant. */
static int refuse_whole(const struct vprep_owners *owners, const char *owner,
			struct vprep_error *err)
{
	_cleanup_buf_ struct vprep_buf known = { 0 };
	size_t i;

	for (i = 0; owner && i < owners->n && known.len < MOST_KNOWN; i++)
		vprep_buf_addf(&known, "%s'%s'", i ? ", " : "; owners are ",
			       owners->items[i].journal->id);
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, NULL,
			       owner ? "owner '%.100s' has nothing attached%s%s"
				     : "nothing is attached by hand%s%s%s",
			       owner ? owner : "", known.len > 0 ? known.data : "",
			       "; 'vfio-prep status' shows what is");
}

static int find_whole(const struct vprep_owners *owners,
		      const struct vprep_detach_request *request, struct list *list,
		      struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		const struct vprep_journal *j = owners->items[i].journal;
		bool wanted =
			request->owner ? streq(request->owner, j->id) : is_manual(j);

		if (wanted && add(list, j->id, NULL) < 0)
			return vprep_error_oom(err);
	}
	return list->n > 0 ? 0 : refuse_whole(owners, request->owner, err);
}

static int find(struct vprep_session *session, const struct vprep_detach_request *request,
		struct vprep_owners *owners, struct list *list, struct vprep_error *err)
{
	int r = vprep_owners_look(session->io, owners, err);

	if (r < 0)
		return r;
	return request->names && request->names[0]
		       ? find_named(session, owners, request, list, err)
		       : find_whole(owners, request, list, err);
}

/* A list that came out empty stands for nothing, and not for all there is. */
static int check_request(const struct vprep_detach_request *request,
			 struct vprep_error *err)
{
	if (request->all || (request->names ? request->names[0] : request->owner))
		return 0;
	return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "no device is named");
}

/* Who names a domain as the owner is told like who releases it. */
static int refuse_running(const struct vprep_session *session,
			  const struct vprep_owners *owners, const struct list *list,
			  struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		struct vprep_journal *journal =
			vprep_owners_journal(owners, list->items[i].id);

		if (journal)
			r = vprep_refuse_running(session, journal, err);
	}
	return r;
}

VPREP_EXPORT int vprep_detach(struct vprep_session *session,
			      const struct vprep_detach_request *request,
			      struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_(list_done) struct list list = { 0 };
	struct vprep_detach_request asked;
	size_t i;
	int r, result = 0;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = VPREP_INPUT_COPY(&asked, request, all, err);
	if (r == 0)
		r = check_request(&asked, err);
	if (r == 0)
		r = find(session, &asked, &owners, &list, err);
	if (r == 0)
		r = refuse_running(session, &owners, &list, err);
	if (r < 0)
		return r;
	for (i = 0; i < list.n; i++) {
		struct vprep_error one = { 0 };

		r = vprep_give_back(session, &list.items[i], &one);
		if (r == 0 || (result < 0 && one.code != VPREP_E_LEFT))
			continue;
		result = r;
		if (err) /* the worst of them: that something is left */
			*err = one;
	}
	return result;
}
