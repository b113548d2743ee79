"""Erasure of a person in Odoo, and in the account that holds them (rules X1 to X3)."""

from dataclasses import replace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..connectors.errors import Unreachable
from ..models.newsletter_personal_data import PLACES
from .test_leaving import LeavingCase

ANNA = "anna@example.org"


class ErasureCase(LeavingCase):
    def setUp(self):
        super().setUp()
        self.officer = new_test_user(
            self.env, "officer", groups="base.group_user,newsletter_sync.group_privacy"
        )
        self.erasures = self.env["newsletter.erasure"]

    def _erase(self, email=ANNA, contact="erase", **values):
        self.env.flush_all()
        erasure = self.erasures.with_user(self.officer)._erase(
            [email], self.env.company, contact=contact, note="Letter", **values
        )
        return erasure.sudo()

    def _rest(self, email=ANNA):
        """{model: number} of what is still found of a person."""
        return self.env["newsletter.personal.data"]._count([email], self.env.company)

    def _texts(self, email=ANNA):
        """Every column of every table of ours in which the address still stands."""
        self.env.flush_all()
        found = set()
        for name, model in self.env.registry.items():
            if not name.startswith(("newsletter.", "mailing.", "res.partner")):
                continue
            if model._abstract or model._transient or not model._auto:
                continue
            self.env.cr.execute(
                f"SELECT 1 FROM {model._table} row WHERE row::text ~ %s LIMIT 1",
                [rf"(?<![\w.+-]){email}"],
            )
            if self.env.cr.fetchone():
                found.add(name)
        return found


