"""The stage of the two-way tests: people on both sides of a coupled list."""

from __future__ import annotations

from collections import Counter

from newsletter_sync.sandbox.store import Member

#: readers of a mailing list, each with a confirmed consent older than any leaving
_READERS = """
INSERT INTO mailing_contact (name, first_name, last_name, email, email_normalized,
                             create_date, write_date)
SELECT 'Person ' || n, 'Person', 'No ' || n, mail, mail,
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM (SELECT n, '{name}' || n || '@example.org' AS mail
          FROM generate_series({first}, {last}) AS n) AS people;
INSERT INTO newsletter_consent (email, company_id, medium, state, state_at, purpose)
SELECT '{name}' || n || '@example.org', 1, 'email', 'confirmed', '2024-01-01',
       'Newsletter'
  FROM generate_series({first}, {last}) AS n;
INSERT INTO mailing_subscription (contact_id, list_id, opt_out, create_date, write_date)
SELECT id, {list_id}, FALSE, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM mailing_contact
 WHERE email IN (SELECT '{name}' || n || '@example.org'
                   FROM generate_series({first}, {last}) AS n);
"""

#: what every process of these tests can do
HELPERS = """
def ours(coupling_id):
    env.cr.rollback()
    env.invalidate_all()
    coupling = env["newsletter.coupling"].browse(coupling_id)
    return env["newsletter.run"].search([
        ("connection_id", "=", coupling.connection_id.id),
        ("coupling_id", "in", (coupling_id, False)),
        ("state", "in", ("collecting", "queued", "running")),
    ], order="id")

def drain(coupling_id, seconds=300, turn=600):
    \"\"\"Work until nothing is left to do that needs no approval.

    :param turn: seconds for which a run is worked at a time
    :return: the number of slices
    \"\"\"
    until, slices = time.monotonic() + seconds, 0
    while (runs := ours(coupling_id)) and time.monotonic() < until:
        for run in runs:
            if run.next_try_at and run.next_try_at > fields.Datetime.now():
                env.cr.execute("UPDATE newsletter_run SET next_try_at = NULL"
                               " WHERE id = %s", [run.id])
                env.cr.commit()
            worked = work(run.id, turn)
            slices += worked
            time.sleep(0.01 if worked else 0.02)
    return slices

def begin(coupling_id, kind, **values):
    run_id = env["newsletter.coupling"].browse(coupling_id)._start_run(kind, **values)
    env.cr.commit()
    return run_id

def begin_once(coupling_id, kind, number, **values):
    \"\"\"Begin the number-th run of a kind, or go on with it after a kill.\"\"\"
    if env["newsletter.run"].search_count([
        ("coupling_id", "=", coupling_id), ("kind", "=", kind), ("state", "=", "done"),
        ("by_itself", "=", False),
    ]) < number:
        begin(coupling_id, kind, **values)

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
first = connection.mapping_ids.filtered(
    lambda m: m.path in ("newsletter_firstname", "first_name"))
connector = connection._connector()
if first.path != "first_name" and first._match(connector.fields(mirror.remote_id)):
    first.remote_name = connector.create_field(first.label, "text").name
first.write({{"path": "first_name", "record_type": "mailing.contact",
             "direction": "both", "rule": "ask"}})
club = env["mailing.list"].create({{"name": mirror.name}})
coupling = env["newsletter.coupling"].create({{
    "remote_list_id": mirror.id, "mailing_list_id": club.id, "direction": "both",
    "missing_in_tool": "transmit", "automation": "manual", "brake_percent": 100}})
env.cr.commit()
answer([coupling.id, club.id, connection.id, first.id, first.remote_name])
"""
_CONNECT = "connection.action_test()\nenv.cr.commit()\n"


class TwoWay:
    """One coupled list with ``number`` people, whose addresses begin with ``name``.

    The first four fifths are in the tool (each tenth of them has left), the last four
    fifths are in Odoo; so three fifths are on both sides. The first name is mapped both
    ways, and where both sides have changed it a person is asked.

    :param beside: a list on whose connection this one is, too
    """

    def __init__(self, world, name: str, number: int, beside: TwoWay | None = None):
        self.world, self.number = world, number
        self.name = f"{world.name}{name}-"
        self.list_id = world.dialect.new_list(f"List {name}")
        self.fill_tool(1, number * 4 // 5)
        code = world.login_code() + _CONNECT
        if beside:
            number = beside.connection
            code = f'connection = env["newsletter.connection"].browse({number})\n'
        told = world.ask(code + _COUPLE.format(list_id=self.list_id))
        self.coupling, self.mailing_list, self.connection = told[:3]
        self.mapping, self.field = told[3:]
        self.fill_odoo(self.number // 5 + 1, self.number)

    def fill_tool(self, first: int, last: int) -> None:
        """People join in the tool; each tenth of them has left long ago."""
        left = {"deactivated": 1_710_000_000, "status": "unsubscribed"}
        people = [
            Member(
                self.list_id,
                self.email(n),
                activated=1_700_000_000,
                **(left if n % 10 == 0 else {}),
            )
            for n in range(first, last + 1)
        ]
        self.world.sandbox.store.save("cleverreach", people)

    def fill_odoo(self, first: int, last: int) -> None:
        """People join in Odoo."""
        of = {"name": self.name, "first": first, "last": last}
        self.world.sql(_READERS.format(**of, list_id=self.mailing_list))

    def email(self, number: int) -> str:
        return f"{self.name}{number}@example.org"

    def change_both_sides(self) -> None:
        """Names and leavings in Odoo, each of other people."""
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

    def held(self) -> list[Member]:
        """Who is on the list in the tool."""
        return self.world.sandbox.store.select("m.list_id = ?", [self.list_id])

    def written(self) -> list[str]:
        """Each address of this list as often as the tool has written it."""
        return [
            row["email"]
            for entry in self.world.sends()
            if f"groups/{self.list_id}/" in entry.path
            for row in entry.json or ()
        ]

    def written_twice(self, before: Counter | None = None) -> dict[str, int]:
        """{address: number} of those written more than once since."""
        counted = Counter(self.written()) - (before or Counter())
        return {email: count for email, count in counted.items() if count > 1}
