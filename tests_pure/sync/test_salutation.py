"""The first line of a letter, per language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.names import PersonName, parse_name
from newsletter_sync.sync.salutation import (
    ANREDE,
    LETTER,
    anrede,
    letter_salutation,
)

GERMAN = {
    "Frau Dr. Scholz": "Sehr geehrte Frau Dr. Scholz,",
    "Herr Prof. Dr. med. Hans Müller": "Sehr geehrter Herr Prof. Dr. Müller,",
    "Herr Prof. Dr. Dr. h.c. mult. Karl Otto": "Sehr geehrter Herr Prof. Dr. Otto,",
    "Frau Professorin Anna Kurz": "Sehr geehrte Frau Professorin Kurz,",
    "Herr Dipl.-Ing. Karl zu Guttenberg": "Sehr geehrter Herr zu Guttenberg,",
    "Herr von der Heide": "Sehr geehrter Herr von der Heide,",
    "Herr Dr. Otto Graf Lambsdorff": "Sehr geehrter Herr Dr. Graf Lambsdorff,",
    "Herr Max Mustermann jun.": "Sehr geehrter Herr Mustermann,",
    "Familie Schmidt": "Sehr geehrte Familie Schmidt,",
    "Herr und Frau Kurz": "Sehr geehrte Familie Kurz,",
    "Divers Alex Kim": "Guten Tag Alex Kim,",
    "Anna Weber": "Guten Tag Anna Weber,",
    "Dr. Anna Weber": "Guten Tag Dr. Anna Weber,",
    "Dr. Weber": "Guten Tag Dr. Weber,",
    "Muster GmbH": "Sehr geehrte Damen und Herren,",
    "Madonna": "",
    "anna@example.org": "",
    "Frau Dr.": "",
    "": "",
}
FOREIGN = {
    ("Ms. Scholz", "en_US"): "Dear Ms. Scholz,",
    ("Frau Dr. Scholz", "en_GB"): "Dear Dr. Scholz,",
    ("Herr Prof. Dr. Hans Müller", "en_GB"): "Dear Prof. Müller,",
    ("Mr. Johnny Cash", "en_US"): "Dear Mr. Cash,",
    ("Alex Kim", "en_US"): "Dear Alex Kim,",
    ("Familie Schmidt", "en_US"): "Dear Schmidt family,",
    ("Mme Marie Dupont", "fr_FR"): "Bonjour Madame Dupont,",
    ("Sra. Ana Pérez", "es_ES"): "Estimada Sra. Pérez:",
    ("Sig. Mario Rossi", "it_IT"): "Gentile Signor Rossi,",
    ("Dhr. Jan de Vries", "nl_NL"): "Geachte heer de Vries,",
    ("Jan Kowalski", "pl_PL"): "Dear Jan Kowalski,",
    ("Jan Kowalski", None): "Dear Jan Kowalski,",
}

words = st.text("abÄ{}. ", max_size=8).map(str.strip)
people = st.builds(
    PersonName,
    st.sampled_from(["", "mr", "mrs", "family", "neutral"]),
    words | st.just("Dr."),
    words,
    words,
)


@pytest.mark.parametrize(("name", "line"), GERMAN.items())
def test_german(name, line):
    assert letter_salutation(parse_name(name, "de"), "de_DE") == line


@pytest.mark.parametrize(
    ("name", "lang", "line"), [(*key, line) for key, line in FOREIGN.items()]
)
def test_other_languages(name, lang, line):
    assert letter_salutation(parse_name(name, lang), lang) == line


def test_company_by_flag():
    line = letter_salutation(PersonName(), "de", company=True)
    assert line == "Sehr geehrte Damen und Herren,"


def test_known_salutation_without_last_name_is_greeted_by_first_name():
    person = PersonName(salutation="mrs", first="Anna")
    assert letter_salutation(person, "de") == "Guten Tag Anna,"
    assert letter_salutation(person, "es") == "Buenos días, Anna:"


@pytest.mark.parametrize(
    ("code", "lang", "word"),
    [
        ("mr", "de_DE", "Herr"),
        ("mrs", "de_AT", "Frau"),
        ("family", "de", "Familie"),
        ("neutral", "de", ""),
        ("", "de", ""),
        ("mr", "en_US", "Mr."),
        ("mrs", "pl_PL", "Ms."),
        ("mrs", None, "Ms."),
    ],
)
def test_anrede(code, lang, word):
    assert anrede(code, lang) == word


def test_tables_are_complete():
    assert ANREDE.keys() == LETTER.keys()
    for lines in LETTER.values():
        assert {"mr", "mrs", "family", "neutral", "company"} <= lines.keys()


@given(people, st.sampled_from([*LETTER, "pl", ""]))
def test_line_is_whole_or_empty(person, lang):
    line = letter_salutation(person, lang)
    assert not line or (line[-1] in ",:" and "  " not in line)
    assert bool(line) <= bool(person.first or person.last)
