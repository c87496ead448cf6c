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

run=() attach=() detach=() true=() version=()
for ((i = 0; i < rounds; i++)); do
	quiet; cost run vfio-prep run $vf -- true
	quiet; cost attach vfio-prep attach $vf
	quiet; cost detach vfio-prep detach $vf
	quiet; cost true /bin/true
	quiet; cost version vfio-prep --version
done
r=$(median "${run[@]}") a=$(median "${attach[@]}") d=$(median "${detach[@]}")
t=$(median "${true[@]}") v=$(median "${version[@]}")
# attach and detach start the program twice, run once: one start is not theirs to count
extra=$((r - (a + d - v) - t))
printf 'run -- true %5d us\nattach      %5d us\ndetach      %5d us\ntrue        %5d us\nstarting vfio-prep %5d us\n' \
	"$r" "$a" "$d" "$t" "$v"
printf 'run beyond attach, detach and true: %d us, at most 5000 wanted: %s\n' "$extra" \
	"$([ "$extra" -le 5000 ] && echo PASS || echo FAIL)"
