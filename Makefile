# Needs only Python 3.11-3.13 and make. PYTHON=python3.12 VENV=.venv312 tries another version.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOCKS := requirements/build.lock requirements/all.lock
PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet
TESTS ?=
export SEED
MUTANTS ?=
ROWS ?=
REQUESTS ?=
SCENE ?=
EXAMPLES ?= 500
TARGETS ?=
SECONDS ?=

# ONCE=1 and JSON=1 mean yes; empty and 0 mean no.
flag = $(if $(filter-out 0,$($(1))),$(2))

.DEFAULT_GOAL := help
.PHONY: help install demo test bench bench-histories bench-imports bench-agreement bench-desk bench-scaling faults hosts soak fuzz fuzz-api fuzz-guided fuzz-pages fuzz-properties lint audit mutants lock bundle bundle-test kept

help: ## Show what there is to do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Make .venv from the lock, hashes checked; nothing to do when it hasn't changed

$(INSTALLED): pyproject.toml $(LOCKS)
	@version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || version="not there"; \
	case "$$version" in 3.11|3.12|3.13) ;; *) \
		echo "make install: needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$version; name one with PYTHON=..." >&2; exit 1;; \
	esac
	@test ! -e $(VENV)/pyvenv.cfg || $(BIN)/python -m pip --version >/dev/null 2>&1 || rm -rf $(VENV)
	@test -e $(VENV)/pyvenv.cfg || { echo "Installing into $(VENV), which takes a minute or two" >&2; $(PYTHON) -m venv $(VENV); }
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements/build.lock
	@$(PIP_INSTALL) --require-hashes --no-build-isolation --use-pep517 -r requirements/all.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## See subscribers' questions answered: ONCE=1 ends after the run, JSON=1 prints objects
	@$(BIN)/sms-service demo $(call flag,ONCE,--once) $(call flag,JSON,--json)

test: install ## Run the whole suite on real servers of its own; TESTS=tests/unit runs a part
	@$(BIN)/python -m pytest $(TESTS)

bench: install ## Measure how short and complete answers are, accepts and answers a second, latency
	@$(BIN)/python -m tests.benchmarks

bench-histories: install ## Read histories out of so many bills: BILLS=30000000; DATABASE=postgresql://... keeps them
	@$(BIN)/python -m tests.benchmarks.histories --bills $(or $(BILLS),3000000) $(if $(DATABASE),--database $(DATABASE))

bench-imports: install ## Import 10,000,000 bills beside what the databases do at best; ROWS=100000 takes others
	@$(BIN)/python -m tests.benchmarks.importing $(or $(ROWS),10000000)

bench-agreement: install ## Report a month out of so many requests in PostgreSQL: REQUESTS=2000000
	@$(BIN)/python -m tests.benchmarks.agreement $(REQUESTS)

bench-desk: install ## Visit the desk's pages with so many requests in PostgreSQL: REQUESTS=2000000
	@$(BIN)/python -m tests.benchmarks.desk $(REQUESTS)

bench-scaling: install ## Answers a second at 1, 2 and 4 worker processes, and what a text costs and leaves
	@$(BIN)/python -m tests.benchmarks.scaling

faults: install ## Kill, freeze and fill things, and see that nothing is lost or doubled
	@$(BIN)/python -m pytest -m "fault and not soak" --matrix $(TESTS)

hosts: install ## Cut and kill brokers and workers on hosts made of network namespaces (root): SCENE=sentinel, rabbitmq
	@$(BIN)/python -m tests.hosts $(SCENE)

soak: install ## Answer 20,000 texts while something is killed or cut off every 2 s; SEED=7 picks another run
	@$(BIN)/python -m pytest -m soak $(TESTS)

fuzz: install ## Read 200,000 mistyped texts in noise, and count those misread without a word
	@$(BIN)/python -m tests.fuzz

