"""The whole circle with real parts: form, mail, click, tool, mailing, leaving, gone.

Chromium without scripts and with the keyboard alone, a real mail server, the sandbox as
the tool; Odoo's own scheduler sends and transmits. The tests stand in the order of the
work. ``NEWSLETTER_PICTURES=docs/images`` keeps the pictures for the docs.
"""

from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox
from tests_browser.circle import MAILING, WORLD, Circle, keep, links
from tests_real.sink import Sink

_DESK = {"width": 1000, "height": 760}
_PHONE = {"width": 375, "height": 700}
IDA, ULI = "ida.berg@example.org", "uli.thal@example.org"


@pytest.fixture(scope="module")
def sandbox():
    """A newsletter tool with one empty list."""
    with Sandbox() as sandbox:
        sandbox.tools["cleverreach"].new_list("Vereinsbrief")
        yield sandbox


@pytest.fixture(scope="module")
def post():
    """A mail server that keeps what it is given."""
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def circle(environment, database, base_url, run_in_odoo, sandbox, post):
    code = WORLD.replace("BASE", base_url).replace("SMTP", str(post.port))
    printed = run_in_odoo(code.replace("TOOL", sandbox.url("cleverreach")))
    key = next(line for line in printed.splitlines() if line.startswith("FORM"))
    return Circle(environment, database, sandbox, key.split()[1])


@pytest.fixture
def visitor(browser, base_url):
    """A page of somebody from outside: no login, no scripts; cookies fail the test."""
    contexts = []

    def visit(lang, size):
        context = browser.new_context(
            base_url=base_url, java_script_enabled=False, viewport=size, locale=lang
        )
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        assert context.cookies() == []
        context.close()


def _reach(page, element):
    """Go to an element by the Tab key alone; it shows that it has the focus."""
    for _step in range(15):
        page.keyboard.press("Tab")
        if element.evaluate("each => each === document.activeElement"):
            outline = element.evaluate("each => getComputedStyle(each).outlineStyle")
            assert outline != "none", "the focus cannot be seen"
            return
    raise AssertionError(f"{element} cannot be reached by the keyboard")


