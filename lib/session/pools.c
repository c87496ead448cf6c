// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices have a declared name, and whether they can be had. */
#include "session/pools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "host/sriov.h"
#include "host/pci.h"
#include "in-use/in-use.h"
#include "session/deny.h"
#include "session/identity.h"

int vprep_pool_look_begin(struct vprep_pool_look *look, struct vprep_error *err)
{
	int r = vprep_match_devices_list(look->session->io, &look->devices);

	if (r == 0) {
		look->searches = calloc(look->devices.n + 1, sizeof(*look->searches));
		r = look->searches ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = vprep_in_use_new(look->session->io, &look->in_use);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot list the PCI devices: %s", strerror(-r))
		     : 0;
}

void vprep_pool_look_done(struct vprep_pool_look *look)
{
	vprep_match_devices_done(&look->devices);
	free(look->searches);
	look->searches = NULL;
	vprep_in_use_free(look->in_use);
	look->in_use = NULL;
	vprep_pool_done(&look->memory);
}

/* ---- whether it can be had ---- */

static void stays(struct vprep_pool_member *m, const char *why)
{
	m->state = VPREP_HOST_DEVICE_STAYS;
	m->why = why;
}

static int note_denial(struct vprep_pool_look *look, struct vprep_pool_member *m)
{
	_cleanup_free_ char *link = vprep_strf("bus/pci/devices/%s", m->name);
	struct vprep_pci_text by;
	int r = link ? vprep_deny_find(look->session, link, &by) : -ENOMEM;

	if (r > 0 || vprep_config_denies(look->session->config, m->address))
		stays(m, "the configuration denies it");
	return r < 0 ? r : 0;
}

/* It has the name, but is not what the configuration says of its address. */
static int note_other(struct vprep_pool_look *look, struct vprep_pool_member *m)
{
	struct vprep_mismatch other = { NULL };
	int r = vprep_identity_of(look->session, &look->devices, m->address,
				  &look->memory, &other);

	if (r == 1)
		stays(m, other.what);
	return r < 0 ? r : 0;
}

static int note_use(struct vprep_pool_look *look, const struct vprep_pci_device *pci,
		    struct vprep_pool_member *m)
{
	_cleanup_(vprep_uses_done) struct vprep_uses uses = { 0 };
	int r = vprep_in_use_of(look->in_use, pci, &uses);

	if (r < 0 || uses.n == 0)
		return r;
	m->state = VPREP_HOST_DEVICE_IN_USE;
	m->why = vprep_pool_printable(&look->memory, uses.items[0].what);
	return 0;
}

static void note_owner(struct vprep_pool_look *look, const struct vprep_pci_device *pci,
		       struct vprep_pool_member *m)
{
	m->owner = vprep_owners_of_device(look->owners, m->name);
	if (!m->owner) {
		struct vprep_pci_text pf = vprep_pci_address_text(pci->physfn);

		m->owner = vprep_owners_beside(look->owners, pci->group,
					       pci->has_physfn ? pf.s : NULL);
		m->is_by_group = m->owner != NULL;
	}
	if (m->owner)
		m->state = VPREP_HOST_DEVICE_OWNED;
}

/* One that goes away meanwhile stays out of reach. */
static int look_at(struct vprep_pool_look *look, struct vprep_pool_member *m)
{
	_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *pci = NULL;
	struct vprep_match_device *device =
		vprep_match_device_at(&look->devices, m->address);
	char *const *node;
	uint64_t number;
	int r;

	r = vprep_match_values(&look->devices, device, VPREP_MATCH_NUMA, &node);
	if (r == 0 && node && vprep_parse_u64(node[0], 10, INT32_MAX, &number) == 0)
		m->numa_node = (int)number;
	if (r == 0)
		r = vprep_pci_device_read(look->session->io, m->address, &pci);
	if (r == -ENODEV) {
		stays(m, "it is gone");
		return 0;
	}
	if (r < 0)
		return r;
	note_owner(look, pci, m);
	if (m->owner)
		return 0;
	if (vprep_pci_stays(pci) || pci->group < 0) {
		stays(m, pci->group < 0 ? "it has no IOMMU group"
					: "a bridge, or another part of the host itself");
		return 0;
	}
	if (pci->has_controller) {
		stays(m, vprep_pool_strf(&look->memory, "it goes with %s",
					 vprep_pci_address_text(pci->controller).s));
		return 0;
	}
	r = note_denial(look, m);
	if (r == 0 && m->state != VPREP_HOST_DEVICE_STAYS)
		r = note_other(look, m);
	return r < 0 || m->state == VPREP_HOST_DEVICE_STAYS ? r : note_use(look, pci, m);
}

/* ---- which devices ---- */

/* Devices that a search found, as numbers of those of the look. */
struct found {
	unsigned search;
	size_t n;
	size_t *numbers;
};

static void found_done(struct found *found)
{
	free(found->numbers);
}

static int add_found(struct vprep_pool_look *look, const struct vprep_match *match,
		     const char *pf, struct found *to)
{
	_cleanup_free_ size_t *numbers = NULL;
	size_t i, n = 0, *grown;
	int r = vprep_match_find(&look->devices, match, pf, &numbers, &n);

	if (r < 0)
		return r;
	grown = reallocarray(to->numbers, to->n + n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	to->numbers = grown;
	for (i = 0; i < n; i++) {
		if (look->searches[numbers[i]] == to->search)
			continue;
		look->searches[numbers[i]] = to->search;
		to->numbers[to->n++] = numbers[i];
	}
	return 0;
}

/* Another search may have found them since. */
static void mark_found(struct vprep_pool_look *look, const struct found *found)
{
	size_t i;

	for (i = 0; i < found->n; i++)
		look->searches[found->numbers[i]] = found->search;
}

/* Those that fit of the virtual functions of what has the name. Who has a name that
 * others say "pf=@NAME" of is by no such match itself. */
static int find_below(struct vprep_pool_look *look, const struct vprep_match *match,
		      const char *name, struct found *to)
{
	struct vprep_pool_member *pfs;
	size_t i, n = 0, before = to->n;
	int r = vprep_pool_find(look, vprep_declared_find(look->declared, name), &pfs,
				&n);

	mark_found(look, to);
	for (i = 0; r == 0 && i < n; i++)
		r = add_found(look, match, pfs[i].name, to);
	if (to->n > before)
		vprep_match_sort(to->numbers + before, to->n - before);
	return r;
}

int vprep_pool_find(struct vprep_pool_look *look,
		    const struct vprep_declared_device *declared,
		    struct vprep_pool_member **ret, size_t *ret_n)
{
	_cleanup_(found_done) struct found found = { .search = ++look->n_searches };
	struct vprep_pool_member *members;
	size_t i, n;
	int r = 0;

	for (i = 0; r == 0 && i < declared->n_matches; i++) {
		const struct vprep_match *match = &declared->matches[i];
		const char *name = vprep_match_pf_name(match);

		r = name ? find_below(look, match, name, &found)
			 : add_found(look, match, NULL, &found);
	}
	if (r < 0)
		return r;
	n = declared->count > 0 && declared->count < found.n ? declared->count : found.n;
	members = vprep_pool_alloc(&look->memory, n + 1, sizeof(*members));
	if (!members)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const struct vprep_match_device *device =
			&look->devices.items[found.numbers[i]];

		members[i] = (struct vprep_pool_member){ .address = device->address,
							 .name = device->text.s,
							 .numa_node = -1 };
	}
	*ret = members;
	*ret_n = n;
	return 0;
}

int vprep_pool_members(struct vprep_pool_look *look,
		       const struct vprep_declared_device *declared,
		       struct vprep_pool_member **ret, size_t *ret_n,
		       struct vprep_error *err)
{
	struct vprep_pool_member *members;
	size_t n = 0, i;
	int r = vprep_pool_find(look, declared, &members, &n);

	for (i = 0; r == 0 && i < n; i++)
		r = look_at(look, &members[i]);
	if (r == 0 && look->memory.failed)
		r = -ENOMEM;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look at the devices of @%s: %s",
				       declared->name, vprep_vf_strerror(r));
	*ret = members;
	*ret_n = n;
	return 0;
}

