// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/facts.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/facts-group.h"
#include "host/cdev.h"
#include "host/driver.h"
#include "host/interrupts.h"
#include "host/iommu.h"
#include "host/mdev.h"
#include "io/ask-first.h"
#include "host/sriov.h"
#include "in-use/in-use.h"

struct looking {
	struct vprep_io *io;
	const struct vprep_facts_request *request;
	struct vprep_facts *facts;
	struct vprep_in_use *in_use;
	struct vprep_facts_rules rules;
	struct vprep_error *err;
};

static int host_error(struct looking *s, const char *device, int r)
{
	return vprep_error_set(s->err, VPREP_E_FAILED, -r, device,
			       "cannot read the facts of %s: %s", device,
			       r == -ELIBACC ? "libkmod is not installed, which finds "
					       "drivers: install libkmod"
					     : strerror(-r));
}

static struct vprep_facts_member *find_member(struct vprep_facts *facts,
					      struct vprep_pci_address address)
{
	struct vprep_facts_walk walk = { 0 };
	struct vprep_facts_member *m;

	while ((m = vprep_facts_next(facts, &walk)))
		if (m->member->pci &&
		    vprep_pci_address_same(m->member->pci->address, address))
			break;
	return m;
}

static int add_group(struct looking *s, unsigned number)
{
	struct vprep_facts_group *group =
		vprep_array_add(s->facts->groups, s->facts->n_groups);

	return group ? vprep_facts_group_read(s->io, &s->rules, number,
					      s->facts->n_groups > 1 ? group - 1 : NULL,
					      &s->facts->pool, group)
		     : -ENOMEM;
}

static int add_ungrouped(struct vprep_facts *facts, struct vprep_pci_device *device)
{
	struct vprep_facts_ungrouped *added =
		vprep_array_add(facts->ungrouped, facts->n_ungrouped);

	if (!added)
		return -ENOMEM;
	*added = (struct vprep_facts_ungrouped){ .pci = device };
	return 0;
}

/* A device is read with its whole group; alone only when it has none. */
static int add_device(struct looking *s, struct vprep_pci_address address)
{
	_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *device = NULL;
	struct vprep_pci_text text = vprep_pci_address_text(address);
	int group, r;

	r = vprep_pci_iommu_group(s->io, address, &group);
	if (r == 0 && group >= 0) {
		r = add_group(s, (unsigned)group);
		if (r == 0 && !find_member(s->facts, address))
			r = -EIO;
	} else if (r == 0) {
		r = vprep_pci_device_read(s->io, address, &device);
		if (r == 0)
			r = add_ungrouped(s->facts, device);
		if (r == 0)
			TAKE_PTR(device);
	}
	if (r == -ENODEV)
		return vprep_error_set(
			s->err, VPREP_E_NOT_FOUND, ENODEV, text.s,
			"%s: there is no such PCI device; 'vfio-prep list' shows "
			"the devices",
			text.s);
	return r < 0 ? host_error(s, text.s, r) : 0;
}

static int add_pci(struct looking *s, struct vprep_device *device)
{
	struct vprep_facts_member *member = find_member(s->facts, device->pci);
	int r = member ? 0 : add_device(s, device->pci);

	if (r == 0 && !member)
		member = find_member(s->facts, device->pci);
	if (r == 0 && member)
		member->device = device;
	return r;
}

static int add_node(struct looking *s, struct vprep_device *device)
{
	int r;

	/* a mediated device's rule is about its group's node */
	if (device->kind->is_vfio && s->facts->no_group_nodes)
		device->match = NULL;
	r = vprep_facts_node_read(s->io, &s->rules, &s->request->devices->pool, device);
	if (r == 0 && device->kind->look_for_uses)
		r = device->kind->look_for_uses(s->in_use, device);
	return r < 0 ? host_error(s, device->name, r) : 0;
}

/* An mdev that is to be made needs to know which parents there are. */
static int read_mdev_parents(struct looking *s)
{
	size_t i;
	int r;

	for (i = 0; i < s->request->devices->n; i++)
		if (s->request->devices->items[i].is_new)
			break;
	if (i == s->request->devices->n)
		return 0;
	r = vprep_mdev_parents_read(s->io, &s->facts->mdevs);
	return r < 0 ? host_error(s, "the parents of mediated devices", r) : 0;
}

/* Members that may get another driver: those that are asked for, and endpoints that have
 * a native driver. */
static bool is_candidate(const struct vprep_facts_member *m)
{
	return m->member->pci &&
	       (m->device || (!m->leaves_dma && !vprep_pci_stays(m->member->pci)));
}

