"""A real GNU Mailman 3 on this machine: for tests, and to look at what it does.

    scripts/python -m scripts.mailman      runs one until Ctrl-C

It stands in an environment of its own, keeps everything in a scratch folder, listens on
127.0.0.1 and needs no mail server.
"""

from .programs import provide
from .server import MailmanServer

__all__ = ["MailmanServer", "provide"]
