"""Invent the people of an organisation: who they are, and how the main job must treat
each of them.

The same 500 every time. Nothing here knows Odoo; what is expected is decided here and
nowhere else, so that the demo can hold the real outcome against it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import words

if TYPE_CHECKING:
    from ...connectors.capabilities import Capabilities

SEED = 1906
COMPANIES = 60
#: What becomes of so many; the rest of the people is new in the tool.
FATES = {
    "updated": 24,
    "unchanged": 41,
    "no_address": 26,
    "invalid": 10,
    "no_mailing": 8,
    "archived": 13,
    "duplicate": 11,
    "blocklisted": 6,
    "unwanted": 7,
    "withdrawn": 12,
    "left_list": 4,
    "undeliverable": 3,
    "blocked_in_tool": 2,
    "pending": 19,
    "none": 52,
    "single": 23,
}
NUMBER = 500
#: These end up as subscribed recipients of the tool.
ARRIVING = ("new", "updated", "unchanged")
#: These stand in the tool's list before the first run.
KNOWN_TO_TOOL = ("updated", "unchanged", "left_list", "undeliverable")
#: Fates that are a state of consent; all others have confirmed, and still do not count.
CONSENT_FATES = ("withdrawn", "pending", "none", "single")


@dataclass
class Contact:
    """One contact as it shall stand in Odoo."""

    name: str
    address: str
    """The usable address; empty if there is none."""
    typed: str
    """What a clerk typed into the e-mail field."""
    fate: str
    lang: str = "de_DE"
    salutation: str = ""
    employer: str = ""
    function: str = ""
    town: str = ""
    postcode: str = ""
    street: str = ""
    tags: list[str] = field(default_factory=list)
    is_company: bool = False

    @property
    def consent(self) -> str:
        """The state of consent that belongs to the fate."""
        return self.fate if self.fate in CONSENT_FATES else "confirmed"


def invent() -> list[Contact]:
    """All contacts: companies first, for people work there; duplicates last, for the
    first of two with one address is the one who gets the mail."""
    return _Inventor().people()


def expected_in_tool(people: list[Contact], can: Capabilities) -> set[str]:
    """The addresses that must be subscribed in the tool after the main job.

    A tool that forgets who left, or that lets nobody block an address, knows nothing
    against these people; they agreed, so they arrive.
    """
    arriving = set(ARRIVING)
    if not can.keeps_leavers:
        arriving.add("left_list")
    if not can.write_blocklist:
        arriving.add("blocked_in_tool")
    return {person.address for person in people if person.fate in arriving}


class _Inventor:
    def __init__(self) -> None:
        self._random = random.Random(SEED)
        self._taken: set[str] = set()
        self._names: set[str] = set()

    def people(self) -> list[Contact]:
        fates = self._fates()
        companies = [self._company(next(fates)) for _ in range(COMPANIES)]
        persons = [self._person(fate, self._random.choice(companies)) for fate in fates]
        people = companies + persons
        partners = [person for person in persons if person.fate == "new"]
        for first in self._random.sample(partners, FATES["duplicate"]):
            people.append(self._same_address(first))
        for person in people:
            person.typed = self._typed(person)
            person.tags = self._random.sample(
                list(words.TAGS), self._random.choice((0, 1, 1, 2))
            )
        return people

    def _fates(self) -> Iterator[str]:
        """All fates but the duplicates', shuffled; companies draw first."""
        fates = [fate for fate, number in FATES.items() for _ in range(number)]
        fates += ["new"] * (NUMBER - len(fates))
        fates = [fate for fate in fates if fate != "duplicate"]
        self._random.shuffle(fates)
        return iter(fates)

    # --- kinds of contacts ---------------------------------------------------------
    def _company(self, fate: str) -> Contact:
        town, postcode, street = self._random.choice(words.PLACES)
        while True:
            if self._random.random() < 0.4:
                name = f"{self._random.choice(words.ASSOCIATIONS)} {town} e. V."
            else:
                owner = self._random.choice(words.NAMES["de_DE"][2][:50])
                trade = self._random.choice(words.TRADES)
                name = f"{trade} {owner} {self._random.choice(words.LEGAL_FORMS)}"
            if name not in self._names:
                break
            town, postcode, street = self._random.choice(words.PLACES)
        self._names.add(name)
        # Without its legal form, as one would register it.
        short = name.removesuffix(" e. V.")
        for form in words.LEGAL_FORMS:
            short = short.removesuffix(f" {form}")
        address = self._free("info", f"{words.in_ascii(short)}.test")
        number = self._random.randint(1, 90)
        return Contact(
            name,
            address,
            "",
            fate,
            town=town,
            postcode=postcode,
            street=f"{street} {number}",
            is_company=True,
        )

    def _person(self, fate: str, company: Contact) -> Contact:
        lang = self._random.choices(("de_DE", "en_US", "fr_FR"), (80, 11, 9))[0]
        women, men, lasts = words.NAMES[lang]
        is_woman = self._random.random() < 0.52
        first = self._random.choice(women if is_woman else men)
        last = self._random.choice(lasts)
        title = ""
        # The tool lacks the field for titles at first: who has one gets updated.
        if fate != "unchanged" and self._random.random() < 0.14:
            title = self._random.choice(words.TITLES)
        known = fate == "unchanged" or self._random.random() < 0.6
        person = Contact(
            " ".join(filter(None, (title, first, last))),
            "",
            "",
            fate,
            lang=lang,
            salutation=("mrs" if is_woman else "mr") if known else "",
        )
        user = f"{words.in_ascii(first)}.{words.in_ascii(last)}"
        if lang == "de_DE" and self._random.random() < 0.2:
            person.employer = company.name
            person.function = self._random.choice(words.FUNCTIONS)
            domain = company.address.rpartition("@")[2]
        else:
            person.town, person.postcode, street = self._random.choice(words.PLACES)
            person.street = f"{street} {self._random.randint(1, 120)}"
            domain = self._random.choice(("example.org", "example.com", "example.net"))
        person.address = self._free(user, domain)
        return person

    def _same_address(self, first: Contact) -> Contact:
        """A couple with one mailbox, or one person entered twice."""
        copy = Contact(**{**vars(first), "fate": "duplicate"})
        if self._random.random() < 0.5:
            women, men, _lasts = words.NAMES[first.lang]
            other = self._random.choice(men if first.salutation == "mrs" else women)
            last = first.name.split()[-1]
            copy.name, copy.salutation = f"{other} {last}", ""
        return copy

    # --- addresses -------------------------------------------------------------------
    def _free(self, user: str, domain: str) -> str:
        number, address = 1, f"{user}@{domain}"
        while address in self._taken:
            number += 1
            address = f"{user}{number}@{domain}"
        self._taken.add(address)
        return address

    def _typed(self, person: Contact) -> str:
        """The address as people type it, with what else they write there."""
        address = person.address
        if person.fate == "no_address":
            person.address = ""
            return ""
        if person.fate == "invalid":
            person.address = ""
            text = self._random.choice(words.NO_REAL_ADDRESS)
            return text.format(user=address.partition("@")[0])
        if person.fate == "no_mailing":
            return self._random.choice(
                (f"[NO MAILING] {address}", f"{address} [NO MAILING]")
            )
        forms = (address.upper(), f"{person.name} <{address}>", f" {address} ")
        return self._random.choices(
            (address, *forms, address.title()), (90, 2, 4, 2, 2)
        )[0]
