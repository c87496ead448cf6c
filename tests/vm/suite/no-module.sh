#!/bin/bash
# vfio-pci is neither loaded nor can it be.
. /src/tests/vm/guest/lib.sh

igb_vfs 1
mount -t tmpfs none "/lib/modules/$(uname -r)"
snapshot "$work/before"
run vfio-prep attach 05:10.1
is "$status" 3 "refused"
like "$err" "vfio-pci.*neither loaded nor" "it says why"
run vfio-prep doctor
like "$out" "vfio-pci.*neither loaded nor" "doctor says so, too"
umount "/lib/modules/$(uname -r)"
echo 'install vfio_pci /bin/false' > /etc/modprobe.d/test.conf
run vfio-prep attach 05:10.1
is "$status" 3 "a module that does not load is refused"
like "$err" "cannot load kernel module vfio_pci" "it says which"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "nothing changed"
rm /etc/modprobe.d/test.conf
ok "once it can be loaded, it is" vfio-prep attach 05:10.1
vfio-prep detach --all
done_testing
