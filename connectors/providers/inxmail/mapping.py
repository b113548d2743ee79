"""Inxmail's recipients, attributes, events and results in our words, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from ....sync.address import normalise
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import Bounce, FieldType, Outcome, Refusal, RemoteField, RowAnswer
from ...errors import BadAnswer, Invalid, MisConfigured, ServerFault

#: the tool's type -> ours; a time of day is told as text
TYPES = {
    "TEXT": FieldType.TEXT,
    "TIME_ONLY": FieldType.TEXT,
    "INTEGER": FieldType.NUMBER,
    "FLOATING_POINT_NUMBER": FieldType.NUMBER,
    "DATE_ONLY": FieldType.DATE,
    "DATE_AND_TIME": FieldType.DATETIME,
    "BOOLEAN": FieldType.BOOLEAN,
}
#: our type -> the tool's, for a new attribute
NEW_TYPES = {
    FieldType.NUMBER: "FLOATING_POINT_NUMBER",
    FieldType.DATE: "DATE_ONLY",
    FieldType.DATETIME: "DATE_AND_TIME",
    FieldType.BOOLEAN: "BOOLEAN",
}
LONGEST_TEXT = 255

#: results of a subscription (sheet, 5)
JOINED = {
    "MANUAL_SUBSCRIPTION",
    "VERIFIED_SUBSCRIPTION",
    "PENDING_SUBSCRIPTION_DONE",
    "DUPLICATE_SUBSCRIPTION",
}
ASKED, DUPLICATE = "PENDING_SUBSCRIPTION", "DUPLICATE_SUBSCRIPTION"
NOT_JOINED = {
    "BLACKLISTED": Refusal.BLOCKED,
    "INVALID_ADDRESS_ERROR": Refusal.INVALID,
    "SUBSCRIPTION_TIMED_OUT": Refusal.OTHER,
    "SUBSCRIPTION_ID_NOT_VALID": Refusal.OTHER,
    "SUBSCRIPTION_EMAIL_MISSMATCH": Refusal.OTHER,
    "SUBSCRIPTION_VERIFICATION_BOUNCED": Refusal.OTHER,
}

#: what an import says of a row (sheet, 3); one that left is no refusal
IMPORT_ERRORS = {
    "BLACKLIST_ERROR": Refusal.BLOCKED,
    "EMAIL_PARSE_ERROR": Refusal.INVALID,
    "ATTRIBUTE_PARSE_ERROR": Refusal.FIELD,
}
LEFT_ERROR = "UNSUBSCRIPTION_ERROR"
COLUMN_WARNING = "COLUMN_NOT_FOUND_WARN"

BOUNCES = {"HARD": Status.HARD_BOUNCE, "SOFT": Status.SOFT_BOUNCE}


# --- people ---------------------------------------------------------------------
def email_of(recipient: Mapping[str, Any]) -> str:
    """The normalised address.

    :raises BadAnswer: there is none
    """
    email = recipient.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("a recipient without address")
    return normalise(email)


def member_of(
    recipient: Mapping[str, Any], fields: Mapping[str, RemoteField], status: Status
) -> RemoteMember:
    """One recipient as a member of a list; the recipient itself has no status."""
    own = answers.mapping(recipient.get("attributes"))
    return RemoteMember(
        remote_id=answers.identifier(recipient.get("id"), "recipient"),
        email=email_of(recipient),
        status=status,
        values={
            name: decoded(value, fields[name])
            for name, value in own.items()
            if name in fields
        },
        changed_at=answers.iso_time(recipient.get("lastModified")),
        raw=recipient,
    )


def person_of(event: Mapping[str, Any]) -> str:
    """The address of the recipient that is embedded in an event, or ""."""
    inside = answers.mapping(event.get("_embedded")).get("inx:recipient")
    if isinstance(inside, list) and inside:
        inside = inside[0]
    email = answers.text(answers.mapping(inside).get("email") or event.get("email"))
    return normalise(email) if "@" in email else ""


def time_of(event: Mapping[str, Any]) -> datetime | None:
    """When an event happened. No source tells the key's name: the first time among
    those that end in ``date`` or ``time``."""
    for key, value in event.items():
        if key.lower().endswith(("date", "time")):
            moment = answers.iso_time(value)
            if moment is not None:
                return moment
    return None


def bounce_of(event: Mapping[str, Any]) -> Bounce | None:
    """A bounce report; None if the person is not (no longer) told."""
    email = person_of(event)
    if not email:
        return None
    category = answers.text(event.get("category") or event.get("bounceCategory"))
    status = BOUNCES.get(category.upper(), Status.GENERAL_BOUNCE)
    return Bounce(email, status, at=time_of(event), code=category)


# --- results --------------------------------------------------------------------
def joined(email: str, result: str) -> RowAnswer:
    """What became of a subscription.

    :raises ServerFault: the tool failed
    :raises BadAnswer: a result that nobody knows
    """
    if result in JOINED:
        return RowAnswer(email, Outcome.WRITTEN, status=Status.SUBSCRIBED)
    if result == ASKED:
        return RowAnswer(email, Outcome.CREATED, status=Status.PENDING)
    if result in NOT_JOINED:
        return refused(email, NOT_JOINED[result], result)
    if result == "SUBSCRIPTION_INTERNAL_ERROR":
        raise ServerFault(result)
    raise BadAnswer(f"an unknown result of a subscription: {result[:80]}")


def check_left(result: str) -> None:
    """Raise unless the person is off the list now; "duplicate", "not in list" and "not
    in system" are as good as done.

    :raises MisConfigured: the list asks who leaves to confirm it
    """
    if result == "PENDING_UNSUBSCRIPTION":
        raise MisConfigured(
            "this list asks everybody who leaves to confirm it: turn that off in "
            "Inxmail, or nobody can be unsubscribed from outside"
        )
    if result.endswith("_INTERNAL_ERROR"):
        raise ServerFault(result)
    if result.endswith(("_TIMED_OUT", "_NOT_VALID", "_MISSMATCH", "_BOUNCED")):
        raise Invalid(result)
    if "UNSUBSCRIPTION" not in result:
        raise BadAnswer(f"an unknown result of an unsubscription: {result[:80]}")


def import_error(email: str, error: str) -> RowAnswer:
    """What an import's error means for a row."""
    if error == LEFT_ERROR:
        message = "left the list meanwhile"
        status = Status.UNSUBSCRIBED
        return RowAnswer(email, Outcome.SKIPPED, status=status, message=message)
    return refused(email, IMPORT_ERRORS.get(error, Refusal.OTHER), error[:200])


