"""Mails come in through Odoo's gateway; nothing is lost, doubled or answered."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common_mailbox import AUTOMATIC, MailboxCase


class TestMailbox(MailboxCase):
    # --- coming in --------------------------------------------------------------------
    def test_a_mail_becomes_a_case(self):
        case = self._receive("Bitte nehmen Sie mich aus dem Verteiler.")
        self.assertEqual(case.mail_class, "wants_out")
        self.assertGreaterEqual(case.certainty, 75)
        self.assertEqual(case.mailbox_id, self.mailbox)
        self.assertEqual(case.company_id, self.env.company)
        self.assertEqual(case.sender, "anna.berg@gateway.example.com")
        self.assertIn("aus dem verteiler", case.reasons)
        self.assertEqual(case.state, "open")
        self.assertIn("Verteiler", str(case.message_ids.body))

    def test_the_same_mail_twice_makes_one_case(self):
        raw = self._mail("Hallo")
        case = self._process(raw)
        with self.mock_mail_gateway():
            self.assertFalse(self.env["mail.thread"].message_process(None, raw))
        again = self.env["newsletter.case"]._take_in(raw, self.mailbox)
        self.assertEqual(again, case)

    def test_a_mail_without_message_id_is_known_by_its_bytes(self):
        raw = self._mail("Hallo").replace(b"Message-ID:", b"X-Nothing:")
        case = self._process(raw)
        self._process(raw)
        self.assertEqual(
            self.env["newsletter.case"].search_count(
                [("fingerprint", "=", case.fingerprint)]
            ),
            1,
        )

    def test_an_incoming_server_needs_no_alias(self):
        raw = self._mail("Hallo").replace(self.address.encode(), b"any@example.org")
        case = self._process(raw, model="newsletter.case")
        self.assertEqual(case.mailbox_id, self.mailbox)

    def test_other_mails_are_none_of_our_business(self):
        raw = self._mail("Hallo").replace(self.address.encode(), b"any@example.org")
        with self.assertRaises(ValueError):
            self.env["mail.thread"].message_process(None, raw)

    def test_a_mail_that_odoo_cannot_parse_is_kept(self):
        """Core raises for it, and the mail server would mark it as fetched."""
        raw = (
            f"From: mailer-daemon@x.example\nTo: {self.address}\nSubject: x\n"
            "Message-ID: <broken@x.example>\n"
            "Content-Type: multipart/report; boundary=b\n\n--b\n"
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            "=====\n--b--"
        ).encode()
        case = self._process(raw)
        self.assertTrue(case.exists())
        self.assertEqual(case.message_id, "<broken@x.example>")

    def test_any_bytes_are_kept(self):
        for body in (b"\xff\xfe\x00", b"Content-Type: text/html\n\n<", b""):
            raw = b"To: %s\nMessage-ID: <x%d@y.example>\n" % (
                self.address.encode(),
                len(body),
            )
            self.assertTrue(self._process(raw + body).exists())

    def test_a_failure_of_ours_loses_no_mail(self):
        self.patch(type(self.env["newsletter.case"]), "_propose", lambda case: 1 / 0)
        with self.assertLogs("odoo.addons.newsletter_sync", "ERROR"):
            case = self._receive("Bitte keine Mails mehr")
        self.assertEqual(case.state, "open")
        self.assertIn("server's log", case.problem)

    def test_many_mails_of_one_sender_are_all_taken(self):
        """Core drops the 21st within two hours and answers it."""
        for number in range(25):
            self.assertTrue(self._receive(f"Mail {number}").exists())

    def test_an_answer_to_an_answer_is_a_mail_of_its_own(self):
        first = self._receive("Eine Frage zum Fest?")
        message = first.message_post(
            body="Gern!", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        second = self._receive(
            "Danke. Und bitte keine Mails mehr.",
            headers={"In-Reply-To": message.message_id},
        )
        self.assertNotEqual(second, first)
        self.assertEqual(second.mail_class, "wants_out")

    def test_A4_nothing_is_ever_answered(self):
        """`_process` looks at what is sent; here for all kinds of machines' mails."""
        self.anna.message_subscribe(self.anna.ids)
        for headers in (AUTOMATIC, {"X-Autoreply": "yes"}, {"Return-Path": "<>"}):
            case = self._receive(
                "Ich bin im Urlaub", headers=headers, subject="Abwesend"
            )
            self.assertNotIn(self.anna, case.message_partner_ids)
        self._process(self._dsn("x@y.example"))
        self._process(self._arf("Feedback-Type: abuse\n"))

    # --- out of office ----------------------------------------------------------------
    def test_A2_K05_out_of_office_changes_nothing(self):
        before = self.env["newsletter.leaving"].search_count([])
        case = self._receive(
            "Ich bin bis zum 22.03. im Urlaub und ab Montag wieder im Büro. Bitte "
            "wenden Sie sich an Eva Klein, eva.klein@gateway.example.com.",
            subject="Automatische Antwort: News",
            headers=AUTOMATIC,
        )
        self.assertEqual(case.mail_class, "out_of_office")
        self.assertEqual((case.state, case.by_itself), ("nothing", True))
        self.assertFalse(case.step_ids)
        self.assertEqual(self.env["newsletter.leaving"].search_count([]), before)
        self.assertFalse(
            self.env["res.partner"].search([("email", "ilike", "klein@gateway")])
        )

    def test_K05_absence_told_by_a_person_waits(self):
        case = self._receive("Ich bin bis zum 22.03. im Urlaub. Wann ist das Fest?")
        self.assertEqual(case.state, "open")

    def test_the_threshold_is_data(self):
        line = self.mailbox.automation_ids.filtered(
            lambda line: line.mail_class == "out_of_office"
        )
        text = "Ich bin im Urlaub und am Montag wieder im Büro."
        line.by_itself = False
        self.assertEqual(self._receive(text, headers=AUTOMATIC).state, "open")
        line.write({"by_itself": True, "threshold": 100})
        self.assertEqual(self._receive(text, headers=AUTOMATIC).state, "open")
        line.threshold = 80
        self.assertEqual(self._receive(text, headers=AUTOMATIC).state, "nothing")

    # --- people and rights ------------------------------------------------------------
    def test_K09_all_contacts_with_the_address_are_found(self):
        twin = self.env["res.partner"].create(
            {"name": "Anna B.", "email": self.anna.email, "active": False}
        )
        case = self._receive("Hallo")
        self.assertEqual(case.partner_ids, self.anna | twin)

    def test_another_kind_gives_other_steps(self):
        case = self._receive("Hallo")
        self.assertEqual((case.mail_class, len(case.step_ids)), ("other", 0))
        case.with_user(self.clerk).mail_class = "wants_out"
        self.assertEqual(set(self._steps(case)), {"leave", "note"})
        self._carry_out(case)
        with self.assertRaisesRegex(UserError, "Reopen"):
            case.with_user(self.clerk).mail_class = "other"

    def test_only_newsletter_users_see_the_mailbox(self):
        case = self._receive("Hallo")
        stranger = new_test_user(self.env, "mailbox.stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            case.with_user(stranger).read(["text"])
        for record in (case, case.step_ids):
            for name in ("action_carry_out", "action_nothing", "action_reopen"):
                if hasattr(record, name):
                    with self.assertRaises(AccessError):
                        getattr(record.with_user(stranger), name)()
        with self.assertRaises(AccessError):
            case.with_user(stranger).message_new({}, {})
        with self.assertRaises(AccessError):
            case.with_user(self.clerk).unlink()
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.clerk).name = "x"

    def test_what_was_read_and_done_cannot_be_typed_in(self):
        case = self._receive("Bitte keine Mails mehr")
        for values in ({"state": "done"}, {"text": "x"}, {"sender": "x@y.example"}):
            with self.assertRaisesRegex(UserError, "only its kind"):
                case.with_user(self.clerk).write(values)
        step = self._steps(case)["leave"]
        for values in ({"undo": {"emails": {}}}, {"state": "done"}, {"kind": "tag"}):
            with self.assertRaisesRegex(UserError, "ticked and corrected"):
                step.with_user(self.clerk).write(values)
        self._carry_out(case)
        with self.assertRaisesRegex(UserError, "ticked and corrected"):
            step.with_user(self.clerk).email = "other@example.net"

    def test_another_companys_mails_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.mailbox.company_id = company
        case = self._receive("Hallo")
        with self.assertRaises(AccessError):
            case.with_user(self.clerk).read(["text"])

    def test_settled_mails_are_deleted_after_their_time(self):
        old, fresh, still_open = (self._receive(f"Mail {n}") for n in range(3))
        (old | fresh).action_nothing()
        (old | still_open).date = "2020-01-01"
        self.env["newsletter.case"]._gc_settled()
        self.assertEqual((old | fresh | still_open).exists(), fresh | still_open)
