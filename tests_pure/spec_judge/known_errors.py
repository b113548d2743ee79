"""Where a vendor's file is wrong, with the reason. The one place for that.

An entry does not silence a test: it corrects the file, so that everything else of the
same call is still judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Correction:
    """What stands at ``where`` from now on.

    ``where`` is a path of keys from the root. In a list ``name=x`` is the entry with
    that name, and ``+`` a new one at the end.
    """

    code: str
    where: tuple[str, ...]
    right: Any
    reason: str


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def _answer(**described: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", **described}}}
    return {"responses": {"200": {"description": "OK", "content": content}}}


_SCHEMAS = ("components", "schemas")
_SUBSCRIBERS = ("paths", "/subscribers", "get", "parameters")
_LISTS = ("paths", "/lists", "get", "parameters")

KNOWN_ERRORS = (
    # ------------------------------------------------------------------ mailchimp
    *(
        Correction(
            "mailchimp",
            (*_SCHEMAS, name, "properties", "merge_fields", "additionalProperties"),
            {},
            "values are called objects; its own words and every client say texts",
        )
        for name in ("Add_List_Members", *(f"Add_List_Members_{n}" for n in (1, 2, 3)))
    ),
    Correction(
        "mailchimp",
        (*_SCHEMAS[:1], "securitySchemes", "bearer"),
        {"type": "http", "scheme": "bearer"},
        "OAuth's tokens, documented elsewhere by the vendor",
    ),
    Correction(
        "mailchimp", ("security",), [{"basicAuth": []}, {"bearer": []}], "the same"
    ),
    # ------------------------------------------------------------------- listmonk
    *(
        Correction(
            "listmonk",
            (*operation, "name=order", "schema", "enum"),
            ["asc", "desc"],
            "the source compares with lower case; anything else is descending",
        )
        for operation in (_SUBSCRIBERS, _LISTS)
    ),
    Correction(
        "listmonk",
        (*_SCHEMAS, "List", "properties", "status"),
        {"type": "string"},
        "lists can be archived; the file is older",
    ),
    Correction(
        "listmonk",
        (*_SUBSCRIBERS, "+"),
        _parameter("search"),
        "the search by name and address came after the file",
    ),
    Correction(
        "listmonk",
        ("paths", "/subscribers/{id}", "patch"),
        {
            "parameters": [
                {
                    "name": "id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "integer"},
                }
            ],
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/UpdateSubscriber"}
                    }
                }
            },
            **_answer(),
        },
        "PATCH came with version 6.1, after the file",
    ),
    Correction(
        "listmonk",
        ("paths", "/about"),
        {"get": _answer(required=["data"])},
        "the file leaves it out; the source has it",
    ),
    Correction(
        "listmonk",
        (
            *(*_SCHEMAS, "SubscriberQueryRequest", "properties"),
            *("target_list_ids", "type"),
        ),
        "array",
        "called an integer, yet with items, and the source takes a list",
    ),
    # ---------------------------------------------------------------------- brevo
    Correction(
        "brevo",
        (
            *(*_SCHEMAS, "getContactDetails", "properties"),
            *("listUnsubscribed", "nullable"),
        ),
        True,
        "recorded answers say null of somebody who has left no list",
    ),
    # ------------------------------------------------------------------ klicktipp
    Correction(
        "klicktipp",
        ("paths", "/subscriber/tagged", "post", "parameters"),
        [_parameter("status"), _parameter("bounceStatus")],
        "the vendor's own node for n8n sends them here, the file wants them in the "
        "body: which of the two counts is not known, so both are sent",
    ),
    *(
        Correction(
            "klicktipp",
            (*_SCHEMAS, "SubscriberDetailSchema", "properties", name, "nullable"),
            True,
            "recorded answers say null of somebody without a mobile number",
        )
        for name in (
            *("sms_phone", "sms_status", "sms_bounce"),
            *("sms_date", "sms_unsubscription"),
        )
    ),
)


def corrected(code: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The file with its known errors put right.

    :raises LookupError: an entry leads nowhere: the file is another version
    """
    right = deepcopy(dict(spec))
    for known in KNOWN_ERRORS:
        if known.code != code:
            continue
        node: Any = right
        for key in known.where[:-1]:
            node = node[_found(node, key)]
        if known.where[-1] == "+":
            node.append(known.right)
        else:
            node[_found(node, known.where[-1])] = known.right
    _drop_empty_contents(right)
    return right


def _drop_empty_contents(node: Any) -> None:
    """``content: {}`` says that there is no body, yet it is read as one of no kind."""
    if isinstance(node, dict):
        if node.get("content") == {}:
            del node["content"]
        for each in node.values():
            _drop_empty_contents(each)
    elif isinstance(node, list):
        for each in node:
            _drop_empty_contents(each)


def _found(node: Any, key: str) -> str | int:
    """Where an entry stands in a node, which may be a list of named ones."""
    if not isinstance(node, list):
        return key
    names = [f"name={each.get('name')}" for each in node]
    if key not in names:
        raise LookupError(f"there is no {key}")
    return names.index(key)
