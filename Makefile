# The front of pbb: `make` lists what can be done. Everything is built in build/, results go to out/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench build model demo test asan faults bench format clean
# The targets share build folders and print to one terminal; ninja and ctest use the processors.
.NOTPARALLEL:

jobs := $(shell nproc)
ccache := $(shell command -v ccache)
# On a terminal ninja redraws one line; in a log only what went wrong is worth a line.
quiet := $(if $(MAKE_TERMOUT),,-- --quiet)
configure = cmake --preset $(1) -Wno-dev --log-level=WARNING -DCMAKE_CXX_COMPILER_LAUNCHER=$(ccache) >/dev/null
build = echo "Building ($(1)) ..." && $(configure) && cmake --build --preset $(1) -j $(jobs)
# Tests run beside each other: threads that wait must not keep a processor busy.
test = OMP_WAIT_POLICY=passive ctest --test-dir build/$(1) --output-on-failure --no-tests=error -j $(jobs)

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Install the Debian packages that are missing (says which and why)
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh --test

setup-bench:
	@scripts/setup.sh --bench

build: setup ## Build build/release/pbb
	@$(call build,release) --target pbb $(quiet)

model: setup ## Get the default model (98 MB, once)
	@scripts/get_model.sh

demo: build model ## Teach the default model programs by their source alone; report in out/demo/report.html
	@build/release/pbb run runs/demo.toml --out out/demo $$(test -d out/demo && echo --resume)

test: setup-test model ## Build and run all tests
	@$(call build,release) $(quiet)
	@$(call test,release)

asan: setup-test model ## Build and run all tests with the address and undefined-behaviour sanitizers
	@$(call build,asan) $(quiet)
	@$(call test,asan)

faults: build ## Kill a thousand small runs and a hundred servers at random moments, and look at what they leave
	@python3 tests/faults/kill_runs.py build/release/pbb --kills 1000
	@python3 tests/faults/kill_servers.py build/release/pbb --kills 100

# Rounds of training and of decoding, each of which takes some 10 minutes without bf16 in hardware.
ROUNDS ?= 3
bench: setup-bench build model ## Measure training and decoding beside PyTorch and llama.cpp (ROUNDS=1: 20 minutes)
	@cmake --build --preset release -j $(jobs) --target pbb_ops_bench $(quiet)
	@python3 bench/ops_table.py
	@python3 bench/train_bench.py --rounds $(ROUNDS)
	@python3 bench/decode_bench.py --rounds $(ROUNDS)
	@python3 bench/shapes_bench.py

format: ## Format all C++ sources, and wrap the documents
	@scripts/list_sources.sh | xargs -0 clang-format -i
	@python3 scripts/check_documents.py --fix

clean: ## Remove what was built (not results, not the model)
	@rm -rf build/release build/asan build/debug build/bench-venv build/test-venv
