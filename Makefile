# The interface for people: make demo, make test. The rest is for those who change it.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
DEMO = reacher-reach --candidates 6 --generations 2 --final-seeds 4

.PHONY: demo install test test-all bench bench-search check format map clean

demo: install
	$(BIN)/designer run $(DEMO)

test: install-test
	$(BIN)/python -m pytest -n 3 --dist worksteal

bench: install-test
	$(BIN)/python tests/benchmarks/bench.py

POOLS = hopper-run hopper-hop-in-place walker-run
# Hours: trains what the pools lack, and goes on where it was.
bench-search: install-test
	$(BIN)/python tests/benchmarks/search.py pool $(POOLS)
	$(BIN)/python tests/benchmarks/search.py table $(POOLS)
	$(BIN)/python tests/benchmarks/search.py choices $(POOLS)
	$(BIN)/python tests/benchmarks/search.py same hopper-run --seeds $$(seq 0 127)
	$(BIN)/python tests/benchmarks/search.py aa hopper-run

test-all: install-test
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable '.[ray]'
	$(BIN)/python -m pytest -n 3 --dist worksteal -m ""

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/house.py words
	$(BIN)/python -m pytest -q tests/test_imports.py

map:
	@$(PYTHON) tests/house.py map

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test
install-dev: $(VENV)/.installed-dev

# Dependency groups need a newer pip than Python 3.11 brings.
$(VENV)/pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	@touch $@

$(VENV)/.installed: $(VENV)/pip pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable '.[sb3,people,mjx]' --group test
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet -c constraints.txt --group dev
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
