#!/bin/bash
# System calls of attach and detach fail: all is rolled back, or said to be left, and then recover
# restores it.
#   errors.sh [STRIDE]: each STRIDEth call of the many that only read (default 11)
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh

stride=${1-11}
errors=(EIO EBUSY ENOSPC ENOMEM EPERM)
device=0000:05:10.1

igb_vfs 1
modprobe vfio-pci
udevadm settle

detached() { vfio-prep detach --all > /dev/null 2>&1; }
attached() { detached; vfio-prep attach "$device" > /dev/null 2>&1; }
mend() { detached; sysfs_native "$device"; }

detached
state "$work/detached"
attached
state "$work/attached"

calls=(write fsync fdatasync mkdirat unlinkat renameat fchmod fchownat chmod clone)
prepare() { detached; }
sweep_errors "attach, calls that change something" "vfio-prep attach $device" 1 \
	"$work/detached" "$work/attached"
prepare() { attached; }
sweep_errors "detach, calls that change something" "vfio-prep detach $device" 1 \
	"$work/attached" "$work/detached"
calls=(openat)
prepare() { detached; }
sweep_errors "attach, each ${stride}th openat" "vfio-prep attach $device" "$stride" \
	"$work/detached" "$work/attached"
prepare() { attached; }
sweep_errors "detach, each ${stride}th openat" "vfio-prep detach $device" "$stride" \
	"$work/attached" "$work/detached"

diag "$points calls failed, $restored as it must be, $refused of them refused or rolled back"
done_testing
