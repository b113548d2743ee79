"""Merging members brings nobody back, and takes nothing that is not the engine's."""

from odoo.tests import tagged

from ..models.newsletter_deletion import ANSWER
from .test_identity_address import NEW, OLD, AddressCase


@tagged("post_install", "-at_install")
class TestIdentityMerge(AddressCase):
    """Anna is subscribed in Odoo by OLD; the tool has her by NEW."""

    def _double(self, status="unsubscribed", at="2024-06-01", known=True):
        """The tool lost Anna's id, and says that she left by another address."""
        self._act("delete", OLD)
        if known:
            self.env["res.partner"].create({"name": "Anna Lang", "email": NEW})
        self._at_tool(NEW, activated=1_600_000_000)
        if status == "unsubscribed":
            self._act("unsubscribe", NEW)
        self._fetch()
        double = self._of(NEW)
        self.assertEqual(double.remote_status, status)
        if double.remote_status_at and at:
            double.remote_status_at = at
            self._row(double).filtered("opt_out").opt_out_datetime = at
        self.env.flush_all()
        return double

    def _row(self, member):
        return self._subscription(member.contact_id)

    def _merge(self, double, email=NEW):
        told = (self.anna | double)._merge_as_address_change(email)
        self.env.invalidate_all()
        return told

    def test_an_opt_out_of_the_double_goes_to_the_contact_that_stays(self):
        double = self._double()
        self.assertTrue(self._row(double).opt_out, "taken over from the tool")
        self.assertFalse(self._row(self.anna).opt_out)
        wizard = self.env["newsletter.identity.merge"].create(
            {"member_id": self.anna.id, "other_id": double.id, "right": "other"}
        )
        self.assertIn("left on 2024-06-01", wizard.effect)
        told = self._merge(double)
        row = self._row(told)
        self.assertEqual(row.contact_id.email, NEW)
        self.assertTrue(row.opt_out, "Odoo must not mail who left")
        self.assertEqual(row.opt_out_datetime, self._at("2024-06-01"))
        self._fetch()
        self.assertEqual((told.local_status, told.task), ("unsubscribed", False))
        self.assertTrue(self._row(told).opt_out)

    def test_who_left_at_the_tool_only_is_opted_out_as_well(self):
        """Odoo did not know the double, so there is no row that says it."""
        double = self._double(known=False)
        self.assertFalse(double.contact_id)
        told = self._merge(double)
        self.assertTrue(self._row(told).opt_out)
        self.assertEqual(self._row(told).opt_out_datetime, self._at("2024-06-01"))

    def test_where_neither_has_a_mailing_contact_one_says_who_left(self):
        double = self._double(known=False)
        self.anna.contact_id.with_context(**{ANSWER: "keep"}).unlink()
        self.assertFalse((self.anna | double).contact_id)
        told = self._merge(double)
        self.assertEqual(told.contact_id.email, NEW)
        self.assertTrue(self._row(told).opt_out, "the dialog says so")
        self.assertEqual(self._row(told).opt_out_datetime, self._at("2024-06-01"))
        self._fetch()
        self.assertEqual((told.local_status, told.task), ("unsubscribed", False))

    def test_where_nobody_left_no_mailing_contact_is_made(self):
        double = self._double(status="subscribed", known=False)
        contacts = (self.anna | double).contact_id
        contacts.with_context(**{ANSWER: "keep"}).unlink()
        self.assertFalse(self._merge(double).contact_id)

    def test_a_contact_off_the_list_keeps_the_opt_out(self):
        double = self._double()
        self._row(self.anna).unlink()
        told = self._merge(double)
        self.assertTrue(self._row(told).opt_out)

    def test_the_later_of_two_leavings_counts(self):
        double = self._double()
        self._row(self.anna).write({"opt_out": True, "opt_out_datetime": "2023-01-01"})
        told = self._merge(double)
        self.assertEqual(self._row(told).opt_out_datetime, self._at("2024-06-01"))

    def test_who_agreed_by_the_right_address_since_stays_subscribed(self):
        double = self._double()
        self._consent(OLD, "confirmed", at=self._at("2024-07-01"))
        told = self._merge(double, OLD)
        self.assertFalse(self._row(told).opt_out)

    def test_an_earlier_consent_is_none_after_the_leaving(self):
        double = self._double()
        self._consent(OLD, "confirmed", at=self._at("2024-05-01"))
        told = self._merge(double, OLD)
        self.assertTrue(self._row(told).opt_out)

    def test_on_every_list_the_strictest_status_counts(self):
        """The right address comes to the contact on all of its lists."""
        double = self._double()
        other = self.env["mailing.list"].create({"name": "Other"})
        rows = self.env["mailing.subscription"]
        for contact, left in (
            (self.anna.contact_id, False),
            (double.contact_id, True),
        ):
            rows |= rows.create(
                {"contact_id": contact.id, "list_id": other.id, "opt_out": left}
            )
        told = self._merge(double)
        self.assertTrue(self._subscription(told.contact_id, other).opt_out)

    def test_who_objected_by_one_address_objected_by_both(self):
        """The contact with the objection was made by the comparison and goes."""
        double = self._double(status="subscribed", known=False)
        self.env["newsletter.leaving"]._leave([NEW], self.env.company, "phone")
        self.assertFalse(self.partner.no_marketing_email)
        wizard = self.env["newsletter.identity.merge"].create(
            {"member_id": self.anna.id, "other_id": double.id, "right": "member"}
        )
        self.assertIn("objected to all marketing", wizard.effect)
        told = self._merge(double, OLD)
        self.assertEqual(told.partner_id, self.partner)
        self.assertTrue(self.partner.no_marketing_email)
        self.assertTrue(
            self.env["mail.blacklist"].search_count([("email", "=", OLD)]),
            "Odoo must not mail who objected",
        )

    def test_an_objection_that_was_lifted_does_not_come_back(self):
        double = self._double(status="subscribed", known=False)
        leaving = self.env["newsletter.leaving"]._leave(
            [NEW], self.env.company, "phone"
        )
        leaving._lift("asked again")
        double.partner_id.no_marketing_email = False
        self._merge(double, OLD)
        self.assertFalse(self.partner.no_marketing_email)

    def test_without_a_list_in_odoo_the_member_says_who_left(self):
        double = self._double()
        self.coupling.mailing_list_id = False
        self.anna.sudo().local_status = "subscribed"
        double.sudo().local_status_at = self._at("2024-06-01")
        told = self._merge(double)
        self.assertEqual(told.local_status, "unsubscribed")
        self.assertEqual(told.local_status_at, self._at("2024-06-01"))

    def _both_there(self, known):
        """The tool has both; of the double Odoo knew the mailing contact, or nobody."""
        reader = self.env["mailing.contact"]
        if known:
            reader = reader.create({"name": "A. Lang", "email": NEW})
        self._at_tool(NEW)
        self._fetch()
        double = self._of(NEW)
        self.assertEqual(double.added, "list" if known else "contact")
        reader = double.contact_id
        return double, reader

    def test_a_mailing_contact_that_was_there_before_is_not_deleted(self):
        double, reader = self._both_there(known=True)
        told = self._merge(double, OLD)
        self.assertEqual(told, self.anna)
        self.assertTrue(reader.exists(), "only what the comparison made may go")
        self.assertFalse(self._subscription(reader))
        self.assertFalse(self._row(told).opt_out)

    def test_what_the_comparison_made_for_the_double_goes(self):
        double, reader = self._both_there(known=False)
        self.assertEqual(self._merge(double, OLD), self.anna)
        self.assertFalse(reader.exists())

    def test_it_goes_too_if_the_doubles_recipient_stays(self):
        double, reader = self._both_there(known=False)
        self.assertEqual(self._merge(double, NEW), double)
        self.assertFalse(reader.exists())


