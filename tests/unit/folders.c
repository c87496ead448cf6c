// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration in several files: which are read, in which order, and who wins. */
#include "config/folders.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "config/config.h"
#include "fake-test.h"

#define MAIN "etc/vfio-prep.conf"
#define OWN "etc/vfio-prep.conf.d/"
#define PACKAGE "usr/lib/vfio-prep.conf.d/"
#define UUID "c2177883-f1bb-47f0-914d-32a22e3a8804"

static struct vprep_config *config;
static struct vprep_error err;

static void put(const char *path, const char *text)
{
	fake_put(fake, 0644, text, "%s", path);
}

static void link_to(const char *target, const char *path)
{
	if (symlinkat(target, fake->dir, path) < 0)
		fail_msg("%s: %s", path, strerror(errno));
}

static int read_all(void)
{
	vprep_config_free(config);
	config = NULL;
	err = (struct vprep_error){ 0 };
	return vprep_config_read_host(io, &config, &err);
}

static void must_read(void)
{
	if (read_all() < 0)
		fail_msg("%s", err.message);
}

/* The files that were read, below the host, with blanks between them. */
static void check_files(const char *expected)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	size_t i;

	for (i = 0; config->files && config->files[i]; i++) {
		assert_memory_equal(config->files[i], fake->path, strlen(fake->path));
		vprep_buf_addf(&text, "%s%s", i ? " " : "",
			       config->files[i] + strlen(fake->path) + 1);
	}
	assert_string_equal(text.data ? text.data : "", expected);
}

static void refuse(int number, const char *message)
{
	assert_int_equal(read_all(), number);
	assert_null(config);
	assert_int_equal(err.code, VPREP_E_USAGE);
	if (!strstr(err.message, message))
		fail_msg("'%s', expected '%s'", err.message, message);
}

static void no_file_need_be_there(void **state)
{
	_cleanup_free_ char *path = vprep_strf("%s/" MAIN, fake->path);

	(void)state;
	must_read();
	check_files("");
	assert_int_equal(config->mode, 0600);
	assert_string_equal(config->path, path);
	fake_mkdir(fake, OWN);
	must_read();
	check_files("");
}

static void they_come_after_the_main_file_by_name(void **state)
{
	(void)state;
	put(MAIN, "mode = 0611\n");
	put(OWN "20-b.conf", "mode = 0622\n");
	put(PACKAGE "10-a.conf", "mode = 0633\n");
	put(PACKAGE "30-c.conf", "mode = 0644\n");
	must_read();
	check_files(MAIN " " PACKAGE "10-a.conf " OWN "20-b.conf " PACKAGE "30-c.conf");
	assert_int_equal(config->mode, 0644);
}

static void a_later_one_wins_key_by_key(void **state)
{
	const struct vprep_config_device *device;
	const struct vprep_config_mdev *mdev;

	(void)state;
	put(MAIN, "user = one\nmode = 0640\ndeadline-bind = 5\n"
		  "[device 0000:05:10.1]\nd3cold = no\npower-control = on\n");
	put(OWN "a.conf", "user = two\ndeadline = 7\n"
			  "[mdev." UUID "]\nparent = mtty\nplacement = compact\n"
			  "[device 0000:05:10.1]\nd3cold = yes\n");
	put(OWN "b.conf", "[mdev." UUID "]\ntype = mtty-2\nplacement = separate\n");
	must_read();
	assert_string_equal(config->user, "two");
	assert_int_equal(config->mode, 0640);
	assert_int_equal(config->deadlines[VPREP_DEADLINE_BIND], 5);
	assert_int_equal(config->deadlines[VPREP_DEADLINE_NODE], 7);
	mdev = vprep_config_find_mdev(config, UUID);
	assert_int_equal(config->n_mdevs, 1);
	assert_string_equal(mdev->definition.type, "mtty-2");
	assert_string_equal(mdev->definition.parent, "mtty");
	assert_int_equal(mdev->definition.placement, VPREP_PLACEMENT_SEPARATE);
	device = vprep_config_find_device(config,
					  (struct vprep_pci_address){ 0, 5, 16, 1 });
	assert_string_equal(device->d3cold, "1");
	assert_string_equal(device->power_control, "on");
}

static void lists_add_up_and_an_empty_value_ends_them(void **state)
{
	(void)state;
	put(MAIN, "deny = 0000:05:10.1\nserial-drivers = a\nmetadata-users = x\n");
	put(OWN "a.conf", "deny = 0000:05:10.2\nserial-drivers = b\n"
			  "metadata-users = y\n");
	must_read();
	assert_int_equal(config->n_deny, 2);
	assert_int_equal(vprep_strv_len(config->serial_drivers), 3);
	assert_int_equal(vprep_strv_len(config->metadata_users), 2);
	put(OWN "b.conf", "deny =\ndeny = 0000:05:10.3\nserial-drivers =\n"
			  "metadata-users =\nmetadata-users = z\n");
	must_read();
	assert_int_equal(config->n_deny, 1);
	assert_int_equal(config->deny[0].function, 3);
	assert_int_equal(vprep_strv_len(config->serial_drivers), 1);
	assert_true(vprep_strv_has(config->serial_drivers, "ioatdma"));
	assert_int_equal(vprep_strv_len(config->metadata_users), 1);
	assert_true(vprep_strv_has(config->metadata_users, "z"));
}

