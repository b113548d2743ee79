"""Brevo's contacts and attributes in our words, and back.

A contact belongs to the account: ``emailBlacklisted`` ends all mails, ``listIds`` are
the lists it is on, ``listUnsubscribed`` those that the person left singly. Values of a
wrong type are dropped by the tool without a word, so they are refused here (sheet,
sections 2 and 4).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ....sync.address import normalise
from ....sync.values import same
from ....sync.vocabulary import RemoteMember, Status, Value
from ... import answers
from ...contract import FieldType, RemoteField
from ...errors import BadAnswer

TYPES = {
    "date": FieldType.DATE,
    "float": FieldType.NUMBER,
    "id": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
}
NEW_TYPES = {
    FieldType.NUMBER: "float",
    FieldType.DATE: "date",
    FieldType.BOOLEAN: "boolean",
}
#: attributes of these kinds hold more than one value, or a member of the staff
_ODD_TYPES = {"multiple-choice", "user"}
#: made by Brevo out of others, or not a person's at all
_COMPUTED = {"calculated", "global", "transactional"}
#: addresses that Brevo invents for who has a telephone number only
NO_ADDRESS = "@mailin-sms.com"
_TRANSLITERATION = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS"})


# --- people -------------------------------------------------------------------
def member_of(
    contact: Mapping[str, Any], list_id: str, attributes: Mapping[str, Attribute]
) -> RemoteMember:
    """A contact as it stands on one list.

    :raises BadAnswer: no id or no address
    """
    status, at, reason = status_of(contact, list_id)
    given = answers.mapping(contact.get("attributes"))
    return RemoteMember(
        remote_id=answers.identifier(contact.get("id"), "contact"),
        email=address_of(contact),
        status=status,
        status_at=at,
        values={
            name: attributes[name].decoded(value) if name in attributes else None
            for name, value in given.items()
            if isinstance(name, str)
        },
        changed_at=answers.iso_time(contact.get("modifiedAt")),
        reason=reason,
        raw=contact,
    )


def status_of(
    contact: Mapping[str, Any], list_id: str
) -> tuple[Status, datetime | None, str]:
    """Status on a list, since when as far as it is told, and why.

    A blocked contact is taken for somebody who left. Only the ``statistics`` of the
    last 90 days can tell that mails came back instead, and only for single contacts.
    """
    told = answers.mapping(contact.get("statistics"))
    if contact.get("emailBlacklisted") is not False:
        left = answers.mapping(told.get("unsubscriptions"))
        for events in (left.get("userUnsubscription"), left.get("adminUnsubscription")):
            if events:
                return Status.UNSUBSCRIBED, _newest(events), ""
        if told.get("complaints"):
            at = _newest(told["complaints"])
            return Status.UNSUBSCRIBED, at, "complained about spam"
        if told.get("hardBounces"):
            return Status.HARD_BOUNCE, _newest(told["hardBounces"]), ""
        return Status.UNSUBSCRIBED, None, ""
    if list_id in ids(contact.get("listUnsubscribed")):
        return Status.UNSUBSCRIBED, None, ""
    return Status.SUBSCRIBED, None, ""


def _newest(events: Any) -> datetime | None:
    found = [
        at
        for event in (events if isinstance(events, list) else ())
        if (at := answers.iso_time(answers.mapping(event).get("eventTime")))
    ]
    return max(found, default=None)


def is_on(contact: Mapping[str, Any], list_id: str) -> bool:
    """Whether Brevo knows the contact on that list, also as one who left it."""
    lists = ids(contact.get("listIds")) | ids(contact.get("listUnsubscribed"))
    return list_id in lists


def ids(value: Any) -> set[str]:
    """A list of ids as texts."""
    return {answers.text(one) for one in value} if isinstance(value, list) else set()


def address_of(contact: Mapping[str, Any]) -> str:
    """The address.

    :raises BadAnswer: there is none
    """
    email = contact.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadAnswer("a contact without address")
    return normalise(email)


def people(contacts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those with an address of their own; some have a telephone number only."""
    return [
        contact
        for contact in contacts
        if contact.get("email") and not address_of(contact).endswith(NO_ADDRESS)
    ]


