"""Run the checks of our own and print what they find."""

from __future__ import annotations

import sys

from .. import capabilities
from . import (
    data_files,
    file_sizes,
    german_pages,
    standards,
    translations,
    xml_files,
)


def main() -> int:
    problems = [
        problem
        for check in (
            data_files.check,
            xml_files.check,
            german_pages.check,
            standards.check,
            translations.check,
            capabilities.check,
        )
        for problem in check()
    ]
    for problem in problems:
        print(problem)
    for warning in file_sizes.warnings():
        print(f"warning: {warning}")
    return 1 if problems else 0


sys.exit(main())
