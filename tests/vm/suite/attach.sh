#!/bin/bash
# The main job: devices to vfio-pci and back, with the host as it was before.
. /src/tests/vm/guest/lib.sh

qemu_uid=$(id -u libvirt-qemu)
pci=/sys/bus/pci/devices

# node_of ADDRESS: "UID MODE" of its group's node.
node_of() { stat -c '%u %a' "/dev/vfio/$(group_of "$1")" 2>/dev/null; }

# there_and_back DESC NAME…: attach, look, detach, compare.
there_and_back() {
	local desc=$1 name
	shift
	snapshot "$work/before"
	ok "$desc: attach" vfio-prep attach "$@"
	for name; do
		is "$(driver_of "$name")" vfio-pci "$desc: $name is on vfio-pci" || break
		is "$(node_of "$name")" "$qemu_uid 600" "$desc: $name has its node" || break
	done
	ok "$desc: detach" vfio-prep detach "$@"
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$desc: the host is as it was"
}

igb_vfs 7

# --- a VF ---
there_and_back "a VF" 0000:05:10.1

run vfio-prep attach pci_0000_05_10_1
group=$(group_of 0000:05:10.1)
is "$status" 0 "the name that libvirt gives it works"
ok "the rule file is there" test -s "/run/udev/rules.d/99-vfio-prep-iommu_group_$group.rules"
ok "udevd has the rule: it gives the node again" \
	rule_gives "/sys/class/vfio/$group" "/dev/vfio/$group" "libvirt-qemu 600"
ok "QEMU's user opens the device" qemu_hold -u libvirt-qemu 0000:05:10.1
qemu_release
run vfio-prep detach 05:10.1
is "$status" 0 "the short name works, too"
not_ok "the rule file is gone" test -e "/run/udev/rules.d/99-vfio-prep-iommu_group_$group.rules"
not_ok "the node is gone" test -e "/dev/vfio/$group"
not_ok "no state is left" test -e /run/vfio-prep

netdev=$(ls $pci/0000:05:10.3/net)
ok "a network interface's name stands for its device" vfio-prep attach "$netdev"
is "$(driver_of 0000:05:10.3)" vfio-pci "its device is attached"
ok "all is given back at once" vfio-prep detach --all

# --- user and mode ---
ok "another user and mode" vfio-prep attach 05:10.1 --user nobody:daemon --mode 660
is "$(stat -c '%U:%G %a' "/dev/vfio/$group")" "nobody:daemon 660" "the node has them"
vfio-prep detach --all

# --- all seven ---
mapfile -t vfs < <(vfs_of "$igb_pf")
there_and_back "seven VFs" "${vfs[@]}"

# --- what was there before ---
snapshot "$work/before"
echo pci-stub > $pci/0000:05:10.5/driver_override
echo auto > $pci/0000:05:10.5/power/control
there_and_back "an override and power/control of the administrator" 0000:05:10.5
is "$(< $pci/0000:05:10.5/driver_override)" pci-stub "the override is back"
is "$(< $pci/0000:05:10.5/power/control)" auto "power/control is back"
echo > $pci/0000:05:10.5/driver_override
echo on > $pci/0000:05:10.5/power/control

echo 0000:05:10.7 > $pci/0000:05:10.7/driver/unbind
there_and_back "a device without a driver" 0000:05:10.7
echo 0000:05:10.7 > /sys/bus/pci/drivers/igbvf/bind

sysfs_vfio 0000:05:10.7
udevadm settle
there_and_back "a device that was on vfio-pci" 0000:05:10.7
sysfs_native 0000:05:10.7
udevadm settle

mkdir -p /run/udev/rules.d
echo '# mine' > "/run/udev/rules.d/99-vfio-prep-iommu_group_$group.rules"
there_and_back "a rule file of that name that was there" 0000:05:10.1
rm "/run/udev/rules.d/99-vfio-prep-iommu_group_$group.rules"
rmdir /run/udev/rules.d

# --- its section of the configuration ---
methods=$(< $pci/0000:05:10.1/reset_method)
cat > /etc/vfio-prep.conf << END
[device 0000:05:10.1]
d3cold = no
power-control = on
reset-method = ${methods%% *}
END
there_and_back "a device with a policy of its own" 0000:05:10.1
vfio-prep attach 05:10.1 > /dev/null 2>&1
is "$(< $pci/0000:05:10.1/d3cold_allowed)" 0 "it may not be powered off"
is "$(< $pci/0000:05:10.1/power/control)" on "it stays powered"
is "$(< $pci/0000:05:10.1/reset_method)" "${methods%% *}" "it is reset one way only"
ok "QEMU takes it so" qemu_hold -u libvirt-qemu 0000:05:10.1
qemu_release
vfio-prep detach --all > /dev/null 2>&1
echo 'reset-method = pm' >> /etc/vfio-prep.conf
snapshot "$work/before"
run vfio-prep attach 05:10.1
is "$status" 1 "a way of resetting that the device has not is refused"
like "$err" "does not take 'pm' as its reset_method, which is '$methods'" "and those are named that it has"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "it is rolled back"
rm /etc/vfio-prep.conf

