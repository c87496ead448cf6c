// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of the section [vfio-prep]: a row of `keys` each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "config/section.h"

#define SECONDS_MAX 3600
#define PARALLEL_MAX 256
#define SEPARATORS " \t,"

/* A key of the configuration: how its value is read into which field. */
struct key {
	const char *name;
	/* -EINVAL: the value is not as expected. */
	int (*set)(struct vprep_config *c, const struct key *key, const char *value);
	size_t at; /* the field's offset, or the deadline */
	const char *expected;
	/* Adds the value in effect; NULL: other keys show what this one sets. */
	void (*show)(const struct vprep_config *c, const struct key *key,
		     struct vprep_buf *to);
	const char *unset; /* what is shown of a string that has no value */
};

static const char *const policies[] = {
	[VPREP_POLICY_WHOLE] = "whole",
	[VPREP_POLICY_STRICT] = "strict",
};

static const char *const prepare_names[VPREP_PREPARE_WHICHES] = {
	[VPREP_PREPARE_ALL] = "all",
	[VPREP_PREPARE_MANAGED] = "managed",
	[VPREP_PREPARE_UNMANAGED] = "unmanaged",
	[VPREP_PREPARE_NONE] = "none",
};

static int set_string(struct vprep_config *c, const struct key *key, const char *value)
{
	return *value ? vprep_str_replace((char **)(void *)((char *)c + key->at), value)
		      : -EINVAL;
}

/* Slashes at the end do not belong to the name. */
static int set_path(struct vprep_config *c, const struct key *key, const char *value)
{
	_cleanup_free_ char *path = strdup(value);
	size_t len = strlen(value);

	if (!path)
		return -ENOMEM;
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return *path == '/' ? set_string(c, key, path) : -EINVAL;
}

int vprep_config_parse_mode(const char *text, unsigned *ret)
{
	uint64_t mode;

	if (vprep_parse_u64(text, 8, 0777, &mode) < 0)
		return -EINVAL;
	*ret = (unsigned)mode;
	return 0;
}

static int set_mode(struct vprep_config *c, const struct key *key, const char *value)
{
	(void)key;
	return vprep_config_parse_mode(value, &c->mode);
}

static int set_policy(struct vprep_config *c, const struct key *key, const char *value)
{
	int i = vprep_word_index(policies, VPREP_ARRAY_SIZE(policies), value);

	(void)key;
	if (i >= 0)
		c->policy = (enum vprep_group_policy)i;
	return i < 0 ? i : 0;
}

static int set_prepare(struct vprep_config *c, const struct key *key, const char *value)
{
	int i = vprep_word_index(prepare_names, VPREP_PREPARE_WHICHES, value);

	(void)key;
	if (i >= 0)
		c->prepare = (enum vprep_prepare_which)i;
	return i < 0 ? i : 0;
}

static int parse_bounded(const char *value, unsigned max, unsigned *ret)
{
	uint64_t number;

	if (vprep_parse_u64(value, 10, max, &number) < 0 || number == 0)
		return -EINVAL;
	*ret = (unsigned)number;
	return 0;
}

static int set_deadline(struct vprep_config *c, const struct key *key, const char *value)
{
	unsigned seconds, i;

	if (parse_bounded(value, SECONDS_MAX, &seconds) < 0)
		return -EINVAL;
	for (i = 0; i < VPREP_DEADLINES; i++)
		if (key->at == i || (key->at == VPREP_DEADLINES && !c->deadline_set[i]))
			c->deadlines[i] = seconds;
	if (key->at < VPREP_DEADLINES)
		c->deadline_set[key->at] = true;
	return 0;
}

static int set_parallel(struct vprep_config *c, const struct key *key, const char *value)
{
	(void)key;
	return parse_bounded(value, PARALLEL_MAX, &c->parallel);
}

/* A list of several lines: each adds to it, and an empty value ends what was said before,
 * perhaps in an earlier file. */
static int add_each(struct vprep_config *c, const char *value,
		    int (*add)(struct vprep_config *c, const char *word))
{
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *word;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (word = strsep(&rest, SEPARATORS)))
		r = *word ? add(c, word) : 0;
	return r;
}

int vprep_config_set_default_drivers(struct vprep_config *c)
{
	vprep_strv_free(c->serial_drivers);
	c->serial_drivers = NULL;
	/* ioatdma: a kernel BUG when its channels are unbound at the same time */
	return vprep_strv_add(&c->serial_drivers, "ioatdma");
}

static int add_serial_driver(struct vprep_config *c, const char *name)
{
	return vprep_strv_add(&c->serial_drivers, name);
}

static int set_serial_drivers(struct vprep_config *c, const struct key *key,
			      const char *value)
{
	(void)key;
	return *value ? add_each(c, value, add_serial_driver)
		      : vprep_config_set_default_drivers(c);
}

/* USER or USER:GROUP, not looked up: one list may serve many hosts. */
static int add_metadata_user(struct vprep_config *c, const char *name)
{
	const char *colon = strchr(name, ':');

	if (colon && (colon == name || !colon[1] || strchr(colon + 1, ':')))
		return -EINVAL;
	return vprep_strv_add(&c->metadata_users, name);
}

static int set_metadata_users(struct vprep_config *c, const struct key *key,
			      const char *value)
{
	(void)key;
	if (!*value) {
		vprep_strv_free(c->metadata_users);
		c->metadata_users = NULL;
	}
	return add_each(c, value, add_metadata_user);
}

static int add_declared_dir(struct vprep_config *c, const char *path)
{
	return *path == '/' ? vprep_strv_add(&c->declared_dirs, path) : -EINVAL;
}

