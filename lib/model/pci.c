// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/pci.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"

static char *add_hex(char *to, unsigned value, unsigned digits)
{
	while (digits-- > 0)
		*to++ = "0123456789abcdef"[value >> 4 * digits & 0xf];
	return to;
}

/* As "%04x:%02x:%02x.%x"; hosts have thousands of them, and printf is slow. */
struct vprep_pci_text vprep_pci_address_text(struct vprep_pci_address a)
{
	struct vprep_pci_text t = { "" };
	unsigned digits = 4;
	char *to;

	while (digits < 8 && (unsigned)a.domain >> 4 * digits > 0)
		digits++;
	to = add_hex(t.s, a.domain, digits);
	*to++ = ':';
	to = add_hex(to, a.bus, 2);
	*to++ = ':';
	to = add_hex(to, a.slot & 0x1fu, 2);
	*to++ = '.';
	add_hex(to, a.function & 7u, 1);
	return t;
}

struct vprep_pci_text vprep_pci_address_name(struct vprep_pci_address a)
{
	struct vprep_pci_text t;

	snprintf(t.s, sizeof(t.s), "pci_%04x_%02x_%02x_%x", a.domain, a.bus,
		 a.slot & 0x1fu, a.function & 7u);
	return t;
}

int vprep_pci_address_parse(const char *s, struct vprep_pci_address *ret)
{
	struct vprep_pci_address a;
	uint64_t domain, bus, slot, function;
	size_t len = strlen(s), d;

	/* DDDD:BB:SS.F, the domain as long as it needs: the tail is fixed. */
	if (len < 12 || len > 16)
		return -EINVAL;
	d = len - 8;
	if ((d > 4 && s[0] == '0') || s[d] != ':' || s[d + 3] != ':' || s[d + 6] != '.' ||
	    vprep_parse_u64_n(s, d, 16, UINT32_MAX, &domain) < 0 ||
	    vprep_parse_u64_n(s + d + 1, 2, 16, 0xff, &bus) < 0 ||
	    vprep_parse_u64_n(s + d + 4, 2, 16, 0x1f, &slot) < 0 ||
	    vprep_parse_u64_n(s + d + 7, 1, 16, 7, &function) < 0)
		return -EINVAL;
	a = (struct vprep_pci_address){
		.domain = (uint32_t)domain,
		.bus = (uint8_t)bus,
		.slot = (uint8_t)slot,
		.function = (uint8_t)function,
	};
	*ret = a;
	return 0;
}

/* By class and subclass. "Other" bridges (0680) are missing: a guest may get an NVSwitch,
 * which is one. */
const char *vprep_pci_host_part(const struct vprep_pci_device *d)
{
	static const struct {
		uint16_t class;
		const char *name;
	} parts[] = {
		{ 0x0600, "host bridge" },	    { 0x0601, "ISA bridge" },
		{ 0x0602, "EISA bridge" },	    { 0x0603, "MicroChannel bridge" },
		{ 0x0605, "PCMCIA bridge" },	    { 0x0606, "NuBus bridge" },
		{ 0x0607, "CardBus bridge" },	    { 0x0608, "RACEway bridge" },
		{ 0x0800, "interrupt controller" }, { 0x0806, "IOMMU" },
	};
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(parts); i++)
		if (d->class_code >> 8 == parts[i].class)
			return parts[i].name;
	return NULL;
}

void vprep_pci_device_free(struct vprep_pci_device *d)
{
	if (!d)
		return;
	free(d->driver);
	free(d->module);
	free(d->override);
	free(d->power);
	free(d->modalias);
	free(d);
}
