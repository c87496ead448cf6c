#!/bin/bash
# System calls fail in everything that changes the host: all is rolled back, or said to be left,
# and then recover restores it.
#   errors.sh [all] [OPERATION…]: each call with each error, else a part of them in turn; only in
#   these operations
. /src/tests/vm/guest/lib.sh
. /src/tests/vm/guest/sweep.sh
. /src/tests/vm/guest/operations.sh

errors=(EIO EBUSY ENOSPC ENOMEM EPERM)
stride=5 open_stride=17
if [ "${1-}" = all ]; then stride=1 open_stride=1; shift; fi
[ $# -eq 0 ] || operations=("$@")
set_up_operations
for name in "${operations[@]}"; do
	operation "$name"
	sweep_errors "$name, calls that change something" "$changing_calls" $stride "$command" \
		"$before" "$after"
	sweep_errors "$name, opening" openat,openat2 $open_stride "$command" "$before" "$after"
done
mend

diag "$points calls failed, $restored as it must be, $refused of them refused or rolled back"
done_testing
