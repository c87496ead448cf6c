// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/environment.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/str.h"

#define SYSTEM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"

/* Of a list with commas: *@rest goes behind it. */
static size_t next_name(const char **rest, const char **ret_name)
{
	size_t len = strcspn(*rest, ",");

	*ret_name = *rest;
	*rest += len + ((*rest)[len] == ',');
	return len;
}

bool vprep_environment_are_names(const char *names)
{
	const char *name, *rest = names;
	size_t len;

	do {
		len = next_name(&rest, &name);
		if (len == 0 || !strchr(LETTERS, name[0]) ||
		    strspn(name, LETTERS "0123456789") < len)
			return false;
	} while (*rest);
	return name[len] == '\0'; /* no comma behind the last one */
}

static bool is_kept(const char *variable, const char *keep)
{
	size_t len = strcspn(variable, "=");
	const char *name, *rest = keep ? keep : "";

	if ((len == 4 && strncmp(variable, "TERM", 4) == 0) ||
	    strncmp(variable, "LANG", 4) == 0)
		return true;
	while (*rest)
		if (next_name(&rest, &name) == len && strncmp(name, variable, len) == 0)
			return true;
	return false;
}

const char *vprep_environment_path(const char *keep)
{
	const char *ours = getenv("PATH");

	return ours && is_kept("PATH", keep) ? ours : SYSTEM_PATH;
}

static bool has(char *const *environment, const char *name)
{
	size_t len = strlen(name);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return true;
	return false;
}

static int add(char ***environment, const char *name, const char *value)
{
	_cleanup_free_ char *variable = NULL;

	if (has(*environment, name)) /* one that is kept */
		return 0;
	variable = vprep_strf("%s=%s", name, value);
	return variable ? vprep_strv_add(environment, variable) : -1;
}

char **vprep_environment_new(uid_t uid, const char *keep)
{
	const struct passwd *entry = getpwuid(uid);
	bool has_shell = entry && entry->pw_shell && *entry->pw_shell;
	_cleanup_strv_ char **environment = NULL;
	char number[sizeof("4294967295")];
	const char *name = entry ? entry->pw_name : number;
	char *const *variable;
	int r = 0;

	snprintf(number, sizeof(number), "%u", uid);
	for (variable = environ; r == 0 && variable && *variable; variable++)
		if (is_kept(*variable, keep))
			r = vprep_strv_add(&environment, *variable);
	if (r < 0 || add(&environment, "HOME", entry ? entry->pw_dir : "/") < 0 ||
	    add(&environment, "USER", name) < 0 ||
	    add(&environment, "LOGNAME", name) < 0 ||
	    add(&environment, "SHELL", has_shell ? entry->pw_shell : "/bin/sh") < 0 ||
	    add(&environment, "PATH", vprep_environment_path(keep)) < 0)
		return NULL;
	return TAKE_PTR(environment);
}
