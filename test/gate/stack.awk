# SPDX-License-Identifier: 0BSD
#
# stack.awk: the deepest stack of each applet, from gcc's graphs of calls
#
# usage: awk -f stack.awk build/*/*.ci     (-fcallgraph-info=su)
#
# A line an applet: NAME BYTES, and the chain of calls that takes them. What
# is called through a pointer is taken to be whatever nobody calls by name: no
# less than it can be. The C library is left out: its few functions here have
# small frames.
function field(line, name,    at, rest) {
	at = index(line, name ": \"")
	if (!at)
		return ""
	rest = substr(line, at + length(name) + 3)
	return substr(rest, 1, index(rest, "\"") - 1)
}

/^node: / && match($0, /[0-9]+ bytes/) {
	own[field($0, "title")] = substr($0, RSTART, RLENGTH - 6) + 0
}

/^edge: / {
	from = field($0, "sourcename")
	to = field($0, "targetname")
	if (seen[from, to]++)
		next
	calls[from, ++count[from]] = to
	if (from != to)
		named[to] = 1
}

# Bytes below and with f; the chain goes into chain[f].
function depth(f,    i, to, n, most, tail) {
	if (f in known)
		return known[f]
	if (active[f]) {
		loops = loops " " short(f)
		return 0
	}
	active[f] = 1
	most = 0
	for (i = 1; i <= count[f]; i++) {
		to = calls[f, i]
		if (to == "__indirect_call")
			to = pointed
		if (!(to in own))
			continue
		n = to == pointed ? pointed_depth : depth(to)
		if (n > most) {
			most = n
			tail = to == pointed ? pointed_chain : chain[to]
		}
	}
	active[f] = 0
	chain[f] = short(f) " " tail
	return known[f] = own[f] + most
}

function short(f,    name) {
	name = f
	sub(/^.*:/, "", name)
	return name "(" own[f] ")"
}

# The deepest of those that are reached through pointers alone, but for what
# starts an applet; below it one more pointer is followed.
function point(    f, n, best, most, text) {
	split("", known)
	for (f in own)
		if (!(f in named) && f != "main" && f !~ /:run$/) {
			n = depth(f)
			if (n > most) {
				most = n
				best = f
				text = chain[f]
			}
		}
	pointed = best
	pointed_depth = most
	pointed_chain = text
	split("", known)
}

END {
	point()
	point()
	for (f in own)
		if (f ~ /:run$/) {
			name = f
			sub(/^.*\//, "", name)
			sub(/\.c:run$/, "", name)
			n = depth(f)
			printf "%s %d %s\n", name, n, chain[f]
		}
	if (loops != "")
		print "recursion" loops
}
