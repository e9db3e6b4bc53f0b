# SPDX-License-Identifier: 0BSD
#
# calls.awk: the functions of the first file that nothing reaches, one a line
#
# usage: awk -v roots='NAME ...' -f calls.awk FILE.c [MORE.c ...]
#        awk -v sh=1 -v roots='NAME ...' -f calls.awk FILE.sh [MORE.sh ...]
#
# The files have the shape of our style: NAME( of a function and its braces
# begin in the first column. It reaches each name that stands in it, for a name
# may be handed on. So do a macro and a table, which must be reached as well. In
# sh what stands in no function is run, and name_$x is all that begins so. The
# roots are called from elsewhere.

# What comments and sentences say is no call.
function code_sh(line,    at, rest, said) {
	sub(/(^|[ \t])#.*/, "", line)
	said = "('[^']*'|\"[^\"]*\")"
	if (!match(line, "(^|[ \t])(ok|no|is|skip|check|note) " said))
		return line
	rest = substr(line, RSTART + RLENGTH)
	at = RSTART
	match(substr(line, at), said)
	if (index(substr(line, at + RSTART - 1, RLENGTH), "$("))
		return line
	return substr(line, 1, at + RSTART - 2) rest
}

function code_c(line,    at, end) {
	gsub(/\\./, "", line)
	gsub(/"[^"]*"/, "", line)
	if (comment)
		line = "/*" line
	comment = 0
	while ((at = index(line, "/*")) > 0) {
		end = index(substr(line, at + 2), "*/")
		comment = !end
		line = substr(line, 1, at - 1) " " \
		    (end ? substr(line, at + end + 3) : "")
	}
	return line
}

# begin WHAT: what the lines from here on belong to; its name is the first word
# of the text
function begin(what, text) {
	kind = what
	match(text, /^[A-Za-z_0-9]*/)
	inside = substr(text, 1, RLENGTH)
	braced = 0
	one_line = text ~ /\) \{/
}

function begin_any(line) {
	if (line ~ /^[A-Z_0-9]+\(/)
		begin("made", "made")
	else if (line ~ /^[A-Za-z_0-9]+\(/)
		begin("function", line)
	else if (sh)
		return
	else if (match(line, /^#[ \t]*define /))
		begin("macro", substr(line, RLENGTH + 1))
	else if (line ~ /^[^ \t#].* =( |$)/ &&
	    match(line, /[A-Za-z_0-9]+(\[| =)/))
		begin("table", substr(line, RSTART))
}

function ended(line) {
	if (kind == "macro")
		return line !~ /\\$/
	if (sh)
		return line ~ (one_line ? "}$" : "^[})]")
	if (kind == "made")
		return line ~ /\)$/
	if (kind == "function" && braced)
		return line ~ /^}/
	return line ~ /;$/
}

function reach(name,    i, n, words) {
	if (name in reached || !(name in uses))
		return
	reached[name] = 1
	n = split(uses[name], words, /[^A-Za-z_0-9]+/)
	for (i = 1; i <= n; i++)
		if (words[i] == "")
			continue
		else if (sh && words[i] ~ /_$/)
			reach_all(words[i])
		else
			reach(words[i])
}

function reach_all(prefix,    name) {
	for (name in uses)
		if (index(name, prefix) == 1)
			reach(name)
}

FNR == 1 { inside = ""; comment = 0 }

{
	line = sh ? code_sh($0) : code_c($0)
	sub(/[ \t]+$/, "", line)
	if (inside == "")
		begin_any(line)
	uses[inside] = uses[inside] " " line
	braced = braced || line ~ /^[{(]/ || sh
	if (braced && kind == "function" && inside != "" &&
	    FILENAME == ARGV[1] && !(inside in mine)) {
		mine[inside] = 1
		order[++functions] = inside
	}
	if (inside != "" && ended(line))
		inside = ""
}

END {
	reach(sh ? "" : "made")
	n = split(roots, root, " ")
	for (i = 1; i <= n; i++)
		reach(root[i])
	for (i = 1; i <= functions; i++)
		if (!(order[i] in reached))
			print order[i]
}
