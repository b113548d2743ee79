"""The stage of a system test: many people, a connection to the sandbox, and runs."""

from __future__ import annotations

import json

from newsletter_sync.sandbox.store import Member
from tests_system.process import PRELUDE, Mother, Process, last_answer

#: made by SQL: thousands of people in a moment, each with a confirmed consent
PEOPLE = """
INSERT INTO res_partner (name, complete_name, email, email_normalized, active, type,
                         create_date, write_date)
SELECT 'Person ' || n, 'Person ' || n, mail, mail, true, 'contact', now(), now()
  FROM (SELECT n, '{name}' || n || '@example.org' AS mail
          FROM generate_series(1, {number}) AS n) AS people;
UPDATE res_partner SET commercial_partner_id = id WHERE commercial_partner_id IS NULL;
INSERT INTO newsletter_consent (email, company_id, medium, state, state_at, purpose)
SELECT '{name}' || n || '@example.org', 1, 'email', 'confirmed', '2024-05-01',
       'Newsletter'
  FROM generate_series({without} + 1, {number}) AS n;
"""

CONNECTION = """
env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
connection = env["newsletter.connection"].create(
    {{"name": "Club", "provider": "cleverreach"}}
)
login = {login}
for line in connection.credential_ids:
    line["secret_input" if line.kind == "secret" else "value"] = login.get(line.name)
env.cr.commit()
"""


class World:
    """Names are free: ``name`` begins the address of everybody of this test."""

    def __init__(self, environment, database: str, mother: Mother, sandbox, folder):
        self._environment = environment
        self._mother = mother
        self.database = database
        self.sandbox = sandbox
        self.dialect = sandbox.tools["cleverreach"]
        self.list_id = self.dialect.new_list("Club news")
        self.name = f"p{folder.name[-40:].lower().strip('_')}x".replace("_", "-")
        self.meeting = folder / "meeting"
        self.meeting.mkdir()
        self._processes: list[Process] = []

    # --- processes ---------------------------------------------------------------
    def start(self, code: str) -> Process:
        """A new process that has ``env`` and the helpers of ``process.PRELUDE``."""
        process = self._mother.start(code)
        self._processes.append(process)
        return process

    def ask(self, code: str, database: str = ""):
        """Run the code in a process of its own; its answer."""
        if not database:
            return self.start(code).finished()
        code = f"{PRELUDE}\n{code}"
        return last_answer(self._environment.odoo.run_code(database, code))

    def end(self) -> None:
        """Nothing of a failed test lives on, and its connection is switched off."""
        for process in self._processes:
            if not process.ended:
                process.kill()
        self.sql("UPDATE newsletter_connection SET state = 'draft'")
        self.sql(
            "UPDATE newsletter_run SET state = 'cancelled' WHERE state NOT IN"
            " ('done', 'stopped')"
        )

    def sql(self, statement: str, database: str = "") -> str:
        return self._environment.postgres.sql(statement, database or self.database)

    # --- Odoo --------------------------------------------------------------------
    def make_people(self, number: int, without_consent: int = 0) -> None:
        self.sql(PEOPLE.format(name=self.name, number=number, without=without_consent))

    def login_code(self, **login) -> str:
        """Code that makes ``connection``, with the login filled in."""
        login = {
            "login": "client_credentials",
            "client_id": "sandbox-id",
            "client_secret": "sandbox-secret",
            "base_url": self.sandbox.url("cleverreach"),
            **login,
        }
        return CONNECTION.format(login=json.dumps(login))

    def new_run(self) -> int:
        """A run over this test's people, chosen in the wizard, not yet worked on."""
        return self.ask(
            f"""
{self.login_code()}
connection.action_test()
assert connection.state == "connected", connection.message
connection._refresh_lists()
env.cr.commit()
answer(env["newsletter.runner"]._start({{
    "kind": "push",
    "connection_id": connection.id,
    "remote_list_id": connection.remote_list_ids.id,
    "res_model": "res.partner",
    "selection_domain": [["email", "=like", "{self.name}%"]],
    "user_id": env.uid,
}}))
"""
        )

    def approved_run(self) -> int:
        """The same, with the preview made and approved; nothing is sent yet."""
        run_id = self.new_run()
        self.ask(f"work({run_id})\n{self.approval(run_id)}")
        return run_id

    @staticmethod
    def approval(run_id: int) -> str:
        """Code that does what the button "Synchronise now" does, but does not work."""
        return APPROVE.format(run_id=run_id)

    def state(self, run_id: int) -> str:
        return self.sql(f"SELECT state FROM newsletter_run WHERE id = {run_id}")

    def results(self, run_id: int) -> dict[str, int]:
        """{result or reason to be left out: number of lines}."""
        rows = self.sql(
            "SELECT coalesce(reason, result), count(*) FROM newsletter_run_line"
            f" WHERE run_id = {run_id} GROUP BY 1"
        )
        return {row.split("|")[0]: int(row.split("|")[1]) for row in rows.splitlines()}

    def remote_ids(self, run_id: int) -> dict[str, str]:
        """{address: the tool's id} that the members of the run's list remember."""
        rows = self.sql(
            "SELECT m.email, m.remote_id FROM newsletter_member m JOIN newsletter_run r"
            f" ON r.coupling_id = m.coupling_id WHERE r.id = {run_id} AND m.active"
        )
        return dict(row.split("|") for row in rows.splitlines())

    # --- the tool ----------------------------------------------------------------
    def at_tool(self) -> dict:
        """{address: member of the list in the tool}."""
        found = self.sandbox.store.select("m.list_id = ?", [self.list_id])
        assert len({member.email for member in found}) == len(found)
        return {member.email: member for member in found}

    def put(self, email: str, **values) -> None:
        """Let somebody be on the list already."""
        member = Member(self.list_id, email, activated=1_700_000_000, **values)
        self.sandbox.store.save("cleverreach", [member])

    def sends(self) -> list:
        """The requests that wrote people, answered well, oldest first."""
        return self.sandbox.requests.all(path="receivers/(upsert|update)", status=200)

    def sent_addresses(self) -> list[str]:
        """Each address as often as the tool has written it."""
        return [row["email"] for entry in self.sends() for row in entry.json]


APPROVE = """
assert fresh({run_id}).state == "preview", fresh({run_id}).message
env["newsletter.runner"]._in_transaction(
    lambda runner: runner._browse_run({run_id})._approve()
)
"""
