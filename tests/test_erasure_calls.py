"""The calls of an erasure: whom they are about, what is gone, how many in a slice."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.errors import NotFound
from ..models import newsletter_erasure_steps as steps
from .test_erasure import ANNA, ErasureCase

BEN = "ben@example.org"


@tagged("post_install", "-at_install")
class TestErasureCalls(ErasureCase):
    def test_X2_every_account_is_asked_about_every_address(self):
        self._subscribed()
        self._at_tool(BEN)  # Odoo never learned of it
        self.env.flush_all()
        erasure = self.erasures.with_user(self.officer)._erase(
            [ANNA, BEN], self.env.company, "erase", ask_all=True
        )
        self.assertEqual(erasure.sudo().receipt_ids._emails(), [ANNA, BEN])
        self._turn()
        self.assertEqual(erasure.state, "done")
        self.assertFalse(self._at_tool())

    def test_X2_a_list_that_is_gone_keeps_no_receipt_open(self):
        self._subscribed()
        connector = self.connection._connector_class()
        weaker = replace(
            connector.capabilities, erase=False, unsubscribe_everywhere=False
        )
        gone = NotFound("there is no such list", status=404)
        with (
            patch.object(connector, "capabilities", weaker),
            patch.object(connector, "unsubscribe", side_effect=gone) as asked,
            patch.object(connector, "member", side_effect=gone),
        ):
            erasure = self._erase()
            self._turn()
        asked.assert_called_once()
        self.assertEqual(erasure.receipt_ids.state, "by_hand")

    def test_X1_a_slice_has_so_many_calls(self):
        people = [{"email": ANNA, "remote_ids": ["1", "2"], "lists": {"1": "Club"}}]
        erasure = self._erase()
        receipts = self.env["newsletter.erasure.receipt"].create(
            [
                {
                    "erasure_id": erasure.id,
                    "connection_id": self.connection.id,
                    "account": "Club",
                    "people": people,
                }
                for _number in range(3)
            ]
        )
        for calls, number in ((18, 3), (12, 2), (11, 1), (1, 1)):
            with patch.object(steps, "CALLS", calls):
                self.assertEqual(
                    steps.Erase._of_one_slice(receipts), receipts[:number], calls
                )
