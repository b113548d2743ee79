"""The outbox notices every change of a member, and costs a save one insert."""

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..hooks import uninstall
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestOutbox(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.contact = self._contact("Anna Abel", "anna@example.org")
        self.partner = self.env["res.partner"].create(
            {"name": "Anna Abel", "email": "anna@example.org"}
        )
        self.member = self._member(
            "anna@example.org",
            contact_id=self.contact.id,
            partner_id=self.partner.id,
        )
        self._changes()
        self.of_contact = (self.coupling.id, "mailing.contact", self.contact.id)
        self.of_member = (self.coupling.id, "newsletter.member", self.member.id)

    # --- subscriptions -----------------------------------------------------------
    def test_each_way_of_subscribing_is_noticed(self):
        """Also those by which Odoo bypasses the subscription's own methods."""
        quick = self.env["mailing.contact"].create(
            {"name": "Bo", "email": "bo@example.org"}
        )
        quick.list_ids = self.mailing_list
        self.assertEqual(
            self._changes(), {(self.coupling.id, "mailing.contact", quick.id)}
        )
        quick.list_ids = False
        self.assertEqual(
            self._changes(), {(self.coupling.id, "mailing.contact", quick.id)}
        )

    def test_merging_lists_is_noticed(self):
        other = self.env["mailing.list"].create({"name": "Old list"})
        merged = self._contact("Cleo", "cleo@example.org", mailing_list=other)
        # core leaves everybody out of a merge while the blocklist is empty of addresses
        self.env["mail.blacklist"].create({"email": "nobody@example.org"})
        self._changes()
        self.mailing_list.action_merge(other, archive=True)
        self.assertIn((self.coupling.id, "mailing.contact", merged.id), self._changes())

    def test_opt_out_and_new_date(self):
        # the trigger alone, without what a leaving writes besides
        subscription = self._subscription(self.contact).with_context(
            newsletter_leaving=True
        )
        subscription.opt_out = True
        self.assertEqual(self._changes(), {self.of_contact})
        subscription.opt_out_datetime = self._at("2020-02-05")
        self.assertEqual(self._changes(), {self.of_contact})

    def test_other_lists_are_no_news(self):
        other = self.env["mailing.list"].create({"name": "Not coupled"})
        self._contact("Dora", "dora@example.org", mailing_list=other)
        self.assertFalse(self._changes())

    def test_moved_to_another_list(self):
        other = self.env["mailing.list"].create({"name": "Not coupled"})
        self._subscription(self.contact).list_id = other
        self.assertEqual(self._changes(), {self.of_contact})

    # --- records -------------------------------------------------------------------
    def test_any_value_of_a_linked_record(self):
        self.partner.function = "Chair"
        self.assertEqual(self._changes(), {self.of_member})
        self.contact.company_name = "Club"
        self.assertEqual(self._changes(), {self.of_member})

    def test_saving_without_a_change_is_no_news(self):
        """A touched record whose values stay: only the time of writing moves."""
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = now(), name = name WHERE id = %s",
            [self.partner.id],
        )
        self.assertFalse(self._changes())

    def test_strangers_are_no_news(self):
        stranger = self.env["res.partner"].create(
            {"name": "Emil", "email": "emil@example.org"}
        )
        stranger.name = "Emil Ernst"
        self.assertFalse(self._changes())

    def test_address_before_the_change_is_kept(self):
        self.partner.email = "anna.new@example.org"
        self.env.flush_all()
        change = self.env["newsletter.change"].search([])
        self.assertEqual(change.email, "anna@example.org")

    def test_deleted_records_are_found_by_address(self):
        self.partner.unlink()
        self.assertIn(self.of_member, self._changes())
        self.contact.unlink()
        self.assertIn(self.of_member, self._changes())

    def test_unwanted_counts_for_an_address_without_link(self):
        self.member.partner_id = False
        # the trigger alone, without what a leaving writes besides
        partners = self.env["res.partner"].with_context(newsletter_leaving=True)
        partners.browse(self.partner.id).no_marketing_email = True
        self.assertEqual(self._changes(), {self.of_member})
        partners.create(
            {"email": "anna@example.org", "name": "A", "no_marketing_email": True}
        )
        self.assertEqual(self._changes(), {self.of_member})

    def test_lead(self):
        lead = self.env["crm.lead"].create(
            {"name": "Trial", "email_from": "anna@example.org"}
        )
        self.member.lead_id = lead
        self._changes()
        lead.contact_name = "Anna B."
        self.assertEqual(self._changes(), {self.of_member})

    # --- addresses -------------------------------------------------------------------
    def test_blocklist_and_back(self):
        blocklist = self.env["mail.blacklist"].with_context(newsletter_leaving=True)
        blocklist._add("anna@example.org")
        self.assertEqual(self._changes(), {self.of_member})
        blocklist._remove("anna@example.org")
        self.assertEqual(self._changes(), {self.of_member})

    def test_consent_of_the_own_company_only(self):
        other = self.env["res.company"].create({"name": "Other sender"})
        consents = self.env["newsletter.consent"]
        foreign = consents._for_address("anna@example.org", other)
        foreign._record("request")
        self.assertFalse(self._changes())
        self._consent("anna@example.org", "confirmed")
        self.assertEqual(self._changes(), {self.of_member})

    def test_a_consent_without_a_state_is_no_news(self):
        self.env["newsletter.consent"].create({"email": "anna@example.org"})
        self.assertFalse(self._changes())

    # --- the engine's own writes -----------------------------------------------------
    def test_own_writes_are_news_to_other_couplings_only(self):
        second = self._couple(
            remote_id=self.tool.new_list("Second"),
            mailing_list=self.env["mailing.list"].create({"name": "Second"}),
        )
        twin = self._member(
            "anna@example.org", coupling=second, partner_id=self.partner.id
        )
        with self.env["newsletter.change"]._quiet(self.coupling):
            self.partner.name = "Anna Adler"
        self.assertEqual(self._changes(), {(second.id, "newsletter.member", twin.id)})
        self.partner.name = "Anna Abel"
        self.assertIn(self.of_member, self._changes())

    # --- waking ----------------------------------------------------------------------
    def test_a_change_wakes_the_scheduler_once(self):
        cron = self.env.ref("newsletter_sync.cron_changes")
        triggers = self.env["ir.cron.trigger"]
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        for name in ("A", "B", "C"):
            self.partner.name = name
            self.env.flush_all()
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), 1)

    def test_many_in_one_statement(self):
        """A thousand subscriptions are one more query, whoever writes them."""
        contacts = self.env["mailing.contact"].create(
            [{"email": f"p{n}@example.org"} for n in range(1000)]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO mailing_subscription (contact_id, list_id)"
            " SELECT unnest(%s), %s",
            [contacts.ids, self.mailing_list.id],
        )
        self.assertEqual(len(self._changes()), 1000)

    def test_uninstall_leaves_no_trigger(self):
        env = api.Environment(self.env.cr, SUPERUSER_ID, {})
        uninstall(env)
        self.partner.name = "Still saved"
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'newsletter\\_note%'"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertFalse(self._changes())
