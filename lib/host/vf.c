// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/vf.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/sriov.h"

#define DEVICE "bus/pci/devices/%s/"

static int absent_is_null(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENODEV ? 0 : r;
}

/* In switchdev mode the VFs' representors hang on the PF, too: "pf0vf3", "c1pf0vf3"
 * (Documentation/networking/switchdev.rst). */
static bool is_representor(const struct vprep_io *io, const char *interface)
{
	_cleanup_free_ char *port = NULL;

	/* reading fails for most drivers, as they have no port names */
	return vprep_io_read(io, VPREP_SYS, &port, "class/net/%s/phys_port_name",
			     interface) == 0 &&
	       strstr(port, "vf");
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

/* The number of the PF's link that leads to the VF. */
static int find_index(const struct vprep_io *io, const char *pf,
		      struct vprep_pci_address vf, int64_t *ret)
{
	_cleanup_free_ unsigned *numbers = NULL;
	struct vprep_pci_address address;
	size_t i, n = 0;
	int r;

	r = vprep_pf_vf_numbers(io, pf, &numbers, &n);
	for (i = 0; i < n; i++)
		if (vprep_pf_vf(io, pf, numbers[i], &address) == 0 &&
		    vprep_pci_address_same(address, vf))
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
	vf->known = true;
	return 0;
}

int vprep_vf_read(struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_vf *ret)
{
	struct vprep_pci_text text = vprep_pci_address_text(address);
	_cleanup_(vprep_vf_done) struct vprep_vf vf = { .index = -1 };
	struct vprep_pci_address pf;
	int r;

	r = vprep_pf_of_vf(io, text.s, &pf);
	if (r == 0)
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
