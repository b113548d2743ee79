"""Pictures are taken of an Odoo that serves; where there is none, that is said."""

import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def nobody():
    """An address at which nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def _run(address):
    command = [sys.executable, "-m", "scripts.screenshots", address]
    # without the check a browser waits for minutes
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_without_a_demo_it_says_so_at_once(nobody):
    done = _run(nobody)
    assert done.returncode == 1
    assert f"No Odoo answers at {nobody}" in done.stderr
    assert "make demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_nor_does_another_server_do():
    class NotOdoo(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), NotOdoo)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        done = _run(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 1
    assert "404" in done.stderr


def test_every_picture_is_shown_somewhere():
    shown = "\n".join(
        path.read_text()
        for pattern in ("README.md", "docs/**/*.md", "static/description/index.html")
        for path in ROOT.glob(pattern)
    )
    pictures = [*ROOT.glob("static/description/*.png"), *ROOT.glob("docs/images/*")]
    unused = {path.name for path in pictures if path.name not in shown}
    assert unused <= {"icon.png"}
