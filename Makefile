# Everything runs in .venv, made from constraints.txt; nothing but Python 3.11 or later, pip and make is needed.
PYTHON ?= python3
BIN := .venv/bin
SHARED ?= ../shared
# One process more than there are cores, since some tests wait for servers.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: demo test lint check generate bench clean

demo: .venv/ready
	$(BIN)/reelspec demo

test: .venv/ready
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file= --strict $(wildcard generated/*/*_kling)
	$(BIN)/basedpyright

check: .venv/ready
	$(BIN)/reelspec generate --check
	test ! -d $(SHARED)/seeds || $(BIN)/reelspec sync --from $(SHARED) --check

generate: .venv/ready
	$(BIN)/reelspec generate

bench: .venv/ready
	$(BIN)/python -m benchmarks

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "reelspec needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis demo-output
