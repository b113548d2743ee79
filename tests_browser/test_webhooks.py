"""A tool reports to an Odoo that is really served: set up, heard, and seen."""

import json

import pytest
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox

_PREPARE = """
for key, value in {{
    "newsletter_sync.allow_loopback_tools": "1",
    "newsletter_sync.webhook_base_url": "{odoo}",
}}.items():
    env["ir.config_parameter"].set_param(key, value)
connection = env["newsletter.connection"].create(
    {{"name": "Reporting tool", "provider": "cleverreach"}}
)
login = json.loads('''{login}''')
for line in connection.credential_ids:
    line["secret_input" if line.kind == "secret" else "value"] = login.get(line.name)
env.cr.commit()
connection.action_test()
remote_list = connection.remote_list_ids.filtered(lambda each: each.name == "Reports")
mailing_list = env["mailing.list"].create({{"name": "Reports"}})
# set up by the button below
connection.webhooks_wanted = False
coupling = env["newsletter.coupling"]._couple(
    remote_list, mailing_list, direction="both"
)
env.cr.commit()
run_id = coupling._start_run("fetch")
env["newsletter.runner"]._work(run_id, 60)
env.registry.signal_changes()
"""


@pytest.fixture(scope="module")
def sandbox():
    """A tool with one person on one list."""
    with Sandbox() as sandbox:
        tool = sandbox.tools["cleverreach"]
        sandbox.list_id = tool.new_list("Reports")
        tool.seed(sandbox.list_id, 1)
        yield sandbox


@pytest.fixture(scope="module")
def coupled(run_in_odoo, base_url, sandbox):
    login = {
        "login": "client_credentials",
        "client_id": "sandbox-id",
        "client_secret": "sandbox-secret",
        "base_url": sandbox.url("cleverreach"),
    }
    code = _PREPARE.format(odoo=base_url.rstrip("/"), login=json.dumps(login))
    run_in_odoo(f"import json\n{code}")


def test_the_tool_is_set_up_and_heard(page, open_action, coupled, sandbox):
    open_action("newsletter_sync.action_newsletter_connection")
    page.get_by_role("cell", name="Reporting tool").click()
    page.get_by_role("tab", name="Reports of the Tool").click()
    state = page.locator("div[name=webhook_state]")
    expect(state).to_contain_text("Switched off")
    page.locator("div[name=webhooks_wanted] input").check()
    page.click(".o_form_button_save")
    page.click("button[name=action_care_for_webhooks]")
    expect(state).to_contain_text("The tool reports changes at once", timeout=120_000)
    page.locator("div[name=webhook_ids] .o_data_row").first.click()
    page.click("button[name=action_check_address]")
    expect(page.get_by_text("Odoo listens at this address.")).to_be_visible()
    (person,) = sandbox.store.select("m.list_id = ?", [sandbox.list_id])
    sandbox.act("cleverreach", "unsubscribe", sandbox.list_id, person.email)
    sandbox.settle()
    open_action("newsletter_sync.action_newsletter_delivery")
    expect(page.locator(".o_data_row")).to_have_count(1)
    page.locator(".o_data_row td[name=connection_id]").click()
    expect(page.locator("div[name=body]")).to_contain_text("receiver.unsubscribed")
    assert not page.locator(".o_error_dialog").count()


def test_the_coupling_says_what_happens_by_itself(page, open_action, coupled):
    open_action("newsletter_sync.action_newsletter_coupling")
    row = page.locator(".o_data_row", has_text="Reports")
    row.locator("button[name=action_open]").click()
    expect(page.locator("div[name=webhook_state]")).to_contain_text("at once")
    expect(page.locator("div[name=automation_explained]")).to_contain_text("Leavings")
    expect(page.locator("div[name=fetch_minutes] input")).to_have_value("30")


def test_the_settings_explain_the_levels(page, coupled):
    page.goto("/odoo/settings#mass_mailing")
    page.locator(".settings_tab .tab[data-key=mass_mailing]").click()
    expect(page.get_by_text("Nothing by itself:")).to_be_visible()
    address = page.locator("div[name=newsletter_webhook_base_url] input")
    address.fill("http://192.0.2.7")
    address.press("Tab")
    expect(page.get_by_text("cannot reach Odoo at its address")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
