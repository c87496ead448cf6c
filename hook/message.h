/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on stderr: each is one line with the name of the program in front. */
#ifndef VPREP_HOOK_MESSAGE_H
#define VPREP_HOOK_MESSAGE_H

#include <stdbool.h>

#include "vfio-prep.h"

struct vprep_args;

/* "vfio-prep: …" */
void vprep_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "vfio-prep VERB: …", or without VERB when it is NULL. Returns exit status 2. */
int vprep_message_usage(const char *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The text of the last one, without what stands in front; "": there was none. */
const char *vprep_message_last_usage(void);

/* Ends the program with a message that memory ran out. Only for parsing options and for
 * formatting the answer, when no change of the host is half done. */
void vprep_message_oom(void) __attribute__((noreturn));

/* For struct vprep_options. @data is the struct vprep_args, for --verbose and --quiet. */
void vprep_message_log(void *data, enum vprep_log_level level, const char *line);

/* For vprep_session_set_try_log(): false if stderr would have to be waited for. */
bool vprep_message_try_log(void *data, enum vprep_log_level level, const char *line);

/* For a terminal: a line that the next one, or the next message, is written over. NULL
 * takes it away. Left out when stderr would have to be waited for. */
void vprep_message_progress(const char *text);

#endif
