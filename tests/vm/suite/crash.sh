#!/bin/bash
# Killed at each system call that changes anything, in attach, detach and recover: recover
# then gives the state from before (or from after, where the command had got that far).
#   crash.sh [CALL…]: only these system calls
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh

calls=("$@")
[ $# -gt 0 ] || calls=("${changing_calls[@]}")
device=0000:05:10.1 both="0000:05:10.1 0000:05:10.3"

igb_vfs 2
modprobe vfio-pci
udevadm settle

detached() { vfio-prep detach --all > /dev/null 2>&1; }
# shellcheck disable=SC2086
attached() { detached; vfio-prep attach $both > /dev/null 2>&1; }
# What a kill in the middle of attach leaves.
halfway() { detached; killed write 4 vfio-prep attach "$device"; }
mend() { detached; for name in $both; do sysfs_native "$name"; done; }

detached
state "$work/detached"
attached
state "$work/attached"

prepare() { detached; }
sweep_kills "attach" "vfio-prep attach $both" "$work/detached" "$work/attached"
prepare() { attached; }
sweep_kills "detach" "vfio-prep detach $both" "$work/detached" "$work/attached"
prepare() { halfway; }
sweep_kills "recover" "vfio-prep recover" "$work/detached"

diag "$points kill points, $restored restored"
done_testing
