#!/bin/bash
# create and destroy: node devices of libvirt's XML, as libvirt sees them afterwards.
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh

export LIBVIRT_DEFAULT_URI=qemu:///system
uuid=c2177883-f1bb-47f0-914d-32a22e3a8804
wwnn=20000000c9831234 wwpn=10000000c9831234

modprobe -a mtty fcoe scsi_debug
ip link add vp0 type veth peer name vp1
for net in vp0 vp1; do ip link set $net up; done
echo vp0 > /sys/bus/fcoe/ctlr_create
udevadm settle
fc=$(ls /sys/class/fc_host)
parent=scsi_$fc
ok "libvirtd starts" start_libvirtd

vport() {
	echo "<device>$1<capability type='scsi_host'><capability type='fc_host'>" \
		"${2:+<wwnn>$2</wwnn>}${3:+<wwpn>$3</wwpn>}</capability></capability></device>"
}

mdev() {
	echo "<device><name>new</name><parent>$1</parent><capability type='mdev'><type id='$2'/>${3:+<uuid>$3</uuid>}</capability></device>"
}

# hosts: the hosts and vports that there are.
hosts() { echo /sys/class/{scsi_host,fc_host,fc_vports}/* "$(cat "/sys/class/fc_host/$fc/npiv_vports_inuse")"; }

snapshot "$work/none"
none=$(hosts)

# --- vports ---

vport "<parent>$parent</parent>" $wwnn $wwpn > "$work/vport.xml"
run vfio-prep create "$work/vport.xml"
like "$status $out" '^0 scsi_host[0-9]+$' "a vport" || diag "$err"
made=$out
host=${made#scsi_}
is "$(cat "/sys/class/fc_host/$host/"{node,port}_name | tr -d '\n')" "0x${wwnn}0x$wwpn" "with its names"
not_ok "no journal is left" test -e /run/vfio-prep
udevadm settle
like "$(virsh -q nodedev-list --cap fc_host)" "(^|[[:space:]])$made([[:space:]]|\$)" "libvirt lists it"
virsh nodedev-dumpxml "$made" > "$work/dump"
like "$(< "$work/dump")" "<parent>$parent</parent>.*<wwnn>$wwnn</wwnn>.*<wwpn>$wwpn</wwpn>" "and sees what it is"
# What libvirt says of its fabric, in none, its own schema refuses.
is "$(vfio-prep show "$made" --xml)" "$(grep -v fabric_wwn "$work/dump")" "as we do"
run vfio-prep create "$work/vport.xml"
like "$status $err" "^3 .*the WWPN $wwpn belongs to $made already" "the same again is refused"
run vfio-prep destroy "$parent"
like "$status $err" "^3 .*$parent is not a vport, and stays" "its parent is not destroyed"
ok "it is destroyed" vfio-prep destroy "$made"
is "$(hosts)" "$none" "there is none"
udevadm settle
unlike "$(virsh -q nodedev-list --cap fc_host)" "(^|[[:space:]])$made([[:space:]]|\$)" "libvirt does not list it any more"
run vfio-prep destroy "$made"
like "$status $err" "^3 .*there is no such node device" "a second time there is nothing"

own_node=$(< "/sys/class/fc_host/$fc/node_name") own_port=$(< "/sys/class/fc_host/$fc/port_name")
for by in "<parent wwnn='${own_node#0x}' wwpn='${own_port#0x}'/>" ''; do
	run eval 'vport "$by" | vfio-prep create -'
	like "$status $out" '^0 scsi_host' "parent '$by', names made up" || diag "$err"
	like "$(cat "/sys/class/fc_host/${out#scsi_}/port_name")" '^0x5001a4a[0-9a-f]{9}$' "such as vendors give"
	ok "destroyed" vfio-prep destroy "$out"
done
run eval 'vfio-prep create "$work/vport.xml" > /dev/full'
like "$status $err" "^1 .*cannot write the name of scsi_host.*; it was removed again" "nobody can read which: none is made"
made=$(virsh nodedev-create "$work/vport.xml" | grep -o 'scsi_host[0-9]*')
ok "what libvirt made is destroyed, too" vfio-prep destroy "$made"
is "$(hosts)" "$none" "the hosts are as they were"

# --- killed ---

bad=()
for ((n = 1; n < 1000; n++)); do
	injected -a "$changing_calls" "$n" kill vfio-prep create "$work/vport.xml" || break
	vfio-prep recover > "$work/recover" 2>&1 || bad+=("$n: $hit: $(< "$work/recover")")
	[ ! -e /run/vfio-prep ] || bad+=("$n: $hit: a journal")
	[ "$(hosts)" != "$none" ] || continue
	# it was made, and only the tidying was left
	vfio-prep destroy "scsi_$(basename "$(dirname "$(grep -l "$wwpn" /sys/class/fc_host/*/port_name)")")"
	[ "$(hosts)" = "$none" ] || bad+=("$n: $hit: $(hosts)")
