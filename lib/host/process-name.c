// SPDX-License-Identifier: GPL-2.0-or-later
/* What to call a process when people are told of it. */
#include "host/process-name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/str.h"
#include "host/process.h"

/* The systemd scopes that stand for a guest or a container. */
static const struct {
	const char *prefix;
	size_t keep;   /* how much of the prefix is part of the short name */
	size_t id_max; /* container ids are long; their tools show 12 digits */
} scopes[] = {
	{ "machine-", 0, SIZE_MAX }, { "docker-", 7, 12 },	    { "libpod-", 7, 12 },
	{ "crio-", 5, 12 },	     { "cri-containerd-", 15, 12 },
};

/* The next option of QEMU's "a,b=c,,d", cut out in place; ",," is a comma in a value. */
static char *next_option(char **rest)
{
	char *start = *rest, *from = start, *to = start;

	if (!start)
		return NULL;
	while (*from && (*from != ',' || from[1] == ',')) {
		from += *from == ',';
		*to++ = *from++;
	}
	*rest = *from ? from + 1 : NULL;
	*to = '\0';
	return start;
}

/* "guest=NAME,debug-threads=on", or "NAME" as its first option; NULL without either. */
static const char *guest_of_name(char *value)
{
	static const char key[] = "guest=";
	const char *option, *first = value;
	char *rest = value;

	while ((option = next_option(&rest))) {
		if (strncmp(option, key, sizeof(key) - 1) == 0)
			return option + sizeof(key) - 1;
		if (option == first && *option && !strchr(option, '='))
			return option;
	}
	return NULL;
}

static int name_from_arguments(struct vprep_process_name *name, char *arguments,
			       size_t len)
{
	char *end = arguments + len, *arg = arguments;
	const char *slash = strrchr(arguments, '/'), *guest;
	bool is_name = false;
	int r = 0;

	if (*arguments)
		r = vprep_str_replace(&name->command, slash ? slash + 1 : arguments);
	for (; r == 0 && arg < end; arg += strlen(arg) + 1) {
		guest = is_name ? guest_of_name(arg) : NULL;
		if (guest && *guest)
			return vprep_str_replace(&name->guest, guest);
		is_name = streq(arg, "-name") || streq(arg, "--name");
	}
	return r;
}

/* systemd's escapes in unit names: "\x2d" is a dash. In place. */
static void unescape_unit(char *s)
{
	uint64_t c;
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && s[2] && s[3] &&
		    vprep_parse_u64_n(s + 2, 2, 16, 0xff, &c) == 0 && c != 0) {
			*to++ = (char)c;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* The short name of a guest's or a container's scope, in place; NULL for other units. */
static const char *name_of_scope(char *unit)
{
	char *dot = strrchr(unit, '.');
	size_t i, len;

	if (!dot || !streq(dot, ".scope"))
		return NULL;
	*dot = '\0';
	for (i = 0; i < VPREP_ARRAY_SIZE(scopes); i++) {
		len = strlen(scopes[i].prefix);
		if (strncmp(unit, scopes[i].prefix, len) != 0)
			continue;
		if (strlen(unit + len) > scopes[i].id_max)
			unit[len + scopes[i].id_max] = '\0';
		unescape_unit(unit);
		return unit + len - scopes[i].keep;
	}
	return NULL;
}

/* Of the control group's path, which names the units that the process belongs to. */
static int name_from_units(struct vprep_process_name *name, char *path)
{
	const char *scope;
	char *unit;
	int r = 0;

	while (r == 0 && (unit = strsep(&path, "/\n"))) {
		name->is_of_udevd |= strncmp(unit, "systemd-udevd", 13) == 0;
		scope = name->guest ? NULL : name_of_scope(unit);
		if (scope)
			r = vprep_str_replace(&name->guest, scope);
	}
	return r;
}

/* A small file of a process. What cannot be read is absent. */
static int read_file(const struct vprep_io *io, const char *pid, const char *file,
		     char **ret)
{
	int r = vprep_io_read(io, VPREP_PROC, ret, "%s/%s", pid, file);

	return r == -ENOMEM || r == -EIO ? r : 0;
}

/* udevd's processes go by several names: "(udev-worker)", "systemd-udevd", "udevd". */
static bool is_udevd(const char *command)
{
	return strstr(command, "udev") != NULL;
}

int vprep_process_name_read(const struct vprep_io *io, pid_t number,
			    struct vprep_process_name *ret)
{
	_cleanup_(vprep_process_name_done) struct vprep_process_name name = { 0 };
	_cleanup_free_ char *arguments = NULL;
	_cleanup_free_ char *units = NULL;
	char pid[sizeof("2147483647")];
	size_t len;
	int r;

	snprintf(pid, sizeof(pid), "%d", (int)number);
	r = vprep_process_arguments(io, pid, &arguments, &len);
	if (r == 0)
		r = name_from_arguments(&name, arguments, len);
	if (r == 0)
		r = read_file(io, pid, "cgroup", &units);
	if (r == 0 && units)
		r = name_from_units(&name, units);
	if (r == 0 && !name.command)
		r = read_file(io, pid, "comm", &name.command);
	if (r == 0 && !name.command)
		r = vprep_str_replace(&name.command, "?");
	if (r < 0)
		return r;
	name.is_of_udevd |= is_udevd(name.command);
	*ret = TAKE_STRUCT(name);
	return 0;
}

void vprep_process_name_done(struct vprep_process_name *name)
{
	free(name->command);
	free(name->guest);
	*name = (struct vprep_process_name){ 0 };
}

char *vprep_process_text(pid_t pid, const struct vprep_process_name *name)
{
	char *text = name->guest ? vprep_strf("pid %d (%s, guest %s)", (int)pid,
					      name->command, name->guest)
				 : vprep_strf("pid %d (%s)", (int)pid, name->command);

	if (text)
		vprep_str_make_printable(text);
	return text;
}

int vprep_process_describe(const struct vprep_io *io, pid_t pid, char **ret)
{
	_cleanup_(vprep_process_name_done) struct vprep_process_name name = { 0 };
	int r = vprep_process_name_read(io, pid, &name);

	if (r < 0)
		return r;
	*ret = vprep_process_text(pid, &name);
	return *ret ? 0 : -ENOMEM;
}
