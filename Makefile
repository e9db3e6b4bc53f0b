# SPDX-License-Identifier: 0BSD
include config.mk

# Pure code: no system call, no mutable global; test/gate proves it.
PURE = platform/text platform/filter platform/xenstore/wire \
	platform/xenstore/names \
	applet/common/args applet/common/reasons applet/common/record \
	applet/common/sample applet/common/syntax \
	applet/guest/canary applet/guest/ceiling applet/guest/explain \
	applet/guest/history applet/guest/hold applet/guest/need \
	applet/guest/policy applet/guest/settings applet/guest/step \
	applet/dom0/balance_conf applet/dom0/domain applet/dom0/judge \
	applet/dom0/metrics applet/dom0/plan applet/dom0/screen \
	applet/dom0/share
PLATFORM = platform/balloon platform/cgroup platform/command platform/file \
	platform/install platform/keeper platform/log platform/proc \
	platform/process platform/sandbox platform/sysctl platform/terminal \
	platform/wait $(TRANSPORT_$(USED))
APPLET = applet/main applet/common/config \
	applet/guest/brake applet/guest/canaries applet/guest/deadman \
	applet/guest/fence applet/guest/guest applet/guest/link \
	applet/guest/observe applet/guest/oneshot applet/guest/orders \
	applet/guest/publish applet/guest/selfballoon applet/guest/store \
	applet/guest/sysctls \
	applet/dom0/balance applet/dom0/balance_log applet/dom0/domains \
	applet/dom0/live applet/dom0/monitor applet/dom0/targets

# What speaks to xenstored; raw too where libxenstore is not.
USED = $(XENSTORE)
TRANSPORT = $(USED)
ifeq ($(XENSTORE),lib)
ifeq ($(wildcard $(LIBXENSTORE)),)
$(warning no $(LIBXENSTORE): XENSTORE=raw is taken)
USED = raw
TRANSPORT = raw, libxenstore was not found
endif
endif
TRANSPORT_raw = platform/xenstore/raw
TRANSPORT_lib = platform/xenstore/lib platform/xenstore/arena
ARCHIVES_lib = build/lib/libxenstore.a build/lib/libxentoolcore.a
$(if $(TRANSPORT_$(USED)),,$(error XENSTORE=$(USED): accepted: raw, lib))

OBJECTS = $(addprefix build/,$(addsuffix .o,$(PURE) $(PLATFORM) $(APPLET)))
# What is installed beside xenballoon: no name that another program might have.
NAMES = $(patsubst xenballoon-selfballoon,selfballoon xenballoond, \
	$(APPLETS:%=xenballoon-%))

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wvla $(WERROR)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iplatform \
	-Iapplet $(OPTIMIZE) $(WARN) -fno-pie -ffunction-sections \
	-fdata-sections -fstack-usage -fno-asynchronous-unwind-tables \
	-ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
# The small page size keeps data next to code in the file: 1.5 kB less.
ALL_LDFLAGS = -static -no-pie -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,noseparate-code -Wl,-z,norelro \
	-Wl,--sort-section=alignment \
	-Wl,-z,common-page-size=64 -Wl,-T,platform/sections.ld $(LDFLAGS)

FLAGS = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(STRIP) $(TRANSPORT) \
	$(LIBXENSTORE) $(APPLETS)
build/applet/%.o: DEFINES = -DTRANSPORT='"$(TRANSPORT)"'
build/applet/main.o: DEFINES += -DAPPLETS='$(APPLETS:%=&applet_%,)'

xenballoon: $(OBJECTS) $(ARCHIVES_$(USED)) platform/sections.ld build/flags
	$(CC) $(ALL_LDFLAGS) -o $@.tmp $(OBJECTS) $(ARCHIVES_$(USED))
	$(STRIP) $@.tmp
	mv $@.tmp $@

build/%.o: %.c Makefile config.mk build/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DEFINES) -MMD -c -o $@ $<

# libxenstore, its calls of the C library turned to ours.
build/lib/%.a: platform/xenstore/lib.syms build/flags
	@mkdir -p $(@D)
	$(OBJCOPY) --redefine-syms=$< $(dir $(LIBXENSTORE))$(@F) $@

# Changes when the flags do: all that depends on it is then built again.
build/flags: export FLAGS_NOW = $(FLAGS)
build/flags: always
	@mkdir -p $(@D)
	@echo "$$FLAGS_NOW" | cmp -s - $@ || echo "$$FLAGS_NOW" >$@

install: xenballoon
	mkdir -p $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8
	install -m 755 xenballoon $(DESTDIR)$(SBINDIR)/xenballoon
	for n in $(NAMES); do \
		ln -sf xenballoon $(DESTDIR)$(SBINDIR)/$$n || exit 1; done
	install -m 644 applet/xenballoon.8 $(DESTDIR)$(MANDIR)/man8/

# An example configuration, from the table of settings.
TABLE = initramfs/example.c applet/guest/settings.c applet/common/syntax.c platform/text.c
build/xenballoon.conf: $(TABLE) build/flags
	$(HOSTCC) -std=c11 -Iplatform -Iapplet -o build/example $(TABLE)
	build/example >$@.tmp && mv $@.tmp $@

export SOURCE_DATE_EPOCH MAINTAINER URL
initramfs: xenballoon $(CONF)
	initramfs/pack xenballoon $(CONF) build/xenballoon.cpio $(BUSYBOX)
deb: xenballoon build/xenballoon.conf
	initramfs/package/deb $(VERSION)
dist:
	initramfs/package/dist $(VERSION)
# SERVICE="systemd dracut ...": see initramfs/install
install-service: install build/xenballoon.conf
	initramfs/install -d "$(DESTDIR)" -s $(SBINDIR) $(SERVICE)

check: ; @test/check $(T)
fuzz: ; @test/fuzz/run
coverage: ; @test/coverage
demo: ; @test/xen/demo
matrix: ; @test/xen/matrix $(M)
bench: ; @test/bench/run
bench-host: ; @test/bench/host
soak: ; @test/soak/run
clean: ; rm -rf build/applet build/platform build/lib build/test \
	build/arch/*/tree build/coverage build/flags build/example \
	build/xenballoon* build/APKBUILD build/bench-host xenballoon

.PHONY: always bench bench-host check clean coverage deb demo dist fuzz \
	initramfs install install-service matrix soak
-include $(OBJECTS:.o=.d)
