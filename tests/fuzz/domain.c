// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domain of any bytes: an error of one line with its place, or a domain that keeps what
 * its header promises. Built as a libFuzzer target, and with replay.c as a plain program.
 */
#include "xml/domain.h"

#include <json-c/json_tokener.h>

#include "fuzz.h"
#include "xml/scan.h"

static void check_error(int r, const struct vprep_error *err)
{
	CHECK(r == -err->number && err->code == VPREP_E_USAGE);
	CHECK(*err->message && fuzz_is_printable(err->message));
	CHECK(strncmp(err->message, "line ", 5) == 0 ||
	      streq(err->message, "the domain has no <name>"));
}

static void check_device(const struct vprep_device *d)
{
	const struct vprep_device_asked *asked = &d->asked;

	CHECK(d->kind && asked->line > 0);
	CHECK(*vprep_device_asked_text(d).s);
	if (d->kind == &vprep_kind_pci) {
		struct vprep_pci_text text = vprep_pci_address_text(asked->pci.address);
		struct vprep_pci_address address;

		CHECK(vprep_pci_address_parse(text.s, &address) == 0);
		CHECK(vprep_pci_address_same(address, asked->pci.address));
		CHECK(!asked->pci.driver || !strchr(asked->pci.driver, '/'));
		CHECK((asked->origin == VPREP_ORIGIN_DISK) ==
		      (asked->pci.namespace_id != 0));
	}
	if (d->kind == &vprep_kind_usb)
		CHECK(asked->usb.has_id || asked->usb.has_address);
	if (d->kind == &vprep_kind_vdpa)
		CHECK(*asked->vdpa.path == '/' && fuzz_is_printable(asked->vdpa.path));
	if (d->kind == &vprep_kind_mdev && asked->mdev.definition.type)
		CHECK(!strchr(asked->mdev.definition.type, '/'));
}

static void check_json(const struct vprep_domain *domain)
{
	struct json_object *parsed;
	char *text = NULL;

	CHECK(vprep_domain_json(domain, domain->devices.n % 2 == 0, &text) == 0);
	parsed = json_tokener_parse(text);
	CHECK(json_object_is_type(parsed, json_type_array));
	CHECK(json_object_array_length(parsed) == domain->devices.n);
	json_object_put(parsed);
	free(text);
}

static void check_domain(const struct vprep_domain *domain, bool needed)
{
	size_t i, k;

	CHECK(domain->name && *domain->name);
	CHECK(needed ||
	      (domain->devices.n == 0 && domain->n_mdevs == 0 && domain->n_vfs == 0 &&
	       !domain->user && domain->policy == VPREP_POLICY_DEFAULT));
	for (i = 0; i < domain->devices.n; i++) {
		const struct vprep_device *d = &domain->devices.items[i];

		check_device(d);
		for (k = 0; k < i; k++)
			CHECK(domain->devices.items[k].kind != d->kind ||
			      !d->kind->is_same(&domain->devices.items[k].asked,
						&d->asked));
	}
	for (i = 0; i < domain->n_mdevs; i++)
		CHECK(domain->mdevs[i].definition.type && domain->mdevs[i].line > 0);
	for (i = 0; i < domain->n_vfs; i++)
		CHECK(domain->vfs[i].count > 0 && *domain->vfs[i].pf);
	check_json(domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vprep_domain *domain = NULL;
	struct vprep_error err = { 0 };
	bool needed = vprep_domain_may_need_us((const char *)data, len);
	int r = vprep_domain_parse((const char *)data, len, &domain, &err);

	CHECK((r == 0) == (domain != NULL));
	if (r < 0)
		check_error(r, &err);
	else
		check_domain(domain, needed);
	vprep_domain_free(domain);
	return 0;
}
