#!/bin/bash
# A host on which udevd does not run: the node is set directly, and it is said.
. /src/tests/vm/guest/lib.sh

modprobe -a igb igbvf
echo 1 > /sys/bus/pci/devices/0000:05:00.1/sriov_numvfs
snapshot "$work/before"
run vfio-prep attach 05:10.1
is "$status" 0 "attached"
like "$err" "udevd does not run" "it says so"
is "$(stat -c '%U %a' "/dev/vfio/$(group_of 0000:05:10.1)")" "libvirt-qemu 600" "the node is given"
ok "given back" vfio-prep detach --all
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
