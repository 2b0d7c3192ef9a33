VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: demo test lint bench clean
.DEFAULT_GOAL := demo

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# torch comes first and pinned: asked for bare, another package's wish for it can pull gigabytes of CUDA.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## install, ingest the sample manuals, ask (FULL=1: also score the sample pairs)
	$(BIN)/ragqa demo $(if $(FULL),--full)

test: $(VENV)/.installed-dev  ## install, check style and layers, run every test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal --max-worker-restart 2

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev  ## measure in five minutes (MANUALS=, QUESTIONS=, REFERENCE_PYTHON=)
	$(BIN)/python tests/benchmarks/bench.py $(if $(MANUALS),--manuals $(MANUALS)) $(if $(QUESTIONS),--questions $(QUESTIONS)) \
	    $(if $(REFERENCE_PYTHON),--reference-python $(REFERENCE_PYTHON))

clean:
	rm -rf $(VENV) build dist *.egg-info
