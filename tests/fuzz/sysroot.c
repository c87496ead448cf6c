// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A captured tree of any files, folders and links: each call that looks at a host ends,
 * with text that can be printed, and shows nothing of what lies beside the tree.
 *
 * An input is entries "KIND PATH\tCONTENT" with "\n.\n" between them; KIND is f, l, d.
 */
#include "fuzz.h"
#include "session/session.h"

#define TREE "tree/"
#define OUTSIDE "OUTSIDE"
#define PATH_MAX_HERE 512

static void put_entry(const char *entry, size_t len)
{
	const char *tab = memchr(entry, '\t', len);
	size_t n = tab ? (size_t)(tab - entry) : len;
	_cleanup_free_ char *path = NULL, *content = NULL;

	if (n < 3 || n > PATH_MAX_HERE || memchr(entry, 0, n))
		return;
	path = vprep_strf(TREE "%.*s", (int)(n - 2), entry + 2);
	content = tab ? strndup(tab + 1, len - n - 1) : strdup("");
	CHECK(path && content);
	if (*entry == 'f')
		fuzz_put_file(path, tab ? tab + 1 : "", tab ? len - n - 1 : 0);
	else if (*entry == 'l' && *content)
		fuzz_put_link(path, content);
	else if (*entry == 'd')
		fuzz_put_folder(path);
}

static void put_tree(const uint8_t *data, size_t len)
{
	static const char between[] = "\n.\n";
	const char *text = (const char *)data;

	fuzz_folder_empty();
	fuzz_put_folder("tree");
	fuzz_put_file("sys/bus/pci/devices/0000:00:1e.0/class", OUTSIDE, 7);
	fuzz_put_file("run/udev/data/b8:0", "E:ID_SERIAL=" OUTSIDE "\n", 20);
	fuzz_put_file("proc/version", OUTSIDE, 7);
	fuzz_put_file("outside", OUTSIDE, 7);
	while (text && len > 0) {
		const char *end = memmem(text, len, between, sizeof(between) - 1);
		size_t n = end ? (size_t)(end - text) : len;

		put_entry(text, n);
		n += end ? sizeof(between) - 1 : 0;
		text += n;
		len -= n;
	}
}

static bool is_inside; /* the tree has that word itself */

static void check_text(const char *text)
{
	CHECK(is_inside || !strstr(text, OUTSIDE));
}

static void look_at_devices(struct vprep_session *session)
{
	struct vprep_node_devices *list = NULL;
	struct vprep_reasons *reasons = NULL;
	struct vprep_request request = { 0 };
	struct vprep_error err = { 0 };
	const char *names[2] = { NULL };
	size_t i, form;

	if (vprep_node_devices(session, NULL, &list, &err) < 0) {
		check_text(err.message);
		return;
	}
	request.names = names;
	for (i = 0; i < list->n; i++) {
		check_text(list->items[i].name);
		for (form = VPREP_NODE_TEXT; form <= VPREP_NODE_JSON; form++) {
			char *text = NULL;
			int r = vprep_node_device_describe(session, list->items[i].name,
							   form, &text, &err);

			check_text(r < 0 ? err.message : text);
			free(text);
		}
		names[0] = list->items[i].name;
		if (vprep_check(session, &request, &reasons, &err) == 0)
			vprep_reasons_free(reasons);
		else
			check_text(err.message);
	}
	vprep_node_devices_free(list);
}

static void look_at_host(struct vprep_session *session)
{
	struct vprep_diagnoses *diagnoses = NULL;
	struct vprep_groups *groups = NULL;
	struct vprep_status *status = NULL;
	struct vprep_error err = { 0 };
	size_t i;

	if (vprep_groups(session, &groups, &err) == 0)
		vprep_groups_free(groups);
	if (vprep_status(session, &status, &err) == 0)
		vprep_status_free(status);
	if (vprep_doctor(session, &diagnoses, &err) < 0)
		return;
	for (i = 0; i < diagnoses->n; i++) {
		CHECK(fuzz_is_printable(diagnoses->items[i].detail));
		check_text(diagnoses->items[i].detail);
	}
	vprep_diagnoses_free(diagnoses);
}

/* In the place of this host's modules. */
static int no_modules(const struct vprep_io *io, const char *alias, char ***ret_modules)
{
	char **modules = calloc(1, sizeof(*modules));

	(void)io;
	(void)alias;
	CHECK(modules);
	*ret_modules = modules;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct vprep_io_ops ops = { .resolve_alias = no_modules };
	_cleanup_free_ char *tree = vprep_strf("%s/tree", fuzz_folder());
	const struct vprep_options options = { 0 };
	struct vprep_session *session = NULL;
	struct vprep_error err = { 0 };
	struct vprep_io *io = NULL;
	int r;

	is_inside = data && memmem(data, len, OUTSIDE, strlen(OUTSIDE));
	put_tree(data, len);
	if (vprep_io_new_at(tree, false, &ops, &io) < 0)
		return 0;
	r = vprep_session_new_on(io, &options, &session, &err);
	if (r < 0) {
		CHECK(err.code == VPREP_E_USAGE); /* its configuration is malformed */
		check_text(err.message);
		return 0;
	}
	look_at_devices(session);
	look_at_host(session);
	vprep_session_free(session);
	return 0;
}
