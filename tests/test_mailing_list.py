"""The screen of a mailing list, and another contact or list for an assignment."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestMailingList(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "list.manager",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
        )

    # --- the header (C25) ---
    def test_a_new_list_is_prefilled(self):
        with Form(self.env["mailing.list"].with_user(self.clerk)) as form:
            form.name = "Invitations"
        mailing_list = form.record
        self.assertEqual(
            (
                mailing_list.newsletter_type,
                mailing_list.newsletter_state,
                mailing_list.newsletter_user_id,
                mailing_list.newsletter_date,
            ),
            ("list", "running", self.clerk, fields.Date.context_today(mailing_list)),
        )

    def test_counters(self):
        for number in range(3):
            self._contact(f"P{number}", f"p{number}@example.org")
        self._contact("Left", "left@example.org", opt_out_at=self._at("2024-01-01"))
        self._member("p0@example.org", task="transmit")
        mailing_list = self.mailing_list.with_user(self.clerk)
        self.assertEqual(
            (
                mailing_list.newsletter_participant_count,
                mailing_list.newsletter_subscribed_count,
                mailing_list.newsletter_task_count,
            ),
            (4, 3, 1),
        )

    def test_a_change_of_the_state_is_logged(self):
        self.mailing_list.newsletter_state = "ended"
        event = self.env["newsletter.event"].search([], limit=1)
        self.assertEqual((event.res_model, event.res_id), self._ref(self.mailing_list))

    @staticmethod
    def _ref(record):
        return record._name, record.id

    # --- steps and tabs (G16) ---
    def test_the_steps_of_each_coupling(self):
        [row] = self.mailing_list.with_user(self.clerk).newsletter_reviews
        self.assertEqual(
            [step["key"] for step in row["review"]["steps"]],
            ["fetch", "review", "transmit"],
        )
        self.assertEqual(row["review"]["coupling"], self.coupling.id)
        self.assertFalse(row["name"], "one tool needs no name")
        second = self._connect(name="Second")
        self._couple(second, remote_id="other")
        self.mailing_list.invalidate_recordset()
        names = [each["name"] for each in self.mailing_list.newsletter_reviews]
        self.assertEqual(set(names), {"Club", "Second"})

    def test_who_needs_attention_stands_first(self):
        for number in range(42):
            self._contact(f"P{number}", f"p{number}@example.org")
        self._member("late@example.org", result="conflict")
        rows = self.mailing_list.newsletter_people_ids
        self.assertEqual((rows[0].email, len(rows)), ("late@example.org", 40))

    def test_everybody_is_one_click_away(self):
        self._contact("Anna", "anna@example.org")
        self._member("late@example.org", result="conflict")
        plain = self.env["mailing.list"].create({"name": "Board"})
        self._contact("Ben", "ben@example.org", plain)
        self.assertEqual(self._everybody(self.mailing_list), ["late@example.org"])
        self.assertEqual(self._everybody(plain), ["ben@example.org"])
        self.assertEqual(
            plain.newsletter_people_ids.mapped("email"), ["ben@example.org"]
        )

    def _everybody(self, mailing_list):
        action = mailing_list.action_newsletter_people()
        return self.env[action["res_model"]].search(action["domain"]).mapped("email")

    def test_the_event_log_of_the_list(self):
        event = self.env["newsletter.event"]._log(
            "fetched", coupling=self.coupling, text="Fetched"
        )
        self.assertIn(event, self.mailing_list.newsletter_event_ids)

    # --- deleting ---
    def test_a_list_with_consents_is_kept_with_a_clear_message(self):
        plain = self.env["mailing.list"].create({"name": "Board"})
        self._consent("anna@example.org", "confirmed", mailing_list=plain)
        with self.assertRaisesRegex(UserError, "1 consents .*Archive it instead"):
            plain.unlink()
        plain.action_archive()
        self.assertFalse(plain.active)

    # --- another list, another contact (C23) ---
    def _repoint(self, row, user=None, **values):
        row = row.with_user(user or self.manager)
        action = row.action_repoint()
        wizard = row.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"choice": "unsubscribe", **values})
        wizard.action_repoint()
        self.env.invalidate_all()

    def _rows(self, record):
        record.invalidate_recordset(["newsletter_assignment_ids"])
        return {row.list_name: row for row in record.newsletter_assignment_ids}

    def _on_the_list(self, person):
        contact = self._contact(person.name, person.email)
        return self._member(
            person.email,
            partner_id=person.id,
            contact_id=contact.id,
            remote_id="7",
        )

    def test_to_another_list(self):
        anna = self._person("Anna", "anna@example.org")
        member = self._on_the_list(anna)
        board = self.env["mailing.list"].create({"name": "Board"})
        self._repoint(self._rows(anna)["Club news"], mailing_list_id=board.id)
        self.assertEqual(member.task, "unsubscribe")
        rows = self._rows(anna)
        self.assertFalse(rows["Club news"].local_status, "off Odoo's list")
        self.assertEqual(rows["Board"].local_status, "subscribed")
        self._go("reconcile")
        self.assertFalse(self._subscription(member.contact_id), "does not come back")

    def test_to_another_contact_with_another_address(self):
        anna = self._person("Anna", "anna@example.org")
        ben = self._person("Ben", "ben@example.org")
        member = self._on_the_list(anna)
        self._repoint(self._rows(anna)["Club news"], partner_id=ben.id)
        self.assertEqual(member.task, "unsubscribe")
        self.assertEqual(self._of("ben@example.org").task, "transmit")
        self.assertEqual(self._of("ben@example.org").partner_id, ben)

    def test_to_another_contact_with_the_same_address(self):
        anna = self._person("Anna", "anna@example.org")
        twin = self._person("Anna Lang", "Anna@example.org", consent="none")
        member = self._on_the_list(anna)
        self._repoint(self._rows(anna)["Club news"], partner_id=twin.id)
        self.assertEqual(member.partner_id, twin)
        self.assertFalse(member.task)
        self.assertTrue(self._subscription(member.contact_id))
        event = self.env["newsletter.event"].search([("code", "=", "repointed")])
        self.assertIn("Anna Lang", event.text)

    def test_on_a_list_without_a_tool_the_address_is_the_person(self):
        twin = self._person("Anna Lang", "anna@example.org", consent="none")
        ben = self._person("Ben", "ben@example.org")
        board = self.env["mailing.list"].create({"name": "Board"})
        contact = self._contact("Anna", "anna@example.org", mailing_list=board)
        with self.assertRaisesRegex(UserError, "No newsletter tool knows anna@.*Board"):
            self._repoint(self._rows(contact)["Board"], partner_id=twin.id)
        self.assertFalse(
            self.env["newsletter.event"].search([("code", "=", "repointed")])
        )
        self.assertTrue(self._subscription(contact, board))
        # another address takes the place
        self._repoint(self._rows(contact)["Board"], partner_id=ben.id)
        self.assertEqual(board.contact_ids.mapped("email"), ["ben@example.org"])

    def test_whoever_left_the_other_list_stays_off_and_nothing_is_ended(self):
        anna = self._person("Anna", "anna@example.org")
        member = self._on_the_list(anna)
        board = self.env["mailing.list"].create({"name": "Board"})
        self.env["mailing.subscription"].create(
            {"contact_id": member.contact_id.id, "list_id": board.id, "opt_out": True}
        )
        with self.assertRaisesRegex(UserError, "new consent"):
            self._repoint(self._rows(anna)["Club news"], mailing_list_id=board.id)
        self.assertFalse(member.task)
        self.assertTrue(self._subscription(member.contact_id))

    def test_what_is_no_change_is_refused(self):
        anna = self._person("Anna", "anna@example.org")
        self._on_the_list(anna)
        row = self._rows(anna)["Club news"]
        with self.assertRaisesRegex(UserError, "another contact or another list"):
            self._repoint(row)
        with self.assertRaises(AccessError):
            self._repoint(row, self.clerk)
