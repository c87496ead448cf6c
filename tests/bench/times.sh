# Sourced by the benchmarks: times of whole processes, their medians and ratios, system calls.
# shellcheck shell=bash disable=SC2034,SC2154

declare -A times=() median=()

# take NAME COMMAND…: one time more, in microseconds.
take() {
	local name=$1 start
	shift
	start=${EPOCHREALTIME/./}
	"$@" > "$work/out" 2>&1 || echo "failed: $*: $(< "$work/out")"
	times[$name]+=" $((${EPOCHREALTIME/./} - start))"
}

# middle NAME: sets median[NAME].
middle() {
	local sorted
	# shellcheck disable=SC2086
	mapfile -t sorted < <(printf '%s\n' ${times[$1]} | sort -n)	# words on purpose
	median[$1]=$(((sorted[${#sorted[@]} / 2] + sorted[(${#sorted[@]} - 1) / 2]) / 2))
}

# demand TEXT VALUE LIMIT: both in hundredths.
demand() {
	local word=PASS
	[ "$2" -le "$3" ] || word=FAIL
	printf '%s  %s %d.%02d, wanted: at most %d.%02d\n' $word "$1" $(($2 / 100)) $(($2 % 100)) \
		$(($3 / 100)) $(($3 % 100))
}

# count COMMAND…: sets n_calls; of all its processes, without what only waits.
count() {
	strace -f -c -o "$work/calls" -e trace='!poll,ppoll,wait4,restart_syscall,clock_nanosleep' \
		"$@" > /dev/null 2>&1
	n_calls=$(awk '$NF == "total" { print $4 }' "$work/calls")
}

# quiet: udevd has done what there was, and has no worker left.
quiet() { udevadm settle; udevadm control --reload; read -rt 0.1 <> <(:) || :; }
