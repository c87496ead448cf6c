// SPDX-License-Identifier: GPL-2.0-or-later
/* The rule file by which udevd gives away the node of a group or of a device. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"
#include "plan/plan.h"
#include "step/context.h"
#include "step/orphan.h"
#include "udev/rule.h"
#include "udev/udevd.h"

#define ATTEMPTS 10

struct rule_facts {
	char *directory;
	char *file;
	char *content;
	char *was_content;    /* of a file that was there before */
	char *made_directory; /* topmost folder that was made for it */
	char *rival; /* another rule that may win: udevd is asked whether it does */
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(rule_facts, directory, VPREP_TEXT),
	VPREP_FACT(rule_facts, file, VPREP_TEXT),
	VPREP_FACT(rule_facts, content, VPREP_TEXT),
	VPREP_FACT(rule_facts, was_content, VPREP_TEXT),
	VPREP_FACT(rule_facts, made_directory, VPREP_TEXT),
	VPREP_FACT(rule_facts, rival, VPREP_TEXT),
};

/* @made: the result of the vprep_rule_of_…() that made @rule, which is freed here. */
static void add_rule(struct vprep_planning *p, int made, struct vprep_rule *rule,
		     const struct vprep_node_state *node)
{
	const struct vprep_attach_options *o = p->options;
	const struct vprep_rule_grant grant = {
		.owner = o->owner,
		.owner_file = o->owner_file ? o->owner_file : "unknown",
		.uid = o->uid,
		.gid = o->gid,
		.mode = o->mode,
	};
	struct rule_facts *f = made < 0 ? NULL : vprep_plan_add(p);

	if (made < 0)
		p->result = made;
	if (f) {
		if (node->rule_first)
			vprep_rule_go_first(rule);
		vprep_plan_copy(p, &f->rival, node->rival);
		vprep_plan_copy(p, &f->directory, o->rules_dir);
		vprep_plan_copy(p, &f->file, rule->file);
		vprep_plan_copy(p, &f->was_content, node->rule);
		vprep_plan_copy(p, &f->made_directory, p->facts->made_rules_dir);
		if (vprep_rule_text(rule, &grant, &f->content) < 0)
			p->result = -ENOMEM;
	}
	vprep_rule_done(rule);
}

static void plan_group(struct vprep_planning *p, const struct vprep_facts_group *g)
{
	struct vprep_rule rule = { 0 };

	if (!g->given)
		add_rule(p, vprep_rule_of_group(g->group->number, &rule), &rule,
			 &g->node);
}

static void plan_device(struct vprep_planning *p, const struct vprep_device *d)
{
	struct vprep_rule rule = { 0 };

	if (d->match)
		add_rule(p, vprep_rule_of_node(d->name, d->match, &rule), &rule,
			 &d->node);
}

static void plan_cdev(struct vprep_planning *p, const struct vprep_node_state *cdev)
{
	struct vprep_rule rule = { 0 };

	add_rule(p, vprep_rule_of_cdev(p->device, &rule), &rule, cdev);
}

int vprep_step_add_orphan_rule(struct vprep_steps *steps, const char *device,
			       int64_t group, const char *directory, const char *file,
			       const char *content)
{
	struct rule_facts *f;
	struct vprep_step *step;
	int r = vprep_steps_add(steps, &vprep_step_rule, device, &step);

	if (r < 0)
		return r;
	step->group = group;
	f = step->facts;
	f->directory = strdup(directory);
	f->file = strdup(file);
	f->content = strdup(content);
	return f->directory && f->file && f->content ? 0 : -ENOMEM;
}

/* A file that was there before is kept beside ours, by a name that udevd does not read:
 * its owner, mode, times and labels stay what they are. */
static char *kept_name(const struct rule_facts *f)
{
	return vprep_strf(".%s.kept", f->file);
}

