# Everything a checkout needs, from Python 3.11 or newer, pip and make alone.
PYTHON ?= python3
VENV ?= .venv
VENV_WHEEL ?= .venv-wheel
WORKERS ?= 2

ROOT := $(CURDIR)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test test-aws lint types cover wheel wheel-test node bench walks mutants graph clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed ## sign in, step by step, against the local pool in this process
	@$(BIN)/authflow demo

test: lint types cover wheel-test ## lint, types, tests under coverage, then the tests against the installed wheel

# Never part of `test`: it runs only where AUTHFLOW_AWS_CONFIG names a user pool.
test-aws: $(VENV)/.installed-dev ## the conformance scripts on a user pool of yours: docs/conformance.md says how
	@$(BIN)/python -m tests.conformance

lint: $(VENV)/.installed-dev ## style and the direction of imports
	@echo "== ruff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run $(BIN)/ruff format ."; exit 1; }
	@echo "== import contracts"
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/.installed-dev ## mypy and pyright, one beside the other
	@echo "== mypy and pyright"
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright > $(VENV)/pyright.log 2>&1 & other=$$!; \
	  $(BIN)/mypy; mypy=$$?; wait $$other; pyright=$$?; cat $(VENV)/pyright.log; exit $$((mypy + pyright))

# The exports are compared with XState where there is npm to install it.
node:
	@echo "== XState, for the tests of the exports"
	@{ command -v npm > /dev/null && cd tests/exports/node && \
	  { [ -d node_modules/xstate ] || npm ci --silent --no-audit --no-fund --ignore-scripts; }; } || \
	  echo "npm is not here or could not install XState: tests/exports LEAVES OUT every comparison with it"

cover: wheel node ## the tests in this checkout, under coverage, with the floor of pyproject.toml
	@echo "== tests under coverage"
	@rm -f .coverage .coverage.*
	@AUTHFLOW_DIST=$(ROOT)/dist $(BIN)/coverage run -m pytest -q -n $(WORKERS) -m "not exhaustive"
	@echo "== every flow that can be reached, the exports, checks and long walks, without coverage"
	@$(BIN)/pytest -q -n $(WORKERS) -m exhaustive tests/engine tests/exports tests/e2e tests/testing tests/check
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

wheel: $(VENV)/.installed-dev ## sdist and wheel in dist/; the wheel is built from the sdist
	@echo "== sdist and wheel"
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist . > $(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	@ls dist

# What a wheel may lack (modules, data, extras, the command) shows in these; the rooms' own tests say nothing about it.
OF_THE_WHEEL := e2e conformance adapters/cli adapters/stores

# `pytest` and not `python -m pytest`, from an empty folder: the latter would import the checkout.
wheel-test: wheel $(VENV_WHEEL)/.installed ## what a wheel may lack: the product's tests against the installed one
	@echo "== tests against the installed wheel: $(OF_THE_WHEEL), top level;"
	@echo "   the other folders, and tests marked 'slow', are LEFT OUT here, they ran above"
	@$(VENV_WHEEL)/bin/python -m pip --quiet --quiet --disable-pip-version-check install --force-reinstall --no-deps dist/*.whl
	@outside=$$(mktemp -d) && trap 'rm -rf "$$outside"' EXIT && cd "$$outside" && \
	AUTHFLOW_DIST=$(ROOT)/dist AUTHFLOW_INSTALLED=$(ROOT)/$(VENV_WHEEL) $(ROOT)/$(VENV_WHEEL)/bin/pytest -q \
	  -n $(WORKERS) -m "not slow" -p no:cacheprovider -c $(ROOT)/pyproject.toml --rootdir $(ROOT) \
	  $(addprefix $(ROOT)/tests/,$(OF_THE_WHEEL)) $(wildcard $(ROOT)/tests/test_*.py $(ROOT)/tests/adapters/test_*.py)

bench: $(VENV)/.installed-bench ## authflow beside its peers, every figure a ratio taken in the same run
	@if command -v npm > /dev/null; then cd bench/xstate && \
	  { [ -d node_modules/xstate ] || npm ci --silent --no-audit --no-fund --ignore-scripts; } || \
	  echo "npm could not install XState: its rows will say so"; fi
	@$(BIN)/python -m bench $(BENCH)

walks: $(VENV)/.installed-dev ## random walks and hostile answers, far longer than those of every run
	@AUTHFLOW_WALKS=3000 AUTHFLOW_ANSWERS=3000 $(BIN)/pytest -q -n $(WORKERS) tests/e2e/test_random_walk.py tests/e2e/test_hostile_answers.py \
	  tests/e2e/test_hostile_sessions.py

mutants: $(VENV)/.installed-dev ## each row changed one thing at a time: do the behaviour tests notice? (a quarter of an hour)
	@$(BIN)/python -m tests.mutation --workers $(WORKERS) $(MUTANTS)

graph: $(VENV)/.installed-dev ## redraw the diagrams from the declarations
	@$(BIN)/python -m authflow.graph --pictures=docs/pictures --others=docs/examples/terms.py:TERMS \
	  README.md docs/machines.md docs/read_the_graph.md docs/add_your_own_step.md

clean: ## remove what the other targets made
	@rm -rf $(VENV) $(VENV_WHEEL) bench/xstate/node_modules tests/exports/node/node_modules build dist cognito_authflow.egg-info \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: an installation is repeated when pyproject.toml is newer than it.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit("authflow needs Python 3.11 or newer; name one: make PYTHON=python3.x" \
	  if sys.version_info < (3, 11) else 0)'
	@echo "Making a virtual environment in $(VENV)."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing authflow into $(VENV)."
	@$(PIP) install --editable .
	@touch $@

# The pip that comes with Python 3.11 does not know dependency groups: 25.1 does.
$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the development tools into $(VENV); the first time this takes a minute or two."
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --group dev
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	@echo "Installing the benchmarks' peers into $(VENV)."
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --group bench
	@touch $@

$(VENV_WHEEL)/pyvenv.cfg:
	@echo "Making a virtual environment for the wheel in $(VENV_WHEEL)."
	@$(PYTHON) -m venv $(VENV_WHEEL)

$(VENV_WHEEL)/.installed: pyproject.toml | wheel $(VENV_WHEEL)/pyvenv.cfg
	@echo "Installing the wheel's and the tests' requirements into $(VENV_WHEEL)."
	@$(VENV_WHEEL)/bin/python -m pip --quiet --quiet --disable-pip-version-check install --upgrade 'pip>=25.1'
	@$(VENV_WHEEL)/bin/python -m pip --quiet --quiet --disable-pip-version-check install dist/*.whl --group test
	@touch $@
