"""What a comparison of a whole list makes of changes: counted, undoable, complete."""

from dataclasses import replace
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..connectors.contract import MembersLater, Page
from ..connectors.errors import BadAnswer
from ..models import newsletter_fetch_steps as steps
from ..sync.brake import Counts
from ..sync.vocabulary import RemoteMember, Status
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestCompareChanges(TwoWayCase):
    def _fetch(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        return run

    def _agreed(self, number):
        """So many people on both sides, all settled."""
        for each in range(number):
            self._at_tool(f"person{each}@example.org")
        self._fetch()
        self._fetch()

    def _leave_tool(self, email):
        member = self._at_tool()[email]
        member.deactivated = 1_800_000_000
        self.sandbox.store.save("cleverreach", [member])

    def _delete_in_tool(self, email):
        self.sandbox.store.remove(int(self.remote_id), [self._at_tool()[email].id])

    # --- before-images ----------------------------------------------------------------
    def test_what_stood_in_odoo_is_kept_for_whoever_changed_and_nobody_else(self):
        mapping = self.connection.mapping_ids.filtered(
            lambda each: each.path == "newsletter_firstname"
        )
        mapping.write({"direction": "both", "rule": "tool"})
        connector = self.connection._connector()
        connector.create_field(mapping.label, "text")
        people = [f"{name}@example.org" for name in ("anna", "ben", "cleo")]
        for email in people:
            self._at_tool(email)
        contacts = [
            self._contact(email[:4], email, first_name=email[:4]) for email in people
        ]
        self._fetch()
        run = self._go("transmit")
        if run.state == "preview":
            run.action_synchronise()
        self._fetch()
        name = mapping.remote_name
        held = {
            m.email: m for p in connector.members(self.remote_id) for m in p.members
        }
        self.assertEqual(held["anna@example.org"].values.get(name), "anna")
        self._set_in_tool("anna@example.org", name.lower(), "Annette")
        self._leave_tool("ben@example.org")
        run = self._fetch()
        self.assertEqual(contacts[0].newsletter_firstname, "Annette")
        images = self.env["newsletter.before.image"].search([("run_id", "=", run.id)])
        found = {(each.res_model, each.res_id): each.values for each in images}
        ben = self._subscription(contacts[1])
        self.assertTrue(ben.opt_out)
        self.assertEqual(
            found,
            {
                ("mailing.contact", contacts[0].id): {"newsletter_firstname": "anna"},
                ("mailing.subscription", ben.id): {
                    "opt_out": False,
                    "opt_out_datetime": False,
                },
            },
        )

    def _set_in_tool(self, email, name, value):
        member = self._at_tool()[email]
        place = member.attributes if name in member.attributes else member.shared
        self.assertIn(name, place)
        place[name] = value
        self.sandbox.store.save("cleverreach", [member])

    # --- the brake --------------------------------------------------------------------
    def test_the_brake_counts_what_would_happen(self):
        self._agreed(10)
        self._delete_in_tool("person0@example.org")
        self._leave_tool("person1@example.org")
        self._leave_tool("person2@example.org")
        for email in ("new1@example.org", "new2@example.org", "new3@example.org"):
            self._at_tool(email)
        self._at_tool("left@example.org", deactivated=1_700_000_100)
        self._subscription(self._of("person3@example.org").contact_id).unlink()
        self._subscription(self._of("person4@example.org").contact_id).opt_out = True
        counts = []
        runs = self.env.registry["newsletter.run"]

        def remember(run):
            counts.append(run._counts_of_plan())
            raise UserError(str(len(counts)))

        with patch.object(runs, "_stop_if_unusual", remember):
            self.assertEqual(self._go("fetch", whole=True).message, "1")
        self.assertEqual(
            counts,
            [
                Counts(
                    odoo_before=10,
                    odoo_now=10,
                    tool_before=10,
                    tool_now=13,
                    removed=2,
                    unsubscribed=3,
                    created=3,
                )
            ],
        )

    # --- who is away ------------------------------------------------------------------
    def _away(self, email):
        """Somebody who left, in a tool that removes whoever leaves."""
        # the brake stops at an empty list
        self._agreed(2)
        contact = self._contact("Ida Away", email, opt_out_at="2026-01-02 03:04:05")
        member = self._member(
            email,
            contact_id=contact.id,
            remote_id="77",
            local_status="unsubscribed",
            base_status="unsubscribed",
            remote_status=False,
            synced_at="2099-01-01",
        )
        self._changes()
        return member

    def test_nobody_asks_again_for_who_is_known_to_be_away(self):
        away = self._away("away@example.org")
        before = away.write_date
        with patch.object(steps.LookUpGone, "speak", side_effect=AssertionError):
            run = self._fetch()
        self.assertFalse(run.total)
        self.assertEqual(away.write_date, before)

    def test_who_was_away_and_is_back_is_the_same_person(self):
        """With another id, as a tool gives it that had removed them."""
        away = self._away("away@example.org")
        self._at_tool("away@example.org")
        run = self._fetch()
        self.assertEqual(run.total, 1)
        self.assertEqual(self._of("away@example.org"), away)
        self.assertNotEqual(away.remote_id, "77")
        self.assertEqual(away.remote_status, "subscribed")
        self.assertTrue(self._subscription(away.contact_id).opt_out, "without proof")
        self.assertEqual(away.task, "unsubscribe")

    def test_who_is_away_and_changed_here_is_looked_at(self):
        away = self._away("away@example.org")
        self._subscription(away.contact_id).opt_out = False
        self.assertEqual(self._fetch().total, 1)

    # --- pages that move --------------------------------------------------------------
    def test_nobody_is_lost_when_a_page_shifts_while_it_is_read(self):
        """Somebody on a page that was read is deleted: whoever stood at the edge of
        the next one moves onto it, and is never seen."""
        self._agreed(6)
        can = self.connection._connector_class().capabilities
        self.startPatcher(
            patch.object(
                self.connection._connector_class(),
                "capabilities",
                replace(can, page_size=2),
            )
        )
        self.startPatcher(patch.object(steps, "READ_PEOPLE", 2))
        keep = steps.ReadAll.keep
        read = []

        def keep_and_delete(step, run, work, answer):
            keep(step, run, work, answer)
            if not read:
                self._delete_in_tool("person0@example.org")
            read.append(answer.count)

        with patch.object(steps.ReadAll, "keep", keep_and_delete):
            run = self._fetch()
        self.assertGreater(len(read), 2, "page by page")
        self.assertEqual(sum(read), 5, "one person was never seen")
        self.assertEqual(run.total, 1)
        for number in range(1, 6):
            member = self._of(f"person{number}@example.org")
            self.assertEqual(
                (member.remote_status, member.result), ("subscribed", "success")
            )
            self.assertFalse(self._subscription(member.contact_id).opt_out)

    def test_what_came_before_a_page_that_cannot_be_understood_is_kept(self):
        """Members may be made of the answer after the pages behind it were read."""

        def nobody(_rows):
            raise BadAnswer("a receiver without address")

        def pages(_connector, _list_id, place=""):
            for number in range(int(place or 0), 4):
                email = f"page{number}@example.org"
                made = [RemoteMember(str(number), email, Status.SUBSCRIBED)]
                make = nobody if number == 2 else list
                yield Page(MembersLater(made, make), str(number + 1))

        with patch.object(self.connection._connector_class(), "members", pages):
            run = self._go("fetch", whole=True)
        self.assertTrue(run.message, "it waits or is stopped, and says why")
        self.assertEqual((run.cursor["read"], run.done), ("2", 2))
        self.env.cr.execute(f"SELECT email FROM {run._stage_name()} ORDER BY email")
        read = [email for (email,) in self.env.cr.fetchall()]
        self.assertEqual(read, ["page0@example.org", "page1@example.org"])

    # --- what the database knows ------------------------------------------------------
    def test_the_database_knows_how_many_came_in(self):
        for each in range(3):
            self._at_tool(f"person{each}@example.org")
        with patch.object(steps, "MANY", 3):
            self._fetch()
        self.env.cr.execute(
            "SELECT reltuples FROM pg_class WHERE relname = 'newsletter_member'"
        )
        (told,) = self.env.cr.fetchone()
        members = self.env["newsletter.member"].with_context(active_test=False)
        self.assertEqual(told, members.search_count([]))
