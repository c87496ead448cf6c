# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the manual pages of section 3 of the comments in vfio-prep.h:
#   awk -v list=1 -f pages.awk HEADER                  the names of their files, a line each
#   awk -v dir=DIR -v date=DATE -f pages.awk HEADER    the pages, in that folder
# A comment /** ... */ with the functions below it, up to an empty line or the next comment, is a
# page by the name of the first; the other functions lead there. The structures that a page's
# functions are given, or give, are on that page. The head of the file is libvfio-prep(3).

# --- reading ---

function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

# The text of a line of a comment.
function bare(s) {
	sub(/^[ \t]*\/\*+<?[ \t]*/, "", s)
	sub(/[ \t]*\*+\/[ \t]*$/, "", s)
	sub(/^[ \t]*\*[ \t]?/, "", s)
	return s
}

# What a declaration that is complete is.
function declare(text,    name, word) {
	gsub(/[ \t\n]+/, " ", text)
	text = trim(text)
	if (text ~ /^(struct|enum) [a-z_0-9]+ \{/) {
		split(text, word, " ")
		name = word[1] " " word[2]
		types[++n_types] = name
		body[name] = substr(text, index(text, "{") + 1)
		sub(/\} ?;$/, "", body[name])
		about[name] = doc
	} else if (text ~ /^typedef /) {
		match(text, /\(\*[a-z_]+\)/)
		name = substr(text, RSTART + 2, RLENGTH - 3)
		types[++n_types] = name
		prototype[name] = text
		about[name] = doc
	} else if (text ~ /^struct [a-z_0-9]+;$/) {
		name = substr(text, 1, length(text) - 1)
		if (doc != "") {
			types[++n_types] = name
			opaque[name] = 1
			about[name] = doc
		}
	} else if (match(text, /vprep_[a-z_0-9]+\(/)) {
		name = substr(text, RSTART, RLENGTH - 1)
		type[name] = trim(substr(text, 1, RSTART - 1))
		args[name] = substr(text, RSTART + RLENGTH)
		sub(/\);$/, "", args[name])
		if (doc != "") {
			pages[++n_pages] = name
			about[name] = doc
			doc = ""
		}
		page_of[name] = pages[n_pages]
		functions[n_pages] = functions[n_pages] " " name
		return
	}
	doc = ""
}

# "/* ... */" that belongs to nothing: its first one is the head.
/^\/\*$/ && !head_done { in_head = 1; next }
in_head && /^ \*\// { in_head = 0; head_done = 1; next }
in_head { head = head bare($0) "\n"; next }
/^#/ || /^extern "C"/ || (/^}$/ && depth == 0) { next }
/^\/\*\*/ && depth == 0 {
	doc = bare($0) "\n"
	in_doc = !/\*\/[ \t]*$/
	next
}
in_doc { doc = doc bare($0) "\n"; if (/\*\/[ \t]*$/) in_doc = 0; next }
/^\/\*/ { in_other = 1 }
in_other { if (/\*\/[ \t]*$/) in_other = 0; next }
/^$/ { if (depth == 0 && code == "") doc = ""; next }
{
	code = code $0 "\n"
	line = $0
	gsub(/\/\*.*/, "", line)
	depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
	if (depth == 0 && line ~ /;[ \t]*$/) { declare(code); code = "" }
}

# --- writing ---

function out(s) { print s > file }