/* Nobody chooses a driver for a placeholder: it gets the best one. */
static const char *wanted_of(const struct vprep_facts_member *m)
{
	return m->device ? m->device->asked.pci.driver : NULL;
}

static bool keeps_driver(const struct looking *s, const struct vprep_facts_member *m)
{
	return m->device && !m->device->asked.pci.driver &&
	       vprep_pci_is_vgpu(s->io, m->member->pci);
}

static int keep_driver(struct looking *s, struct vprep_facts_member *m)
{
	int r = vprep_str_replace(&m->choice.driver, m->member->pci->driver);

	return r < 0 ? host_error(s, m->member->name, r) : 0;
}

/* @last: the member for which a driver was chosen before this one, or NULL. */
static int choose_driver(struct looking *s, struct vprep_facts_member *m,
			 const struct vprep_facts_member *last)
{
	int r;

	/* The functions of one card resolve alike, and looking up aliases is slow. */
	if (last && last->choice.driver &&
	    vprep_str_same(wanted_of(last), wanted_of(m)) &&
	    vprep_str_same(last->member->pci->modalias, m->member->pci->modalias)) {
		r = vprep_str_replace(&m->choice.driver, last->choice.driver);
		if (r == 0)
			r = vprep_str_replace(&m->choice.module, last->choice.module);
	} else {
		r = vprep_driver_choose(s->io, m->member->pci, wanted_of(m), &m->choice);
	}
	m->choice.is_foreign = r == -VPREP_DRIVER_FOREIGN;
	/* the check of the facts refuses it, and says why */
	if (r == -ENOENT || r == -VPREP_DRIVER_FOREIGN)
		r = 0;
	return r < 0 ? host_error(s, m->member->name, r) : 0;
}

static int read_member(struct looking *s, struct vprep_facts_member *m,
		       const struct vprep_facts_member **last)
{
	bool is_chosen = is_candidate(m) && !keeps_driver(s, m);
	int r = 0;

	if (is_chosen) {
		r = choose_driver(s, m, *last);
		*last = m;
	} else if (is_candidate(m)) {
		r = keep_driver(s, m);
	}
	if (r < 0 || (!is_candidate(m) && !m->vfio))
		return r;
	r = vprep_in_use_of(s->in_use, m->member->pci, &m->uses);
	if (r == 0 && m->member->pci->driver && !m->vfio)
		r = vprep_in_use_names(s->in_use, m->member->pci, &m->names);
	return r < 0 ? host_error(s, m->member->name, r) : 0;
}

static bool needs_override(const struct vprep_facts_member *m)
{
	return m->member->pci && (m->device || !m->leaves_dma);
}

static int read_overrides(struct looking *s)
{
	_cleanup_free_ struct vprep_pci_device **devices = NULL;
	struct vprep_facts_walk walk = { 0 };
	struct vprep_facts_member *m;
	size_t i, n = 0;

	while ((m = vprep_facts_next(s->facts, &walk))) {
		if (!needs_override(m))
			continue;
		if (!vprep_array_add(devices, n))
			return vprep_error_oom(s->err);
		devices[n - 1] = m->member->pci;
	}
	for (i = 0; i < s->facts->n_ungrouped; i++) {
		if (!s->facts->ungrouped[i].comes_late)
			continue;
		if (!vprep_array_add(devices, n))
			return vprep_error_oom(s->err);
		devices[n - 1] = s->facts->ungrouped[i].pci;
	}
	return n == 0 ? 0
		      : vprep_driver_read_overrides(s->io, devices, n,
						    s->request->deadline, s->err);
}

/* A device that lacks its group will be refused: no more facts of it are needed. */
static bool is_ungrouped(const struct looking *s, const struct vprep_device *device)
{
	return device->kind->has_group && !find_member(s->facts, device->pci);
}

static int read_vfs(struct looking *s)
{
	struct vprep_devices *devices = s->request->devices;
	size_t i;
	int r;

	for (i = 0; i < devices->n; i++) {
		struct vprep_device *d = &devices->items[i];

		if (!vprep_device_has_vf_config(d) || is_ungrouped(s, d))
			continue;
		vprep_vf_init(&d->vf);
		r = vprep_vf_read(s->io, d->pci, &d->vf);
		if (r == -ETIMEDOUT)
			return vprep_error_set(s->err, VPREP_E_FAILED, ETIMEDOUT, d->name,
					       "%s: the kernel does not tell its MAC "
					       "address and VLAN within %d s: %s",
					       d->name, VPREP_ANSWER_SECONDS,
					       vprep_vf_strerror(r));
		if (r < 0)
			return host_error(s, d->name, r);
	}
	return 0;
}

