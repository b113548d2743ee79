"""Ways to screens that several tests go."""


def open_coupling(page, name: str) -> None:
    """The form of the coupling of a list, with its three steps."""
    page.goto("/odoo/action-newsletter_sync.action_newsletter_coupling")
    row = page.locator(".o_data_row", has_text=name)
    row.locator("button[name=action_open]").click()
    page.wait_for_selector(".o_form_view .o_newsletter_review")