# A text in the words of mdoc(7), each sentence on a line of its own.
function flow(s,    lines, n, i, done, found) {
	gsub(/[ \t\n]+/, " ", s)
	s = trim(s)
	gsub(/\\/, "\\e", s)
	gsub(/`/, "", s)
	done = ""
	while (match(s, /@[a-z_]+(->[a-z_]+)?|[a-z_]+\(\)|-E[A-Z0-9]+|[.!?:;]["')]* /)) {
		found = substr(s, RSTART, RLENGTH)
		done = done substr(s, 1, RSTART - 1)
		s = substr(s, RSTART + RLENGTH)
		if (found ~ /^@/)
			done = done "\\fI" substr(found, 2) "\\fR"
		else if (found ~ /\(\)$/)
			done = done "\\fB" substr(found, 1, length(found) - 2) "\\fR()"
		else if (found ~ /^-E/)
			done = done "\\" found
		else if (found ~ /^[.!?]/)
			done = done trim(found) "\n"
		else
			done = done found
	}
	n = split(done s, lines, "\n")
	for (i = 1; i <= n; i++)
		fold(lines[i])
}

# At 76 columns: lines of pages are for people, too.
function fold(s,    words, n, i, line) {
	n = split(s, words, " ")
	line = ""
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line) + length(words[i]) > 76) { put(line); line = "" }
		line = line (line == "" ? "" : " ") words[i]
	}
	if (line != "") put(line)
}

function put(line) { out(line ~ /^[.']/ ? "\\&" line : line) }

# Paragraphs, and items that begin with "- ".
function paragraphs(s,    lines, n, i, part, listed) {
	gsub(/^\n+|\n+$/, "", s)
	n = split(s, lines, "\n")
	part = ""
	listed = 0
	for (i = 1; i <= n + 1; i++) {
		if (i > n || lines[i] == "" || lines[i] ~ /^- /) {
			if (trim(part) != "") flow(part)
			part = ""
			if (i <= n && lines[i] ~ /^- /) {
				if (!listed) out(".Bl -dash")
				out(".It")
				listed = 1
				part = substr(lines[i], 3)
			} else {
				if (listed) out(".El")
				listed = 0
				if (i < n && trim(lines[i + 1]) != "") out(".Pp")
			}
			continue
		}
		part = part " " lines[i]
	}
}

function begin(name, section,    upper) {
	file = dir "/" name ".3"
	upper = toupper(name)
	printf "" > file
	out(".\\\" SPDX-License-Identifier: GPL-2.0-or-later")
	out(".\\\" Made of vfio-prep.h by pages.awk: change the comment there.")
	out(".Dd " date)
	out(".Dt " upper " 3")
	out(".Os Linux")
	out(".Sh NAME")
}

# Its first sentence, or the part before a colon, without what is in parentheses.
function brief(s) {
	gsub(/[ \t\n]+/, " ", s)
	s = trim(s)
	gsub(/ \([^)]*\)/, "", s)
	if (match(s, /[:.;?]( |$)/)) s = substr(s, 1, RSTART - 1)
	gsub(/[@`]|\(\)/, "", s)
	return tolower(substr(s, 1, 1)) substr(s, 2)
}

function synopsis(name,    list, n, i) {
	out(".Ft " (type[name] ~ / / ? "\"" type[name] "\"" : type[name]))
	if (args[name] == "void") { out(".Fn " name " void"); return }
	out(".Fo " name)
	n = split(args[name], list, /, /)
	for (i = 1; i <= n; i++) out(".Fa \"" trim(list[i]) "\"")
	out(".Fc")
}

# A structure or enumeration: its members, and what each is.
function members(name,    rest, closer, decl, note, before, n, i, decls, notes, listed) {
	rest = trim(body[name])
	closer = name ~ /^enum/ ? "," : ";"
	n = 0
	before = ""
	while (rest != "") {
		if (rest ~ /^\/\*/) {
			i = index(rest, "*/")
			note = bare(substr(rest, 1, i + 1))
			if (rest ~ /^\/\*\*</) notes[n] = notes[n] " " note
			else before = before " " note
			rest = trim(substr(rest, i + 2))
			continue
		}
		i = index(rest, closer)
		if (i == 0) i = length(rest) + 1
		decl = trim(substr(rest, 1, i - 1))
		# a comment between the parts of one declaration
		if (decl ~ /\/\*/) { decl = trim(substr(rest, 1, index(rest, "/*") - 1)); i = length(decl) + 1 }
		if (decl != "") { decls[++n] = decl; notes[n] = before; before = "" }
		rest = trim(substr(rest, i + 1))
	}
	out(".Bd -literal -offset indent")
	out(name " {")
	for (i = 1; i <= n; i++) out("    " decls[i] closer)
	out("};")
	out(".Ed")
	listed = 0
	for (i = 1; i <= n; i++) {
		gsub(/ \* /, " ", notes[i])
		if (trim(notes[i]) == "") continue
		if (!listed++) out(".Bl -tag -width Ds -offset indent")
		out(".It Li \"" decls[i] "\"")
		flow(notes[i])
	}
	if (listed) out(".El")
	delete notes
	delete decls
}

# Takes what a text says of error numbers out of it, and keeps that for ERRORS: from an item
# like "-EINVAL malformed name; " on, up to the end of the sentence, with what introduces it.
function take_errors(s,    at, start, end, i) {
	gsub(/[ \t\n]+/, " ", s)
	s = trim(s)
	errors = ""
	if (!match(s, /(^|[.:;] )-E[A-Z0-9]+[ ,;.]/)) return s
	at = RSTART
	for (start = at; start > 1 && substr(s, start - 1, 2) != ". "; start--)
		if (substr(s, start, 2) == ". ") { start += 2; break }
	for (end = at + 2; end <= length(s); end++)
		if (substr(s, end, 1) == "." && (end == length(s) || substr(s, end + 1, 1) == " ")) break
	errors = substr(s, start, end - start)
	s = substr(s, 1, start - 1) substr(s, end + 1)
	return trim(s)
}

function sentence(s) { return s ~ /^vprep_/ ? s : toupper(substr(s, 1, 1)) substr(s, 2) }

