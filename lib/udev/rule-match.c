// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/rule-match.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"

#define LINE_MAX_OF_UDEVD 16384 /* UDEV_LINE_SIZE */

/* One KEY{attribute}OPERATOR"value" of a line. */
struct token {
	char key[32];
	char op[3];
	bool ignores_case;
	const char *attribute; /* not terminated, as the value; NULL: there is none */
	size_t attribute_len;
	const char *value;
	size_t len;
};

enum answer { NO, MAYBE, YES };

/* What a key may be used for. */
enum use {
	MATCHES = 1,
	ASSIGNS = 2,
	ASKS = 4,     /* it asks something whatever its operator */
	REMOVES = 8,  /* also by "-=" */
	LEADS = 16,   /* by "=" alone */
	NEEDS = 32,   /* an attribute */
	MAY_HAVE = 64 /* one; any other key has none */
};

struct key {
	const char *name;
	unsigned uses;
	/* NULL: whether it matches, only udevd knows */
	enum answer (*answer)(const struct token *t, const char *match);
};

static const struct key *find_key(const char *name);

/* ---- words ---- */

static size_t take_word(const char **p, char *ret, size_t size, const char *allowed)
{
	size_t n = strspn(*p, allowed);

	if (n >= size)
		return 0;
	memcpy(ret, *p, n);
	ret[n] = '\0';
	*p += n;
	return n;
}

static void skip_blanks(const char **p, const char *blanks)
{
	*p += strspn(*p, blanks);
}

static bool take_attribute(const char **p, struct token *token)
{
	const char *end;

	token->attribute = NULL;
	token->attribute_len = 0;
	if (**p != '{')
		return true;
	end = strchr(*p, '}');
	if (!end)
		return false;
	token->attribute = *p + 1;
	token->attribute_len = (size_t)(end - token->attribute);
	*p = end + 1;
	return true;
}

static bool has_attribute(const struct token *t, const char *attribute)
{
	return t->attribute && strlen(attribute) == t->attribute_len &&
	       memcmp(attribute, t->attribute, t->attribute_len) == 0;
}

/* In "a value", only a quote is escaped; in e"a value", more is. */
static bool take_value(const char **p, struct token *token)
{
	size_t n = strspn(*p, "ei");
	bool is_escaped = n > 0 && memchr(*p, 'e', n);

	token->ignores_case = n > 0 && memchr(*p, 'i', n);
	if (n != (size_t)is_escaped + token->ignores_case) /* each of them once */
		return false;
	*p += n;
	if (**p != '"')
		return false;
	token->value = ++*p;
	while (**p && **p != '"')
		*p += **p == '\\' && (*p)[1] && (is_escaped || (*p)[1] == '"') ? 2 : 1;
	token->len = (size_t)(*p - token->value);
	if (!**p)
		return false;
	++*p;
	return true;
}

static bool is_match(const struct token *t)
{
	return streq(t->op, "==") || streq(t->op, "!=");
}

static bool is_assignment(const struct token *t)
{
	return streq(t->op, "=") || streq(t->op, "+=") || streq(t->op, ":=");
}

static bool is_sound(const struct token *t)
{
	const struct key *key = find_key(t->key);

	if (!key ||
	    (t->attribute ? !(key->uses & (NEEDS | MAY_HAVE)) : key->uses & NEEDS))
		return false;
	if ((key->uses & NEEDS) && t->attribute_len == 0)
		return false;
	if (is_match(t))
		return key->uses & MATCHES;
	if (t->ignores_case)
		return false;
	if (streq(t->op, "-="))
		return key->uses & REMOVES;
	return (key->uses & LEADS) ? streq(t->op, "=")
				   : is_assignment(t) && (key->uses & ASSIGNS);
}

