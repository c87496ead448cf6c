// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captured trees: all that vfio-prep reads of the host, written to a folder that
 * --sysroot takes. The functions that look at the host are called with an access log, and
 * what they read is written: so nothing that they need is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/export.h"
#include "host/anonymize-file.h"
#include "nodedev/query.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "io/access-log.h"
#include "session/session.h"

/* Checks all PCI devices in one request, so that each fact is read once. The result of
 * the check does not matter. */
static int look_at_requests(struct vprep_session *session, struct vprep_error *err)
{
	static const char *const caps[] = { "pci", NULL };
	const struct vprep_node_filter filter = { .capabilities = caps };
	struct vprep_node_devices *list = NULL;
	struct vprep_reasons *reasons = NULL;
	struct vprep_request request = { 0 };
	const char **names;
	size_t i;
	int r;

	r = vprep_node_devices(session, &filter, &list, err);
	if (r < 0)
		return r;
	names = calloc(list->n + 1, sizeof(*names));
	for (i = 0; names && i < list->n; i++)
		names[i] = list->items[i].name;
	request.names = names;
	if (names && list->n > 0 && vprep_check(session, &request, &reasons, NULL) == 0)
		vprep_reasons_free(reasons);
	r = names ? 0 : vprep_error_oom(err);
	free(names);
	vprep_node_devices_free(list);
	return r;
}

/* Writing the XML and the lines of each node device reads all that any verb reads of it. */
static int look_at_node_devices(struct vprep_session *session, struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	size_t i;
	int r;

	r = vprep_nodedev_query_begin(&q, session->io, NULL, true, err);
	if (r < 0)
		return r;
	for (i = 0; i < q.index->n; i++) {
		_cleanup_free_ char *xml = NULL, *text = NULL;

		r = vprep_nodedev_query_describe(&q, &q.index->items[i], VPREP_NODE_XML,
						 &xml);
		if (r == 0)
			r = vprep_nodedev_query_describe(&q, &q.index->items[i],
							 VPREP_NODE_TEXT, &text);
		if (r < 0 && r != -ENODEV) /* that one is gone meanwhile */
			return vprep_error_oom(err);
	}
	return 0;
}

static int look(struct vprep_session *session, struct vprep_error *err)
{
	struct vprep_diagnoses *diagnoses = NULL;
	struct vprep_groups *groups = NULL;
	int r;

	r = look_at_node_devices(session, err);
	if (r == 0)
		r = vprep_groups(session, &groups, err);
	vprep_groups_free(groups);
	if (r == 0)
		r = vprep_doctor(session, &diagnoses, err);
	vprep_diagnoses_free(diagnoses);
	return r < 0 ? r : look_at_requests(session, err);
}

/* --- writing --- */

struct capture {
	struct vprep_session *session;
	const char *directory;
	int dir;
	struct vprep_anonymize *anonymize; /* NULL: everything as it is */
	char *host;			   /* its name; NULL: not known */
	struct vprep_error *err;
};

static void capture_done(struct capture *c)
{
	vprep_access_log_free(c->session->io->access_log);
	c->session->io->access_log = NULL;
	vprep_anonymize_free(c->anonymize);
	free(c->host);
	vprep_closep(&c->dir);
}

static int failed(const struct capture *c, const char *path, int number)
{
	return vprep_error_set(
		c->err, VPREP_E_FAILED, number, NULL,
		"cannot write %.200s/%.300s: %s; the capture is not whole, "
		"remove it",
		c->directory, path, strerror(number));
}

