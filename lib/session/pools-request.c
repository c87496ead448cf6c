// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/pools-request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "device/find.h"
#include "journal/queue.h"
#include "model/device.h"
#include "session/pools.h"

bool vprep_pools_request_has(const char *const *names)
{
	for (; names && *names; names++)
		if (vprep_pool_is_name(*names))
			return true;
	return false;
}

int vprep_pools_request_names(const char *const *names, char ***ret)
{
	_cleanup_strv_ char **found = NULL;
	int r = 0;

	for (; r == 0 && *names; names++) {
		_cleanup_free_ char *name = strndup(*names, strcspn(*names, "*"));

		if (!name)
			return -ENOMEM;
		if (vprep_pool_is_name(name))
			r = vprep_strv_add(&found, name + 1);
	}
	if (r == 0)
		*ret = TAKE_PTR(found);
	return r;
}

/* ---- what is said for the whole request ---- */

static int refuse_mixed(const char *what, struct vprep_error *err)
{
	return vprep_error_set(
		err, VPREP_E_USAGE, EINVAL, NULL,
		"these devices are declared with different %s; attach them "
		"by one command each, or say --%s",
		what, what);
}

static char *user_of(const struct vprep_declared_device *d)
{
	return d->group ? vprep_strf("%s:%s", d->user, d->group) : strdup(d->user);
}

/* A request has one node owner and one mode: all its names must say the same, unless it
 * says that itself. The mode is of no concern where no node is given away. */
static int note(struct vprep_pools_request *request, const struct vprep_request *asked,
		const struct vprep_declared_device *d, bool is_first, bool gives_nodes,
		struct vprep_error *err)
{
	_cleanup_free_ char *user = d && d->user ? user_of(d) : NULL;
	const char *mode = d ? d->mode : NULL;

	if (d && d->user && !user)
		return vprep_error_oom(err);
	if (!is_first && !asked->user && !vprep_str_same(user, request->user))
		return refuse_mixed("user", err);
	if (gives_nodes && !is_first && !asked->mode &&
	    !vprep_str_same(mode, request->mode))
		return refuse_mixed("mode", err);
	if (is_first) {
		request->user = TAKE_PTR(user);
		request->mode = mode;
	}
	return 0;
}

int vprep_pools_request_begin(const struct vprep_session *session,
			      const struct vprep_request *asked, const char *const *names,
			      bool gives_nodes, struct vprep_pools_request *ret,
			      struct vprep_error *err)
{
	struct vprep_pools_request request = { NULL };
	size_t i;
	int r;

	r = vprep_declared_read(session->io, session->config->declared_dirs,
				&request.declared, err);
	for (i = 0; r == 0 && names[i]; i++) {
		const struct vprep_declared_device *d = NULL;
		unsigned count;

		if (vprep_pool_is_name(names[i]))
			r = vprep_pool_parse(request.declared, names[i], &d, &count, err);
		if (r == 0)
			r = note(&request, asked, d, i == 0, gives_nodes, err);
	}
	if (r < 0) {
		vprep_pools_request_done(&request);
		return r;
	}
	*ret = request;
	return 0;
}

/* ---- which devices ---- */

/* The device that another name than an address means. One that means none is told of when
 * the devices are looked for. */
static int add_found(struct vprep_io *io, const char *name, char ***names)
{
	_cleanup_(vprep_devices_done) struct vprep_devices devices = { 0 };
	const char *const one[] = { name, NULL };
	size_t i;
	int r = vprep_devices_find_named(io, one, NULL, &devices, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (i = 0; r == 0 && i < devices.n; i++)
		r = vprep_strv_add(names, devices.items[i].name);
	return r;
}

/* What is named itself is found first, so that nobody chooses it. */
static int collect_named(struct vprep_io *io, const char *const *names, char ***ret)
{
	struct vprep_device device;
	int r = 0;

	for (; r == 0 && *names; names++) {
		if (vprep_pool_is_name(*names))
			continue;
		if (vprep_device_parse_name(*names, &device, NULL) == 0 &&
		    device.kind == &vprep_kind_pci && !device.asked.pci.netdev)
			r = vprep_strv_add(
				ret, vprep_pci_address_text(device.asked.pci.address).s);
		else
			r = add_found(io, *names, ret);
	}
	return r;
}

static void mark_chosen(struct vprep_pool_member *members, size_t n, char *const *names)
{
	size_t i;

	for (i = 0; i < n; i++)
		members[i].chosen = vprep_strv_has(names, members[i].name);
}

static int add(struct vprep_pools_request *request, const char *name,
	       const struct vprep_declared_device *by)
{
	struct vprep_pools_by *slot = vprep_array_add(request->by, request->n);

	if (!slot)
		return -ENOMEM;
	slot->device = by;
	return vprep_strv_add(&request->names, name);
}

struct choosing {
	struct vprep_pool_look look;
	struct vprep_pools_request *request;
	const char *asker;
	enum vprep_pools_asking asking;
	char **taken; /* named or chosen */
};

/* Who came later does not go before those who wait. */
static int check_turn(struct choosing *c, const char *name, struct vprep_error *err)
{
	struct vprep_queue_ahead ahead = { 0 };
	char first[sizeof(", pid 2147483647 first")] = "";
	int r;

	r = vprep_queue_look(c->look.session->io, name, c->request->place, &ahead);
	if (r == -EACCES || r == -EPERM) /* not root: judge the devices alone */
		r = 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot find out who waits for @%s: %s", name,
				       strerror(-r));
	if (ahead.n == 0)
		return 0;
	c->request->is_short = true;
	/* he may have left meanwhile, or be of another pid namespace */
	if (ahead.first > 0)
		snprintf(first, sizeof(first), ", pid %d first", (int)ahead.first);
	return vprep_error_set(err, VPREP_E_OWNED, EBUSY, NULL,
			       "@%s: %u wait for it already%s%s", name, ahead.n, first,
			       c->asking == VPREP_POOLS_ATTACH
				       ? "; --wait 10m stands in line behind them"
				       : "");
}

