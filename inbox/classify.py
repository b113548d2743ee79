"""Say what a mail wants, how sure that is, and why.

Reports of machines (returns, complaints) are recognised by their structure. Everything
else is decided by rules that are data: each rule that fits makes its class likelier, or
less likely. The class that ends up likeliest is the answer, if it is likelier than not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

from ..sync.address import parse
from ..sync.vocabulary import empty
from . import mail as mails
from .automatic import automatic
from .complaint import complaint
from .delivery import report
from .folding import fold
from .people import addresses, change, leaver, successor, without_addresses
from .quotes import Words, own_words
from .rules import Fields, RuleBook
from .shop import sign_up
from .vocabulary import Complaint, MailClass, Person, Reason, Report

#: percent below which nobody knows what a mail is …
LIKELY = 50
#: … and where acting on a mistake would harm somebody
LIKELY_ENOUGH = {MailClass.WANTS_OUT: 75, MailClass.LEFT_COMPANY: 75}
#: fewer letters are no text: then the subject is all that was written
_NO_TEXT = 1
#: a second class that comes so near makes the first one unsure
NEAR = 15
#: … and the certainty is then at most
UNSURE = 60
#: letters of a mail that rules look at
_READ = 12_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about one mail.

    ``certainty`` is in percent. ``old_email`` is the address that the mail is about
    ("" where that is not clear), ``new_email`` the one that takes its place.
    """

    mail: mails.Mail
    words: Words
    mail_class: MailClass
    certainty: int
    reasons: tuple[Reason, ...] = ()
    likelihoods: Mapping[MailClass, int] = field(default_factory=empty)
    #: the header that proves a machine wrote it; "" = a person, as far as one can tell
    automatic: str = ""
    old_email: str = ""
    new_email: str = ""
    #: who left, if the mail speaks of somebody else than its sender
    leaver: str = ""
    successor: Person = field(default_factory=Person)
    report: Report | None = None
    complaint: Complaint | None = None
    sign_up: Mapping[str, str] = field(default_factory=empty)
    #: further addresses of the person that the mail or its quotation names
    mentioned: tuple[str, ...] = ()


def classify(
    raw: bytes,
    rules: RuleBook,
    own_addresses: Iterable[str] = (),
    footers: Iterable[str] = (),
) -> Verdict:
    """Read one mail. Never raises, whatever the bytes are.

    :param own_addresses: addresses of the organisation: never anybody's new one
    :param footers: sentences of the organisation's own newsletters to overlook
    """
    mail = mails.read(raw)
    own = frozenset((*own_addresses, *mail.recipients[:1]))
    words = own_words(mail.text, footers)
    robot = automatic(mail)
    base = {"mail": mail, "words": words, "automatic": robot}
    complained = complaint(mail)
    if complained is not None:
        kind = f"Feedback-Type: {complained.kind}"
        reason = Reason("feedback-report", MailClass.COMPLAINT, 100, kind)
        return Verdict(
            **base,
            mail_class=MailClass.COMPLAINT,
            certainty=100,
            reasons=(reason,),
            complaint=complained,
        )
    returned = report(mail)
    if returned is not None:
        first = returned.recipients[0]
        found = " ".join(filter(None, (first.action, first.status)))
        return Verdict(
            **base,
            mail_class=MailClass.BOUNCE,
            certainty=100,
            reasons=(Reason("delivery-status", MailClass.BOUNCE, 100, found),),
            report=returned,
        )
    return _by_rules(base, rules, own)


def _by_rules(base: dict, rules: RuleBook, own: frozenset[str]) -> Verdict:
    mail, words = base["mail"], base["words"]
    text = fold(without_addresses(words.own[:_READ]))
    subject = fold(mail.subject[:1000])
    fields = Fields(
        subject=subject,
        text=text if len(text.strip(" .")) > _NO_TEXT else subject,
        sender=fold(f"{mail.sender_name} <{mail.sender}>"),
        headers="\n".join(
            f"{name}: {value[:300]}".lower() for name, value in mail.headers
        ),
    )
    reasons = rules.reasons(fields, automatic=bool(base["automatic"]))
    signed_up = sign_up(mail.text)
    if not signed_up:
        # nothing to create a contact from
        reasons = [r for r in reasons if r.mail_class != MailClass.SHOP_SIGNUP]
    likelihoods = _likelihoods(reasons)
    mail_class, certainty = _winner(likelihoods)
    verdict = {
        **base,
        "mail_class": mail_class,
        "certainty": certainty,
        "reasons": tuple(reasons),
        "likelihoods": likelihoods,
    }
    if mail_class == MailClass.SHOP_SIGNUP:
        return Verdict(**verdict, sign_up=signed_up)
    told = details(mail_class, words, mail.sender, mail.sender_name, own)
    return Verdict(**verdict, **told)


def _likelihoods(reasons: list[Reason]) -> dict[MailClass, int]:
    """Percent per class: independent rules for it add up, those against take away."""
    result = {}
    for mail_class in {reason.mail_class for reason in reasons}:
        weights = [r.weight for r in reasons if r.mail_class == mail_class]
        doubt = prod(1 - weight / 100 for weight in weights if weight > 0)
        left = prod(1 + weight / 100 for weight in weights if weight < 0)
        result[mail_class] = round(100 * (1 - doubt) * left)
    return result


def _winner(likelihoods: Mapping[MailClass, int]) -> tuple[MailClass, int]:
    named = {
        mail_class: percent
        for mail_class, percent in likelihoods.items()
        if percent >= LIKELY_ENOUGH.get(mail_class, LIKELY)
    }
    ranked = sorted(named.items(), key=lambda pair: (-pair[1], pair[0].value))
    if not ranked:
        return MailClass.OTHER, 0
    mail_class, percent = ranked[0]
    if len(ranked) > 1 and ranked[1][1] > percent - NEAR:
        percent = min(percent, UNSURE)
    return mail_class, min(percent, 99)


def details(
    mail_class: MailClass,
    words: Words,
    sender: str,
    sender_name: str = "",
    own: Iterable[str] = (),
) -> dict:
    """Whom such a mail is about: its sender, unless it speaks of somebody else.

    :param own: addresses of the organisation: never anybody's new one
    :return: the fields of :class:`Verdict` from ``old_email`` to ``mentioned``
    """
    own = frozenset(own)
    mentioned = [email for _at, email in addresses(words.own) if email not in own]
    addressed = (parse(text).email for text in words.addressees)
    others = [
        email
        for email in dict.fromkeys((*addressed, *mentioned))
        if email and email != sender and email not in own
    ]
    about = {"old_email": sender, "mentioned": tuple(others)}
    if mail_class == MailClass.ADDRESS_CHANGE:
        old, new = change(words.own, sender, but=own)
        return {**about, "old_email": old, "new_email": new}
    if mail_class == MailClass.LEFT_COMPANY:
        name = leaver(words.own)
        if name and not _is_sender(name, sender, sender_name):
            # somebody writes about a colleague: never block the one who writes
            gone = next((email for email in others if _fits(name, email)), "")
            about |= {"leaver": name, "old_email": gone}
        but = {*own, about["old_email"], sender}
        return {**about, "successor": successor(words.own, but)}
    return about


def _is_sender(name: str, sender: str, sender_name: str) -> bool:
    known = set(fold(f"{sender_name} {sender}").replace(".", " ").split())
    return bool(known & set(fold(name).split())) or _fits(name, sender)


def _fits(name: str, email: str) -> bool:
    last = fold(name).split()[-1]
    return len(last) > 2 and last in fold(email.partition("@")[0])
