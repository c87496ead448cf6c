// SPDX-License-Identifier: GPL-2.0-or-later
/* The operations of a vprep_io on the fake kernel: which attribute does what. */
#include "fake/internal.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

static int refuse_ids(struct fake *f, const char *dir, const char *value)
{
	(void)f, (void)dir, (void)value;
	return -EPERM; /* not the kernel's answer: they bind by id, which nobody may do
			  here */
}

/* It makes an event; what it reads is not what was written. */
static int store_uevent(struct fake *f, const char *dir, const char *value)
{
	static const char *const actions[] = { "add",	 "remove",  "change", "move",
					       "online", "offline", "bind",   "unbind" };
	_cleanup_free_ char *action = fake_chomp(value);
	size_t i;

	(void)f, (void)dir;
	for (i = 0; i < VPREP_ARRAY_SIZE(actions); i++)
		if (streq(action, actions[i]))
			return 0;
	return -EINVAL;
}

static int store_control(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *name = fake_chomp(value);

	if (!streq(name, "auto") && !streq(name, "on"))
		return -EINVAL;
	fake_store(f, streq(name, "on") ? "on\n" : "auto\n", "%s/control", dir);
	return 0;
}

static int store_d3cold(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *number = fake_chomp(value);
	uint64_t allowed;

	if (vprep_parse_u64(number, 10, UINT64_MAX, &allowed) < 0)
		return -EINVAL;
	fake_store(f, allowed ? "1\n" : "0\n", "%s/d3cold_allowed", dir);
	return 0;
}

/* The device of every fake can these two; "default" is both. */
static int store_reset_method(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *names = fake_chomp(value), *text = NULL;
	char *rest = names, *name;

	if (streq(names, "default"))
		return fake_store(f, "flr bus\n", "%s/reset_method", dir), 0;
	text = vprep_strf("%s\n", names);
	while ((name = strsep(&rest, " ")))
		if (*name && !streq(name, "flr") && !streq(name, "bus"))
			return -EINVAL;
	fake_store(f, text, "%s/reset_method", dir);
	return 0;
}

static const struct {
	const char *dir; /* glob of the folder's canonical path */
	const char *name;
	int (*store)(struct fake *f, const char *dir, const char *value);
} attributes[] = {
	{ "sys/bus/pci/drivers/*", "bind", fake_store_bind },
	{ "sys/bus/pci/drivers/*", "unbind", fake_store_unbind },
	{ "sys/bus/pci/drivers/*", "new_id", refuse_ids },
	{ "sys/bus/pci/drivers/*", "remove_id", refuse_ids },
	{ "sys/bus/pci", "drivers_probe", fake_store_probe },
	{ "sys/bus/pci", "drivers_autoprobe", refuse_ids },
	{ "sys/devices/*", "driver_override", fake_store_override },
	{ "sys/devices/*", "sriov_numvfs", fake_store_numvfs },
	{ "sys/devices/*", "sriov_drivers_autoprobe", fake_store_autoprobe },
	{ "sys/devices/*/power", "control", store_control },
	{ "sys/devices/*", "d3cold_allowed", store_d3cold },
	{ "sys/devices/*", "reset_method", store_reset_method },
	{ "sys/devices/*/mdev_supported_types/*", "create", fake_store_create },
	{ "sys/devices/*", "remove", fake_store_remove },
	{ "sys/devices/*/nvidia", "current_vgpu_type", fake_store_vgpu },
	{ "sys/devices/*/fc_host/*", "vport_create", fake_store_vport_create },
	{ "sys/devices/*/fc_host/*", "vport_delete", fake_store_vport_delete },
	{ "sys/devices/*", "uevent", store_uevent },
};