/* Instead of the ones that are the default. */
static int set_declared_dirs(struct vprep_config *c, const struct key *key,
			     const char *value)
{
	(void)key;
	vprep_strv_free(c->declared_dirs);
	c->declared_dirs = NULL;
	return add_each(c, value, add_declared_dir);
}

static int add_denied(struct vprep_config *c, const char *name)
{
	struct vprep_pci_address *added, address;

	if (vprep_pci_address_parse(name, &address) < 0)
		return -EINVAL;
	added = vprep_array_add(c->deny, c->n_deny);
	if (!added)
		return -ENOMEM;
	*added = address;
	return 0;
}

static int set_deny(struct vprep_config *c, const struct key *key, const char *value)
{
	(void)key;
	if (!*value)
		c->n_deny = 0;
	return add_each(c, value, add_denied);
}

static void show_string(const struct vprep_config *c, const struct key *key,
			struct vprep_buf *to)
{
	const char *value = *(char *const *)(const void *)((const char *)c + key->at);

	vprep_buf_add(to, value ? value : key->unset);
}

static void show_mode(const struct vprep_config *c, const struct key *key,
		      struct vprep_buf *to)
{
	(void)key;
	vprep_buf_addf(to, "%04o", c->mode);
}

static void show_policy(const struct vprep_config *c, const struct key *key,
			struct vprep_buf *to)
{
	(void)key;
	vprep_buf_add(to, policies[c->policy]);
}

static void show_prepare(const struct vprep_config *c, const struct key *key,
			 struct vprep_buf *to)
{
	(void)key;
	vprep_buf_add(to, prepare_names[c->prepare]);
}

static void show_deadline(const struct vprep_config *c, const struct key *key,
			  struct vprep_buf *to)
{
	vprep_buf_addf(to, "%u", c->deadlines[key->at]);
}

static void show_parallel(const struct vprep_config *c, const struct key *key,
			  struct vprep_buf *to)
{
	(void)key;
	vprep_buf_addf(to, "%u", c->parallel);
}

static void show_words(const struct vprep_config *c, const struct key *key,
		       struct vprep_buf *to)
{
	char *const *words = *(char **const *)(const void *)((const char *)c + key->at);
	size_t i;

	for (i = 0; words && words[i]; i++)
		vprep_buf_addf(to, "%s%s", i ? " " : "", words[i]);
}

static void show_deny(const struct vprep_config *c, const struct key *key,
		      struct vprep_buf *to)
{
	size_t i;

	(void)key;
	for (i = 0; i < c->n_deny; i++)
		vprep_buf_addf(to, "%s%s", i ? " " : "",
			       vprep_pci_address_text(c->deny[i]).s);
}

#define FIELD(name) offsetof(struct vprep_config, name)
#define SECONDS "seconds from 1 to 3600"
#define NAME_OR_NUMBER "a name or number"

static const struct key keys[] = {
	{ "user", set_string, FIELD(user), NAME_OR_NUMBER, show_string, "(QEMU's)" },
	{ "group", set_string, FIELD(group), NAME_OR_NUMBER, show_string, "(user's)" },
	{ "iommu-group", set_string, FIELD(iommu_group), NAME_OR_NUMBER, show_string,
	  "(others decide)" },
	{ "rules-dir", set_path, FIELD(rules_dir), "an absolute path", show_string, "" },
	{ "declared-dirs", set_declared_dirs, FIELD(declared_dirs), "absolute paths",
	  show_words, NULL },
	{ "mode", set_mode, 0, "an octal mode such as 0600", show_mode, NULL },
	{ "group-policy", set_policy, 0, "whole or strict", show_policy, NULL },
	{ "prepare", set_prepare, 0, "all, managed, unmanaged or none", show_prepare,
	  NULL },
	{ "deadline", set_deadline, VPREP_DEADLINES, SECONDS, NULL, NULL },
	{ "deadline-bind", set_deadline, VPREP_DEADLINE_BIND, SECONDS, show_deadline,
	  NULL },
	{ "deadline-unbind", set_deadline, VPREP_DEADLINE_UNBIND, SECONDS, show_deadline,
	  NULL },
	{ "deadline-module", set_deadline, VPREP_DEADLINE_MODULE, SECONDS, show_deadline,
	  NULL },
	{ "deadline-node", set_deadline, VPREP_DEADLINE_NODE, SECONDS, show_deadline,
	  NULL },
	{ "deadline-mdev", set_deadline, VPREP_DEADLINE_MDEV, SECONDS, show_deadline,
	  NULL },
	{ "deadline-numvfs", set_deadline, VPREP_DEADLINE_NUMVFS, SECONDS, show_deadline,
	  NULL },
	{ "parallel", set_parallel, 0, "a number from 1 to 256", show_parallel, NULL },
	{ "serial-drivers", set_serial_drivers, FIELD(serial_drivers), "driver names",
	  show_words, NULL },
	{ "metadata-users", set_metadata_users, FIELD(metadata_users),
	  "USER or USER:GROUP, several", show_words, NULL },
	{ "deny", set_deny, 0, "PCI addresses such as 0000:05:10.1", show_deny, NULL },
};

int vprep_config_set_key(struct vprep_config *c, const char *key, const char *value,
			 const char **ret_expected)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++)
		if (streq(keys[i].name, key)) {
			*ret_expected = keys[i].expected;
			return keys[i].set(c, &keys[i], value);
		}
	return -ENOKEY;
}

void vprep_config_show(const struct vprep_config *c, struct vprep_buf *to)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++) {
		if (!keys[i].show)
			continue;
		vprep_buf_addf(to, "%s%s=", to->len > 0 ? " " : "", keys[i].name);
		keys[i].show(c, &keys[i], to);
	}
}
