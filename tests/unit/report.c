// SPDX-License-Identifier: GPL-2.0-or-later
/* report: the page of a host. The library is a double, and so is the host. */
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <sys/stat.h>

#include "args.h"
#include "command-test.h"
#include "verb.h"

#define HOSTILE "\"'><script>alert(1)</script>&amp;\xe2\x80\xae\x1b[31m\xef\xbf\xbf"

static struct vprep_host_devices devices;
static struct vprep_node_devices nodes;
static struct vprep_groups groups = { COUNTED(
	struct vprep_group, { .number = 1 }, { .number = 2, .viable = true },
	{ .number = 3, .viable = true, .owner = HOSTILE }) };
static struct vprep_status status_result = {
	.n_owners = 1,
	.owners = ARRAY(struct vprep_status_owner,
			{ .id = "x",
			  .name = HOSTILE,
			  .kind = "domain",
			  .state = "held",
			  .since = 1000000000,
			  .process = HOSTILE,
			  .n_devices = 1,
			  .devices = ARRAY(const char *, HOSTILE),
			  .host = ARRAY(struct vprep_status_device,
					{ .name = HOSTILE,
					  .n_differs = 1,
					  .differs = ARRAY(const char *, HOSTILE),
					  .fix = HOSTILE }) }),
	.n_orphans = 1,
	.orphans = ARRAY(struct vprep_status_orphan,
			 { HOSTILE, HOSTILE, NULL, 1, ARRAY(const char *, HOSTILE) }),
};
static int status_error;

/* ---- the library ---- */

static struct vprep_mdev_types types = {
	COUNTED(struct vprep_mdev_type, { .parent = "mtty",
					  .type = "mtty-1",
					  .name = HOSTILE,
					  .device_api = "vfio-pci",
					  .available = 23 }),
};
static struct vprep_diagnoses diagnoses = {
	COUNTED(struct vprep_diagnosis, { "iommu", "ok", "it is on", NULL },
		{ "user", "problem", HOSTILE, HOSTILE }),
};
static struct vprep_reasons reasons = {
	COUNTED(struct vprep_reason, { VPREP_E_IN_USE, "x", HOSTILE, "stop it" }),
};

RESULT(vprep_host_devices, vprep_host_devices, devices, vprep_host_devices_free)
RESULT(vprep_groups, vprep_groups, groups, vprep_groups_free)
RESULT(vprep_mdev_types, vprep_mdev_types, types, vprep_mdev_types_free)
RESULT(vprep_doctor, vprep_diagnoses, diagnoses, vprep_diagnoses_free)

int vprep_node_devices(struct vprep_session *session,
		       const struct vprep_node_filter *filter,
		       struct vprep_node_devices **ret, struct vprep_error *err)
{
	(void)session, (void)err;
	assert_true(filter->parents);
	*ret = &nodes;
	return 0;
}

void vprep_node_devices_free(struct vprep_node_devices *unused)
{
	(void)unused;
}

int vprep_status(struct vprep_session *session, struct vprep_status **ret,
		 struct vprep_error *err)
{
	(void)session;
	if (status_error < 0) {
		snprintf(err->message, sizeof(err->message), "root may look");
		return status_error;
	}
	*ret = &status_result;
	return 0;
}

void vprep_status_free(struct vprep_status *unused)
{
	(void)unused;
}

int vprep_check(struct vprep_session *session, const struct vprep_request *request,
		struct vprep_reasons **ret, struct vprep_error *err)
{
	(void)session, (void)request, (void)err;
	*ret = &reasons;
	return 0;
}

void vprep_reasons_free(struct vprep_reasons *unused)
{
	(void)unused;
}

const char *vprep_version(void)
{
	return "0";
}

/* ---- hosts ---- */

static struct vprep_host_device pci(const char *name, const char *node_name, int group)
{
	return (struct vprep_host_device){ .name = name,
					   .node_name = node_name,
					   .capability = "pci",
					   .class_code = 0x020000,
					   .known_as = "",
					   .group = group,
					   .numa_node = -1 };
}

