"""Rule D2: what a confirmation mail must not contain is hinted at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter_sync.sync.neutrality import Hint, hints

LINK = "https://odoo.example.org/newsletter/confirm/token"
NEUTRAL = f"""
<p>Guten Tag, mit dieser Adresse wurde der Newsletter der Muster GmbH bestellt.</p>
<p><a href="{LINK}">Ja, bestätigen</a></p>
<p>Wenn Sie nichts tun, erhalten Sie nichts. Muster GmbH, Hauptstraße 1, 12345 Ort</p>
"""


def kinds(html):
    return [(found.hint, found.text) for found in hints(html, LINK)]


def test_D2_a_neutral_mail_gives_no_hint():
    assert kinds(NEUTRAL) == []


def test_D2_further_links_are_hinted_at():
    shop = NEUTRAL + '<a href="https://shop.example.org">Shop</a>'
    assert kinds(shop) == [(Hint.LINK, "https://shop.example.org")]
    notice = NEUTRAL + (
        '<a href="https://www.example.org/imprint">Imprint</a>'
        '<a href="mailto:office@example.org">Mail</a>'
    )
    assert hints(notice, LINK, ("https://www.example.org/imprint",)) == []


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="https://www.example.org/x.png"/>',
        '<td style="background: url(https://www.example.org/x.png)">x</td>',
        "<svg></svg>",
    ],
)
def test_D2_pictures_are_hinted_at(picture):
    assert [hint for hint, _text in kinds(NEUTRAL + picture)] == [Hint.IMAGE]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Sichern Sie sich Ihren Willkommensrabatt!", "willkommensrabatt"),
        ("Ihr Gutscheincode wartet", "gutscheincode"),
        ("Sparen Sie 20 % auf alles", "20 %"),
        ("Get a voucher", "voucher"),
        ("Buy  now", "buy  now"),
    ],
)
def test_D2_words_that_sell_are_hinted_at(text, word):
    assert (Hint.WORD, word) in kinds(f"{NEUTRAL}<p>{text}</p>")


@pytest.mark.parametrize(
    "text",
    ["Sie gewinnen nichts", "freedom, freelance", "wholesale", "die Aktion Mensch"],
)
def test_D2_words_are_whole_words(text):
    found = [word for hint, word in kinds(f"{NEUTRAL}<p>{text}</p>")]
    assert found == (["gewinnen"] if "gewinnen" in text else [])


def test_D2_a_missing_link_to_confirm_is_hinted_at():
    assert kinds("<p>Thanks</p>") == [(Hint.NO_LINK, "")]


def test_words_in_styles_do_not_count():
    assert kinds(NEUTRAL + "<style>.free {}</style>") == []


@given(st.text())
def test_any_text_can_be_read(html):
    hints(html, LINK)
