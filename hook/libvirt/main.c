// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libvirt's qemu hook: makes the host devices of a domain ready before libvirtd looks at
 * them, and gives them back when the domain is gone. What libvirt promises is in its
 * docs/hooks.rst, and more of it in src/qemu/qemu_process.c.
 *
 * I1  Nothing here calls libvirt, which has the domain locked while it waits for the
 *     hook.
 * I2  Nothing is written to standard output: after `migrate` and `restore`, libvirt would
 *     take it for the new XML.
 * I3  A guest that runs is never ended by the hook: `started` and `reconnect` succeed
 *     whatever happens.
 * I4  For a domain that names no host device and holds none, reading its XML is all that
 *     is done.
 * I5  The XML tells which domain it is. The name in the arguments is used in messages
 *     only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/library.h"
#include "common/str.h"
#include "document.h"
#include "signals.h"
#include "version.h"

/* ---- the library ---- */

/* It is opened when a domain needs it. For other domains, loading it would cost several
 * times as much as all that the hook does. */
#define SONAME "libvfio-prep.so.1"
#define NAME(name) "vprep_" #name,

VPREP_LIBRARY_NOTE("vfio-prep", "Prepares and releases the devices of guests", "required",
		   SONAME);

#define FUNCTIONS(X)                                                                     \
	X(adopt)                                                                         \
	X(error_exit_status)                                                             \
	X(prepare)                                                                       \
	X(release_domain)                                                                \
	X(session_free)                                                                  \
	X(session_new)

struct functions {
#define X(name) __typeof__(vprep_##name) *name;
	FUNCTIONS(X)
#undef X
};

/* The library stays open until the program ends. -ENOENT: @err says what is missing. */
static int open_library(struct functions *ret, struct vprep_error *err)
{
	static const char *const names[] = { FUNCTIONS(NAME) NULL };
	struct vprep_library library = {
		/* the folder need not be one that the dynamic linker looks at */
		.sonames = { SONAME, VPREP_LIBDIR "/" SONAME },
		.names = names,
		.functions = ret,
	};

	if (vprep_library_open(&library))
		return 0;
	err->code = VPREP_E_FAILED;
	err->number = ENOENT;
	snprintf(
		err->message, sizeof(err->message),
		"cannot use the library of vfio-prep: %s; nothing was changed; install it "
		"and the hook from the same build",
		library.why ? library.why : SONAME);
	return -ENOENT;
}

/* ---- what libvirt calls the hook for ---- */

struct event {
	const char *guest;
	const char *xml;
	size_t len;
};

struct operation {
	const char *name;
	const char *part;
	bool (*concerns_us)(const struct event *event);
	int (*run)(const struct functions *functions, struct vprep_session *session,
		   const struct event *event, struct vprep_error *err);
	bool must_succeed;
};

/* Whether the XML names host devices, or the domain holds some since an earlier start
 * whose end the hook was never told. */
static bool names_or_holds(const struct event *event)
{
	return vprep_domain_may_need_us(event->xml, event->len) ||
	       vprep_domain_may_hold(event->xml, event->len);
}

/* Whether the domain holds devices, even ones that its XML does not name any more. */
static bool holds(const struct event *event)
{
	return vprep_domain_may_hold(event->xml, event->len);
}

static int prepare(const struct functions *functions, struct vprep_session *session,
		   const struct event *event, struct vprep_error *err)
{
	const struct vprep_request request = {
		.size = sizeof(request),
		.domain = event->xml,
		.domain_len = event->len,
		.by_libvirt = true,
	};

	return functions->prepare(session, &request, err);
}

static int adopt(const struct functions *functions, struct vprep_session *session,
		 const struct event *event, struct vprep_error *err)
{
	return functions->adopt(session, event->xml, event->len, err);
}

static int release(const struct functions *functions, struct vprep_session *session,
		   const struct event *event, struct vprep_error *err)
{
	return functions->release_domain(session, event->xml, event->len, err);
}

/*
 * `start` prepares again, because only its XML has the VFs that libvirt took from a
 * network pool, and where it found a USB device. All other operations, of newer versions
 * of libvirt too, succeed and do nothing.
 */
static const struct operation operations[] = {
	{ "prepare", "begin", names_or_holds, prepare, false },
	{ "start", "begin", names_or_holds, prepare, false },
	{ "started", "begin", holds, adopt, true },
	{ "release", "end", holds, release, false },
	{ "reconnect", "begin", holds, adopt, true },
};

static const struct operation *find_operation(const char *name, const char *part)
{
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(operations); i++)
		if (strcmp(operations[i].name, name) == 0 &&
		    strcmp(operations[i].part, part) == 0)
			return &operations[i];
	return NULL;
}

/* Writes to the system log: libvirtd shows stderr only when the hook fails. */
static void note(void *data, enum vprep_log_level level, const char *line)
{
	static const int priorities[] = {
		[VPREP_LOG_WARNING] = LOG_WARNING,
		[VPREP_LOG_NOTICE] = LOG_INFO,
		[VPREP_LOG_DEBUG] = LOG_DEBUG,
	};
	const struct event *event = data;

	if (level != VPREP_LOG_DEBUG)
		syslog(priorities[level], "guest %s: %s", vprep_quote(event->guest).text,
		       line);
}

static int run(const struct operation *operation, struct event *event,
	       const struct functions *functions, struct vprep_error *err)
{
	const struct vprep_options options = {
		.log = note,
		.log_data = event,
		.interrupted = vprep_signals_caught,
	};
	struct vprep_session *session;
	int r;

	r = functions->session_new(&options, &session, err);
	if (r < 0)
		return r;
	vprep_signals_catch();
	r = operation->run(functions, session, event, err);
	vprep_signals_release();
	functions->session_free(session);
	return r;
}

static void complain(struct event *event, const struct vprep_error *err)
{
	note(event, VPREP_LOG_WARNING, err->message);
	fprintf(stderr, "vfio-prep: %s\n", err->message);
}

static int perform(const struct operation *operation, struct event *event)
{
	struct vprep_error err = { 0 };
	struct functions functions;
	int r, status = 1;

	openlog("vfio-prep", LOG_PID, LOG_DAEMON);
	r = open_library(&functions, &err);
	if (r == 0) {
		r = run(operation, event, &functions, &err);
		status = functions.error_exit_status(&err);
	}
	if (r == 0)
		return 0;
	if (!*err.message)
		snprintf(err.message, sizeof(err.message), "%s", strerror(-r));
	complain(event, &err);
	return operation->must_succeed ? 0 : status ? status : 1;
}

/* Reads standard input even when there is nothing to do (@operation is NULL), so that
 * libvirtd, which writes it, does not get EPIPE. */
static int handle(const char *guest, const struct operation *operation)
{
	_cleanup_free_ char *text = NULL;
	struct event event = { .guest = guest };
	struct vprep_error err = { 0 };
	int r = vprep_document_read("-", &text, &event.len, &err);

	if (!operation)
		return 0;
	if (r < 0) {
		complain(&event, &err);
		return operation->must_succeed ? 0 : 1;
	}
	event.xml = text;
	return operation->concerns_us(&event) ? perform(operation, &event) : 0;
}

int main(int argc, char **argv)
{
	if (vprep_fds_open_missing() < 0)
		return 1;
	vprep_fds_close_inherited();
	vprep_signals_init();
	if (argc >= 4)
		return handle(argv[1], find_operation(argv[2], argv[3]));
	fputs("vfio-prep: this is libvirt's hook: GUEST OPERATION SUB-OPERATION EXTRA, and "
	      "the domain XML on standard input; see vfio-prep(8)\n",
	      stderr);
	return 2;
}
