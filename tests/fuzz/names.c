// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of any bytes: of devices, owners and custom properties. Each is refused, or
 * written again the same way.
 */
#include "fuzz.h"

#include "common/str.h"
#include "journal/escape.h"
#include "mdev-type.h"
#include "model/device.h"
#include "model/pci.h"
#include "model/uuid.h"
#include "model/vport.h"

static void check_owner(const char *id)
{
	_cleanup_free_ char *file = NULL, *again = NULL;

	if (vprep_escape_file(id, &file) < 0)
		return;
	CHECK(!strchr(file, '/') && *file != '.' && strlen(file) <= 255);
	CHECK(vprep_unescape_file(file, &again) == 0 && streq(again, id));
}

static void check_file(const char *file)
{
	_cleanup_free_ char *id = NULL, *again = NULL;

	if (vprep_unescape_file(file, &id) == 0)
		CHECK(vprep_escape_file(id, &again) == 0 && streq(again, file));
}

static void check_address(const char *text)
{
	struct vprep_pci_address address, again;

	if (vprep_pci_address_parse(text, &address) < 0)
		return;
	CHECK(strcasecmp(vprep_pci_address_text(address).s, text) == 0);
	CHECK(vprep_pci_address_parse(vprep_pci_address_text(address).s, &again) == 0);
	CHECK(vprep_pci_address_same(address, again));
}

static void check_numbers(const char *text)
{
	struct vprep_uuid uuid, again;
	uint64_t wwn, wwnn;

	if (vprep_uuid_parse(text, &uuid) == 0) {
		CHECK(vprep_uuid_parse(vprep_uuid_text(&uuid).s, &again) == 0);
		CHECK(vprep_uuid_same(&uuid, &again));
	}
	if (vprep_wwn_parse(text, &wwn) == 0)
		CHECK(wwn != 0);
	if (vprep_wwn_pair_parse(text, &wwn, &wwnn) == 0)
		CHECK(wwn != 0 && wwnn != 0);
}

static void check_device(const char *text)
{
	struct vprep_device device = { 0 };
	struct vprep_error err = { 0 };
	int r = vprep_device_parse_name(text, &device, &err);

	if (r < 0) {
		fuzz_check_error(r, &err);
		return;
	}
	CHECK(device.kind && *vprep_device_asked_text(&device).s);
}

static void check_property(const char *text)
{
	struct vprep_vdsm_mdevs mdevs;
	size_t i;

	if (vprep_vdsm_mdevs_parse(text, &mdevs))
		return;
	CHECK(mdevs.n > 0 && mdevs.n <= VPREP_VDSM_MDEVS_MAX);
	for (i = 0; i < mdevs.n; i++)
		CHECK(*mdevs.items[i].type && fuzz_is_printable(mdevs.items[i].type) &&
		      !strpbrk(mdevs.items[i].type, "<>&'\"/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_free_ char *text = fuzz_string(data, len);

	check_owner(text);
	check_file(text);
	check_address(text);
	check_numbers(text);
	check_device(text);
	check_property(text);
	CHECK(fuzz_is_printable(vprep_quote(text).text));
	return 0;
}
