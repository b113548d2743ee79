"""The tool's own double opt-in is followed, its proof fetched (D8, D9, B16, B17)."""

from datetime import datetime, timedelta

from odoo.tests import tagged

from .common_two_way import TwoWayCase

EMIL = "emil@example.org"
CLICK = datetime(2026, 3, 1, 12, 30)


@tagged("post_install", "-at_install")
class TestToolProof(TwoWayCase):
    def setUp(self):
        super().setUp()
        self.contact = self._contact("Emil", EMIL)
        self.member = self._member(
            EMIL,
            contact_id=self.contact.id,
            remote_id="7",
            remote_status=False,
            base_status=False,
        )

    def _compare(self, **said):
        """One comparison with what the tool says."""
        run = self.env["newsletter.run"].create(
            {
                "kind": "reconcile",
                "connection_id": self.connection.id,
                "coupling_id": self.coupling.id,
            }
        )
        fetched = self.env["newsletter.fetched"].create(
            {
                "run_id": run.id,
                "remote_id": "7",
                "email": EMIL,
                "status": "subscribed",
                "digest": str(said),
                **said,
            }
        )
        candidate = self.env["newsletter.candidate"].create(
            {
                "run_id": run.id,
                "member_id": self.member.id,
                "fetched_id": fetched.id,
            }
        )
        self.env["newsletter.reconcile"]._settle(run, candidate)
        self.env.flush_all()
        return self.member

    def _take_proofs(self):
        self.env["newsletter.member"]._cron_tool_proofs()
        return self._of().event_ids

    def _of(self):
        return self.env["newsletter.consent"]._for_address(
            EMIL, mailing_list=self.mailing_list
        )

    def test_B17_D9_pending_in_the_tool_is_pending_and_no_conflict(self):
        member = self._compare(status="pending")
        self.assertNotEqual(member.result, "conflict")
        self.assertEqual(member.remote_status, "pending")
        consent = self._of()
        self.assertEqual(consent.state, "pending")
        event = consent.event_ids
        self.assertEqual((event.kind, event.origin), ("request", "provider"))
        self.assertIn("CleverReach", event.source)
        self._compare(status="pending")
        self.assertEqual(len(consent.event_ids), 1, "once")

    def test_D8_the_tools_proof_becomes_evidence(self):
        self._compare(status="pending")
        self._compare(opt_in_at=CLICK, opt_in_ip="192.0.2.77")
        _request, proof = self._take_proofs()
        self.assertEqual((proof.kind, proof.origin), ("tool", "provider"))
        self.assertEqual((proof.date, proof.ip), (CLICK, "192.0.2.77"))
        self.assertIn("CleverReach, Club, Club news", proof.source)
        self.assertIn("7", proof.note)
        consent = self._of()
        self.assertEqual((consent.state, consent.basis), ("confirmed", "doi"))
        self.assertEqual(consent.state_at, CLICK)
        self.assertEqual(len(self._take_proofs()), 2, "once")
        self._compare(opt_in_at=CLICK + timedelta(days=1))
        self.assertEqual(len(self._take_proofs()), 3, "a newer one is taken in as well")

    def test_D8_the_record_says_that_the_proof_could_not_be_fetched(self):
        self._compare(status="pending")
        self._compare(status="subscribed")
        event = self._take_proofs()[-1]
        self.assertIn("could not be fetched", event.note)
        self.assertEqual(event.origin, "provider")
        self.assertEqual((self._of().state, self._of().basis), ("single", "other"))

    def test_what_the_tool_repeats_of_ours_is_no_proof_of_its_own(self):
        self._of()._record("confirmation", at=CLICK)
        self._compare(opt_in_at=CLICK + timedelta(seconds=1))
        self.assertEqual(self._take_proofs().mapped("kind"), ["confirmation"])

    def test_a_proof_from_before_the_leaving_brings_nobody_back(self):
        self._of()._record("withdrawal", at=CLICK + timedelta(days=1))
        self._compare(opt_in_at=CLICK)
        self._take_proofs()
        self.assertEqual(self._of().state, "withdrawn")

    def test_who_left_the_tool_has_proven_nothing(self):
        self.member.write({"opt_in_at": CLICK, "remote_status": "unsubscribed"})
        self.env.flush_all()
        self.assertFalse(self._take_proofs())

    def test_the_consent_is_for_the_list_only(self):
        self._compare(opt_in_at=CLICK)
        self._take_proofs()
        general = self.env["newsletter.consent"]._effective([EMIL], self.env.company)
        self.assertEqual(general[EMIL][0], "none")

    def test_W6_an_old_proof_does_not_overtake_a_withdrawal_that_a_note_has_ended(self):
        day = timedelta(days=1)
        consent = self._of()
        consent._record("withdrawal", at=CLICK + day)
        consent._record("staff", at=CLICK + 2 * day, note="By phone")
        self.assertEqual(consent.state, "single")
        self._compare(opt_in_at=CLICK)
        self._take_proofs()
        self.assertEqual(consent.state, "single", "the click was before the leaving")
        self._compare(opt_in_at=CLICK + 3 * day)
        self._take_proofs()
        self.assertEqual(consent.state, "confirmed")
        self.assertTrue(
            self.env["newsletter.consent.chain"]._follows(
                consent.event_ids.sorted("id"), consent
            )
        )


@tagged("post_install", "-at_install")
class TestPushOnConfirmation(TwoWayCase):
    def _confirm(self):
        requests, _refused = self.env["newsletter.consent.request"]._open(
            [EMIL], self.env.company, self.mailing_list, origin="form"
        )
        request = requests.sudo()
        request._confirm("token", "POST", {})
        self.env.flush_all()
        for _turn in range(6):
            for run in self.env["newsletter.runner"]._due_runs():
                self.env["newsletter.runner"]._work(run.id, 60)
        self.env.invalidate_all()

    def _pushed(self):
        return self.env["newsletter.event"].search(
            [("code", "=", "pushed_on_confirmation")]
        )

    def test_B10_confirming_does_not_transmit_by_itself(self):
        self._confirm()
        self.assertFalse(self._at_tool())
        self.assertFalse(self._pushed())
        self.assertIn(self.mailing_list, self._of_reader().list_ids)

    def _of_reader(self):
        return self.env["mailing.contact"].search([("email", "=", EMIL)])

    def test_B10_unless_the_list_says_so_and_it_is_logged(self):
        self.mailing_list.newsletter_push_confirmed = True
        self._confirm()
        self.assertEqual(set(self._at_tool()), {EMIL})
        event = self._pushed()
        self.assertTrue(event.run_id)
        self.assertIn("e***@example.org", event.text)

    def test_B10_not_on_a_list_that_is_only_read(self):
        self.mailing_list.newsletter_push_confirmed = True
        self.coupling.direction = "to_odoo"
        self._confirm()
        self.assertFalse(self._at_tool())

    def test_B10_the_comparison_agrees(self):
        """It must not take the task away when it comes first."""
        self.mailing_list.newsletter_push_confirmed = True
        self.assertEqual(self.coupling.missing_in_tool, "ask")
        contact = self._contact("Emil", EMIL)
        self._consent(EMIL, "confirmed", mailing_list=self.mailing_list)
        run_id = self.coupling._start_run("fetch")
        self.env.flush_all()
        self.env["newsletter.runner"]._work(run_id, 60)
        self.env.invalidate_all()
        member = self.env["newsletter.member"].search([("contact_id", "=", contact.id)])
        self.assertEqual(member.task, "transmit")
