// SPDX-License-Identifier: GPL-2.0-or-later
/* What a domain's metadata may decide: less than the administrator, never more. The
 * fixture's configuration gives nodes to 1234:2345. */
#include <errno.h>

#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"

#define PCI_OF(slot, function)                                                           \
	"<hostdev type='pci'><source><address bus='5' slot='" slot                       \
	"' function='" function "'/></source></hostdev>"
#define VF_ELEMENT PCI_OF("0x10", "1")
#define NIC_ELEMENT                                                                      \
	"<hostdev type='pci'><source><address bus='6' slot='0' function='0'/>"           \
	"</source></hostdev>"
#define MDEV_ELEMENT                                                                     \
	"<hostdev type='mdev' model='vfio-pci'><source><address uuid='" UUID             \
	"'/></source></hostdev>"
#define NODE "vfio/7"

/* The metadata's element begins in line 3. */
static int prepare(struct host *h, const char *attributes, const char *rest,
		   const char *devices)
{
	_cleanup_free_ char *xml =
		vprep_strf("<domain>\n<name>web1</name><uuid>" DOMAIN
			   "</uuid><metadata>\n"
			   "<vp:prepare xmlns:vp='urn:vfio-prep:1' %s>%s</vp:prepare>"
			   "</metadata><devices>%s</devices></domain>",
			   attributes, rest, devices);

	return host_prepare_xml(h, xml);
}

static void check_refused(struct host *h, int r, const char *const *words)
{
	if (r != -EPERM || h->err.code != VPREP_E_REFUSED)
		fail_msg("%d, code %d: %s", r, (int)h->err.code, h->err.message);
	for (; *words; words++)
		if (!strstr(h->err.message, *words))
			fail_msg("'%s' does not say '%s'", h->err.message, *words);
	host_check_same(h);
	assert_string_equal(host_owner_state(h, DOMAIN), "");
}

#define REFUSED(h, r, ...) check_refused(h, r, (const char *const[]){ __VA_ARGS__, NULL })

static void check_given(struct host *h, int r, unsigned uid, unsigned gid)
{
	struct stat st;

	if (r < 0)
		fail_msg("%s", h->err.message);
	assert_int_equal(vprep_io_node_stat(h->session->io, &st, NODE), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void it_chooses_no_user_that_is_not_listed(void **state)
{
	static const char *const users[] = { "root",   "0",	    "77",	"77:2345",
					     "1234:6", "01234:006", "root:root" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(users); i++) {
		_cleanup_free_ char *user = vprep_strf("user='%s'", users[i]);

		REFUSED(h, prepare(h, user, "", VF_ELEMENT), "line 3: <vp:prepare user='",
			users[i], "gives nodes to 1234:2345", "metadata-users is empty",
			"'metadata-users = ");
	}
}

static void the_configured_user_needs_no_leave(void **state)
{
	static const char *const users[] = { "1234", "1234:2345", "01234" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(users); i++) {
		_cleanup_free_ char *user = vprep_strf("user='%s'", users[i]);

		check_given(h, prepare(h, user, "", VF_ELEMENT), 1234, 2345);
	}
}

static void it_chooses_among_those_that_are_listed(void **state)
{
	struct host *h = *state;

	host_configure(h, "metadata-users = no-such-user, 77 root:6\n"
			  "metadata-users = 88:9\n");
	check_given(h, prepare(h, "user='77'", "", VF_ELEMENT), 77, 2345);
	check_given(h, prepare(h, "user='77:2345'", "", VF_ELEMENT), 77, 2345);
	check_given(h, prepare(h, "user='0:6'", "", VF_ELEMENT), 0, 6);
	check_given(h, prepare(h, "user='88:9'", "", VF_ELEMENT), 88, 9);
	REFUSED(h, prepare(h, "user='77:6'", "", VF_ELEMENT), "user='77:6'",
		"no-such-user, 77, root:6, 88:9");
	REFUSED(h, prepare(h, "user='88'", "", VF_ELEMENT), "user='88'");
	REFUSED(h, prepare(h, "user='root'", "", VF_ELEMENT), "user='root'");
	REFUSED(h, prepare(h, "user='1234:6'", "", VF_ELEMENT), "user='1234:6'");
	assert_int_equal(prepare(h, "user='no-such-user'", "", VF_ELEMENT), -ENOENT);
	host_check_same(h);
}

static void a_list_with_a_malformed_user_is_refused(void **state)
{
	static const char *const bad[] = { ":", "a:", ":b", "a:b:c" };
	struct host *h = *state;
	_cleanup_free_ char *path = vprep_strf("%s/etc/other.conf", h->fake->path);
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *text =
			vprep_strf("mode = 600\nmetadata-users = x %s\n", bad[i]);
		struct vprep_config *config;

		fake_put(h->fake, 0644, text, "etc/other.conf");
		assert_int_equal(vprep_config_read(path, &config, &h->err), -EINVAL);
		assert_non_null(strstr(h->err.message, ":2: metadata-users = "));
	}
	fake_remove(h->fake, "etc/other.conf");
}

static void it_loosens_no_policy(void **state)
{
	struct host *h = *state;

	host_configure(h, "group-policy = strict\n");
	REFUSED(h, prepare(h, "group-policy='whole'", "", VF_ELEMENT),
		"line 3: <vp:prepare group-policy='whole'>", "group-policy = strict",
		"configuration");
	assert_int_equal(prepare(h, "group-policy='strict'", "", VF_ELEMENT), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_configure(h, "group-policy = whole\n");
	assert_int_equal(prepare(h, "group-policy='whole'", "", NIC_ELEMENT), 0);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_int_equal(prepare(h, "group-policy='strict'", "", NIC_ELEMENT), -EPERM);
	assert_int_equal(h->err.code, VPREP_E_NOT_VIABLE);
	host_check_same(h);
}

/* Whoever gives an option may edit the configuration, too. */
static void an_option_counts_instead_of_it(void **state)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"
		"<vp:prepare xmlns:vp='urn:vfio-prep:1' group-policy='whole' user='77'/>"
		"</metadata><devices>" VF_ELEMENT "</devices></domain>";
	struct vprep_request request = { .domain = xml,
					 .domain_len = sizeof(xml) - 1,
					 .user = "55:66",
					 .policy = VPREP_POLICY_STRICT };
	struct host *h = *state;

	host_configure(h, "group-policy = strict\n");
	check_given(h, vprep_prepare(h->session, &request, &h->err), 55, 66);
}

static void check_and_plan_refuse_the_same(void **state)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"
		"<vp:prepare xmlns:vp='urn:vfio-prep:1' user='77'/>"
		"</metadata><devices>" VF_ELEMENT "</devices></domain>";
	const struct vprep_request request = { .domain = xml,
					       .domain_len = sizeof(xml) - 1 };
	struct vprep_reasons *reasons;
	struct vprep_plan *plan;
	struct host *h = *state;

	REFUSED(h, vprep_check(h->session, &request, &reasons, &h->err), "user='77'");
	REFUSED(h, vprep_plan(h->session, &request, &plan, &h->err), "user='77'");
}

