// SPDX-License-Identifier: GPL-2.0-or-later
/* The facts of a PCI device, in libvirt's elements. */
#include "common/cleanup.h"
#include "xml/nodedev-emit.h"

static void tell_addresses(const struct vprep_nodedev_emitter *s,
			   const struct vprep_pci_addresses *addresses)
{
	size_t i;

	for (i = 0; i < addresses->n; i++)
		s->address(s->to, addresses->items[i]);
}

static void tell_functions(const struct vprep_nodedev_emitter *s,
			   const struct vprep_pci_node *pci)
{
	if (pci->has_physfn) {
		vprep_emit_open(s, "phys_function");
		s->address(s->to, pci->physfn);
		s->close(s->to);
	}
	if (pci->total_vfs > 0) {
		vprep_emit_open(s, "virt_functions");
		vprep_emit_set(s, "maxCount", "%lld", (long long)pci->total_vfs);
		tell_addresses(s, &pci->vfs);
		s->close(s->to);
	}
}

static void tell_customs(const struct vprep_nodedev_emitter *s, const char *element,
			 const struct vprep_vpd_customs *customs)
{
	size_t i;

	for (i = 0; i < customs->n; i++) {
		s->open(s->to, element);
		vprep_emit_set(s, "index", "%c", customs->items[i].index);
		s->text(s->to, customs->items[i].value);
		s->close(s->to);
	}
}

static void tell_vpd(const struct vprep_nodedev_emitter *s, const struct vprep_vpd *vpd)
{
	vprep_emit_open(s, "vpd");
	vprep_emit(s, "name", vpd->name ? vpd->name : "");
	if (vpd->has_readonly) {
		s->open(s->to, "fields");
		s->set(s->to, "access", "readonly");
		vprep_emit(s, "change_level", vpd->change_level);
		vprep_emit(s, "manufacture_id", vpd->manufacture_id);
		vprep_emit(s, "part_number", vpd->part_number);
		vprep_emit(s, "serial_number", vpd->serial_number);
		tell_customs(s, "vendor_field", &vpd->vendor_readonly);
		s->close(s->to);
	}
	if (vpd->has_readwrite) {
		s->open(s->to, "fields");
		s->set(s->to, "access", "readwrite");
		vprep_emit(s, "asset_tag", vpd->asset_tag);
		tell_customs(s, "vendor_field", &vpd->vendor_readwrite);
		tell_customs(s, "system_field", &vpd->system);
		s->close(s->to);
	}
	s->close(s->to);
}

static void tell_link(const struct vprep_nodedev_emitter *s, const char *validity,
		      int port, const struct vprep_pcie_link *link)
{
	/* gigatransfers a second, by the code in the register */
	static const char *const speeds[] = { NULL, "2.5", "5", "8", "16", "32", "64" };

	s->open(s->to, "link");
	s->set(s->to, "validity", validity);
	if (port >= 0)
		vprep_emit_set(s, "port", "%d", port);
	if (link->speed < VPREP_ARRAY_SIZE(speeds) && speeds[link->speed])
		s->set(s->to, "speed", speeds[link->speed]);
	vprep_emit_set(s, "width", "%u", link->width);
	s->close(s->to);
}

static void tell_express(const struct vprep_nodedev_emitter *s,
			 const struct vprep_pci_node *pci)
{
	s->open(s->to, "pci-express");
	if (pci->has_link) {
		tell_link(s, "cap", (int)pci->port, &pci->most);
		tell_link(s, "sta", -1, &pci->now);
	}
	s->close(s->to);
}

void vprep_emit_pci(const struct vprep_nodedev *d, const struct vprep_nodedev_emitter *s)
{
	static const char *const bridges[] = { NULL, "pci-bridge", "cardbus-bridge" };
	const struct vprep_pci_node *pci = &d->pci;

	if (pci->class_code >= 0)
		vprep_emit_number(s, "class", "0x%06llx", (long long)pci->class_code);
	vprep_emit_number(s, "domain", "%u", pci->address.domain);
	vprep_emit_number(s, "bus", "%u", pci->address.bus);
	vprep_emit_number(s, "slot", "%u", pci->address.slot);
	vprep_emit_number(s, "function", "%u", pci->address.function);
	vprep_emit_id(s, "product", pci->product, pci->product_name);
	vprep_emit_id(s, "vendor", pci->vendor, pci->vendor_name);
	tell_functions(s, pci);
	if (pci->header_type > 0) {
		vprep_emit_open(s, bridges[pci->header_type]);
		s->close(s->to);
	}
	vprep_emit_types(s, &pci->types);
	if (pci->vpd)
		tell_vpd(s, pci->vpd);
	if (pci->members.n > 0) {
		s->open(s->to, "iommuGroup");
		vprep_emit_set(s, "number", "%d", pci->group);
		tell_addresses(s, &pci->members);
		s->close(s->to);
	}
	if (pci->numa >= 0) {
		s->open(s->to, "numa");
		vprep_emit_set(s, "node", "%d", pci->numa);
		s->close(s->to);
	}
	if (pci->is_express)
		tell_express(s, pci);
}
