// SPDX-License-Identifier: GPL-2.0-or-later
/* The contract. Rows run in this order; each part leaves the host as it found it. */
#include "contract/contract.h"

#include <errno.h>

#include "common/cleanup.h"

#define DEV(x, attribute) "bus/pci/devices/@" x "/" attribute
#define DRV(driver, attribute) "bus/pci/drivers/" driver "/" attribute
#define PROBE "bus/pci/drivers_probe"

#define W(path_, value_, errno_, state_) CONTRACT_WRITE, path_, value_, errno_, state_
#define BLOCKED(path_, value_, state_) CONTRACT_BLOCKED, path_, value_, ETIMEDOUT, state_
#define USE(use_, device_, state_) CONTRACT_##use_, device_, NULL, 0, state_

static const struct contract_row modules[] = {
	{ "an unknown module is not found", CONTRACT_LOAD, "no_such_module", NULL, ENOENT,
	  NULL },
	{ "vfio-pci loads by its driver's name", USE(LOAD, "vfio-pci", NULL) },
	{ "loading it again succeeds", USE(LOAD, "vfio_pci", NULL) },
};

static const struct contract_row attributes[] = {
	{ "an absent attribute", W(DEV("T", "no_such"), "1", ENOENT, NULL) },
	{ "an attribute of no device",
	  W("bus/pci/devices/ffff:1f:1f.7/driver_override", "1", ENOENT, NULL) },
	{ "a read-only attribute", W(DEV("T", "class"), "1", EACCES, NULL) },
	{ "a link is not written through", W(DEV("T", "driver"), "1", ELOOP, NULL) },
	{ "a folder is no attribute", W(DEV("T", "power"), "1", EISDIR, NULL) },
	{ "uevent takes an action", W(DEV("T", "uevent"), "change\n", 0, NULL) },
	{ "uevent takes no rubbish", W(DEV("T", "uevent"), "x", EINVAL, NULL) },
	{ "power/control takes auto",
	  W(DEV("T", "power/control"), "auto", 0, "T.power=auto") },
	{ "power/control takes no rubbish",
	  W(DEV("T", "power/control"), "x", EINVAL, "T.power=auto") },
	{ "power/control takes on",
	  W(DEV("T", "power/control"), "on\n", 0, "T.power=on") },
	{ "d3cold_allowed takes a number",
	  W(DEV("T", "d3cold_allowed"), "7\n", 0, "T.d3cold=1") },
	{ "d3cold_allowed takes no rubbish",
	  W(DEV("T", "d3cold_allowed"), "x", EINVAL, "T.d3cold=1") },
	{ "reset_method takes no rubbish",
	  W(DEV("T", "reset_method"), "x", EINVAL, NULL) },
	{ "a newline clears reset_method",
	  W(DEV("T", "reset_method"), "\n", 0, "T.reset=") },
	{ "reset_method takes names",
	  W(DEV("T", "reset_method"), "flr", 0, "T.reset=flr") },
	{ "reset_method takes back all that there are",
	  W(DEV("T", "reset_method"), "default", 0, NULL) },
};

static const struct contract_row override[] = {
	{ "unset reads (null)",
	  W(DEV("T", "driver_override"), "", 0, "T.override=(null) T.driver=@N") },
	{ "it takes a name and changes no binding",
	  W(DEV("T", "driver_override"), "vfio-pci", 0,
	    "T.override=vfio-pci T.driver=@N") },
	{ "a zero-length write changes nothing",
	  W(DEV("T", "driver_override"), "", 0, "T.override=vfio-pci") },
	{ "4,095 bytes are too long",
	  W(DEV("T", "driver_override"), "@L", EINVAL, "T.override=vfio-pci") },
	{ "4,094 bytes are not",
	  W(DEV("T", "driver_override"), "@M", 0, "T.override=@M") },
	{ "it ends at a newline",
	  W(DEV("T", "driver_override"), "x\ny\n", 0, "T.override=x") },
	{ "a newline clears it",
	  W(DEV("T", "driver_override"), "\n", 0, "T.override=(null)") },
	{ "(null) is a name like another",
	  W(DEV("T", "driver_override"), "(null)", 0, "T.override=(null)") },
	{ "which keeps the device bound", W(DRV("@N", "unbind"), "@T", 0, "T.driver=-") },
	{ "and then its driver off", W(DRV("@N", "bind"), "@T", ENODEV, "T.driver=-") },
	{ "a probe too", W(PROBE, "@T", 0, "T.driver=-") },
	{ "until it is cleared", W(DEV("T", "driver_override"), "\n", 0, "T.driver=-") },
	{ "a probe binds by id", W(PROBE, "@T", 0, "T.driver=@N") },
};

