// SPDX-License-Identifier: GPL-2.0-or-later
/* What a PF says of a VF, and what it is declared to say. */
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/sriov.h"
#include "verb/apply.h"

const struct vprep_vf_config *vprep_apply_vf_of(const struct vprep_apply *apply,
						const char *device)
{
	size_t i;

	for (i = 0; i < apply->n; i++)
		if (apply->items[i].kind == VPREP_APPLY_VF &&
		    streq(apply->items[i].device, device))
			return apply->items[i].vf;
	return NULL;
}

/* What differs of a VF, as it is and as it is declared. */
struct vf_difference {
	struct vprep_vf_config config; /* that part of what is declared */
	struct vprep_buf is, declared;
};

__attribute__((format(printf, 2, 3))) static void add_words(struct vprep_buf *to,
							    const char *format, ...)
{
	_cleanup_free_ char *words = NULL;
	va_list ap;

	va_start(ap, format);
	words = vprep_vstrf(format, ap);
	va_end(ap);
	if (words)
		vprep_buf_addf(to, "%s%s", to->len > 0 ? ", " : "", words);
	to->failed |= !words;
}

static void compare_mac(const struct vprep_vf_config *declared, const struct vprep_vf *vf,
			struct vf_difference *d)
{
	if (!declared->has_mac || memcmp(declared->mac, vf->mac, VPREP_MAC_SIZE) == 0)
		return;
	d->config.has_mac = true;
	memcpy(d->config.mac, declared->mac, VPREP_MAC_SIZE);
	add_words(&d->is, "MAC address %s", vprep_mac_text(vf->mac).s);
	add_words(&d->declared, "%s", vprep_mac_text(declared->mac).s);
}

static void add_vlan(struct vprep_buf *to, unsigned vlan)
{
	if (vlan)
		add_words(to, "VLAN %u", vlan);
	else
		add_words(to, "no VLAN");
}

static void compare_vlan(const struct vprep_vf_config *declared,
			 const struct vprep_vf *vf, struct vf_difference *d)
{
	if (!declared->has_vlan || declared->vlan == vf->vlan)
		return;
	d->config.has_vlan = true;
	d->config.vlan = declared->vlan;
	add_vlan(&d->is, vf->vlan);
	add_vlan(&d->declared, declared->vlan);
}

static void compare_settings(const struct vprep_vf_settings *declared,
			     const struct vprep_vf_settings *now, struct vf_difference *d)
{
	int i;

	for (i = 0; i < VPREP_VF_SETTINGS; i++) {
		if (!declared->has[i] || !now->has[i] ||
		    declared->values[i] == now->values[i])
			continue;
		d->config.settings.has[i] = true;
		d->config.settings.values[i] = declared->values[i];
		add_words(&d->is, "%s %s", vprep_vf_setting_name(i),
			  vprep_vf_setting_text(i, now->values[i]).s);
		add_words(&d->declared, "%s %s", vprep_vf_setting_name(i),
			  vprep_vf_setting_text(i, declared->values[i]).s);
	}
}

/* What the driver does not show cannot be compared, and so not be declared of it. */
static void look_for_hidden(struct vprep_apply *apply, const char *device,
			    const struct vprep_declared_vf *declared,
			    const struct vprep_vf *vf, const char *file)
{
	int i;

	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		if (declared->config.settings.has[i] && !vf->settings.has[i])
			vprep_apply_add(
				apply, VPREP_APPLY_MISSING, device,
				"the driver of its PF does not show its %s, which %s "
				"declares (vf.%u.%s)",
				vprep_vf_setting_name(i), file, declared->number,
				vprep_vf_setting_name(i));
}

static void add_vf(struct vprep_apply *apply, struct vprep_pci_address address,
		   const struct vf_difference *d, const char *file)
{
	struct vprep_vf_config *config =
		vprep_pool_alloc(&apply->look.memory, 1, sizeof(*config));
	struct vprep_apply_item *item;

	if (!config || d->is.failed || d->declared.failed) {
		apply->look.memory.failed = true;
		return;
	}
	*config = d->config;
	item = vprep_apply_add(apply, VPREP_APPLY_VF, vprep_pci_address_text(address).s,
			       "%s; declared %s (%s)", d->is.data, d->declared.data,
			       file);
	if (item) {
		item->address = address;
		item->vf = config;
	}
}

/* What an owner has is his until he gives it back, and then is as it was declared. */
int vprep_apply_look_at_vf(struct vprep_apply *apply,
			   const struct vprep_declared_vf *declared,
			   struct vprep_pci_address address, const char *file)
{
	struct vprep_pci_text text = vprep_pci_address_text(address);
	_cleanup_(vprep_vf_done) struct vprep_vf vf;
	struct vf_difference d = { .is = { 0 } };
	int r;

	vprep_vf_init(&vf);
	vprep_apply_want(apply, text.s);
	if (vprep_apply_owner_of(apply, text.s))
		return 0;
	r = vprep_vf_read(apply->session->io, address, &vf);
	if (r < 0)
		return r;
	if (!vf.known) {
		vprep_apply_add(apply, VPREP_APPLY_MISSING, text.s,
				"%s does not show its MAC address and VLAN, and what "
				"else %s declares of it",
				apply->session->io->live ? "the interface of its PF"
							 : "a captured tree",
				file);
		return 0;
	}
	look_for_hidden(apply, text.s, declared, &vf, file);
	compare_mac(&declared->config, &vf, &d);
	compare_vlan(&declared->config, &vf, &d);
	compare_settings(&declared->config.settings, &vf.settings, &d);
	if (d.is.len > 0)
		add_vf(apply, address, &d, file);
	vprep_buf_done(&d.is);
	vprep_buf_done(&d.declared);
	return 0;
}
