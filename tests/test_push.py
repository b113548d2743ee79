"""The main job: select, preview, synchronise, report."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import SandboxCase


class TestPush(SandboxCase):
    def test_everybody_eligible_arrives_and_nobody_else(self):
        anna = self._person("Frau Dr. Anna Färber", "anna@example.org")
        bob = self._person("Bob", "bob@example.org", consent="none")
        run = self._preview(anna + bob)
        self.assertEqual(run.state, "preview")
        self.assertEqual(self._at_tool(), {}, "a preview sends nothing")
        self._approve(run)
        self.assertEqual(run.state, "done")
        people = self._at_tool()
        self.assertEqual(set(people), {"anna@example.org"})
        self.assertEqual(people["anna@example.org"].status, "subscribed")
        line = run.line_ids.filtered(lambda line: line.email == "anna@example.org")
        self.assertEqual(line.result, "subscribed")
        member = anna.newsletter_member_ids
        self.assertEqual(member.remote_id, str(people["anna@example.org"].id))
        self.assertEqual(member.remote_status, "subscribed")

    def test_each_reason_to_leave_somebody_out(self):
        person = self._person
        people = (
            person("No address", False, "none")
            + person("Broken", "broken@", "none")
            + person("Marked", "marked@example.org [NO MAILING]", "none")
            + person("None", "none@example.org", "none")
            + person("Single", "single@example.org", "single")
            + person("Pending", "pending@example.org", "pending")
            + person("Withdrawn", "withdrawn@example.org", "withdrawn")
            + person("Blocked", "blocked@example.org")
            + person("Unwanted", "unwanted@example.org", no_marketing_email=True)
            + person("Archived", "archived@example.org", active=False)
            + person("Twin 1", "twin@example.org")
            + person("Twin 2", "Twin@Example.org", "none")
            + person("Left", "left@example.org")
            + person("Blocked there", "there@example.org")
        )
        self.env["mail.blacklist"]._add("blocked@example.org")
        self._at_tool("left@example.org", deactivated=1_750_000_000)
        self.tool.keep_blocked("there@example.org", "complained")
        run = self._synchronise(people)
        self.assertEqual(
            self._reasons(run),
            {
                "No address": "no_address",
                "broken@": "invalid",
                "marked@example.org [NO MAILING]": "no_mailing",
                "none@example.org": "none",
                "single@example.org": "single",
                "pending@example.org": "pending",
                "withdrawn@example.org": "withdrawn",
                "blocked@example.org": "blocklisted",
                "unwanted@example.org": "unwanted",
                "archived@example.org": "archived",
                "twin@example.org": "subscribed",
                "Twin@Example.org": "duplicate",
                "left@example.org": "left_list",
                "there@example.org": "blocked_in_tool",
            },
        )
        fresh = set(self._at_tool()) - {"left@example.org"}
        self.assertEqual(fresh, {"twin@example.org"})
        self.assertFalse(self.sandbox.store.notes("reactivation"))
        warned = run.event_ids.filtered(lambda event: event.code == "blocklisted")
        self.assertIn("blocked@example.org", warned.text)
        self.assertEqual(warned.level, "warning")

    def test_newer_proof_updates_but_a_push_never_reactivates(self):
        partner = self._person("Anna", "anna@example.org")
        self._at_tool("anna@example.org", deactivated=1_600_000_000)
        run = self._synchronise(partner)
        self.assertEqual(run.line_ids.result, "updated")
        self.assertEqual(run.line_ids.remote_status, "unsubscribed")
        self.assertEqual(self._at_tool()["anna@example.org"].deactivated, 1_600_000_000)
        self.assertEqual([n["key"] for n in run.numbers], ["updated-still_left"])

    def test_hard_bounce_known_from_before(self):
        partner = self._person("Anna", "anna@example.org")
        self._synchronise(partner)
        partner.newsletter_member_ids.remote_status = "hard_bounce"
        run = self._synchronise(partner)
        self.assertEqual(run.line_ids.reason, "undeliverable")

    def test_bounced_on_one_list_is_undeliverable_on_all(self):
        partner = self._person("Anna", "anna@example.org")
        self._at_tool("anna@example.org", bounced=1_750_000_000)
        other = self.tool.new_list("Other")
        self._preview(partner, remote_list_id=self._list("Club news").id)
        run = self._preview(partner, remote_list_id=self._list("Other").id)
        self.assertEqual(run.line_ids.reason, "undeliverable")
        self.assertEqual(run.state, "done", "there is nobody to decide about")
        self.assertEqual(self.sandbox.store.count(other), 0)

    def test_single_opt_in_only_with_the_option(self):
        people = self._person("Single", "single@example.org", "single")
        people += self._person("Pending", "pending@example.org", "pending")
        run = self._synchronise(people, include_single=True)
        self.assertEqual(
            self._reasons(run),
            {"single@example.org": "subscribed", "pending@example.org": "pending"},
        )

    def test_existing_is_updated_unchanged_is_not_sent_and_names_keep_umlauts(self):
        partner = self._person("Herr Björn Florian Färber", "bjoern@example.org")
        run = self._synchronise(partner)
        self.assertEqual(run.line_ids.result, "subscribed")
        run = self._synchronise(partner)
        self.assertEqual(run.line_ids.result, "unchanged")
        partner.newsletter_lastname = "Färber-Müßig"
        self.sandbox.requests.clear()
        run = self._synchronise(partner)
        self.assertEqual(run.line_ids.result, "updated")
        values = self._values("bjoern@example.org")
        self.assertEqual(values["lastname"], "Färber-Müßig")
        self.assertEqual(values["firstname"], "Björn Florian")

    def _values(self, email):
        member = self._at_tool()[email]
        return {**member.shared, **member.attributes}

    def test_existing_stays_as_it_is_when_updating_is_off(self):
        self._at_tool("anna@example.org", shared={"firstname": "Other"})
        partner = self._person("Anna Kurz", "anna@example.org")
        run = self._synchronise(partner, update_existing=False)
        self.assertEqual(run.line_ids.reason, "existing")
        self.assertEqual(self._values("anna@example.org")["firstname"], "Other")

    def test_what_is_sent(self):
        company = self.env["res.partner"].create(
            {"name": "Example Ltd", "is_company": True}
        )
        self.env["res.lang"]._activate_lang("de_DE")
        partner = self._person(
            "Frau Dr. Ulrike Scholz",
            "scholz@example.org",
            lang="de_DE",
            parent_id=company.id,
        )
        self._synchronise(partner)
        values = self._values("scholz@example.org")
        self.assertEqual(values["salutation"], "Frau")
        self.assertEqual(values["title"], "Dr.")
        self.assertEqual(values["firstname"], "Ulrike")
        self.assertEqual(values["lastname"], "Scholz")
        self.assertEqual(values["company"], "Example Ltd")
        self.assertEqual(values["letter_salutation"], "Sehr geehrte Frau Dr. Scholz,")

    def test_missing_fields_are_not_created_unless_wished(self):
        partner = self._person("Anna Kurz", "anna@example.org")
        run = self._synchronise(partner, create_fields=False)
        self.assertEqual(run.line_ids.result, "subscribed")
        self.assertNotIn("letter_salutation", self._values("anna@example.org"))
        self.assertIn("field_missing", run.event_ids.mapped("code"))

    def test_changed_between_preview_and_approval(self):
        anna = self._person("Anna", "anna@example.org")
        ben = self._person("Ben", "ben@example.org")
        eva = self._person("Eva", "eva@example.org")
        run = self._preview(anna + ben + eva)
        self._consent("anna@example.org", "withdrawn")
        ben.email = "other@example.org"
        self._approve(run)
        self.assertEqual(set(self._at_tool()), {"eva@example.org"})
        self.assertEqual(
            self._reasons(run),
            {
                "anna@example.org": "withdrawn",
                "ben@example.org": "changed",
                "eva@example.org": "subscribed",
            },
        )

    def test_who_was_removed_in_the_tool_is_not_brought_back(self):
        partner = self._person("Anna", "anna@example.org")
        self._synchronise(partner)
        self.sandbox.act("cleverreach", "delete", self.remote_id, "anna@example.org")
        run = self._synchronise(partner)
        self.assertEqual(run.line_ids.reason, "left_list")
        self.assertFalse(self._at_tool())

    def test_selection_from_consents_leads_and_mailing_contacts(self):
        self._person("Frau Anna Kurz", "anna@example.org")
        consents = self.env["newsletter.consent"]._for_address("anna@example.org")
        self._synchronise(consents)
        self.assertEqual(self._values("anna@example.org")["lastname"], "Kurz")
        self._consent("lead@example.org", "confirmed")
        lead = self.env["crm.lead"].create(
            {
                "name": "Offer",
                "contact_name": "Herr Leo Lead",
                "email_from": "lead@example.org",
            }
        )
        self._synchronise(lead)
        self.assertEqual(self._values("lead@example.org")["lastname"], "Lead")
        self._consent("mail@example.org", "confirmed")
        contact = self.env["mailing.contact"].create(
            {"name": "Mia Mail", "email": "mail@example.org"}
        )
        self._synchronise(contact)
        self.assertEqual(self._values("mail@example.org")["firstname"], "Mia")
        member = self.env["newsletter.member"].search(
            [("email", "=", "mail@example.org")]
        )
        self.assertEqual(member.contact_id, contact)

    def test_opted_out_of_the_coupled_mailing_list(self):
        partner = self._person("Anna", "anna@example.org")
        run = self._preview(partner)
        mailing_list = self.env["mailing.list"].create({"name": "Club"})
        run.coupling_id.mailing_list_id = mailing_list
        self.env["mailing.contact"].create(
            {
                "name": "Anna",
                "email": "anna@example.org",
                "subscription_ids": [
                    Command.create({"list_id": mailing_list.id, "opt_out": True})
                ],
            }
        )
        self._approve(run)
        self.assertEqual(run.line_ids.reason, "left_list")
        self.assertFalse(self._at_tool())

    def test_new_list_is_created_in_the_tool(self):
        partner = self._person("Anna", "anna@example.org")
        run = self._synchronise(partner, new_list=True, new_list_name="Mitglieder Süd")
        self.assertEqual(run.state, "done")
        names = {group.name for group in self.sandbox.store.lists("cleverreach")}
        self.assertIn("Mitglieder Süd", names)

    def test_new_lists_of_the_tool_appear_by_themselves(self):
        partner = self._person("Anna", "anna@example.org")
        self._preview(partner, remote_list_id=self._list("Club news").id)
        self.tool.new_list("Brand new")
        partner.action_newsletter_push()
        self.assertTrue(
            self.env["newsletter.remote.list"].search([("name", "=", "Brand new")])
        )

    def _list(self, name):
        self.connection._refresh_lists()
        lists = self.connection.remote_list_ids
        return lists.filtered(lambda remote: remote.name == name)

    def test_numbers_open_their_records_and_add_up(self):
        people = self._person("Anna", "anna@example.org")
        people += self._person("Ben", False, "none")
        people += self._person("Eva", "eva@example.org", "none")
        run = self._synchronise(people)
        self.assertEqual(sum(number["count"] for number in run.numbers), 3)
        for number in run.numbers:
            action = run.action_open_lines(number["domain"])
            found = self.env["newsletter.run.line"].search_count(
                fields.Domain(action["domain"])
            )
            self.assertEqual(found, number["count"], number["label"])

    def test_select_all_of_more_than_the_client_hands_over(self):
        self.env["ir.config_parameter"].set_param("web.active_ids_limit", "3")
        people = self._people(7)
        domain = [("id", "in", people.ids)]
        domain = [["email", "like", "person%@example.org"]]
        first = people[:3].with_context(
            active_model="res.partner", active_domain=domain
        )
        run = self._synchronise(first)
        self.assertEqual(len(run.line_ids), 7)
        self.assertEqual(len(self._at_tool()), 7)

    def test_a_few_ticked_ones_are_not_taken_for_all(self):
        people = self._people(5)
        domain = [["email", "like", "person%@example.org"]]
        chosen = people[:3].with_context(
            active_model="res.partner", active_domain=domain
        )
        self.assertEqual(len(self._preview(chosen).line_ids), 3)

    def test_only_users_with_the_right(self):
        partner = self._person("Anna", "anna@example.org")
        stranger = new_test_user(
            self.env, "newsletter.stranger", groups="base.group_user"
        )
        with self.assertRaises(UserError):
            self._preview(partner, user=stranger)
        run = self._preview(partner, user=self.clerk)
        self.clerk.group_ids -= self.env.ref("newsletter_sync.group_user")
        self.env.flush_all()
        with self.assertRaises(AccessError):
            run.with_user(self.clerk).action_synchronise()
        self.assertFalse(self._at_tool())

    def test_clerk_does_the_whole_job(self):
        partner = self._person("Anna", "anna@example.org")
        run = self._preview(partner, user=self.clerk)
        self._approve(run.with_user(self.clerk))
        self.assertEqual(run.state, "done")
        self.assertEqual(run.user_id, self.clerk)
        self.assertEqual(set(self._at_tool()), {"anna@example.org"})

    def test_second_company_has_its_own_connections_and_consents(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self._person("Anna", "anna@example.org")
        run = self._synchronise(partner)
        stranger = new_test_user(
            self.env,
            "newsletter.other",
            groups="newsletter_sync.group_user,base.group_partner_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("newsletter.connection", "newsletter.run", "newsletter.member"):
            self.assertFalse(self.env[model].with_user(stranger).search([]), model)
        with self.assertRaises(AccessError):
            run.with_user(stranger).read(["state"])
        with self.assertRaises(UserError):
            partner.with_user(stranger).action_newsletter_push()
        # consent was given to the first company, not to the other one
        self._connect(company=other, name="Other")
        run = self._preview(partner, user=stranger)
        self.assertEqual(run.line_ids.reason, "none")
