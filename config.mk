# SPDX-License-Identifier: 0BSD
# Every knob that a packager turns; each may also stand on make's command line.

VERSION = 0.1.0

PREFIX = /usr/local
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man

# A C11 compiler for musl libc that links statically: musl-gcc on Debian, gcc
# or clang on Alpine.
CC = musl-gcc
# -Oz wants gcc 12 or clang; -Os makes 1 % more.
OPTIMIZE = -Oz
# WERROR=-Werror makes warnings errors: the tests do.
WERROR =
STRIP = strip
