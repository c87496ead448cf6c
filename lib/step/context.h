/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What steps are done and undone with: the host, the owner's journal, and a log. */
#ifndef VPREP_STEP_CONTEXT_H
#define VPREP_STEP_CONTEXT_H

#include "config/config.h"
#include "io/io.h"
#include "journal/journal.h"
#include "vfio-prep.h"

struct vprep_udevd_monitor;

struct vprep_step_context {
	struct vprep_io *io;
	const struct vprep_config *config;
	struct vprep_journal *journal;
	vprep_log_fn log;
	void *log_data;
	char **shared; /* devices that other owners keep: they stay as they are */
	bool (*interrupted)(void *data);
	void *interrupted_data;
	vprep_progress_fn progress;
	void *progress_data;
	struct vprep_udevd_monitor
		*monitor; /* what udevd has done; NULL: it does not run */
};

void vprep_step_log(const struct vprep_step_context *context, enum vprep_log_level level,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether the command is to end early. */
bool vprep_step_is_interrupted(const struct vprep_step_context *context);

/* Tells of a step that succeeds what is not as it should be, and adds to what was told
 * so: "DEVICE: TEXT; TEXT". Returns 0. */
int vprep_step_warn(struct vprep_error *err, const struct vprep_step *step,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Records a step's state in the journal, and tells of it in the debug log. */
int vprep_step_mark(const struct vprep_step_context *context, struct vprep_step *step,
		    enum vprep_step_state state);
/* The same of several, in one write. */
int vprep_step_mark_all(const struct vprep_step_context *context,
			struct vprep_step *const *steps, size_t n,
			enum vprep_step_state state);

#endif
