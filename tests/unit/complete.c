// SPDX-License-Identifier: GPL-2.0-or-later
/* What shells are told that may stand at the cursor, on a host of the test. */
#include "complete.h"

#include <stdarg.h>

#include "command-test.h"
#include "session-fixture.h"
#include "verb.h"

#define WORDS_MAX 12

/* The answer for these words behind the command's name, up to NULL; freed by the caller. */
static char *ask(struct host *h, ...)
{
	const char *words[WORDS_MAX] = { "--sysroot", h->fake->path };
	struct vprep_out out;
	size_t n = 2;
	va_list ap;

	va_start(ap, h);
	while (n < WORDS_MAX - 1 && (words[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	out_begin(&out, 80);
	vprep_complete(words, &out);
	return out_end(&out);
}

/* Whether one of its lines begins with the word. */
static bool has(const char *answer, const char *word)
{
	const char *line;
	size_t len = strlen(word);

	for (line = answer; *line; line += strcspn(line, "\n") + 1)
		if (strncmp(line, word, len) == 0 &&
		    (line[len] == '\n' || line[len] == '\t'))
			return true;
	return false;
}

#define CHECK(h, want, ...)                                                              \
	do {                                                                             \
		_cleanup_free_ char *answer = ask(h, __VA_ARGS__, NULL);                 \
		assert_string_equal(answer, want);                                       \
	} while (0)
#define CHECK_HAS(h, yes, no, ...)                                                       \
	do {                                                                             \
		_cleanup_free_ char *answer = ask(h, __VA_ARGS__, NULL);                 \
		assert_true(has(answer, yes));                                           \
		assert_false(has(answer, no));                                           \
	} while (0)

static void verbs_and_options_are_those_of_the_tables(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *verbs = ask(h, "", NULL);
	size_t i;

	for (i = 0; vprep_verbs[i]; i++) {
		_cleanup_free_ char *options = ask(h, vprep_verbs[i]->name, "--", NULL);
		int o;

		assert_true(has(verbs, vprep_verbs[i]->name));
		for (o = 0; o < VPREP_OPT_END; o++) {
			enum vprep_opt option = (enum vprep_opt)o;
			_cleanup_free_ char *name =
				vprep_strf("--%s", vprep_opt_get(option)->name);

			if (option != VPREP_OPT_SYSROOT) /* is given already */
				assert_int_equal(has(options, name),
						 vprep_verb_takes(vprep_verbs[i],
								  option));
		}
	}
	CHECK(h, "release\tgive back all that a domain holds\n", "rel");
	CHECK_HAS(h, "--config", "--user", "--");
	CHECK(h, "", "nonsense", "");
}

static void an_option_is_offered_once(void **state)
{
	CHECK_HAS(*state, "--mode", "--user", "attach", "--user", "qemu", "--");
	CHECK_HAS(*state, "--cap", "--names", "list", "--cap", "pci", "--names", "--");
}

static void choices_are_offered_as_values(void **state)
{
	struct host *h = *state;

	CHECK(h, "whole\nstrict\n", "attach", "--group-policy", "");
	CHECK(h, "--placement=separate\n", "mdev", "create", "--placement=s");
	CHECK(h, ":users\n", "attach", VF, "--user", "qe");
	CHECK(h, ":files\n", "check", "--domain", "");
	CHECK(h, ":files\n", "prepare", "x");
	CHECK(h, ":folders\n", "capture", "");
	CHECK_HAS(h, "nvme", "0000:05:10.1", "list", "");
}

static void devices_are_those_of_the_host(void **state)
{
	struct host *h = *state;

	CHECK_HAS(h, VF, BRIDGE, "attach", "");
	CHECK(h, VF "\tigbvf, group 7\n", "attach", "0000:05:10.1");
	CHECK(h, "pci_0000_05_10_1\tigbvf, group 7\n", "check", "pci_0000_05_10_1");
	CHECK_HAS(h, VF2, VF, "attach", VF, "");
	CHECK_HAS(h, "9", VF "x", "groups", "");
}

static void owners_and_what_they_hold_are_offered(void **state)
{
	struct host *h = *state;
	const struct vprep_request web = { .owner = "web 1" };

	CHECK(h, "", "detach", "--owner", "");
	assert_int_equal(host_ask(h, VF, web), 0);
	assert_int_equal(host_attach(h, NIC), 0);
	CHECK(h, "web 1\tmanual, 1 device\n", "detach", "--owner", "w");
	CHECK(h, "--owner=web 1\tmanual, 1 device\n", "detach", "--owner=w");
	CHECK_HAS(h, NIC, SND, "detach", "");
	CHECK(h, VF "\tof web 1\n", "detach", "0000:05:10.1");
	CHECK(h, "", "detach", "--owner", "web 1", "");
	CHECK(h, "", "detach", "--all", "");
	CHECK(h, VF "\tvfio-pci, group 7, has it: web 1\n", "check", VF);
}

static void domains_are_offered_by_both_names(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, "<hostdev type='pci'><source><address bus='5' "
					 "slot='0x10' function='1'/></source></hostdev>"),
			 0);
	CHECK(h, "web1\t1 device\n" DOMAIN "\tweb1\n", "release", "");
	CHECK(h, "", "recover", "--salvage", "");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
}

static void mdevs_and_their_types_are_offered(void **state)
{
	struct host *h = *state;

	fake_add_mdev_type(h->fake, &(struct fake_mdev_type){ .parent = "mtty",
							      .id = "mtty-1",
							      .name = "Single port",
							      .instances = 3 });
	CHECK(h, "types\ncreate\nremove\n", "mdev", "");
	CHECK(h, "types\ncreate\nremove\n", "mdev", "--json", "");
	CHECK(h, "", "mdev", "--json", "types", "");
	CHECK(h, "mtty-1\tSingle port, 3 left on mtty\n", "mdev", "create", "--type", "");
	CHECK(h, "mtty\t3 left\n", "mdev", "create", "--type", "mtty-1", "--parent", "");
	host_remember(h);
}

static void what_is_declared_is_offered_where_declarations_go(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644,
		 "[mdev c2177883-f1bb-47f0-914d-32a22e3a8804]\ntype = mtty-1\n"
		 "parent = mtty\n",
		 "etc/vfio-prep.d/lab.conf");
	host_remember(h);
	CHECK(h, "mdev_c2177883_f1bb_47f0_914d_32a22e3a8804_mtty\tmdev\n", "destroy",
	      "--boot", "mdev_");
	CHECK(h, "", "destroy", "mdev_");
	CHECK(h, "--boot\tremove its declaration, too\n", "destroy", "--b");
}

