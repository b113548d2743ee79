"""Odoo's own screens open with the addon installed."""


def test_mailing_lists_open(page, open_action):
    open_action("mass_mailing.action_view_mass_mailing_lists")
    page.get_by_role("button", name="New").first.wait_for()
    assert not page.locator(".o_error_dialog").count()