/* 1: there is one; 0: the line has ended; negative: it is not as udevd would have it. */
static int take_token(const char **p, struct token *ret)
{
	skip_blanks(p, " \t,");
	if (**p == '\0')
		return 0;
	if (take_word(p, ret->key, sizeof(ret->key), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
		    0 ||
	    !take_attribute(p, ret))
		return -1;
	skip_blanks(p, " \t");
	if (take_word(p, ret->op, sizeof(ret->op), "=!+-:") == 0)
		return -1;
	skip_blanks(p, " \t");
	return take_value(p, ret) && is_sound(ret) ? 1 : -1;
}

/* ---- what is known of the device ---- */

/* Whether one of the alternatives of the token's pattern, "a|b*", is the value. */
static bool fits(const struct token *t, const char *value, size_t len)
{
	_cleanup_free_ char *text = strndup(value, len);
	_cleanup_free_ char *patterns = strndup(t->value, t->len);
	char *pattern, *rest = patterns;

	while (text && rest && (pattern = strsep(&rest, "|")))
		if (fnmatch(pattern, text, t->ignores_case ? FNM_CASEFOLD : 0) == 0)
			return true;
	return false;
}

/* The value of our own rule for a key: of the device, or of one of its parents. What
 * udevd reads otherwise than it stands there is not compared: escaped characters, and a
 * blank at the end, which it takes off the value of an attribute as we do. */
static bool find_known(const struct token *t, const char *match, const char *key,
		       struct token *ret)
{
	bool is_plain = !memchr(t->value, '\\', t->len) &&
			(t->len == 0 || !strchr(" \t", t->value[t->len - 1]));

	while (is_plain && take_token(&match, ret) > 0)
		if (streq(ret->key, key) && streq(ret->op, "==") &&
		    ret->attribute_len == t->attribute_len &&
		    (!t->attribute_len ||
		     memcmp(ret->attribute, t->attribute, t->attribute_len) == 0))
			return !memchr(ret->value, '*', ret->len);
	return false;
}

static enum answer negated(const struct token *t, enum answer answer)
{
	return streq(t->op, "!=") && answer != MAYBE ? (enum answer)(YES - answer)
						     : answer;
}

static enum answer answer_known(const struct token *t, const char *match)
{
	struct token known;

	if (!find_known(t, match, t->key, &known))
		return MAYBE;
	return negated(t, fits(t, known.value, known.len) ? YES : NO);
}

static bool is_known_of(const struct token *t, const char *match, const char *key)
{
	struct token known;

	return streq(t->op, "==") && find_known(t, match, key, &known) &&
	       fits(t, known.value, known.len);
}

/* For a key that looks at the parents too, "ATTRS", that of the device itself. */
static bool is_own(const struct token *t, const char *match)
{
	char own[sizeof(t->key)];

	snprintf(own, sizeof(own), "%.*s", (int)strlen(t->key) - 1, t->key);
	return is_known_of(t, match, own);
}

/* Another parent than we know may match. */
static enum answer answer_parents(const struct token *t, const char *match)
{
	return is_own(t, match) || is_known_of(t, match, t->key) ? YES : MAYBE;
}

/* Nodes are given away in every event but that of a removal. */
static enum answer answer_action(const struct token *t, const char *match)
{
	static const char *const actions[] = { "add", "change", "bind", "online" };
	size_t i;

	(void)match;
	for (i = 0; i < VPREP_ARRAY_SIZE(actions); i++)
		if (fits(t, actions[i], strlen(actions[i])) == streq(t->op, "=="))
			return YES;
	return NO;
}

/* As parse_token() in systemd's src/udev/udev-rules.c takes them. */
static const struct key keys[] = {
	{ "ACTION", MATCHES, answer_action },
	{ "ATTR", MATCHES | ASSIGNS | NEEDS, answer_known },
	{ "ATTRS", MATCHES | NEEDS, answer_parents },
	{ "CONST", MATCHES | NEEDS, NULL },
	{ "DEVPATH", MATCHES, NULL },
	{ "DRIVER", MATCHES, NULL },
	{ "DRIVERS", MATCHES, NULL },
	{ "ENV", MATCHES | ASSIGNS | NEEDS, NULL },
	{ "GOTO", LEADS, NULL },
	{ "GROUP", ASSIGNS, NULL },
	{ "IMPORT", MATCHES | ASSIGNS | ASKS | NEEDS, NULL },
	{ "KERNEL", MATCHES, answer_known },
	{ "KERNELS", MATCHES, answer_parents },
	{ "LABEL", LEADS, NULL },
	{ "MODE", ASSIGNS, NULL },
	{ "NAME", MATCHES | ASSIGNS, NULL },
	{ "OPTIONS", ASSIGNS, NULL },
	{ "OWNER", ASSIGNS, NULL },
	{ "PROGRAM", MATCHES | ASSIGNS | ASKS, NULL },
	{ "RESULT", MATCHES, NULL },
	{ "RUN", ASSIGNS | MAY_HAVE, NULL },
	{ "SECLABEL", ASSIGNS | NEEDS, NULL },
	{ "SUBSYSTEM", MATCHES, answer_known },
	{ "SUBSYSTEMS", MATCHES, answer_parents },
	{ "SYMLINK", MATCHES | ASSIGNS | REMOVES, NULL },
	{ "SYSCTL", MATCHES | ASSIGNS | NEEDS, NULL },
	{ "TAG", MATCHES | ASSIGNS | REMOVES, NULL },
	{ "TAGS", MATCHES, NULL },
	{ "TEST", MATCHES | MAY_HAVE, NULL },
};

static const struct key *find_key(const char *name)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(keys); i++)
		if (streq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static enum answer answer_of(const struct token *t, const char *match)
{
	const struct key *key = find_key(t->key);

	if (is_match(t) && key->answer)
		return key->answer(t, match);
	return is_match(t) || (key->uses & ASKS) ? MAYBE : YES;
}

/* ---- lines ---- */

static bool has_effect(const struct vprep_rule_line *line)
{
	return line->sets || line->runs;
}

static void note_effect(const struct token *t, struct vprep_rule_line *line)
{
	bool sets = is_assignment(t) && (streq(t->key, "OWNER") ||
					 streq(t->key, "GROUP") || streq(t->key, "MODE"));
	bool assigns = sets && streq(t->op, ":=");
	bool runs =
		is_assignment(t) && streq(t->key, "RUN") && !has_attribute(t, "builtin");

	if ((assigns || runs) && !line->assigns && !line->runs)
		snprintf(line->what, sizeof(line->what), "%s%s\"%.*s\"", t->key, t->op,
			 (int)(t->len < 40 ? t->len : 40), t->value);
	line->sets |= sets;
	line->assigns |= assigns;
	line->runs |= runs;
}

/* The length of the line that begins here, and what ends it. As for udevd, that is one of
 * the characters, or both of them. */
static size_t measure(const char *text, size_t *ret_end)
{
	size_t len = strcspn(text, "\r\n");
	char first = text[len], other = first == '\n' ? '\r' : '\n';

	*ret_end = first ? 1 : 0;
	if (first && text[len + 1] == other)
		*ret_end = 2;
	return len;
}

/* A line that ends in '\' goes on in the next one that is no comment. One without an end,
 * or one that is too long, udevd leaves out. */
static char *take_line(struct vprep_rule_scan *scan, unsigned *ret_number)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	bool goes_on = false;
	char *line;

	*ret_number = scan->number + 1;
	do {
		size_t end, len = measure(scan->text, &end);
		const char *start = scan->text + strspn(scan->text, " \t");

		scan->number++;
		scan->text += len;
		if (*start != '#' && start < scan->text)
			vprep_buf_add_n(&buf, start, (size_t)(scan->text - start));
		scan->text += end;
		if (*start == '#')
			continue;
		goes_on = buf.len > 0 && buf.data[buf.len - 1] == '\\';
		if (goes_on)
			buf.data[--buf.len] = '\0';
	} while (goes_on && *scan->text);
	if (goes_on || buf.len >= LINE_MAX_OF_UDEVD)
		return strdup("");
	return vprep_buf_take(&buf, &line) < 0 ? NULL : line;
}

