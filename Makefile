# What a person types. Each target sees to what it needs; all of them may be started again at any time.
PORT ?= 8000
# One more test process than cores: a journey waits for its browser most of the time.
WORKERS ?= $(shell expr $$(nproc) + 1)
PYTHON_IN_VENV := .venv/bin/python
PYTEST := $(PYTHON_IN_VENV) -m pytest
export SBT_CHROMIUM PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup run setup-test setup-dev test test-long faults security bench check translations

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## virtual environment, requirements, translations
	@dev/setup requirements.txt

run: setup ## the app in demo mode on http://localhost:8000 (PORT=8000)
	@SBT_DEMO=1 PORT=$(PORT) exec $(PYTHON_IN_VENV) -m flask --app app run-demo

setup-test:
	@dev/setup requirements.txt requirements-test.txt

setup-dev:
	@dev/setup requirements.txt requirements-test.txt requirements-dev.txt

test: setup-test ## all tests but the long ones, real browser included
	@dev/browser
	@exec $(PYTEST) -n $(WORKERS) --dist worksteal -m "not long"

test-long: setup-test ## the long ones too: before a release
	@dev/browser
	@dev/office
	@exec $(PYTEST) -n $(WORKERS) --dist worksteal

faults: setup-test ## only the trials with broken lines, killed servers and killed browsers
	@dev/browser
	@exec $(PYTEST) -n $(WORKERS) --dist worksteal tests/faults tests/journeys

security: setup-dev ## known holes in what we stand on (asks the internet), careless code, vendored files
	@dev/setup requirements-security.txt
	$(PYTHON_IN_VENV) -m ruff check --select S sbt_pwa app.py
	$(PYTEST) -q tests/house
	$(PYTHON_IN_VENV) -m pip_audit --disable-pip --no-deps -r requirements.txt \
	  || { echo "pip-audit found something above, or could not reach the internet to ask."; exit 1; }

bench: setup-test ## the figures of the README's table
	@dev/browser
	@exec $(PYTHON_IN_VENV) -m bench

check: setup-dev ## linters, types, house rules, catalogues
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy
	$(PYTHON_IN_VENV) -m djlint --lint --quiet templates
	$(PYTEST) -q tests/house

translations: setup-dev ## collect the words anew into the catalogues
	@mkdir -p build
	$(PYTHON_IN_VENV) -m babel.messages.frontend extract -F babel.cfg -k _l -o build/messages.pot --no-location --sort-output .
	$(PYTHON_IN_VENV) -m babel.messages.frontend update -i build/messages.pot -d sbt_pwa/translations --no-fuzzy-matching --ignore-obsolete
