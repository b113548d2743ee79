"""What a browser test gets: a served Odoo with the addon, and a page in Chromium.

    def test_dashboard(page, open_action):
        open_action("newsletter_sync.newsletter_dashboard_action")
        page.get_by_text("Connections").wait_for()

Each file has a database and a server of its own. `run_in_odoo` prepares data.
"""

import sys
import textwrap
from contextlib import ExitStack, contextmanager
from types import ModuleType

import pytest
from playwright.sync_api import expect, sync_playwright

from scripts.environment import chromium, places, prepare
from scripts.environment.console import Failure
from scripts.environment.databases import Databases

# The sandbox is part of the addon, whose own __init__ needs Odoo (see tests_pure).
parent = ModuleType(places.MODULE)
parent.__path__ = [str(places.CHECKOUT)]
sys.modules[places.MODULE] = parent

_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking"
    " --disable-component-update --disable-sync --no-first-run"
)
_VIEWPORT = {"width": 1400, "height": 900}
_TIMEOUT = 20_000
_COLLISIONS = 4
# The rows are held to the end, so that the served Odoo starts no scheduled action in
# the middle of a set-up, which then collides; what was due is called at the end.
_UNDISTURBED = """
with env.registry.cursor() as watch:
    watch.execute("SELECT id FROM ir_cron FOR NO KEY UPDATE")
    exec({code!r})
    env.cr.commit()
env["ir.cron"]._notifydb()
"""
expect.set_options(timeout=_TIMEOUT)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests; without one they are skipped."""
    program = chromium.find()
    if not program:
        pytest.skip(chromium.HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=_ARGUMENTS.split()
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def environment(browser):
    """The set-up, asked for only when there is a browser to use it."""
    return prepare()


@pytest.fixture(scope="session")
def installed(environment):
    """The databases, and the name of one with the addon, from which copies are made."""
    databases = Databases(environment.postgres, environment.odoo)
    with databases.temporary("browser") as name:
        environment.odoo.install(name, places.MODULE)
        yield databases, name


@pytest.fixture(scope="module")
def database(installed):
    """A fresh database for each file: what one connects is no news to the others."""
    databases, source = installed
    with databases.copied(source) as name:
        yield name


@pytest.fixture(scope="module")
def base_url(environment, database):
    """The address of an Odoo that serves the database."""
    with environment.odoo.serving(database) as address:
        yield address


@pytest.fixture(scope="module")
def run_in_odoo(environment, database):
    """Call with Python code that has `env`: it runs in the database, then commits.

    The served Odoo works at the same time: its scheduled actions wait meanwhile, and a
    collision with one at its end, or with a request, is tried again, as Odoo does.
    """

    def run(code):
        code = _UNDISTURBED.format(code=textwrap.dedent(code))
        for _again in range(_COLLISIONS):
            try:
                return environment.odoo.run_code(database, code)
            except Failure as failure:
                if "could not serialize" not in str(failure):
                    raise
        return environment.odoo.run_code(database, code)

    return run


@pytest.fixture(scope="module")
def logged_in(browser, base_url):
    """The cookies of the administrator, so that only one test waits for the login."""
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    # The first page builds all assets.
    page.goto("/web/login", timeout=120_000)
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client", timeout=120_000)
    page.wait_for_selector(".o_main_navbar", timeout=120_000)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser, base_url, logged_in, request):
    """A page of the administrator, see ``_watched``."""
    context = browser.new_context(
        base_url=base_url, storage_state=logged_in, viewport=_VIEWPORT
    )
    with _watched(context, request) as page:
        yield page


@pytest.fixture
def page_of(browser, base_url, request):
    """Call with a login, whose password is the login twice: a page of that user.

    The test's own fixtures have to make the user before.
    """
    with ExitStack() as stack:

        def sign_in(login: str):
            context = browser.new_context(base_url=base_url, viewport=_VIEWPORT)
            page = stack.enter_context(_watched(context, request))
            page.goto("/web/login", timeout=120_000)
            # where several have logged in, their names are offered before the form
            page.evaluate(
                "document.querySelectorAll('form')"
                ".forEach(form => form.classList.remove('d-none'))"
            )
            page.fill("input[name=login]", login)
            page.fill("input[name=password]", f"{login}-{login}")
            page.press("input[name=password]", "Enter")
            page.wait_for_selector(".o_main_navbar", timeout=120_000)
            return page

        yield sign_in


@contextmanager
def _watched(context, request):
    """A page on which an uncaught script error fails the test.

    What the page looked like at the end of a failed test is kept with the logs.
    """
    page = context.new_page()
    page.set_default_timeout(_TIMEOUT)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    failures_before = request.session.testsfailed
    yield page
    if errors or request.session.testsfailed > failures_before:
        page.screenshot(path=places.LOGS / f"{request.node.name}.png")
    context.close()
    assert not errors, f"script errors in the page: {errors}"


@pytest.fixture
def open_action(page):
    """Call with an action's external id: the page shows it when the call returns."""

    def open_it(external_id):
        page.goto(f"/odoo/action-{external_id}")
        page.wait_for_selector(".o_action_manager > .o_action")

    return open_it


@pytest.fixture
def open_contact(page):
    """Call with the name of a contact: the page shows its form when the call returns.

    By its id, for a search box that still offers proposals lies over the found rows.
    """

    def open_it(name):
        answer = page.request.post(
            "/web/dataset/call_kw/res.partner/search",
            data={
                "jsonrpc": "2.0",
                "params": {
                    "model": "res.partner",
                    "method": "search",
                    "args": [[["name", "=", name]]],
                    "kwargs": {},
                },
            },
        )
        [partner_id] = answer.json()["result"]
        page.goto(f"/odoo/action-contacts.action_contacts/{partner_id}")
        page.locator(".o_form_view").wait_for()

    return open_it
