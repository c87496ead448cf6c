# Sourced after lib.sh: commands that are killed, or whose system calls fail, at every point.
# shellcheck shell=bash disable=SC2034,SC2154

# Those that change anything. strace counts each by itself. (Its --seccomp-bpf would be three
# times as fast, but injects no signal beyond a process's first call.)
changing_calls=(write mkdirat unlinkat renameat fchmod fchownat chmod ftruncate fdatasync
	fsync clone flock sendto)
# Of these, those between which nothing changes that recover has to see to.
telling_calls=(write unlinkat renameat fchownat clone)
points=0 restored=0 refused=0

# state FILE: the host without what cannot be the same twice. The journal's checksums say when
# it was written: that it is there must do.
state() {
	snapshot "$work/full"
	sed '/^file .*[.]jsonl /s/ [0-9a-f]*$//' "$work/full" > "$1"
}

# is_one_of STATE…: the host is in one of these states; else tells how it differs from the first.
is_one_of() {
	local now=$work/now want
	state "$now"
	for want; do ! cmp -s "$now" "$want" || return 0; done
	diff -U0 "$1" "$now" | grep '^[-+][^-+]'
	return 1
}

# injected CALL WHAT N COMMAND…: runs it with WHAT injected at its Nth CALL, in whatever process
# makes it. False when the command makes fewer. Sets $status.
injected() {
	local call=$1 what=$2 n=$3
	shift 3
	status=0
	# the shell would tell of each that was killed
	{ strace -f -qq -o "$work/trace" -e trace="$call" -e inject="$call:$what:when=$n" \
		"$@" > "$work/out" 2>&1 < /dev/null || status=$?; } 2> /dev/null
	grep -qE 'killed by SIGKILL|\(INJECTED\)' "$work/trace"
}

killed() { injected "$1" signal=KILL "$2" "${@:3}"; }

# verdict DESC BAD…: the result of a sweep; the first of what went wrong.
verdict() {
	local desc=$1
	shift
	if [ $# -eq 0 ]; then pass "$desc"; else fail "$desc"; diag "$# wrong:" "${@:1:4}"; fi
}

# sweep_kills DESC COMMAND WANTED…: every kill point of the command, among ${calls[@]}; then
# recover gives one of the states wanted. The state before is made by the function prepare, and
# by the function mend after one that went wrong.
sweep_kills() {
	local desc=$1 command=$2 call n bad=()
	shift 2
	for call in "${calls[@]}"; do
		for ((n = 1; n < 5000; n++)); do
			prepare
			# shellcheck disable=SC2086
			killed "$call" "$n" $command || break
			points=$((points + 1))
			vfio-prep recover > "$work/recover" 2>&1
			if is_one_of "$@" > "$work/state"; then
				restored=$((restored + 1))
			else
				bad+=("$call $n: $(< "$work/state") $(< "$work/recover")")
				mend
			fi
		done
	done
	verdict "$desc" "${bad[@]}"
}

# sweep_errors DESC COMMAND STRIDE BEFORE AFTER: each STRIDEth of the calls ${calls[@]} fails with
# the next of ${errors[@]}. Exit status 0 means the state after; 1 and 3 the state before; 4 one of
# the two after a recover.
sweep_errors() {
	local desc=$1 command=$2 stride=$3 before=$4 after=$5 call n error wanted bad=()
	prepare
	for call in "${calls[@]}"; do
		for ((n = 1; n < 5000; n += stride)); do
			error=${errors[points % ${#errors[@]}]}
			# shellcheck disable=SC2086
			injected "$call" "error=$error" "$n" $command || break
			points=$((points + 1))
			case $status in
			0) wanted=("$after") ;;
			1 | 3) wanted=("$before") refused=$((refused + 1)) ;;
			*) wanted=("$before" "$after"); vfio-prep recover > "$work/recover" 2>&1 ;;
			esac
			if is_one_of "${wanted[@]}" > "$work/state"; then
				restored=$((restored + 1))
			else
				bad+=("$call $n $error, status $status: $(< "$work/out")" "$(< "$work/state")")
				mend
			fi
			[ "$status" -eq 1 ] || [ "$status" -eq 3 ] || prepare
		done
		prepare
	done
	verdict "$desc" "${bad[@]}"
}
