#!/bin/bash
# Rules that others have for the same nodes, and when udevd has read ours.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1
own=/etc/udev/rules.d

modprobe -a igb igbvf vfio-pci
igb_vfs 1
group=$(group_of "$vf")
node=/dev/vfio/$group
uevent=/sys/class/vfio/$group/uevent

state_of() { stat -c '%U %a' "$@"; }

# rule FILE LINE…: the only rule of the host's own.
rule() {
	rm -f "$own"/*
	printf '%s\n' "${@:2}" > "$own/$1"
	reload
}

# reload: udevd that was not started by systemd refuses a second connection.
reload() { wait_for 10 udevadm control --reload; }

# event NODE SYSFS: the node's state after an event of its device.
event() {
	udevadm trigger --action=change "$2"
	udevadm settle
	state_of "$1"
}

mkdir -p "$own"
udevadm settle

# --- giving back ---

# A device that was on vfio-pci before keeps its node. No event gives that away again, however
# soon it comes.
sysfs_vfio "$vf"
udevadm settle
is "$(state_of "$node")" "root 600" "a node before"
snapshot "$work/before"
for i in 1 2 3; do
	ok "attached ($i)" vfio-prep attach "$vf"
	is "$(state_of "$node")" "libvirt-qemu 600" "the node is given"
	ok "given back ($i)" vfio-prep detach "$vf"
	echo change > "$uevent"
	udevadm settle
	is "$(state_of "$node")" "root 600" "the next event leaves it alone"
done

# An event that udevd had begun before goes by the old rule to its end.
rule 00-slow.rules 'SUBSYSTEM=="vfio", PROGRAM=="/bin/sleep 2"'
ok "attached with a slow rule" vfio-prep attach "$vf"
echo change > "$uevent"
read -rt 0.5 <> <(:)
ok "given back while udevd is at an event" vfio-prep detach "$vf"
is "$(state_of "$node")" "root 600" "the node is root's"
udevadm settle
is "$(state_of "$node")" "root 600" "it stays root's"
rm -f "$own"/*
reload

# The same in another network namespace, where the kernel does not show udevd's socket.
run unshare --net vfio-prep attach "$vf"
is "$status" 0 "attached in a network namespace"
unlike "$err" "udevd does not run" "udevd is found there"
ok "given back there" unshare --net vfio-prep detach "$vf"
echo change > "$uevent"
udevadm settle
is "$(state_of "$node")" "root 600" "the next event leaves the node alone"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"


# The nodes of an mdev that stays, that of its group and its own.
if modprobe mtty 2> /dev/null; then
	uuid=c2177883-f1bb-47f0-914d-32a22e3a8804
	echo "$uuid" > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
	udevadm settle
	nodes=("/dev/vfio/$(basename "$(readlink "/sys/bus/mdev/devices/$uuid/iommu_group")")")
	for i in "/sys/bus/mdev/devices/$uuid/vfio-dev/"*; do
		[ ! -e "/dev/vfio/devices/${i##*/}" ] || nodes+=("/dev/vfio/devices/${i##*/}")
	done
	ok "a mediated device" vfio-prep attach "mdev_${uuid//-/_}"
	is "$(state_of "${nodes[@]}" | sort -u)" "libvirt-qemu 600" "${#nodes[@]} nodes are given"
	ok "it goes back" vfio-prep detach "mdev_${uuid//-/_}"
	for i in "${nodes[@]}"; do
		echo change > "/sys/dev/char/$(stat -c '%Hr:%Lr' "$i")/uevent"
	done
	udevadm settle
	is "$(state_of "${nodes[@]}" | sort -u)" "root 600" "the next event leaves them alone"
	echo 1 > "/sys/bus/mdev/devices/$uuid/remove"
else
	skip "a mediated device" "this kernel has no mtty"
fi

# --- others' rules ---

sysfs_native "$vf"
udevadm settle
snapshot "$work/before"
held="libvirt-qemu 600"

# holds DESC FILE LINE…: with that rule the device can be attached, and stays the guest's.
holds() {
	rule "${@:2}"
	ok "$1: attached" vfio-prep attach "$vf"
	is "$(event "$node" "/sys/class/vfio/$group")" "$held" "$1: the node stays the guest's"
	ok "$1: given back" vfio-prep detach "$vf"
}

# cannot WORDS DESC FILE LINE…: with that rule it is refused, and said by which.
cannot() {
	rule "${@:3}"
	run vfio-prep attach "$vf"
	is "$status" 3 "$2: refused"
	like "$err" "$1" "$2: the rule is named"
	rm -f "$own"/*
	reload
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$2: nothing has changed"
}

holds "a later rule" 99-zz-own.rules \
	'SUBSYSTEM=="vfio", OWNER="root", GROUP="root", MODE="0666"'
holds "a later final rule" 99-vfio.rules 'SUBSYSTEM=="vfio", OWNER:="root", MODE:="0666"'
holds "an earlier final rule" 10-own.rules \
	'SUBSYSTEM!="vfio", GOTO="end"' 'OWNER:="root", MODE:="0644"' 'LABEL="end"'
holds "a harmless program" 90-own.rules 'SUBSYSTEM=="vfio", RUN+="/bin/true"'
holds "another device" 00-aaa.rules 'SUBSYSTEM=="usb", MODE:="0666"'
cannot '/etc/udev/rules.d/00-aaa.rules:2 \(MODE:="0666"\)' "a final rule before any of ours" \
	00-aaa.rules '# mine' 'SUBSYSTEM=="vfio", MODE:="0666"'
cannot '/etc/udev/rules.d/00-aaa.rules:1 \(OWNER:="nobody"\)' "one that may match" \
	00-aaa.rules 'TEST=="/etc/passwd", SUBSYSTEM=="vfio", OWNER:="nobody"'
cannot '/etc/udev/rules.d/50-own.rules:1 \(RUN\+="/bin/chown' "a program" \
	50-own.rules 'SUBSYSTEM=="vfio", RUN+="/bin/chown nobody $devnode"'
holds "one that may match and does not" 00-aaa.rules \
	'TEST=="/nosuch", SUBSYSTEM=="vfio", OWNER:="nobody"'
cannot "/etc/udev/rules.d/99-vfio-prep-iommu_group_$group.rules" "a file that hides ours" \
	"99-vfio-prep-iommu_group_$group.rules" ''

# A user whom the host does not know, as that of a container: systemd 258 and later drop a rule that
# names one.
for i in 10-own.rules 99-zz-own.rules; do
	rule "$i" 'SUBSYSTEM=="vfio", OWNER="nobody", GROUP="kvm", MODE="0666"'
	ok "for an unknown user beside $i" vfio-prep attach "$vf" --user 4242:4343
	is "$(event "$node" "/sys/class/vfio/$group") $(stat -c '%u:%g' "$node")" \
		"UNKNOWN 600 4242:4343" "the node stays that user's"
	run vfio-prep status
	unlike "$out" 'changed|mend' "status finds it as it should be"
	ok "given back" vfio-prep detach "$vf"
done

# --- udevd comes to the events later ---

rm -f "$own"/*
igb_vfs 4
mapfile -t vfs < <(vfs_of "$igb_pf")
wait_for 10 test "$(driver_of "${vfs[3]}")" = igbvf || :
nodes=()
for i in "${vfs[@]}"; do nodes+=("/dev/vfio/$(group_of "$i")"); done
four="$held
$held
$held
$held"

# stays DESC: the nodes are the guest's until udevd has no event left, and then.
stays() {
	local wrong=0 looks=0
	[ "$(state_of "${nodes[@]}")" = "$four" ] || wrong=1
	# it may still be reading its rules, and has not even taken them
	ok "$1: udevd is not done when attach is" wait_for 10 test -e /run/udev/queue
	[ -z "${2-}" ] || "${@:2}"
	while [ -e /run/udev/queue ]; do
		[ "$(state_of "${nodes[@]}")" = "$four" ] || wrong=$((wrong + 1))
		looks=$((looks + 1))
	done
	is "$wrong" 0 "$1: meanwhile the nodes are the guest's ($looks looks)"
	is "$(state_of "${nodes[@]}")" "$four" "$1: they are the guest's after it"
}

# Others' packages have rules that take long, here a second an event, one after the other.
slow=/usr/lib/udev/rules.d/89-slow.rules
echo 'SUBSYSTEM=="vfio", RUN+="/bin/sleep 1"' > $slow
reload
udevadm settle
ok "attached beside a slow rule" vfio-prep attach "${vfs[@]}"
stays "a slow rule"
for i in "${nodes[@]}"; do echo change > "/sys/class/vfio/${i##*/}/uevent"; done
stays "change events"
ok "given back" vfio-prep detach --all
rm $slow
reload
udevadm settle

wait_for 10 udevadm control --stop-exec-queue # udevd keeps one connection waiting
udevadm control --ping
ok "attached while udevd begins no event" vfio-prep attach "${vfs[@]}"
stays "a stopped queue" udevadm control --start-exec-queue
ok "given back" vfio-prep detach --all
udevadm settle

# A udevd that ends leaves its events, and the next one is told of all devices.
wait_for 10 udevadm control --stop-exec-queue # udevd keeps one connection waiting
ok "attached before udevd ends" vfio-prep attach "${vfs[@]}"
udevadm control --exit
rm -f /run/udev/queue
/usr/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add --subsystem-match=vfio
udevadm settle
is "$(state_of "${nodes[@]}")" "$four" "another udevd: the nodes are the guest's"
ok "given back" vfio-prep detach --all
igb_vfs 1
wait_for 10 test "$(driver_of "$vf")" = igbvf || :

# A USB device, of which most rules of people's own are.
tablet=$(grep -l 'QEMU USB Tablet' /sys/bus/usb/devices/*/product | head -1)
tablet=$(basename "$(dirname "$tablet")")
usb=usb_${tablet//[-.]/_}
node=/dev/bus/usb/$(printf '%03d/%03d' "$(< "/sys/bus/usb/devices/$tablet/busnum")" \
	"$(< "/sys/bus/usb/devices/$tablet/devnum")")
for i in 51-own.rules 99-zz-own.rules; do
	rule "$i" 'SUBSYSTEM=="usb", ATTR{idVendor}=="0627", MODE:="0666", GROUP="kvm"'
	ok "a USB device beside $i" vfio-prep attach "$usb"
	is "$(event "$node" "/sys/bus/usb/devices/$tablet")" "$held" "its node stays the guest's"
	ok "it goes back" vfio-prep detach "$usb"
	is "$(event "$node" "/sys/bus/usb/devices/$tablet")" "root 666" "their rule has it again"
done
rm -f "$own"/*
reload
done_testing
