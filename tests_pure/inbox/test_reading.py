"""Charsets, encodings, HTML, quotations: the words a person wrote are found."""

from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter_sync.inbox import mail as mails
from newsletter_sync.inbox.automatic import automatic
from newsletter_sync.inbox.classify import classify
from newsletter_sync.inbox.quotes import own_words
from newsletter_sync.inbox.text import clean, from_html, unflow
from tests_pure.inbox.rule_data import rule_book


def mail(text="", headers=(), **content):
    message = EmailMessage()
    message["From"] = "Anna Berg <anna@example.org>"
    for name, value in headers:
        message[name] = value
    message.set_content(text, **content)
    return mails.read(message.as_bytes())


# --- bytes ------------------------------------------------------------------------
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1252", "iso-8859-15"])
@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_character_sets_and_encodings(charset, encoding):
    assert mail("Grüße aus Köln", charset=charset, cte=encoding).text == (
        "Grüße aus Köln"
    )


@pytest.mark.parametrize(
    "declared", ["", "x-unknown", "utf-8", "us-ascii", "punycode", "base64", '"', "=?"]
)
def test_a_wrong_character_set_costs_no_letter(declared):
    header = f"Content-Type: text/plain; charset={declared}\n\n".encode()
    assert mails.read(header + "für Köln".encode("cp1252")).text == "für Köln"
    assert mails.read(header + "für Köln".encode()).text == "für Köln"


def test_headers_are_decoded():
    raw = b"From: =?utf-8?q?J=C3=B6rg?= <Joerg@Example.ORG>\nSubject: =?x?q?a?= b\n\nx"
    found = mails.read(raw)
    assert (found.sender_name, found.sender) == ("Jörg", "joerg@example.org")
    assert found.subject


def test_an_empty_plain_part_gives_way_to_the_page():
    message = EmailMessage()
    message.set_content("\n")
    message.add_alternative("<p>Hallo <b>Welt</b>, wie geht es?</p>", subtype="html")
    assert mails.read(message.as_bytes()).text == "Hallo Welt, wie geht es?"


def test_attachments_and_attached_mails_are_not_the_text():
    inner = EmailMessage()
    inner.set_content("unsubscribe")
    message = EmailMessage()
    message.set_content("Siehe Anhang, danke!")
    message.add_attachment("unsubscribe", filename="note.txt")
    message.add_attachment(inner)
    assert mails.read(message.as_bytes()).text == "Siehe Anhang, danke!"


def test_flowed_text_is_joined():
    text = "one \ntwo\n> quoted \n> on\n-- \nme \nagain"
    assert unflow(text).split("\n") == ["one two", "> quoted on", "-- ", "me again"]
    assert unflow("zusam \nmen", delete_space=True) == "zusammen"


def test_a_page_becomes_what_one_sees():
    page = (
        "<style>p{}</style><div style='display:none'>preview</div><p>Eins<br>zwei</p>"
        "<blockquote><p>alt</p></blockquote><ul><li>drei</ul><script>x</script>"
    )
    lines = clean(from_html(page)).split("\n")
    assert list(filter(None, lines)) == ["Eins", "zwei", "> alt", "drei"]


@pytest.mark.parametrize("page", ["", "<", "<p", "<div>" * 3000, "\0", "<?xml?><p>a"])
def test_half_a_page_is_no_error(page):
    assert isinstance(from_html(page), str)


# --- quotations ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "quotation",
    [
        "Am 11.03.24 um 08:00 schrieb Verein:\n> zum Abmelden",
        "Am Mo., 11. März 2024 um 08:00 Uhr schrieb Verein <\nnews@x.example>:\n> Abm",
        "On Mon, Mar 11, 2024 at 8:00 AM News <n@x.example> wrote:\n\n> unsubscribe",
        "Verein <news@x.example> schrieb am Mo., 11. März 2024:\n\nAbmelden",
        "-----Ursprüngliche Nachricht-----\nVon: Verein\nAbmelden",
        "---------- Forwarded message ---------\nFrom: a\nunsubscribe",
        "Von: Verein\nGesendet: Montag\nAn: mich\nBetreff: x\n\nAbmelden",
        "*From:* News\n*Sent:* Monday\n*To:* me\n\nUnsubscribe",
        "________________________________\nFrom: News\nSent: today\nTo: me\nUnsub",
        "> unsubscribe\n> here",
    ],
)
def test_a_quotation_is_put_aside(quotation):
    words = own_words(f"Danke!\n\n{quotation}")
    assert words.own == "Danke!"
    assert words.quoted


def test_an_answer_below_the_quotation_is_kept():
    words = own_words(
        "Am 1.3.24 schrieb X <x@y.example>:\n> alt\n> alt\n\nMeine Antwort"
    )
    assert words.own == "Meine Antwort"


