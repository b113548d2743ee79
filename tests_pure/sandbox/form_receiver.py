"""A webhook address for tools that call with forms; it remembers its calls."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


class FormReceiver:
    """``calls``: (method, form, headers, raw body) of each; ``status`` answers."""

    def __init__(self):
        self.calls = []
        self.status = 200
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def _handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                form = dict(parse_qsl(body.decode(), keep_blank_values=True))
                receiver.calls.append((self.command, form, dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        return Handler

    @property
    def forms(self):
        """The forms that were posted, oldest first."""
        return [form for method, form, _, _ in self.calls if method == "POST"]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