static int keep_file(const struct rule_facts *f, int dir)
{
	_cleanup_free_ char *kept = kept_name(f), *text = NULL;
	int r;

	if (!kept)
		return -ENOMEM;
	r = vprep_file_read_at(dir, kept, VPREP_RULE_FILE_MAX, &text);
	if (r == -ENOMEM || (text && streq(text, f->was_content)))
		return r == -ENOMEM ? r : 0; /* the rule is only written again */
	unlinkat(dir, kept, 0);
	/* linked, so that one of them has the file's name at any moment; some file
	 * systems have no links */
	if (linkat(dir, f->file, dir, kept, 0) < 0 && errno != ENOENT &&
	    renameat(dir, f->file, dir, kept) < 0)
		return -errno;
	return 0;
}

static int write_file(const struct vprep_step_context *context,
		      const struct rule_facts *f)
{
	_cleanup_close_ int dir = -1;
	int r = vprep_io_host_dir(context->io, f->directory, true, &dir);

	if (r == 0 && f->was_content)
		r = keep_file(f, dir);
	return r < 0 ? r : vprep_file_replace(dir, f->file, f->content, 0644);
}

static int write_rule(const struct vprep_step_context *context,
		      const struct vprep_step *step, struct vprep_error *err)
{
	const struct rule_facts *f = step->facts;
	int i, r = -ENOENT;

	/* another owner that removes its last rule may remove the folder, too, after it
	 * was found or made here */
	for (i = 0; i < ATTEMPTS && r == -ENOENT; i++)
		r = write_file(context, f);
	return r < 0 ? vprep_error_set(
			       err, VPREP_E_REFUSED, -r, step->device,
			       "cannot write the udev rule %s/%s: %s; choose "
			       "another folder with rules-dir in the configuration",
			       f->directory, f->file, strerror(-r))
		     : 0;
}

/* What was there before takes the place of ours, or its own if ours is gone. When the
 * journal is lost, the kept file alone tells of it; journals of older versions have its
 * contents alone. */
