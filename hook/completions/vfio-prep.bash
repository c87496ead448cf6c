# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vfio-prep(8): what fits is told by the program itself.

# The words up to the cursor, with what bash breaks at a colon or = put together again.
_vfio_prep_words()
{
	local i word glue=
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == [:=] || $glue == [:=] ]] && ((${#words[@]} > 1)); then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		glue=$word
	done
}

# Of a command behind --, which has words of its own.
_vfio_prep_command()
{
	local action=-f
	((${#words[@]} - 1 > $1)) || action=-c
	mapfile -t COMPREPLY < <(compgen $action -- "$current")
	compopt -o filenames 2> /dev/null
}

_vfio_prep()
{
	local -a words
	local line word current cut IFS=$' \t\n'

	_vfio_prep_words
	current=${words[-1]}
	# readline replaces only what follows the last of these
	cut=${current%"${current##*[:=]}"}
	COMPREPLY=()
	while IFS= read -r line; do
		word=${line%%$'\t'*}
		case $word in
		:files) mapfile -t COMPREPLY < <(compgen -f -- "${current#"$cut"}") ;;
		:folders) mapfile -t COMPREPLY < <(compgen -d -- "${current#"$cut"}") ;;
		:users) mapfile -t COMPREPLY < <(compgen -u -- "${current#"$cut"}") ;;
		:variables) mapfile -t COMPREPLY < <(compgen -v -- "${current#"$cut"}") ;;
		:command*) _vfio_prep_command "${word#:command }" ;;
		*)
			[[ $COMP_WORDBREAKS != *:* ]] || word=${word#"$cut"}
			printf -v word %q "$word"
			COMPREPLY+=("$word")
			;;
		esac
		case $word in :files | :folders) compopt -o filenames 2> /dev/null ;; esac
	done < <(vfio-prep complete "${words[@]:1}" 2> /dev/null)
}

complete -F _vfio_prep vfio-prep
