# The front door: installs what is missing and calls CMake. `make help` lists what there is.
# CMake alone does as well: cmake --preset release && cmake --build --preset release

DESTDIR =
PREFIX = /usr/local
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# seconds for each fuzz target
FUZZ_S = 600

export CTEST_PARALLEL_LEVEL ?= $(JOBS)
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL = build
.PHONY: help build demo check bench fuzz install package clean

help:
	@echo 'make            build (build/release/pleth)'
	@echo 'make demo       install what is missing, build, measure a synthetic face, draw a plot'
	@echo 'make check      build with warnings as errors and run all tests'
	@echo 'make bench      speed of kernels, of a network, of a sensor and of the whole pipeline'
	@echo 'make fuzz       fuzz every reader for FUZZ_S=$(FUZZ_S) seconds (clang)'
	@echo 'make install    to $$DESTDIR$$PREFIX, PREFIX=$(PREFIX)'
	@echo 'make package    a .deb in build/release'
	@echo 'make clean      remove build/ and out/'

build:
	@sh cmake/install-packages.sh
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS)

# Only the tool, without the tests, to be there sooner.
demo:
	@sh cmake/install-packages.sh
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS) --target pleth_tool
	@sh cmake/demo.sh build/release/pleth out

check:
	@sh cmake/install-packages.sh
	cmake --preset dev
	cmake --build --preset dev --parallel $(JOBS)
	ctest --preset dev; status=$$?; sh cmake/skipped.sh build/dev; exit $$status

bench: build
	build/release/pleth bench
	build/release/pleth bench tscan
	build/release/pleth bench sensor
	build/release/tests/check_kernels --bench

fuzz:
	@sh cmake/install-packages.sh clang 'libclang-rt-dev?'
	cmake --preset fuzz
	cmake --build --preset fuzz --parallel $(JOBS)
	sh cmake/fuzz.sh build/fuzz/tests $(FUZZ_S) out/fuzz

# Installs without building as root: `make && sudo make install`.
install:
	@test -x build/release/pleth && test -e build/release/libpleth.so || $(MAKE) build
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

package: build
	cd build/release && cpack

clean:
	rm -rf build out