int vprep_pool_has(struct vprep_pool_look *look,
		   const struct vprep_declared_device *declared,
		   struct vprep_pci_address address, struct vprep_error *err)
{
	struct vprep_pool_member *members;
	size_t i, n = 0;
	int r = vprep_pool_find(look, declared, &members, &n);

	for (i = 0; r == 0 && i < n; i++)
		r = vprep_pci_address_same(members[i].address, address);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look at the devices of @%s: %s",
				       declared->name, vprep_vf_strerror(r))
		     : r;
}

/* ---- names ---- */

bool vprep_pool_is_name(const char *name)
{
	return name[0] == '@';
}

static int unknown(const struct vprep_declared *declared, const char *name, size_t len,
		   struct vprep_error *err)
{
	_cleanup_buf_ struct vprep_buf known = { 0 };
	size_t i;

	for (i = 0; i < declared->n_devices && known.len < 300; i++)
		vprep_buf_addf(&known, "%s@%s",
			       i ? ", " : "; there are: ", declared->devices[i].name);
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENOENT, NULL,
			       "no [device %.*s] is declared in /etc/vfio-prep.d%s",
			       (int)len, name, known.len > 0 ? known.data : "");
}

int vprep_pool_parse(const struct vprep_declared *declared, const char *text,
		     const struct vprep_declared_device **ret, unsigned *ret_count,
		     struct vprep_error *err)
{
	const char *name = text + 1, *star = strchr(name, '*');
	size_t len = star ? (size_t)(star - name) : strlen(name);
	uint64_t count = 1;
	size_t i;

	if (!vprep_match_is_name(name, len) ||
	    (star && (vprep_parse_u64(star + 1, 10, UINT16_MAX, &count) < 0 || !count)))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.60s' is no declared name: it would be @NAME, "
				       "or @NAME*3 for three of them",
				       text);
	for (i = 0; i < declared->n_devices; i++)
		if (strlen(declared->devices[i].name) == len &&
		    strncmp(declared->devices[i].name, name, len) == 0) {
			*ret = &declared->devices[i];
			*ret_count = (unsigned)count;
			return 0;
		}
	return unknown(declared, name, len, err);
}
