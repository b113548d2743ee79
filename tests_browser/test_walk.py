"""A walk over the main screens in both languages, and a run that is watched at work.

With a folder's name in ``NEWSLETTER_PICTURES`` it keeps a picture of each screen.
"""

import time

import pytest
from playwright.sync_api import expect

from newsletter_sync.sandbox.server import Sandbox
from tests_browser.circle import keep
from tests_browser.screens import open_coupling
from tests_browser.tongue import ours, said

_LONG, _PAGE = 16_000, 1000
_WORLD = """
languages = env["res.lang"].with_context(active_test=False)
german = languages.search([("code", "=", "de_DE")])
env["base.language.install"].create({"lang_ids": german.ids}).lang_install()
env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
connection = env["newsletter.connection"].create(
    {"name": "CleverReach Verein", "provider": "cleverreach"})
login = {"login": "client_credentials", "client_id": "sandbox-id",
         "client_secret": "sandbox-secret", "base_url": "URL"}
for line in connection.credential_ids:
    line["secret_input" if line.kind == "secret" else "value"] = login.get(line.name)
env.cr.commit()
connection.action_test()
env.cr.commit()
connection.invalidate_recordset()
connector = connection._connector()
connector.create_field("Ort", "text")
first = connection.mapping_ids.filtered(lambda m: m.path == "newsletter_firstname")
first.write({
    "remote_name": connector.create_field("Vorname", "text").name,
    "record_type": "mailing.contact", "path": "first_name",
    "direction": "both", "rule": "ask"})
# a mapping keeps the words of whoever made it
for number, mapping in enumerate(connection.mapping_ids, start=1):
    mapping.label = f"Angabe {number}"
couplings = {}
for name in ("Vereinsnachrichten", "Großer Verteiler"):
    club = env["mailing.list"].create({"name": name})
    remote = connection.remote_list_ids.filtered(lambda r: r.name == name)
    couplings[name] = env["newsletter.coupling"].create({
        "remote_list_id": remote.id, "mailing_list_id": club.id, "direction": "both",
        "missing_in_tool": "transmit", "automation": "manual"})
letter = env["mailing.list"].create({"name": "Rundbrief"})
coupling = couplings["Vereinsnachrichten"]
people = env["mailing.contact"].create([
    {"name": "Ulrike Färber", "first_name": "Ulrike", "email": "uli@example.net"},
    {"name": "Björn Groß", "first_name": "Björn", "email": "bjoern@example.net"},
    {"name": "Nele Neu", "first_name": "Nele", "email": "nele@example.net"},
])
env["mailing.subscription"].create([
    {"contact_id": contact.id, "list_id": coupling.mailing_list_id.id}
    for contact in people])
env["mailing.subscription"].create(
    {"contact_id": people[0].id, "list_id": letter.id})
consent = env["newsletter.consent"]._for_address("nele@example.net")
consent._record("request")
consent._record("confirmation")
env["res.users"].create([
    {"name": name, "login": lang, "password": f"{lang}-{lang}", "lang": lang,
     "group_ids": [(4, env.ref(group).id) for group in (
        "base.group_user", "mass_mailing.group_mass_mailing_user",
        "newsletter_sync.group_administrator")]}
    for name, lang in (("Erika Walker", "en_US"), ("Dora Gang", "de_DE"))])
env.cr.commit()
run = coupling._start_run("fetch", whole=True)
env["newsletter.runner"]._work(run, 60)
env.cr.commit()
env.registry.signal_changes()
"""
#: what each screen says in each language, and nothing else says
_SENTENCES = {
    "en_US": {
        "couple_choose": "Both lists exist",
        "couple_settings": "Opt-outs travel both ways in every direction.",
        "couple_confirm": "This will happen when you press “Couple now”:",
        "list": "Next step: review one person (2).",
        "conflict": "What will happen",
        "dry_run": "This is what would happen. Nothing has been sent yet.",
        "events": "Event Log",
        "mapping": "What the tool lacks is created there with the next",
        "running": "Reading the tool's list",
        "cancelled": "Cancelled by a user. What was taken over before stays; nothing"
        " was sent to the newsletter tool.",
    },
    "de_DE": {
        "couple_choose": "Beide Listen gibt es schon",
        "couple_settings": "Abmeldungen gehen bei jeder Richtung in beide Richtungen.",
        "couple_confirm": "Das geschieht, wenn Sie „Jetzt koppeln“ drücken:",
        "list": "Nächster Schritt: eine Person prüfen (2).",
        "conflict": "Was geschehen wird",
        "dry_run": "Das würde geschehen. Noch wurde nichts gesendet.",
        "events": "Ereignisprotokoll",
        "mapping": "Was dem Tool fehlt, wird dort mit der nächsten Synchronisation",
        "running": "Liste des Tools wird gelesen",
        "cancelled": "Von einem Benutzer abgebrochen. Was vorher übernommen wurde,"
        " bleibt; an das Newsletter-Tool wurde nichts gesendet.",
    },
}


@pytest.fixture(scope="module")
def sandbox():
    """A tool with a list that is to be coupled, one that is, and a long one."""
    from newsletter_sync.sandbox.store import Member

    with Sandbox() as sandbox:
        tool = sandbox.tools["cleverreach"]
        stranger = Member(tool.new_list("Vereinspost"), "nina@example.net")
        list_id = tool.new_list("Vereinsnachrichten")
        people = [
            Member(list_id, email, activated=1_700_000_000, shared={"vorname": name})
            for email, name in (
                ("uli@example.net", "Ulli"),
                ("bjoern@example.net", "Björn"),
            )
        ]
        sandbox.store.save("cleverreach", [stranger, *people])
        sandbox.seed(tool.new_list("Großer Verteiler"), _LONG)
        yield sandbox


