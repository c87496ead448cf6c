#!/bin/bash
# Killed at system calls that change something, in prepare and release of a whole domain.
#   crash-domain.sh [all]: at all of them
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh

calls=("${telling_calls[@]}")
[ "${1-}" != all ] || calls=("${changing_calls[@]}")
uuid=6a28e9f6-6627-49b8-8c24-741ab810ecc0
mdev=c2177883-f1bb-47f0-914d-32a22e3a8804
pf=$(ls "/sys/bus/pci/devices/$igb_pf/net")

igb_vfs 1
ip link set "$pf" up
ip link set "$pf" vf 0 mac 02:00:00:00:00:11	# or igbvf makes up another one at each bind
modprobe vfio-pci
modprobe mtty
udevadm settle

cat > "$work/guest.xml" << END
<domain type="qemu"><name>web1</name><uuid>$uuid</uuid>
<metadata><vp:prepare xmlns:vp="urn:vfio-prep:1"><vp:mdev uuid="$mdev" type="mtty-2"/></vp:prepare></metadata>
<devices>
<interface type="hostdev"><mac address="52:54:00:12:34:56"/><source><address type="pci" bus="5" slot="0x10" function="1"/></source></interface>
<hostdev mode="subsystem" type="mdev" model="vfio-pci"><source><address uuid="$mdev"/></source></hostdev>
</devices></domain>
END

released() { vfio-prep release "$uuid" > /dev/null 2>&1; }
prepared() { released; vfio-prep prepare "$work/guest.xml" > /dev/null 2>&1; }
mend() { released; sysfs_native 0000:05:10.1; }

released
state "$work/released"
prepared
state "$work/prepared"

prepare() { released; }
sweep_kills "prepare" "vfio-prep prepare $work/guest.xml" "$work/released" "$work/prepared"
prepare() { prepared; }
sweep_kills "release" "vfio-prep release $uuid" "$work/released" "$work/prepared"

diag "$points kill points, $restored restored"
done_testing
