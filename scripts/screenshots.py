"""Take the README's pictures from a running demo, in English and German.

    make demo                                      # in one terminal
    scripts/python -m scripts.dev python -m scripts.screenshots http://127.0.0.1:8069

Each run synchronises into the list it is given, so that there is something to see.
"""

import sys
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from .environment import chromium
from .environment.console import Failure

FOLDER = Path(__file__).resolve().parents[1] / "static" / "description"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
ACTION = {
    "en": "Synchronise with Newsletter Tool",
    "de": "Mit Newsletter-Tool synchronisieren",
}


def main() -> int:
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8069"
    lists = sys.argv[2:] or ["Presseverteiler", "Ehrenamt intern"]
    try:
        ensure_served(address)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=list(ARGUMENTS)
        )
        for (language, login), name in zip(
            (("en", "admin"), ("de", "clerk")), lists, strict=True
        ):
            context = browser.new_context(viewport={"width": 1200, "height": 860})
            take(context.new_page(), address, language, login, name)
            context.close()
        browser.close()
    return 0


def ensure_served(address: str) -> None:
    """Look once before a browser waits for minutes.

    :raises Failure: no Odoo answers there
    """
    try:
        urllib.request.urlopen(f"{address}/web/health", timeout=10).close()
    except (OSError, ValueError) as error:
        raise Failure(
            f"No Odoo answers at {address} ({error}). Run `make demo` in another "
            "terminal, wait until it names its address, and give that address here."
        ) from None


def take(page: Page, address: str, language: str, login: str, name: str) -> None:
    """Walk through the wizard and keep what one sees."""
    page.goto(f"{address}/web/login")
    page.evaluate(
        "document.querySelectorAll('form').forEach(f => f.classList.remove('d-none'))"
    )
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector(".o_main_navbar", timeout=120_000)
    page.goto(f"{address}/odoo/action-contacts.action_contacts")
    page.click(".o_switch_view.o_list")
    page.click("thead .o_list_record_selector input")
    page.click(".o_select_domain")
    page.click(".o_cp_action_menus .dropdown-toggle")
    page.get_by_text(ACTION[language]).click()
    page.click(".modal div[name=remote_list_id] input")
    if language == "en":
        keep(page, "wizard", language)
    page.get_by_role("option", name=name).or_(
        page.locator(".o-autocomplete--dropdown-item", has_text=name)
    ).first.click()
    page.click(".modal footer .btn-primary")
    page.wait_for_selector("button[name=synchronise]", timeout=60_000)
    keep(page, "preview", language)
    page.click("button[name=synchronise]")
    page.wait_for_selector("tr[data-number=subscribed]", timeout=120_000)
    page.wait_for_selector("[role=status] .progress", state="hidden", timeout=120_000)
    page.wait_for_timeout(6_000)  # until the message that it is done has gone
    keep(page, "report", language)


def keep(page: Page, name: str, language: str) -> None:
    page.wait_for_timeout(800)
    suffix = "" if language == "en" else f"_{language}"
    path = FOLDER / f"{name}{suffix}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
