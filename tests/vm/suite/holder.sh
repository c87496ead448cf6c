#!/bin/bash
# A device that a guest still has is not given back: it is waited for, and recover finishes.
. /src/tests/vm/guest/lib.sh

igb_vfs 2
snapshot "$work/before"
vfio-prep attach 05:10.1 05:10.3 2> /dev/null
qemu_hold -u libvirt-qemu 0000:05:10.1
printf 'deadline-unbind = 2\n' > "$work/short.conf"
run vfio-prep --config "$work/short.conf" detach 05:10.1
is "$status" 4 "detach ends at its deadline"
like "$err" "pid $qemu_pid.*qemu" "it names the process"
like "$err" "recover" "it says what to do"
is "$(driver_of 0000:05:10.1)" vfio-pci "the device is untouched"
run vfio-prep status
like "$out" "incomplete" "status shows it"
for user in libvirt-qemu root; do
	run vfio-prep attach 05:10.1 --user $user
	is "$status" 3 "nobody may take it meanwhile, nor $user"
	like "$err" "0000:05:10.1 is being given back by owner 'manual': pid $qemu_pid.*vfio-prep recover" \
		"which says by whom, and why"
	unlike "$err" "cannot be given back|attached" "and nothing else"
done
run vfio-prep attach 05:10.1 --owner other
is "$status" 3 "another owner neither"
run vfio-prep run 05:10.1 -- true
is "$status" 3 "nor a command's"
run vfio-prep status --json
is "$(grep -o '"0000:05:10.1"' <<< "$(grep -A4 '"devices"' <<< "$out")" | wc -l)" 1 "status lists it once"
ok "other devices still work" vfio-prep detach 05:10.3 --config "$work/short.conf"
run vfio-prep recover
is "$status" 4 "recover cannot help yet"
like "$err" "pid $qemu_pid" "and says why"
qemu_release
ok "once the process is gone, recover finishes" vfio-prep recover
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# A QEMU that is ending is waited for.
vfio-prep attach 05:10.1 2> /dev/null
qemu_hold -u libvirt-qemu 0000:05:10.1
(sleep 1; kill -KILL "$qemu_pid") &
ok "detach waits for one that ends" vfio-prep detach 05:10.1
qemu_release
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