done
verdict "killed at $((n - 1)) points, there is none after recover, or, at the last, all of it" \
	"${bad[@]}"
ok "what was not killed has made it" vfio-prep destroy "$(< "$work/out")"

# --- mediated devices ---

mdev mtty_mtty mtty-2 $uuid > "$work/mdev.xml"
run vfio-prep create "$work/mdev.xml"
want=mdev_${uuid//-/_}_mtty
is "$status $out" "0 $want" "an mdev" || diag "$err"
udevadm settle
like "$(virsh nodedev-dumpxml "$want")" "<parent>mtty_mtty</parent>.*<type id='mtty-2'/>.*<uuid>$uuid</uuid>" "libvirt sees it"
run vfio-prep create "$work/mdev.xml"
like "$status $err" "^3 .*mdev $uuid exists already" "the same again is refused"
ok "it is destroyed" vfio-prep destroy "$want"
run eval 'mdev mtty_mtty mtty-1 | vfio-prep create -'
like "$status $out" '^0 mdev_.*_mtty$' "one with a random UUID" || diag "$err"
ok "destroyed" vfio-prep destroy "$out"
echo $uuid > /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-2/create
run vfio-prep destroy "$want"
like "$status $err" "^3 .*was not made by vfio-prep, and stays" "somebody else's stays"
echo 1 > /sys/bus/mdev/devices/$uuid/remove

# --- for each boot ---

declared=/etc/vfio-prep.d mdevs=/sys/bus/mdev/devices
own=$declared/mdev-$uuid.conf
run vfio-prep create --boot "$work/mdev.xml"
is "$status $out" "0 $want" "an mdev that is declared, too" || diag "$err"
is "$(stat -c '%U %a' "$own")" "root 644" "in a file of its own"
is "$(sed 1d "$own")" "$(printf '[mdev %s]\ntype = mtty-2\nparent = mtty' $uuid)" "which says how it is made"
run vfio-prep create --boot "$work/mdev.xml"
like "$status $err" "^3 .*declared already, in $own, line 2" "the same again is refused"
echo 1 > $mdevs/$uuid/remove
is "$(vfio-prep list --inactive)" "$want" "without it, as after a reboot, it is inactive"
like "$(at_terminal 'vfio-prep list --inactive')" "$want  defined by vfio-prep" "people are told by whom"
run vfio-prep list --inactive --json
is "$(jq -r '.[].params.defined_by' <<< "$out")" vfio-prep "in JSON, too"
like "$(vfio-prep show "$want")" "declared in $own, line 2" "show tells where"
ok "apply makes it again" vfio-prep apply
ok "it is there" test -e $mdevs/$uuid
is "$(vfio-prep list --inactive)" "" "and not inactive"
udevadm settle
like "$(virsh nodedev-dumpxml "$want")" "<type id='mtty-2'/>.*<uuid>$uuid</uuid>" "libvirt sees it"
ok "an owner takes it" vfio-prep attach "mdev_$uuid"
run vfio-prep destroy --boot "$want"
like "$status $err" "^3 .*is attached by" "and keeps it"
ok "it stays declared" test -e "$own"
ok "the owner gives it back" vfio-prep detach "mdev_$uuid"
run vfio-prep destroy --boot "$want" --json
is "$status $(jq -r '[.changes[].change] | join(" ")' <<< "$out")" "0 removed undeclared" "both go" || diag "$err"
is "$(ls -A $declared) $(ls $mdevs)" " " "nothing is left of them"
vfio-prep create --boot "$work/mdev.xml" > "$work/out" 2>&1
ok "without --boot the device goes alone" vfio-prep destroy "$want"
ok "what is not there loses its declaration" vfio-prep destroy --boot "$want"
is "$(ls -A $declared)" "" "which is gone"

vport "<parent>$parent</parent>" $wwnn $wwpn > "$work/vport.xml"
run vfio-prep create --boot "$work/vport.xml"
like "$status $out" '^0 scsi_host[0-9]+$' "a vport is declared, too" || diag "$err"
made=$out
like "$(tail -n +2 $declared/vport-$wwpn.conf)" "^\\[vport $wwpn:$wwnn\\].parent = ${own_port#0x}:${own_node#0x}\$" \
	"by the names of its host"
run vfio-prep apply
is "$status $out" "0 as declared" "it is as declared"
export_is_as_declared
vfio-prep destroy "$made"
ok "apply makes it again" vfio-prep apply
is "$(cat /sys/class/fc_vports/*/port_name)" "0x$wwpn" "there it is"
run vfio-prep create --boot "$work/vport.xml"
like "$status $err" "^3 .*is declared already, in $declared/vport-$wwpn.conf, line 2" "not twice"
ok "it is destroyed and undeclared" vfio-prep destroy --boot vport_$wwpn
is "$(ls -A $declared) $(hosts)" " $none" "nothing is left of it"
printf '[vport %s:%s]\nfabric = 00000000000000ff\n' $wwpn $wwnn > $declared/vport.conf
run vfio-prep apply
like "$status $err" "^3 .*no such host makes vports; declared $wwpn:$wwnn in the fabric" "a fabric that is not there is told"
printf '[vport %s:%s]\nboot = no\n' $wwpn $wwnn > $declared/vport.conf
run vfio-prep apply
is "$status $out" "0 as declared" "one that is not for boot is not made"
rm $declared/vport.conf
run eval 'vfio-prep create --boot "$work/mdev.xml" > /dev/full'
like "$status $err" "^1 .*it was removed again" "nobody can read which: none is made"
is "$(ls -A $declared) $(ls $mdevs)" " " "nor declared"

printf '# by hand\n[mdev %s]\ntype = mtty-2\nparent = mtty\n' $uuid > $declared/lab.conf
ok "one that the administrator declared" vfio-prep apply
run vfio-prep destroy --boot "$want"
like "$status $err" "^3 .*$declared/lab.conf, line 2, which vfio-prep did not write" "is not ours to take back"
ok "it is there" test -e $mdevs/$uuid
run vfio-prep doctor
like "$out" "0 names, VFs of 0 PFs, 1 mediated devices, 0 vports; driverctl and mdevctl say nothing else" \
	"the doctor knows of no other"
mdevctl define --uuid $uuid --parent mtty --type mtty-1 --auto
run vfio-prep doctor
like "$out" "mdevctl has mdev $uuid as a mtty-1 on mtty .*$declared/lab.conf, line 2 declares a mtty-2 on mtty" \
	"the doctor tells where mdevctl says something else"
mdevctl undefine --uuid $uuid
mdevctl define --uuid $uuid --parent mtty --type mtty-2 --auto
run vfio-prep doctor
like "$out" "mdev $uuid is made at boot by mdevctl .*and by apply .$declared/lab.conf, line 2" \
	"and where both make it"
rm $declared/lab.conf
ok "it goes with its section" vfio-prep apply
run vfio-prep create --boot "$work/mdev.xml"
like "$status $err" "^3 .*mdevctl has defined mdev $uuid" "what mdevctl has is left to it"
is "$(vfio-prep list --inactive --json | jq -r '.[].params.defined_by')" mdevctl "and told to be its own"
mdevctl undefine --uuid $uuid

# halves N WHAT: adds to $bad where one is there without the other, after a recover or not.
halves() {
	[ $(($1 % 2)) -eq 0 ] || vfio-prep recover > "$work/recover" 2>&1
	vfio-prep apply > "$work/apply" 2>&1 || bad+=("$1: $2: $(< "$work/apply")")
	if [ -e "$own" ]; then
		[ -e $mdevs/$uuid ] || bad+=("$1: $2: declared, and not there")
	else
		[ ! -e $mdevs/$uuid ] || bad+=("$1: $2: there, and not declared")
	fi
}
# before STATE: it is there and declared, or neither.
before() {
	if [ "$1" = declared ] && [ ! -e "$own" ]; then
		vfio-prep create --boot "$work/mdev.xml" > "$work/out" 2>&1
	elif [ "$1" = none ] && [ -e "$own" ]; then
		vfio-prep destroy --boot "$want" > "$work/out" 2>&1
	fi
}
boot_calls=write,pwrite64,mkdirat,linkat,unlinkat,fsync,fchmod,renameat,clone,clone3,vfork
for verb in create destroy; do
	bad=() points=0
	if [ $verb = create ]; then from=none what=$work/mdev.xml; else from=declared what=$want; fi
	for ((n = 1; n < 1000; n += 2)); do
		before $from
		injected -a $boot_calls "$n" kill vfio-prep $verb --boot "$what" || break
		points=$((points + 1))
		halves "$n" "$hit"
	done
	verdict "$verb --boot killed at $points points" "${bad[@]}"
done
bad=() points=0
for call in write linkat fsync fchmod; do
	for ((n = 1; n < 6; n++)); do
		before none
		injected $call "$n" ENOSPC vfio-prep create --boot "$work/mdev.xml" || break
		points=$((points + 1))
		[[ $status = [04] || ! -e $own ]] || bad+=("$n: $hit: it stays declared")
		halves "$n" "$hit"
	done
done
for ((n = 1; n < 20; n++)); do
	before declared
	injected unlinkat "$n" EROFS vfio-prep destroy --boot "$want" || break
	points=$((points + 1))
	[[ $status != 1 || -e $mdevs/$uuid ]] || bad+=("$n: $hit: the device is not as it was")
	halves "$n" "$hit"
done
verdict "$points calls that fail" "${bad[@]}"
before none
is "$(ls -A $declared) $(ls $mdevs)" " " "nothing is left of it"
rmdir $declared

# --- refused ---

refused() {
	local desc=$1 code=$2 want=$3
	"${@:4}" > "$work/refused.xml"
	run vfio-prep create "$work/refused.xml"
	like "$status $err" "^$code .*$want" "$desc"
}
adapters=(/sys/bus/pseudo/drivers/scsi_debug/adapter0/host*)
plain=scsi_${adapters[0]##*/}
refused "an unknown parent" 3 "'scsi_host77': there is no such SCSI host" vport '<parent>scsi_host77</parent>'
refused "no fibre channel" 3 "$plain is not a fibre channel host" vport "<parent>$plain</parent>"
refused "names of nobody" 3 'no fibre channel host has the WWPN' vport "<parent wwnn='$wwnn' wwpn='$wwpn'/>"
refused "a fabric of nobody" 3 'is in the fabric' vport "<parent fabric_wwn='$wwnn'/>"
refused "an mdev's unknown parent" 3 "no such parent" mdev pci_0000_ff_00_0 mtty-1
refused "an unknown type" 3 "mtty-9" mdev mtty_mtty mtty-9
refused "another capability" 2 "line 1: .*only 'mdev' and 'scsi_host'" echo "<device><capability type='pci'/></device>"
refused "no device" 2 "line 1: " echo "<domain/>"
run vfio-prep destroy vp0
like "$status $err" "^3 .*cannot be destroyed: only mediated devices and vports" "an interface is not destroyed"
stop_libvirtd
snapshot "$work/after"
same_snapshot "$work/none" "$work/after" "the host is as it was"
is "$(hosts)" "$none" "and its SCSI hosts"
done_testing
