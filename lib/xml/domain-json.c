// SPDX-License-Identifier: GPL-2.0-or-later
/* A domain's devices in JSON, as requests shows them. */
#include "common/cleanup.h"
#include "common/json.h"
#include "xml/domain.h"

static void add_device(struct vprep_json to, const struct vprep_device *device)
{
	const struct vprep_device_asked *asked = &device->asked;

	vprep_json_add_string(to, "type", device->kind->type);
	device->kind->add_json(to, asked);
	if (asked->has_mac)
		vprep_json_add_string(to, "mac", vprep_mac_text(asked->mac).s);
	if (asked->has_vlan)
		vprep_json_add_unsigned(to, "vlan", asked->vlan);
}

int vprep_domain_json(const struct vprep_domain *domain, bool pretty, char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json array = vprep_json_begin_array(&document);
	size_t i;

	for (i = 0; i < domain->devices.n; i++)
		add_device(vprep_json_add_object(array, NULL), &domain->devices.items[i]);
	return vprep_json_text(&document, pretty ? VPREP_JSON_PRETTY : VPREP_JSON_SPACED,
			       ret);
}
