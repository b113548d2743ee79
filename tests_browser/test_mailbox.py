"""The mailbox as a clerk sees it: a mail, its steps, one click, several at once."""

import pytest
from playwright.sync_api import expect

_MAILS = """
from email.message import EmailMessage
anna = env["res.partner"].create({"name": "Anna Berg", "email": "anna@example.com"})
def send(number, sender, subject, text, **headers):
    message = EmailMessage()
    message["From"], message["To"] = sender, "news@example.org"
    message["Subject"] = subject
    message["Message-ID"] = f"<browser{number}@example.com>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    env["mail.thread"].message_process("newsletter.case", message.as_bytes())
send(1, "Anna Berg <anna@example.com>", "Automatische Antwort",
     "Ich bin nicht mehr im Unternehmen tätig. Bitte wenden Sie sich an Frau Eva Klein "
     "(eva.klein@example.com).", Auto_Submitted="auto-replied")
send(2, "one@example.net", "Erstens", "Bitte keine Mails mehr")
send(3, "two@example.net", "Zweitens", "Bitte nehmen Sie mich aus dem Verteiler.")
send(4, "Ben <ben@example.net>", "Drittens", "Wann ist das Sommerfest?")
env.cr.commit()
"""
_LEFT = """
for leaving in env["newsletter.leaving"].search([]):
    print("left:", leaving.email, leaving.channel)
for partner in env["res.partner"].search([("newsletter_successor_id", "!=", False)]):
    print("successor:", partner.name, partner.newsletter_successor_id.name)
"""


@pytest.fixture(scope="module", autouse=True)
def mails(run_in_odoo):
    run_in_odoo(_MAILS)


def test_one_mail_is_carried_out(page, open_action):
    open_action("newsletter_sync.action_newsletter_case")
    row = page.locator(".o_data_row", has_text="Automatische Antwort")
    expect(row).to_contain_text("No longer with the company")
    row.locator("td[name=name]").click()
    steps = page.locator("div[name=step_ids] .o_data_row")
    expect(steps).to_have_count(3)
    expect(steps.nth(2)).to_contain_text("Eva Klein")
    page.click("button[name=action_carry_out]")
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text(
        "Carried out"
    )
    expect(steps.nth(2)).to_contain_text("Created: Eva Klein")
    expect(steps.nth(2).locator("button[name=action_undo]")).to_be_visible()
    expect(steps.nth(0).locator("button[name=action_undo]")).to_be_hidden()


def test_several_mails_are_carried_out_at_once(page, open_action):
    open_action("newsletter_sync.action_newsletter_case")
    for subject in ("Erstens", "Zweitens"):
        row = page.locator(".o_data_row", has_text=subject)
        row.locator(".o_list_record_selector input").click()
    page.locator(".o_control_panel button[name=action_carry_out]").click()
    expect(page.locator(".o_notification")).to_contain_text("2 mails carried out")
    expect(page.locator(".o_data_row", has_text="Erstens")).to_have_count(0)


def test_another_kind_offers_other_steps(page, open_action):
    open_action("newsletter_sync.action_newsletter_case")
    page.locator(".o_data_row", has_text="Drittens").locator("td[name=name]").click()
    page.wait_for_selector(".o_form_view")
    field = page.locator("div[name=mail_class]")
    field.locator("input, select").first.click()
    options = page.locator(
        ".o_select_menu_item, option", has_text="Wants no more mails"
    )
    if options.first.evaluate("node => node.tagName") == "OPTION":
        field.locator("select").select_option(label="Wants no more mails")
    else:
        options.first.click()
    page.locator(".o_form_button_save").click()
    steps = page.locator("div[name=step_ids] .o_data_row")
    expect(steps.first).to_contain_text("ben@example.net")


def test_it_was_really_done(run_in_odoo):
    said = run_in_odoo(_LEFT)
    for line in (
        "left: anna@example.com reply",
        "left: one@example.net reply",
        "left: two@example.net reply",
        "successor: Anna Berg Eva Klein",
    ):
        assert line in said
    assert "eva.klein" not in said


def test_a_rule_can_be_tried(page, open_action):
    open_action("newsletter_sync.action_newsletter_case_rule")
    page.locator(".o_group_header").first.click()
    page.locator(".o_data_row td[name=name]").first.click()
    page.locator("div[name=trial_text] textarea").fill(
        "Bitte nehmen Sie mich aus Ihrem Verteiler!"
    )
    page.locator("div[name=name] input").click()
    expect(page.locator("div[name=trial_result]")).to_contain_text(
        "Wants no more mails"
    )
