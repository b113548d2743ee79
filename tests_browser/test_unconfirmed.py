"""A list that asks nobody, and people who were asked and have not confirmed."""

import pytest
from playwright.sync_api import expect

from tests_browser.screens import open_coupling

_PEOPLE = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
connection = env["newsletter.connection"].create(
    {"name": "Opt-in", "provider": "listmonk"}
)
connection.state = "connected"
remote = env["newsletter.remote.list"].create({
    "connection_id": connection.id, "remote_id": "7", "name": "Opt-in club",
    "opt_in": "single",
})
mailing_list = env["mailing.list"].create({"name": "Opt-in club"})
coupling = env["newsletter.coupling"].create({
    "remote_list_id": remote.id, "mailing_list_id": mailing_list.id,
    "direction": "both", "automation": "manual", "fetched_at": "2026-01-01",
    "join": "signup",
})
for name, values in (
    ("petra", {"remote_id": "1", "remote_status": "pending", "base_status": "pending",
               "asked_at": "2026-01-01", "result": "success", "result_code": "asked"}),
    ("nadja", {"result": "not_in_tool", "result_code": "not_in_tool"}),
):
    email = f"{name}@optin.example.org"
    contact = env["mailing.contact"].create({"name": name.title(), "email": email})
    env["mailing.subscription"].create(
        {"contact_id": contact.id, "list_id": mailing_list.id}
    )
    env["newsletter.consent"]._for_address(email)._record("confirmation")
    env["newsletter.member"].create({
        "coupling_id": coupling.id, "email": email, "contact_id": contact.id,
        "local_status": "subscribed", **values,
    })
coupling._tell_unconfirmed()
env["res.users"].create({
    "name": "Rita Prüferin", "login": "rita", "password": "rita-rita",
    "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "newsletter_sync.group_manager")],
})
env.cr.commit()
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def people(run_in_odoo):
    """One person who waits, and one whom the tool does not have; a German manager."""
    run_in_odoo(_PEOPLE)


def _decide_about(page, check, name):
    """The dialog of decisions for somebody of a box of the review."""
    page.locator(f"[data-check={check}] .btn-link").click()
    page.locator(".o_data_row", has_text=name).locator("td[name=email]").click()
    page.click("button[name=action_decide].btn-primary")
    return page.locator(".modal")


def test_who_has_not_confirmed_stands_in_a_box_of_their_own(page, people):
    open_coupling(page, "Opt-in club")
    box = page.locator("[data-check=unconfirmed]")
    expect(box).to_contain_text("Not confirmed yet")
    expect(box).to_contain_text("1")
    expect(page.locator(".o-mail-Chatter")).to_contain_text("One person was asked")
    box.locator(".btn-link").click()
    expect(page.locator(".o_data_row")).to_have_count(1)
    expect(page.locator(".o_data_row")).to_contain_text("petra@optin.example.org")
    assert not page.locator(".o_error_dialog").count()


def test_a_list_that_asks_nobody_says_so_in_german(page_of, people):
    page = page_of("rita")
    open_coupling(page, "Opt-in club")
    asks_nobody = "listmonk fragt hier niemanden (einfaches Opt-in)"
    expect(page.locator("div[name=opt_in_explained]")).to_contain_text(asks_nobody)
    expect(page.locator("[data-check=unconfirmed]")).to_contain_text(
        "Noch nicht bestätigt"
    )
    dialog = _decide_about(page, "not_in_tool", "nadja")
    dialog.locator(".o_field_radio label", has_text="Aufgabe wählen").click()
    expect(dialog).to_contain_text("„Anmeldeprozess starten“ wird nicht angeboten.")
    expect(dialog.locator("div[name=not_asked]")).to_contain_text(asks_nobody)
    assert not page.locator(".o_error_dialog").count()
