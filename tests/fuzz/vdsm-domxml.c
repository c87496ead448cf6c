// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VDSM's editor on a domain of any bytes: what it adds stands where it should, and all
 * else is as it was. What the library reads before, it reads afterwards, with as many
 * devices more as were added.
 */
#include "domxml.h"

#include "fuzz.h"
#include "xml/domain.h"

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define DEVICE                                                                                \
	"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='" UUID \
	"'/></source></hostdev>"
#define REST "<metadata/>"

/* How many devices it has; -1: it cannot be read. */
static int count_devices(const char *text, size_t len)
{
	struct vprep_domain *domain = NULL;
	int n = -1;

	if (vprep_domain_parse(text, len, &domain, NULL) == 0)
		n = (int)domain->devices.n;
	vprep_domain_free(domain);
	return n;
}

static void check_added(const char *text, size_t len,
			const struct vprep_domain_places *places)
{
	_cleanup_free_ char *added = NULL, *empty = NULL;
	struct vprep_domain_places again;
	size_t added_len, empty_len;
	int before, after;

	CHECK(places->devices <= places->end && places->end < len);
	empty = vprep_domxml_add(text, len, places, "", "", &empty_len);
	if (!places->is_empty)
		CHECK(empty_len == len && memcmp(empty, text, len) == 0);
	added = vprep_domxml_add(text, len, places, DEVICE, REST, &added_len);
	CHECK(added_len == empty_len + strlen(DEVICE) + strlen(REST));
	CHECK(memcmp(added, text, places->devices) == 0);
	CHECK(!vprep_domain_places_find(added, added_len, &again) && !again.is_empty);
	before = count_devices(text, len);
	after = count_devices(added, added_len);
	if (before >= 0 && !memmem(text, len, UUID, strlen(UUID)))
		CHECK(after == before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vprep_domain_places places;
	const char *text = (const char *)data;
	const char *why = vprep_domain_places_find(text, len, &places);

	if (why)
		CHECK(fuzz_is_printable(why));
	else
		check_added(text, len, &places);
	return 0;
}
