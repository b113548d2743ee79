"""The suites of `make test`: pure, ORM, system, browser tests, and their report."""
