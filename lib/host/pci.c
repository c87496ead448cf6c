// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/pci.h"

#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/str.h"
#include "host/pci-place.h"
#include "host/sriov.h"

#define DEVICE "bus/pci/devices/%s/"
#define CONFIG_HEADER_TYPE 0x0e
#define REGION_IS_MEMORY 0x200 /* IORESOURCE_MEM, linux/ioport.h */
#define MADE_DOMAINS 0x10000   /* their first number: drivers/pci/controller/vmd.c */
#define N_BARS 6	       /* behind them: the ROM, and what is for VFs */

/* An absent attribute leaves NULL. */
static int absent_is_null(int r)
{
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

int vprep_pci_group(const struct vprep_io *io, struct vprep_pci_address address, int *ret)
{
	struct vprep_pci_text text = vprep_pci_address_text(address);
	_cleanup_free_ char *name = NULL;
	uint64_t number;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &name, DEVICE "iommu_group", text.s);
	if (r == -ENOENT) {
		*ret = -1;
		return 0;
	}
	if (r < 0)
		return r;
	if (vprep_parse_u64(name, 10, INT32_MAX, &number) < 0)
		return -EIO;
	*ret = (int)number;
	return 0;
}

bool vprep_group_is_made_up(const struct vprep_io *io, unsigned number)
{
	_cleanup_free_ char *name = NULL;

	return vprep_io_read(io, VPREP_SYS, &name, "kernel/iommu_groups/%u/name",
			     number) == 0 &&
	       streq(name, "vfio-noiommu");
}

int vprep_pci_iommu_group(const struct vprep_io *io, struct vprep_pci_address address,
			  int *ret)
{
	int r = vprep_pci_group(io, address, ret);

	if (r == 0 && *ret >= 0 && vprep_group_is_made_up(io, (unsigned)*ret))
		*ret = -1;
	return r;
}

static int read_relations(const struct vprep_io *io, struct vprep_pci_device *d)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n;
	int r = vprep_pf_of_vf(io, d->text.s, &d->physfn);

	d->has_physfn = r == 0;
	if (r < 0 && r != -ENOENT && r != -EIO)
		return r;
	if (d->has_physfn ||
	    !vprep_io_exists(io, VPREP_SYS, DEVICE "sriov_totalvfs", d->text.s))
		return 0;
	r = vprep_pf_vf_numbers(io, d->text.s, &numbers, &n);
	if (r == 0)
		d->n_vfs = (unsigned)n;
	return r;
}

static int read_driver(const struct vprep_io *io, struct vprep_pci_device *d)
{
	int r;

	r = absent_is_null(vprep_pci_driver(io, d->address, &d->driver));
	if (r < 0 || !d->driver)
		return r;
	return absent_is_null(vprep_io_link_name(io, VPREP_SYS, &d->module,
						 DEVICE "driver/module", d->text.s));
}

/*
 * Only a bridge has another header than type 0, and the common ones always do. Reading
 * config space would wake a device from D3cold, so it is left to the odd members of the
 * class.
 */
static int read_header_type(const struct vprep_io *io, struct vprep_pci_device *d)
{
	uint8_t header = 0;
	int r;

	switch (d->class_code >> 8) {
	case 0x0604: /* PCI to PCI */
	case 0x0609: /* the same, semi-transparent */
		d->header_type = 1;
		return 0;
	case 0x0607: /* CardBus */
		d->header_type = 2;
		return 0;
	default:
		if (d->class_code >> 16 != 0x06)
			return 0;
	}
	r = vprep_io_read_bytes(io, VPREP_SYS, CONFIG_HEADER_TYPE, &header, 1,
				DEVICE "config", d->text.s);
	if (r < 0 && r != -ENOENT && r != -EIO)
		return r;
	d->header_type = header == 0xff ? 0 : header & 0x7f;
	return 0;
}

/* The alias has what the attributes say one by one: "pci:v00008086d000010CAsv00001AF4"
 * "sd00001100bc02sc00i00", as drivers/pci/pci-sysfs.c writes it. */
static bool parse_alias(const char *alias, struct vprep_pci_identity *ret)
{
	static const struct {
		const char *before;
		size_t n_digits;
	} parts[] = { { "pci:v", 8 }, { "d", 8 },  { "sv", 8 }, { "sd", 8 },
		      { "bc", 2 },    { "sc", 2 }, { "i", 2 } };
	uint64_t value[VPREP_ARRAY_SIZE(parts)];
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(parts); i++) {
		size_t len = strlen(parts[i].before);
		char digits[9] = "";

		if (strncmp(alias, parts[i].before, len) != 0 ||
		    strlen(alias + len) < parts[i].n_digits)
			return false;
		memcpy(digits, alias + len, parts[i].n_digits);
		if (vprep_parse_u64(digits, 16, UINT32_MAX, &value[i]) < 0)
			return false;
		alias += len + parts[i].n_digits;
	}
	if (*alias || value[0] > UINT16_MAX || value[1] > UINT16_MAX)
		return false;
	ret->vendor = (uint16_t)value[0];
	ret->device = (uint16_t)value[1];
	ret->class_code = (uint32_t)(value[4] << 16 | value[5] << 8 | value[6]);
	return true;
}

