"""The page for people: who has arrived in which tool, and what has been asked.

Plain HTML that works without JavaScript and loads nothing from elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from werkzeug.wrappers import Response

from .control import Control
from .routing import Refusal, route
from .store import number
from .texts import LANGUAGES, translator

ROWS = 50
REFRESH = 4

#: label → fields of the fault that a button sets
PRESETS: dict[str, dict[str, Any]] = {
    "Answers take 3 seconds": {"kind": "slow", "seconds": 3},
    "503, twice": {"kind": "status", "status": 503, "times": 2},
    "429, wait 5 seconds": {
        "kind": "status",
        "status": 429,
        "retry_after": "5",
        "times": 1,
    },
    "500, until removed": {"kind": "status", "status": 500},
    "Connection cut": {"kind": "cut", "times": 1},
    "Stored, then cut": {"kind": "cut_after", "method": "POST", "times": 1},
    "HTML instead of JSON": {"kind": "html", "times": 1},
    "Refuse …@example.net": {"kind": "partial", "addresses": "@example\\.net$"},
    "One in ten requests fails": {"kind": "status", "status": 502, "rate": 0.1},
    "Lose a webhook call": {"kind": "cut", "method": "HOOK", "times": 1},
}


class Page(Control):
    """The page's views, beside the switches its buttons use."""

    def __init__(self, sandbox):
        super().__init__(sandbox)
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(
            loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True
        )

    @route("GET", "/")
    def overview(self, request):
        """All tools and lists, the last requests, faults, mails and calls."""
        store, sandbox = self.sandbox.store, self.sandbox
        still = "still" in request.args
        return self.html(
            request,
            "overview.html",
            refresh=0 if still else REFRESH,
            still=still,
            tools=[
                (tool, [(entry, store.counts(entry.id)) for entry in shown])
                for tool in sandbox.tools.values()
                if (shown := visible(store.lists(tool.code))) or len(sandbox.tools) == 1
            ],
            entries=sandbox.requests.last(25)[::-1],
            faults=sandbox.faults.all(),
            presets=PRESETS,
            mails=store.notes("mail", newest=8)[::-1],
            calls=store.notes("delivery", newest=8)[::-1],
        )

    @route("GET", "/_sandbox/list/<tool>/<list_id>")
    def list_page(self, request, tool, list_id):
        """One list's people, newest first; ``q`` searches addresses and values."""
        tool, entry = self._found(tool, list_id)
        text = request.args.get("q", "").strip()
        where, params = "m.list_id = ?", [entry.id]
        if text:
            sign = "%" + text.lower() + "%"
            where += " AND (p.email LIKE ? OR p.shared LIKE ? OR m.attributes LIKE ?)"
            params += [sign] * 3
        page = max(0, number(request.args.get("page")))
        newest = "m.person_id DESC"
        members = self.sandbox.store.page(where, params, page, ROWS, newest)
        return self.html(
            request,
            "list.html",
            tool=tool,
            entry=entry,
            counts=self.sandbox.store.counts(entry.id),
            members=members,
            tags=self.sandbox.store.tags(entry.id, [one.id for one in members]),
            text=text,
            page=page,
            more=len(members) == ROWS,
        )

    @route("GET", "/_sandbox/person/<tool>/<list_id>/<person_id>")
    def person_page(self, request, tool, list_id, person_id):
        """One person on one list: all that is known, and what can happen to it."""
        tool, entry = self._found(tool, list_id)
        store = self.sandbox.store
        member = store.member(entry.id, id=number(person_id))
        if member is None:
            raise Refusal(404, "Not Found")
        names = {one.id: one.name for one in visible(store.lists(tool.code))}
        history = [
            (note["at"], kind, note)
            for kind in ("event", "mail", "reactivation")
            for note in store.notes(kind, tool.code, member.id, newest=50)
        ]
        return self.html(
            request,
            "person.html",
            tool=tool,
            entry=entry,
            member=member,
            tags=store.tags(entry.id, [member.id]).get(member.id, []),
            others=[
                (one, names[one.list_id])
                for one in store.memberships(tool.code, id=member.id)
                if one.list_id in names and one.list_id != entry.id
            ],
            history=sorted(history, key=lambda line: line[0], reverse=True),
            acts=[act for act in tool.acts if act not in ("subscribe", "edit")],
            fields=tool.fields(entry.id) if "edit" in tool.acts else (),
        )

    # ------------------------------------------------------------------ shared
    def html(self, request, template: str, **values: Any) -> Response:
        """A rendered template in the reader's language."""
        language = request.accept_languages.best_match(LANGUAGES, "en")
        text = self._templates.get_template(template).render(
            _=translator(language),
            language=language,
            time=_time_in(language),
            number=_number_in(language),
            **values,
        )
        return Response(text, content_type="text/html; charset=utf-8")

    def _found(self, code: str, list_id: str):
        tool = self.sandbox.tools.get(code)
        entry = tool and self.sandbox.store.list(code, list_id)
        if not entry:
            raise Refusal(404, "Not Found")
        return tool, entry


def visible(lists: list) -> list:
    """Without the lists that a dialect keeps for itself."""
    return [entry for entry in lists if not entry.data.get("hidden")]


def _time_in(language: str):
    form = "%d.%m.%Y %H:%M:%S" if language == "de" else "%Y-%m-%d %H:%M:%S"
    return lambda stamp: datetime.fromtimestamp(stamp).strftime(form) if stamp else ""


def _number_in(language: str):
    mark = "." if language == "de" else ","
    return lambda value: f"{value:,}".replace(",", mark)
