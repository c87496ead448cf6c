// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/sriov.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"
#include "io/ask-first.h"
#include "host/pci.h"

#define DEVICE "bus/pci/devices/%s/"
#define VIRTFN "virtfn"
#define RESET_POLL_MS 20
#define RESET_TRIES 100

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

static int compare_numbers(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

int vprep_pf_vf_numbers(const struct vprep_io *io, const char *pf, unsigned **ret,
			size_t *ret_n)
{
	_cleanup_strv_ char **entries = NULL;
	unsigned *numbers;
	uint64_t number;
	size_t i, n = 0;
	int r;

	/* The links, not sriov_numvfs: reading that waits for the device's lock. */
	r = vprep_io_list(io, VPREP_SYS, &entries, DEVICE, pf);
	if (r < 0 && r != -ENOENT && r != -ENOTDIR && r != -ENODEV)
		return r;
	numbers = calloc(vprep_strv_len(entries) + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (i = 0; entries && entries[i]; i++)
		if (strncmp(entries[i], VIRTFN, strlen(VIRTFN)) == 0 &&
		    vprep_parse_u64(entries[i] + strlen(VIRTFN), 10, UINT16_MAX,
				    &number) == 0)
			numbers[n++] = (unsigned)number;
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	*ret = numbers;
	*ret_n = n;
	return 0;
}

unsigned vprep_pf_count_vfs(const struct vprep_io *io, const char *pf)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n = 0;

	vprep_pf_vf_numbers(io, pf, &numbers, &n);
	return (unsigned)n;
}

static int read_link(const struct vprep_io *io, const char *device, const char *link,
		     struct vprep_pci_address *ret)
{
	_cleanup_free_ char *name = NULL;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &name, DEVICE "%s", device, link);
	if (r < 0)
		return r;
	return vprep_pci_address_parse(name, ret) < 0 ? -EIO : 0;
}

int vprep_pf_vf(const struct vprep_io *io, const char *pf, unsigned number,
		struct vprep_pci_address *ret)
{
	char link[sizeof(VIRTFN "4294967295")];

	snprintf(link, sizeof(link), VIRTFN "%u", number);
	return read_link(io, pf, link, ret);
}

int vprep_pf_of_vf(const struct vprep_io *io, const char *vf,
		   struct vprep_pci_address *ret)
{
	return read_link(io, vf, "physfn", ret);
}

static int read_vfs(const struct vprep_io *io, const char *pf, struct vprep_pf *to)
{
	_cleanup_free_ unsigned *numbers = NULL;
	struct vprep_pci_address address;
	size_t i, n;
	int r;

	r = vprep_pf_vf_numbers(io, pf, &numbers, &n);
	if (r < 0)
		return r;
	to->vfs = calloc(n + 1, sizeof(struct vprep_pci_device *));
	if (!to->vfs)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		r = vprep_pf_vf(io, pf, numbers[i], &address);
		if (r == 0)
			r = vprep_pci_device_read(io, address, &to->vfs[to->n_vfs]);
		if (r == 0)
			to->n_vfs++;
		else if (r != -ENOENT && r != -ENODEV)
			return r;
	}
	return 0;
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
	*ret = TAKE_STRUCT(pf);
	return 0;
}

static unsigned routing_id(struct vprep_pci_address a)
{
	return (unsigned)a.bus << 8 | (unsigned)a.slot << 3 | a.function;
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
	needed = ((uint64_t)routing_id(pf) + offset + (count - 1) * stride) >> 8;
	if (needed <= last)
		return -ENOENT;
	*ret_bus = (unsigned)last + 1;
	return 0;
}

/* ---- a VF as the interface of its PF administers it ---- */

static int absent_is_null(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENODEV ? 0 : r;
}

/* In switchdev mode the representors hang on the PF, too: of VFs and subfunctions
 * ("pf0vf3", "c1pf0vf3", "pf0sf88"), and on a SmartNIC of the PFs that its host sees
 * ("pf0", "c1pf0"). Its own is "p0" (Documentation/networking/switchdev.rst, and
 * devlink/devlink-port.rst beside it). */
static bool is_representor(const struct vprep_io *io, const char *interface)
{
	_cleanup_free_ char *port = NULL;

	/* reading fails for most drivers, as they have no port names */
	return vprep_io_read(io, VPREP_SYS, &port, "class/net/%s/phys_port_name",
			     interface) == 0 &&
	       (strstr(port, "pf") || strstr(port, "vf") || strstr(port, "sf"));
}

int vprep_vf_interface(const struct vprep_io *io, const char *pf, char **ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, DEVICE "net", pf);
	if (r < 0)
		return absent_is_null(r) < 0 ? r : -ENOENT;
	for (i = 0; names[i]; i++)
		if (!is_representor(io, names[i])) {
			*ret = strdup(names[i]);
			return *ret ? 0 : -ENOMEM;
		}
	return -ENOENT;
}

