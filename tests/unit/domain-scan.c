// SPDX-License-Identifier: GPL-2.0-or-later
/* Encodings, and whether a domain may name host devices, without parsing it. */
#include "domain-test.h"

#define BODY                                                                             \
	"<domain><name>caf\xe9</name><devices><hostdev type='pci'><source><address "     \
	"bus='1'/></source></hostdev></devices></domain>"
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
		const char *expected; /* NULL: it is read */
	} cases[] = {
		{ "", NARROW, "<?xml version='1.0' encoding='ISO-8859-1'?>", NULL },
		{ "", NARROW, "<?xml version='1.0' encoding=\"iso-8859-1\" ?>", NULL },
		{ "\xff\xfe", LITTLE, "", NULL },
		{ "\xfe\xff", BIG, "", NULL },
		{ "\xff\xfe", LITTLE, "<?xml version='1.0' encoding='UTF-16'?>", NULL },
		{ "\xfe\xff", BIG, "<?xml version='1.0' encoding='utf-16'?>", NULL },
		{ "\xff\xfe", LITTLE, "<?xml version='1.0' encoding='UTF-16LE'?>", NULL },
		{ "", LITTLE, "<?xml version='1.0' encoding='UTF-16'?>", NULL },
		{ "", BIG, "<?xml version='1.0' encoding='UTF-16BE'?>", NULL },
		{ "", NARROW, "", "line 1: malformed XML: " },
		{ "\xef\xbb\xbf", NARROW, "", "line 1: malformed XML: " },
		{ "", NARROW, "<?xml version='1.0' encoding='UTF-16'?>",
		  "line 1: the encoding 'UTF-16' is not the document's" },
		{ "\xff\xfe", LITTLE, "<?xml version='1.0' encoding='UTF-8'?>",
		  "line 1: the encoding 'UTF-8' is not the document's" },
		{ "\xff\xfe", LITTLE, "<?xml version='1.0' encoding='UTF-16BE'?>",
		  "line 1: the encoding 'UTF-16BE' is not the document's" },
		{ "", NARROW, "<?xml version='1.0' encoding='UTF-7'?>",
		  "line 1: the encoding 'UTF-7' is not the document's" },
		{ "", NARROW, "<?xml version='1.0' encoding='EBCDIC-CP-US'?>",
		  "line 1: the encoding 'EBCDIC-CP-US' is not the document's" },
		{ "", NARROW, "<?xml version='1.0' encoding='../../etc/x'?>",
		  "line 1: the encoding '../../etc/x' is not the document's" },
		{ "", LITTLE, "", "line 1: a NUL byte" },
		{ "\x4c\x6f\xa7\x94", NARROW, "", "line 1: malformed XML: " },
	};
	size_t i, len;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = vprep_strf("%s" BODY, cases[i].declaration);
		_cleanup_free_ char *bytes = encode(cases[i].mark, strlen(cases[i].mark),
						    text, cases[i].form, &len);
		_cleanup_free_ char *answer = domain_read_n(bytes, len);
		const char *expected = cases[i].expected ? cases[i].expected : JSON;

		if (strncmp(answer, expected, strlen(expected)) != 0)
			fail_msg("case %zu is %s, expected %s", i, answer, expected);
		assert_true(vprep_domain_may_need_us(bytes, len));
	}
}

static void a_long_declaration_hides_no_encoding(void **state)
{
	_cleanup_free_ char *text =
		vprep_strf("<?xml version='1.0'%300s encoding='UTF-7'?><domain/>", "");

	(void)state;
	assert_true(vprep_domain_may_need_us(text, strlen(text)));
	domain_is(text, "line 1: the encoding '?' is not the document's, or none of "
			"UTF-8, UTF-16 and ISO-8859-1");
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
		TEST(a_long_declaration_hides_no_encoding),
		TEST(a_broken_character_is_refused),
		TEST(a_plain_domain_does_not_need_us),
		TEST(whatever_can_name_a_device_needs_us),
		TEST(nothing_behind_the_end_is_seen),
	};

	free(domain_read_n("<a/>", 4));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
