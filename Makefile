# The one entry point. `make demo` and `make test` do all the set-up they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
DEMO   ?= demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench lock clean

help:
	@echo "make setup       set up only: an environment in $(VENV) with the command consumption"
	@echo "make demo        set up, then run the main job on a generated world and serve it on port 8000"
	@echo "make test        set up, then check format, lint, types, imports, and run all tests"
	@echo "make check       only format, lint, types and imports"
	@echo "make bench NAME=oulad ARGS='PATH'   run one benchmark"
	@echo "make lock        write requirements.lock anew from pyproject.toml"

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --constraint requirements.lock uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock || $(PIP) --requirement requirements.lock
	$(PIP) --no-deps --editable .
	@touch $@

setup: $(READY)

demo: $(READY)
	$(BIN)/consumption demo $(DEMO)

test: check
	$(BIN)/python -m pytest --numprocesses auto --dist loadscope

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python benchmarks/$(NAME).py $(ARGS)

lock: $(READY)
	$(BIN)/uv pip compile --quiet --all-extras --universal --no-emit-index-url --no-header --no-annotate \
	  pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
