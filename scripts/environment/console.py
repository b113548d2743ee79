"""What the commands say: each step on a line, one clear sentence on failure."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import traceback

VERBOSE = bool(os.environ.get("VERBOSE"))
#: A step shorter than this found its work done already and needs no line.
_WORTH_A_LINE = 1.0


class Failure(Exception):
    """Something that the person at the keyboard can understand and change.

    The text is a full sentence that says what to do, for it is all they see.
    """


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


@contextlib.contextmanager
def step(name: str):
    """Name the step and tell how long it took, if it took any time."""
    start = time.monotonic()
    if VERBOSE:
        say(f"- {name} …")
    yield
    seconds = time.monotonic() - start
    if VERBOSE or seconds >= _WORTH_A_LINE:
        say(f"- {name}: ready after {seconds:.0f} s")


def run_command(main) -> None:
    """Run `main()` as a command: its result is the exit code, a failure one line."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        _fail("Interrupted; the next run goes on from here.", code=130)
    except Failure as failure:
        _fail(str(failure))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _fail("The disk is full: free some space and run the command again.")
        _fail(f"The system refused: {error} (VERBOSE=1 shows where).")
    except Exception as error:  # noqa: BLE001 - the last door, it must not leak a trace
        _fail(f"Unexpected {type(error).__name__}: {error} (VERBOSE=1 shows where).")


def _fail(sentence: str, code: int = 1) -> None:
    if VERBOSE:
        traceback.print_exc()
    print(sentence, file=sys.stderr, flush=True)
    sys.exit(code)
