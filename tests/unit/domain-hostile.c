// SPDX-License-Identifier: GPL-2.0-or-later
/* Documents made to do harm, or cut short: one line says what is wrong, and where. */
#include "domain-test.h"

#define MALFORMED "malformed XML: "
#define MIB ((size_t)1024 * 1024)

static const char sample[] =
	"<?xml version='1.0' encoding='UTF-8'?>\n"
	"<!-- a sample -->\n"
	"<domain type='kvm'>\n"
	"  <name>vm &amp; caf\xc3\xa9</name>\n"
	"  <uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid>\n"
	"  <metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:mdev\n"
	"    uuid='67d496a0-d7d9-30f7-9c2d-4844b2d3c76e' type='t'/></vp:prepare>\n"
	"  </metadata>\n"
	"  <devices><![CDATA[ <hostdev> ]]>\n"
	"    <hostdev type='mdev' model='vfio-pci'><source><address\n"
	"      uuid='67d496a0-d7d9-30f7-9c2d-4844b2d3c76e'/></source></hostdev>\n"
	"    <?pi x?><hostdev type='pci'><source><address bus='1'/></source></hostdev>\n"
	"  </devices>\n"
	"</domain>";
static const char sample_json[] =
	"[ { \"type\": \"mdev\", \"uuid\": \"67d496a0-d7d9-30f7-9c2d-4844b2d3c76e\", "
	"\"model\": \"vfio-pci\", \"mdev_type\": \"t\" }, { \"type\": \"pci\", "
	"\"address\": \"0000:01:00.0\", \"managed\": false, \"origin\": \"hostdev\" } ]";

/* @unit, @times over, between @head and @tail. */
static char *repeat(const char *head, const char *unit, size_t times, const char *tail,
		    size_t *ret_len)
{
	size_t n = strlen(unit), at = strlen(head), i;
	char *text = malloc(at + n * times + strlen(tail) + 1);

	assert_non_null(text);
	memcpy(text, head, at);
	for (i = 0; i < times; i++, at += n)
		memcpy(text + at, unit, n);
	memcpy(text + at, tail, strlen(tail) + 1);
	*ret_len = at + strlen(tail);
	return text;
}

static void repeated_is(const char *head, const char *unit, size_t times,
			const char *tail, const char *expected)
{
	size_t len;
	_cleanup_free_ char *text = repeat(head, unit, times, tail, &len);
	_cleanup_free_ char *answer = domain_read_n(text, len);

	if (!streq(answer, expected))
		fail_msg("%zu times %s is '%.300s', expected '%s'", times, unit, answer,
			 expected);
}

static void starts_with(const char *text, size_t len, const char *expected)
{
	_cleanup_free_ char *answer = domain_read_n(text, len);

	if (strncmp(answer, expected, strlen(expected)) != 0)
		fail_msg("%.200s\nis        %s\nexpected %s...", text, answer, expected);
}

/* At each byte the document is refused, until it is whole. */
static void every_beginning_is_refused_or_whole(void **state)
{
	size_t len = sizeof(sample) - 1, i;

	(void)state;
	domain_is(sample, sample_json);
	for (i = 0; i < len; i++)
		starts_with(sample, i, "line ");
	for (i = 1; i < len; i++) {
		_cleanup_free_ char *answer = domain_read_n(sample + i, len - i);

		assert_true(strncmp(answer, "line ", 5) == 0 ||
			    streq(answer, sample_json));
	}
}

/* What is refused has its line, what is not is a domain with a name; both are counted, so
 * that neither is all that is tested. */
