# The front door. `make demo` and `make test` are all that a fresh Debian 12 with Swift 6.3 needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
DEBUG := $(ROOT)/.build/debug
RELEASE := $(ROOT)/.build-release/release
GUEST ?= $(ROOT)/.build-guest
PEERS ?= $(ROOT)/.build-peers
PACKAGES := packaging/install-packages
PRODUCTS := netd netdns vmlaunch vmfetch vmsupervisor
SWIFT_FOLDERS := $(wildcard Package.swift Sources Tests Benchmarks policies Fuzz)

DESTDIR ?=
PREFIX ?= /usr
SYSCONFDIR ?= /etc
STRIP ?= -s
DEBS ?= .build-deb

.PHONY: help
help: ## Show this list
	@echo 'Procurator: virtual machines that keep running the way somebody asked for.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'One test:            make test FILTER=NameOfTestOrSuite'
	@echo 'The demo on the host instead of a network namespace: make demo PROCURATOR_DEMO_HOST=1'

.PHONY: demo
demo: packages build guest ## Boot a real guest and show what Procurator does with it (under a minute after the build)
	@PROCURATOR_BIN='$(DEBUG)' PROCURATOR_GUEST='$(GUEST)' PROCURATOR_DEMO_HOST='$(PROCURATOR_DEMO_HOST)' scripts/demo

# Tests wait much: the packages for the proofs, and the machines that these run in, are made meanwhile. The demo comes last: it is
# the test of the scripts, and of the whole.
STEPS := $(ROOT)/.build/steps
.PHONY: test
ifneq ($(FILTER),)
test: packages
	@$(MAKE) test-programs
else
test: export PROCURATOR_STEPS = $(STEPS)
test: ## Check everything: lint, build, all tests with real guests, then the demo
	@mkdir -p '$(dir $(STEPS))' && rm -f '$(STEPS)'
	@scripts/step 'Debian packages' $(MAKE) packages
	@$(PACKAGES) packaging/packages.deb
	@scripts/beside 'scripts/step "packages of a release build" $(MAKE) deb && scripts/step "machines for proofs" Tests/Deployment/run --short --machines' \
	  $(MAKE) test-programs
	@Tests/Deployment/run --short
	@scripts/step demo $(MAKE) demo
	@scripts/step
endif

.PHONY: test-programs
test-programs:
	@scripts/step lint $(MAKE) lint
	@scripts/step build $(MAKE) build
	@scripts/step guests $(MAKE) guest
	@guest/build-drivers '$(GUEST)' || [ -n '$(FILTER)' ] # one test may need none of it
	@scripts/step 'clients from PyPI' scripts/peers '$(PEERS)'
	@PROCURATOR_BIN='$(DEBUG)' PROCURATOR_GUEST='$(GUEST)' PROCURATOR_PEERS='$(PEERS)' scripts/test '$(FILTER)'

# What needs neither root nor QEMU: the loop of work.
.PHONY: check
check: build ## Check what can be checked without root and guests (under two minutes after a change)
	@swift format lint --strict -r -p $(SWIFT_FOLDERS)
	@PROCURATOR_BIN='$(DEBUG)' scripts/test --pure

.PHONY: rooms
rooms: swift ## Show which target and which folder stands on which, in CONTRIBUTING.md too
	@$(PACKAGES) packaging/packages.test
	@scripts/rooms

.PHONY: failures
failures: ## List every failure with its part, as in docs/failures.md
	@scripts/failures

.PHONY: bench
bench: PRODUCTS += bench standin
bench: packages release guest ## Measure a release build against the limits of the kernel
	@PROCURATOR_BIN='$(RELEASE)' PROCURATOR_GUEST='$(GUEST)' Benchmarks/run

.PHONY: fuzz
fuzz: swift ## Give every reader of foreign bytes ten million inputs or more (about 4 minutes)
	@$(PACKAGES) packaging/packages.build
	@Fuzz/run

.PHONY: torture
torture: packages build guest ## Kill everything at random, thousands of times (about 20 minutes)
	@PROCURATOR_BIN='$(DEBUG)' PROCURATOR_GUEST='$(GUEST)' PROCURATOR_TORTURE=2000 scripts/test 'WhateverIsKilled|WhateverHappens|aCrowdStartsInTurn'

