# fineopt: `make lab` opens the first lesson, `make test` runs everything, `make help` lists the rest.
#
# Both work in .venv, which is made when first needed and made anew when pyproject.toml changes,
# when the directory was moved or copied, or when PYTHON names another Python. In between nothing
# is installed, and no network is needed.

LESSON ?= lessons/en/01-learning-rate-per-group.ipynb
ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
TORCH := 2.13.0
COUNT ?= 10

# Python starts as if nothing were set: not with paths of another project, nor with warnings that
# are errors, nor without its asserts. What is read later, tools/environment.py sees to.
unexport VIRTUAL_ENV $(filter PYTHON%,$(.VARIABLES))
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

##@ Learn
.PHONY: lab
lab: $(VENV)/.lab ## open JupyterLab at the first lesson (LESSON=another.ipynb, ARGS="--port 9999")
	@"$(PY)" tools/lab.py "$(LESSON)" $(ARGS)

##@ Test
.PHONY: test lint types unit notebooks binder browser
test: lint types unit notebooks binder browser ## run everything: the six checks below, in turn

lint: $(VENV)/.test ## ruff: rules and format, of code and of notebooks
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: $(VENV)/.test ## mypy, strict
	$(PY) -m mypy

# pytest ends with 5, a failure, where it found no test: so no part of these can be lost unseen.
unit: $(VENV)/.test ## unit tests and the examples in docstrings
	$(PY) -m pytest -m "not browser" --ignore tests/binder -n 2 --dist loadfile $(ARGS)

notebooks: $(VENV)/.test ## run each lesson and compare it with what is saved in it
	$(PY) -m pytest --nbval --nbval-current-env --nbval-cell-timeout 300 -n 2 --dist loadfile lessons $(ARGS)

binder: $(VENV)/.test ## replay what Binder would build, and open a lesson there
	$(PY) -m pytest -v tests/binder $(ARGS)

browser: $(VENV)/.test ## drive the lessons in a real JupyterLab, in Chromium
	$(PY) -m pytest -v -m browser --durations 5 tests/browser $(ARGS)

##@ Test longer
.PHONY: soak fuzz oldest pythons torch
soak: $(VENV)/.test ## run the browser tests COUNT=10 times while every core is busy
	@$(PY) -m tools.soak $(COUNT) -m browser tests/browser $(ARGS)

fuzz: $(VENV)/.test ## interrupt training at every line, and damage files in every way, for minutes
	FUZZ=1 $(PY) -m pytest -v -s tests/fuzz $(ARGS)

oldest: $(VENV)/.lab ## run the unit tests with the oldest dependencies that are allowed
	@$(PY) -m tools.pythons --oldest $(ARGS)

pythons: $(VENV)/.lab ## run the unit tests on each supported Python that is found, with the newest
	@$(PY) -m tools.pythons $(ARGS)

# PyPI has only the build for CUDA, with gigabytes of libraries: that for the CPU goes first.
torch: $(VENV)/.test ## install PyTorch, to compare with
	@$(PIP) install --quiet "torch==$(TORCH)+cpu" 2>/dev/null || $(PIP) install --quiet "torch==$(TORCH)"

##@ Work on it
.PHONY: format lessons bench hooks wheel clean distclean
format: $(VENV)/.test ## let ruff put code and notebooks in form
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

lessons: $(VENV)/.test ## run the lessons and save what they print and draw
	$(PY) -m tools.execute_lessons $(ARGS)

bench: $(VENV)/.test ## measure how fast a step is
	$(PY) -m benchmarks $(ARGS)

hooks: $(VENV)/.test ## check each commit with the ruff and mypy of .venv
	$(PY) -m pre_commit install

wheel: $(VENV)/.lab ## build the wheel in dist/
	$(PIP) wheel --quiet --no-deps --wheel-dir dist .
	@ls dist

clean: ## remove what tools and builds left behind
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -exec rm -rf {} +

distclean: clean ## and .venv too
	rm -rf $(VENV)

.PHONY: help
help: ## list these targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# --- the environment ---------------------------------------------------------------------------

# .venv/.home says for which directory and Python it was made. tools/python.sh prints nothing if
# that still holds; the stamps below are then true, and depend on pyproject.toml alone.
ifeq ($(filter help clean distclean,$(or $(MAKECMDGOALS),help)),)
ifneq ($(shell sh tools/python.sh --stale "$(VENV)" "$(PYTHON)"),)
.PHONY: $(VENV)/.home
endif
endif

$(VENV)/.home:
	@sh tools/python.sh --make "$(VENV)" "$(PYTHON)"

$(VENV)/.lab: $(VENV)/.home pyproject.toml
	@echo "Installing fineopt and JupyterLab in $(VENV): a minute or two, this once ..."
	@$(PIP) install --quiet -e '.[lab]'
	@touch "$@"

$(VENV)/.test: $(VENV)/.lab pyproject.toml
	@echo "Installing the test tools in $(VENV) ..."
	@$(PIP) install --quiet -e '.[lab,test]'
	@touch "$@"
