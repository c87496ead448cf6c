#!/bin/bash
# How many system calls each verb makes, in all its processes together. Unlike a time, that number
# is the same on a busy machine. What only waits (poll) is not counted: that depends on the time.
#   calls.sh [SIZE]   64: the largest number of VFs
. /src/tests/vm/guest/lib.sh

most=${1:-64}
waits='!poll,ppoll,wait4,restart_syscall,clock_nanosleep,rt_sigreturn'
declare -A calls

# count NAME COMMAND…: sets calls[NAME].
count() {
	local name=$1
	shift
	run strace -f -c -o "$work/trace" -e trace="$waits" "$@"
	[ "$status" -eq 0 ] || fail "$name: status $status: $err"
	calls[$name]=$(awk '$NF == "total" { print $4 }' "$work/trace")
	[ ! -d "${RESULTS-}" ] || cp "$work/trace" "$RESULTS/calls-$name"
}

# at_most NAME LIMIT DESC
at_most() {
	if [ "${calls[$1]}" -le "$2" ]; then
		pass "$3: ${calls[$1]}, at most $2"
	else
		fail "$3: ${calls[$1]}, at most $2"
	fi
}

# per_device NAME LIMIT DESC: between half of the VFs and all of them. The number for each must
# not grow with how many there are.
per_device() {
	local half=$((most / 2)) quarter=$((most / 4)) upper lower
	upper=$((calls[$1.$most] - calls[$1.$half])) lower=$((calls[$1.$half] - calls[$1.$quarter]))
	calls[$1.each]=$((upper / half))
	at_most "$1.each" "$2" "$3, each of $most devices"
	if [ $((upper * 10)) -le $((lower * 2 * 11)) ]; then
		pass "$3: $lower more for $quarter more, $upper for $half: not more for each"
	else
		fail "$3: $lower more for $quarter more, $upper for $half"
	fi
}

# --- one device ---
modprobe -a vfio-pci igbvf
igb_vfs 7
vf=0000:05:10.1
wait_for 10 test "$(driver_of $vf)" = igbvf || :
vfio-prep attach $vf && vfio-prep detach $vf	# all modules are loaded
udevadm settle
count attach vfio-prep attach $vf
udevadm settle
count detach vfio-prep detach $vf
udevadm settle
at_most attach 490 "attach of a VF"
at_most detach 330 "detach of a VF"
igb_vfs 0

# --- many ---
nvme_vfs "$most"
mapfile -t vfs < <(vfs_of "$nvme_pf")
for n in $((most / 4)) $((most / 2)) "$most"; do
	count "check.$n" vfio-prep check "${vfs[@]:0:n}"
	count "attach.$n" vfio-prep attach "${vfs[@]:0:n}"
	count "status.$n" vfio-prep status
	udevadm settle
	count "detach.$n" vfio-prep detach --all
	udevadm settle
done
per_device check 30 check
per_device attach 70 attach
per_device status 30 status
per_device detach 60 detach
done_testing
