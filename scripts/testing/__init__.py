"""The three suites of `make test`: pure, ORM and browser tests, and their report."""
