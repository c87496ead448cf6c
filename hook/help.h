/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help, made from the verb table and the option table. */
#ifndef VPREP_HOOK_HELP_H
#define VPREP_HOOK_HELP_H

struct vprep_out;
struct vprep_verb;

/* About @verb, or about the command when it is NULL. */
void vprep_help_print(const struct vprep_verb *verb, struct vprep_out *out);

#endif