/* sysfs refuses an attribute without a store function, to root as well. */
static int check_writable(struct fake *f, const char *path)
{
	struct stat st;

	if (fstatat(f->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -ENOENT;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return st.st_mode & 0222 ? 0 : -EACCES;
}

static int dispatch(struct fake *f, const char *path, const char *value)
{
	_cleanup_free_ char *copy = vprep_strf("sys/%s", path);
	_cleanup_free_ char *dir = NULL;
	char *name = strrchr(copy, '/');
	size_t i;
	int r;

	*name++ = '\0';
	dir = fake_canonical(f, copy);
	if (!dir)
		return -ENOENT;
	name[-1] = '/';
	r = check_writable(f, copy);
	if (r < 0 || !*value) /* sysfs never shows a zero-length write to the attribute */
		return r;
	for (i = 0; i < VPREP_ARRAY_SIZE(attributes); i++)
		if (streq(name, attributes[i].name) &&
		    fnmatch(attributes[i].dir, dir, 0) == 0)
			return attributes[i].store(f, dir, value);
	fake_store(f, value, "%s/%s", dir, name);
	return 0;
}

static int load(struct fake *f, const char *name)
{
	_cleanup_free_ char *module = strdup(name);
	char *dash;

	while ((dash = strchr(module, '-')))
		*dash = '_';
	if (!fake_has(f, ".fake/modules/%s", module))
		return -ENOENT;
	fake_register_module(f, module);
	return 0;
}

static void log_write(struct fake *f, const char *path, const char *value, int result)
{
	_cleanup_free_ char *shown = strdup(value), *line = NULL;
	_cleanup_close_ int fd = openat(f->dir, ".fake/log",
					O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (strlen(shown) > 0 && shown[strlen(shown) - 1] == '\n')
		memcpy(shown + strlen(shown) - 1, "$", 1); /* tells "" from "\n" */
	line = vprep_strf("%s %.200s %s\n", path, shown,
			  result ? strerrorname_np(-result) : "0");
	must(fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line));
}

int fake_write(struct fake *f, const char *path, const char *value)
{
	_cleanup_close_ int lock = fake_lock(f);
	bool die_after, is_late;
	int r;

	r = fake_inject_before(f, path, &die_after);
	is_late = fake_inject_late(f, &lock);
	if (r == 0 && strncmp(path, "modprobe/", 9) == 0)
		r = load(f, path + 9);
	else if (r == 0 && strncmp(path, "netlink/", 8) == 0)
		r = fake_store_vf(f, path + 8, value);
	else if (r == 0)
		r = dispatch(f, path, value);
	log_write(f, path, value, r);
	if (is_late)
		_exit(0);
	fake_inject_after(die_after);
	return r;
}

/* ---- the operations ---- */

static struct fake open_fake(const struct vprep_io *io)
{
	struct fake f = { .path = io->prefix };

	f.dir = open(io->prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(f.dir >= 0);
	return f;
}

static void close_fake(struct fake *f)
{
	close(f->dir);
}

static int op_write(struct vprep_io *io, const char *path, const char *value)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);

	return fake_anything_held(&f) ? fake_write_held(&f, path, value)
				      : fake_write(&f, path, value);
}

static int op_load_module(struct vprep_io *io, const char *name)
{
	_cleanup_free_ char *path = vprep_strf("modprobe/%s", name);

	return op_write(io, path, "");
}

/* What a test has set, or nothing. */
static char *get_table(struct fake *f, const char *name)
{
	char *text = fake_get(f, ".fake/%s", name);

	return text ? text : strdup("");
}

static size_t wildcards(const char *line)
{
	size_t n = 0;

	for (; *line && *line != ' '; line++)
		n += *line == '*';
	return n;
}

static int by_wildcards(const void *a, const void *b)
{
	size_t x = wildcards(*(char *const *)a), y = wildcards(*(char *const *)b);

	return (x > y) - (x < y);
}

/* .fake/aliases has a line "PATTERN MODULE" for each. */
static int op_resolve_alias(const struct vprep_io *io, const char *alias,
			    char ***ret_modules)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);
	_cleanup_free_ char *all = get_table(&f, "aliases");
	_cleanup_strv_ char **found = NULL;
	char **modules = calloc(2, sizeof(char *));
	char *line, *at = NULL;
	size_t i;

	for (line = strtok_r(all, "\n", &at); line; line = strtok_r(NULL, "\n", &at)) {
		_cleanup_free_ char *pattern = strndup(line, strcspn(line, " "));

		if (fnmatch(pattern, alias, 0) == 0)
			must(vprep_strv_add(&found, line) == 0);
	}
	if (found)
		qsort(found, vprep_strv_len(found), sizeof(*found), by_wildcards);
	for (i = 0; found && found[i]; i++)
		must(vprep_strv_add(&modules, strchr(found[i], ' ') + 1) == 0);
	*ret_modules = modules;
	return 0;
}

static int op_module_is_vfio(const struct vprep_io *io, const char *module)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);
	_cleanup_strv_ char **drivers = fake_list(&f, ".fake/drivers");
	size_t i;

	for (i = 0; drivers[i]; i++) {
		_cleanup_free_ char *of =
			fake_get(&f, ".fake/drivers/%s/module", drivers[i]);

		if (streq(of, module) && fake_driver_flags(&f, drivers[i]) & FAKE_VFIO)
			return 1;
	}
	return 0;
}

static int op_block_is_claimed(struct vprep_io *io, const char *node)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);

	return fake_has(&f, ".fake/block/%s", node);
}

static int op_try_group(struct vprep_io *io, const char *node,
			enum vprep_group_stage last, enum vprep_group_stage *ret)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);
	const char *slash = strrchr(node, '/');
	int group = (int)strtol(slash ? slash + 1 : node, NULL, 10), r = 0;

	*ret = VPREP_GROUP_OPEN;
	if (!fake_has(&f, "dev/%s", node))
		return -ENOENT;
	for (;;) {
		r = fake_try_group(&f, group, *ret);
		if (r < 0 || *ret == last)
			return r;
		(*ret)++;
	}
}

