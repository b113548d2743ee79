"""Measures the process that it runs in, and writes down what it sends."""

from __future__ import annotations

import gc
import json
import os
import time
from contextlib import contextmanager
from types import SimpleNamespace

import requests

from ..memory import forget_peak, megabytes


class Meter:
    """``with Meter(file) as meter: with meter.phase("read"): …``, then ``outcome``.

    :param recording: gets one line ``[method, path, body]`` for each request
    """

    def __init__(self, recording: str = os.devnull):
        self._recording = recording
        self.phases: dict[str, float] = {}
        self.peak_mb = self.cpu_seconds = 0.0

    def __enter__(self):
        self._send = requests.Session.send
        self._file = open(self._recording, "w", encoding="utf-8")
        requests.Session.send = self._recorded()
        gc.collect()
        forget_peak("self")
        self._idle = megabytes("self", "VmHWM")
        self._cpu = time.process_time()
        return self

    def __exit__(self, *_exc) -> None:
        self.cpu_seconds = time.process_time() - self._cpu
        self.peak_mb = megabytes("self", "VmHWM") - self._idle
        requests.Session.send = self._send
        self._file.close()

    @contextmanager
    def phase(self, name: str):
        """Count the time of a part of the job, whose name may be given at its end."""
        part = SimpleNamespace(name=name)
        start = time.perf_counter()
        yield part
        took = time.perf_counter() - start
        self.phases[part.name] = self.phases.get(part.name, 0.0) + took

    def answer(self, **more) -> None:
        """Print the outcome for the process that has started this one."""
        mine = {"peak_mb": self.peak_mb, "cpu_seconds": self.cpu_seconds}
        print(json.dumps({**mine, "phases": self.phases, **more}))

    def _recorded(self):
        send, file = self._send, self._file

        def recorded(session, request, **options):
            body = request.body or ""
            text = body.decode() if isinstance(body, bytes) else body
            file.write(json.dumps([request.method, request.path_url, text]) + "\n")
            return send(session, request, **options)

        return recorded
