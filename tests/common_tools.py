"""What every newsletter tool has to show, one after the other."""

from ..sandbox.logins import LOGINS


class EveryTool:
    """Mixed into a case that has a sandbox, `_log_in`, `_synchronise` and `_work`."""

    def _codes(self):
        return set(self.env["newsletter.connection"]._connector_classes()) - {"memory"}

    def _with_each_tool(self, act, others="paused"):
        """Call ``act(connection)`` for each tool; the others rest meanwhile."""
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
        for code in sorted(self._codes()):
            with self.subTest(code):
                self.env["newsletter.connection"].search([]).state = others
                act(self._connection_to(code))

    def _connection_to(self, code):
        connection = self.env["newsletter.connection"].create(
            {"name": code, "provider": code}
        )
        self._log_in(connection, **LOGINS[code], base_url=self.sandbox.url(code))
        self.env.flush_all()
        connection.action_test()
        self.assertEqual(connection.state, "connected", connection.message)
        return connection

    def _push_to_new_list(self, connection, partner, name):
        """Push the contact to a new list of the tool; its coupling."""
        run = self._synchronise(
            partner, connection_id=connection.id, new_list=True, new_list_name=name
        )
        for _turn in range(20):
            if run.state in ("done", "stopped"):
                break
            run.sudo().next_try_at = False
            self._work(run)
        self.assertEqual(run.state, "done", run.message)
        return run.coupling_id
