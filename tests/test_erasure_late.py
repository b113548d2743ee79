"""An account answers late: the person agreed anew, or was in a batch in the air."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.capabilities import Level
from ..connectors.errors import Conflict, Unreachable
from ..sandbox.store import Member
from .test_erasure import ANNA, ErasureCase

BEN = "ben@example.org"


@tagged("post_install", "-at_install")
class TestErasureLate(ErasureCase):
    def _agrees_anew(self, email=ANNA):
        """The person's own click, and what follows in Odoo."""
        consent = self.env["newsletter.consent"]._for_address(email)
        consent._record("request")
        consent._record("confirmation")
        return self._contact("Anna Muster", email)

    def _down(self):
        """The tool cannot be reached for a while."""
        connector = self.connection._connector_class()
        with patch.object(connector, "erase", side_effect=Unreachable("down")):
            self._turn()
        self.env["newsletter.run"].search([("kind", "=", "erase")]).state = "stopped"

    def _try_again(self, erasure):
        erasure.receipt_ids.next_try_at = False
        self.env["newsletter.erasure.receipt"]._cron_settle()
        self._turn()

    # --- agreed anew -----------------------------------------------------------------
    def test_W8_a_new_consent_is_stronger_than_a_receipt_that_waits(self):
        self._subscribed()
        erasure = self._erase()
        self._down()
        contact = self._agrees_anew()
        self._try_again(erasure)
        self.assertTrue(contact.exists(), "the fresh subscriber stays")
        self.assertIn(ANNA, self._at_tool())
        receipt = erasure.receipt_ids
        self.assertEqual((receipt.state, erasure.state), ("overtaken", "done"))
        self.assertIn("new consent", receipt.proof)
        self.assertFalse(receipt.people)
        event = self.env["newsletter.event"].search([("code", "=", "erasure_done")])
        self.assertIn("agreed anew", event.text)

    def _on_two_lists(self):
        """Anna, of whom there is no evidence, on two lists of the account."""
        events = self.env["mailing.list"].create({"name": "Events"})
        other = self._couple(
            mailing_list=events,
            remote_id=str(self.tool.new_list("Events")),
        )
        other.remote_list_id.name = "Events"
        self._subscribed()
        self._at_other(other)
        self._fetch(other)
        self.env.flush_all()
        return other

    def _at_other(self, other):
        store = self.sandbox.store
        member = Member(int(other.remote_list_id.remote_id), ANNA, activated=1)
        store.save("cleverreach", [member])

    def _fetch(self, coupling):
        coupling._start_run("fetch", whole=True)
        self._turn()

    def _status_at(self, coupling):
        found = self.sandbox.store.select(
            "m.list_id = ?", [int(coupling.remote_list_id.remote_id)]
        )
        return [member.status for member in found if member.email == ANNA]

    def test_W8_a_new_consent_to_one_list_is_none_to_the_others(self):
        other = self._on_two_lists()
        self.assertEqual(self._status_at(other), ["subscribed"])
        erasure = self._erase()
        self._down()
        consent = self.env["newsletter.consent"]._for_address(
            ANNA, mailing_list=self.mailing_list
        )
        consent._record("confirmation")
        contact = self._contact("Anna Muster", ANNA)
        self._try_again(erasure)
        receipt = erasure.receipt_ids
        self.assertEqual(self._status_at(self.coupling), ["subscribed"])
        self.assertEqual(self._status_at(other), ["unsubscribed"])
        self.assertEqual((receipt.state, erasure.state), ("overtaken", "done"))
        self.assertIn("unsubscribed from: Events", receipt.proof)
        self.assertFalse(receipt.people)
        # nor does the tool bring her in, whatever it says later
        self._at_other(other)
        self._fetch(other)
        joined = self.env["mailing.subscription"].search(
            [("contact_id", "=", contact.id), ("opt_out", "=", False)]
        )
        self.assertEqual(joined.list_id, self.mailing_list)
        # until she agrees to that one, or to everything
        tombstones = self.env["newsletter.tombstone"]
        self.assertTrue(tombstones._known([ANNA], self.env.company, other))
        self.env["newsletter.consent"]._for_address(ANNA)._record("confirmation")
        self.assertFalse(tombstones._known([ANNA], self.env.company, other))

    def test_W8_a_tool_that_takes_off_everything_is_not_asked(self):
        other = self._on_two_lists()
        erasure = self._erase()
        self._down()
        self.env["newsletter.consent"]._for_address(
            ANNA, mailing_list=self.mailing_list
        )._record("confirmation")
        connector = self.connection._connector_class()
        wide = replace(connector.capabilities, unsubscribe=Level.ACCOUNT)
        with patch.object(connector, "capabilities", wide):
            self._try_again(erasure)
        self.assertEqual(erasure.receipt_ids.state, "overtaken")
        self.assertEqual(self._status_at(self.coupling), ["subscribed"])
        self.assertTrue(
            self.env["newsletter.tombstone"]._known([ANNA], self.env.company, other),
            "the next comparison of the list sees to it",
        )

    def test_W8_the_other_address_of_the_person_is_erased_still(self):
        self._subscribed()
        self._subscribed("Ben", BEN)
        self.env.flush_all()
        erasure = self.erasures._erase([ANNA, BEN], self.env.company, "erase")
        self._down()
        contact = self._agrees_anew()
        self._try_again(erasure)
        self.assertTrue(contact.exists())
        self.assertIn(ANNA, self._at_tool())
        self.assertNotIn(BEN, self._at_tool())
        self.assertEqual(erasure.receipt_ids.state, "done")

    def test_W8_a_consent_while_the_tool_is_speaking(self):
        self._subscribed()
        self._erase()
        connector = self.connection._connector_class()
        erase, contacts = connector.erase, []

        def meanwhile(*args):
            contacts.append(self._agrees_anew())
            self.env.flush_all()
            return erase(*args)

        with patch.object(connector, "erase", meanwhile):
            self._turn()
        self.assertTrue(contacts[0].exists(), "the sweep leaves the newcomer")

    def test_W8_whom_the_tool_deletes_meanwhile_is_new_to_it(self):
        self._subscribed()
        erasure = self._erase()
        connector = self.connection._connector_class()
        erase, back = connector.erase, []

        def meanwhile(*args):
            contact = self._agrees_anew()
            values = {"contact_id": contact.id, "remote_id": "7"}
            back.append(self._member(ANNA, **values))
            self.env.flush_all()
            return erase(*args)

        with patch.object(connector, "erase", meanwhile):
            self._turn()
        member = back[0]
        self.assertFalse(member.remote_id or member.remote_status)
        self.assertFalse(member.base_status, "nobody has left by that")
        self.assertIn("during the call", erasure.receipt_ids.proof)
        self.assertIn(
            (self.coupling.id, "newsletter.member", member.id), self._changes()
        )

    def test_W8_a_receipt_that_was_closed_during_the_call_stays_so(self):
        self._subscribed()
        erasure = self._erase()
        receipt = erasure.receipt_ids
        connector = self.connection._connector_class()

        def meanwhile(*args):
            self._agrees_anew()
            receipt._drop_overtaken()
            self.env.flush_all()
            raise Conflict("somebody else changes it")

        with patch.object(connector, "erase", meanwhile):
            self._turn()
        self.assertEqual((receipt.state, erasure.state), ("overtaken", "done"))

    def test_W8_nobody_deletes_by_hand_who_agreed_anew(self):
        self._subscribed()
        connector = self.connection._connector_class()
        weaker = replace(connector.capabilities, erase=False)
        with patch.object(connector, "capabilities", weaker):
            erasure = self._erase()
            self._turn()
            self.assertEqual(erasure.state, "by_hand")
            self._agrees_anew()
            self._try_again(erasure)
        self.assertEqual(
            (erasure.receipt_ids.state, erasure.state), ("overtaken", "done")
        )

    # --- in the air ------------------------------------------------------------------
    def _line(self):
        """A line of a push of somebody whom the tool never told us of."""
        partner = self._person("Anna Muster", ANNA)
        run = self._preview(partner, remote_list_id=self.coupling.remote_list_id.id)
        self.assertEqual(run.line_ids.result, "waiting")
        return run.line_ids

    def _lands(self, erasure, line):
        """The account was asked and waits; then the tool's answer becomes known."""
        receipt = erasure.receipt_ids
        self.assertEqual(receipt.state, "waiting", receipt.proof)
        self._turn()
        self.assertEqual((receipt.state, erasure.done_at), ("failed", False))
        self.assertIn("batch", receipt.message)
        self.assertEqual(line.email, ANNA, "by it the tool is asked what became of it")
        self._at_tool(ANNA)  # the batch has arrived after all
        self.env["newsletter.flight"].search([]).unlink()
        line.result = "subscribed"
        self._try_again(erasure)
        self.assertEqual((receipt.state, erasure.state), ("done", "done"))
        self.assertIn("Club news", receipt.proof)
        self.assertNotIn(ANNA, self._at_tool())
        self.assertEqual(line.email, "a***@example.org")
        self.assertFalse(self._texts() - {"newsletter.consent"} - self._evidence())

    @staticmethod
    def _evidence():
        return {"newsletter.consent.chain", "newsletter.consent.event"}

    def test_X1_an_account_with_the_person_in_the_air_is_asked(self):
        line = self._line()
        line.result = "in_flight"
        self._lands(self._erase(), line)

    def test_X1_so_is_one_whose_batch_survived_a_kill(self):
        line = self._line()
        self.env["newsletter.flight"].create(
            {
                "run_id": line.run_id.id,
                "coupling_id": self.coupling.id,
                "task": "transmit",
                "line_ids": line.ids,
            }
        )
        self._lands(self._erase(), line)

    def test_X4_a_person_is_told_of_an_account_that_may_get_them(self):
        self._line().result = "in_flight"
        told = (
            self.env["newsletter.personal.data"]
            .with_user(self.officer)
            ._export([ANNA], self.env.company)
        )
        self.assertEqual([each["account"] for each in told["accounts"]], ["Club"])
