// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/identity.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/sriov.h"
#include "session/pools.h"

#define VALUES_SHOWN_MAX 3
#define LINES_SHOWN_MAX 3

struct comparing {
	struct vprep_match_devices *devices;
	const struct vprep_config_device *said; /* of the address */
	struct vprep_match_device *device;	/* that is there */
};

static int fits_any(const struct comparing *c, struct vprep_match_device *device)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < c->said->n_matches; i++)
		r = vprep_match_fits(c->devices, &c->said->matches[i].match, NULL,
				     device);
	return r;
}

/* ---- in words ---- */

static int add_value(struct vprep_match_devices *devices,
		     struct vprep_match_device *device, enum vprep_match_key key,
		     struct vprep_buf *to)
{
	bool hidden = key == VPREP_MATCH_SERIAL && geteuid() != 0;
	char *const *values;
	size_t i;
	int r = vprep_match_values(devices, device, key, &values);

	if (r < 0)
		return r;
	vprep_buf_addf(to, "%s%s=", to->len > 0 ? " " : "", vprep_match_key_name(key));
	if (!values)
		vprep_buf_add(to, hidden ? "(only root may read it)" : "(none)");
	for (i = 0; values && values[i] && i < VALUES_SHOWN_MAX; i++)
		vprep_buf_addf(to, "%s%.60s", i ? "," : "", values[i]);
	return 0;
}

/* "vendor=8086 serial=00-11": what a device is, in these words. */
static int add_values(struct vprep_match_devices *devices,
		      struct vprep_match_device *device,
		      const bool wanted[VPREP_MATCH_KEYS], struct vprep_buf *to)
{
	int key, r = 0;

	for (key = 0; r == 0 && key < VPREP_MATCH_KEYS; key++)
		if (wanted[key])
			r = add_value(devices, device, (enum vprep_match_key)key, to);
	return r;
}

/* "/etc/vfio-prep.conf:12 says (match = serial=A | serial=B; it is serial=C)" */
static int add_said(const struct comparing *c, struct vprep_buf *to)
{
	_cleanup_buf_ struct vprep_buf texts = { 0 }, is = { 0 };
	bool wanted[VPREP_MATCH_KEYS] = { false };
	size_t i, key;
	int r;

	for (i = 0; i < c->said->n_matches; i++) {
		const struct vprep_config_match *m = &c->said->matches[i];

		for (key = 0; key < VPREP_MATCH_KEYS; key++)
			wanted[key] |= m->match.patterns[key] != NULL;
		if (i >= LINES_SHOWN_MAX)
			continue;
		vprep_buf_addf(to, "%s%s:%u", i ? ", " : "", m->file, m->line);
		vprep_buf_addf(&texts, "%s%.100s", i ? " | " : "", m->text);
	}
	r = add_values(c->devices, c->device, wanted, &is);
	if (texts.failed || is.failed)
		r = -ENOMEM;
	if (r == 0)
		vprep_buf_addf(to, " says (match = %s; it is %s)", texts.data, is.data);
	return r;
}

/* Where the device is by now that the configuration means. */
static int find_right_one(const struct comparing *c, struct vprep_buf *to)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < c->devices->n; i++) {
		r = fits_any(c, &c->devices->items[i]);
		if (r == 1)
			vprep_buf_addf(to,
				       "name %s, which is that one now, and give the "
				       "section its address",
				       c->devices->items[i].text.s);
	}
	if (r == 0)
		vprep_buf_add(to, "correct the line if this is the right device; no "
				  "other one of this host is that one");
	return r < 0 ? r : 0;
}

static int describe(const struct comparing *c, struct vprep_pool *pool,
		    struct vprep_mismatch *ret)
{
	_cleanup_buf_ struct vprep_buf what = { 0 }, fix = { 0 };
	int r;

	vprep_buf_addf(&what, "%s is not the device that ", c->device->text.s);
	r = add_said(c, &what);
	if (r == 0)
		r = find_right_one(c, &fix);
	if (r == 0 && (what.failed || fix.failed))
		r = -ENOMEM;
	if (r < 0)
		return r;
	ret->what = vprep_pool_printable(pool, what.data);
	ret->fix = vprep_pool_printable(pool, fix.data);
	return pool->failed ? -ENOMEM : 1;
}

/* ---- comparing ---- */

int vprep_identity_of(const struct vprep_session *session,
		      struct vprep_match_devices *devices,
		      struct vprep_pci_address address, struct vprep_pool *pool,
		      struct vprep_mismatch *ret)
{
	const struct comparing c = {
		.devices = devices,
		.said = vprep_config_find_device(session->config, address),
		.device = vprep_match_device_at(devices, address),
	};
	int r;

	/* one that is not there is refused for that */
	if (!c.said || c.said->n_matches == 0 || !c.device)
		return 0;
	r = fits_any(&c, c.device);
	return r < 0 ? r : r == 1 ? 0 : describe(&c, pool, ret);
}

static bool says_anything(const struct vprep_config *config)
{
	size_t i;

	for (i = 0; i < config->n_devices; i++)
		if (config->devices[i].n_matches > 0)
			return true;
	return false;
}

static int fail(int r, struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
			       "cannot find out which devices these are: %s",
			       vprep_vf_strerror(r));
}

