# Sourced after lib.sh: guests of libvirtd, with the hook in place. Tiny ones: their firmware runs
# and finds nothing to boot.
# shellcheck shell=bash disable=SC2034,SC2154

export LIBVIRT_DEFAULT_URI=qemu:///system
hook=/build/hook/libvirt-qemu
mdev=a2177883-f1bb-47f0-914d-32a22e3a8804

# uuid NUMBER
uuid() { printf 'c2177883-f1bb-47f0-914d-32a22e3a%04d' "$1"; }

# vf ADDRESS MANAGED: a device of a guest.
vf() {
	local d=${1%%:*} b=${1#*:} s=${1##*:}
	echo "<hostdev mode='subsystem' type='pci' managed='$2'><source><address domain='0x$d'
		bus='0x${b%%:*}' slot='0x${s%.*}' function='0x${s#*.}'/></source></hostdev>"
}

# nvme_disk ADDRESS
nvme_disk() {
	local source
	source=$(vf "$1" yes)
	source=${source#*<source>}
	echo "<disk type='nvme' device='disk'><driver name='qemu' type='raw'/>
		<source type='pci' managed='yes' namespace='1'>${source%</hostdev>}
		<target dev='vda' bus='virtio'/></disk>"
}

# guest_xml NAME NUMBER [DEVICE…]: NAME as it stands in XML.
guest_xml() {
	echo "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
	<name>$1</name><uuid>$(uuid "$2")</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>
	<os><type arch='x86_64' machine='q35'>hvm</type></os>
	<devices><controller type='usb' model='none'/><memballoon model='none'/>
	${*:3}</devices>${qemu_args-}</domain>"
}

# define NAME NUMBER [DEVICE…]
define() { guest_xml "$@" > "$work/guest.xml" && virsh -q define "$work/guest.xml"; }

# pool_vfs: 7 VFs that libvirt can configure, as the PF is up. They have their addresses before
# their driver starts: it would make some up, and libvirt gives a VF back with its interface's.
pool_vfs() {
	local dev=/sys/bus/pci/devices/$igb_pf pf vf i=0
	pf=$(ls "$dev/net")
	ip link set "$pf" up
	modprobe igbvf
	echo 0 > "$dev/sriov_drivers_autoprobe"
	igb_vfs 7 || return
	echo 1 > "$dev/sriov_drivers_autoprobe"
	for vf in $(vfs_of "$igb_pf"); do
		ip link set "$pf" vf $i mac "52:54:00:00:00:0$((i++))" || return
		echo "$vf" > /sys/bus/pci/drivers_probe
	done
	udevadm settle
}

# make_mdev, remove_mdev: $mdev, of the kernel's sample driver.
make_mdev() {
	modprobe mtty && echo "$mdev" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
	udevadm settle
}

remove_mdev() { echo 1 > "/sys/bus/mdev/devices/$mdev/remove"; }

# qemu_of NAME: its process.
qemu_of() { cat "/run/libvirt/qemu/$1.pid"; }

is_running() { [ "$(virsh -q domstate "$1")" = running ]; }

# devices_of NAME: what vfio-prep holds for it, on one line.
devices_of() {
	vfio-prep status --json |
		jq -r --arg name "$1" '[.owners[] | select(.name == $name) | .devices[]] | sort | join(" ")'
}

# nothing_left DESC: the host is as it was at snapshot $work/before.
nothing_left() {
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$1"
}
