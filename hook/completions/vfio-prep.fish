# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for vfio-prep(8): what fits is told by the program itself.

function __vfio_prep_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in (vfio-prep complete $before[2..-1] "$current" 2> /dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case :users
                __fish_complete_users
            case :variables
                set -n
            case ':command *'
                set -l first (string replace ':command ' '' -- $line)
                set -l words $before[(math $first + 2)..-1] "$current"
                complete -C "$words"
            case '*'
                echo $line
        end
    end
end

complete -c vfio-prep -f -a '(__vfio_prep_complete)'
