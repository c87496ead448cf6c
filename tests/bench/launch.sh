#!/bin/bash
# What `run` costs beyond attach and detach: run in the guest. The command is `true`, so the same
# is done in both cases; attach and detach are two programs, and `true` is one more.
#   launch.sh [ROUNDS]
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1 rounds=${1:-15}
igb_vfs 7
wait_for 10 test "$(driver_of $vf)" = igbvf || :

# cost VAR COMMAND…: adds the microseconds to the list.
cost() {
	local -n list=$1
	local start
	shift
	start=${EPOCHREALTIME/./}
	"$@" > /dev/null 2>&1 || echo "failed: $*"
	list+=($((${EPOCHREALTIME/./} - start)))
}

median() {
	local sorted
	mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
	echo "${sorted[${#sorted[@]} / 2]}"
}

quiet() { udevadm settle; udevadm control --reload; read -rt 0.1 <> <(:) || :; }

# tell NAME: of the program of that name.
tell() {
	local -n of_run=$1_run of_attach=$1_attach of_detach=$1_detach of_version=$1_version
	local r a d v extra
	r=$(median "${of_run[@]}") a=$(median "${of_attach[@]}") d=$(median "${of_detach[@]}")
	v=$(median "${of_version[@]}")
	# attach and detach start the program twice, run once: one start is not theirs to count
	extra=$((r - (a + d - v) - t))
	printf '%s:\nrun -- true %5d us\nattach      %5d us\ndetach      %5d us\ntrue        %5d us\n' \
		"$1" "$r" "$a" "$d" "$t"
	printf 'starting vfio-prep %5d us\n' "$v"
	printf 'run beyond attach, detach and true: %d us, at most 5000 wanted: %s\n' "$extra" \
		"$([ "$extra" -le 5000 ] && echo PASS || echo FAIL)"
}

declare -A programs=([this]=vfio-prep)
[ ! -x /build/against/hook/vfio-prep ] || programs[against]=/build/against/hook/vfio-prep
true=()
for ((i = 0; i < rounds; i++)); do
	quiet; cost true /bin/true
	for name in "${!programs[@]}"; do
		program=${programs[$name]}
		quiet; cost "${name}_run" "$program" run $vf -- true
		quiet; cost "${name}_attach" "$program" attach $vf
		quiet; cost "${name}_detach" "$program" detach $vf
		quiet; cost "${name}_version" "$program" --version
	done
done
t=$(median "${true[@]}")
for name in "${!programs[@]}"; do tell "$name"; done
