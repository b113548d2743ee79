"""Commands of the developer: see docs/development.md.

Everything here runs on Python's standard library alone, because it is what
installs the rest.
"""
