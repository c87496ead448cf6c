// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "host/driver.h"
#include "host/in-use.h"
#include "host/iommu.h"
#include "model/name.h"
#include "udev/rule.h"

#define RULE_MAX (64u * 1024)

struct surveying {
	struct vprep_io *io;
	const struct vprep_survey_request *request;
	struct vprep_survey *survey;
	struct vprep_in_use *in_use;
	struct vprep_error *err;
};

static int host_error(struct surveying *s, const char *device, int r)
{
	return vprep_error_set(s->err, VPREP_E_FAILED, -r, device,
			       "cannot read the facts of %s: %s", device, strerror(-r));
}

static int resolve(struct surveying *s, const char *text, struct vprep_pci_address *ret)
{
	struct vprep_name name;
	int r;

	r = vprep_name_parse(text, &name, s->err);
	if (r < 0)
		return r;
	if (name.kind == VPREP_NAME_PCI) {
		*ret = name.pci;
		return 0;
	}
	if (name.kind != VPREP_NAME_NETDEV)
		return vprep_error_set(s->err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, text,
				       "%.60s: only PCI devices can be attached by name",
				       text);
	r = vprep_pci_address_of_netdev(s->io, text, ret);
	if (r == -ENODEV)
		return vprep_error_set(
			s->err, VPREP_E_NOT_FOUND, ENODEV, text,
			"'%s' is neither a PCI address nor a network interface on "
			"a PCI device of this host; 'vfio-prep groups' shows the "
			"devices",
			text);
	return r < 0 ? host_error(s, text, r) : 0;
}

static struct vprep_survey_member *find_member(struct vprep_survey *survey,
					       struct vprep_pci_address address)
{
	size_t i, k;

	for (i = 0; i < survey->n_groups; i++)
		for (k = 0; k < survey->groups[i].group->n_members; k++) {
			struct vprep_survey_member *m = &survey->groups[i].members[k];

			if (m->member->pci &&
			    vprep_pci_address_same(m->member->pci->address, address))
				return m;
		}
	return NULL;
}

static int has_direct_regions(const struct vprep_io *io, unsigned group, bool *ret)
{
	_cleanup_free_ char *text = NULL;
	char *line, *save;
	int r;

	r = vprep_io_read(io, VPREP_SYS, &text, "kernel/iommu_groups/%u/reserved_regions",
			  group);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *type = strrchr(line, ' ');

		if (type && streq(type + 1, "direct"))
			*ret = true;
	}
	return 0;
}

static int read_node(const struct vprep_io *io, struct vprep_survey_group *g)
{
	struct stat st;
	int r;

	g->node = vprep_strf("vfio/%u", g->group->number);
	if (!g->node)
		return -ENOMEM;
	r = vprep_io_node_stat(io, &st, "%s", g->node);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	g->node_exists = true;
	g->uid = st.st_uid;
	g->gid = st.st_gid;
	g->mode = st.st_mode & 07777;
	return 0;
}

static int read_rule(struct surveying *s, struct vprep_survey_group *g)
{
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *file = NULL;
	size_t len;
	int r;

	r = vprep_io_host_dir(s->io, s->request->rules_dir, false, &dir);
	if (r < 0)
		return 0; /* writing it will tell */
	r = vprep_rule_group_file(g->group->number, &file);
	if (r < 0)
		return r;
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : vprep_file_read(fd, RULE_MAX, &g->rule, &len);
}

static void judge_member(const struct vprep_io *io, struct vprep_survey_member *m)
{
	const char *driver = m->member->pci ? m->member->pci->driver : m->member->driver;

	m->leaves_dma = !driver || vprep_driver_leaves_dma(io, driver);
	m->vfio = m->member->pci && vprep_driver_is_vfio(io, driver);
}

