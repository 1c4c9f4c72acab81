# The first of these that is new enough; `make PYTHON=/path/to/python ...` names another one.
PYTHONS = python3.11 python3.12 python3.13 python3.14 python3 python
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in $(PYTHONS); do "$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$p"; break; }; done)
BIN = .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-demo setup-user setup-bench demo gallery browser test faults check bench reference pictures

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/  make \1	/p' Makefile

demo: setup-demo  ## the portal with live, metered traffic, on http://127.0.0.1:3000 or the next free port
	@$(BIN)/billing-ui demo

gallery: setup-demo  ## every component in every state, on http://127.0.0.1:3000 or the next free port
	@$(BIN)/billing-ui gallery

test: setup setup-user browser  ## all tests, the browser's included
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 4 --no-loadscope-reorder

faults: setup  ## the long form of the fault proofs: docs/faults.md
	@BILLING_FAULTS=long $(BIN)/python -m pytest --numprocesses 2 --dist loadfile -rs --durations=0 tests/faults tests/backend/test_faults.py

check: setup-bench  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright
	$(BIN)/mypy

bench: setup-bench  ## the engine beside its peers, on this machine; README=1 puts the table into the README
	@$(BIN)/python -m tests.benchmarks $(if $(README),--readme README.md)

pictures: setup browser  ## the gallery and the portal at three widths, light and dark, in every language, into .pictures
	@$(BIN)/python -m tests.support.pictures

reference: setup  ## docs/components.md and docs/engine.md, made of signatures and docstrings
	@$(BIN)/python -m tools.reference

setup: python  ## everything that development needs, in .venv
	@"$(PYTHON)" tools/setup_venv.py dev

setup-demo: python
	@"$(PYTHON)" tools/setup_venv.py demo

setup-user: python
	@"$(PYTHON)" tools/setup_venv.py user

setup-bench: python
	@"$(PYTHON)" tools/setup_venv.py bench

browser: setup  ## find a browser for the tests, or install one
	@$(BIN)/python -m tests.support.browser

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and none of $(PYTHONS) is that: install one, or say where: make PYTHON=/path/to/python" >&2; exit 1; }
