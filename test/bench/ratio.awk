# SPDX-License-Identifier: 0BSD
#
# ratio.awk: speed.csv and ratio.csv of ./ratio.sh as a table: the ratio at
# which somebody is first lost, "-" where nobody is at any that was tried
BEGIN { FS = "," }

FILENAME ~ /speed\.csv$/ {
	speed[$1] = $2
	own = $3
	next
}

{
	row = sprintf("%-7s%s", $1, $2)
	if (!(row in sum))
		rows[++nrows] = row
	if (!($3 in column)) {
		column[$3] = 1
		columns[++ncolumns] = $3
	}
	tried[row, $3] = 1
	most = $4 + 0 > most ? $4 + 0 : most
	if ($5 != "done" && (!((row, $3) in lost) ||
	    rank($4) < rank(lost[row, $3])))
		lost[row, $3] = $4
	sum[row] += $8
	count[row] += $8 > 0
}

function rank(ratio)
{
	return ratio == "own" ? 0 : ratio + 0
}

function over(n, d)
{
	return d ? n / d : 0
}

# A column is as wide as its name, and what stands in it.
function put(name, text)
{
	printf "%" ((length(name) > 5 ? length(name) : 5) + 2) "s", text
}

function cell(row, name)
{
	if ((row, name) in lost)
		return lost[row, name]
	return (row, name) in tried ? "-" : ""
}

END {
	printf "%-12s", ""
	for (i = 1; i <= ncolumns; i++)
		put(columns[i], columns[i])
	printf "\n%-12s", "MB/s"
	for (i = 1; i <= ncolumns; i++)
		put(columns[i], speed[columns[i]])
	printf "\n%-12s", "own"
	for (i = 1; i <= ncolumns; i++)
		put(columns[i], sprintf("%.1f", over(speed[columns[i]], own)))
	print ""
	for (r = 1; r <= nrows; r++) {
		printf "%-12s", rows[r]
		for (i = 1; i <= ncolumns; i++)
			put(columns[i], cell(rows[r], columns[i]))
		printf "  # rests at %.0f MB\n",
		    over(sum[rows[r]], count[rows[r]]) / 1024
	}
	printf "\nThe ratio of a burst's MB/s to the balloon's at which somebody"
	printf " is first lost;\n-: nobody is, up to %d.", most
	printf " own: the driver left to"
	printf " itself, %d MB/s.\n", own
}
