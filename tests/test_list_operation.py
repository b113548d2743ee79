"""Set operations and mass edit: many at once, previewed, logged (C15-C17, C21)."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.newsletter_set_wise import NewsletterSetWise
from .common_two_way import TwoWayCase


@tagged("post_install", "-at_install")
class TestListOperation(TwoWayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "list.manager",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
        )

    def setUp(self):
        super().setUp()
        self.other = self.env["mailing.list"].create({"name": "Friends"})
        for name in ("anna", "ben", "carl", "dora"):
            self._contact(name.title(), f"{name}@example.org", self.other)
        self._contact(
            "Left", "left@example.org", self.other, opt_out_at=self._at("2024-01-01")
        )

    def _on(self, mailing_list):
        rows = self.env["mailing.subscription"].search(
            [("list_id", "=", mailing_list.id), ("opt_out", "=", False)]
        )
        return sorted(row.contact_id.email.split("@")[0] for row in rows)

    def _operation(self, operation, user=None, **values):
        action = self.mailing_list.with_user(
            user or self.manager
        ).action_newsletter_operation()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(user or self.manager)
        wizard.write({"operation": operation, **values})
        return wizard

    def _of_other(self, operation, **values):
        return self._operation(
            operation, source_list_ids=[Command.set(self.other.ids)], **values
        )

    @staticmethod
    def _carry_out(wizard):
        """As the dialog does: look, then apply."""
        wizard.action_preview()
        wizard.action_apply()

    # --- adding -----------------------------------------------------------------------
    def test_C16_add_the_people_of_another_list_nobody_twice(self):
        self._contact("Anna once more", "Anna@Example.org")
        self._contact("Ben", "ben2@example.org")
        ben = self.env["mailing.contact"].search([("email", "=", "ben@example.org")])
        self.env["mailing.subscription"].create(
            {"contact_id": ben.id, "list_id": self.mailing_list.id, "opt_out": True}
        )
        # blocked before this addon was there: still subscribed to the other list
        before = self.env["mail.blacklist"].with_context(newsletter_leaving=True)
        before._add("carl@example.org")
        wizard = self._of_other("add")
        wizard.action_preview()
        self.assertEqual((wizard.step, wizard.count), ("look", 1))
        self.assertEqual(wizard.people, "Dora <dora@example.org>")
        for text in ("1: on the list already", "1: have left", "1: on the blocklist"):
            self.assertIn(text, wizard.away)
        self.assertEqual(self._on(self.mailing_list), ["Anna", "ben2"])
        wizard.action_apply()
        self.assertEqual((wizard.step, wizard.count), ("done", 1))
        self.assertEqual(self._on(self.mailing_list), ["Anna", "ben2", "dora"])
        event = self.env["newsletter.event"].search([("code", "=", "list_operation")])
        self.assertEqual(
            (event.res_id, event.user_id), (self.mailing_list.id, self.manager)
        )
        self.assertIn("added 1 people", event.text)
        self.assertIn("Friends", event.text)
        self.assertIn("1: on the blocklist", event.detail)
        # once more: nobody is new
        wizard = self._of_other("add")
        wizard.action_preview()
        self.assertEqual(wizard.count, 0)

    def test_the_orm_and_the_set_wise_way_do_the_same(self):
        with patch.object(NewsletterSetWise, "_is_plain", return_value=False):
            of_filter = {"source": "filter", "domain": "[('ref', '=', 'X')]"}
            self._carry_out(self._operation("add", **of_filter))
            self._person("Xenia", "xenia@example.org", ref="X", consent="none")
            self._carry_out(self._operation("add", **of_filter))
            self._carry_out(self._of_other("add"))
        people = ["anna", "ben", "carl", "dora", "xenia"]
        self.assertEqual(self._on(self.mailing_list), people)
        contact = self.env["mailing.contact"].search(
            [("email_normalized", "=", "xenia@example.org")]
        )
        self.assertEqual(contact.name, "Xenia")

    def test_C12_of_a_filter_and_C27_archived_are_named(self):
        self._person("Fine", "fine@example.org", ref="X", consent="none")
        self._person("Hidden", "dora@example.org", active=False, consent="none")
        wizard = self._operation("add", source="filter", domain="[('ref', '=', 'X')]")
        self._carry_out(wizard)
        self.assertEqual(self._on(self.mailing_list), ["fine"])
        self._carry_out(self._of_other("add"))
        self.assertEqual(self._on(self.mailing_list), ["anna", "ben", "carl", "fine"])
        event = self.env["newsletter.event"].search([("code", "=", "archived")])
        self.assertIn("Hidden is archived", event.text)
        self.assertEqual(event.res_model, "res.partner")

    def test_bad_choices_say_what_to_do(self):
        with self.assertRaisesRegex(UserError, "at least one"):
            self._operation("add").action_preview()
        with self.assertRaisesRegex(UserError, "other lists"):
            self._operation(
                "add", source_list_ids=[Command.set(self.mailing_list.ids)]
            ).action_preview()
        with self.assertRaises(UserError):
            self._operation(
                "add", source="filter", domain="[('no_field', '=', 1)]"
            ).action_preview()
        self.mailing_list.newsletter_state = "ended"
        with self.assertRaisesRegex(UserError, "has ended"):
            self._carry_out(self._of_other("add"))

    def test_nothing_is_done_that_nobody_has_looked_at(self):
        wizard = self._of_other("add")
        with self.assertRaisesRegex(UserError, "Look at the preview first"):
            wizard.action_apply()
        wizard.action_preview()
        another = self.env["mailing.list"].create({"name": "Another"})
        company = self.env["res.company"].create({"name": "Sister"})
        self.manager.company_ids = [Command.link(company.id)]
        wizard = wizard.with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        for change in (
            {"operation": "remove"},
            {"source_list_ids": [Command.link(another.id)]},
            {"company_id": company.id},
            {"source": "filter"},
        ):
            before = wizard.read(list(change), load=False)[0]
            wizard.write(change)
            with (
                self.subTest(change=change),
                self.assertRaisesRegex(UserError, "another choice"),
            ):
                wizard.action_apply()
            if "source_list_ids" in before:
                before["source_list_ids"] = [Command.set(before["source_list_ids"])]
            before.pop("id")
            wizard.write(before)
        wizard.action_apply()
        self.assertEqual(len(self._on(self.mailing_list)), 4)
        # once more needs another look
        with self.assertRaisesRegex(UserError, "Look at the preview first"):
            wizard.action_apply()

    def test_clerks_may_not(self):
        with self.assertRaises(AccessError):
            self._operation("add", user=self.clerk)

    # --- removing ---------------------------------------------------------------------
    def test_C16_remove_those_who_are_on_another_list(self):
        for name in ("anna", "ben", "zoe"):
            contact = self.env["mailing.contact"].search(
                [("email", "=", f"{name}@example.org")], limit=1
            ) or self.env["mailing.contact"].create({"email": f"{name}@example.org"})
            self.env["mailing.subscription"].create(
                {"contact_id": contact.id, "list_id": self.mailing_list.id}
            )
        self._contact("Dora 2", "DORA@example.org", opt_out_at=self._at("2024-01-01"))
        member = self._member(
            "anna@example.org",
            remote_id="7",
            contact_id=self.env["mailing.contact"]
            .search([("email", "=", "anna@example.org")])
            .id,
        )
        leavings = self.env["newsletter.leaving"].search([])
        wizard = self._of_other("remove")
        wizard.action_preview()
        self.assertEqual(wizard.count, 2)
        self.assertIn("anna@example.org", wizard.people)
        wizard.action_apply()
        self.assertEqual(self._on(self.mailing_list), ["zoe"])
        self.assertEqual((member.task, member.task_by), ("delete", self.manager))
        self.assertEqual(
            self.env["mailing.subscription"].search_count(
                [("list_id", "=", self.mailing_list.id), ("opt_out", "=", True)]
            ),
            1,
            "who has left keeps the row that says so",
        )
        self.assertEqual(self.env["newsletter.leaving"].search([]), leavings)
        # and they can be added again
        self._carry_out(self._of_other("add"))
        self.assertEqual(self._on(self.mailing_list), ["anna", "ben", "carl", "zoe"])
        self.assertFalse(
            self.env["newsletter.tombstone"]._known(
                ["anna@example.org"], self.env.company, self.coupling
            )
        )

    def test_remove_by_unsubscribing(self):
        self._carry_out(self._of_other("add"))
        self._carry_out(self._of_other("remove", way_out="unsubscribe"))
        self.assertEqual(self._on(self.mailing_list), [])
        self.assertEqual(len(self.mailing_list.contact_ids), 4)

    # --- copying ----------------------------------------------------------------------
    def test_C17_copy_with_people_and_with_who_has_left(self):
        for plain in (True, False):
            with patch.object(NewsletterSetWise, "_is_plain", return_value=plain):
                action = self.other.with_user(self.manager).action_newsletter_copy()
                wizard = self.env[action["res_model"]].browse(action["res_id"])
                self.assertEqual((wizard.people_count, wizard.left_count), (4, 1))
                wizard.name = f"Friends {plain}"
                action = wizard.action_copy()
            copy = self.env["mailing.list"].browse(action["res_id"])
            self.assertEqual(copy.name, f"Friends {plain}")
            self.assertEqual(self._on(copy), ["anna", "ben", "carl", "dora"])
            left = self.env["mailing.subscription"].search(
                [("list_id", "=", copy.id), ("opt_out", "=", True)]
            )
            self.assertEqual(left.opt_out_datetime, self._at("2024-01-01"))
            self.assertEqual(len(self._on(self.other)), 4)

    # --- size -------------------------------------------------------------------------
    def test_many_cost_the_same_statements(self):
        numbers = []
        for size in (50, 1500):
            source = self.env["mailing.list"].create({"name": f"S{size}"})
            self.env["mailing.contact"].create(
                [
                    {
                        "name": f"P{n}",
                        "email": f"p{n}.{size}@example.org",
                        "subscription_ids": [Command.create({"list_id": source.id})],
                    }
                    for n in range(size)
                ]
            )
            wizard = self._operation("add", source_list_ids=[Command.set(source.ids)])
            wizard.action_preview()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_apply()
            numbers.append(self.env.cr.sql_log_count - before)
            self.assertEqual(wizard.count, size)
        # the first one has to read the rights, too
        self.assertLessEqual(numbers[1], numbers[0])

    # --- mass edit --------------------------------------------------------------------
    def _edit(self, records, **values):
        action = records.with_user(self.manager).action_newsletter_edit()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.with_user(self.manager).write(values)
        return wizard.with_user(self.manager)

    def _members(self, *names):
        self._carry_out(self._of_other("add"))
        members = self.env["newsletter.member"]
        for name in names:
            members |= self._of(f"{name}@example.org")
        # the tool has them by now
        agreed = {"remote_status": "subscribed", "base_status": "subscribed"}
        members.write({**agreed, "result": "success"})
        return members

    def test_C21_unsubscribe_with_a_proof(self):
        members = self._members("anna", "ben")
        with self.assertRaisesRegex(UserError, "note the proof"):
            self._edit(members, status="unsubscribed").action_apply()
        with self.assertRaisesRegex(UserError, "what shall change"):
            self._edit(members).action_apply()
        wizard = self._edit(
            members, status="unsubscribed", note="Called on Monday", reason="Moved"
        )
        self.assertEqual((wizard.people_count, wizard.lists), (2, "Club news"))
        self.assertIn("2 leave", wizard.outlook)
        wizard.action_apply()
        self.assertEqual(self._on(self.mailing_list), ["carl", "dora"])
        leavings = self.env["newsletter.leaving"].search(
            [("mailing_list_id", "=", self.mailing_list.id)]
        )
        self.assertEqual(leavings.mapped("note"), ["Called on Monday"] * 2)
        self.assertEqual(members.mapped("task"), ["unsubscribe"] * 2)

    def test_C21_subscribe_again_with_a_new_consent(self):
        members = self._members("anna", "ben")
        self.env["newsletter.leaving"]._leave(
            members.mapped("email"),
            self.env.company,
            "phone",
            lists=self.mailing_list,
            at=self._at("2024-06-01"),
        )
        self.assertEqual(self._on(self.mailing_list), ["carl", "dora"])
        self.env["mail.blacklist"]._add("ben@example.org")
        wizard = self._edit(members, status="subscribed", note="Card of Tuesday")
        self.assertIn("1 are on the blocklist", wizard.outlook)
        wizard.action_apply()
        self.assertEqual(self._on(self.mailing_list), ["anna", "carl", "dora"])
        consent = self.env["newsletter.consent"]._for_address(
            "anna@example.org", mailing_list=self.mailing_list
        )
        self.assertEqual(consent.state, "single")
        event = self.env["newsletter.event"].search([("code", "=", "members_edited")])
        self.assertIn("Card of Tuesday", event[0].detail)

    def test_C21_tags(self):
        members = self._members("anna", "ben")
        old, new = self.env["res.partner.category"].create(
            [{"name": "Old"}, {"name": "New"}]
        )
        partner = self._person("Anna", "anna@example.org", category_id=old.ids)
        members[0].partner_id = partner
        members.contact_id.write({"tag_ids": [Command.link(old.id)]})
        assignments = self.env["newsletter.assignment"].search(
            [("member_id", "in", members.ids)]
        )
        self._edit(
            assignments,
            tag_ids=[Command.set(new.ids)],
            untag_ids=[Command.set(old.ids)],
        ).action_apply()
        self.assertEqual(partner.category_id, new)
        self.assertEqual(members.contact_id.tag_ids, new)
        self.assertEqual(len(self._on(self.mailing_list)), 4, "nobody has left")