/* The words of a line that tell which way it goes; their value is NULL where there is
 * none. */
struct way {
	struct token label, go;
};

static void note_way(const struct token *t, struct way *way)
{
	if (streq(t->key, "LABEL"))
		way->label = *t;
	else if (streq(t->key, "GOTO") && !way->go.value) /* the first one counts */
		way->go = *t;
}

static bool is_line_with_label(const char *text, const struct token *to)
{
	struct way way = { .label = { .len = 0 } };
	struct token token;
	int r;

	while ((r = take_token(&text, &token)) > 0)
		note_way(&token, &way);
	return r == 0 && way.label.value && way.label.len == to->len &&
	       memcmp(way.label.value, to->value, to->len) == 0;
}

static unsigned find_label(const struct vprep_rule_scan *scan, const struct token *to)
{
	struct vprep_rule_scan rest = { .text = scan->text, .number = scan->number };
	unsigned number;

	while (*rest.text) {
		_cleanup_free_ char *text = take_line(&rest, &number);

		if (!text || is_line_with_label(text, to))
			return number;
	}
	return 0;
}

/* The line to which a jump leads; 0: without such a label behind the line, udevd goes on
 * with the next one. Many lines of a large file lead to the same label. */
static unsigned find_target(struct vprep_rule_scan *scan, const struct token *to)
{
	unsigned number;

	if (*scan->sought && strlen(scan->sought) == to->len &&
	    memcmp(scan->sought, to->value, to->len) == 0 &&
	    (scan->found == 0 || scan->found > scan->number))
		return scan->found;
	number = find_label(scan, to);
	if (to->len < sizeof(scan->sought)) {
		memcpy(scan->sought, to->value, to->len);
		scan->sought[to->len] = '\0';
		scan->found = number;
	}
	return number;
}

