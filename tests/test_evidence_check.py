"""The check finds whatever is done to the evidence past Odoo, by plain SQL."""

import base64

from odoo.tests import tagged

from ..sync import evidence
from .test_evidence import ANNA, EVA, EvidenceCase


@tagged("post_install", "-at_install")
class TestEvidenceCheck(EvidenceCase):
    def setUp(self):
        super().setUp()
        self.consent = self._history()
        self.assertFalse(self._problem(), "intact before")

    def test_E2_a_changed_row_is_found(self):
        for column, value in (
            ("note", "added later"),
            ("wording", "Yes to everything"),
            ("date", "2020-01-01"),
            ("kind", "confirmation"),
            ("ip", "198.51.100.1"),
            ("email", EVA),
            ("channel", None),
            ("origin", "provider"),
            ("weaker", True),
            ("previous_hash", "0" * 64),
            ("hash", "0" * 64),
        ):
            with self.subTest(column), self.env.cr.savepoint() as savepoint:
                self._sql(
                    f"UPDATE newsletter_consent_event SET {column} = %s WHERE id = %s",
                    value,
                    self.consent.event_ids[3 if column == "channel" else 1].id,
                )
                self.assertIn(self._problem(), ("changed", "broken"))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_E2_a_removed_row_is_found(self):
        for event in self.consent.event_ids:
            with self.subTest(event.kind), self.env.cr.savepoint() as savepoint:
                self._sql(
                    "DELETE FROM newsletter_consent_event WHERE id = %s", event.id
                )
                self.assertEqual(self._problem(), "missing")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_E2_a_removed_end_is_found_although_the_head_was_moved(self):
        last = self.consent.event_ids[3]
        self._sql("DELETE FROM newsletter_consent_event WHERE id = %s", last.id)
        self._sql(
            "UPDATE newsletter_consent_chain SET pieces = 3, last_hash = %s "
            "WHERE id = %s",
            self.consent.event_ids[2].hash,
            self._chain().id,
        )
        self.assertEqual(self._problem(), "forged")

    def test_E2_the_next_piece_does_not_hide_it(self):
        """Adding seals the head anew; that must not cover what happened before."""
        last = self.consent.event_ids[3]
        self._sql("DELETE FROM newsletter_consent_event WHERE id = %s", last.id)
        self._sql(
            "UPDATE newsletter_consent_chain SET pieces = 3, last_hash = %s "
            "WHERE id = %s",
            self.consent.event_ids[2].hash,
            self._chain().id,
        )
        self.consent._record("note", note="Later")
        self.env.flush_all()
        self.assertEqual(self._chain().problem, "forged")
        self.assertTrue(
            self.env["newsletter.event"].search_count(
                [("code", "=", "evidence_damaged"), ("level", "=", "error")]
            )
        )
        self.assertTrue(self._problem(), "also after the next check")

    def test_E2_rows_that_changed_places_are_found(self):
        first, second = self.consent.event_ids[:2]
        for event, position in ((first, 99), (second, 1), (first, 2)):
            self._sql(
                "UPDATE newsletter_consent_event SET position = %s WHERE id = %s",
                position,
                event.id,
            )
        self.assertIn(self._problem(), ("broken", "changed"))

    def test_E2_a_forged_append_is_found(self):
        """With right hashes, by somebody who read our code but not our key."""
        chain, last = self._chain(), self.consent.event_ids[3]
        row = self.events._complete(
            {"consent_id": self.consent.id, "kind": "confirmation"}
        )
        piece = evidence.next_piece(
            last.hash,
            5,
            self.chains._facts(row),
            evidence.part("salt", self.chains._content(row)),
            evidence.part("pepper", self.chains._trace(row)),
            "guessed key",
        )
        end = evidence.head(f"{self.env.company.id} {ANNA}", 5, piece.hash, "guessed")
        columns = {
            **{name: value for name, value in row.items() if value},
            "chain_id": chain.id,
            "position": 5,
            "previous_hash": last.hash,
            "hash": piece.hash,
            "seal": piece.seal,
            "content_salt": "salt",
            "content_digest": piece.content.digest,
            "trace_salt": "pepper",
            "trace_digest": piece.trace.digest,
        }
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        self._sql(
            f"INSERT INTO newsletter_consent_event ({names}) VALUES ({places})",
            *columns.values(),
        )
        self._sql(
            "UPDATE newsletter_consent_chain SET pieces = 5, last_hash = %s, seal = %s "
            "WHERE id = %s",
            piece.hash,
            end.seal,
            chain.id,
        )
        self._sql(
            "UPDATE newsletter_consent SET state = 'confirmed', basis = 'doi', "
            "state_at = %s WHERE id = %s",
            row["date"],
            self.consent.id,
        )
        self.assertEqual(self._problem(), "forged")

    def test_E2_a_state_without_evidence_is_found(self):
        self._sql(
            "UPDATE newsletter_consent SET state = 'confirmed', basis = 'doi' "
            "WHERE id = %s",
            self.consent.id,
        )
        self.assertEqual(self._problem(), "state")

    def test_E2_half_an_erasure_is_found(self):
        event = self.consent.event_ids[0]
        self._sql(
            "UPDATE newsletter_consent_event SET trace_salt = NULL WHERE id = %s",
            event.id,
        )
        self.assertEqual(self._problem(), "changed")

    def test_E2_an_exchanged_document_is_found(self):
        card = base64.b64encode(b"A signed card")
        self.consent._record("note", document=card, document_name="card.pdf")
        self.assertFalse(self._problem())
        attachment = self.consent.event_ids[-1]._documents()
        attachment.raw = b"Another card"
        self.assertEqual(self._problem(), "changed")
        attachment.unlink()
        self.assertEqual(self._problem(), "changed")

    def test_the_result_is_told_and_remembered(self):
        self._history(EVA)
        mine = self.consent.with_user(self.users["privacy"])
        said = mine.action_check_evidence()["params"]
        self.assertEqual(said["type"], "success")
        self.assertTrue(self._chain().checked_at)
        self._sql(
            "UPDATE newsletter_consent_event SET note = 'x' WHERE id = %s",
            self.consent.event_ids[2].id,
        )
        said = self.chains.with_user(self.users["privacy"]).action_check_all()["params"]
        self.assertEqual(said["type"], "danger")
        self.assertIn("1 of", said["message"])
        chain = self._chain()
        self.assertEqual((chain.problem, chain.problem_position), ("changed", 3))
        self.assertFalse(self._chain(EVA).problem)
        errors = [("code", "=", "evidence_damaged"), ("res_id", "=", chain.id)]
        self.assertEqual(self.env["newsletter.event"].search_count(errors), 1)
        self.chains.action_check_all()
        self.assertEqual(self.env["newsletter.event"].search_count(errors), 1, "once")

    def test_the_scheduler_checks_what_was_not_checked_for_a_week(self):
        chain = self._chain()
        chain.checked_at = "2020-01-01"
        self._sql("UPDATE newsletter_consent_event SET note = 'x'")
        self.chains._cron_check()
        self.assertEqual(chain.problem, "changed")
        checked = chain.checked_at
        self.assertNotEqual(checked.year, 2020)
