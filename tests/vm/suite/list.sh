#!/bin/bash
# What a person sees: the table of devices, the words that pick from it, one group, and how much
# is said of many devices.
. /src/tests/vm/guest/lib.sh

vf=0000:05:10.1 other=0000:05:10.3
igb_vfs 4
modprobe vfio-pci
udevadm settle

run vfio-prep list nic
is "$status" 0 "list takes a word"
like "$out" "^DEVICE +WHAT +KNOWN AS +DRIVER +GROUP" "it has titles"
like "$out" "$vf +Intel 82576 Virtual Function " "a VF, with its maker and model"
like "$out" "$vf .* igbvf +[0-9]+ .*free" "its driver, its group, and that it is free"
run vfio-prep list "${igb_pf#0000:}"
like "$out" "host: has 4 virtual functions" "a PF with VFs is in use, and why"
run vfio-prep list bridge
like "$out" "stays: a bridge" "a bridge stays with the host"
run vfio-prep list vf free --names
is "$(wc -l <<< "$out")" 4 "words of two sorts narrow down"
run vfio-prep list nosuch
is "$status" 3 "a word that is nothing is refused"
is "$(vfio-prep list)" "$(vfio-prep list --names)" "in a pipe there are names"
like "$(vfio-prep list)" "pci_${vf//[:.]/_}" "they are libvirt's"

run vfio-prep attach "$vf"
run vfio-prep list mine
like "$out" "$vf .*owner 'manual'" "what was attached by hand is mine"
is "$(wc -l <<< "$out")" 2 "and nothing else"
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs "$@"; }
root_sees=$(vfio-prep list vf)
run nobody vfio-prep list vf
is "$status" 0 "anybody may look"
is "$out" "$root_sees" "and sees who has what as root does"
like "$out" "$other .*free" "what is free, too"
run nobody vfio-prep check --owner other "$vf"
is "$status" 3 "what somebody has is not possible for him"
like "$out" "$vf: its IOMMU group .* belongs to owner 'manual'" "and he is told whose it is"
is "$out" "$(vfio-prep check --owner other "$vf")" "as root is told"
run nobody vfio-prep plan --owner other "$vf"
is "$status" 3 "nor is there a plan"
like "$err" "belongs to owner 'manual'" "for the same reason"
run nobody vfio-prep status
is "$status" 0 "the owners are for all to see"
like "$out" "manual +- +manual +unknown" "how far an owner is, is root's to know"
like "$out" "devices: $vf" "which devices it has is not"
run nobody vfio-prep recover --dry-run
is "$status" 0 "so is what recover would do"
like "$out" "manual .*known to root" "as far as that is known to all"
run nobody cat /run/vfio-prep/owners/manual.jsonl
is "$status" 1 "the journal is root's"
run nobody ls /run/vfio-prep
is "$status" 2 "and so is its folder"
chmod 0700 /run/vfio-prep
run nobody vfio-prep list vf
like "$out" "$vf .*taken; root may know by whom" "where all of it is root's, that is told"
run nobody vfio-prep check --owner other "$vf"
is "$status" 3 "and nothing becomes possible"
chmod 0711 /run/vfio-prep
run vfio-prep groups "$vf"
is "$(wc -l <<< "$out")" 3 "one group is asked for, one is shown"
like "$out" "owner: manual" "with its owner"
run vfio-prep detach "$vf"
like "$err" "$vf is back on igbvf" "who gives back is told what is so now"

nvme_vfs 8
mapfile -t many < <(vfs_of "$nvme_pf")
run vfio-prep attach --owner many "${many[@]}"
is "$(wc -l <<< "$err")" 1 "eight devices are one line"
like "$err" "8 devices attached: their nodes are for " "which says how many"
run vfio-prep status
like "$out" "8 devices: ${many[0]} to ${many[7]}; groups: " "their state is one line, too"
run vfio-prep detach --owner many
like "$err" "^vfio-prep: 8 devices are given back$" "and so is their way back"

run vfio-prep report "$work/host.html"
is "$status" 0 "a page of the host" || diag "$err"
ok "it is well formed" xmllint --noout --nonet "$work/host.html"
is "$(stat -c %a "$work/host.html")" 644 "anybody may read it"
page=$(< "$work/host.html")
like "$page" "aria-label=\"4 virtual functions: 4 free\"" "a card has its functions"
like "$page" "What can be given away" "the first question is answered"
like "$page" "01:01.0.*with it goes .*01:02.0" "and what goes with it"
run at_terminal 'vfio-prep report'
is "$status" 2 "it is not for a terminal"
like "$out" "vfio-prep report host.html" "what to do is said"
ln -s host.html "$work/link.html"
run vfio-prep report "$work/link.html"
is "$status" 1 "a link is not followed"
ok "and stays" test -L "$work/link.html"
run setpriv --reuid 1 --regid 1 --clear-groups vfio-prep report
is "$status" 0 "anybody may make one"
vfio-prep capture "$work/tree"
vfio-prep report --sysroot "$work/tree" > "$work/tree.html"
ok "and one of a captured tree" xmllint --noout --nonet "$work/tree.html"
is "$(grep -c '<tr id="d' "$work/tree.html")" "$(grep -c '<tr id="d' "$work/host.html")" \
	"with the same devices"
done_testing