static int a_small_host(void **state)
{
	static struct vprep_host_device items[5];
	static struct vprep_node_device node_items[] = {
		{ .name = "bridge", .path = "/sys/devices/pci0000:00/b" },
		{ .name = "card",
		  .parent = "bridge",
		  .path = "/sys/devices/pci0000:00/b/c" },
		{ .name = "mdev",
		  .parent = "card",
		  .path = "/sys/devices/pci0000:00/b/c/m" },
		{ .name = "net",
		  .parent = "card",
		  .path = "/sys/devices/pci0000:00/b/c/n" },
		{ .name = "usb",
		  .parent = "net",
		  .path = "/sys/devices/pci0000:00/b/c/n/u" },
		{ .name = "vf",
		  .parent = "bridge",
		  .path = "/sys/devices/pci0000:00/b/v" },
	};

	(void)state;
	items[0] = pci("0000:00:01.0", "bridge", 1);
	items[0].class_code = 0x060400;
	items[0].state = VPREP_HOST_DEVICE_STAYS;
	items[0].why = "a bridge";
	items[1] = pci("0000:01:00.0", "card", 1);
	items[1].model = HOSTILE;
	items[1].known_as = HOSTILE;
	items[1].slot = HOSTILE;
	items[1].state = VPREP_HOST_DEVICE_IN_USE;
	items[1].why = HOSTILE;
	items[2] = pci("0000:01:10.0", "vf", 2);
	items[2].physfn = "0000:01:00.0";
	items[3] = pci(HOSTILE, "mdev", 3);
	items[3].capability = "mdev";
	items[3].state = VPREP_HOST_DEVICE_OWNED;
	items[3].owner = HOSTILE;
	items[4] = pci("usb_1_2", "usb", -1);
	items[4].capability = "usb_device";
	devices = (struct vprep_host_devices){ VPREP_ARRAY_SIZE(items), items };
	nodes = (struct vprep_node_devices){ VPREP_ARRAY_SIZE(node_items), node_items };
	status_error = 0;
	return 0;
}

/* ---- looking at the page ---- */

static char *make_page(const char *file)
{
	const char *names[] = { file, NULL };
	const struct vprep_args args = { .names = names, .n_names = file != NULL };
	struct vprep_error err = { 0 };
	struct vprep_out out;
	const struct vprep_call call = { .args = &args, .out = &out, .err = &err };
	char *page;
	int r;

	out_begin(&out, 0);
	r = vprep_verb_report.run(&call);
	page = out_end(&out);
	if (r < 0) {
		free(page);
		return strdup(err.message);
	}
	return page;
}

/* How many elements of that name there are; with @id, that have it. */
static unsigned count(const xmlNode *node, const char *name, const char *id)
{
	unsigned n = 0;

	for (; node; node = node->next) {
		xmlChar *value = NULL;

		if (node->type == XML_ELEMENT_NODE && id)
			value = xmlGetProp(node, (const xmlChar *)"id");
		if (node->type == XML_ELEMENT_NODE &&
		    streq((const char *)node->name, name) &&
		    (!id || (value && streq((const char *)value, id))))
			n++;
		xmlFree(value);
		n += count(node->children, name, id);
	}
	return n;
}

static xmlDoc *parse(const char *page)
{
	xmlDoc *document = xmlReadMemory(page, (int)strlen(page), NULL, NULL,
					 XML_PARSE_NONET | XML_PARSE_HUGE);

	assert_non_null(document);
	return document;
}

static unsigned count_in(const char *page, const char *name, const char *id)
{
	xmlDoc *document = parse(page);
	unsigned n = count(xmlDocGetRootElement(document), name, id);

	xmlFreeDoc(document);
	return n;
}

/* ---- tests ---- */

static void what_devices_and_people_say_of_themselves_is_text(void **state)
{
	_cleanup_free_ char *page = make_page(NULL);

	(void)state;
	assert_int_equal(count_in(page, "script", NULL), 0);
	assert_null(strstr(page, "\x1b"));
	assert_null(strstr(page, "\xe2\x80\xae"));
	assert_null(strstr(page, "\xef\xbf\xbf"));
	assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"));
	assert_non_null(strstr(page, "since 2001-09-09 01:46 UTC, "));
}

static void it_asks_for_nothing_of_others(void **state)
{
	static const char *const words[] = {
		" src=",   "url(",    "@import",     "<link",
		"<iframe", "<object", "javascript:", "onload"
	};
	_cleanup_free_ char *page = make_page(NULL);
	const char *at = page;

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(words); i++)
		assert_null(strstr(page, words[i]));
	/* the only addresses are the names of HTML and SVG */
	while ((at = strstr(at, "://"))) {
		assert_memory_equal(at, "://www.w3.org/", 14);
		at++;
	}
}

static void links_lead_to_rows_and_each_device_has_one(void **state)
{
	_cleanup_free_ char *page = make_page(NULL);
	char id[8];

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "d%d", i);
		assert_int_equal(count_in(page, "tr", id), 1);
	}
	/* one below the bridge, with the function and the mediated device of the card */
	assert_non_null(strstr(page, "aria-label=\"0000:00:01.0 and what is below it\""));
	assert_non_null(strstr(page, "aria-label=\"1 virtual function: 1 free\""));
	assert_non_null(strstr(page, "aria-label=\"1 mediated device: 1 attached\""));
	assert_non_null(strstr(page, "PCI root bus 0000:00"));
}

