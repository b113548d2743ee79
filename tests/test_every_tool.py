"""The main job is the same whichever tool is connected; the core asks capabilities."""

from ..sandbox.logins import LOGINS
from .common import SandboxCase
from .common_tools import EveryTool


class TestEveryTool(EveryTool, SandboxCase):
    def test_all_tools_are_tried(self):
        self.assertEqual(self._codes() - set(LOGINS), set())

    def test_main_job_with_every_tool(self):
        self._with_each_tool(self._main_job, others="draft")

    def _main_job(self, connection):
        prefix = connection.provider
        anna = self._person("Frau Dr. Anna Färber", f"{prefix}anna@example.org")
        ben = self._person("Ben Kurz", f"{prefix}ben@example.org")
        none = self._person("None", f"{prefix}none@example.org", consent="none")
        wizard = {
            "connection_id": connection.id,
            "new_list": True,
            "new_list_name": "Odoo news",
        }
        run = self._synchronise(anna + ben + none, **wizard)
        self._drain(run)
        self.assertEqual(
            run.line_ids.mapped(lambda line: line.reason or line.result),
            ["subscribed", "subscribed", "none"],
            run.message,
        )
        members = self.env["newsletter.member"].search(
            [("connection_id", "=", connection.id)]
        )
        self.assertEqual(len(members.filtered("remote_id")), 2)
        self.assertEqual(set(members.mapped("remote_status")), {"subscribed"})
        again = self._synchronise(
            anna + ben,
            connection_id=connection.id,
            remote_list_id=run.remote_list_id.id,
        )
        self._drain(again)
        self.assertEqual(set(again.line_ids.mapped("result")), {"unchanged"})

    def _drain(self, run):
        """Go on until asynchronous tools have carried it out."""
        for _turn in range(20):
            if run.state in ("done", "stopped", "cancelled"):
                return
            run.sudo().next_try_at = False
            self._work(run)
