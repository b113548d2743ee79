"""The addon comes, is upgraded, copied, removed, and comes again."""

import pytest

from scripts.environment import places
from tests_system.schema import Schema

CONTACT = (
    "SELECT name, email, email_normalized, lang, active FROM res_partner"
    " WHERE email LIKE '{name}%' ORDER BY id"
)


@pytest.fixture
def copy(world, environment, databases):
    """A database of its own with a history: connection, consents, a run, members."""
    name = f"{world.database}_copy"
    world.make_people(5)
    run_id = world.approved_run()
    world.ask(
        f"""
work({run_id})
run = fresh({run_id})
assert run.state == "done"
consent = env["newsletter.consent"].search([], limit=1)
consent._record("note", note="Asked by phone")
coupling = run.coupling_id
coupling.mailing_list_id = env["mailing.list"].create({{"name": "Club"}})
coupling.direction = "both"
mapping = coupling.connection_id.mapping_ids[0]
mapping.label = "Form of address"
"""
    )
    databases.drop(name)
    _clone(environment, world.database, name)
    yield name
    databases.drop(name)


def _clone(environment, source, target):
    arguments = ("--template", source, target)
    environment.postgres.run("createdb", *arguments, failure="no copy was made")


def _odoo(environment, database, *arguments):
    done = environment.odoo.run(*arguments, "-d", database, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def _uninstall(world, database):
    world.ask(
        f"""
module = env["ir.module.module"].search([("name", "=", "{places.MODULE}")])
module.button_immediate_uninstall()
""",
        database,
    )


def test_upgrade_keeps_what_people_set(world, environment, copy):
    queries = (
        "SELECT name, state, provider, company_id FROM newsletter_connection",
        "SELECT name, value, secret FROM newsletter_credential ORDER BY id",
        "SELECT label, remote_name, rule FROM newsletter_field_mapping ORDER BY id",
        "SELECT name, direction, mailing_list_id FROM newsletter_coupling ORDER BY id",
        "SELECT email, remote_id, base_digest FROM newsletter_member ORDER BY id",
        "SELECT email, state, state_at FROM newsletter_consent ORDER BY id",
        "SELECT kind, note, date FROM newsletter_consent_event ORDER BY id",
        "SELECT state, message, done, total FROM newsletter_run ORDER BY id",
        "SELECT access, refresh FROM newsletter_token ORDER BY id",
        "SELECT value FROM ir_config_parameter WHERE key LIKE 'newsletter%'",
    )
    world.sql(
        "UPDATE ir_cron SET interval_number = 7 WHERE cron_name LIKE 'News%'", copy
    )
    before = [world.sql(query, copy) for query in queries]
    assert all(before), dict(zip(queries, before, strict=True))
    _odoo(environment, copy, "-u", places.MODULE, "--stop-after-init", "--no-http")
    assert [world.sql(query, copy) for query in queries] == before
    cron = "SELECT DISTINCT interval_number FROM ir_cron WHERE cron_name LIKE 'News%'"
    assert world.sql(cron, copy) == "7"


def test_a_neutralised_copy_speaks_to_nobody(world, environment, copy):
    world.sql("UPDATE newsletter_run SET state = 'queued'", copy)
    _odoo(environment, copy, "neutralize")
    nothing_left = (
        "SELECT count(*) FROM newsletter_connection WHERE state = 'connected'",
        "SELECT count(*) FROM newsletter_token",
        "SELECT count(*) FROM newsletter_credential WHERE secret IS NOT NULL",
        "SELECT count(*) FROM newsletter_run WHERE state IN ('queued', 'running')",
        "SELECT count(*) FROM ir_cron WHERE active AND cron_name LIKE 'News%'",
    )
    for query in nothing_left:
        assert world.sql(query, copy) == "0", query
    assert world.sql("SELECT count(*) FROM newsletter_member", copy) != "0"


def test_gone_without_a_trace_and_back(world, environment, installed, copy):
    contacts = CONTACT.format(name=world.name)
    before = world.sql(contacts, copy)
    assert before.count("\n") == 4
    _uninstall(world, copy)
    _before_name, before_install = installed
    left = Schema.read(environment.postgres, copy).extra(before_install)
    assert not left
    assert world.sql(contacts, copy) == before
    shown = world.ask(
        f"""
partners = env["res.partner"].search([("email", "=like", "{world.name}%")])
partners[0].name = "Another name"
answer([len(partners), len(env["res.partner"].get_view(view_type="form")["arch"]) > 0])
""",
        copy,
    )
    assert shown == [5, True]
    environment.odoo.install(copy, places.MODULE)
    assert world.sql("SELECT count(*) FROM newsletter_connection", copy) == "0"
    assert world.sql(contacts, copy) != ""
    state = f"SELECT state FROM ir_module_module WHERE name = '{places.MODULE}'"
    assert world.sql(state, copy) == "installed"
