"""The demo's post: a mail server for 127.0.0.1, and a page on which its mails are read.

Run by ``post.py`` with the environment's Python: ``mails.py NAME FOLDER SMTP HTTP``.
Nothing ever leaves this computer. Each mail is a file, so the next demo shows it too.
(MailDump would do, and bring ten packages along.)
"""

from __future__ import annotations

import email
import sys
import threading
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem;
    padding: 1.5rem; color: #1d2430 }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; padding: .5rem .75rem .5rem 0; vertical-align: top;
    border-bottom: 1px solid #d8dbe0; overflow-wrap: anywhere }}
th {{ white-space: nowrap; font-weight: 600 }}
iframe {{ width: 100%; height: 34rem; border: 1px solid #d8dbe0; margin-top: 1rem }}
.quiet {{ color: #545c6a }}</style></head><body>{body}</body></html>"""
_SHOWN = ("From", "To", "Date", "Subject", "List-Unsubscribe", "Auto-Submitted")


class Post:
    """The mails of a folder, numbered in the order in which they came."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server, session, envelope):
        """Called by aiosmtpd for each mail."""
        with self._lock:
            number = max((int(path.stem) for path in self.paths()), default=0) + 1
            part = self._folder / f"{number}.part"
            part.write_bytes(envelope.content)
            # whoever looks into the folder finds whole mails only
            part.rename(self._folder / f"{number}.eml")
        return "250 OK"

    def paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.eml"), key=lambda path: -int(path.stem))

    def read(self, number: str) -> EmailMessage | None:
        path = self._folder / f"{number}.eml"
        if not number.isdecimal() or not path.exists():
            return None
        return email.message_from_bytes(path.read_bytes(), policy=default)


def overview(post: Post) -> str:
    """All mails, the newest first."""
    rows = []
    for path in post.paths():
        mail = post.read(path.stem)
        came = datetime.fromtimestamp(path.stat().st_mtime)
        rows.append(
            f"<tr><td>{came:%H:%M:%S}</td><td>{escape(str(mail['To']))}</td>"
            f"<td><a href='/{path.stem}'>{escape(str(mail['Subject']))}</a></td></tr>"
        )
    empty = "<p class='quiet'>No mail has come yet. Reload the page.</p>"
    table = f"<table><tr><th>Time<th>To<th>Subject</tr>{''.join(rows)}</table>"
    title = "Mails that Odoo has sent"
    lead = "<p class='quiet'>None of them has left this computer.</p>"
    body = f"<h1>{title}</h1>{lead}{table if rows else empty}"
    return _PAGE.format(title=title, body=body)


def page(mail: EmailMessage) -> str:
    """One mail; its links open beside it, and nothing in it can run."""
    heads = "".join(
        f"<tr><th>{name}</th><td>{escape(str(mail[name]))}</td></tr>"
        for name in _SHOWN
        if mail[name]
    )
    part = mail.get_body(("html", "plain"))
    text = part.get_content() if part else ""
    if part and part.get_content_subtype() == "plain":
        text = f"<pre>{escape(text)}</pre>"
    inner = escape(f"<base target='_blank'>{text}")
    body = (
        f"<p><a href='/'>All mails</a></p><table>{heads}</table>"
        "<iframe sandbox='allow-popups allow-popups-to-escape-sandbox' title='Mail'"
        f" srcdoc='{inner}'></iframe>"
    )
    return _PAGE.format(title=escape(str(mail["Subject"])), body=body)


def serve(post: Post, port: int) -> None:
    """Show the mails on 127.0.0.1 until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            number = self.path.strip("/")
            mail = post.read(number) if number else None
            found = not number or mail is not None
            text = page(mail) if mail else overview(post)
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args):
            """Nobody reads it."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def main(_name: str, folder: str, smtp_port: str, http_port: str) -> None:
    post = Post(Path(folder))
    controller = Controller(post, hostname="127.0.0.1", port=int(smtp_port))
    controller.start()
    try:
        serve(post, int(http_port))
    except KeyboardInterrupt:
        pass
    finally:
        controller.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
