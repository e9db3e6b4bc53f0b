# SPDX-License-Identifier: 0BSD
#
# chart.awk: size.csv (variant,second,kB) as SVG, a panel for each variant
#
# usage: awk -f chart.awk size.csv >size.svg
BEGIN {
	FS = ","
	LEFT = 60; RIGHT = 20; TOP = 56; PANEL = 120; GAP = 34; WIDTH = 960
	MAX_MB = 512
	split("#555555 #c0392b #d68910 #1f618d #6c3483 " \
	    "#1e8449", colour, " ")
}

{
	if (!($1 in number)) {
		number[$1] = ++variants
		name[variants] = $1
	}
	n = number[$1]
	at[n, ++points[n]] = $2
	mb[n, points[n]] = $3 / 1024
	if ($2 > last) last = $2
}

function x(second) {
	return sprintf("%.1f", LEFT + (WIDTH - LEFT - RIGHT) * second / last)
}

function panel_top(n) {
	return TOP + (n - 1) * (PANEL + GAP)
}

function y(n, size) {
	if (size > MAX_MB)
		size = MAX_MB
	return sprintf("%.1f", panel_top(n) + PANEL * (1 - size / MAX_MB))
}

function line(x1, y1, x2, y2, stroke) {
	printf "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" " \
	    "stroke=\"%s\"/>\n", x1, y1, x2, y2, stroke
}

function text(at_x, at_y, anchor, more, words) {
	printf "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" %s>%s</text>\n",
	    at_x, at_y, anchor, more, words
}

function grid(n, step,    s, size) {
	for (size = 0; size <= MAX_MB; size += 128) {
		line(LEFT, y(n, size), WIDTH - RIGHT, y(n, size), "#dddddd")
		text(LEFT - 6, y(n, size) + 4, "end", "", size)
	}
	for (s = 0; s <= last; s += step) {
		line(x(s), y(n, 0), x(s), y(n, 0) + 4, "#888888")
		if (n == variants)
			text(x(s), y(n, 0) + 17, "middle", "", s)
	}
	line(LEFT, y(n, 0), WIDTH - RIGHT, y(n, 0), "#888888")
	line(LEFT, y(n, MAX_MB), LEFT, y(n, 0), "#888888")
}

function curve(n,    i, paint, sum) {
	paint = colour[(n - 1) % 6 + 1]
	printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" " \
	    "points=\"", paint
	for (i = 1; i <= points[n]; i++) {
		printf "%s,%s ", x(at[n, i]), y(n, mb[n, i])
		sum += mb[n, i]
	}
	print "\"/>"
	text(LEFT, panel_top(n) - 7, "start",
	    "font-weight=\"bold\" fill=\"" paint "\"", name[n])
	text(WIDTH - RIGHT, panel_top(n) - 7, "end", "",
	    sprintf("mean %.0f MB", sum / points[n]))
}

# A round number of seconds, six to twelve marks
function tick(    step) {
	for (step = 10; last / step > 12; step *= step % 3 ? 2 : 2.5)
		;
	return step
}

END {
	if (!variants || !last)
		exit 1
	height = panel_top(variants) + PANEL + 48
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" " \
	    "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\" " \
	    "fill=\"#333333\">\n", WIDTH, height
	printf "<rect width=\"%d\" height=\"%d\" fill=\"#fcfcfa\"/>\n", WIDTH,
	    height
	text(LEFT, 24, "start", "font-size=\"15\"", "Size of a 512 MB guest, " \
	    "MB, during the anon loads; one sample a second")
	step = tick()
	for (n = 1; n <= variants; n++) {
		grid(n, step)
		curve(n)
	}
	text(WIDTH / 2, height - 12, "middle", "", "seconds")
	print "</svg>"
}
