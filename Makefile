# Two commands do the work: `make demo` shows the main job, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: demo test check bench mutants nightly docs pictures system clean

demo: $(VENV)/.demo
	$(BIN)/assetlib demo --out build/demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[demo]'
	touch $@

# torch first and by its pin: any other request for it pulls gigabytes of accelerator libraries
$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[test]'
	touch $@ $(VENV)/.demo

SYSTEM_PACKAGES := chromium softhsm2 libexempi8 libpango-1.0-0 libpangoft2-1.0-0
system:
	@sh tests/system.sh $(SYSTEM_PACKAGES)

test: $(VENV)/.test system check
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m 'not nightly'

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks $(if $(ISSUE),--issue $(ISSUE)) --out build/bench.json

mutants: $(VENV)/.test
	$(BIN)/python -m tests.mutants

nightly: $(VENV)/.test
	ASSETLIB_EXAMPLES=400 ASSETLIB_RANDOM=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m 'nightly or not nightly'

docs: $(VENV)/.test
	$(BIN)/mkdocs build --strict

pictures: $(VENV)/.demo
	$(BIN)/assetlib demo --out build/pictures --size 1280x720

clean:
	rm -rf build $(VENV)
