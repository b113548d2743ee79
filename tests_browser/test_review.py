"""Step 2 as a clerk sees it: the steps, the conflicts, one decision, the log."""

import pytest
from playwright.sync_api import expect

from tests_browser.screens import open_coupling

_PEOPLE = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
connection = env["newsletter.connection"].create(
    {"name": "Review", "provider": "cleverreach"}
)
connection.state = "connected"
remote = env["newsletter.remote.list"].create(
    {"connection_id": connection.id, "remote_id": "77", "name": "Review club"}
)
mailing_list = env["mailing.list"].create({"name": "Review club"})
coupling = env["newsletter.coupling"].create({
    "remote_list_id": remote.id, "mailing_list_id": mailing_list.id,
    "direction": "both", "automation": "manual", "fetched_at": "2026-01-01",
})
mapping = env["newsletter.field.mapping"].create({
    "connection_id": connection.id, "record_type": "mailing.contact",
    "path": "first_name", "label": "Vorname", "remote_name": "vorname",
    "direction": "both", "rule": "ask",
})
run = env["newsletter.run"].create({
    "kind": "reconcile", "connection_id": connection.id, "coupling_id": coupling.id,
})
for number, name in enumerate(("Emil", "Ulrike")):
    email = f"{name.lower()}@review.example.org"
    contact = env["mailing.contact"].create(
        {"name": name, "email": email, "first_name": f"{name} Maria"}
    )
    env["mailing.subscription"].create(
        {"contact_id": contact.id, "list_id": mailing_list.id}
    )
    member = env["newsletter.member"].create({
        "coupling_id": coupling.id, "email": email, "contact_id": contact.id,
        "remote_id": str(number), "local_status": "subscribed",
        "remote_status": "subscribed", "base_status": "subscribed",
        "base_values": {str(mapping.id): name},
    })
    fetched = env["newsletter.fetched"].create({
        "run_id": run.id, "remote_id": str(number), "email": email,
        "status": "subscribed", "digest": "x",
        "values": {str(mapping.id): name + "e"},
    })
    env["newsletter.candidate"].create(
        {"run_id": run.id, "member_id": member.id, "fetched_id": fetched.id}
    )
env.flush_all()
candidates = env["newsletter.candidate"].search([("run_id", "=", run.id)])
env["newsletter.reconcile"]._settle(run, candidates)
run.state = "done"
env["res.users"].create({
    "name": "Rita Prüferin", "login": "rita", "password": "rita-rita",
    "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "base.group_partner_manager",
        "newsletter_sync.group_manager")],
})
env.cr.commit()
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def people(run_in_odoo):
    """Two people whose first names were changed on both sides; a German clerk."""
    run_in_odoo(_PEOPLE)


def _no_error(page):
    assert not page.locator(".o_error_dialog").count()


def test_decide_one_conflict_and_see_it_in_the_log(page, people):
    open_coupling(page, "Review club")
    expect(page.locator("[data-step=review].btn-primary")).to_contain_text("2")
    page.locator("[data-check=conflict] .btn-link").click()
    expect(page.locator(".o_data_row")).to_have_count(2)
    expect(page.locator(".o_newsletter_review")).to_be_visible()
    page.locator(".o_data_row", has_text="ulrike@").locator("td[name=email]").click()
    expect(page.locator(".o_form_view")).to_contain_text("Please make a decision.")
    page.click("button[name=action_decide].btn-primary")
    dialog = page.locator(".modal")
    expect(dialog.locator("tr[data-field=Vorname]")).to_contain_text("Ulrike Maria")
    dialog.locator("[data-choice=odoo]").click()
    expect(dialog).to_contain_text("No mail goes out")
    dialog.locator("footer button[name=action_apply]:visible").click()
    expect(dialog).to_have_count(0, timeout=20_000)
    expect(page.locator(".o_form_view")).to_contain_text("Well done!")
    expect(page.locator("div[name=event_ids]")).to_contain_text("Odoo's side was taken")
    _no_error(page)


def test_decide_later_about_all_that_is_left(page, people):
    open_coupling(page, "Review club")
    page.locator("[data-check=conflict] .btn-light").click()
    dialog = page.locator(".modal")
    dialog.locator(".o_field_radio label", has_text="Decide later").click()
    dialog.locator("div[name=until] input").fill("12/31/2099")
    dialog.locator("div[name=until] input").press("Tab")
    dialog.locator("footer button[name=action_apply]:visible").click()
    expect(page.locator("[data-check=snoozed]")).to_contain_text("1")
    expect(page.locator("[data-step=transmit].btn-primary")).to_contain_text("1")
    _no_error(page)


def test_review_in_german(page_of, people):
    page = page_of("rita")
    open_coupling(page, "Review club")
    expect(page.locator("[data-step=transmit]")).to_contain_text("3. Übertragen")
    page.locator("[data-check=snoozed] .btn-link").click()
    page.locator(".o_data_row td[name=email]").first.click()
    expect(page.locator(".o_form_view")).to_contain_text("Zurückgestellt")
    page.click("button[name=action_decide].btn-primary")
    expect(page.locator(".modal")).to_contain_text("Abweichungen beantworten")
    expect(page.locator(".modal")).to_contain_text("Odoos Werte nehmen")
    page.keyboard.press("Escape")
    page.goto("/odoo/action-newsletter_sync.action_newsletter_event")
    expect(page.locator(".o_list_view")).to_contain_text("Von Hand")
    _no_error(page)


_MEANWHILE = """
member = env["newsletter.member"].search([("email", "=", "emil@review.example.org")])
member.write({"snoozed_until": False, "difference_digest": "another"})
vera = env["mailing.contact"].create(
    {"name": "Vera", "email": "vera@review.example.org"}
)
env["mailing.subscription"].create(
    {"contact_id": vera.id, "list_id": member.coupling_id.mailing_list_id.id}
)
env["newsletter.member"].create({
    "coupling_id": member.coupling_id.id, "email": vera.email,
    "contact_id": vera.id, "local_status": "subscribed", "result": "not_in_tool",
})
"""


def test_what_is_not_as_it_was_shown_stays_open(page, people, run_in_odoo):
    open_coupling(page, "Review club")
    page.locator("[data-check=snoozed] .btn-link").click()
    page.locator(".o_data_row td[name=email]").first.click()
    page.click("button[name=action_decide].btn-primary")
    dialog = page.locator(".modal")
    dialog.locator("[data-choice=tool]").wait_for()
    run_in_odoo(_MEANWHILE)
    dialog.locator("[data-choice=tool]").click()
    dialog.locator("footer button[name=action_apply]:visible").click()
    expect(dialog).to_contain_text("1: Something else differs by now")
    dialog.locator("footer button", has_text="Close").click()
    _no_error(page)


def test_marking_for_transmission_says_for_whom_it_is_possible(page, people):
    open_coupling(page, "Review club")
    page.locator("[data-check=not_in_tool] .btn-link").click()
    page.locator(".o_data_row", has_text="vera@").locator("input").first.click()
    page.click("button[name=action_mark_transmit]")
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("There is no confirmed consent")
    _no_error(page)
