// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb.h"

#include <string.h>

#include "cleanup.h"
#include "suggest.h"

const struct vprep_verb *const vprep_verbs[] = {
	&vprep_verb_list,    &vprep_verb_show,
	&vprep_verb_groups,  &vprep_verb_requests,
	&vprep_verb_check,   &vprep_verb_plan,
	&vprep_verb_attach,  &vprep_verb_detach,
	&vprep_verb_prepare, &vprep_verb_release,
	&vprep_verb_run,     &vprep_verb_qemu_args,
	&vprep_verb_cdi,     &vprep_verb_numvfs,
	&vprep_verb_mdev,    &vprep_verb_create,
	&vprep_verb_destroy, &vprep_verb_status,
	&vprep_verb_recover, &vprep_verb_doctor,
	&vprep_verb_capture, NULL,
};

const struct vprep_verb *vprep_verb_find(const char *name)
{
	for (size_t i = 0; vprep_verbs[i]; i++)
		if (strcmp(vprep_verbs[i]->name, name) == 0)
			return vprep_verbs[i];
	return NULL;
}

const char *vprep_verb_near(const char *name)
{
	const char *names[ARRAY_SIZE(vprep_verbs)] = { NULL };

	for (size_t i = 0; vprep_verbs[i]; i++)
		names[i] = vprep_verbs[i]->name;
	return vprep_suggest(name, names);
}

const struct vprep_verb_option *vprep_verb_option(const struct vprep_verb *verb,
						  enum vprep_opt option)
{
	for (const struct vprep_verb_option *o = verb->options;
	     o->option != VPREP_OPT_END; o++)
		if (o->option == option)
			return o;
	return NULL;
}

bool vprep_verb_takes(const struct vprep_verb *verb, enum vprep_opt option)
{
	return vprep_opt_get(option)->place == VPREP_OPT_EVERYWHERE ||
	       vprep_verb_option(verb, option);
}
