"""Step 3 on the screen: dry run, the people behind a number, approval, result."""

import re

import pytest
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox

_PREPARE = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({{"lang_ids": german.ids}}).lang_install()
env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
connection = env["newsletter.connection"].create({{
    "name": "Transmit test", "provider": "cleverreach"}})
login = {{
    "login": "client_credentials", "client_id": "sandbox-id",
    "client_secret": "sandbox-secret", "base_url": "{address}"}}
for line in connection.credential_ids:
    field = "secret_input" if line.kind == "secret" else "value"
    line[field] = login.get(line.name)
env.cr.commit()
connection.action_test()
env.cr.commit()
connection.invalidate_recordset()
connector = connection._connector()
first = connection.mapping_ids.filtered(lambda m: m.path == "newsletter_firstname")
first.remote_name = connector.create_field(first.label, "text").name
club = env["mailing.list"].create({{"name": "Vereinsnachrichten"}})
coupling = env["newsletter.coupling"].create({{
    "remote_list_id": connection.remote_list_ids[:1].id, "mailing_list_id": club.id,
    "direction": "both", "missing_in_tool": "transmit", "automation": "manual"}})
people = env["mailing.contact"].create([
    {{"name": "Ulrike Färber", "first_name": "Ulrike", "email": "uli@example.net"}},
    {{"name": "Björn Groß", "first_name": "Björn", "email": "bjoern@example.net"}},
    {{"name": "Neuling", "first_name": "Nele", "email": "nele@example.net"}},
])
env["mailing.subscription"].create([
    {{"contact_id": contact.id, "list_id": club.id}} for contact in people])
consent = env["newsletter.consent"]._for_address("nele@example.net")
consent._record("request")
consent._record("confirmation")
env.cr.commit()

def work(kind):
    run = coupling._start_run(kind, **({{"whole": True}} if kind == "fetch" else {{}}))
    env["newsletter.runner"]._work(run, 60)
    env.cr.commit()
    env.invalidate_all()

work("fetch")
people[0].first_name = "Ulrike Maria"
env.cr.commit()
work("reconcile")
# leavings would travel by themselves before anybody has looked
gone = env["newsletter.member"].search([("contact_id", "=", people[1].id)])
env["newsletter.review"]._apply(gone, {{"kind": "task", "task": "delete"}})
env["res.users"].create({{
    "name": "Greta Verteiler", "login": "greta", "password": "greta-greta",
    "lang": "de_DE",
    "group_ids": [(4, env.ref(name).id) for name in (
        "base.group_user", "mass_mailing.group_mass_mailing_user",
        "newsletter_sync.group_manager")],
}})
env.cr.commit()
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def tasks(run_in_odoo):
    """A coupling with one person to update, one to remove and one to subscribe."""
    from newsletter_sync.sandbox.store import Member

    with Sandbox() as sandbox:
        list_id = sandbox.tools["cleverreach"].new_list("Vereinsnachrichten")
        for email in ("uli@example.net", "bjoern@example.net"):
            member = Member(list_id, email, activated=1_700_000_000)
            sandbox.store.save("cleverreach", [member])
        run_in_odoo(_PREPARE.format(address=sandbox.url("cleverreach")))
        yield sandbox, list_id


def _dry_run(page):
    page.goto("/odoo/action-newsletter_sync.action_newsletter_coupling")
    row = page.locator(".o_data_row", has_text="Transmit test")
    row.locator("button[name=action_open]").click()
    page.get_by_role("button", name=re.compile(r"3\. ")).first.click()
    expect(page.locator("[data-number=update]")).to_be_visible()


def test_the_dry_run_in_german(page_of, tasks):
    """Whoever decides reads what happens, in their language, before anything does."""
    page = page_of("greta")
    _dry_run(page)
    expect(page.locator("button[name=synchronise]")).to_have_text(
        "JETZT 3 Teilnehmer übertragen"
    )
    expect(page.locator("[data-number=delete]")).to_contain_text("keine E-Mail")


def test_a_number_opens_its_people_and_the_button_sends(page, tasks):
    sandbox, list_id = tasks
    _dry_run(page)
    for task in ("update", "transmit", "delete"):
        expect(page.locator(f"[data-number={task}]")).to_contain_text("1")
    page.locator("[data-number=update] button").click()
    row = page.locator(".o_data_row")
    expect(row).to_have_count(1)
    expect(row.locator("td[name=changes]")).to_contain_text("– → Ulrike Maria")
    page.go_back()
    button = page.locator("button[name=synchronise]")
    expect(button).to_have_text("NOW transmit 3 members")
    button.click()
    expect(page.locator("[data-number=subscribed]")).to_be_visible()
    expect(page.locator("[data-number=deleted]")).to_be_visible()
    found = sandbox.store.select("m.list_id = ?", [list_id])
    held = {member.email: member for member in found}
    assert set(held) == {"uli@example.net", "nele@example.net"}
    assert not page.locator(".o_error_dialog").count()