fuzz-api: install ## Make calls of the API and the webhooks out of the OpenAPI document, for minutes; SEED=7 repeats a run
	@$(BIN)/python -m tests.fuzz.api $(if $(SEED),--seed $(SEED))

fuzz-pages: install ## Send any query and form to every page, as everybody; SEED=7 repeats a run
	@$(BIN)/python -m tests.fuzz.pages $(if $(SEED),--seed $(SEED))

fuzz-properties: install ## Lead texts and dialogues through so many lives; EXAMPLES=5000 takes more
	@EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -m long tests/integration/ledger/test_lives.py tests/unit/service/ussd/test_any_dialogue.py

fuzz-guided: install ## Look for inputs by coverage, SECONDS=60 a target; TARGETS="texts rows" takes some
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements/fuzz.lock
	@$(BIN)/python -m tests.fuzz.guided $(TARGETS) --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

lint: install ## Check style, types, the direction of imports, and for known weaknesses
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BANDIT) sms_service tasks docs deploy build_hook.py $(BANDIT_END)
	@$(BANDIT) tests --skip $(TESTS_MAY) $(BANDIT_END)

BANDIT := $(BIN)/bandit --quiet --format txt --configfile pyproject.toml --recursive
# It complains on standard error of what it was asked not to see.
BANDIT_END := 2>$(VENV)/.bandit || { cat $(VENV)/.bandit >&2; exit 1; }
# Passwords, programs of the PATH and statements of the tests' own making.
TESTS_MAY := B106,B607,B608

audit: ## Ask, over the network, whether a locked package has a known weakness
	@test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && \
		$(AUDIT)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r requirements/audit.lock 2>/dev/null; } || \
		{ echo "make audit: pip-audit can't be installed; it needs a network" >&2; rm -rf $(AUDIT); exit 1; }
	@said=$$($(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/all.lock --progress-spinner off 2>&1); status=$$?; \
	case "$$said" in *"No known vuln"*|*"Found "*) echo "$$said"; exit $$status;; esac; \
	echo "make audit: the index can't be asked: $$(echo "$$said" | tail -n 1 | cut -c1-200)" >&2; exit 1

AUDIT := $(VENV)-audit

bundle: install ## Make dist/sms-service-*.tar.gz for a server without internet; PYTHON=python3.12 VENV=.venv312 for another
	@$(BIN)/python -m deploy.bundle

bundle-test: install ## Make the bundle, install and run it where no network is reachable, with the time of each step
	@$(BIN)/python -m pytest -m long -s tests/e2e/test_bundle.py tests/e2e/test_procfile.py tests/integration/deploy

kept: install ## Rotate keys, erase people and bring a backup back while texts are answered, and see that nothing is lost or doubled
	@$(BIN)/python -m pytest -m long tests/e2e/test_kept_beside_load.py

mutants: install ## Break the rules and the language on purpose, and list what no test notices; MUTANTS="sms_service.domain.*" takes a part
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements/mutants.lock
	@$(BIN)/mutmut run $(MUTANTS)
	@$(BIN)/mutmut results | grep -v ': not checked' || echo 'no mutant survived'

lock: ## Renew the locks to the newest versions that pyproject.toml allows (needs uv)
	@command -v uv >/dev/null || { echo "make lock: needs uv (https://docs.astral.sh/uv/)" >&2; exit 1; }
	@$(UV_COMPILE) requirements/build.in --output-file requirements/build.lock
	@$(UV_COMPILE) --constraint requirements/build.lock --extra demo --extra otel --group dev pyproject.toml --output-file requirements/all.lock
	@$(UV_COMPILE) --constraint requirements/all.lock --extra otel pyproject.toml --output-file requirements/run.lock
	@for group in mutants fuzz audit; do \
		$(UV_COMPILE) --constraint requirements/all.lock --group $$group --output-file requirements/$$group.lock || exit 1; \
	done

UV_COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --custom-compile-command "make lock"