@tagged("post_install", "-at_install")
class TestErasure(ErasureCase):
    def test_X1_everywhere_with_a_receipt_and_a_tombstone(self):
        partner, contact = self._subscribed()
        member = self._member_of()
        erasure = self._erase()
        self.assertFalse(partner.exists() or contact.exists() or member.exists())
        receipt = erasure.receipt_ids
        self.assertEqual((receipt.state, erasure.state), ("waiting", "open"))
        self.assertIn(ANNA, self._at_tool(), "nobody has asked the tool yet")
        self._turn()
        self.assertEqual((receipt.state, erasure.state), ("done", "done"))
        self.assertNotIn(ANNA, self._at_tool())
        self.assertIn("Club news", receipt.proof)
        self.assertTrue(erasure.done_at and receipt.done_at)
        self.assertEqual(
            self.env["newsletter.tombstone"]._known([ANNA], self.env.company), {ANNA}
        )
        # what is left: the locked evidence, and nothing else
        self.assertEqual(
            self._texts(),
            {
                "newsletter.consent",
                "newsletter.consent.chain",
                "newsletter.consent.event",
            },
        )
        self.assertNotIn(ANNA, str(erasure.read()))
        self.assertEqual(erasure.shown, "a***@example.org")

    def test_X1_evidence_stays_under_lock_with_its_end(self):
        self._subscribed()
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        chain = consent._evidence_chains()
        erasure = self._erase()
        year = fields.Date.today().year + 3
        self.assertEqual(str(chain.restricted_until), f"{year}-12-31")
        self.assertEqual(erasure.evidence_until, chain.restricted_until)
        self.assertEqual(consent.state, "withdrawn")
        self.assertFalse(consent.sudo().event_ids.filtered("ip"))
        self.assertFalse(chain._check(), "the chain is intact")
        mine = [("email", "=", ANNA)]
        consents = self.env["newsletter.consent"]
        self.assertFalse(consents.with_user(self.clerk).search(mine))
        self.assertTrue(consents.with_user(self.officer).search(mine))
        kept = [row for row in erasure.found if row["outcome"] == "kept_evidence"]
        self.assertTrue(kept)
        self.assertIn(str(year), erasure.found_html)

    def test_X1_a_mere_request_leaves_nothing(self):
        self._consent(ANNA, "pending")
        self._erase()
        self.assertFalse(self._rest())
        self.assertFalse(self._texts())

    def test_X1_nobody_comes_back_by_a_fetch_and_the_rest_is_swept(self):
        self._subscribed()
        self._at_tool("ben@example.org")
        erasure = self._erase()
        # the tool holds her still: a fetch may find her before it is told
        with patch.object(type(self.connection), "_let_erase"):
            run_id = self.coupling._start_run("fetch", whole=True)
            self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        self.assertFalse(self.env["res.partner"].search([("email", "=", ANNA)]))
        self.assertFalse(self.env["mailing.contact"].search([("email", "=", ANNA)]))
        self._turn()
        self.assertEqual(erasure.state, "done")
        self.assertFalse(self._texts() - {place.model for place in PLACES[5:8]})

    def test_X1_the_tool_is_down_and_later_obeys(self):
        self._subscribed()
        erasure = self._erase()
        receipt = erasure.receipt_ids
        connector = self.connection._connector_class()
        with patch.object(connector, "erase", side_effect=Unreachable("down")):
            self._turn()
        self.assertIn(receipt.state, ("waiting", "failed"))
        self.assertIn(ANNA, self._at_tool())
        self.assertIn(ANNA, receipt._emails(), "whom to erase is not forgotten")
        self.env["newsletter.run"].search([("kind", "=", "erase")]).state = "stopped"
        erasure.with_user(self.officer).action_try_now()
        self._turn()
        self.assertEqual(receipt.state, "done", receipt.message)
        self.assertNotIn(ANNA, self._at_tool())
        self.assertFalse(receipt.people, "now it is forgotten")

    def test_X1_an_account_that_says_yes_and_does_nothing(self):
        self._subscribed()
        erasure = self._erase()
        connector = self.connection._connector_class()
        with patch.object(connector, "erase"):
            self._turn()
        receipt = erasure.receipt_ids
        self.assertEqual((receipt.state, erasure.state), ("failed", "failed"))
        self.assertIn("Club news", receipt.message)
        self.assertTrue(receipt.next_try_at)

    def test_X1_a_second_erasure_finds_nothing(self):
        self._subscribed()
        self._erase()
        self._turn()
        again = self._erase()
        outcomes = {row["outcome"] for row in again.found}
        self.assertEqual(outcomes, {"kept_evidence"})
        self.assertEqual(again.receipt_ids.state, "not_there")
        self.assertEqual(again.state, "done")
        chains = self.env["newsletter.consent.chain"].search([("email", "=", ANNA)])
        self.assertFalse(chains._check())

    def test_X1_who_is_alike_stays(self):
        self._subscribed()
        longer = f"jo{ANNA}"
        self._subscribed("Joanna Muster", longer)
        self.env["newsletter.event"]._log(
            "note", text=f"{longer} wrote", detail=f"<{ANNA}>, {ANNA}.net"
        )
        before = self._rest(longer)
        self._erase()
        self._turn()
        self.assertEqual(self._rest(longer), before)
        event = self.env["newsletter.event"].search([("code", "=", "note")])
        self.assertEqual(event.text, f"{longer} wrote")
        self.assertEqual(event.detail, f"<a***@example.org>, {ANNA}.net")

    def test_X1_without_the_right(self):
        partner, _contact = self._subscribed()
        manager = new_test_user(
            self.env,
            "manager",
            groups="base.group_user,newsletter_sync.group_administrator",
        )
        for user in (self.clerk, manager):
            with self.assertRaises(AccessError):
                self.erasures.with_user(user)._erase([ANNA], self.env.company)
            with self.assertRaises(AccessError):
                partner.with_user(user).action_newsletter_erase()
        self.assertTrue(partner.exists())

    def test_X1_another_company_is_out_of_reach(self):
        company = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(AccessError):
            self.erasures.with_user(self.officer)._erase([ANNA], company)
        erasure = self._erase()
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,newsletter_sync.group_privacy",
            company_id=company.id,
            company_ids=[company.id],
        )
        with self.assertRaises(AccessError):
            erasure.with_user(stranger).read(["shown"])

    def test_X1_what_another_company_needs_stays(self):
        partner, contact = self._subscribed()
        other = self.env["res.company"].create({"name": "Other"})
        consents = self.env["newsletter.consent"]
        theirs = consents._for_address(ANNA, other)
        theirs._record("confirmation")
        own = self._person("Anna", ANNA, "none", company_id=self.env.company.id)
        erasure = self._erase()
        self.assertTrue(partner.exists() and contact.exists())
        self.assertFalse(own.exists())
        self.assertEqual(theirs.state, "confirmed")
        self.assertFalse(theirs.restricted_until)
        self.assertIn("kept_shared", {row["outcome"] for row in erasure.found})
        self._turn()
        self.assertNotIn(ANNA, self._at_tool())

    def test_X1_a_customer_stays_without_marketing(self):
        partner, contact = self._subscribed()
        self._erase(contact="leave")
        self.assertTrue(partner.exists())
        self.assertEqual(partner.email, ANNA)
        self.assertTrue(partner.no_marketing_email)
        self.assertFalse(contact.exists())

    def test_X1_who_has_a_login_stays(self):
        user = new_test_user(self.env, "anna", groups="base.group_user", email=ANNA)
        erasure = self._erase()
        self.assertTrue(user.partner_id.exists().active)
        self.assertIn("kept_user", {row["outcome"] for row in erasure.found})

    def test_X1_documents_keep_name_and_postal_address(self):
        partner = self._person(
            "Anna Muster", ANNA, street="Weg 1", phone="030 123", comment="likes tea"
        )
        sweeper = type(self.env["newsletter.erasure.odoo"])
        with patch.object(sweeper, "_documents", return_value=True):
            erasure = self._erase()
        self.assertEqual((partner.name, partner.street), ("Anna Muster", "Weg 1"))
        self.assertFalse(partner.email or partner.phone or partner.comment)
        self.assertIn("kept_documents", {row["outcome"] for row in erasure.found})
        self.assertIn("HGB", erasure.found_html)

    def test_X1_a_contact_that_others_refer_to_is_emptied(self):
        partner = self._person("Anna Muster", ANNA, street="Weg 1")
        with patch.object(
            type(partner), "unlink", side_effect=UserError("is referred to")
        ):
            erasure = self._erase()
        self.assertEqual(partner.name, "Erased person")
        self.assertFalse(partner.email or partner.street or partner.active)
        row = next(r for r in erasure.found if r["model"] == "res.partner")
        self.assertEqual(row["outcome"], "emptied_linked")

    def test_X2_a_tool_that_cannot_delete_waits_for_a_hand(self):
        self._subscribed()
        connector = self.connection._connector_class()
        weaker = replace(connector.capabilities, erase=False)
        with patch.object(connector, "capabilities", weaker):
            erasure = self._erase()
            self._turn()
        receipt = erasure.receipt_ids
        self.assertEqual((receipt.state, erasure.state), ("by_hand", "by_hand"))
        self.assertTrue(self._is_off(), "at least nothing is sent")
        with self.assertRaises(AccessError):
            receipt.with_user(self.clerk).action_done_by_hand()
        receipt.with_user(self.officer).action_done_by_hand()
        self.assertEqual((receipt.state, erasure.state), ("done", "done"))
        self.assertIn(self.officer.name, receipt.proof)

    def test_X3_what_is_final_is_told_before(self):
        partner, _contact = self._subscribed()
        connector = self.connection._connector_class()
        final = replace(connector.capabilities, erase_is_final=True)
        action = partner.with_user(self.officer).action_newsletter_erase()
        wizard = self.env[action["res_model"]].with_user(self.officer)
        wizard = wizard.browse(action["res_id"])
        wizard.write({"note": "Letter", "contact": "erase"})
        with patch.object(connector, "capabilities", final):
            self.assertTrue(wizard.is_final)
            self.assertIn("never be taken in again", wizard.accounts_html)
            with self.assertRaises(UserError):
                wizard.action_erase()
            self.assertTrue(partner.exists())
            wizard.understood = True
            wizard.action_erase()
        self.assertFalse(partner.exists() or wizard.exists())

    def test_W8_who_is_entered_again_is_blocked(self):
        self._subscribed()
        self._erase()
        self._turn()
        self.assertFalse(self._blocked(ANNA), "only the hash stays")
        self.env["mailing.contact"].create({"name": "Anna", "email": ANNA})
        self.assertTrue(self._blocked(ANNA))
        event = self.env["newsletter.event"].search(
            [("code", "=", "erased_entered_again")]
        )
        self.assertEqual(event.level, "warning")
        self.assertNotIn(ANNA, event.text)

    def test_W8_a_new_consent_lifts_everything(self):
        self._subscribed()
        self._erase()
        self._turn()
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record("request")
        consent._record("confirmation")
        self.assertFalse(consent.restricted_until)
        self.assertFalse(
            self.env["newsletter.tombstone"]._known([ANNA], self.env.company)
        )
        visible = self.env["newsletter.consent"].with_user(self.clerk)
        self.assertTrue(visible.search([("email", "=", ANNA)]))

    def test_X1_a_late_word_of_the_tool_begins_nothing(self):
        self._subscribed()
        self._erase()
        self._turn()
        self.assertFalse(self._leave(ANNA, "tool"))
        self.assertFalse(self.env["newsletter.leaving"].search([("email", "=", ANNA)]))
        # but whoever is known again can leave
        self._person("Anna", ANNA, "none")
        self.assertTrue(self._leave(ANNA, "phone"))

    def test_X1_late_accounts_alarm(self):
        self._subscribed()
        self.connection.state = "paused"
        erasure = self._erase()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE newsletter_erasure_receipt SET create_date = now() - interval '8d'"
        )
        self.env.invalidate_all()
        self.env["newsletter.erasure.receipt"]._cron_settle()
        self.assertTrue(erasure.receipt_ids.alarmed)
        self.assertTrue(
            self.env["newsletter.event"].search([("code", "=", "erasure_late")])
        )
        self.assertTrue(self.connection.activity_ids)

    def test_X1_a_deleted_account_is_not_forgotten(self):
        self._subscribed()
        erasure = self._erase()
        receipt = erasure.receipt_ids
        self.connection._newsletter_erasures_by_hand()
        self.assertEqual((receipt.state, receipt.account), ("by_hand", "Club"))

    def test_the_receipt_prints(self):
        self._subscribed()
        erasure = self._erase()
        self._turn()
        report = self.env["ir.actions.report"].with_user(self.officer)
        html = report._render_qweb_html("newsletter_sync.report_erasure", erasure.ids)
        self.assertIn("a***@example.org", html[0].decode())
        self.assertIn("Club news", html[0].decode())
        self.assertNotIn(ANNA, html[0].decode())
