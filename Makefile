# Everything that is done with Lictor, each in one command. `make` lists them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
APP := frontend
APP_SOURCES = $(shell find $(APP)/src $(APP)/public) $(addprefix $(APP)/,index.html package.json tsconfig.json vite.config.ts) pages/static/lictor.css

.DEFAULT_GOAL := help
.PHONY: help serve test lint bench million even flood pins outdated clean

help: ## list what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 18

serve: $(VENV)/.served ## run Lictor on http://127.0.0.1:5000, with SQLite in instance/
	@if command -v npm >/dev/null; \
		then $(MAKE) --no-print-directory $(APP)/dist/.built || echo "The app could not be built; everything else is served."; \
		else echo "There is no npm here to build the app with; everything else is served."; fi
	@$(BIN)/flask db upgrade
	@echo
	@echo "Lictor: http://127.0.0.1:$${PORT:-5000}, and the documentation of its API: http://127.0.0.1:$${PORT:-5000}/api/docs"
	@[ ! -e $(APP)/dist/index.html ] || echo "Its app: http://127.0.0.1:$${PORT:-5000}/app/"
	@$(BIN)/flask users list --role admin | grep -q . \
		|| echo "There is no administrator yet. In another terminal: $(BIN)/flask users create NAME --role admin"
	@echo
	@exec $(BIN)/gunicorn api:app

test: $(VENV)/.tested ## run all tests that this machine can run
	@PATH="$(abspath $(BIN)):$$PATH" bash tests/run

lint: $(VENV)/.tested ## check the style and the types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: ## measure speed and memory beside bare Flask; needs wrk, and a few minutes
	@$(MAKE) --no-print-directory VENV=benchmarks/.venv benchmarks/.venv/.served
	@benchmarks/.venv/bin/python -m benchmarks.run

million: ## measure listing, searching and giving roles among 1,000,000 accounts; takes some minutes
	@$(MAKE) --no-print-directory VENV=benchmarks/.venv benchmarks/.venv/.served
	@benchmarks/.venv/bin/python -m benchmarks.million

even: ## measure whether the time of an answer tells if an address is known; takes half a minute
	@$(MAKE) --no-print-directory VENV=benchmarks/.venv benchmarks/.venv/.served
	@benchmarks/.venv/bin/python -m benchmarks.even

flood: ## measure what a flood of sign-ins leaves for everyone else; needs wrk, and two minutes
	@$(MAKE) --no-print-directory VENV=benchmarks/.venv benchmarks/.venv/.served
	@benchmarks/.venv/bin/python -m benchmarks.flood

pins: $(VENV)/.tested ## write requirements*.txt anew from requirements*.in
	@for name in requirements requirements-dev; do \
		$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --no-strip-extras --no-header \
			--no-emit-options --output-file=$$name.txt $$name.in; done

outdated: $(VENV)/.tested ## list packages of which there is a newer release
	@$(BIN)/pip list --outdated

clean: ## remove everything that can be made again; data in instance/ stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis $(APP)/node_modules $(APP)/dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lictor needs Python 3.11 or newer; name one: make PYTHON=python3.13"; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.served: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Lictor runs on ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.tested: $(VENV)/.served requirements-dev.txt
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# npm writes this file when all is there.
$(APP)/node_modules/.package-lock.json: $(APP)/package-lock.json
	@echo "Installing what the app is made with ..."
	@cd $(APP) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(APP)/dist/.built: $(APP)/node_modules/.package-lock.json $(APP_SOURCES)
	@echo "Building the app ..."
	@cd $(APP) && npm run --silent build -- --logLevel=warn
	@touch $@

$(APP)/dist/.tested: $(APP)/dist/.built $(shell find $(APP)/tests -type f)
	@cd $(APP) && npm run --silent lint && npm test --silent && npm run --silent size
	@touch $@
