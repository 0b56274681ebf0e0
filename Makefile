# Everything starts here. `make demo` and `make test` do all of their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled modules are kept, whatever the shell says: each process of ours starts in half the time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help env-demo env-test env-dev demo console js screenshots test test-clock lint types contracts template iam checkov publish bench soak crosscheck docs build wheel release sbom licences audit mutants oldest lock clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

# How a lock is installed: $(call install,FOLDER,LOCK[,--project]). Nothing else installs anything.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "set-up: Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 1; }
@$(PYTHON) scripts/environment.py $(1) $(2) $(3)
endef

# One environment that grows: each lock has all of the one before it.
env-demo:
	$(call install,$(VENV),requirements-demo.lock,--project)
env-test:
	$(call install,$(VENV),requirements-test.lock,--project)
env-dev:
	$(call install,$(VENV),requirements.lock,--project)

demo: env-demo  ## three days of a fleet in a local AWS, watched by the real application
	@$(BIN)/personalize-monitor demo

console: env-demo js  ## the living fleet in your browser: a local AWS, the application, a fast clock
	@$(BIN)/personalize-monitor console --sandbox --allow-actions

# The page's JavaScript comes from npm, pinned in package.json and checked by its hash at start.
js: node_modules/.ready  ## fetch the console's JavaScript
node_modules/.ready: package.json
	$(if $(shell command -v npm),,$(call install,$(VENV),requirements-npm.lock))
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm install --no-package-lock --ignore-scripts --no-fund --no-audit --loglevel=error \
	  $$(test -w "$$HOME" || echo --cache node_modules/.cache)
	@touch $@

screenshots: env-test js  ## docs/screenshots anew (needs chromium)
	$(BIN)/python docs/screenshots/take.py

# One worker more than there are cores: some tests wait, for a browser or for time to pass.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# Files begin in the order of tests/order.py, the longest first, so that none runs on alone at the end.
# With COVERAGE=1 the same tests also say what they run, and too little fails.
test: env-test  ## all tests, on all cores; what needs npm or chromium says so where they are missing
	@$(MAKE) --no-print-directory js || echo "npm's packages are not to be had: tests that need them are skipped"
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q $(if $(COVERAGE),--cov --cov-branch --cov-report=json:build/coverage.json)
	$(if $(COVERAGE),$(BIN)/python -m scripts.coverage_gate build/coverage.json)

# Where it is missing: apt-get install faketime tzdata
test-clock: env-test  ## the tests at set times, with faketime: midnight, clock changes, 29 February, other zones
	$(BIN)/python -m scripts.at_set_times

lint: env-dev types contracts template iam  ## style, types, import contracts, template, policies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env-dev
	$(BIN)/mypy

contracts: env-dev
	$(BIN)/lint-imports

# In SAM's own form the statements of policies are not looked at; transformed, their actions are (W3037),
# and where a resource is written out, whether it fits the action (I3510).
template: env-dev
	$(BIN)/cfn-lint template.yaml member-account.yaml
	@mkdir -p build
	$(BIN)/python scripts/transform_template.py build/template.json
	$(BIN)/cfn-lint -c I3510 -- build/template.json member-account.yaml

# Actions, resources and conditions of each policy, by AWS's service authorization reference.
IAM := $(VENV)-iam
iam: env-dev
	$(call install,$(IAM),requirements-iam.lock)
	@mkdir -p build
	$(BIN)/python -m scripts.iam_policies build/policies.json
	$(IAM)/bin/python scripts/iam_lint.py build/policies.json

# checkov pins an old boto3, so it lives in an environment of its own.
CHECKOV := $(VENV)-checkov
checkov: env-demo  ## security checks of the transformed template
	$(call install,$(CHECKOV),requirements-checkov.lock)
	@mkdir -p build
	$(BIN)/python scripts/transform_template.py build/template.json
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml -f build/template.json

