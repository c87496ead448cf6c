// SPDX-License-Identifier: GPL-2.0-or-later
#include "complete.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "complete-host.h"

/* ---- offering ---- */

static bool is_given(const struct vprep_completing *c, const char *word)
{
	for (size_t i = c->verb ? c->verb_at + 1 : 0; i < c->n; i++)
		if (streq(c->words[i], word))
			return true;
	return false;
}

/* Names come from owners and devices: what could not be typed is not offered. */
static bool is_clean(const char *word)
{
	for (; *word; word++)
		if ((unsigned char)*word < ' ' || *word == '\x7f')
			return false;
	return true;
}

void vprep_complete_offer(const struct vprep_completing *c, const char *word,
			  const char *what)
{
	if (!*word || !is_clean(word) || (*word != '-' && is_given(c, word)) ||
	    strncmp(word, c->current, strlen(c->current)) != 0)
		return;
	if (what && (!*what || !is_clean(what)))
		what = NULL;
	fprintf(c->to, "%.*s%s%s%s\n", (int)c->before_len, c->before, word,
		what ? "\t" : "", what ? what : "");
}

void vprep_complete_offer_words(const struct vprep_completing *c, const char *words)
{
	_cleanup_free_ char *copy = strdup(words);
	char *at = NULL;

	for (char *word = copy ? strtok_r(copy, " ", &at) : NULL; word;
	     word = strtok_r(NULL, " ", &at))
		vprep_complete_offer(c, word, NULL);
}

/* ---- what stands where ---- */

struct source {
	void (*offer)(struct vprep_completing *c);
	const char *words; /* that fit, or what the shell is asked for; NULL: none */
};

/* Of the values of options. Those with choices in option.h have these. */
static const struct source values[VPREP_OPT_END] = {
	[VPREP_OPT_USER] = { NULL, ":users" },
	[VPREP_OPT_MODE] = { NULL, "0600 0660" },
	[VPREP_OPT_DRIVER] = { NULL, "vfio-pci" },
	[VPREP_OPT_OWNER] = { vprep_complete_owners, NULL },
	[VPREP_OPT_WAIT] = { NULL, "30s 10m 2h" },
	[VPREP_OPT_DOMAIN] = { NULL, ":files" },
	[VPREP_OPT_MEMORY] = { NULL, "1G 2G 4G 8G" },
	[VPREP_OPT_KEEP_ENV] = { NULL, ":variables" },
	[VPREP_OPT_SALVAGE] = { vprep_complete_damaged, NULL },
	[VPREP_OPT_TYPE] = { vprep_complete_types, NULL },
	[VPREP_OPT_PARENT] = { vprep_complete_parents, NULL },
	[VPREP_OPT_CAP] = { NULL, "ap_card ap_matrix ap_queue ccw css drm fc_host mdev "
				  "mdev_types net pci scsi scsi_generic scsi_host "
				  "scsi_target storage system usb usb_device vdpa vpd "
				  "vports" },
	[VPREP_OPT_BUS] = { NULL, "ap block ccw css drm matrix mdev mtty net pci scsi "
				  "scsi_generic usb vdpa" },
	[VPREP_OPT_CONFIG] = { NULL, ":files" },
	[VPREP_OPT_SYSROOT] = { NULL, ":folders" },
};

/* Of the words of verbs that neither take a file nor devices to attach. */
static const struct {
	const struct vprep_verb *verb;
	struct source source;
} names[] = {
	{ &vprep_verb_list, { vprep_complete_list_words, NULL } },
	{ &vprep_verb_show, { vprep_complete_nodes, NULL } },
	{ &vprep_verb_groups, { vprep_complete_groups, NULL } },
	{ &vprep_verb_pools, { vprep_complete_pools, NULL } },
	{ &vprep_verb_detach, { vprep_complete_held, NULL } },
	{ &vprep_verb_release, { vprep_complete_domains, NULL } },
	{ &vprep_verb_numvfs, { vprep_complete_pfs, NULL } },
	{ &vprep_verb_mdev, { vprep_complete_mdev_words, NULL } },
	{ &vprep_verb_destroy, { vprep_complete_made, NULL } },
	{ &vprep_verb_apply, { NULL, ":files" } },
	{ &vprep_verb_report, { NULL, ":files" } },
	{ &vprep_verb_capture, { NULL, ":folders" } },
};

static void offer_source(struct vprep_completing *c, const struct source *source)
{
	if (source->offer)
		source->offer(c);
	else if (source->words && source->words[0] == ':')
		fprintf(c->to, "%s\n", source->words);
	else if (source->words)
		vprep_complete_offer_words(c, source->words);
}

