# Two commands are enough: make run, make test. The rest is here to be found by name.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
EXTRAS ?= heic video
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
SOURCES := $(shell find frontend/src frontend/m frontend/public -type f 2>/dev/null) \
	frontend/index.html frontend/vite.config.ts frontend/package.json

.PHONY: run test check bench build types clean help

run: .stamps/installed .stamps/built  ## installs, builds, migrates, loads demo data into an empty database, serves
	@exec $(BIN)/mingcha up --host $(HOST) --port $(PORT) $(if $(HTTPS),--https)

test: .stamps/developing .stamps/built .stamps/browser .stamps/font  ## runs every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup
	cd frontend && npm test

check: .stamps/developing .stamps/node  ## ruff, mypy, import-linter, codespell, eslint, vue-tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	cd frontend && npm run check

bench: .stamps/developing .stamps/built  ## measures, as ratios against a baseline of the same run
	$(BIN)/python -m tests.bench

build: .stamps/built  ## builds the front-end

types: .stamps/developing .stamps/node  ## writes the front-end's types from the OpenAPI document
	$(BIN)/python -m backend.openapi frontend/openapi.json
	cd frontend && npm run types

clean:  ## removes what was installed and built; var/ (the data) stays
	rm -rf $(VENV) .stamps frontend/node_modules frontend/dist

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing: on Debian, apt-get install python3-venv"; exit 1; }

# Changes only when EXTRAS does, so that switching them on or off installs or takes out.
.stamps/extras: FORCE
	@mkdir -p .stamps
	@echo '$(strip $(EXTRAS))' | cmp -s - $@ || echo '$(strip $(EXTRAS))' > $@

FORCE:

.stamps/installed: requirements.lock deploy/extras.lock deploy/build.lock pyproject.toml .stamps/extras | $(BIN)/python
	$(BIN)/pip install -q --require-hashes -r requirements.lock -r deploy/build.lock
	$(if $(strip $(EXTRAS)),$(BIN)/pip install -q --require-hashes --no-deps -r deploy/extras.lock,\
		$(BIN)/pip uninstall -q -y pillow-heif av)
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.stamps/developing: requirements-dev.lock .stamps/installed
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	$(if $(strip $(EXTRAS)),,$(BIN)/pip uninstall -q -y pillow-heif av)
	@touch $@

.stamps/node: frontend/package-lock.json .stamps/installed
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.stamps/built: $(SOURCES) .stamps/node
	cd frontend && npm run build --silent
	@touch $@

# A browser for the tests: the system's chromium, else Debian's package, else Playwright's own.
.stamps/browser: .stamps/developing
	@mkdir -p .stamps
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| $(BIN)/playwright install --with-deps chromium \
		|| { echo "The browser tests need Chromium: install it (on Debian: apt-get install chromium)"; exit 1; }
	@touch $@

# A Chinese font for the PDF reports that the tests read back.
.stamps/font: .stamps/developing
	@mkdir -p .stamps
	@$(BIN)/python -c 'from backend.exports.typesetting import chinese_font; chinese_font()' 2>/dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq fonts-noto-cjk >/dev/null; } \
		|| { echo "The tests of PDF reports need a Chinese font: install one (on Debian: apt-get install fonts-noto-cjk)"; exit 1; }
	@touch $@
