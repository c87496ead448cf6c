#!/bin/bash
# Killed at each system call that changes anything, in everything that changes the host: recover
# then gives the state from before, or from after where the command had got that far.
#   crash.sh [all] [OPERATION…]: at every system call; only in these operations. Without all, a
#   third of the points where nodes stay, as udevd reads its rules anew each time
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh
. /src/tests/vm/guest/operations.sh

calls=$changing_calls
both=
if [ "${1-}" = all ]; then calls=all both=1; shift; fi
[ $# -eq 0 ] || operations=("$@")
set_up_operations
for name in "${operations[@]}"; do
	operation "$name"
	wanted=("$after")
	[[ $name == recover-* ]] || wanted=("$before" "$after")
	stride=1
	[[ $calls == all || $name == @(attach|detach|recover-attach) ]] || stride=3
	sweep_kills "$name" "$calls" "$command" "$before" "${wanted[@]}"
done
mend

diag "$points kill points, $restored restored"
done_testing