static void without_privilege_the_rest_is_there(void **state)
{
	_cleanup_free_ char *page = NULL;

	(void)state;
	status_error = -EACCES;
	page = make_page(NULL);
	assert_int_equal(count_in(page, "h2", "devices"), 1);
	assert_non_null(strstr(page, "root may look"));
	free(page);
	status_error = -ENOMEM;
	page = make_page(NULL);
	assert_string_equal(page, "root may look");
}

/* Somebody has bound a member to a driver of the host since. */
static void a_group_that_is_attached_need_not_be_viable(void **state)
{
	struct vprep_group *group = &groups.items[0];
	const struct vprep_group before = *group;
	_cleanup_free_ char *page = NULL;

	(void)state;
	group->owner = "web1";
	page = make_page(NULL);
	assert_non_null(strstr(page, "<td>not viable, though attached by web1</td>"));
	free(page);
	group->viable = true;
	page = make_page(NULL);
	assert_non_null(strstr(page, "<td>viable, and attached by web1</td>"));
	*group = before;
}

#define CARDS 16
#define FUNCTIONS 4096

/* Cards with virtual functions, each in a group of its own. */
static void four_thousand_functions_are_a_page_of_moderate_size(void **state)
{
	static struct vprep_host_device items[FUNCTIONS];
	static struct vprep_node_device node_items[FUNCTIONS];
	static char names[FUNCTIONS][16], node_names[FUNCTIONS][20];
	_cleanup_free_ char *page = NULL;

	(void)state;
	for (int i = 0; i < FUNCTIONS; i++) {
		snprintf(names[i], sizeof(names[i]), "%04x:%02x:%02x.%x", i >> 12,
			 i >> 8 & 15, i >> 3 & 31, i & 7);
		snprintf(node_names[i], sizeof(node_names[i]), "pci_%05d", i);
		items[i] = pci(names[i], node_names[i], i);
		items[i].model = "Maker of cards, a model with a rather long name";
		items[i].driver = "vfio-pci";
		if (i % (FUNCTIONS / CARDS) > 0)
			items[i].physfn = names[i - i % (FUNCTIONS / CARDS)];
		node_items[i] =
			(struct vprep_node_device){ .name = node_names[i],
						    .path = "/sys/devices/pci0000:00/x" };
	}
	devices = (struct vprep_host_devices){ FUNCTIONS, items };
	nodes = (struct vprep_node_devices){ FUNCTIONS, node_items };
	page = make_page(NULL);
	assert_in_range(strlen(page), (size_t)500 * 1024, (size_t)3 * 1024 * 1024);
	assert_int_equal(count_in(page, "details", NULL), CARDS + 1);
	assert_non_null(strstr(page, "aria-label=\"255 virtual functions: 255 free\""));
}

static void a_file_is_replaced_whole_and_nothing_else(void **state)
{
	char folder[] = "/tmp/report-XXXXXX", text[8] = "";
	_cleanup_free_ char *page = NULL;
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	umask(077);
	fd = open("host.html", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "old", 3), 3);
	assert_int_equal(close(fd), 0);
	assert_int_equal(symlink("host.html", "link.html"), 0);
	assert_int_equal(mkdir("folder", 0700), 0);

	page = make_page("link.html");
	assert_non_null(strstr(page, "cannot write link.html: it is a link, and only"));
	free(page);
	page = make_page("/dev/full");
	assert_non_null(strstr(page, "/dev/full: it is no regular file, and only"));
	free(page);
	page = make_page("folder");
	assert_non_null(strstr(page, "Is a directory"));
	free(page);
	page = make_page("none/host.html");
	assert_non_null(strstr(page, "No such file"));
	free(page);
	fd = open("host.html", O_RDONLY | O_CLOEXEC);
	page = make_page("host.html");
	assert_string_equal(page, "");
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	close(fd);
	assert_int_equal(stat("host.html", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_true(st.st_size > 1024);

	assert_int_equal(unlink("host.html"), 0);
	assert_int_equal(unlink("link.html"), 0);
	assert_int_equal(rmdir("folder"), 0);
	assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
}

#define SMALL(fn) cmocka_unit_test_setup(fn, a_small_host)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SMALL(what_devices_and_people_say_of_themselves_is_text),
		SMALL(it_asks_for_nothing_of_others),
		SMALL(links_lead_to_rows_and_each_device_has_one),
		SMALL(without_privilege_the_rest_is_there),
		SMALL(a_group_that_is_attached_need_not_be_viable),
		SMALL(four_thousand_functions_are_a_page_of_moderate_size),
		SMALL(a_file_is_replaced_whole_and_nothing_else),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
