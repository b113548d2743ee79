# make help lists the targets; docs/development.md tells more.
RUN = scripts/python -m

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-ghost lint bench odoo clean distclean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

setup: ## fetch Odoo 19, Python packages and PostgreSQL; needs network once
	@$(RUN) scripts.set_up

demo: ## set up, run the main job against the sandbox, serve Odoo (DEMO_SERVE=0: do not serve)
	@$(RUN) scripts.demo

test: ## all tests; ONLY=pure|real|orm|glue|system|queue|browser, TAGS=TestClass.test_x, ARGS="-k word"
	@$(RUN) scripts.run_tests

test-ghost: ## the connector suite on a real Ghost 5 (Node 20, npm; 0.6 GB, 3 to 5 minutes once)
	@ONLY=ghost $(RUN) scripts.run_tests

lint: ## code style, layers, XML, translations
	@$(RUN) scripts.run_lint

bench: ## measure with many members (N=1000000)
	@$(RUN) bench

odoo: ## quick developer commands, e.g. make odoo ARGS="test my_db"; empty: the list
	@$(RUN) scripts.dev $(ARGS)

clean: ## stop and remove databases, files and logs of this checkout
	@$(RUN) scripts.clean

distclean: ## the same, and the cache that all checkouts share
	@$(RUN) scripts.clean everything

export ARGS N ONLY TAGS DEMO_SERVE
