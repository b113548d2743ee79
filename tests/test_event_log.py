"""Who sees, ticks, opens and exports what in the event log, and what it tells."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_review import ReviewCase


@tagged("post_install", "-at_install")
class TestEventLog(ReviewCase):
    def _last(self, record):
        return self.env["newsletter.event"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)], limit=1
        )

    # --- what is told (M03) ----------------------------------------------------------
    def test_a_changed_coupling_is_told_with_before_and_after(self):
        self.coupling.with_user(self.manager).direction = "to_tool"
        event = self._last(self.coupling)
        self.assertEqual(event.code, "changed")
        self.assertEqual(
            (event.old_value, event.new_value), ("Both ways", "Odoo → newsletter tool")
        )
        self.assertEqual(event.user_id, self.manager)
        self.assertEqual(event.coupling_id, self.coupling)
        self.assertTrue(event.is_change)

    def test_what_the_engine_remembers_is_no_news(self):
        before = self._last(self.coupling)
        self.coupling.fetched_at = "2026-01-01"
        self.coupling.direction = self.coupling.direction
        self.assertEqual(self._last(self.coupling), before)

    def test_mapping_list_setting_and_login_are_told(self):
        mapping = self.mappings[0]
        mapping.rule = "odoo"
        self.assertEqual(self._last(mapping).old_value, "Ask")
        self.assertEqual(self._last(mapping).connection_id, self.connection)
        self.mailing_list.name = "News of the club"
        self.assertEqual(self._last(self.mailing_list).new_value, "News of the club")
        self.env["ir.config_parameter"].set_param(
            "newsletter_sync.allow_loopback_tools", "yes"
        )
        setting = self.env["newsletter.event"].search([], limit=1)
        self.assertIn("allow_loopback_tools", setting.text)
        self._log_in(self.connection, client_secret="another secret")
        events = self.env["newsletter.event"].search([("code", "=", "login_changed")])
        self.assertTrue(events)
        told = str(events.read())
        self.assertNotIn("another secret", told)
        self.assertNotIn("sandbox-id", told)

    def test_a_deleted_mapping_leaves_a_trace_that_opens_nothing(self):
        mapping = self.mappings[0]
        mapping.unlink()
        event = self._last(mapping)
        self.assertEqual(event.code, "deleted")
        self.assertIn("First name", event.text)
        with self.assertRaisesRegex(UserError, "deleted"):
            event.action_jump()

    def test_lists_that_are_not_coupled_are_odoos_business(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        other.name = "Another"
        self.assertFalse(self._last(other))

    def test_a_mailing_to_a_coupled_list_is_told(self):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Summer",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": [(6, 0, self.mailing_list.ids)],
            }
        )
        mailing.subject = "Autumn"
        event = self._last(mailing)
        self.assertEqual((event.old_value, event.new_value), ("Summer", "Autumn"))

    # --- where it is seen (M02) ------------------------------------------------------
    def test_each_subject_opens_its_own_events(self):
        member = self._conflict()
        other = self._agreed("other@example.org", "99")
        self._compare(other, {self.first: "Changed"})
        event = self._events(member)[:1]
        for record in (self.coupling, self.connection, self.mailing_list):
            domain = record.action_newsletter_events()["domain"]
            found = self.env["newsletter.event"].search(domain)
            self.assertLessEqual(event | self._events(other), found)
            self.assertEqual(record.newsletter_attention_count, 1)
        contact = member.contact_id
        found = self.env["newsletter.event"].search(
            contact.action_newsletter_events()["domain"]
        )
        self.assertIn(event, found)
        self.assertFalse(found & self._events(other))
        event.with_user(self.clerk).action_reviewed()
        contact.invalidate_recordset()
        self.assertEqual(contact.newsletter_attention_count, 0)
        event.action_not_reviewed()
        self.assertFalse(event.reviewed)

    def test_only_what_is_coupled_shows_the_log_and_the_manual(self):
        other = self.env["mailing.list"].create({"name": "Other"})
        self.assertTrue(self.mailing_list.with_user(self.clerk).newsletter_is_coupled)
        self.assertFalse(other.with_user(self.clerk).newsletter_is_coupled)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Summer",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": [(6, 0, other.ids)],
            }
        )
        self.assertFalse(mailing.newsletter_is_coupled)
        mailing.contact_list_ids = self.mailing_list
        self.assertTrue(mailing.newsletter_is_coupled)
        action = mailing.action_newsletter_manual()
        self.assertEqual(action["url"], "/newsletter_sync/manual")

    def test_every_rule_and_code_of_a_comparison_has_words(self):
        member = self._conflict()
        self._answer(member, {"*": "odoo"})
        texts = self._events(member).mapped("rule_text")
        self.assertEqual(sorted(texts), ["Ask", "By hand"])

    def test_an_event_of_a_member_alone_knows_its_coupling(self):
        member = self._agreed("emil@example.org", "7")
        event = self.env["newsletter.event"]._log("script", member=member, text="Mine")
        self.assertEqual(event.coupling_id, self.coupling)
        self.assertEqual(event.connection_id, self.connection)
        self.assertEqual(event.company_id, self.env.company)

    # --- export ----------------------------------------------------------------------
    def test_only_the_privacy_group_exports_it(self):
        self._conflict()
        events = self.env["newsletter.event"].search([], limit=1)
        with self.assertRaises(AccessError):
            events.with_user(self.manager).export_data(["date", "text"])
        officer = new_test_user(
            self.env,
            "newsletter.officer",
            groups="newsletter_sync.group_privacy,base.group_allow_export",
        )
        exported = events.with_user(officer).export_data(["date", "text"])
        self.assertEqual(exported["datas"][0][1], events.text)
