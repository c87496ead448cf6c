#!/bin/bash
# How many VFs a PF has: set for good, and for a domain.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh

pci=/sys/bus/pci/devices
igb=$pci/$igb_pf nvme=$pci/$nvme_pf
vf=0000:05:10.1
modprobe vfio-pci
printf 'deadline-unbind = 1\ndeadline-numvfs = 20\n' > /etc/vfio-prep.conf

# count PF: its VFs, by the kernel's word and by their links.
count() {
	local links=("$pci/$1"/virtfn*)
	[ -e "${links[0]}" ] || links=()
	echo "$(< "$pci/$1/sriov_numvfs") ${#links[@]}"
}

snapshot "$work/none"

# --- igb ---
for n in 7 3 0; do
	run vfio-prep numvfs "$igb_pf" $n
	is "$status $(count "$igb_pf")" "0 $n $n" "$n VFs"
done
like "$err" "$igb_pf has no VFs \(before: 3\)" "it is told what there was"
run vfio-prep numvfs 05:00.1 2
like "$err" "$igb_pf has 2 VFs \(before: 0\): 0000:05:10.1 to 0000:05:10.3" "and what there is"
udevadm settle
is "$(igb_drivers)" "igbvf igbvf" "VFs get their driver"
run vfio-prep numvfs "$igb_pf" 2
like "$status $err" "^0 .*has already 2 VFs" "as many as there are is nothing to do"
not_ok "no journal is left" test -e /run/vfio-prep
vfio-prep numvfs "$igb_pf" 0 2> /dev/null
echo 0 > "$igb/sriov_drivers_autoprobe"
vfio-prep numvfs "$igb_pf" 1 2> /dev/null
is "$(igb_drivers) $(< "$igb/sriov_drivers_autoprobe")" "- 0" "the administrator's autoprobe holds"
vfio-prep numvfs "$igb_pf" 0 2> /dev/null
echo 1 > "$igb/sriov_drivers_autoprobe"
udevadm settle
snapshot "$work/after"
same_snapshot "$work/none" "$work/after" "with none again the host is as it was"

# --- refused ---
refused() {
	local desc=$1 want=$2
	shift 2
	snapshot "$work/before"
	run vfio-prep numvfs "$@"
	is "$status" 3 "$desc: refused"
	like "$err" "$want" "$desc: the reason"
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$desc: nothing was done"
}

refused "more than there can be" "$igb_pf: 8 VFs are too many: it has 7 at most" "$igb_pf" 8
refused "no PF" "0000:01:02.0: it has no VFs to give" 01:02.0 1
igb_vfs 2
refused "a VF" "$vf: it is a VF itself, of $igb_pf" "$vf" 1
vfio-prep attach "$vf" --owner web1 > /dev/null 2>&1
refused "a VF of an owner" "$igb_pf: all its VFs would go, and $vf belongs to owner 'web1'" "$igb_pf" 0
refused "a VF of an owner, by force" "belongs to owner 'web1'" "$igb_pf" 7 --force
vfio-prep detach --owner web1 > /dev/null 2>&1

sysfs_vfio "$vf"
qemu_hold "$vf"
refused "a VF that QEMU has, whoever gave it" "$vf is in use: .*qemu-system" "$igb_pf" 0
refused "the same by force" "$vf is in use: .*qemu-system" "$igb_pf" 0 --force
qemu_release
sysfs_native "$vf"
udevadm settle

own=$(ls "$pci/$vf/net")
ip link set "$own" up
ip address add 192.0.2.1/24 dev "$own"
refused "a VF that the host uses" "$vf is in use: .*192.0.2.1" "$igb_pf" 0
run vfio-prep numvfs "$igb_pf" 0 --force
is "$status $(count "$igb_pf")" "0 0 0" "by force it goes"

echo "$igb_pf" > /sys/bus/pci/drivers/igb/unbind
refused "a PF without a driver" "$igb_pf: it has no driver" "$igb_pf" 1
echo vfio-pci > "$igb/driver_override"
echo "$igb_pf" > /sys/bus/pci/drivers_probe
run vfio-prep numvfs "$igb_pf" 1
like "$status $err" "^3 .*its driver vfio-pci does not make VFs" "vfio-pci makes none: it is told"
echo "$igb_pf" > /sys/bus/pci/drivers/vfio-pci/unbind
echo > "$igb/driver_override"
echo "$igb_pf" > /sys/bus/pci/drivers_probe
udevadm settle

