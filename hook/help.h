/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of --help, made from the rows of verbs and options. */
#ifndef VPREP_HOOK_HELP_H
#define VPREP_HOOK_HELP_H

struct vprep_out;
struct vprep_verb;

/* The help of @verb, or that of the command when it is NULL. */
void vprep_help_print(const struct vprep_verb *verb, struct vprep_out *out);

#endif