/* Who only wants what he has is in nobody's way. */
static bool takes_more(const struct choosing *c, const struct vprep_pool_member *members,
		       size_t n, unsigned count)
{
	return c->asking == VPREP_POOLS_ATTACH ||
	       (c->asking == VPREP_POOLS_DOMAIN &&
		vprep_pool_count_held(members, n, c->asker) < count);
}

static int choose(struct choosing *c, const char *text, struct vprep_error *err)
{
	const struct vprep_declared_device *declared;
	struct vprep_pool_member *members;
	_cleanup_strv_ char **names = NULL;
	unsigned count;
	size_t n, i;
	int r;

	r = vprep_pool_parse(c->look.declared, text, &declared, &count, err);
	if (r == 0)
		r = vprep_pool_members(&c->look, declared, &members, &n, err);
	if (r < 0)
		return r;
	mark_chosen(members, n, c->taken);
	if (takes_more(c, members, n, count))
		r = check_turn(c, declared->name, err);
	if (r < 0)
		return r;
	r = vprep_pool_choose(declared, members, n, count, c->asker, c->asking, &names,
			      err);
	c->request->is_short |= r == -EBUSY;
	if (r < 0)
		return r;
	for (i = 0; r == 0 && names[i]; i++) {
		r = add(c->request, names[i], declared);
		if (r == 0)
			r = vprep_strv_add(&c->taken, names[i]);
	}
	return r < 0 ? vprep_error_oom(err) : 0;
}

static void forget_choice(struct vprep_pools_request *request)
{
	vprep_strv_free(request->names);
	free(request->by);
	request->names = NULL;
	request->by = NULL;
	request->n = 0;
}

void vprep_pools_request_note(const struct vprep_declared_device *declared,
			      struct vprep_device_asked *asked)
{
	const struct vprep_config_device *policy = &declared->policy;

	if (policy->d3cold || policy->power_control || policy->reset_method)
		asked->pci.policy = policy;
	if (!asked->pci.driver)
		asked->pci.driver = declared->driver;
}

int vprep_pools_request_choose(struct vprep_session *session,
			       const struct vprep_owners *owners,
			       const char *const *names, const char *asker,
			       enum vprep_pools_asking asking,
			       struct vprep_pools_request *request,
			       struct vprep_error *err)
{
	struct choosing c = {
		.look = { .session = session,
			  .declared = request->declared,
			  .owners = owners },
		.request = request,
		.asker = asker,
		.asking = asking,
	};
	int r;

	forget_choice(request);
	request->is_short = false;
	r = vprep_pool_look_begin(&c.look, err);
	if (r == 0 && collect_named(session->io, names, &c.taken) < 0)
		r = vprep_error_oom(err);
	for (; r == 0 && *names; names++) {
		if (vprep_pool_is_name(*names))
			r = choose(&c, *names, err);
		else if (add(request, *names, NULL) < 0)
			r = vprep_error_oom(err);
	}
	vprep_strv_free(c.taken);
	vprep_pool_look_done(&c.look);
	return r;
}

void vprep_pools_request_done(struct vprep_pools_request *request)
{
	forget_choice(request);
	vprep_declared_free(request->declared);
	free(request->user);
	*request = (struct vprep_pools_request){ NULL };
}
