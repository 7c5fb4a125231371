# make demo: the whole loop on a site of our own; make test: all checks. Both set up .venv first, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lowest clean

demo: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m crawler.demo $(DEMO)

# One process for each core, and no more threads than that: those of torch would wait for each other.
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal

# The add-on under the oldest Scrapy that is supported, with the Twisted of its time, in an environment of its own.
lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --editable '.[test]' 'scrapy==2.13.0' 'twisted<26'
	.venv-lowest/bin/python -m pytest tests/crawler/test_foreign_project.py tests/crawler/standby
	.venv-lowest/bin/python -m pytest tests/crawler/test_crawl.py -k "teacher_answers or alone_and_without or of_ones_own"

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(READY)

clean:
	rm -rf $(VENV) .venv-lowest build
