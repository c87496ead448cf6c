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
#include "host/anonymize.h"
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

/* Writing the XML of each node device reads all that any verb reads of it. */
static int look_at_node_devices(struct vprep_session *session, struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	size_t i;
	int r;

	r = vprep_nodedev_query_begin(&q, session->io, NULL, true, err);
	if (r < 0)
		return r;
	for (i = 0; i < q.index->n; i++) {
		_cleanup_free_ char *xml = NULL;

		r = vprep_nodedev_query_describe(&q, &q.index->items[i], VPREP_NODE_XML,
						 &xml);
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

/* --- what must not leave the host --- */

/* Attributes whose whole content identifies the host. */
static bool is_secret_attribute(const char *path)
{
	static const char *const names[] = {
		"serial",	"product_serial",
		"board_serial", "chassis_serial",
		"product_uuid", "wwid",
		"port_name",	"node_name",
		"fabric_name",	"uid",
		"address",
	};
	const char *slash = strrchr(path, '/');

	return slash && vprep_word_index(names, VPREP_ARRAY_SIZE(names), slash + 1) >= 0;
}

/* Properties of udevd with one of these in the key. */
static bool is_secret_property(const char *line)
{
	static const char *const parts[] = { "SERIAL", "WWN",	     "UUID",   "LABEL",
					     "_MAC",   "ENTRY_NAME", "DM_NAME" };
	_cleanup_free_ char *key = strndup(line, strcspn(line, "="));
	size_t i;

	for (i = 0; key && i < VPREP_ARRAY_SIZE(parts); i++)
		if (strstr(key, parts[i]))
			return true;
	return !key;
}

/* The part of a line of udevd's database that identifies the host, or NULL. */
static const char *secret_of_line(const char *line)
{
	const char *by;

	if (strncmp(line, "E:", 2) == 0 && is_secret_property(line + 2))
		return strchr(line, '=') ? strchr(line, '=') + 1 : NULL;
	by = strncmp(line, "S:disk/by-", 10) == 0 ? strchr(line + 10, '/') : NULL;
	return by && strncmp(line + 10, "path/", 5) != 0 &&
			       strncmp(line + 10, "diskseq/", 8) != 0
		       ? by + 1
		       : NULL;
}

static bool is_database(const char *path)
{
	return strncmp(path, "run/", 4) == 0;
}

/* The text of udevd's database with its secret parts replaced. */
static char *anonymize_lines(struct vprep_anonymize *a, const char *text)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line, *ret = NULL;

	while (copy && (line = strsep(&rest, "\n"))) {
		const char *secret = secret_of_line(line);
		_cleanup_free_ char *other =
			secret ? NULL : vprep_anonymize_text(a, line);
		const char *with = secret ? vprep_anonymize_value(a, secret) : other;

		if (!with)
			return NULL;
		if (secret)
			vprep_buf_add_n(&buf, line, (size_t)(secret - line));
		vprep_buf_add(&buf, with);
		if (rest)
			vprep_buf_add(&buf, "\n");
	}
	return copy && vprep_buf_take(&buf, &ret) == 0 ? ret : NULL;
}

static char *anonymize_content(struct vprep_anonymize *a,
			       const struct vprep_access_log_item *item)
{
	const char *with;

	if (is_database(item->path))
		return anonymize_lines(a, item->content);
	if (!is_secret_attribute(item->path) || !*item->content)
		return vprep_anonymize_text(a, item->content);
	with = vprep_anonymize_value(a, item->content);
	return with ? strdup(with) : NULL;
}

/* --- writing --- */

struct capture {
	struct vprep_session *session;
	const char *directory;
	int dir;
	struct vprep_anonymize *anonymize; /* NULL: everything as it is */
	struct vprep_error *err;
};

static void capture_done(struct capture *c)
{
	vprep_access_log_free(c->session->io->access_log);
	c->session->io->access_log = NULL;
	vprep_anonymize_free(c->anonymize);
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

static int write_item(const struct capture *c, const struct vprep_access_log_item *item)
{
	_cleanup_free_ char *path = NULL, *content = NULL;
	int r;

	path = c->anonymize ? vprep_anonymize_text(c->anonymize, item->path)
			    : strdup(item->path);
	if (item->content && !item->is_binary)
		content = !c->anonymize ? strdup(item->content)
			  : item->kind == VPREP_ACCESS_LOG_LINK
				  ? vprep_anonymize_text(c->anonymize, item->content)
				  : anonymize_content(c->anonymize, item);
	if (!path || (item->content && !item->is_binary && !content))
		return vprep_error_oom(c->err);
	r = make_folders(c->dir, path);
	if (r == 0 && item->kind == VPREP_ACCESS_LOG_FOLDER)
		r = mkdirat(c->dir, path, 0755) < 0 && errno != EEXIST ? -errno : 0;
	else if (r == 0 && item->kind == VPREP_ACCESS_LOG_LINK)
		r = content && symlinkat(content, c->dir, path) < 0 ? -errno : 0;
	else if (r == 0)
		r = write_file(c->dir, path, item,
			       item->is_binary ? item->content
			       : content       ? content
					       : "");
	return r < 0 ? failed(c, path, -r) : 0;
}

/* All secrets have to be known before anything is written. */
static int find_secrets(struct capture *c, const struct vprep_access_log_item *items,
			size_t n)
{
	size_t i;

	for (i = 0; c->anonymize && i < n; i++) {
		_cleanup_free_ char *content = NULL;

		if (items[i].kind != VPREP_ACCESS_LOG_FILE || items[i].is_binary ||
		    !items[i].content)
			continue;
		content = anonymize_content(c->anonymize, &items[i]);
		if (!content)
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
	session->io->access_log = vprep_access_log_new(identifying);
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
