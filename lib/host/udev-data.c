// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/udev-data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

/* Lines become strings one after another, with an empty one as the end. An empty line
 * would be taken for the end, and is left out. */
static char *split(char *text)
{
	size_t len = text ? strlen(text) : 0, i, n = 0;
	char *lines = realloc(text, len + 2);

	if (!lines) {
		free(text);
		return NULL;
	}
	for (i = 0; i < len; i++)
		if (lines[i] != '\n')
			lines[n++] = lines[i];
		else if (n > 0 && lines[n - 1] != '\0')
			lines[n++] = '\0';
	lines[n] = lines[n + 1] = '\0';
	return lines;
}

static const char *next_line(const char *line)
{
	return line + strlen(line) + 1;
}

/* @prefix stands before the key: "E:" in the database. */
static const char *find(const char *lines, const char *prefix, const char *key)
{
	size_t prefix_len = strlen(prefix), len = strlen(key);
	const char *line;

	for (line = lines; line && *line; line = next_line(line))
		if (strncmp(line, prefix, prefix_len) == 0 &&
		    strncmp(line + prefix_len, key, len) == 0 &&
		    line[prefix_len + len] == '=')
			return line + prefix_len + len + 1;
	return NULL;
}

const char *vprep_udev_kernel(struct vprep_udev_data *data, const char *key)
{
	char *text = NULL;

	if (!data->uevent) {
		vprep_io_read(data->io, VPREP_SYS, &text, "%s/uevent", data->path);
		data->uevent = split(text);
	}
	return find(data->uevent, "", key);
}

/* As udevd names the file: the node's number, the interface's index, or the name. */
static char *database_name(struct vprep_udev_data *data)
{
	const char *major = vprep_udev_kernel(data, "MAJOR");
	const char *minor = vprep_udev_kernel(data, "MINOR");
	const char *index = vprep_udev_kernel(data, "IFINDEX");
	const char *slash = strrchr(data->path, '/');

	if (major && minor)
		return vprep_strf("%c%s:%s", streq(data->subsystem, "block") ? 'b' : 'c',
				  major, minor);
	if (index)
		return vprep_strf("n%s", index);
	return vprep_strf("+%s:%s", data->subsystem, slash ? slash + 1 : data->path);
}

static const char *database(struct vprep_udev_data *data)
{
	_cleanup_free_ char *name = NULL;
	char *text = NULL;

	if (data->database)
		return data->database;
	name = database_name(data);
	/* a slash would leave the folder */
	if (name && !strchr(name, '/'))
		vprep_io_read(data->io, VPREP_RUN, &text, "udev/data/%s", name);
	data->database = split(text);
	return data->database;
}

const char *vprep_udev_property(struct vprep_udev_data *data, const char *key)
{
	return find(database(data), "E:", key);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **vprep_udev_links(struct vprep_udev_data *data, struct vprep_pool *pool,
			      size_t *ret_n)
{
	const char *lines = database(data), *line;
	const char **links;
	size_t n = 0;

	for (line = lines; line && *line; line = next_line(line))
		n += strncmp(line, "S:", 2) == 0;
	links = vprep_pool_alloc(pool, n, sizeof(*links));
	*ret_n = 0;
	if (!links)
		return NULL;
	for (n = 0, line = lines; line && *line; line = next_line(line)) {
		char *link =
			strncmp(line, "S:", 2) == 0
				? vprep_pool_strf(pool, VPREP_IO_NODES "%s", line + 2)
				: NULL;

		if (link) {
			vprep_str_make_printable(link);
			links[n++] = link;
		}
	}
	if (n > 1)
		qsort(links, n, sizeof(*links), compare);
	*ret_n = n;
	return links;
}

void vprep_udev_data_done(struct vprep_udev_data *data)
{
	free(data->uevent);
	free(data->database);
}
