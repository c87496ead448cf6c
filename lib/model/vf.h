/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual function as the interface of its physical function administers it. */
#ifndef VPREP_MODEL_VF_H
#define VPREP_MODEL_VF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/vf-setting.h"

#define VPREP_MAC_SIZE 6
#define VPREP_VLAN_MAX 4094
#define VPREP_VLAN_PROTOCOL 0x8100 /* 802.1Q */

/* "52:54:00:12:34:56" */
struct vprep_mac_text {
	char s[sizeof("52:54:00:12:34:56")];
};

struct vprep_mac_text vprep_mac_text(const uint8_t mac[VPREP_MAC_SIZE]);
/* Exactly that form; upper case is taken too. -EINVAL. */
int vprep_mac_parse(const char *s, uint8_t ret[VPREP_MAC_SIZE]);

static inline bool vprep_mac_is_zero(const uint8_t mac[VPREP_MAC_SIZE])
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static inline bool vprep_mac_is_multicast(const uint8_t mac[VPREP_MAC_SIZE])
{
	return mac[0] & 1;
}

/* Strings are owned; NULL means absent. */
struct vprep_vf {
	char *pf;	 /* address; NULL: it is no VF */
	char *pf_driver; /* NULL: unbound */
	char *interface; /* the PF's; NULL: it has none that is seen from here */
	int64_t index;	 /* its number there; -1: unknown */
	bool known;	 /* what follows was read */
	uint8_t mac[VPREP_MAC_SIZE];
	uint16_t vlan; /* 0: none */
	uint8_t qos;
	uint16_t protocol;
	struct vprep_vf_settings settings; /* that the PF's driver shows */
};

/* What a PF is to say of a VF; what is not there stays as it is. */
struct vprep_vf_config {
	bool has_mac;
	uint8_t mac[VPREP_MAC_SIZE];
	bool has_vlan;
	uint16_t vlan; /* 0: none */
	struct vprep_vf_settings settings;
};

void vprep_vf_init(struct vprep_vf *vf);
void vprep_vf_done(struct vprep_vf *vf);

#endif
