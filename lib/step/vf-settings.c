// SPDX-License-Identifier: GPL-2.0-or-later
#include "step/vf-settings.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "host/sriov.h"
#include "step/context.h"

/* ---- plan ---- */

static int note(char **slot, int setting, const struct vprep_vf_settings *from)
{
	return vprep_str_replace(slot,
				 vprep_vf_setting_text(setting, from->values[setting]).s);
}

int vprep_vf_settings_note(struct vprep_vf_settings_facts *facts,
			   const struct vprep_vf_settings *wanted)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < VPREP_VF_SETTINGS; i++)
		if (wanted->has[i])
			r = note(&facts->wanted[i], i, wanted);
	return r;
}

int vprep_vf_settings_note_was(struct vprep_vf_settings_facts *facts,
			       const struct vprep_vf *vf)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < VPREP_VF_SETTINGS; i++)
		if (facts->wanted[i] && vf->settings.has[i])
			r = note(&facts->was[i], i, &vf->settings);
	return r;
}

void vprep_vf_settings_describe(char *const *texts, const char *comma,
				struct vprep_buf *to)
{
	int i;

	for (i = 0; i < VPREP_VF_SETTINGS; i++) {
		if (!texts[i])
			continue;
		vprep_buf_addf(to, "%s%s %s", comma, vprep_vf_setting_name(i), texts[i]);
		comma = ", ";
	}
}

/* ---- do and undo ---- */

static bool is(const struct vprep_vf *vf, int setting, const char *text)
{
	const struct vprep_vf_settings *now = &vf->settings;

	return now->has[setting] &&
	       streq(vprep_vf_setting_text(setting, now->values[setting]).s, text);
}

bool vprep_vf_settings_are(const struct vprep_vf *vf, char *const *texts)
{
	bool all = true;
	int i;

	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		all &= !texts[i] || is(vf, i, texts[i]);
	return all;
}

static int write_setting(struct vprep_io *io, const struct vprep_vf *vf, int setting,
			 uint64_t value)
{
	unsigned tries = 0;
	int r;

	do
		r = io->ops->set_vf_setting(io, vf->interface, (unsigned)vf->index,
					    setting, value);
	while (vprep_vf_try_again(r, &tries));
	return r;
}

static int set(struct vprep_io *io, const struct vprep_step *step,
	       const struct vprep_vf *vf, int setting, const char *text, const char *verb,
	       struct vprep_error *err)
{
	const char *name = vprep_vf_setting_name(setting), *hint = "";
	uint64_t value;
	int r = vprep_vf_setting_parse(setting, text, &value);

	if (r < 0) /* a journal that somebody has written into */
		r = -EBADMSG;
	else
		r = write_setting(io, vf, setting, value);
	if (r == -EOPNOTSUPP)
		hint = "; its driver has no such setting";
	else if (r == -EINVAL && setting == VPREP_VF_RATE)
		hint = "; drivers take a rate while the PF has a link, up to its speed, "
		       "and many no MIN";
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "%s: cannot %s its %s %s (vf.%u.%s), by its PF "
				       "%s: %s%s",
				       step->device, verb, name, text,
				       (unsigned)vf->index, name, vf->pf, strerror(-r),
				       hint)
		     : 0;
}

int vprep_vf_settings_set(struct vprep_io *io, const struct vprep_step *step,
			  const struct vprep_vf_settings_facts *facts,
			  const struct vprep_vf *vf, struct vprep_error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < VPREP_VF_SETTINGS; i++)
		if (facts->wanted[i])
			r = set(io, step, vf, i, facts->wanted[i], "set", err);
	return r;
}

static int restore(struct vprep_io *io, const struct vprep_step *step,
		   const struct vprep_vf_settings_facts *facts, int setting,
		   const struct vprep_vf *vf, struct vprep_error *err)
{
	const char *wanted = facts->wanted[setting], *was = facts->was[setting];

	if (!wanted || !was || is(vf, setting, was))
		return 0;
	if (is(vf, setting, wanted))
		return set(io, step, vf, setting, was, "restore", err);
	return vprep_step_warn(
		err, step, "its %s was changed by somebody else meanwhile; left as it is",
		vprep_vf_setting_name(setting));
}

int vprep_vf_settings_restore(struct vprep_io *io, const struct vprep_step *step,
			      const struct vprep_vf_settings_facts *facts,
			      const struct vprep_vf *vf, struct vprep_error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < VPREP_VF_SETTINGS; i++)
		r = restore(io, step, facts, i, vf, err);
	return r;
}
