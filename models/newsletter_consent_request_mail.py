"""The confirmation mail: neutral, once for each request, kept as evidence."""

import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: no robot shall answer, and none of ours answers it (RFC 3834, rule A5)
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
#: what a template is filled with; without it nobody could confirm
LINK = "newsletter_link"
_TOKEN = re.compile(r"(/newsletter/confirm/)[\w-]+")


class NewsletterConsentRequest(models.Model):
    _inherit = "newsletter.consent.request"

    def _send(self, token):
        """Queue the mail with the link; the mail queue sends it within moments.

        Sending within the request would make visitors wait, and tell them by the time
        it takes whether there was somebody to write to.
        """
        self.ensure_one()
        # sudo: the mail is ours, whoever made the request
        request = self.sudo().with_context(
            lang=self.lang,
            **{LINK: f"{self.get_base_url()}/newsletter/confirm/{token}"},
        )
        template = request.form_id.template_id or self.env.ref(
            "newsletter_sync.mail_template_consent"
        )
        values = (
            template.sudo()
            .with_context(**request.env.context)
            ._generate_template(
                request.ids,
                ["subject", "body_html", "email_from", "reply_to", "mail_server_id"],
            )[self.id]
        )
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "subject": values["subject"],
                    "body_html": values["body_html"],
                    "email_from": values.get("email_from")
                    or self.company_id.email_formatted
                    or self.env.user.email_formatted,
                    "reply_to": values.get("reply_to")
                    or self.company_id.email
                    or False,
                    "mail_server_id": values.get("mail_server_id") or False,
                    "email_to": self.email,
                    "headers": repr(HEADERS),
                    # what was sent is kept as evidence, without the token
                    "auto_delete": True,
                    "newsletter_request_id": self.id,
                }
            )
        )
        # sudo: the queue is the system's
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return mail

    def _note_sent(self, mail, failure=""):
        """Evidence of the mail: as it was sent, but for the token in the link."""
        self.ensure_one()
        now = fields.Datetime.now()
        body = _TOKEN.sub(r"\1…", mail.body_html or "")
        server = mail.mail_server_id.name or self.env._("mail server")
        result = failure or self.env._("accepted by %s", server)
        self.write(
            {
                "mailed_at": self.mailed_at or (False if failure else now),
                "mail_result": result,
                "message_id": mail.message_id,
            }
        )
        self.consent_ids.filtered(lambda c: c.medium == "email")._record(
            "mail",
            at=now,
            request_number=self.id,
            message_id=mail.message_id,
            subject=mail.subject,
            body=body,
            lang=self.lang,
            delivery=result,
            token_digest=self.reminder_digest or self.token_digest,
        )

    # --- reminder -----------------------------------------------------------------
    @api.model
    def _remind(self):
        """One reminder, where the form wants one (it is off by default)."""
        now = fields.Datetime.now()
        forms = self.env["newsletter.consent.form"].search([("reminder_days", ">", 0)])
        for form in forms:
            due = self.search(
                [
                    ("form_id", "=", form.id),
                    ("state", "=", "open"),
                    ("reminded_at", "=", False),
                    ("mailed_at", "!=", False),
                    ("requested_at", "<", now - timedelta(days=form.reminder_days)),
                    ("expires_at", ">", now),
                ],
                limit=500,
            )
            for request in due:
                token = secrets.token_urlsafe(32)
                request.write(
                    {"reminder_digest": self._digest(token), "reminded_at": now}
                )
                request._send(token)

    # --- bounces ------------------------------------------------------------------
    @api.model
    def _bounced(self, message_ids, text=""):
        """The mail came back: nobody will click.

        :param message_ids: Message-IDs that a bounce speaks of
        :return: the requests
        """
        # sudo: an incoming mail acts for nobody
        requests = self.sudo().search(
            [("message_id", "in", list(message_ids)), ("state", "=", "open")]
        )
        for request in requests:
            request.write({"state": "bounced", "mail_result": text or False})
            request.consent_ids._record(
                "note",
                request_number=request.id,
                message_id=request.message_id,
                delivery=text or self.env._("undeliverable"),
                note=self.env._("The confirmation mail came back."),
            )
        return requests


class MailMail(models.Model):
    _inherit = "mail.mail"

    newsletter_request_id = fields.Many2one(
        "newsletter.consent.request", ondelete="cascade", index="btree_not_null"
    )

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """What was sent, and what the mail server said, is evidence."""
        for mail in self.filtered("newsletter_request_id"):
            failure = failure_type and (failure_reason or failure_type)
            mail.newsletter_request_id._note_sent(mail, failure or "")
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )


class MailTemplate(models.Model):
    _inherit = "mail.template"

    @api.constrains("body_html", "model_id")
    def _check_newsletter_link(self):
        for template in self:
            if template.model != "newsletter.consent.request":
                continue
            if LINK not in (template.body_html or ""):
                raise ValidationError(
                    self.env._(
                        "The confirmation mail needs the link to confirm: "
                        "<a t-att-href=\"ctx.get('newsletter_link')\">…</a>"
                    )
                )


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _routing_handle_bounce(self, email_message, message_dict):
        """A confirmation mail that comes back ends its request."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        known = message_dict.get("bounced_msg_ids")
        if known:
            self.env["newsletter.consent.request"]._bounced(
                known, (message_dict.get("subject") or "")[:200]
            )
        return result
