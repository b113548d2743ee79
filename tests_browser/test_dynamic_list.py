"""A filter feeds a mailing list: made, looked at, applied; then people are added."""

from playwright.sync_api import expect


def test_a_filter_is_previewed_and_applied(page, run_in_odoo):
    list_id = run_in_odoo(
        """
        env["res.partner"].create([
            {"name": name, "email": f"{name}@example.org", "city": "Celle"}
            for name in ("anna", "ben")
        ])
        env["res.partner"].create({"name": "uwe", "email": "uwe@example.org"})
        print(env["mailing.list"].create({"name": "Friends of Celle"}).id)
        """
    ).strip()
    page.goto(f"/odoo/mailing.list/{list_id}")
    page.get_by_role("button", name="Feed by a Filter").click()
    page.get_by_role("heading", name="Friends of Celle").wait_for()
    page.get_by_text("Keep them on the list").click()
    # the domain editor: one rule, City is equal to Celle
    page.get_by_text("New Rule").click()
    page.locator(".o_model_field_selector").first.click()
    page.get_by_placeholder("Search...").fill("City")
    page.locator(".o_model_field_selector_popover_item_name").get_by_text(
        "City", exact=True
    ).click()
    value = page.locator(".o_tree_editor_editor input").last
    value.fill("Celle")
    value.blur()
    page.get_by_role("button", name="Preview").click()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("match the filter: 2")
    expect(dialog).to_contain_text("ben <ben@example.org>")
    expect(dialog).not_to_contain_text("uwe")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("button[name=action_open_matches]")).to_contain_text("2")
    page.locator("button[name=action_open_matches]").click()
    expect(page.locator(".o_data_row")).to_have_count(2)
    people = run_in_odoo(
        f"print(sorted(env['mailing.list'].browse({list_id})"
        ".contact_ids.mapped('name')))"
    )
    assert people.strip() == "['anna', 'ben']"
    # the people of that list onto another one
    other = run_in_odoo(
        "print(env['mailing.list'].create({'name': 'Everybody'}).id)"
    ).strip()
    page.goto(f"/odoo/mailing.list/{other}")
    page.locator(".o_cp_action_menus .dropdown-toggle").click()
    page.get_by_role("menuitem", name="Add or Remove Many People").click()
    field = dialog.locator("[name=source_list_ids] input")
    field.fill("Friends")
    page.locator(".o-autocomplete--dropdown-item").first.click()
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog).to_contain_text("would come:2")
    dialog.get_by_role("button", name="Add Them").click()
    expect(dialog).to_contain_text("were added:2")
