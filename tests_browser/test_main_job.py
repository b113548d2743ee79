"""The main job as a clerk does it: connect a tool, select people, synchronise, look.

The tests stand in the order of the work and share one database and one sandbox.
"""

import re

import pytest
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox

_SCREENS = {
    "action_newsletter_connection": "Verbindungen",
    "action_newsletter_run": "Läufe",
    "action_newsletter_member": "Teilnehmer",
    "action_newsletter_coupling": "Kopplungen",
    "action_newsletter_event": "Ereignisprotokoll",
    "action_newsletter_consent": "E-Mail-Adressen",
}
_NAMES = ("Ulrike Färber", "Björn Florian", "Nobody Asked", "Without Address")
_PEOPLE = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
env["res.partner"].create([
    {"name": "Frau Dr. Ulrike Färber", "email": "ulrike@example.org"},
    {"name": "Herr Björn Florian Groß", "email": "bjoern@example.org"},
    {"name": "Nobody Asked", "email": "nobody@example.org"},
    {"name": "Without Address"},
])
for email in ("ulrike@example.org", "bjoern@example.org"):
    consent = env["newsletter.consent"]._for_address(email)
    consent._record("request")
    consent._record("confirmation")
clerk = env["res.users"].create({
    "name": "Clara Sachbearbeiterin", "login": "clara", "password": "clara-clara",
    "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "base.group_partner_manager",
        "newsletter_sync.group_administrator")],
})
env.cr.commit()
# the server that runs already has to hear of the new language
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def sandbox():
    """A newsletter tool with one empty list."""
    with Sandbox() as sandbox:
        sandbox.tools["cleverreach"].new_list("Vereinsnachrichten")
        yield sandbox


@pytest.fixture(scope="module")
def people(run_in_odoo):
    """Two who agreed, one who did not, one without an address; and a German clerk."""
    run_in_odoo(_PEOPLE)


def _no_error(page):
    assert not page.locator(".o_error_dialog").count()


def test_nothing_is_offered_before_a_tool_is_connected(page, people):
    page.goto("/odoo/action-contacts.action_contacts")
    _select_people(page)
    page.get_by_role("button", name="Actions").click()
    menu = page.locator(".o-dropdown--menu")
    expect(menu).to_contain_text("Archive")
    expect(menu).not_to_contain_text("Synchronise with Newsletter Tool")


def test_connect_a_tool(page, open_action, people, sandbox):
    open_action("newsletter_sync.action_newsletter_connection")
    page.get_by_role("button", name="New", exact=True).click()
    page.click("div[name=provider] input")
    page.get_by_text("CleverReach", exact=True).click()
    page.select_option("#login_login", "client_credentials")
    page.fill("#login_client_id", "sandbox-id")
    page.fill("#login_client_secret", "wrong")
    page.fill("#login_base_url", sandbox.url("cleverreach"))
    page.press("#login_base_url", "Tab")
    page.click(".o_form_button_save")
    page.click("button[name=action_test]")
    expect(page.locator("div[name=message]")).to_contain_text("login was refused")
    expect(page.locator("#login_client_secret")).to_have_value("")
    page.fill("#login_client_secret", "sandbox-secret")
    page.press("#login_client_secret", "Tab")
    page.click("button[name=action_test]")
    expect(page.locator("div[name=message]")).to_contain_text(
        re.compile("Connected with .*account number 123456")
    )
    _no_error(page)


def test_select_preview_synchronise_and_see_them_arrive(page, people, sandbox):
    page.goto("/odoo/action-contacts.action_contacts")
    _select_people(page)
    page.get_by_role("button", name="Actions").click()
    page.get_by_text("Synchronise with Newsletter Tool").click()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("4 selected")
    dialog.get_by_role("button", name="Preview").click()
    expect(_number(page, "new")).to_contain_text("2")
    expect(_number(page, "skipped-none")).to_contain_text("1")
    expect(_number(page, "skipped-no_address")).to_contain_text("1")
    assert not sandbox.requests.count("POST", "upsert"), "a preview sends nothing"
    page.get_by_role("button", name="Synchronise 2 people now").click()
    expect(_number(page, "subscribed")).to_contain_text("2", timeout=60_000)
    _number(page, "skipped-none").click()
    expect(page.locator(".o_data_row")).to_have_count(1)
    expect(page.locator(".o_data_row")).to_contain_text("Nobody Asked")
    _no_error(page)
    page.goto(sandbox.url())
    page.get_by_text("Vereinsnachrichten").first.click()
    expect(page.get_by_text("ulrike@example.org")).to_be_visible()
    expect(page.get_by_text("bjoern@example.org")).to_be_visible()
    expect(page.get_by_text("nobody@example.org")).to_have_count(0)


@pytest.mark.parametrize("name", _SCREENS)
def test_every_screen_opens(open_action, page, people, name):
    open_action(f"newsletter_sync.{name}")
    _no_error(page)


def test_contact_shows_its_newsletters(page, people):
    page.goto("/odoo/action-contacts.action_contacts")
    page.get_by_text("Frau Dr. Ulrike Färber").first.click()
    page.get_by_role("tab", name="Newsletter").click()
    expect(page.locator("div[name=doi_status]")).to_contain_text("DOI confirmed")
    expect(page.locator("div[name=newsletter_assignment_ids]")).to_contain_text(
        "Vereinsnachrichten"
    )


def test_everything_in_german(page_of, people):
    page = page_of("clara")
    for name, title in _SCREENS.items():
        page.goto(f"/odoo/action-newsletter_sync.{name}")
        expect(page.locator(".o_breadcrumb")).to_contain_text(title)
        _no_error(page)
    page.goto("/odoo/action-newsletter_sync.action_newsletter_run")
    page.locator(".o_data_row").first.click()
    expect(_number(page, "subscribed")).to_contain_text("Neu angemeldet")
    expect(_number(page, "skipped-none")).to_contain_text("Keine Einwilligung")


def _number(page, key):
    """One row of the preview or the report."""
    return page.locator(f"tr[data-number='{key}']")


def _select_people(page):
    """Tick the test's people in the list of contacts."""
    page.wait_for_selector(".o_control_panel")
    page.click(".o_switch_view.o_list")
    boxes = [
        page.locator(".o_data_row", has_text=name).locator(
            ".o_list_record_selector input"
        )
        for name in _NAMES
    ]
    # a list that is read once more forgets what was ticked
    for _try in range(5):
        for box in boxes:
            box.check()
        page.wait_for_timeout(500)
        if all(box.is_checked() for box in boxes):
            break
    expect(page.locator(".o_selection_box")).to_contain_text(str(len(_NAMES)))
