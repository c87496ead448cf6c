// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captured trees: everything that the looking functions read of the host, written to a
 * folder that --sysroot takes. As they are what reads it here and there, nothing that
 * they need is missing.
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
#include "common/str.h"
#include "io/access-log.h"
#include "session/session.h"

static void clear_record(struct vprep_session **session)
{
	vprep_access_log_free((*session)->io->access_log);
	(*session)->io->access_log = NULL;
}

/* Every PCI device at once, so that each fact is read once. What can and cannot be done
 * is of no interest. */
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

/* Their XML has all that is read of node devices. */
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

/* Attributes that hold nothing else. */
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

/* udevd's properties: those with one of these in the key. */
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

/* The part of a line of the database that identifies, or NULL. */
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

/* The text with its secret parts replaced; what is a secret as a whole is one everywhere
 * else, too, so that all have to be known before anything is written. */
static char *anonymize_lines(struct vprep_anonymize *c, const char *text)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line, *ret = NULL;

	while (copy && (line = strsep(&rest, "\n"))) {
		const char *secret = secret_of_line(line);
		_cleanup_free_ char *other =
			secret ? NULL : vprep_anonymize_text(c, line);
		const char *with = secret ? vprep_anonymize_value(c, secret) : other;

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

static char *anonymize_content(struct vprep_anonymize *c,
			       const struct vprep_access_log_item *item)
{
	const char *with;

	if (is_database(item->path))
		return anonymize_lines(c, item->content);
	if (!is_secret_attribute(item->path) || !*item->content)
		return vprep_anonymize_text(c, item->content);
	with = vprep_anonymize_value(c, item->content);
	return with ? strdup(with) : NULL;
}

/* --- writing --- */

struct writer {
	const char *directory;
	int dir;
	struct vprep_anonymize *anonymize; /* NULL: everything as it is */
	struct vprep_error *err;
};

static int failed(const struct writer *w, const char *path, int number)
{
	return vprep_error_set(
		w->err, VPREP_E_FAILED, number, NULL,
		"cannot write %.200s/%.300s: %s; the capture is not whole, "
		"remove it",
		w->directory, path, strerror(number));
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

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
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
	r = write_all(fd, content, item->is_binary ? item->len : strlen(content));
	if (r == 0 && !item->is_binary && *content)
		r = write_all(fd, "\n", 1);
	/* the size tells the kind of config space */
	if (r == 0 && item->is_binary && ftruncate(fd, item->size) < 0)
		r = -errno;
	return r;
}

static int write_item(const struct writer *w, const struct vprep_access_log_item *item)
{
	_cleanup_free_ char *path = NULL, *content = NULL;
	int r;

	path = w->anonymize ? vprep_anonymize_text(w->anonymize, item->path)
			    : strdup(item->path);
	if (item->content && !item->is_binary)
		content = !w->anonymize ? strdup(item->content)
			  : item->kind == VPREP_ACCESS_LOG_LINK
				  ? vprep_anonymize_text(w->anonymize, item->content)
				  : anonymize_content(w->anonymize, item);
	if (!path || (item->content && !item->is_binary && !content))
		return vprep_error_oom(w->err);
	r = make_folders(w->dir, path);
	if (r == 0 && item->kind == VPREP_ACCESS_LOG_FOLDER)
		r = mkdirat(w->dir, path, 0755) < 0 && errno != EEXIST ? -errno : 0;
	else if (r == 0 && item->kind == VPREP_ACCESS_LOG_LINK)
		r = content && symlinkat(content, w->dir, path) < 0 ? -errno : 0;
	else if (r == 0)
		r = write_file(w->dir, path, item,
			       item->is_binary ? item->content
			       : content       ? content
					       : "");
	return r < 0 ? failed(w, path, -r) : 0;
}

/* Twice: the first time only to learn the secrets. */
static int write_items(struct writer *w, const struct vprep_access_log_item *items,
		       size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; w->anonymize && i < n; i++) {
		_cleanup_free_ char *content = NULL;

		if (items[i].kind != VPREP_ACCESS_LOG_FILE || items[i].is_binary ||
		    !items[i].content)
			continue;
		content = anonymize_content(w->anonymize, &items[i]);
		if (!content)
			return vprep_error_oom(w->err);
	}
	for (i = 0; r == 0 && i < n; i++)
		r = write_item(w, &items[i]);
	return r;
}

static int open_directory(struct writer *w)
{
	if (mkdir(w->directory, 0700) < 0)
		return vprep_error_set(
			w->err, VPREP_E_USAGE, errno, NULL, "cannot make %.300s: %s%s",
			w->directory, strerror(errno),
			errno == EEXIST ? "; a capture is a new folder" : "");
	w->dir = open(w->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return w->dir < 0 ? failed(w, ".", errno) : 0;
}

VPREP_EXPORT int vprep_capture(struct vprep_session *session, const char *directory,
			       bool identifying, struct vprep_error *err)
{
	_cleanup_(clear_record) struct vprep_session *recording = session;
	_cleanup_(vprep_anonymize_freep) struct vprep_anonymize *anonymize = NULL;
	_cleanup_close_ int dir = -1;
	struct writer w = { .directory = directory, .err = err };
	const struct vprep_access_log_item *items;
	size_t n;
	int r;

	r = open_directory(&w);
	dir = r < 0 ? -1 : w.dir;
	if (r < 0)
		return r;
	recording->io->access_log = vprep_access_log_new(identifying);
	anonymize = identifying ? NULL : vprep_anonymize_new();
	if (!recording->io->access_log || (!identifying && !anonymize))
		return vprep_error_oom(err);
	w.anonymize = anonymize;
	r = look(session, err);
	if (r < 0)
		return r;
	if (vprep_access_log_items(session->io->access_log, &items, &n) < 0)
		return vprep_error_oom(err);
	return write_items(&w, items, n);
}
