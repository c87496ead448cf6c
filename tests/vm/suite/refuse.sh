#!/bin/bash
# What is refused: one clear line, the right exit status, and nothing changed.
. /src/tests/vm/guest/lib.sh

pci=/sys/bus/pci/devices

# refused STATUS REGEX DESC COMMAND…
refused() {
	local want=$1 regex=$2 desc=$3
	shift 3
	snapshot "$work/before"
	run "$@"
	is "$status" "$want" "$desc: exit status"
	like "$err" "$regex" "$desc: says so"
	is "$(wc -l < "$work/err")" 1 "$desc: in one line"
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$desc: nothing changed"
}

igb_vfs 2

# --- names ---
refused 3 "0000:7f:00.0.*no such" "an unknown device" vfio-prep attach 0000:7f:00.0
refused 2 "not a device name" "a malformed name" vfio-prep attach pci_0000_05_10
refused 2 "not a driver" "a driver that is a path" vfio-prep attach 05:10.1 --driver ..
refused 2 "not a device name" "a path" vfio-prep attach ../../etc/passwd
refused 2 "not a device name" "4,000 characters" vfio-prep attach "$(printf 'a%.0s' {1..4000})"
refused 2 "not a device name" "control characters" vfio-prep attach $'05:10.1\n\e[31m'
refused 2 "attach: a device name is empty" "an empty name" vfio-prep attach ""
refused 2 "attach: no device named; see vfio-prep attach --help" "no name" vfio-prep attach
refused 3 "neither" "an unknown interface" vfio-prep attach nosuch0
refused 2 "twice" "a device named twice" vfio-prep attach 05:10.1 pci_0000_05_10_1
refused 2 "attach: unknown option --nonsense$" "an unknown option" \
	vfio-prep attach --nonsense 05:10.1
refused 2 "attach: unknown option --ower, did you mean --owner\?" "a misspelt option" \
	vfio-prep attach --ower web1 05:10.1
refused 2 "vfio-prep: unknown verb 'nonsense'; see vfio-prep --help" "an unknown verb" \
	vfio-prep nonsense 05:10.1
refused 2 "vfio-prep: unknown verb 'atach', did you mean 'attach'\?" "a misspelt verb" \
	vfio-prep atach 05:10.1

# --- kinds ---
refused 3 "bridge" "a bridge" vfio-prep attach 00:05.0
refused 3 "bridge" "a root port" vfio-prep attach 00:09.0
refused 3 "host's own host bridge" "the host bridge" vfio-prep attach 00:00.0
refused 3 "host's own ISA bridge" "the LPC bridge" vfio-prep attach 00:1f.0 --force

# --- options ---
refused 3 "nosuchuser" "a user that does not exist" vfio-prep attach 05:10.1 --user nosuchuser
refused 3 "nosuchgroup" "a group that does not exist" vfio-prep attach 05:10.1 --user root:nosuchgroup
refused 2 "mode" "a bad mode" vfio-prep attach 05:10.1 --mode 999
refused 3 "nosuchdriver" "a driver that does not exist" vfio-prep attach 05:10.1 --driver nosuchdriver
refused 3 "'igbvf' is no VFIO driver" "a driver of the host, which is loaded" \
	vfio-prep attach 05:10.1 --driver igbvf
modprobe -r dummy
refused 3 "'dummy' is no VFIO driver" "another module" vfio-prep attach 05:10.1 --driver dummy
refused 3 "'pci:v00008086d000010CA.*' is no VFIO driver" "an alias of one" \
	vfio-prep attach 05:10.1 --driver 'pci:v00008086d000010CAsv00008086sd0000A03Cbc02sc00i00'
not_ok "which was not loaded" test -e /sys/module/dummy
refused 2 "vfio-prep.conf|cannot read" "a configuration that does not exist" \
	vfio-prep --config /nosuch/vfio-prep.conf attach 05:10.1
printf 'user = nobody\ngrop = x\n' > "$work/bad.conf"
refused 2 "bad.conf:2: unknown key 'grop'" "an unknown key" \
	vfio-prep --config "$work/bad.conf" attach 05:10.1
