"""Compare one request or answer with an OpenAPI file, by way of openapi-core."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import (
    RequestsOpenAPIRequest,
    RequestsOpenAPIResponse,
)
from openapi_core.exceptions import OpenAPIError

#: stands for every server of the file
SERVER = "https://judge.example.test"


class Judge:
    """Knows one file.

    :param base: what the paths of requests begin with, and those of the file do not
    :param answers: whether answers are judged
    """

    def __init__(self, spec: dict[str, Any], base: str = "", answers: bool = True):
        spec = {**spec, "servers": [{"url": SERVER}]}
        self._base, self._answers = base, answers
        self._parameters = dict(_query_parameters(spec))
        # Requests strictly: a key that the file does not know is a slip of ours. For
        # answers that would refuse open objects that do not say so.
        strict = Config(
            additional_properties_default_policy="forbid", spec_validator_cls=None
        )
        self._strict = OpenAPI.from_dict(spec, config=strict)
        self._open = OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))

    def covers(self, path: str) -> bool:
        """Whether a path, below the tool's address, belongs to the described API."""
        return path.startswith(f"{self._base}/") or path == self._base

    def request(self, request: requests.PreparedRequest, path: str) -> list[str]:
        """What is wrong with a request; ``path`` is below the tool's address."""
        asked = self._moved(request, path)
        faults = []
        try:
            self._strict.validate_request(RequestsOpenAPIRequest(asked))
        except OpenAPIError as error:
            faults = _told(error)
        return faults + self._unknown_parameters(asked)

    def answer(
        self, request: requests.PreparedRequest, path: str, response: requests.Response
    ) -> list[str]:
        """What is wrong with an answer. Refusals that the file does not mention pass:
        no file tells all of them."""
        if not self._answers:
            return []
        asked = RequestsOpenAPIRequest(self._moved(request, path))
        try:
            self._open.validate_response(asked, RequestsOpenAPIResponse(response))
        except OpenAPIError as error:
            described = type(error).__name__ != "ResponseNotFound"
            return _told(error) if described or response.ok else []
        return []

    def _moved(
        self, request: requests.PreparedRequest, path: str
    ) -> requests.PreparedRequest:
        """The request as it would go to the file's server."""
        moved = request.copy()
        query = urlsplit(request.url).query
        below = path[len(self._base) :] or "/"
        moved.url = f"{SERVER}{below}" + (f"?{query}" if query else "")
        return moved

    def _unknown_parameters(self, request: requests.PreparedRequest) -> list[str]:
        """Query parameters that the operation does not have; openapi-core looks only
        at those that it has."""
        url = urlsplit(request.url)
        known = self._known_parameters(request.method, url.path)
        sent = {name for name, _ in parse_qsl(url.query, keep_blank_values=True)}
        # An array may be spelled with brackets.
        strange = {n for n in sent if n not in known and f"{n}[]" not in known}
        return [f"unknown query parameter {name}" for name in sorted(strange)]

    def _known_parameters(self, method: str, path: str) -> set[str]:
        fitting = [
            (literal, names)
            for (verb, pattern, literal), names in self._parameters.items()
            if verb == method.lower() and pattern.fullmatch(path)
        ]
        # "/contacts/lists" fits "/contacts/{identifier}" as well; the literal one wins
        return max(fitting, key=lambda found: found[0], default=(0, set()))[1]


def _query_parameters(spec: dict[str, Any]):
    """(verb, pattern of the path, literal letters) -> names of query parameters."""
    for template, item in spec["paths"].items():
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        literal = len(re.sub(r"\{[^/]+?\}", "", template))
        for verb, operation in item.items():
            if not isinstance(operation, dict):
                continue
            described = [*item.get("parameters", ()), *operation.get("parameters", ())]
            parameters = [_resolved(spec, one) for one in described]
            names = {p["name"] for p in parameters if p["in"] == "query"}
            yield (verb, re.compile(pattern), literal), names


def _resolved(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    while "$ref" in node:
        found: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _told(error: BaseException) -> list[str]:
    """The innermost reasons: openapi-core wraps them several times."""
    while error.__cause__ is not None:
        error = error.__cause__
    reasons = getattr(error, "schema_errors", None)
    if not reasons:
        return [f"{type(error).__name__}: {error}"]
    return [
        f"{'/'.join(map(str, reason.absolute_path)) or 'body'}: {reason.message[:300]}"
        for reason in reasons
    ]