def test_signatures_and_telephones_are_put_aside():
    text = "Bitte.\n\nMit freundlichen Grüßen\nAnna\nUnsubscribe-Beauftragte"
    assert own_words(text).own == "Bitte.\n\nMit freundlichen Grüßen"
    assert own_words("Bitte.\n-- \nAnna").own == "Bitte."
    assert own_words("Bitte.\n\nVon meinem iPhone gesendet").own == "Bitte."


def test_a_second_language_after_the_first_signature_is_read():
    words = own_words("Hallo\nMfG\nA\n\nDear sender,\nI am away.\nBest regards\nA")
    assert "I am away." in words.own


@pytest.mark.parametrize(
    "footer",
    [
        "Sie erhalten diese E-Mail, weil Sie sich angemeldet haben.",
        "You are receiving this email because you subscribed.",
        "If you no longer wish to receive these emails, click here: https://x.example",
        "Wenn Sie diese E-Mail nicht mehr empfangen möchten, klicken Sie hier.",
        "Unsubscribe | View in browser",
        "Newsletter abbestellen: https://x.example/u",
    ],
)
def test_footers_of_newsletters_are_overlooked(footer):
    assert own_words(f"Schöner Bericht!\n{footer}").own == "Schöner Bericht!"
    assert own_words(f"Schöner Bericht! {footer}").own == "Schöner Bericht!"


def test_the_organisations_own_footer_is_overlooked():
    footer = "Tippen Sie ABMELDEN an"
    assert own_words("Ja.\n*Tippen  Sie abmelden an*\n", [footer]).own == "Ja."


def test_the_addressee_of_the_quotation_is_told():
    words = own_words("Weg damit\n\nVon: a\nGesendet: b\nAn: Uwe <uwe@x.example>\n\nx")
    assert words.addressees == ("Uwe <uwe@x.example>",)


# --- rule A1 ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers, expected",
    [
        ([("Auto-Submitted", "auto-replied")], True),
        ([("Auto-Submitted", "auto-generated; type=x")], True),
        ([("Auto-Submitted", "no")], False),
        ([("X-Autoreply", "yes")], True),
        ([("X-Autorespond", "")], True),
        ([("X-Auto-Response-Suppress", "All")], False),
        ([("Precedence", "bulk")], False),
        ([("Return-Path", "<>"), ("Subject", "Abwesenheit: Re: x")], True),
        ([("Return-Path", "<>"), ("Subject", "Re: x")], False),
        ([("Return-Path", "<a@x.example>"), ("Subject", "Out of office")], False),
    ],
)
def test_A1_automatic(headers, expected):
    assert bool(automatic(mail("x", headers))) is expected


# --- nothing raises ------------------------------------------------------------------
HEADS = [
    *(b"Content-Type: text/html", b"Content-Type: multipart/mixed; boundary=b"),
    *(b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",),
    *(b"Content-Type: multipart/report; report-type=feedback-report; boundary=b",),
    *(b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64"),
    *(b"Content-Transfer-Encoding: x-uuencode", b"From: MAILER-DAEMON@x.example"),
    *(b"Content-Type: text/plain; charset=utf-7; format=flowed", b"--b", b"--b--"),
    *(b"Content-Type: message/delivery-status", b"Final-Recipient: rfc822;a@b.example"),
    *(b"Content-Type: message/feedback-report", b"Feedback-Type: abuse", b"Version: 1"),
    *(b"Subject: =?utf-8?b?//8=?=", b"Subject: =?idna?q?a?=", b"User-Agent: x", b""),
    *(b"Action: failed", b"Status: 5.1.1", b"Original-Rcpt-To: a@b.example", b""),
]
LINES = st.lists(st.one_of(st.sampled_from(HEADS), st.binary(max_size=60)), max_size=40)


@given(st.one_of(st.binary(max_size=2000), LINES.map(b"\n".join)))
@example(b"")
@example(b"\n")
@example(b"From: \xff\xfe\nContent-Type: multipart/mixed\n\n\xff")
@settings(max_examples=400, deadline=None)
def test_no_bytes_raise(raw):
    verdict = classify(raw, rule_book())
    assert 0 <= verdict.certainty <= 100


def test_a_deeply_nested_mail_is_no_error():
    head = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
    raw = b"".join(head % (n, n) for n in range(3000)) + b"\n\nhallo"
    assert classify(raw, rule_book()).certainty >= 0


@pytest.mark.parametrize(
    "text", ["\n" * 50_000, "On " * 20_000, "> " * 20_000, "a@" * 20_000]
)
def test_hostile_texts_are_read_in_time(text):
    """Seconds at most; the expressions of reply parsers take minutes for the first."""
    raw = b"From: a@b.example\nSubject: x\n\n" + text.encode()
    assert classify(raw, rule_book())
