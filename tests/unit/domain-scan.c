// SPDX-License-Identifier: GPL-2.0-or-later
/* Encodings, and whether a domain may name host devices, without parsing it. */
#include "domain-test.h"

#define BODY                                                                             \
	"<domain><name>caf%s</name><devices><hostdev type='pci'><source><address "       \
	"bus='1'/></source></hostdev></devices></domain>"
#define DECLARED(name) "<?xml version='1.0' encoding='" name "'?>"
#define JSON                                                                             \
	"[ { \"type\": \"pci\", \"address\": \"0000:01:00.0\", \"managed\": false, "     \
	"\"origin\": \"hostdev\" } ]"

enum form { NARROW, LITTLE, BIG };

/* Latin-1 to that form, behind a mark. */
static char *encode(const char *mark, size_t mark_len, const char *text, enum form form,
		    size_t *ret_len)
{
	size_t n = strlen(text), i;
	char *out = calloc(1, mark_len + 2 * n + 1);

	assert_non_null(out);
	memcpy(out, mark, mark_len);
	for (i = 0; i < n; i++) {
		char *at = out + mark_len + (form == NARROW ? i : 2 * i);

		at[form == BIG ? 1 : 0] = text[i];
	}
	*ret_len = mark_len + (form == NARROW ? n : 2 * n);
	return out;
}

static void each_encoding_is_read_or_refused(void **state)
{
	static const struct {
		const char *mark;
		enum form form;
		const char *declaration;
		const char *e;	      /* in Latin-1 */
		const char *expected; /* NULL: it is read */
	} cases[] = {
		{ "", NARROW, "", "e", NULL },
		{ "", NARROW, DECLARED("utf-8"), "\xc3\xa9", NULL },
		{ "\xef\xbb\xbf", NARROW, "", "\xc3\xa9", NULL },
		{ "\xff\xfe", LITTLE, "", "\xe9", NULL },
		{ "\xfe\xff", BIG, "", "\xe9", NULL },
		{ "\xff\xfe", LITTLE, DECLARED("UTF-16"), "\xe9", NULL },
		{ "\xfe\xff", BIG, DECLARED("utf-16"), "\xe9", NULL },
		{ "\xff\xfe", LITTLE, DECLARED("UTF-16LE"), "\xe9", NULL },
		/* the same bytes in any of them */
		{ "", NARROW, DECLARED("ISO-8859-1"), "e", NULL },
		{ "", NARROW, "<?xml version='1.0' encoding=\"us-ascii\" ?>", "e", NULL },
		{ "", NARROW, DECLARED("ISO-8859-1"), "\xe9",
		  "line 1: the declared encoding 'ISO-8859-1' is not the document's" },
		{ "", NARROW, DECLARED("US-ASCII"), "\xc3\xa9",
		  "line 1: the declared encoding 'US-ASCII' is not the document's" },
		{ "", NARROW, "", "\xe9", "line 1: malformed XML: " },
		{ "\xef\xbb\xbf", NARROW, "", "\xe9", "line 1: malformed XML: " },
		{ "", NARROW, DECLARED("UTF-16"), "e",
		  "line 1: the declared encoding 'UTF-16' is not the document's" },
		{ "\xff\xfe", LITTLE, DECLARED("UTF-8"), "e",
		  "line 1: the declared encoding 'UTF-8' is not the document's" },
		{ "\xff\xfe", LITTLE, DECLARED("UTF-16BE"), "e",
		  "line 1: the declared encoding 'UTF-16BE' is not the document's" },
		{ "", NARROW, DECLARED("UTF-7"), "e",
		  "line 1: the declared encoding 'UTF-7' is not the document's; only "
		  "UTF-8, and UTF-16 with a byte order mark, is read" },
		{ "", NARROW, DECLARED("EBCDIC-CP-US"), "e",
		  "line 1: the declared encoding 'EBCDIC-CP-US' is not the document's" },
		{ "", NARROW, DECLARED("../../etc/x"), "e",
		  "line 1: the declared encoding '../../etc/x' is not the document's" },
		{ "", LITTLE, "", "e",
		  "line 1: a NUL byte; only UTF-8, and UTF-16 with" },
		{ "", LITTLE, DECLARED("UTF-16"), "e", "line 1: a NUL byte; " },
		{ "", BIG, DECLARED("UTF-16BE"), "e", "line 1: a NUL byte; " },
		{ "\x4c\x6f\xa7\x94", NARROW, "", "e",
		  "line 1: the document does not begin with a tag; only UTF-8, and "
		  "UTF-16 with a byte order mark, is read" },
	};
	size_t i, len;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text =
			vprep_strf("%s" BODY, cases[i].declaration, cases[i].e);
		_cleanup_free_ char *bytes = encode(cases[i].mark, strlen(cases[i].mark),
						    text, cases[i].form, &len);
		_cleanup_free_ char *answer = domain_read_n(bytes, len);
		const char *expected = cases[i].expected ? cases[i].expected : JSON;

		if (strncmp(answer, expected, strlen(expected)) != 0)
			fail_msg("case %zu is %s, expected %s", i, answer, expected);
		assert_true(vprep_domain_may_need_us(bytes, len));
	}
}

