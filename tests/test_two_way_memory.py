"""What a member remembers between two comparisons."""

from odoo.tests import tagged

from ..connectors.memory import MemoryConnector
from ..models.newsletter_reconcile_texts import TEXTS
from ..sync.eligibility import Reason
from ..sync.reconcile import Text
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestTwoWayMemory(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.assertTrue(MemoryConnector.capabilities.tells_pending)
        self.mapping = self.env["newsletter.field.mapping"].create(
            [
                {
                    "connection_id": self.connection.id,
                    "record_type": "mailing.contact",
                    "path": path,
                    "label": path,
                    "remote_name": path,
                    "direction": "both",
                    "rule": "ask",
                }
                for path in ("first_name", "last_name")
            ]
        )
        self.first, self.last = (str(mapping.id) for mapping in self.mapping)
        self.contact = self._contact("Emil", "emil@example.org")
        self.member = self._member(
            "emil@example.org",
            contact_id=self.contact.id,
            remote_id="7",
            base_values={self.first: "Emil", self.last: "Lang"},
        )

    def _compare(self, remote=None, **status):
        """One comparison with what the tool says."""
        run = self.env["newsletter.run"].create(
            {
                "kind": "reconcile",
                "connection_id": self.connection.id,
                "coupling_id": self.coupling.id,
            }
        )
        values = {self.first: "Emil", self.last: "Lang", **(remote or {})}
        self.env["newsletter.fetched"].create(
            {
                "run_id": run.id,
                "remote_id": "7",
                "email": "emil@example.org",
                "status": "subscribed",
                "values": values,
                "digest": str(values),
                **status,
            }
        )
        candidate = self.env["newsletter.candidate"].create(
            {
                "run_id": run.id,
                "member_id": self.member.id,
                "fetched_id": self.env["newsletter.fetched"]
                .search([("run_id", "=", run.id)])
                .id,
            }
        )
        self.env["newsletter.reconcile"]._settle(run, candidate)
        return self.member

    def _compare_odoo(self):
        """One comparison with what is remembered of the tool."""
        run = self.env["newsletter.run"].create(
            {
                "kind": "reconcile",
                "connection_id": self.connection.id,
                "coupling_id": self.coupling.id,
            }
        )
        candidate = self.env["newsletter.candidate"].create(
            {"run_id": run.id, "member_id": self.member.id}
        )
        self.env["newsletter.reconcile"]._settle(run, candidate)

    def test_every_explanation_has_words(self):
        known = {text.value for text in Text} | {reason.value for reason in Reason}
        self.assertEqual(known - set(TEXTS), set())

    def test_a_field_in_conflict_is_not_sent_with_another(self):
        self.contact.write({"first_name": "Emil Niklas", "last_name": "Kurz"})
        member = self._compare({self.first: "Emile"})
        self.assertEqual((member.result, member.task), ("conflict", "update"))
        self.assertEqual(member.task_sends, {self.last: "Kurz"})
        self.assertEqual(member.base_values[self.last], "Lang", "not agreed on yet")

    def test_what_is_taken_over_beside_a_conflict_is_agreed_on(self):
        self.contact.write({"first_name": "Emil Niklas", "last_name": "Lang"})
        member = self._compare({self.first: "Emile", self.last: "Kurz"})
        self.assertEqual(self.contact.last_name, "Kurz")
        self.assertEqual(member.base_values, {self.first: "Emil", self.last: "Kurz"})

    def test_a_decision_stays_outdated_until_somebody_decides_anew(self):
        self.contact.write({"first_name": "Emil Niklas", "last_name": "Lang"})
        member = self._compare({self.first: "Emile"})
        member.action_take_odoo()
        self.assertFalse(self._compare({self.first: "Emile"}).outdated)
        self.assertEqual(member.task, "update")
        for _ in range(2):
            self.assertTrue(self._compare({self.first: "Emilio"}).outdated)
        self.assertEqual(member.task, "update")
        member.action_take_odoo()
        self.assertFalse(self._compare({self.first: "Emilio"}).outdated)

    def test_what_falls_away_is_no_decision_any_more(self):
        self.contact.write({"first_name": "Emil Niklas", "last_name": "Lang"})
        self._compare({self.first: "Emile"}).action_take_odoo()
        member = self._compare({self.first: "Emil Niklas"})
        self.assertFalse(member.task)
        self.assertFalse(member.task_by)

    def test_pending_is_remembered_so_that_the_click_is_known(self):
        subscription = self._subscription(self.contact)
        subscription.write({"opt_out": True, "opt_out_datetime": "2026-01-01"})
        self.member.base_status = "unsubscribed"
        self.contact.write({"first_name": "Emil", "last_name": "Lang"})
        member = self._compare(status="pending", read_at="2026-01-02")
        self.assertEqual((member.result, member.base_status), ("success", "pending"))
        self._compare_odoo()
        self.assertEqual(member.base_status, "pending", "asked after the leaving")
        self._compare(status="subscribed")
        self.assertFalse(subscription.opt_out)

    def test_a_click_that_may_be_older_than_the_leaving_brings_nobody_back(self):
        """The tool was read before the leaving, and only Odoo's side since."""
        self.contact.write({"first_name": "Emil", "last_name": "Lang"})
        self._compare(status="pending", read_at="2026-01-01")
        self.assertEqual(self.member.base_status, "pending")
        self.member.synced_at = "2026-01-01"
        subscription = self._subscription(self.contact)
        subscription.write({"opt_out": True, "opt_out_datetime": "2026-01-02"})
        self._compare_odoo()
        member = self._compare(status="subscribed")
        self.assertTrue(subscription.opt_out)
        self.assertNotEqual(member.local_status, "subscribed")

    def test_nor_does_a_list_that_was_read_before_and_is_compared_after(self):
        subscription = self._subscription(self.contact)
        subscription.write({"opt_out": True, "opt_out_datetime": "2026-01-02"})
        self.contact.write({"first_name": "Emil", "last_name": "Lang"})
        self._compare(status="pending", read_at="2026-01-01")
        self._compare(status="subscribed")
        self.assertTrue(subscription.opt_out)
