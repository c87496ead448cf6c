/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line, parsed: the verb, its names, its options.
 *
 * I1  Every option is one that the verb takes, and is given at most once unless it
 *     repeats.
 * I2  No value and no name is empty.
 * I3  For a verb that takes a command, "--" ends the names and nothing behind it is ours.
 */
#ifndef VPREP_HOOK_ARGS_H
#define VPREP_HOOK_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct vprep_verb;

enum vprep_opt {
	VPREP_OPT_USER,
	VPREP_OPT_MODE,
	VPREP_OPT_DRIVER,
	VPREP_OPT_OWNER,
	VPREP_OPT_GROUP_POLICY,
	VPREP_OPT_FORCE,
	VPREP_OPT_DOMAIN,
	VPREP_OPT_MEMORY,
	VPREP_OPT_ALL,
	VPREP_OPT_DRY_RUN,
	VPREP_OPT_TYPE,
	VPREP_OPT_PARENT,
	VPREP_OPT_UUID,
	VPREP_OPT_VM,
	VPREP_OPT_PLACEMENT,
	VPREP_OPT_VENDOR_PARAMS,
	VPREP_OPT_CAP,
	VPREP_OPT_BUS,
	VPREP_OPT_TREE,
	VPREP_OPT_XML,
	VPREP_OPT_IDENTIFYING,
	VPREP_OPT_JSON,
	VPREP_OPT_CONFIG,
	VPREP_OPT_SYSROOT,
	VPREP_OPT_VERBOSE,
	VPREP_OPT_QUIET,
	VPREP_OPT_VERSION,
	VPREP_OPT_HELP,
	VPREP_OPT_END, /* their number */
};

/* Where an option may stand, and with which verbs. */
enum vprep_opt_place {
	VPREP_OPT_AFTER_VERB, /* verbs that have it in their table */
	VPREP_OPT_ANYWHERE,   /* the same, before the verb too */
	VPREP_OPT_EVERYWHERE, /* all verbs, before the verb too */
};

struct vprep_opt_info {
	const char *name;
	const char *value; /* what --help calls the value; NULL: the option has none */
	const char *help;
	enum vprep_opt_place place;
	bool repeats;
};

const struct vprep_opt_info *vprep_opt_get(enum vprep_opt option);

struct vprep_args {
	const struct vprep_verb *verb; /* NULL only with --help and --version */
	const char **names;	       /* NULL-terminated, borrowed from argv */
	size_t n_names;
	char *const *command; /* what follows "--", for a verb that takes one, else NULL */
	const char
		*values[VPREP_OPT_END]; /* borrowed from argv; "" for one without value */
	const char **repeated; /* values of the option that repeats, NULL-terminated */
	size_t n_repeated;
};

/* Fills @ret, which starts as {0}. Returns 0, or exit status 2 with the reason told. */
int vprep_args_parse(int argc, char **argv, struct vprep_args *ret);
void vprep_args_done(struct vprep_args *args);

static inline bool vprep_args_has(const struct vprep_args *args, enum vprep_opt option)
{
	return args->values[option];
}

/* The option's value, NULL when it was not given. */
static inline const char *vprep_args_value(const struct vprep_args *args,
					   enum vprep_opt option)
{
	return args->values[option];
}

/* All values of an option that repeats, NULL-terminated; NULL when there is none. A verb
 * takes one such option at most. */
static inline const char *const *vprep_args_list(const struct vprep_args *args,
						 enum vprep_opt option)
{
	return args->values[option] ? args->repeated : NULL;
}

#endif
