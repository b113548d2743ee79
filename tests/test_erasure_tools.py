"""Erasure in every newsletter tool: gone for good, asked again, receipt given."""

from odoo.tests import tagged

from .common_tools import EveryTool
from .test_erasure import ErasureCase


@tagged("post_install", "-at_install")
class TestErasureTools(EveryTool, ErasureCase):
    def test_X1_every_tool_deletes_for_good(self):
        self._with_each_tool(self._erase_at)

    def _erase_at(self, connection):
        email = f"{connection.provider}@example.org"
        partner = self._person("Anna Muster", email)
        for name in ("First", "Second"):
            self._push_to_new_list(connection, partner, name)
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
