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

state_of() { stat -c '%U %a' "$1"; }

# rule FILE LINE…: the only rule of the host's own.
rule() {
	rm -f "$own"/*
	printf '%s\n' "${@:2}" > "$own/$1"
	udevadm control --reload
}

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
udevadm control --reload

# The same in another network namespace, where the kernel does not show udevd's socket.
ok "attached in a network namespace" unshare --net vfio-prep attach "$vf"
run unshare --net vfio-prep detach "$vf"
unlike "$err" "udevd" "udevd is found there"
echo change > "$uevent"
udevadm settle
is "$(state_of "$node")" "root 600" "the next event leaves the node alone"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

done_testing
