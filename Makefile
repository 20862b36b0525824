# Two commands: `make demo` and `make test`. Both make .venv first, and only when its lock changed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types check docs bench lock clean

demo: .venv/.demo
	@$(BIN)/python -m bot demo

test: .venv/.dev lint types check

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

# Files side by side, one more than there are cores and eight at most: half of the time is waiting.
check: .venv/.dev
	$(BIN)/pytest --numprocesses $$($(BIN)/python -c 'import os; print(min(1 + (os.cpu_count() or 1), 8))') --dist loadfile --no-loadscope-reorder

docs: .venv/.dev
	$(BIN)/python -m bot docs

# Ratios; an idle machine gives better ones. Each says when it falls short of what is wanted.
bench: .venv/.dev
	-$(BIN)/python -m benchmarks.edge
	-$(BIN)/python -m benchmarks.busy
	-$(BIN)/python -m benchmarks.start
	-$(BIN)/python -m benchmarks.storm
	-$(BIN)/python -m benchmarks.storm_alertmanager
	-$(BIN)/python -m benchmarks.first_card
	-$(BIN)/python -m benchmarks.ingest
	-$(BIN)/python -m benchmarks.fleet
	-$(BIN)/python -m benchmarks.metrics
	-$(BIN)/python -m benchmarks.cloudwatch
	-$(BIN)/python -m benchmarks.fleet_metrics
	-$(BIN)/python -m benchmarks.trail_bytes

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.demo: requirements-demo.txt | .venv/bin/python
	@echo "Installing into .venv, once: about a minute…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.dev: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Needs `uv`. Locks hold hashes and no addresses, for every platform.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
  --no-annotate --quiet pyproject.toml

lock:
	$(LOCK) --extra postgres --output-file requirements.txt
	$(LOCK) --extra demo --output-file requirements-demo.txt
	$(LOCK) --extra dev --output-file requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