static void every_byte_may_be_any_other(void **state)
{
	static const char others[] = { 0, '<', '>', '&', '"', '\'', '/', (char)0xff };
	size_t n_refused = 0, n_read = 0, i, k;
	char text[sizeof(sample)];

	(void)state;
	for (i = 0; i < sizeof(sample) - 1; i++)
		for (k = 0; k < sizeof(others); k++) {
			_cleanup_free_ char *answer = NULL;

			memcpy(text, sample, sizeof(text));
			text[i] = others[k];
			answer = domain_read_n(text, sizeof(text) - 1);
			if (strncmp(answer, "line ", 5) == 0)
				n_refused++;
			else if (strncmp(answer, "[ ", 2) == 0)
				n_read++;
			else
				assert_string_equal(answer, "the domain has no <name>");
			if (others[k] == 0 || others[k] == (char)0xff)
				assert_memory_equal(answer, "line ", 5);
		}
	assert_true(n_refused > 4000 && n_read > 400);
}

#define LAUGH "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"

static void declarations_are_refused(void **state)
{
	static const struct domain_case cases[] = {
		{ "<!DOCTYPE domain [<!ENTITY a 'ha'>" LAUGH "]>\n<domain><name>&b;"
		  "</name></domain>",
		  "line 1: a document type declaration is refused" },
		{ "<?xml version='1.0'?>\n<!DOCTYPE domain SYSTEM "
		  "'file:///etc/passwd'>\n<domain/>",
		  "line 2: a document type declaration is refused" },
		{ "\n\n<!DOCTYPE domain>\n<domain/>",
		  "line 3: a document type declaration is refused" },
		{ "<!DOCTYPE d [<!ENTITY % p SYSTEM 'http://127.0.0.1/x'> %p;]>",
		  "line 1: a document type declaration is refused" },
		{ "<domain>\n<name>&b;</name></domain>",
		  "line 2: " MALFORMED "Entity 'b' not defined" },
		{ "<domain><name>vm</name><xi:include "
		  "xmlns:xi='http://www.w3.org/2001/XInclude' "
		  "href='/etc/passwd' parse='text'/></domain>",
		  "[ ]" },
		{ "<domain><name><![CDATA[<!DOCTYPE x>]]></name><!-- <!DOCTYPE x> "
		  "--></domain>",
		  "[ ]" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++)
		domain_is(cases[i].text, cases[i].expected);
}

static void a_broken_document_is_refused_with_its_line(void **state)
{
	static const struct domain_case cases[] = {
		{ "", "line 1: the document is empty" },
		{ " \n ", "line " },
		{ "x", "line 1: the document does not begin with a tag" },
		{ "<domain>\n<name>vm</nam>\n</domain>", "line 2: " MALFORMED },
		{ "<domain>\n<name\na='1'\na='2'/></domain>", "line 4: " MALFORMED },
		{ "<domain>\n<name>vm</name></domain>\n<domain/>", "line 3: " MALFORMED },
		{ "<domain><name>vm</name></domain>x", "line 1: " MALFORMED },
		{ "<domain>\n\n<name>a < b</name></domain>", "line 3: " MALFORMED },
		{ "<domain><name>&#0;</name></domain>", "line 1: " MALFORMED },
		{ "<domain><name>&#x1b;</name></domain>", "line 1: " MALFORMED },
		{ "<domain><name>\x1b</name></domain>", "line 1: " MALFORMED },
		{ "<domain a=<name>", "line 1: " MALFORMED },
		{ "<domstatus><domain/></domstatus>",
		  "line 1: the root element is <domstatus>, expected <domain>" },
		{ "<!-- \n -->\n<network/>",
		  "line 3: the root element is <network>, expected <domain>" },
		{ "<domain xmlns='urn:x'/>",
		  "line 1: the root element is <domain> of a namespace, expected "
		  "<domain>" },
		{ "<domain/>", "the domain has no <name>" },
		{ "<domain>\n<name/></domain>", "line 2: <name> is empty" },
		{ "<domain><name>vm</name>\n<uuid>1234</uuid></domain>",
		  "line 2: <uuid> '1234': not a UUID" },
		{ "<domain><name>vm</name>\n<hwuuid>1234</hwuuid></domain>",
		  "line 2: <hwuuid> '1234': not a UUID" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++)
		starts_with(cases[i].text, strlen(cases[i].text), cases[i].expected);
}

static void nul_bytes_are_refused(void **state)
{
	static const char text[] = "<domain>\n<name>v\0m</name></domain>";
	static const char last[] = "<domain>\n<name>vm</name></domain>";
	static const char wide[] = "\xff\xfe<\0d\0\n\0\0\0";

	(void)state;
	domain_is_n(text, sizeof(text) - 1, "line 2: a NUL byte");
	domain_is_n(last, sizeof(last), "line 2: a NUL byte");
	starts_with("\0", 1, "line 1: a NUL byte");
	domain_is_n(wide, sizeof(wide) - 1, "line 2: a NUL byte");
	starts_with("<\0\0\0d\0\0\0", 8, "line 1: a NUL byte");
}

static void sizes_are_bounded(void **state)
{
	(void)state;
	repeated_is("<domain>", " ", 100 * MIB, "",
		    "line 1: the document has more than 16 MiB");
	repeated_is("<domain>\n", "<a>\n", 10000, "",
		    "line 257: more than 256 elements inside each other");
	repeated_is("<domain>", "<a/>", 4 * MIB - 8, "</domain>",
		    "line 1: more than 100000 elements");
	repeated_is("<domain>\n\n<a", " b=''", 100000, "/></domain>",
		    "line 3: a tag with more than 256 attributes");
	repeated_is("<domain><!-- ", "<a b='' c='' d=''/>", 1000,
		    "--><name>vm</name></domain>", "[ ]");
	repeated_is("<domain>", "<a b='' c='' d=''/>\n", 70000, "</domain>",
		    "line 66667: more than 200000 attributes");
	repeated_is("<domain><name>vm</name><devices>",
		    "<hostdev type='scsi'><source protocol='iscsi'/></hostdev>", 30000,
		    "</devices></domain>", "[ ]");
}

static void what_is_just_within_the_bounds_is_read(void **state)
{
	size_t len;
	_cleanup_free_ char *open =
		repeat("<domain><name>vm</name>", "<a>", 255, "", &len);
	_cleanup_free_ char *shut = repeat("", "</a>", 255, "</domain>", &len);
	_cleanup_free_ char *deep = vprep_strf("%s%s", open, shut);

	(void)state;
	domain_is(deep, "[ ]");
	repeated_is("<domain><name>vm</name>", " ", 16 * MIB - 32, "</domain>", "[ ]");
	repeated_is("<domain><name>vm</name><!--", "x", 9 * MIB, "--></domain>", "[ ]");
	repeated_is("<domain><name>vm</name><a b='", "x", 9 * MIB, "'/></domain>", "[ ]");
	repeated_is("<domain><name>vm</name>", "<a/>", 100000 - 2, "</domain>", "[ ]");
}

static void requests_are_bounded(void **state)
{
	struct vprep_buf text = { 0 };
	unsigned i;

	(void)state;
	vprep_buf_add(&text, "<domain><name>vm</name><devices>\n");
	for (i = 0; i < 5000; i++)
		vprep_buf_addf(&text,
			       "<hostdev type='pci'><source><address domain='%u'/>"
			       "</source></hostdev>\n",
			       i);
	domain_is(text.data, "line 4098: more than 4096 host devices");
	vprep_buf_done(&text);
}

static void namespaces_are_bounded(void **state)
{
	struct vprep_buf text = { 0 };
	unsigned i, k;

	(void)state;
	vprep_buf_add(&text, "<domain>\n");
	for (i = 0; i < 5; i++) {
		vprep_buf_add(&text, "<a");
		for (k = 0; k < 250; k++)
			vprep_buf_addf(&text, " xmlns:p%u-%u='urn:%u'", i, k, k);
		vprep_buf_add(&text, ">\n");
	}
	domain_is(text.data, "line 6: more than 1024 namespaces");
	vprep_buf_done(&text);
}

static void names_are_data(void **state)
{
	static const char *const names[][2] = {
		{ "..\\..\\etc\\x", "..\\..\\etc\\x" },
		{ " a ", " a " },
		{ "a&#9;&lt;&amp;b", "a\t<&b" },
		{ "<![CDATA[<a>]]>&#x202e;", "<a>\xe2\x80\xae" },
		{ "a<!-- x -->b", "ab" },
	};
	size_t i, len;
	char *text;
	struct vprep_domain *domain;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		text = vprep_strf("<domain><name>%s</name><name>x</name></domain>",
				  names[i][0]);
		assert_int_equal(domain_parse(text, strlen(text), &domain), 0);
		assert_string_equal(domain->name, names[i][1]);
		vprep_domain_free(domain);
		free(text);
	}
	text = repeat("<domain><name>", "\xc3\xa9", 123, "</name></domain>", &len);
	assert_int_equal(domain_parse(text, len, &domain), 0);
	assert_int_equal(strlen(domain->name), 246);
	vprep_domain_free(domain);
	free(text);
}

static void long_values_are_cut_in_messages(void **state)
{
	size_t len;
	_cleanup_free_ char *text = repeat("<domain><devices><hostdev type='", "\xc3\xa9",
					   2000, "'/></devices></domain>", &len);

	(void)state;
	starts_with(text, len, "line 1: <hostdev> of type '\xc3\xa9");
	assert_true(strlen(domain_error.message) < 200);
}

static void nothing_is_printed(void **state)
{
	static const char *const texts[] = { "<a", "<domain>\xff</domain>", "<a:b/>",
					     "<!DOCTYPE a>", "<domain>&a;</domain>" };
	FILE *capture = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t i;

	(void)state;
	assert_non_null(capture);
	fflush(stderr);
	dup2(fileno(capture), STDERR_FILENO);
	for (i = 0; i < VPREP_ARRAY_SIZE(texts); i++) {
		struct vprep_domain *domain;

		domain_parse(texts[i], strlen(texts[i]), &domain);
		vprep_domain_free(domain);
	}
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(lseek(fileno(capture), 0, SEEK_END), 0);
	fclose(capture);
}

/* What libvirt can start a domain with, by the names of its files, and nothing else. */
static void a_name_is_one_that_libvirt_takes(void **state)
{
	static const char tail[] = "</name></domain>";

	(void)state;
	repeated_is("<domain><name>", "x", 247, tail, "[ ]");
	repeated_is("<domain><name>", " \xc3\xa9'\"&amp;%\\", 27, tail, "[ ]");
	repeated_is(
		"<domain>\n<name>", "x", 248, tail,
		"line 2: <name> 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxx' is longer than the 247 bytes that libvirt can start a domain "
		"with");
	repeated_is(
		"<domain>\n<name>", "x", 9 * MIB, tail,
		"line 2: <name> 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxx' is longer than the 247 bytes that libvirt can start a domain "
		"with");
	repeated_is(
		"<domain>\n\n<name>a", "/", 1, tail,
		"line 3: <name> 'a/' has a slash or a line break, which libvirt refuses");
	repeated_is(
		"<domain><name>a", "&#10;", 1, tail,
		"line 1: <name> 'a?' has a slash or a line break, which libvirt refuses");
	repeated_is("<domain><name>", "", 1, tail, "line 1: <name> is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_one_that_libvirt_takes),
		TEST(every_beginning_is_refused_or_whole),
		TEST(every_byte_may_be_any_other),
		TEST(declarations_are_refused),
		TEST(a_broken_document_is_refused_with_its_line),
		TEST(nul_bytes_are_refused),
		TEST(sizes_are_bounded),
		TEST(what_is_just_within_the_bounds_is_read),
		TEST(requests_are_bounded),
		TEST(namespaces_are_bounded),
		TEST(names_are_data),
		TEST(long_values_are_cut_in_messages),
		TEST(nothing_is_printed),
	};

	/* opened once and for all; not a leak of the first test */
	free(domain_read_n("<a/>", 4));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
