"""Who is deleted or merged in Odoo does not come back (N01 to N05, design rule 7)."""

from unittest.mock import patch

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestDeletion(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.new_contacts = "contact"
        self._at_tool("anna@example.org")
        # an empty list would stop the next fetch
        self._at_tool("ben@example.org")
        self._go("fetch")
        self.anna = self._of("anna@example.org")
        self.assertTrue(self.anna.partner_id and self.anna.contact_id)

    def _go(self, kind, **values):
        self.env.flush_all()
        run_id = self.coupling._start_run(kind, **values)
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        run = self.env["newsletter.run"].browse(run_id)
        if run.state == "preview":
            run.action_synchronise()
            self.env["newsletter.runner"]._work(run_id, 60)
            self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.message)
        return run

    def _of(self, email):
        return (
            self.env["newsletter.member"]
            .with_context(active_test=False)
            .search([("coupling_id", "=", self.coupling.id), ("email", "=", email)])
        )

    def _nobody_comes_back(self):
        """The trap: the next fetches find the person in the tool again (N05)."""
        for whole in (False, True):
            self._go("fetch", whole=whole)
            self.assertFalse(
                self.env["res.partner"].search([("email", "=", "anna@example.org")])
            )
            self.assertEqual(
                self.mailing_list.contact_ids.mapped("email"), ["ben@example.org"]
            )

    def test_N05_a_program_deletes_and_the_tool_is_told(self):
        self.anna.partner_id.unlink()
        self.assertEqual((self.anna.task, self.anna.outdated), ("unsubscribe", False))
        self.assertFalse(self._subscription(self.anna.contact_id))
        self._go("reconcile")
        self.assertEqual((self.anna.task, self.anna.outdated), ("unsubscribe", False))
        self._go("transmit")
        self.assertTrue(self._at_tool()["anna@example.org"].deactivated)
        self._nobody_comes_back()

    def test_N05_the_tool_is_told_by_itself(self):
        self.anna.partner_id.unlink()
        runs = self.env["newsletter.run"].search(
            [("kind", "=", "transmit"), ("coupling_id", "=", self.coupling.id)]
        )
        self.assertEqual((len(runs), runs.by_itself), (1, True))

    def test_N02_left_in_the_tool_they_do_not_come_back(self):
        self.env.company.newsletter_deletion = "forget"
        self.anna.partner_id.unlink()
        self.assertFalse(self.anna.active)
        self._nobody_comes_back()
        self.assertFalse(self._at_tool()["anna@example.org"].deactivated)

    def test_N03_removed_in_the_tool_the_member_goes_too(self):
        self.anna.with_user(self._manager())._take_off("delete", "removed")
        self.assertEqual(self.anna.task, "delete")
        self._go("reconcile")
        self.assertEqual((self.anna.task, self.anna.outdated), ("delete", False))
        self._go("transmit")
        self.assertNotIn("anna@example.org", self._at_tool())
        self.assertFalse(self.anna.active)
        self._go("fetch", whole=True)
        self.assertEqual(
            self.mailing_list.contact_ids.mapped("email"), ["ben@example.org"]
        )

    def _manager(self):
        return new_test_user(
            self.env, "deleter", groups="newsletter_sync.group_manager"
        )

    def test_a_person_is_asked_on_a_screen_and_nothing_happens_before(self):
        recipient = type(self.env["newsletter.recipient"])
        with (
            patch.object(recipient, "_newsletter_somebody_waits", lambda self: True),
            self.assertRaises(RedirectWarning) as caught,
            self.env.cr.savepoint(),
        ):
            self.anna.partner_id.unlink()
        message, action = caught.exception.args[:2]
        self.assertIn("Club news", message)
        self.assertTrue(self.anna.partner_id.exists())
        wizard = (
            self.env["newsletter.deletion"]
            .with_context(**action["context"])
            .create({"choice": "forget"})
        )
        self.assertEqual(wizard.people_count, 1)
        self.assertIn("anna@example.org", wizard.people)
        self.assertIn("stay in the newsletter tool", wizard.warning)
        partner = self.anna.partner_id
        with patch.object(recipient, "_newsletter_somebody_waits", lambda self: True):
            wizard.action_delete()
        self.assertFalse(partner.exists())
        self.assertFalse(self.anna.active)
        with self.assertRaisesRegex(UserError, "gone already"):
            wizard.action_delete()

    def test_deleting_somebody_who_is_on_no_list_asks_nothing(self):
        recipient = type(self.env["newsletter.recipient"])
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with patch.object(recipient, "_newsletter_somebody_waits", lambda self: True):
            stranger.unlink()
        self.assertFalse(stranger.exists())

    def test_deleting_the_mailing_contact_is_told_as_well(self):
        self.anna.contact_id.unlink()
        self.assertEqual(self.anna.task, "unsubscribe")

    def test_a_new_consent_is_the_way_back(self):
        self.anna.partner_id.unlink()
        self._go("transmit")
        self.assertEqual(self._buried(), {"anna@example.org"})
        consent = self.env["newsletter.consent"]._for_address("anna@example.org")
        consent._record("confirmation", at=self._at("2020-02-05"))
        self.assertTrue(self._buried(), "given before the deletion")
        consent._record("request")
        self.assertTrue(self._buried(), "not confirmed yet")
        consent._record("confirmation")
        self.assertFalse(self._buried())

    def _buried(self):
        return self.env["newsletter.tombstone"]._known(
            ["anna@example.org"], self.env.company, self.coupling
        )

    # --- merging ----------------------------------------------------------------------
    def _merge(self, *partners):
        kept = partners[-1]
        ids = [partner.id for partner in partners]
        self.env["base.partner.merge.automatic.wizard"]._merge(ids, kept)
        self.env.invalidate_all()
        return kept

    def test_merging_keeps_the_strictest_wish_and_the_recipient(self):
        kept = self.env["res.partner"].create(
            {"name": "Anna Färber", "email": "a.faerber@example.org"}
        )
        self.anna.partner_id.no_marketing_email = True
        self._merge(self.anna.partner_id, kept)
        self.assertTrue(kept.no_marketing_email)
        # another address: a recipient of its own, whose address is not exchanged
        self.assertFalse(self.anna.partner_id)
        self.assertEqual(self.anna.email, "anna@example.org")
        self.assertTrue(self.anna.active)

    def test_merging_the_same_address_keeps_the_member(self):
        kept = self.env["res.partner"].create(
            {"name": "Anna Färber", "email": "anna@example.org"}
        )
        self._merge(self.anna.partner_id, kept)
        self.assertEqual(self.anna.partner_id, kept)
        self._go("reconcile")
        self.assertNotEqual(self.anna.task, "unsubscribe")
        self.assertTrue(self.anna.active)
        self._go("fetch", whole=True)
        self.assertEqual(len(self.mailing_list.contact_ids), 2)