static const struct contract_row binding[] = {
	{ "no id matches", W(DRV("vfio-pci", "bind"), "@T", ENODEV, "T.driver=@N") },
	{ "bound already, to this driver",
	  W(DRV("@N", "bind"), "@T", EBUSY, "T.driver=@N") },
	{ "unbind from another driver",
	  W(DRV("vfio-pci", "unbind"), "@T", ENODEV, "T.driver=@N") },
	{ "bind no device", W(DRV("@N", "bind"), "ffff:1f:1f.7", ENODEV, NULL) },
	{ "unbind no device", W(DRV("@N", "unbind"), "ffff:1f:1f.7", ENODEV, NULL) },
	{ "probe no device", W(PROBE, "ffff:1f:1f.7", ENODEV, NULL) },
	{ "override",
	  W(DEV("T", "driver_override"), "vfio-pci", 0, "T.override=vfio-pci") },
	{ "bound already, to another",
	  W(DRV("vfio-pci", "bind"), "@T", EBUSY, "T.driver=@N") },
	{ "an override lets no other driver bind",
	  W(DRV("@N", "bind"), "@T", ENODEV, NULL) },
	{ "a probe of a bound device is success", W(PROBE, "@T", 0, "T.driver=@N") },
	{ "unbind", W(DRV("@N", "unbind"), "@T\n", 0, "T.driver=- T.node=0") },
	{ "unbind an unbound device",
	  W(DRV("@N", "unbind"), "@T", ENODEV, "T.driver=-") },
	{ "an override to no driver",
	  W(DEV("T", "driver_override"), "no-such-driver", 0, "T.driver=-") },
	{ "a probe without a match is success", W(PROBE, "@T", 0, "T.driver=-") },
	{ "override again",
	  W(DEV("T", "driver_override"), "vfio-pci\n", 0, "T.driver=-") },
	{ "power/control before",
	  W(DEV("T", "power/control"), "auto", 0, "T.power=auto") },
	{ "a probe binds by override",
	  W(PROBE, "@T", 0,
	    "T.driver=vfio-pci T.node=1 T.vfio-dev=1 T.power=auto T.viable=1") },
	{ "once more is success", W(PROBE, "@T", 0, "T.driver=vfio-pci") },
	{ "by bind it is not",
	  W(DRV("vfio-pci", "bind"), "@T", EBUSY, "T.driver=vfio-pci") },
	{ "unbind takes the node",
	  W(DEV("T", "driver/unbind"), "@T", 0, "T.driver=- T.node=0 T.vfio-dev=0") },
	{ "and leaves power/control on", W(PROBE, "", 0, "T.driver=- T.power=on") },
	{ "bind does what a probe does", W(DRV("vfio-pci", "bind"), "@T", 0,
					   "T.driver=vfio-pci T.node=1 T.power=auto") },
};

/* The target is on vfio-pci. */
static const struct contract_row in_use[] = {
	{ "an open group", USE(OPEN, "@T", "T.viable=EBUSY T.node=1") },
	{ "does not stop an unbind",
	  W(DRV("vfio-pci", "unbind"), "@T", 0, "T.driver=- T.vfio-dev=0") },
	{ "closed", USE(CLOSE, "@T", "T.node=0") },
	{ "bind", W(DRV("vfio-pci", "bind"), "@T", 0, "T.node=1 T.viable=1") },
	{ "an open device", USE(HOLD, "@T", "T.viable=EBUSY T.node=1") },
	{ "blocks an unbind, and its writer cannot be killed",
	  BLOCKED(DRV("vfio-pci", "unbind"), "@T", "T.driver=- T.vfio-dev=0 T.node=1") },
	{ "until it is closed", USE(CLOSE, "@T", NULL) },
	{ "then the writer ends", USE(ENDED, NULL, "T.driver=- T.node=0 T.power=on") },
	{ "clear the override",
	  W(DEV("T", "driver_override"), "\n", 0, "T.override=(null)") },
	{ "bind back", W(DRV("@N", "bind"), "@T", 0, "T.driver=@N") },
};