/* Code page 037 of EBCDIC, as far as the documents below need it. */
static char to_ebcdic(char c)
{
	static const char ascii[] = " <>/='?!-.\"";
	static const char ebcdic[] = "\x40\x4c\x6e\x61\x7e\x7d\x6f\x5a\x60\x4b\x7f";
	const char *p = strchr(ascii, c);
	char lower = (char)(c | 0x20);

	if (p)
		return ebcdic[p - ascii];
	if (c >= '0' && c <= '9')
		return (char)(0xf0 + c - '0');
	p = lower <= 'i'   ? "\x81"
			     "a"
	    : lower <= 'r' ? "\x91"
			     "j"
			   : "\xa2"
			     "s";
	return (char)((*p + lower - p[1]) | (c == lower ? 0 : 0x40));
}

/* libxml2 knows EBCDIC by its first bytes, and would read what no check has seen. */
static void no_document_is_read_in_ebcdic(void **state)
{
	static const char *const documents[] = {
		"<?xml version='1.0' encoding='IBM037'?><!DOCTYPE domain><domain/>",
		"<?xml version='1.0' encoding='IBM037'?><domain><name>a</name></domain>",
		"<?xml version='1.0'?><domain><name>a</name></domain>",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i <= VPREP_ARRAY_SIZE(documents); i++) {
		_cleanup_buf_ struct vprep_buf buf = { 0 };
		_cleanup_free_ char *text = NULL, *answer = NULL;

		vprep_buf_add(&buf, documents[i % VPREP_ARRAY_SIZE(documents)]);
		if (i == VPREP_ARRAY_SIZE(documents)) { /* beyond the bound of a tag */
			vprep_buf_add(&buf, "<a");
			for (k = 0; k < 20000; k++)
				vprep_buf_addf(&buf, " a%zu=''", k);
			vprep_buf_add(&buf, "/>");
		}
		assert_int_equal(vprep_buf_take(&buf, &text), 0);
		for (k = 0; text[k]; k++)
			text[k] = to_ebcdic(text[k]);
		answer = domain_read_n(text, k);
		if (!strstr(answer, "does not begin with a tag"))
			fail_msg("document %zu is %.200s", i, answer);
	}
}

static void a_long_declaration_hides_no_encoding(void **state)
{
	_cleanup_free_ char *text =
		vprep_strf("<?xml version='1.0'%300s encoding='UTF-7'?><domain/>", "");

	(void)state;
	assert_true(vprep_domain_may_need_us(text, strlen(text)));
	domain_is(text, "line 1: the declared encoding '?' is not the document's; only "
			"UTF-8, and UTF-16 with a byte order mark, is read");
}

