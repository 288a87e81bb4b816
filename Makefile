# What people do with this project; `make` alone lists it. PORT=8000, ARGS="-k login" and the like come after the target.

PYTHON_HERE = .venv/bin/python -m
READY_TO_RUN = @sh scripts/bootstrap.sh run
READY_TO_TEST = @sh scripts/bootstrap.sh test
COMPOSE = docker compose -f docker-compose.dev.yml
IMAGE = touchstone

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

run: ## set up what is missing and serve on http://127.0.0.1:5000; it reloads; HOST=, PORT=, PYTHON=, RELOAD=0 choose
	$(READY_TO_RUN)
	@.venv/bin/python -m scripts.serve_dev

test: ## set up what is missing, then all tests: unit, system, integration; ARGS="-k login" goes to pytest, COVERAGE=1 measures
	$(READY_TO_TEST)
	@sh scripts/test.sh all $(ARGS)

unit: ## unit tests alone: quick, no database, no network
	$(READY_TO_TEST)
	@sh scripts/test.sh unit $(ARGS)

system: ## what starts processes and what is generated at length: the tools on small projects, scripts, fuzzing
	$(READY_TO_TEST)
	@sh scripts/test.sh system $(ARGS)

integration: ## integration tests alone, on real MySQL; TEST_DATABASE=url|docker|private chooses how
	$(READY_TO_TEST)
	@sh scripts/test.sh integration $(ARGS)

packages: ## tests of mdt, faultlab, testdb and balancer, each in an environment of its own; PACKAGES="mdt" chooses
	$(READY_TO_TEST)
	@sh scripts/packages.sh test $(ARGS)

packages-lowest: ## the same with the oldest versions that each allows of what it needs
	$(READY_TO_TEST)
	@sh scripts/packages.sh lowest $(ARGS)

faults: ## payments in the fault laboratory, and services with mistakes that it must catch; minutes long
	$(READY_TO_TEST)
	@sh scripts/test.sh faults $(ARGS)

acceptance: ## slow: the README's commands, and the clone's tools with the whole suite after each, in copies
	$(READY_TO_TEST)
	@sh scripts/test.sh acceptance $(ARGS)

check: lint duplication ## everything that a pull request must pass: lint, no doubled lines, tests with coverage
	@COVERAGE=1 sh scripts/test.sh all $(ARGS)

lint: ## format, lint, types, layer rules, migrations, generated files; changes nothing
	$(READY_TO_TEST)
	@sh scripts/lint.sh

format: ## format the code and mend what the linter can mend
	$(READY_TO_TEST)
	$(PYTHON_HERE) ruff check --fix-only .
	$(PYTHON_HERE) ruff format .

requirements: ## compile requirements*.txt anew from requirements*.in, with the newest versions that fit and are a week old
	$(READY_TO_TEST)
	$(PYTHON_HERE) pip install --quiet --upgrade 'pip>=26'
	$(PYTHON_HERE) scripts.compile_requirements

container: ## tests of the image and the compose file; needs a Docker engine
	$(READY_TO_TEST)
	$(PYTHON_HERE) pytest tests/container $(ARGS)
	@PACKAGES=testdb sh scripts/packages.sh test tests/container $(ARGS)

openapi: ## write docs/openapi.json anew from the routes
	$(READY_TO_RUN)
	$(PYTHON_HERE) flask openapi write

database: ## run the integration tests' database until Ctrl-C and print its URL
	$(READY_TO_TEST)
	@$(PYTHON_HERE) tests.framework.database serve

mutants: ## plant mistakes in the application, one at a time, and say which the unit tests do not notice; long
	$(READY_TO_TEST)
	$(PYTHON_HERE) scripts.mutants $(ARGS)

bench: ## measure the service: bench/run.sh
	$(READY_TO_TEST)
	bash bench/run.sh $(ARGS)

load: ## load test by Locust: USERS=100, SECONDS=60, HOST=http://... for a server that runs; report in reports/load
	$(READY_TO_TEST)
	@sh scripts/load.sh run $(if $(USERS),--users $(USERS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(HOST),--host $(HOST)) $(ARGS)

load-check: ## a short load test of this application, and of some with mistakes that it must notice
	$(READY_TO_TEST)
	@sh scripts/load.sh check $(ARGS)

image: ## build the container image
	docker build --tag $(IMAGE) .

up: ## start the development services of docker-compose.dev.yml
	$(COMPOSE) up --detach --build --wait

down: ## stop them; their data stays
	$(COMPOSE) down

services: ## start PostgreSQL, Redis, RabbitMQ and Milvus for tests and print their URLs; SERVICES="redis" chooses
	@docker compose -f docker-compose.test.yml up --detach --wait $(SERVICES)
	@sh scripts/services.sh

services-down: ## stop them and delete what they hold
	docker compose -f docker-compose.test.yml down --volumes

duplication: ## find the same lines in two places of the application and its tools; half a minute
	$(READY_TO_TEST)
	@sh scripts/duplication.sh

doctor: ## say what is wrong with this machine or configuration, and the mend
	$(READY_TO_RUN)
	@$(PYTHON_HERE) flask doctor

clean: ## remove .venv, caches and reports; data under var and .env stay
	rm -rf .venv .venv-bench .venv-bench-mdt .venv-load .bench-peers packages/*/.venv* packages/*/.cache .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov reports
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run test unit system integration packages packages-lowest faults acceptance check lint format requirements container openapi database mutants bench load load-check image up down services services-down duplication doctor clean
