"""What a mail can be, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class MailClass(str, Enum):
    """What the sender, or the sender's machine, wants to tell."""

    WANTS_OUT = "wants_out"
    LEFT_COMPANY = "left_company"
    OUT_OF_OFFICE = "out_of_office"
    ADDRESS_CHANGE = "address_change"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    SHOP_SIGNUP = "shop_signup"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mail is thought to be something: the rule, and the words it found.

    ``weight`` is negative where the rule speaks against the class.
    """

    rule: str
    mail_class: MailClass
    weight: int
    found: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a mail names. A role address (info@…) belongs to nobody."""

    name: str = ""
    email: str = ""
    is_role: bool = False

    def __bool__(self) -> bool:
        return bool(self.name or self.email)


@dataclass(frozen=True, slots=True)
class Bounced:
    """One address of a delivery report.

    ``action`` is the report's own word (failed, delayed, delivered, relayed, expanded);
    ``status`` the enhanced status code such as 5.1.1, "" where none can be read.
    """

    email: str
    action: str = "failed"
    status: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report, and which mail of ours it is about."""

    recipients: tuple[Bounced, ...]
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report. ``kind``: abuse, fraud, virus, not-spam, other …

    ``message_id`` and ``unsubscribe`` belong to the mail complained of: where the
    recipient is hidden they may carry a token of our own.
    """

    kind: str
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    unsubscribe: str = ""
