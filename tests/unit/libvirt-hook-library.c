// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library that the hook under test opens: tells the file $DOUBLE_LOG what it was
 * asked for, and fails as $DOUBLE_FAIL says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/export.h"
#include "vfio-prep.h"

#define WAIT_MAX 50  /* seconds; less than the test has */
#define LEAKED_FD 77 /* open when the hook is started */
/* Looked for by name: a query of a closed descriptor is an error to valgrind. */
#define LEAKED_FD_PATH "/proc/self/fd/77"

struct vprep_session {
	struct vprep_options options;
};

static void tell(const char *what, size_t len)
{
	const char *path = getenv("DOUBLE_LOG");
	FILE *log = path ? fopen(path, "ae") : NULL;

	if (!log)
		abort();
	fprintf(log, "%s %zu\n", what, len);
	fclose(log);
}

static int answer(const char *what, size_t len, struct vprep_error *err)
{
	const char *fail = getenv("DOUBLE_FAIL");

	tell(what, len);
	if (!fail || strcmp(fail, what) != 0)
		return 0;
	err->code = VPREP_E_IN_USE;
	snprintf(err->message, sizeof(err->message), "0000:05:10.1: %s says why", what);
	return -EBUSY;
}

VPREP_EXPORT int vprep_session_new(const struct vprep_options *options,
				   struct vprep_session **ret, struct vprep_error *err)
{
	int r = answer("session", 0, err);

	if (r < 0)
		return r;
	if (access(LEAKED_FD_PATH, F_OK) == 0)
		tell("an inherited descriptor", LEAKED_FD);
	*ret = malloc(sizeof(**ret));
	if (!*ret)
		abort();
	(*ret)->options = *options;
	return 0;
}

VPREP_EXPORT void vprep_session_free(struct vprep_session *session)
{
	free(session);
}

/* As the library does while it waits for the kernel. However busy the machine is, it
 * waits for the signal; one that is lost ends it by the alarm. */
static int wait_for_stop(const struct vprep_session *session, struct vprep_error *err)
{
	const struct vprep_options *o = &session->options;

	alarm(WAIT_MAX);
	tell("waiting", 0);
	while (!o->interrupted(o->interrupted_data))
		usleep(1000);
	tell("rolled-back", 0);
	err->code = VPREP_E_FAILED;
	snprintf(err->message, sizeof(err->message), "interrupted; rolled back");
	return -EINTR;
}

VPREP_EXPORT int vprep_prepare(struct vprep_session *session,
			       const struct vprep_request *request,
			       struct vprep_error *err)
{
	if (getenv("DOUBLE_WAIT"))
		return wait_for_stop(session, err);
	if (request->size != sizeof(*request) || !request->by_libvirt)
		abort();
	session->options.log(session->options.log_data, VPREP_LOG_WARNING, "a warning");
	return answer("prepare", request->domain_len, err);
}

VPREP_EXPORT int vprep_release_domain(struct vprep_session *session, const char *xml,
				      size_t len, struct vprep_error *err)
{
	(void)session, (void)xml;
	return answer("release", len, err);
}

VPREP_EXPORT int vprep_adopt(struct vprep_session *session, const char *xml, size_t len,
			     struct vprep_error *err)
{
	(void)session, (void)xml;
	return answer("adopt", len, err);
}

#ifndef WITHOUT_STATUS
VPREP_EXPORT int vprep_error_exit_status(const struct vprep_error *err)
{
	return err->code == VPREP_E_IN_USE ? 3 : err->code == VPREP_OK ? 0 : 1;
}
#endif
