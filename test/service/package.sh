#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What is handed out: the example configuration, the tarball, the .deb.

# shellcheck source=test/lib/guest.sh
. "$(dirname "$0")/../lib/guest.sh"
cd "$top" || exit 1

quietly()
{
	"$@" >"$tmp/log" 2>&1 || { sed 's/^/# /' "$tmp/log"; return 1; }
}

# Another copy, elsewhere and at another time.
test/lib/copy "$tmp/a"
test/lib/copy "$tmp/copy"
find "$tmp/copy" -exec touch -d 2001-01-01 {} +
ok 'make deb' quietly make -C "$tmp/a" deb
ok 'make dist' quietly make -C "$tmp/a" dist
(umask 077; quietly make -C "$tmp/copy" deb dist)
is 'both in a copy' $? 0
for f in "$tmp"/a/build/xenballoon_*.deb "$tmp"/a/build/xenballoon-*.tar.gz; do
	ok "${f##*/}: the same bytes from a copy" \
		cmp "$f" "$tmp/copy/build/${f##*/}"
done

# The example: by itself all comments, and each line accepted.
conf=$tmp/a/build/xenballoon.conf
plant
cp "$conf" "$tree/etc/xenballoon.conf"
run oneshot -n -R "$tree"
is 'the example as it is: accepted' "$status" 0
sed -n 's/^#\(XENBALLOON_\)/\1/p' "$conf" >"$tree/etc/xenballoon.conf"
run oneshot -n -R "$tree"
is 'each of its lines: accepted' "$status" 0
is 'it has all settings' \
	"$(wc -l <"$tree/etc/xenballoon.conf")" \
	"$(grep -cE '^	(SWITCH|NUMBER|ONE_OF|TEXT)\(' applet/guest/settings.h)"
ok 'within 80 columns' [ "$(expand "$conf" | grep -cE '.{81}')" -eq 0 ]

deb=$(echo "$tmp"/a/build/xenballoon_*.deb)
dpkg-deb -c "$deb" >"$tmp/list"
is '.deb: all of root' "$(awk '{print $2}' "$tmp/list" | sort -u)" root/root
for f in usr/sbin/xenballoon usr/sbin/selfballoon etc/init.d/xenballoon \
	etc/default/xenballoon.conf lib/systemd/system/xenballoon.service \
	usr/share/initramfs-tools/scripts/init-top/xenballoon \
	usr/lib/dracut/modules.d/90xenballoon/module-setup.sh \
	usr/share/xenballoon/xenballoon.rules.yml; do
	ok ".deb: has $f" grep -q " ./$f" "$tmp/list"
done
is '.deb: its programs' "$(sed -n 's,.* \./usr/sbin/\([^ ]\{1\,\}\).*,\1,p' \
	"$tmp/list" | LC_ALL=C sort)" 'selfballoon
xenballoon
xenballoon-balance
xenballoon-monitor
xenballoon-oneshot
xenballoond'
mkdir -p "$tmp/ctl"
dpkg-deb -e "$deb" "$tmp/ctl"
for s in postinst prerm postrm; do
	ok ".deb: $s is sh" sh -n "$tmp/ctl/$s"
done
ok 'the tarball builds' quietly sh -c 'tar -xzf "$1" -C "$2" &&
	make -C "$2"/xenballoon-*/ WERROR=-Werror' sh \
	"$(echo "$tmp"/a/build/xenballoon-*.tar.gz)" "$tmp/ctl"
ok 'and has the same program' cmp "$tmp"/ctl/xenballoon-*/xenballoon xenballoon
is 'versions are one' "$(sed -n 's/^pkgver=//p' initramfs/package/APKBUILD; \
	sed -n 's/^Version: *//p' initramfs/package/xenballoon.spec)" \
	"$(v=$(sed -n 's/^VERSION = //p' config.mk); echo "$v"; echo "$v")"
ok 'APKBUILD is sh' sh -n initramfs/package/APKBUILD

# Who packages it: by the knobs, and nobody is invented.
is '.deb: the maintainer is who builds it' \
	"$(grep -E '^(Maintainer|Homepage)' "$tmp/ctl/control")" \
	'Maintainer: root <root@localhost>'
ok 'with a packager and a home' quietly make -C "$tmp/copy" deb dist \
	MAINTAINER='A & B <ab@example.org>' URL='https://example.org/?a&b'
dpkg-deb -e "$(echo "$tmp"/copy/build/xenballoon_*.deb)" "$tmp/ctl2"
is '.deb: has both' "$(grep -E '^(Maintainer|Homepage)' "$tmp/ctl2/control")" \
	'Maintainer: A & B <ab@example.org>
Homepage: https://example.org/?a&b'
is 'APKBUILD: has both' \
	"$(grep -E '^(# Maintainer|url)' "$tmp/copy/build/APKBUILD")" \
	'# Maintainer: A & B <ab@example.org>
url="https://example.org/?a&b"'
is 'no address of nobody in the source' \
	"$(grep -rn 'example\.invalid' initramfs config.mk)" ''

done_testing
