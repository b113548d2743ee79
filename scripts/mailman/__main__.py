"""Run a Mailman until Ctrl-C and say how to reach it."""

import signal
import sys
import tempfile
from pathlib import Path

from ..environment.console import run_command, say
from . import MailmanServer, provide


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    with (
        tempfile.TemporaryDirectory(prefix="mailman-") as folder,
        MailmanServer(provide(), Path(folder)) as server,
    ):
        say(f"Mailman on {server.url}, user {server.user}, password {server.password}")
        say(f"It sends its mails to port {server.smtp_port}; mails to it: LMTP, port")
        say(f"{server.lmtp_port}. Ctrl-C ends it and forgets everything.")
        signal.pause()
    return 0


if __name__ == "__main__":
    run_command(main)
