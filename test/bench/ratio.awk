# SPDX-License-Identifier: 0BSD
#
# ratio.awk: speed.csv and ratio.csv of ./ratio.sh as a table: the ratio at
# which somebody is first lost, "-" where nobody is at any that was tried
BEGIN { FS = "," }

FILENAME ~ /speed/ {
	speed[$1] = $2
	own = $3
	next
}

{
	if (!(($2, $1) in seen)) {
		seen[$2, $1] = 1
		columns[++ncolumns] = $2 "," $1
	}
	if (!($3 in row)) {
		row[$3] = 1
		rows[++nrows] = $3
	}
	at = $2 "," $1 "," $3
	tried[at] = $4
	if ($5 != "done" && !(at in lost))
		lost[at] = $4
	if ($8 + 0 > 0) {
		sum[$2 "," $1] += $8
		count[$2 "," $1]++
	}
}

function cell(at)
{
	if (at in lost)
		return lost[at]
	return (at in tried) ? "-" : ""
}

function over(n, d)
{
	return d ? n / d : 0
}

function heads(part,  i, name)
{
	for (i = 1; i <= ncolumns; i++) {
		split(columns[i], name, ",")
		printf "%8s", name[part]
	}
	print ""
}

END {
	printf "%-10s%7s%7s", "", "", ""
	heads(1)
	printf "%-10s%7s%7s", "burst", "MB/s", "own"
	heads(2)
	for (r = 1; r <= nrows; r++) {
		printf "%-10s%7d%7.1f", rows[r], speed[rows[r]],
		    over(speed[rows[r]], own)
		for (i = 1; i <= ncolumns; i++)
			printf "%8s", cell(columns[i] "," rows[r])
		print ""
	}
	printf "%-24s", "at rest, MB"
	for (i = 1; i <= ncolumns; i++)
		printf "%8.0f", over(sum[columns[i]], count[columns[i]]) / 1024
	print ""
	printf "\nThe ratio is a burst's MB/s to the balloon's. own: the driver"
	printf " left to itself, %d MB/s.\n", own
}