static void offer_value(struct vprep_completing *c, enum vprep_opt option)
{
	const struct vprep_opt_info *info = vprep_opt_get(option);

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(info->choices); i++)
		if (info->choices[i])
			vprep_complete_offer(c, info->choices[i], NULL);
	offer_source(c, &values[option]);
}

static void offer_names(struct vprep_completing *c)
{
	const struct source devices = { vprep_complete_devices, NULL },
			    file = { NULL, ":files" };

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(names); i++)
		if (names[i].verb == c->verb) {
			offer_source(c, &names[i].source);
			return;
		}
	if (c->verb->names == VPREP_NAMES_DEVICES)
		offer_source(c, &devices);
	else if (c->verb->names == VPREP_NAMES_FILE)
		offer_source(c, &file);
}

static void offer_options(const struct vprep_completing *c)
{
	for (int i = 0; i < VPREP_OPT_END; i++) {
		enum vprep_opt option = (enum vprep_opt)i;
		const struct vprep_opt_info *info = vprep_opt_get(option);
		const char *help = c->verb ? c->verb->option_help[option] : NULL;
		_cleanup_free_ char *word = vprep_strf("--%s", info->name);
		bool fits = c->verb ? vprep_verb_takes(c->verb, option)
				    : info->place != VPREP_OPT_AFTER_VERB;

		if (word && fits && (!c->values[option] || info->repeats))
			vprep_complete_offer(c, word, help ? help : info->help);
	}
}

/* ---- the line ---- */

/* VPREP_OPT_END: it is none. *@ret_value is what stands behind its =, NULL: nothing. */
static enum vprep_opt option_of(const char *word, const char **ret_value)
{
	size_t len = strcspn(word, "=");
	int i;

	*ret_value = word[len] ? word + len + 1 : NULL;
	if (strncmp(word, "--", 2) != 0 || len <= 2)
		return VPREP_OPT_END;
	for (i = 0; i < VPREP_OPT_END; i++) {
		const char *name = vprep_opt_get((enum vprep_opt)i)->name;

		if (strlen(name) == len - 2 && strncmp(name, word + 2, len - 2) == 0)
			break;
	}
	return (enum vprep_opt)i;
}

/* Reads the words before the current one. True with *@ret_option: that is its value. With
 * *@ret_rest: no options come any more; the current word is the first after that, or so. */
static bool read_line(struct vprep_completing *c, enum vprep_opt *ret_option,
		      size_t *ret_rest)
{
	*ret_rest = 0;
	for (size_t i = 0; i < c->n; i++) {
		const char *value;
		enum vprep_opt option = option_of(c->words[i], &value);

		if (streq(c->words[i], "--")) {
			*ret_rest = i + 1;
			return false;
		}
		if (option != VPREP_OPT_END) {
			if (!value && vprep_opt_get(option)->value && ++i == c->n) {
				*ret_option = option;
				return true;
			}
			c->values[option] = value ? value : c->words[i];
		} else if (!c->verb && c->words[i][0] != '-') {
			c->verb = vprep_verb_find(c->words[i]);
			c->verb_at = i;
			if (!c->verb)
				c->verb_at = SIZE_MAX;
		} else if (c->words[i][0] != '-' && c->n_names++ == 0) {
			c->first_name = c->words[i];
		}
	}
	return false;
}

static void offer_verbs(const struct vprep_completing *c)
{
	for (size_t i = 0; vprep_verbs[i]; i++)
		vprep_complete_offer(c, vprep_verbs[i]->name, vprep_verbs[i]->summary);
}

static void complete(struct vprep_completing *c)
{
	enum vprep_opt option;
	const char *value;
	size_t rest;

	if (read_line(c, &option, &rest)) {
		offer_value(c, option);
		return;
	}
	if (rest > 0 && c->verb && c->verb->takes_command) {
		fprintf(c->to, ":command %zu\n", rest);
		return;
	}
	option = rest > 0 ? VPREP_OPT_END : option_of(c->current, &value);
	if (option != VPREP_OPT_END && value) {
		c->before = c->current;
		c->before_len = (size_t)(value - c->current);
		c->current = value;
		offer_value(c, option);
	} else if (rest == 0 && c->current[0] == '-') {
		offer_options(c);
	} else if (c->verb) {
		offer_names(c);
	} else if (c->verb_at != SIZE_MAX) {
		offer_verbs(c);
	}
}

void vprep_complete(const char *const *words, struct vprep_out *out)
{
	struct vprep_completing c = { .to = out->to, .words = words, .before = "" };

	while (words[c.n])
		c.n++;
	c.current = c.n > 0 ? words[--c.n] : "";
	complete(&c);
	vprep_session_free(c.session);
}
