#!/bin/sh
# SPDX-License-Identifier: 0BSD
# What the .rpm does when it is installed, upgraded and removed: scriptlets of
# the spec, run as rpm does, with a systemctl and a chkconfig that write down
# what they are asked.
PACKAGES=

# shellcheck source=test/service/lib.sh
. "$(dirname "$0")/lib.sh"

# scriptlet NAME COUNT: COUNT packages of this name will be there afterwards
scriptlet()
{
	awk -v name="%$1" '/^%/ { on = $1 == name; next } on' \
		"$top/initramfs/package/xenballoon.spec" >/run/scriptlet
	: >/run/asked
	ran="%$1 $2"
	PATH=/run/bin sh /run/scriptlet "$2" >/run/out 2>&1
	is "$ran: 0" $? 0
}

# asks WHAT: that, and nothing else
asks()
{
	is "$ran: what it asks of $with" "$(cat /run/asked)" "$1"
}

# tools WITH: what there is besides the shell
tools()
{
	with=$1
	rm -rf /run/bin
	mkdir /run/bin
	ln -s "$(command -v mv)" "$(command -v sh)" /run/bin
	# shellcheck disable=SC2016 # the script expands it
	printf '#!/bin/sh\necho "%s $*" >>/run/asked\n' "$with" \
		>"/run/bin/$with"
	chmod 755 "/run/bin/$with"
}

mkdir -p /etc/init.d
printf '#!/bin/sh\necho "%s $*" >>/run/asked\n' xenballoon \
	>/etc/init.d/xenballoon
chmod 755 /etc/init.d/xenballoon

# What an administrator enabled or disabled since is left as it is.
tools systemctl
scriptlet post 1
asks 'systemctl --no-reload preset xenballoon.service'
scriptlet post 2
asks ''
scriptlet preun 1
asks ''
scriptlet postun 1
asks 'systemctl try-restart xenballoon.service'
scriptlet preun 0
asks 'systemctl --no-reload disable --now xenballoon.service'
scriptlet postun 0
asks ''

tools chkconfig
: >/etc/init.d/xenballoond
scriptlet post 1
asks 'chkconfig --del xenballoond
chkconfig --add xenballoon'
ok 'the script of 2008 is out of the way' [ ! -e /etc/init.d/xenballoond ]
scriptlet post 2
asks ''
scriptlet preun 1
asks ''
scriptlet preun 0
asks 'xenballoon stop
chkconfig --del xenballoon'

done_testing
