// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/module.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "common/cleanup.h"
#include "common/library.h"
#include "common/str.h"

#include <libkmod.h>

/* It brings libcrypto and two decompressors, whose start-up alone takes longer than
 * binding a device, and most commands load no module. */
#define SONAME "libkmod.so.2"

#define FUNCTIONS(X)                                                                     \
	X(kmod_new)                                                                      \
	X(kmod_unref)                                                                    \
	X(kmod_set_log_priority)                                                         \
	X(kmod_list_next)                                                                \
	X(kmod_module_apply_filter)                                                      \
	X(kmod_module_get_dependencies)                                                  \
	X(kmod_module_get_info)                                                          \
	X(kmod_module_get_module)                                                        \
	X(kmod_module_get_options)                                                       \
	X(kmod_module_get_name)                                                          \
	X(kmod_module_info_free_list)                                                    \
	X(kmod_module_info_get_key)                                                      \
	X(kmod_module_info_get_value)                                                    \
	X(kmod_module_new_from_lookup)                                                   \
	X(kmod_module_probe_insert_module)                                               \
	X(kmod_module_unref)                                                             \
	X(kmod_module_unref_list)

#define VFIO_ALIAS "vfio_pci:"
/* The alias of vfio-pci, which every PCI device matches. */
#define CATCH_ALL VFIO_ALIAS "v*d*sv*sd*bc*sc*i*"

VPREP_LIBRARY_NOTE("kmod", "Loads drivers of devices and VFIO", "recommended", SONAME);

VPREP_LIBRARY(kmod, FUNCTIONS, .sonames = { SONAME });

struct lookup {
	struct kmod_ctx *ctx;
	struct kmod_list *list;
};

static void lookup_done(struct lookup *l)
{
	if (l->list)
		kmod.kmod_module_unref_list(l->list);
	if (l->ctx)
		kmod.kmod_unref(l->ctx);
}

/* Finds the modules that a name or alias stands for. */
static int look_up(const char *name, struct lookup *ret)
{
	struct lookup l = { 0 };
	int r;

	if (!vprep_library_open(&kmod_library))
		return -ELIBACC;
	l.ctx = kmod.kmod_new(NULL, NULL);
	if (!l.ctx) /* out of memory, or it could not read modprobe's configuration */
		return errno == ENOMEM ? -ENOMEM : -EIO;
	kmod.kmod_set_log_priority(l.ctx, 0); /* its log goes to stderr */
	r = kmod.kmod_module_new_from_lookup(l.ctx, name, &l.list);
	if (r < 0 && r != -ENOSYS) { /* ENOSYS: no index, a kernel without modules */
		lookup_done(&l);
		return r;
	}
	*ret = l;
	return 0;
}

int vprep_module_load(struct vprep_io *io, const char *name)
{
	_cleanup_(lookup_done) struct lookup l = { 0 };
	struct kmod_module *module;
	int r;

	(void)io;
	r = look_up(name, &l);
	if (r < 0)
		return r;
	if (!l.list)
		return -ENOENT;
	module = kmod.kmod_module_get_module(l.list);
	r = kmod.kmod_module_probe_insert_module(module, 0, NULL, NULL, NULL, NULL);
	kmod.kmod_module_unref(module);
	return r > 0 ? -EIO : r;
}

static unsigned count_wildcards(const char *pattern)
{
	unsigned n = 0;

	for (; *pattern; pattern++)
		n += *pattern == '*';
	return n;
}

/* The wildcards in the module's most specific alias that matches. */
static unsigned best_wildcards(struct kmod_module *module, const char *alias)
{
	struct kmod_list *info = NULL, *entry;
	unsigned best = UINT_MAX;

	if (kmod.kmod_module_get_info(module, &info) < 0)
		return best;
	for (entry = info; entry; entry = kmod.kmod_list_next(info, entry)) {
		const char *pattern = kmod.kmod_module_info_get_value(entry);

		if (streq(kmod.kmod_module_info_get_key(entry), "alias") &&
		    fnmatch(pattern, alias, 0) == 0 && count_wildcards(pattern) < best)
			best = count_wildcards(pattern);
	}
	kmod.kmod_module_info_free_list(info);
	return best;
}

