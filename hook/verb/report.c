// SPDX-License-Identifier: GPL-2.0-or-later
/* report: one HTML page of the host. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "message.h"
#include "report/page.h"
#include "verb.h"

/* "host db1", or of a captured tree where that is. */
static char *title_of(const struct vprep_args *args)
{
	const char *tree = vprep_args_value(args, VPREP_OPT_SYSROOT);
	char name[HOST_NAME_MAX + 1] = "";
	char *title;

	if (!tree && gethostname(name, sizeof(name) - 1) < 0)
		*name = '\0';
	title = tree ? vprep_strf("the captured tree %s", tree)
		     : vprep_strf("host %s", *name ? name : "without a name");
	if (!title)
		vprep_message_oom();
	return title;
}

static int failed(const struct vprep_call *call, const char *file, int number)
{
	return vprep_error_set(call->err, VPREP_E_FAILED, number, NULL,
			       "cannot write %s: %s", vprep_quote(file).text,
			       strerror(number));
}

/* Only a regular file is replaced, or one that there is not: no device, and no link. */
static int refuse(const struct vprep_call *call, const char *file)
{
	struct stat st;

	if (lstat(file, &st) < 0)
		return errno == ENOENT ? 0 : failed(call, file, errno);
	if (S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return failed(call, file, EISDIR);
	return vprep_error_set(call->err, VPREP_E_FAILED, ENOTSUP, NULL,
			       "cannot write %s: it is %s, and only a regular file is "
			       "replaced; name another one",
			       vprep_quote(file).text,
			       S_ISLNK(st.st_mode) ? "a link" : "no regular file");
}

static int replace(const char *file, const char *text, size_t len)
{
	_cleanup_free_ char *temporary = vprep_strf("%s.XXXXXX", file);
	int fd, r;

	if (!temporary)
		vprep_message_oom();
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = vprep_fd_write(fd, text, len);
	if (r == 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary, file) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

static int write_file(const struct vprep_call *call, const struct vprep_report_host *host,
		      const char *title, const char *file)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int r;

	if (!to)
		vprep_message_oom();
	vprep_report_write(host, title, to);
	if (fclose(to) != 0)
		vprep_message_oom();
	r = replace(file, text, len);
	free(text);
	if (r < 0)
		return failed(call, file, -r);
	if (!vprep_args_has(call->args, VPREP_OPT_QUIET))
		vprep_message("%s is written, for a browser", vprep_quote(file).text);
	return 0;
}

static int report(const struct vprep_call *call)
{
	_cleanup_(vprep_report_host_done) struct vprep_report_host host = { 0 };
	const char *file = call->args->names[0];
	_cleanup_free_ char *title = title_of(call->args);
	int r = file ? refuse(call, file) : 0;

	if (r < 0)
		return r;
	r = vprep_report_host_read(call->session, &host, call->err);
	if (r < 0)
		return r;
	if (file)
		return write_file(call, &host, title, file);
	vprep_report_write(&host, title, call->out->to);
	return 0;
}

static const char *misuse(const struct vprep_args *args)
{
	if (args->n_names > 1)
		return "one file, please";
	return args->n_names == 0 && isatty(STDOUT_FILENO)
		       ? "a page is nothing for a terminal: name a file, as in "
			 "'vfio-prep report host.html'"
		       : NULL;
}

const struct vprep_verb vprep_verb_report = {
	.name = "report",
	.synopsis = "[FILE.html]",
	.summary = "a page of the host, to be read in a browser",
	.about = "Writes one HTML page of the host that needs nothing else: what can be "
		 "given away and what goes with it, who has what, what doctor finds, a "
		 "drawing of all devices in their groups, and lists of them. It is for "
		 "the telephone, the screen and paper. Without a file, it goes to "
		 "standard output, which must be no terminal.",
	.example = "vfio-prep report host.html",
	.options = VPREP_TAKES(VPREP_OPT_SYSROOT),
	.names = VPREP_NAMES_OWN,
	.misuse = misuse,
	.run = report,
};
