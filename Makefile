# saleslab: every target sets up .venv by itself when needed. `make` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2
export PYTHONHASHSEED := 0
export PYTHONUTF8 := 1

.PHONY: help demo test test-slow check format notebooks bench validate-experiments validate-scoring validate-customers validate-forecasting lab docs lock clean

help:  ## show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "saleslab needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once, about two minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY)  ## an invented company, its sales review, the site: reports/site/index.html
	@$(BIN)/saleslab demo

# one thread a worker: the workers share the cores already; files in their own order, since xdist would otherwise
# begin with those of many tests and end with the long ones, while the other worker idles
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: $(READY)  ## the whole default suite: style, types, tests, notebooks, examples
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) -q --doctest-modules src/saleslab
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder -q

test-slow: $(READY)  ## the long simulations behind the measured numbers
	$(BIN)/python -m pytest -q -m slow

check: $(READY)  ## style and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## put code into the house's form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

notebooks: $(READY)  ## run every notebook again on the demo company and compare (nbval)
	$(BIN)/saleslab notebooks check

bench: $(READY)  ## print the measured numbers: speed, memory, precision
	@for bench in tests/bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench; done

SHARE ?= 1
validate-experiments: $(READY)  ## measure the room experiments, write docs/validation/experiments.md (SHARE=0.1: a tenth)
	$(BIN)/python tests/validation/write_experiments.py $(SHARE)

validate-scoring: export OMP_NUM_THREADS := 1
validate-scoring: $(READY)  ## measure the room scoring, write docs/validation/scoring.md (SHARE=0.1: a tenth)
	$(BIN)/python tests/validation/write_scoring.py $(SHARE)

validate-customers: export OMP_NUM_THREADS := 1
validate-customers: export OPENBLAS_NUM_THREADS := 1
validate-customers: $(READY)  ## measure customers and segmentation, write docs/validation/customers.md (SHARE=0.1: a tenth)
	$(BIN)/python tests/validation/write_customers.py $(SHARE)

validate-forecasting: export OMP_NUM_THREADS := 1
validate-forecasting: $(READY)  ## measure the room forecasting, write docs/validation/forecasting.md (SHARE=0.1: a tenth)
	$(BIN)/python tests/validation/write_forecasting.py $(SHARE)

lab: $(READY)  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

docs: $(READY)  ## generate docs/requirements.md and docs/data-dictionary.*.md
	$(BIN)/python tests/house/requirements_page.py
	$(BIN)/saleslab dictionary --out docs

lock:  ## resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --quiet --output-file requirements.lock

clean:  ## remove what was generated, but not .venv and not data/
	rm -rf reports/runs reports/failed reports/site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
