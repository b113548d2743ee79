"""How a person is addressed, per language: two tables and one rule.

The letter salutation is complete, with its comma ("Sehr geehrte Frau Dr. Scholz,"), so
that a template can put it down as it is or take its own words where it is empty. Who is
not known to be a man or a woman is greeted by name, without a guess.
"""

from __future__ import annotations

from .names import PersonName, is_company_name

#: The word in front of a name. "neutral" has none in any language.
ANREDE = {
    "de": {"mr": "Herr", "mrs": "Frau", "family": "Familie"},
    "en": {"mr": "Mr.", "mrs": "Ms.", "family": "Family"},
    "fr": {"mr": "Monsieur", "mrs": "Madame", "family": "Famille"},
    "es": {"mr": "Sr.", "mrs": "Sra.", "family": "Familia"},
    "it": {"mr": "Signor", "mrs": "Signora", "family": "Famiglia"},
    "nl": {"mr": "De heer", "mrs": "Mevrouw", "family": "Familie"},
}

#: The line a letter begins with. "titled" takes the place of mr and mrs where a
#: language drops them before a title.
LETTER = {
    "de": {
        "mr": "Sehr geehrter Herr {title} {last},",
        "mrs": "Sehr geehrte Frau {title} {last},",
        "family": "Sehr geehrte Familie {last},",
        "neutral": "Guten Tag {title} {first} {last},",
        "company": "Sehr geehrte Damen und Herren,",
    },
    "en": {
        "mr": "Dear Mr. {last},",
        "mrs": "Dear Ms. {last},",
        "titled": "Dear {title} {last},",
        "family": "Dear {last} family,",
        "neutral": "Dear {title} {first} {last},",
        "company": "Dear Sir or Madam,",
    },
    "fr": {
        "mr": "Bonjour Monsieur {last},",
        "mrs": "Bonjour Madame {last},",
        "family": "Chère famille {last},",
        "neutral": "Bonjour {first} {last},",
        "company": "Madame, Monsieur,",
    },
    "es": {
        "mr": "Estimado Sr. {last}:",
        "mrs": "Estimada Sra. {last}:",
        "family": "Estimada familia {last}:",
        "neutral": "Buenos días, {first} {last}:",
        "company": "Estimados señores y señoras:",
    },
    "it": {
        "mr": "Gentile Signor {last},",
        "mrs": "Gentile Signora {last},",
        "family": "Gentile famiglia {last},",
        "neutral": "Gentile {first} {last},",
        "company": "Gentili Signore e Signori,",
    },
    "nl": {
        "mr": "Geachte heer {last},",
        "mrs": "Geachte mevrouw {last},",
        "family": "Geachte familie {last},",
        "neutral": "Beste {first} {last},",
        "company": "Geachte heer, mevrouw,",
    },
}

#: The titles that are said, highest first, as they are written in a letter. Faculties,
#: "h.c." and degrees such as "Dipl.-Ing." belong on the envelope only.
SPOKEN_TITLES = (
    ("Professorin", {"professorin"}),
    ("Professor", {"professor"}),
    ("Prof.", {"prof", "univ.-prof"}),
    ("Dr.", {"dr", "dres", "doktor", "dr.-ing"}),
)
#: German keeps "Prof. Dr." together; elsewhere the highest title stands alone.
KEEPS_ALL_TITLES = {"de"}

FALLBACK = "en"


def anrede(code: str, lang: str | None = "de") -> str:
    """Return the word for a salutation code: "Herr", "Ms.", … or nothing."""
    return ANREDE[_language(lang)].get(code, "")


def letter_salutation(
    person: PersonName, lang: str | None = "de", company: bool = False
) -> str:
    """Return the first line of a letter, or nothing where no name is known.

    Without a known salutation the greeting is neutral, and needs first and last name:
    a single word may be anything. Companies are known by the flag or a legal form.
    """
    language = _language(lang)
    if company or is_company_name(person.last):
        return LETTER[language]["company"]
    title = _spoken_title(person.title, language)
    style = _style(person, title, LETTER[language])
    if not style:
        return ""
    line = LETTER[language][style].format(
        title=title, first=person.first, last=person.last
    )
    return " ".join(line.split()).replace(" ,", ",").replace(" :", ":")


def _style(person: PersonName, title: str, known: dict[str, str]) -> str:
    """Return the row of the table that fits, or nothing."""
    if "@" in person.first + person.last:  # the address stands in for the name
        return ""
    code = person.salutation
    if code in ("mr", "mrs", "family") and person.last:
        return "titled" if title and code != "family" and "titled" in known else code
    is_person = code or title or (person.first and person.last)
    return "neutral" if is_person and (person.first or person.last) else ""


def _spoken_title(title: str, language: str) -> str:
    words = {word.rstrip(".").lower() for word in title.split()}
    spoken = [said for said, written in SPOKEN_TITLES if words & written]
    return " ".join(spoken if language in KEEPS_ALL_TITLES else spoken[:1])


def _language(lang: str | None) -> str:
    code = (lang or "")[:2].lower()
    return code if code in LETTER else FALLBACK
