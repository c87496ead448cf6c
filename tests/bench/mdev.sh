#!/bin/bash
# Making and removing a mediated device by hand, beside mdevctl: run in the guest.
#   mdev.sh [ROUNDS]
# shellcheck disable=SC1091,SC2034,SC2154
set -u
. /src/tests/vm/guest/lib.sh
. /src/tests/bench/times.sh

rounds=${1:-15}
uuid=5f0d7a52-4f4e-4e6f-8a9f-3a6f1f2c7b10
programs=(vfio-prep)
[ ! -x /build/against/hook/vfio-prep ] || programs+=(/build/against/hook/vfio-prep)
modprobe mtty 2> /dev/null || bail_out "this kernel has no mtty"

ours() { # PROGRAM: one round of it
	quiet; take "$1.create" "$1" mdev create --type mtty-1 --parent mtty --uuid $uuid
	quiet; take "$1.remove" "$1" mdev remove $uuid
}

theirs() {
	quiet; take mdevctl.create mdevctl start --uuid $uuid --parent mtty --type mtty-1
	quiet; take mdevctl.remove mdevctl stop --uuid $uuid
}

round() {
	local program
	for program in "${programs[@]}"; do ours "$program"; done
	theirs
}

round
times=()	# that was for warming up
for ((i = 0; i < rounds; i++)); do
	if ((i % 2)); then theirs; for p in "${programs[@]}"; do ours "$p"; done; else round; fi
	quiet; take true /bin/true
done
for name in "${!times[@]}"; do
	middle "$name"
	printf '%-40s %d us, %d times\n' "$name" "${median[$name]}" "$rounds"
done
for verb in create remove; do
	ours=${median[vfio-prep.$verb]} theirs=${median[mdevctl.$verb]}
	demand "mdev $verb / mdevctl" $((ours * 100 / theirs)) 70
done
count vfio-prep mdev create --type mtty-1 --parent mtty --uuid $uuid
echo "system calls: create $n_calls"
count vfio-prep mdev remove $uuid
echo "system calls: remove $n_calls"
count mdevctl start --uuid $uuid --parent mtty --type mtty-1
echo "system calls of mdevctl: start $n_calls"
count mdevctl stop --uuid $uuid
echo "system calls of mdevctl: stop $n_calls"
