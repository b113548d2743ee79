"""Real Odoo processes that run a piece of Python code, and may be killed.

Loading Odoo takes seconds. So one loaded process, the mother, forks all others, as the
workers of Odoo's own server are made: each has a memory, database connections and a
death of its own.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import textwrap
import time
from contextlib import suppress
from pathlib import Path

#: a process that is not done by then hangs; nothing is measured by it
LIMIT = 400

#: what the code of every process can use
PRELUDE = '''
import json, os, resource, time
from concurrent.futures import ThreadPoolExecutor
from odoo import api, fields

def work(run_id, seconds=600):
    return env["newsletter.runner"]._work(run_id, seconds)

def fresh(run_id):
    """The run as it is now, whoever has written it."""
    env.cr.rollback()
    env.invalidate_all()
    return env["newsletter.run"].browse(run_id)

def in_the_background(function, count):
    """The answers of so many threads, each with a cursor of its own."""
    def one(_number):
        with env.registry.cursor() as cr:
            return function(api.Environment(cr, env.uid, {}))

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))

def meet(folder, number, of):
    """Go on when all processes are here, so that they really race."""
    open(os.path.join(folder, str(number)), "w").close()
    while len(os.listdir(folder)) < of:
        time.sleep(0.005)

def answer(value):
    print("\\nANSWER", json.dumps(value), flush=True)
'''

_MOTHER = '''
import os, signal, sys, traceback
from odoo import api, sql_db

def live(folder):
    """A child's whole life: run the code, commit, and leave word of the end."""
    output = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    end = ""
    try:
        registry.check_signaling()
        with registry.cursor() as cr, open(f"{folder}/code") as code:
            exec(code.read(), {"env": api.Environment(cr, uid, {})})
        registry.signal_changes()
    except BaseException:
        end = traceback.format_exc()
    sys.stdout.flush()
    with open(f"{folder}/unfinished", "w") as file:
        file.write(end)
    os.rename(f"{folder}/unfinished", f"{folder}/end")

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how the children died
registry, uid = env.registry, env.uid
env.cr.close()
sql_db.close_all()  # a connection must not be shared with a child
for folder in os.fdopen(PIPE):
    child = os.fork()
    if not child:
        live(folder.strip())
        os._exit(0)
    with open(f"{folder.strip()}/pid", "w") as file:
        file.write(f"{child}\\n")
os._exit(0)
'''


class Mother:
    """A loaded Odoo of one database."""

    def __init__(self, odoo, database: str, folder: Path):
        self._folder = folder
        self._numbers = itertools.count(1)
        pipe, self._orders = os.pipe()
        self._process = subprocess.Popen(
            odoo.command("shell", "-d", database, "--no-http", "--log-level=error"),
            env=odoo.environ,
            cwd=folder,
            stdin=subprocess.PIPE,
            pass_fds=[pipe],
            text=True,
            start_new_session=True,
        )
        os.close(pipe)
        self._process.stdin.write(f"PIPE = {pipe}\n{_MOTHER}")
        self._process.stdin.close()

    def start(self, code: str) -> Process:
        """A new process that has ``env`` and the helpers of the prelude."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        (folder / "code").write_text(f"{PRELUDE}\n{textwrap.dedent(code)}")
        os.write(self._orders, f"{folder}\n".encode())
        return Process(folder)

    def end(self) -> None:
        os.close(self._orders)
        self._process.wait(LIMIT)


class Process:
    """``answer(value)`` in the code tells a value; at the end the work is committed."""

    def __init__(self, folder: Path):
        self._folder = folder
        deadline = time.monotonic() + LIMIT
        while not self._text("pid").endswith("\n"):
            assert time.monotonic() < deadline, "no process was started"
            time.sleep(0.002)
        self._pid = int(self._text("pid"))

    def _text(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def ended(self) -> bool:
        return not Path(f"/proc/{self._pid}").exists()

    def kill(self) -> bool:
        """As ``kill -9``: no clean-up, no rollback of its own.

        :return: whether it was still at work
        """
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        return self.died()

    def died(self) -> bool:
        """Wait for the end, and tell whether it was a sudden one."""
        self._wait()
        return not (self._folder / "end").exists()

    def finished(self):
        """Wait for the end; the last answer."""
        self._wait()
        assert (self._folder / "end").exists(), f"died: {self._text('output')}"
        assert not self._text("end"), self._text("end")
        return last_answer(self._text("output"))

    def _wait(self) -> None:
        deadline = time.monotonic() + LIMIT
        while not self.ended:
            assert time.monotonic() < deadline, f"hangs: {self._text('output')}"
            time.sleep(0.005)


def last_answer(output: str):
    answers = [line for line in output.splitlines() if line.startswith("ANSWER ")]
    return json.loads(answers[-1].removeprefix("ANSWER ")) if answers else None