def _fits(page):
    """Nothing is cut at the side."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"the page is {wide} pixels too wide"


def _ask(page, circle, email, lang, words):
    """Fill in the form by the keyboard."""
    page.goto(f"{circle.form}?lang={lang}")
    expect(page.locator("html")).to_have_attribute("lang", lang.replace("_", "-"))
    _fits(page)
    _reach(page, page.get_by_label(words["email"]))
    page.keyboard.type(email)
    _reach(page, page.get_by_role("checkbox"))
    page.keyboard.press("Space")
    keep(page, f"circle_form_{lang[:2]}")
    _reach(page, page.get_by_role("button", name=words["subscribe"]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(words["asked"])
    _fits(page)
    keep(page, f"circle_asked_{lang[:2]}")


def _confirm(page, link, lang, words):
    """Open the link of the mail and press its one button."""
    page.goto(link)
    expect(page.get_by_role("heading", name=words["please"])).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(1)
    _fits(page)
    keep(page, f"circle_confirm_{lang[:2]}")
    _reach(page, page.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=words["thanks"])).to_be_visible()
    _fits(page)
    keep(page, f"circle_confirmed_{lang[:2]}")


def _scan(circle, message):
    """What scanners of mails do: open each link in each way; nothing changes."""
    before, opened = circle.state(), links(message)
    for link in opened:
        if not link.startswith("http://127.0.0.1"):
            continue
        for method in ("HEAD", "GET", "OPTIONS", "GET"):
            answer = requests.request(method, link, timeout=30, allow_redirects=False)
            assert answer.status_code < 400, (method, link, answer.status_code)
    assert circle.state() == before
    return opened


def _link_in(message):
    """The one link to confirm."""
    (link,) = {each for each in links(message) if "/newsletter/confirm/" in each}
    return link


_ENGLISH = {
    "email": "E-mail address",
    "subscribe": "Subscribe",
    "asked": "Please look into your mail",
    "please": "Please confirm",
    "thanks": "Thank you",
    "already": "It is already confirmed",
}
_GERMAN = {
    "email": "E-Mail-Adresse",
    "subscribe": "Anmelden",
    "asked": "Bitte sehen Sie in Ihr Postfach",
    "please": "Bitte bestätigen",
    "thanks": "Vielen Dank",
    "already": "schon bestätigt",
}


def test_from_the_form_into_the_tool(visitor, circle, post):
    page = visitor("en-US", _DESK)
    _ask(page, circle, IDA, "en_US", _ENGLISH)
    message = post.to(IDA, "Please confirm")
    assert message["Auto-Submitted"] == "auto-generated"
    assert circle.consent(IDA) == "pending"
    circle.wait_for_proof(IDA, "mail")
    _scan(circle, message)
    assert circle.consent(IDA) == "pending"
    assert circle.in_tool(IDA) == ""
    link = _link_in(message)
    _confirm(page, link, "en_US", _ENGLISH)
    assert circle.consent(IDA) == "confirmed"
    before = circle.state()
    page.goto(link)
    expect(page.get_by_role("heading", name=_ENGLISH["already"])).to_be_visible()
    keep(page, "circle_again_en")
    assert circle.state() == before
    circle.wait_for(IDA, "subscribed")


def test_the_same_in_german_on_a_phone(visitor, circle, post):
    page = visitor("de-DE", _PHONE)
    _ask(page, circle, ULI, "de_DE", _GERMAN)
    message = post.to(ULI, "Bitte bestätigen")
    page.set_content(message.get_body(("html",)).get_content())
    expect(page.get_by_role("link", name="Anmeldung bestätigen")).to_be_visible()
    keep(page, "circle_mail_de")
    link = _link_in(message)
    _confirm(page, link, "de_DE", _GERMAN)
    page.goto(link)
    expect(page.get_by_role("heading", name=_GERMAN["already"])).to_be_visible()
    circle.wait_for(ULI, "subscribed")


def test_leaving_by_the_link_of_a_mailing(visitor, circle, post, run_in_odoo):
    run_in_odoo(MAILING.replace("SUBJECT", "Sommerfest"))
    message = post.to(IDA, "Sommerfest")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    opened = _scan(circle, message)
    (link,) = {each for each in opened if "/newsletter/preferences/" in each}
    assert str(message["List-Unsubscribe"]) == f"<{link}>"
    page = visitor("en-US", _DESK)
    page.goto(link)
    _fits(page)
    keep(page, "circle_preferences_en")
    assert circle.in_tool(IDA) == "subscribed"
    _reach(page, page.get_by_role("button", name="Unsubscribe", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Vereinsbrief")
    keep(page, "circle_left_en")
    circle.wait_for(IDA, "unsubscribed")
    assert circle.in_tool(ULI) == "subscribed"


def test_the_preference_page_in_german_on_a_phone(visitor, circle, post):
    (link,) = {
        each
        for each in links(post.to(ULI, "Sommerfest"))
        if "/newsletter/preferences/" in each
    }
    page = visitor("de-DE", _PHONE)
    page.goto(link)
    _fits(page)
    keep(page, "circle_preferences_de")
    expect(page.get_by_role("heading", name="Ihre Newsletter")).to_be_visible()
    expect(page.locator("body")).to_contain_text("u***@example.org")


def test_leaving_by_the_button_of_the_mail_program(circle, post):
    """RFC 8058: one POST by a machine that knows nothing but the mail."""
    message = post.to(ULI, "Sommerfest")
    name, _equals, value = str(message["List-Unsubscribe-Post"]).partition("=")
    answer = requests.post(
        str(message["List-Unsubscribe"]).strip("<>"),
        files={name: (None, value)},
        timeout=30,
        allow_redirects=False,
    )
    assert answer.status_code == 200
    assert not answer.cookies
    circle.wait_for(ULI, "unsubscribed")


def test_nobody_who_left_gets_the_next_mailing(circle, post, run_in_odoo):
    post.clear()
    run_in_odoo(
        MAILING.replace("SUBJECT", "Herbst")
        + """
env["mailing.contact"].create({"name": "Eva", "email": "eva@example.org",
    "subscription_ids": [(0, 0, {"list_id": mailing.contact_list_ids.id})]})
again = mailing.copy()
again.action_send_mail()
"""
    )
    post.to("eva@example.org", "Herbst")
    assert {to for to, _message in post.all()} == {"eva@example.org"}


def test_the_receipts_say_what_the_tool_answered(page, open_action, circle):
    open_action("newsletter_sync.action_newsletter_leaving")
    row = page.locator(".o_data_row", has_text=IDA)
    expect(row.locator("td[name=state]")).to_have_text("Done everywhere")
    row.locator("[name=email]").click()
    receipt = page.locator("div[name=receipt_ids] .o_data_row")
    expect(receipt).to_have_count(1)
    expect(receipt.locator("td[name=state]")).to_have_text("Done")
    keep(page, "circle_receipt_en")


def test_the_evidence_tells_the_whole_story(page, circle):
    page.goto("/odoo/action-newsletter_sync.action_newsletter_consent_chain")
    row = page.locator(".o_data_row", has_text=IDA)
    row.locator("[name=email]").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Evidence as JSON").click()
    text = Path(download.value.path()).read_text()
    for kind in ("request", "mail", "confirmation", "withdrawal"):
        assert f'"kind": "{kind}"' in text, kind
    keep(page, "circle_evidence_en")
