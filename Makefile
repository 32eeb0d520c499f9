# `make demo` shows what this is; `make check` is what a change must pass.
# ARGS is handed on: make demo ARGS='--help', make test ARGS='-k redaction'.
.DEFAULT_GOAL := help
.PHONY: help demo test lint check generate bench load-tool setup collector audit soak fuzz loki-result lock
ARGS ?=
WORKERS ?= 2
BIN := .venv/bin
BROKER := rabbitmq-server
TEST_PACKAGES := $(BROKER) postgresql prometheus prometheus-alertmanager chromium nginx-light openssl libfaketime
POLICY_SCHEMA := otel_logging/redaction/policy.schema.json

help: ## show the targets
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: ## run one user's transaction through the whole stack and show it
	@scripts/setup python
	@scripts/setup debian $(BROKER)
	@scripts/setup collector || echo "demo: going on without a Collector" >&2
	@$(BIN)/python -m demo $(ARGS)

test: setup ## run all tests
	@$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadscope --no-loadscope-reorder $(ARGS)

lint: ## check style, types and layers
	@scripts/setup python
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m registry --check
	@$(BIN)/otel-logging policy compile --check
	@$(BIN)/python -m grafana --check
	@$(BIN)/python -m alerting --check
	@$(BIN)/otel-logging policy schema --output $(POLICY_SCHEMA) --check

generate: ## write every file that is generated from another
	@$(BIN)/python -m registry
	@$(BIN)/otel-logging policy compile
	@$(BIN)/python -m grafana
	@$(BIN)/python -m alerting
	@$(BIN)/otel-logging policy schema --output $(POLICY_SCHEMA)

check: lint test ## lint and test

bench: bench-bridge bench-redaction ## measure everything against its peers

bench-%: ## answer one question, such as bench-bridge; `python -m bench` lists them
	@scripts/setup bench
	@.venv-bench/bin/python -m bench $* $(ARGS)

bench-services bench-report bench-capacity: load-tool

load-tool:
	@scripts/setup debian $(BROKER) wrk iproute2
	@scripts/setup collector

setup: ## install all that the tests need
	@scripts/setup python
	@scripts/setup debian $(TEST_PACKAGES)
	@scripts/setup collector

collector: ## build the Collector from collector/builder.yaml
	@scripts/setup collector

audit: setup ## send secrets in at every entry, search all that was written, write docs/security-audit.md
	@$(BIN)/python -m security $(ARGS)

soak: setup ## an hour of traffic and faults drawn from a seed: make soak ARGS='--seed 1'
	@$(BIN)/python -m soak $(ARGS)

fuzz: setup ## search for input that breaks us, for hours; the bounded form is in `make test`
	@$(BIN)/pytest tests/fuzz --hypothesis-profile=long $(ARGS)

loki-result: ## ask real Loki and Tempo (LOKI_BIN, TEMPO_BIN) what Grafana asks, for docs/loki-tempo.md
	@$(BIN)/python -m tests.loki

lock: ## pin the newest versions that pyproject.toml allows
	@uv pip compile pyproject.toml --quiet --upgrade --universal --all-extras --group dev \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --output-file requirements.lock
	@uv pip compile bench/requirements.in --quiet --upgrade --universal --constraint requirements.lock \
	  --python-version 3.11 --no-annotate --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --output-file bench/requirements.lock
