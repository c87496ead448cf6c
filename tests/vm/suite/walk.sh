#!/bin/bash
# A walk through the tool as an administrator takes it who is new to it: each task is a question in
# words, the commands that he types, and what his terminal shows. All of it is in walk.txt beside
# this file, to be read from top to bottom; each task is a test, which compares it with that file.
#
# When the tool says something else, and that is better: write the file anew, and read what changed
# before it is committed.
#   tests/vm/boot --results DIR tests/vm/suite/walk.sh; cp DIR/walk.txt tests/vm/suite/
. /src/tests/vm/guest/lib.sh

golden_file=/src/tests/vm/suite/walk.txt
fresh=$RESULTS/walk.txt headings=()
mdev=c2177883-f1bb-47f0-914d-32a22e3a8804

# --- the terminal ---

# shown: what a terminal shows in the end, without what is not the same twice.
shown() {
	sed -E -e '
		# a terminal has its lines end in a carriage return, too
		s/\r$//
		# a line that told how far a command is, and was written over
		s/.*\r\x1b\[K//
		# the kernel of this root filesystem, and the number of a group that it made up
		s/Linux [0-9]+\.[^ ]+/Linux VERSION/
		s/64055:[0-9]+/64055:GID/
		# a process, and when something began
		s/\bpid [0-9]+/pid PID/g
		s/since [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]+/since DATE TIME/
		# the kernel gives numbers to NVMe disks in the order in which they are ready
		s/nvme[0-9]+n1/nvmeXn1/g
		# the UUID of one that was to be made, and for which nobody gave one
		s/mdev [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}: no parent/mdev UUID: no parent/
	'
}

# All at one place, as starting a terminal for each would take longer than the commands.
cd /root || exit
coproc terminal { NO_COLOR=1 TERM=xterm exec python3 -IS "$guest_lib/terminal.py" 100 "$work/typed"; }

# udevd has given all interfaces their names.
all_named() { ! compgen -G '/sys/class/net/eth*' > /dev/null; }

# typed COMMAND: as a person types it, who is slower than udevd.
typed() {
	echo "$1" >&"${terminal[1]}"
	read -rt 200 <&"${terminal[0]}" || bail_out "'$1' does not end"
	udevadm settle
	wait_for 30 all_named || :
}

# The golden file's sections, by their headings.
declare -A golden=()
while IFS= read -r line; do
	[[ $line != '## '* ]] || heading=${line#'## '}
	[ -z "${heading-}" ] || golden[$heading]+=$line$'\n'
done < "$golden_file"

# task HEADING COMMAND…
task() {
	local heading=$1 command text want
	shift
	printf '## %s\n' "$heading" > "$work/typed"
	for command; do typed "$command"; done
	text=$(shown < "$work/typed")
	printf '\n%s\n' "$text" >> "$fresh"
	headings+=("$heading")
	want=$(printf %s "${golden[$heading]-}")
	if [ "$text" = "$want" ]; then
		pass "$heading"
	else
		fail "$heading"
		diag "$(diff -U2 <(echo "$want") <(echo "$text") | tail -n +3)"
	fi
}

# --- the host: his home, where the program is, and a disk that the host needs ---

cat > "$fresh" << 'END'
# What the tool says to somebody who is new to it, as the terminal shows it: made by walk.sh beside
# this file, and compared with each time that it runs. The host is the testbed's.
END
ln -sf /build/hook/vfio-prep /usr/local/sbin/vfio-prep
cp /src/examples/domains/network-card.xml web1.xml
for disk in /sys/bus/pci/devices/0000:03:00.0/nvme/*/nvme*n1; do disk=/dev/${disk##*/}; done
mkfs.ext4 -q "$disk"
mkdir -p /mnt/data
mount "$disk" /mnt/data

# --- looking ---

task "I have just installed it. Is this host ready?" 'vfio-prep doctor'
task "What can it do?" 'vfio-prep --help'
task "Which devices are there?" 'vfio-prep list'
task "Which of these can I give away?" 'vfio-prep list free'
task "Which network cards are there?" 'vfio-prep list nic'
task "Which NVMe disks, and is one of them free?" 'vfio-prep list nvme' 'vfio-prep list nvme free --names'
task "What is on bus 05?" "vfio-prep list '05:*'"
task "And for a script?" 'vfio-prep list --cap pci | head -n 5'
task "Which devices go together?" 'vfio-prep groups'
task "Which are in the group of this one?" 'vfio-prep groups 04:00.0' 'vfio-prep groups 12'
task "What is this card, and can I have it?" 'vfio-prep show 05:00.1'
task "What is this disk?" 'vfio-prep show 03:00.0'
task "I want virtual functions of the card" 'vfio-prep numvfs 05:00.1 4' 'vfio-prep list vf'
task "What is a virtual function?" 'vfio-prep show 05:10.1'

# --- may I? ---

task "Can I have a virtual function?" 'vfio-prep check 05:10.1'
task "Can I have a disk that is mounted?" 'vfio-prep check 03:00.0' 'vfio-prep attach 03:00.0' \
	'vfio-prep check 03:00.0 --force'
task "What does a program see of that?" 'vfio-prep attach 03:00.0 --json 2> /dev/null'
task "Can I have the host bridge?" 'vfio-prep check 00:00.0'
task "Can I have the SATA controller, whose group has more?" 'vfio-prep list 00:1f.2' 'vfio-prep check 00:1f.2'
task "Can I have several, the disk among them?" 'vfio-prep check 05:10.1 03:00.0 00:00.0'
task "What if the group has another device?" 'vfio-prep check 04:00.0' \
	'vfio-prep check 04:00.0 --group-policy strict'
task "Can I have what is not there?" 'vfio-prep check 05:1f.7' 'vfio-prep check eth77' \
	'vfio-prep check pci_0000_05' 'vfio-prep check 05:10' 'vfio-prep check @web'
task "What would be done?" 'vfio-prep plan 05:10.1'

# --- attach and detach ---

task "I take it" 'vfio-prep attach 05:10.1' 'lspci -nnk -s 05:10.1'
task "Who has what?" 'vfio-prep status' 'vfio-prep list mine' 'vfio-prep groups 05:10.1'
task "I take it again" 'vfio-prep attach 05:10.1'
task "Somebody else wants it" 'vfio-prep attach 05:10.1 --owner web2' 'vfio-prep show 05:10.1'
task "No virtual functions any more, while I have one" 'vfio-prep numvfs 05:00.1 0'
task "How do I tell QEMU?" 'vfio-prep qemu-args 05:10.1'
task "How do I tell podman?" 'vfio-prep cdi 05:10.1'
task "I give it back" 'vfio-prep detach 05:10.1' 'vfio-prep status'
task "I give it back again" 'vfio-prep detach 05:10.1'
task "I want to see each step" 'vfio-prep attach --verbose 05:10.1 --owner web1'
task "I want to see nothing" 'vfio-prep detach --quiet --owner web1'
task "Two owners, one with a placeholder" 'vfio-prep attach 05:10.1 05:10.3 --owner web1' \
	'vfio-prep attach 04:00.0 --owner db' 'vfio-prep status' 'vfio-prep detach --owner db'

# --- mistakes ---

task "I mistype the verb" 'vfio-prep atach 05:10.1' 'vfio-prep'
task "I mistype an option" 'vfio-prep attach 05:10.1 --ower web1' 'vfio-prep attach 05:10.1 --group-policy=srict'
task "I mistype a device" 'vfio-prep attach 05:10.9' 'vfio-prep list nics'
task "I mistype an owner" 'vfio-prep detach --owner wbe1' 'vfio-prep detach --owner web1'
task "I leave out what it is about" 'vfio-prep attach' 'vfio-prep detach'
task "How was attach to be used?" 'vfio-prep help attach'

# --- mediated devices ---

modprobe mtty
task "Which mediated devices can be made?" 'vfio-prep mdev types'
task "I make one" "vfio-prep mdev create --type mtty-2 --uuid $mdev" 'vfio-prep list mdev' \
	"vfio-prep show mdev_$mdev" 'vfio-prep mdev types'
task "I take it, and remove it too early" "vfio-prep attach mdev_$mdev" "vfio-prep mdev remove $mdev"
task "I give it back, and remove it" 'vfio-prep detach --all' "vfio-prep mdev remove $mdev"
task "I remove one that is not there, and make what is not to be had" "vfio-prep mdev remove $mdev" \
	"vfio-prep mdev create --type mtty-9"

# --- domains ---

task "What does this domain want?" 'vfio-prep requests web1.xml' 'vfio-prep check --domain web1.xml'
task "I prepare it, and release it" 'vfio-prep prepare web1.xml' 'vfio-prep status' \
	'vfio-prep release network-card' 'vfio-prep release network-card'

# --- a guest ---

echo 'deadline-unbind = 2' > /etc/vfio-prep.conf
vfio-prep attach 05:10.1 2> /dev/null
# five digits: where a line with it breaks depends on their number
echo 20000 > /proc/sys/kernel/ns_last_pid
qemu_hold -u libvirt-qemu 0000:05:10.1
task "A guest has the device, and I give it back" 'cat /etc/vfio-prep.conf' 'vfio-prep detach 05:10.1' \
	'vfio-prep status' 'vfio-prep recover --dry-run' 'vfio-prep attach 05:10.1'
qemu_release
task "The guest has ended" 'vfio-prep recover --dry-run' 'vfio-prep recover' 'vfio-prep status' \
	'vfio-prep recover'
rm /etc/vfio-prep.conf
task "All of it in one command" 'vfio-prep run 05:10.1 -- echo @DEVICES@'

# --- for others ---

task "A page of the host" 'vfio-prep report host.html' 'ls host.html' 'vfio-prep report'
task "A copy of the host, for somebody who helps me" 'vfio-prep capture tree' \
	'vfio-prep list nic --sysroot tree' 'vfio-prep attach 05:10.1 --sysroot tree'

# --- what is declared ---

task "What is declared?" 'vfio-prep pools' 'vfio-prep apply --check'
mkdir -p /etc/vfio-prep.d
cat > /etc/vfio-prep.d/lab.conf << 'END'
[device lab-card]
match = device=10c9 path=00:09.0/00.1

[vfs @lab-card]
count = 5

[device lab-nic]
match = pf=@lab-card
count = 2
END
task "I declare something" 'cat /etc/vfio-prep.d/lab.conf' 'vfio-prep apply --check' 'vfio-prep apply' \
	'vfio-prep apply' 'vfio-prep pools'
task "I take one of a name, and then more than there are" 'vfio-prep attach @lab-nic' 'vfio-prep pools' \
	'vfio-prep attach @lab-nic*2' 'vfio-prep attach @lab-nik'
task "I give it back, and all that was declared" 'vfio-prep detach @lab-nic' 'vfio-prep detach --all' \
	'vfio-prep export' 'vfio-prep status' 'vfio-prep detach --owner declared'
rm -r /etc/vfio-prep.d

# --- who is not root ---

vfio-prep attach 05:10.1 2> /dev/null
task "May anybody look?" 'runuser -u nobody -- vfio-prep status' \
	'runuser -u nobody -- vfio-prep check 05:10.3' 'runuser -u nobody -- vfio-prep check 05:10.1'
task "May anybody take one?" 'runuser -u nobody -- vfio-prep attach 05:10.3' \
	'runuser -u nobody -- vfio-prep recover' 'runuser -u nobody -- vfio-prep run 05:10.3 -- true'
vfio-prep detach --all 2> /dev/null

task "No virtual functions any more" 'vfio-prep numvfs 05:00.1 9' 'vfio-prep numvfs 05:00.1 0'
umount /mnt/data

is "$(sed -n 's/^## //p' "$golden_file")" "$(printf '%s\n' "${headings[@]}")" "the file has these tasks and no other"
[ "$failed" -eq 0 ] || diag "the text as it is now: walk.txt in the folder of --results"
done_testing
