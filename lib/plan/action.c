// SPDX-License-Identifier: GPL-2.0-or-later
/* What is to be done with a member of a group. */
#include "common/str.h"
#include "plan/check.h"

enum vprep_action vprep_member_action(const struct vprep_facts_member *m,
				      const struct vprep_attach_options *options)
{
	const struct vprep_pci_device *pci = m->member->pci;

	if (m->claimed)
		return VPREP_ACTION_LEAVE;
	if (m->device)
		return !pci || vprep_str_same(pci->driver, m->choice.driver)
			       ? VPREP_ACTION_LEAVE
			       : VPREP_ACTION_BIND;
	/* one in a domain that its controller's driver makes goes away with that driver */
	if (m->leaves_dma || (pci && pci->has_controller && !m->denied))
		return VPREP_ACTION_LEAVE;
	if (!pci || options->strict || m->denied)
		return VPREP_ACTION_BLOCKS;
	return vprep_pci_stays(pci) ? VPREP_ACTION_UNBIND : VPREP_ACTION_PLACEHOLDER;
}
