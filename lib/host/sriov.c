// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/sriov.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/pci.h"

#define DEVICE "bus/pci/devices/%s/"
#define VIRTFN "virtfn"

void vprep_pf_done(struct vprep_pf *pf)
{
	size_t i;

	for (i = 0; i < pf->n_vfs; i++)
		vprep_pci_device_free(pf->vfs[i]);
	free(pf->vfs);
	vprep_pci_device_free(pf->device);
	*pf = (struct vprep_pf){ 0 };
}

static int read_number(const struct vprep_io *io, const char *pf, const char *attribute,
		       uint64_t *ret)
{
	return vprep_io_read_u64(io, VPREP_SYS, 10, ret, DEVICE "%s", pf, attribute);
}

static int read_vf(const struct vprep_io *io, const char *pf, const char *link,
		   struct vprep_pf *to)
{
	struct vprep_pci_address address;
	_cleanup_free_ char *name = NULL;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &name, DEVICE "%s", pf, link);
	if (r == 0 && vprep_pci_address_parse(name, &address) < 0)
		r = -EIO;
	if (r == 0)
		r = vprep_pci_device_read(io, address, &to->vfs[to->n_vfs]);
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	to->n_vfs++;
	return 0;
}

/* The number in a link's name, or -1. */
static int64_t index_of(const char *entry)
{
	uint64_t index;

	if (strncmp(entry, VIRTFN, strlen(VIRTFN)) != 0 ||
	    vprep_parse_u64(entry + strlen(VIRTFN), 10, UINT16_MAX, &index) < 0)
		return -1;
	return (int64_t)index;
}

/* By number, not in the order of the names ("virtfn10" before "virtfn2"); while VFs are
 * being removed the first ones are missing. */
static int read_vfs(const struct vprep_io *io, const char *pf, struct vprep_pf *to)
{
	_cleanup_strv_ char **entries = NULL;
	int64_t i, last = -1;
	size_t n = 0, k;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &entries, DEVICE, pf);
	if (r < 0)
		return r;
	for (k = 0; entries[k]; k++) {
		n += index_of(entries[k]) >= 0;
		if (index_of(entries[k]) > last)
			last = index_of(entries[k]);
	}
	to->vfs = calloc(n + 1, sizeof(struct vprep_pci_device *));
	if (!to->vfs)
		return -ENOMEM;
	for (i = 0; r == 0 && i <= last; i++) {
		_cleanup_free_ char *link = vprep_strf(VIRTFN "%" PRId64, i);

		if (!link)
			return -ENOMEM;
		if (vprep_strv_has(entries, link))
			r = read_vf(io, pf, link, to);
	}
	return r;
}

int vprep_pf_read(const struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_pf *ret)
{
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { .autoprobe = -1 };
	struct vprep_pci_text text = vprep_pci_address_text(address);
	uint64_t number;
	int r;

	r = vprep_pci_device_read(io, address, &pf.device);
	if (r < 0)
		return r;
	r = read_number(io, text.s, "sriov_totalvfs", &number);
	pf.capable = r == 0 && number > 0 && number <= UINT16_MAX;
	if (r < 0 && r != -ENOENT)
		return r;
	if (pf.capable) {
		pf.total = (unsigned)number;
		if (read_number(io, text.s, "sriov_drivers_autoprobe", &number) == 0)
			pf.autoprobe = number != 0;
		r = read_vfs(io, text.s, &pf);
		if (r < 0)
			return r;
	}
	*ret = pf;
	pf = (struct vprep_pf){ 0 };
	return 0;
}

unsigned vprep_pf_count_vfs(const struct vprep_io *io, const char *pf)
{
	_cleanup_strv_ char **entries = NULL;
	unsigned i, n = 0;

	if (vprep_io_list(io, VPREP_SYS, &entries, DEVICE, pf) < 0)
		return 0;
	for (i = 0; entries[i]; i++)
		n += strncmp(entries[i], VIRTFN, strlen(VIRTFN)) == 0;
	return n;
}

int vprep_pf_missing_bus(const struct vprep_io *io, struct vprep_pci_address pf,
			 unsigned count, unsigned *ret_bus)
{
	struct vprep_pci_text text = vprep_pci_address_text(pf);
	uint64_t offset, stride, last, needed;

	if (count == 0 || read_number(io, text.s, "sriov_offset", &offset) < 0 ||
	    read_number(io, text.s, "sriov_stride", &stride) < 0 ||
	    read_number(io, text.s, "../subordinate_bus_number", &last) < 0 ||
	    offset > UINT16_MAX || stride > UINT16_MAX)
		return -ENOENT;
	needed = ((uint64_t)(pf.bus << 8 | pf.slot << 3 | pf.function) + offset +
		  (count - 1) * stride) >>
		 8;
	if (needed <= last)
		return -ENOENT;
	*ret_bus = (unsigned)last + 1;
	return 0;
}