static int add_group(struct surveying *s, unsigned number)
{
	struct vprep_survey_group *groups, *g;
	size_t i;
	int r;

	groups =
		reallocarray(s->survey->groups, s->survey->n_groups + 1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	s->survey->groups = groups;
	g = &groups[s->survey->n_groups];
	*g = (struct vprep_survey_group){ 0 };
	r = vprep_iommu_group_read(s->io, number, &g->group);
	if (r < 0)
		return r;
	s->survey->n_groups++;
	g->members = calloc(g->group->n_members + 1, sizeof(*g->members));
	if (!g->members)
		return -ENOMEM;
	for (i = 0; i < g->group->n_members; i++) {
		g->members[i].member = &g->group->members[i];
		judge_member(s->io, &g->members[i]);
	}
	r = has_direct_regions(s->io, number, &g->direct_regions);
	if (r == 0)
		r = read_node(s->io, g);
	return r < 0 ? r : read_rule(s, g);
}

static int add_ungrouped(struct vprep_survey *survey, struct vprep_pci_device *device)
{
	struct vprep_pci_device **list;

	list = reallocarray(survey->ungrouped, survey->n_ungrouped + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	survey->ungrouped = list;
	list[survey->n_ungrouped++] = device;
	return 0;
}

/* A device is read with its whole group; alone only when it has none. */
static int add_device(struct surveying *s, struct vprep_pci_address address)
{
	_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *device = NULL;
	struct vprep_pci_text text = vprep_pci_address_text(address);
	int group, r;

	r = vprep_pci_group(s->io, address, &group);
	if (r == 0 && group >= 0) {
		r = add_group(s, (unsigned)group);
		if (r == 0 && !find_member(s->survey, address))
			r = -EIO;
	} else if (r == 0) {
		r = vprep_pci_device_read(s->io, address, &device);
		if (r == 0)
			r = add_ungrouped(s->survey, device);
		if (r == 0)
			TAKE_PTR(device);
	}
	if (r == -ENODEV)
		return vprep_error_set(
			s->err, VPREP_E_NOT_FOUND, ENODEV, text.s,
			"%s: there is no such PCI device; 'vfio-prep groups' shows "
			"the devices",
			text.s);
	return r < 0 ? host_error(s, text.s, r) : 0;
}

static int add_name(struct surveying *s, const char *text)
{
	struct vprep_survey_member *member;
	struct vprep_pci_address address;
	int r;

	r = resolve(s, text, &address);
	if (r < 0)
		return r;
	member = find_member(s->survey, address);
	if (!member) {
		r = add_device(s, address);
		member = find_member(s->survey, address);
		if (r < 0 || !member)
			return r;
	}
	if (member->requested)
		return vprep_error_set(s->err, VPREP_E_USAGE, EINVAL,
				       member->member->name, "%s is named twice",
				       member->member->name);
	member->requested = true;
	return 0;
}

/* What may be bound by us: whatever is named, and endpoints on a native driver. */
static bool is_candidate(const struct vprep_survey_member *m)
{
	return m->member->pci &&
	       (m->requested || (!m->leaves_dma && !vprep_pci_is_bridge(m->member->pci)));
}

static int choose_driver(struct surveying *s, struct vprep_survey_member *m,
			 const struct vprep_survey_member *last)
{
	/* a placeholder is nobody's choice: the best driver */
	const char *wanted = m->requested ? s->request->driver : NULL;
	int r;

	/* The functions of one card resolve alike, and looking up aliases is slow. */
	if (last && last->requested == m->requested && last->choice.driver &&
	    vprep_str_same(last->member->pci->modalias, m->member->pci->modalias)) {
		r = vprep_str_replace(&m->choice.driver, last->choice.driver);
		if (r == 0)
			r = vprep_str_replace(&m->choice.module, last->choice.module);
	} else {
		r = vprep_driver_choose(s->io, m->member->pci, wanted, &m->choice);
	}
	if (r == -ENOENT) /* the checks explain */
		r = 0;
	return r < 0 ? host_error(s, m->member->name, r) : 0;
}

static int read_member(struct surveying *s, struct vprep_survey_member *m,
		       const struct vprep_survey_member **last)
{
	int r;

	if (is_candidate(m)) {
		r = choose_driver(s, m, *last);
		if (r < 0)
			return r;
		*last = m;
	}
	if (!is_candidate(m) && !m->vfio)
		return 0;
	r = vprep_in_use_of(s->in_use, m->member->pci, &m->uses);
	return r < 0 ? host_error(s, m->member->name, r) : 0;
}

static bool needs_override(const struct vprep_survey_member *m)
{
	return m->member->pci && (m->requested || !m->leaves_dma);
}

static int read_overrides(struct surveying *s)
{
	_cleanup_free_ struct vprep_pci_device **devices = NULL;
	size_t i, k, n = 0;

	for (i = 0; i < s->survey->n_groups; i++)
		n += s->survey->groups[i].group->n_members;
	devices = calloc(n + 1, sizeof(struct vprep_pci_device *));
	if (!devices)
		return vprep_error_oom(s->err);
	for (n = 0, i = 0; i < s->survey->n_groups; i++)
		for (k = 0; k < s->survey->groups[i].group->n_members; k++) {
			struct vprep_survey_member *m = &s->survey->groups[i].members[k];

			if (needs_override(m))
				devices[n++] = m->member->pci;
		}
	return n == 0 ? 0
		      : vprep_driver_read_overrides(s->io, devices, n,
						    s->request->deadline, s->err);
}

static int read_members(struct surveying *s)
{
	const struct vprep_survey_member *last = NULL;
	size_t i, k;
	int r;

	for (i = 0; i < s->survey->n_groups; i++)
		for (k = 0; k < s->survey->groups[i].group->n_members; k++) {
			r = read_member(s, &s->survey->groups[i].members[k], &last);
			if (r < 0)
				return r;
		}
	return read_overrides(s);
}

static int survey(struct surveying *s)
{
	_cleanup_free_ unsigned *numbers = NULL;
	const char *const *name;
	size_t n;
	int r;

	for (name = s->request->names; *name; name++) {
		r = add_name(s, *name);
		if (r < 0)
			return r;
	}
	r = vprep_io_host_dir_missing(s->io, s->request->rules_dir,
				      &s->survey->made_rules_dir);
	if (r < 0)
		return vprep_error_oom(s->err);
	r = vprep_iommu_numbers(s->io, &numbers, &n);
	if (r < 0)
		return host_error(s, "the IOMMU groups", r);
	s->survey->no_iommu = n == 0;
	return read_members(s);
}

int vprep_survey_read(struct vprep_io *io, const struct vprep_survey_request *request,
		      struct vprep_survey *ret, struct vprep_error *err)
{
	_cleanup_(vprep_in_use_freep) struct vprep_in_use *in_use = NULL;
	_cleanup_(vprep_survey_done) struct vprep_survey result = { 0 };
	struct surveying s = {
		.io = io, .request = request, .survey = &result, .err = err
	};
	int r;

	r = vprep_in_use_new(io, &in_use);
	if (r < 0)
		return vprep_error_oom(err);
	s.in_use = in_use;
	r = survey(&s);
	if (r < 0)
		return r;
	*ret = result;
	result = (struct vprep_survey){ 0 };
	return 0;
}
