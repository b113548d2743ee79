"""Bring mails to our mailboxes past what Odoo's gateway does to machines' mails.

Odoo counts every delivery report as a bounce, whatever it says, and passes it on to
nobody; feedback reports and read receipts come in the same envelope. What is sent to a
mailbox of ours always becomes a mail case, which reads the report closely.
"""

from xmlrpc.client import Binary

import psycopg2

from odoo import api, models

from ..connectors.masked_log import get_logger

_logger = get_logger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        raw = _as_bytes(message)
        mailbox = self.env["newsletter.mailbox"]._for_mail(raw, model)
        options = (custom_values, save_original, strip_attachments, thread_id)
        if not mailbox:
            return super().message_process(model, message, *options)
        thread = self.with_context(
            newsletter_mailbox=mailbox.id, newsletter_raw_mail=raw
        )
        try:
            with self.env.cr.savepoint():
                return super(MailThread, thread).message_process(
                    model, message, *options
                )
        except psycopg2.OperationalError:
            # a collision with another transaction: the whole mail is tried again
            raise
        except Exception:
            # Odoo's parser gives up on some broken mails, and the mail server would
            # mark them as fetched: they would be lost
            _logger.info("mail for %s cannot be parsed", mailbox.name, exc_info=True)
            return self.env["newsletter.case"]._take_in(raw, mailbox).id

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        mailbox_id = self.env.context.get("newsletter_mailbox")
        if not mailbox_id:
            return super().message_route(
                message, message_dict, model, thread_id, custom_values
            )
        values = {"mailbox_id": mailbox_id}
        if message_dict.get("is_bounce"):
            return [("newsletter.case", 0, values, self.env.uid, None)]
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        # an answer to a message on a case is a mail of its own: it may want out
        return [
            ("newsletter.case", 0, values, user, alias)
            if name == "newsletter.case"
            else (name, thread, custom, user, alias)
            for name, thread, custom, user, alias in routes
        ]


def _as_bytes(message):
    if isinstance(message, Binary):
        return bytes(message.data)
    return message.encode() if isinstance(message, str) else message