# --- the shared group ---
igb_vfs 0
there_and_back "both ports of the 82576" 0000:05:00.0 0000:05:00.1
there_and_back "edu, with e1000 as placeholder" 0000:01:01.0
udevadm settle	# it has the name that udevd gives it
nic=$(ls /sys/bus/pci/devices/0000:01:02.0/net)
run vfio-prep check 01:01.0
like "$status $out" "^0 possible.*0000:01:02.0 \(e1000, $nic\) becomes a placeholder" \
	"check tells what the host loses"
run vfio-prep attach 01:01.0
like "$status $err" "^0 .*0000:01:02.0 \(e1000, $nic\) becomes a placeholder" "attach, too"
is "$(driver_of 0000:01:02.0)" vfio-pci "the placeholder is on vfio-pci"
ok "QEMU takes the device" qemu_hold -u libvirt-qemu 0000:01:01.0
qemu_release
qemu_hold -u libvirt-qemu 0000:01:01.0
ok "a second device of the group can follow, while a guest has the first" vfio-prep attach 01:02.0
ok "it goes, with the guest still there" vfio-prep detach 01:02.0
qemu_release
is "$(driver_of 0000:01:02.0)" vfio-pci "it stays bound for the other's sake"
ok "the group is viable still" group_viable 0000:01:01.0
ok "the last goes" vfio-prep detach 01:01.0
is "$(driver_of 0000:01:02.0)" e1000 "the placeholder is back"
is "$(driver_of 0000:01:01.0)" "" "the other has no driver again"

snapshot "$work/before"
run vfio-prep attach 01:01.0 --group-policy strict
is "$status" 3 "strict refuses the shared group"
like "$err" "0000:01:02.0.*e1000" "it names the member and its driver"
like "$err" "attach 0000:01:02.0 too.*--group-policy whole" "it says what would help"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "it touches nothing"
ok "strict takes both by name" vfio-prep attach 01:01.0 01:02.0 --group-policy strict
vfio-prep detach --all > /dev/null 2>&1
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "and gives both back"

# --- many ---
nvme_vfs 64
mapfile -t vfs < <(vfs_of "$nvme_pf")
there_and_back "64 NVMe VFs" "${vfs[@]}"
is "${#vfs[@]}" 64 "there were 64"
nvme_vfs 0

# --- nobody waits for a reader of messages, or without an end ---

igb_vfs 7

# One whose stderr is a full pipe that nobody reads.
mkfifo "$work/full"
exec 8<> "$work/full"
timeout 2 dd if=/dev/zero of="$work/full" bs=4096 status=none || :
timeout 60 vfio-prep --verbose attach 0000:05:10.1 2> "$work/full" &
blocked=$!
is_bound() { [ "$(driver_of 0000:05:10.1)" = vfio-pci ]; }
wait_for 10 is_bound
ok "another command goes on beside it" timeout 20 vfio-prep attach 05:10.3
ok "of the same owner, too" timeout 20 vfio-prep detach 05:10.3
ok "it waits for its reader alone" kill -0 $blocked
dd if="$work/full" of=/dev/null bs=4096 count=1 iflag=nonblock status=none
cat <&8 > "$work/told" &
reader=$!
wait $blocked
is $? 0 "and ends when it is read"
ok "nothing is lost" wait_for 5 grep -qa "0000:05:10.1 attached" "$work/told"
kill $reader
exec 8>&-

# One that is stopped with the lock.
is_locked() { ! flock -n /run/vfio-prep/lock true; }
is_gone() { ! kill -0 "$1"; }
catches_term() { (($((0x$(awk '/SigCgt/ { print $2 }' "/proc/$1/status"))) & 1 << 14)); }
flock -F /run/vfio-prep/lock sleep 100 &
holder=$!
wait_for 5 is_locked
for signal in TERM INT HUP; do
	env --default-signal=INT vfio-prep attach 05:10.3 2> "$work/err" &
	waiting=$!
	wait_for 20 catches_term $waiting
	kill -$signal $waiting
	ok "SIG$signal ends the wait" wait_for 3 is_gone $waiting
	wait $waiting
	is $? 1 "with status 1"
	like "$(< "$work/err")" "interrupted by a signal while pid [0-9]+ \\(sleep\\) had all journals locked; nothing was changed" "it says who has the lock"
done
printf 'deadline-bind = 1\n' > "$work/conf"
run timeout 20 vfio-prep --config "$work/conf" attach 05:10.3
is "$status" 1 "so does the deadline"
like "$err" "pid [0-9]+ \\(sleep\\) has had all journals locked for 1 s" "it says who has the lock"
kill $holder
ok "then all is as before" vfio-prep detach --all

export_is_as_declared
done_testing