static void jump(struct vprep_rule_scan *scan, const struct token *to, enum answer answer)
{
	unsigned *until = answer == YES ? &scan->skip : &scan->doubt;
	unsigned number = answer == NO ? 0 : find_target(scan, to);

	if (number > *until)
		*until = number;
}

/* How many keys of a line look at the parents, and which of them the device itself and
 * the parent that we know meet. udevd wants one device that meets them all. */
struct kin {
	unsigned asked, own, parent;
};

static void note_kin(const struct token *t, const char *match, struct kin *kin)
{
	if (find_key(t->key)->answer != answer_parents)
		return;
	kin->asked++;
	kin->own += is_own(t, match);
	kin->parent += is_known_of(t, match, t->key);
}

static bool is_one_device(const struct kin *kin)
{
	return kin->own == kin->asked || kin->parent == kin->asked;
}

static bool look_at(struct vprep_rule_scan *scan, const char *text,
		    struct vprep_rule_line *line)
{
	struct way way = { .label = { .len = 0 } };
	enum answer answer = YES;
	struct kin kin = { .asked = 0 };
	struct token token;
	int r;

	while ((r = take_token(&text, &token)) > 0) {
		enum answer one = answer_of(&token, scan->match);

		note_kin(&token, scan->match, &kin);
		note_way(&token, &way);
		if (one < answer)
			answer = one;
		note_effect(&token, line);
	}
	if (r < 0) /* udevd leaves it out */
		return false;
	if (line->number < scan->skip)
		return false;
	if (answer == YES && (line->number < scan->doubt || !is_one_device(&kin)))
		answer = MAYBE;
	if (way.go.value)
		jump(scan, &way.go, answer);
	line->certain = answer == YES;
	return answer != NO && has_effect(line);
}

bool vprep_rule_scan_next(struct vprep_rule_scan *scan, struct vprep_rule_line *ret)
{
	while (*scan->text) {
		struct vprep_rule_line line = { .number = 0 };
		_cleanup_free_ char *text = take_line(scan, &line.number);

		if (!text) {
			scan->failed = true;
			return false;
		}
		if (look_at(scan, text, &line)) {
			*ret = line;
			return true;
		}
	}
	return false;
}
