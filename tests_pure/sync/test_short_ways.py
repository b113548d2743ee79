"""What a million people take a short way through says what the long way says."""

from __future__ import annotations

import json
import unicodedata
from hashlib import blake2b

from hypothesis import example, given
from hypothesis import strategies as st

from newsletter_sync.sync import address
from newsletter_sync.sync.values import digest_of_texts, normalise

# made of what addresses are made of, so that many are plain and many nearly
pieces = st.sampled_from(
    [*"aZ09._+-@@ \n", "anna", "example.org", "ab--c.de", "LOCAL", ".invalid", "ü", "٣"]
)
addresses = st.one_of(
    st.lists(pieces, max_size=9).map("".join),
    st.text(max_size=80),
    st.emails(),
    st.builds("{}@{}".format, st.text("a.", max_size=70), st.text("ab.-", max_size=70)),
)


@given(addresses)
@example("a" * 65 + "@example.org")
@example("anna@printer.LOCAL")
@example("anna@local")
@example("anna@example.org\n")
@example("a@b@example.org")
@example("a@" + "b" * 63 + "." + "c" * 190 + ".de")
def test_a_plain_address_is_what_a_close_reading_gives(text):
    assert address.usable(text) == address.parse(text).email
    if address._is_plain(text):
        assert address._read_closely(text) == (text.lower(), None)
        found = address.validate_email(
            text.lower(), check_deliverability=False, test_environment=True
        )
        assert found.normalized == text.lower()


@given(addresses)
def test_an_address_is_normalised_in_its_two_parts(text):
    local, at, domain = text.strip().rpartition("@")
    small = local.lower() if local.isascii() else local
    assert address.normalise(text) == small + at + domain.lower()


@given(st.text() | st.text(" \t\r\n\0\x1c\x85a", max_size=9))
def test_a_text_of_plain_letters_is_compared_like_any_other(text):
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    assert normalise(text) == composed.replace("\0", "").strip()


halves = st.text(st.characters(categories=["Cs"]))


@given(st.dictionaries(st.text(), st.text() | halves))
def test_digests_are_made_of_json(texts):
    known = json.dumps(sorted(texts.items())).encode()
    assert digest_of_texts(texts) == blake2b(known, digest_size=8).hexdigest()
