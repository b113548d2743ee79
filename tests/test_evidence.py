"""Evidence: complete, written once, read under the eyes, erased where it must be."""

import base64
import hashlib
from datetime import datetime, timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

GROUPS = ("user", "manager", "administrator", "privacy")
AT = datetime(2026, 3, 1, 12)
ANNA, EVA = "anna@example.org", "eva@example.org"
WORDING = "Ja, ich möchte den Newsletter der Muster GmbH per E-Mail erhalten."


class EvidenceCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["newsletter.consent.event"]
        cls.chains = cls.env["newsletter.consent.chain"]
        cls.users = {
            group: new_test_user(
                cls.env, f"evidence.{group}", groups=f"newsletter_sync.group_{group}"
            )
            for group in GROUPS
        }

    def _history(self, email=ANNA, at=AT):
        """Somebody who asked, got a mail, clicked, and left a month later."""
        consent = self.env["newsletter.consent"]._for_address(email)
        consent._record(
            "request",
            at,
            email_typed=" Anna@Example.org",
            wording=WORDING,
            wording_version="3",
            lang="de_DE",
            page_url="https://www.example.org/newsletter",
            boxes='{"newsletter": true, "partners": false}',
            ip="192.0.2.7",
            user_agent="Browser/1.0",
        )
        consent._record("mail", at + timedelta(seconds=3), body="Bitte bestätigen Sie")
        consent._record(
            "confirmation",
            at + timedelta(minutes=5),
            method="POST",
            ip="192.0.2.8",
            user_agent="Browser/1.0",
        )
        consent._record("withdrawal", at + timedelta(days=30), channel="link")
        self.env.flush_all()
        return consent

    def _chain(self, email=ANNA):
        return self.chains.search([("email", "=", email)])

    def _problem(self, email=ANNA):
        """What the check says about an address."""
        self.env.invalidate_all()
        chain = self._chain(email)
        chain._check()
        return chain.problem

    def _sql(self, query, *values):
        """What somebody does who can write to the database and knows about triggers."""
        table = "newsletter_consent_event"
        self.env.flush_all()
        self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(SQL(query, *values))
        self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCase):
    def test_E1_the_orm_changes_and_deletes_nothing(self):
        event = self._history().event_ids[0]
        for user in (*self.users.values(), self.env.user):
            for records in (event.with_user(user), event.with_user(user).sudo()):
                with self.assertRaises(UserError):
                    records.write({"note": "Other"})
                with self.assertRaises(UserError):
                    records.unlink()
            if user != self.env.user:
                with self.assertRaises(AccessError):
                    event.with_user(user).create(
                        {"consent_id": event.consent_id.id, "kind": "confirmation"}
                    )

    def test_E1_the_database_changes_and_deletes_nothing(self):
        self._history()
        for statement in (
            "UPDATE newsletter_consent_event SET note = 'other'",
            "UPDATE newsletter_consent_event SET ip = NULL",
            "DELETE FROM newsletter_consent_event",
            "TRUNCATE newsletter_consent_event",
            "DELETE FROM newsletter_consent",
            "DELETE FROM newsletter_consent_chain",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_E1_erasing_only_ever_empties(self):
        self._history()
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
            self.events._erasing(),
        ):
            self.env.cr.execute("UPDATE newsletter_consent_event SET note = 'other'")

    def test_every_piece_says_who_when_and_what(self):
        request, mail, confirmation, withdrawal = self._history().event_ids
        self.assertEqual(request.email, ANNA)
        self.assertEqual(request.email_typed, " Anna@Example.org")
        digest = hashlib.sha256(WORDING.encode()).hexdigest()
        self.assertEqual(request.wording_digest, digest)
        self.assertEqual(request.date, AT)
        self.assertGreater(request.recorded_at, AT)
        self.assertEqual(request.company_id, self.env.company)
        self.assertEqual(request.purpose, request.consent_id.purpose)
        self.assertEqual(request.user_name, self.env.user.name)
        self.assertEqual(
            [piece.position for piece in (request, mail, confirmation, withdrawal)],
            [1, 2, 3, 4],
        )
        self.assertEqual(mail.previous_hash, request.hash)

    def test_E2_one_chain_for_all_consents_of_an_address(self):
        mailing_list = self.env["mailing.list"].create({"name": "Club"})
        consents = self.env["newsletter.consent"]
        general = consents._for_address(ANNA)
        own = consents._for_address(ANNA, mailing_list=mailing_list)
        phone = consents._for_address(ANNA, medium="phone")
        other = self.env["res.company"].create({"name": "Other"})
        theirs = consents._for_address(ANNA, other)
        (general + own + phone + theirs)._record("note", note="Called")
        chain, elsewhere = self.chains.search([("email", "=", ANNA)], order="id")
        self.assertEqual(chain.pieces, 3)
        self.assertEqual(elsewhere.pieces, 1)
        self.assertEqual(chain.event_ids.mapped("list_name"), [False, "Club", False])
        self.assertFalse((chain + elsewhere)._check())

    def test_E2_many_at_once_are_chained_in_order(self):
        consents = self.env["newsletter.consent"].create(
            [{"email": f"person{n}@example.org"} for n in range(50)]
        )
        with self.assertQueryCount(11):
            consents._record("request")
        consents._record("confirmation")
        chains = self.chains.search([("email", "in", consents.mapped("email"))])
        self.assertEqual(chains.mapped("pieces"), [2] * 50)
        self.assertFalse(chains._check())

    def test_E5_what_staff_recorded_is_no_double_opt_in(self):
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        with self.assertRaisesRegex(UserError, "note or a document"):
            consent._record("staff")
        scan = base64.b64encode(b"A signed card")
        consent._record("staff", document=scan, document_name="card.pdf")
        self.assertEqual((consent.state, consent.basis), ("single", "other"))
        self.assertEqual(consent.event_ids.origin, "staff")
        self.assertEqual(consent.event_ids.document, scan)
        self.assertFalse(self._problem())

    def test_E6_an_import_is_no_double_opt_in(self):
        consent = self.env["newsletter.consent"]._for_address(ANNA)
        consent._record(
            "import", note="Declared", source_system="Old tool", vouched_by="C. Clerk"
        )
        self.assertEqual((consent.state, consent.basis), ("single", "other"))
        self.assertEqual(consent.event_ids.origin, "import")

    def test_E4_only_the_privacy_group_reads(self):
        consent = self._history()
        for group, user in self.users.items():
            mine = consent.with_user(user)
            if group == "privacy":
                self.assertEqual(len(mine.event_ids), 4)
                continue
            for model in ("newsletter.consent.event", "newsletter.consent.chain"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                mine.action_check_evidence()
            with self.assertRaises(AccessError):
                mine.read(["event_ids"])

    def test_E4_reading_is_logged(self):
        consent = self._history()
        self.env.invalidate_all()
        reader = self.users["privacy"]

        def logged():
            self.env.cr.flush()
            return self.env["newsletter.event"].search(
                [("code", "=", "evidence_read"), ("user_id", "=", reader.id)]
            )

        consent.with_user(reader).read(["email", "state"])
        self.assertFalse(logged(), "the state is no evidence")
        consent.with_user(reader).event_ids.read(["kind", "wording"])
        event = logged()
        self.assertEqual(len(event), 1)
        self.assertEqual((event.res_model, event.res_id), (consent._name, consent.id))
        self.assertIn("a***@example.org", event.text)
        self.assertNotIn(ANNA, event.text)
        self._history(EVA)
        self.env.invalidate_all()
        self.events.with_user(reader).search_read([], ["kind"])
        self.assertIn("e***@example.org", logged()[0].text)

    def test_E2_traces_are_cut_early_and_the_chain_stays_valid(self):
        consent = self._history()
        self._history(EVA, AT + timedelta(days=100))
        number = self.events._erase_traces(AT + timedelta(days=50))
        self.assertEqual(number, 4)
        self.assertEqual(set(consent.event_ids.mapped("ip")), {False})
        self.assertFalse(any(consent.event_ids.sudo().mapped("trace_salt")))
        self.assertTrue(all(consent.event_ids.mapped("erased_at")))
        self.assertEqual(consent.event_ids[0].wording, WORDING)
        later = self._chain(EVA).event_ids[0]
        self.assertEqual(later.ip, "192.0.2.7")
        self.assertFalse(self._problem())
        self.assertFalse(self._problem(EVA))
        self.assertFalse(self.events._erase_traces(AT + timedelta(days=50)), "twice")

    def test_D6_the_content_of_single_pieces_can_be_erased(self):
        consent = self._history()
        request = consent.event_ids[0]
        consent._record("note", document=base64.b64encode(b"x"), document_name="x")
        (request + consent.event_ids[-1])._erase_content()
        self.assertFalse(request.wording or request.email_typed or request.ip)
        self.assertFalse(request.user_name)
        self.assertEqual((request.kind, request.date), ("request", AT))
        self.assertFalse(consent.event_ids[-1].document)
        self.assertFalse(self._problem())

    def test_a_whole_chain_can_be_erased_and_is_counted(self):
        consent = self._history()
        self._history(EVA)
        counts = self._chain()._erase_all()
        self.assertEqual(
            counts, {"request": 1, "mail": 1, "confirmation": 1, "withdrawal": 1}
        )
        self.assertFalse(consent.exists())
        self.assertFalse(self._chain())
        self.assertFalse(self.events.search([("email", "=", ANNA)]))
        self.assertFalse(self._problem(EVA))
        self._history()
        self.assertFalse(self._problem(), "the address may begin anew")
