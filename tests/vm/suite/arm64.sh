#!/bin/bash
# Arm: an SMMUv3, and a GIC whose ITS remaps interrupts. By device tree a root port, the functions
# behind it and their VFs share one group; by the firmware's tables (ACPI) each has its own.
. /src/tests/vm/guest/lib.sh

pf=0000:05:00.1 other_pf=0000:05:00.0 vf=0000:05:10.1
unsafe=/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
qemu_uid=$(id -u libvirt-qemu)
acpi=false
[ ! -d /sys/firmware/acpi/tables ] || acpi=true

# unchanged DESC: the host is as it was at the last snapshot to $work/before.
unchanged() {
	udevadm settle
	snapshot "$work/after"
	same_snapshot "$work/before" "$work/after" "$1"
}

# has_node ADDRESS: the node of its group is QEMU's.
has_node() { [ "$(stat -c '%u %a' "/dev/vfio/$(group_of "$1")")" = "$qemu_uid 600" ]; }

# taken_and_back DEVICE
taken_and_back() {
	ok "attach" vfio-prep attach "$1"
	is "$(driver_of "$1")" vfio-pci "$1 is on vfio-pci"
	ok "its node is QEMU's" has_node "$1"
	run vfio-prep status
	like "$out" "$1" "status knows it"
	unlike "$out" 'changed|mend' "and finds it as it should be"
	ok "a QEMU of Arm takes it" qemu_hold -u libvirt-qemu "$1"
	printf 'deadline-unbind = 1\n' > "$work/short.conf"
	run vfio-prep --config "$work/short.conf" detach "$1"
	is "$status" 4 "it is not given back meanwhile"
	like "$err" "pid $qemu_pid \(qemu-system-aar" "it is said who has it"
	qemu_release
	ok "given back" vfio-prep recover
	unchanged "the host is as it was"
}

# --- what there is ---

run vfio-prep doctor
like "$out" "ok +iommu +on \(Arm SMMUv3\), with [0-9]+ groups" "doctor names the SMMU"
if grep -q '^ITS-' /sys/kernel/irq/*/chip_name; then
	like "$out" "ok +interrupts +remapped by the GIC's ITS" "and what remaps interrupts"
	unlike "$out" '(^|$'\\n')(problem|warning)' "and finds no fault"
else
	# no ITS: the kernel's own word is no, and ours comes before it
	like "$out" "problem +interrupts +not remapped" "and finds that MSIs are not remapped"
	like "$out" "look in the firmware's set-up for an ITS" "with what would"
	unlike "$out" "VT-d|AMD-Vi" "and nothing of other machines"
	snapshot "$work/before"
	for verb in check attach; do
		run vfio-prep $verb $pf $other_pf
		is "$status" 3 "$verb is refused"
		like "$out$err" "does not remap interrupts.*" "it is said why"
		unchanged "nothing was changed"
	done
	run vfio-prep attach $pf $other_pf --no-proof
	not_ok "QEMU would not get it" qemu_hold $pf
	vfio-prep detach --all 2> /dev/null
	modprobe vfio_iommu_type1
	echo Y > $unsafe
	taken_and_back $pf
	done_testing
fi

# --- devices that no driver was ever bound to ---

# This one gets no group then, either: behind a PCI bridge it would share a stream of the SMMU.
edu=$(grep -lx 0x11e8 /sys/bus/pci/devices/*/device | sed 's|/device$||; s|.*/||')
not_ok "$edu, which has no driver, has no IOMMU group" test -e "/sys/bus/pci/devices/$edu/iommu_group"
snapshot "$work/before"
for verb in check plan; do
	run vfio-prep $verb "$edu"
	like "$status $out$err" "^3 .*$edu has no IOMMU group yet" "$verb says so"
	like "$out$err" "attach it" "and what could make it"
done
run vfio-prep attach "$edu"
like "$status $err" "^3 .*$edu has no IOMMU group, nor gets one" "attach tries, and is refused"
unchanged "nothing was changed"

# A driver that is there gives a new VF its group, even one that it may not have.
igbvf=$(modinfo -n igbvf)
mv "$igbvf" "$work/igbvf"
echo 0 > "/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
igb_vfs 2
not_ok "a new VF has no IOMMU group" test -e "/sys/bus/pci/devices/$vf/iommu_group"
echo "deny = $vf" > "$work/deny.conf"
run vfio-prep --config "$work/deny.conf" attach $vf
is "$status" 3 "one that is denied is refused"
not_ok "and has no group made" test -e "/sys/bus/pci/devices/$vf/iommu_group"
run vfio-prep attach $vf
if $acpi; then
	is "$status" 0 "attach has it made" || diag "$err"
	is "$(group_members $vf)" $vf "it is alone in it"
	ok "its node is QEMU's" has_node $vf
	ok "given back" vfio-prep detach $vf
else
	like "$status $err" "^3 .*$pf, in the same IOMMU group, is in use" "attach has it made, and then refuses"
fi
is "$(driver_of $vf)" "" "the VF has no driver again"
igb_vfs 0
echo 1 > "/sys/bus/pci/devices/$pf/sriov_drivers_autoprobe"
mv "$work/igbvf" "$igbvf"
igb_vfs 2
snapshot "$work/before"
run vfio-prep groups
if $acpi; then
	is "$(group_members $vf)" $vf "a VF has a group for itself"
	taken_and_back $vf
	run vfio-prep run $vf --user nobody -- sh -c 'exec 3<> "$1" && stat -c %U "$1"' sh "/dev/vfio/$(group_of $vf)"
	is "$status $out" "0 nobody" "a command gets it with run" || diag "$err"
	unchanged "the host is as it was"
	done_testing
fi
is "$(group_members $vf)" "0000:00:09.0 $other_pf $pf $vf 0000:05:10.3" \
	"a root port, both ports of the card and the VFs share a group"
for name in $other_pf $pf $vf; do
	like "$out" "! $name is bound to igb(vf)?, which keeps the group from guests" "$name is told to be in the way"
done
unlike "$out" "! 0000:00:09.0" "not so the root port"
run vfio-prep check $vf
is "$status" 3 "a VF cannot be had while its PF has VFs"
like "$out" "$pf, in the same IOMMU group, is in use: has 2 virtual functions" "it is said why"
run vfio-prep attach $vf
is "$status" 3 "attach is refused"
unchanged "nothing was changed"
igb_vfs 0

snapshot "$work/before"
run vfio-prep attach $pf --group-policy strict
is "$status" 3 "strict does not take the other port with it"
like "$err" "$other_pf.*igb" "it is named"
unchanged "nothing was changed"
run vfio-prep check $pf
like "$status $out" "^0 possible.*$other_pf \(igb, .*\) becomes a placeholder" "the whole group would be taken"
ok "so it is" vfio-prep attach $pf
is "$(driver_of $other_pf) $(driver_of 0000:00:09.0)" "vfio-pci pcieport" "the other port is a placeholder, the root port stays"
ok "given back" vfio-prep detach $pf
unchanged "the host is as it was"
taken_and_back $pf
run vfio-prep run $pf --user nobody -- sh -c 'exec 3<> "$1" && stat -c %U "$1"' sh "/dev/vfio/$(group_of $pf)"
is "$status $out" "0 nobody" "a command gets it with run" || diag "$err"
unchanged "the host is as it was"
export_is_as_declared
done_testing
