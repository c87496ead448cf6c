#!/bin/bash
# Mediated devices: made and removed by hand, and made for a domain for as long as it lives.
. /src/tests/vm/guest/lib.sh

if ! modprobe mtty 2> /dev/null || ! modprobe mdpy; then
	skip_all "this kernel has no mtty and mdpy"
fi
modprobe vfio-pci
udevadm settle
a=c2177883-f1bb-47f0-914d-32a22e3a8804 b=d0a3c1f0-7c5e-4b7e-9a57-6a1d5c9f0b22
mdevs=/sys/bus/mdev/devices
printf 'deadline-unbind = 2\n' > "$work/short.conf"

left() { cat "/sys/class/mdev_bus/${1%-*}/mdev_supported_types/$1/available_instances"; }
node_of() { local l; l=$(readlink "$mdevs/$1/iommu_group") && echo "/dev/vfio/${l##*/}"; }

# fill TYPE N: takes instances by sysfs alone, and spill gives them back.
fill() {
	local i uuid
	for ((i = 0; i < $2; i++)); do
		printf -v uuid '10000000-0000-4000-8000-%012d' "${#filled[@]}"
		echo "$uuid" > "/sys/class/mdev_bus/${1%-*}/mdev_supported_types/$1/create"
		filled+=("$uuid")
	done
}
spill() {
	local uuid
	for uuid in "${filled[@]}"; do echo 1 > "$mdevs/$uuid/remove"; done
	filled=()
}
filled=()

# domain FILE NAME UUID:TYPE…: the types go into the metadata, none with "UUID:".
domain() {
	local file=$1 name=$2 one
	shift 2
	{
		echo "<domain type='qemu'><name>$name</name><uuid>$(uuid_of "$name")</uuid>"
		echo "<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'>"
		for one; do [ -z "${one#*:}" ] || echo "<vp:mdev uuid='${one%:*}' type='${one#*:}'/>"; done
		echo "</vp:prepare></metadata><devices>"
		for one; do
			echo "<hostdev mode='subsystem' type='mdev' model='${model-vfio-pci}'>"
			echo "<source><address uuid='${one%:*}'/></source></hostdev>"
		done
		echo "</devices></domain>"
	} > "$file"
}
uuid_of() { printf '00000000-0000-4000-8000-%012x\n' "$((36#$1))"; }

snapshot "$work/before"

# --- by hand ---

run vfio-prep mdev types
like "$out" "mtty +mtty-1 .*24" "types shows what mtty offers"
like "$out" "mdpy +mdpy-vga .*4" "and mdpy"
run vfio-prep mdev types --json
is "$(jq -r '.[] | select(.type == "mtty-2") | "\(.parent) \(.available_instances) \(.device_api)"' <<< "$out")" \
	"mtty 12 vfio-pci" "in JSON, too"

run vfio-prep mdev create --type mtty-2 --uuid "$a"
is "$status:$out" "0:$a" "create prints the UUID"
is "$(left mtty-2)" 11 "the kernel has it"
like "$(mdevctl list)" "$a mtty mtty-2" "mdevctl lists it"
run vfio-prep mdev types --json
is "$(jq -c '.[] | select(.type == "mtty-2").instances' <<< "$out")" "[\"$a\"]" "types lists it"
run vfio-prep mdev create --type mtty-1 --uuid "$a"
is "$status" 3 "a UUID that is in use is refused"
like "$err" "$a exists already" "and it is said so"
ok "it can be attached" vfio-prep attach "mdev_$a" --owner vm1
is "$(stat -c '%U %a' "$(node_of $a)")" "libvirt-qemu 600" "its node is given"
run vfio-prep mdev remove "$a"
is "$status" 3 "what is attached is not removed"
like "$err" "attached by owner 'vm1'" "it is said by whom"
ok "given back" vfio-prep detach --owner vm1
ok "it is still there" test -e "$mdevs/$a"
ok "remove" vfio-prep mdev remove "mdev_${a//-/_}"
run vfio-prep mdev remove "$a"
is "$status" 3 "there is none to remove any more"
run vfio-prep mdev create --type mtty-1 --vm 6a28e9f6-6627-49b8-8c24-741ab810ecc0
is "$out" 67d496a0-d7d9-30f7-9c2d-4844b2d3c76e "a VM's UUID is VDSM's"
ok "away with it" vfio-prep mdev remove "$out"
run eval 'vfio-prep mdev create --type mtty-1 > /dev/full'
like "$status $err" "^1 .*cannot write the name of .*; it was removed again" "nobody can read which: none is made"
run vfio-prep mdev create --type mtty-9
is "$status" 3 "an unknown type"
like "$err" "types that exist: .*mdpy-hd.*mtty-1, mtty-2" "the known ones are listed"
run vfio-prep mdev create --type mtty-1 --parent mdpy
like "$err" "the parent mdpy has the type 'mtty-1'.*mdpy-vga" "a parent without that type"
run vfio-prep mdev create --type mtty-1 --vendor-params frame_rate_limiter=0
is "$status" 1 "parameters that are not taken"
like "$err" "nvidia/vgpu_params.*removed again" "it is said so"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- the last instance ---