/* Drops the modules that the administrator has blacklisted. */
static int filter(struct lookup *l)
{
	struct kmod_list *allowed = NULL;
	int r;

	if (!l->list)
		return 0;
	r = kmod.kmod_module_apply_filter(l->ctx, KMOD_FILTER_BLACKLIST, l->list,
					  &allowed);
	if (r < 0)
		return r;
	kmod.kmod_module_unref_list(l->list);
	l->list = allowed;
	return 0;
}

struct candidate {
	char *name;
	unsigned wildcards;
};

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->wildcards != y->wildcards)
		return x->wildcards < y->wildcards ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int rank(const struct lookup *l, const char *alias, struct candidate *candidates,
		char ***ret)
{
	_cleanup_strv_ char **names = calloc(2, sizeof(char *));
	/* Reading a module's own aliases means opening its file: only to choose. */
	bool several = l->list && kmod.kmod_list_next(l->list, l->list);
	struct kmod_list *entry;
	size_t n = 0, i;
	int r = names ? 0 : -ENOMEM;

	for (entry = l->list; entry && r == 0;
	     entry = kmod.kmod_list_next(l->list, entry)) {
		struct kmod_module *module = kmod.kmod_module_get_module(entry);

		candidates[n].name = strdup(kmod.kmod_module_get_name(module));
		if (several)
			candidates[n].wildcards = best_wildcards(module, alias);
		r = candidates[n++].name ? 0 : -ENOMEM;
		kmod.kmod_module_unref(module);
	}
	if (r == 0)
		qsort(candidates, n, sizeof(*candidates), compare_candidates);
	for (i = 0; i < n; i++) {
		if (r == 0)
			r = vprep_strv_add(&names, candidates[i].name);
		free(candidates[i].name);
	}
	if (r == 0)
		*ret = TAKE_PTR(names);
	return r;
}

int vprep_module_resolve_alias(const struct vprep_io *io, const char *alias,
			       char ***ret_modules)
{
	_cleanup_(lookup_done) struct lookup l = { 0 };
	_cleanup_free_ struct candidate *candidates = NULL;
	struct kmod_list *entry;
	size_t n = 1;
	int r;

	(void)io;
	r = look_up(alias, &l);
	if (r == 0)
		r = filter(&l);
	if (r < 0)
		return r;
	for (entry = l.list; entry; entry = kmod.kmod_list_next(l.list, entry))
		n++;
	candidates = calloc(n, sizeof(*candidates));
	return candidates ? rank(&l, alias, candidates, ret_modules) : -ENOMEM;
}

static bool depends_on(const struct kmod_module *module, const char *other)
{
	struct kmod_list *all = kmod.kmod_module_get_dependencies(module), *entry;
	bool found = false;

	for (entry = all; entry; entry = kmod.kmod_list_next(all, entry)) {
		struct kmod_module *needed = kmod.kmod_module_get_module(entry);

		found |= streq(kmod.kmod_module_get_name(needed), other);
		kmod.kmod_module_unref(needed);
	}
	if (all)
		kmod.kmod_module_unref_list(all);
	return found;
}

/* Of one that is built in, too: from modules.builtin.modinfo. */
static bool says_vfio(const struct kmod_module *module)
{
	struct kmod_list *info = NULL, *entry;
	bool found = false;

	if (kmod.kmod_module_get_info(module, &info) < 0)
		return false;
	for (entry = info; entry; entry = kmod.kmod_list_next(info, entry)) {
		const char *key = kmod.kmod_module_info_get_key(entry);
		const char *value = kmod.kmod_module_info_get_value(entry);

		found |= streq(key, "alias") &&
			 strncmp(value, VFIO_ALIAS, strlen(VFIO_ALIAS)) == 0;
		found |= streq(key, "softdep") && (strstr(value, "vfio-pci-core") ||
						   strstr(value, "vfio_pci_core"));
	}
	kmod.kmod_module_info_free_list(info);
	return found;
}

