#!/bin/bash
# A host whose IOMMU is off.
. /src/tests/vm/guest/lib.sh

igb_vfs 1
snapshot "$work/before"
run vfio-prep attach 05:10.1
is "$status" 3 "refused"
like "$err" "no IOMMU group.*intel_iommu=on" "it says why and what to do"
run vfio-prep check 05:10.1
is "$status" 3 "check says no"
run vfio-prep groups
is "$status" 0 "groups answers"
run vfio-prep doctor
like "$out" "problem +iommu" "doctor finds it"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "nothing changed"
done_testing