@tagged("post_install", "-at_install")
class TestIdentityBuried(AddressCase):
    def test_a_buried_address_creates_nobody(self):
        """The tool moves somebody whom Odoo does not know to an address that must not
        come back."""
        self.coupling.new_contacts = "ask"
        self._at_tool("carla@example.org")
        self._fetch()
        carla = self._of("carla@example.org")
        self.assertEqual(carla.result_code, "asks_for_contact")
        self.env["newsletter.tombstone"]._remember(
            [NEW], self.env.company, "erased", self.coupling
        )
        self._act("change_address", "carla@example.org", new=NEW)
        self.coupling.new_contacts = "contact"
        self._fetch()
        self.assertEqual(carla.result_code, "forgotten")
        for model in ("res.partner", "mailing.contact"):
            found = self.env[model].search_count([("email_normalized", "=", NEW)])
            self.assertFalse(found, model)

    def test_a_consent_of_the_new_address_keeps_no_withdrawn_one_mailed(self):
        """It is another address's; where that cannot take the place, the tool stops."""
        self.coupling.direction = "to_odoo"
        self.env["newsletter.consent"]._for_address(OLD)._record(
            "withdrawal", at=self._at("2025-01-01"), channel="phone"
        )
        self._consent(NEW, "confirmed", at=self._at("2025-02-01"))
        self.partner.email = NEW
        self._go("reconcile")
        self.assertEqual(self.anna.task, "unsubscribe")
        # where it can, and that needs no approval, it does
        self.coupling.write({"direction": "both", "automation": "safe"})
        self.env["newsletter.change"]._note(self.anna)
        self._go("reconcile")
        self.assertEqual(self.anna.task, "change_address")
