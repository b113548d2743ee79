"""Old lists come in with a source and a declaration, and never as double opt-in."""

import base64

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .common_consent import ANNA, EVA, OptInMixin

CSV = (
    "E-Mail;Datum;Notiz\n"
    "Anna@Example.org;03.05.2021;Karte 17\n"
    "eva@example.org;2022-04-01 10:00:00;\n"
    "no address;;\n"
    "anna@example.org [NO MAILING];;\n"
)


@tagged("post_install", "-at_install")
class TestConsentImport(OptInMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.form = self._make_form()

    def _wizard(self, text=CSV, **values):
        return self.env["newsletter.consent.import.wizard"].create(
            {
                "file": base64.b64encode(
                    text if isinstance(text, bytes) else text.encode()
                ),
                "file_name": "members.csv",
                "source_system": "Address file of the office",
                "note": "Membership forms, folder 4",
                "declared": True,
                "mailing_list_id": self.club.id,
                **values,
            }
        )

    def test_E6_S4_source_declaration_and_note_are_needed(self):
        for values, message in (
            ({"source_system": " "}, "where the list comes from"),
            ({"declared": False}, "Declare"),
            ({"note": ""}, "how and when"),
            ({"file": base64.b64encode(b"nobody\n")}, "no e-mail address"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self._wizard(**values).action_import()
        self.assertFalse(
            self.env["newsletter.consent.event"].search([("email", "=", ANNA)])
        )

    def test_E6_taken_over_as_other_consent(self):
        said = self._wizard(wording="I agree").action_import()["params"]["message"]
        self.assertIn("Recorded: 2", said)
        self.assertIn("usable address: 2", said)
        anna = self._of(mailing_list=self.club)
        self.assertEqual((anna.state, anna.basis), ("single", "other"))
        self.assertEqual(anna.state_at.date(), fields.Date.to_date("2021-05-03"))
        event = anna.event_ids
        self.assertEqual((event.kind, event.origin), ("import", "import"))
        self.assertEqual(event.source_system, "Address file of the office")
        self.assertEqual(event.import_file, "members.csv")
        self.assertEqual(event.vouched_by, self.env.user.name)
        self.assertEqual(event.wording, "I agree")
        self.assertIn("Karte 17", event.note)
        eva = self._of(EVA, self.club)
        self.assertEqual(eva.state_at.date(), fields.Date.to_date("2022-04-01"))

    def test_who_objected_since_stays_out(self):
        self._of(mailing_list=self.club)._record("withdrawal", at="2023-01-01")
        said = self._wizard().action_import()["params"]
        self.assertIn("objected", said["message"])
        self.assertEqual(self._of(mailing_list=self.club).state, "withdrawn")

    def test_twice_changes_nothing_for_the_worse(self):
        self._of(mailing_list=self.club)._record("confirmation")
        self._wizard().action_import()
        self._wizard().action_import()
        self.assertEqual(self._of(mailing_list=self.club).state, "confirmed")
        self.assertEqual(self._of(EVA, self.club).state, "single")

    def test_many_formats_of_files(self):
        for text in (
            "anna@example.org\neva@example.org\n",
            "\ufeffemail,note\nanna@example.org,x\neva@example.org,y\n",
            "Name\tE-Mail-Adresse\nJürgen\tanna@example.org\nEva\teva@example.org",
            "name;email\nJürgen;anna@example.org\nEva;eva@example.org".encode("cp1252"),
        ):
            rows, bad = self._wizard(text)._rows()
            self.assertEqual((set(rows), bad), ({ANNA, EVA}, 0), text)

    def test_few_queries_for_many_people(self):
        lines = "\n".join(f"person{n}@example.org" for n in range(300))
        wizard = self._wizard(lines)
        self.env.flush_all()
        with self.assertQueryCount(25):
            wizard.action_import()
            self.env.flush_all()

    def test_asking_instead(self):
        self._of(EVA)._record("withdrawal")
        wizard = self._wizard(way="ask", declared=False, form_id=self.form.id)
        said = wizard.action_import()["params"]["message"]
        self.assertIn("Asked by mail: 1", said)
        request = self._requests()
        self.assertEqual((request.origin, request.state), ("import", "open"))
        event = request.consent_ids.event_ids
        self.assertEqual(event.source_system, "Address file of the office")
        self.assertFalse(self._requests(EVA))

    def test_only_managers_take_over(self):
        clerk = new_test_user(
            self.env, "import.clerk", groups="newsletter_sync.group_user"
        )
        with self.assertRaises(AccessError):
            self._wizard().with_user(clerk).action_import()
