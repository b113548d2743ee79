"""What tools ask for when a list is created: one vocabulary for all of them.

``Capabilities.list_settings`` names what a tool demands, ``list_options`` what it takes
beside that; the dialog shows exactly these. A tool that asks for something new adds a
row here and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..sync.address import parse
from .records import CredentialField, _lt

#: every setting by its name; ``kind`` is text, email, country, language or choice
LIST_SETTINGS: dict[str, CredentialField] = {
    field.name: field
    for field in (
        CredentialField("sender_name", _lt("Sender's name")),
        CredentialField("sender_email", _lt("Sender's e-mail address"), kind="email"),
        CredentialField("reply_to_name", _lt("Name for answers")),
        CredentialField("reply_to_email", _lt("Address for answers"), kind="email"),
        CredentialField(
            "description",
            _lt("Description"),
            help=_lt("Why people get these mails; some tools show it to them."),
        ),
        CredentialField("company", _lt("Company"), help=_lt("Stands in the mails.")),
        CredentialField("address", _lt("Street and number")),
        CredentialField("zip", _lt("Postal code")),
        CredentialField("city", _lt("City")),
        CredentialField(
            "country", _lt("Country"), kind="country", help=_lt("Two letters: DE, AT …")
        ),
        CredentialField(
            "language",
            _lt("Language"),
            kind="language",
            help=_lt("Two letters: de, en …"),
        ),
        CredentialField(
            "optin",
            _lt("Opt-in"),
            kind="choice",
            choices=(
                ("double", _lt("Double opt-in: the tool asks by a mail")),
                ("single", _lt("Single opt-in: subscribed at once")),
            ),
            default="double",
        ),
        CredentialField(
            "type",
            _lt("Visibility"),
            kind="choice",
            choices=(
                ("private", _lt("Private")),
                ("public", _lt("Public: offered on the tool's pages")),
            ),
            default="private",
        ),
    )
}

_PATTERNS = {"country": r"[A-Z]{2}", "language": r"[a-z]{2}"}


def asked(capabilities) -> list[str]:
    """Names of all settings of a new list: those demanded first."""
    demanded = capabilities.list_settings
    return [*demanded, *(n for n in capabilities.list_options if n not in demanded)]


def problems(
    names: Iterable[str], demanded: Iterable[str], values: Mapping[str, str]
) -> dict[str, str]:
    """What is wrong with the values: {name: missing, email, country or language}.

    Names that are not in the vocabulary are taken as they are.
    """
    found = {}
    for name in names:
        value = (values.get(name) or "").strip()
        field = LIST_SETTINGS.get(name)
        kind = field.kind if field else "text"
        if not value:
            if name in demanded:
                found[name] = "missing"
        elif kind == "email" and parse(value).problem:
            found[name] = "email"
        elif kind in _PATTERNS and not re.fullmatch(_PATTERNS[kind], value):
            found[name] = kind
    return found