static const struct contract_row groups[] = {
	{ "override", W(DEV("U", "driver_override"), "vfio-pci", 0, "U.driver=-") },
	{ "one member on vfio-pci makes the node",
	  W(PROBE, "@U", 0, "U.driver=vfio-pci U.node=1 S.driver=@D") },
	{ "not viable beside a native driver",
	  W(PROBE, "", 0, "U.viable=0 U.proof=status:EPERM U.remapped=1") },
	{ "nothing can claim it", CONTRACT_CLAIM, "@U", NULL, EPERM, NULL },
	{ "unbind the other",
	  W(DRV("@D", "unbind"), "@S", 0, "S.driver=- U.viable=1 U.proof=0") },
	{ "an unbound one is no obstacle",
	  USE(CLAIM, "@U", "U.viable=EBUSY U.proof=open:EBUSY") },
	{ "a native driver has to wait",
	  W(DRV("@D", "bind"), "@S", EBUSY, "S.driver=-") },
	{ "a probe says something else", W(PROBE, "@S", EINVAL, "S.driver=-") },
	{ "override the other", W(DEV("S", "driver_override"), "vfio-pci", 0, NULL) },
	{ "vfio-pci need not wait", W(PROBE, "@S", 0, "S.driver=vfio-pci") },
	{ "given up", USE(CLOSE, "@U", "U.viable=1 U.proof=0") },
	{ "what was tried is as free as before",
	  W(PROBE, "", 0, "U.proof=0 U.viable=1") },
	{ "the node stays while a member is there",
	  W(DRV("vfio-pci", "unbind"), "@U", 0,
	    "U.driver=- U.node=1 S.driver=vfio-pci") },
	{ "and goes with the last", W(DRV("vfio-pci", "unbind"), "@S", 0, "U.node=0") },
	{ "clear", W(DEV("U", "driver_override"), "\n", 0, "U.override=(null)") },
	{ "clear the other's",
	  W(DEV("S", "driver_override"), "\n", 0, "S.override=(null)") },
	{ "bind the other", W(DRV("@D", "bind"), "@S", 0, "S.driver=@D") },
};

static const struct contract_row bridges[] = {
	{ "override", W(DEV("B", "driver_override"), "vfio-pci", 0, "B.driver=-") },
	{ "vfio-pci takes no bridge",
	  W(DRV("vfio-pci", "bind"), "@B", EINVAL, "B.driver=-") },
	{ "a probe does not say so", W(PROBE, "@B", 0, "B.driver=-") },
	{ "clear", W(DEV("B", "driver_override"), "\n", 0, "B.override=(null)") },
};

