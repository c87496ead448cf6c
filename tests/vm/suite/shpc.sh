#!/bin/bash
# A bridge whose own driver keeps its group from guests: it is unbound for the time being.
. /src/tests/vm/guest/lib.sh

is "$(driver_of 0000:00:05.0)" shpchp "the bridge has shpchp"
snapshot "$work/before"
run vfio-prep attach 01:01.0 --group-policy strict
is "$status" 3 "strict refuses"
ok "attach" vfio-prep attach 01:01.0
is "$(driver_of 0000:00:05.0)" "" "the bridge has no driver now"
ok "the kernel agrees that the group is viable" group_viable 0000:01:01.0
export_is_as_declared
ok "QEMU takes the device" qemu_hold -u libvirt-qemu 0000:01:01.0
qemu_release
ok "detach" vfio-prep detach 01:01.0
is "$(driver_of 0000:00:05.0)" shpchp "the bridge has its driver back"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
done_testing
