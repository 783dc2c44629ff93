# Everything sets itself up in .venv from a bare clone: python3 (>= 3.11) and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: install demo serve test kills lint types imports check clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Auctor needs Python 3.11 or newer; try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[cpu,dev]'
	@touch $@

demo: install ## build a small index of real papers and pages, and ask it a few questions
	$(BIN)/auctor demo --folder .demo

serve: demo ## answer HTTP from the demo's index
	$(BIN)/auctor serve --index .demo/index

test: install ## the whole test suite
	$(BIN)/python -m pytest

kills: install ## a hundred builds killed at random moments; tests do ten
	AUCTOR_KILLS=100 $(BIN)/python -m pytest tests/test_indexer_kill.py

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

imports: install
	$(BIN)/lint-imports

check: lint types imports test ## what .ci/run runs

clean:
	rm -rf $(VENV) .demo