static const struct contract_row sriov[] = {
	{ "0 takes away what is there", W(DEV("P", "sriov_numvfs"), "0", 0, "P.vfs=0") },
	{ "0 of 0", W(DEV("P", "sriov_numvfs"), "0\n", 0, "P.numvfs=0") },
	{ "no number", W(DEV("P", "sriov_numvfs"), "x", EINVAL, "P.vfs=0") },
	{ "negative", W(DEV("P", "sriov_numvfs"), "-1", EINVAL, "P.vfs=0") },
	{ "more than 16 bits", W(DEV("P", "sriov_numvfs"), "65536", EINVAL, "P.vfs=0") },
	{ "more than there are",
	  W(DEV("P", "sriov_numvfs"), "60000", ERANGE, "P.vfs=0") },
	{ "two", W(DEV("P", "sriov_numvfs"), "2", 0, "P.numvfs=2 P.vfs=2") },
	{ "a probe of them is done", W(PROBE, "", 0, "V.driver=@N V.override=(null)") },
	{ "another number",
	  W(DEV("P", "sriov_numvfs"), "1", EBUSY, "P.numvfs=2 P.vfs=2") },
	{ "the same number", W(DEV("P", "sriov_numvfs"), "2", 0, "P.numvfs=2") },
	{ "back to none", W(DEV("P", "sriov_numvfs"), "0", 0, "P.numvfs=0 P.vfs=0") },
	{ "autoprobe is a bool",
	  W(DEV("P", "sriov_drivers_autoprobe"), "x", EINVAL, NULL) },
	{ "autoprobe off",
	  W(DEV("P", "sriov_drivers_autoprobe"), "0", 0, "P.autoprobe=0") },
	{ "leaves a VF alone",
	  W(DEV("P", "sriov_numvfs"), "1", 0, "P.vfs=1 V.driver=-") },
	{ "and keeps its driver off", W(DRV("@N", "bind"), "@V", ENODEV, "V.driver=-") },
	{ "and a probe too", W(PROBE, "@V", 0, "V.driver=-") },
	{ "override", W(DEV("V", "driver_override"), "vfio-pci", 0, "V.driver=-") },
	{ "which opens it to that one",
	  W(PROBE, "@V", 0, "V.driver=vfio-pci V.node=1 V.viable=1") },
	{ "a VF in VFIO may go", W(DEV("P", "sriov_numvfs"), "0", 0, "P.vfs=0") },
	{ "autoprobe on",
	  W(DEV("P", "sriov_drivers_autoprobe"), "1", 0, "P.autoprobe=1") },
	{ "two again", W(DEV("P", "sriov_numvfs"), "2", 0, "P.vfs=2 V.driver=@N") },
	{ "the PF's unbind takes its VFs",
	  W(DRV("@Q", "unbind"), "@P", 0, "P.driver=- P.vfs=0 P.numvfs=0") },
	{ "no PF driver, no VFs", W(DEV("P", "sriov_numvfs"), "1", ENOENT, "P.vfs=0") },
	{ "but 0 of 0", W(DEV("P", "sriov_numvfs"), "0", 0, "P.vfs=0") },
	{ "bind the PF", W(DRV("@Q", "bind"), "@P", 0, "P.driver=@Q P.vfs=0") },
};

#define MAC(index, mac, errno_, state_) CONTRACT_VF_MAC, index, mac, errno_, state_
#define VLAN(index, value, errno_, state_) CONTRACT_VF_VLAN, index, value, errno_, state_
#define SETTING(index, value, errno_, state_)                                            \
	CONTRACT_VF_SETTING, index, value, errno_, state_

/* igb: a VF that nothing was set for has no MAC address, and can be given none again. */
static const struct contract_row vf_config[] = {
	{ "VFs that are new", W(DEV("P", "sriov_numvfs"), "0", 0, "P.mac0=ENOENT") },
	{ "have no MAC address and no VLAN",
	  W(DEV("P", "sriov_numvfs"), "2", 0,
	    "P.mac0=00:00:00:00:00:00 P.vlan0=0,0,8100 P.mac2=ENOENT") },
	{ "a MAC address", MAC("1", "52:54:00:aa:bb:cc", 0,
			       "P.mac1=52:54:00:aa:bb:cc P.mac0=00:00:00:00:00:00") },
	{ "another one", MAC("1", "02:00:00:00:00:00", 0, "P.mac1=02:00:00:00:00:00") },
	{ "a multicast one",
	  MAC("1", "01:00:5e:00:00:01", EINVAL, "P.mac1=02:00:00:00:00:00") },
	{ "none, as before",
	  MAC("1", "00:00:00:00:00:00", 0, "P.mac1=00:00:00:00:00:00") },
	{ "of a VF that is not there", MAC("2", "52:54:00:aa:bb:cc", EINVAL, NULL) },
	{ "a VLAN", VLAN("1", "42 0 8100", 0, "P.vlan1=42,0,8100 P.vlan0=0,0,8100") },
	{ "with a priority", VLAN("1", "43 5 8100", 0, "P.vlan1=43,5,8100") },
	{ "a priority too high", VLAN("1", "43 8 8100", EINVAL, "P.vlan1=43,5,8100") },
	{ "a VLAN too high", VLAN("1", "4096 0 8100", EINVAL, "P.vlan1=43,5,8100") },
	{ "802.1ad", VLAN("1", "43 0 88a8", EPROTONOSUPPORT, "P.vlan1=43,5,8100") },
	{ "no VLAN, as before", VLAN("1", "0 0 8100", 0, "P.vlan1=0,0,8100") },
	{ "trust", SETTING("1", "trust yes", 0,
			   "P.trust1=yes P.trust0=no P.spoofchk1=yes P.rate1=0") },
	{ "no spoof check",
	  SETTING("1", "spoofchk no", 0, "P.spoofchk1=no P.spoofchk0=yes P.trust1=yes") },
	{ "a spoof check, as before",
	  SETTING("1", "spoofchk yes", 0, "P.spoofchk1=yes") },
	{ "no trust, as before", SETTING("1", "trust no", 0, "P.trust1=no") },
	{ "trust of a VF that is not there", SETTING("2", "trust yes", EINVAL, NULL) },
	{ "a minimum", SETTING("1", "rate 5-10", EINVAL, "P.rate1=0") },
	{ "more than the link has", SETTING("1", "rate 1000000", EINVAL, "P.rate1=0") },
	{ "a link that is always there",
	  SETTING("1", "link enable", EOPNOTSUPP, "P.link1=auto") },
	{ "a VF's", MAC("0", "52:54:00:aa:bb:cc", 0, "P.mac0=52:54:00:aa:bb:cc") },
	{ "stays when the VF changes its driver",
	  W(DRV("@N", "unbind"), "@V", 0, "V.driver=- P.mac0=52:54:00:aa:bb:cc") },
	{ "and comes back to it",
	  W(DRV("@N", "bind"), "@V", 0, "V.driver=@N P.mac0=52:54:00:aa:bb:cc") },
	{ "and goes with the VF", W(DEV("P", "sriov_numvfs"), "0", 0, "P.mac0=ENOENT") },
	{ "a new one has none", W(DEV("P", "sriov_numvfs"), "1", 0,
				  "P.mac0=00:00:00:00:00:00 P.vlan0=0,0,8100") },
	{ "away with it", W(DEV("P", "sriov_numvfs"), "0", 0, "P.vfs=0") },
};