static void a_command_is_the_shells_affair(void **state)
{
	CHECK(*state, ":command 5\n", "run", VF, "--", "qe");
	CHECK(*state, ":command 5\n", "run", VF, "--", "qemu", "-m", "");
}

static void pfs_are_offered_once(void **state)
{
	struct host *h = *state;

	fake_add_pci(h->fake, &(struct fake_pci){ "0000:04:00.0", 0x020000, 0x8086,
						  0x10c9, .group = 20, .totalvfs = 7 });
	CHECK(h, "0000:04:00.0\thas virtual functions\n", "numvfs", "");
	CHECK(h, "0000:04:00.0\thas virtual functions\n", "numvfs", "--force", "");
	CHECK(h, "", "numvfs", "0000:04:00.0", "");
	CHECK(h, "", "numvfs", "0000:04:00.0", "--force", "");
	host_remember(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(verbs_and_options_are_those_of_the_tables),
		HOST_TEST(an_option_is_offered_once),
		HOST_TEST(choices_are_offered_as_values),
		HOST_TEST(devices_are_those_of_the_host),
		HOST_TEST(owners_and_what_they_hold_are_offered),
		HOST_TEST(domains_are_offered_by_both_names),
		HOST_TEST(mdevs_and_their_types_are_offered),
		HOST_TEST(what_is_declared_is_offered_where_declarations_go),
		HOST_TEST(a_command_is_the_shells_affair),
		HOST_TEST(pfs_are_offered_once),
	};

	return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
