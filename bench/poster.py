"""Makes webhook calls as fast as Odoo answers, with little work of its own.

    python poster.py ADDRESS PATH HEADER BODIES CLIENTS

BODIES is a file with the body of one call in each line; without a body a line is a GET.
Prints ``{"seconds": …, "statuses": {"200": …}, "slowest": …}``.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit


def main() -> None:
    address, path, header, bodies, clients = sys.argv[1:]
    host = urlsplit(address)
    lines = Path(bodies).read_text().splitlines()
    calls = [_call(host.netloc, path, header, line) for line in lines]

    def make(call: bytes) -> tuple[str, float]:
        started = time.perf_counter()
        with socket.create_connection((host.hostname, host.port)) as connection:
            connection.sendall(call)
            answer = connection.recv(65536)
        return answer[9:12].decode(), time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(int(clients)) as pool:
        answers = list(pool.map(make, calls))
    seconds = time.perf_counter() - started
    statuses = Counter(status for status, _took in answers)
    slowest = max(took for _status, took in answers)
    print(json.dumps({"seconds": seconds, "statuses": statuses, "slowest": slowest}))


def _call(host: str, path: str, header: str, body: str) -> bytes:
    method = "POST" if body else "GET"
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: close",
        *([header, "Content-Type: application/json"] if body else []),
        f"Content-Length: {len(body.encode())}",
    ]
    return "\r\n".join([*head, "", body]).encode()


if __name__ == "__main__":
    main()
