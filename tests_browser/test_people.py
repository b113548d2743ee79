"""Deleting somebody of a list, undoing a run, and who of several is meant."""

import pytest
from playwright.sync_api import expect

_PEOPLE = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
connection = env["newsletter.connection"].create(
    {"name": "People", "provider": "cleverreach", "state": "connected"}
)
remote = env["newsletter.remote.list"].create(
    {"connection_id": connection.id, "remote_id": "78", "name": "People club"}
)
mailing_list = env["mailing.list"].create({"name": "People club"})
coupling = env["newsletter.coupling"].create({
    "remote_list_id": remote.id, "mailing_list_id": mailing_list.id,
    "direction": "both", "automation": "manual", "fetched_at": "2026-01-01",
})
run = env["newsletter.run"].create({
    "kind": "fetch", "connection_id": connection.id, "coupling_id": coupling.id,
    "remote_list_id": remote.id, "state": "done", "finished_at": "2099-01-01",
})
for number, (name, added, result) in enumerate((
    ("Dora Kind", "", "success"), ("Udo Neu", "contact", "new_contact"),
    ("Max Mehrmals", "", "success"), ("Anna Alt", "", "not_in_tool"),
    ("Anna Alt", "contact", "new_contact"),
)):
    email = f"{name.split()[0].lower()}{number}@people.example.org"
    partner = env["res.partner"].create(
        {"name": name, "email": email, "city": "Paris" if not added else False})
    contact = env["mailing.contact"].create({"name": name, "email": email})
    env["mailing.subscription"].create(
        {"contact_id": contact.id, "list_id": mailing_list.id})
    env["newsletter.member"].create({
        "coupling_id": coupling.id, "email": email, "name": name,
        "partner_id": partner.id, "contact_id": contact.id,
        "remote_id": result != "not_in_tool" and str(number),
        "local_status": "subscribed", "base_status": "subscribed",
        "remote_status": result != "not_in_tool" and "subscribed", "result": result,
        "added": added, "added_run": added == "contact" and number == 1 and run.id,
    })
    if name == "Dora Kind":
        env["newsletter.before.image"].create({
            "run_id": run.id, "res_model": "res.partner", "res_id": partner.id,
            "values": {"city": "Rom"}, "after": {"city": "Paris"}})
    if name == "Max Mehrmals":
        env["newsletter.before.image"].create({
            "run_id": run.id, "res_model": "res.partner", "res_id": partner.id,
            "values": {"city": "Rom"}, "after": {"city": "London"}})
        env["res.partner"].create({"name": "Moritz Mehrmals", "email": email})
env["res.users"].create({
    "name": "Petra Personal", "login": "petra", "password": "petra-petra",
    "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "base.group_partner_manager",
        "newsletter_sync.group_manager")],
})
# what is made by hand here is no news
env.flush_all()
env["newsletter.change"].search([]).unlink()
env.cr.commit()
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def people(run_in_odoo):
    run_in_odoo(_PEOPLE)


def _open_members(page):
    """All members in one list, without the groups."""
    page.goto("/odoo/action-newsletter_sync.action_newsletter_member")
    page.locator(".o_facet_remove").click()
    page.locator(".o_data_row").first.wait_for()


def _open_member(page, text):
    _open_members(page)
    page.locator(".o_data_row", has_text=text).first.locator("td[name=email]").click()
    page.wait_for_selector(".o_form_view")


def test_undo_tells_first_what_comes_back(page, people):
    page.goto("/odoo/action-newsletter_sync.action_newsletter_run")
    page.locator(".o_data_row", has_text="People club").first.click()
    page.click("button[name=action_undo]")
    dialog = page.locator(".modal")
    expect(dialog.locator("[name=values_count]")).to_have_text("1")
    expect(dialog.locator("[name=list_count]")).to_have_text("1")
    expect(dialog.locator("[name=contact_count]")).to_have_text("1")
    expect(dialog.locator("[name=left_alone]")).to_contain_text("Max Mehrmals")
    expect(dialog).to_contain_text("Nothing is sent by this")
    dialog.get_by_role("button", name="Bring Back").click()
    expect(page.locator(".o_list_view")).to_contain_text("the contact was archived")


def test_one_of_several_contacts_is_chosen(page, people):
    _open_member(page, "max2@")
    page.click("button[name=action_choose_contact]")
    dialog = page.locator(".modal")
    expect(dialog.locator(".o_data_row")).to_have_count(2)
    dialog.locator("[name=partner_id] input").click()
    page.locator(".o-autocomplete--dropdown-item", has_text="Moritz").click()
    dialog.get_by_role("button", name="Take This Contact").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("div[name=partner_id]")).to_contain_text("Moritz Mehrmals")


def test_two_members_become_one(page, people):
    _open_member(page, "anna3@")
    page.click("button[name=action_merge_addresses]")
    dialog = page.locator(".modal")
    expect(dialog.locator("[name=other_id] input")).to_have_value(
        "anna4@people.example.org"
    )
    dialog.locator(".o_field_radio label", has_text="The other address").click()
    expect(dialog.locator("[name=effect]")).to_contain_text("is archived")
    dialog.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".o_form_view h1")).to_have_text("anna4@people.example.org")


def test_deleting_asks_what_happens_in_the_tool(page, open_contact, people):
    open_contact("Dora Kind")
    page.locator(".o_cp_action_menus button").first.click()
    page.locator(".o_menu_item", has_text="Delete").click()
    page.locator(".modal footer button.btn-primary").click()
    warning = page.locator(".modal", has_text="Choose what happens there")
    expect(warning).to_contain_text("People club")
    warning.get_by_role("button", name="Choose what happens there").click()
    dialog = page.locator(".modal", has=page.locator("button[name=action_delete]"))
    expect(dialog.locator("[name=people]")).to_contain_text("dora0@")
    dialog.locator(".o_field_radio label", has_text="Leave the newsletter").click()
    expect(dialog.locator("[name=warning]")).to_contain_text("can still be mailed")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
    _open_members(page)
    expect(page.locator(".o_data_row", has_text="dora0@")).to_have_count(0)
