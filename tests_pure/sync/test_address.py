"""One spelling per mailbox, one reason per unusable address."""

from __future__ import annotations

import re

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter_sync.sync import address
from newsletter_sync.sync.address import masked, normalise, parse

LONG_DOMAIN = ".".join(["a" * 60] * 4) + ".example.org"

VALID = {
    "anna@example.org": "anna@example.org",
    " Anna.Weber@Example.ORG \n": "anna.weber@example.org",
    "Anna <anna@example.org>, b@example.org": "anna@example.org",
    "a@example.org; b@example.org": "a@example.org",
    "a@example.org\nb@example.org": "a@example.org",
    '"Weber, Anna" <anna@example.org>': "anna@example.org",
    '"anna@work" <anna@example.org>': "anna@example.org",
    "anna@example.org <anna@example.org>": "anna@example.org",
    "anna@example.org (old, private), b@example.org": "anna@example.org",
    "Anna Weber anna@example.org": "anna@example.org",
    "mailto:anna@example.org": "anna@example.org",
    "anna@example.org (private)": "anna@example.org",
    "anna @ example.org": "anna@example.org",
    "o'brien+news@mail.example.com": "o'brien+news@mail.example.com",
    "anna@shop.test": "anna@shop.test",
    "anna@shop.example": "anna@shop.example",
    "Jürgen@Bücher.DE": "Jürgen@bücher.de",
    "anna@xn--bcher-kva.de": "anna@xn--bcher-kva.de",
    "用户@例え.test": "用户@例え.test",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
}

INVALID = [
    "anna",
    "-",
    "anna.example.org",
    "@example.org",
    "anna@",
    "anna@example",
    "anna@test",
    "anna@localhost",
    "anna@printer.local",
    "anna@shop.invalid",
    "anna@example.org.",
    ".anna@example.org",
    "anna.@example.org",
    "an..na@example.org",
    "anna@@example.org",
    "anna@example..org",
    "anna@-example.org",
    "anna@ab--cd.org",
    "anna@example.123",
    "anna@[192.0.2.1]",
    '"anna weber"@example.org',
    "an\0na@example.org",
    "anna@example.org\0",
    "anna\u200b@example.org",
    "anna@bu\u0308cher.de",  # decomposed: the same mailbox as bücher.de, spelled apart
    "ju\u0308rgen@example.org",
    "anna@ｅxample.org",
    "anna@\ud800.org",
    "\u212aarl@example.org\u212a",  # Kelvin signs lower to ASCII letters
    "a" * 65 + "@example.org",
    "anna@" + "a" * 64 + ".org",
    "anna@" + LONG_DOMAIN,
    "'anna@example.org' <anna@example.org>",
    "anna@example.org private",
    "<anna@example.org",
    "broken@, anna@example.org",
    "broken@example, anna@example.org",
]

MARKED = {
    "[NO MAILING] anna@example.org": "anna@example.org",
    "anna@example.org [NO MAILING]": "anna@example.org",
    "anna@example.org[no mailing]moved, see b@example.org": "anna@example.org",
    "anna[No  Mailing]@Example.org": "anna@example.org",
    "an[NO-MAILING]na@example.org": "anna@example.org",
    "anna@example.org[NOMAILING]": "anna@example.org",
    "Anna <anna@example.org[ NO_MAILING ]>": "anna@example.org",
    "(no\nmailing) anna@example.org": "anna@example.org",
    "anna@example.org NO MAILING since May": "anna@example.org",
    "a@example.org, b@example.org [NO MAILING]": "a@example.org",
    "anna@example.org, [NO MAILING": "anna@example.org",
    "[NO MAILING]": "",
    "[NO MAILING] anna": "",
}

words = st.text("ab1._-+@<> ,;\"'[]()ü\0\u0308ＡK", max_size=30)
locals_ = st.text("aZ0_+.-", min_size=1, max_size=66)
labels = st.text("xN0-", min_size=1, max_size=6) | st.just("a" * 64)
endings = st.sampled_from(["org", "TEST", "local", "invalid", "x", "c0m", "xn--p1ai"])
spellings = st.builds("{}@{}.{}".format, locals_, labels, endings) | st.builds(
    "{}@{}.{}.{}".format, locals_, labels, labels, endings
)


@pytest.mark.parametrize(("raw", "email"), VALID.items())
def test_first_address_is_found(raw, email):
    found = parse(raw)
    assert (found.raw, found.email, found.problem) == (raw, email, None)


@pytest.mark.parametrize("raw", INVALID)
def test_what_cannot_be_mailed_is_invalid(raw):
    found = parse(raw)
    assert (found.email, found.problem) == ("", "invalid")


@pytest.mark.parametrize("raw", [None, False, "", "  ", "\n"])
def test_nothing_is_no_address(raw):
    assert parse(raw).problem == "no_address"


@pytest.mark.parametrize(("raw", "email"), MARKED.items())
def test_marker_keeps_out_and_tells_the_address(raw, email):
    found = parse(raw)
    assert (found.email, found.problem) == (email, "no_mailing")


@pytest.mark.parametrize("raw", ["no-mailing@example.org", "nomailing@example.org"])
def test_marker_is_not_seen_in_an_ordinary_address(raw):
    assert parse(raw).problem is None


@given(words)
def test_any_text_is_answered_and_the_answer_is_stable(raw):
    found = parse(raw)
    assert bool(found.email) or found.problem
    if found.email:
        assert parse(found.email).email == normalise(found.email) == found.email


@given(
    words, st.sampled_from(["[NO MAILING]", "[no mailing]", "[ No-Mailing ]"]), words
)
def test_marker_is_seen_anywhere(before, marker, after):
    assert parse(before + marker + after).problem == "no_mailing"


@settings(max_examples=300)
@given(spellings)
def test_plain_path_accepts_only_what_the_library_accepts(raw):
    """Also: both paths give the same answer."""
    found = parse(raw)
    if address._is_plain(raw):
        validate_email(
            raw, strict=True, check_deliverability=False, test_environment=True
        )
    assert (found.email, found.problem) == address._read_closely(raw)


@pytest.mark.parametrize("raw", ["a" * 200_000, "@ " * 100_000, '"' * 200_000])
def test_very_long_text_costs_no_time(raw):
    assert parse(raw).problem == "invalid"


@pytest.mark.parametrize(
    ("email", "hidden"),
    [
        ("anna@example.org", "a***@example.org"),
        ("a@example.org", "***@example.org"),
        ("anna", "***"),
        ("", "***"),
    ],
)
def test_masked(email, hidden):
    assert masked(email) == hidden


@given(
    st.one_of(
        st.from_regex(address.SURE, fullmatch=True),
        st.from_regex(
            r"[a-z.-]{1,9}@[a-z0-9.-]{1,9}\.(local|arpa|org)", fullmatch=True
        ),
    )
)
def test_what_is_sure_needs_no_closer_reading(text):
    """The same is asked of a whole table by PostgreSQL, which reads only the others."""
    sure = (
        len(text) <= address.SURE_LENGTH
        and re.search(address.SURE, text)
        and not re.search(address.UNMAILABLE, text)
    )
    if sure:
        assert parse(text) == address.Address(text, text)
