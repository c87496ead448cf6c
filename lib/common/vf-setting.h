/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the interface of a physical function keeps of a virtual one beside its MAC address
 * and VLAN. A setting is one number for the kernel, and one word for files, journals and
 * people: "trust = yes", "rate = 10-100".
 */
#ifndef VPREP_COMMON_VF_SETTING_H
#define VPREP_COMMON_VF_SETTING_H

#include <stdbool.h>
#include <stdint.h>

enum vprep_vf_setting {
	VPREP_VF_TRUST, /* 1: it may do what only trusted VFs may, as its driver has it */
	VPREP_VF_SPOOFCHK, /* 1: what it sends with the address of another is dropped */
	VPREP_VF_RATE,	   /* of sending, in Mbit/s: vprep_vf_rate() */
	VPREP_VF_LINK, /* 0: as the PF's, 1: always there, 2: never (IFLA_VF_LINK_STATE) */
	VPREP_VF_SETTINGS,
};

/* Some of the settings. Zeroed: none. */
struct vprep_vf_settings {
	bool has[VPREP_VF_SETTINGS];
	uint64_t values[VPREP_VF_SETTINGS];
};

static inline bool vprep_vf_settings_any(const struct vprep_vf_settings *settings)
{
	bool any = false;
	int i;

	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		any |= settings->has[i];
	return any;
}

/* A rate has two ends; 0 is no limit. */
static inline uint64_t vprep_vf_rate(uint32_t min, uint32_t max)
{
	return (uint64_t)min << 32 | max;
}

static inline uint32_t vprep_vf_rate_min(uint64_t rate)
{
	return (uint32_t)(rate >> 32);
}

static inline uint32_t vprep_vf_rate_max(uint64_t rate)
{
	return (uint32_t)rate;
}

struct vprep_vf_setting_text {
	char s[sizeof("4294967295-4294967295")];
};

/* "trust"; also the end of its key in a file, "vf.0.trust". */
const char *vprep_vf_setting_name(enum vprep_vf_setting setting);
/* The setting of that name. -EINVAL: there is none. */
int vprep_vf_setting_find(const char *name);
/* How its values are written, for who wrote another one. */
const char *vprep_vf_setting_expected(enum vprep_vf_setting setting);
/* -EINVAL: the setting has no such value. */
int vprep_vf_setting_parse(enum vprep_vf_setting setting, const char *text,
			   uint64_t *ret);
struct vprep_vf_setting_text vprep_vf_setting_text(enum vprep_vf_setting setting,
						   uint64_t value);

#endif
