"""What a run changed in Odoo is brought back, as far as nobody touched it since."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged

from ..models import newsletter_undo
from .test_identity_address import NEW, OLD, AddressCase

BEN = "ben@example.org"


@tagged("post_install", "-at_install")
class UndoCase(AddressCase):
    """Anna and Ben live in Rome on both sides; a manager may undo."""

    def setUp(self):
        super().setUp()
        field = self.connection._connector().create_field("Home Town", "text")
        self.city = self.env["newsletter.field.mapping"].create(
            {
                "connection_id": self.connection.id,
                "record_type": "res.partner",
                "path": "city",
                "label": "Home Town",
                "remote_name": field.name,
                "direction": "both",
                "rule": "ask",
            }
        )
        self.ben = self._of(BEN)
        partners = self.partner | self.ben.partner_id
        partners.city = "Rom"
        self._say_city("Rom")
        self._fetch()
        self.assertEqual(set(partners.mapped("city")), {"Rom"})
        self.manager = new_test_user(
            self.env,
            "undo.manager",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
        )

    def _say_city(self, city):
        for email in (OLD, BEN):
            self._act("edit", email, values={self.city.remote_name: city})

    def _wizard(self, run, user=None):
        action = run.with_user(user or self.manager).action_undo()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.manager)
            .browse(action["res_id"])
        )

    def _undo(self, run, **values):
        wizard = self._wizard(run)
        wizard.write(values)
        wizard.action_undo()
        self.env.invalidate_all()

    def _codes(self, run):
        return run.event_ids.filtered(
            lambda each: each.code in ("undone", "not_undone")
        )


@tagged("post_install", "-at_install")
class TestUndo(UndoCase):
    def test_values_are_brought_back_once(self):
        self._say_city("Paris")
        run = self._fetch()
        self.assertEqual(self.partner.city, "Paris")
        wizard = self._wizard(run)
        self.assertEqual((wizard.values_count, wizard.changed_count), (2, 0))
        self.assertEqual(self.partner.city, "Paris", "looking changes nothing")
        self._undo(run)
        self.assertEqual((self.partner.city, self.ben.partner_id.city), ("Rom", "Rom"))
        self.assertEqual(len(self._codes(run)), 2)
        self.assertIn("run_undone", run.event_ids.mapped("code"))
        self.assertEqual(self.coupling.state, "paused")
        wizard = self._wizard(run)
        self.assertEqual(wizard.back_count, 0)
        with self.assertRaisesRegex(UserError, "nothing to bring back"):
            wizard.action_undo()

    def test_going_on_the_former_value_counts_as_a_change_in_odoo(self):
        self._say_city("Paris")
        run = self._fetch()
        self._undo(run, pause=False)
        self._go("reconcile")
        self.assertEqual(self.anna.task, "update")
        self._transmit()
        self._fetch()
        self.assertEqual(self.partner.city, "Rom")
        self.assertEqual(self.anna.result, "success")

    def test_what_people_changed_since_stays_and_is_named(self):
        self._say_city("Paris")
        run = self._fetch()
        self.partner.city = "Oslo"
        wizard = self._wizard(run)
        self.assertEqual((wizard.values_count, wizard.changed_count), (1, 1))
        self.assertIn(self.partner.display_name, wizard.left_alone)
        self._undo(run)
        self.assertEqual((self.partner.city, self.ben.partner_id.city), ("Oslo", "Rom"))
        event = self._codes(run).filtered(lambda each: each.code == "not_undone")
        self.assertIn(self.partner.display_name, event.text)
        self.assertEqual(event.level, "warning")

    def test_a_leaving_is_never_undone(self):
        self._act("unsubscribe", OLD)
        self._say_city("Paris")
        run = self._fetch()
        self.assertTrue(self._subscription(self.anna.contact_id).opt_out)
        wizard = self._wizard(run)
        self.assertGreaterEqual(wizard.left_count, 1)
        self._undo(run, pause=False)
        self.assertTrue(self._subscription(self.anna.contact_id).opt_out)
        self._go("reconcile")
        self.assertEqual(self.anna.local_status, "unsubscribed")
        self.assertTrue(self._at_tool()[OLD].deactivated)

    def test_who_was_brought_back_by_the_run_is_off_again(self):
        run = self._fetch()
        row = self._subscription(self.anna.contact_id)
        self.env["newsletter.before.image"].create(
            {
                "run_id": run.id,
                "res_model": row._name,
                "res_id": row.id,
                "values": {"opt_out": True, "opt_out_datetime": "2024-01-02T03:04:05"},
                "after": {"opt_out": False, "opt_out_datetime": False},
            }
        )
        before = Datetime.now()
        self._undo(run, pause=False)
        self.assertTrue(row.opt_out)
        # of now: what brought them back is older, and brings nobody back once more
        self.assertGreaterEqual(row.opt_out_datetime, before)
        self._go("reconcile")
        self.assertEqual(self.anna.task, "unsubscribe")

    def test_created_people_are_archived_and_stay_in_the_tool(self):
        self._at_tool(NEW)
        run = self._fetch()
        member = self._of(NEW)
        partner, contact = member.partner_id, member.contact_id
        wizard = self._wizard(run)
        self.assertEqual((wizard.list_count, wizard.contact_count), (1, 1))
        self._undo(run, pause=False)
        self.assertTrue(partner.exists() and not partner.active, "archived, not gone")
        self.assertFalse(self._subscription(contact))
        # nobody in the tool is unsubscribed by that, and nobody comes again unasked
        for kind in ("reconcile", "fetch"):
            self._go(kind, **({"whole": True} if kind == "fetch" else {}))
            self.assertNotIn(member.task, ("unsubscribe", "delete"))
            self.assertFalse(self._subscription(contact))
            self.assertEqual(member.result_code, "removed_here")
        self.assertFalse(self._at_tool()[NEW].deactivated)
        with self.assertRaisesRegex(UserError, "nothing to bring back"):
            self.env["newsletter.undo"]._undo(run)

    def test_whom_an_undo_has_archived_is_signed_off_of_no_other_list(self):
        self._at_tool(NEW)
        run = self._fetch()
        partner = self._of(NEW).partner_id
        self._undo(run, pause=False)
        self.assertFalse(partner.active)
        self.remote_id = self.tool.new_list("Other")
        other = self.env["mailing.list"].create({"name": "Other"})
        self.coupling = self._couple(mailing_list=other, new_contacts="mailing_contact")
        self._at_tool(NEW)
        self._fetch()
        member = self._of(NEW)
        self.assertEqual((member.result, member.partner_id.id), ("new_in_list", False))
        self.assertNotEqual(member.task, "unsubscribe")

    def test_a_created_contact_that_somebody_edited_stays(self):
        self._at_tool(NEW)
        run = self._fetch()
        partner = self._of(NEW).partner_id
        partner.with_user(self.manager).write({"phone": "030 1234"})
        partner.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date + interval '1 hour'"
            " WHERE id = %s",
            [partner.id],
        )
        partner.invalidate_recordset()
        self.assertEqual(self._wizard(run).changed_count, 1)
        self._undo(run)
        self.assertTrue(partner.active)
        self.assertFalse(self._subscription(self._of(NEW).contact_id))

    def test_somebody_who_left_since_keeps_the_opt_out(self):
        self._at_tool(NEW)
        run = self._fetch()
        row = self._subscription(self._of(NEW).contact_id)
        row.opt_out = True
        self._undo(run)
        self.assertTrue(row.exists() and row.opt_out)

    def test_an_address_goes_back_too(self):
        self._act("change_address", OLD, new=NEW)
        run = self._fetch()
        self.assertEqual(self.partner.email, NEW)
        self._undo(run)
        self.assertEqual(self.partner.email, OLD)
        self.assertEqual(self.anna.contact_id.email, OLD)
        self.assertIn(NEW, self._at_tool(), "the tool is not told")

    def test_many_are_brought_back_in_parts(self):
        self._say_city("Paris")
        run = self._fetch()
        with patch.object(newsletter_undo, "AT_ONCE", 1):
            self._undo(run)
            cities = [self.partner.city, self.ben.partner_id.city]
            self.assertEqual(sorted(cities), ["Paris", "Rom"])
            self._undo(run)
        self.assertEqual((self.partner.city, self.ben.partner_id.city), ("Rom", "Rom"))

    def test_slices_tell_and_do_the_same_as_one_look(self):
        self._say_city("Paris")
        self._at_tool(NEW)
        run = self._fetch()
        names = ("values_count", "list_count", "contact_count", "changed_count")
        [whole] = self._wizard(run).read(names)
        self.assertGreaterEqual(whole["values_count"], 2)
        self.assertEqual((whole["list_count"], whole["contact_count"]), (1, 1))
        with patch.object(newsletter_undo, "SLICE", 1):
            [sliced] = self._wizard(run).read(names)
            self.assertEqual({**sliced, "id": 0}, {**whole, "id": 0})
            partner = self._of(NEW).partner_id
            self._undo(run)
        cities = (self.partner.city, self.ben.partner_id.city)
        self.assertEqual((*cities, partner.active), ("Rom", "Rom", False))
        event = run.event_ids.filtered(lambda each: each.code == "run_undone")
        count = whole["values_count"] + 2
        self.assertIn(f"{count} brought back", event.text)

    def test_a_part_never_ends_between_the_list_and_the_contact_of_one_person(self):
        self._at_tool(NEW)
        run = self._fetch()
        partner = self._of(NEW).partner_id
        with patch.object(newsletter_undo, "AT_ONCE", 1):
            self._undo(run)
        self.assertFalse(partner.active)
        self.assertFalse(self._subscription(self._of(NEW).contact_id))

    # --- who may -------------------------------------------------------------------
    def test_only_managers_undo_and_only_what_they_may_write(self):
        self._say_city("Paris")
        run = self._fetch()
        with self.assertRaises(AccessError):
            run.with_user(self.clerk).action_undo()
        with self.assertRaises(AccessError):
            self.env["newsletter.undo"].with_user(self.clerk)._undo(
                run.with_user(self.clerk)
            )
        manager = new_test_user(
            self.env,
            "undo.without.contacts",
            groups="base.group_user,newsletter_sync.group_manager",
        )
        wizard = self._wizard(run, manager)
        self.assertEqual((wizard.values_count, wizard.changed_count), (0, 2))
        with self.assertRaises(UserError):
            wizard.action_undo()
        self.assertEqual(self.partner.city, "Paris")

    def test_another_companys_manager_does_not_see_the_run(self):
        self._say_city("Paris")
        run = self._fetch()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "undo.stranger",
            groups="base.group_user,base.group_partner_manager,"
            "newsletter_sync.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with self.assertRaises(AccessError):
            run.with_user(stranger).action_undo()

    def test_a_run_that_goes_on_is_not_undone(self):
        self._say_city("Paris")
        run = self._fetch()
        run.state = "running"
        with self.assertRaisesRegex(UserError, "not over yet"):
            run.with_user(self.manager).action_undo()