fill mdpy-vga 3
is "$(left mdpy-vga)" 1 "three of four"
for i in 1 2; do
	vfio-prep mdev create --type mdpy-vga > "$work/race$i" 2> "$work/race$i.err" &
	pids[i]=$!
done
won=0 said='' last=''
for i in 1 2; do
	if wait "${pids[i]}"; then won=$((won + 1)) last=$(< "$work/race$i"); else said=$(< "$work/race$i.err"); fi
done
is "$won" 1 "one of two gets the last"
like "$said" "no instance of type mdpy-vga is left|last instance of type mdpy-vga" "the other is told why"
is "$(left mdpy-vga)" 0 "nothing is over"
run vfio-prep mdev create --type mdpy-hd
is "$status" 3 "another type of the same four"
ok "away with it" vfio-prep mdev remove "$last"
spill
for i in 1 2 3 4 5 6; do
	vfio-prep mdev create --type mdpy-vga > "$work/race$i" 2> /dev/null &
done
wait
is "$(cat "$work"/race? | wc -l):$(left mdpy-vga)" "4:0" "four of six get the four"
cat "$work"/race? > "$work/made"
while read -r one; do vfio-prep mdev remove "$one" || fail "remove $one"; done < "$work/made"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# What the kernel alone can know: two types that share what there is.
fill mtty-2 11
domain "$work/shared.xml" shared "$a:mtty-1" "$b:mtty-2"
run vfio-prep prepare "$work/shared.xml"
is "$status" 3 "ENOSPC"
like "$err" "no instance of type mtty-[12] is left on mtty" "it is said what is missing"
ok "nothing stays of it" test ! -e "$mdevs/$a" -a ! -e "$mdevs/$b" -a "$(left mtty-1)" = 2
spill
fill mdpy-vga 3
domain "$work/shared.xml" shared "$a:mdpy-vga" "$b:mdpy-xga"
run vfio-prep prepare "$work/shared.xml"
is "$status" 3 "EUSERS"
like "$err" "no instance of type mdpy-...? is left on mdpy" "it is said what is missing"
is "$(left mdpy-vga)" 1 "nothing stays of it"
spill

# --- for a domain ---

domain "$work/vm.xml" vm "$a:mtty-2" "$b:mdpy-vga"
run vfio-prep plan --domain "$work/vm.xml"
like "$out" "mdev-create.*make a mtty-2 on mtty" "the plan tells"
ok "prepare makes what the domain names" vfio-prep prepare "$work/vm.xml"
is "$(stat -c '%U %a' "$(node_of $a)" "$(node_of $b)")" $'libvirt-qemu 600\nlibvirt-qemu 600' "their nodes are given"
ok "udevd has the rule" \
	rule_gives "/sys/class/vfio/$(basename "$(node_of $a)")" "$(node_of $a)" "libvirt-qemu 600"
