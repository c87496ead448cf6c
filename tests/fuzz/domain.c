// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domain of any bytes: an error of one line with its place, or a domain that keeps what
 * its header promises, and that is filled as it says. Built as a libFuzzer target, and
 * with replay.c as a plain program.
 */
#include "xml/domain.h"

#include <json-c/json_tokener.h>

#include "fuzz.h"
#include "xml/domain-fill.h"
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
	CHECK(needed || (domain->devices.n == 0 && domain->n_mdevs == 0 &&
			 domain->n_vfs == 0 && domain->n_named == 0 && !domain->user &&
			 domain->policy == VPREP_POLICY_DEFAULT));
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

/* Another device for each name, whatever the document has. */
static void choose(const struct vprep_domain *domain, struct vprep_domain_fill *fills)
{
	size_t i, k;

	for (i = 0; i < domain->n_named; i++) {
		fills[i].named = &domain->named[i];
		fills[i].address =
			(struct vprep_pci_address){ 0x1abcd, 7, (uint8_t)(i / 8),
						    (uint8_t)(i % 8) };
		for (k = 0; k < domain->devices.n; k++) {
			const struct vprep_device_asked *asked =
				&domain->devices.items[k].asked;

			if (domain->devices.items[k].kind == &vprep_kind_pci &&
			    asked->pci.declared && domain->named[i].has_address &&
			    vprep_pci_address_same(asked->pci.address,
						   domain->named[i].address))
				fills[i].element = asked->pci.element;
		}
	}
}

/* Filled, or refused with a reason; that what is filled means what was chosen, it looks
 * after itself. */
static void check_fill(const char *text, size_t len, const struct vprep_domain *domain)
{
	struct vprep_domain_fill fills[VPREP_DOMAIN_NAMED_MAX] = { { NULL } };
	struct vprep_error err = { 0 };
	struct vprep_domain *again = NULL;
	char *filled = NULL;
	int r;

	choose(domain, fills);
	r = vprep_domain_fill(text, len, fills, domain->n_named, &filled, &err);
	CHECK((r == 0) == (filled != NULL));
	if (r < 0) {
		CHECK(r == -err.number && err.code == VPREP_E_USAGE);
		CHECK(*err.message && fuzz_is_printable(err.message));
		return;
	}
	CHECK(vprep_domain_parse(filled, strlen(filled), &again, &err) == 0);
	CHECK(again->devices.n >= domain->devices.n);
	CHECK(strcmp(again->name, domain->name) == 0);
	CHECK(again->n_mdevs == domain->n_mdevs && again->n_vfs == domain->n_vfs);
	vprep_domain_free(again);
	free(filled);
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
	if (r == 0 && domain->n_named > 0)
		check_fill((const char *)data, len, domain);
	vprep_domain_free(domain);
	return 0;
}
