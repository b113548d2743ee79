"""Where the later date decides, a leaving on its way to the tool is no question."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_review import ReviewCase


@tagged("post_install", "-at_install")
class TestLeavingTold(ReviewCase):
    def setUp(self):
        super().setUp()
        self.coupling.status_rule = "newest"
        self.member = self._agreed("emil@example.org", "7")
        self.earlier = fields.Datetime.now() - timedelta(days=30)

    def _leaves(self):
        """Somebody opts the person out in Odoo, later than the tool's date."""
        self._subscription(self.member.contact_id).opt_out = True
        receipt = self.env["newsletter.leaving.receipt"].search(
            [("email", "=", self.member.email)]
        )
        self.assertEqual((receipt.state, self.member.task), ("waiting", "unsubscribe"))
        return receipt

    def _met(self):
        """The next comparison, in which the tool still has the person."""
        self._compare(self.member, status="subscribed", status_at=self.earlier)
        return self.member.result, self.member.task

    def test_the_task_stays_while_the_account_has_not_obeyed(self):
        receipt = self._leaves()
        self.assertEqual(self._met(), ("success", "unsubscribe"))
        self.assertEqual(self.member.task_rule, "left_in_odoo")
        self.assertFalse(self.member.questions, "nobody is asked")
        receipt.state = "failed"
        self.assertEqual(self._met(), ("success", "unsubscribe"))

    def test_it_is_the_classic_conflict_when_nothing_is_on_its_way(self):
        receipt = self._leaves()
        receipt.state = "done"
        self.assertEqual(self._met(), ("conflict", False))
        self.assertEqual(self.member.result_code, "newer_here")

    def test_a_leaving_that_was_lifted_tells_nothing_any_more(self):
        receipt = self._leaves()
        receipt.leaving_id.lifted_at = fields.Datetime.now()
        self.assertEqual(self._met(), ("conflict", False))

    def test_a_leaving_of_another_list_is_about_that_one(self):
        receipt = self._leaves()
        other = self.env["mailing.list"].create({"name": "Press"})
        receipt.leaving_id.mailing_list_id = other
        self.assertEqual(self._met(), ("conflict", False))

    def test_the_dialog_sees_what_the_comparison_sees(self):
        self._leaves()
        self._met()
        review = self.env["newsletter.review"]
        (case,) = review._open_cases(self.coupling, self.member)
        self.assertEqual(case.outcome.task.value, "unsubscribe")
