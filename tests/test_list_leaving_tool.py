"""Who leaves in the tool while a filter has them off in Odoo has left."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .common_dynamic import DynamicCase


@tagged("post_install", "-at_install")
class TestListLeavingTool(DynamicCase):
    def setUp(self):
        super().setUp()
        # what is decided is not done before a person approves it
        self.coupling.write({"missing_in_tool": "transmit", "automation": "safe"})
        self._at_tool("zoe@example.org")
        self.connection.mapping_ids.unlink()
        self.anna = self._in_celle("anna", "ben")[0]
        for name in ("anna", "ben"):
            self._consent(f"{name}@example.org", "confirmed")
        self.dynamic.brake_percent = 0

    def _settled(self, way_out):
        """Both sides agree on Anna; then the filter lets her go in Odoo."""
        self.dynamic.way_out = way_out
        self._approved("fetch")
        self._approved("transmit")
        self.assertIn("anna@example.org", self._at_tool())
        self.anna.city = "Ulm"
        self._refresh()
        self.assertEqual(self._on_list(), ["ben", "zoe"])

    def _leaves_there(self, moment):
        self._at_tool(
            "anna@example.org",
            deactivated=int((moment - datetime(1970, 1, 1)).total_seconds()),
        )

    def _leaving(self):
        return self.env["newsletter.leaving"].search(
            [("email", "=", "anna@example.org")]
        )

    def _matches_again(self):
        self.anna.city = "Celle"
        self._refresh()
        return "anna" in self._on_list()

    def _leaves_while_off(self, way_out):
        self._settled(way_out)
        left = fields.Datetime.now() + timedelta(hours=1)
        self._leaves_there(left)
        for _again in range(2):
            self._approved("fetch", whole=True)
            self.assertEqual(len(self._leaving()), 1)
        self.assertEqual(
            (self._leaving().channel, self._leaving().date), ("tool", left)
        )
        self.assertFalse(self._matches_again())
        self.assertTrue(self._row("anna").opt_out)

    def test_whom_the_filter_unsubscribed_has_left_by_leaving_in_the_tool(self):
        self._leaves_while_off("unsubscribe")

    def test_whom_the_filter_took_off_has_left_by_leaving_in_the_tool(self):
        self._leaves_while_off("remove")

    def _told_by_us(self, way_out):
        self._settled(way_out)
        self._approved("transmit")
        self._approved("fetch", whole=True)
        self.assertFalse(self._leaving())
        self.assertTrue(self._matches_again())

    def test_that_we_unsubscribed_somebody_in_the_tool_is_no_leaving(self):
        self._told_by_us("unsubscribe")

    def test_that_we_took_somebody_off_in_the_tool_is_no_leaving(self):
        self._told_by_us("remove")

    def test_what_we_are_telling_is_no_leaving(self):
        """The trap: the process died before the answer was written down."""
        self._settled("unsubscribe")
        self._approved("reconcile")
        member = self._of("anna@example.org")
        run_id = self.coupling._start_run("transmit")
        line = self.env["newsletter.run.line"].create(
            {
                "run_id": run_id,
                "member_id": member.id,
                "res_model": member._name,
                "res_id": member.id,
                "plan": "unsubscribe",
            }
        )
        engine = self.env["newsletter.reconcile"]
        flight = self.env["newsletter.flight"].create(
            {
                "run_id": run_id,
                "coupling_id": self.coupling.id,
                "task": "unsubscribe",
                "line_ids": line.ids,
            }
        )
        self.env.flush_all()
        self.assertEqual(list(engine._being_signed_off(self.coupling)), member.ids)
        flight.task = "update"
        self.assertFalse(engine._being_signed_off(self.coupling))

    def test_who_left_there_before_the_filter_took_them_off_is_not_taken_back(self):
        """The second lock: nobody had fetched it, and the tool's own time tells."""
        self._settled("unsubscribe")
        self._approved("transmit")
        before = self.dynamic.match_ids.filtered(lambda match: match.gone_at).gone_at
        member = self._of("anna@example.org")
        self.assertEqual(member.remote_status, "unsubscribed")
        member.remote_status_at = before - timedelta(days=1)
        self.env.flush_all()
        self.assertFalse(self._matches_again())

    def test_nobody_is_taken_back_of_whom_nobody_knows_who_unsubscribed_them(self):
        self._settled("unsubscribe")
        member = self._of("anna@example.org")
        member.write({"remote_status": "unsubscribed", "remote_status_at": False})
        self.env.flush_all()
        self.assertFalse(self._matches_again())