printf 'deny = 0000:05:10.1\n' > "$work/deny.conf"
refused 3 "never to be touched" "a denied device" vfio-prep --config "$work/deny.conf" attach 05:10.1
tablet=$(grep -l 'QEMU USB Tablet' /sys/bus/usb/devices/*/product | head -1)
tablet=$(basename "$(dirname "$tablet")")
controller=$(basename "$(readlink -f "/sys/bus/usb/devices/$tablet/../..")")
printf 'deny = 0000:05:00.1 %s\n' "$controller" > "$work/deny.conf"
refused 3 "0000:05:10.1 is never to be touched, as it depends on 0000:05:00.1" \
	"a VF of a denied PF" vfio-prep --config "$work/deny.conf" attach 05:10.1
refused 3 "0000:05:00.1: it is never to be touched" \
	"its number of VFs" vfio-prep --config "$work/deny.conf" numvfs 05:00.1 3
refused 3 "never to be touched, as it depends on $controller" \
	"a USB device on a denied controller" \
	vfio-prep --config "$work/deny.conf" attach "usb_${tablet//[-.]/_}"

# --- owners ---
refused 3 "not attached" "detach of what was never attached" vfio-prep detach 05:10.1
refused 3 "nothing is attached" "detach --all of nothing" vfio-prep detach --all
refused 3 "nothing attached" "detach of an unknown owner" vfio-prep detach --owner nobody
vfio-prep attach 05:10.1 --owner web1 2> /dev/null
refused 3 "belongs to owner 'web1'" "a device of another owner" vfio-prep attach 05:10.1
refused 3 "attached already" "attach twice" vfio-prep attach 05:10.1 --owner web1
vfio-prep detach --owner web1

# --- in use ---
ip link set "$(ls $pci/0000:01:02.0/net)" up
ip addr add 192.0.2.7/24 dev "$(ls $pci/0000:01:02.0/net)"
refused 3 "0000:01:02.0.*192.0.2.7" "a NIC with an address" vfio-prep attach 01:02.0
refused 3 "0000:01:02.0.*192.0.2.7" "a NIC with an address, as placeholder" vfio-prep attach 01:01.0
ip addr flush dev "$(ls $pci/0000:01:02.0/net)"
ip link set "$(ls $pci/0000:01:02.0/net)" down
ok "the same NIC, once down" vfio-prep attach 01:01.0
vfio-prep detach --all

udevadm settle
ip link add br0 type bridge
ip link set "$(ls $pci/0000:01:02.0/net)" master br0
refused 3 "br0" "a NIC in a bridge" vfio-prep attach 01:02.0
ip link set "$(ls $pci/0000:01:02.0/net)" nomaster

# --- in another network namespace ---
udevadm settle
nic=$(ls $pci/0000:01:02.0/net)
ip netns add blue
ip link set "$nic" netns blue
refused 3 "0000:01:02.0 is in use: its interface $nic is in network namespace blue" \
	"a NIC in a named namespace" vfio-prep attach 01:02.0
ip -n blue link set "$nic" netns 1
udevadm settle
vf=$(ls $pci/0000:05:10.1/net)
unshare -n sleep 1000 &
container=$!
until [ "$(readlink "/proc/$container/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link set "$vf" down
ip link set "$vf" netns $container
refused 3 "interface $vf is in the network namespace of pid $container .sleep" \
	"a VF in a container's namespace" vfio-prep attach 05:10.1
refused 3 "0000:05:10.1 is in use: its interface $vf is in the network namespace" \
	"its PF's number of VFs" vfio-prep numvfs 05:00.1 0
printf '%s\n' '<domain xmlns:vp="urn:vfio-prep:1"><name>w</name><metadata><vp:prepare>' \
	'<vp:vfs pf="0000:05:00.1" count="4"/></vp:prepare></metadata><devices/></domain>' \
	> "$work/vfs.xml"
refused 3 "0000:05:10.1 is in use: its interface $vf is in the network namespace" \
	"a domain that wants more VFs" vfio-prep prepare "$work/vfs.xml"
kill $container; wait $container 2> /dev/null
ip netns del blue
wait_for 10 test -e "$pci/0000:05:10.1/net/$vf"
udevadm settle

# --- folders of the machine that is this host's host ---
share=$(grep -lxz src /sys/bus/virtio/drivers/9pnet_virtio/*/mount_tag)
share=$(basename "$(readlink -f "$(dirname "$share")/..")")
refused 3 "$share.*9p 'src' is mounted at " "a mounted 9p" vfio-prep attach "$share"
refused 3 "$share.*9p 'src' is mounted at " "a mounted 9p, by force" \
	vfio-prep attach --force "$share"
