# make run: the product with its demonstration on http://127.0.0.1:8050.   make test: everything that is checked.
# Needs Python 3.11 or newer and nothing else: the environment is made in .venv.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)
BIN := .venv/bin
WORKERS ?= 2
ARGS ?=

.PHONY: run serve check test lint types layers tests format audit clean help

help:
	@echo "make run     serve the demonstration on http://127.0.0.1:8050"
	@echo "make serve   serve your own feeds (watchfloor.toml)"
	@echo "make check   look at settings, feeds, databases and port"
	@echo "make test    lint, types, layers and every test"
	@echo "make format  put the code into shape"

run: .venv/.run
	$(BIN)/python app.py serve --demo $(ARGS)

serve: .venv/.run
	$(BIN)/python app.py serve $(ARGS)

check: .venv/.run
	$(BIN)/python app.py check

test: lint types layers tests

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

layers: .venv/.dev
	$(BIN)/lint-imports

tests: .venv/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

audit: .venv/.dev
	$(BIN)/pip-audit -r requirements.txt

clean:
	rm -rf .venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Watchfloor needs Python 3.11 or newer and found none: install it (Debian: apt install python3.11 python3.11-venv) or name it with make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The environment could not be made: install the venv module of $(PYTHON) (Debian: apt install python3-venv)." >&2; exit 1; }

.venv/.run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/.run $@
