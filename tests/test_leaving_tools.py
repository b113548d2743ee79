"""Leaving one list and leaving everything, with every tool (rule W3, row J10)."""

from ..connectors.contract import MemberRef
from ..sync.reconcile_status import MAILED
from .common_tools import EveryTool
from .test_leaving import LeavingCase


class TestLeavingTools(EveryTool, LeavingCase):
    def test_J10_one_list_and_everything_with_every_tool(self):
        self._with_each_tool(self._leave_twice)

    def _leave_twice(self, connection):
        code = connection.provider
        email = f"{code}@example.org"
        partner = self._person("Anna Muster", email)
        first = self._push_to_new_list(connection, partner, "First")
        second = self._push_to_new_list(connection, partner, "Second")
        mailing_list = self.env["mailing.list"].create({"name": f"{code} first"})
        first.mailing_list_id = mailing_list
        self.assertTrue(self._mailed(first, email) and self._mailed(second, email))

        one = self._leave(email, "link", lists=mailing_list)
        self._turn()
        self.assertFalse(self._mailed(first, email), "still on the list")
        self.assertTrue(self._mailed(second, email), "off the other list too")
        self.assertEqual(one.receipt_ids.state, "done", one.receipt_ids.message)
        # the comparison, woken by the change in Odoo, does not widen it
        first._start_run("reconcile")
        self._turn()
        self.assertTrue(self._mailed(second, email), "off by the comparison")

        everything = self._leave(email, "phone", note="Called")
        self._turn()
        self.assertFalse(self._mailed(second, email), "still on the other list")
        receipt = everything.receipt_ids.filtered(
            lambda each: each.connection_id == connection
        )
        self.assertEqual(receipt.state, "done", receipt.message)
        self.assertIn("Second", receipt.proof)

    def _mailed(self, coupling, email):
        """Whether the tool, asked now, mails somebody on that list."""
        member = self.env["newsletter.member"].search(
            [("email", "=", email), ("coupling_id", "=", coupling.id)]
        )
        connector = coupling.connection_id._connector()
        found = connector.member(
            coupling.remote_id, MemberRef(email, member.remote_id or "")
        )
        return found is not None and found.status in MAILED
