"""The main job is the same whichever tool is connected; the core asks capabilities."""

from ..sandbox.logins import LOGINS
from .common import SandboxCase


class TestEveryTool(SandboxCase):
    def test_all_tools_are_tried(self):
        self.assertEqual(self._codes() - set(LOGINS), set())

    def _codes(self):
        return set(self.env["newsletter.connection"]._connector_classes()) - {"memory"}

    def test_main_job_with_every_tool(self):
        for number, code in enumerate(sorted(self._codes())):
            with self.subTest(code):
                self.env["newsletter.connection"].search([]).state = "draft"
                self._main_job(code, LOGINS[code], f"tool{number}")

    def _main_job(self, code, login, prefix):
        # what tools demand for a new list comes from the company's master data
        self.env.company.write(
            {
                "email": "club@example.org",
                "street": "Weg 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": self.env.ref("base.de").id,
            }
        )
        connection = self.env["newsletter.connection"].create(
            {"name": code, "provider": code}
        )
        self._log_in(connection, **login, base_url=self.sandbox.url(code))
        self.env.flush_all()
        connection.action_test()
        self.assertEqual(connection.state, "connected", connection.message)
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