static int restore(const struct rule_facts *f, int dir, bool ours_is_there)
{
	_cleanup_free_ char *kept = kept_name(f);

	if (!kept)
		return -ENOMEM;
	if (renameat(dir, kept, dir, f->file) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	if (!ours_is_there)
		return 0;
	if (f->was_content)
		return vprep_file_replace(dir, f->file, f->was_content, 0644);
	return unlinkat(dir, f->file, 0) < 0 ? -errno : 0;
}

static void forget_kept(const struct rule_facts *f, int dir)
{
	_cleanup_free_ char *kept = kept_name(f);

	if (kept && f->was_content)
		unlinkat(dir, kept, 0);
}

static int remove_ours(const struct vprep_step_context *context, int dir,
		       const struct rule_facts *f)
{
	_cleanup_free_ char *now = NULL;
	int r;

	vprep_file_remove_temporary(dir, f->file);
	r = vprep_file_read_at(dir, f->file, VPREP_RULE_FILE_MAX, &now);
	if (r == -ENOENT)
		return f->was_content ? restore(f, dir, false) : 0;
	if (r < 0 && r != -ELOOP && r != -EINVAL &&
	    r != -EFBIG) /* it is not a rule of ours then */
		return r;
	if (now && streq(now, f->content))
		return restore(f, dir, true);
	if (!now || !vprep_str_same(now, f->was_content))
		vprep_step_log(context, VPREP_LOG_WARNING,
			       "%s/%s was changed by somebody else; left as it is",
			       f->directory, f->file);
	forget_kept(f, dir);
	return 0;
}

static int compare(const struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_drift *drift)
{
	const struct rule_facts *f = step->facts;
	_cleanup_free_ char *now = NULL;
	_cleanup_close_ int dir = -1;
	int r = vprep_io_host_dir(io, f->directory, false, &dir);

	if (r == 0)
		r = vprep_file_read_at(dir, f->file, VPREP_RULE_FILE_MAX, &now);
	if (r == -ENOMEM || (now && streq(now, f->content)))
		return r;
	return vprep_drift_add(drift, VPREP_DRIFT_REDO, "its udev rule %s/%s %s",
			       f->directory, f->file,
			       r == -ENOENT ? "is not there" : "was changed");
}

static int remove_rule(const struct vprep_step_context *context,
		       const struct vprep_step *step, struct vprep_error *err)
{
	const struct rule_facts *f = step->facts;
	_cleanup_close_ int dir = -1;
	int r;

	r = vprep_io_host_dir(context->io, f->directory, false, &dir);
	if (r == 0)
		r = remove_ours(context, dir, f);
	if (r < 0 && r != -ENOENT)
		return vprep_error_set(err, VPREP_E_LEFT, -r, step->device,
				       "cannot remove the udev rule %s/%s: %s",
				       f->directory, f->file, strerror(-r));
	if (f->made_directory)
		vprep_io_host_dir_remove(context->io, f->directory, f->made_directory);
	return 0;
}

static void warn_unread(const struct vprep_step_context *context, int r)
{
	vprep_step_log(
		context, VPREP_LOG_WARNING,
		"udevd does not say that it has read its rules again: %s; until it "
		"has, an event may give a node away once more",
		strerror(-r));
}

/*
 * Before the nodes appear: whenever udevd comes to their events, now or when others' slow
 * rules let it, and after a restart, it goes by these rules. So nobody has to wait for an
 * event, and owner and mode are set as soon as a node is there.
 */
static int make_known(const struct vprep_step_context *context, size_t first,
		      struct vprep_error *err)
{
	unsigned deadline = context->config->deadlines[VPREP_DEADLINE_NODE];
	int r;

	(void)first;
	r = vprep_udevd_reload_and_wait(context->io, deadline, context->interrupted,
					context->interrupted_data);
	if (r == -EINTR)
		return vprep_error_set(
			err, VPREP_E_FAILED, EINTR, NULL,
			"interrupted by a signal; everything was rolled back");
	if (r == -ENOTCONN)
		vprep_step_log(context, VPREP_LOG_NOTICE,
			       "udevd does not run: node owners are set directly");
	else if (r < 0)
		warn_unread(context, r);
	return 0;
}

/* Of a node that was there before it was given away; others go with their driver. */
static bool is_staying(const struct vprep_step *step)
{
	return step->state != VPREP_STEP_UNDONE &&
	       vprep_step_number(step, "was_uid") >= 0;
}

/* A node that stays must not be given away once more after it was taken back: from here
 * on no event begins that goes by the old rules. Where none stays, nobody has to wait
 * until udevd has read the rules. */
static void settle_undone(const struct vprep_step_context *context)
{
	const struct vprep_steps *steps = &context->journal->steps;
	unsigned deadline = context->config->deadlines[VPREP_DEADLINE_NODE];
	bool stays = false;
	size_t i;
	int r;

	for (i = 0; !stays && i < steps->n; i++)
		stays = is_staying(&steps->items[i]);
	r = stays ? vprep_udevd_reload_and_wait(context->io, deadline, NULL, NULL)
		  : vprep_udevd_reload(context->io);
	if (r < 0 && r != -ENOTCONN)
		warn_unread(context, r);
}

const struct vprep_step_kind vprep_step_rule = {
	.name = "udev-rule",
	.is_for_guest = true,
	VPREP_FACTS(facts, rule_facts),
	.plan_group = plan_group,
	.plan_device = plan_device,
	.plan_cdev = plan_cdev,
	.text = "write {directory}/{file} and reload udev",
	.undo_text = "remove the file and reload udev",
	.parent_do = write_rule,
	.parent_undo = remove_rule,
	.compare = compare,
	.after_all = make_known,
	.settle_undone = settle_undone,
	.survives_reboot = true,
};
