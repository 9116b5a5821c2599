# Everything runs inside .venv/, which the first target that needs it makes from python3 alone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Two workers: each starts its own embedded server, and more would only compete for the same cores.
WORKERS ?= 2
PYTEST_ARGS ?=
# The PostgreSQL that the tests run on; 16 and 18 come with the environment, the others are installed by `make tools`.
PG ?= 18
PYTEST := -n $(WORKERS) --dist worksteal
# What other versions may do differently: what asks the server, without what takes long.
BY_VERSION := -q -m "server and not slow" tests/behaviour tests/catalog tests/migrations

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-versions test-pooler tools migrate rollback psql outputs catalog bench faults fix lint format build clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## a trading day told in ten events, on the embedded server
	@$(BIN)/orderstamp demo

migrate: $(READY) ## install or upgrade the schema (DATABASE_URL, else the embedded server)
	@$(BIN)/orderstamp migrate

rollback: $(READY) ## undo the newest migration; functions become fail-closed stubs
	@$(BIN)/orderstamp rollback

psql: $(READY) ## open psql on the same database
	@$(BIN)/orderstamp psql

test: $(READY) ## run the whole test suite (PG=15, 16, 17: on that PostgreSQL)
	@ORDERSTAMP_TEST_PG=$(PG) $(BIN)/python -m pytest $(PYTEST) $(PYTEST_ARGS)

test-all: $(READY) ## run the whole test suite on PostgreSQL 15, 16, 17 and 18
	@PYTHONPATH=tests $(BIN)/python -m versions -- $(PYTEST) $(PYTEST_ARGS)

test-versions: $(READY) ## behaviour, catalog and migrations on PostgreSQL 15, 16 and 17
	@PYTHONPATH=tests $(BIN)/python -m versions 15 16 17 -- $(PYTEST) $(BY_VERSION) $(PYTEST_ARGS)

test-pooler: $(READY) ## the client tests through PgBouncer in transaction mode
	@ORDERSTAMP_TEST_POOLER=1 $(BIN)/python -m pytest $(PYTEST) -q -m server tests/client $(PYTEST_ARGS)

tools: $(READY) ## install what tests need besides: other PostgreSQL versions, PgBouncer, plpgsql_check
	@PYTHONPATH=tests $(BIN)/python -m versions --get

outputs: $(READY) ## rewrite the outputs shown in README.md and sql/examples
	@ORDERSTAMP_REGENERATE=1 $(BIN)/python -m pytest -q tests/examples tests/catalog/test_diagram.py

catalog: $(READY) ## rewrite what the doctor expects the migrations to leave behind
	@ORDERSTAMP_REGENERATE=1 $(BIN)/python -m pytest -q tests/doctor/test_catalog.py

bench: $(READY) ## measure the cost beside a bare table and the alternatives; show it in README.md
	@$(BIN)/python -m tests.bench --publish

faults: $(READY) ## kill, cut and fill under load; is any acknowledged write lost or doubled?
	@$(BIN)/python -m tests.faults

fix: $(READY) ## play the FIX order state matrices (FIX_SCENARIOS=file)
	@$(BIN)/python -m tests.fix

lint: $(READY) ## ruff, mypy --strict, squawk on migrations/, pgspot on sql/, plpgsql_check where a server has it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/squawk --reporter gcc migrations/*.sql
	@PYTHONPATH=tests $(BIN)/python -m checks
	@PYTHONPATH=tests $(BIN)/python -m versions --having plpgsql_check -- -q tests/catalog/test_plpgsql.py

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