# What is upgraded to: the same sources under another version, which only has to be linked and packed.
NEXT ?= $(VERSION)+next
.PHONY: test-deployment
test-deployment: packages guest ## Prove in real Debian machines what this one cannot show (root; PROOF=name, DEBIAN=trixie, SHORT=1)
	@rm -rf .build-next
	@if [ -z '$(SHORT)' ]; then $(MAKE) deb VERSION='$(NEXT)' && mv .build-deb .build-next; fi
	@$(MAKE) deb
	@if [ -d .build-next ]; then mv .build-next .build-deb/next; fi
	@Tests/Deployment/run $(if $(SHORT),--short) $(if $(DEBIAN),--release $(DEBIAN)) $(PROOF)

.PHONY: guest
guest: ## Build the small guest that demo, tests and benchmarks boot
	@$(PACKAGES) packaging/packages.test
	@guest/build '$(GUEST)'

# One command line for demo and test, so that they share one build.
.PHONY: build
build: swift ## Build everything for development, tests included
	@$(PACKAGES) packaging/packages.build
	swift build --build-tests

# No folder of this machine is in the programs: they are the same bytes wherever they are built. Nobody loads anything into them,
# so they export nothing; relocations, all of which are read at each start, are packed (megabytes otherwise; glibc has it since 2.36).
PREFIX_MAP := $(ROOT)=/usr/src/procurator
RELEASE_FLAGS := --static-swift-stdlib --disable-local-rpath --scratch-path .build-release \
  -Xswiftc -file-prefix-map -Xswiftc $(PREFIX_MAP) -Xcc -ffile-prefix-map=$(PREFIX_MAP) \
  -Xswiftc -use-ld=lld -Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs \
  -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now

# Another VERSION= than that of the sources costs nothing but linking: it is in an object of its own, whose name says it.
SOURCE_VERSION := $(shell sed -n 's/.*return "\(.*\)".*/\1/p' '$(ROOT)/Sources/CRelease/release.c')
VERSION ?= $(SOURCE_VERSION)
STAMP := $(ROOT)/.build-release/version-$(VERSION).o

# One after the other: without --product the tools of the dependencies are built as well.
.PHONY: release
release: swift ## Build the programs as they are installed (VERSION=1.2.3 to call them so)
	@$(PACKAGES) packaging/packages.build
	@mkdir -p .build-release
	@if [ '$(VERSION)' != '$(SOURCE_VERSION)' ]; then \
	  echo 'const char *procurator_version(void) { return "$(VERSION)"; }' | gcc -O2 -fPIC -x c -c -o '$(STAMP)' -; \
	fi
	@for product in $(PRODUCTS); do \
	  swift build -c release $(RELEASE_FLAGS) $(if $(filter $(SOURCE_VERSION),$(VERSION)),,-Xlinker '$(STAMP)') \
	    --product $$product; \
	done

.PHONY: fmt
fmt: swift ## Bring the Swift sources into the project's format
	@$(PACKAGES) packaging/packages.build
	swift format -i -r -p $(SWIFT_FOLDERS)

.PHONY: lint
lint: swift ## Check format, scripts, and that generated code is what proto/ says
	@$(PACKAGES) packaging/packages.build packaging/packages.test
	@scripts/lint $(SWIFT_FOLDERS)

.PHONY: protos
protos: swift ## Generate the Swift sources of proto/ anew
	@$(PACKAGES) packaging/packages.build packaging/packages.test
	proto/generate

# Built as whoever calls `make release`; only the copying needs root. Nothing is started.
.PHONY: install
install: ## Install the release build (DESTDIR, PREFIX=/usr, SYSCONFDIR=/etc); starts nothing
	@[ -x '$(RELEASE)/vmsupervisor' ] || $(MAKE) release
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' STRIP='$(STRIP)' packaging/install '$(RELEASE)'

.PHONY: deb
deb: release ## Make Debian packages of the release build (VERSION=1.2.3 to call it so, DEBS=.build-deb)
	@$(PACKAGES) packaging/packages.deb
	@packaging/debian/build '$(VERSION)' '$(DEBS)'

.PHONY: clean
clean: ## Remove everything that was built (downloaded packages too)
	rm -rf .build .build-release .build-guest .build-peers .build-fuzz .build-deb*

.PHONY: packages
packages: swift
	@$(PACKAGES) packaging/packages.build packaging/packages.run packaging/packages.test

.PHONY: swift
swift:
	@command -v swift >/dev/null || { \
	  echo "There is no swift in PATH. Procurator is built with Swift 6.3 or later, which Debian does not package:" >&2; \
	  echo "install the toolchain for Debian 12 from https://www.swift.org/install/linux/, with its usr/bin in PATH." >&2; \
	  exit 1; }
