# Sourced after lib.sh: commands that are killed, or whose system calls fail, at every point.
# shellcheck shell=bash disable=SC2034,SC2154

# Those that change anything, for tests/vm/inject.c.
changing_calls=creat,write,pwrite64,writev,mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat
changing_calls+=,renameat2,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,chown,fchown,lchown
changing_calls+=,fchownat,truncate,ftruncate,fallocate,fsync,fdatasync,setxattr,fsetxattr
changing_calls+=,fork,vfork,clone,clone3,execve,kill,flock,sendto,sendmsg
points=0 restored=0 refused=0
at= # the state that the host is known to be in

[ -x /build/tests/vm/inject ] || bail_out "tests/vm/inject was not built"
coproc states { exec python3 -IS "$guest_lib/snapshot.py" --serve; }

# state FILE: the host without what cannot be the same twice.
state() {
	echo "$1" >&"${states[1]}"
	read -r <&"${states[0]}"
}

# is_state STATE…: the host is in one of these states, which $at then names; else tells how it
# differs from the first.
is_state() {
	local now=$work/now is want known
	state "$now"
	read -rd '' is < "$now"
	for want; do
		read -rd '' known < "$want"
		[ "$is" != "$known" ] || { at=$want; return 0; }
	done
	at=
	diff -U0 "$1" "$now" | grep '^[-+][^-+]'
	return 1
}

# injected [-a] CALLS N FAULT COMMAND…: runs it with the fault at the Nth of these calls. False
# when it makes fewer. Sets $status, and $hit to what was hit.
injected() {
	status=0 at=
	# the shell would tell of each that was killed; what is traced cannot be checked for leaks
	{ ASAN_OPTIONS=detect_leaks=0 /build/tests/vm/inject -o "$work/hit" "$@" \
		> "$work/out" 2>&1 < /dev/null || status=$?; } 2> /dev/null
	read -r hit < "$work/hit"
}

# verdict DESC BAD…: the result of a sweep; the first of what went wrong.
verdict() {
	local desc=$1
	shift
	if [ $# -eq 0 ]; then pass "$desc"; else fail "$desc"; diag "$# wrong:" "${@:1:4}"; fi
}

# progress DESC N: how far a sweep is, for whoever waits for hours, in $RESULTS/progress.
progress() { [ ! -d "${RESULTS-}" ] || echo "$1: call $2, $points points" > "$RESULTS/progress"; }

# begin STATE: makes that state, unless the host is known to be in it. False when it cannot be made:
# what then ran to its end would look like the end of a sweep.
begin() {
	[ "$at" != "$1" ] || return 0
	make_state "$1" > "$work/make" 2>&1
	if [ ! -e "$1" ] || is_state "$1" > "$work/state"; then return 0; fi
	bad+=("${1##*/} cannot be made: $(< "$work/make") $(< "$work/state")")
	return 1
}

# sweep_kills DESC CALLS COMMAND BEFORE WANTED…: killed at each of the calls; then recover gives one
# of the states wanted. Where there are several processes, one dies and all of them in turn, or
# both at each point when $both is set; only each $stride-th point where that is set. The state
# before is made by the function make_state; after
# one that went wrong, mend cleans up.
sweep_kills() {
	local desc=$1 calls=$2 command=$3 before=$4 n who ways bad=() start=$points
	shift 4
	for ((n = 1; n < 20000; n += ${stride:-1})); do
		ways=('' -a)
		[ -n "${both-}" ] || ways=("${ways[n % 2]}")
		progress "$desc" "$n"
		for who in "${ways[@]}"; do
			begin "$before" || break 2
			# shellcheck disable=SC2086
			injected $who "$calls" "$n" kill $command || break 2
			points=$((points + 1))
			vfio-prep recover > "$work/recover" 2>&1
			if is_state "$@" > "$work/state"; then
				restored=$((restored + 1))
			else
				bad+=("$n $who: $hit: $(< "$work/state") $(< "$work/recover")")
				mend
			fi
			[[ $hit != *alone ]] || break
		done
	done
	verdict "$desc, at $((points - start)) points" "${bad[@]}"
}

# judge WHAT: by the exit $status of a command in which that failed, the host must be in the state
# $after: 0; $before: 1 and 3; else in one of the two after a recover. $before may be a state that
# only make_state knows. What went wrong is added to $bad.
judge() {
	local wanted=("$after")
	[ "$status" -eq 0 ] || [ ! -e "$before" ] || wanted=("$before" "$after")
	if [[ $status == [13] && -e $before ]]; then
		wanted=("$before")
		refused=$((refused + 1))
	elif [ "$status" -ne 0 ]; then
		vfio-prep recover > "$work/recover" 2>&1
	fi
	if is_state "${wanted[@]}" > "$work/state"; then
		restored=$((restored + 1))
	else
		bad+=("$1, status $status: $(< "$work/out")" "$(< "$work/state")")
		mend
	fi
}

# all_refused CALLS N COMMAND BEFORE: the Nth call fails with each of ${errors[@]}, one after the
# other, and each time the command says that nothing is changed, which is so. Most calls are made
# before anything is changed; to look at the host once for all errors takes half the time. False
# when they are to be tried one by one; that may be as the command makes fewer calls.
all_refused() {
	local calls=$1 n=$2 command=$3 before=$4 error
	[ -e "$before" ] || return 1
	begin "$before" || return 1
	for error in "${errors[@]}"; do
		# shellcheck disable=SC2086
		injected "$calls" "$n" "$error" $command || return 1
		[[ $status == [13] ]] || return 1
	done
	is_state "$before" > "$work/state" || return 1
	points=$((points + ${#errors[@]}))
	restored=$((restored + ${#errors[@]}))
	refused=$((refused + ${#errors[@]}))
}

# sweep_errors DESC CALLS STRIDE COMMAND BEFORE AFTER: each STRIDEth of the calls fails; with the
# next of ${errors[@]}, or with each of them when STRIDE is 1.
sweep_errors() {
	local desc=$1 calls=$2 stride=$3 command=$4 before=$5 after=$6
	local n error these bad=() start=$points
	for ((n = 1; n < 20000; n += stride)); do
		these=("${errors[n / stride % ${#errors[@]}]}")
		progress "$desc" "$n"
		if [ "$stride" -eq 1 ]; then
			! all_refused "$calls" "$n" "$command" "$before" || continue
			these=("${errors[@]}")
		fi
		for error in "${these[@]}"; do
			begin "$before" || break 2
			# shellcheck disable=SC2086
			injected "$calls" "$n" "$error" $command || break 2
			points=$((points + 1))
			judge "$n: $hit: $error"
		done
	done
	verdict "$desc, at $((points - start)) points" "${bad[@]}"
}
