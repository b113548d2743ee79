"""Read the fields out of a mail with which a shop or a form tells a sign-up (K06)."""

from __future__ import annotations

import re

from ..sync.address import parse
from .folding import fold

#: field -> its labels, folded
_LABELS = {
    "email": "e-mail, email, e-mail-adresse, emailadresse, e-mail address, mail"
    ", email address, mailadresse, kunden-e-mail, customer email",
    "first": "vorname, first name, firstname, given name",
    "last": "nachname, name (nachname), familienname, last name, lastname, surname",
    "name": "name, kunde, kundenname, vor- und nachname, full name, customer"
    ", customer name, your name, ihr name, vollstaendiger name, besteller",
    "salutation": "anrede, salutation, title",
    "company": "firma, unternehmen, company, organisation, organization, firmenname",
    "street": "strasse, street, adresse, address, strasse und hausnummer, anschrift",
    "zip": "plz, postleitzahl, zip, postcode, postal code, zip code",
    "city": "ort, stadt, wohnort, city, town",
    "phone": "telefon, telefonnummer, phone, phone number, tel, mobil, mobile",
    "newsletter": "newsletter, newsletter bestellt, newsletter gewuenscht, subscribe"
    ", newsletter abonnieren, newsletter signup, newsletter subscription, marketing"
    ", e-mail marketing, ich moechte den newsletter erhalten, accepts marketing",
}
_FIELDS = {
    label.strip(): field
    for field, labels in _LABELS.items()
    for label in labels.split(",")
}
_LINE = re.compile(r"\s*[-*•>]?\s*([^:=\n]{2,50}?)\s*(?:[:=]|\t|\s{3,})\s*(\S.*)")
_LABEL_ALONE = re.compile(r"\s*[-*•]?\s*([^:\n]{2,50}?)\s*:\s*")
_NO = {"nein", "no", "0", "false", "-", "off", "nicht gewuenscht", "abgelehnt"}


def sign_up(text: str) -> dict[str, str]:
    """{field: value} of a sign-up; empty unless a customer's address is among them.

    Fields: email, first, last, name, salutation, company, street, zip, city, phone,
    newsletter ("yes" or "no", left out where the mail does not say).
    """
    fields: dict[str, str] = {}
    for label, value in _pairs(text.split("\n")):
        field = _FIELDS.get(fold(label).strip(" *"))
        if field and field not in fields:
            fields[field] = value.strip(" *")[:200]
    email = parse(fields.get("email", "").split(" ")[0]).email
    if not email:
        return {}
    fields["email"] = email
    if "newsletter" in fields:
        wanted = fold(fields["newsletter"]).strip(" .!") not in _NO
        fields["newsletter"] = "yes" if wanted else "no"
    return fields


def full_name(fields: dict[str, str]) -> str:
    """The person's name as it was typed in."""
    parts = [fields.get("first", ""), fields.get("last", "")]
    return " ".join(filter(None, parts)) or fields.get("name", "")


def _pairs(lines: list[str]):
    """(label, value): on one line, or the value on the line below its label."""
    waiting = ""
    for line in lines[:400]:
        if len(line) > 400:
            continue
        found = _LINE.fullmatch(line)
        if found:
            yield found[1], found[2]
            waiting = ""
            continue
        if waiting and line.strip():
            yield waiting, line
        alone = _LABEL_ALONE.fullmatch(line)
        waiting = alone[1] if alone else (waiting if not line.strip() else "")