static void the_file_of_a_name_in_the_first_folder_counts_alone(void **state)
{
	(void)state;
	put(PACKAGE "a.conf", "mode = 0611\n");
	put(PACKAGE "b.conf", "user = b\n");
	put(PACKAGE "c.conf", "group = c\n");
	put(OWN "a.conf", "parallel = 3\n");
	put(OWN "b.conf", "");
	link_to("/dev/null", OWN "c.conf");
	must_read();
	check_files(OWN "a.conf " OWN "b.conf");
	assert_int_equal(config->mode, 0600);
	assert_int_equal(config->parallel, 3);
	assert_true(!config->user && !config->group);
}

static void only_files_that_are_called_so_count(void **state)
{
	(void)state;
	put(OWN ".a.conf", "nosuch = 1\n");
	put(OWN ".conf", "nosuch = 1\n");
	put(OWN "a.conf~", "nosuch = 1\n");
	put(OWN "a.config", "nosuch = 1\n");
	put(OWN "conf", "nosuch = 1\n");
	must_read();
	check_files("");
}

static void an_error_names_file_and_line(void **state)
{
	(void)state;
	put(MAIN, "mode = 0600\n");
	put(OWN "a.conf", "mode = 0600\n");
	put(PACKAGE "b.conf", "mode = 0600\nmodes = 1\n");
	refuse(-EINVAL, PACKAGE "b.conf:2: unknown key 'modes'");
	put(PACKAGE "b.conf", "[mdev." UUID "]\nparent = mtty\n");
	put(PACKAGE "c.conf", "[mdev." UUID "]\nplacement = compact\n");
	refuse(-EINVAL, PACKAGE "b.conf: section [mdev." UUID "] has no type");
}

static void what_is_no_file_is_refused(void **state)
{
	_cleanup_free_ char *fifo = vprep_strf("%s/" OWN "a.conf", fake->path);

	(void)state;
	fake_mkdir(fake, OWN);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	refuse(-EINVAL, OWN "a.conf: ");
	assert_int_equal(unlink(fifo), 0);
	fake_mkdir(fake, OWN "a.conf");
	refuse(read_all(), OWN "a.conf: ");
	assert_int_equal(rmdir(fifo), 0);
	put(PACKAGE "a.conf/inside", "");
	refuse(read_all(), PACKAGE "a.conf: ");
}

static void a_folder_that_is_a_file_is_refused(void **state)
{
	(void)state;
	put("etc/vfio-prep.conf.d", "mode = 0611\n");
	refuse(-ENOTDIR, "cannot read the folder");
}

static void one_file_that_is_named_is_read_alone(void **state)
{
	_cleanup_free_ char *path = vprep_strf("%s/other.conf", fake->path);

	(void)state;
	put(MAIN, "mode = 0611\n");
	put(OWN "a.conf", "nosuch = 1\n");
	put("other.conf", "parallel = 3\n");
	assert_int_equal(vprep_config_read(path, &config, &err), 0);
	assert_int_equal(config->mode, 0600);
	assert_int_equal(config->parallel, 3);
	assert_int_equal(vprep_strv_len(config->files), 1);
	assert_string_equal(config->files[0], path);
}

/* The tree is anybody's: its links lead nowhere else. */
static void a_captured_tree_has_its_own(void **state)
{
	_cleanup_free_ char *outside = vprep_strf("%s/outside.conf", fake->path);
	_cleanup_free_ char *tree = vprep_strf("%s/tree", fake->path);
	const struct vprep_options options = { .sysroot = tree };
	struct vprep_diagnoses *diagnoses;
	struct vprep_session *session;
	bool is_told = false;
	size_t i;

	(void)state;
	put("outside.conf", "mode = 0611\n");
	put("tree/" MAIN, "mode = 0622\n");
	put("tree/" OWN "b.conf", "parallel = 3\n");
	put("tree/" PACKAGE "c.conf", "nosuch = 1\n");
	link_to(outside, "tree/" OWN "a.conf");
	link_to("/dev/null", "tree/" OWN "c.conf");
	assert_int_equal(vprep_session_new(&options, &session, &err), 0);
	assert_int_equal(vprep_doctor(session, &diagnoses, &err), 0);
	for (i = 0; i < diagnoses->n; i++) {
		_cleanup_free_ char *told = vprep_strf("read, the last one wins: %s/" MAIN
						       ", %s/" OWN "b.conf",
						       tree, tree);

		if (streq(diagnoses->items[i].check, "configuration"))
			is_told = is_told || streq(diagnoses->items[i].detail, told);
	}
	assert_true(is_told);
	vprep_diagnoses_free(diagnoses);
	vprep_session_free(session);
	put("tree/" MAIN, "mode = 0622\nmodes = 1\n");
	assert_int_equal(vprep_session_new(&options, &session, &err), -EINVAL);
	assert_non_null(strstr(err.message, "tree/" MAIN ":2: unknown key"));
}

static int end(void **state)
{
	vprep_config_free(config);
	config = NULL;
	return fake_test_end(state);
}

#define FOLDERS_TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_test_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDERS_TEST(no_file_need_be_there),
		FOLDERS_TEST(they_come_after_the_main_file_by_name),
		FOLDERS_TEST(a_later_one_wins_key_by_key),
		FOLDERS_TEST(lists_add_up_and_an_empty_value_ends_them),
		FOLDERS_TEST(the_file_of_a_name_in_the_first_folder_counts_alone),
		FOLDERS_TEST(only_files_that_are_called_so_count),
		FOLDERS_TEST(an_error_names_file_and_line),
		FOLDERS_TEST(what_is_no_file_is_refused),
		FOLDERS_TEST(a_folder_that_is_a_file_is_refused),
		FOLDERS_TEST(one_file_that_is_named_is_read_alone),
		FOLDERS_TEST(a_captured_tree_has_its_own),
	};

	return cmocka_run_group_tests_name("folders", tests, NULL, NULL);
}
