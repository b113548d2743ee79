"""Odoo's lookup finds us, offers the erasure, and deletes nothing of ours alone."""

from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import TransactionCase, new_test_user, tagged

ANNA = "anna@example.org"


@tagged("post_install", "-at_install")
class TestPrivacyLookup(TransactionCase):
    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create(
            {"name": "Anna Muster", "email": ANNA}
        )
        self.consent = self.env["newsletter.consent"]._for_address(ANNA)
        self.consent._record("confirmation")
        self.leaving = self.env["newsletter.leaving"]._leave(
            [ANNA], self.env.company, "phone", note="Called"
        )
        self.lookup = self.env["privacy.lookup.wizard"].create(
            {"name": "Anna Muster", "email": ANNA}
        )
        self.lookup.action_lookup()

    def _line(self, model):
        return self.lookup.line_ids.filtered(lambda line: line.res_model == model)

    def test_our_records_are_found(self):
        found = set(self.lookup.line_ids.mapped("res_model"))
        self.assertLessEqual(
            {"newsletter.consent", "newsletter.consent.event", "newsletter.leaving"},
            found,
        )

    def test_a_record_of_ours_is_not_deleted_alone(self):
        with self.assertRaises(RedirectWarning) as refused:
            self._line("newsletter.leaving").action_unlink()
        action = refused.exception.args[1]
        self.assertEqual(action["res_model"], "newsletter.erasure.wizard")
        self.assertTrue(self.leaving.exists())

    def test_deleting_all_leaves_ours_to_the_erasure(self):
        self._line("newsletter.leaving").action_unlink_all()
        self.assertTrue(self.leaving.exists())
        self.assertTrue(self._line("newsletter.leaving").execution_details)

    def test_nothing_of_ours_is_archived(self):
        line = self._line("newsletter.consent")
        self.lookup.line_ids.action_archive_all()
        self.assertFalse(self.partner.active, "Odoo's own are archived")
        self.assertTrue(self.consent.exists())
        with self.assertRaises(RedirectWarning):
            line._onchange_is_active()

    def test_the_erasure_is_offered_to_whoever_may(self):
        action = self.lookup.action_newsletter_erase()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.typed, ANNA)
        system = new_test_user(self.env, "system", groups="base.group_system")
        lookup = self.env["privacy.lookup.wizard"].with_user(system)
        lookup = lookup.create({"name": "Anna", "email": ANNA})
        with self.assertRaises(AccessError):
            lookup.action_newsletter_erase()