int vprep_identity_check(const struct vprep_session *session,
			 struct vprep_pci_address address, struct vprep_error *err)
{
	_cleanup_(vprep_match_devices_done) struct vprep_match_devices devices = { 0 };
	_cleanup_pool_ struct vprep_pool pool = { 0 };
	struct vprep_mismatch other = { NULL };
	int r;

	if (!says_anything(session->config))
		return 0;
	r = vprep_match_devices_list(session->io, &devices);
	if (r == 0)
		r = vprep_identity_of(session, &devices, address, &pool, &other);
	if (r < 0)
		return fail(r, err);
	return r == 0 ? 0
		      : vprep_error_set(err, VPREP_E_REFUSED, EPERM,
					vprep_pci_address_text(address).s, "%s; try: %s",
					other.what, other.fix);
}

/* ---- the facts of a request ---- */

static int note_parents(const struct vprep_session *session,
			struct vprep_match_devices *devices, struct vprep_facts *facts)
{
	struct vprep_pci_address address;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < facts->mdevs.n; i++)
		if (vprep_pci_address_parse(facts->mdevs.items[i].name, &address) == 0)
			r = vprep_identity_of(session, devices, address, &facts->pool,
					      &facts->mdevs.items[i].other);
	return r < 0 ? r : 0;
}

static int note(const struct vprep_session *session, struct vprep_match_devices *devices,
		struct vprep_facts *facts)
{
	struct vprep_facts_walk walk = { 0 };
	struct vprep_facts_member *m;
	size_t i;
	int r = 0;

	while (r >= 0 && (m = vprep_facts_next(facts, &walk)))
		if (m->device && m->member->pci)
			r = vprep_identity_of(session, devices, m->member->pci->address,
					      &facts->pool, &m->other);
	for (i = 0; r >= 0 && i < facts->n_ungrouped; i++)
		r = vprep_identity_of(session, devices, facts->ungrouped[i].pci->address,
				      &facts->pool, &facts->ungrouped[i].other);
	return r < 0 ? r : note_parents(session, devices, facts);
}

/* ---- by declared names ---- */

static int describe_unnamed(struct vprep_pool_look *look,
			    const struct vprep_declared_device *declared,
			    struct vprep_match_device *device, struct vprep_pool *pool,
			    struct vprep_mismatch *ret)
{
	_cleanup_buf_ struct vprep_buf is = { 0 };
	_cleanup_free_ char *what = NULL;
	bool wanted[VPREP_MATCH_KEYS] = { false };
	size_t i, key;
	int r;

	for (i = 0; i < declared->n_matches; i++)
		for (key = 0; key < VPREP_MATCH_KEYS; key++)
			wanted[key] |= declared->matches[i].patterns[key] != NULL;
	r = add_values(&look->devices, device, wanted, &is);
	if (r < 0 || is.failed)
		return r < 0 ? r : -ENOMEM;
	what = vprep_strf("%s is no @%s any more: [device %s] in %s does not mean it (it "
			  "is %s)",
			  device->text.s, declared->name, declared->name, declared->file,
			  is.data);
	if (!what)
		return -ENOMEM;
	ret->what = vprep_pool_printable(pool, what);
	ret->fix = "'vfio-prep fill' again, which chooses another one, and define the "
		   "domain from what it prints";
	return pool->failed ? -ENOMEM : 0;
}

static int note_name(struct vprep_pool_look *look, struct vprep_facts *facts,
		     const struct vprep_device *d, struct vprep_mismatch *other,
		     struct vprep_error *err)
{
	const struct vprep_declared_device *declared;
	struct vprep_match_device *device;
	int r;

	if (!d || !d->asked.pci.declared || other->what)
		return 0;
	declared = vprep_declared_find(look->declared, d->asked.pci.declared);
	device = vprep_match_device_at(&look->devices, d->pci);
	if (!declared || !device)
		return 0;
	r = vprep_pool_has(look, declared, d->pci, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = describe_unnamed(look, declared, device, &facts->pool, other);
	return r < 0 ? fail(r, err) : 0;
}

static int note_names(struct vprep_session *session,
		      const struct vprep_declared *declared, struct vprep_facts *facts,
		      struct vprep_error *err)
{
	struct vprep_pool_look look = { .session = session, .declared = declared };
	struct vprep_facts_walk walk = { 0 };
	struct vprep_facts_member *m;
	int r = vprep_pool_look_begin(&look, err);

	while (r == 0 && (m = vprep_facts_next(facts, &walk)))
		if (m->member->pci)
			r = note_name(&look, facts, m->device, &m->other, err);
	vprep_pool_look_done(&look);
	return r;
}

int vprep_identity_note(struct vprep_session *session,
			const struct vprep_declared *declared, struct vprep_facts *facts,
			struct vprep_error *err)
{
	_cleanup_(vprep_match_devices_done) struct vprep_match_devices devices = { 0 };
	int r = 0;

	if (says_anything(session->config)) {
		r = vprep_match_devices_list(session->io, &devices);
		if (r == 0)
			r = note(session, &devices, facts);
	}
	if (r < 0)
		return fail(r, err);
	return declared ? note_names(session, declared, facts, err) : 0;
}
