#!/bin/bash
# Killed at each system call that changes anything, in attach, detach and recover: recover
# then gives the state from before (or from after, where the command had got that far).
#   crash.sh [CALL…]: only these system calls
. /src/tests/vm/guest/lib.sh

calls=("$@")
[ $# -gt 0 ] || calls=(write mkdirat unlinkat renameat fchmod fchownat chmod ftruncate
	fdatasync fsync clone flock)
device=0000:05:10.1 both="0000:05:10.1 0000:05:10.3"
points=0 restored=0

igb_vfs 2
modprobe vfio-pci
udevadm settle

# killed CALL N COMMAND…: runs it with SIGKILL at its Nth CALL, in whatever process makes it.
# False once the command makes fewer.
killed() {
	local call=$1 n=$2
	shift 2
	# the shell would tell of each that was killed
	{ strace -f -qq -o "$work/trace" -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
		"$@" > "$work/out" 2>&1 < /dev/null; } 2> /dev/null
	grep -q 'killed by SIGKILL' "$work/trace"
}

# The journal's checksum says when it was written: that it is there must do.
state() {
	snapshot "$work/full"
	sed '/^file .*[.]jsonl /s/ [0-9a-f]*$//' "$work/full" > "$1"
}

# The state is one of those given.
is_one_of() {
	local now=$work/now want
	state "$now"
	for want; do ! cmp -s "$now" "$want" || return 0; done
	diff -U0 "$1" "$now" | grep '^[-+][^-+]'
	return 1
}

# sweep DESC COMMAND WANTED…: every kill point of the command. The state before is made by
# the function prepare.
sweep() {
	local desc=$1 command=$2 call n bad=()
	shift 2
	for call in "${calls[@]}"; do
		for ((n = 1; n < 200; n++)); do
			prepare
			# shellcheck disable=SC2086
			killed "$call" "$n" $command || break
			points=$((points + 1))
			vfio-prep recover > "$work/recover" 2>&1
			if is_one_of "$@" > "$work/state"; then
				restored=$((restored + 1))
			else
				bad+=("$call $n: $(< "$work/state") $(< "$work/recover")")
				vfio-prep detach --all > /dev/null 2>&1
				for name in $both; do sysfs_native "$name"; done
			fi
		done
	done
	if [ ${#bad[@]} -eq 0 ]; then pass "$desc"; else fail "$desc"; diag "${bad[*]}"; fi
}

detached() { vfio-prep detach --all > /dev/null 2>&1; }
# shellcheck disable=SC2086
attached() { detached; vfio-prep attach $both > /dev/null 2>&1; }
# What a kill in the middle of attach leaves.
halfway() { detached; killed write 4 vfio-prep attach "$device"; }

detached
state "$work/detached"
attached
state "$work/attached"

prepare() { detached; }
sweep "attach" "vfio-prep attach $both" "$work/detached" "$work/attached"
prepare() { attached; }
sweep "detach" "vfio-prep detach $both" "$work/detached" "$work/attached"
prepare() { halfway; }
sweep "recover" "vfio-prep recover" "$work/detached"

diag "$points kill points, $restored restored"
done_testing
