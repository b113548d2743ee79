"""Several contacts with one address: whom the tool means (F10 to F13)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_two_way import TwoWayCase

ADDRESS = "family@example.org"


@tagged("post_install", "-at_install")
class TestIdentityMatch(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.coupling.write({"new_contacts": "contact", "automation": "manual"})
        connector = self.connection._connector()
        for path in ("newsletter_firstname", "newsletter_lastname"):
            for mapping in self.connection.mapping_ids.filtered(
                lambda each, path=path: each.path == path
            ):
                field = connector.create_field(mapping.label, "text")
                mapping.write({"remote_name": field.name, "direction": "both"})
        self.names = {
            mapping.path: mapping.remote_name for mapping in self.connection.mapping_ids
        }
        self.ben, self.anna, self.carla = self.env["res.partner"].create(
            [
                {"name": "Ben Lang", "email": ADDRESS},
                {"name": "Anna Lang", "email": ADDRESS},
                {"name": "Carla Lang", "email": "Family <FAMILY@example.org>"},
            ]
        )
        self._at_tool("other@example.org")

    def _meet(self, first="", last="", **values):
        told = {
            self.names["newsletter_firstname"]: first,
            self.names["newsletter_lastname"]: last,
        }
        self._at_tool(ADDRESS, attributes=told, **values)
        run = self._go("fetch", whole=True)
        self.assertEqual(run.state, "done", run.message)
        return self._of(ADDRESS)

    def _warnings(self):
        return self.env["newsletter.event"].search(
            [("code", "=", "several_contacts"), ("coupling_id", "=", self.coupling.id)]
        )

    def test_F11_the_names_tell_them_apart(self):
        member = self._meet("  anna ", "LANG")
        self.assertEqual(member.partner_id, self.anna)
        self.assertFalse(self._warnings())
        self.assertEqual(
            self.env["res.partner"].search_count([("email_normalized", "=", ADDRESS)]),
            3,
            "nobody was created",
        )

    def test_F12_the_lowest_is_taken_and_all_are_named_once(self):
        member = self._meet()
        self.assertEqual(member.partner_id, self.ben)
        event = self._warnings()
        self.assertEqual((len(event), event.level), (1, "warning"))
        self.assertEqual((event.member_id, event.res_id), (member, self.ben.id))
        for partner in (self.ben, self.anna, self.carla):
            self.assertIn(partner.name, event.detail)
            self.assertIn(f"/odoo/res.partner/{partner.id}", event.detail)
        self._go("fetch", whole=True)
        self.assertEqual(self._warnings(), event, "told once, not at every fetch")

    def test_F12_same_names_warn_about_those_alone(self):
        self.carla.name = "Anna Lang"
        member = self._meet("Anna", "Lang")
        self.assertEqual(member.partner_id, self.anna)
        self.assertNotIn("Ben", self._warnings().detail)
        self.assertIn(f"/{self.carla.id}", self._warnings().detail)

    def test_F10_who_is_another_recipient_is_somebody_else(self):
        """Ben is on the list already, with an address that he has no more."""
        self._at_tool("ben@example.org")
        held = str(self._at_tool()["ben@example.org"].id)
        self._member("ben@example.org", partner_id=self.ben.id, remote_id=held)
        member = self._meet()
        self.assertEqual(member.partner_id, self.anna)

    def test_another_companys_contact_and_an_archived_one_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.ben.company_id = other
        self.anna.active = False
        member = self._meet()
        self.assertEqual(member.partner_id, self.carla)
        self.assertFalse(self._warnings())

    # --- a person picks one, and the choice is remembered ----------------------------
    def _choose(self, member, partner):
        action = member.action_choose_contact()
        wizard = member.env[action["res_model"]].browse(action["res_id"])
        self.assertIn(partner.id, wizard.candidate_ids.ids)
        wizard.partner_id = partner
        wizard.action_choose()
        self.env.invalidate_all()

    def test_F13_a_person_picks_one_and_it_is_remembered(self):
        member = self._meet("Ben", "Lang")
        self.assertEqual(member.partner_id, self.ben)
        manager = new_test_user(
            self.env,
            "chooser",
            groups="base.group_user,newsletter_sync.group_manager",
        )
        self._choose(member.with_user(manager), self.carla)
        self.assertEqual(member.partner_id, self.carla)
        self.assertIn("contact_chosen", member.event_ids.mapped("code"))
        # nothing of Carla's overwrites the tool unseen, nothing of Ben's Carla
        self._go("reconcile")
        self.assertEqual(member.partner_id, self.carla)
        self.assertEqual(self.carla.name, "Carla Lang")
        # remembered: the same recipient met anew, though the names say Ben
        member.unlink()
        self._go("fetch", whole=True)
        self.assertEqual(self._of(ADDRESS).partner_id, self.carla)
        self.assertFalse(self._warnings())
        # and for what leaves by a consent
        consent = self._consent(ADDRESS, "confirmed")
        source = self.env["newsletter.push"]._sources(consent)[consent.id]
        self.assertEqual(source, self.carla)

    def test_F13_a_choice_whose_contact_was_archived_counts_no_more(self):
        member = self._meet()
        self._choose(member, self.carla)
        self.carla.active = False
        self.assertFalse(
            self.env["newsletter.identity"]._chosen([ADDRESS], self.env.company)
        )
        consent = self._consent(ADDRESS, "confirmed")
        source = self.env["newsletter.push"]._sources(consent)[consent.id]
        self.assertNotEqual(source, self.carla)
        self.assertTrue(source.active)

    def test_F13_a_later_choice_replaces_the_former(self):
        member = self._meet()
        for partner in (self.carla, self.anna):
            self._choose(member, partner)
        self.assertEqual(member.partner_id, self.anna)
        chosen = self.env["newsletter.identity"]._chosen([ADDRESS], self.env.company)
        self.assertEqual(chosen, {ADDRESS: self.anna})

    def test_F13_only_managers_choose_and_only_of_those_with_the_address(self):
        member = self._meet()
        with self.assertRaises(AccessError):
            member.with_user(self.clerk).action_choose_contact()
        action = member.action_choose_contact()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        with self.assertRaisesRegex(UserError, "Choose the contact"):
            wizard.action_choose()
        wizard.partner_id = self._person("Stranger", "s@example.org")
        with self.assertRaisesRegex(UserError, "another address"):
            wizard.action_choose()
        self.assertEqual(member.partner_id, self.ben)

    def test_nobody_asks_about_addresses_that_one_contact_has(self):
        """Set-wise: two people or forty, the same queries."""
        self.coupling.brake_percent = 0
        counts = []
        identities = type(self.env["newsletter.reconcile"])
        for number in (2, 40):
            emails = [f"p{number}.{n}@example.org" for n in range(number)]
            for email in emails:
                self.env["res.partner"].create({"name": email, "email": email})
                self.env["res.partner"].create({"name": email, "email": email})
                self._at_tool(email)
            asked = []
            original = identities._tell_apart

            def listen(self, *args, original=original, asked=asked):
                before = self.env.cr.sql_log_count
                result = original(self, *args)
                asked.append((len(args[1]), self.env.cr.sql_log_count - before))
                return result

            self.patch(identities, "_tell_apart", listen)
            run = self._go("fetch", whole=True)
            self.assertEqual(run.state, "done", run.message)
            self.patch(identities, "_tell_apart", original)
            counts.append(asked)
        ((few, queries),), ((many, more),) = counts
        self.assertEqual((few, many), (2, 40))
        self.assertLessEqual(more, queries + 2)
