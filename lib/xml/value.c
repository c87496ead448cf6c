// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/value.h"

#include <errno.h>
#include <inttypes.h>

#define WORD_MAX 255

int vprep_xml_parse_number(const char *s, unsigned base, uint64_t max, uint64_t *ret)
{
	s += strspn(s, " \t\n\r\f");
	if (*s == '+')
		s++;
	if (base == 0) {
		char mark = *s == '0' ? (char)(s[1] | 0x20) : '\0';

		base = *s != '0' ? 10 : mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
		if (base == 16 || base == 2)
			s += 2;
	}
	return vprep_parse_u64(s, base, max, ret);
}

int vprep_xml_parse_mac(const char *s, uint8_t ret[6])
{
	uint8_t mac[6];
	uint64_t pair;
	unsigned i;

	for (i = 0; i < sizeof(mac); i++) {
		size_t n = strspn(s, "0123456789abcdefABCDEF");

		if (n > 2 || vprep_parse_u64_n(s, n, 16, 0xff, &pair) < 0)
			return -EINVAL;
		mac[i] = (uint8_t)pair;
		s += n;
		if (i < 5 && *s++ != ':')
			return -EINVAL;
	}
	/* whatever follows a blank is not looked at there */
	if ((unsigned char)*s > ' ')
		return -EINVAL;
	memcpy(ret, mac, sizeof(mac));
	return 0;
}

bool vprep_xml_is_word(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '/')
			return false;
	return i > 0 && i <= WORD_MAX && !streq(s, ".") && !streq(s, "..");
}

static int refuse_absence(const struct vprep_xml_node *node, const char *name,
			  struct vprep_error *err)
{
	return vprep_xml_refuse(err, node->line, "<%.60s> has no '%s' attribute",
				node->name, name);
}

int vprep_xml_get_number(const struct vprep_xml_node *node,
			 const struct vprep_xml_number *form, uint64_t *ret,
			 struct vprep_error *err)
{
	const char *value = vprep_xml_attribute(node, form->name);
	uint64_t number = 0;

	if (!value && form->required)
		return refuse_absence(node, form->name, err);
	if (value && (vprep_xml_parse_number(value, form->base, form->max, &number) < 0 ||
		      number < form->min))
		return vprep_xml_refuse(err, node->line,
					"<%.60s %s='%.60s'>: expected a number from "
					"%" PRIu64 " to %" PRIu64,
					node->name, form->name, value, form->min,
					form->max);
	*ret = number;
	return 0;
}

int vprep_xml_get_yes_no(const struct vprep_xml_node *node, const char *name, bool *ret,
			 struct vprep_error *err)
{
	const char *value = vprep_xml_attribute(node, name);

	if (value && !streq(value, "yes") && !streq(value, "no"))
		return vprep_xml_refuse(err, node->line,
					"<%.60s %s='%.60s'>: expected yes or no",
					node->name, name, value);
	if (value)
		*ret = streq(value, "yes");
	return 0;
}

int vprep_xml_get_iommufd(const struct vprep_xml_node *node, const char *name,
			  enum vprep_iommufd_wish *ret, struct vprep_error *err)
{
	bool is_wanted = false;
	int r = vprep_xml_get_yes_no(node, name, &is_wanted, err);

	if (r == 0 && vprep_xml_attribute(node, name))
		*ret = is_wanted ? VPREP_IOMMUFD_YES : VPREP_IOMMUFD_NO;
	return r;
}

int vprep_xml_get_word(const struct vprep_xml_node *node, const char *name, bool required,
		       const char **ret, struct vprep_error *err)
{
	const char *value = vprep_xml_attribute(node, name);

	if (!value && required)
		return refuse_absence(node, name, err);
	if (value && !vprep_xml_is_word(value))
		return vprep_xml_refuse(err, node->line,
					"<%.60s %s='%.60s'>: expected a name, without "
					"blanks and slashes",
					node->name, name, value);
	*ret = value;
	return 0;
}
