"""Whoever has an address that left is signed off, with every tool."""

from ..connectors.contract import MemberRef
from ..sync.reconcile_status import MAILED
from .common_tools import EveryTool
from .common_two_way import TwoWayCase


class TestIdentityApartTools(EveryTool, TwoWayCase):
    def test_every_tool(self):
        self._with_each_tool(self._both_are_off, others="draft")

    def _both_are_off(self, connection):
        """Anna moves to another address in the tool, and somebody else takes hers."""
        code = connection.provider
        tool = self.sandbox.tools[code]
        list_id = tool.new_list(f"Leaves {code}")
        connection._refresh_lists()
        remote = connection.remote_list_ids.filtered(
            lambda each: each.name == f"Leaves {code}"
        )
        place = self.env["mailing.list"].create({"name": f"Leaves {code}"})
        coupling = self._couple(
            connection, place, remote.remote_id, automation="manual"
        )
        old, new = (f"{each}.{code}@example.org" for each in ("anna", "anna.lang"))
        self._sign_up(tool, list_id, old)
        self.sandbox.settle()
        self._drain(self._go("fetch", coupling, whole=True))
        self.assertEqual(coupling.member_ids.email, old)
        tool.act("change_address", list_id, old, new=new)
        self._sign_up(tool, list_id, old)
        self.sandbox.settle()
        leaving = self.env["newsletter.leaving"]._leave(
            [old], self.env.company, "link", lists=place
        )
        self.env.flush_all()
        run = self.env["newsletter.run"].search([("kind", "=", "leave")], limit=1)
        self._drain(run)
        self.sandbox.settle()
        self.env.invalidate_all()
        connector = connection._connector()
        for email in (old, new):
            found = connector.member(remote.remote_id, MemberRef(email))
            self.assertFalse(found and found.status in MAILED, (email, found))
        self.assertEqual(leaving.receipt_ids.state, "done", leaving.receipt_ids.message)

    @staticmethod
    def _sign_up(tool, list_id, email):
        tool.act("subscribe", list_id, email)
        tool.act("confirm", list_id, email)

    def _drain(self, run):
        """Go on until asynchronous tools have carried it out."""
        for _turn in range(20):
            if run.state in ("done", "stopped", "cancelled"):
                break
            run.sudo().next_try_at = False
            self._work(run)
        self.assertEqual(run.state, "done", run.message)
