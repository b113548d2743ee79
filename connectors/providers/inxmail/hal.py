"""Inxmail's HTTP: HAL collections with links to follow, and problem documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import answers
from ...api import Api
from ...error_table import ErrorTable, Failure, read_failure
from ...errors import BadAnswer, ConnectorError, Throttled
from ...pacing import retry_after
from ...transport import Reply

#: rows of a page; more are not given (sheet, 3)
PAGE = 1000
ACCEPT = {"Accept": "application/hal+json,application/problem+json"}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


def _read_failure(reply: Reply) -> Failure | None:
    """A problem document; one of a validation names the fields (sheet, 8)."""
    failure = read_failure(reply)
    if failure is None:
        return None
    body = answers.mapping(reply.json_or_none())
    wrong = body.get("invalidFields")
    if not isinstance(wrong, list):
        return failure
    named = [
        f"{answers.text(one.get('field'))}: {answers.text(one.get('problem'))}"
        for one in wrong
        if isinstance(one, dict)
    ]
    message = "; ".join([failure.message, *named])
    return Failure(failure.status, failure.code, message)


class Errors(ErrorTable):
    """``X-RateLimit-Reset`` (seconds) stands on every answer; it is a wait only with
    429."""

    def error_for(self, reply: Reply, now: float, redact=str) -> ConnectorError | None:
        error = super().error_for(reply, now, redact)
        if isinstance(error, Throttled) and error.retry_after is None:
            error.retry_after = retry_after(reply.headers, now, ("x-ratelimit-reset",))
        return error


ERRORS = Errors(read=_read_failure)


def embedded(answer: Any, what: str) -> list[dict[str, Any]]:
    """The objects of a collection's page; ``_embedded`` is missing when there are none.

    :raises BadAnswer: something that is no page, which must not look like an empty one
    """
    page = answers.object_(answer, what)
    if not isinstance(page.get("_links"), dict) and "_embedded" not in page:
        raise BadAnswer(f"{what}: a page was expected")
    found = page.get("_embedded")
    if found is None:
        return []
    if not isinstance(found, dict) or len(found) != 1:
        raise BadAnswer(f"{what}: one collection was expected")
    (rows,) = found.values()
    return answers.objects(rows, what)


def link(answer: Any, name: str) -> str:
    """The address of a link, or ""."""
    links = answers.mapping(answers.mapping(answer).get("_links"))
    return answers.text(answers.mapping(links.get(name)).get("href"))


class Pages:
    """Reads collections page by page, by the links that the tool gives."""

    def __init__(self, api: Api):
        self._api = api

    def walk(
        self, what: str, url: str = "", path: str = "", **asked: Any
    ) -> Iterator[tuple[str, list[dict[str, Any]], str]]:
        """(link that gave this page, rows, link to what will come) for each page.

        :param url: a link to begin with; else ``path`` with the parameters ``asked``,
            whose first page has the link ""
        :raises BadAnswer: links that lead in a circle
        """
        seen = {url}
        while True:
            answer = (
                self._api.get(url)
                if url
                else self._api.get(path, pageSize=PAGE, **asked)
            )
            yield url, embedded(answer, what), link(answer, "inx:upcoming")
            url = link(answer, "next")
            if not url:
                return
            if url in seen:
                raise BadAnswer(f"{what}: the pages lead in a circle")
            seen.add(url)

    def rows(self, what: str, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
        """All rows of a collection."""
        for _here, rows, _upcoming in self.walk(what, path=path, **asked):
            yield from rows
