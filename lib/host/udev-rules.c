// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/udev-rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "udev/rule-match.h"

#define FILE_MAX (64u * 1024 * 1024) /* udevd has no limit */
#define SYSTEM_MAX 499 /* up to here a number is one of the system on each distribution */

/* In udevd's order of precedence: of files with one name the first counts. */
static const struct {
	const char *path;
	bool is_vendor;
} folders[] = {
	{ "/etc/udev/rules.d", false },
	{ "/run/udev/rules.d", false },
	{ "/usr/local/lib/udev/rules.d", false },
	{ "/usr/lib/udev/rules.d", true },
};

struct rule_file {
	char *path;
	char *text;	 /* NULL: one that bears our name */
	bool comes_over; /* its folder has precedence over ours */
};

struct vprep_udev_rules {
	size_t n;
	struct rule_file *files;
	/* udevd of systemd 258 and later may not accept the user, and leaves out the line
	 * of ours that assigns. What an earlier rule assigns would count then. */
	bool ours_may_be_void;
};

static const char *name_of(const struct rule_file *file)
{
	return strrchr(file->path, '/') + 1;
}

void vprep_udev_rules_free(struct vprep_udev_rules *rules)
{
	size_t i;

	if (!rules)
		return;
	for (i = 0; i < rules->n; i++) {
		free(rules->files[i].path);
		free(rules->files[i].text);
	}
	free(rules->files);
	free(rules);
}

/* Whether one of the first @n files has that name. */
static bool has_name(const struct vprep_udev_rules *rules, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (streq(name_of(&rules->files[i]), name))
			return true;
	return false;
}

/* Most are about other things than owners, and need not be read for each node. */
static bool has_effect(const char *text)
{
	static const char *const words[] = { "OWNER", "GROUP", "MODE", "RUN" };
	size_t i;

	/* a word may go on in the next line */
	if (strstr(text, "\\\n") || strstr(text, "\\\r"))
		return true;
	for (i = 0; i < VPREP_ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

/* One that is no file, such as a link to /dev/null, is empty for udevd. */
static int read_text(const struct vprep_io *io, const char *path, char **ret)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_RDONLY | O_NONBLOCK);
	size_t len, i;
	int r = fd < 0 ? fd : vprep_file_read(fd, FILE_MAX, ret, &len);

	for (i = 0; r == 0 && i < len; i++)
		if (!(*ret)[i]) /* for udevd that ends a line */
			(*ret)[i] = '\n';
	if (r == 0 && !has_effect(*ret))
		**ret = '\0';
	else if (r < 0 && r != -ENOMEM)
		*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

static int add_file(struct vprep_udev_rules *rules, const struct vprep_io *io,
		    const char *folder, const char *name, bool comes_over)
{
	struct rule_file *file = vprep_array_add(rules->files, rules->n);

	if (!file)
		return -ENOMEM;
	file->comes_over = comes_over;
	file->path = vprep_strf("%s/%s", folder, name);
	if (!file->path) {
		rules->n--;
		return -ENOMEM;
	}
	return vprep_rule_is_ours(name) ? 0 : read_text(io, file->path, &file->text);
}

/* Newer versions of udevd pass over a folder, a fifo or a link that leads nowhere, and
 * read the file of that name in the next folder; earlier ones do not. */
static bool may_hide(const struct vprep_io *io, const char *folder, const char *name)
{
	_cleanup_free_ char *path = vprep_strf("%s/%s", folder, name);
	struct stat st;

	return !path || vprep_rule_is_ours(name) ||
	       (vprep_io_host_stat(io, path, &st) == 0 &&
		(S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)));
}

static bool is_rule_name(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && streq(end, ".rules");
}

/* A folder as it was opened; udevd may know ours by another name than we. */
struct opened {
	int fd; /* -1: it is not there, or cannot be read */
	bool is_ours;
};

static bool stat_ours(const struct vprep_io *io, const struct opened *opened,
		      const char *ours, struct stat *ret)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++)
		if (opened[i].is_ours)
			return opened[i].fd >= 0 && fstat(opened[i].fd, ret) == 0;
	return vprep_io_host_stat(io, ours, ret) == 0;
}

static void open_folders(const struct vprep_io *io, const char *ours,
			 struct opened *opened)
{
	struct stat our, st;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++)
		opened[i] = (struct opened){
			.fd = vprep_io_host_open(io, folders[i].path,
						 O_RDONLY | O_DIRECTORY),
			.is_ours = streq(folders[i].path, ours),
		};
	if (!stat_ours(io, opened, ours, &our))
		return;
	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++)
		opened[i].is_ours |= opened[i].fd >= 0 && fstat(opened[i].fd, &st) == 0 &&
				     st.st_dev == our.st_dev && st.st_ino == our.st_ino;
}

