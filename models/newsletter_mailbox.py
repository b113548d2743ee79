"""A mailbox for answers to newsletters: its address, and what happens by itself."""

import ast

from odoo import api, fields, models

from ..inbox.mail import addressed
from .newsletter_case_rule import MAIL_CLASSES

#: what is carried out without a person, unless an administrator says otherwise
BY_ITSELF = ("out_of_office", "bounce")
#: a person looks at these: anybody can name another address as theirs
ALWAYS_WAIT = ("address_change", "other")
_SURE = 80


class NewsletterMailbox(models.Model):
    """Receives mails by an alias, or by an incoming mail server without one.

    An incoming mail server that creates *mail cases* needs no alias: its mails go to
    the first mailbox.
    """

    _name = "newsletter.mailbox"
    _description = "Mailbox for Newsletter Replies"
    _inherit = ["mail.alias.mixin.optional"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    gone_handling = fields.Selection(
        [
            ("keep", "Keep the address, without marketing"),
            ("move", "Move the address from its field into a dated note"),
        ],
        string="Address of Somebody Who Left",
        required=True,
        default="keep",
        help="Moved, the address also gets no invoices and reminders any more. It "
        "stands in the note and can be put back.",
    )
    tag = fields.Char(
        string="Newsletter Tag",
        default="Newsletter",
        help="Set in the newsletter tool for contacts that sign up in the shop.",
    )
    footer = fields.Text(
        string="Sentences of Our Footer",
        help="One a line, as they stand at the end of your newsletters. Where an "
        "answer quotes them, they are not read as the sender's words.",
    )
    keep_days = fields.Integer(
        string="Delete Settled Mails after (Days)",
        default=180,
        help="0: never. Proofs of leavings and notes on contacts stay.",
    )
    automation_ids = fields.One2many(
        "newsletter.mailbox.automation", "mailbox_id", string="By Itself"
    )
    case_count = fields.Integer(compute="_compute_case_count", string="Open Mails")

    _keep_days_positive = models.Constraint(
        "CHECK(keep_days >= 0)", "The number of days cannot be negative."
    )

    def _compute_case_count(self):
        counts = dict(
            self.env["newsletter.case"]._read_group(
                [("mailbox_id", "in", self.ids), ("state", "=", "open")],
                ["mailbox_id"],
                ["__count"],
            )
        )
        for mailbox in self:
            mailbox.case_count = counts.get(mailbox, 0)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("newsletter.case")
        if self.id:
            defaults = ast.literal_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = {**defaults, "mailbox_id": self.id}
        return values

    @api.model_create_multi
    def create(self, vals_list):
        mailboxes = super().create(vals_list)
        for mailbox in mailboxes:
            known = set(mailbox.automation_ids.mapped("mail_class"))
            mailbox.automation_ids = [
                fields.Command.create(
                    {"mail_class": code, "by_itself": code in BY_ITSELF}
                )
                for code, _label in MAIL_CLASSES
                if code not in known and code not in ALWAYS_WAIT
            ]
        return mailboxes

    def action_open_cases(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_case"
        )
        return {**action, "domain": [("mailbox_id", "=", self.id)]}

    # --- incoming mails ---------------------------------------------------------------
    @api.model
    def _for_mail(self, raw, model=None):
        """The mailbox that a mail was sent to; empty if to none of ours.

        :param model: the fallback model of the incoming mail server
        """
        # sudo: mails are received for whom they concern, not for a user
        mailboxes = self.sudo().search([("active", "=", True)])
        if not mailboxes:
            return mailboxes
        recipients = addressed(raw)
        locals_ = {email.partition("@")[0] for email in recipients}
        for mailbox in mailboxes.filtered("alias_name"):
            alias = mailbox.alias_id
            if alias.alias_full_name in recipients or (
                alias.alias_incoming_local and alias.alias_name in locals_
            ):
                return mailbox
        return mailboxes[:1] if model == "newsletter.case" else mailboxes.browse()

    def _own_addresses(self):
        """Addresses of the organisation, which are never a person's new one."""
        self.ensure_one()
        mailboxes = self.search([("alias_name", "!=", False)])
        company = self.company_id
        addresses = [
            *mailboxes.mapped("alias_email"),
            company.partner_id.email_normalized,
            company.catchall_email,
            company.bounce_email,
        ]
        return {address for address in addresses if address}

    def _footers(self):
        return [line for line in (self.footer or "").splitlines() if line.strip()]

    def _acts_by_itself(self, case):
        """Whether a mail is sure enough to be settled without a person."""
        self.ensure_one()
        line = self.automation_ids.filtered(
            lambda line: line.mail_class == case.mail_class
        )
        return bool(
            line.by_itself and case.certainty >= line.threshold and not case.unclear
        )


class NewsletterMailboxAutomation(models.Model):
    """What one mailbox does by itself with one kind of mail."""

    _name = "newsletter.mailbox.automation"
    _description = "Automation of a Mailbox"
    _order = "mailbox_id, id"
    _rec_name = "mail_class"

    mailbox_id = fields.Many2one(
        "newsletter.mailbox", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="mailbox_id.company_id", store=True)
    mail_class = fields.Selection(
        [pair for pair in MAIL_CLASSES if pair[0] not in ALWAYS_WAIT],
        string="Kind of Mail",
        required=True,
        readonly=True,
    )
    by_itself = fields.Boolean(help="Carry out the proposed steps without a person.")
    threshold = fields.Integer(
        string="From (%)", default=_SURE, help="If the mail is at least so sure."
    )

    _once = models.UniqueIndex("(mailbox_id, mail_class)")
    _threshold_range = models.Constraint(
        "CHECK(threshold BETWEEN 50 AND 100)",
        "The threshold lies between 50 and 100 percent.",
    )