#define CREATE "class/mdev_bus/@A/mdev_supported_types/@Y/create"
#define REMOVE "bus/mdev/devices/@I/remove"

static const struct contract_row mdevs[] = {
	{ "no UUID", W(CREATE, "83b8f4f2", EINVAL, "A.free=12") },
	{ "a UUID and more", W(CREATE, "@Ixx", EINVAL, "A.free=12") },
	{ "but one byte more is no newline and taken", W(CREATE, "@Ix", 0, "I.mdev=1") },
	{ "away with it", W(REMOVE, "1", 0, "I.mdev=0 A.free=12") },
	{ "create", W(CREATE, "@I\n", 0,
		      "I.mdev=1 I.node=1 I.viable=1 A.free=11 I.folder=1 I.type=@Y") },
	{ "create it again", W(CREATE, "@I", EEXIST, "A.free=11") },
	{ "remove takes a number", W(REMOVE, "x", EINVAL, "I.mdev=1") },
	{ "0 removes nothing", W(REMOVE, "0", 0, "I.mdev=1") },
	{ "remove", W(REMOVE, "1", 0, "I.mdev=0 A.free=12") },
	{ "remove what is not there", W(REMOVE, "1", ENOENT, NULL) },
	{ "create once more", W(CREATE, "@I", 0, "I.mdev=1 I.node=1") },
	{ "an open mdev", USE(HOLD, "@I", "I.viable=EBUSY") },
	{ "blocks its removal, and its folder stays",
	  BLOCKED(REMOVE, "1", "I.mdev=0 I.folder=1") },
	{ "there is none to remove", W(REMOVE, "1", ENOENT, NULL) },
	{ "and yet it exists", W(CREATE, "@I", EEXIST, "I.mdev=0") },
	{ "until it is closed", USE(CLOSE, "@I", NULL) },
	{ "then it is gone", USE(ENDED, NULL, "I.mdev=0 I.folder=0 A.free=12") },
};

#define PART(needs, rows)                                                                \
	{                                                                                \
		needs, rows, VPREP_ARRAY_SIZE(rows)                                      \
	}

const struct contract_part contract_parts[] = {
	PART("", modules),   PART("TN", attributes), PART("TN", override),
	PART("TN", binding), PART("TN", in_use),     PART("USD", groups),
	PART("B", bridges),  PART("PQN", sriov),     PART("PQN", vf_config),
	PART("AY", mdevs),
};
const size_t contract_n_parts = VPREP_ARRAY_SIZE(contract_parts);
