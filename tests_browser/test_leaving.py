"""Leaving: a clerk for somebody with proof, a person by the page of their link."""

import pytest
from playwright.sync_api import expect

_PEOPLE = """
lists = env["mailing.list"].create([
    {"name": "Club news", "is_public": True}, {"name": "Events", "is_public": True}])
for name in ("Lea Leaver", "Pia Page"):
    email = name.split()[0].lower() + "@example.org"
    env["res.partner"].create({"name": name, "email": email})
    env["mailing.contact"].create({"name": name, "email": email, "subscription_ids": [
        (0, 0, {"list_id": place.id}) for place in lists]})
env["newsletter.bounce"]._report(
    [{"email": "pia@example.org", "code": "5.1.1", "text": "User unknown"}],
    env.company)
url = env["newsletter.preference"]._url("pia@example.org", env.company, lists[0])
env["ir.config_parameter"].set_param("test.preferences", url.rpartition("/")[2])
env.cr.commit()
"""
_STATE = """
contact = env["mailing.contact"].search([("email", "=", "pia@example.org")])
print("OPTED OUT", sorted(contact.subscription_ids.filtered("opt_out").list_id
    .mapped("name")))
print("RECORDED", not env["newsletter.consent"]._refusing_reactions(
    ["pia@example.org"], env.company))
print("TOKEN", env["ir.config_parameter"].get_param("test.preferences"))
"""


@pytest.fixture(scope="module")
def people(run_in_odoo):
    run_in_odoo(_PEOPLE)


def _said(run_in_odoo, word):
    lines = run_in_odoo(_STATE).splitlines()
    return next(line for line in lines if line.startswith(word)).partition(word)[2]


def test_a_clerk_unsubscribes_somebody_everywhere(
    page, open_action, open_contact, people
):
    open_contact("Lea Leaver")
    page.locator("a[name=newsletter]").click()
    page.get_by_role("button", name="Unsubscribe Everywhere").click()
    dialog = page.locator(".modal")
    expect(dialog.locator("[name=address_text]")).to_have_text("lea@example.org")
    dialog.locator("[name=note] textarea").fill("Called on Monday")
    dialog.get_by_role("button", name="Unsubscribe Now").click()
    expect(page.locator(".o_form_view h1")).to_have_text("lea@example.org")
    expect(page.locator("[name=channel]").first).to_contain_text("Phone")


def test_the_screens_open(page, open_action, open_contact, people):
    open_action("newsletter_sync.action_newsletter_leaving")
    expect(page.locator(".o_data_row", has_text="lea@example.org")).to_be_visible()
    open_action("newsletter_sync.action_newsletter_bounce_address")
    page.locator(".o_data_row", has_text="pia@example.org").click()
    expect(page.locator("[name=text]").first).to_contain_text("User unknown")
    open_contact("Pia Page")
    expect(page.locator(".alert-danger")).to_contain_text("do not arrive")


def test_a_person_leaves_by_the_page(browser, base_url, run_in_odoo, people):
    """Without a login, in a browser that runs no scripts."""
    token = _said(run_in_odoo, "TOKEN").strip()
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/newsletter/preferences/{token}")
    assert _said(run_in_odoo, "OPTED OUT").strip() == "[]"
    page.get_by_role("button", name="Do not record my opens and clicks").click()
    expect(page.get_by_role("status")).to_contain_text("no longer record")
    assert _said(run_in_odoo, "OPTED OUT").strip() == "[]"
    assert _said(run_in_odoo, "RECORDED").strip() == "False"
    page.get_by_role("button", name="Unsubscribe", exact=True).first.click()
    expect(page.get_by_role("status")).to_contain_text("Club news")
    assert _said(run_in_odoo, "OPTED OUT").strip() == "['Club news']"
    page.get_by_label("In your own words").fill("Too many mails")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    page.get_by_role("button", name="Unsubscribe from everything").click()
    expect(page.get_by_role("status")).to_contain_text("no more advertising")
    assert context.cookies() == []
    context.close()
