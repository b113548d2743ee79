"""A manager couples two lists by the dialog, looks at it, and ends the coupling."""

import pytest
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox

_WORLD = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
connection = env["newsletter.connection"].create(
    {"name": "Verein", "provider": "cleverreach"})
login = {"login": "client_credentials", "client_id": "sandbox-id",
         "client_secret": "sandbox-secret", "base_url": "URL"}
for line in connection.credential_ids:
    line["secret_input" if line.kind == "secret" else "value"] = login.get(line.name)
env.cr.commit()
connection.action_test()
mailing_list = env["mailing.list"].create({"name": "Rundbrief"})
for name in ("anna", "ben"):
    contact = env["mailing.contact"].create(
        {"name": name.title(), "email": name + "@example.org"})
    env["mailing.subscription"].create(
        {"contact_id": contact.id, "list_id": mailing_list.id})
consent = env["newsletter.consent"]._for_address("anna@example.org")
consent._record("request")
consent._record("confirmation")
env["res.users"].create({
    "name": "Clara Koppel", "login": "koppel", "password": "koppel-koppel",
    "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "newsletter_sync.group_administrator")],
})
env.cr.commit()
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def sandbox():
    """A newsletter tool with one list, on which is one of ours and a stranger."""
    from newsletter_sync.sandbox.store import Member

    with Sandbox() as sandbox:
        list_id = sandbox.tools["cleverreach"].new_list("Vereinspost")
        people = [
            Member(list_id, f"{name}@example.org", activated=1_700_000_000)
            for name in ("ben", "nina")
        ]
        sandbox.store.save("cleverreach", people)
        yield sandbox


@pytest.fixture(scope="module")
def world(run_in_odoo, sandbox):
    """A connected tool, a mailing list with two people, a German administrator."""
    run_in_odoo(_WORLD.replace("URL", sandbox.url("cleverreach")))


def _no_error(page):
    assert not page.locator(".o_error_dialog").count()


def _choose(page, field, text):
    page.click(f".modal div[name={field}] input")
    page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


def test_the_dialog_leads_from_the_choice_to_the_coupling(page, open_action, world):
    page.goto("/odoo/newsletter-couplings")
    page.get_by_role("button", name="Couple Two Lists").click()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("Both lists exist")
    _choose(page, "remote_list_id", "Vereinspost")
    _choose(page, "mailing_list_id", "Rundbrief")
    dialog.get_by_role("button", name="Next").click()
    expect(dialog.locator("div[name=opt_in_explained]")).to_contain_text("at once")
    dialog.get_by_role("button", name="Next").click()
    for who in ("On both lists", "unknown in Odoo", "with confirmed consent"):
        expect(dialog.locator("tr", has_text=who)).to_contain_text("1")
    dialog.get_by_role("button", name="Couple now").click()
    expect(dialog.locator(".alert-success")).to_contain_text("Very good!")
    expect(dialog).to_contain_text("Next step")
    dialog.get_by_role("button", name="Fetch Now").click()
    expect(page.locator(".o_form_view")).to_contain_text("Done", timeout=60_000)
    _no_error(page)


def test_direction_is_changed_in_the_list_and_saved(page, world):
    page.goto("/odoo/newsletter-couplings")
    row = page.locator(".o_data_row", has_text="Vereinspost")
    row.locator("td[name=direction]").click()
    page.locator("td[name=direction] input").click()
    page.get_by_role("option", name="Odoo → newsletter tool").or_(
        page.locator(".o-dropdown-item", has_text="Odoo → newsletter tool")
    ).first.click()
    page.locator(".o_control_panel").click(position={"x": 5, "y": 5})
    page.reload()
    expect(page.locator(".o_data_row", has_text="Vereinspost")).to_contain_text(
        "Odoo → newsletter tool"
    )
    _no_error(page)


def test_a_row_tells_what_its_lists_are_when_hovered(page, world):
    page.goto("/odoo/newsletter-couplings")
    row = page.locator(".o_data_row", has_text="Vereinspost")
    row.locator("td[name=mailing_list_id]").hover()
    tooltip = page.locator(".o-tooltip")
    expect(tooltip).to_contain_text("Type: Static")
    expect(tooltip).to_contain_text("Members: Mailing contacts")
    row.locator("td[name=remote_list_id]").hover()
    expect(tooltip).to_contain_text("ID in the newsletter tool:")
    _no_error(page)


def test_one_button_fetches_all_and_shows_the_runs_at_work(page, world):
    page.goto("/odoo/newsletter-couplings")
    page.get_by_role("button", name="Fetch All").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Runs")
    # nobody reloads the page
    row = page.locator(".o_data_row", has_text="Vereinspost").first
    expect(row).to_contain_text("Done", timeout=90_000)
    _no_error(page)


def test_deleting_a_coupled_list_asks_what_the_tool_shall_do(page, world):
    page.goto("/odoo/mailing-lists")
    page.locator(".o_kanban_record span[title='Rundbrief']").click()
    page.locator(".o_form_view").wait_for()
    page.locator(".o_cp_action_menus button").first.click()
    page.get_by_role("menuitem", name="Archive or Delete…").click()
    dialog = page.locator(".modal")
    dialog.get_by_label("Delete it for good").check()
    expect(dialog).to_contain_text("can still be mailed from there")
    dialog.get_by_label("Unsubscribe them in the newsletter tool").check()
    expect(dialog).to_contain_text("Whoever joined there since")
    expect(dialog).to_contain_text("The couplings end by themselves")
    dialog.get_by_role("button", name="Cancel").click()
    _no_error(page)


def test_ending_shows_what_it_means_first(page, world):
    page.goto("/odoo/newsletter-couplings")
    row = page.locator(".o_data_row", has_text="Vereinspost")
    row.locator("button[name=action_open]").click()
    page.locator("a.nav-link[name=expert]").click()
    page.click("button[name=action_end]")
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("Members of this coupling")
    dialog.locator("div[name=accepted] input").check()
    dialog.get_by_role("button", name="End the Coupling").click()
    expect(page.locator(".o_list_view")).to_be_visible()
    expect(page.locator(".o_data_row", has_text="Vereinspost")).to_have_count(0)
    _no_error(page)


def test_everything_in_german(page_of, world):
    page = page_of("koppel")
    page.goto("/odoo/newsletter-tools")
    card = page.locator(".o_kanban_record", has_text="Verein")
    expect(card).to_contain_text("Kopplungen")
    card.get_by_role("button", name="Listen").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Kopplungen")
    page.get_by_role("button", name="Zwei Listen koppeln").click()
    expect(page.locator(".modal")).to_contain_text("Beide Listen gibt es schon")
    page.goto("/newsletter_sync/manual#coupling")
    expect(page.locator("#coupling")).to_contain_text("Zwei Listen koppeln")
    _no_error(page)
