# make run     start Keyturn on this machine         make run DEMO=0 PORT=8001 KEYTURN_DATA=/path/to/folder
# make test    everything that must hold: checks, the suite on SQLite and on PostgreSQL, browser journeys
# The other targets are parts of these two, or make what is committed.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Two processes, and a file stays in one, so that what it sets up is set up once; tests/selection.py: which is first.
PYTEST := $(BIN)/python -m tests.sharing
# Stories watch servers and browsers with a clock in hand: one at a time of each engine.
STORIES := $(BIN)/python -m pytest tests/journeys -vv
export UV_PYTHON_DOWNLOADS := never
# What one process compiles, the next ones load: a run starts a hundred, and pytest rewrites every assertion.
unexport PYTHONDONTWRITEBYTECODE
ifdef DEMO
export KEYTURN_DEMO := $(DEMO)
endif

.DEFAULT_GOAL := run
.PHONY: run setup setup-dev test suite stories check lint types imports templates migrations lockfiles state-page \
	stories-sqlite stories-postgresql test-sqlite test-postgresql bench thousand columns documents commands states screenshots lock clean

run: setup
	@exec $(BIN)/python manage.py up --port '$(PORT)'

setup:
	@$(PYTHON) scripts/doctor.py run
	@$(PYTHON) scripts/install.py requirements.txt

setup-dev:
	@$(PYTHON) scripts/doctor.py test
	@$(PYTHON) scripts/install.py requirements-dev.txt

# Stories wait most of the time, so those of both engines run side by side; the suite gives way to them and fills the gaps.
test: setup-dev
	@$(MAKE) --no-print-directory --jobs=3 stories-sqlite stories-postgresql suite
	@echo "All of it holds: checks, and every test on SQLite with Valkey and on PostgreSQL with Redis."

suite: setup-dev
	nice $(MAKE) --no-print-directory MAKEFLAGS= check
	nice $(MAKE) --no-print-directory test-sqlite
	nice $(MAKE) --no-print-directory test-postgresql

stories: stories-sqlite stories-postgresql

stories-sqlite: setup-dev
	KEYTURN_TEST_ENGINE=sqlite $(STORIES)

stories-postgresql: setup-dev
	KEYTURN_TEST_ENGINE=postgresql $(STORIES)

# This run also counts the branches taken: at least 95 % of all, and every one in the rooms without a database.
test-sqlite: setup-dev
	KEYTURN_TEST_ENGINE=sqlite $(PYTEST) --ignore=tests/journeys -p tests.counted
	$(BIN)/python -m tests.counted --floors

test-postgresql: setup-dev
	KEYTURN_TEST_ENGINE=postgresql $(PYTEST) --ignore=tests/journeys

# The parts side by side, the longest first; each prints when it is done.
check: setup-dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync types lint imports templates migrations lockfiles state-page

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

templates: setup-dev
	$(BIN)/djlint --lint --quiet templates

migrations: setup-dev
	$(BIN)/python manage.py makemigrations --check --dry-run

# A lock file that records where its packages came from ties everybody to that place.
lockfiles:
	@! grep -nE '://|--(extra-)?index|--find-links' requirements.txt requirements-dev.txt

state-page: setup-dev
	$(BIN)/python scripts/states.py --check

# The long form of tests/attachments/test_thousand.py: an item with 1,100 pieces of evidence on both engines.
thousand: setup-dev
	for engine in sqlite postgresql; do \
	  KEYTURN_TEST_ENGINE=$$engine KEYTURN_TEST_PIECES=1100 \
	    $(BIN)/python -m pytest tests/attachments/test_thousand.py -q || exit 1; done

# The long form of tests/ledger/test_every_column.py: three rows of every table, each column in every way.
columns: setup-dev
	for engine in sqlite postgresql; do \
	  KEYTURN_TEST_ENGINE=$$engine KEYTURN_TEST_COLUMNS=all \
	    $(BIN)/python -m pytest tests/ledger/test_every_column.py -q || exit 1; done

# The long form of tests/records/test_documents.py: every built-in template to its record, or every text of a folder:
# make documents DOCUMENTS=/path/to/checklists
documents: setup-dev
	for engine in sqlite postgresql; do \
	  KEYTURN_TEST_ENGINE=$$engine KEYTURN_TEST_DOCUMENTS=$(or $(DOCUMENTS),all) \
	    $(BIN)/python -m pytest tests/records/test_documents.py -q || exit 1; done

# The long form of tests/sandbox/test_ends.py: 1,000 runs of commands, ended in every way, that leave nothing behind.
commands: setup-dev
	KEYTURN_TEST_COMMANDS=1000 $(BIN)/python -m pytest tests/sandbox/test_ends.py -q

# Speed as ratios: make bench BENCH=--postgresql, make bench BENCH='--served --only board'
bench: setup-dev
	$(BIN)/python -m bench $(BENCH)

states: setup-dev
	$(BIN)/python scripts/states.py

screenshots: setup-dev
	$(BIN)/python scripts/screenshots.py

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

# The data folder stays: it is somebody's.
clean:
	rm -rf .venv .counted .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
