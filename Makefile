# Everything runs inside .venv/, which the first target that needs it makes from python3 alone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Two workers: each starts its own embedded server, and more would only compete for the same cores.
WORKERS ?= 2
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test migrate rollback psql outputs bench fix lint format build clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## a trading day told in ten events, on the embedded server
	@$(BIN)/orderstamp demo

migrate: $(READY) ## install or upgrade the schema (DATABASE_URL, else the embedded server)
	@$(BIN)/orderstamp migrate

rollback: $(READY) ## undo the newest migration; functions become fail-closed stubs
	@$(BIN)/orderstamp rollback

psql: $(READY) ## open psql on the same database
	@$(BIN)/orderstamp psql

test: $(READY) ## run the whole test suite
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

outputs: $(READY) ## rewrite the outputs shown in README.md and sql/examples
	@ORDERSTAMP_REGENERATE=1 $(BIN)/python -m pytest -q tests/examples tests/catalog/test_diagram.py

bench: $(READY) ## measure the cost against a bare table
	@$(BIN)/python -m tests.bench

fix: $(READY) ## play the FIX order state matrices (FIX_SCENARIOS=file)
	@$(BIN)/python -m tests.fix

lint: $(READY) ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY) ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

build: $(READY) ## build sdist and wheel into dist/
	@$(BIN)/python -m build --outdir dist .

clean: ## stop and remove the embedded server with its data, and every build product
	@if [ -x $(BIN)/orderstamp ]; then $(BIN)/orderstamp stop --remove; else \
	  for pid in .orderstamp/pg*/postmaster.pid; do [ ! -f "$$pid" ] || kill -INT "$$(head -n 1 "$$pid")"; done; \
	  rm -rf .orderstamp; fi
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "orderstamp needs Python 3.11 or newer; try: make PYTHON=python3.12" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
