"""Ghost's members and events in our words, and back.

A member is on the newsletters that its record names; nothing tells which it has left,
but the events do (sheet sections 3 and 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import RemoteField
from ...errors import BadAnswer

#: there are no others, and no own ones
FIELDS = (
    RemoteField("name", "Name", remote_id="name"),
    RemoteField("note", "Note", remote_id="note"),
)
#: why Ghost mails somebody nothing any more
SUPPRESSIONS = {"fail": Status.HARD_BOUNCE, "spam": Status.BLOCKED}

Row = Mapping[str, Any]


def one(answer: Any, what: str) -> dict[str, Any]:
    """The single object of an answer: ``{"members": [{…}]}``.

    :raises BadAnswer: anything else
    """
    return answers.object_(answers.mapping(answer).get(what), what)


def identifier(row: Row) -> str:
    """The id of anything.

    :raises BadAnswer: if there is none
    """
    return answers.identifier(row.get("id"), "an object of Ghost")


def address(row: Row) -> str:
    """A member's address, as it was typed once.

    :raises BadAnswer: a member without
    """
    email = row.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("a member without address")
    return email


def newsletters(row: Row) -> list[str]:
    """Ids of the newsletters that somebody gets.

    :raises BadAnswer: the list is missing: that is not the same as an empty one
    """
    return [
        identifier(each)
        for each in answers.objects(row.get("newsletters"), "newsletters of a member")
    ]


def labels(row: Row) -> frozenset[str]:
    """Names of a member's labels."""
    found = answers.objects(row.get("labels"), "labels of a member")
    return frozenset(answers.text(each.get("name")) for each in found)


def suppression(row: Row) -> tuple[Status, datetime | None] | None:
    """Why and since when Ghost mails nothing, or None."""
    told = answers.mapping(row.get("email_suppression"))
    if not told.get("suppressed"):
        return None
    info = answers.mapping(told.get("info"))
    status = SUPPRESSIONS.get(answers.text(info.get("reason")), Status.BLOCKED)
    return status, answers.iso_time(info.get("timestamp"))


def member_of(row: Row, list_id: str) -> RemoteMember | None:
    """A member on one newsletter; None if not on it."""
    if list_id not in newsletters(row):
        return None
    status, at = suppression(row) or (Status.SUBSCRIBED, None)
    return RemoteMember(
        remote_id=identifier(row),
        email=normalise(address(row)),
        status=status,
        status_at=at,
        values={field.name: answers.text(row.get(field.name)) for field in FIELDS},
        tags=labels(row),
        changed_at=answers.iso_time(row.get("updated_at")),
        raw=row,
    )


def gone(event: Row) -> RemoteMember:
    """Who an event is about, as somebody who is not on its newsletter any more.

    The time is that of the leaving; if the last event was a coming, somebody went by a
    bulk action, which writes none.
    """
    person = answers.object_(event.get("member"), "member of an event")
    left = event.get("subscribed") is False
    return RemoteMember(
        remote_id=identifier(person),
        email=normalise(address(person)),
        status=Status.UNSUBSCRIBED,
        status_at=answers.iso_time(event.get("created_at")) if left else None,
        reason=answers.text(event.get("source")) if left else "",
        raw=event,
    )


def encoded(value: Value) -> str:
    """A value as Ghost takes it: text only, and empty instead of nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return "1" if value is True else "" if value is False else str(value)


# --- filters -------------------------------------------------------------------
def quoted(text: str) -> str:
    """A value in a filter; unquoted, a plus means "and"."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def moment(at: datetime) -> str:
    """A time in a filter; with ``T`` and ``Z`` SQLite finds nothing."""
    if at.tzinfo is not None:
        at = at.astimezone(timezone.utc)
    return at.strftime("%Y-%m-%d %H:%M:%S")