static void a_broken_character_is_refused(void **state)
{
	/* half of a pair */
	static const char wide[] = "\xff\xfe<\0a\0>\0\x00\xd8\x41\0<\0/\0a\0>";
	static const char *const narrow[] = { "\xff", "\xc0\xae", "\xed\xa0\x80",
					      "\xf4\x90\x80\x80" };
	size_t i;

	(void)state;
	for (i = 2; i <= sizeof(wide); i++) {
		_cleanup_free_ char *answer = domain_read_n(wide, i);

		assert_true(strncmp(answer, "line 1: ", 8) == 0);
	}
	for (i = 0; i < VPREP_ARRAY_SIZE(narrow); i++) {
		_cleanup_free_ char *text =
			vprep_strf("<domain>\n<name>%s</name></domain>", narrow[i]);
		_cleanup_free_ char *answer = domain_read_n(text, strlen(text));

		if (strncmp(answer, "line 2: malformed XML: ", 23) != 0)
			fail_msg("%s", answer);
	}
}

static void a_plain_domain_does_not_need_us(void **state)
{
	static const char *const plain[] = {
		"<domain/>",
		" \n<domain type='kvm'><name>vm</name><devices><disk "
		"type='file'><source file='/x'/></disk><interface "
		"type='bridge'/></devices></domain>",
		"<?xml version='1.0' encoding='UTF-8'?><domain/>",
		"<?xml version=\"1.0\"?><domain/>",
		"\xef\xbb\xbf<domain><name>a&amp;b</name></domain>",
		"<!-- x --><domain/>",
		"<domain><metadata><o:vm xmlns:o='http://ovirt.org/vm/1.0'/>"
		"</metadata></domain>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(plain); i++)
		if (vprep_domain_may_need_us(plain[i], strlen(plain[i])))
			fail_msg("%s", plain[i]);
}

static void whatever_can_name_a_device_needs_us(void **state)
{
	static const char *const needing[] = {
		"",
		" \n",
		"x",
		"\xef\xbb\xbf",
		"L\x6f\xa7\x94",
		"<domain><devices><hostdev/></devices></domain>",
		"<domain><devices><interface type='hostdev'/></devices></domain>",
		"<domain><devices><interface type='h&#111;stdev'/></devices></domain>",
		"<domain><devices><interface type='&#x76;dpa'/></devices></domain>",
		"<domain><devices><interface type='vdpa'/></devices></domain>",
		"<domain><devices><disk type='nvme'/></devices></domain>",
		"<domain><devices><disk type='vhostvdpa'/></devices></domain>",
		"<domain><metadata><x xmlns='urn:vfio-prep:1'/></metadata></domain>",
		"<!DOCTYPE domain [<!ENTITY x SYSTEM 'y'>]><domain>&x;</domain>",
		"<?xml version='1.0' encoding='UTF-7'?><domain/>",
		"<?xml version='1.0' encoding='IBM037'?><domain/>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(needing); i++)
		if (!vprep_domain_may_need_us(needing[i], strlen(needing[i])))
			fail_msg("%s", needing[i]);
	assert_true(vprep_domain_may_need_us("<domain>\0</domain>", 18));
}

/* Only the bytes given count: a hook reads into a buffer. */
static void nothing_behind_the_end_is_seen(void **state)
{
	static const char text[] = "<domain/><!-- hostdev -->";

	(void)state;
	assert_false(vprep_domain_may_need_us(text, 9));
	assert_true(vprep_domain_may_need_us(text, strlen(text)));
	assert_false(vprep_domain_may_need_us("<domain/>hostde", 15));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_encoding_is_read_or_refused),
		TEST(no_document_is_read_in_ebcdic),
		TEST(a_long_declaration_hides_no_encoding),
		TEST(a_broken_character_is_refused),
		TEST(a_plain_domain_does_not_need_us),
		TEST(whatever_can_name_a_device_needs_us),
		TEST(nothing_behind_the_end_is_seen),
	};

	free(domain_read_n("<a/>", 4));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
