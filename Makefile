# Each target works from a bare clone: what it needs is made first, and only when it changed.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
ARGS ?=

.PHONY: help
help: ## Show this list
	@echo "make <target>, with ARGS=... handed on to the command behind it:"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do \
		printf '  %-15s %s\n' "$$name" "$$what"; done

.PHONY: demo
demo: .venv/.demo ## Start the portal with its demo data (ARGS=--fresh starts over)
	@exec $(BIN)/portico-portal demo $(ARGS)

.PHONY: test
test: setup ## Run every test (ARGS=... goes to pytest)
	@scripts/test-services.sh
	@exec $(BIN)/pytest $(ARGS)

.PHONY: test-pythons
test-pythons: setup ## Run the library's tests on every Python that can be had (ARGS="--pythons 3.13,3.14")
	@scripts/test-services.sh databases
	@exec $(BIN)/python -m scripts.pythons test $(ARGS)

.PHONY: test-downstream
test-downstream: .venv/.uv ## Run the own tests of blinker, Django and PyDispatcher on the façades
	@exec $(BIN)/python -m scripts.downstream $(ARGS)

.PHONY: check
check: setup ## Check format, style, types and floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

.PHONY: bench
bench: .venv/.bench ## Measure the signals beside their peers (ARGS=--quick for a first look)
	@exec $(BIN)/python -m benchmarks $(ARGS)

.PHONY: bench-pythons
bench-pythons: setup ## Measure the signals on every Python that can be had (ARGS="--pythons 3.14 --quick")
	@exec $(BIN)/python -m scripts.pythons bench $(ARGS)

.PHONY: format
format: setup ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: setup
setup: .venv/.dev ## Make .venv with everything the work on Portico needs

.PHONY: lock
lock: .venv/.uv ## Lock the versions again (ARGS=--upgrade for newer ones)
	$(LOCK) --group uv --output-file requirements/uv.txt
	$(LOCK) $(PRODUCTS) --all-extras --group pyproject.toml:dev --output-file requirements/dev.txt
	$(LOCK) $(PRODUCTS) --group pyproject.toml:build --constraints requirements/dev.txt \
		--output-file requirements/demo.txt
	$(LOCK) pyproject.toml --all-extras --group build --group library-test --constraints requirements/dev.txt \
		--output-file requirements/pythons.txt
	$(LOCK) pyproject.toml --all-extras --group build --group library-test --resolution lowest-direct \
		--only-binary :all: $$($(BIN)/python -m scripts.pythons.floors) --output-file requirements/floors.txt
	$(LOCK) --group bench --constraints requirements/dev.txt --output-file requirements/bench.txt
	$(LOCK) --group downstream --constraints requirements/dev.txt --output-file requirements/downstream.txt

# One lock for all products, which are no part of it themselves.
PRODUCTS = pyproject.toml portico-portal/pyproject.toml \
	--no-emit-package portico-signals --no-emit-package portico-portal

# Universal: one file for every platform and Python. It names no index, so that each machine uses its own.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(ARGS)

.PHONY: dist
dist: setup ## Build the wheels of all products into dist/
	$(BIN)/python -m hatchling build --target wheel --directory dist
	cd portico-portal && ../$(BIN)/python -m hatchling build --target wheel --directory ../dist

.PHONY: clean
clean: ## Remove the environment, the caches and what was built
	rm -rf .venv .cache dist
	find src tests portico-portal examples -name __pycache__ -prune -exec rm -rf {} +

.venv/.uv: requirements/uv.txt scripts/setup.sh
	@scripts/setup.sh uv

# On top of the rest: a new .venv/.dev was emptied of everything that is not in its own lock.
.venv/.bench: .venv/.dev

.venv/.demo .venv/.dev .venv/.bench: .venv/.%: requirements/%.txt requirements/uv.txt pyproject.toml \
		portico-portal/pyproject.toml scripts/setup.sh
	@scripts/setup.sh $*
