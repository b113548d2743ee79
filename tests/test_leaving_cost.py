"""Many people who leave at once cost few statements, and lose nothing by it."""

from unittest.mock import patch

from odoo.tests import tagged

from .test_leaving import LeavingCase


@tagged("post_install", "-at_install")
class TestLeavingCost(LeavingCase):
    def test_many_receipts_are_few_writes_and_each_has_its_own_proof(self):
        wanted = {f"person{n:02}@example.org": str(1000 + n) for n in range(30)}
        for email, remote_id in wanted.items():
            self._member(email, remote_id=remote_id, remote_status="unsubscribed")
        receipts = type(self.env["newsletter.leaving.receipt"])
        write, writes = receipts.write, []

        def counted(records, vals):
            writes.append(len(records))
            return write(records, vals)

        with patch.object(receipts, "write", counted):
            found = self._leave(list(wanted), "tool", lists=self.mailing_list)
        self.assertEqual(len(found), 30)
        self.assertLess(len(writes), 5, "not one for each person")
        self.env.invalidate_all()
        self.assertEqual(set(found.mapped("state")), {"done"})
        for leaving in found:
            proof = leaving.receipt_ids.proof
            self.assertIn(f"recipient {wanted[leaving.email]})", proof)
            self.assertIn("Unsubscribed", proof)
        consents = self.env["newsletter.consent"]._of_lists(
            list(wanted), self.env.company, self.mailing_list
        )
        self.assertEqual(set(consents.mapped("state")), {"withdrawn"})
        evidence = consents.sudo().event_ids
        self.assertEqual(len(evidence), 30, "each has evidence of its own")
        told = self.env["newsletter.event"].search(
            [("code", "=", "leaving_done"), ("res_id", "in", found.ids)]
        )
        self.assertEqual(len(told), 30)
