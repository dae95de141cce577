# Pilothouse. `make demo` shows the main job; `make test` runs every test. Python 3.11+ and make suffice.
PYTHON ?= python3
EXTRAS ?=
DEMO_SERVE ?= 1

VENV := .venv
BIN := $(VENV)/bin
empty :=
comma := ,
NEEDS = constraints.txt pyproject.toml

.PHONY: demo test lint bench bench-honesty check-llm clean

demo: $(VENV)/.core
	$(BIN)/pilothouse demo $(if $(filter 0,$(DEMO_SERVE)),--no-serve)

test: $(VENV)/.dev-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.dev-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

bench: $(VENV)/.dev-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/python -m benchmarks

bench-honesty: $(VENV)/.dev-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/python -m benchmarks.honesty

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python $(NEEDS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev-%: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev$(if $(EXTRAS),$(comma)$(EXTRAS))]"
	touch $@

$(VENV)/.dev-: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

check-llm: $(VENV)/.dev-$(subst $(comma),-,$(EXTRAS))
	$(BIN)/python -m benchmarks.llm

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist build
