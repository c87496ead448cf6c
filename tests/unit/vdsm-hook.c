// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VDSM's hook as a program: its exit status and messages, as far as it gets without a
 * look at this host.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "command-test.h"

#define PLAIN "<domain><devices><disk/></devices></domain>"
#define NEEDS                                                                                    \
	"<domain><name>x</name><devices><hostdev type='pci'><source><address bus='5'/></source>" \
	"</hostdev></devices></domain>"
#define VM "11111111-2222-3333-4444-555555555555"

static const char *const points[] = { "before_vm_start", "after_vm_destroy",
				      "after_vm_pause" };
static char dir[] = "/tmp/vprep-vdsm-XXXXXX";

static char *path_of(const char *point, const char *name)
{
	char *path = vprep_strf("%s/%s%s", dir, point, name);

	assert_non_null(path);
	return path;
}

struct environment {
	const char *document; /* NULL: VDSM names no file */
	const char *mdev_type;
	const char *vm_id;
};

static void put_document(const char *document)
{
	_cleanup_free_ char *path = path_of("domain", "");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, document, strlen(document)), strlen(document));
	close(fd);
}

static void become_hook(const char *point, const struct environment *env)
{
	_cleanup_free_ char *name = path_of(point, "/50_x");
	_cleanup_free_ char *path = path_of("domain", "");

	clearenv();
	if (env->document)
		setenv("_hook_domxml", path, 1);
	if (env->mdev_type)
		setenv("mdev_type", env->mdev_type, 1);
	if (env->vm_id)
		setenv("vmId", env->vm_id, 1);
	execl(name, name, NULL);
	_exit(98);
}

static void ends(const char *point, const struct environment *env, int status,
		 const char *expected)
{
	struct capture out = capture_begin(STDOUT_FILENO);
	struct capture err = capture_begin(STDERR_FILENO);
	_cleanup_free_ char *told = NULL, *answer = NULL;
	pid_t pid;
	int ended;

	if (env->document)
		put_document(env->document);
	pid = fork();
	if (pid == 0)
		become_hook(point, env);
	waitpid(pid, &ended, 0);
	told = capture_end(&err);
	answer = capture_end(&out);
	assert_string_equal(told, expected);
	assert_string_equal(answer, "");
	assert_true(WIFEXITED(ended));
	assert_int_equal(WEXITSTATUS(ended), status);
}

static void a_machine_without_host_devices_starts(void **state)
{
	const struct environment env = { .document = PLAIN };

	(void)state;
	ends("before_vm_start", &env, 0, "");
}

static void other_points_go_on_with_a_message(void **state)
{
	const struct environment env = { .document = NEEDS };

	(void)state;
	ends("after_vm_pause", &env, 0,
	     "vfio-prep: after_vm_pause: nothing is done at this point: the program "
	     "belongs into the folders before_vm_start and after_vm_destroy of VDSM's "
	     "hooks\n");
}

static void what_vdsm_did_not_give_is_told(void **state)
{
	const struct environment none = { NULL, NULL, NULL };
	const struct environment no_id = { .document = NEEDS };
	const struct environment bad_id = { .document = NEEDS, .vm_id = "../x\n" };
	const struct environment other_id = { .document = NEEDS, .vm_id = VM };

	(void)state;
	ends("before_vm_start", &none, 2,
	     "vfio-prep: before_vm_start: no _hook_domxml: this is not called by VDSM\n");
	ends("before_vm_start", &no_id, 2,
	     "vfio-prep: before_vm_start: vmId is '', which is not a UUID\n");
	ends("before_vm_start", &bad_id, 2,
	     "vfio-prep: before_vm_start: vmId is '../x?', which is not a UUID\n");
	ends("before_vm_start", &other_id, 2,
	     "vfio-prep: before_vm_start: the domain XML is not that of vmId " VM "\n");
	ends("after_vm_destroy", &bad_id, 1,
	     "vfio-prep: after_vm_destroy: vmId is '../x?', which is not a UUID\n");
}

static void a_malformed_type_stops_the_start(void **state)
{
	const struct environment env = { .document = PLAIN, .mdev_type = "a|b\n" };

	(void)state;
	ends("before_vm_start", &env, 2,
	     "vfio-prep: before_vm_start: mdev_type 'a|b?': behind '|' stands compact or "
	     "separate; expected TYPE, TYPE|compact or TYPE|separate, several with commas "
	     "between them, and nodisplay in front\n");
}

static void a_malformed_document_stops_the_start(void **state)
{
	const struct environment env = { .document = "<!DOCTYPE x><domain/>" };

	(void)state;
	ends("before_vm_start", &env, 2,
	     "vfio-prep: before_vm_start: the domain XML: line 1: a document type "
	     "declaration is refused\n");
}

/* As VDSM has its hooks: a folder for each point. */
static int make_folders(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(points); i++) {
		_cleanup_free_ char *folder = path_of(points[i], "");
		_cleanup_free_ char *link = path_of(points[i], "/50_x");

		assert_int_equal(mkdir(folder, 0700), 0);
		assert_int_equal(symlink(PROGRAM, link), 0);
	}
	return 0;
}

static int remove_folders(void **state)
{
	_cleanup_free_ char *path = path_of("domain", "");

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(points); i++) {
		_cleanup_free_ char *folder = path_of(points[i], "");
		_cleanup_free_ char *link = path_of(points[i], "/50_x");

		unlink(link);
		rmdir(folder);
	}
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_without_host_devices_starts),
		TEST(other_points_go_on_with_a_message),
		TEST(what_vdsm_did_not_give_is_told),
		TEST(a_malformed_type_stops_the_start),
		TEST(a_malformed_document_stops_the_start),
	};

	return cmocka_run_group_tests_name("vdsm-hook", tests, make_folders,
					   remove_folders);
}
