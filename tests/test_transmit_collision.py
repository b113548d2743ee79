"""Transactions that collide after the tool has answered: kept again, not sent again."""

from unittest.mock import patch

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo.tests import tagged

from ..models import newsletter_runner
from ..models.newsletter_transmit_steps import Send
from .common_transmit import TransmitCase


@tagged("post_install", "-at_install")
class TestTransmitCollision(TransmitCase):
    def _colliding(self, *errors):
        """Let keeping what was sent fail so often, after all of it was written."""
        keep, coming, self.kept = Send.keep, list(errors), 0

        def collide(step, run, work, answer):
            keep(step, run, work, answer)
            run.env.flush_all()
            if work.kind == "send" and coming:
                raise coming.pop(0)
            self.kept += work.kind == "send"

        self.startPatcher(patch.object(Send, "keep", collide))
        self.startPatcher(patch.object(newsletter_runner.time, "sleep"))

    def _approved_people(self):
        for number in range(3):
            self._newcomer(f"person{number}@example.org")
        run = self._dry_run()
        self._approved(run)
        return run

    def _is_complete(self, run):
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(run.line_ids.mapped("result"), ["subscribed"] * 3)
        self.assertEqual(run.done, 3)
        self.assertFalse(self._flights())
        sent = [row["email"] for entry in self._writes() for row in entry.json]
        self.assertEqual(len(sent), 3, "written again")
        members = run.line_ids.member_id
        self.assertFalse(any(members.mapped("task")))
        self.assertEqual(set(members.mapped("base_status")), {"subscribed"})
        told = run.event_ids.filtered(lambda event: event.code == "subscribed")
        self.assertEqual(len(told), 3, "told once each")

    def test_an_answer_is_kept_again_and_nobody_is_sent_again(self):
        run = self._approved_people()
        self._colliding(SerializationFailure(), DeadlockDetected())
        self._go_on(run)
        self.assertEqual(self.kept, 1)
        self._is_complete(run)

    def test_an_answer_that_cannot_be_kept_is_read_back_later(self):
        """Somebody writes the same people for longer than a slice tries again."""
        run = self._approved_people()
        self._colliding(*[SerializationFailure()] * newsletter_runner.COLLISIONS)
        self._go_on(run)
        self.assertEqual((run.state, run.tries), ("queued", 1))
        self.assertIn("Others are changing", run.message)
        self.assertEqual(len(self._flights()), 1, "marked still")
        self.assertEqual(set(run.line_ids.mapped("result")), {"waiting"})
        self._go_on(run)
        self.assertEqual(self.kept, 0)
        self._is_complete(run)
