// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the user of a request can execute a command, before anything is attached. */
#include "verb/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "io/job.h"

#define DEADLINE 10 /* seconds: the file may be on a server */

struct looking {
	const struct vprep_node_owner *user;
	const char *name;
	const char *path;
};

static int look_at(const char *file)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* As execvp(3) does: one that may not be executed does not end the search, but is the
 * answer when there is no other. */
static int look_in_path(const struct looking *looking)
{
	_cleanup_free_ char *folders = strdup(looking->path);
	char *rest = folders, *folder;
	int r, answer = folders ? -ENOENT : -ENOMEM;

	while (rest && (folder = strsep(&rest, ":"))) {
		_cleanup_free_ char *file =
			vprep_strf("%s/%s", *folder ? folder : ".", looking->name);

		r = file ? look_at(file) : -ENOMEM;
		if (r == 0 || r == -ENOMEM)
			return r;
		if (r != -ENOENT)
			answer = r;
	}
	return answer;
}

/* In a child, as the user: what it could not do as such is for the start to tell. */
static int look(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	const struct looking *looking = data;

	(void)io, (void)ret_err;
	if (vprep_launch_become(looking->user) < 0)
		return 0;
	if (!*looking->name)
		return -ENOENT;
	return strchr(looking->name, '/') ? look_at(looking->name)
					  : look_in_path(looking);
}

VPREP_EXPORT int vprep_launch_look_up(struct vprep_session *session,
				      const struct vprep_request *request,
				      struct vprep_launch_command *command,
				      struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request, .for_launch = true
	};
	struct looking looking = { .user = &context.node_owner };
	struct vprep_job job = { .run = look, .data = &looking, .deadline = DEADLINE };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };
	struct vprep_launch_command asked;
	int r;

	r = VPREP_INPUT_COPY(&asked, command, number, err);
	if (r == 0)
		r = vprep_attach_context_begin(&context, err);
	if (r < 0)
		return r;
	if (geteuid() != 0 && !request->user)
		vprep_launch_be_caller(&context.node_owner);
	looking.name = asked.name;
	looking.path = context.node_owner.uid == geteuid() && asked.own_path
			       ? asked.own_path
			       : asked.path;
	if (!looking.name || (!looking.path && !strchr(looking.name, '/')))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "a command to look up takes a name, and a path");
	r = vprep_jobs_run(session->io, &jobs);
	if (!job.finished || *job.err.message) /* nobody has looked, which is no answer */
		return vprep_error_set(err, VPREP_E_FAILED, r < 0 ? -r : EIO, NULL,
				       "cannot look for the command '%.60s': %s; nothing "
				       "was changed",
				       asked.name, strerror(r < 0 ? -r : EIO));
	command->uid = context.node_owner.uid;
	command->number = -job.result;
	return 0;
}