#define OURS(rest) "<vp:mdev uuid='" UUID "' " rest "/>"

static void what_the_administrator_says_of_an_mdev_stays(void **state)
{
	static const struct {
		const char *ours, *word, *says;
	} rows[] = {
		{ OURS("type='mtty-2'"), "type='mtty-2'", "type = nvidia-11" },
		{ OURS("type='nvidia-11' parent='0000:06:00.0'"), "parent='0000:06:00.0'",
		  "parent = 0000:06:00.1" },
		{ OURS("type='nvidia-11' placement='separate'"), "placement='separate'",
		  "placement = compact" },
	};
	struct host *h = *state;
	size_t i;

	host_configure(h, "[mdev." UUID "]\ntype = nvidia-11\n"
			  "parent = pci_0000_06_00_1\nplacement = compact\n"
			  "vendor-params = a=1\n");
	for (i = 0; i < VPREP_ARRAY_SIZE(rows); i++)
		REFUSED(h, prepare(h, "", rows[i].ours, MDEV_ELEMENT),
			"line 3: ", rows[i].word, rows[i].says, "[mdev." UUID "]");
}

static void what_it_leaves_open_is_for_the_metadata(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *params = NULL;

	host_configure(h, "[mdev." UUID "]\ntype = nvidia-11\nvendor-params = a=1\n");
	assert_int_equal(prepare(h, "",
				 OURS("type='nvidia-11' parent='0000:06:00.1' "
				      "placement='separate'"),
				 MDEV_ELEMENT),
			 0);
	params = fake_get(h->fake, MDEV_DIR "/nvidia/vgpu_params");
	assert_string_equal(params, "a=1"); /* those of the configuration hold still */
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void the_same_holds_for_a_definition_of_mdevctl(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *params = NULL;

	mdev_define(h, SND,
		    "{ \"mdev_type\": \"nvidia-11\", \"attrs\": [ "
		    "{ \"nvidia/vgpu_params\": \"a=1\" } ] }");
	host_remember(h);
	REFUSED(h, prepare(h, "", OURS("type='mtty-2'"), MDEV_ELEMENT),
		"line 3: ", "type='mtty-2'", "mdevctl", "nvidia-11");
	REFUSED(h, prepare(h, "", OURS("type='nvidia-11' parent='mtty'"), MDEV_ELEMENT),
		"parent='mtty'", SND);
	assert_int_equal(prepare(h, "", OURS("type='nvidia-11'"), MDEV_ELEMENT), 0);
	params = fake_get(h->fake, MDEV_DIR "/nvidia/vgpu_params");
	assert_string_equal(params, "a=1");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

static void without_a_word_of_the_administrator_it_may_be_any(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *type = NULL;

	assert_int_equal(prepare(h, "", OURS("type='mtty-2'"), MDEV_ELEMENT), 0);
	type = fake_link_name(h->fake, MDEV_DIR "/mdev_type");
	assert_string_equal(type, "mtty-2");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(it_chooses_no_user_that_is_not_listed),
		HOST_TEST(the_configured_user_needs_no_leave),
		HOST_TEST(it_chooses_among_those_that_are_listed),
		HOST_TEST(a_list_with_a_malformed_user_is_refused),
		HOST_TEST(it_loosens_no_policy),
		HOST_TEST(an_option_counts_instead_of_it),
		HOST_TEST(check_and_plan_refuse_the_same),
		MDEV_TEST(what_the_administrator_says_of_an_mdev_stays),
		MDEV_TEST(what_it_leaves_open_is_for_the_metadata),
		MDEV_TEST(the_same_holds_for_a_definition_of_mdevctl),
		MDEV_TEST(without_a_word_of_the_administrator_it_may_be_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