/* .fake/options has a line "MODULE.OPTION=VALUE" for each. */
static int op_module_option(struct vprep_io *io, const char *module, const char *option,
			    char **ret)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);
	_cleanup_free_ char *all = get_table(&f, "options");
	_cleanup_free_ char *wanted = vprep_strf("%s.%s=", module, option);
	char *line, *at = NULL;

	for (line = strtok_r(all, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		if (strncmp(line, wanted, strlen(wanted)) == 0) {
			*ret = strdup(line + strlen(wanted));
			return 0;
		}
	return -ENOENT;
}

/* A node of the fake holds its number, "10:5"; with a 'b' before it, that of a block
 * device. An open file may have any path in the tree. */
static int op_node_device(const struct vprep_io *io, enum vprep_root root,
			  const char *path, struct vprep_io_node *ret)
{
	static const char deleted[] = " (deleted)";
	_cleanup_(close_fake) struct fake f = open_fake(io);
	_cleanup_free_ char *target = NULL, *text = NULL;
	uint64_t major, minor;
	char *colon, *end;
	int r;

	must(root == VPREP_PROC);
	r = vprep_io_readlink(io, VPREP_PROC, &target, "%s", path);
	if (r < 0)
		return r;
	end = strstr(target, deleted);
	if (end)
		*end = '\0';
	text = *target == '/' ? fake_get(&f, "%s", target + 1) : NULL;
	colon = text ? strchr(text, ':') : NULL;
	if (!colon)
		return -ENODEV;
	ret->is_block = *text == 'b';
	*colon = '\0';
	must(vprep_parse_u64(text + ret->is_block, 10, UINT32_MAX, &major) == 0 &&
	     vprep_parse_u64(colon + 1, 10, UINT32_MAX, &minor) == 0);
	ret->major = (unsigned)major;
	ret->minor = (unsigned)minor;
	return 0;
}

/* .fake/addresses has a line "IFACE TEXT" for each. */
static int op_addresses(struct vprep_io *io, struct vprep_io_address **ret, size_t *ret_n)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);
	_cleanup_free_ char *all = get_table(&f, "addresses");
	struct vprep_io_address *list = calloc(1 + strlen(all), sizeof(*list));
	char *line, *at = NULL;
	size_t n = 0;

	must(list);
	for (line = strtok_r(all, "\n", &at); line;
	     line = strtok_r(NULL, "\n", &at), n++) {
		snprintf(list[n].interface, sizeof(list[n].interface), "%.*s",
			 (int)strcspn(line, " "), line);
		snprintf(list[n].text, sizeof(list[n].text), "%s", strchr(line, ' ') + 1);
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

static int op_get_vf(struct vprep_io *io, const char *interface, unsigned index,
		     struct vprep_io_vf *ret)
{
	_cleanup_(close_fake) struct fake f = open_fake(io);
	_cleanup_close_ int lock = fake_lock(&f);

	return fake_get_vf(&f, interface, index, ret);
}

static int op_set_vf_mac(struct vprep_io *io, const char *interface, unsigned index,
			 const uint8_t mac[6])
{
	_cleanup_free_ char *path = vprep_strf("netlink/%s/%u/mac", interface, index);
	_cleanup_free_ char *value = vprep_strf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
						mac[1], mac[2], mac[3], mac[4], mac[5]);

	return op_write(io, path, value);
}

static int op_set_vf_vlan(struct vprep_io *io, const char *interface, unsigned index,
			  const struct vprep_io_vf *vlan)
{
	_cleanup_free_ char *path = vprep_strf("netlink/%s/%u/vlan", interface, index);
	_cleanup_free_ char *value =
		vprep_strf("%u %u %04x", vlan->vlan, vlan->qos, vlan->protocol);

	return op_write(io, path, value);
}

static int op_set_vf_setting(struct vprep_io *io, const char *interface, unsigned index,
			     enum vprep_vf_setting setting, uint64_t value)
{
	_cleanup_free_ char *path = vprep_strf("netlink/%s/%u/%s", interface, index,
					       vprep_vf_setting_name(setting));
	_cleanup_free_ char *text = vprep_strf("%llu", (unsigned long long)value);

	return op_write(io, path, text);
}

const struct vprep_io_ops vprep_fake_ops = {
	.write_attr = op_write,
	.load_module = op_load_module,
	.resolve_alias = op_resolve_alias,
	.module_is_vfio = op_module_is_vfio,
	.block_is_claimed = op_block_is_claimed,
	.node_device = op_node_device,
	.try_group = op_try_group,
	.module_option = op_module_option,
	.addresses = op_addresses,
	.get_vf = op_get_vf,
	.set_vf_mac = op_set_vf_mac,
	.set_vf_vlan = op_set_vf_vlan,
	.set_vf_setting = op_set_vf_setting,
};
