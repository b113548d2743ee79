"""Privacy: access request as a file, erasure with a receipt, times of keeping."""

import zipfile

import pytest
from playwright.sync_api import expect

_PEOPLE = """
lists = env["mailing.list"].create([{"name": "Club news"}])
partner = env["res.partner"].create({"name": "Eva Erase", "email": "eva@example.org"})
env["mailing.contact"].create({"name": "Eva Erase", "email": "eva@example.org",
    "subscription_ids": [(0, 0, {"list_id": lists.id})]})
consent = env["newsletter.consent"]._for_address("eva@example.org")
consent._record("request", wording="Yes, please")
consent._record("confirmation", ip="192.0.2.7")
env.cr.commit()
"""
_LEFT = """
print("LEFT", env["res.partner"].search_count([("email", "=", "eva@example.org")]),
    env["mailing.contact"].search_count([("email", "=", "eva@example.org")]),
    env["newsletter.consent"].search([("email", "=", "eva@example.org")]).state)
"""


@pytest.fixture(scope="module")
def people(run_in_odoo):
    run_in_odoo(_PEOPLE)


def _choose(page, open_contact, entry):
    """Open the contact and choose an entry of its action menu."""
    open_contact("Eva Erase")
    page.locator(".o_cp_action_menus .dropdown-toggle").click()
    page.get_by_role("menuitem", name=entry).click()
    dialog = page.locator(".modal")
    expect(dialog.locator("[name=address_text]")).to_have_text("eva@example.org")
    return dialog


def test_an_access_request_gives_a_file(page, open_contact, people):
    dialog = _choose(page, open_contact, "Newsletter Access Request")
    expect(dialog.locator("[name=found_html]")).to_contain_text("Evidence")
    with page.expect_download() as waiting:
        dialog.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert "Yes, please" in archive.read("access-request.json").decode()


def test_an_erasure_shows_before_and_proves_after(
    page, open_contact, run_in_odoo, people
):
    dialog = _choose(page, open_contact, "Erase From Newsletters")
    dialog.locator("[name=contact] input").first.check()
    expect(dialog.locator("[name=found_html]")).to_contain_text("Mailing Contact")
    dialog.locator("[name=note] textarea").fill("Letter of 3 May")
    dialog.get_by_role("button", name="Erase Now").click()
    expect(page.locator(".o_form_view h1")).to_have_text("e***@example.org")
    expect(page.locator("[name=state]").first).to_contain_text("Done everywhere")
    expect(page.locator("[name=found_html]")).to_contain_text("Kept under lock")
    left = run_in_odoo(_LEFT)
    assert "LEFT 0 0 withdrawn" in left


def test_times_of_keeping_are_edited_in_place(page, open_action, people):
    open_action("newsletter_sync.action_newsletter_retention_open")
    row = page.locator(".o_data_row", has_text="Log and reports: information")
    row.locator("td[name=keep]").click()
    row.locator("td[name=keep] input").fill("60")
    page.locator(".o_list_button_save").first.click()
    expect(row.locator("td[name=keep]")).to_have_text("60")
