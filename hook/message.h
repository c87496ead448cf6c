/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program says on stderr: one line, one write, always with its name in front. */
#ifndef VPREP_HOOK_MESSAGE_H
#define VPREP_HOOK_MESSAGE_H

#include "vfio-prep.h"

struct vprep_args;

/* "vfio-prep: …" */
void vprep_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "vfio-prep VERB: …", or without VERB when it is NULL. Returns exit status 2. */
int vprep_message_usage(const char *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says that memory ran out and ends the program. Only for rendering and option parsing,
 * when nothing on the host is under way. */
void vprep_message_oom(void) __attribute__((noreturn));

/* A vprep_log_fn; @data is the struct vprep_args with --verbose and --quiet. */
void vprep_message_log(void *data, enum vprep_log_level level, const char *line);

#endif
