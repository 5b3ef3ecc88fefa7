# Every target prepares what it needs by itself. `make help` lists them.
.PHONY: help demo test check format lint types layers docs states limits lock hooks clean

RUN := @scripts/setup.sh run
DEV := @scripts/setup.sh dev
BIN := .venv/bin
ARGS ?=

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: ## start the whole network, run the scenario, stop it again (ARGS="--json" and others are passed on)
	$(RUN)
	@$(BIN)/renkei demo $(ARGS)

test: ## all tests (ARGS="tests/unit -x" narrows them)
	$(DEV)
	@$(BIN)/pytest --color=no $(ARGS)

check: ## what must be green before a change is handed in
	@scripts/check.sh format lint types layers docs tests

format: ## put the source into its one form
	$(DEV)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only --quiet .

lint: ## form and lint rules
	@scripts/check.sh format lint

types: ## mypy strict everywhere, pyright strict on the pure floors
	@scripts/check.sh types

layers: ## who may import whom
	@scripts/check.sh layers

docs: ## links, tables and drawings of the documentation agree with the code
	@scripts/check.sh docs

states: ## draw docs/states/ from the tables in the code
	$(DEV)
	@$(BIN)/python scripts/draw_states.py

limits: ## write the list of fields in docs/operate/limits.md from the code
	$(DEV)
	@$(BIN)/python scripts/list_limits.py

lock: ## renew requirements/*.lock from pyproject.toml (ARGS="--upgrade" takes the newest of everything)
	@scripts/lock.sh $(ARGS)

hooks: ## let git run the quick half of `make check` before each commit
	@git config core.hooksPath scripts/hooks

clean: ## remove everything that was made here
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis src/*.egg-info
