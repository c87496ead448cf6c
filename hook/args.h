/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line, parsed: the verb, its names, its options.
 *
 * I1  Every option is one that the verb takes, and is given at most once unless it
 *     repeats.
 * I2  No value and no name is empty.
 * I3  For a verb that takes a command, all words behind "--" belong to the command.
 */
#ifndef VPREP_HOOK_ARGS_H
#define VPREP_HOOK_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "option.h"

struct vprep_verb;

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

/* Fills @ret, which starts as {0}. Returns 0, or exit status 2 after a message. */
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
