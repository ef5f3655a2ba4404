# Two commands for a fresh machine with Python 3.11 or newer, pip and make: `make try` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: try test lint bench mutants screenshots wheel clean
.DEFAULT_GOAL := try

try: $(VENV)/.installed ## install into a virtual environment and see the first scenario
	$(BIN)/simulate missing-san

test: $(VENV)/.installed-test ## the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.installed-lint ## ruff, mypy, the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-test ## speed, as ratios measured in this run
	$(BIN)/python -m benchmarks

mutants: $(VENV)/.installed-test ## break the code on purpose; every mutation must turn a test red
	$(BIN)/python -m tests.mutants

screenshots: $(VENV)/.installed-test ## the pictures in docs/screenshots
	$(BIN)/python -m tests.screenshot docs/screenshots/missing-san.svg
	SIMULATE_SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest -q tests/browser/test_page_in_browser.py -k "picture or paper"

wheel: $(VENV)/.installed-test
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

$(VENV)/.created:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tls-clinic needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/.installed

$(VENV)/.installed-lint: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	touch $@ $(VENV)/.installed $(VENV)/.installed-test

clean:
	rm -rf $(VENV) dist build
