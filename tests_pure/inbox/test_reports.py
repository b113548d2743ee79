"""Delivery and feedback reports: rules B1, B2, B4 and C1 to C3."""

from newsletter_sync.inbox import mail as mails
from newsletter_sync.inbox.classify import classify
from newsletter_sync.inbox.complaint import complaint
from newsletter_sync.inbox.delivery import report
from newsletter_sync.inbox.people import addresses, change, is_role, leaver, successor
from newsletter_sync.inbox.shop import full_name, sign_up
from newsletter_sync.inbox.vocabulary import MailClass
from tests_pure.inbox.rule_data import rule_book


def envelope(kind, part, fields, rest=""):
    return (
        f"From: postmaster@x.example\nContent-Type: multipart/report;"
        f" report-type={kind}; boundary=b\n\n--b\n\nhuman\n\n--b\nContent-Type: {part}"
        f"\n\n{fields}\n--b\n{rest}\n--b--\n"
    ).encode()


def dsn(fields, rest=""):
    raw = envelope("delivery-status", "message/delivery-status", fields, rest)
    return report(mails.read(raw))


def arf(fields, rest=""):
    raw = envelope("feedback-report", "message/feedback-report", fields, rest)
    return complaint(mails.read(raw))


GROUPS = """Reporting-MTA: dns; x.example

Original-Recipient: rfc822;alias@a.example
Final-Recipient: rfc822;inner@a.example
Action: failed
Status: 5.1.1

Final-Recipient: rfc822; later@a.example
Action: delayed
Status: 4.4.1
"""
HEADERS = """Content-Type: text/rfc822-headers

Message-ID: <ours@verein.example.org>
List-Unsubscribe: <https://verein.example.org/u/1>
"""


def test_B1_the_action_is_told_for_each_recipient():
    found = dsn(GROUPS)
    assert [(row.email, row.action) for row in found.recipients] == [
        ("alias@a.example", "failed"),
        ("later@a.example", "delayed"),
    ]


def test_B2_every_group_counts_and_the_original_recipient_comes_first():
    emails = [row.email for row in dsn(GROUPS).recipients]
    assert "alias@a.example" in emails and "inner@a.example" not in emails


def test_B4_the_mail_that_came_back_is_named():
    assert dsn(GROUPS, HEADERS).message_id == "<ours@verein.example.org>"
    assert dsn(GROUPS).message_id == ""


def test_B7_a_blank_or_invalid_address_is_left_out():
    assert dsn("\nFinal-Recipient: rfc822;\nAction: failed\n") is None
    assert dsn("\nFinal-Recipient: rfc822; not an address\nAction: failed\n") is None


def test_a_mail_that_only_speaks_of_a_bounce_is_none():
    raw = b"From: a@x.example\nSubject: mail came back\n\n550 5.1.1 b@x.example unknown"
    assert report(mails.read(raw)) is None


FEEDBACK = "Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n"


def test_C1_only_a_complete_report_is_one():
    assert arf(FEEDBACK).kind == "abuse"
    for name in ("Feedback-Type", "User-Agent", "Version"):
        kept = [line for line in FEEDBACK.splitlines() if not line.startswith(name)]
        assert arf("\n".join(kept) + "\n") is None


def test_C1_an_incomplete_report_is_an_ordinary_mail():
    raw = envelope("feedback-report", "message/feedback-report", "Version: 1\n")
    assert classify(raw, rule_book()).mail_class == MailClass.OTHER


def test_C3_the_recipient_is_told_or_a_token_of_ours():
    found = arf(f"{FEEDBACK}Original-Rcpt-To: <A@b.example>\n", HEADERS)
    assert found.recipients == ("a@b.example",)
    hidden = arf(FEEDBACK, HEADERS)
    assert hidden.recipients == ()
    assert hidden.message_id == "<ours@verein.example.org>"
    assert hidden.unsubscribe == "<https://verein.example.org/u/1>"


# --- people -------------------------------------------------------------------------
def test_addresses_are_found_as_people_write_them():
    text = "eva@x.example, Max (at) y.example; nobody@; eva@x.example."
    assert [email for _at, email in addresses(text)] == [
        *("eva@x.example", "max@y.example"),
    ]


def test_a_role_is_nobody():
    assert is_role("info@x.example") and is_role("team-sued@x.example")
    assert not is_role("eva.muster@x.example")


def test_a_name_is_spelled_from_the_address_where_none_is_written():
    person = successor("Bitte wenden Sie sich an eva.muster@x.example.")
    assert (person.name, person.email) == ("Eva Muster", "eva.muster@x.example")


def test_whom_to_ask_is_not_whom_the_mail_is_from():
    text = "Bitte wenden Sie sich an hans@x.example oder eva@x.example."
    assert successor(text, but=["hans@x.example"]).email == "eva@x.example"


def test_a_role_address_makes_no_person():
    person = successor("Bitte wenden Sie sich an info@x.example.")
    assert person.is_role and not person.name


def test_the_one_who_left_is_read_from_the_sentence():
    assert leaver("Herr Dr. Lang arbeitet nicht mehr bei uns.") == "Dr. Lang"
    assert leaver("Ich arbeite nicht mehr dort.") == ""


def test_old_and_new_address():
    sender = "me@old.example"
    assert change("neu: a@new.example", sender) == (sender, "a@new.example")
    assert change("von b@old.example auf c@new.example", sender) == (
        *("b@old.example", "c@new.example"),
    )
    assert change("Meine Adresse hat sich geändert.", sender) == (sender, "")


# --- shop ---------------------------------------------------------------------------
def test_K06_the_main_data_of_a_sign_up():
    text = "Vorname: Eva\nNachname:\n  Klein\nE-Mail: Eva@x.example\nNewsletter = ja"
    fields = sign_up(text)
    assert fields["email"] == "eva@x.example"
    assert full_name(fields) == "Eva Klein"
    assert fields["newsletter"] == "yes"


def test_K06_without_an_address_there_is_no_sign_up():
    assert sign_up("Vorname: Eva\nE-Mail: keine") == {}
