# Daypass from one command. Needs Python 3.11 or newer and make; everything else is brought by the recipes.

.DEFAULT_GOAL := help
.PHONY: help venv standin awscli browser demo smoke test check fix faults bench

FIND_PYTHON = for p in python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done
SYSTEM_PYTHON = $(shell $(FIND_PYTHON))
PYTHON := .venv/bin/python
PLUGIN := -p portal.embedded.testing
# -I: nothing lying about in the current directory is imported before the environment stands.
BOOTSTRAP = $(if $(SYSTEM_PYTHON),$(SYSTEM_PYTHON),$(error Daypass needs Python 3.11 or newer, and none was found \
	on PATH. Install it (Debian: apt install python3 python3-venv), then try again)) -I portal/embedded/bootstrap.py

help: ## these commands, one line each
	@awk -F ":.*## " '/^[a-z]+:.*##/ {printf "make %-8s %s\n", $$1, $$2}' Makefile

venv: ## the virtual environment, from pinned and hashed requirements
	@$(BOOTSTRAP) .venv requirements/dev.txt

standin: ## the AWS stand-in's own virtual environment
	@$(BOOTSTRAP) .venv-standin requirements/standin.txt

awscli: ## the AWS CLI that the browser tests hand their credentials to, in its own virtual environment
	@$(BOOTSTRAP) .venv-awscli requirements/awscli.txt

browser: venv ## a Chromium for the browser tests, found or (as root on Debian) installed
	@$(PYTHON) -m portal.embedded.browser

demo: venv standin ## everything, running, with people to be; RESET=1 starts over
	@$(PYTHON) -m portal.embedded.demo

smoke: venv standin ## the main job once, headless, each step with its evidence
	@$(PYTHON) -m tests.smoke

test: venv standin awscli browser ## every test, on real services; ARGS="-k name" picks some
	@$(PYTHON) -m pytest $(PLUGIN) -n auto --maxprocesses 4 --dist loadgroup $(ARGS)

check: venv ## every static check; changes nothing
	@$(PYTHON) -m tests.architecture.check

fix: venv ## repairs what can be repaired
	-@$(PYTHON) -m ruff check --fix --quiet .
	@$(PYTHON) -m ruff format --quiet .
	-@$(PYTHON) -m djlint --reformat --quiet templates
	@$(PYTHON) -m tests.architecture.repository fix

faults: venv standin ## the fault suite, with its table of invariants; ONLY="sts mail" runs groups
	@$(PYTHON) -m tests.faults $(ONLY)

bench: venv standin ## benchmarks as ratios; ONLY=group runs one
	@$(PYTHON) -m tests.bench $(ONLY)
