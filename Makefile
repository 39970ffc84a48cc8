# fineopt: `make lab` opens the lessons, `make test` runs all checks, `make help` lists all targets.
#
# Targets use .venv, which is created on first use and recreated if the directory was moved or copied,
# or if PYTHON specifies another Python. Dependencies are installed again when pyproject.toml changes;
# otherwise nothing is installed, and no network is needed.

LESSON ?= lessons/index.ipynb
ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
TORCH := 2.13.0
COUNT ?= 10

# Python starts without the user's variables, such as paths of another project, warnings as errors or
# disabled asserts. tools/environment.py handles variables that are read later.
unexport VIRTUAL_ENV $(filter PYTHON%,$(.VARIABLES))
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

##@ Learn
.PHONY: lab
lab: $(VENV)/.lab ## open JupyterLab at the index of the lessons (LESSON=another.ipynb, ARGS="--port 9999")
	@"$(PY)" tools/lab.py "$(LESSON)" $(ARGS)

##@ Test
.PHONY: test lint types unit notebooks binder browser try-site
test: lint types unit notebooks binder browser try-site ## run all seven checks below, in turn

lint: $(VENV)/.test ## check the rules and format of code and notebooks (ruff)
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: $(VENV)/.test ## check types (mypy, strict)
	$(PY) -m mypy

# pytest fails with status 5 if it collects no tests, so no part can disappear unnoticed.
unit: $(VENV)/.test ## run the unit tests and doctests
	$(PY) -m pytest -m "not browser" --ignore tests/binder -n 2 --dist loadfile $(ARGS)

notebooks: $(VENV)/.test ## run the lessons and compare their outputs with the saved ones
	$(PY) -m pytest --nbval --nbval-current-env --nbval-cell-timeout 300 -n 2 --dist loadfile lessons $(ARGS)

binder: $(VENV)/.test ## replay the build of Binder, and open a lesson in it
	$(PY) -m pytest -v tests/binder $(ARGS)

browser: $(VENV)/.test ## test the lessons in JupyterLab, in Chromium
	$(PY) -m pytest -v -m browser -n 2 --dist loadfile --durations 5 tests/browser $(ARGS)

try-site: site $(VENV)/.test ## build the site, and run lesson 01 and each kind of panel in it
	$(PY) -m pytest -v -m browser tests/site -n 2 --dist loadgroup -k "not every_lesson" $(ARGS)

##@ Further tests
.PHONY: test-site soak fuzz digits oldest pythons packages torch
test-site: site $(VENV)/.test ## build the site, and run all lessons in it, for minutes
	$(PY) -m pytest -v -m browser tests/site -n 2 --dist loadgroup $(ARGS)

soak: $(VENV)/.test ## run the browser tests COUNT=10 times while all cores are busy
	@$(PY) -m tools.soak $(COUNT) -m browser -n 2 --dist loadfile tests/browser $(ARGS)

fuzz: $(VENV)/.test ## interrupt training at each line and read damaged files, for minutes
	FUZZ=1 $(PY) -m pytest -v -s tests/fuzz $(ARGS)

digits: $(VENV)/.test ## compare what all lessons print on several kinds of CPU, for minutes
	DIGITS=all $(PY) -m pytest -v tests/lessons/test_digits.py -n 2 $(ARGS)

oldest: $(VENV)/.lab ## run the unit tests with the oldest supported dependencies
	@$(PY) -m tools.pythons --oldest $(ARGS)

pythons: $(VENV)/.lab ## run the unit tests on each installed Python, with the newest dependencies
	@$(PY) -m tools.pythons $(ARGS)

packages: $(VENV)/.lab ## install the wheel and the source archive on each Python, and test them there
	@$(PY) -m tools.packages $(ARGS)

# PyPI has only the CUDA build, with gigabytes of libraries, so the CPU build is tried first.
torch: $(VENV)/.test ## install PyTorch, for comparisons
	@$(PIP) install --quiet "torch==$(TORCH)+cpu" 2>/dev/null || $(PIP) install --quiet "torch==$(TORCH)"

##@ Publish
.PHONY: site docs wheel
site: $(VENV)/.docs ## build the site that runs the lessons in the browser, in build/site
	@$(PY) -m tools.site build/site $(if $(PYODIDE),--pyodide "$(PYODIDE)")

docs: site ## build the documentation, with that site, in build/docs
	@$(PY) -m tools.docs build/docs $(ARGS)

wheel: $(VENV)/.lab ## build the wheel and the source archive in dist/
	$(PIP) install --quiet build
	$(PY) -m build --outdir dist .
	@ls dist

##@ Develop
.PHONY: format lessons bench hooks clean distclean
format: $(VENV)/.test ## format code and notebooks (ruff)
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

lessons: $(VENV)/.test ## run the lessons and save their outputs
	$(PY) -m tools.execute_lessons $(ARGS)

bench: $(VENV)/.test ## measure the speed of training steps
	$(PY) -m benchmarks $(ARGS)

hooks: $(VENV)/.test ## install a git hook that checks each commit
	$(PY) -m pre_commit install

clean: ## remove caches and build outputs
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -exec rm -rf {} +

distclean: clean ## remove .venv and downloads as well
	rm -rf $(VENV) .cache

.PHONY: help
help: ## list these targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# --- the environment ---------------------------------------------------------------------------

# .venv/.home holds the directory that .venv was created for. tools/python.sh prints nothing if .venv
# is still valid; the stamps below then depend on pyproject.toml only.
ifeq ($(filter help clean distclean,$(or $(MAKECMDGOALS),help)),)
ifneq ($(shell sh tools/python.sh --stale "$(VENV)" "$(PYTHON)"),)
.PHONY: $(VENV)/.home
endif
endif

$(VENV)/.home:
	@sh tools/python.sh --make "$(VENV)" "$(PYTHON)"

$(VENV)/.lab: $(VENV)/.home pyproject.toml
	@echo "Installing fineopt and JupyterLab in $(VENV): this takes a minute or two, once ..."
	@$(PIP) install --quiet -e '.[lab]'
	@touch "$@"

$(VENV)/.test: $(VENV)/.lab pyproject.toml
	@echo "Installing the test tools in $(VENV) ..."
	@$(PIP) install --quiet -e '.[lab,test]'
	@touch "$@"

$(VENV)/.docs: $(VENV)/.lab pyproject.toml
	@echo "Installing the tools of the site and the documentation in $(VENV) ..."
	@$(PIP) install --quiet -e '.[lab,docs]'
	@touch "$@"
