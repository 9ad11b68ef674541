PYTHON ?= python3
BIN := .venv/bin
DEMO := data/demo
DEMO_DAYS := 2026-06-23 2026-06-30
MUTANTS ?= 150
KILLS ?= 200
REFRESHES ?= 50
CUSTOMERS ?= 20000

.PHONY: demo test lint compat mutation definitions kills readers compare slices histories days report traits browser docs lock clean

# The main job: install, make a sample shop, build, test and publish a week of it, show the segments and what moved.
demo: .venv/installed
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@$(BIN)/spine sample --out $(DEMO)/raw --customers 5000 --until $(lastword $(DEMO_DAYS))
	@$(BIN)/spine backfill --from $(firstword $(DEMO_DAYS)) --to $(lastword $(DEMO_DAYS)) \
	    --raw $(DEMO)/raw --db $(DEMO)/segment_spine.duckdb
	@$(BIN)/spine segments --db $(DEMO)/segment_spine.duckdb
	@$(BIN)/spine report --db $(DEMO)/segment_spine.duckdb --out $(DEMO)/report.html

# Two tests at a time, so one model each: small ones are done sooner one after the other.
test: .venv/installed
	@SPINE_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

lint: .venv/installed
	@$(BIN)/ruff check scripts tests benchmarks
	@$(BIN)/ruff format --check --quiet scripts tests benchmarks
	@RAW_DIR= RAW_SCHEMA= SPINE_DB=:memory: $(BIN)/sqlfluff lint models tests/assertions analyses

# Exact versions, with hashes; --no-deps because the lock is whole (and leaves out a parser that dbt does not need).
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The same build and tests on the older DuckDB that must keep working.
compat: .venv-duckdb-1.5/installed
	@SPINE_THREADS=1 .venv-duckdb-1.5/bin/pytest -n 2 --dist worksteal

.venv-%/installed: requirements-%.lock pyproject.toml
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-$*.lock
	@.venv-$*/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Faults planted in models and rule rows, to see that the tests notice; takes a while.
mutation: .venv/installed
	@$(BIN)/python benchmarks/mutation.py $(MUTANTS)

# The models against the definitions, with three times the examples of the tests.
definitions: .venv/installed
	@SPINE_EXAMPLES=24 $(BIN)/pytest -n 2 tests/python/test_definitions.py

# Slices against full builds, on the random histories of ten times as many customers as in the tests.
histories: .venv/installed
	@SPINE_SLICE_CUSTOMERS=200000 $(BIN)/pytest tests/python/test_slice.py -k after_each_batch

# SIGKILL at random instants of a refresh, and what is left; 200 take up to an hour.
kills: .venv/installed
	@SPINE_KILLS=$(KILLS) SPINE_KILLS_REPORT=$(CURDIR)/benchmarks/kills.md $(BIN)/pytest tests/python/test_killed_refreshes.py

# Eight readers without pause during refresh after refresh.
readers: .venv/installed
	@SPINE_REFRESHES=$(REFRESHES) SPINE_READERS_REPORT=$(CURDIR)/benchmarks/readers.md $(BIN)/pytest tests/python/test_refresh.py -k readers

# What a build costs beside the one before the redesign and beside SQL written by hand: make compare CUSTOMERS="100000 1000000".
compare: .venv/installed
	@$(BIN)/python benchmarks/compare.py $(CUSTOMERS)

# How long it takes from files that land to a slice that is published: make slices CUSTOMERS="20000 1000000".
slices: .venv/installed
	@$(BIN)/python benchmarks/slices.py $(CUSTOMERS)

# How long a backfilled day takes: make days CUSTOMERS="100000 1000000".
days: .venv/installed
	@$(BIN)/python benchmarks/days.py $(CUSTOMERS)

# How long the report takes on a year of ledger: make report CUSTOMERS="20000 1000000".
report: .venv/installed
	@$(BIN)/python benchmarks/report.py $(CUSTOMERS)

# What traits that are rows cost: make traits CUSTOMERS="20000 1000000".
traits: .venv/installed
	@$(BIN)/python benchmarks/traits.py $(CUSTOMERS)

# The report as a browser shows and prints it; wants Chromium and npm: make browser DATABASE=shop.duckdb, or a sample's.
browser: .venv/installed
	@$(BIN)/python benchmarks/browser.py $(DATABASE)

docs: .venv/installed
	@SPINE_DB=$(DEMO)/segment_spine.duckdb RAW_DIR= $(BIN)/dbt docs generate --profiles-dir . --target published

# Writes the lock files anew from requirements.in.
lock:
	@$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	@PATH="$(CURDIR)/.venv-lock/bin:$$PATH" $(PYTHON) scripts/lock.py
	@rm -rf .venv-lock

clean:
	@rm -rf .venv .venv-* target logs data
