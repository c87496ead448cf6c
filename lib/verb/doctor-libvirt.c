// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Will libvirt call the hook? libvirt's virHookCheck() and virHookCall()
 * (src/util/virhook.c) call the file hooks/qemu and then those in hooks/qemu.d, each only
 * if it is executable; and none at all if there was none when the daemon looked, which it
 * does once, at its start or a reload.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "verb/doctor.h"
#include "io/child.h"
#include "version.h"

#define CONFIGURATION "/etc/libvirt"
#define HOOK CONFIGURATION "/hooks/qemu"
#define PROFILES "/etc/apparmor.d"
#define OUR_NAME "vfio-prep"
#define OUR_PROGRAM "vfio-prep/libvirt-qemu"
#define SCRIPT_MAX ((size_t)64 * 1024)

struct daemon {
	char *name;
	char *pid; /* NULL: none runs */
	int64_t started;
};

static void daemon_done(struct daemon *daemon)
{
	free(daemon->name);
	free(daemon->pid);
}

/* All that libvirt would look at. */
static int list_hooks(const struct vprep_io *io, char ***ret)
{
	_cleanup_strv_ char **names = NULL, **paths = NULL;
	size_t i;
	int r;

	r = vprep_strv_add(&paths, HOOK);
	if (r == 0)
		r = vprep_io_host_list(io, HOOK ".d", &names);
	if (r == -ENOMEM)
		return r;
	for (i = 0; names && names[i]; i++) {
		_cleanup_free_ char *path = vprep_strf(HOOK ".d/%s", names[i]);

		if (!path || vprep_strv_add(&paths, path) < 0)
			return -ENOMEM;
	}
	*ret = TAKE_PTR(paths);
	return 0;
}

static bool is_executable(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_mode & 0111);
}

/* A script of the administrator's that calls ours among others. */
static bool names_our_program(const struct vprep_io *io, const char *path)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_RDONLY);
	_cleanup_free_ char *text = NULL;
	size_t len;

	return fd >= 0 && vprep_file_read(fd, SCRIPT_MAX, &text, &len) == 0 &&
	       memmem(text, len, OUR_PROGRAM, strlen(OUR_PROGRAM));
}

static bool is_ours(const struct vprep_io *io, const char *path)
{
	_cleanup_free_ char *target = NULL;

	if (vprep_io_host_readlink(io, path, &target) == 0 && strstr(target, OUR_PROGRAM))
		return true;
	return streq(strrchr(path, '/') + 1, OUR_NAME) || names_our_program(io, path);
}

/* Not a daemon of a user's session: it calls no hooks. */
static bool is_system_daemon(const struct vprep_io *io, const char *pid, const char *name)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!streq(name, "libvirtd") && !streq(name, "virtqemud"))
		return false;
	fd = vprep_io_open(io, VPREP_PROC, O_PATH, "%s", pid);
	return !io->live || (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == 0);
}

/* Seconds since the epoch; 0: not known. */
static int64_t boot_time(const struct vprep_io *io)
{
	static const char word[] = "\nbtime ";
	_cleanup_free_ char *stat = NULL;
	uint64_t seconds;
	const char *at;

	if (vprep_io_read_table(io, VPREP_PROC, &stat, "stat") < 0)
		return 0;
	at = strstr(stat, word);
	if (!at)
		return 0;
	at += strlen(word);
	return vprep_parse_u64_n(at, strspn(at, "0123456789"), 10, INT64_MAX / 2,
				 &seconds) < 0
		       ? 0
		       : (int64_t)seconds;
}

static int64_t start_time(const struct vprep_io *io, const char *pid)
{
	const long hertz = sysconf(_SC_CLK_TCK);
	int64_t boot = boot_time(io);
	uint64_t number, ticks;

	if (hertz <= 0 || boot == 0 || vprep_parse_u64(pid, 10, INT32_MAX, &number) < 0 ||
	    vprep_process_start(io, (pid_t)number, &ticks) < 0)
		return 0;
	return boot + (int64_t)(ticks / (uint64_t)hertz);
}

static int find_daemon(const struct vprep_io *io, struct daemon *ret)
{
	_cleanup_strv_ char **pids = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_PROC, &pids, ".");
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (i = 0; pids[i]; i++) {
		_cleanup_free_ char *name = NULL;

		if (pids[i][0] < '1' || pids[i][0] > '9' ||
		    vprep_io_read(io, VPREP_PROC, &name, "%s/comm", pids[i]) < 0 ||
		    !is_system_daemon(io, pids[i], name))
			continue;
		ret->pid = strdup(pids[i]);
		ret->name = TAKE_PTR(name);
		ret->started = start_time(io, pids[i]);
		return ret->pid ? 0 : -ENOMEM;
	}
	return 0;
}

/*
 * The daemon was there before the first hook of all. btime has whole seconds, so one more
 * is allowed for. The times of a captured tree are not the host's.
 */
static bool looked_too_early(const struct vprep_io *io, const struct daemon *daemon,
			     char *const *hooks)
{
	if (!io->live || daemon->started == 0)
		return false;
	for (; *hooks; hooks++) {
		struct stat st, target;

		if (vprep_io_host_stat(io, *hooks, &target) == 0 &&
		    is_executable(&target) && vprep_io_host_lstat(io, *hooks, &st) == 0 &&
		    st.st_ctim.tv_sec <= daemon->started + 1)
			return false;
	}
	return true;
}

