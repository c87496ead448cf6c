# Sourced after sweep.sh: everything that changes the host, as sweeps run it.
# shellcheck shell=bash disable=SC2034,SC2154

operations=(attach detach prepare release mdev-create mdev-remove apply apply-less recover-attach
	recover-prepare recover-release)
vf=0000:05:10.1 other_vf=0000:05:10.3 damaged_vf=0000:05:10.5 other_pf=0000:05:00.0
uuid=6a28e9f6-6627-49b8-8c24-741ab810ecc0
mdev=c2177883-f1bb-47f0-914d-32a22e3a8804
made=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

# A domain with a VF that gets a MAC address, an mdev that is made for it, and a SCSI disk.
domain() {
	local disk=(/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*/target*/*:*:*:*)
	local host bus target unit
	IFS=: read -r host bus target unit <<< "${disk[0]##*/}"
	cat << END
<domain type="qemu"><name>web1</name><uuid>$uuid</uuid>
<metadata><vp:prepare xmlns:vp="urn:vfio-prep:1"><vp:mdev uuid="$mdev" type="mtty-2"/></vp:prepare></metadata>
<devices>
<interface type="hostdev"><mac address="52:54:00:12:34:56"/><source><address type="pci" bus="5" slot="0x10" function="1"/></source></interface>
<hostdev mode="subsystem" type="mdev" model="vfio-pci"><source><address uuid="$mdev"/></source></hostdev>
<hostdev mode="subsystem" type="scsi"><source><adapter name="scsi_host$host"/><address bus="$bus" target="$target" unit="$unit"/></source></hostdev>
</devices></domain>
END
}

# VFs of another card, a VF on a driver for guests, and an mdev.
declared() {
	printf '[vfs %s]\ncount = 2\nautoprobe = no\n' $other_pf
	printf '[device sweep]\nmatch = address=%s\nboot = bind\n' $other_vf
	printf '[mdev %s]\ntype = mtty-2\n' $mdev
}

# A third VF is all the time another owner's whose journal has a damaged line: that concerns nobody
# else. `vfio-prep recover` tells of it each time, and exits with 4.
hold_damaged() {
	local journal=/run/vfio-prep/owners/damaged.jsonl
	vfio-prep attach $damaged_vf --owner damaged
	sed -i '2s/"claim"/"claiM"/' $journal
	vfio-prep status | grep -q corrupt || bail_out "the journal is not damaged"
}

# The host, and the states that the operations lead from and to.
set_up_operations() {
	local interface name
	interface=$(ls "/sys/bus/pci/devices/$igb_pf/net")
	igb_vfs 3
	ip link set "$interface" up
	# or igbvf makes up another one at each bind
	ip link set "$interface" vf 0 mac 02:00:00:00:00:11
	ip link set "$interface" vf 1 mac 02:00:00:00:00:12
	modprobe -a vfio-pci mtty scsi_debug
	udevadm settle
	hold_damaged 2> /dev/null
	domain > "$work/guest.xml"
	declared > "$work/declared.conf"
	: > "$work/nothing.conf"
	printf '[device %s]\nd3cold = no\npower-control = on\n' $vf > /etc/vfio-prep.conf
	for name in clean attached prepared made applied; do
		begin "$work/$name"
		state "$work/$name"
	done
}

# make_state FILE: into the state that the file describes, from the one that $at names, or from
# any where it names none.
make_state() {
	clean_from "${at##*/}"
	case ${1##*/} in
	clean) ;;
	attached) vfio-prep attach $vf $other_vf ;;
	prepared) vfio-prep prepare "$work/guest.xml" ;;
	made) vfio-prep mdev create --type mtty-1 --uuid $made ;;
	applied) vfio-prep apply "$work/declared.conf" ;;
	with-vfs) vfio-prep numvfs $other_pf 3 ;;
	half-attached) injected -a "$changing_calls" 30 kill vfio-prep attach $vf $other_vf ;;
	half-released) # a release that failed: no rule file could be removed
		vfio-prep prepare "$work/guest.xml"
		mount --bind /run/udev/rules.d /run/udev/rules.d
		mount -o remount,bind,ro /run/udev/rules.d
		vfio-prep release $uuid
		umount /run/udev/rules.d
		;;
	half-prepared) injected -a "$changing_calls" 60 kill vfio-prep prepare "$work/guest.xml" ;;
	esac
}

# clean_from STATE: what clean does, where the state is known no more of it than is needed.
clean_from() {
	case $1 in
	clean) ;;
	attached) vfio-prep detach --all ;;
	prepared) vfio-prep release $uuid ;;
	made) vfio-prep mdev remove $made ;;
	applied) vfio-prep apply "$work/nothing.conf" ;;
	with-vfs) vfio-prep numvfs $other_pf 0 ;;
	*) clean ;;
	esac
}

clean() {
	vfio-prep detach --all
	vfio-prep release $uuid
	vfio-prep mdev remove $made
	vfio-prep apply "$work/nothing.conf"
	[ "$(< /sys/bus/pci/devices/$other_pf/sriov_numvfs)" = 0 ] || vfio-prep numvfs $other_pf 0
}

mend() {
	local name
	vfio-prep recover
	clean
	for name in $vf $other_vf; do sysfs_native "$name"; done
} > "$work/mend" 2>&1

# operation NAME: sets $command, and the states $before and $after it. What recover begins with is
# not one of them.
operation() {
	before=$work/clean after=$work/clean
	case $1 in
	attach) command="vfio-prep attach $vf $other_vf" after=$work/attached ;;
	detach) command="vfio-prep detach $vf $other_vf" before=$work/attached ;;
	prepare) command="vfio-prep prepare $work/guest.xml" after=$work/prepared ;;
	release) command="vfio-prep release $uuid" before=$work/prepared ;;
	mdev-create) command="vfio-prep mdev create --type mtty-1 --uuid $made" after=$work/made ;;
	numvfs) command="vfio-prep numvfs $other_pf 3" after=$work/with-vfs ;;
	apply) command="vfio-prep apply $work/declared.conf" after=$work/applied ;;
	apply-less) command="vfio-prep apply $work/nothing.conf" before=$work/applied ;;
	mdev-remove) command="vfio-prep mdev remove $made" before=$work/made ;;
	recover-attach) command="vfio-prep recover" before=half-attached ;;
	recover-release) command="vfio-prep recover" before=half-released ;;
	recover-prepare) command="vfio-prep recover" before=half-prepared ;;
	*) bail_out "no operation $1" ;;
	esac
}
