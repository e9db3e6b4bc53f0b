# SPDX-License-Identifier: 0BSD
# Every knob that a packager turns; each may also stand on make's command line.

VERSION = 0.1.0

# Of all times in what is packed, so that it is the same bytes each time.
SOURCE_DATE_EPOCH = 1795305600

# Who packages it, and where it is had: for `make deb` and `make dist`. By
# default whoever builds it, for this machine, and nowhere.
MAINTAINER = root <root@localhost>
URL =

PREFIX = /usr/local
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man

# A C11 compiler for musl libc that links statically: musl-gcc on Debian, gcc
# or clang on Alpine.
CC = musl-gcc
# The program waits, it does not compute: -O2 makes it a fourth larger, and no
# faster where it matters. -Oz wants gcc 12 or clang; -Os makes 1 % more. No
# switch is so large that a table of jumps pays.
OPTIMIZE = -Oz -fno-jump-tables
# WERROR=-Werror makes warnings errors: the tests do.
WERROR =
STRIP = strip
OBJCOPY = objcopy

# For what is run while it builds. For another processor, such as arm64:
#   make CC=aarch64-linux-musl-gcc STRIP=aarch64-linux-gnu-strip HOSTCC=gcc
# with OBJCOPY too where XENSTORE=lib. test/arch/build arm64 (or i386) does it
# with Debian's gcc and musl, and leaves such a CC in build/arch/arm64/cc.
HOSTCC = $(CC)

# What is in the binary. A guest needs none of domain 0's tools:
# APPLETS="selfballoon oneshot" makes a third less.
APPLETS = selfballoon oneshot monitor balance

# A static busybox, and `make initramfs` boots as a guest by itself; without,
# it is for another initrd. CONF is its configuration.
BUSYBOX =
CONF = build/xenballoon.conf

# How the program speaks to xenstored.
# raw  by itself: the smaller one, nothing else is needed, and the daemon never
#      waits for a reply. Take it unless there is a reason not to.
# lib  through libxenstore, linked statically: where it is the distribution
#      that decides where xenstored is and how it is spoken to. The daemon
#      waits for each reply, at most 2 s. Debian: libxen-dev. Without the
#      archive make takes raw, and --version says so.
XENSTORE = raw
LIBXENSTORE = /usr/lib/$(shell $(CC) -print-multiarch)/libxenstore.a