static int make_folders(int dir, char *path)
{
	char *p;

	for (p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		int r;

		*p = '\0';
		r = mkdirat(dir, path, 0755);
		*p = '/';
		if (r < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int write_file(int dir, const char *path, const struct vprep_access_log_item *item,
		      const char *content)
{
	_cleanup_close_ int fd = openat(
		dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	r = vprep_fd_write(fd, content, item->is_binary ? item->len : strlen(content));
	if (r == 0 && !item->is_binary && *content)
		r = vprep_fd_write(fd, "\n", 1);
	/* the size of a configuration space says of which kind it is */
	if (r == 0 && item->is_binary && ftruncate(fd, item->size) < 0)
		r = -errno;
	return r;
}

static bool is_vital(const struct vprep_access_log_item *item)
{
	const char *slash = strrchr(item->path, '/');

	return item->is_binary && slash && streq(slash + 1, "vpd");
}

/* The content of a file or the target of a link as it is to be written; *@ret is NULL
 * when there is none. */
static int make_content(const struct capture *c, const struct vprep_access_log_item *item,
			char **ret)
{
	struct vprep_anonymize *a = c->anonymize;

	*ret = NULL;
	if (!item->content)
		return 0;
	if (!a || item->is_binary) {
		*ret = malloc(item->len + 1);
		if (*ret)
			memcpy(*ret, item->content, item->len + 1);
		if (*ret && a && is_vital(item))
			return vprep_anonymize_vpd(a, *ret, item->len);
	} else if (item->kind == VPREP_ACCESS_LOG_LINK) {
		*ret = vprep_anonymize_text(a, item->content, VPREP_ANONYMIZE_KERNEL);
	} else {
		*ret = vprep_anonymize_file(a, item->path, item->content);
	}
	return *ret ? 0 : -ENOMEM;
}

static int write_item(const struct capture *c, const struct vprep_access_log_item *item)
{
	_cleanup_free_ char *path = NULL, *content = NULL;
	int r;

	path = c->anonymize ? vprep_anonymize_text(c->anonymize, item->path,
						   VPREP_ANONYMIZE_KERNEL)
			    : strdup(item->path);
	if (!path || make_content(c, item, &content) < 0)
		return vprep_error_oom(c->err);
	r = make_folders(c->dir, path);
	if (r == 0 && item->kind == VPREP_ACCESS_LOG_FOLDER)
		r = mkdirat(c->dir, path, 0755) < 0 && errno != EEXIST ? -errno : 0;
	else if (r == 0 && item->kind == VPREP_ACCESS_LOG_LINK)
		r = content && symlinkat(content, c->dir, path) < 0 ? -errno : 0;
	else if (r == 0)
		r = write_file(c->dir, path, item, content ? content : "");
	return r < 0 ? failed(c, path, -r) : 0;
}

/* Whether a folder, file or link is called so. */
static bool is_name(const struct vprep_access_log_item *items, size_t n, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < n; i++) {
		const char *p = items[i].path;

		for (; p; p = strchr(p, '/')) {
			p += *p == '/';
			if (strncmp(p, name, len) == 0 && (p[len] == '/' || !p[len]))
				return true;
		}
	}
	return false;
}

/* "web1.example.com", and "web1". */
static int know_host(struct capture *c, const struct vprep_access_log_item *items,
		     size_t n)
{
	_cleanup_free_ char *name = strdup(c->host ? c->host : "");
	char *dot;
	int r;

	if (!name)
		return -ENOMEM;
	r = vprep_anonymize_host(c->anonymize, name, is_name(items, n, name));
	dot = strchr(name, '.');
	if (dot)
		*dot = '\0';
	return r < 0 ? r
		     : vprep_anonymize_host(c->anonymize, name, is_name(items, n, name));
}

/* All secrets have to be known before anything is written. */
static int find_secrets(struct capture *c, const struct vprep_access_log_item *items,
			size_t n)
{
	size_t i;

	if (c->anonymize && know_host(c, items, n) < 0)
		return vprep_error_oom(c->err);
	for (i = 0; c->anonymize && i < n; i++) {
		_cleanup_free_ char *content = NULL, *path = NULL;

		path = vprep_anonymize_text(c->anonymize, items[i].path,
					    VPREP_ANONYMIZE_KERNEL);
		if (!path || make_content(c, &items[i], &content) < 0)
			return vprep_error_oom(c->err);
	}
	return 0;
}

static int open_directory(struct capture *c)
{
	if (mkdir(c->directory, 0700) < 0)
		return vprep_error_set(
			c->err, VPREP_E_USAGE, errno, NULL, "cannot make %.300s: %s%s",
			c->directory, strerror(errno),
			errno == EEXIST ? "; a capture is a new folder" : "");
	c->dir = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->dir < 0 ? failed(c, ".", errno) : 0;
}

VPREP_EXPORT int vprep_capture(struct vprep_session *session, const char *directory,
			       bool identifying, struct vprep_error *err)
{
	_cleanup_(capture_done) struct capture c = {
		.session = session, .directory = directory, .dir = -1, .err = err
	};
	const struct vprep_access_log_item *items;
	size_t n, i;
	int r;

	r = open_directory(&c);
	if (r < 0)
		return r;
	vprep_io_read(session->io, VPREP_PROC, &c.host, "sys/kernel/hostname");
	session->io->access_log = vprep_access_log_new();
	c.anonymize = identifying ? NULL : vprep_anonymize_new();
	if (!session->io->access_log || (!identifying && !c.anonymize))
		return vprep_error_oom(err);
	r = look(session, err);
	if (r < 0)
		return r;
	if (vprep_access_log_items(session->io->access_log, &items, &n) < 0)
		return vprep_error_oom(err);
	r = find_secrets(&c, items, n);
	for (i = 0; r == 0 && i < n; i++)
		r = write_item(&c, &items[i]);
	return r;
}