/* Takes the fd. */
static int add_folder(struct vprep_udev_rules *rules, const struct vprep_io *io,
		      size_t folder, struct opened *opened, bool comes_over)
{
	_cleanup_strv_ char **names = NULL;
	int r = opened->fd < 0 ? opened->fd
			       : vprep_io_list_fd(TAKE_FD(opened->fd), &names);
	size_t i, before = rules->n; /* within one folder, names differ */

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (i = 0; r == 0 && names[i]; i++)
		if (is_rule_name(names[i]) && !has_name(rules, before, names[i]) &&
		    !(opened->is_ours && vprep_rule_is_ours(names[i])) &&
		    !(folders[folder].is_vendor && !vprep_rule_is_first(names[i])) &&
		    may_hide(io, folders[folder].path, names[i]))
			r = add_file(rules, io, folders[folder].path, names[i],
				     comes_over);
	return r;
}

int vprep_udev_rules_read(const struct vprep_io *io, const char *ours, uid_t uid,
			  gid_t gid, struct vprep_udev_rules **ret)
{
	_cleanup_(vprep_udev_rules_freep) struct vprep_udev_rules *rules =
		calloc(1, sizeof(*rules));
	struct opened opened[VPREP_ARRAY_SIZE(folders)];
	bool comes_over = false;
	size_t i;
	int r = rules ? 0 : -ENOMEM;

	if (rules)
		rules->ours_may_be_void = uid > SYSTEM_MAX || gid > SYSTEM_MAX;
	open_folders(io, ours, opened);
	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++)
		comes_over |= opened[i].is_ours;
	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++) {
		comes_over &= !opened[i].is_ours;
		if (r == 0)
			r = add_folder(rules, io, i, &opened[i], comes_over);
		else if (opened[i].fd >= 0)
			close(opened[i].fd);
	}
	if (r == 0)
		*ret = TAKE_PTR(rules);
	return r;
}

/* What was found out about one node. */
struct judging {
	const struct vprep_udev_rules *rules;
	const struct rule_file *file;
	struct vprep_rule_line line;
	bool certain; /* of the rival that is there */
};

static char *describe(struct vprep_pool *pool, const struct rule_file *file,
		      const struct vprep_rule_line *line)
{
	_cleanup_free_ char *text =
		vprep_strf("%s:%u (%s)", file->path, line->number, line->what);

	return text ? vprep_pool_printable(pool, text) : NULL;
}

static int weigh(struct judging *j, const char *ours, struct vprep_pool *pool,
		 struct vprep_node_state *state)
{
	const char *name = name_of(j->file);
	bool is_before = strcmp(name, ours) < 0;
	bool is_first = is_before && j->line.assigns && vprep_rule_is_first(name);
	char *text;

	state->rule_first |= is_before && (j->line.assigns ||
					   (j->line.sets && j->rules->ours_may_be_void));
	if (!is_first && !j->line.runs)
		return 0;
	text = describe(pool, j->file, &j->line);
	if (!text)
		return -ENOMEM;
	if (is_first && j->line.certain) {
		state->beaten_by = text;
	} else if (!state->rival || (j->line.certain && !j->certain)) {
		state->rival = text;
		j->certain = j->line.certain;
	}
	return 0;
}

static int judge_file(struct judging *j, const struct vprep_rule *rule,
		      struct vprep_pool *pool, struct vprep_node_state *state)
{
	struct vprep_rule_scan scan = { .text = j->file->text, .match = rule->match };
	int r = 0;

	while (r == 0 && vprep_rule_scan_next(&scan, &j->line))
		r = weigh(j, rule->file, pool, state);
	return scan.failed ? -ENOMEM : r;
}

int vprep_udev_rules_judge(const struct vprep_udev_rules *rules, struct vprep_rule *rule,
			   struct vprep_pool *pool, struct vprep_node_state *state)
{
	struct judging j = { .rules = rules };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < rules->n; i++) {
		j.file = &rules->files[i];
		if (j.file->text)
			r = judge_file(&j, rule, pool, state);
		else if (j.file->comes_over && streq(name_of(j.file), rule->file))
			state->beaten_by = vprep_pool_dup(pool, j.file->path);
	}
	if (state->rule_first)
		vprep_rule_go_first(rule);
	return pool->failed ? -ENOMEM : r;
}
