"""HTTP on the wire: keep-alive, one write per answer, and connections cut on demand.

werkzeug's own development server closes every connection after one answer
(``werkzeug.serving.WSGIRequestHandler``), which no real service does and which would
hide what a client does with a connection that dies while idle. So werkzeug parses and
routes, and this file speaks.
"""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response

from .faults import Fault


class Request(WerkzeugRequest):
    """A request, with the fault that a dialect has to heed while carrying it out."""

    fault: Fault | None = None

    def refuses(self, email: str) -> bool:
        """Whether a ``partial`` fault wants this address refused."""
        fault = self.fault
        return bool(fault and fault.kind == "partial" and fault.refuses(email))


class Cut(Exception):
    """Close the connection, after sending this many bytes of the answer given."""

    def __init__(self, response: Response | None = None, share: float = 0.0):
        super().__init__()
        self.response = response
        self.share = share


class Handler(BaseHTTPRequestHandler):
    """Turns a request into a werkzeug request and writes the response back."""

    protocol_version = "HTTP/1.1"
    # With Nagle's algorithm a small answer may wait 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    timeout = 120
    server: Server

    def _answer(self) -> None:
        request = Request(self._environ())
        try:
            payload = self._bytes(self.server.answer(request))
        except Cut as cut:
            if cut.response is not None:
                payload = self._bytes(cut.response)
                self.wfile.write(payload[: int(len(payload) * cut.share)])
            self.close_connection = True
            return
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

    def _environ(self) -> dict:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            # WSGI wants the bytes of the path as latin-1 (PEP 3333).
            "PATH_INFO": unquote(url.path, "latin-1"),
            "QUERY_STRING": url.query,
            "RAW_URI": self.path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                environ[key] = value
        return environ

    def _bytes(self, response: Response) -> bytes:
        body = response.get_data()
        bodiless = response.status_code in (204, 304)
        lines = [f"HTTP/1.1 {response.status}"]
        lines += [
            f"{name}: {value}"
            for name, value in response.headers
            if name.lower() != "content-length"
        ]
        if not bodiless:
            lines.append(f"Content-Length: {len(body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return head if bodiless or self.command == "HEAD" else head + body

    def log_message(self, *args) -> None:
        """Quiet: the sandbox keeps its own log."""


class Server(ThreadingHTTPServer):
    """A thread per connection, on loopback only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Response]):
        super().__init__(("127.0.0.1", port), Handler)
        self.answer = answer
        self._open: set[socket.socket] = set()

    def process_request(self, request, client_address):
        """Remember the connection, so that closing the server ends it too."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        """Forget it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """Clients that hang up are normal here; anything else is a fault of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def server_close(self):
        """Stop listening and cut what is open."""
        super().server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
