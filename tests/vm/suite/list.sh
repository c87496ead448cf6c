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
run setpriv --reuid 1 --regid 1 --clear-groups vfio-prep list vf
is "$status" 0 "anybody may look"
like "$out" "$vf .*taken; root may know by whom" "who has it is root's to know"
like "$out" "$other .*free" "the rest is seen as by root"
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
done_testing
