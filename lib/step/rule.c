// SPDX-License-Identifier: GPL-2.0-or-later
/* A group's udev rule file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "step/step.h"

#define RULE_MAX (64u * 1024)
#define ATTEMPTS 10

static int write_rule(const struct vprep_step_context *exec,
		      const struct vprep_step *step)
{
	_cleanup_close_ int dir = -1;
	int r = vprep_io_host_dir(exec->io, step->directory, true, &dir);

	return r < 0 ? r : vprep_file_replace(dir, step->file, step->content, 0644);
}

int vprep_rule_do(const struct vprep_step_context *exec, const struct vprep_step *step,
		  struct vprep_error *err)
{
	int i, r = -ENOENT;

	/* another owner's last rule may take the folder with it, between two calls of
	 * ours */
	for (i = 0; i < ATTEMPTS && r == -ENOENT; i++)
		r = write_rule(exec, step);
	return r < 0 ? vprep_error_set(
			       err, VPREP_E_REFUSED, -r, step->device,
			       "cannot write the udev rule %s/%s: %s; choose "
			       "another folder with rules-dir in the configuration",
			       step->directory, step->file, strerror(-r))
		     : 0;
}

static int read_rule(int dir, const char *file, char **ret)
{
	_cleanup_close_ int fd =
		openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len;

	return fd < 0 ? -errno : vprep_file_read(fd, RULE_MAX, ret, &len);
}

static int remove_ours(const struct vprep_step_context *exec, int dir,
		       const struct vprep_step *step)
{
	_cleanup_free_ char *now = NULL;
	int r;

	vprep_file_remove_temporary(dir, step->file);
	r = read_rule(dir, step->file, &now);
	if (r == -ENOENT)
		return 0;
	if (r < 0 && r != -ELOOP && r != -EINVAL && r != -EFBIG) /* those are not ours */
		return r;
	if (now && vprep_str_same(now, step->was_content))
		return 0;
	if (!now || !streq(now, step->content)) {
		vprep_step_log(exec, VPREP_LOG_WARNING,
			       "%s/%s was changed by somebody else; left as it is",
			       step->directory, step->file);
		return 0;
	}
	if (step->was_content)
		return vprep_file_replace(dir, step->file, step->was_content, 0644);
	return unlinkat(dir, step->file, 0) < 0 ? -errno : 0;
}

int vprep_rule_undo(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err)
{
	_cleanup_close_ int dir = -1;
	int r;

	r = vprep_io_host_dir(exec->io, step->directory, false, &dir);
	if (r == 0)
		r = remove_ours(exec, dir, step);
	if (r < 0 && r != -ENOENT)
		return vprep_error_set(err, VPREP_E_LEFT, -r, step->device,
				       "cannot remove the udev rule %s/%s: %s",
				       step->directory, step->file, strerror(-r));
	if (step->made_directory)
		vprep_io_host_dir_remove(exec->io, step->directory, step->made_directory);
	return 0;
}
