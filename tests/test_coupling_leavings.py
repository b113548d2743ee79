"""Another mailing list beside a list of the tool: what becomes of a leaving."""

from odoo.tests import tagged

from ..sandbox.store import Member
from .test_leaving import LeavingCase

ANNA, BEN, CLEO = "anna@example.org", "ben@example.org", "cleo@example.org"


@tagged("post_install", "-at_install")
class TestCouplingLeavings(LeavingCase):
    def setUp(self):
        super().setUp()
        self.other = self.env["mailing.list"].create({"name": "Events"})
        self._at_tool(BEN)
        self._subscribed()
        self.anna = self._member_of()
        # an empty list would stop the comparison
        self._contact("Cleo", CLEO, self.other)

    def _couple_with_another_list(self):
        self.coupling._uncouple()
        return self.env["newsletter.coupling"]._couple(
            self.coupling.remote_list_id, self.other, direction="both"
        )

    def _fetch(self):
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)

    def _mailed(self):
        rows = self.other.subscription_ids.filtered(lambda row: not row.opt_out)
        return sorted(rows.contact_id.mapped("email_normalized"))

    def test_who_is_leaving_is_not_put_on_the_other_list(self):
        leaving = self._leave(lists=self.mailing_list)
        self.assertEqual(self.anna.task, "unsubscribe")
        self._couple_with_another_list()
        self._fetch()
        self.assertEqual(self.anna.result_code, "joined_without_proof")
        self.assertEqual(self._mailed(), [BEN, CLEO], "who never left comes in")
        self.assertEqual(leaving.receipt_ids.state, "waiting")

    def test_the_leaving_reaches_the_tool_all_the_same(self):
        leaving = self._leave(lists=self.mailing_list)
        self._couple_with_another_list()
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.receipt_ids.state, "done")
        self._fetch()
        self.assertEqual(self._mailed(), [BEN, CLEO])

    def test_a_push_to_the_ended_coupling_does_not_lose_it_either(self):
        leaving = self._leave(lists=self.mailing_list)
        self.coupling._uncouple()
        self.env["newsletter.coupling"]._for_list(self.coupling.remote_list_id)
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.receipt_ids.state, "done")

    def test_nor_does_another_mailing_list_after_such_a_push(self):
        leaving = self._leave(lists=self.mailing_list)
        self.coupling._uncouple()
        couplings = self.env["newsletter.coupling"]
        couplings._for_list(self.coupling.remote_list_id)
        couplings._couple(self.coupling.remote_list_id, self.other, direction="both")
        self._fetch()
        self.assertNotIn(ANNA, self._mailed())
        self.assertEqual(leaving.receipt_ids.state, "waiting")
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.receipt_ids.state, "done")
        self._fetch()
        self.assertNotIn(ANNA, self._mailed())

    def test_a_leaving_after_it_concerns_the_former_list_alone(self):
        self._couple_with_another_list()
        self._turn()
        self._fetch()
        leaving = self._leave(lists=self.mailing_list)
        self._turn()
        self.assertFalse(self._is_off(), "is on the other list by now")
        self.assertFalse(leaving.receipt_ids)
        self.assertIn(ANNA, self._mailed())

    def _delete(self, lists):
        """Some years later, what was to be kept of the consents is kept no more."""
        # sudo: evidence is for the privacy group
        events = self.env["newsletter.consent.event"].sudo()
        consents = [("consent_id.mailing_list_id", "in", lists.ids)]
        events.search(consents).chain_id._erase_all()
        lists.unlink()

    def test_of_two_deleted_lists_each_keeps_its_own_leavings(self):
        """Anna left one of them; the tool's list of the other is coupled anew."""
        remote_id = self.tool.new_list("Events")
        events = self._couple(mailing_list=self.other, remote_id=remote_id)
        there = Member(int(remote_id), ANNA, activated=1_700_000_000)
        self.sandbox.store.save("cleverreach", [there])
        self.assertEqual(self._go("fetch", events, whole=True).state, "done")
        leaving = self._leave(lists=self.mailing_list)
        (self.coupling | events)._uncouple()
        self._delete(self.mailing_list | self.other)
        self.assertEqual(leaving.receipt_ids.coupling_ids, self.coupling)
        self.other = self.env["mailing.list"].create({"name": "Festivals"})
        self._contact("Cleo", CLEO, self.other)
        self.env["newsletter.coupling"]._couple(
            events.remote_list_id, self.other, direction="both"
        )
        self.assertEqual(leaving.receipt_ids.coupling_ids, self.coupling)
        self.assertEqual(self._go("fetch", events, whole=True).state, "done")
        self.assertEqual(self._mailed(), [ANNA, CLEO], "she never left this one")
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.receipt_ids.state, "done")
        (kept,) = self.sandbox.store.select("m.list_id = ?", [remote_id])
        self.assertFalse(kept.deactivated)

    def test_a_deleted_list_loses_no_leaving_when_another_one_takes_its_place(self):
        leaving = self._leave(lists=self.mailing_list)
        self.coupling._uncouple()
        self._delete(self.mailing_list)
        self.env["newsletter.coupling"]._couple(
            self.coupling.remote_list_id, self.other, direction="both"
        )
        self._fetch()
        self.assertNotIn(ANNA, self._mailed())
        self._turn()
        self.assertTrue(self._is_off())
        self.assertEqual(leaving.receipt_ids.state, "done")

    def test_who_is_leaving_everything_is_not_forgotten(self):
        self._leave()
        # as if the task had got lost in a race
        self.anna.write({"task": False, "local_status": "subscribed"})
        self._couple_with_another_list()
        self.assertEqual(self.anna.base_status, "unsubscribed")
        self._fetch()
        self.assertNotIn(ANNA, self._mailed())

    def test_who_is_on_the_other_list_and_not_leaving_keeps_the_memory(self):
        contact = self.anna.contact_id
        self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": self.other.id}
        )
        self._couple_with_another_list()
        self.assertEqual(self.anna.base_status, "subscribed")
        self.assertTrue(self.anna.synced_at)
        ben = self._member_of(BEN)
        self.assertFalse(ben.base_status or ben.synced_at, "never was on it")
