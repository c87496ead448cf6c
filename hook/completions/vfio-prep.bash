# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vfio-prep(8)

# The PCI addresses of the host.
_vfio_prep_addresses()
{
	local path
	for path in /sys/bus/pci/devices/*; do
		[[ -e $path ]] && echo "${path##*/}"
	done
}

_vfio_prep_caps="system pci usb_device usb net scsi_host scsi_target scsi storage fc_host vports
	scsi_generic drm mdev_types mdev ccw css vdpa ap_card ap_queue ap_matrix vpd"

# The words of the line, with what bash breaks at a colon put together again.
_vfio_prep_words()
{
	local i word glue=
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == : || $glue == : ]] && ((${#words[@]} > 1)); then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		glue=$word
	done
}

# Offers the words of $1 that begin with $2.
_vfio_prep_offer()
{
	local cut=${2%"${2##*:}"}
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
	# readline replaces only what follows the last colon
	if [[ $2 == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"$cut"}")
	fi
}

_vfio_prep_value()
{
	case $1 in
	--config | --domain) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	--sysroot) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	--group-policy) _vfio_prep_offer "whole strict" "$2" ;;
	--driver) _vfio_prep_offer "vfio-pci" "$2" ;;
	--placement) _vfio_prep_offer "compact separate" "$2" ;;
	--type | --parent | --uuid | --vm | --vendor-params) ;;
	--mode) _vfio_prep_offer "0600 0660" "$2" ;;
	--memory) _vfio_prep_offer "1G 4G" "$2" ;;
	--keep-env) mapfile -t COMPREPLY < <(compgen -v -- "$2") ;;
	--owner) ;;
	--cap) _vfio_prep_offer "$_vfio_prep_caps" "$2" ;;
	--bus) _vfio_prep_offer "block drm mdev net pci scsi scsi_generic usb" "$2" ;;
	*) return 1 ;;
	esac
}

_vfio_prep()
{
	local verbs="list show groups requests check plan attach detach prepare release run qemu-args"
	verbs+=" cdi numvfs mdev create destroy status recover doctor report capture"
	local common="--config --verbose --quiet --version --help"
	local request="--user --mode --driver --owner --group-policy --force --no-proof"
	local -A options=(
		[list]="--names --cap --bus --inactive --all --tree --json --sysroot"
		[show]="--xml --json --sysroot"
		[groups]="--json --sysroot"
		[requests]="--json"
		[check]="$request --domain --json --sysroot"
		[plan]="$request --domain --json --sysroot"
		[attach]="$request --json"
		[detach]="--owner --all --json"
		[prepare]="--user --mode --group-policy --force --no-proof --json"
		[release]="--force --json"
		[mdev]="--type --parent --uuid --vm --placement --vendor-params --json"
		[create]="--json"
		[destroy]="--json"
		[run]="$request --domain --memory --keep-env"
		[qemu-args]="--user --domain --json --sysroot"
		[cdi]="--user --domain --json --sysroot"
		[status]="--json"
		[recover]="--salvage --dry-run --json"
		[numvfs]="--force --json"
		[doctor]="--strict --json --sysroot"
		[report]="--sysroot"
		[capture]="--identifying --json"
	)
	local -a words
	local verb='' i current action

	_vfio_prep_words
	COMPREPLY=()
	current=${words[-1]}
	_vfio_prep_value "${words[-2]}" "$current" && return
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		--config | --sysroot) ((i++)) ;;
		-*) ;;
		*) verb=${words[i]} && break ;;
		esac
	done
	if [[ $verb == run ]]; then
		for ((i++; i < ${#words[@]} - 1; i++)); do
			[[ ${words[i]} == -- ]] || continue
			action=-f
			((i + 2 < ${#words[@]})) || action=-c
			mapfile -t COMPREPLY < <(compgen $action -- "$current")
			return
		done
	fi
	if [[ -z $verb && $current == -* ]]; then
		_vfio_prep_offer "$common --sysroot" "$current"
	elif [[ -z $verb ]]; then
		_vfio_prep_offer "$verbs" "$current"
	elif [[ $current == -* ]]; then
		_vfio_prep_offer "${options[$verb]-} $common" "$current"
	elif [[ $verb == mdev ]]; then
		_vfio_prep_offer "types create remove" "$current"
	elif [[ " requests prepare create report " == *" $verb "* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	elif [[ $verb == capture ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
	elif [[ $verb == destroy ]]; then
		_vfio_prep_offer "$(vfio-prep list --cap mdev --cap fc_host 2> /dev/null)" "$current"
	elif [[ $verb == list ]]; then
		_vfio_prep_offer "nic gpu nvme storage disk usb audio bridge pci mdev vdpa vf free owned mine
			in-use" "$current"
	elif [[ $verb == show ]]; then
		_vfio_prep_offer "$(vfio-prep list 2> /dev/null)" "$current"
	elif [[ " groups check plan attach detach run qemu-args cdi numvfs " == *" $verb "* ]]; then
		_vfio_prep_offer "$(_vfio_prep_addresses)" "$current"
	fi
}

complete -F _vfio_prep vfio-prep