ok "again, and nothing happens" vfio-prep prepare "$work/vm.xml"
is "$(vfio-prep groups --json | jq -r ".[] | select(.members[0].name == \"$a\").owner")" vm "the group has its owner"
run vfio-prep mdev remove "$a"
is "$status" 3 "a domain's device is the domain's"
echo 1 > "$mdevs/$a/remove"
ok "one that somebody removed is made again" vfio-prep prepare "$work/vm.xml"
ok "there it is" test -e "$mdevs/$a"
ok "release" vfio-prep release vm
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

model=vfio-ccw domain "$work/ccw.xml" ccw "$a:mtty-2"
run vfio-prep prepare "$work/ccw.xml"
is "$status" 3 "another model than the type has"
like "$err" "vfio-pci.*vfio-ccw.*model='vfio-pci'" "it is said what to write"
domain "$work/bare.xml" bare "$a:"
run vfio-prep prepare "$work/bare.xml"
is "$status" 3 "no definition"
like "$err" "<vp:mdev uuid='$a' type='TYPE'/>.*\[mdev.$a\]" "it is said what to add"
printf '[mdev.%s]\ntype = mtty-1\n' "$a" > "$work/mdev.conf"
ok "one from the configuration" vfio-prep prepare "$work/bare.xml" --config "$work/mdev.conf"
is "$(basename "$(readlink "$mdevs/$a/mdev_type")")" mtty-1 "it has its type"
ok "release" vfio-prep release bare
mdevctl define --uuid "$a" --parent mtty --type mtty-2
ok "one from mdevctl's definition" vfio-prep attach "mdev_$a"
is "$(basename "$(readlink "$mdevs/$a/mdev_type")")" mtty-2 "it has its type"
ok "detach" vfio-prep detach "mdev_$a"
ok "it is gone" test ! -e "$mdevs/$a"
mdevctl start --uuid "$a"
ok "one that mdevctl started" vfio-prep prepare "$work/bare.xml"
is "$(stat -c '%U %a' "$(node_of $a)")" "libvirt-qemu 600" "its node is given"
ok "release" vfio-prep release bare
ok "it stays" test -e "$mdevs/$a"
run vfio-prep mdev remove "$a"
is "$status" 3 "and is not ours to remove"
mdevctl stop --uuid "$a"
mdevctl undefine --uuid "$a"
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# --- in use ---

domain "$work/one.xml" one "$a:mtty-2"
vfio-prep prepare "$work/one.xml" 2> /dev/null
ok "QEMU takes it" qemu_hold -u libvirt-qemu "$a"
run vfio-prep release --force one --config "$work/short.conf"
is "$status" 4 "release ends at its deadline"
like "$err" "pid $qemu_pid.*$(node_of $a) open" "it names the process"
is "$(stat -c '%U %a' "$(node_of $a)")" "libvirt-qemu 600" "the device is untouched"
qemu_release
ok "once the process is gone, recover finishes" vfio-prep recover
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

# A device fd without the group's is not to be seen: the kernel alone waits for it.
vfio-prep prepare "$work/one.xml" 2> /dev/null
python3 -IS - "$(node_of $a)" "$a" > "$work/holder" <<'END' &
import fcntl, os, sys, time
container = os.open('/dev/vfio/vfio', os.O_RDWR)
group = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(group, 0x3b68, container.to_bytes(4, 'little'))
fcntl.ioctl(container, 0x3b66, 1)
fcntl.ioctl(group, 0x3b6a, sys.argv[2].encode() + b'\0')
os.close(group)
print('held', flush=True)
time.sleep(600)
END
holder=$!
wait_for 20 grep -q held "$work/holder"
run vfio-prep release --force one --config "$work/short.conf"
is "$status" 4 "a removal that blocks in the kernel is left behind"
run vfio-prep status --json
is "$(jq -r '.quarantined[].device' <<< "$out")" "$a" "and quarantined"
run vfio-prep prepare "$work/one.xml"
is "$status" 3 "which is refused meanwhile"
like "$err" "quarantine" "with the reason"
run vfio-prep recover
is "$status" 4 "recover cannot help yet"
kill -KILL "$holder"
wait "$holder" 2> /dev/null
ok "once it is closed, recover finishes" wait_for 20 vfio-prep recover
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"

done_testing
