"""Record consents as they come about: on the web, on paper, by import, over years."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from ..people import SEED, Contact

WORDING = {
    "de_DE": "Ja, ich möchte den Newsletter des Kulturvereins Lindenhof per E-Mail"
    " erhalten. Ich kann ihn jederzeit abbestellen.",
    "en_US": "Yes, I would like to receive the newsletter of Kulturverein Lindenhof by"
    " e-mail. I can unsubscribe at any time.",
    "fr_FR": "Oui, je souhaite recevoir la lettre d’information du Kulturverein"
    " Lindenhof par courriel. Je peux me désabonner à tout moment.",
}
BY_STAFF = (
    {"source": "paper", "note": "Card filled in at the summer party."},
    {"source": "phone", "note": "Asked for the newsletter on the phone."},
    {"source": "membership form", "note": "Ticked on the form, folder 2021/B."},
)
IMPORT = {"source": "old list", "note": "Taken over from the old mailing program."}
CHANNELS = ("link", "reply", "phone", "staff")


def record(env, people: list[Contact]) -> None:
    """One consent for each address, with the evidence that leads to its state."""
    owners = {person.address: person for person in people if person.address}
    # Most of those without consent were never asked; a few were entered in vain.
    asked = [
        person
        for number, person in enumerate(owners.values())
        if person.consent != "none" or number % 5 == 0
    ]
    # some have one already: their address says [NO MAILING], or they left a list
    found = env["newsletter.consent"]._for_addresses(
        [person.address for person in asked], env.company
    )
    by_email = {consent.email: consent for consent in found}
    consents = [by_email[person.address] for person in asked]
    dice = random.Random(SEED)
    for person, consent in zip(asked, consents, strict=True):
        history = _HISTORIES.get(person.consent)
        if history:
            # below the four years after which a consent that nobody used counts no more
            at = datetime.now() - timedelta(seconds=dice.randint(40, 1400) * 86000)
            history(consent, person, at.replace(microsecond=0), dice)


def _single(consent, person: Contact, at: datetime, dice: random.Random) -> None:
    if dice.random() < 0.3:
        consent._record("import", at, **IMPORT)
    else:
        consent._record("staff", at, **dice.choice(BY_STAFF))


def _pending(consent, person: Contact, at: datetime, dice: random.Random) -> None:
    consent._record(
        "request",
        at,
        wording=WORDING[person.lang],
        wording_version="2024-1" if at.year > 2023 else "2018-1",
        lang=person.lang,
        source="https://lindenhof.example.org/newsletter",
        ip=f"192.0.2.{dice.randint(1, 254)}",
    )
    consent._record("mail", at + timedelta(seconds=3), lang=person.lang)


def _confirmed(consent, person: Contact, at: datetime, dice: random.Random) -> None:
    _pending(consent, person, at, dice)
    consent._record(
        "confirmation",
        at + timedelta(minutes=dice.randint(1, 2000)),
        channel="link",
        ip=f"192.0.2.{dice.randint(1, 254)}",
    )


def _withdrawn(consent, person: Contact, at: datetime, dice: random.Random) -> None:
    before = _single if dice.random() < 0.3 else _confirmed
    before(consent, person, at, dice)
    consent._record(
        "withdrawal",
        at + timedelta(days=dice.randint(3, 38)),
        channel=dice.choice(CHANNELS),
    )


_HISTORIES = {
    "single": _single,
    "pending": _pending,
    "confirmed": _confirmed,
    "withdrawn": _withdrawn,
}
