"""A scanner at the door; and what is asked before history is deleted."""

import pytest
from playwright.sync_api import expect

_DATA = """
env["mailing.list"].create({"name": "At the door"})
for number, name in enumerate(("Mia Neumann", "Max Neumann")):
    env["res.partner"].create({
        "name": name, "email": name.split()[0].lower() + "@door.example.org",
        "barcode": f"40000{number}",
    })
env["mail.blacklist"]._add("max@door.example.org")
mailing = env["mailing.mailing"].create({
    "subject": "Spring news", "state": "done", "user_id": env.ref("base.user_admin").id,
    "mailing_model_id": env["ir.model"]._get("mailing.list").id,
    "contact_list_ids": env["mailing.list"].search([], limit=1).ids,
})
env["mailing.trace"].create({
    "mass_mailing_id": mailing.id, "model": "mailing.contact", "res_id": 1,
    "trace_status": "sent",
})
"""


@pytest.fixture(scope="module")
def door(run_in_odoo):
    run_in_odoo(_DATA)


def _menu(page, entry):
    page.locator(".o_cp_action_menus button").first.click()
    page.get_by_role("menuitem", name=entry).click()
    return page.locator(".modal")


def test_codes_come_faster_than_answers_and_none_is_lost(page, door):
    page.goto("/odoo/mailing-lists")
    page.locator(".o_kanban_record span[title='At the door']").click()
    page.locator(".o_form_view").wait_for()
    dialog = _menu(page, "Scan Codes…")
    expect(dialog.locator("input[name=code]")).to_be_focused()
    for code in ("400000", "400000", "400001", "0815"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    rows = dialog.locator("div[name=line_ids] tbody tr.o_data_row")
    expect(rows).to_have_count(4)
    for row, text in zip(
        (0, 1, 2, 3),
        ("Nobody has this code", "on the blocklist", "on the list already", "Added"),
        strict=True,
    ):
        expect(rows.nth(row)).to_contain_text(text)
    expect(dialog.locator("[data-level=danger]")).to_contain_text("0815")
    expect(dialog.locator("input[name=code]")).to_be_focused()
    # the other direction counts from the next code on
    dialog.get_by_label("Take off the list").click()
    dialog.locator("input[name=code]").fill("400000")
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-level=success]")).to_contain_text("Taken off")
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.locator(".modal")).to_have_count(0)


def test_deleting_a_mailing_wants_the_number_of_recipients(page, door):
    page.goto("/odoo/action-mass_mailing.mailing_mailing_action_mail")
    page.get_by_text("Spring news").first.click()
    page.locator(".o_form_view").wait_for()
    page.locator(".o_cp_action_menus button").first.click()
    expect(page.get_by_role("menuitem", name="Delete", exact=True)).to_have_count(0)
    page.get_by_role("menuitem", name="Archive or Delete…").click()
    dialog = page.locator(".modal")
    expect(dialog.get_by_role("button", name="Archive", exact=True)).to_be_visible()
    dialog.get_by_label("Delete for good").click()
    expect(dialog).to_contain_text("six years")
    dialog.get_by_role("button", name="Delete for Good").click()
    expect(page.locator(".modal", has_text="number of people, 1")).to_be_visible()
