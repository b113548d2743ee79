"""What is said about an address that a member is about to get is noted (O06, I04)."""

from odoo.tests import tagged

from .test_identity_address import NEW, OLD, AddressCase


@tagged("post_install", "-at_install")
class TestIdentityNotes(AddressCase):
    def _noted(self, statement, *values):
        """Members noted by a statement, which may pass by Odoo's models."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM newsletter_change")
        self.env.cr.execute(statement, values)
        self.env.cr.execute(
            "SELECT res_id FROM newsletter_change WHERE res_model = 'newsletter.member'"
        )
        return {id_ for (id_,) in self.env.cr.fetchall()}

    def test_a_block_that_is_set_again(self):
        entry = self.env["mail.blacklist"].create({"email": NEW, "active": False})
        self.partner.email = NEW
        noted = self._noted(
            "UPDATE mail_blacklist SET active = true WHERE id = %s", entry.id
        )
        self.assertEqual(noted, {self.anna.id})

    def test_a_lead_with_the_address(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": NEW})
        self.anna.write({"partner_id": False, "contact_id": False, "lead_id": lead.id})
        consent = self.env["newsletter.consent"]._for_address(NEW)
        noted = self._noted(
            "UPDATE newsletter_consent SET state = 'confirmed' WHERE id = %s",
            consent.id,
        )
        self.assertEqual(noted, {self.anna.id})

    def test_a_lead_of_another_address_is_not(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": OLD})
        self.anna.write({"partner_id": False, "contact_id": False, "lead_id": lead.id})
        consent = self.env["newsletter.consent"]._for_address(NEW)
        noted = self._noted(
            "UPDATE newsletter_consent SET state = 'confirmed' WHERE id = %s",
            consent.id,
        )
        self.assertFalse(noted)
