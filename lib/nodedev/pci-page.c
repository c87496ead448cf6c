// SPDX-License-Identifier: GPL-2.0-or-later
/* What people are told of a PCI device. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/pci-place.h"
#include "host/sriov.h"
#include "nodedev/kind.h"

#define NAME_MAX_LEN 1024
#define MOST_VFS 8 /* more are told by the first and the last one */

/* "Ethernet controller", of libpci's list, else of udevd's. NULL: neither has it. */
static const char *class_name(struct vprep_nodedev_reader *r, uint64_t class_code)
{
	char buf[NAME_MAX_LEN];
	const char *name = vprep_pciids_class(r->names, (uint16_t)(class_code >> 8), buf,
					      sizeof(buf));

	if (name)
		return vprep_reader_text(r, name);
	name = vprep_reader_property(r, "ID_PCI_SUBCLASS_FROM_DATABASE");
	return name ? name : vprep_reader_property(r, "ID_PCI_CLASS_FROM_DATABASE");
}

/* Of a VF, behind its class: ", virtual function 3 of 0000:05:00.1". */
static void add_physfn(struct vprep_nodedev_reader *r, struct vprep_buf *text)
{
	_cleanup_free_ unsigned *numbers = NULL;
	struct vprep_pci_address pf, vf;
	struct vprep_pci_text name;
	size_t i, n = 0;

	if (vprep_pf_of_vf(r->io, r->sysname, &pf) < 0)
		return;
	name = vprep_pci_address_text(pf);
	vprep_buf_add(text, ", virtual function");
	text->failed |= vprep_pf_vf_numbers(r->io, name.s, &numbers, &n) == -ENOMEM;
	for (i = 0; i < n; i++)
		if (vprep_pf_vf(r->io, name.s, numbers[i], &vf) == 0 &&
		    streq(vprep_pci_address_text(vf).s, r->sysname))
			vprep_buf_addf(text, " %u", numbers[i]);
	vprep_buf_addf(text, " of %s", name.s);
}

static void tell_what(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	uint64_t class_code = vprep_reader_number(r, "class", 16, 0);
	const char *name = class_name(r, class_code);
	_cleanup_buf_ struct vprep_buf text = { 0 };

	if (name)
		vprep_buf_add(&text, name);
	else
		vprep_buf_addf(&text, "PCI class %04x",
			       (unsigned)(class_code >> 8 & 0xffff));
	add_physfn(r, &text);
	vprep_buf_addf(&text, ", ids %04x:%04x",
		       (unsigned)vprep_reader_number(r, "vendor", 16, 0),
		       (unsigned)vprep_reader_number(r, "device", 16, 0));
	page->lines.failed |= text.failed;
	vprep_page_add(page, "what", text.data);
}

static void tell_where(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	uint64_t numa = vprep_reader_number(r, "numa_node", 10, UINT64_MAX);
	struct vprep_pci_address address = { 0 };
	_cleanup_buf_ struct vprep_buf text = { 0 };
	_cleanup_(vprep_pci_slots_done) struct vprep_pci_slots slots = { .n = 0 };
	const char *slot;

	vprep_pci_address_parse(r->sysname, &address);
	vprep_pci_slots_read(r->io, &slots);
	slot = vprep_pci_slot_of(&slots, r->sysname);
	vprep_buf_addf(&text, "PCI bus %02x", address.bus);
	if (slot)
		vprep_buf_addf(&text, ", slot %s", slot);
	if (numa <= INT32_MAX)
		vprep_buf_addf(&text, ", NUMA node %d", (int)numa);
	page->lines.failed |= text.failed || slots.pool.failed;
	vprep_page_add(page, "where", text.data);
}

static void tell_functions(struct vprep_nodedev_reader *r,
			   struct vprep_nodedev_page *page)
{
	uint64_t total = vprep_reader_number(r, "sriov_totalvfs", 10, 0);
	_cleanup_free_ unsigned *numbers = NULL;
	_cleanup_buf_ struct vprep_buf text = { 0 };
	struct vprep_pci_address vf;
	size_t i, n = 0;

	if (total == 0 || total > UINT16_MAX)
		return;
	page->lines.failed |=
		vprep_pf_vf_numbers(r->io, r->sysname, &numbers, &n) == -ENOMEM;
	vprep_buf_addf(&text, "%zu of %u virtual functions", n, (unsigned)total);
	for (i = 0; i < n; i++) {
		bool few = n <= MOST_VFS;

		if ((!few && i > 0 && i + 1 < n) ||
		    vprep_pf_vf(r->io, r->sysname, numbers[i], &vf) < 0)
			continue;
		vprep_buf_addf(&text, "%s%s",
			       i == 0 ? ": "
			       : few  ? " "
				      : " to ",
			       vprep_pci_address_text(vf).s);
	}
	page->lines.failed |= text.failed;
	vprep_page_add(page, "SR-IOV", text.data);
}

/* In the kernel's order, which is that in which it tries them. */
static void tell_resets(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	static const struct {
		const char *word, *text;
	} words[] = {
		{ "device_specific", "of its own" }, { "acpi", "by the firmware" },
		{ "flr", "function level" },	     { "af_flr", "function level (AF)" },
		{ "pm", "by power state" },	     { "bus", "of its bus" },
		{ "cxl_bus", "of its CXL bus" },
	};
	_cleanup_buf_ struct vprep_buf text = { 0 };
	char *rest = vprep_pool_dup(r->pool, vprep_reader_attr(r, "reset_method")), *word;
	size_t i;

	while (rest && (word = strsep(&rest, " "))) {
		for (i = 0; i < VPREP_ARRAY_SIZE(words); i++)
			if (streq(word, words[i].word))
				break;
		if (*word)
			vprep_buf_addf(&text, "%s%s", text.len ? ", " : "",
				       i < VPREP_ARRAY_SIZE(words) ? words[i].text
								   : word);
	}
	page->lines.failed |= text.failed;
	vprep_page_add(page, "resets", text.data);
}

static void tell_power(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	const char *state = vprep_reader_attr(r, "power_state");
	const char *control = vprep_reader_attr(r, "power/control");
	const char *policy = "";

	if (control && streq(control, "on"))
		policy = "kept on";
	else if (control && streq(control, "auto"))
		policy = "may sleep when it is idle";
	if (state && !streq(state, "unknown"))
		vprep_page_addf(page, "power", "state %s%s%s", state, *policy ? ", " : "",
				policy);
	else
		vprep_page_add(page, "power", policy);
}

void vprep_tell_types(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	struct vprep_mdev_type_facts *types;
	size_t n, i;

	vprep_read_types(r, true, &types, &n);
	for (i = 0; i < n; i++) {
		const char *name = types[i].name ? types[i].name : "";
		size_t there = vprep_strv_len(types[i].instances);

		vprep_page_addf(page, "mdev type", "%s%s%s%s: %zu made, %u left",
				types[i].id, *name ? " (" : "", name, *name ? ")" : "",
				there, types[i].available);
	}
}

void vprep_tell_pci(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	vprep_page_add(page, "model", vprep_nodedev_kinds[VPREP_CAP_PCI]->brief(r));
	tell_what(r, page);
	tell_where(r, page);
	vprep_page_add(page, "link", vprep_pci_link(r->io, r->pool, r->path));
	tell_functions(r, page);
	vprep_tell_types(r, page);
	tell_resets(r, page);
	tell_power(r, page);
}
