"""A clerk's daily work with lists: the tab of a person, adding, the list's screen."""

import pytest
from playwright.sync_api import expect

_PEOPLE = """
connection = env["newsletter.connection"].create(
    {"name": "Members", "provider": "cleverreach"}
)
connection.state = "connected"
remote = env["newsletter.remote.list"].create(
    {"connection_id": connection.id, "remote_id": "77", "name": "Members club"}
)
mailing_list = env["mailing.list"].create({"name": "Members club"})
env["newsletter.coupling"].create({
    "remote_list_id": remote.id, "mailing_list_id": mailing_list.id,
    "direction": "both", "automation": "manual", "fetched_at": "2026-01-01",
})
env["newsletter.processing.activity"].create({"name": "Club letter"})
for name in ("Mia Neumann", "Max Neumann"):
    email = name.split()[0].lower() + "@members.example.org"
    env["res.partner"].create({"name": name, "email": email})
    consent = env["newsletter.consent"]._for_address(email)
    consent._record("request")
    consent._record("confirmation")
"""


@pytest.fixture(scope="module")
def people(run_in_odoo):
    """Two contacts with a consent, a coupled list, and nobody on it."""
    run_in_odoo(_PEOPLE)


def _no_error(page):
    assert not page.locator(".o_error_dialog").count()


def _choose(page, field, text):
    page.locator(f".modal div[name={field}] input").first.fill(text)
    page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


def test_a_person_is_added_once_and_seen_in_the_tab(page, people):
    page.goto("/odoo/action-contacts.action_contacts")
    page.get_by_text("Mia Neumann").first.click()
    page.get_by_role("tab", name="Newsletter").click()
    tab = page.locator("div[name=newsletter_assignment_ids]")
    page.locator("button[name=action_newsletter_assign]").click()
    _choose(page, "mailing_list_id", "Members club")
    expect(page.locator(".modal")).to_contain_text("Will be added: 1")
    _choose(page, "activity_ids", "Club letter")
    page.locator(".modal footer button[name=action_add]").click()
    expect(tab).to_contain_text("Members club")
    expect(tab).to_contain_text("Subscribed")
    expect(tab).to_contain_text("Transmit")
    # once more: refused with the reason
    page.locator("button[name=action_newsletter_assign]").click()
    _choose(page, "mailing_list_id", "Members club")
    expect(page.locator(".modal")).to_contain_text("on the list already: 1")
    page.locator(".modal footer button[name=action_add]").click()
    refusal = page.locator(".modal", has_text="is not added to")
    expect(refusal).to_contain_text("on the list already")
    refusal.get_by_role("button", name="Close").first.click()
    expect(refusal).to_have_count(0)
    page.locator(".modal footer button[special=cancel]:visible").click()
    expect(page.locator(".modal")).to_have_count(0)
    # a row shows the assignment, which leads to its review
    tab.locator("td[name=list_name]").click()
    expect(page.locator(".modal div[name=set_by]")).not_to_be_empty()
    page.locator(".modal button[name=action_open]:visible").click()
    expect(page.locator("button[name=action_decide].btn-primary")).to_be_visible()


def test_the_list_shows_steps_counters_and_members(page, people):
    page.goto("/odoo/mailing-lists")
    page.locator(".o_kanban_record span[title='Members club']").click()
    expect(page.locator("[data-step=fetch]")).to_be_visible()
    page.locator(
        "header button[name=action_newsletter_assign], "
        ".o_statusbar_buttons button[name=action_newsletter_assign]"
    ).first.click()
    _choose(page, "partner_ids", "Max Neumann")
    page.locator(".modal footer button[name=action_add]").click()
    expect(page.locator("div[name=newsletter_people_ids]")).to_contain_text(
        "max@members.example.org"
    )
    page.locator("[data-step=review]").click()
    expect(page.locator(".o_list_view, .o_nocontent_help").first).to_be_visible()
    _no_error(page)
