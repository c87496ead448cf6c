// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections [device ADDRESS] of the configuration. */
#include <errno.h>
#include <stdlib.h>

#include "common/str.h"
#include "config/section.h"

static bool is_address(const char *name, size_t len)
{
	struct vprep_pci_text text = { "" };
	struct vprep_pci_address address;

	if (len >= sizeof(text.s))
		return false;
	memcpy(text.s, name, len);
	return vprep_pci_address_parse(text.s, &address) == 0;
}

static struct vprep_config_device *find(const struct vprep_config *c,
					struct vprep_pci_address address)
{
	size_t i;

	for (i = 0; i < c->n_devices; i++)
		if (vprep_pci_address_same(c->devices[i].address, address))
			return &c->devices[i];
	return NULL;
}

const struct vprep_config_device *
vprep_config_find_device(const struct vprep_config *config,
			 struct vprep_pci_address address)
{
	return find(config, address);
}

/* The words with one blank between two, as the kernel shows them; "none" is no word. Nor
 * is "default", which the kernel takes, but shows as the names that it stands for. */
static int set_methods(char **ret, const char *value)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *word;
	bool none = streq(value, "none");

	if (streq(value, "default"))
		return -EINVAL;
	while (!none && (word = strsep(&rest, " \t,")))
		if (*word)
			vprep_buf_addf(&text, "%s%s", text.len > 0 ? " " : "", word);
	if (!copy || text.failed)
		return -ENOMEM;
	return text.len == 0 && !none ? -EINVAL
				      : vprep_str_replace(ret, none ? "" : text.data);
}

static int set_word(char **ret, const char *value, const char *const *words)
{
	for (; words[0]; words += 2)
		if (streq(value, words[0]))
			return vprep_str_replace(ret, words[1]);
	return -EINVAL;
}

static void done_match(struct vprep_config_match *match)
{
	vprep_match_done(&match->match);
	free(match->text);
	free(match->file);
}

/* Names are declared in other files, which this one cannot tell. */
static int set_match(const struct vprep_config *c, struct vprep_config_device *device,
		     const char *value, const char **ret_expected)
{
	struct vprep_config_match match = { .line = c->line }, *slot;
	int r = vprep_match_parse(value, &match.match, ret_expected);

	if (r < 0)
		return r;
	if (vprep_match_pf_name(&match.match)) {
		*ret_expected = "pf=ADDRESS: a declared name has no meaning here";
		r = -EINVAL;
	}
	if (r == 0 && (vprep_str_replace(&match.text, value) < 0 ||
		       vprep_str_replace(&match.file, c->file) < 0))
		r = -ENOMEM;
	slot = r == 0 ? vprep_array_add(device->matches, device->n_matches) : NULL;
	if (!slot) {
		done_match(&match);
		return r < 0 ? r : -ENOMEM;
	}
	*slot = match;
	return 0;
}

int vprep_config_device_set(struct vprep_config_device *device, const char *key,
			    const char *value, const char **ret_expected)
{
	static const char *const yes_no[] = { "yes", "1", "no", "0", NULL };
	static const char *const on_auto[] = { "on", "on", "auto", "auto", NULL };

	if (streq(key, "d3cold")) {
		*ret_expected = "yes or no";
		return set_word(&device->d3cold, value, yes_no);
	}
	if (streq(key, "power-control")) {
		*ret_expected = "on or auto";
		return set_word(&device->power_control, value, on_auto);
	}
	if (streq(key, "reset-method")) {
		*ret_expected = "names such as 'flr bus', or none";
		return set_methods(&device->reset_method, value);
	}
	return -ENOKEY;
}

static int set(struct vprep_config *c, const char *name, const char *key,
	       const char *value, const char **ret_expected)
{
	struct vprep_config_device *device;
	struct vprep_pci_address address;
	int r;

	r = vprep_pci_address_parse(name, &address);
	if (r < 0)
		return r;
	device = find(c, address);
	if (!device)
		device = vprep_array_add(c->devices, c->n_devices);
	if (!device)
		return -ENOMEM;
	device->address = address;
	if (streq(key, "match"))
		return set_match(c, device, value, ret_expected);
	return vprep_config_device_set(device, key, value, ret_expected);
}

static size_t count(const struct vprep_config *c)
{
	return c->n_devices;
}

static void show(const struct vprep_config *c, size_t i, struct vprep_buf *to)
{
	const struct vprep_config_device *device = &c->devices[i];
	const char *methods = device->reset_method;
	size_t k;

	vprep_buf_addf(to, "[device %s]", vprep_pci_address_text(device->address).s);
	for (k = 0; k < device->n_matches; k++)
		vprep_buf_addf(to, " match=%s", device->matches[k].text);
	if (device->d3cold)
		vprep_buf_addf(to, " d3cold=%s",
			       streq(device->d3cold, "1") ? "yes" : "no");
	if (device->power_control)
		vprep_buf_addf(to, " power-control=%s", device->power_control);
	if (methods)
		vprep_buf_addf(to, " reset-method=%s", *methods ? methods : "none");
}

void vprep_config_device_done(struct vprep_config_device *device)
{
	size_t i;

	for (i = 0; i < device->n_matches; i++)
		done_match(&device->matches[i]);
	free(device->matches);
	free(device->d3cold);
	free(device->power_control);
	free(device->reset_method);
}

static void done(struct vprep_config *c)
{
	size_t i;

	for (i = 0; i < c->n_devices; i++)
		vprep_config_device_done(&c->devices[i]);
	free(c->devices);
}

const struct vprep_config_section vprep_config_device_section = {
	.prefix = "device ",
	.is_name = is_address,
	.set = set,
	.count = count,
	.show = show,
	.done = done,
};