static int read_attributes(const struct vprep_io *io, const char *name,
			   struct vprep_pci_identity *ret)
{
	static const struct {
		const char *name;
		uint64_t max;
	} attributes[] = { { "vendor", UINT16_MAX },
			   { "device", UINT16_MAX },
			   { "class", 0xffffff } };
	uint64_t value[VPREP_ARRAY_SIZE(attributes)];
	size_t i;
	int r;

	for (i = 0; i < VPREP_ARRAY_SIZE(attributes); i++) {
		r = vprep_io_read_u64(io, VPREP_SYS, 16, &value[i], DEVICE "%s", name,
				      attributes[i].name);
		if (r < 0)
			return r == -ENOENT ? -ENODEV : r;
		if (value[i] > attributes[i].max)
			return -EIO;
	}
	ret->vendor = (uint16_t)value[0];
	ret->device = (uint16_t)value[1];
	ret->class_code = (uint32_t)value[2];
	return 0;
}

/* @ret_alias: NULL where there is none. */
static int read_alias(const struct vprep_io *io, const char *name,
		      struct vprep_pci_identity *ret, char **ret_alias)
{
	int r = absent_is_null(
		vprep_io_read(io, VPREP_SYS, ret_alias, DEVICE "modalias", name));

	if (r < 0 || (*ret_alias && parse_alias(*ret_alias, ret)))
		return r;
	return read_attributes(io, name, ret);
}

int vprep_pci_identity_read(const struct vprep_io *io, const char *address,
			    struct vprep_pci_identity *ret)
{
	_cleanup_free_ char *alias = NULL;

	return read_alias(io, address, ret, &alias);
}

static int read_identity(const struct vprep_io *io, struct vprep_pci_device *d)
{
	struct vprep_pci_identity identity;
	int r = read_alias(io, d->text.s, &identity, &d->modalias);

	if (r < 0)
		return r;
	d->vendor = identity.vendor;
	d->device = identity.device;
	d->class_code = identity.class_code;
	return read_header_type(io, d);
}

static int read_controller(const struct vprep_io *io, struct vprep_pci_device *d)
{
	_cleanup_free_ char *path = NULL;
	int group, r;

	if (d->address.domain < MADE_DOMAINS || d->group < 0)
		return 0;
	r = vprep_io_readlink(io, VPREP_SYS, &path, "bus/pci/devices/%s", d->text.s);
	if (r == 0 && vprep_pci_domain_maker(path, &d->controller))
		d->has_controller = vprep_pci_group(io, d->controller, &group) == 0 &&
				    group == d->group;
	return r == -ENOMEM ? r : 0;
}

/* @group: the one that it was found in. NULL: that is looked up. */
static int read_device(const struct vprep_io *io, struct vprep_pci_address address,
		       const unsigned *group, struct vprep_pci_device **ret)
{
	_cleanup_(vprep_pci_device_freep) struct vprep_pci_device *d =
		calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->address = address;
	d->text = vprep_pci_address_text(address);
	r = read_identity(io, d);
	if (group)
		d->group = (int)*group;
	else if (r == 0)
		r = vprep_pci_iommu_group(io, address, &d->group);
	if (r == 0)
		r = read_controller(io, d);
	if (r == 0)
		r = read_driver(io, d);
	if (r == 0)
		r = absent_is_null(vprep_io_read(io, VPREP_SYS, &d->power,
						 DEVICE "power/control", d->text.s));
	if (r == 0)
		r = read_relations(io, d);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(d);
	return 0;
}

int vprep_pci_device_read(const struct vprep_io *io, struct vprep_pci_address address,
			  struct vprep_pci_device **ret)
{
	return read_device(io, address, NULL, ret);
}

int vprep_pci_member_read(const struct vprep_io *io, struct vprep_pci_address address,
			  unsigned group, struct vprep_pci_device **ret)
{
	return read_device(io, address, &group, ret);
}

/* A line is "0xSTART 0xEND 0xFLAGS". 0: it is no memory. */
static uint64_t region_size(char *line)
{
	char *save = NULL;
	uint64_t value[3];
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(value); i++) {
		const char *word = strtok_r(i == 0 ? line : NULL, " ", &save);

		if (!word || strncmp(word, "0x", 2) != 0 ||
		    vprep_parse_u64(word + 2, 16, UINT64_MAX, &value[i]) < 0)
			return 0;
	}
	if (!(value[2] & REGION_IS_MEMORY) || value[1] <= value[0] ||
	    value[1] - value[0] == UINT64_MAX)
		return 0;
	return value[1] - value[0] + 1;
}

