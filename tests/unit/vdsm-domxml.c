// SPDX-License-Identifier: GPL-2.0-or-later
/* Where something is added to a domain XML; every other byte stays. */
#include "domxml.h"

#include <errno.h>
#include <unistd.h>

#include "common/str.h"
#include "file.h"
#include "test.h"

/* '@' is where devices go, '%' where the rest goes, and "~/" a slash that goes. */
static void check(const char *marked)
{
	_cleanup_free_ char *added = NULL;
	_cleanup_buf_ struct vprep_buf text = { 0 }, want = { 0 };
	struct vprep_domain_places places;
	const char *why, *p;
	size_t len;

	vprep_buf_add(&text, "");
	vprep_buf_add(&want, "");
	for (p = marked; *p; p++) {
		if (*p == '@')
			vprep_buf_add(&want, "<new/>");
		else if (*p == '%')
			vprep_buf_add(&want, "<rest/>");
		else if (*p == '~') /* "<devices~/>" */
			vprep_buf_add(&want, "><new/></devices"),
				vprep_buf_add_n(&text, ++p, 1);
		else
			vprep_buf_add_n(&text, p, 1), vprep_buf_add_n(&want, p, 1);
	}
	why = vprep_domain_places_find(text.data, text.len, &places);
	if (why)
		fail_msg("%s: %s", marked, why);
	added = vprep_domxml_add(text.data, text.len, &places, "<new/>", "<rest/>", &len);
	assert_int_equal(len, want.len);
	assert_memory_equal(added, want.data, len);
}

static void devices_end_where_their_element_ends(void **state)
{
	(void)state;
	check("<domain><devices>@</devices>%</domain>");
	check("<domain type='kvm'>\n  <name>a</name>\n  <devices>\n    <emulator/>\n  "
	      "@</devices>\n%</domain>\n");
	check("<?xml version='1.0' encoding='utf-8'?>\n<!-- a --><domain><devices\n>@"
	      "</devices >%</domain\n><!-- b -->");
}

static void what_only_looks_like_devices_is_passed_over(void **state)
{
	(void)state;
	check("<domain><!-- </devices></domain> --><devices><!-- </devices> -->@"
	      "</devices>%</domain>");
	check("<domain><description><![CDATA[</devices></domain>]]></description>"
	      "<devices>@</devices>%</domain>");
	check("<domain><?p </devices> ?><devices><a b='</devices>' c=\">'\"/>@"
	      "</devices>%</domain>");
	check("<domain><metadata><devices><x/></devices></metadata><devicesx></devicesx>"
	      "<devices>@</devices>%</domain>");
	check("<domain><x:devices></x:devices><devices><devices/><b><devices></devices>"
	      "</b>@</devices>%</domain>");
}

static void an_empty_element_is_opened(void **state)
{
	(void)state;
	check("<domain><devices~/>%</domain>");
	check("<domain><devices a='/>' ~/>\n%</domain>");
}

static void other_documents_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"text",
		"<domain>",
		"<domain></domain>",
		"<domain/>",
		"<domains><devices></devices></domains>",
		"<a><domain><devices></devices></domain></a>",
		"<devices></devices>",
		"<domain><devices></domain>",
		"<domain><devices></devices>",
		"<domain><devices></devices></domain></domain>",
		"<domain><devices></devices></domain><domain></domain>",
		"<domain><devices></devices><devices></devices></domain>",
		"<domain><devices/><devices></devices></domain>",
		"<!DOCTYPE domain [<!ENTITY a 'b'>]><domain><devices/></domain>",
		"<domain><devices><!-- </devices></domain>",
		"<domain><devices a='></devices></domain>",
		"<domain><a><devices></devices></a></domain>",
		"<domain",
		"<",
		"</",
		"<>",
	};
	struct vprep_domain_places places;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(wrong); i++)
		if (!vprep_domain_places_find(wrong[i], strlen(wrong[i]), &places))
			fail_msg("'%s' is taken", wrong[i]);
	assert_non_null(
		vprep_domain_places_find("<domain>\0<devices/></domain>", 28, &places));
}

/* Cut anywhere, it is refused or taken, and nothing behind the end is looked at. */
static void a_document_that_is_cut_is_refused(void **state)
{
	static const char text[] = "<?x?><domain a='b'><!--c--><devices d=\"e\"><f/>"
				   "<![CDATA[g]]></devices></domain>";
	struct vprep_domain_places places;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(text) - 1; len++) {
		_cleanup_free_ char *cut = malloc(len + 1);

		memcpy(cut, text, len);
		assert_non_null(vprep_domain_places_find(cut, len, &places));
	}
}

static char path[] = "/tmp/vprep-vdsm-XXXXXX";

static int make_file(void **state)
{
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "<domain/>", 9), 9);
	close(fd);
	return test_begin(state);
}

static int remove_file(void **state)
{
	unlink(path);
	return test_end(state);
}

static void a_file_stays_the_same_one(void **state)
{
	struct vprep_vdsm_file file;
	char link[sizeof(path) + 2];

	(void)state;
	assert_int_equal(vprep_vdsm_file_open(path, &file), 0);
	assert_string_equal(file.text, "<domain/>");
	assert_int_equal(vprep_vdsm_file_replace(&file, "<domain><a/></domain>", 21), 0);
	vprep_vdsm_file_close(&file);
	assert_int_equal(vprep_vdsm_file_open(path, &file), 0);
	assert_string_equal(file.text, "<domain><a/></domain>");
	vprep_vdsm_file_close(&file);
	snprintf(link, sizeof(link), "%s.l", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(vprep_vdsm_file_open(link, &file), -ELOOP);
	unlink(link);
	assert_int_equal(vprep_vdsm_file_open("/tmp", &file), -EISDIR);
	assert_int_equal(vprep_vdsm_file_open("/dev/null", &file), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_end_where_their_element_ends),
		cmocka_unit_test(what_only_looks_like_devices_is_passed_over),
		cmocka_unit_test(an_empty_element_is_opened),
		cmocka_unit_test(other_documents_are_refused),
		cmocka_unit_test(a_document_that_is_cut_is_refused),
		cmocka_unit_test_setup_teardown(a_file_stays_the_same_one, make_file,
						remove_file),
	};

	return cmocka_run_group_tests_name("vdsm-domxml", tests, NULL, NULL);
}