refused 3 "$share.*9p 'src' is mounted at .* in the mount namespace of pid" \
	"a 9p that is mounted in another namespace" \
	unshare -m sh -c "umount -l /src && exec vfio-prep attach $share"

refused 3 "2 virtual functions" "a PF with VFs" vfio-prep attach 05:00.1
vfio-prep attach 05:10.3 --owner web1 2> /dev/null
refused 3 "0000:05:10.3 is prepared for a guest" "a PF whose VF is somebody's, by force" \
	vfio-prep attach 05:00.1 --force
vfio-prep detach --owner web1

disk=$(echo /sys/class/nvme-subsystem/*/nvme?n? | tr ' ' '\n' | while read -r path; do
	[ "$(cat "$(dirname "$path")/serial" 2>/dev/null)" = disk ] && echo "${path##*/}"
done | head -1)
[ -n "$disk" ] || disk=$(basename "$(readlink -f /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_disk)")
mkfs.ext4 -q "/dev/$disk" && mount "/dev/$disk" /mnt
refused 3 "$disk.*mounted at /mnt" "a mounted NVMe disk" vfio-prep attach 03:00.0
umount /mnt
unshare -m sh -c "mount /dev/$disk /mnt && touch $work/mounted && exec sleep 1000" &
container=$!
wait_for 10 test -e "$work/mounted"
refused 3 "$disk" "one that is mounted in another namespace" vfio-prep attach 03:00.0
kill $container; wait $container 2> /dev/null
mkswap -q "/dev/$disk" > /dev/null && swapon "/dev/$disk"
refused 3 "swap" "a swap disk" vfio-prep attach 03:00.0
refused 3 "swap" "a swap disk, by force" vfio-prep attach 03:00.0 --force
swapoff "/dev/$disk"
pvcreate -qqf "/dev/$disk" && vgcreate -qq vg0 "/dev/$disk" && lvcreate -qqy -an -Zn -L 8M -n lv0 vg0
lvchange -ay vg0/lv0 > /dev/null 2>&1
refused 3 "vg0" "a disk under LVM" vfio-prep attach 03:00.0
lvchange -an vg0/lv0 > /dev/null 2>&1

is "$(group_members 0000:04:00.0)" "0000:04:00.0 0000:04:00.1" "a NIC shares its group with a disk"
second=/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_second
if [ -e /sys/class/iommu/ivhd0 ] && ! wait_for 30 test -e $second; then
	skip "a mounted NVMe disk, as placeholder" \
		"behind the emulated AMD IOMMU the second function of a slot gets no answer: $(dmesg | grep -o 'nvme nvme.*Identify.*' | tail -1)"
else
	wait_for 30 test -e $second
	second=$(basename "$(readlink -f $second)")
	mkfs.ext4 -q "/dev/$second" && mount "/dev/$second" /mnt
	refused 3 "0000:04:00.1.*$second.*mounted" "a mounted NVMe disk, as placeholder" \
		vfio-prep attach 04:00.0
	umount /mnt
fi

qemu_hold 0000:05:10.3 2> /dev/null || { sysfs_vfio 0000:05:10.3; qemu_hold 0000:05:10.3; }
refused 3 "pid $qemu_pid.*qemu" "a device that somebody's guest has" vfio-prep attach 05:10.3
qemu_release
sysfs_native 0000:05:10.3
udevadm settle

# --- the host ---
refused 3 "root" "not root" setpriv --reuid nobody --regid nogroup --clear-groups "$(type -P vfio-prep)" attach 05:10.1

printf 'rules-dir = /proc/nosuch\n' > "$work/rules.conf"
refused 3 "/proc/nosuch" "a rules folder that cannot be made" vfio-prep --config "$work/rules.conf" attach 05:10.1
mkdir "$work/ro" && mount -t tmpfs -o ro none "$work/ro"
printf 'rules-dir = %s\n' "$work/ro" > "$work/rules.conf"
refused 3 "$work/ro.*[Rr]ead-only" "a rules folder that cannot be written" \
	vfio-prep --config "$work/rules.conf" attach 05:10.1

mkdir -m 700 /run/vfio-prep && mount -t tmpfs -o ro,mode=700 none /run/vfio-prep
refused 3 "/run/vfio-prep" "a state folder that cannot be written" vfio-prep attach 05:10.1
umount /run/vfio-prep
chown nobody /run/vfio-prep
refused 3 "/run/vfio-prep" "a state folder of somebody else" vfio-prep attach 05:10.1
rmdir /run/vfio-prep

done_testing
