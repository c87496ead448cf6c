// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/pci-place.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

#define WIDTH_UNKNOWN 0xff

void vprep_pci_slots_read(const struct vprep_io *io, struct vprep_pci_slots *ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	*ret = (struct vprep_pci_slots){ .n = 0 };
	if (vprep_io_list(io, VPREP_SYS, &names, "bus/pci/slots") < 0)
		return;
	ret->items =
		vprep_pool_alloc(&ret->pool, vprep_strv_len(names), sizeof(*ret->items));
	for (i = 0; ret->items && names[i]; i++) {
		char *address = NULL;

		if (vprep_io_read(io, VPREP_SYS, &address, "bus/pci/slots/%s/address",
				  names[i]) < 0)
			continue;
		ret->items[ret->n++] = (struct vprep_pci_slot){
			.name = vprep_pool_printable(&ret->pool, names[i]),
			.address = vprep_pool_take(&ret->pool, address),
		};
	}
}

void vprep_pci_slots_done(struct vprep_pci_slots *slots)
{
	vprep_pool_done(&slots->pool);
	*slots = (struct vprep_pci_slots){ .n = 0 };
}

const char *vprep_pci_slot_of(const struct vprep_pci_slots *slots, const char *address)
{
	size_t len = strcspn(address, "."), i;

	for (i = 0; !slots->pool.failed && i < slots->n; i++)
		if (strlen(slots->items[i].address) == len &&
		    strncmp(slots->items[i].address, address, len) == 0)
			return slots->items[i].name;
	return NULL;
}

/* "8 GT/s x8", of the kernel's "8.0 GT/s PCIe" and "8". NULL: that is not known. */
static const char *half(const struct vprep_io *io, struct vprep_pool *pool,
			const char *path, const char *which)
{
	_cleanup_free_ char *speed = NULL;
	uint64_t width;
	size_t digits;

	if (vprep_io_read(io, VPREP_SYS, &speed, "%s/%s_link_speed", path, which) < 0 ||
	    vprep_io_read_u64(io, VPREP_SYS, 10, &width, "%s/%s_link_width", path,
			      which) < 0)
		return NULL;
	digits = strspn(speed, "0123456789.");
	if (digits == 0 || width == 0 || width >= WIDTH_UNKNOWN)
		return NULL;
	if (digits > 2 && strncmp(speed + digits - 2, ".0", 2) == 0)
		digits -= 2;
	return vprep_pool_strf(pool, "%.*s GT/s x%u", (int)digits, speed,
			       (unsigned)width);
}

const char *vprep_pci_link(const struct vprep_io *io, struct vprep_pool *pool,
			   const char *path)
{
	const char *now = half(io, pool, path, "current");
	const char *most = half(io, pool, path, "max");

	if (!most)
		return NULL;
	return now ? vprep_pool_strf(pool, "%s of %s", now, most)
		   : vprep_pool_strf(pool, "down, %s at most", most);
}

/* Whether the component at @name is the root of a domain: "pci10000:e0". */
static bool is_root_bus(const char *name)
{
	static const char hex[] = "0123456789abcdef";

	if (strncmp(name, "pci", strlen("pci")) != 0)
		return false;
	name += strlen("pci") + strspn(name + strlen("pci"), hex);
	return *name == ':' && strspn(name + 1, hex) == 2 && name[3] == '/';
}

bool vprep_pci_domain_maker(const char *path, struct vprep_pci_address *ret)
{
	char name[sizeof(struct vprep_pci_text)];
	const char *start, *end;

	for (start = path; (end = strchr(start, '/')); start = end + 1) {
		size_t len = (size_t)(end - start);

		if (len >= sizeof(name) || !is_root_bus(end + 1))
			continue;
		memcpy(name, start, len);
		name[len] = '\0';
		if (vprep_pci_address_parse(name, ret) == 0)
			return true;
	}
	return false;
}
