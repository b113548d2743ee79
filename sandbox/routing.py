"""Routes declared at the methods that serve them; used by the dialects and the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from .wire import Request

Handler = Callable[..., Any]


class Refusal(Exception):
    """The request is refused: a status, and a message for the error body."""

    def __init__(self, status: int, message: str = "", **more: Any):
        super().__init__(message)
        self.status = status
        self.message = message
        self.more = more


def route(method: str, *paths: str, login: bool = True) -> Callable[[Handler], Handler]:
    """Declare the paths (werkzeug's rule syntax) that a method serves.

    The method is called with the request and the path's variables; it returns what is
    to be sent as JSON, or a whole response.
    """

    def declare(handler: Handler) -> Handler:
        rules = getattr(handler, "rules", [])
        handler.rules = rules + [(method, path, login) for path in paths]
        return handler

    return declare


class Router:
    """Finds the method for a request, and turns what it gives into a response."""

    def answer(self, request: Request, path: str) -> Response:
        """Route a request and answer it."""
        try:
            adapter = _rules(type(self)).bind("127.0.0.1")
            (name, login), values = adapter.match(path, request.method)
            self.admit(request, login)
            result = getattr(self, name)(request, **values)
        except Refusal as refusal:
            return self.error(refusal.status, refusal.message, **refusal.more)
        except HTTPException as problem:
            # A redirect to the path with a slash is werkzeug's idea, not the tools'.
            code = problem.code if (problem.code or 0) >= 400 else 404
            return self.error(code, phrase(code))
        return result if isinstance(result, Response) else self.json(result)

    def admit(self, request: Request, login: bool) -> None:
        """Raise :class:`Refusal` for a request that must not get in."""

    def error(self, status: int, message: str = "", **more: Any) -> Response:
        """An error answer."""
        return self.json({"error": {"code": status, "message": message}}, status)

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON object that was sent; nothing sent is an empty one."""
        if not request.get_data(cache=True):
            return {}
        body = request.get_json(force=True, silent=True)
        if not isinstance(body, dict):
            raise Refusal(400, "Bad Request: a JSON object is expected")
        return body

    def json(self, data: Any, status: int = 200, **headers: str) -> Response:
        """A JSON answer."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return Response(
            text, status, headers, content_type="application/json; charset=utf-8"
        )


@cache
def _rules(router: type[Router]) -> Map:
    """The routes of a class, compiled once: that takes a quarter of a second."""
    # No merging of slashes: an empty id in a path must not reach another route.
    rules = Map(merge_slashes=False)
    for name in dir(router):
        for method, path, login in getattr(getattr(router, name), "rules", ()):
            rules.add(Rule(path, methods=[method], endpoint=(name, login)))
    return rules


def phrase(status: int) -> str:
    """The usual words for a status: 404 → Not Found."""
    return Response(status=status).status.partition(" ")[2].title()
