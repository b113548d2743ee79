"""A run reads the tool's attributes once, however many turns it has."""

from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..connectors.contract import BatchAnswer, Outcome, Refusal, RowAnswer
from ..connectors.errors import ServerFault
from ..models import newsletter_run_learned as learned
from ..models import newsletter_transmit_steps as steps
from .common_transmit import TransmitCase


@tagged("post_install", "-at_install")
class TestRunLearned(TransmitCase):
    def setUp(self):
        super().setUp()
        can = replace(self.connector_class.capabilities, batch_size=2)
        self.startPatcher(patch.object(self.connector_class, "capabilities", can))
        self.startPatcher(patch.object(steps, "PEOPLE", 2))

    def _approved_run(self, number):
        for each in range(number):
            self._newcomer(f"person{each:02}@example.org")
        run = self._dry_run()
        self._approved(run)
        self.sandbox.requests.clear()
        return run

    def _turn(self, run):
        """One turn of the scheduled action, with time for one slice."""
        self._go_on(run, seconds=0)

    def _reads(self):
        """Readings of attributes, of the account and of the list."""
        return sum(
            entry.method == "GET" and entry.path.endswith("/attributes")
            for entry in self.sandbox.requests.all()
        )

    def test_many_turns_read_once(self):
        run = self._approved_run(10)
        for _each in range(5):
            self._turn(run)
        self.assertEqual(len(self._at_tool()), 10)
        self.assertEqual(self._reads(), 2)
        calls = [e for e in self.sandbox.requests.all() if "/oauth/" not in e.path]
        self.assertEqual(len(calls), 5 + 2, "the batches and one reading of both kinds")

    def test_after_some_minutes_they_are_read_anew(self):
        run = self._approved_run(6)
        self._turn(run)
        with patch.object(learned, "REMEMBERED", -1):
            self._turn(run)
        self._turn(run)
        self.assertEqual(self._reads(), 4, "not for the third turn")

    def test_a_failure_reads_them_anew(self):
        run = self._approved_run(4)
        self._turn(run)
        error = ServerFault("upset")
        with patch.object(self.connector_class, "upsert", side_effect=error):
            self._turn(run)
        self.assertTrue(run.next_try_at)
        self.assertFalse(run.learned)
        self._go_on(run)  # they are read back, then sent again one by one
        self.assertEqual(len(self._at_tool()), 4)
        self.assertEqual(self._reads(), 4)

    def test_a_refused_attribute_reads_them_anew(self):
        run = self._approved_run(6)
        self._turn(run)
        self.assertTrue(run.learned)

        def refuse(connector, list_id, drafts):
            return BatchAnswer(
                tuple(
                    RowAnswer(draft.email, Outcome.REFUSED, refusal=Refusal.FIELD)
                    for draft in drafts
                )
            )

        with patch.object(self.connector_class, "upsert", refuse):
            self._turn(run)
        self.assertFalse(run.learned)
        self._turn(run)
        self.assertEqual(len(self._at_tool()), 4)
        self.assertEqual(self._reads(), 4)

    def test_another_run_reads_for_itself(self):
        self._send(self._dry_run_of("anna@example.org"))
        self.sandbox.requests.clear()
        self._send(self._dry_run_of("ben@example.org"))
        self.assertEqual(self._reads(), 2)

    def _dry_run_of(self, email):
        self._newcomer(email)
        return self._dry_run()