# What the Repository gets is plain CloudFormation (docs/install.md). Needs the SAM CLI, credentials,
# and a bucket that the Repository may read.
publish: env-demo  ## into the Serverless Application Repository (BUCKET=where the code goes, REGION=)
	@test -n "$(BUCKET)" || { echo "publish: give BUCKET=NAME, a bucket that serverlessrepo.amazonaws.com may read" >&2; exit 1; }
	@mkdir -p build
	sam build
	sam package --s3-bucket $(BUCKET) --output-template-file build/packaged.yaml $(if $(REGION),--region $(REGION))
	$(BIN)/python scripts/transform_template.py build/published.json build/packaged.yaml
	sam publish --template build/published.json $(if $(REGION),--region $(REGION))

soak: env-test  ## the long property tests over many seeds
	$(BIN)/python -m pytest -n auto -q -m soak -p no:randomly

# The second emulator has an environment of its own, .venv-crosscheck; without it this is skipped.
crosscheck: env-test  ## the sandbox's alarms and events next to LocalStack and the documentation
	$(BIN)/python -m crosscheck

bench: env-test  ## calls, ratios and growth, next to a straightforward baseline
	$(BIN)/python -m bench

docs: env-dev  ## the documentation into site/, built strictly; tables are written from the code
	$(BIN)/python -m scripts.generate_docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

build: env-demo js  ## wheel and source archive into dist/
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m hatchling build -d dist

wheel: env-demo js  ## the wheel: two builds compared, tried in a clean environment
	$(BIN)/python -m scripts.release

release: wheel sbom  ## all of a release but publishing

sbom: env-dev  ## what we depend on, as CycloneDX, into build/
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m scripts.inventory sbom

licences: env-dev js  ## the licences of what we depend on, into the documentation
	$(BIN)/python -m scripts.inventory licences

# pip-audit asks a service on the network about each locked version; it lives in its own environment.
AUDIT := $(VENV)-audit
audit:  ## known vulnerabilities of the locked dependencies (needs the network)
	$(call install,$(AUDIT),requirements-audit.lock)
	@$(AUDIT)/bin/python -m scripts.audit $(AUDIT)/bin/pip-audit --disable-pip --require-hashes -r requirements.lock --progress-spinner off -f json

# mutmut sees the packages of the tests beside its own few, so that both test with the same ones.
MUTANTS := $(VENV)-mutants
SITE := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
mutants: env-test  ## do the tests of policy and model find faults? (MUTANTS_SHARE=0.2 for a fifth)
	$(call install,$(MUTANTS),requirements-mutants.lock)
	@$(BIN)/python $(SITE) > "$$($(MUTANTS)/bin/python $(SITE))/tests.pth"
	$(MUTANTS)/bin/python -m scripts.mutants

oldest:  ## the set-up with the oldest pip, and an index that has newer versions of all that is locked
	@$(PYTHON) -m scripts.fresh_machine

# The first lock decides; the others take its versions, but for checkov's and the cross-check's.
UV ?= uv
LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
lock:  ## resolve the dependencies anew (needs uv)
	$(LOCK) pyproject.toml --extra all --group dev -o requirements.lock
	$(LOCK) pyproject.toml --extra all --group test -c requirements.lock -o requirements-test.lock
	$(LOCK) pyproject.toml --extra all --group demo -c requirements.lock -o requirements-demo.lock
	$(LOCK) --group iam -c requirements.lock -o requirements-iam.lock
	$(LOCK) --group mutants -c requirements.lock -o requirements-mutants.lock
	$(LOCK) --group audit -c requirements.lock -o requirements-audit.lock
	$(LOCK) --group checkov -o requirements-checkov.lock
	$(LOCK) --group npm -o requirements-npm.lock
	$(LOCK) --group oldest -o requirements-oldest.lock

clean:
	rm -rf $(VENV) $(CHECKOV) $(IAM) $(AUDIT) $(MUTANTS) .venv-crosscheck node_modules .aws-sam build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