int vprep_module_is_vfio(const struct vprep_io *io, const char *name)
{
	_cleanup_(lookup_done) struct lookup l = { 0 };
	struct kmod_module *module;
	int r;

	(void)io;
	r = look_up(name, &l);
	if (r < 0 || !l.list)
		return r;
	module = kmod.kmod_module_get_module(l.list);
	r = depends_on(module, "vfio_pci_core") || says_vfio(module);
	kmod.kmod_module_unref(module);
	return r;
}

/* The kernel takes a dash in an option's name for an underscore (parameq()). */
static bool is_option(const char *word, const char *option)
{
	for (; *option; word++, option++)
		if (*word != *option && !(*word == '-' && *option == '_'))
			return false;
	return *word == '\0' || *word == '=';
}

/* The last one counts, as for the kernel. */
static int find_option(const char *options, const char *option, char **ret)
{
	_cleanup_free_ char *copy = strdup(options ? options : "");
	const char *found = NULL;
	char *word, *save = NULL;
	size_t len = strlen(option);

	if (!copy)
		return -ENOMEM;
	for (word = strtok_r(copy, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save))
		if (is_option(word, option))
			found = word[len] ? word + len + 1 : word + len;
	if (!found)
		return -ENOENT;
	*ret = strdup(found);
	return *ret ? 0 : -ENOMEM;
}

int vprep_module_option(struct vprep_io *io, const char *name, const char *option,
			char **ret)
{
	_cleanup_(lookup_done) struct lookup l = { 0 };
	struct kmod_module *module;
	int r;

	(void)io;
	r = look_up(name, &l);
	if (r < 0 || !l.list)
		return r < 0 ? r : -ENOENT;
	module = kmod.kmod_module_get_module(l.list);
	r = find_option(kmod.kmod_module_get_options(module), option, ret);
	kmod.kmod_module_unref(module);
	return r;
}

/* "alias PATTERN MODULE": whether the line's pattern matches. */
static bool line_matches(const char *line, size_t len, const char *alias)
{
	_cleanup_free_ char *pattern = strndup(line, len);
	char *end = pattern ? strchr(pattern, ' ') : NULL;

	if (!end)
		return true; /* let libkmod judge */
	*end = '\0';
	return !streq(pattern, CATCH_ALL) && fnmatch(pattern, alias, 0) == 0;
}

static size_t count_matches(const char *text, size_t size, const char *prefix,
			    const char *alias)
{
	const char *end = text + size;
	size_t n = 0;

	while ((text = memmem(text, (size_t)(end - text), prefix, strlen(prefix)))) {
		const char *pattern = text + strlen("\nalias ");
		const char *newline = memchr(pattern, '\n', (size_t)(end - pattern));

		if (!newline)
			break;
		n += line_matches(pattern, (size_t)(newline - pattern), alias);
		text = newline;
	}
	return n;
}

int vprep_module_count_aliases(struct vprep_io *io, const char *alias, size_t *ret)
{
	_cleanup_free_ char *path = NULL, *prefix = NULL;
	_cleanup_close_ int fd = -1;
	struct utsname host;
	struct stat st;
	void *text;

	(void)io;
	uname(&host);
	path = vprep_strf("/lib/modules/%s/modules.alias", host.release);
	prefix = vprep_strf("\nalias %.*s:", (int)strcspn(alias, ":"), alias);
	if (!path || !prefix)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0)
		return -ENODATA;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd,
		    0);
	if (text == MAP_FAILED)
		return -errno;
	*ret = count_matches(text, (size_t)st.st_size, prefix, alias);
	munmap(text, (size_t)st.st_size);
	return 0;
}
