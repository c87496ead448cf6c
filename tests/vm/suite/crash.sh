#!/bin/bash
# Killed at each system call that changes anything, in everything that changes the host: recover
# then gives the state from before, or from after where the command had got that far.
#   crash.sh [all | each=N] [OPERATION…]: at every system call, or at each Nth point only; only in
#   these operations. Without, every third point; every fifth where nodes stay, as udevd reads its
#   rules anew each time
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh
. /src/tests/vm/guest/operations.sh

calls=$changing_calls
both='' each=''
case ${1-} in
all) calls=all both=1; shift ;;
each=*) each=${1#each=}; shift ;;
esac
[ $# -eq 0 ] || operations=("$@")
set_up_operations
for name in "${operations[@]}"; do
	operation "$name"
	wanted=("$after")
	[[ $name == recover-* ]] || wanted=("$before" "$after")
	stride=3 # odd: one process and all of them in turn
	[[ $name == @(attach|detach|recover-attach) ]] || stride=5
	[ "$calls" != all ] || stride=1
	[ -z "$each" ] || stride=$each
	sweep_kills "$name" "$calls" "$command" "$before" "${wanted[@]}"
done
mend

diag "$points kill points, $restored restored"
done_testing