# --- blocked ---
# Only the device is open, and no node shows it: the kernel blocks, and is not waited for.
igb_vfs 2
sysfs_vfio "$vf"
group=$(group_of "$vf")
python3 -IS - "$group" "$vf" "$work/holds" << 'END' &
import array, fcntl, os, sys, time
container = os.open('/dev/vfio/vfio', os.O_RDWR)
group = os.open('/dev/vfio/' + sys.argv[1], os.O_RDWR)
fcntl.ioctl(group, 0x3b68, array.array('i', [container]))
fcntl.ioctl(container, 0x3b66, 1)
device = fcntl.ioctl(group, 0x3b6a, sys.argv[2].encode() + b'\0')
os.close(group)
open(sys.argv[3], 'w').close()
time.sleep(600)
END
holder=$!
wait_for 20 test -e "$work/holds"
printf 'deadline = 2\n' > /etc/vfio-prep.conf
run vfio-prep numvfs "$igb_pf" 0
is "$status" 4 "a VF that is open unseen: the deadline ends the command"
like "$err" "$igb_pf: the kernel did not finish within 2 s and still waits" "it says so"
run vfio-prep status
like "$out" "$igb_pf" "the PF is in quarantine"
run vfio-prep numvfs "$igb_pf" 1
like "$status $err" "^3 .*$igb_pf: it is in quarantine" "the next one does not hang either"
kill -KILL "$holder"
wait "$holder" 2> /dev/null
wait_for 20 vfio-prep recover > "$work/recover" 2>&1
udevadm settle
is "$(count "$igb_pf")" "2 2" "once it is closed, recover makes what there was"
not_ok "no journal is left" test -e /run/vfio-prep
printf 'deadline-numvfs = 60\n' > /etc/vfio-prep.conf
igb_vfs 0
snapshot "$work/after"
same_snapshot "$work/none" "$work/after" "with none again the host is as it was"

# --- killed ---
make_state() { igb_vfs "${1##*/}"; }
mend() { vfio-prep recover; }
for name in 3 2; do begin "$work/$name"; state "$work/$name"; done
sweep_kills "numvfs" clone,unlinkat "vfio-prep numvfs $igb_pf 3" "$work/2" "$work/2" "$work/3"
igb_vfs 0

# --- NVMe ---
echo 0 > "$nvme/sriov_drivers_autoprobe"
vfio-prep numvfs "$nvme_pf" 64 > "$work/out" 2>&1 &
pid=$!
wait_for 30 test -e "$nvme/virtfn3"
{ kill -KILL $pid && wait $pid; } 2> /dev/null
run vfio-prep recover
is "$status $(count "$nvme_pf")" "0 0 0" "kill -9 while the kernel makes 64, recover: none, as before"
at_terminal "vfio-prep numvfs $nvme_pf 64" > "$work/tty"
is "$(count "$nvme_pf")" "64 64" "64 VFs on NVMe"
like "$(< "$work/tty")" "$nvme_pf: [0-9]+ of 64 VFs" "a terminal sees them come"
like "$(< "$work/tty")" "$nvme_pf has 64 VFs \(before: 0\): 0000:02:00.1 to 0000:02:08.0" "and what became of it"
run vfio-prep numvfs "$nvme_pf" 65
like "$status $err" "^3 .*65 VFs are too many: it has 64 at most" "65 are refused"
ok "none" vfio-prep numvfs "$nvme_pf" 0
echo 1 > "$nvme/sriov_drivers_autoprobe"
snapshot "$work/after"
same_snapshot "$work/none" "$work/after" "the host is as it was"

# --- a domain ---
cat > "$work/web1.xml" << END
<domain type='kvm'><name>web1</name><uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid>
<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:vfs pf='$igb_pf' count='3'/></vp:prepare></metadata>
<devices><hostdev mode='subsystem' type='pci'>
<source><address domain='0' bus='5' slot='0x10' function='1'/></source></hostdev></devices></domain>
END
run vfio-prep plan --domain "$work/web1.xml"
like "$status $err" "^3 .*$vf.*one of the VFs that prepare makes first" "a plan does not make them, and says so"
ok "a domain makes its VFs" vfio-prep prepare "$work/web1.xml"
is "$(count "$igb_pf") $(igb_drivers)" "3 3 vfio-pci - -" "they are not the host's"
is "$(< "$igb/sriov_drivers_autoprobe")" 1 "autoprobe is back"
ok "QEMU takes its VF" qemu_hold -u libvirt-qemu "$vf"
run vfio-prep numvfs "$igb_pf" 0
like "$status $err" "^3 .*belongs to domain 'web1'" "their number is the domain's"
run vfio-prep attach 05:10.5
like "$status $err" "^3 .*belongs to domain 'web1'" "and all of them"
run vfio-prep release --force web1
is "$status $(count "$igb_pf")" "4 3 3" "a guest that still has its VF is not disturbed"
qemu_release
ok "recover takes them away" vfio-prep recover
udevadm settle
snapshot "$work/after"
same_snapshot "$work/none" "$work/after" "the host is as it was"

rm /etc/vfio-prep.conf
done_testing
