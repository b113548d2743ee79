"""Erasure in every newsletter tool: gone for good, asked again, receipt given."""

from odoo.tests import tagged

from ..sandbox.logins import LOGINS
from .test_erasure import ErasureCase


@tagged("post_install", "-at_install")
class TestErasureTools(ErasureCase):
    def test_X1_every_tool_deletes_for_good(self):
        self.env.company.write(
            {
                "email": "club@example.org",
                "street": "Weg 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": self.env.ref("base.de").id,
            }
        )
        codes = set(self.env["newsletter.connection"]._connector_classes())
        for code in sorted(codes - {"memory"}):
            with self.subTest(code):
                self.env["newsletter.connection"].search([]).state = "paused"
                self._erase_at(code)

    def _erase_at(self, code):
        connection = self.env["newsletter.connection"].create(
            {"name": code, "provider": code}
        )
        self._log_in(connection, **LOGINS[code], base_url=self.sandbox.url(code))
        self.env.flush_all()
        connection.action_test()
        email = f"{code}@example.org"
        partner = self._person("Anna Muster", email)
        for name in ("First", "Second"):
            run = self._synchronise(
                partner, connection_id=connection.id, new_list=True, new_list_name=name
            )
            for _turn in range(20):
                if run.state in ("done", "stopped"):
                    break
                run.sudo().next_try_at = False
                self._work(run)
            self.assertEqual(run.state, "done", run.message)
        erasure = self._erase(email)
        self._turn()
        receipt = erasure.receipt_ids.filtered(
            lambda each: each.connection_id == connection
        )
        self.assertEqual(receipt.state, "done", receipt.message)
        self.assertIn("First", receipt.proof)
        self.assertIn("Second", receipt.proof)
        self.assertFalse(
            self.sandbox.store.select("p.email = ?", [email]), "still in the tool"
        )
