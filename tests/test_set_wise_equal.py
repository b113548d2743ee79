"""Whom the set-wise comparison leaves out, the rules would have left as they are.

Many people at random (the seed is fixed), changed at random on both sides; then a
comparison as always, and one that decides about everybody one by one. The second has
nothing to add, whatever the coupling says.
"""

import random
from datetime import datetime

from odoo.tests import tagged
from odoo.tools import SQL

from .common_two_way import TwoWayCase

PEOPLE = 240
#: what the sandbox holds of somebody
HELD = (
    {},
    {},
    {},
    {"deactivated": 1_700_000_100},
    {"activated": 0, "registered": 1_700_000_000},
    {"bounced": 1_700_000_200},
)
LEFT_AT = datetime(2024, 3, 1)
#: columns of the members that tell what was decided
DECIDED = (
    *("email", "name", "remote_id", "contact_id", "partner_id", "active"),
    *("local_status", "remote_status", "remote_email", "result", "result_code"),
    *("task", "task_sends", "outdated", "difference_digest", "questions"),
    *("base_status", "base_values", "local_values", "remote_values"),
)


_LAST_NEWS = ("result_code", "difference_digest")


@tagged("post_install", "-at_install")
class TestSetWiseEqual(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.brake_percent = 0
        self.chance = random.Random(20260101)
        connector = self.connection._connector()
        for mapping in self.connection.mapping_ids:
            if mapping.path in ("newsletter_firstname", "newsletter_lastname"):
                field = connector.create_field(mapping.label, "text")
                mapping.write({"remote_name": field.name, "direction": "both"})
                self.attribute = field.name

    # --- people -----------------------------------------------------------------------
    def _people_on_both_sides(self):
        for number in range(PEOPLE):
            email = f"person{number}@example.org"
            self._maybe_here(email)
            self._maybe_there(email)

    def _maybe_here(self, email):
        chance = self.chance
        if chance.random() < 0.8:
            left = chance.random() < 0.2
            self._contact(
                chance.choice(["Ina Kranz", "Ulf Groß", ""]),
                email,
                opt_out_at=LEFT_AT if left else None,
            )
        if chance.random() < 0.2:
            self.env["res.partner"].create(
                {
                    "name": "Otto Ost",
                    "email": email,
                    "no_marketing_email": chance.random() < 0.2,
                }
            )
        if chance.random() < 0.5:
            states = ("single", "pending", "confirmed", "withdrawn")
            self._consent(email, chance.choice(states))
        if chance.random() < 0.05:
            self.env["mail.blacklist"]._add(email)

    def _maybe_there(self, email):
        chance = self.chance
        if chance.random() < 0.8:
            names = {self.attribute: chance.choice(["Kranz", "Groß", ""])}
            self._at_tool(email, shared=names, **chance.choice(HELD))

    # --- changes ----------------------------------------------------------------------
    def _changes_at_random(self):
        """Each way in which something can change, for about a third of the people."""
        chance = self.chance
        for email, member in self._at_tool().items():
            if chance.random() < 0.3:
                self._change_there(email, member)
        contacts = self.env["mailing.contact"].search(
            [("list_ids", "in", self.mailing_list.ids)]
        )
        for contact in contacts:
            if chance.random() < 0.3:
                self._change_here(contact)
        for number in range(PEOPLE, PEOPLE + 20):
            self._maybe_here(f"person{number}@example.org")
            self._maybe_there(f"person{number}@example.org")
        self.env.flush_all()

    def _change_there(self, email, member):
        chance, store = self.chance, self.sandbox.store
        kind = chance.choice(["status", "name", "gone", "address"])
        if kind == "gone":
            store.remove(self.remote_id, [member.id])
            return
        changes = {"shared": {self.attribute: chance.choice(["Lang", "Kranz"])}}
        if kind == "status":
            changes = {
                "activated": 1_700_000_000,
                "deactivated": 0,
                "bounced": 0,
                **chance.choice(HELD),
            }
        elif kind == "address":
            changes = {"email": f"moved.{email}"}
        store.save("cleverreach", [member.copy(**changes)])

    def _change_here(self, contact):
        chance = self.chance
        subscription = self._subscription(contact)
        kind = chance.choice(["name", "opt_out", "by_sql", "off", "blocked", "address"])
        if kind == "name":
            contact.name = chance.choice(["Ina Lang", "Ulf Kranz"])
        elif kind == "opt_out":
            subscription.opt_out = True
        elif kind == "by_sql":
            # no other way leaves fewer traces
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE mailing_subscription SET opt_out = NOT COALESCE(opt_out,"
                    " FALSE) WHERE id = %s",
                    subscription.id,
                )
            )
            subscription.invalidate_recordset()
        elif kind == "off":
            subscription.unlink()
        elif kind == "blocked":
            self.env["mail.blacklist"]._add(contact.email)
        else:
            contact.email = f"new.{contact.email}"

    # --- both ways --------------------------------------------------------------------
    def _fetch(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)

    def _everybody_looks_changed(self):
        """Let the next comparison decide about each member, and read all values."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE newsletter_member SET remote_digest = 'looked at anew',"
                " synced_at = CASE WHEN base_status = 'pending' THEN synced_at"
                " ELSE '2000-01-01' END WHERE coupling_id = %s",
                self.coupling.id,
            )
        )
        self.env.invalidate_all()

    def _decided(self):
        members = self.env["newsletter.member"].with_context(active_test=False)
        rows = {
            member.id: {
                name: _plain(member[name])
                for name in DECIDED
                # of whom nothing is open, they tell what was news last
                if not (name in _LAST_NEWS and member.result == "success")
            }
            for member in members.search([("coupling_id", "=", self.coupling.id)])
        }
        lists = self.env["mailing.subscription"].search(
            [("list_id", "=", self.mailing_list.id)]
        )
        here = {
            (row.contact_id.email, row.contact_id.name): (
                row.opt_out,
                row.opt_out_datetime,
            )
            for row in lists
        }
        return rows, here

    def _compared_both_ways(self, **rules):
        self.maxDiff = None
        self.coupling.write(rules)
        self._people_on_both_sides()
        self._fetch()
        self._changes_at_random()
        self._fetch()
        # whoever was new is no news any more with the next comparison
        self._fetch()
        left_out = self._decided()
        self.assertGreater(len(left_out[0]), PEOPLE // 2)
        self._everybody_looks_changed()
        self._fetch()
        for before, after in zip(left_out, self._decided(), strict=True):
            self.assertEqual(before.keys(), after.keys())
            for key, said in before.items():
                self.assertEqual(said, after[key], key)

    def test_both_ways_and_consent_decides(self):
        self._compared_both_ways(direction="both", status_rule="consent")

    def test_both_ways_and_the_later_date_decides(self):
        self._compared_both_ways(direction="both", status_rule="newest")

    def test_to_the_tool(self):
        self._compared_both_ways(direction="to_tool", missing_in_tool="transmit")

    def test_to_odoo(self):
        self._compared_both_ways(direction="to_odoo", new_contacts="contact")


def _plain(value):
    return value.id if hasattr(value, "_name") else value