static bool is_vf(const struct vprep_io *io, const char *pf, unsigned number,
		  struct vprep_pci_address vf)
{
	struct vprep_pci_address address;

	return vprep_pf_vf(io, pf, number, &address) == 0 &&
	       vprep_pci_address_same(address, vf);
}

/* As PCI's SR-IOV numbers the VFs: first offset, then stride. */
static bool guess_index(const struct vprep_io *io, const char *pf,
			struct vprep_pci_address vf, int64_t *ret)
{
	struct vprep_pci_address from;
	uint64_t offset, stride;
	int64_t distance;

	if (vprep_pci_address_parse(pf, &from) < 0 || from.domain != vf.domain ||
	    read_number(io, pf, "sriov_offset", &offset) < 0 ||
	    read_number(io, pf, "sriov_stride", &stride) < 0 || offset > UINT16_MAX ||
	    stride == 0 || stride > UINT16_MAX)
		return false;
	distance = (int64_t)routing_id(vf) - routing_id(from) - (int64_t)offset;
	if (distance < 0 || distance % (int64_t)stride != 0 ||
	    !is_vf(io, pf, (unsigned)(distance / (int64_t)stride), vf))
		return false;
	*ret = distance / (int64_t)stride;
	return true;
}

/* The number of the PF's link that leads to the VF. */
static int find_index(const struct vprep_io *io, const char *pf,
		      struct vprep_pci_address vf, int64_t *ret)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t i, n = 0;
	int r;

	if (guess_index(io, pf, vf, ret))
		return 0;
	r = vprep_pf_vf_numbers(io, pf, &numbers, &n);
	for (i = 0; i < n; i++)
		if (is_vf(io, pf, numbers[i], vf))
			*ret = numbers[i];
	return r;
}

static int read_table(struct vprep_io *io, struct vprep_vf *vf)
{
	struct vprep_io_vf now;
	int r;

	r = io->ops->get_vf(io, vf->interface, (unsigned)vf->index, &now);
	if (r < 0) /* renamed or gone meanwhile, or its driver shows no VFs */
		return absent_is_null(r);
	memcpy(vf->mac, now.mac, sizeof(vf->mac));
	vf->vlan = now.vlan;
	vf->qos = now.qos;
	vf->protocol = now.protocol;
	vf->settings = now.settings;
	vf->known = true;
	return 0;
}

static int read_vf(struct vprep_io *io, struct vprep_pci_address pf,
		   struct vprep_pci_address address, struct vprep_vf *ret)
{
	_cleanup_(vprep_vf_done) struct vprep_vf vf = { .index = -1 };
	int r;

	r = vprep_str_replace(&vf.pf, vprep_pci_address_text(pf).s);
	if (r == 0)
		r = absent_is_null(vprep_io_link_name(io, VPREP_SYS, &vf.pf_driver,
						      DEVICE "driver", vf.pf));
	if (r == 0)
		r = absent_is_null(vprep_vf_interface(io, vf.pf, &vf.interface));
	if (r == 0)
		r = find_index(io, vf.pf, address, &vf.index);
	if (r == 0 && vf.interface && vf.index >= 0 && io->live && io->ops->get_vf)
		r = read_table(io, &vf);
	if (absent_is_null(r) < 0)
		return r;
	vprep_vf_done(ret);
	*ret = vf;
	vprep_vf_init(&vf);
	return 0;
}

struct vf_question {
	struct vprep_pci_address pf, vf;
};

static int ask_vf(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	const struct vf_question *q = data;
	_cleanup_(vprep_vf_done) struct vprep_vf vf;

	(void)ret_err;
	vprep_vf_init(&vf);
	return read_vf(io, q->pf, q->vf, &vf);
}

int vprep_vf_read(struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_vf *ret)
{
	struct vf_question q = { .vf = address };
	int r = vprep_pf_of_vf(io, vprep_pci_address_text(address).s, &q.pf);

	if (r < 0) {
		vprep_vf_done(ret);
		vprep_vf_init(ret);
		return absent_is_null(r);
	}
	r = vprep_io_ask_first(io, "net", vprep_pci_address_text(q.pf).s, ask_vf, &q);
	return r < 0 ? r : read_vf(io, q.pf, address, ret);
}

const char *vprep_vf_strerror(int r)
{
	return r == -ETIMEDOUT ? "the configuration of network interfaces is stuck, "
				 "which 'ip link' will show, too"
			       : strerror(-r);
}

bool vprep_vf_try_again(int r, unsigned *tries)
{
	if ((r != -EAGAIN && r != -EBUSY) || *tries == RESET_TRIES)
		return false;
	++*tries;
	vprep_sleep_ms(RESET_POLL_MS);
	return true;
}
