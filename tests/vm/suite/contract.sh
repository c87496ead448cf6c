#!/bin/bash
# The contract suite on the real kernel: what the fake one must do, too.
. /src/tests/vm/guest/lib.sh

igb_vfs 1
modprobe vfio-pci
mdev=()
modprobe mtty 2> /dev/null && mdev=(--mdev mtty mtty-2)
snapshot "$work/before"
/build/tests/contract/contract --kernel 0000:05:10.1 igbvf --pf 0000:05:00.1 igb --shared 0000:01:01.0 0000:01:02.0 e1000 \
	--bridge 0000:00:05.0 "${mdev[@]}"
status=$?
udevadm settle
snapshot "$work/after"
diff "$work/before" "$work/after" | sed 's/^/# /'
exit "$status"