static int read_cdevs(struct looking *s)
{
	struct vprep_devices *devices = s->request->devices;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && s->facts->cdevs && i < devices->n; i++) {
		struct vprep_device *d = &devices->items[i];

		if (!d->kind->is_vfio || d->is_again || is_ungrouped(s, d))
			continue;
		r = vprep_facts_cdev_read(s->io, &s->rules, &devices->pool, d);
		if (r < 0)
			return host_error(s, d->name, r);
	}
	return 0;
}

static int read_iommufd(struct looking *s)
{
	struct vprep_node_state *node = &s->facts->iommufd;
	struct stat st;
	int r = s->facts->cdevs ? vprep_io_node_stat(s->io, &st, VPREP_IOMMUFD) : -ENOENT;

	if (r < 0)
		return r == -ENOENT ? 0 : host_error(s, VPREP_IO_NODES VPREP_IOMMUFD, r);
	node->exists = true;
	node->gid = st.st_gid;
	node->mode = st.st_mode & 07777;
	return 0;
}

static int read_members(struct looking *s)
{
	const struct vprep_facts_member *last = NULL;
	struct vprep_facts_walk walk = { 0 };
	struct vprep_facts_member *m;
	int r = 0;

	while (r == 0 && (m = vprep_facts_next(s->facts, &walk)))
		r = read_member(s, m, &last);
	if (r == 0)
		r = read_vfs(s);
	if (r == 0)
		r = read_cdevs(s);
	if (r == 0)
		r = read_iommufd(s);
	return r < 0 ? r : read_overrides(s);
}

/* Is there an IOMMU at all, and may it have groups for them yet? */
static int judge_ungrouped(struct looking *s)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n, i;
	int late, r;

	if (s->facts->n_ungrouped == 0)
		return 0;
	r = vprep_iommu_numbers(s->io, &numbers, &n);
	late = r < 0 ? r : vprep_iommu_groups_come_late(s->io);
	if (late < 0)
		return host_error(s, "the IOMMU groups", late);
	s->facts->no_iommu = n == 0 && late == 0;
	for (i = 0; i < s->facts->n_ungrouped; i++)
		s->facts->ungrouped[i].comes_late =
			late && !s->facts->ungrouped[i].pci->driver;
	return 0;
}

static int look(struct looking *s)
{
	char *missing = NULL;
	size_t i;
	int r;

	for (i = 0; i < s->request->devices->n; i++) {
		struct vprep_device *device = &s->request->devices->items[i];

		if (device->is_again)
			continue;
		r = device->kind->has_group ? add_pci(s, device) : add_node(s, device);
		if (r < 0)
			return r;
	}
	r = s->rules.dir < 0
		    ? vprep_io_host_dir_missing(s->io, s->request->rules_dir, &missing)
		    : 0;
	if (r == 0 && missing)
		s->facts->made_rules_dir = vprep_pool_take(&s->facts->pool, missing);
	if (r < 0 || s->facts->pool.failed)
		return vprep_error_oom(s->err);
	r = judge_ungrouped(s);
	if (r == 0)
		r = read_mdev_parents(s);
	if (r == 0 && s->facts->n_groups > 0 &&
	    vprep_interrupts_read(s->io, &s->facts->interrupts) < 0)
		r = vprep_error_oom(s->err);
	return r < 0 ? r : read_members(s);
}

int vprep_facts_read(struct vprep_io *io, const struct vprep_facts_request *request,
		     struct vprep_facts *ret, struct vprep_error *err)
{
	_cleanup_(vprep_udev_rules_freep) struct vprep_udev_rules *others = NULL;
	_cleanup_(vprep_in_use_freep) struct vprep_in_use *in_use = NULL;
	_cleanup_(vprep_facts_done) struct vprep_facts result = { 0 };
	_cleanup_close_ int dir = -1;
	struct looking s = { .io = io, .request = request, .facts = &result, .err = err };
	const struct vprep_vfio_nodes nodes = vprep_vfio_nodes_read(io);
	int r;

	result.devices = request->devices;
	result.captured = !io->live;
	result.cdevs = nodes.devices;
	result.no_group_nodes = !nodes.groups;
	r = vprep_in_use_new(io, &in_use);
	if (r == 0)
		r = vprep_udev_rules_read(io, request->rules_dir, request->uid,
					  request->gid, &others);
	if (r < 0)
		return vprep_error_oom(err);
	s.in_use = in_use;
	if (vprep_io_host_dir(io, request->rules_dir, false, &dir) < 0)
		dir = -1;
	s.rules = (struct vprep_facts_rules){ dir, others };
	r = look(&s);
	if (r < 0)
		return r;
	*ret = TAKE_STRUCT(result);
	return 0;
}
