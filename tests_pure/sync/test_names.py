"""Names of one field, split without a guess and without a loss."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter_sync.sync import names
from newsletter_sync.sync.names import PersonName, is_company_name, parse_name

#: text: salutation, title, first, last, suffix
GERMAN = {
    "Dr. Anna-Lena von der Heide": ("", "Dr.", "Anna-Lena", "von der Heide", ""),
    "Heide, Anna-Lena von der": ("", "", "Anna-Lena", "von der Heide", ""),
    "Frau Prof. Dr. med. Ursula Müller-Lüdenscheidt": (
        "mrs",
        "Prof. Dr. med.",
        "Ursula",
        "Müller-Lüdenscheidt",
        "",
    ),
    "Herr Dipl.-Ing. Karl zu Guttenberg": (
        "mr",
        "Dipl.-Ing.",
        "Karl",
        "zu Guttenberg",
        "",
    ),
    "Dipl.-Ing. (FH) Peter Kurz": ("", "Dipl.-Ing. (FH)", "Peter", "Kurz", ""),
    "Dr. h.c. Graf Luckner": ("", "Dr. h.c.", "", "Graf Luckner", ""),
    "Dr. h. c. Graf Luckner": ("", "Dr. h.c.", "", "Graf Luckner", ""),
    "Herr Otto Graf Lambsdorff": ("mr", "", "Otto", "Graf Lambsdorff", ""),
    "Steffi Graf": ("", "", "Steffi", "Graf", ""),
    "Max Mustermann jun.": ("", "", "Max", "Mustermann", "jun."),
    "Max Mustermann Junior": ("", "", "Max", "Mustermann", "Junior"),
    "Herr Weber jun.": ("mr", "", "", "Weber", "jun."),
    "Anna Sen": ("", "", "Anna", "Sen", ""),
    "Anna Weber geb. Kurz": ("", "", "Anna", "Weber", "geb. Kurz"),
    "Anna Weber (nur privat)": ("", "", "Anna", "Weber", "(nur privat)"),
    "Anna (Anni) Weber": ("", "", "Anna (Anni)", "Weber", ""),
    "Anna Weber jun. M.A.": ("", "", "Anna", "Weber", "jun. M.A."),
    "Anna Weber, M.A.": ("", "", "Anna", "Weber", "M.A."),
    "Weber, Frau Dr. Anna, MBA": ("mrs", "Dr.", "Anna", "Weber", "MBA"),
    "Weber, Frau": ("mrs", "", "", "Weber", ""),
    "Herr, Peter": ("", "", "Peter", "Herr", ""),
    "Herr Björn Florian Färber": ("mr", "", "Björn Florian", "Färber", ""),
    "Amélie Färber": ("", "", "Amélie", "Färber", ""),
    "Frau Dr. Scholz": ("mrs", "Dr.", "", "Scholz", ""),
    "Frau Dr.Scholz": ("mrs", "Dr.", "", "Scholz", ""),
    "Frau von der Heide": ("mrs", "", "", "von der Heide", ""),
    "Peter zur Mühlen": ("", "", "Peter", "zur Mühlen", ""),
    "Familie Schmidt": ("family", "", "", "Schmidt", ""),
    "Eheleute Anna und Peter Kurz": ("family", "", "Anna und Peter", "Kurz", ""),
    "Herr und Frau Kurz": ("family", "", "", "Kurz", ""),
    "Herr Peter und Frau Anna Kurz": ("family", "", "Peter und Frau Anna", "Kurz", ""),
    "Divers Alex Kim": ("neutral", "", "Alex", "Kim", ""),
    "Madonna": ("", "", "", "Madonna", ""),
    "Andrea Rossi": ("", "", "Andrea", "Rossi", ""),
    "Muster GmbH & Co. KG": ("", "", "", "Muster GmbH & Co. KG", ""),
    "": ("", "", "", "", ""),
    " , ": ("", "", "", "", ""),
}
FOREIGN = {
    ("Mr. Johnny Cash", "en_US"): ("mr", "", "Johnny", "Cash", ""),
    ("Mr. and Mrs. Smith", "en_GB"): ("family", "", "", "Smith", ""),
    ("Frau Anna Weber", "en_US"): ("mrs", "", "Anna", "Weber", ""),
    ("Baron Davis", "en_US"): ("", "Baron", "", "Davis", ""),
    ("Mme Marie de La Fontaine", "fr_FR"): ("mrs", "", "Marie", "de La Fontaine", ""),
    ("M. Jean Dupont", "fr_FR"): ("mr", "", "Jean", "Dupont", ""),
    ("M. Jean Dupont", "de_DE"): ("", "", "M. Jean", "Dupont", ""),
    ("García Márquez, Gabriel", "es_ES"): ("", "", "Gabriel", "García Márquez", ""),
    ("Alex Kim", None): ("", "", "Alex", "Kim", ""),
}

titles = st.sampled_from(["", "Dr.", "Prof. Dr.", "Dr. rer. nat.", "Dipl.-Kfm."])
firsts = st.sampled_from(["Anna", "Anna-Lena", "Björn Florian", "Amélie", "Karl"])
lasts = st.sampled_from(
    ["Färber", "von der Heide", "zu Guttenberg", "Müller-Lüdenscheidt", "Graf Luckner"]
)
suffixes = st.sampled_from(["", "jun.", "M.A.", "geb. Kurz", "(privat)"])
PIECES = (
    "Anna Weber von der Dr. Prof. med. Herr und Graf jun. (privat) 'Anni' , geb. II"
    " MBA Sir de la O'Brien St. aka & ( ) \" - Ph. D. Müller-Lüdenscheidt"
)
pieces = st.sampled_from(PIECES.split())
texts = st.lists(pieces, max_size=7).map(" ".join) | st.text(max_size=25)


def parts(name: PersonName) -> tuple[str, ...]:
    return (name.title, name.first, name.last, name.suffix)


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalnum())


@pytest.mark.parametrize(("text", "expected"), GERMAN.items())
def test_german_names(text, expected):
    name = parse_name(text, "de_DE")
    assert (name.salutation, *parts(name)) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"), [(*k, v) for k, v in FOREIGN.items()]
)
def test_names_of_other_languages(text, lang, expected):
    name = parse_name(text, lang)
    assert (name.salutation, *parts(name)) == expected


@pytest.mark.parametrize("nothing", [None, False, "", "  "])
def test_no_name(nothing):
    assert parse_name(nothing) == PersonName()


@pytest.mark.parametrize(
    "name", ["Muster GmbH", "Beispiel AG", "Firma Kurz", "Sonne e.V.", "Acme Inc."]
)
def test_companies_are_left_alone(name):
    assert is_company_name(name)
    assert parse_name(name) == PersonName(last=name)


@pytest.mark.parametrize("name", ["Anna Weber", "Agnes Kger", "Firmain Kurz"])
def test_people_are_no_companies(name):
    assert not is_company_name(name)


def test_long_text_is_left_alone():
    assert parse_name("word " * 50_000).last.startswith("word word")


@settings(max_examples=150, deadline=None)
@given(texts, st.sampled_from(["de", "en", "fr"]))
@example("Prof. Prof.", "de")
def test_no_letter_is_lost_or_made_up(text, lang):
    name = parse_name(text, lang)
    kept = letters(" ".join(parts(name)))
    assert kept <= letters(text)
    if not name.salutation:
        assert kept == letters(text)


@settings(max_examples=100, deadline=None)
@given(titles, firsts, lasts, suffixes)
def test_joined_parts_split_into_the_same_parts(title, first, last, suffix):
    natural = " ".join(filter(None, [title, first, last, suffix]))
    by_last_name = f"{last}, " + " ".join(filter(None, [title, first, suffix]))
    assert parts(parse_name(natural)) == (title, first, last, suffix)
    assert parts(parse_name(by_last_name)) == (title, first, last, suffix)


@given(firsts, lasts)
def test_gender_is_never_guessed(first, last):
    assert parse_name(f"{first} {last}").salutation == ""


plain_words = st.from_regex(names._PLAIN, fullmatch=True)


@settings(max_examples=150, deadline=None)
@given(st.lists(plain_words, min_size=2, max_size=4), st.sampled_from(["", ","]))
def test_plain_names_are_split_as_the_library_does(words, comma):
    text = f"{words[0]}{comma} {' '.join(words[1:])}"
    split = parse_name.__wrapped__
    with patch.object(names, "_is_plain", return_value=False):
        closely = split(text, "de")
    assert split(text, "de") == closely
