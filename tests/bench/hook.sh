#!/bin/bash
# What libvirt's hook costs: run in the guest.
#   hook.sh [ROUNDS]     of virsh start and destroy, 5
# A guest without host devices: the hook is started four times between its start and its end. Here
# each is measured beside /bin/true, started in the same way. A guest with four VFs: virsh start
# and destroy with the hook, beside the same without it, where libvirt binds the VFs.
# shellcheck disable=SC1091,SC2154
set -u
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/libvirt.sh
. /src/tests/bench/times.sh

rounds=${1:-5}
link=/etc/libvirt/hooks/qemu.d/vfio-prep

# against OPERATION WORD: sets against_us, to the cost of the hook of the other checkout, with the
# library that it was built with; 0 without one.
against() {
	local other=/build/against
	against_us=0
	[ -x $other/hook/libvirt-qemu ] || return
	LD_LIBRARY_PATH=$other/lib /build/tests/bench/spawn 200 "$work/plain.xml" \
		/bin/true plain "$@" - -- $other/hook/libvirt-qemu plain "$@" - > "$work/against"
	{ read -r _; read -r against_us _; } < "$work/against"
}

without_devices() {
	local operation us kb true_us
	guest_xml plain 1 > "$work/plain.xml"
	define plain 1
	virsh dumpxml plain > "$work/plain.xml"
	echo "without host devices, a domain XML of $(stat -c %s "$work/plain.xml") bytes:"
	for operation in "prepare begin" "started begin" "release end"; do
		# shellcheck disable=SC2086
		/build/tests/bench/spawn 200 "$work/plain.xml" /bin/true plain $operation - -- \
			"$hook" plain $operation - > "$work/costs"
		{ read -r true_us _; read -r us kb; } < "$work/costs"
		# shellcheck disable=SC2086
		against $operation
		printf '  %-14s %d us, /bin/true %d us; %d KB resident\n' "$operation" "$us" "$true_us" "$kb"
		demand "hook / true, $operation" $((us * 100 / true_us)) 110
		# shellcheck disable=SC2086
		count "$hook" plain $operation - < "$work/plain.xml"
		echo "  $operation: $n_calls system calls"
		[ "$against_us" -eq 0 ] ||
			demand "hook / against, $operation" $((us * 100 / against_us)) 110
		demand "MB resident, $operation" $((kb * 100 / 1000)) 799
	done
}

# turn KIND: one start and destroy.
turn() {
	local start end
	udevadm settle
	udevadm control --reload	# ends the workers
	start=${EPOCHREALTIME/./}
	virsh -q start four && virsh -q destroy four || return
	end=${EPOCHREALTIME/./}
	times[$1]+=" $((end - start))"
}

with_hook() { ln -sfn "$hook" "$link"; turn hook; }
without_hook() { rm -f "$link"; turn plain; }

four_vfs() {
	local round
	define four 4 "$(vf 0000:05:10.1 yes)" "$(vf 0000:05:10.3 yes)" "$(vf 0000:05:10.5 yes)" \
		"$(vf 0000:05:10.7 yes)"
	with_hook && without_hook || return
	times=()
	for ((round = 0; round < rounds; round++)); do
		if ((round % 2)); then with_hook && without_hook; else without_hook && with_hook; fi || return
	done
	middle hook
	middle plain
	echo "four VFs, virsh start and destroy, $rounds times each:" \
		"with the hook $((median[hook] / 1000)) ms, without $((median[plain] / 1000)) ms"
	demand "with the hook / without, four VFs" $((median[hook] * 100 / median[plain])) 80
}

igb_vfs 7
modprobe vfio-pci
mkdir -p "${link%/*}"
ln -s "$hook" "$link"
start_libvirtd || bail_out "libvirtd does not start"
udevadm settle
snapshot "$work/before"
without_devices
four_vfs || echo "virsh start or destroy failed"
nothing_left "the host is as it was"