# --- attributes ---------------------------------------------------------------
@dataclass(frozen=True)
class Attribute:
    """An attribute, and how its values are spelled."""

    field: RemoteField
    #: number → label, for attributes of the category kind
    labels: Mapping[int, str] = field(default_factory=dict)

    def decoded(self, value: Any) -> Value:
        """A value as the attribute's type; as text where it does not look like one."""
        if isinstance(value, list):
            return ", ".join(map(answers.text, value)) or None
        if isinstance(value, bool):
            return value if self.field.type is FieldType.BOOLEAN else str(value).lower()
        text = answers.text(value)
        if not text:
            return None
        if self.field.type is FieldType.CHOICE:
            number = answers.number(value)
            return self.labels.get(number, text) if number is not None else text
        if self.field.type is FieldType.NUMBER:
            return answers.number(value) if answers.number(value) is not None else text
        if self.field.type is FieldType.DATE:
            return answers.iso_date(text) or text
        if self.field.type is FieldType.BOOLEAN:
            return {"true": True, "false": False}.get(text.lower(), text)
        return text

    def encoded(self, value: Value) -> Any:
        """A value as Brevo takes it; "" empties.

        :raises ValueError: it does not fit the type
        """
        if self.field.read_only:
            raise ValueError("it cannot be written")
        if value is None or value == "":
            return ""
        return self._writers().get(self.field.type, _text)(value)

    def _writers(self):
        return {
            FieldType.NUMBER: _number,
            FieldType.DATE: _day,
            FieldType.BOOLEAN: _truth,
            FieldType.CHOICE: self._choice,
        }

    def _choice(self, value: Value) -> int:
        for number, label in self.labels.items():
            if label.casefold() == _text(value).casefold():
                return number
        raise ValueError("it is none of the choices")

    def holds(self, value: Any, wanted: Value) -> bool:
        """Whether the stored value says what is wanted."""
        return same(self.decoded(value), wanted, self.field.type.value)


def attribute_of(entry: Mapping[str, Any]) -> Attribute:
    """One attribute. Its id is made of its kind and name, by which it is deleted.

    :raises BadAnswer: one without a name
    """
    name = answers.text(entry.get("name")).strip()
    if not name:
        raise BadAnswer("an attribute without name")
    category, kind = (answers.text(entry.get(k)) for k in ("category", "type"))
    labels = {}
    for choice in answers.objects(entry.get("enumeration") or [], "choices"):
        number = answers.number(choice.get("value"))
        if isinstance(number, int):
            labels[number] = answers.text(choice.get("label"))
    remote_field = RemoteField(
        name,
        name,
        FieldType.CHOICE if category == "category" else TYPES.get(kind, FieldType.TEXT),
        remote_id=f"{category or 'normal'}/{name}",
        choices=tuple(labels.values()),
        read_only=category in _COMPUTED or kind in _ODD_TYPES,
    )
    return Attribute(remote_field, labels)


def technical_name(label: str) -> str:
    """A name of capital letters, digits and ``_``: ``STRASSE_NR``."""
    plain = unicodedata.normalize("NFC", label).replace("ß", "ẞ").upper()
    plain = plain.translate(_TRANSLITERATION)
    plain = unicodedata.normalize("NFD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "_", plain).strip("_")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: Value) -> int | float:
    found = answers.number(int(value) if isinstance(value, bool) else value)
    if found is None or not math.isfinite(found):
        raise ValueError("it is no number")
    return found


def _day(value: Value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    found = value if isinstance(value, date) else answers.iso_date(value)
    if found is None:
        raise ValueError("it is no date")
    return found.isoformat()


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    found = {"1": True, "true": True, "0": False, "false": False}
    try:
        return found[str(value).lower()]
    except KeyError:
        raise ValueError("it is neither true nor false") from None
