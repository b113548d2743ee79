"""Pages of a collection: cursors in links, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from ...store import number
from ..base import Refusal

PAGE, LARGEST_PAGE = 100, 1000
#: reads items behind an id: (after, at most) -> pairs (id, item)
Fetch = Callable[[int, int], list[tuple[int, dict[str, Any]]]]


class Collections:
    """``_embedded`` is missing when a page is empty; no totals anywhere."""

    def page(
        self, request, relation: str, fetch: Fetch, upcoming: bool = False
    ) -> dict[str, Any]:
        """One page of a collection.

        ``upcoming``: its last page links to what will come later; that link works for
        ever.
        """
        size = number(request.args.get("pageSize", PAGE))
        if not 1 <= size <= LARGEST_PAGE:
            invalid = {"pageSize": f"must be between 1 and {LARGEST_PAGE}"}
            raise Refusal(400, "Invalid request", invalid=invalid)
        after = number(request.args.get("afterId"))
        found = fetch(after, size + 1)
        items = found[:size]
        links = {"self": {"href": self._again(request)}}
        last = items[-1][0] if items else after
        if len(found) > size:
            links["next"] = {"href": self._again(request, last)}
        elif upcoming:
            links["inx:upcoming"] = {"href": self._again(request, last)}
        page: dict[str, Any] = {"_links": links}
        if items:
            page["_embedded"] = {relation: [item for _, item in items]}
        return page

    def _again(self, request, after: int | None = None) -> str:
        """The URL of this request, or of its next page."""
        asked = request.args.to_dict()
        if after is not None:
            asked["afterId"] = str(after)
        path = self.path(request.path.removeprefix(f"/{self.code}"))
        return self.href(request, path) + (f"?{urlencode(asked)}" if asked else "")

    def known_parameters(self, request, *names: str) -> None:
        """Refuse what a collection does not know: a typo must not read too much."""
        for name in request.args:
            if name not in ("pageSize", "afterId", *names):
                problem = {name: "unknown parameter"}
                raise Refusal(400, f"Unknown parameter {name}", invalid=problem)


def csv(text: str | None) -> list[str]:
    """Values that commas separate."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]
