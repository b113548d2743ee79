"""The screen of the field mapping, as an administrator uses it."""

import json

import pytest
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox

_PREPARE = """
env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
env["res.partner"].create({{
    "name": "Frau Dr. Ulrike Färber", "email": "mapped@example.org"}})
connection = env["newsletter.connection"].create({{
    "name": "Fields test", "provider": "cleverreach"}})
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
connection._connector().create_field("Ort", "text")
"""


@pytest.fixture(scope="module")
def connected(run_in_odoo):
    """A connection to a sandbox that has some fields of its own."""
    with Sandbox() as sandbox:
        sandbox.tools["cleverreach"].new_list("Vereinsnachrichten")
        run_in_odoo(_PREPARE.format(address=sandbox.url("cleverreach")))
        yield sandbox


def _open(page):
    page.goto("/odoo/action-newsletter_sync.action_newsletter_connection")
    page.get_by_role("cell", name="Fields test", exact=True).click()


def test_map_a_field_of_the_tool(page, connected):
    """Read the tool's fields, map one, pick Odoo's by the field selector."""
    _open(page)
    page.get_by_role("tab", name="Fields", exact=True).click()
    page.get_by_role("button", name="Map Fields").click()
    page.get_by_role("button", name="Read the Tool's Fields").click()
    row = page.locator("[name=unmapped_field_ids] tr", has_text="Ort")
    row.get_by_role("button", name="Map").click()
    dialog = page.locator(".modal")
    dialog.locator("[name=path] .o_model_field_selector").click()
    popover = page.locator(".o_model_field_selector_popover")
    popover.locator("input").first.fill("Display name")
    popover.locator("li", has_text="Display name").first.click()
    expect(dialog.locator("[name=example]")).to_contain_text("Färber")
    dialog.get_by_role("button", name="Save").click()
    mapped = page.locator("[name=mapping_ids]")
    expect(mapped.locator("tr", has_text="Ort")).to_contain_text("Färber")
    # what is done about a row is not beyond the edge of the list
    remove = mapped.locator("button[name=action_remove]")
    expect(remove.first).to_be_in_viewport(ratio=1)
    assert not page.locator(".o_error_dialog").count()


def test_the_mapping_is_downloaded_as_a_file(page, connected):
    _open(page)
    page.get_by_role("tab", name="Fields", exact=True).click()
    page.get_by_role("button", name="Map Fields").click()
    # in the words of the screens, not by technical names
    rows = page.locator("[name=mapping_ids] .o_data_row")
    expect(rows.locator("[name=path_name]").first).not_to_contain_text("_")
    page.get_by_role("button", name="Save or Load as a File").click()
    with page.expect_download() as download:
        page.locator(".modal").get_by_role("button", name="Download").click()
    content = json.loads(download.value.path().read_text())
    assert {row["path"] for row in content["rows"]} >= {"newsletter_firstname"}
