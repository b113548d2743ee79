"""Consent follows from evidence, and evidence is never touched again."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

GROUPS = ("user", "manager", "administrator", "privacy")


@tagged("post_install", "-at_install")
class TestConsent(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            group: new_test_user(
                cls.env,
                f"consent.{group}",
                groups=f"newsletter_sync.group_{group},base.group_partner_manager",
            )
            for group in GROUPS
        }
        cls.consents = cls.env["newsletter.consent"]

    def _consent(self, email="anna@example.org", *kinds):
        consent = self.consents._for_address(email)
        for kind in kinds:
            consent._record(kind, note="Card at the fair")
        return consent

    # --- the state -----------------------------------------------------------------
    def test_the_state_follows_from_the_evidence(self):
        consent = self._consent()
        self.assertEqual(consent.state, "none")
        for kind, state in (
            ("request", "pending"),
            ("mail", "pending"),
            ("confirmation", "confirmed"),
            ("note", "confirmed"),
            ("withdrawal", "withdrawn"),
        ):
            consent._record(kind)
            self.assertEqual(consent.state, state, kind)
        self.assertEqual(len(consent.event_ids), 5)

    def test_the_state_cannot_be_typed_in(self):
        consent = self._consent()
        for user in self.users.values():
            with self.assertRaises(UserError):
                consent.with_user(user).write({"state": "confirmed"})
        for values in ({"state": "confirmed"}, {"state_at": "2024-01-01"}):
            with self.assertRaises(UserError):
                consent.sudo().write(values)
        with self.assertRaises(UserError):
            self.consents.create({"email": "eva@example.org", "state": "confirmed"})

    def test_staff_needs_a_proof(self):
        consent = self._consent()
        for kind in ("staff", "import"):
            with self.assertRaisesRegex(UserError, "note or a document"):
                consent._record(kind)
            self.assertEqual(consent.state, "none")
            self.assertFalse(consent.event_ids)
            consent._record(kind, note="Signed form")
            self.assertEqual(consent.state, "single")
            consent = self._consent("eva@example.org")

    def test_it_belongs_to_one_address_and_company(self):
        consent = self._consent("anna@example.org", "confirmation")
        other = self.env["res.company"].create({"name": "Other"})
        for values in ({"email": "eva@example.org"}, {"company_id": other.id}):
            with self.assertRaises(UserError):
                consent.write(values)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.consents.create({"email": "Anna@Example.org"})
            self.env.flush_all()

    def test_each_company_has_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._consent("anna@example.org", "confirmation")
        theirs = self.consents._for_address("anna@example.org", other)
        self.assertEqual(theirs.state, "none")
        self.assertFalse(
            self.consents.with_user(self.users["manager"]).search(
                [("id", "=", theirs.id)]
            )
        )

    def test_the_address_is_normalised(self):
        consent = self._consent(" Anna.Muster@Example.ORG ")
        self.assertEqual(consent.email, "anna.muster@example.org")
        self.assertEqual(self._consent("ANNA.muster@example.org"), consent)
        for email in ("no address", False, "a@b"):
            with self.assertRaises(UserError):
                self.consents.create({"email": email})

    # --- the evidence --------------------------------------------------------------
    def test_evidence_is_never_changed_or_deleted(self):
        event = self._consent("anna@example.org", "confirmation").event_ids
        for user in self.users.values():
            with self.assertRaises(UserError):
                event.with_user(user).write({"note": "Other"})
            with self.assertRaises(UserError):
                event.with_user(user).unlink()
            with self.assertRaises(AccessError):
                event.with_user(user).create({"kind": "confirmation"})
        with self.assertRaises(UserError):
            event.sudo().write({"note": "Other"})
        with self.assertRaises(UserError):
            event.sudo().unlink()

    def test_a_consent_with_evidence_stays(self):
        consent = self._consent("anna@example.org", "confirmation")
        with self.assertRaises(AccessError):
            consent.with_user(self.users["administrator"]).unlink()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            consent.sudo().unlink()
            self.env.flush_all()

    def test_only_the_privacy_group_reads_evidence(self):
        consent = self._consent("anna@example.org", "confirmation")
        for group, user in self.users.items():
            mine = consent.with_user(user)
            self.assertEqual(mine.state, "confirmed")
            if group == "privacy":
                self.assertEqual(mine.event_ids.kind, "confirmation")
                continue
            with self.assertRaises(AccessError):
                mine.read(["event_ids"])
            with self.assertRaises(AccessError):
                self.env["newsletter.consent.event"].with_user(user).search([])

    # --- on the contact --------------------------------------------------------------
    def test_state_and_search_on_the_contact(self):
        partners = self.env["res.partner"].create(
            [
                {"name": name, "email": name and f"{name}@example.org"}
                for name in ("confirmed", "withdrawn", "noted", "unknown")
            ]
            + [{"name": "No address"}]
        )
        confirmed, withdrawn, noted, unknown, without = partners
        self._consent(confirmed.email, "confirmation")
        self._consent(withdrawn.email, "withdrawal")
        self._consent(noted.email, "note")
        self.env.invalidate_all()
        self.assertEqual(
            partners.mapped("doi_status"),
            ["confirmed", "withdrawn", "none", "none", "none"],
        )

        def found(operator, value):
            domain = [("id", "in", partners.ids), ("doi_status", operator, value)]
            return self.env["res.partner"].search(domain, order="id")

        self.assertEqual(found("=", "confirmed"), confirmed)
        self.assertEqual(found("!=", "confirmed"), partners - confirmed)
        both = confirmed + withdrawn
        self.assertEqual(found("in", ["confirmed", "withdrawn"]), both)
        self.assertEqual(found("not in", ["confirmed", "withdrawn"]), partners - both)
        self.assertEqual(found("=", "none"), noted + unknown + without)
        self.assertEqual(found("!=", "none"), both)
        self.assertEqual(found("=", False), found("=", "none"), "the filter “not set”")
        self.assertEqual(found("!=", False), both)

    def test_another_companys_consent_is_not_shown(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.env["res.partner"].create(
            {"name": "Anna", "email": "anna@example.org"}
        )
        self.consents._for_address(partner.email, other)._record("confirmation")
        self.assertEqual(partner.doi_status, "none")
        self.assertEqual(partner.with_company(other).doi_status, "confirmed")
