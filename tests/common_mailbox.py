"""A mailbox with an alias, and mails that reach it through Odoo's own gateway."""

from email.message import EmailMessage

from odoo.tests import new_test_user, tagged

from odoo.addons.mail.tests.common import MailCommon

AUTOMATIC = {"Auto-Submitted": "auto-replied"}
FIRM = "gateway.example.com"


@tagged("post_install", "-at_install")
class MailboxCase(MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls.env["newsletter.mailbox"].create(
            {
                "name": "Replies",
                "alias_name": "newsletter",
                "alias_domain_id": cls.mail_alias_domain.id,
                "company_id": cls.env.company.id,
                "sequence": 1,
            }
        )
        cls.address = cls.mailbox.alias_email
        cls.clerk = new_test_user(
            cls.env,
            "mailbox.clerk",
            groups="base.group_user,base.group_partner_manager,newsletter_sync.group_user",
        )
        cls.anna = cls.env["res.partner"].create(
            {"name": "Anna Berg", "email": f"Anna.Berg@{FIRM}"}
        )

    def setUp(self):
        super().setUp()
        self.number = 0

    def _mail(self, text, sender=None, subject="Re: News", headers=None):
        self.number += 1
        message = EmailMessage()
        message["From"] = sender or f"Anna Berg <anna.berg@{FIRM}>"
        message["To"] = self.address
        message["Subject"] = subject
        message["Message-ID"] = f"<{self.id()}.{self.number}@mail.example.com>"
        for name, value in (headers or {}).items():
            message[name] = value
        message.set_content(text)
        return message.as_bytes()

    def _receive(self, text, **options):
        """The case of a mail that came through the gateway."""
        return self._process(self._mail(text, **options))

    def _process(self, raw, model=None):
        with self.mock_mail_gateway():
            case_id = self.env["mail.thread"].message_process(model, raw)
        self.assertFalse(self._mails, "a mail was answered")
        return self.env["newsletter.case"].browse(case_id)

    def _carry_out(self, case):
        case.with_user(self.clerk).action_carry_out()
        case.invalidate_recordset()
        return case

    def _steps(self, case):
        """{kind: step} of a case."""
        return {step.kind: step for step in case.step_ids}

    def _left(self, email):
        """The leaving that stands for an address."""
        return self.env["newsletter.leaving"].search(
            [("email", "=", email), ("lifted_at", "=", False)]
        )

    def _blocked(self, email):
        return bool(self.env["mail.blacklist"].search([("email", "=", email)]))

    def _notes(self, partner):
        return " ".join(
            str(message.body) for message in partner.message_ids if message.body
        )

    # --- reports of machines ----------------------------------------------------------
    def _dsn(self, email, action="failed", status="5.1.1", about=""):
        self.number += 1
        return (
            f"From: MAILER-DAEMON@mx.example.com\nTo: {self.address}\n"
            f"Subject: Undelivered\nMessage-ID: <dsn{self.number}@mx.example.com>\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
            "\n--b\nContent-Type: text/plain\n\nSorry.\n"
            "--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.example.com\n\n"
            f"Final-Recipient: rfc822; {email}\nAction: {action}\nStatus: {status}\n"
            f"Diagnostic-Code: smtp; 550 {status} unknown\n"
            "\n--b\nContent-Type: text/rfc822-headers\n\n"
            f"Message-ID: {about}\n\n--b--\n"
        ).encode()

    def _arf(self, fields, about=""):
        self.number += 1
        return (
            f"From: feedback@isp.example.net\nTo: {self.address}\nSubject: Abuse\n"
            f"Message-ID: <arf{self.number}@isp.example.net>\n"
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n"
            "\n--b\nContent-Type: text/plain\n\nComplaint.\n"
            "--b\nContent-Type: message/feedback-report\n\n"
            f"User-Agent: x/1\nVersion: 1\n{fields}\n"
            f"--b\nContent-Type: text/rfc822-headers\n\n{about}\n\n--b--\n"
        ).encode()
