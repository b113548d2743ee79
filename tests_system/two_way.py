"""The stage of the two-way tests: people on both sides of a coupled list."""

from __future__ import annotations

from newsletter_sync.sandbox.store import Member

#: readers of a mailing list, each with a confirmed consent older than any leaving
_READERS = """
INSERT INTO mailing_contact (name, first_name, last_name, email, email_normalized,
                             create_date, write_date)
SELECT 'Person ' || n, 'Person', 'No ' || n, mail, mail,
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM (SELECT n, '{name}' || n || '@example.org' AS mail
          FROM generate_series({first}, {last}) AS n) AS people;
INSERT INTO mailing_subscription (contact_id, list_id, opt_out, create_date, write_date)
SELECT id, {list_id}, FALSE, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM mailing_contact WHERE email LIKE '{name}%';
INSERT INTO newsletter_consent (email, company_id, medium, state, state_at, purpose)
SELECT email, 1, 'email', 'confirmed', '2024-01-01', 'Newsletter'
  FROM mailing_contact WHERE email LIKE '{name}%';
"""

#: what every process of these tests can do
HELPERS = """
def ours(coupling_id):
    env.cr.rollback()
    env.invalidate_all()
    return env["newsletter.run"].search([
        ("coupling_id", "=", coupling_id),
        ("state", "in", ("collecting", "queued", "running")),
    ], order="id")

def drain(coupling_id, seconds=300):
    \"\"\"Work until nothing is left to do that needs no approval.\"\"\"
    until = time.monotonic() + seconds
    while (runs := ours(coupling_id)) and time.monotonic() < until:
        for run in runs:
            if run.next_try_at and run.next_try_at > fields.Datetime.now():
                env.cr.execute("UPDATE newsletter_run SET next_try_at = NULL"
                               " WHERE id = %s", [run.id])
                env.cr.commit()
            if not work(run.id):
                time.sleep(0.02)

def begin(coupling_id, kind, **values):
    run_id = env["newsletter.coupling"].browse(coupling_id)._start_run(kind, **values)
    env.cr.commit()
    return run_id

def approve(coupling_id):
    env.cr.rollback()
    for run in env["newsletter.run"].search([
        ("coupling_id", "=", coupling_id), ("state", "=", "preview"),
    ]):
        run_id = run.id
        env["newsletter.runner"]._in_transaction(
            lambda runner: runner._browse_run(run_id)._approve())
"""

_COUPLE = """
lists = connection._refresh_lists()
env.cr.commit()
mirror = lists.filtered(lambda each: each.remote_id == "{list_id}")
first = connection.mapping_ids.filtered(lambda m: m.path == "newsletter_firstname")
connector = connection._connector()
if first._match(connector.fields(mirror.remote_id)):
    first.remote_name = connector.create_field(first.label, "text").name
club = env["mailing.list"].create({{"name": mirror.name}})
coupling = env["newsletter.coupling"].create({{
    "remote_list_id": mirror.id, "mailing_list_id": club.id, "direction": "both",
    "missing_in_tool": "transmit", "automation": "manual", "brake_percent": 100}})
env.cr.commit()
answer([coupling.id, club.id, connection.id])
"""


class TwoWay:
    """One coupled list with ``number`` people, whose addresses begin with ``name``.

    The first four fifths are in the tool (each tenth of them has left), the last four
    fifths are in Odoo; so three fifths are on both sides.
    """

    def __init__(self, world, name: str, number: int, list_id: int | None = None):
        self.world, self.number = world, number
        self.name = f"{world.name}{name}-"
        self.list_id = list_id or world.dialect.new_list(f"List {name}")
        self._fill_tool()
        told = world.ask(
            f"{world.login_code()}\nconnection.action_test()\nenv.cr.commit()\n"
            + _COUPLE.format(list_id=self.list_id)
        )
        self.coupling, self.mailing_list, self.connection = told
        self._fill_odoo()

    def _fill_tool(self) -> None:
        people = [
            Member(
                self.list_id,
                self.email(n),
                activated=1_700_000_000,
                **(
                    {"deactivated": 1_710_000_000, "status": "unsubscribed"}
                    if n % 10 == 0
                    else {}
                ),
            )
            for n in range(1, self.number * 4 // 5 + 1)
        ]
        self.world.sandbox.store.save("cleverreach", people)

    def _fill_odoo(self) -> None:
        self.world.sql(
            _READERS.format(
                name=self.name,
                first=self.number // 5 + 1,
                last=self.number,
                list_id=self.mailing_list,
            )
        )

    def email(self, number: int) -> str:
        return f"{self.name}{number}@example.org"

    def change_both_sides(self) -> None:
        """Names and leavings in Odoo, leavings in the tool, each of other people."""
        mine = f"email LIKE '{self.name}%'"
        self.world.sql(
            "UPDATE mailing_contact SET first_name = first_name || ' Neu', write_date ="
            " now() AT TIME ZONE 'UTC' + interval '2 seconds'"
            f" WHERE {mine} AND split_part(name, ' ', 2)::int % 7 = 3"
            " AND name LIKE 'Person %'"
        )
        self.world.sql(
            "UPDATE mailing_subscription SET opt_out = TRUE, opt_out_datetime ="
            " now() AT TIME ZONE 'UTC', write_date = now() AT TIME ZONE 'UTC' +"
            " interval '2 seconds' WHERE contact_id IN (SELECT id FROM mailing_contact"
            f" WHERE {mine} AND name LIKE 'Person %'"
            " AND split_part(name, ' ', 2)::int % 11 = 5)"
        )

    # --- what is there in the end ---------------------------------------------------
    def state(self) -> dict:
        """Both sides and what is remembered, comparable between two lists."""
        size = len(self.name)
        rows = self.world.sql(
            f"SELECT substr(email, {size + 1}), active, local_status, remote_status,"
            " base_status, result, task, coalesce(outdated, false), base_values::text,"
            " local_values::text, remote_values::text, remote_id IS NOT NULL"
            f" FROM newsletter_member WHERE coupling_id = {self.coupling}"
            " ORDER BY email"
        )
        readers = self.world.sql(
            f"SELECT substr(c.email, {size + 1}), s.opt_out, c.first_name"
            " FROM mailing_subscription s JOIN mailing_contact c ON c.id = s.contact_id"
            f" WHERE s.list_id = {self.mailing_list} ORDER BY c.email"
        )
        mappings = self.world.sql(
            "SELECT id, path FROM newsletter_field_mapping"
            f" WHERE connection_id = {self.connection}"
        )
        for line in mappings.splitlines():
            mapping, path = line.split("|")
            rows = rows.replace(f'"{mapping}"', f'"{path}"')
        held = self.world.sandbox.store.select("m.list_id = ?", [self.list_id])
        return {
            "members": rows.splitlines(),
            "readers": readers.splitlines(),
            "tool": sorted(
                (
                    m.email[size:],
                    m.status,
                    bool(m.deactivated),
                    str(sorted({**m.shared, **m.attributes}.items())),
                )
                for m in held
            ),
        }

    def written(self) -> list[str]:
        """Each address of this list as often as the tool has written it.

        To be asked soon: the sandbox keeps the bodies of the newest requests only.
        """
        return [
            row["email"]
            for entry in self.world.sends()
            if f"groups/{self.list_id}/" in entry.path
            for row in entry.json or ()
        ]