function write_errors(s,    items, n, i, listed, codes) {
	if (s !~ /^-E/) sub(/: -E/, "; -E", s)
	n = split(s, items, /; /)
	listed = 0
	for (i = 1; i <= n; i++) {
		if (items[i] !~ /^(and )?-E/) {
			if (listed) { out(".El"); out(".Pp"); listed = 0 }
			flow(sentence(items[i]) (items[i + 1] ~ /^-E/ ? ":" : "."))
			continue
		}
		sub(/^and /, "", items[i])
		match(items[i], /^(-E[A-Z0-9]+,? ?)+/)
		codes = substr(items[i], 1, RLENGTH)
		items[i] = substr(items[i], RLENGTH + 1)
		gsub(/-/, "", codes)
		sub(/,? *$/, "", codes)
		gsub(/,/, " ,", codes)
		if (!listed) out(".Bl -tag -width Er")
		listed = 1
		out(".It Bq Er " codes)
		if (items[i] != "") flow(items[i])
	}
	if (listed) out(".El")
}

function show_type(name) {
	if (name in shown) return
	shown[name] = 1
	if (name in prototype) {
		paragraphs(about[name])
		out(".Bd -literal -offset indent")
		gsub(/, /, ",\n        ", prototype[name])
		out(prototype[name])
		out(".Ed")
	} else if (name in opaque) {
		paragraphs(about[name])
	} else {
		if (about[name] != "") paragraphs(about[name])
		members(name)
	}
}

# Those of a declaration, and of what they are made of, in the order of the header.
function need_types(text,    i, name) {
	for (i = 1; i <= n_types; i++) {
		name = types[i]
		if (name in general || name in needed) continue
		if ((" " text " ") !~ ("[ (,;*]" name "[ ,;*)]")) continue
		needed[name] = 1
		need_types((name in body) ? body[name] : "")
	}
}

function write_page(p,    list, n, i) {
	n = split(trim(functions[p]), list, " ")
	begin(pages[p])
	for (i = 1; i <= n; i++) out(".Nm " list[i] (i < n ? " ," : ""))
	out(".Nd " brief(about[pages[p]]))
	out(".Sh LIBRARY")
	out("libvfio-prep\n.Pq pkg-config libvfio-prep")
	out(".Sh SYNOPSIS")
	out(".In vfio-prep.h")
	delete needed
	delete shown
	for (i = 1; i <= n; i++) {
		synopsis(list[i])
		need_types(type[list[i]] " " args[list[i]])
	}
	out(".Sh DESCRIPTION")
	paragraphs(take_errors(about[pages[p]]))
	for (i = 1; i <= n_types; i++) {
		if (!(types[i] in needed)) continue
		out(".Ss " types[i])
		show_type(types[i])
	}
	if (type[pages[p]] == "int" && args[pages[p]] ~ /vprep_error/) {
		out(".Sh RETURN VALUES")
		out("Zero, or what the description says; or a negative errno value, and")
		out("\\fIerr\\fR has the reason.")
	}
	if (errors != "") {
		out(".Sh ERRORS")
		write_errors(errors)
	}
	out(".Sh SEE ALSO")
	out(".Xr libvfio-prep 3 ,")
	out(".Xr vfio-prep 7 ,")
	out(".Xr vfio-prep 8")
	close(file)
	for (i = 2; i <= n; i++) {
		file = dir "/" list[i] ".3"
		printf ".so man3/%s.3\n", pages[p] > file
		close(file)
	}
}

function write_overview(    p, first, i) {
	begin("libvfio-prep")
	first = index(head, "\n")
	out(".Nm libvfio-prep")
	out(".Nd make host devices ready for virtual machines, and give them back")
	out(".Sh LIBRARY")
	out("libvfio-prep\n.Pq pkg-config libvfio-prep")
	out(".Sh SYNOPSIS")
	out(".In vfio-prep.h")
	out(".Sh DESCRIPTION")
	paragraphs(substr(head, first + 2))
	out(".Ss Functions")
	out(".Bl -tag -width Ds -compact")
	for (p = 1; p <= n_pages; p++) {
		out(".It Xr " pages[p] " 3")
		fold(brief(about[pages[p]]))
	}
	out(".El")
	out(".Sh STRUCTURES")
	out("These are of use with all functions; others are on the pages of their functions.")
	delete shown
	for (i = 1; i <= n_types; i++)
		if (types[i] in general) {
			out(".Ss " types[i])
			show_type(types[i])
		}
	out(".Sh EXAMPLES")
	out("The folder\n.Pa examples/c\nof the sources has a launcher and a daemon with an event loop.")
	out(".Sh SEE ALSO")
	out(".Xr vfio-prep.conf 5 ,")
	out(".Xr vfio-prep 7 ,")
	out(".Xr vfio-prep 8")
	close(file)
}

END {
	general["enum vprep_code"] = general["struct vprep_error"] = 1
	if (list) {
		print "libvfio-prep.3"
		for (p = 1; p <= n_pages; p++) {
			n = split(trim(functions[p]), names, " ")
			for (i = 1; i <= n; i++) print names[i] ".3"
		}
		exit
	}
	write_overview()
	for (p = 1; p <= n_pages; p++) write_page(p)
}