@pytest.fixture(scope="module")
def world(run_in_odoo, sandbox):
    """A conflict, a task, two lists to be coupled, and a user for each language."""
    run_in_odoo(_WORLD.replace("URL", sandbox.url("cleverreach")))


@pytest.fixture(params=_SENTENCES)
def walker(request, world, page_of):
    """Somebody in front of the screen, who reads one of the languages."""
    return Walker(page_of(request.param), request.param)


class Walker:
    """Looks at screens in one language."""

    def __init__(self, page, lang: str):
        self.page = page
        self.lang = lang

    def look(self, screen: str, where: str = "body"):
        """The screen says its sentence, and nothing of ours in the other language."""
        sentence = _SENTENCES[self.lang][screen]
        expect(self.page.locator(where).last).to_contain_text(sentence)
        texts = said(self.page)
        [other] = _SENTENCES.keys() - {self.lang}
        keep(self.page, f"walk_{screen}_{self.lang[:2]}")
        assert len(ours(texts, self.lang)) > 4, f"{screen}: hardly a term of ours"
        assert not ours(texts, other), f"{screen}: in the other language"
        assert not self.page.locator(".o_error_dialog").count()

    def choose(self, field: str, text: str):
        """One of the records that a field of the dialog offers."""
        self.page.click(f".modal div[name={field}] input")
        self.page.locator(".o-autocomplete--dropdown-item", has_text=text).click()


def test_every_screen_speaks_the_language_of_its_reader(walker):
    page = walker.page
    page.goto("/odoo/newsletter-couplings")
    page.locator(".o_control_panel button.btn-primary").first.click()
    walker.choose("remote_list_id", "Vereinspost")
    walker.choose("mailing_list_id", "Rundbrief")
    walker.look("couple_choose", ".modal")
    page.click(".modal button[name=action_next]")
    walker.look("couple_settings", ".modal")
    page.click(".modal button[name=action_next]")
    walker.look("couple_confirm", ".modal")

    page.goto("/odoo/mailing-lists")
    page.locator(".o_kanban_record span[title='Vereinsnachrichten']").click()
    walker.look("list", ".o_newsletter_review")

    open_coupling(walker.page, "Vereinsnachrichten")
    page.locator("[data-check=conflict] .btn-link").click()
    page.locator(".o_data_row", has_text="uli@").locator("td[name=email]").click()
    page.click("button[name=action_decide].btn-primary")
    page.locator(".modal [data-choice=odoo]").click()
    walker.look("conflict", ".modal")

    open_coupling(walker.page, "Vereinsnachrichten")
    page.click("[data-step=transmit]")
    walker.look("dry_run", ".o_newsletter_run")

    page.goto("/odoo/newsletter-events")
    page.locator(".o_data_row").first.wait_for()
    walker.look("events", ".o_breadcrumb")

    page.goto("/odoo/action-newsletter_sync.action_newsletter_connection")
    page.get_by_role("cell", name="CleverReach Verein", exact=True).click()
    page.locator("a.nav-link[name=mapping]").click()
    page.locator("button[name=action_field_mapping]").click()
    page.locator("button[name=action_refresh_fields]").click()
    page.locator("[name=unmapped_field_ids] tr", has_text="Ort").wait_for()
    walker.look("mapping", ".o_form_view")


def test_a_run_is_watched_at_work_and_cancelled(walker, sandbox):
    page = walker.page
    open_coupling(walker.page, "Großer Verteiler")
    # each page lasts as long as a slice may, so that each of them moves the bar
    slow = sandbox.faults.add("slow", method="GET", path="receivers", seconds=3.1)
    page.locator("[data-step=fetch]").click()
    _until(lambda: slow.struck)
    page.goto("/odoo/action-newsletter_sync.action_newsletter_run")
    page.locator(".o_data_row", has_text="Großer Verteiler").first.click()
    # until a page has come the bar is empty, then it shows the page by itself
    first = _until(lambda: _shown(page))
    walker.look("running", ".o_newsletter_run [role=status]")
    second = _until(lambda: _shown(page) > first and _shown(page))
    assert first < second < 100
    button = page.locator("button[name=action_cancel]")
    button.click()
    expect(button).to_have_count(0)
    cancelled = page.locator(".o_form_view")
    expect(cancelled).to_contain_text(_SENTENCES[walker.lang]["cancelled"])
    sandbox.faults.clear()
    expect(page.locator("[role=progressbar]")).to_have_count(0)
    walker.look("cancelled", ".o_form_view")
    read = sandbox.requests.count("GET", "receivers")
    assert read < _LONG / _PAGE, "the rest was read although it was cancelled"
    sandbox.requests.clear()


def _shown(page) -> float:
    """How far the bar of a run is, by its width on the screen."""
    bar = page.locator("[role=progressbar]")
    return bar.evaluate(
        "bar => 100 * bar.firstElementChild.offsetWidth / bar.offsetWidth"
    )


def _until(found, seconds: float = 30):
    """What is found, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (what := found()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return what
