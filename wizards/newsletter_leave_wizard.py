"""Unsubscribe somebody for whom a clerk acts: after a call, a letter, a talk."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.newsletter_leaving import CHANNELS

#: the ways that a clerk records; the others come in by themselves
_BY_HAND = ("phone", "reply", "staff", "complaint")


class NewsletterLeaveWizard(models.TransientModel):
    """Names the effect before, and shows the receipts after."""

    _name = "newsletter.leave.wizard"
    _description = "Unsubscribe From Newsletters"

    emails = fields.Json(required=True)
    scope = fields.Selection(
        [("everything", "All newsletters and advertising"), ("list", "Single lists")],
        default="everything",
        required=True,
    )
    mailing_list_ids = fields.Many2many("mailing.list", string="Mailing Lists")
    offered_list_ids = fields.Many2many(
        "mailing.list", compute="_compute_effect", string="Lists of the Person"
    )
    channel = fields.Selection(
        [item for item in CHANNELS if item[0] in _BY_HAND],
        string="How did the person tell you?",
        default="phone",
        required=True,
    )
    note = fields.Text(
        help="Who called when, or where the letter is kept. It is the proof."
    )
    reason = fields.Char(help="Why the person leaves, if they said so.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    address_text = fields.Char(compute="_compute_effect", string="Addresses")
    account_text = fields.Text(compute="_compute_effect", string="Accounts")
    count = fields.Integer(compute="_compute_effect")

    @api.depends("emails", "scope", "company_id")
    def _compute_effect(self):
        for wizard in self:
            emails = wizard._addresses()
            # sudo: what will be left is named, whoever may see the rest of it
            members = wizard.env["newsletter.member"].sudo()
            found = members.search(
                [
                    ("email", "in", emails),
                    ("company_id", "=", wizard.company_id.id),
                    ("remote_status", "!=", False),
                ]
            )
            lines = {}
            for member in found:
                lines.setdefault(member.connection_id, []).append(
                    member.coupling_id.remote_list_id.name
                )
            wizard.account_text = "\n".join(
                f"{connection.name}: {', '.join(sorted(set(names)))}"
                for connection, names in lines.items()
            )
            subscriptions = wizard.env["mailing.subscription"].search(
                [
                    ("contact_id.email_normalized", "in", emails),
                    ("opt_out", "=", False),
                ]
            )
            places = found.filtered(
                lambda each: each.local_status != "unsubscribed"
            ).coupling_id.mailing_list_id
            wizard.offered_list_ids = subscriptions.list_id | places
            wizard.address_text = ", ".join(emails)
            wizard.count = len(emails)

    def _addresses(self):
        """The addresses that will be off: with “everything” all of each person."""
        self.ensure_one()
        emails = list(self.emails or [])
        if self.scope == "everything":
            # sudo: as in newsletter.leaving, the whole person leaves
            leavings = self.env["newsletter.leaving"].sudo()
            more = leavings._persons(emails)._newsletter_addresses()
            emails += sorted(more - set(emails))
        return emails

    @api.model
    def _open_for(self, records):
        """The dialog for contacts, leads, mailing contacts or members.

        :raises UserError: none of them has an address
        """
        records.check_access("read")
        name = "email_normalized" if "email_normalized" in records else "email"
        emails = sorted({email for email in records.mapped(name) if email})
        if not emails:
            raise UserError(self.env._("There is no e-mail address here."))
        wizard = self.create({"emails": emails})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Unsubscribe"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_unsubscribe(self):
        """Carry it out and show the proof."""
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(
                self.env._(
                    "Please note how you know it: who called when, or where the letter "
                    "is kept."
                )
            )
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        lists = None
        if self.scope == "list":
            lists = self.mailing_list_ids
            if not lists:
                raise UserError(self.env._("Choose at least one list."))
        leavings = self.env["newsletter.leaving"]._leave(
            self.emails,
            self.company_id,
            self.channel,
            lists=lists,
            reason=self.reason or "",
            note=self.note,
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "newsletter_sync.action_newsletter_leaving"
        )
        if len(leavings) == 1:
            action.update(views=[(False, "form")], res_id=leavings.id)
        return {**action, "domain": [("id", "in", leavings.ids)], "target": "current"}


class NewsletterRecipient(models.AbstractModel):
    _inherit = "newsletter.recipient"

    def action_newsletter_leave(self):
        """Unsubscribe these people, after a dialog that names the effect."""
        return self.env["newsletter.leave.wizard"]._open_for(self)


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    def action_newsletter_leave(self):
        return self.env["newsletter.leave.wizard"]._open_for(self)
