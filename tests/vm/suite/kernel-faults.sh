#!/bin/bash
# Functions of the kernel fail below what the program writes: all is rolled back, or said to be
# left, and then recover restores it.
#   kernel-faults.sh [all]: each call with each error, else each call with one error in turn
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh
. /src/tests/vm/guest/operations.sh

every=${1-}
[[ $(modinfo -F vermagic /build/fault/fault.ko) == "$(uname -r) "* ]] ||
	skip_all "no module that makes this kernel fail"

# What fails: the operation, the function, and the errors that it may give.
faults=(
	"attach device_driver_attach EBUSY ENODEV ENOMEM"
	"attach sysfs_create_link EEXIST ENOMEM"
	"attach device_add EEXIST ENOMEM"
	"attach vfio_pci_core_register_device EBUSY EINVAL ENOMEM"
	"detach device_driver_attach EBUSY ENODEV ENOMEM"
	"detach iommu_device_use_default_domain EBUSY"
	"detach pci_enable_device_mem EIO EINVAL"
	"detach register_netdev ENOMEM EBUSY"
	"release iommu_device_use_default_domain EBUSY"
	"prepare vfio_register_emulated_iommu_dev ENOMEM EINVAL"
	"prepare mdev_device_create ENOMEM EEXIST"
	"prepare vfio_pci_core_register_device ENOMEM"
	"mdev-create mdev_device_create ENOMEM EEXIST"
	"mdev-create vfio_register_emulated_iommu_dev ENOMEM"
	"mdev-create mtty_probe ENODEV ENOMEM"
	"mdev-create sysfs_create_link ENOMEM"
	"numvfs pci_enable_sriov ENOMEM EBUSY EIO"
	"numvfs pci_iov_add_virtfn ENOMEM"
)
# Where there are nodes of groups, and where single devices have theirs.
[ "$VFIO" = cdev ] || faults+=(
	"attach vfio_device_set_group EINVAL ENOMEM"
	"attach iommu_group_claim_dma_owner EBUSY EPERM"
)
[ "$VFIO" = group ] || faults+=(
	"attach cdev_device_add EBUSY ENOMEM"
	"prepare cdev_device_add ENOMEM"
)

# faulty FUNCTION ERROR CALL COMMAND…: with that call failing. Sets $status; false when the program
# made fewer calls.
faulty() {
	local function=$1 error=$2 call=$3 calls
	shift 3
	status=0 at=
	insmod /build/fault/fault.ko "function=$function" "error=-$error" "call=$call" \
		program=vfio-prep || return 2
	"$@" > "$work/out" 2>&1 < /dev/null || status=$?
	calls=$(< /sys/module/fault/parameters/calls)
	rmmod fault
	[ "$calls" -ge "$call" ]
}

# The numbers of the errors, for the module.
declare -A number=([EPERM]=1 [EIO]=5 [ENOMEM]=12 [EBUSY]=16 [EEXIST]=17 [ENODEV]=19 [EINVAL]=22)

sweep() {
	local name=$1 function=$2 errors n error these bad=() start=$points
	shift 2
	errors=("$@")
	operation "$name"
	for ((n = 1; n < 100; n++)); do
		these=("${errors[n % ${#errors[@]}]}")
		[ "$every" != all ] || these=("${errors[@]}")
		for error in "${these[@]}"; do
			begin "$before" || break 2
			# shellcheck disable=SC2086
			faulty "$function" "${number[$error]}" "$n" $command || break 2
			points=$((points + 1))
			judge "call $n of $function gives $error"
		done
	done
	[ "$points" -gt "$start" ] || bad+=("$function was never called")
	verdict "$name, $function fails at $((points - start)) points" "${bad[@]}"
}

# What is made without a driver looks the same each time.
echo 0 > /sys/bus/pci/devices/$other_pf/sriov_drivers_autoprobe
set_up_operations
begin "$work/with-vfs"
state "$work/with-vfs"
for line in "${faults[@]}"; do
	# shellcheck disable=SC2086
	sweep $line
done
mend

diag "$points calls of the kernel failed, $restored as it must be, $refused of them refused or rolled back"
done_testing
