#!/bin/bash
# Many domains at once over few devices: 32 of them prepare and release over 16 VFs and a shared
# group, some are killed. At no moment has a group two owners; at the end the host is as it was.
#   stress.sh [SECONDS]
. /src/tests/vm/guest/lib.sh

seconds=${1-60} workers=32

nvme_vfs 16
modprobe vfio-pci
udevadm settle
mapfile -t vfs < <(vfs_of "$nvme_pf")
shared=(0000:01:01.0 0000:01:02.0)
mkdir "$work/held" "$work/xml"
snapshot "$work/before"

# hostdev ADDRESS
hostdev() {
	printf '<hostdev type="pci" managed="no"><source><address domain="0x%s" bus="0x%s" slot="0x%s" function="0x%s"/></source></hostdev>' \
		"${1:0:4}" "${1:5:2}" "${1:8:2}" "${1:11}"
}

# worker NUMBER: prepares and releases domains of its own until the time is up.
worker() {
	local n=$1 uuid file=$work/xml/$1 pick status killer prepared=0 refused=0 killed=0 wrong=0
	printf -v uuid '00000000-0000-0000-0000-%012d' "$n"
	while [ "$SECONDS" -lt "$end" ]; do
		pick=("${vfs[RANDOM % ${#vfs[@]}]}")
		[ $((RANDOM % 4)) -ne 0 ] || pick+=("${shared[RANDOM % 2]}")
		{
			echo "<domain><name>d$n</name><uuid>$uuid</uuid><devices>"
			for address in "${pick[@]}"; do hostdev "$address"; done
			echo "</devices></domain>"
		} > "$file"
		status=0
		if [ $((RANDOM % 8)) -eq 0 ]; then
			vfio-prep prepare "$file" > /dev/null 2>&1 & killer=$!
			read -rt "0.$((RANDOM % 5))" <> <(:) || :
			kill -KILL $killer 2> /dev/null && killed=$((killed + 1))
			wait $killer 2> /dev/null
			vfio-prep release "$uuid" > /dev/null 2> "$file.err" || wrong=$((wrong + 1))
			continue
		fi
		vfio-prep prepare "$file" > /dev/null 2> "$file.err" || status=$?
		case $status in
		0)
			prepared=$((prepared + 1))
			for address in "${pick[@]}"; do
				# of the shared group nobody else may have the other member either
				case $address in 0000:01:*) address=group ;; esac
				mkdir "$work/held/$address" || echo "$n: $address has two owners" >> "$work/wrong"
			done
			read -rt 0.1 <> <(:) || :
			for address in "${pick[@]}"; do
				case $address in 0000:01:*) address=group ;; esac
				rmdir "$work/held/$address"
			done
			if ! vfio-prep release "$uuid" > /dev/null 2> "$file.err"; then
				wrong=$((wrong + 1))
				echo "$n: release: $(< "$file.err")" >> "$work/wrong"
			fi
			;;
		3) refused=$((refused + 1)) ;;
		*)
			wrong=$((wrong + 1))
			echo "$n: prepare of ${pick[*]}: $status $(< "$file.err")" >> "$work/wrong"
			;;
		esac
	done
	echo "$prepared $refused $killed $wrong" > "$file.sum"
}

# Every group in the answer of status belongs to one owner.
watch_owners() {
	while [ "$SECONDS" -lt "$end" ]; do
		vfio-prep status --json > "$work/status" 2> /dev/null || continue
		jq -r '[.owners[] | select(.state == "held") | .groups[]] | group_by(.)[] |
			select(length > 1) | "group \(.[0]) has \(length) owners"' "$work/status" >> "$work/wrong"
		read -rt 1 <> <(:) || :
	done
}

: > "$work/wrong"
end=$((SECONDS + seconds))
for ((i = 1; i <= workers; i++)); do worker $i 2> /dev/null & done
watch_owners &
wait
vfio-prep recover > "$work/recover" 2>&1 || diag "$(< "$work/recover")"
udevadm settle

read -r prepared refused killed wrong < <(cat "$work"/xml/*.sum |
	awk '{ p += $1; r += $2; k += $3; w += $4 } END { print p, r, k, w }')
diag "$prepared prepared and released, $refused refused, $killed killed, $wrong wrong"
is "$(sort -u "$work/wrong" | head -5)" "" "no group had two owners, and every command did its work"
ok "there was something to see" test "$prepared" -gt 20 -a "$refused" -gt 0
snapshot "$work/after"
same_snapshot "$work/before" "$work/after" "the host is as it was"
is "$(vfio-prep status --json | jq '.owners | length')" 0 "nobody holds anything"
done_testing
