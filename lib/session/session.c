// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/session.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "declared/declared.h"
#include "session/log.h"
#include "version.h"

static bool is_zero(const unsigned char *from, const unsigned char *end)
{
	while (from < end)
		if (*from++)
			return false;
	return true;
}

static int refuse_newer(struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, E2BIG, NULL,
			       "libvfio-prep %s does not know all that this program asks "
			       "of it; a newer one does",
			       VPREP_VERSION);
}

int vprep_input_check(unsigned number, unsigned last, struct vprep_error *err)
{
	return number > last ? refuse_newer(err) : 0;
}

int vprep_input_copy(void *to, size_t size, size_t first, const void *from,
		     struct vprep_error *err)
{
	const unsigned char *bytes = from;
	size_t given;

	memcpy(&given, from, sizeof(given));
	if (given == 0)
		given = first;
	if (given < first)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "the size of a structure is %zu, and was never "
				       "less than %zu",
				       given, first);
	if (given > size && !is_zero(bytes + size, bytes + given))
		return refuse_newer(err);
	memset(to, 0, size);
	memcpy(to, from, given < size ? given : size);
	memcpy(to, &size, sizeof(size));
	return 0;
}

VPREP_EXPORT const char *vprep_version(void)
{
	return VPREP_VERSION;
}

int vprep_session_new_on(struct vprep_io *io, const struct vprep_options *options,
			 struct vprep_session **ret, struct vprep_error *err)
{
	struct vprep_session *session = calloc(1, sizeof(*session));
	int r;

	if (!session) {
		vprep_io_free(io);
		return vprep_error_oom(err);
	}
	session->io = io;
	session->log = vprep_log_tell;
	session->log_data = session;
	session->told = options->log;
	session->told_data = options->log_data;
	session->interrupted = options->interrupted;
	session->interrupted_data = options->interrupted_data;
	r = options->config ? vprep_config_read(options->config, &session->config, err)
			    : vprep_config_read_host(io, &session->config, err);
	if (r < 0) {
		vprep_session_free(session);
		return r;
	}
	io->patience = (struct vprep_io_patience){
		.seconds = session->config->deadlines[VPREP_DEADLINE_BIND],
		.interrupted = options->interrupted,
		.data = options->interrupted_data,
	};
	*ret = session;
	return 0;
}

VPREP_EXPORT int vprep_session_new(const struct vprep_options *options,
				   struct vprep_session **ret, struct vprep_error *err)
{
	struct vprep_options o = { 0 };
	struct vprep_io *io;
	int r = options ? VPREP_INPUT_COPY(&o, options, interrupted_data, err) : 0;

	if (r < 0)
		return r;
	r = o.sysroot ? vprep_io_new_at(o.sysroot, false, &vprep_io_kernel_ops, &io)
		      : vprep_io_new(&io);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       "cannot open %.200s: %s",
				       o.sysroot ? o.sysroot : "/", strerror(-r));
	return vprep_session_new_on(io, &o, ret, err);
}

VPREP_EXPORT void vprep_session_free(struct vprep_session *session)
{
	if (!session)
		return;
	vprep_log_done(session);
	vprep_changes_free(session->changes);
	vprep_reasons_free(session->reasons);
	vprep_config_free(session->config);
	vprep_io_free(session->io);
	free(session);
}

VPREP_EXPORT void vprep_session_set_progress(struct vprep_session *session,
					     vprep_progress_fn progress, void *data)
{
	session->progress = progress;
	session->progress_data = data;
}

bool vprep_session_is_interrupted(const struct vprep_session *session)
{
	return session->interrupted && session->interrupted(session->interrupted_data);
}

int vprep_session_is_live(const struct vprep_session *session, struct vprep_error *err)
{
	return session->io->live
		       ? 0
		       : vprep_error_set(err, VPREP_E_USAGE, EROFS, NULL,
					 "a captured tree can only be looked at");
}

int vprep_session_may_change(const struct vprep_session *session, struct vprep_error *err)
{
	int r = vprep_session_is_live(session, err);

	if (r < 0)
		return r;
	if (geteuid() != 0)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EPERM, NULL,
			"changing host devices takes root; nothing was changed (try "
			"it with sudo)");
	return 0;
}

void vprep_session_declared(struct vprep_session *session, struct vprep_declared **ret)
{
	struct vprep_error err;

	*ret = NULL;
	if (vprep_declared_read(session->io, session->config->declared_dirs, ret, &err) <
	    0)
		vprep_session_log(session, VPREP_LOG_WARNING,
				  "what is declared is left out: %s", err.message);
}