int vprep_pci_regions(const struct vprep_io *io, struct vprep_pci_address address,
		      uint64_t *ret)
{
	struct vprep_pci_text text = vprep_pci_address_text(address);
	_cleanup_free_ char *table = NULL;
	char *line, *save = NULL;
	uint64_t sum = 0;
	unsigned i;
	int r;

	r = absent_is_null(
		vprep_io_read(io, VPREP_SYS, &table, DEVICE "resource", text.s));
	if (r < 0)
		return r;
	line = table ? strtok_r(table, "\n", &save) : NULL;
	for (i = 0; line && i < N_BARS; i++, line = strtok_r(NULL, "\n", &save))
		if (__builtin_add_overflow(sum, region_size(line), &sum))
			sum = UINT64_MAX;
	*ret = sum;
	return 0;
}

int vprep_pci_driver(const struct vprep_io *io, struct vprep_pci_address address,
		     char **ret)
{
	struct vprep_pci_text text = vprep_pci_address_text(address);
	char *name = NULL;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &name, DEVICE "driver", text.s);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = name;
	return 0;
}

int vprep_pci_address_of_path(const char *path, struct vprep_pci_address *ret)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *start = end;
		char component[24];
		size_t len;

		while (start > path && start[-1] != '/')
			start--;
		len = (size_t)(end - start);
		if (len < sizeof(component)) {
			memcpy(component, start, len);
			component[len] = '\0';
			if (vprep_pci_address_parse(component, ret) == 0)
				return 0;
		}
		end = start > path ? start - 1 : path;
	}
	return -ENODEV;
}

int vprep_pci_address_of_netdev(const struct vprep_io *io, const char *interface,
				struct vprep_pci_address *ret)
{
	_cleanup_free_ char *device = NULL;
	_cleanup_free_ char *path = NULL;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &device, "class/net/%s/device", interface);
	if (r < 0)
		return r == -ENOENT || r == -EINVAL || r == -ENOTDIR ? -ENODEV : r;
	if (vprep_pci_address_parse(device, ret) == 0)
		return 0;
	/* A virtio NIC is the PCI device's only child; what hangs on USB is not. */
	if (strncmp(device, "virtio", strlen("virtio")) != 0)
		return -ENODEV;
	r = vprep_io_readlink(io, VPREP_SYS, &path, "class/net/%s", interface);
	return r < 0 ? r : vprep_pci_address_of_path(path, ret);
}

struct above {
	const struct vprep_io *io;
	struct vprep_pci_address *items;
	size_t n;
};

/* False: it is among them. */
static bool is_new_above(const struct above *above, struct vprep_pci_address address)
{
	size_t i;

	for (i = 0; i < above->n; i++)
		if (vprep_pci_address_same(above->items[i], address))
			return false;
	return true;
}

static int add_above(struct above *above, const char *link)
{
	struct vprep_pci_address address, *added;
	_cleanup_free_ char *path = NULL;
	char *rest, *component;
	int r;

	r = vprep_io_readlink(above->io, VPREP_SYS, &path, "%s", link);
	if (r < 0)
		return r == -ENOMEM || r == -EIO ? r : 0;
	for (rest = path; (component = strsep(&rest, "/"));) {
		if (vprep_pci_address_parse(component, &address) < 0 ||
		    !is_new_above(above, address))
			continue;
		added = vprep_array_add(above->items, above->n);
		if (!added)
			return -ENOMEM;
		*added = address;
	}
	return 0;
}

int vprep_pci_above(const struct vprep_io *io, const char *link,
		    struct vprep_pci_address **ret, size_t *ret_n)
{
	struct above above = { .io = io };
	size_t i;
	int r = add_above(&above, link);

	/* a VF lies beside its PF in the tree, not below it */
	for (i = 0; r == 0 && i < above.n; i++) {
		struct vprep_pci_text text = vprep_pci_address_text(above.items[i]);
		_cleanup_free_ char *pf = NULL, *pf_link = NULL;

		r = vprep_io_link_name(io, VPREP_SYS, &pf, DEVICE "physfn", text.s);
		if (r < 0) {
			r = r == -ENOMEM || r == -EIO ? r : 0;
			continue;
		}
		pf_link = vprep_strf("bus/pci/devices/%s", pf);
		r = pf_link ? add_above(&above, pf_link) : -ENOMEM;
	}
	if (r < 0) {
		free(above.items);
		return r;
	}
	*ret = above.items;
	*ret_n = above.n;
	return 0;
}
