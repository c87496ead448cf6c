#!/bin/bash
# What `run` costs beyond attach and detach: run in the guest. The command is `true`, so the same
# is done in both cases; attach and detach are two programs, and `true` is one more.
#   launch.sh [ROUNDS]
# shellcheck disable=SC1091,SC2034,SC2154
set -u
. /src/tests/vm/guest/lib.sh
. /src/tests/bench/times.sh

vf=0000:05:10.1 rounds=${1:-15}
programs=(vfio-prep)
[ ! -x /build/against/hook/vfio-prep ] || programs+=(/build/against/hook/vfio-prep)
igb_vfs 7
wait_for 10 test "$(driver_of $vf)" = igbvf || :

once() { # PROGRAM: one round of it
	quiet; take "$1.run" "$1" run $vf -- true
	quiet; take "$1.attach" "$1" attach $vf
	quiet; take "$1.detach" "$1" detach $vf
	quiet; take "$1.version" "$1" --version
}

# tell PROGRAM
tell() {
	local extra verb word=PASS
	for verb in run attach detach version; do
		middle "$1.$verb"
		printf '%-40s %6d us\n' "$1 $verb" "${median[$1.$verb]}"
	done
	# attach and detach start the program twice, run once: one start is not theirs to count
	extra=$((${median[$1.run]} - ${median[$1.attach]} - ${median[$1.detach]}))
	extra=$((extra + ${median[$1.version]} - median[true]))
	[ "$extra" -le 5000 ] || word=FAIL
	echo "$word  $1 run beyond attach, detach and true: $extra us, wanted: at most 5000"
	for verb in "run $vf -- true" "attach $vf" "detach $vf"; do
		# shellcheck disable=SC2086
		count "$1" $verb
		echo "system calls of $1 ${verb%% *}: $n_calls"
	done
}

for program in "${programs[@]}"; do once "$program"; done
times=()	# that was for warming up
for ((i = 0; i < rounds; i++)); do
	quiet; take true /bin/true
	if ((i % 2)); then
		for ((p = ${#programs[@]} - 1; p >= 0; p--)); do once "${programs[p]}"; done
	else
		for program in "${programs[@]}"; do once "$program"; done
	fi
done
middle true
printf '%-40s %6d us\n' true "${median[true]}"
for program in "${programs[@]}"; do tell "$program"; done
