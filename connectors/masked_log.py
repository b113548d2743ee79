"""Loggers of ours name nobody: addresses are masked before a line is written (P1)."""

from __future__ import annotations

import logging
import re

from ..sync.address import masked

#: Plain, and as it stands in a URL. No address is longer before the sign; without that
#: bound a long run of such characters would be looked at once for each of them.
_ADDRESS = re.compile(r"([\w.!#$&'*+=?^`{|}~-]{1,64})(@|%40)((?:[\w-]+\.)+[\w-]+)")


def without_addresses(text: str) -> str:
    """The text with ``a***@example.org`` for each address in it."""
    return _ADDRESS.sub(
        lambda found: masked(f"{found[1]}@{found[3]}").replace("@", found[2]), text
    )


class _Masking(logging.Filter):
    """Masks the message and the trace behind it.

    What an exception says may hold the row that the database refused.
    """

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = without_addresses(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0]:
            trace = self._formatter.formatException(record.exc_info)
            record.exc_text = without_addresses(trace)
            record.exc_info = None
        return True


_MASKING = _Masking()


def get_logger(name: str) -> logging.Logger:
    """A logger that masks; every module of ours takes its logger here."""
    logger = logging.getLogger(name)
    logger.addFilter(_MASKING)
    return logger