/*
 * The profile of libvirt's own daemon lets it start what is in the hooks' folder, but
 * judges a link by where it leads.
 */
static bool is_kept_from(const struct vprep_io *io, const struct daemon *daemon,
			 const char *target)
{
	_cleanup_free_ char *context = NULL, *profile = NULL, *local = NULL;

	if (vprep_io_read(io, VPREP_PROC, &context, "%s/attr/current", daemon->pid) < 0 ||
	    !strstr(context, "(enforce)") || strncmp(target, HOOK, strlen(HOOK)) == 0)
		return false;
	profile = vprep_strf(PROFILES "/usr.sbin.%s", daemon->name);
	local = vprep_strf(PROFILES "/local/usr.sbin.%s", daemon->name);
	return profile && local && !names_our_program(io, profile) &&
	       !names_our_program(io, local);
}

static int say_kept_from(struct vprep_doctor *d, const struct daemon *daemon,
			 const char *target)
{
	const char *fix =
		vprep_pool_strf(d->pool,
				"echo '%s PUx,' >> " PROFILES
				"/local/usr.sbin.%s; apparmor_parser -r " PROFILES
				"/usr.sbin.%s",
				target, daemon->name, daemon->name);

	return vprep_doctor_say(d, PROBLEM, fix,
				"AppArmor keeps %s (pid %s) from starting %s",
				daemon->name, daemon->pid, target);
}

static int say_called(struct vprep_doctor *d, const char *hook, char *const *hooks)
{
	_cleanup_(daemon_done) struct daemon daemon = { 0 };
	_cleanup_free_ char *target = NULL;
	int r = find_daemon(d->session->io, &daemon);

	if (r < 0)
		return r;
	if (!daemon.pid)
		return vprep_doctor_say(
			d, OK, NULL, "%s is in place; no libvirt daemon runs now", hook);
	if (vprep_io_host_readlink(d->session->io, hook, &target) == 0 &&
	    is_kept_from(d->session->io, &daemon, target))
		return say_kept_from(d, &daemon, target);
	if (looked_too_early(d->session->io, &daemon, hooks))
		return vprep_doctor_say(
			d, WARNING,
			vprep_pool_strf(d->pool,
					"restart the daemon (systemctl restart %s); "
					"guests keep running",
					daemon.name),
			"%s (pid %s) is older than %s and does not call it, unless it "
			"was reloaded since",
			daemon.name, daemon.pid, hook);
	return vprep_doctor_say(d, OK, NULL, "%s (pid %s) calls %s", daemon.name,
				daemon.pid, hook);
}

static int say_skipped(struct vprep_doctor *d, const char *hook, int r)
{
	_cleanup_free_ char *target = NULL;

	if (r < 0 && vprep_io_host_readlink(d->session->io, hook, &target) == 0)
		return vprep_doctor_say(
			d, PROBLEM,
			vprep_pool_strf(d->pool, "ln -sf " VPREP_LIBVIRT_HOOK " %s",
					hook),
			"libvirt skips %s: it leads to %.200s, which is not there", hook,
			target);
	if (r < 0)
		return vprep_doctor_say(d, PROBLEM, NULL, "libvirt cannot use %s: %s",
					hook, strerror(-r));
	return vprep_doctor_say(d, PROBLEM,
				vprep_pool_strf(d->pool, "chmod 755 %s", hook),
				"libvirt skips %s: it is no executable file", hook);
}

/* The first of them that is ours; NULL: none is. */
static const char *find_ours(const struct vprep_io *io, char *const *hooks)
{
	for (; *hooks; hooks++)
		if (is_ours(io, *hooks))
			return *hooks;
	return NULL;
}

int vprep_doctor_our_hook(const struct vprep_io *io, char **ret)
{
	_cleanup_strv_ char **hooks = NULL;
	int r = list_hooks(io, &hooks);

	return r < 0 ? r : vprep_str_replace(ret, find_ours(io, hooks));
}

int vprep_doctor_libvirt(struct vprep_doctor *d)
{
	const struct vprep_io *io = d->session->io;
	_cleanup_strv_ char **hooks = NULL;
	const char *ours;
	struct stat st;
	int r;

	if (vprep_io_host_stat(io, CONFIGURATION, &st) == -ENOENT)
		return vprep_doctor_say(d, OK, NULL, "no libvirt on this host");
	r = list_hooks(io, &hooks);
	if (r < 0)
		return r;
	ours = find_ours(io, hooks);
	if (ours) {
		r = vprep_io_host_stat(io, ours, &st);
		return r == 0 && is_executable(&st) ? say_called(d, ours, hooks)
						    : say_skipped(d, ours, r);
	}
	return vprep_doctor_say(
		d, NOTE,
		"mkdir -p " HOOK ".d && ln -s " VPREP_LIBVIRT_HOOK " " HOOK ".d/" OUR_NAME
		", and restart libvirt's daemon",
		"libvirt does not call vfio-prep: its hook is not in " HOOK ".d");
}