def refused(email: str, refusal: Refusal, message: str) -> RowAnswer:
    """A row that the tool did not take."""
    return RowAnswer(email, Outcome.REFUSED, refusal=refusal, message=message)


# --- values ---------------------------------------------------------------------
def decoded(value: Any, field: RemoteField) -> Value:
    """A value of an answer as its attribute's type; None for nothing."""
    if isinstance(value, str):
        if field.type is FieldType.DATE:
            return answers.iso_date(value) or value or None
        if field.type is FieldType.DATETIME:
            return answers.iso_time(value) or value or None
        return value or None
    if isinstance(value, bool) or value is None:
        return value
    return answers.number(value)


def encoded(value: Value, field: RemoteField) -> Any:
    """A value as JSON takes it, typed; None empties the attribute.

    A value of another type than the attribute goes as it is: the tool refuses it and
    says so.
    """
    if value is None or value == "":
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        if field.type is FieldType.DATE:
            return value.date().isoformat()
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone.utc)
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        midnight = "T00:00:00Z" if field.type is FieldType.DATETIME else ""
        return value.isoformat() + midnight
    if field.type is FieldType.TEXT:
        return _plain(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # right for both of the tool's types of numbers
    return value


def cell(value: Value, field: RemoteField) -> str:
    """A value as a cell of a file: spelled as in JSON, without its quotes."""
    return _plain(encoded(value, field))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# --- attributes -----------------------------------------------------------------
def field_of(attribute: Mapping[str, Any]) -> RemoteField:
    """One attribute, of the whole account. Its name is free text and matches exactly.

    :raises BadAnswer: an attribute without name or id
    """
    name = answers.text(attribute.get("name"))
    if not name.strip():
        raise BadAnswer("an attribute without name")
    kind = answers.text(attribute.get("type"))
    return RemoteField(
        name=name,
        label=name,
        type=TYPES.get(kind, FieldType.TEXT),
        remote_id=answers.identifier(attribute.get("id"), "attribute"),
    )


# --- small things ---------------------------------------------------------------
def list_number(list_id: str) -> int:
    """A list's id as the tool's bodies take it.

    :raises Invalid: it is none
    """
    if not list_id.strip().isdigit():
        raise Invalid("a list's id is a number")
    return int(list_id)


def recipient_of(answer: Any) -> dict[str, Any]:
    """One recipient.

    :raises BadAnswer: without id or address
    """
    recipient = answers.object_(answer, "recipient")
    answers.identifier(recipient.get("id"), "recipient")
    email_of(recipient)
    return recipient


def entry_id(entry: Mapping[str, Any]) -> str:
    """Id of an entry of the blacklist."""
    return answers.identifier(entry.get("id"), "blacklist entry")


def pattern_of(entry: Mapping[str, Any]) -> str:
    """What an entry of the blacklist matches."""
    return answers.text(entry.get("pattern"))


def is_address(text: str) -> bool:
    """Whether a pattern means one address only; which letters stand for others is not
    known, so all that might do are left alone."""
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and not set(text) & set("*?%[]\\ ")
