# What of a quiet log of valgrind speaks against the process that wrote it; nothing of a clean one.
#   awk -v child=0|1 -f valgrind.awk LOG
# No fault are: files that it was given; files that are open when a forked child ends, for it shares
# them with its parent, where they are judged; close_range() over numbers that are free already; and
# the question whether standard input, output or error is there.
!/^(==|--)[0-9]+(==|--)/ { next }	# of a line that two processes wrote
{ sub(/^[=-]+[0-9]+[=-]+ ?/, "") }
/^FILE DESCRIPTORS: / { next }
/^$/ { judge(); next }
{ text[++n] = $0 }
END { judge() }

function judge(  i) {
	if (!is_fine())
		for (i = 1; i <= n; i++)
			print text[i]
	n = 0
}

function is_fine() {
	if (text[1] ~ /^Open .*(file descriptor|socket) /)
		return child || text[2] ~ /<inherited from parent>/
	return text[1] ~ /is already closed$/ && text[2] ~ / close_range / ||
		text[1] ~ /^File descriptor [0-2] was closed already$/
}
