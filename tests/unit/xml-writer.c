// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "xml/writer.h"

static void expect(struct vprep_xml_writer *w, const char *want)
{
	char *got = NULL;

	assert_int_equal(vprep_xml_take(w, &got), 0);
	assert_string_equal(got, want);
	free(got);
	vprep_xml_writer_done(w);
}

static void elements_are_indented(void **state)
{
	struct vprep_xml_writer w = { 0 };

	(void)state;
	vprep_xml_open(&w, "a");
	vprep_xml_open(&w, "b");
	vprep_xml_set(&w, "c", "1");
	vprep_xml_close(&w);
	vprep_xml_open(&w, "d");
	vprep_xml_add_text(&w, "text");
	vprep_xml_close(&w);
	vprep_xml_open(&w, "e");
	vprep_xml_open(&w, "f");
	vprep_xml_add_text(&w, "");
	vprep_xml_close(&w);
	vprep_xml_close(&w);
	vprep_xml_close(&w);
	expect(&w,
	       "<a>\n  <b c='1'/>\n  <d>text</d>\n  <e>\n    <f></f>\n  </e>\n</a>\n");
}

static void values_cannot_become_markup(void **state)
{
	struct vprep_xml_writer w = { 0 };

	(void)state;
	vprep_xml_open(&w, "a");
	vprep_xml_set(&w, "b", "'/><!-- \"&");
	vprep_xml_add_text(&w, "</a><a>]]>&lt;");
	vprep_xml_close(&w);
	expect(&w, "<a b='&apos;/&gt;&lt;!-- &quot;&amp;'>"
		   "&lt;/a&gt;&lt;a&gt;]]&gt;&amp;lt;</a>\n");
}

/* Neither may stand in a document, not even as a reference. */
static void control_characters_and_invalid_utf8_are_replaced(void **state)
{
	struct vprep_xml_writer w = { 0 };

	(void)state;
	vprep_xml_open(&w, "a");
	vprep_xml_set(&w, "b", "\t\n\x01");
	vprep_xml_add_text(&w, "gr\xc3\xbc\xc3\x9f \xff\xfe \xc3");
	vprep_xml_close(&w);
	expect(&w, "<a b='?"
		   "?"
		   "?'>gr\xc3\xbc\xc3\x9f ?? ?</a>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(elements_are_indented),
		TEST(values_cannot_become_markup),
		TEST(control_characters_and_invalid_utf8_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
